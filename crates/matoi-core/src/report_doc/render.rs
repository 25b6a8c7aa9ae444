//! Making the files of a document, in the background: fill the template once, then every form it is taken out in.

use std::sync::Arc;

use matoi_types::DocumentId;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::model::{Document, DocumentForm, DocumentKind, DocumentState};
use super::{gather, service, store};
use crate::jobs::{Handler, Job, JobError, Progress};
use crate::kernel::ports::{Boxed, Documents, Files, StoredFile};
use crate::kernel::{Change, Error, Message, Result, Store};
use crate::{organisation, rulebook};

/// Steps of the job: the text, and one for each form.
const STEPS: i64 = 4;

/// Runs jobs of the kind [`service::RENDER`].
#[derive(Clone)]
pub struct RenderDocuments {
    store: Store,
    documents: Arc<dyn Documents>,
    files: Arc<dyn Files>,
}

impl std::fmt::Debug for RenderDocuments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RenderDocuments")
    }
}

#[derive(Deserialize)]
struct Payload {
    document: DocumentId,
}

impl Handler for RenderDocuments {
    fn run<'a>(&'a self, job: &'a Job, progress: Progress) -> Boxed<'a, std::result::Result<Json, JobError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_value(job.payload.clone())
                .map_err(|error| JobError::GiveUp(error.to_string()))?;
            self.make(payload.document, &progress).await
        })
    }
}

impl RenderDocuments {
    /// A handler that makes documents by `documents` and keeps them by `files`.
    #[must_use]
    pub const fn new(store: Store, documents: Arc<dyn Documents>, files: Arc<dyn Files>) -> Self {
        Self {
            store,
            documents,
            files,
        }
    }

    /// Makes what is wanted now. While it is made, something else may come to be wanted: that has a job of its own.
    async fn make(&self, id: DocumentId, progress: &Progress) -> std::result::Result<Json, JobError> {
        let mut tx = self.store.read(&self.store.system("documents")).await?;
        let Some(document) = store::get(&mut tx, id).await? else {
            return Err(JobError::GiveUp("the document does not exist".to_owned()));
        };
        if document.made >= document.wanted || document.state == DocumentState::Withdrawn {
            return Ok(json!({ "made": document.made }));
        }
        let template = rulebook::service::pinned(&mut tx, &document.template_hash).await?;
        let data = store::data(&mut tx, id).await?;
        let organisation = organisation::service::require(&mut tx).await?;
        let old = store::blobs(&mut tx, id).await?;
        drop(tx);

        let mut made = store::Made {
            content: document.content.clone(),
            ..store::Made::default()
        };
        let mut kept = Vec::new();
        let text = if made.content.is_empty() {
            let data = serde_json::from_str(&data).map_err(Error::from)?;
            let filled = self.documents.fill(template.name, template.content, data).await;
            or_problem(filled, &mut made.problem)?
        } else {
            Some(made.content.clone())
        };
        progress.step(1, STEPS).await?;
        if let Some(text) = text {
            made.content = text;
            if self.may_leave(&document, &made.content).await? {
                self.forms(&document, &organisation, &mut made, &mut kept, progress)
                    .await?;
            } else {
                made.problem = Some(Message::new("error-document-names"));
            }
        }
        let outdated = if self.keep(&document, &made).await? {
            old.into_iter().map(|(_, blob)| blob).collect()
        } else {
            kept.iter()
                .map(|file: &StoredFile| file.blob.clone())
                .collect::<Vec<_>>()
        };
        for blob in outdated {
            self.files.discard(blob).await;
        }
        Ok(json!({ "made": document.wanted }))
    }

    /// Whether the text has nothing that must not leave.
    async fn may_leave(&self, document: &Document, content: &str) -> Result<bool> {
        let mut tx = self.store.read(&self.store.system("documents")).await?;
        let filled = Document {
            content: content.to_owned(),
            ..document.clone()
        };
        Ok(service::findings(&mut tx, &filled).await?.is_empty())
    }

