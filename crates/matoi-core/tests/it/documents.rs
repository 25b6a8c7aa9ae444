//! Reports of a case: from its data to those they are for, and what must not leave.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use matoi_core::cases::{self, Case, CaseKind, EntryKind, model::CaseInput};
use matoi_core::jobs::{Handler, Runner};
use matoi_core::kernel::Actor;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::ports::{Boxed, Documents, Files, MadeFile, Sheet, StoredFile};
use matoi_core::kernel::{PageRequest, Result};
use matoi_core::observables::{self, ObservableInput};
use matoi_core::report_doc::service::{self, DocumentEdit, RENDER};
use matoi_core::report_doc::{
    Document, DocumentForm, DocumentInput, DocumentKind, DocumentState, ExternalInput, RenderDocuments,
};
use matoi_core::{Caller, Error, Message, Tx, assets};
use matoi_testkit::{World, on_both_databases};
use matoi_types::{DocumentId, Lang, Priority, Severity, Tlp};
use serde_json::Value as Json;

/// Documents that show what they were asked for, and files in memory.
#[derive(Clone, Default)]
struct Desk {
    files: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    broken: Arc<Mutex<bool>>,
    stored: Arc<AtomicU32>,
}

impl Documents for Desk {
    fn fill(&self, name: String, template: String, data: Json) -> Boxed<'_, Result<String>> {
        Box::pin(async move {
            if *self.broken.lock().unwrap() {
                let message = Message::new("error-document-template").with("what", "x:1");
                return Err(Error::field("/template", message));
            }
            assert!(template.starts_with(&format!("{{# id: {name} #}}")), "{template}");
            let external = &data["external"]["what_happened"];
            Ok(format!(
                "# {name}\n\n{}\n\n{}\n",
                external.as_str().unwrap_or_default(),
                data["timeline"]
            ))
        })
    }

    fn make(&self, request: Json) -> Boxed<'_, Result<MadeFile>> {
        Box::pin(async move {
            Ok(MadeFile {
                bytes: request.to_string().into_bytes(),
                pages: Some(2),
            })
        })
    }

    fn workbook(&self, _: Vec<Sheet>, _: String) -> Boxed<'_, Result<Vec<u8>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl Files for Desk {
    fn put(&self, content: Vec<u8>) -> Boxed<'_, Result<StoredFile>> {
        Box::pin(async move {
            let mut files = self.files.lock().unwrap();
            let blob = format!("blob-{}", self.stored.fetch_add(1, Ordering::Relaxed));
            let size = content.len() as u64;
            files.insert(blob.clone(), content);
            Ok(StoredFile {
                sha256: format!("{size:064x}"),
                blob,
                size,
            })
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

struct Room {
    world: World,
    desk: Desk,
    runner: Runner,
}

impl Room {
    async fn new(store: matoi_testkit::TestStore) -> Self {
        let world = World::set_up(store).await;
        let desk = Desk::default();
        let store = world.store.store.clone();
        let render = RenderDocuments::new(store.clone(), Arc::new(desk.clone()), Arc::new(desk.clone()));
        let handlers: HashMap<&'static str, Arc<dyn Handler>> =
            HashMap::from([(RENDER, Arc::new(render) as Arc<dyn Handler>)]);
        let runner = Runner::new(store, handlers).unwrap();
        Self { world, desk, runner }
    }

    async fn with<T>(&self, caller: &Caller, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut tx = self.world.store.store.write(caller).await?;
        let value = work(&mut tx).await?;
        tx.commit().await?;
        Ok(value)
    }

    async fn case(&self, caller: &Caller) -> Case {
        let store = &self.world.store.store;
        let number = numbers::next(store, caller, Series::Incident).await.unwrap();
        let input = CaseInput {
            kind: CaseKind::Incident,
            title: "FS-02 でファイルが開けない".to_owned(),
            summary: String::new(),
            class: "malicious-code.ransomware".to_owned(),
            severity: Severity::High,
            priority: Priority::P2,
            tlp: None,
            restricted: false,
            unit_id: None,
            occurred_at: None,
            detected_at: None,
        };
        self.with(caller, async |tx| {
            cases::service::create(tx, &number, input).await
        })
        .await
        .unwrap()
    }

    /// The document after everything that is due was made.
    async fn made(&self, caller: &Caller, id: DocumentId) -> Document {
        self.runner.run_due().await.unwrap();
        let mut tx = self.world.store.store.read(caller).await.unwrap();
        service::get(&mut tx, id).await.unwrap()
    }

    async fn pdf(&self, caller: &Caller, id: DocumentId) -> Result<Json> {
        let stored = self
            .with(caller, async |tx| service::open(tx, id, DocumentForm::Pdf).await)
            .await?;
        let files = self.desk.files.lock().unwrap();
        Ok(serde_json::from_slice(&files[&stored.blob]).unwrap())
    }
}

fn input(kind: DocumentKind) -> DocumentInput {
    DocumentInput {
        kind,
        lang: Lang::Ja,
        tlp: None,
        classification: "社外秘".to_owned(),
        audience: "取締役会\n監査室".to_owned(),
        known: String::new(),
        assumed: String::new(),
        unknown: String::new(),
        next_report_at: None,
        external: ExternalInput::default(),
    }
}

fn field<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid(fields)) => format!("{} {}", fields[0].pointer, fields[0].message.key),
        Err(Error::Rule(message)) => message.key.into_owned(),
        other => format!("{other:?}"),
    }
}

