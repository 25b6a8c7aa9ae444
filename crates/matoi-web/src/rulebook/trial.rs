//! Trying a version: criteria with facts, a mapping with what a sender would send. Nothing is stored.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use matoi_condition::table::RowEvaluation;
use matoi_condition::{FactType, TraceNode};
use matoi_core::criteria::{Criteria, CriteriaFact, Evaluation};
use matoi_core::kernel::words::Words;
use matoi_core::rulebook::{DataFile, DataKind, service};
use matoi_core::{Action, Caller, Error, Message, criteria, intake};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::views::{
    MappedView, MappingTrialPage, RowView, TestView, TrialPage, TrialQuestion, TriedCriteria,
};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::http::unread;
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/rulebook/files/{hash}/try", get(show).post(try_mapping))
}

/// The answers of the form, one pair for each choice that was made.
type Answers = Vec<(String, String)>;

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(hash): ApiPath<String>,
    ApiQuery(answers): ApiQuery<Answers>,
) -> WebResult<Response> {
    caller.require(Action::CriteriaRead)?;
    let ui = ui.at(Place::Centre);
    let mut tx = app.store.read(&caller).await?;
    let file = service::get(&mut tx, &hash).await?;
    match file.kind {
        DataKind::Criteria => {
            let pinned = criteria::service::of_version(&mut tx, &hash).await?;
            drop(tx);
            criteria_page(ui, &caller, file, &pinned.criteria, &answers)
        }
        DataKind::Mapping => mapping_page(ui, file, String::new(), None, FieldErrors::none()),
        DataKind::Lifecycle | DataKind::Desk | DataKind::Template => {
            Err(Error::Rule(Message::new("error-nothing-to-try")).into())
        }
    }
}

fn criteria_page(
    ui: Ui,
    caller: &Caller,
    file: DataFile,
    criteria: &Criteria,
    answers: &Answers,
) -> WebResult<Response> {
    // A worked example fills the form; what was typed does otherwise.
    let example = answers
        .iter()
        .find(|(name, _)| name == "example")
        .and_then(|(_, index)| criteria.examples.get(index.parse::<usize>().ok()?));
    let facts = match example {
        Some(example) => example.facts.clone().into_iter().collect(),
        None => read_answers(&ui, criteria, answers),
    };
    let (tried, errors) = if facts.is_empty() {
        (None, FieldErrors::none())
    } else {
        match criteria::service::read_facts(criteria, &facts) {
            Ok(known) => (
                Some(tried(&ui, criteria, &criteria.evaluate(&known))),
                FieldErrors::none(),
            ),
            Err(error) => (None, FieldErrors::from_error(error, caller.lang)?),
        }
    };
    let page = TrialPage {
        questions: criteria
            .facts
            .iter()
            .map(|fact| question(&ui, fact, &facts))
            .collect(),
        examples: criteria
            .examples
            .iter()
            .map(|example| example.name.get(ui.lang).to_owned())
            .collect(),
        file,
        tried,
        errors: errors.clone(),
        ui,
    };
    if errors.any() {
        page.ui.clone().refused(&page, &errors)
    } else {
        page.ui.clone().page(&page)
    }
}

/// The answers as plain facts. What was left open is not among them: it is unknown.
fn read_answers(ui: &Ui, criteria: &Criteria, answers: &Answers) -> Map<String, Json> {
    let mut facts = Map::new();
    for fact in &criteria.facts {
        let field = format!("fact.{}", fact.name);
        let given: Vec<&str> = answers
            .iter()
            .filter(|(name, text)| *name == field && !text.trim().is_empty())
            .map(|(_, text)| text.trim())
            .collect();
        let Some(first) = given.first() else { continue };
        let value = match &fact.fact_type {
            FactType::Boolean => Json::Bool(*first == "true"),
            FactType::Number { .. } => first.parse().map_or_else(|_| Json::from(*first), Json::Number),
            FactType::Choices { .. } => Json::from(given),
            FactType::Texts => first.split([',', '、']).map(str::trim).collect(),
            FactType::DateTime => Json::from(
                ui.read_time(first)
                    .map_or_else(|| (*first).to_owned(), |t| t.to_string()),
            ),
            FactType::Text | FactType::Duration | FactType::Choice { .. } => Json::from(*first),
        };
        facts.insert(fact.name.clone(), value);
    }
    facts
}

fn question(ui: &Ui, fact: &CriteriaFact, facts: &Map<String, Json>) -> TrialQuestion {
    let given = facts.get(&fact.name);
    let is_given = |text: &str| match given {
        Some(Json::Bool(value)) => value.to_string() == text,
        Some(Json::Array(values)) => values.iter().any(|value| value == text),
        Some(value) => value == text,
        None => false,
    };
    let options = match &fact.fact_type {
        FactType::Boolean => ["true", "false"]
            .iter()
            .map(|text| {
                let label = ui.named("trial-answer-", text);
                ((*text).to_owned(), label, is_given(text))
            })
            .collect(),
        _ => fact
            .fact_type
            .steps()
            .iter()
            .map(|step| (step.clone(), label(ui, fact, step), is_given(step)))
            .collect(),
    };
    TrialQuestion {
        name: fact.name.clone(),
        question: fact.question.get(ui.lang).to_owned(),
        options,
        is_several: matches!(fact.fact_type, FactType::Choices { .. }),
        text: match given {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(number)) => number.to_string(),
            _ => String::new(),
        },
    }
}

