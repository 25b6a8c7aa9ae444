//! Address lists (RFC 5322 3.4 and its obsolete forms), read so that no address is glued together from two.

use serde::{Deserialize, Serialize};

use super::words;

/// One entry of an address field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Display name, decoded.
    pub name: Option<String>,
    /// Address as written, without angle brackets and source route. `None` if the entry is only a name.
    pub address: Option<String>,
    /// Name of the group the entry stands in. A group without members gives one entry with only this.
    pub group: Option<String>,
    /// The display name shows an address, and not the one the mail comes from or goes to.
    pub name_shows_other_address: bool,
}

/// A parsed address field.
#[derive(Debug, Default)]
pub(crate) struct AddressField {
    pub(crate) mailboxes: Vec<Mailbox>,
    pub(crate) is_ambiguous: bool,
    pub(crate) has_bad_word: bool,
    pub(crate) reached_limit: bool,
}

/// Parses the text of an address field, keeping at most `max` entries.
pub(crate) fn parse(text: &str, max: usize) -> AddressField {
    let masked = words::mask(text);
    let mut parser = Parser {
        masked: &masked,
        max,
        field: AddressField {
            has_bad_word: masked.has_bad_word,
            ..AddressField::default()
        },
        words: Vec::new(),
        comment: String::new(),
        angles: Vec::new(),
        group: None,
        group_is_empty: true,
        unclosed: Unclosed::default(),
    };
    parser.run(&masked.text);
    parser.field
}

struct Parser<'a> {
    masked: &'a words::Masked,
    max: usize,
    field: AddressField,
    words: Vec<String>,
    comment: String,
    angles: Vec<String>,
    group: Option<String>,
    group_is_empty: bool,
    /// Kinds of bracket that were once found not to close. They are then ordinary characters: looking for the end again at each
    /// of them would cost the square of the length.
    unclosed: Unclosed,
}

#[derive(Default)]
struct Unclosed {
    quote: bool,
    comment: bool,
    angle: bool,
}

