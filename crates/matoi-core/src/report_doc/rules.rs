//! What may follow what in the life of a document (作成 → 審査 → 承認 → 配布). Pure.

use matoi_types::{AccountId, Tlp};

use super::model::{Document, DocumentKind, DocumentState};
use crate::kernel::{Error, Result};

/// A step that somebody takes with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Changing its text.
    Edit,
    /// 審査.
    Review,
    /// 承認.
    Approve,
    /// Sending it back to its authors.
    Return,
    /// 配布.
    Distribute,
    /// Withdrawing it.
    Withdraw,
}

/// Whether a step may be taken by this account, and where it leads.
///
/// Whoever wrote some of a document neither reviews nor approves it: four eyes. The same person may review and approve,
/// as small teams must. What was reviewed or approved is not changed under its signatures: it goes back first.
///
/// # Errors
/// The rule that stands against it.
pub fn step(document: &Document, step: Step, by: Option<AccountId>) -> Result<DocumentState> {
    use DocumentState::{Approved, Distributed, Draft, Reviewed, Withdrawn};
    let next = match (step, document.state) {
        (Step::Edit, Draft) | (Step::Return, Reviewed | Approved) => Draft,
        (Step::Review, Draft) => Reviewed,
        (Step::Approve, Reviewed) => Approved,
        (Step::Distribute, Approved) => Distributed,
        (Step::Withdraw, Draft | Reviewed | Approved | Distributed) => Withdrawn,
        _ => return Err(Error::rule("error-document-step")),
    };
    if matches!(step, Step::Review | Step::Approve) && document.is_by(by) {
        return Err(Error::rule("error-document-own"));
    }
    if matches!(step, Step::Review | Step::Approve | Step::Distribute) && !document.ready {
        return Err(Error::rule("error-document-not-ready"));
    }
    Ok(next)
}

/// The label of a new document: that of the case, or what its author says. A report for inside has no wider circle than
/// the case it tells everything of.
///
/// # Errors
/// When the label is freer than that of the case, for an interim or internal report.
pub fn label(kind: DocumentKind, wanted: Option<Tlp>, case: Tlp) -> Result<Tlp> {
    match (kind, wanted) {
        (DocumentKind::External, wanted) => Ok(wanted.unwrap_or(Tlp::Green)),
        (_, Some(wanted)) if wanted < case => Err(Error::field(
            "/tlp",
            crate::kernel::Message::new("error-document-label").with("tlp", case.as_str()),
        )),
        (_, wanted) => Ok(wanted.unwrap_or(case)),
    }
}

/// Lines that say something, without list marks.
#[must_use]
pub fn statements(text: &str) -> Vec<&str> {
    text.lines()
        .map(|line| line.trim().trim_start_matches(['・', '-', '*', '•']).trim())
        .filter(|line| !line.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_external_reports_may_be_freer_than_their_case() {
        use DocumentKind::{External, Interim, Internal};
        let check = |kind, wanted, case, expect: Option<Tlp>| {
            assert_eq!(
                label(kind, wanted, case).ok(),
                expect,
                "{kind} {wanted:?} {case:?}"
            );
        };
        check(Internal, None, Tlp::Red, Some(Tlp::Red));
        check(Internal, Some(Tlp::Amber), Tlp::Red, None);
        check(Interim, Some(Tlp::Red), Tlp::Amber, Some(Tlp::Red));
        check(External, None, Tlp::Red, Some(Tlp::Green));
        check(External, Some(Tlp::Clear), Tlp::Red, Some(Tlp::Clear));
    }

    #[test]
    fn statements_are_lines_without_their_marks() {
        assert_eq!(
            statements("・一つ目\n\n- 二つ目\n  * third \n-"),
            ["一つ目", "二つ目", "third"]
        );
        assert!(statements(" \n").is_empty());
    }
}
