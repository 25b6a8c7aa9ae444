//! `Received` fields (RFC 5321 4.4), read leniently: what each server says about where it got the mail from.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::date::{self, MailDate};

/// One hop. Only the fields added by one's own servers can be believed; everything below them is the sender's word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedHop {
    /// Name after `from`: usually what the client called itself.
    pub from: Option<String>,
    /// Address of the client as the server saw it.
    pub from_ip: Option<IpAddr>,
    /// Name of that address by reverse look-up, or the HELO name, whichever stands in the comment.
    pub from_comment: Option<String>,
    /// Server that wrote the field.
    pub by: Option<String>,
    /// Protocol or software.
    pub with: Option<String>,
    /// Queue id.
    pub id: Option<String>,
    /// Recipient.
    #[serde(rename = "for")]
    pub for_recipient: Option<String>,
    /// When, as the server says; its plausibility is not judged.
    pub date: Option<MailDate>,
}

/// Parses the text of one field; everything may be missing.
pub(crate) fn parse(text: &str) -> ReceivedHop {
    let (route, date_text) = split_date(text);
    let mut hop = ReceivedHop {
        date: date_text.and_then(date::parse),
        ..ReceivedHop::default()
    };
    let mut keyword = "";
    for token in tokens(route) {
        match token {
            Token::Comment(text) => {
                if keyword == "from" && hop.by.is_none() {
                    take_from_comment(&mut hop, text);
                }
            }
            Token::Word(word) => {
                let lower = word.to_ascii_lowercase();
                if let Some(found) = KEYWORDS.iter().find(|name| **name == lower) {
                    keyword = found;
                    continue;
                }
                take_word(&mut hop, keyword, word);
            }
        }
    }
    // What the client called itself is its own word: it counts only where the server wrote nothing better.
    hop.from_ip = hop.from_ip.or_else(|| hop.from.as_deref().and_then(parse_ip));
    hop
}

const KEYWORDS: [&str; 6] = ["from", "by", "via", "with", "id", "for"];

fn take_word(hop: &mut ReceivedHop, keyword: &str, word: &str) {
    let trimmed = word.trim_matches(['<', '>', ',']);
    match keyword {
        "from" if hop.from.is_none() => hop.from = Some(trimmed.to_owned()),
        // "[192.0.2.1]" outside the comment, as some servers write.
        "from" => hop.from_ip = hop.from_ip.or_else(|| parse_ip(trimmed)),
        "by" if hop.by.is_none() => hop.by = Some(trimmed.to_owned()),
        "with" => {
            let with = hop.with.get_or_insert_default();
            if with.len() < 60 {
                if !with.is_empty() {
                    with.push(' ');
                }
                with.push_str(word);
            }
        }
        "id" if hop.id.is_none() => hop.id = Some(trimmed.to_owned()),
        "for" if hop.for_recipient.is_none() => hop.for_recipient = Some(trimmed.to_owned()),
        _ => {}
    }
}

fn take_from_comment(hop: &mut ReceivedHop, text: &str) {
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';')) {
        let word = word.trim();
        let value = word.split_once('=').map_or(word, |(_, value)| value);
        let is_label = value.is_empty()
            || matches!(
                value.to_ascii_lowercase().as_str(),
                "helo" | "ehlo" | "may" | "be" | "forged" | "using" | "with"
            );
        if is_label {
            continue;
        }
        if let Some(ip) = parse_ip(value.rsplit('@').next().unwrap_or(value)) {
            hop.from_ip = hop.from_ip.or(Some(ip));
        } else if hop.from_comment.is_none() && value.contains('.') && !value.contains('/') {
            hop.from_comment = Some(value.to_owned());
        }
    }
}

/// `192.0.2.1`, `[192.0.2.1]`, `[IPv6:2001:db8::1]`, with or without a port.
fn parse_ip(word: &str) -> Option<IpAddr> {
    let inner = word.trim_start_matches('[');
    let inner = inner.split(']').next().unwrap_or(inner);
    let bare = match inner.get(..5) {
        Some(prefix) if prefix.eq_ignore_ascii_case("ipv6:") => inner.get(5..).unwrap_or_default(),
        _ => inner,
    };
    bare.parse().ok().or_else(|| {
        let (host, port) = bare.rsplit_once(':')?;
        port.parse::<u16>().ok()?;
        host.parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4)
    })
}

