//! Parsers in children: a real one, made to misbehave.

use std::time::{Duration, Instant};

use matoi::worker::protocol::Answer;
use matoi::worker::{AskError, Lost, Pool, PoolSettings, WorkerParsers};
use matoi_core::kernel::ports::{InProcess, Parsers as _};
use matoi_types::Timestamp;

fn settings(processes: usize) -> PoolSettings {
    PoolSettings {
        program: env!("CARGO_BIN_EXE_matoi").into(),
        arguments: vec!["worker".to_owned(), "parsers".to_owned()],
        processes,
        waiting: 64,
        memory: 256 << 20,
        timeout: Duration::from_secs(20),
    }
}

fn misbehave(how: &str) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({"ask": "misbehave", "how": how})).unwrap()
}

fn mail(size: usize) -> Vec<u8> {
    let mut mail = b"From: a@example.com\r\nSubject: =?UTF-8?B?5qSc5Lu2?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\r\n";
    while mail.len() < size {
        mail.extend_from_slice(line.as_bytes());
    }
    mail.extend_from_slice(b"--b--\r\n");
    mail
}

#[tokio::test]
async fn a_child_answers_as_the_parser_in_this_process_does() {
    let parsers = WorkerParsers::new(std::sync::Arc::new(Pool::new(settings(1))));
    let at = Timestamp::from_micros(1_800_000_000_000_000);
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/mail");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(samples).unwrap() {
        let raw = std::fs::read(entry.unwrap().path()).unwrap();
        let here = InProcess.mail(raw.clone(), at).await.unwrap();
        assert_eq!(parsers.mail(raw, at).await.unwrap(), here);
        looked_at += 1;
    }
    assert!(looked_at >= 10);
    let zip = std::fs::read(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../matoi-mail/tests/fixtures/plain.zip"),
    )
    .unwrap();
    let (name, kind) = ("報告.zip".to_owned(), "application/zip".to_owned());
    let here = InProcess
        .file_facts(zip.clone(), name.clone(), kind.clone())
        .await
        .unwrap();
    let there = parsers.file_facts(zip, name, kind).await.unwrap();
    assert_eq!(
        serde_json::to_value(there).unwrap(),
        serde_json::to_value(here).unwrap()
    );
}

#[tokio::test]
async fn a_child_is_held_by_everything_there_is() {
    let pool = Pool::new(settings(1));
    let held_by = pool.warm_up().await.unwrap();
    for name in ["memory", "no core dump", "no file written", "no file opened"] {
        assert!(held_by.iter().any(|held| held == name), "{held_by:?}");
    }
    let answer = pool.ask(&misbehave("escape"), b"").await.unwrap();
    match serde_json::from_slice(&answer.header).unwrap() {
        Answer::Escaped { by } => assert_eq!(by, Vec::<String>::new()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_child_that_is_lost_is_replaced_and_the_next_request_is_served() {
    let pool = Pool::new(settings(1));
    for (how, expect) in [
        ("crash", Lost::Ended),
        ("recurse", Lost::Ended),
        ("bomb", Lost::Ended),
        ("garbage", Lost::Garbage),
    ] {
        let lost = pool.ask(&misbehave(how), b"").await;
        assert_eq!(lost, Err(AskError::Lost(expect)), "{how}");
        let request = br#"{"ask":"file","name":"a.txt","declared_type":""}"#;
        let answer = pool.ask(request, b"hello").await.unwrap();
        assert!(
            matches!(
                serde_json::from_slice(&answer.header).unwrap(),
                Answer::File { .. }
            ),
            "{how}"
        );
    }
    // Each was tried twice.
    let counters = &pool.counters;
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!((read(&counters.ended), read(&counters.broken)), (6, 2));
    assert_eq!((read(&counters.failed), read(&counters.answered)), (4, 4));
}

#[tokio::test]
async fn a_child_that_computes_for_ever_is_ended_in_time() {
    let pool = Pool::new(PoolSettings {
        timeout: Duration::from_secs(1),
        ..settings(1)
    });
    let begin = Instant::now();
    let lost = pool.ask(&misbehave("spin"), b"").await;
    assert_eq!(lost, Err(AskError::Lost(Lost::Slow)));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(
        pool.ask(br#"{"ask":"file","name":"","declared_type":""}"#, b"x")
            .await
            .is_ok()
    );
}

/// The kernel ends it when nobody watches any more: a parent that was killed leaves no busy child behind.
#[test]
fn a_child_whose_parent_is_gone_ends_by_itself() {
    use std::io::Write as _;
    let mut child = crate::support::program()
        .args(["worker", "parsers", "--memory=268435456", "--computing=1"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    matoi::worker::frame::write(&mut input, &misbehave("spin"), &[]).unwrap();
    input.flush().unwrap();
    let begin = Instant::now();
    let status = child.wait().unwrap();
    assert!(
        !status.success() && begin.elapsed() < Duration::from_secs(30),
        "{status:?}"
    );
}

#[tokio::test]
async fn too_many_who_wait_are_turned_away() {
    let pool = std::sync::Arc::new(Pool::new(PoolSettings {
        waiting: 1,
        timeout: Duration::from_secs(2),
        ..settings(1)
    }));
    pool.warm_up().await.unwrap();
    let (spin, plain) = (
        misbehave("spin"),
        br#"{"ask":"file","name":"","declared_type":""}"#,
    );
    let busy = tokio::spawn({
        let pool = pool.clone();
        async move { pool.ask(&spin, b"").await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let waits = tokio::spawn({
        let pool = pool.clone();
        async move { pool.ask(plain, b"x").await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(pool.ask(plain, b"x").await, Err(AskError::Busy));
    assert!(busy.await.unwrap().is_err());
    assert!(
        waits.await.unwrap().is_ok(),
        "who waits is served after the busy one was ended"
    );
}

#[tokio::test]
async fn a_request_that_is_given_up_ends_its_child_and_harms_nobody() {
    let pool = Pool::new(settings(1));
    pool.warm_up().await.unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(300), pool.ask(&misbehave("spin"), b"")).await;
    assert!(given_up.is_err());
    assert_eq!(pool.resting(), 0);
    assert!(
        pool.ask(br#"{"ask":"file","name":"","declared_type":""}"#, b"x")
            .await
            .is_ok()
    );
    assert_eq!(pool.resting(), 1);
    pool.end_idle(Duration::ZERO);
    assert_eq!(pool.resting(), 0);
}

/// Prints how many mails pass; demands only what any machine does.
#[tokio::test]
async fn mails_pass_quickly() {
    let pool = std::sync::Arc::new(Pool::new(settings(2)));
    let parsers = WorkerParsers::new(pool);
    let raw = mail(20_000);
    let at = Timestamp::from_micros(1_800_000_000_000_000);
    parsers.mail(raw.clone(), at).await.unwrap();
    let (count, begin) = (200_u32, Instant::now());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (parsers, raw) = (parsers.clone(), raw.clone());
        tasks.spawn(async move {
            for _ in 0..count / 4 {
                let mail = parsers.mail(raw.clone(), at).await.unwrap();
                assert!(mail.attachments[0].content.len() > 10_000);
            }
        });
    }
    tasks.join_all().await;
    let rate = f64::from(count) / begin.elapsed().as_secs_f64();
    println!("{rate:.0} mails of 20 kB a second through two children");
    assert!(rate > 10.0, "{rate}");
}
