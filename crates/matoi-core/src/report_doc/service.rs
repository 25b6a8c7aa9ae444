//! What callers may do with documents.

use std::collections::HashMap;

use matoi_types::{CaseId, DocumentId, ScopeId};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::external::{self, Finding};
use super::model::{Document, DocumentForm, DocumentInput, DocumentKind, DocumentState, StoredForm};
use super::rules::{self, Step};
use super::{gather, store};
use crate::cases::{self, Case, CaseState, EntryKind};
use crate::jobs::{self, NewJob};
use crate::kernel::change::hex;
use crate::kernel::check::Fields;
use crate::kernel::words::Words;
use crate::kernel::{Action, Change, Error, Message, Result, Tx, numbers};
use crate::rulebook::{self, DataKind};

/// The kind of job that makes the files of a document.
pub const RENDER: &str = "document.render";

/// Longest text of a document, in characters.
const MAX_CONTENT: usize = 500_000;

/// Documents of a case without their texts, latest first.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Document>> {
    tx.require(Action::DocumentRead)?;
    cases::service::get(tx, case).await?;
    store::of_case(tx, case).await
}

/// One document.
pub async fn get(tx: &mut Tx, id: DocumentId) -> Result<Document> {
    tx.require(Action::DocumentRead)?;
    store::get(tx, id).await?.ok_or(Error::NotFound("document"))
}

/// The numbers of some documents, of those the caller may see.
pub async fn numbers_of(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = DocumentId>,
) -> Result<HashMap<DocumentId, String>> {
    numbers::of(tx, "document", ids).await
}

/// What stands in an external document that must not; nothing for the other kinds.
pub async fn findings(tx: &mut Tx, document: &Document) -> Result<Vec<Finding>> {
    if document.kind != DocumentKind::External {
        return Ok(Vec::new());
    }
    let case = cases::service::get(tx, document.case_id).await?;
    let forbidden = gather::forbidden(tx, &case, document.tlp).await?;
    Ok(external::findings(&document.content, &forbidden))
}

/// Draws up a document: takes what the case knows now, and has it filled and made in the background.
pub async fn create(tx: &mut Tx, case: CaseId, input: DocumentInput) -> Result<Document> {
    tx.require(Action::DocumentCreate)?;
    let case = cases::service::get(tx, case).await?;
    if case.state == CaseState::Merged {
        return Err(Error::rule("error-case-merged"));
    }
    // One document of a case is numbered after the other.
    cases::service::touch(tx, case.id).await?;
    let input = check(tx, &case, input).await?;
    let label = rules::label(input.kind, input.tlp, case.tlp)?;
    let name = format!("{}.{}", input.kind, input.lang);
    let template = rulebook::service::in_force(tx, DataKind::Template, &name).await?;
    let data = gather::data(tx, &case, &input, label).await?.to_string();
    let (nth, edition) = store::next(tx, case.id, input.kind, input.lang.as_str()).await?;
    let title = Words::get().named(input.lang, "document-title-", input.kind.as_str());
    let document = Document {
        id: tx.new_id()?,
        case_id: case.id,
        case_number: case.number.clone(),
        case_title: case.title.clone(),
        number: format!("{}-R{nth:02}", case.number),
        kind: input.kind,
        lang: input.lang,
        edition,
        revision: 0,
        state: DocumentState::Draft,
        tlp: label,
        title,
        classification: input.classification,
        audience: input.audience,
        content: String::new(),
        created_by: tx.caller().account(),
        author: None,
        created_at: tx.now(),
        edited_by: None,
        edited_at: tx.now(),
        reviewed_by: None,
        reviewer: None,
        reviewed_at: None,
        approved_by: None,
        approver: None,
        approved_at: None,
        deputy: false,
        distributed_at: None,
        distributed_to: String::new(),
        withdrawn_at: None,
        withdrawn_reason: String::new(),
        ready: false,
        pdf_sha256: None,
        pages: None,
        problem: None,
        version: 1,
        scope_id: case.scope_id,
        template_hash: template.hash,
        wanted: 1,
        made: 0,
    };
    let snapshot = store::Snapshot {
        data: &data,
        data_hash: &hex(&Sha256::digest(data.as_bytes())),
    };
    let data_hash = snapshot.data_hash.to_owned();
    store::insert(tx, &document, snapshot).await?;
    enqueue(tx, &document).await?;
    note(tx, &document, "timeline-document-drafted", None).await?;
    let change = Change::of("document.create", document.id)
        .within(case.scope_id)
        .set("case_id", case.id)
        .set("number", &document.number)
        .set("kind", document.kind)
        .set("lang", document.lang)
        .set("tlp", document.tlp)
        .set("data_sha256", data_hash)
        .set("template_sha256", &document.template_hash);
    tx.record(change).await?;
    store::get(tx, document.id)
        .await?
        .ok_or(Error::NotFound("document"))
}