/// A step in words.
fn label(ui: &Ui, fact: &CriteriaFact, step: &str) -> String {
    fact.labels
        .get(step)
        .map_or(step, |label| label.get(ui.lang))
        .to_owned()
}

fn tried(ui: &Ui, criteria: &Criteria, evaluation: &Evaluation) -> TriedCriteria {
    let asked = evaluation.ask.iter().map(|asked| {
        let fact = criteria.facts.iter().find(|fact| fact.name == asked.fact);
        fact.map_or_else(
            || asked.fact.clone(),
            |fact| fact.question.get(ui.lang).to_owned(),
        )
    });
    let applies = evaluation.table.row.as_deref();
    TriedCriteria {
        certainty: evaluation.certainty.as_str(),
        proposal: evaluation.proposal.clone(),
        class: evaluation
            .proposal
            .as_ref()
            .and_then(|proposal| proposal.class.as_deref())
            .and_then(matoi_core::taxonomy::class)
            .map(|class| class.name.get(ui.lang).to_owned()),
        ask: asked.collect(),
        rows: evaluation
            .table
            .rows
            .iter()
            .map(|row| row_view(ui, criteria, row, applies == Some(row.id.as_str())))
            .collect(),
    }
}

fn row_view(ui: &Ui, criteria: &Criteria, row: &RowEvaluation, applies: bool) -> RowView {
    let mut tests = Vec::new();
    collect_tests(ui, criteria, row, &row.trace.root, &mut tests);
    let said = criteria.table.row(&row.id);
    RowView {
        id: row.id.clone(),
        truth: row.truth.as_str(),
        applies,
        reason: said.map_or_else(String::new, |said| said.then.reason.get(ui.lang).to_owned()),
        condition: row.trace.text.clone(),
        tests,
    }
}

fn collect_tests(
    ui: &Ui,
    criteria: &Criteria,
    row: &RowEvaluation,
    part: &TraceNode,
    tests: &mut Vec<TestView>,
) {
    if let Some(test) = &part.test {
        let fact = criteria.facts.iter().find(|fact| fact.name == test.fact);
        let value = test.value.as_ref().map(ToString::to_string);
        tests.push(TestView {
            text: row.trace.text_of(part).to_owned(),
            truth: part.truth.as_str(),
            question: fact.map_or_else(String::new, |fact| fact.question.get(ui.lang).to_owned()),
            found: match (fact, value) {
                (Some(fact), Some(value)) if fact.fact_type.steps().contains(&value) => {
                    label(ui, fact, &value)
                }
                (_, Some(value)) => value,
                (_, None) => ui.t("trial-unknown"),
            },
        });
    }
    for inner in &part.parts {
        collect_tests(ui, criteria, row, inner, tests);
    }
}

/// What a sender would send.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct MappingForm {
    body: String,
}

async fn try_mapping(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(hash): ApiPath<String>,
    PageForm(form): PageForm<MappingForm>,
) -> WebResult<Response> {
    let ui = ui.at(Place::Centre);
    let mut tx = app.store.read(&caller).await?;
    let file = service::get(&mut tx, &hash).await?;
    let body: Json = match serde_json::from_str(&form.body) {
        Ok(body) => body,
        Err(error) => {
            let message = unread::syntax(&error, form.body.as_bytes());
            let errors = FieldErrors::from_error(Error::field("/body", message), ui.lang)?;
            return mapping_page(ui, file, form.body, None, errors);
        }
    };
    match intake::mapping::try_out(&mut tx, &hash, &body).await {
        Ok(mapped) => {
            let alerts = mapped.alerts.iter().map(|one| MappedView {
                title: one.input.title.clone(),
                source: one.input.source.clone(),
                source_ref: one.input.source_ref.clone(),
                severity: one.input.severity,
                text: serde_json::to_string_pretty(&one.input).unwrap_or_default(),
                remarks: one
                    .remarks
                    .iter()
                    .map(|remark| Words::get().say(ui.lang, remark))
                    .collect(),
            });
            let result = (alerts.collect(), mapped.passed_over);
            mapping_page(ui, file, form.body, Some(result), FieldErrors::none())
        }
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            mapping_page(ui, file, form.body, None, errors)
        }
    }
}

fn mapping_page(
    ui: Ui,
    file: DataFile,
    body: String,
    result: Option<(Vec<MappedView>, usize)>,
    errors: FieldErrors,
) -> WebResult<Response> {
    let page = MappingTrialPage {
        ui,
        file,
        body,
        result,
        errors: errors.clone(),
    };
    if errors.any() {
        page.ui.clone().refused(&page, &errors)
    } else {
        page.ui.clone().page(&page)
    }
}