on_both_databases! {
    async fn a_report_is_drawn_up_reviewed_approved_and_distributed(store: TestStore) {
        let room = Room::new(store).await;
        let (handler, lead, approver) = (
            room.world.caller("handler").await,
            room.world.caller("csirt_lead").await,
            room.world.caller("approver").await,
        );
        let case = room.case(&handler).await;
        let drawn = room
            .with(&handler, async |tx| service::create(tx, case.id, input(DocumentKind::Internal)).await)
            .await
            .unwrap();
        assert_eq!(drawn.number, format!("{}-R01", case.number));
        assert_eq!((drawn.state, drawn.ready, drawn.tlp), (DocumentState::Draft, false, case.tlp));
        // Nobody reviews what is not there yet.
        let early = room.with(&lead, async |tx| service::review(tx, drawn.id, drawn.version).await).await;
        assert_eq!(field(early), "error-document-not-ready");

        let made = room.made(&handler, drawn.id).await;
        assert!(made.ready && made.problem.is_none(), "{made:?}");
        assert!(made.content.contains("を起票"), "the timeline is said in the report's language: {}", made.content);
        let draft = room.pdf(&handler, drawn.id).await.unwrap();
        assert_eq!(draft["control"]["state"], "draft");
        assert_eq!(draft["control"]["distribution"][1], "監査室");
        assert_eq!(draft["meta"]["subtitle"], format!("{} {}", case.number, case.title));

        let own = room.with(&handler, async |tx| service::review(tx, drawn.id, made.version).await).await;
        assert!(matches!(own, Err(Error::Forbidden(_))), "a handler does not review: {own:?}");
        let reviewed = room.with(&lead, async |tx| service::review(tx, drawn.id, made.version).await).await.unwrap();
        assert_eq!(reviewed.state, DocumentState::Reviewed);
        let made = room.made(&lead, drawn.id).await;
        let stale = room.with(&approver, async |tx| service::approve(tx, drawn.id, drawn.version, false).await).await;
        assert!(matches!(stale, Err(Error::Stale { .. })), "{stale:?}");
        let approved = room.with(&approver, async |tx| service::approve(tx, drawn.id, made.version, true).await).await.unwrap();
        assert_eq!((approved.state, approved.deputy), (DocumentState::Approved, true));
        // What was approved is not changed under its signatures.
        let edit = DocumentEdit { content: "x".to_owned(), classification: String::new(), audience: String::new() };
        let changed = room.with(&handler, async |tx| service::edit(tx, drawn.id, approved.version, edit).await).await;
        assert_eq!(field(changed), "error-document-step");

        let made = room.made(&handler, drawn.id).await;
        let file = room.pdf(&handler, drawn.id).await.unwrap();
        assert_eq!(file["control"]["state"], "approved");
        assert_eq!(file["control"]["approved"]["deputy"], true);
        assert!(file["control"]["issued"].is_string());
        assert_eq!(room.desk.files.lock().unwrap().len(), 3, "what nobody can reach any more is removed");

        let sent = room
            .with(&handler, async |tx| service::distribute(tx, drawn.id, made.version, "取締役会（会議資料）").await)
            .await
            .unwrap();
        assert_eq!(sent.state, DocumentState::Distributed);
        let mut tx = room.world.store.store.read(&handler).await.unwrap();
        let page = PageRequest { cursor: None, limit: None };
        let entries = cases::timeline::list(&mut tx, case.id, &[EntryKind::Document], &page).await.unwrap();
        let mut keys: Vec<_> = entries.items.iter().filter_map(|entry| entry.message.as_ref()).map(|m| m.key.to_string()).collect();
        keys.sort();
        assert_eq!(keys, [
            "timeline-document-approved", "timeline-document-distributed", "timeline-document-drafted", "timeline-document-reviewed",
        ]);
    }

    async fn nothing_leaves_that_must_not(store: TestStore) {
        let room = Room::new(store).await;
        let (handler, lead) = (room.world.caller("handler").await, room.world.caller("csirt_lead").await);
        let case = room.case(&handler).await;
        let sighting = ObservableInput {
            kind: None,
            value: "198.51.100.23".to_owned(),
            tlp: None,
            note: String::new(),
        };
        room.with(&handler, async |tx| observables::service::add(tx, case.id, sighting).await).await.unwrap();
        let asset = serde_json::from_value(serde_json::json!({
            "new": { "name": "図面サーバー", "kind": "server", "importance": "high" },
        }))
        .unwrap();
        room.with(&handler, async |tx| assets::affected::add(tx, case.id, asset).await).await.unwrap();
        let mut told = input(DocumentKind::External);
        told.external.cause = "図面サーバーの設定に誤りがありました。".to_owned();
        let refused = room.with(&handler, async |tx| service::create(tx, case.id, told.clone()).await).await;
        assert_eq!(field(refused), "/external/cause error-document-external");
        told.external.cause.clear();
        told.external.what_happened = "198.51.100[.]23 から不正な通信がありました。".to_owned();
        let refused = room.with(&handler, async |tx| service::create(tx, case.id, told.clone()).await).await;
        assert_eq!(field(refused), "/external/what_happened error-document-external");

        told.external.what_happened = "社内のサーバーで不正な通信がありました。".to_owned();
        let drawn = room.with(&handler, async |tx| service::create(tx, case.id, told).await).await.unwrap();
        assert_eq!(drawn.tlp, Tlp::Green);
        let made = room.made(&handler, drawn.id).await;
        assert!(made.ready, "{made:?}");
        let file = room.pdf(&handler, drawn.id).await.unwrap();
        assert!(file["meta"]["subtitle"].is_null(), "the title of the case stays inside");
        assert_eq!(file["control"]["detail"], "public");

        let edit = |content: &str| DocumentEdit {
            content: content.to_owned(),
            classification: String::new(),
            audience: String::new(),
        };
        let Actor::Account { name, .. } = lead.actor.clone() else { panic!("a person") };
        for (text, expect) in [
            (format!("{name}が対応しました。"), "/content error-document-external"),
            ("通信先は198.51.100.23です。".to_owned(), "/content error-document-external"),
        ] {
            let refused = room.with(&handler, async |tx| service::edit(tx, drawn.id, made.version, edit(&text)).await).await;
            assert_eq!(field(refused), expect, "{text}");
        }
        let saved = room
            .with(&handler, async |tx| service::edit(tx, drawn.id, made.version, edit("# お知らせ\n\n不正な通信先 relay.example を遮断しました。")).await)
            .await;
        assert_eq!(field(saved), "/content error-document-external", "a domain the case does not know has the label of the case");
        let saved = room
            .with(&handler, async |tx| service::edit(tx, drawn.id, made.version, edit("# お知らせ\n\n不正な通信を遮断しました。")).await)
            .await
            .unwrap();
        assert_eq!((saved.revision, saved.ready), (1, false));
        let made = room.made(&handler, drawn.id).await;

        // A person who comes to the case later must not leave either: asked again at every step.
        let seen = ObservableInput {
            kind: Some(observables::ObservableKind::Hostname),
            value: "お知らせ".to_owned(),
            tlp: None,
            note: String::new(),
        };
        room.with(&handler, async |tx| observables::service::add(tx, case.id, seen).await).await.unwrap();
        let late = room.with(&lead, async |tx| service::review(tx, drawn.id, made.version).await).await;
        assert_eq!(field(late), "/content error-document-external");
        let out = room.with(&handler, async |tx| service::open(tx, drawn.id, DocumentForm::Docx).await).await;
        assert_eq!(field(out), "/content error-document-external");
    }

    async fn a_wrong_template_is_said_and_made_again(store: TestStore) {
        let room = Room::new(store).await;
        let handler = room.world.caller("handler").await;
        let case = room.case(&handler).await;
        *room.desk.broken.lock().unwrap() = true;
        let drawn = room
            .with(&handler, async |tx| service::create(tx, case.id, input(DocumentKind::Interim)).await)
            .await
            .unwrap();
        let made = room.made(&handler, drawn.id).await;
        assert_eq!(made.problem.as_ref().map(|m| m.key.to_string()).as_deref(), Some("error-document-template"));
        assert!(!made.ready && made.content.is_empty());
        *room.desk.broken.lock().unwrap() = false;
        room.with(&handler, async |tx| service::make_again(tx, drawn.id, made.version).await).await.unwrap();
        let made = room.made(&handler, drawn.id).await;
        assert!(made.ready && made.problem.is_none(), "{made:?}");
    }

    async fn whoever_may_not_see_the_case_sees_no_document(store: TestStore) {
        let room = Room::new(store).await;
        let (handler, lead) = (room.world.caller("handler").await, room.world.caller("csirt_lead").await);
        let case = room.case(&lead).await;
        let drawn = room
            .with(&lead, async |tx| service::create(tx, case.id, input(DocumentKind::Internal)).await)
            .await
            .unwrap();
        let case = room.with(&lead, async |tx| cases::service::get(tx, case.id).await).await.unwrap();
        room.with(&lead, async |tx| cases::access::restrict(tx, case.id, case.version, case.tlp, true).await).await.unwrap();
        let mut tx = room.world.store.store.read(&handler).await.unwrap();
        assert!(matches!(service::get(&mut tx, drawn.id).await, Err(Error::NotFound(_))));
        assert!(service::of_case(&mut tx, case.id).await.is_err());
        drop(tx);
        let owner = room.world.caller("system_owner").await;
        let mut tx = room.world.store.store.read(&owner).await.unwrap();
        assert!(matches!(service::get(&mut tx, drawn.id).await, Err(Error::Forbidden(_))));
    }
}
