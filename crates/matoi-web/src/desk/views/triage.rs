//! Triage: questions, what the criteria propose with every reason, and how past triages came to their result.

use askama::Template;
use matoi_condition::table::{Certainty, RowEvaluation};
use matoi_condition::{FactState, FactType, Operator, PartKind, TraceNode, TracedTest, Truth, Value};
use matoi_core::cases::Case;
use matoi_core::criteria::service::Pinned;
use matoi_core::criteria::{self, CriteriaFact, Evaluation, TriageOutcome};
use matoi_core::desk::triage::{self, TriageRecord};
use matoi_core::desk::{DeskItem, ItemKind};
use matoi_core::taxonomy::{self, ClassGroup};
use matoi_core::{Action, Error, Tx};
use matoi_types::{CaseId, ItemId, Priority};
use serde_json::Value as Json;

use crate::desk::pages::DecisionForm;
use crate::desk::words::escape;
use crate::ui::{FieldErrors, Markup, Ui};

/// A choice of a question.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Choice {
    pub(in crate::desk) value: String,
    pub(in crate::desk) label: String,
    pub(in crate::desk) chosen: bool,
}

/// How a question is answered.
#[derive(Debug, Clone)]
pub(in crate::desk) enum Control {
    /// One of these, or unknown.
    One(Vec<Choice>),
    /// Any of these, none of them, or unknown.
    Many { choices: Vec<Choice>, none: bool },
    /// Typed: the input's type and what stands in it.
    Typed { kind: &'static str, value: String },
}

/// A question of the criteria with its answer so far.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Question {
    pub(in crate::desk) name: String,
    pub(in crate::desk) text: String,
    pub(in crate::desk) hint: Option<String>,
    pub(in crate::desk) control: Control,
    pub(in crate::desk) assumed: bool,
    /// Whether it is among what to ask next.
    pub(in crate::desk) wanted: bool,
}

impl Question {
    fn pointer(&self) -> String {
        format!("/facts/{}", self.name)
    }

    fn id(&self) -> String {
        crate::ui::form::field_id(&self.pointer())
    }

    /// Whether it has an answer.
    fn answered(&self) -> bool {
        match &self.control {
            Control::One(choices) => choices.iter().any(|choice| choice.chosen),
            Control::Many { choices, none } => *none || choices.iter().any(|choice| choice.chosen),
            Control::Typed { value, .. } => !value.trim().is_empty(),
        }
    }
}

/// A row of the criteria with how it came out.
pub(in crate::desk) struct RowView {
    pub(in crate::desk) truth: Truth,
    pub(in crate::desk) applies: bool,
    pub(in crate::desk) reason: String,
    pub(in crate::desk) outcome: Option<TriageOutcome>,
    pub(in crate::desk) priority: Option<Priority>,
    /// The condition in words, as HTML.
    pub(in crate::desk) trace: Markup,
}

/// What the criteria say of the answers.
#[derive(Template)]
#[template(path = "desk/proposal_inner.html")]
pub(in crate::desk) struct ProposalInner {
    ui: Ui,
    assumption: bool,
    outcome: Option<TriageOutcome>,
    priority: Option<Priority>,
    class: Option<String>,
    policy: Option<String>,
    reason: Option<String>,
    /// What to ask next.
    ask: Vec<String>,
    /// The row that is proposed and those that could still apply.
    open_rows: Vec<RowView>,
    /// All others.
    other_rows: Vec<RowView>,
}

impl ProposalInner {
    fn open_count(&self) -> i64 {
        self.open_rows.len() as i64
    }

    fn other_count(&self) -> i64 {
        self.other_rows.len() as i64
    }
}

/// The same in the frame of the triage page, where it follows the answers.
#[derive(Template)]
#[template(path = "desk/proposal.html")]
pub(in crate::desk) struct ProposalView {
    ui: Ui,
    certainty: Certainty,
    /// The row that is proposed; stands in the form, so that nobody decides on what they have not seen.
    seen: String,
    version: i64,
    /// A text to offer for the reporter, when the one that stands there was offered before too.
    suggestion: Option<String>,
    lang: matoi_types::Lang,
    inner: ProposalInner,
}