impl Parser<'_> {
    fn run(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if self.field.reached_limit {
                return;
            }
            let tail = rest.get(c.len_utf8()..).unwrap_or_default();
            rest = match c {
                '"' if !self.unclosed.quote => self.quoted(tail),
                '(' if !self.unclosed.comment => self.comment(tail),
                '<' => self.angle(tail),
                ',' => {
                    self.end_mailbox();
                    tail
                }
                ';' => {
                    self.end_mailbox();
                    self.end_group();
                    tail
                }
                ':' if self.begins_group() => tail,
                c if c.is_whitespace() => tail,
                _ => self.atom(rest),
            };
        }
        self.end_mailbox();
        self.end_group();
    }

    /// After the opening quote.
    fn quoted<'t>(&mut self, tail: &'t str) -> &'t str {
        let mut out = String::new();
        let mut chars = tail.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => {
                    if let Some((_, escaped)) = chars.next() {
                        out.push(escaped);
                    }
                }
                '"' => {
                    let after = tail.get(at.saturating_add(1)..).unwrap_or_default();
                    // A quoted local part: the quotes belong to the address.
                    if after.starts_with('@') {
                        let (domain, rest) = split_atom(after);
                        self.words.push(format!("\"{out}\"{domain}"));
                        return rest;
                    }
                    self.words.push(quoted_word(&out));
                    return after;
                }
                _ => out.push(c),
            }
        }
        self.field.is_ambiguous = true;
        self.unclosed.quote = true;
        tail
    }

    /// After the opening parenthesis.
    fn comment<'t>(&mut self, tail: &'t str) -> &'t str {
        let mut depth = 1_usize;
        for (at, c) in tail.char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let (inside, rest) = tail.split_at_checked(at).unwrap_or((tail, ""));
                if !self.comment.is_empty() {
                    self.comment.push(' ');
                }
                self.comment.push_str(inside.trim());
                return rest.get(1..).unwrap_or_default();
            }
        }
        self.field.is_ambiguous = true;
        self.unclosed.comment = true;
        tail
    }

    /// After the opening angle bracket.
    fn angle<'t>(&mut self, tail: &'t str) -> &'t str {
        let end = if self.unclosed.angle { None } else { tail.find('>') };
        let (inside, rest) = match end {
            Some(at) => (
                tail.get(..at).unwrap_or_default(),
                tail.get(at.saturating_add(1)..).unwrap_or_default(),
            ),
            None => {
                self.field.is_ambiguous = true;
                self.unclosed.angle = true;
                let end = tail.find(',').unwrap_or(tail.len());
                tail.split_at_checked(end).unwrap_or((tail, ""))
            }
        };
        let inside = inside.trim();
        // A source route (RFC 5321 appendix C) says nothing about who it is.
        let address = match inside.strip_prefix('@').and_then(|route| route.split_once(':')) {
            Some((_, address)) => address,
            None => inside,
        };
        if address.matches('@').count() > 1 || address.contains(['<', '"']) && !address.starts_with('"') {
            self.field.is_ambiguous = true;
        }
        if !address.is_empty() {
            self.angles
                .push(address.chars().filter(|c| !c.is_whitespace()).collect());
        }
        rest
    }

    fn atom<'t>(&mut self, text: &'t str) -> &'t str {
        let (atom, rest) = split_atom(text);
        if atom.is_empty() {
            // A character that nothing begins with, such as a lone '>'.
            self.field.is_ambiguous = true;
            let skip = text.chars().next().map_or(1, char::len_utf8);
            return text.get(skip..).unwrap_or_default();
        }
        self.words.push(atom.to_owned());
        rest
    }

    /// At a colon: whether what was read is the name of a group.
    fn begins_group(&mut self) -> bool {
        let is_scheme = matches!(self.words.as_slice(), [word] if word.eq_ignore_ascii_case("mailto"));
        if is_scheme {
            self.words.clear();
            self.field.is_ambiguous = true;
            return true;
        }
        if self.group.is_some() || self.words.is_empty() || !self.angles.is_empty() {
            return false;
        }
        let name = self.reveal(&self.words.join(" "));
        self.group = Some(name);
        self.group_is_empty = true;
        self.words.clear();
        self.comment.clear();
        true
    }

    fn end_group(&mut self) {
        if let Some(group) = self.group.take()
            && self.group_is_empty
        {
            self.push(Mailbox {
                group: Some(group),
                ..Mailbox::default()
            });
        }
    }

    fn end_mailbox(&mut self) {
        let words = std::mem::take(&mut self.words);
        let mut angles = std::mem::take(&mut self.angles);
        let comment = std::mem::take(&mut self.comment);
        let mut name_words = words;
        if angles.is_empty() {
            // Without angle brackets every word with an at sign is an address of its own.
            let (addresses, names): (Vec<String>, Vec<String>) = name_words
                .into_iter()
                .partition(|word| word.contains('@') && !word.contains(QUOTED));
            angles = addresses;
            name_words = names;
        }
        let mut name = self.reveal(&name_words.join(" "));
        if name.is_empty() {
            name = self.reveal(&comment);
        }
        let name = Some(name).filter(|name| !name.is_empty());
        if angles.len() > 1 {
            self.field.is_ambiguous = true;
        }
        if angles.is_empty() {
            if name.is_some() {
                self.push(Mailbox {
                    name,
                    ..Mailbox::default()
                });
            }
            return;
        }
        for address in angles {
            let address = self.reveal(&address);
            let name_shows_other_address = name
                .as_deref()
                .is_some_and(|name| shows_other_address(name, &address));
            self.push(Mailbox {
                name: name.clone(),
                address: Some(address).filter(|address| !address.is_empty()),
                group: self.group.clone(),
                name_shows_other_address,
            });
        }
    }

    fn push(&mut self, mailbox: Mailbox) {
        if self.field.mailboxes.len() >= self.max {
            self.field.reached_limit = true;
            return;
        }
        self.group_is_empty = false;
        self.field.mailboxes.push(Mailbox {
            group: mailbox.group.or_else(|| self.group.clone()),
            ..mailbox
        });
    }

    fn reveal(&self, piece: &str) -> String {
        words::clean(&self.masked.reveal(&piece.replace(QUOTED, "")))
    }
}

/// Stands at the beginning of a word that was quoted, so that an at sign in it makes no address. It cannot come from the field:
/// masking has replaced the characters of that plane.
const QUOTED: char = '\u{10FFFD}';