/// Splits at the last semicolon outside comments.
fn split_date(text: &str) -> (&str, Option<&str>) {
    let mut depth = 0_usize;
    let mut last = None;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => last = Some(at),
            _ => {}
        }
    }
    match last.and_then(|at| text.split_at_checked(at)) {
        Some((route, date)) => (route, date.get(1..)),
        None => (text, None),
    }
}

enum Token<'a> {
    Word(&'a str),
    Comment(&'a str),
}

fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if let Some(inside) = rest.strip_prefix('(') {
            let end = comment_end(inside);
            let (comment, tail) = inside.split_at_checked(end).unwrap_or((inside, ""));
            rest = tail.get(1..).unwrap_or_default();
            return Some(Token::Comment(comment));
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '(')
            .unwrap_or(rest.len());
        let (word, tail) = rest.split_at_checked(end)?;
        rest = tail;
        if word.is_empty() {
            None
        } else {
            Some(Token::Word(word))
        }
    })
}

/// Where the comment that has just begun ends.
fn comment_end(text: &str) -> usize {
    let mut depth = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str)]) {
        let value = serde_json::to_value(parse(text)).unwrap();
        let found: Vec<(&str, &str)> = value
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(key, value)| {
                Some((
                    key.as_str(),
                    value.as_str().or_else(|| value.get("at")?.as_str())?,
                ))
            })
            .collect();
        assert_eq!(found, expect, "{text:?}");
    }

    #[test]
    fn what_servers_write_is_read() {
        check(
            "from helo.example (rev.example [192.0.2.1]) by mx.example (Postfix) with ESMTPS id 4XYZ for <u@x.example>; \
             Fri, 8 Dec 2023 10:31:42 +0000 (UTC)",
            &[
                ("from", "helo.example"),
                ("from_ip", "192.0.2.1"),
                ("from_comment", "rev.example"),
                ("by", "mx.example"),
                ("with", "ESMTPS"),
                ("id", "4XYZ"),
                ("for", "u@x.example"),
                ("date", "2023-12-08T10:31:42Z"),
            ],
        );
        check(
            "from a.example (2001:db8::28) by b.example (2001:db8::17) with Microsoft SMTP Server (version=TLS1_2, \
             cipher=X) id 15.20 via Frontend Transport; 8 Dec 2023 10:31:42 +0000",
            &[
                ("from", "a.example"),
                ("from_ip", "2001:db8::28"),
                ("by", "b.example"),
                ("with", "Microsoft SMTP Server"),
                ("id", "15.20"),
                ("date", "2023-12-08T10:31:42Z"),
            ],
        );
        check(
            "from unknown (HELO m4.example) (user@[192.0.2.9]) by m5.example with SMTP; 29 Aug 2024 22:15:20 +0900",
            &[
                ("from", "unknown"),
                ("from_ip", "192.0.2.9"),
                ("from_comment", "m4.example"),
                ("by", "m5.example"),
                ("with", "SMTP"),
                ("date", "2024-08-29T13:15:20Z"),
            ],
        );
        check(
            "by local.example (Postfix, from userid 0) id 39DE; Tue, 19 Sep 2023 18:35:49 +0000",
            &[
                ("by", "local.example"),
                ("id", "39DE"),
                ("date", "2023-09-19T18:35:49Z"),
            ],
        );
        check(
            "(qmail 41657 invoked by uid 89); 29 Aug 2024 22:15:20 +0900",
            &[("date", "2024-08-29T13:15:20Z")],
        );
        check(
            "from [127.0.1.1] (192.0.2.3) by x",
            &[("from", "[127.0.1.1]"), ("from_ip", "192.0.2.3"), ("by", "x")],
        );
        check("", &[]);
        check("((((", &[]);
    }
}
