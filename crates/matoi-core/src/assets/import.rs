//! Taking a table of assets into the register: first what would be done with every line, then all of it or nothing.
//!
//! A line is told by its name: an asset in use of that name is changed, else a new one is registered. A column that the file
//! does not have leaves what is there; an empty cell empties what may be empty. Nothing is ever retired by an import.

use std::collections::HashMap;

use matoi_text::fold;
use matoi_types::{AccountId, AssetId, Importance, UnitId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::model::{Asset, AssetInput, AssetKind, AssetState};
use super::table::{AssetColumn, importance_of, kind_of, state_of};
use super::{rules, service, store};
use crate::identity::accounts;
use crate::kernel::change::hex;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Error, FieldError, Message, Result, Tx, csv, named};
use crate::organisation;

/// Lines of one file.
pub const MAX_LINES: usize = 5000;
/// Names looked up at once.
const BATCH: usize = 500;

named! {
    /// What an import does with a line.
    ImportStep {
        /// Registers a new asset.
        Create = "create",
        /// Changes one that is there.
        Update = "update",
        /// Nothing: it is like this already.
        Unchanged = "unchanged",
        /// Nothing: the line says that it is retired.
        Skipped = "skipped",
        /// Cannot be taken; then nothing of the file is.
        Wrong = "wrong",
    }
}

/// What an import does, line by line.
#[derive(Debug, Clone)]
pub struct ImportPlan {
    /// In which characters the file was written.
    pub characters: csv::Characters,
    /// Columns that were recognised.
    pub columns: Vec<AssetColumn>,
    /// Headings that mean nothing here and are left out.
    pub unknown: Vec<String>,
    /// Every line.
    pub lines: Vec<PlannedLine>,
    /// What the plan comes to: the same when nothing changed in between.
    pub digest: String,
}

impl ImportPlan {
    /// How many lines come to this.
    #[must_use]
    pub fn count(&self, step: ImportStep) -> i64 {
        self.lines.iter().filter(|line| line.step == step).count() as i64
    }

    /// Whether it can be done.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.lines.iter().all(|line| line.step != ImportStep::Wrong)
    }
}

/// One line of a file.
#[derive(Debug, Clone)]
pub struct PlannedLine {
    /// Its number, from 1.
    pub line: u64,
    /// The name in it.
    pub name: String,
    /// What is done with it.
    pub step: ImportStep,
    /// Columns that change.
    pub changes: Vec<AssetColumn>,
    /// What is wrong, each with the column.
    pub errors: Vec<(AssetColumn, Message)>,
    asset: Option<Asset>,
    input: AssetInput,
}

/// How an import went.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ImportResult {
    /// Assets registered.
    pub created: i64,
    /// Assets changed.
    pub updated: i64,
    /// Lines that said what is there already, or that an asset is retired.
    pub unchanged: i64,
}

/// What would be done with a file. Changes nothing.
pub async fn plan(tx: &mut Tx, file: &[u8]) -> Result<ImportPlan> {
    tx.require(Action::AssetManage)?;
    let (text, characters) = csv::decode(file)?;
    let mut rows = csv::read(&text, MAX_LINES)?.into_iter();
    let header = rows
        .next()
        .ok_or_else(|| Error::field("/file", Message::new("error-csv-empty")))?;
    let columns: Vec<Option<AssetColumn>> = header
        .cells
        .iter()
        .map(|heading| AssetColumn::of_heading(heading))
        .collect();
    check_columns(&columns)?;
    let unknown = header
        .cells
        .iter()
        .zip(&columns)
        .filter(|(heading, column)| column.is_none() && !heading.is_empty())
        .map(|(heading, _)| heading.clone())
        .collect();
    let rows: Vec<csv::Row> = rows.collect();
    let cell_of = |row: &csv::Row, wanted: AssetColumn| {
        let at = columns.iter().position(|column| *column == Some(wanted))?;
        Some(row.cells.get(at).cloned().unwrap_or_default())
    };
    let keys: Vec<String> = rows
        .iter()
        .map(|row| rules::name_key(&cell_of(row, AssetColumn::Name).unwrap_or_default()))
        .collect();
    let known = Known::read(tx, &keys).await?;
    let mut first_lines: HashMap<&str, u64> = HashMap::new();
    let mut lines = Vec::with_capacity(rows.len());
    for (row, key) in rows.iter().zip(&keys) {
        let cells = Cells {
            line: row.line,
            said: columns
                .iter()
                .flatten()
                .filter_map(|column| Some((*column, cell_of(row, *column)?)))
                .collect(),
        };
        let mut line = planned(tx, &cells, key, &known).await?;
        if line.step == ImportStep::Skipped {
            lines.push(line);
            continue;
        }
        if let Some(first) = first_lines.get(key.as_str()) {
            let first = i64::try_from(*first).unwrap_or(i64::MAX);
            let message = Message::new("error-csv-twice").with("line", first);
            line.errors.push((AssetColumn::Name, message));
            line.step = ImportStep::Wrong;
        } else if !key.is_empty() {
            first_lines.insert(key, row.line);
        }
        lines.push(line);
    }
    Ok(ImportPlan {
        characters,
        columns: columns.into_iter().flatten().collect(),
        unknown,
        digest: digest(&lines)?,
        lines,
    })
}