impl ProposalView {
    pub(in crate::desk) fn new(
        ui: &Ui,
        pinned: &Pinned,
        evaluation: &Evaluation,
        lang: matoi_types::Lang,
    ) -> Self {
        let proposal = evaluation.proposal.as_ref();
        let (open_rows, other_rows) = rows_of(ui, pinned, evaluation)
            .into_iter()
            .partition(|row| row.applies || row.truth == Truth::Unknown);
        let inner = ProposalInner {
            ui: ui.clone(),
            assumption: evaluation.rests_on_assumption,
            outcome: proposal.map(|p| p.outcome),
            priority: proposal.and_then(|p| p.priority),
            class: proposal
                .and_then(|p| p.class.as_deref())
                .and_then(|id| class_name(ui, id)),
            policy: proposal
                .and_then(|p| p.policy.as_ref())
                .map(|policy| policy.get(ui.lang).to_owned()),
            reason: proposal.map(|p| p.reason.get(ui.lang).to_owned()),
            ask: evaluation
                .ask
                .iter()
                .take(5)
                .map(|asked| question_text(ui, pinned, &asked.fact))
                .collect(),
            open_rows,
            other_rows,
        };
        Self {
            certainty: evaluation.certainty,
            seen: proposal.map(|p| p.row.clone()).unwrap_or_default(),
            version: pinned.version,
            suggestion: None,
            ui: ui.clone(),
            lang,
            inner,
        }
    }

    pub(in crate::desk) fn with_suggestion(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }

    /// What is proposed, for the style sheet to show the fields that go with it.
    fn outcome_class(&self) -> &'static str {
        match self.inner.outcome {
            Some(TriageOutcome::Incident) => "is-incident",
            Some(TriageOutcome::Inquiry) => "is-inquiry",
            Some(TriageOutcome::NotIncident) if self.certainty == Certainty::Certain => "is-not-incident",
            Some(TriageOutcome::NotIncident) => "is-not-incident is-open",
            None => "is-nothing",
        }
    }

    fn certainty_key(&self) -> String {
        format!("triage-certainty-{}", certainty_name(self.certainty))
    }

    fn certainty_state(&self) -> Markup {
        let kind = match self.certainty {
            Certainty::Certain => "done",
            Certainty::Provisional => "doing",
            Certainty::Undecided => "wait",
        };
        self.ui.state(kind, &self.certainty_key())
    }
}

#[derive(Template)]
#[template(path = "desk/triage.html")]
pub(in crate::desk) struct TriagePage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) item: DeskItem,
    pub(in crate::desk) questions: Vec<Question>,
    pub(in crate::desk) proposal: ProposalView,
    pub(in crate::desk) form: DecisionForm,
    pub(in crate::desk) errors: FieldErrors,
    pub(in crate::desk) groups: &'static [ClassGroup],
    /// Cases it may belong to, to choose from.
    pub(in crate::desk) open_cases: Vec<Case>,
    pub(in crate::desk) suggestion: String,
    pub(in crate::desk) about: String,
}

impl TriagePage {
    fn action(&self, name: &str) -> String {
        format!("{}/{name}", self.ui.item_path(&self.item))
    }

    /// Whether the reason can be given to the reporter at once.
    fn can_answer(&self) -> bool {
        self.item.kind == ItemKind::Report && self.ui.may(Action::ReportAnswer)
    }
}

/// One past triage.
struct RecordView {
    record: TriageRecord,
    evaluation: Option<ProposalView>,
    class: Option<String>,
    facts: Vec<(String, String)>,
}

impl RecordView {
    fn fact_count(&self) -> i64 {
        self.facts.len() as i64
    }
}

#[derive(Template)]
#[template(path = "desk/triage_records.html")]
struct RecordsFragment {
    ui: Ui,
    records: Vec<RecordView>,
    /// Whether it stands on a case's page, where each record says which item it is of.
    of_case: bool,
}

