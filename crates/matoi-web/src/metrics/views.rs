//! The template of this room. Bars are drawn here, beside the numbers they stand for.

use std::borrow::Borrow;

use askama::Template;
use matoi_core::cases::CaseKind;
use matoi_core::cases::figures::{CaseAge, CaseStretch, StretchTimes};
use matoi_core::clocks::figures::ClockFigures;
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::{ItemKind, Verdict};
use matoi_core::metrics::{Figures, OutcomeShare};
use matoi_types::Priority;

use super::query::MetricsQuery;
use super::table::{self, Names};
use crate::ui::{FieldErrors, Markup, Ui};

/// Height of the columns of the chart of months.
const CHART: i64 = 72;
/// Width of a month in that chart.
const STEP: i64 = 24;

#[derive(Template)]
#[template(path = "metrics/numbers.html")]
pub(super) struct NumbersPage {
    pub(super) ui: Ui,
    pub(super) query: MetricsQuery,
    pub(super) figures: Figures,
    pub(super) names: Names,
    pub(super) errors: FieldErrors,
}

impl NumbersPage {
    fn is(&self, value: &Option<String>, wanted: &str) -> bool {
        value.as_deref() == Some(wanted)
    }

    fn first_month(&self) -> &str {
        self.figures.months.first().map_or("", String::as_str)
    }

    fn last_month(&self) -> &str {
        self.figures.months.last().map_or("", String::as_str)
    }

    /// What the fields of the period hold: what was typed where it was refused, else what was counted.
    fn typed_from(&self) -> &str {
        let typed = self.query.from.as_deref();
        typed
            .filter(|_| self.errors.any())
            .unwrap_or_else(|| self.first_month())
    }

    fn typed_until(&self) -> &str {
        let typed = self.query.until.as_deref();
        typed
            .filter(|_| self.errors.any())
            .unwrap_or_else(|| self.last_month())
    }

    /// The kept share in whole percent, with what it is of.
    fn kept(&self) -> Option<i64> {
        self.figures.kept_share().map(whole_percent)
    }

    fn kept_of(&self, clock: &ClockFigures) -> Option<i64> {
        clock.kept_share().map(whole_percent)
    }

    fn median(&self, stretch: CaseStretch) -> Option<String> {
        let times = self.figures.times.iter().find(|one| one.stretch == stretch)?;
        times.median_seconds.map(|seconds| self.span(&seconds))
    }

    fn contain(&self) -> Option<String> {
        self.median(CaseStretch::Contain)
    }

    fn span(&self, seconds: &i64) -> String {
        self.ui.duration(*seconds)
    }

    /// A horizontal bar of a count among the largest one.
    fn bar(&self, count: impl Borrow<i64>, largest: impl Borrow<i64>) -> Markup {
        let (count, largest) = (*count.borrow(), *largest.borrow());
        let width = if largest > 0 { count * 100 / largest } else { 0 };
        // Something is never drawn as nothing.
        let width = if count > 0 { width.max(1) } else { 0 };
        askama::filters::Safe(format!(
            "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"ground\" width=\"100\" height=\"8\"/><rect class=\"value\" width=\"{width}\" height=\"8\"/></svg>"
        ))
    }

    /// Kept, missed and running as one bar.
    fn clock_bar(&self, clock: &ClockFigures) -> Markup {
        let all = (clock.kept + clock.missed + clock.running).max(1);
        let (kept, missed) = (clock.kept * 100 / all, clock.missed * 100 / all);
        askama::filters::Safe(format!(
            "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"ground\" width=\"100\" height=\"8\"/><rect class=\"kept\" width=\"{kept}\" height=\"8\"/><rect class=\"missed\" x=\"{kept}\" width=\"{missed}\" height=\"8\"/></svg>"
        ))
    }

    /// Median as a full bar, the ninetieth percentile as a line, on the scale of the slowest stretch.
    fn time_bar(&self, times: &StretchTimes) -> Markup {
        let slowest = self
            .figures
            .times
            .iter()
            .filter_map(|one| one.p90_seconds)
            .max()
            .unwrap_or(0)
            .max(1);
        let at = |seconds: Option<i64>| seconds.map_or(0, |seconds| (seconds * 100 / slowest).max(1));
        let (median, p90) = (at(times.median_seconds), at(times.p90_seconds));
        askama::filters::Safe(format!(
            "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"ground\" width=\"100\" height=\"8\"/><rect class=\"reach\" y=\"3\" width=\"{p90}\" height=\"2\"/><rect class=\"value\" width=\"{median}\" height=\"8\"/></svg>"
        ))
    }

