//! Rules of the search: pure functions.

use matoi_text::{SearchQuery, TextFilter};
use matoi_types::{Id, Timestamp, kind};
use sha2::{Digest as _, Sha256};

use super::model::{Findable, FoundKind, Need};
use crate::kernel::{Action, Caller};

/// The form of the index. Another one than the stored makes the index anew at start.
pub const FORM: i64 = 2;

/// Stands in the words of everything. No typed word becomes it: ASCII words that begin with `z` get a second one, and
/// what stands for other characters goes on with a digit or a letter up to `n`. Addresses go on with `yip`.
const ANY: &str = "zyany";
const ANY_KIND: &str = "zykind";

/// Understands what was typed. Addresses may be typed as they are sent in mail, `hxxp://evil[.]example`; a scheme is left
/// out, so that one spelling finds the other.
#[must_use]
pub fn parse(typed: &str) -> SearchQuery {
    SearchQuery::parse(&without_schemes(&matoi_text::refang(typed)))
}

fn without_schemes(typed: &str) -> String {
    let mut text = String::with_capacity(typed.len());
    let mut rest = typed;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at);
        let name = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let scheme = before.get(name.len()..).unwrap_or_default().to_ascii_lowercase();
        if matches!(
            scheme.as_str(),
            "http" | "https" | "ftp" | "ftps" | "hxxp" | "hxxps" | "fxp" | "fxps"
        ) {
            text.push_str(name);
        } else {
            text.push_str(before);
            text.push(' ');
        }
        rest = after.strip_prefix("://").unwrap_or(after);
    }
    text.push_str(rest);
    text
}

/// What a typed text names directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A number, in its canonical spelling.
    Number(String),
    /// An identifier.
    Id(String),
}

/// Whether the whole of what was typed is a number, like `INC-2026-0142` or `inc-2026-142`, or an identifier.
#[must_use]
pub fn named(typed: &str) -> Option<Named> {
    let text = matoi_text::fold(typed.trim());
    if text.parse::<Id<kind::Case>>().is_ok() {
        return Some(Named::Id(text));
    }
    let mut parts = text.split(['-', '‐', '−', '_']);
    let (prefix, year, number) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let right = parts.next().is_none()
        && (2..=4).contains(&prefix.len())
        && prefix.bytes().all(|b| b.is_ascii_lowercase())
        && year.len() == 4
        && digits(year)
        && digits(number)
        && number.len() <= 9;
    let number: u64 = number.parse().ok().filter(|_| right)?;
    Some(Named::Number(format!(
        "{}-{year}-{number:04}",
        prefix.to_uppercase()
    )))
}

/// When something was made: its identifier says it.
#[must_use]
pub fn made_at(id: &str) -> Timestamp {
    let millis = id
        .parse::<Id<kind::Case>>()
        .map_or(0, |id| id.as_uuid().as_u128() >> 80);
    Timestamp::from_micros(i64::try_from(millis).unwrap_or(0).saturating_mul(1000))
}

/// The text under which something is found. Its parts stand apart, so that no phrase reaches from one into the next.
#[must_use]
pub fn text(found: &Findable) -> String {
    // The number of a case finds the case, not each of its parts.
    let own_number = found.owner.is_none() || found.kind == FoundKind::Document;
    let number = if own_number { found.number.as_str() } else { "" };
    let parts = [number, &found.title, &found.body, &found.also];
    let mut text = String::with_capacity(parts.iter().map(|part| part.len() + 2).sum());
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(part);
    }
    text
}

/// The marks that stand beside the words of something.
#[must_use]
pub fn marks(kind: FoundKind) -> String {
    format!("{ANY} {ANY_KIND}{kind}")
}

/// Recognises a text that has not changed.
#[must_use]
pub fn digest(found: &Findable, text: &str) -> i64 {
    let mut hash = Sha256::new();
    hash.update(found.kind.as_str());
    hash.update([0]);
    hash.update(text);
    let bytes = hash.finalize();
    bytes
        .iter()
        .take(8)
        .fold(0_i64, |number, byte| (number << 8) | i64::from(*byte))
}

