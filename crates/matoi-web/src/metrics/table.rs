//! The figures as tables in words: what the CSV files and the workbook hold.

use matoi_core::cases::figures::CaseAge;
use matoi_core::cases::{CaseKind, progress};
use matoi_core::kernel::ports::{Sheet, SheetCell, SheetColumn};
use matoi_core::kernel::words::Words;
use matoi_core::metrics::Figures;
use matoi_core::{Error, Tx, taxonomy};
use matoi_types::Lang;

/// The tables, by the names they have in links.
pub(super) const TABLES: [&str; 7] = [
    "volume", "times", "clocks", "open", "intake", "outcomes", "verdicts",
];

/// Names of phases and clocks, which are data.
#[derive(Debug, Clone)]
pub(super) struct Names {
    lang: Lang,
    /// Phases in their order, each once.
    pub(super) phases: Vec<(String, String)>,
    clocks: Vec<(String, String)>,
}

impl Names {
    pub(super) async fn read(tx: &mut Tx) -> Result<Self, Error> {
        let lang = tx.caller().lang;
        let mut names = Self {
            lang,
            phases: Vec::new(),
            clocks: Vec::new(),
        };
        for kind in CaseKind::ALL {
            let lifecycle = progress::lifecycle_in_force(tx, *kind).await?;
            for phase in &lifecycle.phases {
                if names.phases.iter().all(|(id, _)| *id != phase.id) {
                    names
                        .phases
                        .push((phase.id.clone(), phase.name.get(lang).to_owned()));
                }
            }
            for clock in &lifecycle.clocks {
                if names.clocks.iter().all(|(id, _)| *id != clock.id) {
                    names
                        .clocks
                        .push((clock.id.clone(), clock.name.get(lang).to_owned()));
                }
            }
        }
        Ok(names)
    }

    /// A phase by name; one of a former life cycle by its identifier.
    pub(super) fn phase(&self, id: &str) -> String {
        named(&self.phases, id)
    }

    /// A clock by name.
    pub(super) fn clock(&self, owner_kind: &str, id: &str) -> String {
        if owner_kind == "item" {
            let key = format!("metrics-clock-{}", id.replace('_', "-"));
            if Words::get().has(self.lang, &key) {
                return Words::get().text(self.lang, &key);
            }
        }
        named(&self.clocks, id)
    }

    /// A class by name.
    pub(super) fn class(&self, id: &str) -> String {
        match taxonomy::class(id) {
            Some(class) => class.name.get(self.lang).to_owned(),
            None if id.is_empty() => Words::get().text(self.lang, "metrics-no-class"),
            None => id.to_owned(),
        }
    }
}

fn named(all: &[(String, String)], id: &str) -> String {
    all.iter()
        .find(|(known, _)| known == id)
        .map_or_else(|| id.to_owned(), |(_, name)| name.clone())
}

/// One table; none when there is none of this name.
pub(super) fn table(name: &str, figures: &Figures, names: &Names) -> Option<Sheet> {
    let t = |key: &str| Words::get().text(names.lang, key);
    let (header, rows) = match name {
        "volume" => volume(figures, names),
        "times" => (
            vec![
                t("metrics-stretch"),
                t("metrics-cases"),
                t("metrics-median"),
                t("metrics-p90"),
            ],
            figures
                .times
                .iter()
                .map(|one| {
                    let span = |seconds: Option<i64>| seconds.map_or(SheetCell::Empty, SheetCell::Duration);
                    vec![
                        SheetCell::Text(t(&format!("metrics-stretch-{}", one.stretch))),
                        SheetCell::Int(one.count),
                        span(one.median_seconds),
                        span(one.p90_seconds),
                    ]
                })
                .collect(),
        ),
        "clocks" => (
            vec![
                t("metrics-clock"),
                t("metrics-clock-owner"),
                t("metrics-kept"),
                t("metrics-missed"),
                t("metrics-running"),
                t("metrics-kept-percent"),
            ],
            figures
                .clocks
                .iter()
                .map(|one| {
                    vec![
                        SheetCell::Text(names.clock(&one.owner_kind, &one.kind)),
                        SheetCell::Text(t(&format!("metrics-owner-{}", one.owner_kind))),
                        SheetCell::Int(one.kept),
                        SheetCell::Int(one.missed),
                        SheetCell::Int(one.running),
                        one.kept_share().map_or(SheetCell::Empty, percent),
                    ]
                })
                .collect(),
        ),
        "open" => open(figures, names),
        "intake" => (
            vec![t("metrics-month"), t("metrics-reports"), t("metrics-alerts")],
            figures
                .intake
                .iter()
                .zip(&figures.months)
                .map(|(one, month)| {
                    vec![
                        SheetCell::Text(month.clone()),
                        SheetCell::Int(one.reports),
                        SheetCell::Int(one.alerts),
                    ]
                })
                .collect(),
        ),
        "outcomes" => (
            vec![
                t("metrics-item-kind"),
                t("metrics-outcome"),
                t("metrics-count"),
                t("metrics-percent"),
            ],
            figures
                .outcomes
                .iter()
                .map(|one| {
                    let of_kind = figures.outcomes.iter().filter(|other| other.kind == one.kind);
                    let all = of_kind.map(|other| other.count).sum();
                    vec![
                        SheetCell::Text(t(&format!("metrics-item-{}", one.kind))),
                        SheetCell::Text(t(&outcome_key(one.outcome))),
                        SheetCell::Int(one.count),
                        share(one.count, all),
                    ]
                })
                .collect(),
        ),
        "verdicts" => (
            vec![t("metrics-verdict"), t("metrics-count"), t("metrics-percent")],
            figures
                .verdicts
                .iter()
                .map(|one| {
                    let all = figures.verdicts.iter().map(|other| other.count).sum();
                    vec![
                        SheetCell::Text(t(&verdict_key(one.verdict))),
                        SheetCell::Int(one.count),
                        share(one.count, all),
                    ]
                })
                .collect(),
        ),
        _ => return None,
    };
    Some(Sheet {
        name: t(&format!("metrics-table-{name}")),
        columns: header
            .into_iter()
            .enumerate()
            .map(|(at, title)| SheetColumn {
                title,
                width: if at == 0 { 32 } else { 14 },
            })
            .collect(),
        rows,
    })
}

