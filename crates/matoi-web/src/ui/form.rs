//! What is wrong with a form, beside each field and summed up at its head.

use axum::http::StatusCode;
use matoi_core::kernel::words::Words;
use matoi_core::{Error, Message};
use matoi_types::Lang;

use crate::http::error::WebError;

/// The errors of one form, in the reader's language.
#[derive(Debug, Clone, Default)]
pub struct FieldErrors {
    list: Vec<(String, String)>,
    status: StatusCode,
}

impl FieldErrors {
    /// No errors: a fresh form.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Takes an error that belongs beside the form's fields or at its head; others go their way to the error page.
    ///
    /// # Errors
    /// What is not the form's business.
    pub fn from_error(error: Error, lang: Lang) -> Result<Self, WebError> {
        let status = crate::http::error::status(&error);
        let say = |message: &Message| Words::get().say(lang, message);
        let list = match &error {
            Error::Invalid(fields) => fields
                .iter()
                .map(|field| (field.pointer.clone(), say(&field.message)))
                .collect(),
            Error::Exists(field) => vec![(field.pointer.clone(), say(&field.message))],
            Error::Rule(message) => vec![(String::new(), say(message))],
            Error::Rules(messages) => messages
                .iter()
                .map(|message| (String::new(), say(message)))
                .collect(),
            // Somebody was first. The form comes back with the version of now: sending it again is a decision.
            Error::Stale { .. } => vec![(String::new(), say(&Message::new("problem-stale-detail")))],
            Error::TooMany { retry_after } => {
                let message = Message::new("problem-too-many-detail").with("seconds", *retry_after);
                vec![(String::new(), say(&message))]
            }
            _ => return Err(WebError(error)),
        };
        Ok(Self { list, status })
    }

    /// The same for a form whose page shows what the thing is now: that somebody else changed it first stands at its head,
    /// and what was typed stays. Gives the version now, for the next try.
    ///
    /// # Errors
    /// What is not the form's business.
    pub fn or_stale(error: Error, lang: Lang) -> Result<(Self, Option<i64>), WebError> {
        if let Error::Stale { current } = &error {
            let text = Words::get().text(lang, "problem-stale-detail");
            let errors = Self {
                list: vec![(String::new(), text)],
                status: crate::http::error::status(&error),
            };
            return Ok((errors, Some(*current)));
        }
        Self::from_error(error, lang).map(|errors| (errors, None))
    }

    /// Whether anything is wrong.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.list.is_empty()
    }

    /// How many things are wrong.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.list.len() as i64
    }

    /// What is wrong with the field at a pointer, or with an entry of the list that it holds.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&str> {
        let is_inside = |at: &str| {
            at.strip_prefix(pointer)
                .is_some_and(|rest| rest.starts_with('/') && !pointer.is_empty())
        };
        self.list
            .iter()
            .find(|(at, _)| at == pointer)
            .or_else(|| self.list.iter().find(|(at, _)| is_inside(at)))
            .map(|(_, text)| text.as_str())
    }

    /// Everything, as pairs of the field's element id and the text, for the summary at the head of the form.
    pub fn all(&self) -> impl Iterator<Item = (String, &str)> {
        self.list
            .iter()
            .map(|(pointer, text)| (field_id(pointer), text.as_str()))
    }

    /// The status of the refused form.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

/// The id of the element that holds the field at a pointer: `/organisation/name/ja` is `f-organisation-name-ja`,
/// and so is an entry of a list that is one field, `/own_domains/0`, the field of the whole list.
#[must_use]
pub fn field_id(pointer: &str) -> String {
    let field = match pointer.rsplit_once('/') {
        Some((list, entry)) if !entry.is_empty() && entry.bytes().all(|b| b.is_ascii_digit()) => list,
        _ => pointer,
    };
    format!("f{}", field.replace(['/', '_'], "-"))
}

/// The entries of a field with one a line, or separated by commas and blanks.
#[must_use]
pub fn entries(text: &str) -> Vec<String> {
    text.split(['\n', ',', ' ', '\u{3000}'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}
