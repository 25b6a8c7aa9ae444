//! Nouns of documents.

use matoi_types::{AccountId, CaseId, DocumentId, Lang, ScopeId, Timestamp, Tlp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Message, named};

named! {
    /// For whom a report is written (textbook D-7).
    DocumentKind {
        /// 中間報告: what is known while the work goes on.
        Interim = "interim",
        /// 社内報告: everything, for those who must decide and learn.
        Internal = "internal",
        /// 社外報告: for those who are affected. No names of persons or hosts, no observables beyond its label.
        External = "external",
    }
}

named! {
    /// How far a document has come.
    DocumentState {
        /// It is being written.
        Draft = "draft",
        /// Somebody other than its authors has read it (審査).
        Reviewed = "reviewed",
        /// It may be relied on (承認).
        Approved = "approved",
        /// It was given to those it is for.
        Distributed = "distributed",
        /// It is not to be used, with the reason.
        Withdrawn = "withdrawn",
    }
}

named! {
    /// The form in which a document is taken out.
    DocumentForm {
        /// PDF.
        Pdf = "pdf",
        /// Office Open XML for Word and LibreOffice.
        Docx = "docx",
        /// Markdown.
        Markdown = "markdown",
    }
}

impl DocumentForm {
    /// The extension of its files, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Markdown => "md",
        }
    }

    /// The media type of its files.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Markdown => "text/markdown; charset=utf-8",
        }
    }
}

/// A report of a case. Its number, label and signatures are its control block (文書管理).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Document {
    /// Its identifier.
    pub id: DocumentId,
    /// The case.
    pub case_id: CaseId,
    /// The number of the case.
    pub case_number: String,
    /// The title of the case.
    #[serde(skip)]
    pub case_title: String,
    /// Its number, like `INC-2026-0147-R02`.
    pub number: String,
    /// For whom it is written.
    pub kind: DocumentKind,
    /// The language it is written in.
    pub lang: Lang,
    /// Which report of its kind and language of the case, from 1.
    pub edition: i64,
    /// How often its text was changed.
    pub revision: i64,
    /// How far it has come.
    pub state: DocumentState,
    /// Its label.
    pub tlp: Tlp,
    /// Its title.
    pub title: String,
    /// 機密区分 in the organisation's own words; may be empty.
    pub classification: String,
    /// 配布先, a line for each; may be empty.
    pub audience: String,
    /// Its text (Markdown); empty until it was filled from the template for the first time, and in lists.
    pub content: String,
    /// Who drew it up.
    pub created_by: Option<AccountId>,
    /// Their name.
    pub author: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Who changed the text last.
    pub edited_by: Option<AccountId>,
    /// When.
    pub edited_at: Timestamp,
    /// Who reviewed it.
    pub reviewed_by: Option<AccountId>,
    /// Their name.
    pub reviewer: Option<String>,
    /// When.
    pub reviewed_at: Option<Timestamp>,
    /// Who approved it.
    pub approved_by: Option<AccountId>,
    /// Their name.
    pub approver: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// Whether it was approved for the holder of the office by a deputy (代決).
    pub deputy: bool,
    /// When it was given to those it is for.
    pub distributed_at: Option<Timestamp>,
    /// To whom and by which way.
    pub distributed_to: String,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// Why.
    pub withdrawn_reason: String,
    /// Whether its files show its present text and signatures.
    pub ready: bool,
    /// SHA-256 of its PDF, in hex.
    pub pdf_sha256: Option<String>,
    /// Pages of its PDF.
    pub pages: Option<i64>,
    /// Why its files could not be made, as key and arguments.
    #[schema(value_type = Option<Object>)]
    pub problem: Option<Message>,
    /// Version for `If-Match`.
    pub version: i64,
    /// The scope that decides who sees it.
    #[serde(skip)]
    pub scope_id: ScopeId,
    /// The template it was filled from.
    #[serde(skip)]
    pub template_hash: String,
    /// Which making of its files is wanted.
    #[serde(skip)]
    pub wanted: i64,
    /// Which one they are of.
    #[serde(skip)]
    pub made: i64,
}

impl Document {
    /// 版 as its control block shows it: `1.0`, `1.3`, `2.0`.
    #[must_use]
    pub fn edition_label(&self) -> String {
        format!("{}.{}", self.edition, self.revision)
    }

    /// Whether this account wrote some of it: its authors neither review nor approve it.
    #[must_use]
    pub fn is_by(&self, account: Option<AccountId>) -> bool {
        account.is_some() && (self.created_by == account || self.edited_by == account)
    }
}

/// What a new document begins with.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentInput {
    /// For whom it is written.
    pub kind: DocumentKind,
    /// The language it is written in.
    pub lang: Lang,
    /// Its label. When not given, that of the case; `TLP:GREEN` for an external one.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// 機密区分 in the organisation's own words, at most 50 characters.
    #[serde(default)]
    pub classification: String,
    /// 配布先, a line for each, at most 1,000 characters.
    #[serde(default)]
    pub audience: String,
    /// What is known, a line for each statement, at most 5,000 characters. Not for external ones.
    #[serde(default)]
    pub known: String,
    /// What is taken as true for now, a line for each statement. Not for external ones.
    #[serde(default)]
    pub assumed: String,
    /// What is not known, a line for each question. Not for external ones.
    #[serde(default)]
    pub unknown: String,
    /// When the next report is due. For interim ones.
    #[serde(default)]
    pub next_report_at: Option<Timestamp>,
    /// The words for readers outside. For external ones.
    #[serde(default)]
    pub external: ExternalInput,
}

/// What an external report says, each at most 5,000 characters (Markdown). What is left empty is said to be still
/// under investigation.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExternalInput {
    /// To whom, such as お客様各位; at most 200 characters.
    pub addressee: String,
    /// What happened.
    pub what_happened: String,
    /// From when it touched the reader.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// What it means for the reader.
    pub effect_on_you: String,
    /// The cause in plain words.
    pub cause: String,
    /// What was done.
    pub what_we_did: String,
    /// What the reader is asked to do.
    pub what_we_ask: String,
    /// What keeps it from happening again.
    pub prevention: String,
}

/// Where one form of a document is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredForm {
    /// Where its bytes are.
    pub blob: String,
    /// The name it is taken out under.
    pub name: String,
    /// Which form.
    pub form: DocumentForm,
}