    async fn forms(
        &self,
        document: &Document,
        organisation: &organisation::Organisation,
        made: &mut store::Made,
        kept: &mut Vec<StoredFile>,
        progress: &Progress,
    ) -> std::result::Result<(), JobError> {
        for (step, form) in (2..).zip(DocumentForm::ALL) {
            let asked = request(document, organisation, &made.content, *form, self.store.now());
            let file = self.documents.make(asked).await;
            let Some(file) = or_problem(file, &mut made.problem)? else {
                return Ok(());
            };
            let pages = file.pages;
            let stored = self.files.put(file.bytes).await?;
            match form {
                DocumentForm::Pdf => {
                    made.pdf = Some(stored.blob.clone());
                    made.pdf_sha256 = Some(stored.sha256.clone());
                    made.pages = pages;
                }
                DocumentForm::Docx => made.docx = Some(stored.blob.clone()),
                DocumentForm::Markdown => made.markdown = Some(stored.blob.clone()),
            }
            kept.push(stored);
            progress.step(step, STEPS).await?;
        }
        Ok(())
    }

    /// Keeps what was made, if it is still wanted.
    async fn keep(&self, document: &Document, made: &store::Made) -> Result<bool> {
        let mut tx = self.store.write(&self.store.system("documents")).await?;
        let wanted = store::save_made(&mut tx, document.id, document.wanted, made).await?;
        if wanted {
            let change = Change::of("document.made", document.id)
                .within(document.scope_id)
                .set("case_id", document.case_id)
                .set("edition", document.edition_label())
                .set("pdf_sha256", &made.pdf_sha256)
                .set("problem", &made.problem);
            tx.record(change).await?;
        }
        tx.commit().await?;
        Ok(wanted)
    }
}

/// What came of it; what is wrong with a template or a text is kept with the document, for whoever can put it right.
fn or_problem<T>(
    result: Result<T>,
    problem: &mut Option<Message>,
) -> std::result::Result<Option<T>, JobError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(fields)) => {
            *problem = fields.into_iter().next().map(|field| field.message);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// What the maker of documents is asked, in the shape of the README of the crate `matoi-pdf`.
fn request(
    document: &Document,
    organisation: &organisation::Organisation,
    content: &str,
    form: DocumentForm,
    now: matoi_types::Timestamp,
) -> Json {
    let external = document.kind == DocumentKind::External;
    let zone = &organisation.zone;
    let is_approved = matches!(
        document.state,
        DocumentState::Approved | DocumentState::Distributed
    );
    let signature = |name: &Option<String>, at: Option<matoi_types::Timestamp>, deputy: bool| {
        name.as_ref().map(
            |name| json!({ "name": name, "on": at.and_then(|at| gather::day(at, zone)), "deputy": deputy }),
        )
    };
    // The title of a case is written by those inside: it does not leave.
    let subtitle = (!external).then(|| format!("{} {}", document.case_number, document.case_title));
    json!({
        "format": form,
        "meta": {
            "title": document.title,
            "subtitle": subtitle,
            "organisation": organisation.name.get(document.lang),
            "lang": document.lang,
            "created": now,
        },
        "control": {
            "number": document.number,
            "version": document.edition_label(),
            "state": if is_approved { "approved" } else { "draft" },
            "prepared": signature(&document.author, Some(document.edited_at), false),
            "reviewed": signature(&document.reviewer, document.reviewed_at, false),
            "approved": signature(&document.approver, document.approved_at, document.deputy),
            "classification": Some(&document.classification).filter(|words| !words.is_empty()),
            "tlp": document.tlp,
            "issued": document.approved_at.and_then(|at| gather::day(at, zone)),
            "distribution": document.audience.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>(),
            "detail": if external { "public" } else { "full" },
        },
        "source": { "from": "markdown", "text": content },
    })
}
