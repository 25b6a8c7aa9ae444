//! What the report templates know of an incident.
//!
//! The core fills [`IncidentReportData`] from a case; the templates in `templates/reports/` print it. Everything that may
//! be missing is an `Option` or an empty list, and the templates say so instead of leaving it out. Texts named
//! `*_markdown` or documented as notes are Markdown as people typed it; everything else is printed as it is.

use jiff::civil::Date;
use matoi_types::{Importance, Lang, Priority, Severity, Timestamp, Tlp};
use serde::{Deserialize, Serialize};

use crate::template::TextFile;

/// For whom an incident report is written (textbook D-7: interim report, internal report, external report).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// 中間報告: what is known while the work goes on.
    Interim,
    /// 社内報告: everything, for those who must decide and learn.
    Internal,
    /// 社外報告: for those who are affected. No names, hosts or observables.
    External,
}

/// The template that ships for this kind of report and language.
#[must_use]
pub fn shipped_template(kind: ReportKind, lang: Lang) -> TextFile {
    let (name, text) = match (kind, lang) {
        (ReportKind::Interim, Lang::Ja) => (
            "interim.ja.md",
            include_str!("../../../templates/reports/interim.ja.md"),
        ),
        (ReportKind::Interim, Lang::En) => (
            "interim.en.md",
            include_str!("../../../templates/reports/interim.en.md"),
        ),
        (ReportKind::Internal, Lang::Ja) => (
            "internal.ja.md",
            include_str!("../../../templates/reports/internal.ja.md"),
        ),
        (ReportKind::Internal, Lang::En) => (
            "internal.en.md",
            include_str!("../../../templates/reports/internal.en.md"),
        ),
        (ReportKind::External, Lang::Ja) => (
            "external.ja.md",
            include_str!("../../../templates/reports/external.ja.md"),
        ),
        (ReportKind::External, Lang::En) => (
            "external.en.md",
            include_str!("../../../templates/reports/external.en.md"),
        ),
    };
    TextFile {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

/// All that a template may print of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentReportData {
    /// The language of the report.
    pub lang: Lang,
    /// The IANA name of the zone in which times are written.
    pub zone: String,
    /// When the data were taken from the case.
    pub as_of: Timestamp,
    /// Who reports.
    pub organisation: Organisation,
    /// The case in short.
    pub case: CaseFacts,
    /// What happened and how it stands, in a few sentences. A note.
    pub summary: Option<String>,
    /// When the phases were reached.
    #[serde(default)]
    pub times: Times,
    /// When the next report is due, for an interim report.
    pub next_report_at: Option<Timestamp>,
    /// What is known, assumed and not known.
    #[serde(default)]
    pub facts: Facts,
    /// What it did to the business.
    #[serde(default)]
    pub impact: Impact,
    /// Why it happened.
    #[serde(default)]
    pub cause: Cause,
    /// What was hit.
    #[serde(default)]
    pub assets: Vec<AffectedAsset>,
    /// Traces that others may search for, already defanged.
    #[serde(default)]
    pub observables: Vec<ObservedTrace>,
    /// What was and is done.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// What happened when.
    #[serde(default)]
    pub timeline: Vec<TimelineEntry>,
    /// What was decided.
    #[serde(default)]
    pub decisions: Vec<DecisionTaken>,
    /// What keeps it from happening again.
    #[serde(default)]
    pub measures: Measures,
    /// What comes next.
    #[serde(default)]
    pub next_steps: Vec<NextStep>,
    /// Who was or must be told.
    #[serde(default)]
    pub informed: Vec<Informed>,
    /// What still has to be answered.
    #[serde(default)]
    pub open_questions: Vec<OpenQuestion>,
    /// What the person who reported it was told. A note.
    pub reporter_answer: Option<String>,
    /// The words for readers outside.
    #[serde(default)]
    pub external: ExternalText,
}

/// Who reports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Organisation {
    /// Name of the organisation.
    pub name: String,
    /// Name of the team, such as `CSIRT`.
    pub team: Option<String>,
    /// Where questions may be sent, one line for each way (telephone, mail address, hours).
    #[serde(default)]
    pub contact: Vec<String>,
}

/// The case in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// Human number, such as `INC-2026-0142`.
    pub number: String,
    /// Title.
    pub title: String,
    /// Class in the words of the taxonomy, in the language of the report.
    pub class: Option<String>,
    /// How urgent.
    pub priority: Option<Priority>,
    /// How bad.
    pub severity: Option<Severity>,
    /// Phase in words, in the language of the report.
    pub phase: Option<String>,
    /// Who may know.
    pub tlp: Tlp,
    /// Who leads the response.
    pub lead: Option<String>,
    /// How it was noticed, such as 監視アラート or 外部からの通報.
    pub detected_by: Option<String>,
}

/// When the phases were reached.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Times {
    /// 発生.
    pub occurred: Option<Timestamp>,
    /// 検知.
    pub detected: Option<Timestamp>,
    /// 受付.
    pub acknowledged: Option<Timestamp>,
    /// トリアージ完了.
    pub triaged: Option<Timestamp>,
    /// 封じ込め完了.
    pub contained: Option<Timestamp>,
    /// 復旧.
    pub recovered: Option<Timestamp>,
    /// 収束宣言.
    pub converged: Option<Timestamp>,
    /// 完了.
    pub closed: Option<Timestamp>,
}