fn quoted_word(text: &str) -> String {
    format!("{QUOTED}{text}")
}

fn split_atom(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|(at, c)| {
            c.is_whitespace()
                || matches!(c, '"' | '(' | '<' | '>' | ',' | ';')
                || (*c == ':' && !text.get(..*at).unwrap_or_default().contains('['))
        })
        .map_or(text.len(), |(at, _)| at);
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Whether a display name contains something like an address that is not `address`.
fn shows_other_address(name: &str, address: &str) -> bool {
    name.split(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | '\'' | ',' | ';' | '[' | ']')
    })
    .filter(|word| {
        word.split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    })
    .any(|word| !word.trim_end_matches('.').eq_ignore_ascii_case(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let field = parse(text, 10);
        let mut out: Vec<String> = field
            .mailboxes
            .iter()
            .map(|m| {
                let mark = if m.name_shows_other_address { "!" } else { "" };
                let group = m.group.as_ref().map(|g| format!("{g}:")).unwrap_or_default();
                format!(
                    "{group}{}<{}>{mark}",
                    m.name.as_deref().unwrap_or_default(),
                    m.address.as_deref().unwrap_or_default()
                )
            })
            .collect();
        if field.is_ambiguous {
            out.push("ambiguous".to_owned());
        }
        out.join(" | ")
    }

    fn check(text: &str, expect: &str) {
        assert_eq!(show(text), expect, "{text:?}");
    }

    #[test]
    fn lawful_forms() {
        check("a@b.example", "<a@b.example>");
        check(
            "A B <a@b.example>, \"C, D\" <c@d.example>",
            "A B<a@b.example> | C, D<c@d.example>",
        );
        check("a@b.example (A B)", "A B<a@b.example>");
        check("\"odd local\"@b.example", "<\"odd local\"@b.example>");
        check("\"a\\\"b\" <a@b.example> (comment)", "a\"b<a@b.example>");
        check("=?utf-8?B?5bGx55Sw?= <a@b.example>", "山田<a@b.example>");
        check(
            "\"=?utf-8?Q?a=3Cx=40y=3E=2C?=\" <a@b.example>",
            "a<x@y>,<a@b.example>",
        );
        check("山田 太郎 <a@b.example>", "山田 太郎<a@b.example>");
        check(
            "G: a@b.example, c@d.example;, e@f.example",
            "G:<a@b.example> | G:<c@d.example> | <e@f.example>",
        );
        check("undisclosed-recipients:;", "undisclosed-recipients:<>");
        check("<@relay.example:a@b.example>", "<a@b.example>");
        check("a@[IPv6:2001:db8::1]", "<a@[IPv6:2001:db8::1]>");
        check("<>", "");
        check("", "");
    }

    #[test]
    fn hostile_forms_do_not_glue_addresses() {
        check(
            "<a@b.example> <c@d.example>",
            "<a@b.example> | <c@d.example> | ambiguous",
        );
        check(
            "a@b.example c@d.example",
            "<a@b.example> | <c@d.example> | ambiguous",
        );
        check(
            "\"ceo@corp.example\" <evil@x.example>",
            "ceo@corp.example<evil@x.example>!",
        );
        check(
            "ceo@corp.example <evil@x.example>",
            "ceo@corp.example<evil@x.example>!",
        );
        check(
            "evil@x.example <evil@x.example>",
            "evil@x.example<evil@x.example>",
        );
        check("\"open <a@b.example>", "open<a@b.example> | ambiguous");
        check("A <a@b.example", "A<a@b.example> | ambiguous");
        check("<a@b@c.example>", "<a@b@c.example> | ambiguous");
        check("A, <a@b.example>", "A<> | <a@b.example>");
        check("a@b.example> x", "x<a@b.example> | ambiguous");
        check("mailto:a@b.example", "<a@b.example> | ambiguous");
        check("a@b.example; c@d.example", "<a@b.example> | <c@d.example>");
    }

    #[test]
    fn the_limit_holds() {
        let field = parse(&"a@b.example,".repeat(30), 10);
        assert_eq!((field.mailboxes.len(), field.reached_limit), (10, true));
    }
}
