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

/// A number as it is stored, from what somebody typed: full-width letters, small letters, blanks around it.
#[must_use]
pub fn normal_number(typed: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    typed
        .trim()
        .nfkc()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            // The dashes a Japanese keyboard gives.
            '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー' => '-',
            other => other.to_ascii_uppercase(),
        })
        .take(40)
        .collect()
}

/// Whether what should be a telephone number or a mail address is surely a mail address without its `@`.
/// Everything else is taken as it is: how somebody can be reached is theirs to say.
#[must_use]
pub fn is_mail_without_at(contact: &str) -> bool {
    let contact = contact.trim();
    let plain = contact
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'));
    let last = contact.rsplit('.').next().unwrap_or_default();
    plain
        && contact.contains('.')
        && (2..=24).contains(&last.len())
        && last.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The `attack_type` of the shipped criteria that a class suggests. To be assumed only: a person confirms it or asks.
#[must_use]
pub fn attack_type_of(class: &str) -> Option<&'static str> {
    Some(match class {
        "malicious-code.ransomware" => "ransomware",
        "fraud.phishing" => "phishing",
        "organisation.lost-device" => "lost_device",
        "organisation.misdirected-mail" => "misdirected_mail",
        "organisation.misdirected-publication" => "misdirected_publication",
        "organisation.business-email-compromise" => "bec",
        "organisation.web-defacement"
        | "information-content-security.unauthorised-information-modification" => "web_defacement",
        "intrusions.unprivileged-account-compromise"
        | "intrusions.privileged-account-compromise"
        | "intrusion-attempts.login-attempts" => "unauthorised_login",
        _ if class.starts_with("malicious-code.") => "malware",
        _ if class.starts_with("intrusions.") => "intrusion",
        _ => return None,
    })
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
    fn a_number_is_understood_as_it_is_typed() {
        for typed in [
            "RPT-2026-0042",
            " rpt-2026-0042\n",
            "ＲＰＴ－２０２６－００４２",
            "RPT‐2026‐0042",
        ] {
            assert_eq!(normal_number(typed), "RPT-2026-0042", "{typed}");
        }
    }

    #[test]
    fn only_a_mail_address_without_its_at_is_refused() {
        for (contact, expect) in [
            ("yamada.minatono.example", true),
            ("yamada-t.minatono.co.jp", true),
            ("yamada@minatono.example", false),
            ("内線 2041", false),
            ("090.1234.5678", false),
            ("チャットの山田", false),
            ("Nguyen", false),
            ("", false),
        ] {
            assert_eq!(is_mail_without_at(contact), expect, "{contact}");
        }
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
