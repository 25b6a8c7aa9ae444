//! TheHive's scales and names, and ours.
//!
//! | TheHive | Matoi |
//! |---|---|
//! | severity 1, 2, 3, 4 | low, medium, high, critical; our info is given as 1 |
//! | TLP 0, 1, 2, 3, 4 (API v1) | CLEAR, GREEN, AMBER, AMBER+STRICT, RED |
//! | TLP 0, 1, 2, 3 (API v0) | CLEAR, GREEN, AMBER, RED; 4 is taken as RED too, AMBER+STRICT is given as 3 |

use matoi_core::cases::{Case, CaseKind, CaseState, TaskState};
use matoi_core::desk::{DeskItem, ItemState, Verdict};
use matoi_core::observables::ObservableKind;
use matoi_core::taxonomy;
use matoi_types::{Severity, Tlp};

/// Which form of the interface is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// TheHive 3 and 4: `/api/alert`.
    V0,
    /// TheHive 4 and 5: `/api/v1/alert`.
    V1,
}

pub(super) fn severity_from(number: i64) -> Severity {
    Severity::from_rank(number).unwrap_or(Severity::Medium)
}

pub(super) fn severity_to(severity: Severity) -> i64 {
    severity.rank().max(1)
}

pub(super) const fn severity_label(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    }
}

pub(super) const fn tlp_from(number: i64, version: Version) -> Tlp {
    match (number, version) {
        (..=0, _) => Tlp::Clear,
        (1, _) => Tlp::Green,
        (2, _) => Tlp::Amber,
        // TheHive 3 and 4 have four labels, of which the last is red. Taking it for less would let too many read.
        (3, Version::V1) => Tlp::AmberStrict,
        _ => Tlp::Red,
    }
}

pub(super) const fn tlp_to(tlp: Tlp, version: Version) -> i64 {
    match (tlp, version) {
        (Tlp::Clear, _) => 0,
        (Tlp::Green, _) => 1,
        (Tlp::Amber, _) => 2,
        (Tlp::AmberStrict, _) | (Tlp::Red, Version::V0) => 3,
        (Tlp::Red, Version::V1) => 4,
    }
}

pub(super) fn tlp_label(tlp: Tlp) -> &'static str {
    tlp.as_str().trim_start_matches("TLP:")
}

pub(super) const fn pap_label(pap: i64) -> &'static str {
    match pap {
        ..=0 => "CLEAR",
        1 => "GREEN",
        2 => "AMBER",
        _ => "RED",
    }
}

/// Status and stage of an alert.
pub(super) fn alert_status(item: &DeskItem) -> (&'static str, &'static str) {
    if item.merged_into.is_some() {
        ("Duplicate", "Closed")
    } else if item.case_id.is_some() {
        ("Imported", "Imported")
    } else {
        match (item.state, item.verdict) {
            (ItemState::Closed, Some(Verdict::FalsePositive)) => ("FalsePositive", "Closed"),
            (ItemState::Closed, _) => ("Ignored", "Closed"),
            (ItemState::New, _) => ("New", "New"),
            (ItemState::Acknowledged | ItemState::Triaged, _) => ("InProgress", "InProgress"),
        }
    }
}

/// Statuses of an alert that this door knows.
pub(super) const ALERT_STATUSES: [&str; 6] = [
    "New",
    "InProgress",
    "Imported",
    "Duplicate",
    "FalsePositive",
    "Ignored",
];

/// Statuses that close a case.
pub(super) const CLOSING: [&str; 5] = [
    "TruePositive",
    "FalsePositive",
    "Indeterminate",
    "Other",
    "Duplicated",
];

/// Status and stage of a case; `kept` is the status it was closed with.
pub(super) fn case_status<'a>(case: &Case, kept: &'a str) -> (&'a str, &'static str) {
    match case.state {
        CaseState::Merged => ("Duplicated", "Closed"),
        CaseState::Closed if CLOSING.contains(&kept) => (kept, "Closed"),
        CaseState::Closed => ("Other", "Closed"),
        CaseState::Open if case.phase == "detect" => ("New", "New"),
        CaseState::Open => ("InProgress", "InProgress"),
    }
}