    /// Cases of each month as columns.
    fn month_chart(&self) -> Markup {
        let counts: Vec<i64> = self
            .month_numbers()
            .map(|month| self.figures.cases(Some(month)))
            .collect();
        columns(&[("value", counts)])
    }

    /// Reports and alerts of each month as columns on each other.
    fn intake_chart(&self) -> Markup {
        let reports = self.figures.intake.iter().map(|one| one.reports).collect();
        let alerts = self.figures.intake.iter().map(|one| one.alerts).collect();
        columns(&[("value", reports), ("second", alerts)])
    }

    fn month_numbers(&self) -> std::ops::Range<i64> {
        0..self.figures.months.len() as i64
    }

    fn of_class(&self, class: &str, month: impl Borrow<i64>) -> i64 {
        self.figures.cases_of(class, *month.borrow())
    }

    fn of_month(&self, month: impl Borrow<i64>) -> i64 {
        self.figures.cases(Some(*month.borrow()))
    }

    fn outcome(&self, outcome: &Option<TriageOutcome>) -> String {
        self.ui.t(&table::outcome_key(*outcome))
    }

    fn verdict(&self, verdict: &Option<Verdict>) -> String {
        self.ui.t(&table::verdict_key(*verdict))
    }

    fn largest_class(&self) -> i64 {
        self.figures.classes().first().map_or(0, |(_, count)| *count)
    }

    fn phases(&self) -> Vec<String> {
        table::phases(&self.figures, &self.names)
    }

    fn open_of(&self, phase: &str, age: Option<&CaseAge>) -> i64 {
        self.figures.open_cases(Some(phase), age.copied())
    }

    fn heat(&self, count: &i64) -> i64 {
        match count {
            0 => 0,
            1..=4 => 1,
            5..=19 => 2,
            _ => 3,
        }
    }

    fn clock_name(&self, clock: &ClockFigures) -> String {
        self.names.clock(&clock.owner_kind, &clock.kind)
    }

    fn outcomes(&self, kind: &ItemKind) -> Vec<&OutcomeShare> {
        self.figures
            .outcomes
            .iter()
            .filter(|one| one.kind == *kind)
            .collect()
    }

    fn outcome_sum(&self, kind: &ItemKind) -> i64 {
        self.outcomes(kind).iter().map(|one| one.count).sum()
    }

    fn verdict_sum(&self) -> i64 {
        self.figures.verdicts.iter().map(|one| one.count).sum()
    }

    fn percent(&self, count: impl Borrow<i64>, all: impl Borrow<i64>) -> String {
        let (count, all) = (*count.borrow(), *all.borrow());
        if all == 0 {
            "—".to_owned()
        } else {
            format!("{}%", whole_percent(count as f64 / all as f64))
        }
    }
}

fn whole_percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}

/// Columns of several values on each other, as high as the highest month is. The table beside says the numbers.
fn columns(series: &[(&'static str, Vec<i64>)]) -> Markup {
    let months = series.first().map_or(0, |(_, counts)| counts.len());
    let sum_of = |at: usize| -> i64 {
        let at_month = series.iter().filter_map(|(_, counts)| counts.get(at));
        at_month.sum()
    };
    let highest = (0..months).map(sum_of).max().unwrap_or(0).max(1);
    let mut shapes = String::new();
    for at in 0..months {
        let (x, mut y) = (at as i64 * STEP + 3, CHART);
        for (class, counts) in series {
            let count = counts.get(at).copied().unwrap_or(0);
            let height = if count > 0 {
                (count * (CHART - 4) / highest).max(1)
            } else {
                0
            };
            y -= height;
            shapes.push_str(&format!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{height}\"/>",
                STEP - 6
            ));
        }
    }
    let width = months as i64 * STEP;
    askama::filters::Safe(format!(
        "<svg class=\"columns\" viewBox=\"0 0 {width} {CHART}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{shapes}<path class=\"axis\" d=\"M0 {CHART}H{width}\"/></svg>"
    ))
}