impl RecordsFragment {
    fn proposal<'a>(&self, record: &'a RecordView) -> Option<&'a ProposalView> {
        record.evaluation.as_ref()
    }
}

/// How an item, or the items of a case, were triaged: a section of a page with every reason, to be put into it as it is.
/// None when there is nothing to show, or the reader may not read the criteria.
pub async fn triage_records(
    tx: &mut Tx,
    ui: &Ui,
    item: Option<ItemId>,
    case: Option<CaseId>,
) -> Result<Option<Markup>, Error> {
    if !ui.may(Action::CriteriaRead) {
        return Ok(None);
    }
    let records = triage::records(tx, item, case).await?;
    if records.is_empty() {
        return Ok(None);
    }
    let mut views = Vec::with_capacity(records.len());
    for record in records {
        // What was in force then explains it, not what is now.
        let pinned = criteria::service::pinned(tx, &record.criteria_hash).await.ok();
        views.push(record_view(ui, pinned.as_ref(), record));
    }
    let fragment = RecordsFragment {
        ui: ui.clone(),
        records: views,
        of_case: item.is_none(),
    };
    let html = fragment
        .render()
        .map_err(|error| Error::Internal(format!("template: {error}")))?;
    Ok(Some(askama::filters::Safe(html)))
}

fn record_view(ui: &Ui, pinned: Option<&Pinned>, record: TriageRecord) -> RecordView {
    let evaluation: Option<Evaluation> = serde_json::from_value(record.evaluation.clone()).ok();
    let facts = record
        .facts
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            let (value, assumed) = match value.get("assumed") {
                Some(inner) => (inner, true),
                None => (value, false),
            };
            if value.is_null() {
                return None;
            }
            let question = pinned.map_or_else(|| name.clone(), |pinned| question_text(ui, pinned, name));
            let mut answer = plain_label(ui, pinned.and_then(|p| fact_of(p, name)), value);
            if assumed {
                answer = ui.t1("triage-answer-assumed", "value", answer);
            }
            Some((question, answer))
        });
    RecordView {
        facts: facts.collect(),
        class: record.class.as_deref().and_then(|id| class_name(ui, id)),
        evaluation: match (pinned, &evaluation) {
            (Some(pinned), Some(evaluation)) => Some(ProposalView::new(ui, pinned, evaluation, ui.lang)),
            _ => None,
        },
        record,
    }
}

const fn certainty_name(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Certain => "certain",
        Certainty::Provisional => "provisional",
        Certainty::Undecided => "undecided",
    }
}

/// A class with its group, in the reader's language.
pub(in crate::desk) fn class_name(ui: &Ui, id: &str) -> Option<String> {
    let (class, group) = (taxonomy::class(id)?, taxonomy::group_of(id)?);
    Some(format!(
        "{} › {}",
        group.name.get(ui.lang),
        class.name.get(ui.lang)
    ))
}

fn fact_of<'a>(pinned: &'a Pinned, name: &str) -> Option<&'a CriteriaFact> {
    pinned.criteria.facts.iter().find(|fact| fact.name == name)
}

fn question_text(ui: &Ui, pinned: &Pinned, name: &str) -> String {
    fact_of(pinned, name).map_or_else(|| name.to_owned(), |fact| fact.question.get(ui.lang).to_owned())
}

/// The questions in the order of the file, with the answers so far (plain facts) filled in.
pub(in crate::desk) fn questions(
    ui: &Ui,
    pinned: &Pinned,
    evaluation: Option<&Evaluation>,
    facts: &serde_json::Map<String, Json>,
) -> Vec<Question> {
    let wanted =
        |name: &str| evaluation.is_some_and(|e| e.ask.iter().take(5).any(|asked| asked.fact == name));
    pinned
        .criteria
        .facts
        .iter()
        .map(|fact| {
            let given = facts.get(&fact.name).unwrap_or(&Json::Null);
            let (value, assumed) = match given.get("assumed") {
                Some(inner) => (inner, true),
                None => (given, false),
            };
            Question {
                name: fact.name.clone(),
                text: fact.question.get(ui.lang).to_owned(),
                hint: fact.hint.as_ref().map(|hint| hint.get(ui.lang).to_owned()),
                control: control(ui, fact, value),
                assumed,
                wanted: wanted(&fact.name),
            }
        })
        .collect()
}

