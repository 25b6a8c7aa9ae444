//! Mail that comes in: what becomes of it, that it is never lost and never doubled, on both databases.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use matoi_core::desk::model::{ItemFilter, ItemOrder};
use matoi_core::desk::{self, Channel, ItemKind, ItemState};
use matoi_core::files::{self, FileFacts};
use matoi_core::intake::mail::{self, Desk, Envelope, MailRole, Outcome, Refusal, TakenIn};
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::change::hex;
use matoi_core::kernel::ports::{Boxed, Files, InProcess, Parsers, StoredFile};
use matoi_core::{Error, Result, clocks, observables};
use matoi_mail::ParsedMail;
use matoi_testkit::{World, on_both_databases};
use matoi_types::{Lang, Severity, Timestamp};
use sha2::{Digest as _, Sha256};

/// Files in memory, which can be told to fail.
#[derive(Default)]
struct MemoryFiles {
    files: Mutex<HashMap<String, Vec<u8>>>,
    next: AtomicUsize,
    full: std::sync::atomic::AtomicBool,
}

impl Files for MemoryFiles {
    fn put(&self, content: Vec<u8>) -> Boxed<'_, Result<StoredFile>> {
        Box::pin(async move {
            if self.full.load(Ordering::SeqCst) {
                return Err(Error::Unavailable("no space left".to_owned()));
            }
            let blob = format!("b{}", self.next.fetch_add(1, Ordering::SeqCst));
            let stored = StoredFile {
                blob: blob.clone(),
                size: content.len() as u64,
                sha256: hex(&Sha256::digest(&content)),
            };
            self.files.lock().unwrap().insert(blob, content);
            Ok(stored)
        })
    }

    fn get(&self, blob: String) -> Boxed<'_, Result<Option<Vec<u8>>>> {
        Box::pin(async move { Ok(self.files.lock().unwrap().get(&blob).cloned()) })
    }

    fn discard(&self, blob: String) -> Boxed<'_, ()> {
        Box::pin(async move {
            self.files.lock().unwrap().remove(&blob);
        })
    }
}

impl MemoryFiles {
    fn count(&self) -> usize {
        self.files.lock().unwrap().len()
    }
}

/// A parser that is lost over every mail longer than so many bytes.
struct LostOver(usize);

impl Parsers for LostOver {
    fn mail(&self, raw: Vec<u8>, received_at: Timestamp) -> Boxed<'_, Result<ParsedMail>> {
        if raw.len() > self.0 {
            return Box::pin(async { Err(Error::Unavailable("the parser was lost".to_owned())) });
        }
        InProcess.mail(raw, received_at)
    }

    fn file_facts(&self, content: Vec<u8>, name: String, declared: String) -> Boxed<'_, Result<FileFacts>> {
        InProcess.file_facts(content, name, declared)
    }
}

struct Door {
    world: World,
    files: MemoryFiles,
}

impl Door {
    async fn open(store: matoi_testkit::TestStore) -> Self {
        Self {
            world: World::set_up(store).await,
            files: MemoryFiles::default(),
        }
    }

    async fn outcome(&self, raw: &[u8], parsers: &dyn Parsers) -> Outcome {
        let store = &self.world.store.store;
        let desk = Desk {
            store,
            files: &self.files,
            parsers,
            max_bytes: 1024 * 1024,
        };
        let caller = store.system("test mail");
        mail::take_in(desk, &caller, raw.to_vec(), &Envelope::default())
            .await
            .unwrap()
    }

    async fn take(&self, raw: &[u8]) -> TakenIn {
        match self.outcome(raw, &InProcess).await {
            Outcome::Accepted(taken) => *taken,
            other => panic!("{other:?}"),
        }
    }

    async fn traces(&self, taken: &TakenIn) -> Vec<(String, String)> {
        let caller = self.world.caller("handler").await;
        let mut tx = self.world.store.store.read(&caller).await.unwrap();
        let traces = observables::service::of_item(&mut tx, taken.item.id)
            .await
            .unwrap();
        traces
            .into_iter()
            .map(|sighting| (sighting.kind.to_string(), sighting.value))
            .collect()
    }