/// Does what a plan says.
///
/// # Errors
/// [`Error::Invalid`] naming line and column when a line cannot be taken; [`Error::Rule`] when `digest` is given and what
/// would be done is not any more what was looked at.
pub async fn apply(tx: &mut Tx, file: &[u8], seen: Option<&str>) -> Result<ImportResult> {
    let plan = plan(tx, file).await?;
    if !plan.is_right() {
        let errors = plan.lines.iter().flat_map(|line| {
            line.errors.iter().map(|(column, message)| {
                let pointer = format!("/lines/{}/{column}", line.line);
                FieldError::new(pointer, message.clone())
            })
        });
        return Err(Error::Invalid(errors.collect()));
    }
    if seen.is_some_and(|seen| seen != plan.digest) {
        return Err(Error::rule("error-csv-changed"));
    }
    let result = ImportResult {
        created: plan.count(ImportStep::Create),
        updated: plan.count(ImportStep::Update),
        unchanged: plan.count(ImportStep::Unchanged) + plan.count(ImportStep::Skipped),
    };
    for line in plan.lines {
        match (line.step, line.asset) {
            (ImportStep::Create, _) => drop(service::insert(tx, &line.input).await?),
            (ImportStep::Update, Some(before)) => {
                if !store::bump(tx, before.id, before.version).await? {
                    return Err(Error::rule("error-csv-changed"));
                }
                service::save(tx, before, line.input).await?;
            }
            _ => {}
        }
    }
    Ok(result)
}

/// What the lines of a file name, read once for all of them.
struct Known {
    in_use: HashMap<String, Asset>,
    /// In use, but not the caller's to read.
    beyond: Vec<String>,
    people: Vec<(AccountId, String)>,
    units: Vec<(UnitId, String, String)>,
}

impl Known {
    async fn read(tx: &mut Tx, keys: &[String]) -> Result<Self> {
        let mut known = Self {
            in_use: HashMap::new(),
            beyond: Vec::new(),
            people: Vec::new(),
            units: Vec::new(),
        };
        for some in keys.chunks(BATCH) {
            let all = store::in_use_by_names(tx, some).await?;
            let ids: Vec<AssetId> = all.iter().map(|asset| asset.id).collect();
            let readable = store::get_many(tx, &ids).await?;
            known.beyond.extend(
                all.into_iter()
                    .filter(|asset| readable.iter().all(|one| one.id != asset.id))
                    .map(|asset| asset.name_key),
            );
            known
                .in_use
                .extend(readable.into_iter().map(|asset| (asset.name_key.clone(), asset)));
        }
        if tx.caller().may(Action::AccountRead) {
            known.people = accounts::assignable(tx).await?;
        }
        if tx.caller().may(Action::OrganisationRead) {
            let units = organisation::service::units(tx).await?;
            known.units = units
                .into_iter()
                .map(|unit| (unit.id, fold(&unit.name.ja), fold(&unit.name.en)))
                .collect();
        }
        Ok(known)
    }
}

