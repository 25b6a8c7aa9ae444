//! Rules of mail: pure functions.

use matoi_mail::{AutomaticSign, DatePlausibility, ParsedMail};
use matoi_types::{Lang, Timestamp};

use super::model::Envelope;

/// Characters of a mail that its report shows; the original has the rest.
const MAX_TEXT: usize = 50_000;
/// The line that stands before a forwarded mail.
const INNER_MARK: &str = "――――――――――――――――";

/// What a mail says: its own text, then every forwarded mail under its first lines. The names of header fields belong to no
/// language, so every reader understands them.
#[must_use]
pub fn readable_text(mail: &ParsedMail) -> String {
    let mut text = mail.body.readable().trim().to_owned();
    let all = mail.mails_in_tree();
    for (number, inner) in all.iter().skip(1).enumerate() {
        if text.len() > MAX_TEXT * 4 {
            break;
        }
        let headers = &inner.headers;
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&format!("{INNER_MARK}\n[message/rfc822 {}]\n", number + 1));
        for mailbox in headers.from.iter().take(3) {
            let (name, address) = (
                mailbox.name.as_deref().unwrap_or_default(),
                mailbox.address.as_deref().unwrap_or_default(),
            );
            text.push_str(&format!("From: {name} <{address}>\n"));
        }
        if let Some(subject) = &headers.subject {
            text.push_str(&format!("Subject: {subject}\n"));
        }
        if let Some(date) = &headers.date {
            text.push_str(&format!("Date: {}\n", date.at));
        }
        text.push('\n');
        text.push_str(inner.body.readable().trim());
    }
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .take(MAX_TEXT + 1)
        .collect();
    if text.chars().count() > MAX_TEXT {
        let mut cut: String = text.chars().take(MAX_TEXT - 4).collect();
        cut.push_str("\n[…]");
        return cut;
    }
    text
}

/// The language a text is written in: Japanese where it has kana, or Chinese characters and no kana; else English. None when
/// it has no letters to tell by.
#[must_use]
pub fn language(text: &str) -> Option<Lang> {
    let (mut kana, mut han, mut latin) = (0_u32, 0_u32, 0_u32);
    for c in text.chars().take(20_000) {
        match c {
            '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => kana += 1,
            '\u{3400}'..='\u{9fff}' => han += 1,
            c if c.is_alphabetic() => latin += 1,
            _ => {}
        }
    }
    if kana > 1 || han > 1 {
        Some(Lang::Ja)
    } else if latin > 0 {
        Some(Lang::En)
    } else {
        None
    }
}

/// Whether a program answered by itself: an automatic reply, a report about delivery or reading. What comes over a list, from a
/// monitoring system, as a complaint about abuse or from an address that takes no answers is something that somebody wants the
/// desk to know, and no such thing; in doubt it is not.
#[must_use]
pub fn is_automatic(mail: &ParsedMail, envelope: &Envelope) -> bool {
    let signs = &mail.headers.automatic;
    let says_so = signs.iter().any(|sign| match sign {
        AutomaticSign::AutoSubmitted { value } => value.starts_with("auto-replied"),
        AutomaticSign::Precedence { value } => value == "auto_reply",
        AutomaticSign::Report => reports_delivery(mail),
        _ => false,
    });
    let null_sender = envelope.sender.as_deref().is_some_and(str::is_empty)
        || signs.contains(&AutomaticSign::NullReturnPath);
    let answers = !mail.headers.in_reply_to.is_empty()
        || signs
            .iter()
            .any(|sign| matches!(sign, AutomaticSign::AutoSubmitted { .. }));
    says_so || null_sender && answers
}

/// Whether a `multipart/report` (RFC 6522) is about delivery or reading. Those about abuse (RFC 5965) are meant for the desk.
fn reports_delivery(mail: &ParsedMail) -> bool {
    let content_type = mail
        .raw_headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-type"))
        .map(|header| header.value.to_lowercase())
        .unwrap_or_default();
    ["delivery-status", "disposition-notification"]
        .iter()
        .any(|kind| content_type.contains(kind))
}

/// When it was sent, if that can be true.
pub(super) fn sent_at(mail: &ParsedMail) -> Option<Timestamp> {
    let date = mail.headers.date.as_ref()?;
    (date.plausibility == DatePlausibility::Plausible).then_some(date.at)
}

/// Identifiers of earlier mails that it refers to, nearest first; for a bounce also those of what could not be delivered.
pub(super) fn refers_to(mail: &ParsedMail) -> Vec<String> {
    let headers = &mail.headers;
    let mut ids: Vec<String> = headers
        .in_reply_to
        .iter()
        .chain(headers.references.iter().rev())
        .cloned()
        .collect();
    if mail.headers.automatic.contains(&AutomaticSign::Report) {
        ids.extend(
            mail.inner
                .iter()
                .filter_map(|inner| inner.headers.message_id.clone()),
        );
    }
    ids.retain(|id| !id.is_empty() && id.len() <= 500);
    ids.truncate(20);
    ids
}

/// Whether it brings a file that a password locks.
pub(super) fn has_locked_file(mail: &ParsedMail) -> bool {
    mail.attachments_in_tree()
        .any(|attachment| super::sheet::facts(attachment).is_encrypted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_told_by_the_letters() {
        for (text, expect) in [
            ("これはテストです", Some(Lang::Ja)),
            ("緊急 連絡", Some(Lang::Ja)),
            ("ﾃｽﾄです", Some(Lang::Ja)),
            ("Please see the ア attached", Some(Lang::En)),
            ("Bonjour à tous", Some(Lang::En)),
            ("2026-11-20 03:12", None),
            ("", None),
        ] {
            assert_eq!(language(text), expect, "{text}");
        }
    }
}
