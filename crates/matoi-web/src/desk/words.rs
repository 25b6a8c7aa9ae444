//! What the pages say in words: marks of files, ways to reach somebody, states.

use askama::filters::Safe;
use matoi_core::desk::{DeskItem, ItemKind, ItemState};
use matoi_core::files::{Attachment, FileFacts};
use matoi_core::kernel::message::Arg;
use matoi_core::kernel::words::Words;
use serde::Serialize;
use serde_json::Value as Json;

use crate::ui::{Markup, Ui};

/// Something a reader must know of a file before touching it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileMark {
    /// `crit`, `high` or `mid`.
    pub(super) class: &'static str,
    /// In words.
    pub(super) text: String,
}

/// What is to be known of a file, the gravest first.
pub(super) fn file_marks(ui: &Ui, file: &Attachment) -> Vec<FileMark> {
    let FileFacts {
        sniffed,
        archive,
        name,
    } = &file.facts;
    let mut marks = Vec::new();
    let mut mark = |class, text: String| {
        let new = FileMark { class, text };
        if !marks.contains(&new) {
            marks.push(new);
        }
    };
    if let Some(sniffed) = sniffed {
        if sniffed.dangerous {
            mark("crit", ui.t("desk-file-dangerous"));
        }
        if sniffed.contradicts_name {
            let kind = sniffed.media_type.as_str();
            mark("crit", ui.t1("desk-file-contradicts-name", "kind", kind));
        }
        if sniffed.active_content == Some(true) {
            mark("crit", ui.t("desk-file-active"));
        }
    }
    if let Some(name) = name {
        for found in &name.marks {
            mark("high", tagged(ui, found, |key| format!("desk-file-name-{key}")));
        }
    }
    if let Some(archive) = archive {
        for found in archive.suspicious.iter().take(8) {
            mark(
                "high",
                tagged(ui, found, |key| format!("desk-file-archive-{key}")),
            );
        }
    }
    if file.encrypted {
        mark("high", ui.t("desk-file-encrypted"));
    }
    match sniffed {
        None => mark("mid", ui.t("desk-file-not-inspected")),
        Some(sniffed) if sniffed.contradicts_declared && !sniffed.contradicts_name => {
            mark("mid", ui.t("desk-file-contradicts-declared"));
        }
        Some(_) => {}
    }
    marks
}

/// A finding that serialises as `{"key": …, arguments}`: its key names the message.
fn tagged(ui: &Ui, finding: &impl Serialize, name: impl Fn(&str) -> String) -> String {
    let value = serde_json::to_value(finding).unwrap_or_default();
    let key = value.get("key").and_then(Json::as_str).unwrap_or("other");
    let args: Vec<(&str, Arg)> = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "key")
        .map(|(name, value)| {
            let arg = match value {
                Json::Number(number) => Arg::Int(number.as_i64().unwrap_or(i64::MAX)),
                Json::String(text) => Arg::Text(text.clone()),
                other => Arg::Text(other.to_string()),
            };
            (name.as_str(), arg)
        })
        .collect();
    let args: Vec<(&str, &Arg)> = args.iter().map(|(name, arg)| (*name, arg)).collect();
    Words::get().format(ui.lang, &name(&key.replace('_', "-")), &args)
}

/// How somebody can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Contact {
    /// By telephone: what follows `tel:`.
    Telephone(String),
    /// By mail: what follows `mailto:`.
    Mail(String),
    /// Some other way.
    Other,
}