/// What one line says.
struct Cells {
    line: u64,
    said: HashMap<AssetColumn, String>,
}

async fn planned(tx: &mut Tx, cells: &Cells, key: &str, known: &Known) -> Result<PlannedLine> {
    let cell = |column| cells.said.get(&column).cloned();
    let before = known.in_use.get(key).cloned();
    let mut errors = Vec::new();
    let mut input = before.as_ref().map_or_else(new_asset, as_input);
    input.name = cell(AssetColumn::Name).unwrap_or_default();
    let mut step = ImportStep::Create;
    if let Some(text) = cell(AssetColumn::State).filter(|text| !text.is_empty()) {
        match state_of(&text) {
            Some(AssetState::Retired) => step = ImportStep::Skipped,
            Some(AssetState::InUse) => {}
            None => errors.push((AssetColumn::State, unknown_word(&text))),
        }
    }
    if let Some(text) = cell(AssetColumn::Kind).filter(|text| !text.is_empty()) {
        match kind_of(&text) {
            Some(kind) => input.kind = kind,
            None => errors.push((AssetColumn::Kind, unknown_word(&text))),
        }
    }
    if let Some(text) = cell(AssetColumn::Importance).filter(|text| !text.is_empty()) {
        match importance_of(&text) {
            Some(importance) => input.importance = importance,
            None => errors.push((AssetColumn::Importance, unknown_word(&text))),
        }
    }
    if let Some(text) = cell(AssetColumn::Owner) {
        match owner_of(tx, &text, before.as_ref(), known).await? {
            Ok(owner) => input.owner_id = owner,
            Err(message) => errors.push((AssetColumn::Owner, message)),
        }
    }
    if let Some(text) = cell(AssetColumn::Unit) {
        match unit_of(tx, &text, before.as_ref(), known).await? {
            Ok(unit) => input.unit_id = unit,
            Err(message) => errors.push((AssetColumn::Unit, message)),
        }
    }
    if let Some(text) = cell(AssetColumn::Identifiers) {
        input.identifiers = rules::split_identifiers(&text).map(str::to_owned).collect();
    }
    if let Some(text) = cell(AssetColumn::Note) {
        input.note = text;
    }
    let mut fields = Fields::new();
    let input = service::check_words(&mut fields, &input);
    if let Err(Error::Invalid(wrong)) = fields.done() {
        errors.extend(
            wrong
                .into_iter()
                .map(|field| (column_of(&field.pointer), field.message)),
        );
    }
    if known.beyond.iter().any(|taken| taken == key) {
        let message = Message::new("error-asset-exists").with("name", input.name.clone());
        errors.push((AssetColumn::Name, message));
    }
    let changes = before
        .as_ref()
        .map(|before| changed(before, &input))
        .unwrap_or_default();
    if step != ImportStep::Skipped {
        step = match (&before, changes.is_empty()) {
            _ if !errors.is_empty() => ImportStep::Wrong,
            (None, _) => ImportStep::Create,
            (Some(_), true) => ImportStep::Unchanged,
            (Some(_), false) => ImportStep::Update,
        };
    }
    Ok(PlannedLine {
        line: cells.line,
        name: input.name.clone(),
        step,
        changes,
        errors,
        asset: before,
        input,
    })
}

/// There must be a column of names, and no column twice.
fn check_columns(columns: &[Option<AssetColumn>]) -> Result<()> {
    let mut fields = Fields::new();
    fields.wrong_if(
        !columns.contains(&Some(AssetColumn::Name)),
        "/file",
        "error-csv-no-name",
    );
    for column in AssetColumn::ALL {
        if columns.iter().filter(|one| **one == Some(*column)).count() > 1 {
            let message = Message::new("error-csv-column-twice").with("column", column.as_str());
            fields.wrong("/file", message);
        }
    }
    fields.done()
}

const fn new_asset() -> AssetInput {
    AssetInput {
        name: String::new(),
        kind: AssetKind::Other,
        importance: Importance::Medium,
        owner_id: None,
        unit_id: None,
        identifiers: Vec::new(),
        note: String::new(),
    }
}