fn control(ui: &Ui, fact: &CriteriaFact, value: &Json) -> Control {
    let step = |step: &String, chosen: bool| Choice {
        value: step.clone(),
        label: step_label(ui, Some(fact), step),
        chosen,
    };
    let plain = |kind| Control::Typed {
        kind,
        value: match value {
            Json::Null => String::new(),
            Json::String(text) => text.clone(),
            Json::Array(values) => values
                .iter()
                .filter_map(Json::as_str)
                .collect::<Vec<_>>()
                .join("\n"),
            other => other.to_string(),
        },
    };
    match &fact.fact_type {
        FactType::Boolean => Control::One(
            [("true", "desk-yes", true), ("false", "desk-no", false)]
                .into_iter()
                .map(|(name, key, is)| Choice {
                    value: name.to_owned(),
                    label: ui.t(key),
                    chosen: value.as_bool() == Some(is),
                })
                .collect(),
        ),
        FactType::Choice { steps, .. } => Control::One(
            steps
                .iter()
                .map(|name| step(name, value.as_str() == Some(name.as_str())))
                .collect(),
        ),
        FactType::Choices { steps } => {
            let given: Option<Vec<&str>> = value
                .as_array()
                .map(|values| values.iter().filter_map(Json::as_str).collect());
            let has = |name: &String| given.as_ref().is_some_and(|g| g.contains(&name.as_str()));
            Control::Many {
                none: given.as_ref().is_some_and(Vec::is_empty),
                choices: steps.iter().map(|name| step(name, has(name))).collect(),
            }
        }
        FactType::Number { .. } => plain("number"),
        FactType::DateTime => plain("datetime-local"),
        FactType::Texts => plain("texts"),
        FactType::Text | FactType::Duration => plain("text"),
    }
}

fn step_label(ui: &Ui, fact: Option<&CriteriaFact>, step: &str) -> String {
    fact.and_then(|fact| fact.labels.get(step))
        .map_or_else(|| step.to_owned(), |label| label.get(ui.lang).to_owned())
}

/// A plain value in words.
fn plain_label(ui: &Ui, fact: Option<&CriteriaFact>, value: &Json) -> String {
    match value {
        Json::Bool(yes) => ui.t(if *yes { "desk-yes" } else { "desk-no" }),
        Json::String(text) => step_label(ui, fact, text),
        Json::Array(values) if values.is_empty() => ui.t("triage-none-of-these"),
        Json::Array(values) => values
            .iter()
            .map(|value| plain_label(ui, fact, value))
            .collect::<Vec<_>>()
            .join(&ui.t("triage-comma")),
        other => other.to_string(),
    }
}

fn rows_of(ui: &Ui, pinned: &Pinned, evaluation: &Evaluation) -> Vec<RowView> {
    let proposed = evaluation.proposal.as_ref().map(|proposal| proposal.row.as_str());
    evaluation
        .table
        .rows
        .iter()
        .map(|row| {
            let then = pinned.criteria.table.row(&row.id).map(|found| &found.then);
            RowView {
                truth: row.truth,
                applies: proposed == Some(row.id.as_str()),
                reason: then.map_or_else(|| row.id.clone(), |then| then.reason.get(ui.lang).to_owned()),
                outcome: then.map(|then| then.outcome),
                priority: then.and_then(|then| then.priority),
                trace: trace_of(ui, pinned, row),
            }
        })
        .collect()
}

/// The condition of a row in words, each part with how it came out.
fn trace_of(ui: &Ui, pinned: &Pinned, row: &RowEvaluation) -> Markup {
    let mut html = String::from("<ul class=\"cond\">");
    write_node(ui, pinned, &row.trace.root, &mut html);
    html.push_str("</ul>");
    askama::filters::Safe(html)
}

