//! Rules of the register: pure functions.

use matoi_text::{ObservableKind, find_observables, fold};
use matoi_types::{Importance, Timestamp};

/// Identifiers of one asset.
pub const MAX_IDENTIFIERS: usize = 100;
/// Characters of an identifier.
const MAX_IDENTIFIER: usize = 253;

/// The form by which names are told apart, found and sorted: however it is spelt, `ＦＳ-02` is `fs-02`.
#[must_use]
pub fn name_key(name: &str) -> String {
    fold(name.trim())
}

/// The canonical form of an identifier: an address, a domain or a mail address as observables have it, so that one equals
/// the other; else the name of a host without a domain. None when it is none of these.
#[must_use]
pub fn identifier(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 4 * MAX_IDENTIFIER {
        return None;
    }
    let whole = find_observables(text, 4)
        .found
        .into_iter()
        .find(|found| found.first.start == 0 && found.first.end == text.len());
    if let Some(found) = whole
        && is_identifying(found.kind)
    {
        return Some(found.value);
    }
    let host = fold(text);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let right = host.chars().count() <= MAX_IDENTIFIER
        && host.chars().all(fits)
        && host.starts_with(char::is_alphanumeric)
        && host.ends_with(char::is_alphanumeric)
        && !host.contains("..");
    right.then_some(host)
}

/// Whether a trace of this kind says which machine or account it was.
#[must_use]
pub const fn is_identifying(kind: ObservableKind) -> bool {
    matches!(
        kind,
        ObservableKind::Ipv4 | ObservableKind::Ipv6 | ObservableKind::Domain | ObservableKind::Email
    )
}

/// What stands in one field as several identifiers: parted by blanks, commas, semicolons and their Japanese likes.
pub fn split_identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、' | '，' | '；' | '|'))
        .filter(|part| !part.is_empty())
}

const IMPORTANCE_STEP: i64 = 1_000_000_000_000_000_000;

/// Importance and time of the last change in one number, for the cursor of a list ordered by both.
#[must_use]
pub fn importance_key(importance: Importance, updated_at: Timestamp) -> i64 {
    importance.rank() * IMPORTANCE_STEP + updated_at.as_micros().clamp(0, IMPORTANCE_STEP - 1)
}

/// The two numbers of an [`importance_key`].
#[must_use]
pub const fn unpack_importance_key(key: i64) -> (i64, i64) {
    (key / IMPORTANCE_STEP, key % IMPORTANCE_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_spelt_as_observables_are() {
        for (text, expect) in [
            ("203.0.113[.]47", Some("203.0.113.47")),
            ("２０３．０．１１３．４７", Some("203.0.113.47")),
            ("2001:DB8::1", Some("2001:db8::1")),
            ("FS-02.Minatono.Example", Some("fs-02.minatono.example")),
            ("ＦＳ－０２", Some("fs-02")),
            ("PC_2118", Some("pc_2118")),
            ("経理サーバー", Some("経理サーバー")),
            ("Admin@Minatono.example", Some("admin@minatono.example")),
            ("203.0.113.0/24", None),
            ("two words", None),
            ("-a", None),
            ("https://a.example/x", None),
            ("", None),
        ] {
            assert_eq!(identifier(text).as_deref(), expect, "{text}");
        }
        assert_eq!(identifier(&"a".repeat(254)), None);
    }

    #[test]
    fn a_canonical_identifier_stays_as_it_is() {
        for text in [
            "203.0.113.47",
            "fs-02",
            "fs-02.minatono.example",
            "xn--wgv71a119e.jp",
        ] {
            assert_eq!(identifier(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn one_field_holds_several_identifiers() {
        let parts: Vec<_> = split_identifiers("fs-02 203.0.113.5;fs-02.local、経理\n,").collect();
        assert_eq!(parts, ["fs-02", "203.0.113.5", "fs-02.local", "経理"]);
    }

    #[test]
    fn an_importance_key_holds_both_numbers() {
        let at = Timestamp::from_micros(1_795_111_920_123_456);
        let key = importance_key(Importance::Critical, at);
        assert_eq!(unpack_importance_key(key), (4, at.as_micros()));
    }
}