/// What is known, assumed and not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Established.
    #[serde(default)]
    pub known: Vec<Fact>,
    /// Taken as true for now; what follows from it is in the note.
    #[serde(default)]
    pub assumed: Vec<Fact>,
    /// Asked, with who finds out and by when.
    #[serde(default)]
    pub unknown: Vec<Fact>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fact {
    /// The statement or question. A note.
    pub text_markdown: String,
    /// What it rests on, or what follows if it is wrong. A note.
    pub grounds_markdown: Option<String>,
    /// Who finds out.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<Timestamp>,
}

/// What it did to the business.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Impact {
    /// Losses that can be counted.
    #[serde(default)]
    pub direct: DirectImpact,
    /// Losses that can only be described.
    #[serde(default)]
    pub indirect: IndirectImpact,
}

/// Direct losses (textbook D-3: losses from stopped services, cost of recovery and measures).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DirectImpact {
    /// Services that stopped and for how long.
    #[serde(default)]
    pub stopped_services: Vec<StoppedService>,
    /// Loss through the stop.
    pub loss: Option<Money>,
    /// Cost of response and recovery.
    pub recovery_cost: Option<Money>,
    /// Data lost or leaked, in words. A note.
    pub data_markdown: Option<String>,
    /// Whatever else. A note.
    pub note_markdown: Option<String>,
}

/// A service that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedService {
    /// Business service.
    pub name: String,
    /// From when.
    pub from: Option<Timestamp>,
    /// Until when; absent while it is still down.
    pub until: Option<Timestamp>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// Amount in whole units of the currency.
    pub amount: f64,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether it is an estimate.
    #[serde(default)]
    pub estimate: bool,
}

/// Indirect losses (textbook D-3: loss of trust, loss of efficiency).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IndirectImpact {
    /// 社会的信用. A note.
    pub trust_markdown: Option<String>,
    /// 業務効率. A note.
    pub efficiency_markdown: Option<String>,
}

/// Why it happened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cause {
    /// The direct cause. A note.
    pub direct_markdown: Option<String>,
    /// Why the direct cause could arise. A note.
    pub root_markdown: Option<String>,
    /// How the intruder came in, in words. A note.
    pub path_markdown: Option<String>,
}

/// What was hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedAsset {
    /// Name.
    pub name: String,
    /// Kind in words.
    pub kind: Option<String>,
    /// How much depends on it.
    pub importance: Option<Importance>,
    /// Who owns it.
    pub owner: Option<String>,
    /// How it is, in words, such as 隔離中.
    pub state: Option<String>,
}

/// A trace that others may search for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedTrace {
    /// Kind in words, such as `SHA-256` or `URL`.
    pub kind: String,
    /// The value, defanged.
    pub value: String,
    /// What it is.
    pub note: Option<String>,
    /// To whom it may be given.
    pub tlp: Option<Tlp>,
}

/// Something done or to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Phase in words.
    pub phase: Option<String>,
    /// What.
    pub title: String,
    /// Who.
    pub owner: Option<String>,
    /// When it was finished.
    pub done_at: Option<Timestamp>,
    /// State in words.
    pub state: Option<String>,
    /// What came of it. A note.
    pub result_markdown: Option<String>,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// Kind in words.
    pub kind: String,
    /// Who.
    pub who: Option<String>,
    /// What. A note.
    pub text_markdown: String,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionTaken {
    /// When.
    pub at: Timestamp,
    /// What was decided.
    pub what: String,
    /// On what grounds. A note.
    pub grounds_markdown: Option<String>,
    /// Who.
    pub who: String,
    /// Under which authority.
    pub authority: Option<String>,
}

/// What keeps it from happening again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measures {
    /// 暫定対策.
    #[serde(default)]
    pub immediate: Vec<Measure>,
    /// 恒久対策. Long ones are handed to risk management.
    #[serde(default)]
    pub permanent: Vec<Measure>,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// What. A note.
    pub text_markdown: String,
    /// Who.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<Date>,
    /// State in words.
    pub state: Option<String>,
    /// Whether risk management carries it on after the case is closed.
    #[serde(default)]
    pub handed_over: bool,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// What.
    pub title: String,
    /// Who.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<Timestamp>,
}

/// Somebody who was or must be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Informed {
    /// Whom.
    pub whom: String,
    /// By which way.
    pub by: Option<String>,
    /// When; absent while it has not been done.
    pub at: Option<Timestamp>,
    /// By when it is due.
    pub due: Option<Timestamp>,
    /// Under which duty, such as 個人情報保護法.
    pub duty: Option<String>,
}

/// A question without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuestion {
    /// The question. A note.
    pub text_markdown: String,
    /// Who answers.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<Timestamp>,
}

/// The words for readers outside, written for them. All are notes. No name of a person or a host, no observable belongs
/// here: the core refuses to send a report that has one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExternalText {
    /// To whom, such as お客様各位.
    pub addressee: Option<String>,
    /// What happened.
    pub what_happened: Option<String>,
    /// From when it touched the reader.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// What it means for the reader.
    pub effect_on_you: Option<String>,
    /// The cause in plain words.
    pub cause: Option<String>,
    /// What was done.
    pub what_we_did: Option<String>,
    /// What the reader is asked to do.
    pub what_we_ask: Option<String>,
    /// What keeps it from happening again.
    pub prevention: Option<String>,
}
