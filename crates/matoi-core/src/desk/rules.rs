//! Rules of the desk: pure functions.

use matoi_types::{Severity, Timestamp};

use super::model::{Channel, DeskItem, ItemKind, ItemState};
use crate::kernel::Message;

/// Severity and time of receipt in one number, so that one index gives "worst first, then newest".
/// Times fit until the year 5138.
#[must_use]
pub fn urgency(severity: Severity, received_at: Timestamp) -> i64 {
    severity.rank() * 100_000_000_000_000 + received_at.as_millis().clamp(0, 99_999_999_999_999)
}

/// The line by which a report is known: what the reporter gave, or the category with the device, or how it begins.
#[must_use]
pub fn report_title(given: &str, category_label: Option<&str>, device: &str, text: &str) -> String {
    let given = given.trim();
    if !given.is_empty() {
        return given.to_owned();
    }
    match category_label {
        Some(label) if device.trim().is_empty() => label.to_owned(),
        Some(label) => format!("{label} ({})", device.trim()),
        None => {
            let line = text
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .unwrap_or_default();
            let mut title: String = line.chars().take(80).collect();
            if line.chars().count() > 80 {
                title.push('…');
            }
            title
        }
    }
}

/// The source a report is filed under when its sender names none.
#[must_use]
pub const fn default_source(channel: Channel) -> &'static str {
    channel.as_str()
}

/// What keeps an item from being closed.
#[must_use]
pub fn problem_with_closing(item: &DeskItem) -> Option<Message> {
    if item.state == ItemState::Closed {
        return Some(Message::new("error-item-closed"));
    }
    match item.kind {
        // Every report gets an answer, out-of-scope ones too. A duplicate is answered through the one it was merged into.
        ItemKind::Report if item.answered_at.is_none() && item.merged_into.is_none() => {
            Some(Message::new("error-report-unanswered"))
        }
        ItemKind::Alert if item.verdict.is_none() && item.merged_into.is_none() => {
            Some(Message::new("error-alert-without-verdict"))
        }
        _ if item.outcome.is_none() && item.merged_into.is_none() => {
            Some(Message::new("error-item-not-triaged"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_comes_before_newer() {
        let (old, new) = (
            Timestamp::from_micros(0),
            Timestamp::from_micros(2_000_000_000_000_000),
        );
        assert!(urgency(Severity::High, old) > urgency(Severity::Medium, new));
        assert!(urgency(Severity::High, new) > urgency(Severity::High, old));
    }

    #[test]
    fn a_report_is_known_by_a_line() {
        assert_eq!(report_title(" 題 ", Some("x"), "PC-1", "text"), "題");
        assert_eq!(
            report_title("", Some("ファイルが開けない"), "PC-2118", "text"),
            "ファイルが開けない (PC-2118)"
        );
        assert_eq!(
            report_title("", None, "", "\n\n 図面が開けません\n続き"),
            "図面が開けません"
        );
        assert_eq!(report_title("", None, "", &"あ".repeat(100)).chars().count(), 81);
    }
}