/// Expressions of a full-text engine: FTS5 or PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expressions {
    /// Finds what stands in one row.
    pub whole: String,
    /// What each of several rows of one text must be found by, at least one row each.
    pub each: Vec<String>,
    /// What none of its rows may be found by.
    pub none: Option<String>,
}

/// The expressions of a query within some kinds. `in_pieces` is PostgreSQL's language.
#[must_use]
pub fn expressions(query: &SearchQuery, kinds: &[FoundKind], in_pieces: bool) -> Expressions {
    let (filter, and, and_not, or) = if in_pieces {
        (query.to_tsquery(), " & ", " & !", " | ")
    } else {
        (query.to_fts5(), " AND ", " NOT ", " OR ")
    };
    let mark = |name: String| if in_pieces { format!("'{name}'") } else { name };
    let base = if kinds.is_empty() {
        mark(ANY.to_owned())
    } else {
        let kinds: Vec<_> = kinds
            .iter()
            .map(|kind| mark(format!("{ANY_KIND}{kind}")))
            .collect();
        format!("({})", kinds.join(or))
    };
    let whole = match filter {
        TextFilter::Everything => base.clone(),
        // The marks are in every row: leaving them out where no kind is asked for saves a long list.
        TextFilter::Matching(words) if kinds.is_empty() => words,
        TextFilter::Matching(words) => format!("{base}{and}({words})"),
        TextFilter::EverythingExcept(words) => format!("{base}{and_not}({words})"),
    };
    let mut each = vec![base];
    each.extend(query.clauses().iter().map(|clause| {
        if in_pieces {
            clause.to_tsquery()
        } else {
            clause.to_fts5()
        }
    }));
    Expressions {
        whole,
        each,
        none: query.excluded().map(|clause| {
            if in_pieces {
                clause.to_tsquery()
            } else {
                clause.to_fts5()
            }
        }),
    }
}

/// What a caller may find, by permission. Need-to-know is asked of every result besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What may be read as far as its scope is visible.
    pub scoped: Vec<Need>,
    /// What may be read where the caller is named on the scope's list.
    pub named: Vec<Need>,
    /// What may be read where it is the caller's own.
    pub own: Vec<Need>,
    /// Every asset.
    pub assets: bool,
    /// Traces seen in a visible place.
    pub traces: bool,
}