fn volume(figures: &Figures, names: &Names) -> (Vec<String>, Vec<Vec<SheetCell>>) {
    let t = |key: &str| Words::get().text(names.lang, key);
    let mut header = vec![t("metrics-class")];
    header.extend(figures.months.iter().cloned());
    header.push(t("metrics-sum"));
    let months = || 0..figures.months.len() as i64;
    let mut rows: Vec<Vec<SheetCell>> = figures
        .classes()
        .into_iter()
        .map(|(class, sum)| {
            let mut row = vec![SheetCell::Text(names.class(class))];
            row.extend(months().map(|month| SheetCell::Int(figures.cases_of(class, month))));
            row.push(SheetCell::Int(sum));
            row
        })
        .collect();
    let mut sums = vec![SheetCell::Text(t("metrics-sum"))];
    sums.extend(months().map(|month| SheetCell::Int(figures.cases(Some(month)))));
    sums.push(SheetCell::Int(figures.cases(None)));
    rows.push(sums);
    (header, rows)
}

fn open(figures: &Figures, names: &Names) -> (Vec<String>, Vec<Vec<SheetCell>>) {
    let t = |key: &str| Words::get().text(names.lang, key);
    let mut header = vec![t("metrics-phase")];
    header.extend(CaseAge::ALL.iter().map(|age| t(&format!("metrics-age-{age}"))));
    header.push(t("metrics-sum"));
    let rows = phases(figures, names)
        .into_iter()
        .map(|phase| {
            let mut row = vec![SheetCell::Text(names.phase(&phase))];
            row.extend(
                CaseAge::ALL
                    .iter()
                    .map(|age| SheetCell::Int(figures.open_cases(Some(&phase), Some(*age)))),
            );
            row.push(SheetCell::Int(figures.open_cases(Some(&phase), None)));
            row
        })
        .collect();
    (header, rows)
}

/// The phases that hold open cases, in their order.
pub(super) fn phases(figures: &Figures, names: &Names) -> Vec<String> {
    let known = names.phases.iter().map(|(id, _)| id.clone());
    let mut all: Vec<String> = known.collect();
    for one in &figures.open {
        if !all.contains(&one.phase) {
            all.push(one.phase.clone());
        }
    }
    all.retain(|phase| figures.open_cases(Some(phase), None) > 0);
    all
}

/// The key of the words for an outcome.
pub(super) fn outcome_key(outcome: Option<matoi_core::criteria::TriageOutcome>) -> String {
    let name = outcome.map_or("none", |outcome| outcome.as_str());
    format!("metrics-outcome-{}", name.replace('_', "-"))
}

/// The key of the words for a verdict.
pub(super) fn verdict_key(verdict: Option<matoi_core::desk::Verdict>) -> String {
    let name = verdict.map_or("none", |verdict| verdict.as_str());
    format!("metrics-verdict-{}", name.replace('_', "-"))
}

/// A share in percent with one digit behind the point.
fn percent(share: f64) -> SheetCell {
    SheetCell::Number((share * 1000.0).round() / 10.0)
}

fn share(count: i64, all: i64) -> SheetCell {
    if all == 0 {
        SheetCell::Empty
    } else {
        percent(count as f64 / all as f64)
    }
}

/// A table as a file: spans of time in seconds.
pub(super) fn csv(sheet: &Sheet) -> Vec<u8> {
    let header: Vec<String> = sheet.columns.iter().map(|column| column.title.clone()).collect();
    let rows: Vec<Vec<String>> = sheet
        .rows
        .iter()
        .map(|row| row.iter().map(plain).collect())
        .collect();
    matoi_core::kernel::csv::write(&header, rows.iter().map(Vec::as_slice))
}

fn plain(cell: &SheetCell) -> String {
    match cell {
        SheetCell::Empty => String::new(),
        SheetCell::Text(text) => text.clone(),
        SheetCell::Int(number) | SheetCell::Duration(number) => number.to_string(),
        SheetCell::Number(number) => number.to_string(),
        SheetCell::Time(at) => at.to_string(),
    }
}