/// What can be changed of a draft.
#[derive(Debug, Clone)]
pub struct DocumentEdit {
    /// Its text (Markdown), at most 500,000 characters.
    pub content: String,
    /// 機密区分.
    pub classification: String,
    /// 配布先.
    pub audience: String,
}

/// Changes the text of a draft; its files are made anew.
pub async fn edit(tx: &mut Tx, id: DocumentId, version: i64, edit: DocumentEdit) -> Result<Document> {
    tx.require(Action::DocumentCreate)?;
    let before = begin(tx, id, version).await?;
    rules::step(&before, Step::Edit, tx.caller().account())?;
    if before.content.is_empty() {
        return Err(Error::rule("error-document-not-ready"));
    }
    let mut fields = Fields::new();
    let mut after = before.clone();
    after.content = fields.required_text("/content", &edit.content, MAX_CONTENT);
    after.classification = fields.optional_line("/classification", &edit.classification, 50);
    after.audience = fields.text("/audience", &edit.audience, 1000);
    fields.done()?;
    let found = findings(tx, &after).await?;
    refuse(tx, "/content", &found)?;
    if after.content != before.content {
        after.revision += 1;
        after.edited_by = tx.caller().account();
        after.edited_at = tx.now();
    }
    let change = Change::of("document.edit", id)
        .changed("content", &before.content, &after.content)
        .changed("classification", &before.classification, &after.classification)
        .changed("audience", &before.audience, &after.audience);
    save_and_make(tx, &before, after, change).await
}

/// Says that the caller has read it and stands for it (審査).
pub async fn review(tx: &mut Tx, id: DocumentId, version: i64) -> Result<Document> {
    tx.require(Action::DocumentReview)?;
    let (before, mut after) = take(tx, id, version, Step::Review).await?;
    after.reviewed_by = tx.caller().account();
    after.reviewed_at = Some(tx.now());
    note(tx, &after, "timeline-document-reviewed", None).await?;
    let change = Change::of("document.review", id).changed("state", before.state, after.state);
    save_and_make(tx, &before, after, change).await
}

/// Puts it in force (承認); `deputy` says that the caller does so for the holder of the office (代決).
pub async fn approve(tx: &mut Tx, id: DocumentId, version: i64, deputy: bool) -> Result<Document> {
    tx.require(Action::DocumentApprove)?;
    let (before, mut after) = take(tx, id, version, Step::Approve).await?;
    after.approved_by = tx.caller().account();
    after.approved_at = Some(tx.now());
    after.deputy = deputy;
    note(tx, &after, "timeline-document-approved", None).await?;
    let change = Change::of("document.approve", id)
        .changed("state", before.state, after.state)
        .changed("deputy", before.deputy, deputy);
    save_and_make(tx, &before, after, change).await
}

/// Sends it back to its authors (差戻し), with what is to be changed.
pub async fn send_back(tx: &mut Tx, id: DocumentId, version: i64, reason: &str) -> Result<Document> {
    if !tx.caller().may(Action::DocumentApprove) {
        tx.require(Action::DocumentReview)?;
    }
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    let (before, mut after) = take(tx, id, version, Step::Return).await?;
    (after.reviewed_by, after.reviewed_at) = (None, None);
    (after.approved_by, after.approved_at, after.deputy) = (None, None, false);
    note(
        tx,
        &after,
        "timeline-document-returned",
        Some(("reason", reason.clone())),
    )
    .await?;
    let change = Change::of("document.return", id)
        .changed("state", before.state, after.state)
        .because(&reason);
    save_and_make(tx, &before, after, change).await
}

