//! `backup` beside a running server, and `restore` into an empty place of either kind.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::api::{Client, case};
use crate::support::{Done, On, Place, run};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

/// Takes in mails with attachments, so that there are stored files.
fn take_in_mails(place: &Place) {
    for name in [
        "02-forwarded-phishing.eml",
        "04-password-zip.eml",
        "05-zip-password.eml",
    ] {
        let mail = samples().join("mail").join(name);
        place.run(&["intake", "mail", mail.to_str().unwrap()]).ok();
    }
}

fn backup_of(place: &Place) -> PathBuf {
    let file = place.path("matoi.backup");
    place.run(&["backup", file.to_str().unwrap()]).ok();
    file
}

fn restore(into: &Place, file: &Path, recovery_key: &str, arguments: &[&str]) -> Done {
    let mut command = into.command(&["--format", "json", "restore"]);
    command
        .arg(file)
        .args(arguments)
        .env("MATOI_RECOVERY_KEY", recovery_key);
    run(&mut command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_under_writes_is_whole_wherever_it_is_restored() {
    for from in On::all() {
        let place = Place::set_up_on(from);
        let token = place.token();
        take_in_mails(&place);
        let server = place.serve(&[]);
        let client = Client::new(&server.url, &token);
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let over = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (client, over) = (client.clone(), Arc::clone(&over));
                let acknowledged = Arc::clone(&acknowledged);
                tokio::spawn(async move {
                    for turn in 0.. {
                        if over.load(Ordering::Relaxed) {
                            return;
                        }
                        let title = format!("{writer}-{turn}");
                        let (status, made) = client.post("/cases", None, &case(&title)).await.unwrap();
                        assert_eq!(status, 201, "{made}");
                        acknowledged.lock().unwrap().insert(title);
                    }
                })
            })
            .collect();
        while acknowledged.lock().unwrap().len() < 30 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let before = acknowledged.lock().unwrap().clone();
        let directory = place.path("backups");
        std::fs::create_dir(&directory).unwrap();
        let mut backup = place.command(&["--format", "json", "backup"]);
        backup.arg(&directory);
        let said = tokio::task::spawn_blocking(move || run(&mut backup).ok().json())
            .await
            .unwrap();
        let at_end = acknowledged.lock().unwrap().len();
        over.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        let all = acknowledged.lock().unwrap().clone();
        assert!(at_end > before.len(), "writes went on while the backup was made");
        server.stop();
        let file = PathBuf::from(said["backup"].as_str().unwrap());
        assert!(said["files"].as_u64().unwrap() >= 3, "{said}");
        assert_eq!(
            std::fs::read_dir(&directory).unwrap().count(),
            1,
            "nothing half-made stays"
        );

        for into in On::all() {
            let there = Place::on(into);
            let restored = restore(&there, &file, &place.recovery_key, &[]).ok().json();
            assert_eq!(restored["whole"], true, "{restored}");
            assert_eq!(restored["files"], said["files"]);
            assert_eq!(restored["rows"], said["rows"]);
            assert!(restored["audit"]["verified"].as_u64().unwrap() > 0);
            let server = there.serve(&[]);
            assert!(!server.said.contains("/setup/"), "{}", server.said);
            let client = Client::new(&server.url, &token);
            let titles: BTreeSet<String> = client.case_titles().await.into_keys().collect();
            assert!(before.is_subset(&titles), "what was acknowledged before is there");
            assert!(titles.is_subset(&all), "and nothing that nobody wrote");
            // It goes on as if nothing had been: new numbers, one chain with both histories.
            let (status, made) = client.post("/cases", None, &case("after")).await.unwrap();
            assert_eq!(status, 201, "{made}");
            server.stop();
            let verified = there.run(&["audit", "verify"]).ok().out;
            assert!(verified.contains("unsealed  0"), "{verified}");
            // A backup of the restored one is as good.
            let again = backup_of(&there);
            assert_eq!(
                restore(&Place::new(), &again, &place.recovery_key, &["--check"])
                    .ok()
                    .json()["whole"],
                true
            );
        }
    }
}

#[test]
fn a_backup_into_a_directory_that_is_not_there_says_so() {
    let place = Place::new();
    place.run(&["init"]).ok();
    let done = place.run(&["backup", &place.path("nowhere/x").display().to_string()]);
    assert_eq!(done.code, 4, "{done:?}");
    let named = format!("{} does not exist", place.path("nowhere").display());
    assert!(done.err.contains(&named), "{done:?}");
}

#[test]
fn only_an_empty_place_is_filled() {
    let place = Place::set_up();
    let file = backup_of(&place);
    let check = |into: &Place, expect: &str| {
        let done = restore(into, &file, &place.recovery_key, &[]);
        assert_eq!(done.code, 3, "{done:?}");
        let message = done.error()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(expect), "{message}");
    };
    check(&place, "recovery.key is not empty");
    let other = Place::set_up();
    std::fs::remove_file(other.path("data/recovery.key")).unwrap();
    std::fs::remove_dir_all(other.path("data.keys")).unwrap();
    check(&other, "the database (table ");
    let other = Place::new();
    std::fs::create_dir_all(other.path("data/blobs/ab")).unwrap();
    let stray = other.path("data/blobs/ab").join("ab".repeat(16));
    std::fs::write(stray, "x").unwrap();
    check(&other, "the place of the stored files is not empty");
    assert!(!other.path("data/recovery.key").exists());
    assert!(!other.path("data.keys/master.key").exists());
    // The server holds its directory.
    let other = Place::new();
    let server = other.serve(&[]);
    check(&other, "in use by another matoi");
    server.stop();
}

