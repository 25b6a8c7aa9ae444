//! Passwords that a mail tells for a locked file: taken out of every text that is stored, searched or logged, and kept apart.

use matoi_mail::{ParsedMail, looks_like_password_notice};
use matoi_text::Folded;

/// What stands in a text in place of a password.
pub(super) const MASK: &str = "●●●●●●";

/// The passwords that a mail, or one forwarded in it, seems to tell.
pub(super) fn passwords(mail: &ParsedMail) -> Vec<String> {
    let mut all: Vec<String> = mail
        .mails_in_tree()
        .into_iter()
        .filter_map(looks_like_password_notice)
        .flat_map(|notice| notice.candidates)
        .collect();
    all.sort_by_key(|password| std::cmp::Reverse(password.len()));
    all.dedup();
    all
}

/// The text with every password replaced, whatever the width it is written in.
pub(super) fn masked(text: &str, passwords: &[String]) -> String {
    let mut text = text.to_owned();
    for password in passwords {
        let needle = matoi_text::fold(password);
        if needle.trim().is_empty() {
            continue;
        }
        let folded = Folded::new(&text);
        let ranges: Vec<_> = folded
            .as_str()
            .match_indices(&needle)
            .map(|(at, found)| folded.original_range(at..at + found.len()))
            .collect();
        for range in ranges.into_iter().rev() {
            if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
                text.replace_range(range, MASK);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_in_any_width() {
        let secret = vec!["Higashihama#1118".to_owned()];
        for text in [
            "パスワード：Higashihama#1118 です",
            "パスワード：Ｈｉｇａｓｈｉｈａｍａ＃１１１８ です",
            "パスワード：higashihama#1118 です",
        ] {
            assert_eq!(masked(text, &secret), format!("パスワード：{MASK} です"));
        }
        assert_eq!(masked("なし", &secret), "なし");
        assert_eq!(masked("aaa", &[String::new(), "a".to_owned()]), MASK.repeat(3));
    }

    proptest::proptest! {
        #[test]
        fn masking_never_panics(text in "\\PC{0,80}", secret in "\\PC{1,8}") {
            let _ = masked(&text, &[secret]);
        }
    }
}
