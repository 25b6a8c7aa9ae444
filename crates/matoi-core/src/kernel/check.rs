//! Checking what was sent: every wrong field is named at once, so that a form is corrected in one go.

use matoi_types::Timestamp;

use super::{Error, FieldError, Message, Result};

/// Collects what is wrong with the fields of one input.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Nothing is wrong yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds something wrong at `pointer`.
    pub fn wrong(&mut self, pointer: &str, message: Message) -> &mut Self {
        self.0.push(FieldError::new(pointer, message));
        self
    }

    /// Adds something wrong at `pointer` when `bad` holds.
    pub fn wrong_if(&mut self, bad: bool, pointer: &str, key: &'static str) -> &mut Self {
        if bad {
            self.wrong(pointer, Message::new(key));
        }
        self
    }

    /// A list of at most `max` entries.
    pub fn at_most(&mut self, pointer: &str, entries: usize, max: usize) -> &mut Self {
        if entries > max {
            self.wrong(pointer, too_many(max));
        }
        self
    }

    /// A time that lies at most `seconds` after `now`: clocks of machines differ a little.
    pub fn not_ahead(&mut self, pointer: &str, at: Timestamp, now: Timestamp, seconds: i64) -> &mut Self {
        if at > now.plus_seconds(seconds) {
            let message = if seconds < 7200 {
                Message::new("error-future").with("minutes", seconds / 60)
            } else {
                Message::new("error-future-hours").with("hours", seconds / 3600)
            };
            self.wrong(pointer, message);
        }
        self
    }

    /// A text that must be there, of at most `max` characters, on one line. Gives it trimmed.
    pub fn line(&mut self, pointer: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        self.wrong_if(text.is_empty(), pointer, "error-required");
        self.optional_line(pointer, text, max)
    }

    /// A text that may be empty, of at most `max` characters, on one line. Gives it trimmed.
    pub fn optional_line(&mut self, pointer: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        self.wrong_if(text.contains(['\n', '\r', '\0']), pointer, "error-one-line");
        self.too_long(pointer, text, max);
        text.to_owned()
    }

    /// A text of several lines that may be empty, of at most `max` characters. Line ends become `\n`.
    pub fn text(&mut self, pointer: &str, text: &str, max: usize) -> String {
        self.wrong_if(text.contains('\0'), pointer, "error-control-character");
        self.too_long(pointer, text, max);
        text.replace("\r\n", "\n").trim_end().to_owned()
    }

    /// A text of several lines that must be there.
    pub fn required_text(&mut self, pointer: &str, text: &str, max: usize) -> String {
        self.wrong_if(text.trim().is_empty(), pointer, "error-required");
        self.text(pointer, text, max)
    }

    /// Reads a value by its type, naming what is allowed when it cannot be read.
    pub fn parsed<T: std::str::FromStr>(
        &mut self,
        pointer: &str,
        text: &str,
        key: &'static str,
    ) -> Option<T> {
        let parsed = text.trim().parse().ok();
        self.wrong_if(parsed.is_none(), pointer, key);
        parsed
    }

    /// A mail address that may be empty: something before and something after one `@`.
    pub fn mail(&mut self, pointer: &str, text: &str) -> String {
        let text = self.optional_line(pointer, text, 254);
        let plausible = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(char::is_whitespace)
        });
        self.wrong_if(!text.is_empty() && !plausible, pointer, "error-mail-address");
        text
    }

    /// An IANA time zone.
    pub fn zone(&mut self, pointer: &str, text: &str) -> String {
        let text = text.trim();
        self.wrong_if(jiff::tz::TimeZone::get(text).is_err(), pointer, "error-zone");
        text.to_owned()
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn are_fine(&self) -> bool {
        self.0.is_empty()
    }

    /// Stops here if anything is wrong.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every wrong field.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }

    fn too_long(&mut self, pointer: &str, text: &str, max: usize) {
        if text.len() > max && text.chars().count() > max {
            self.wrong(pointer, Message::new("error-too-long").with("max", max as i64));
        }
    }
}

/// Says how many entries are accepted.
#[must_use]
pub fn too_many(max: usize) -> Message {
    Message::new("error-too-many").with("max", max)
}

#[cfg(test)]
mod tests {
    use matoi_types::Lang;

    use super::*;
    use crate::kernel::words::Words;

    #[test]
    fn a_limit_is_said_with_its_figure() {
        let now = Timestamp::from_micros(0);
        let mut fields = Fields::new();
        fields.at_most("/tags", 100, 100).at_most("/tags", 101, 100);
        for (ahead, allowed) in [(300, 300), (301, 300), (86_400, 86_400), (86_401, 86_400)] {
            fields.not_ahead("/at", now.plus_seconds(ahead), now, allowed);
        }
        let said: Vec<_> = fields
            .0
            .iter()
            .map(|field| Words::get().say(Lang::En, &field.message))
            .collect();
        assert_eq!(
            said,
            [
                "At most 100 entries",
                "This lies in the future. Up to 5 minutes ahead are accepted",
                "This lies in the future. Up to 24 hours ahead are accepted",
            ]
        );
    }
}