/// Reads a telephone number or a mail address from what somebody typed; anything else stays what it is.
pub(super) fn contact(text: &str) -> Contact {
    use std::borrow::Cow;
    let text = text.trim();
    let blank = text.contains(char::is_whitespace);
    if let Some((local, domain)) = text.split_once('@')
        && !blank
        && !local.is_empty()
        && domain.contains('.')
        && text.is_ascii()
        && !text.contains(['?', '&', ',', ';', '<', '>', '"'])
    {
        return Contact::Mail(text.to_owned());
    }
    let mut rest: Cow<'_, str> = Cow::Borrowed(text);
    for word in [
        "内線", "外線", "電話", "携帯", "ext.", "ext", "TEL", "Tel", "tel", "Phone", "phone",
    ] {
        if rest.contains(word) {
            rest = Cow::Owned(rest.replace(word, " "));
        }
    }
    let mut number = String::new();
    for c in rest.chars() {
        match c {
            '0'..='9' => number.push(c),
            '０'..='９' => number.extend(char::from_digit(c as u32 - '０' as u32, 10)),
            '+' if number.is_empty() => number.push('+'),
            ' ' | '\u{3000}' | '-' | '(' | ')' | '.' | ':' | '：' | '‐' | '－' | 'ー' => {}
            _ => return Contact::Other,
        }
    }
    if (3..=16).contains(&number.len()) {
        Contact::Telephone(number)
    } else {
        Contact::Other
    }
}

impl Ui {
    /// A telephone number or mail address as a link, anything else as text.
    #[must_use]
    pub fn contact(&self, text: &str) -> Markup {
        let shown = escape(text);
        Safe(match contact(text) {
            Contact::Telephone(number) => {
                format!("<a href=\"tel:{number}\">{}{shown}</a>", self.icon("phone").0)
            }
            Contact::Mail(address) => {
                format!(
                    "<a href=\"mailto:{}\">{}{shown}</a>",
                    escape(&address),
                    self.icon("mail").0
                )
            }
            Contact::Other => format!("<bdi>{shown}</bdi>"),
        })
    }

    /// How far a report or an alert has come, as a mark.
    #[must_use]
    pub fn item_state(&self, item: &DeskItem) -> Markup {
        match item.state {
            _ if item.merged_into.is_some() => self.state("off", "desk-state-merged"),
            ItemState::New => self.state("new", "desk-state-new"),
            ItemState::Acknowledged => self.state("doing", "desk-state-acknowledged"),
            ItemState::Triaged if item.kind == ItemKind::Report && item.answered_at.is_none() => {
                self.state("wait", "desk-state-unanswered")
            }
            ItemState::Triaged => self.state("doing", "desk-state-triaged"),
            ItemState::Closed => self.state("done", "desk-state-closed"),
        }
    }

    /// How far a report has come, as its reporter is told.
    #[must_use]
    pub fn own_state(&self, item: &DeskItem) -> Markup {
        match item.state {
            ItemState::Closed => self.state("done", "own-state-closed"),
            _ if item.answered_at.is_some() => self.state("done", "own-state-answered"),
            ItemState::New => self.state("new", "own-state-new"),
            ItemState::Acknowledged | ItemState::Triaged => self.state("doing", "own-state-handling"),
        }
    }

    /// Who or what handed it in: the words for what the program names itself, the sender's own name otherwise.
    #[must_use]
    pub fn item_source(&self, item: &DeskItem) -> String {
        if item.source == item.channel.as_str() {
            self.named("desk-channel-", item.channel)
        } else {
            item.source.clone()
        }
    }

    /// Where the page of a report or an alert is.
    #[must_use]
    pub fn item_path(&self, item: &DeskItem) -> String {
        self.to(format!("/{}s/{}", item.kind.as_str(), item.id))
    }
}

/// Text as HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_is_called_or_mailed_only_when_it_is_clear() {
        let tel = |number: &str| Contact::Telephone(number.to_owned());
        for (text, expect) in [
            ("内線 7119", tel("7119")),
            ("０９０－１２３４－５６７８", tel("09012345678")),
            ("+81 (3) 1234-5678", tel("+81312345678")),
            (
                "yamada@minatono.example",
                Contact::Mail("yamada@minatono.example".to_owned()),
            ),
            ("yamada@minatono.example?subject=x", Contact::Other),
            ("javascript:alert(1)", Contact::Other),
            ("山田の席", Contact::Other),
            ("12", Contact::Other),
            ("", Contact::Other),
        ] {
            assert_eq!(contact(text), expect, "{text}");
        }
    }

    #[test]
    fn escaped_text_is_text() {
        assert_eq!(
            escape("<a href='x'>&\"\0"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}"
        );
    }
}