/// Records that it was given to those it is for, and by which way.
pub async fn distribute(tx: &mut Tx, id: DocumentId, version: i64, to: &str) -> Result<Document> {
    tx.require(Action::DocumentDistribute)?;
    let mut fields = Fields::new();
    let to = fields.required_text("/to", to, 2000);
    fields.done()?;
    let (before, mut after) = take(tx, id, version, Step::Distribute).await?;
    after.distributed_at = Some(tx.now());
    after.distributed_to.clone_from(&to);
    note(tx, &after, "timeline-document-distributed", Some(("to", to))).await?;
    let change = Change::of("document.distribute", id)
        .changed("state", before.state, after.state)
        .set("to", &after.distributed_to);
    save(tx, &before, after, change).await
}

/// Says that it is not to be used, and why. What was distributed stays distributed; the reason stands beside it.
pub async fn withdraw(tx: &mut Tx, id: DocumentId, version: i64, reason: &str) -> Result<Document> {
    tx.require(Action::DocumentCreate)?;
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    let (before, mut after) = take(tx, id, version, Step::Withdraw).await?;
    after.withdrawn_at = Some(tx.now());
    after.withdrawn_reason.clone_from(&reason);
    note(
        tx,
        &after,
        "timeline-document-withdrawn",
        Some(("reason", reason.clone())),
    )
    .await?;
    let change = Change::of("document.withdraw", id)
        .changed("state", before.state, after.state)
        .because(&reason);
    save(tx, &before, after, change).await
}

/// Has its files made again after something was wrong.
pub async fn make_again(tx: &mut Tx, id: DocumentId, version: i64) -> Result<Document> {
    tx.require(Action::DocumentCreate)?;
    let before = begin(tx, id, version).await?;
    if before.state == DocumentState::Withdrawn || before.problem.is_none() {
        return Err(Error::rule("error-document-step"));
    }
    let change = Change::of("document.make", id).set("number", &before.number);
    save_and_make(tx, &before, before.clone(), change).await
}

/// A form of a document that the caller is about to take out: taking it out is noted. An external one that names what
/// must not leave is not given out.
pub async fn open(tx: &mut Tx, id: DocumentId, form: DocumentForm) -> Result<StoredForm> {
    let document = get(tx, id).await?;
    let blob = store::blobs(tx, id)
        .await?
        .into_iter()
        .find_map(|(stored, blob)| (stored == form).then_some(blob));
    let Some(blob) = blob.filter(|_| document.ready) else {
        return Err(Error::rule("error-document-not-ready"));
    };
    let found = findings(tx, &document).await?;
    refuse(tx, "/content", &found)?;
    let change = Change::of("document.download", id)
        .within(document.scope_id)
        .set("form", form)
        .set("edition", document.edition_label());
    tx.record(change).await?;
    Ok(StoredForm {
        blob,
        name: format!("{}_{}.{}", document.number, document.lang, form.extension()),
        form,
    })
}

/// Which kinds of report of a case were distributed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Distributed {
    /// The internal one.
    pub internal: bool,
    /// The external one.
    pub external: bool,
}

/// Which kinds of report of a case were distributed. Asked by the life cycle before closing.
pub(crate) async fn distributed(tx: &mut Tx, case: CaseId) -> Result<Distributed> {
    let kinds = store::distributed_kinds(tx, case).await?;
    let has = |kind: DocumentKind| kinds.iter().any(|found| found == kind.as_str());
    Ok(Distributed {
        internal: has(DocumentKind::Internal),
        external: has(DocumentKind::External),
    })
}

/// Which of these stored files are a form of some document.
pub(crate) async fn files_in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    store::files_in_use(tx, blobs).await
}

/// Follows the case into another scope.
pub(crate) async fn move_scope(tx: &mut Tx, case: CaseId, scope: ScopeId) -> Result<()> {
    store::move_scope(tx, case, scope).await
}

async fn begin(tx: &mut Tx, id: DocumentId, version: i64) -> Result<Document> {
    let document = get(tx, id).await?;
    if document.version == version {
        Ok(document)
    } else {
        Err(Error::Stale {
            current: document.version,
        })
    }
}

