//! What the program has acknowledged is there, once, whenever it was killed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::api::{Client, case};
use crate::support::{On, Place};

/// Who write at once.
const WRITERS: usize = 200;
/// So much must be acknowledged before the program is killed.
const AT_LEAST: usize = 50;

/// How often it is killed: three times, or what `MATOI_KILL_ROUNDS` says.
fn rounds() -> u32 {
    match std::env::var("MATOI_KILL_ROUNDS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 3,
    }
}

/// What was sent under a key, and what is known of it.
#[derive(Debug, Clone)]
struct Sent {
    path: String,
    body: serde_json::Value,
    /// The identifier that was answered; none when there was no answer.
    acknowledged: Option<String>,
}

type Ledger = Arc<Mutex<BTreeMap<String, Sent>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_nothing_acknowledged_is_lost_or_doubled_by_kills() {
    run(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_nothing_acknowledged_is_lost_or_doubled_by_kills() {
    if On::all().contains(&On::Postgres) {
        run(On::Postgres).await;
    }
}

async fn run(database: On) {
    let place = Place::set_up_on(database);
    let token = place.token();
    let ledger = Ledger::default();
    let mut notes_to = None;
    for round in 0..rounds() {
        let server = place.serve(&[]);
        let client = Client::new(&server.url, &token);
        let case_of_notes = match &notes_to {
            Some(id) => String::clone(id),
            None => {
                let (status, made) = client.post("/cases", None, &case("notes")).await.unwrap();
                assert_eq!(status, 201, "{made}");
                let id = made["id"].as_str().unwrap().to_owned();
                notes_to.insert(id).clone()
            }
        };
        let over = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            let (client, ledger) = (client.clone(), Arc::clone(&ledger));
            let (over, acknowledged) = (Arc::clone(&over), Arc::clone(&acknowledged));
            let notes = format!("/cases/{case_of_notes}/entries");
            writers.push(tokio::spawn(async move {
                for turn in 0.. {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let key = format!("{round}-{writer}-{turn}");
                    let sent = if writer % 2 == 0 {
                        Sent {
                            path: "/cases".to_owned(),
                            body: case(&key),
                            acknowledged: None,
                        }
                    } else {
                        Sent {
                            path: notes.clone(),
                            body: json!({"body": key}),
                            acknowledged: None,
                        }
                    };
                    // In the ledger before it is sent: what is sent may have been done.
                    ledger.lock().unwrap().insert(key.clone(), sent.clone());
                    let Ok((status, made)) = client.post(&sent.path, Some(&key), &sent.body).await else {
                        return;
                    };
                    if over.load(Ordering::Relaxed) && status >= 500 {
                        return;
                    }
                    assert_eq!(status, 201, "{made}");
                    let id = made["id"].as_str().unwrap().to_owned();
                    ledger.lock().unwrap().get_mut(&key).unwrap().acknowledged = Some(id);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        let begin = std::time::Instant::now();
        while acknowledged.load(Ordering::Relaxed) < AT_LEAST {
            assert!(begin.elapsed() < Duration::from_secs(120), "{}", server.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(random_below(700))).await;
        over.store(true, Ordering::Relaxed);
        server.signal("KILL");
        server.wait(Duration::from_secs(10));
        for writer in writers {
            writer.await.unwrap();
        }
        verify(&place, &token, &ledger, &case_of_notes).await;
        crate::support::say(&format!(
            "round {round} on {database:?}: {} acknowledged when it was killed",
            acknowledged.load(Ordering::Relaxed)
        ));
    }
    // The duty of sealing stays with the killed process for some seconds; then everything is sealed.
    let server = place.serve(&[]);
    let begin = std::time::Instant::now();
    loop {
        let verified = place.run(&["audit", "verify"]).ok().out;
        if verified.contains("unsealed  0") {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{verified}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    server.stop();
}

/// Starts again, sends again what nobody answered, and holds everything against the ledger.
async fn verify(place: &Place, token: &str, ledger: &Ledger, notes: &str) {
    let server = place.serve(&[]);
    let client = Client::new(&server.url, token);
    let sent: Vec<(String, Sent)> = ledger.lock().unwrap().clone().into_iter().collect();
    for (key, sent) in &sent {
        if sent.acknowledged.is_none() {
            let (status, made) = client.post(&sent.path, Some(key), &sent.body).await.unwrap();
            assert_eq!(status, 201, "{key}: {made}");
            let id = made["id"].as_str().unwrap().to_owned();
            ledger.lock().unwrap().get_mut(key).unwrap().acknowledged = Some(id);
        }
    }
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let id_of = |row: &serde_json::Value| row["id"].as_str().unwrap().to_owned();
    for case in client.all("/cases?state=all&sort=-detected").await {
        let title = case["title"].as_str().unwrap().to_owned();
        there.entry(title).or_default().push(id_of(&case));
    }
    for note in client.all(&format!("/cases/{notes}/entries?kind=note")).await {
        let text = note["body"].as_str().unwrap().to_owned();
        there.entry(text).or_default().push(id_of(&note));
    }
    there.remove("notes");
    let ledger = ledger.lock().unwrap().clone();
    for (key, sent) in &ledger {
        let found = there.remove(key).unwrap_or_default();
        assert_eq!(found, [sent.acknowledged.clone().unwrap()], "{key}");
    }
    assert!(there.is_empty(), "nobody sent {there:?}");
    server.stop();
    place.run(&["audit", "verify"]).ok();
}

/// The moment of the kill needs no good randomness, only another one each time.
fn random_below(milliseconds: u64) -> u64 {
    let id = matoi_blob::BlobId::generate(&matoi_blob::SystemRandom).unwrap();
    let [first, second, ..] = id.as_bytes();
    u64::from(u16::from_le_bytes([*first, *second])) % milliseconds
}

#[test]
fn a_database_that_acknowledges_too_early_is_refused() {
    if !On::all().contains(&On::Postgres) {
        return;
    }
    let place = Place::on(On::Postgres);
    let url = format!("{}?options[synchronous_commit]=off", place.database_url());
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let done = crate::support::run(command.env("MATOI_DATABASE_URL", url));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("acknowledged before it is durable"), "{done:?}");
}
