//! Counting, for those who may read figures.

use super::model::{Figures, Intake, MetricsFilter, OutcomeShare, VerdictShare};
use crate::cases::figures::{self as cases, CaseCount};
use crate::clocks::figures as clocks;
use crate::criteria::TriageOutcome;
use crate::desk::figures::{self as desk, ItemFigures};
use crate::desk::{ItemKind, Verdict};
use crate::kernel::months::Months;
use crate::kernel::{Action, Result, Tx};
use crate::organisation;

/// The figures of a period, within what the caller may know. Needs one unchanging state of everything
/// ([`crate::Store::snapshot`]) for its parts to fit each other.
pub async fn figures(tx: &mut Tx, filter: &MetricsFilter) -> Result<Figures> {
    tx.require(Action::MetricsRead)?;
    let organisation = organisation::service::require(tx).await?;
    let months = Months::read(
        filter.from.as_deref(),
        filter.until.as_deref(),
        &organisation.zone,
        tx.now(),
    )?;
    let wanted = CaseCount {
        kind: filter.kind,
        priority: filter.priority,
    };
    let items = desk::items(tx, &months).await?;
    Ok(Figures {
        volume: cases::volume(tx, &months, wanted).await?,
        open: cases::open(tx, wanted).await?,
        times: cases::times(tx, &months, wanted).await?,
        clocks: clocks::kept(tx, &months).await?,
        intake: intake(&items, months.all.len()),
        outcomes: outcomes(&items),
        verdicts: verdicts(&items),
        months: months.all.into_iter().map(|month| month.name).collect(),
        zone: organisation.zone,
        from: months.from,
        until: months.until,
        counted_at: tx.now(),
    })
}

fn intake(items: &[ItemFigures], months: usize) -> Vec<Intake> {
    let count = |month: i64, kind: ItemKind| {
        items
            .iter()
            .filter(|one| one.month == month && one.kind == kind)
            .map(|one| one.count)
            .sum()
    };
    (0_i64..)
        .take(months)
        .map(|month| Intake {
            month,
            reports: count(month, ItemKind::Report),
            alerts: count(month, ItemKind::Alert),
        })
        .collect()
}

fn outcomes(items: &[ItemFigures]) -> Vec<OutcomeShare> {
    let every: Vec<Option<TriageOutcome>> = TriageOutcome::ALL.into_iter().map(Some).chain([None]).collect();
    ItemKind::ALL
        .iter()
        .flat_map(|kind| every.iter().map(|outcome| (*kind, *outcome)))
        .map(|(kind, outcome)| OutcomeShare {
            kind,
            outcome,
            count: items
                .iter()
                .filter(|one| one.kind == kind && one.outcome == outcome)
                .map(|one| one.count)
                .sum(),
        })
        .collect()
}

fn verdicts(items: &[ItemFigures]) -> Vec<VerdictShare> {
    Verdict::ALL
        .iter()
        .copied()
        .map(Some)
        .chain([None])
        .map(|verdict| VerdictShare {
            verdict,
            count: items
                .iter()
                .filter(|one| one.kind == ItemKind::Alert && one.verdict == verdict)
                .map(|one| one.count)
                .sum(),
        })
        .collect()
}