/// The document before and after a step that is allowed; what goes out was looked through once more.
async fn take(tx: &mut Tx, id: DocumentId, version: i64, step: Step) -> Result<(Document, Document)> {
    let before = begin(tx, id, version).await?;
    let mut after = before.clone();
    after.state = rules::step(&before, step, tx.caller().account())?;
    if matches!(step, Step::Review | Step::Approve | Step::Distribute) {
        let found = findings(tx, &before).await?;
        refuse(tx, "/content", &found)?;
    }
    Ok((before, after))
}

async fn save(tx: &mut Tx, before: &Document, after: Document, change: Change) -> Result<Document> {
    if !store::save(tx, before.version, &after).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    tx.record(change.within(before.scope_id).set("case_id", before.case_id))
        .await?;
    store::get(tx, before.id)
        .await?
        .ok_or(Error::NotFound("document"))
}

/// Saves it and has its files made anew: signatures stand in them.
async fn save_and_make(
    tx: &mut Tx,
    before: &Document,
    mut after: Document,
    change: Change,
) -> Result<Document> {
    after.wanted += 1;
    after.problem = None;
    let saved = save(tx, before, after, change).await?;
    enqueue(tx, &saved).await?;
    Ok(saved)
}

async fn enqueue(tx: &mut Tx, document: &Document) -> Result<()> {
    let mut job = NewJob::interactive(RENDER, json!({ "document": document.id }));
    job.scope = Some(document.scope_id);
    jobs::service::enqueue(tx, job).await?;
    Ok(())
}

async fn note(
    tx: &mut Tx,
    document: &Document,
    key: &'static str,
    more: Option<(&'static str, String)>,
) -> Result<()> {
    let message = Message::new(key)
        .with("number", document.number.clone())
        .with("kind", document.kind.as_str())
        .with_all(more);
    let subject = Some(("document", document.id.to_string()));
    cases::timeline::system(tx, document.case_id, EntryKind::Document, message, subject).await
}

/// Refuses what must not leave, naming each with its line.
fn refuse(tx: &Tx, pointer: &str, found: &[Finding]) -> Result<()> {
    let mut fields = Fields::new();
    let lang = tx.caller().lang;
    for finding in found.iter().take(20) {
        let kind = Words::get().named(lang, "document-finding-", finding.kind.as_str());
        fields.wrong(
            pointer,
            Message::new("error-document-external")
                .with("line", finding.line)
                .with("kind", kind)
                .with("text", finding.text.clone()),
        );
    }
    fields.done()
}

async fn check(tx: &mut Tx, case: &Case, input: DocumentInput) -> Result<DocumentInput> {
    let mut fields = Fields::new();
    let input = DocumentInput {
        classification: fields.optional_line("/classification", &input.classification, 50),
        audience: fields.text("/audience", &input.audience, 1000),
        known: fields.text("/known", &input.known, 5000),
        assumed: fields.text("/assumed", &input.assumed, 5000),
        unknown: fields.text("/unknown", &input.unknown, 5000),
        ..input
    };
    let words = &input.external;
    fields.optional_line("/external/addressee", &words.addressee, 200);
    let texts = [
        ("/external/addressee", &words.addressee),
        ("/external/what_happened", &words.what_happened),
        ("/external/effect_on_you", &words.effect_on_you),
        ("/external/cause", &words.cause),
        ("/external/what_we_did", &words.what_we_did),
        ("/external/what_we_ask", &words.what_we_ask),
        ("/external/prevention", &words.prevention),
    ];
    for (pointer, text) in texts {
        fields.text(pointer, text, 5000);
    }
    fields.done()?;
    if input.kind == DocumentKind::External {
        let label = rules::label(input.kind, input.tlp, case.tlp)?;
        let forbidden = gather::forbidden(tx, case, label).await?;
        for (pointer, text) in texts {
            refuse(tx, pointer, &external::findings(text, &forbidden))?;
        }
    }
    Ok(input)
}

/// Every stored form of every document.
pub(crate) async fn all_files(tx: &mut Tx) -> Result<Vec<String>> {
    store::all_files(tx).await
}
