//! Subjects without what mail programs and password gateways put before and behind them.

use super::{PASSWORD_WORDS, fold, has_any};

/// The subject in the form that all mails of a conversation share; see [`RelatedKey`](super::RelatedKey).
pub(super) fn normalised_subject(subject: &str) -> String {
    let mut rest = fold(subject);
    // Each round takes one prefix or mark away; a subject has only a few.
    for _ in 0..20 {
        let shorter = without_prefix(rest.trim()).or_else(|| without_password_mark(rest.trim()));
        match shorter {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    words.join(" ")
}

/// Without one `Re:`, `Fwd:`, `RE[2]:`, `返信:` ... at the beginning.
fn without_prefix(subject: &str) -> Option<String> {
    const PREFIXES: &[&str] = &[
        "re", "fw", "fwd", "aw", "wg", "sv", "vs", "tr", "rv", "返信", "転送", "回复", "转发", "答复",
    ];
    let (head, tail) = subject.split_once(':')?;
    let name = head.split(['[', '(', '^', '*']).next().unwrap_or(head).trim();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (PREFIXES.contains(&name) && head.len() < 20).then(|| tail.trim().to_owned())
}

/// Without one mark that only says that this is about a password.
fn without_password_mark(subject: &str) -> Option<String> {
    const BRACKETS: &[(char, char)] = &[
        ('【', '】'),
        ('[', ']'),
        ('(', ')'),
        ('「', '」'),
        ('〔', '〕'),
        ('<', '>'),
        ('《', '》'),
        ('〈', '〉'),
    ];
    const PHRASES: &[&str] = &[
        "添付ファイルのパスワードのお知らせ",
        "添付ファイルのパスワードについて",
        "添付ファイルのパスワード",
        "解凍パスワードのお知らせ",
        "解凍パスワードのご連絡",
        "パスワードのお知らせ",
        "パスワードのご連絡",
        "パスワードのご案内",
        "パスワードの連絡",
        "パスワード通知",
        "パスワード連絡",
        "パスワード送付",
        "パスワードについて",
        "解凍パスワード",
        "パスワード",
        "password notification",
        "password for",
        "password",
    ];
    for (open, close) in BRACKETS {
        if let Some(start) = subject.find(*open)
            && let Some(length) = subject.get(start..).and_then(|rest| rest.find(*close))
        {
            let inside_end = start.saturating_add(length);
            let inside = subject.get(start..inside_end).unwrap_or_default();
            if has_any(inside, PASSWORD_WORDS) || inside.trim_start_matches(*open).trim() == "pw" {
                let after = subject
                    .get(inside_end.saturating_add(close.len_utf8())..)
                    .unwrap_or_default();
                return Some(format!("{} {}", subject.get(..start).unwrap_or_default(), after));
            }
        }
    }
    const JOINTS: [char; 10] = [':', '-', '_', '/', '|', '~', '―', '–', '・', ' '];
    for phrase in PHRASES {
        if let Some(rest) = subject.strip_prefix(phrase) {
            return Some(rest.trim_start_matches(JOINTS).to_owned());
        }
        if let Some(rest) = subject.strip_suffix(phrase) {
            return Some(rest.trim_end_matches(JOINTS).trim_end_matches('の').to_owned());
        }
    }
    None
}