    async fn everything(&self, automatic: Option<bool>) -> Vec<desk::DeskItem> {
        let caller = self.world.caller("handler").await;
        let mut tx = self.world.store.store.read(&caller).await.unwrap();
        let filter = ItemFilter {
            kind: Some(ItemKind::Report),
            all: true,
            automatic,
            ..ItemFilter::default()
        };
        let page = PageRequest {
            limit: Some(200),
            ..PageRequest::default()
        };
        desk::queue::list(&mut tx, &filter, ItemOrder::Newest, &page)
            .await
            .unwrap()
            .items
    }
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/../../samples/mail/{name}.eml",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(format!("{}/../../samples/mail", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| {
            (
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    all.sort();
    all
}

fn has(traces: &[(String, String)], kind: &str, value: &str) -> bool {
    traces.iter().any(|(k, v)| k == kind && v == value)
}

fn plain_mail(id: &str, subject: &str, more: &str, body: &str) -> Vec<u8> {
    format!("From: Yamada <yamada@minatono.example>\r\nTo: csirt@minatono.example\r\nSubject: {subject}\r\nMessage-ID: <{id}@minatono.example>\r\n{more}\r\n{body}\r\n").into_bytes()
}

on_both_databases! {
    async fn the_sample_mails_become_reports_and_come_twice_without_becoming_more(store: TestStore) {
        let door = Door::open(store).await;
        let mut first = HashMap::new();
        for (name, raw) in samples() {
            let taken = door.take(&raw).await;
            assert!(!taken.existed && taken.inspected, "{name}");
            first.insert(name, taken);
        }
        let stored = door.files.count();
        for (name, raw) in samples() {
            let again = door.take(&raw).await;
            assert!(again.existed, "{name}");
            assert_eq!(again.item.id, first[&name].item.id, "{name}");
            // Over another server and with other line ends it is still the same mail.
            let text = [b"Received: from elsewhere\nX-Spam: yes\n".as_slice(), &raw].concat();
            let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\r').collect();
            assert!(door.take(&text).await.existed, "{name}");
        }
        assert_eq!(door.files.count(), stored, "nothing of what came again was kept");
        // Ten mails, one of which brings the password for another.
        assert_eq!(door.everything(None).await.len(), 9);
        assert_eq!(door.everything(Some(true)).await.len(), 2);
        let zip = &first["04-password-zip"];
        let password = &first["05-zip-password"];
        assert_eq!((password.role, password.item.id), (MailRole::Password, zip.item.id));

        for (name, title, lang) in [
            ("01-partner-notice-iso-2022-jp", "不審", Lang::Ja),
            ("06-lost-phone-cp932", "スマートフォン", Lang::Ja),
            ("07-researcher-report-english", "", Lang::En),
        ] {
            let item = &first[name].item;
            assert!(item.title.contains(title), "{name}: {}", item.title);
            assert_eq!((item.lang, item.channel), (lang, Channel::Mail), "{name}");
            assert!(item.event_at.is_some(), "{name}");
        }
    }

    async fn a_forwarded_phishing_mail_is_taken_apart(store: TestStore) {
        let door = Door::open(store).await;
        let taken = door.take(&sample("02-forwarded-phishing")).await;
        assert!(taken.item.body.contains("[message/rfc822 1]"), "{}", taken.item.body);
        assert!(taken.item.body.contains("本日18時"));
        let traces = door.traces(&taken).await;
        assert!(has(&traces, "url", "http://sso-minatono.login-check.example/renew?u=tanaka"), "{traces:?}");
        assert!(traces.iter().any(|(kind, value)| kind == "email" && !value.ends_with("@minatono.example")), "{traces:?}");
        // The servers that our own mail came over are no traces.
        assert!(!traces.iter().any(|(kind, value)| kind == "ipv4" && value.starts_with("10.")), "{traces:?}");

        let caller = door.world.caller("handler").await;
        let mut tx = door.world.store.store.read(&caller).await.unwrap();
        let (_, detail) = desk::reports::get(&mut tx, taken.item.id).await.unwrap();
        assert_eq!(detail.category, "suspicious_mail");
        assert!(!detail.reporter_contact.is_empty());
        let mails = mail::of_item(&mut tx, taken.item.id).await.unwrap();
        let sheet = &mails[0].sheet;
        assert_eq!(sheet.inner.len(), 1);
        assert!(sheet.inner[0].links.iter().any(|link| link.misleading && link.target.starts_with("hxxp")), "{sheet:?}");
        assert_eq!(serde_json::from_str::<mail::MailSheet>(&detail.mail_headers.unwrap()).unwrap(), *sheet);
        // The original and the forwarded mail are both there, byte for byte.
        let original = door.files.get(detail.original_blob.unwrap()).await.unwrap().unwrap();
        assert_eq!(original, sample("02-forwarded-phishing"));
        assert_eq!(files::service::of_item(&mut tx, taken.item.id).await.unwrap().len(), 1);
        // Its clocks run.
        let running = clocks::service::of(&mut tx, clocks::ClockOwner::Item(taken.item.id)).await.unwrap();
        assert_eq!(running.len(), 2);
    }

    async fn a_password_joins_its_locked_file_and_is_seen_on_demand_only(store: TestStore) {
        let door = Door::open(store).await;
        let zip = door.take(&sample("04-password-zip")).await;
        let caller = door.world.caller("handler").await;
        {
            let mut tx = door.world.store.store.read(&caller).await.unwrap();
            let files = files::service::of_item(&mut tx, zip.item.id).await.unwrap();
            assert!(files[0].encrypted, "marked as not inspected");
            assert!(files[0].name.ends_with(".zip"));
        }
        door.world.store.clock.advance_seconds(150);
        let password = door.take(&sample("05-zip-password")).await;
        assert_eq!(password.item.id, zip.item.id);
        let mut tx = door.world.store.store.write(&caller).await.unwrap();
        let messages = desk::messages::list(&mut tx, zip.item.id).await.unwrap();
        assert_eq!(messages.len(), 1);
        assert!(messages[0].body.contains("●●●●●●"), "{}", messages[0].body);
        let mails = mail::of_item(&mut tx, zip.item.id).await.unwrap();
        assert_eq!(mails.iter().map(|mail| mail.passwords).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(mails[1].message_id, Some(messages[0].id));
        assert_eq!(mail::passwords(&mut tx, mails[1].id).await.unwrap(), ["Higashihama#1118"]);
        assert!(mail::passwords(&mut tx, mails[0].id).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        // Nowhere in the database does it stand in the clear; looking at it is in the audit log.
        let mut tx = door.world.store.store.read(&door.world.store.system()).await.unwrap();
        for (sql, column) in [
            ("SELECT title || body AS t FROM desk_item", "t"),
            ("SELECT body AS t FROM message", "t"),
            ("SELECT sheet AS t FROM mail", "t"),
            ("SELECT value AS t FROM observable", "t"),
            ("SELECT COALESCE(detail, '') AS t FROM change_detail", "t"),
            ("SELECT COALESCE(sealed_passwords, '') AS t FROM mail", "t"),
        ] {
            for row in tx.fetch_all(sql, []).await.unwrap() {
                assert!(!row.text(column).unwrap().contains("Higashihama#"), "{sql}");
            }
        }
        let looked = tx.fetch_all("SELECT id FROM change WHERE verb = 'mail.show_passwords'", []).await.unwrap();
        assert_eq!(looked.len(), 2);
    }

    async fn a_password_that_comes_too_late_or_from_somebody_else_is_a_report_of_its_own(store: TestStore) {
        let door = Door::open(store).await;
        let zip = door.take(&sample("04-password-zip")).await;
        let other = String::from_utf8_lossy(&sample("05-zip-password")).replace("sato@higashihama", "kato@elsewhere");
        let other = door.take(other.as_bytes()).await;
        assert_ne!(other.item.id, zip.item.id);
        door.world.store.clock.advance_seconds(24 * 3600 + 60);
        let late = door.take(&sample("05-zip-password")).await;
        assert_ne!(late.item.id, zip.item.id);
        assert!(late.item.body.contains("●●●●●●"));
    }

    async fn an_answer_joins_the_report_it_answers(store: TestStore) {
        let door = Door::open(store).await;
        let first = door.take(&plain_mail("a1", "Odd window", "", "It says http://evil.example/x")).await;
        let reply = plain_mail("a2", "Re: Odd window", "In-Reply-To: <a1@minatono.example>\r\n", "And 198.51.100.7 too");
        let joined = door.take(&reply).await;
        assert_eq!((joined.role, joined.item.id), (MailRole::Reply, first.item.id));
        // An answer to the answer belongs there as well.
        let more = plain_mail("a3", "Re: Re:", "References: <x@y> <a2@minatono.example>\r\n", "more");
        assert_eq!(door.take(&more).await.item.id, first.item.id);
        let traces = door.traces(&first).await;
        assert!(has(&traces, "url", "http://evil.example/x") && has(&traces, "ipv4", "198.51.100.7"), "{traces:?}");

        // What a person writes opens a closed report again, what a program sends does not.
        let caller = door.world.caller("csirt_lead").await;
        let close = async |door: &Door| {
            let mut tx = door.world.store.store.write(&caller).await.unwrap();
            let item = desk::queue::get(&mut tx, first.item.id).await.unwrap();
            if item.answered_at.is_none() {
                desk::messages::answer(&mut tx, item.id, desk::model::MessageChannel::Mail, "Thank you", true).await.unwrap();
            }
            let item = desk::queue::get(&mut tx, first.item.id).await.unwrap();
            if item.outcome.is_none() {
                let input = desk::triage::TriageInput {
                    answer: false,
                    facts: serde_json::Map::new(),
                    outcome: matoi_core::criteria::TriageOutcome::NotIncident,
                    class: None,
                    priority: None,
                    title: String::new(),
                    case_id: None,
                    override_reason: "checked".to_owned(),
                    not_incident_reason: "checked".to_owned(),
                };
                desk::triage::decide(&mut tx, item.id, item.version, "", input).await.unwrap();
            }
            let item = desk::queue::get(&mut tx, first.item.id).await.unwrap();
            desk::reports::close(&mut tx, item.id, item.version).await.unwrap();
            tx.commit().await.unwrap();
        };
        close(&door).await;
        let away = plain_mail("a4", "Away", "Auto-Submitted: auto-replied\r\nIn-Reply-To: <a1@minatono.example>\r\n", "I am away");
        let taken = door.take(&away).await;
        assert!(taken.automatic);
        assert_eq!((taken.item.id, taken.item.state), (first.item.id, ItemState::Closed));
        let again = plain_mail("a5", "Re: Odd window", "In-Reply-To: <a1@minatono.example>\r\n", "It is back");
        let taken = door.take(&again).await;
        assert_eq!((taken.item.id, taken.item.state), (first.item.id, ItemState::Triaged));
        let mut tx = door.world.store.store.read(&caller).await.unwrap();
        let bodies: Vec<String> = desk::messages::list(&mut tx, first.item.id).await.unwrap().into_iter().map(|m| m.body).collect();
        assert_eq!(bodies.len(), 5, "{bodies:?}");
    }

    async fn automatic_mails_are_kept_closed_and_without_clocks_and_complaints_are_not_taken_for_them(store: TestStore) {
        let door = Door::open(store).await;
        for name in ["09-auto-reply", "10-bounce"] {
            let taken = door.take(&sample(name)).await;
            assert!(taken.automatic && taken.item.automatic, "{name}");
            assert_eq!((taken.item.state, taken.item.severity), (ItemState::Closed, Severity::Info), "{name}");
            let mut tx = door.world.store.store.read(&door.world.store.system()).await.unwrap();
            let running = clocks::service::of(&mut tx, clocks::ClockOwner::Item(taken.item.id)).await.unwrap();
            assert!(running.is_empty(), "{name}");
        }
        for (id, more) in [
            ("c1", "List-Id: <warnings.certs.example>\r\nPrecedence: list\r\n"),
            ("c2", "Auto-Submitted: auto-generated\r\n"),
            ("c3", "Return-Path: <>\r\n"),
            ("c4", "Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n"),
        ] {
            let taken = door.take(&plain_mail(id, "Warning", more, "text")).await;
            assert!(!taken.automatic, "{more}");
            assert_eq!(taken.item.state, ItemState::New, "{more}");
        }
    }

    async fn the_same_identifier_with_another_content_is_another_report(store: TestStore) {
        let door = Door::open(store).await;
        let one = door.take(&plain_mail("same", "One", "", "one")).await;
        let two = door.take(&plain_mail("same", "Two", "", "two")).await;
        assert_ne!(one.item.id, two.item.id);
        let none = b"Subject: no identifier\r\n\r\nx".to_vec();
        let first = door.take(&none).await;
        assert_eq!(door.take(&none).await.item.id, first.item.id);
        assert!(first.item.source_ref.unwrap().starts_with("sha256:"));
    }

    async fn a_mail_that_loses_its_parser_is_a_report_all_the_same(store: TestStore) {
        let door = Door::open(store).await;
        let raw = sample("01-partner-notice-iso-2022-jp");
        let Outcome::Accepted(taken) = door.outcome(&raw, &LostOver(1500)).await else { panic!("refused") };
        assert!(!taken.inspected);
        assert!(taken.item.title.contains("不審"), "the first lines alone were read: {}", taken.item.title);
        assert!(!taken.item.automatic);
        let raw = plain_mail("lost", "Plain subject", "", "text");
        let Outcome::Accepted(taken) = door.outcome(&raw, &LostOver(0)).await else { panic!("refused") };
        assert_eq!(taken.item.title, "Plain subject");
        assert_eq!(taken.item.source_ref.as_deref(), Some("lost@minatono.example"));
        let original = door.files.files.lock().unwrap().values().any(|bytes| *bytes == raw);
        assert!(original, "the original is kept");
    }

    async fn a_mail_is_stored_as_a_whole_or_not_at_all(store: TestStore) {
        let door = Door::open(store).await;
        door.files.full.store(true, Ordering::SeqCst);
        let outcome = door.outcome(&sample("04-password-zip"), &InProcess).await;
        assert_eq!(outcome.exit_code(), 75);
        door.files.full.store(false, Ordering::SeqCst);
        assert_eq!((door.files.count(), door.everything(None).await.len()), (0, 0));
        for (raw, expect) in [
            (b"".to_vec(), Refusal::Empty),
            (b" \r\n".to_vec(), Refusal::Empty),
            (vec![b'x'; 1024 * 1024 + 1], Refusal::TooLarge { limit: 1024 * 1024 }),
        ] {
            let Outcome::Refused(refusal) = door.outcome(&raw, &InProcess).await else { panic!("taken") };
            assert_eq!(refusal, expect);
        }
        assert_eq!(Outcome::Refused(Refusal::Empty).exit_code(), 65);
        assert_eq!(door.files.count(), 0);
    }

    async fn hostile_mails_are_taken_in(store: TestStore) {
        let door = Door::open(store).await;
        let mut many = b"From: x@evil.example\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
        for at in 0..3000 {
            many.extend_from_slice(format!("--b\r\nContent-Disposition: attachment; filename=\"../../{at}.exe\"\r\n\r\n{at}\r\n").as_bytes());
        }
        let bytes: Vec<u8> = (0..=255_u8).cycle().take(50_000).collect();
        let nested = (0..200).fold(b"Subject: core\r\n\r\nx".to_vec(), |inner, _| {
            [b"Subject: outer\r\nContent-Type: message/rfc822\r\n\r\n".as_slice(), &inner].concat()
        });
        let texts: [&str; 4] = [
            "Subject: '; DROP TABLE mail; --\r\n\r\n<script>alert(1)</script>{{7*7}}${x}",
            "Subject: =?UTF-8?B?4oCuZ3BqLmV4ZQ==?=\r\nDate: Fri, 31 Dec 9999 23:59:59 +0000\r\n\r\n\u{202e}\u{1f4a9}\u{0}",
            "Message-ID: <\r\n\r\n",
            "no header at all",
        ];
        let mails = [many, bytes, nested].into_iter().chain(texts.map(|text| text.as_bytes().to_vec()));
        let mut count = 0;
        for raw in mails {
            let taken = door.take(&raw).await;
            assert!(!taken.item.title.is_empty());
            assert!(!taken.item.body.contains('\0'));
            count += 1;
        }
        assert_eq!(door.everything(None).await.len(), count);
        // What is left out of a mail with too many parts is said, and the original has it.
        let future = door.everything(None).await.into_iter().find(|item| item.title.contains("gpj")).unwrap();
        assert_eq!(future.event_at, None);
    }
}

/// Real mails from outside the project, when they are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_phishing_mails_go_in_once() {
    let shared = std::env::var("MATOI_SHARED").unwrap_or_else(|_| "../../../shared".to_owned());
    let Ok(folder) = std::fs::read_dir(format!("{shared}/data/mail")) else {
        eprintln!("skipped: {shared}/data/mail is not there");
        return;
    };
    let store = matoi_testkit::TestStore::open(matoi_testkit::Backend::Sqlite)
        .await
        .unwrap();
    let door = Door::open(store).await;
    let (mut count, mut without) = (0, Vec::new());
    for entry in folder {
        let path = entry.unwrap().path();
        let raw = std::fs::read(&path).unwrap();
        let taken = door.take(&raw).await;
        assert!(taken.inspected && !taken.existed, "{path:?}");
        assert!(!taken.item.automatic, "{path:?} is no automatic reply");
        let traces = door.traces(&taken).await;
        if traces.is_empty() {
            without.push(path.clone());
        }
        assert!(door.take(&raw).await.existed, "{path:?}");
        count += 1;
    }
    assert!(count >= 13);
    // One of them is a text that names nothing but its sender, who is taken for the reporter.
    assert!(without.len() <= 1, "{without:?} bring no trace at all");
    assert_eq!(door.everything(None).await.len(), count);
}