fn as_input(asset: &Asset) -> AssetInput {
    AssetInput {
        name: asset.name.clone(),
        kind: asset.kind,
        importance: asset.importance,
        owner_id: asset.owner_id,
        unit_id: asset.unit_id,
        identifiers: asset.identifiers.clone(),
        note: asset.note.clone(),
    }
}

fn changed(before: &Asset, input: &AssetInput) -> Vec<AssetColumn> {
    [
        (AssetColumn::Name, before.name != input.name),
        (AssetColumn::Kind, before.kind != input.kind),
        (AssetColumn::Importance, before.importance != input.importance),
        (AssetColumn::Owner, before.owner_id != input.owner_id),
        (AssetColumn::Unit, before.unit_id != input.unit_id),
        (AssetColumn::Identifiers, before.identifiers != input.identifiers),
        (AssetColumn::Note, before.note != input.note),
    ]
    .into_iter()
    .filter_map(|(column, is_changed)| is_changed.then_some(column))
    .collect()
}

type Found<T> = std::result::Result<Option<T>, Message>;

/// Whom a cell names: by the name to sign in with, else by a name that only one person has.
async fn owner_of(
    tx: &mut Tx,
    cell: &str,
    before: Option<&Asset>,
    known: &Known,
) -> Result<Found<AccountId>> {
    if cell.is_empty() {
        return Ok(Ok(None));
    }
    if let Some(asset) = before
        && asset.owner.as_deref() == Some(cell)
    {
        return Ok(Ok(asset.owner_id));
    }
    if let Some(id) = accounts::assignee_by_login(tx, cell).await? {
        return Ok(Ok(Some(id)));
    }
    let named = known
        .people
        .iter()
        .filter(|(_, name)| fold(name) == fold(cell))
        .map(|(id, _)| *id);
    Ok(only(named, cell, "error-csv-owner"))
}

async fn unit_of(tx: &mut Tx, cell: &str, before: Option<&Asset>, known: &Known) -> Result<Found<UnitId>> {
    if cell.is_empty() {
        return Ok(Ok(None));
    }
    let named_before = before
        .and_then(|asset| asset.unit.as_ref())
        .is_some_and(|unit| unit.ja == cell || unit.en == cell);
    if named_before {
        return Ok(Ok(before.and_then(|asset| asset.unit_id)));
    }
    let folded = fold(cell);
    let named = known
        .units
        .iter()
        .filter(|(_, ja, en)| *ja == folded || *en == folded)
        .map(|(id, _, _)| *id);
    match only(named, cell, "error-csv-unit") {
        Ok(Some(unit)) if !service::unit_is_reached(tx, unit).await? => {
            Ok(Err(Message::new("error-unknown-unit")))
        }
        found => Ok(found),
    }
}

fn only<T>(mut found: impl Iterator<Item = T>, cell: &str, key: &'static str) -> Found<T> {
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(Some(one)),
        (Some(_), Some(_)) => Err(Message::new("error-csv-several").with("value", shown(cell))),
        (None, _) => Err(Message::new(key).with("value", shown(cell))),
    }
}

fn unknown_word(cell: &str) -> Message {
    Message::new("error-csv-word").with("value", shown(cell))
}

fn shown(cell: &str) -> String {
    cell.chars().take(80).collect()
}

fn column_of(pointer: &str) -> AssetColumn {
    match pointer.split('/').nth(1) {
        Some("identifiers") => AssetColumn::Identifiers,
        Some("note") => AssetColumn::Note,
        _ => AssetColumn::Name,
    }
}

/// What the plan comes to: every line with its step, the version it was planned on, and what it would say.
fn digest(lines: &[PlannedLine]) -> Result<String> {
    let mut hash = Sha256::new();
    for line in lines {
        let version = line.asset.as_ref().map_or(0, |asset| asset.version);
        let input = serde_json::to_string(&line.input)?;
        hash.update(format!("{}\n{}\n{version}\n{input}\n", line.line, line.step));
    }
    Ok(hex(&hash.finalize()))
}