fn write_node(ui: &Ui, pinned: &Pinned, node: &TraceNode, html: &mut String) {
    let (class, icon) = match node.truth {
        Truth::True => ("c-true", "k-known"),
        Truth::False => ("c-false", "close"),
        Truth::Unknown => ("c-unknown", "k-unknown"),
    };
    let truth = ui.t(&format!("triage-truth-{}", node.truth.as_str()));
    html.push_str(&format!(
        "<li class=\"{class}\">{}<span class=\"sr\">{}</span> ",
        ui.glyph(icon).0,
        escape(&truth)
    ));
    match (&node.test, node.kind) {
        (Some(test), _) => html.push_str(&test_in_words(ui, pinned, test)),
        (None, PartKind::All) => html.push_str(&escape(&ui.t("triage-all-of"))),
        (None, PartKind::Any) => html.push_str(&escape(&ui.t("triage-any-of"))),
        (None, PartKind::Not) => html.push_str(&escape(&ui.t("triage-not"))),
        (None, PartKind::Constant | PartKind::Test) => {
            let key = if node.truth == Truth::True {
                "triage-always"
            } else {
                "triage-never"
            };
            html.push_str(&escape(&ui.t(key)));
        }
    }
    if !node.parts.is_empty() {
        html.push_str("<ul>");
        for part in &node.parts {
            write_node(ui, pinned, part, html);
        }
        html.push_str("</ul>");
    }
    html.push_str("</li>");
}

/// What was asked of a fact, and what was known: "How far has it come? at least Run → Arrived (assumed)".
fn test_in_words(ui: &Ui, pinned: &Pinned, test: &TracedTest) -> String {
    let fact = fact_of(pinned, &test.fact);
    let question = question_text(ui, pinned, &test.fact);
    let values = test
        .operands
        .iter()
        .map(|value| value_in_words(ui, fact, value))
        .collect::<Vec<_>>()
        .join(&ui.t("triage-comma"));
    let key = match test.operator {
        Operator::IsTrue => "triage-op-is-true",
        Operator::Known => "triage-op-known",
        Operator::Unknown => "triage-op-unknown",
        Operator::Equal => "triage-op-equal",
        Operator::NotEqual => "triage-op-not-equal",
        Operator::Less => "triage-op-less",
        Operator::LessOrEqual => "triage-op-less-or-equal",
        Operator::Greater => "triage-op-greater",
        Operator::GreaterOrEqual => "triage-op-greater-or-equal",
        Operator::In => "triage-op-in",
        Operator::Contains => "triage-op-contains",
        Operator::ContainsAny => "triage-op-contains-any",
        Operator::ContainsAll => "triage-op-contains-all",
    };
    let asked = ui.t1(key, "value", values);
    let answer = test.value.as_ref().map(|value| value_in_words(ui, fact, value));
    let known = match (test.state, answer) {
        (FactState::Known, Some(answer)) => answer,
        (FactState::Assumed, Some(answer)) => ui.t1("triage-answer-assumed", "value", answer),
        (FactState::Unusable, _) => ui.t("triage-answer-unusable"),
        _ => ui.t("triage-answer-unknown"),
    };
    format!(
        "{} <b>{}</b> <span class=\"answer\">→ {}</span>",
        escape(&question),
        escape(&asked),
        escape(&known)
    )
}

fn value_in_words(ui: &Ui, fact: Option<&CriteriaFact>, value: &Value) -> String {
    match value {
        Value::Boolean(yes) => ui.t(if *yes { "desk-yes" } else { "desk-no" }),
        Value::Choice(step) => step_label(ui, fact, step),
        Value::Choices(steps) if steps.is_empty() => ui.t("triage-none-of-these"),
        Value::Choices(steps) => steps
            .iter()
            .map(|step| step_label(ui, fact, step))
            .collect::<Vec<_>>()
            .join(&ui.t("triage-comma")),
        other => plain_label(ui, fact, &other.to_plain()),
    }
}
