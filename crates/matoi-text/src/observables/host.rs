//! What is a host name.
//!
//! A name counts if its end is a public suffix (publicsuffix.org, the list compiled into the `psl` crate) or
//! one of the suffixes that are never delegated but are used inside organisations and in examples. Names
//! in other scripts are kept in their ASCII form (RFC 5891, UTS #46) with the readable one beside.

use idna::AsciiDenyList;

/// A host name in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostName {
    /// Lower case, ASCII (`xn--` where needed).
    pub(super) ascii: String,
    /// The form for people, where it differs.
    pub(super) unicode: Option<String>,
    /// Number of labels in the suffix: 1 for `com`, 2 for `co.jp`.
    pub(super) suffix_labels: usize,
}

/// Longest host name (RFC 1035, section 2.3.4, without the final dot).
pub(super) const MAX_HOST_LEN: usize = 253;

/// Suffixes outside the public list: RFC 2606, RFC 6761, RFC 6762, RFC 9476, `internal` (ICANN 2024) and
/// what organisations use without asking.
pub(super) const LOCAL_SUFFIXES: [&str; 10] = [
    "corp",
    "home",
    "internal",
    "intra",
    "intranet",
    "lan",
    "local",
    "localdomain",
    "localnet",
    "alt",
];

/// Suffixes reserved for examples and tests (RFC 2606).
pub(super) const RESERVED_SUFFIXES: [&str; 4] = ["example", "invalid", "localhost", "test"];

impl HostName {
    /// Reads a name without leading or trailing dot; `None` if it is none that could exist.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let hyphen_at_edge = |name: &str| {
            name.split('.')
                .any(|label| label.starts_with('-') || label.ends_with('-'))
        };
        if text.len() > MAX_HOST_LEN * 3 || hyphen_at_edge(text) {
            return None;
        }
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii_cow(text.as_bytes(), AsciiDenyList::URL)
                .ok()?
                .into_owned()
        };
        if ascii.len() > MAX_HOST_LEN {
            return None;
        }
        let labels = ascii.split('.').count();
        let suffix_labels = known_suffix_labels(&ascii)?;
        let well_formed = ascii
            .split('.')
            .enumerate()
            .all(|(index, label)| is_label(label, index + suffix_labels + 1 < labels));
        if !well_formed {
            return None;
        }
        let unicode = ascii
            .split('.')
            .any(|label| label.starts_with("xn--"))
            .then(|| idna::domain_to_unicode(&ascii))
            .and_then(|(unicode, result)| result.ok().map(|()| unicode))
            .filter(|unicode| *unicode != ascii && !hyphen_at_edge(unicode));
        Some(Self {
            ascii,
            unicode,
            suffix_labels,
        })
    }

    /// Whether this could be the name of a host on a local network: `intranet`, `localhost`.
    pub(super) fn is_single_label(text: &str) -> bool {
        is_label(&text.to_ascii_lowercase(), false)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().any(|b| b.is_ascii_alphabetic())
    }
}

/// Whether a label, lower case, alone could end a host name.
pub(super) fn is_top_level(label: &str) -> bool {
    let known = psl::suffix(label.as_bytes()).is_some_and(|suffix| suffix.is_known());
    known || is_unlisted_suffix(label)
}

/// Number of labels of the suffix of a name, if the suffix is known and something stands before it (or
/// it is itself somebody's, like `github.io`).
fn known_suffix_labels(ascii: &str) -> Option<usize> {
    let suffix = psl::suffix(ascii.as_bytes())?;
    let labels = suffix.as_bytes().split(|&b| b == b'.').count();
    if suffix.is_known() {
        let own = suffix.as_bytes().len() < ascii.len();
        let private = suffix.typ() == Some(psl::Type::Private);
        return match (own, private) {
            (true, _) => Some(labels),
            (false, true) => labels.checked_sub(1),
            (false, false) => None,
        };
    }
    let (_, last) = ascii.rsplit_once('.')?;
    is_unlisted_suffix(last).then_some(1)
}

fn is_unlisted_suffix(label: &str) -> bool {
    LOCAL_SUFFIXES.contains(&label) || RESERVED_SUFFIXES.contains(&label)
}

/// RFC 952 and RFC 1123, section 2.1 (but for hyphens at the edge); underscores only in names of services, never in what is registered.
fn is_label(label: &str, underscores: bool) -> bool {
    let fits =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || (b == b'_' && underscores);
    !label.is_empty() && label.len() <= 63 && label.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(
            HostName::parse(text).map(|name| name.ascii).as_deref(),
            expect,
            "{text:?}"
        );
    }

    #[test]
    fn names_with_a_known_suffix_are_hosts() {
        for (text, expect) in [
            ("example.com", Some("example.com")),
            ("WWW.Example.CO.JP", Some("www.example.co.jp")),
            ("a.b.c.example.com", Some("a.b.c.example.com")),
            ("日本語.jp", Some("xn--wgv71a119e.jp")),
            ("xn--wgv71a119e.jp", Some("xn--wgv71a119e.jp")),
            ("はじめよう.みんな", Some("xn--p8j9a0d9c9a.xn--q9jyb4c")),
            ("пример.рф", Some("xn--e1afmkfd.xn--p1ai")),
            ("_dmarc.example.com", Some("_dmarc.example.com")),
            ("evil.github.io", Some("evil.github.io")),
            ("github.io", Some("github.io")),
            ("server.corp.local", Some("server.corp.local")),
            ("evil.example", Some("evil.example")),
            ("abcdefghij.onion", Some("abcdefghij.onion")),
            ("xn--zz", None),
            ("co.jp", None),
            ("com", None),
            ("local", None),
            ("foo.bar1", None),
            ("foo.doc", None),
            ("foo_bar.com", None),
            ("-foo.com", None),
            ("foo-.com", None),
            ("\u{3cd}-.zip", None),
            ("a..com", None),
            ("", None),
            ("203.0.113.5", None),
        ] {
            check(text, expect);
        }
        check(&format!("{}.com", "a".repeat(64)), None);
        check(&format!("{}com", "a.".repeat(200)), None);
    }

    #[test]
    fn names_in_other_scripts_keep_the_form_for_people() {
        assert_eq!(
            HostName::parse("XN--WGV71A119E.jp").unwrap().unicode.as_deref(),
            Some("日本語.jp")
        );
        assert_eq!(HostName::parse("example.jp").unwrap().unicode, None);
        assert_eq!(HostName::parse("a.example.co.jp").unwrap().suffix_labels, 2);
    }

    #[test]
    fn last_labels_are_known() {
        for label in ["com", "jp", "zip", "みんな", "local", "example"] {
            let ascii = idna::domain_to_ascii(label).unwrap();
            assert!(is_top_level(&ascii), "{label}");
        }
        assert!(!is_top_level("doc") && !is_top_level("") && !is_top_level("あ"));
    }
}