impl Reach {
    /// The reach of a caller, as the rooms themselves permit it.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let may = |action| caller.may(action);
        let mut scoped = Vec::new();
        for (action, need) in [
            (Action::CaseRead, Need::Case),
            (Action::ReportRead, Need::Report),
            (Action::AlertRead, Need::Alert),
            (Action::DocumentRead, Need::Document),
        ] {
            if may(action) {
                scoped.push(need);
            }
        }
        let mut own = Vec::new();
        // A task is its assignee's wherever it is.
        if may(Action::TaskOwn) {
            own.push(Need::Case);
        }
        if may(Action::ReportReadOwn) && !may(Action::ReportRead) && !may(Action::AlertRead) {
            own.push(Need::Report);
        }
        // Whose roles reach some units only reads the register as far as these; found is then what is their own.
        let every_asset = may(Action::AssetRead) && caller.all_units;
        if (may(Action::AssetReadOwn) || may(Action::AssetRead)) && !every_asset {
            own.push(Need::Asset);
        }
        Self {
            named: if may(Action::CaseRead) {
                Vec::new()
            } else {
                vec![Need::Case]
            },
            scoped,
            own,
            assets: every_asset,
            traces: may(Action::CaseRead) || may(Action::AlertRead),
        }
    }

    /// Whether a caller may find things of a kind at all.
    #[must_use]
    pub fn has(&self, kind: FoundKind) -> bool {
        let reads = |need: Need| {
            [&self.scoped, &self.named, &self.own]
                .iter()
                .any(|needs| needs.contains(&need))
        };
        match kind {
            FoundKind::Case | FoundKind::Entry | FoundKind::Task | FoundKind::Decision => reads(Need::Case),
            FoundKind::Report | FoundKind::Message => reads(Need::Report),
            FoundKind::Alert => reads(Need::Alert),
            FoundKind::Document => reads(Need::Document),
            FoundKind::Attachment => reads(Need::Case) || reads(Need::Report) || reads(Need::Alert),
            FoundKind::Observable => self.traces,
            FoundKind::Asset => self.assets || reads(Need::Asset),
        }
    }

    /// Whether the caller finds little: what is their own, and what they are named on.
    #[must_use]
    pub const fn is_narrow(&self) -> bool {
        self.scoped.is_empty() && !self.assets && !self.traces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_recognised_in_any_spelling() {
        let number = |text: &str| Some(Named::Number(text.to_owned()));
        for (typed, expect) in [
            ("INC-2026-0001", number("INC-2026-0001")),
            (" inc-2026-1 ", number("INC-2026-0001")),
            ("ＲＰＴ－２０２６－０１４２", number("RPT-2026-0142")),
            ("DOC-2026-12345", number("DOC-2026-12345")),
            (
                "0190A8B2-0000-7000-8000-000000000000",
                Some(Named::Id("0190a8b2-0000-7000-8000-000000000000".to_owned())),
            ),
            ("INC-2026", None),
            ("INC-2026-0001 x", None),
            ("INC-26-1", None),
            ("2026-11-20", None),
            ("-INC-2026-0001", None),
            ("CVE-2026-0001-2", None),
            ("", None),
        ] {
            assert_eq!(named(typed), expect, "{typed}");
        }
    }

    #[test]
    fn an_address_is_found_however_it_is_written() {
        let shown = |typed: &str| {
            parse(typed)
                .clauses()
                .iter()
                .map(|clause| clause.alternatives()[0].tokens().join(" "))
                .collect::<Vec<_>>()
        };
        for typed in [
            "evil.example/a",
            "hxxp://evil[.]example/a",
            "https://evil.example/a",
            "HXXPS://evil(.)example/a",
            "http://evil[.]example/a",
        ] {
            assert_eq!(shown(typed), ["evil example a"], "{typed}");
        }
        assert_eq!(shown("x://y http"), ["x", "y", "http"]);
        assert_eq!(shown("://"), Vec::<String>::new());
    }

    #[test]
    fn the_time_is_in_the_identifier() {
        let id = Id::<kind::Entry>::from_parts(1_795_111_920_123, [7; 10]);
        assert_eq!(made_at(&id.to_string()).as_millis(), 1_795_111_920_123);
        assert_eq!(made_at("x").as_millis(), 0);
    }

    #[test]
    fn expressions_name_the_kinds_and_negate() {
        let expression = |typed: &str, kinds: &[FoundKind], in_pieces| {
            expressions(&SearchQuery::parse(typed), kinds, in_pieces).whole
        };
        assert_eq!(expression("a", &[], false), "(\"a\")");
        assert_eq!(
            expression("a b", &[FoundKind::Case, FoundKind::Task], false),
            "(zykindcase OR zykindtask) AND ((\"a\") AND (\"b\"))"
        );
        assert_eq!(expression("-a", &[], false), "zyany NOT ((\"a\"))");
        assert_eq!(
            expression("-a", &[FoundKind::Case], true),
            "('zykindcase') & !(('a'))"
        );
        assert_eq!(expression("", &[], true), "'zyany'");
    }

    #[test]
    fn no_word_of_a_person_is_one_of_our_marks() {
        for typed in ["zyany", "ZYKINDCASE", "zyany*", "zy*"] {
            let query = SearchQuery::parse(typed);
            let tokens = query.clauses()[0].alternatives()[0].tokens();
            assert!(tokens.iter().all(|token| token.starts_with("zz")), "{tokens:?}");
        }
        let one = SearchQuery::parse("z*");
        assert_eq!(
            one.clauses()[0].alternatives()[0].tokens(),
            ["zz"],
            "a prefix of z is none of ours"
        );
    }
}