/// The kind of case and its class, by the name of a case template, by tags of the reference taxonomy, or by neither.
pub(super) fn kind_and_class(template: Option<&str>, tags: &[String]) -> (CaseKind, String) {
    if template == Some("inquiry") {
        return (CaseKind::Inquiry, String::new());
    }
    let by_template = template
        .filter(|name| taxonomy::exists(name))
        .map(ToOwned::to_owned);
    let class = by_template.or_else(|| tags.iter().find_map(|tag| class_of_tag(tag)));
    (
        CaseKind::Incident,
        class.unwrap_or_else(|| "other.undetermined".to_owned()),
    )
}

/// `rsit:malicious-code="ransomware"`, as MISP and TheHive write machine tags of the taxonomy.
fn class_of_tag(tag: &str) -> Option<String> {
    let rest = tag.strip_prefix("rsit:").or_else(|| tag.strip_prefix("RSIT:"))?;
    let (group, value) = rest.split_once('=')?;
    let class = format!("{}.{}", group.trim(), value.trim().trim_matches('"'));
    taxonomy::exists(&class).then_some(class)
}

/// The name TheHive has for a kind of trace.
pub(super) const fn data_type(kind: ObservableKind) -> &'static str {
    match kind {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => "ip",
        ObservableKind::Domain => "domain",
        ObservableKind::Url => "url",
        ObservableKind::Email => "mail",
        ObservableKind::Md5 | ObservableKind::Sha1 | ObservableKind::Sha256 | ObservableKind::Sha512 => {
            "hash"
        }
        ObservableKind::Filename | ObservableKind::Filepath => "filename",
        ObservableKind::Hostname => "hostname",
        ObservableKind::Registry => "registry",
        ObservableKind::Cve | ObservableKind::Account | ObservableKind::Other => "other",
    }
}

/// The kind of trace a name of TheHive stands for, where it is one; else the value says what it is.
pub(super) fn kind_of(data_type: &str) -> Option<ObservableKind> {
    Some(match data_type.to_ascii_lowercase().as_str() {
        "domain" | "fqdn" => ObservableKind::Domain,
        "url" => ObservableKind::Url,
        "mail" | "email" => ObservableKind::Email,
        "filename" | "file" => ObservableKind::Filename,
        "hostname" => ObservableKind::Hostname,
        "registry" => ObservableKind::Registry,
        "user" | "account" | "username" => ObservableKind::Account,
        "hash" | "ip" => return None,
        _ => ObservableKind::Other,
    })
}

pub(super) const fn task_status(state: TaskState) -> &'static str {
    match state {
        TaskState::Open | TaskState::Waiting => "Waiting",
        TaskState::Doing => "InProgress",
        TaskState::Done => "Completed",
        TaskState::Dropped => "Cancel",
    }
}

pub(super) fn task_state(status: &str) -> Option<TaskState> {
    Some(match status {
        "Waiting" => TaskState::Open,
        "InProgress" => TaskState::Doing,
        "Completed" => TaskState::Done,
        "Cancel" => TaskState::Dropped,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_never_taken_for_one_that_more_may_read() {
        for version in [Version::V0, Version::V1] {
            for tlp in Tlp::ALL {
                assert!(
                    tlp_from(tlp_to(tlp, version), version) >= tlp,
                    "{tlp} {version:?}"
                );
            }
        }
        assert_eq!(tlp_from(3, Version::V0), Tlp::Red);
        assert_eq!(tlp_from(3, Version::V1), Tlp::AmberStrict);
        assert_eq!(tlp_from(4, Version::V0), Tlp::Red);
    }

    #[test]
    fn a_class_is_found_by_template_or_tag() {
        let tags = ["x".to_owned(), "rsit:malicious-code=\"ransomware\"".to_owned()];
        for (template, tags, kind, class) in [
            (None, &tags[..], CaseKind::Incident, "malicious-code.ransomware"),
            (
                Some("fraud.phishing"),
                &tags[..],
                CaseKind::Incident,
                "fraud.phishing",
            ),
            (Some("no such"), &[], CaseKind::Incident, "other.undetermined"),
            (Some("inquiry"), &tags[..], CaseKind::Inquiry, ""),
        ] {
            assert_eq!(kind_and_class(template, tags), (kind, class.to_owned()));
        }
    }
}