#[test]
fn a_key_that_is_there_is_used_and_a_wrong_one_refused() {
    let place = Place::set_up();
    let file = backup_of(&place);
    let there = Place::new();
    std::fs::create_dir(there.path("data.keys")).unwrap();
    std::fs::copy(
        place.path("data.keys/master.key"),
        there.path("data.keys/master.key"),
    )
    .unwrap();
    let mut command = there.command(&["restore"]);
    run(command.arg(&file)).ok();
    there.run(&["user", "list"]).ok();
    there.run(&["keys", "status"]).ok();

    let there = Place::new();
    let other = Place::set_up();
    let done = restore(&there, &file, &other.recovery_key, &[]);
    assert_eq!(done.code, 3, "{done:?}");
    let mut command = there.command(&["restore"]);
    let done = run(command.arg(&file));
    assert_eq!(done.code, 2, "nobody can be asked: {done:?}");
    // Neither left anything: the right one works.
    restore(&there, &file, &place.recovery_key, &[]).ok();
}

#[test]
fn a_damaged_backup_restores_nothing() {
    let place = Place::set_up();
    take_in_mails(&place);
    let good = std::fs::read(backup_of(&place)).unwrap();
    let text_end = good
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(1)
        .unwrap()
        .0;
    let there = Place::new();
    let check = |bytes: &[u8], code: i32, expect: &str| {
        let file = place.path("damaged.backup");
        std::fs::write(&file, bytes).unwrap();
        for arguments in [&["--check"][..], &[]] {
            let done = restore(&there, &file, &place.recovery_key, arguments);
            assert_eq!(done.code, code, "{expect}: {done:?}");
            assert!(done.err.contains(expect), "{expect}: {done:?}");
        }
        assert_eq!(there.run(&["user", "list"]).code, 4);
    };
    check(b"", 3, "no backup of this program");
    check(b"matoi backup 1\n{}\n", 3, "no backup of this program");
    check(&good[..text_end + 10], 5, "does not open");
    check(&good[..good.len() - 1], 5, "not whole");
    check(&good[..good.len() / 2], 5, "not whole");
    let mut flipped = good.clone();
    let at = good.len() - 100;
    flipped[at] ^= 1;
    check(&flipped, 5, "not whole");
    let label = String::from_utf8(good[..text_end].to_vec()).unwrap();
    let lied = label.replace("\"program\":\"", "\"program\":\"9");
    let mut changed = lied.into_bytes();
    changed.extend_from_slice(&good[text_end..]);
    check(&changed, 5, "its first lines were changed");
    let newer = label.replace("\"schema\":", "\"schema\":9");
    let mut changed = newer.into_bytes();
    changed.extend_from_slice(&good[text_end..]);
    check(&changed, 3, "use that version or a newer one");
    let mut longer = good.clone();
    longer.push(0);
    check(&longer, 5, "not whole");
    // After all these, the good one still goes in.
    let file = place.path("good.backup");
    std::fs::write(&file, &good).unwrap();
    restore(&there, &file, &place.recovery_key, &[]).ok();
}

#[test]
fn a_file_that_is_missing_is_named_and_the_rest_is_saved() {
    let place = Place::set_up();
    take_in_mails(&place);
    let mut all = Vec::new();
    for directory in std::fs::read_dir(place.path("data/blobs")).unwrap() {
        let directory = directory.unwrap().path();
        if directory.is_dir() {
            all.extend(
                std::fs::read_dir(directory)
                    .unwrap()
                    .map(|file| file.unwrap().path()),
            );
        }
    }
    all.retain(|path| path.file_name().unwrap().len() == 32);
    assert!(all.len() >= 3, "{all:?}");
    let lost = all[0].file_name().unwrap().to_str().unwrap().to_owned();
    std::fs::remove_file(&all[0]).unwrap();
    let file = place.path("matoi.backup");
    let done = place.run(&["backup", file.to_str().unwrap()]);
    assert_eq!(done.code, 5, "{done:?}");
    assert!(
        done.out.contains(&format!("BROKEN    {lost}: it is missing")),
        "{done:?}"
    );
    let there = Place::new();
    let done = restore(&there, &file, &place.recovery_key, &[]);
    assert_eq!(done.code, 5, "{done:?}");
    assert!(done.json()["file_faults"][&lost].is_string(), "{done:?}");
    there.run(&["user", "list"]).ok();
}

#[test]
fn what_a_backup_holds_cannot_be_read_without_the_key() {
    let place = Place::set_up();
    let report = serde_json::json!({"text": "himitsu-no-hanashi", "channel": "phone"});
    place
        .run_with_input(&["intake", "report"], report.to_string().as_bytes())
        .ok();
    let file = backup_of(&place);
    let bytes = std::fs::read(&file).unwrap();
    for word in ["himitsu-no-hanashi", "desk_item", "Minatono"] {
        assert!(
            !bytes.windows(word.len()).any(|window| window == word.as_bytes()),
            "{word}"
        );
    }
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let done = place.run(&["backup", file.to_str().unwrap()]);
    assert_eq!(done.code, 3, "an existing file is not written over: {done:?}");
    // To a pipe, and from it.
    let mut command = place.command(&["backup", "-"]);
    let output = command.output().unwrap();
    assert!(output.status.success());
    let elsewhere = Place::new();
    let mut command = elsewhere.command(&["restore", "--check", "-"]);
    use std::io::Write as _;
    let mut child = command
        .env("MATOI_RECOVERY_KEY", &place.recovery_key)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&output.stdout).unwrap();
    assert!(child.wait().unwrap().success());
}
