//! First response of employees: what somebody who notices something odd is told to do and to keep as it is.
//!
//! The categories are also the choices of the public form. Pure: reads the shipped cards and answers questions about
//! them. It decides nothing: severity and class are where the desk starts from, the triage criteria come after.

use std::sync::OnceLock;

use matoi_types::Severity;
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Message;
use crate::kernel::data::{self, Bilingual, DataError, embedded_text, line_of};
use crate::taxonomy;

/// The category of whoever does not know or finds no other; always the last.
pub const OTHER: &str = "other";

#[derive(RustEmbed)]
#[folder = "../../first_response"]
struct Files;

/// One kind of thing that somebody reports.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its identifier, like `file_locked`.
    pub id: String,
    /// The choice as the form words it.
    pub label: Bilingual,
    /// What helps to recognise it.
    #[serde(default)]
    pub hint: Option<Bilingual>,
    /// Whether machines, mails and files must stay as they are.
    pub keep_evidence: bool,
    /// How bad it looks until somebody has looked.
    #[schema(value_type = String)]
    pub severity: Severity,
    /// The class it suggests, an identifier of the taxonomy.
    pub class: String,
    /// What to do before and while reporting.
    pub before: Cards,
    /// What to do until the desk answers.
    pub after: Cards,
}

/// Two cards side by side, three to five lines each.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    /// What to do now, the most urgent first.
    #[serde(rename = "do")]
    pub to_do: Vec<Bilingual>,
    /// What to leave as it is.
    pub keep: Vec<Bilingual>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    categories: Vec<Category>,
}

/// Every category, in the order of the form; the last is [`OTHER`].
#[must_use]
pub fn categories() -> &'static [Category] {
    static CATEGORIES: OnceLock<Vec<Category>> = OnceLock::new();
    CATEGORIES.get_or_init(|| {
        let text = embedded_text(Files::get("cards.yaml")).unwrap_or_default();
        read("first_response/cards.yaml", &text).unwrap_or_else(|error| {
            tracing::error!(%error, "the first-response cards cannot be read");
            Vec::new()
        })
    })
}

/// A category by identifier.
#[must_use]
pub fn category(id: &str) -> Option<&'static Category> {
    categories().iter().find(|category| category.id == id)
}

/// Reads the YAML and checks what people and the desk rely on.
fn read(file: &str, text: &str) -> Result<Vec<Category>, DataError> {
    let categories = data::from_yaml::<File>(file, text)?.categories;
    let wrong = |key: String, message: Message, needle: &str| {
        DataError::new(file, line_of(text, needle), key, message)
    };
    for (index, category) in categories.iter().enumerate() {
        let id = &category.id;
        let (key, entry) = (format!("category {id}"), format!("id: {id}"));
        if categories.iter().take(index).any(|before| before.id == *id) {
            let message = Message::new("data-twice").with("value", id.as_str());
            return Err(wrong(key, message, &entry));
        }
        if !taxonomy::exists(&category.class) {
            let message = Message::new("data-unknown-class").with("class", category.class.as_str());
            return Err(wrong(key, message, &format!("class: {}", category.class)));
        }
        let cards = [
            ("before.do", &category.before.to_do),
            ("before.keep", &category.before.keep),
            ("after.do", &category.after.to_do),
            ("after.keep", &category.after.keep),
        ];
        for (name, lines) in cards {
            if !(3..=5).contains(&lines.len()) {
                let message = Message::new("data-first-response-lines")
                    .with("name", name)
                    .with("count", lines.len() as i64);
                return Err(wrong(key, message, &entry));
            }
        }
    }
    if categories.last().is_none_or(|last| last.id != OTHER) {
        let message = Message::new("data-first-response-last").with("id", OTHER);
        return Err(wrong("categories".to_owned(), message, "categories:"));
    }
    Ok(categories)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARDS: &str = include_str!("../../../../first_response/cards.yaml");

    #[test]
    fn the_shipped_cards_are_right_and_in_the_order_of_the_form() {
        read("first_response/cards.yaml", CARDS).unwrap_or_else(|error| panic!("{error}"));
        let ids: Vec<_> = categories().iter().map(|category| category.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "file_locked",
                "suspicious_mail",
                "lost_device",
                "misdirected",
                "suspicious_login",
                "slow_or_strange",
                "website",
                "fraud_request",
                "other"
            ]
        );
        assert_eq!(category("file_locked").unwrap().severity, Severity::Critical);
        assert!(category("nothing").is_none());
    }

    #[test]
    fn a_line_is_short_enough_to_be_understood_at_once() {
        for category in categories() {
            let cards = [&category.before, &category.after];
            for line in cards.into_iter().flat_map(|c| c.to_do.iter().chain(&c.keep)) {
                assert!(line.ja.chars().count() <= 40, "{}", line.ja);
                assert!(line.en.chars().count() <= 80, "{}", line.en);
            }
        }
    }

    #[test]
    fn evidence_that_must_stay_is_said_to_stay_before_and_after() {
        for category in categories().iter().filter(|category| category.keep_evidence) {
            for cards in [&category.before, &category.after] {
                let says_so = |line: &Bilingual| {
                    ["消さない", "切らない", "初期化しない"]
                        .iter()
                        .any(|words| line.ja.contains(words))
                };
                assert!(cards.keep.iter().any(says_so), "{}", category.id);
            }
        }
    }

    #[test]
    fn a_wrong_file_names_line_and_what_is_allowed() {
        let cases = [
            (
                "class: fraud.phishing",
                "class: fraud.fishing",
                "unknown class fraud.fishing",
            ),
            (
                "  - id: website\n",
                "  - id: misdirected\n",
                "category misdirected: misdirected stands twice",
            ),
            ("  - id: other\n", "  - id: others\n", "the last must be other"),
            ("severity: high", "severity: severe", "severe"),
            ("      keep:\n", "      kept:\n", "kept"),
        ];
        for (from, to, expect) in cases {
            let error = read("x.yaml", &CARDS.replacen(from, to, 1)).unwrap_err();
            assert!(error.problem.contains(expect) && error.line > 1, "{error}");
        }
    }
}
