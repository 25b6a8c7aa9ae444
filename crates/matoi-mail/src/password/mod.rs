//! The second mail of a Japanese habit (PPAP): an encrypted archive is sent, and its password in a mail of its own.
//!
//! Whoever reports the first mail often forwards the second one later. To join them, [`related_key`] gives both the same key,
//! and [`looks_like_password_notice`] tells the second from other mails.

mod subject;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::model::ParsedMail;

/// What two mails of one conversation have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RelatedKey {
    /// Subject without `Re:`, `Fwd:`, `【パスワード】` and the like, width and case folded. Empty if nothing is left: then only
    /// sender and time can join the mails.
    pub subject: String,
    /// Address of the author in lower case.
    pub sender: String,
}

/// Why a mail looks like a password notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordHint {
    /// The subject speaks of a password.
    Subject,
    /// The text speaks of a password.
    Text,
    /// It speaks of unpacking or opening a file.
    Unpacking,
    /// It speaks of an attachment or an archive.
    File,
    /// It speaks of a mail sent before or apart.
    EarlierMail,
    /// It is a reply to, or refers to, an earlier mail.
    Refers,
    /// It has itself an encrypted archive attached.
    EncryptedAttachment,
}

/// A mail that tells the password of a file sent before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordNotice {
    /// Why it looks like one.
    pub hints: Vec<PasswordHint>,
    /// Texts that may be the password, most probable first. They are secrets: not for logs.
    pub candidates: Vec<String>,
    /// Names of archives that it mentions.
    pub mentioned_files: Vec<String>,
    /// Message ids that it refers to, nearest first.
    pub refers_to: Vec<String>,
    /// Key of the conversation; the mail with the archive probably has the same.
    pub related: RelatedKey,
}

/// The key by which mails of one conversation are joined.
#[must_use]
pub fn related_key(mail: &ParsedMail) -> RelatedKey {
    RelatedKey {
        subject: subject::normalised_subject(mail.headers.subject.as_deref().unwrap_or_default()),
        sender: mail.headers.sender_address().unwrap_or_default().to_lowercase(),
    }
}

/// Whether a mail looks like the one that brings the password for an earlier one. Careful rather than eager: it needs a word for
/// password and, beside it, a sign that a file is meant; mails about account passwords are not taken.
#[must_use]
pub fn looks_like_password_notice(mail: &ParsedMail) -> Option<PasswordNotice> {
    let subject = fold(mail.headers.subject.as_deref().unwrap_or_default());
    let readable = crate::cut_at(mail.body.readable(), MAX_TEXT);
    let text = fold(own_text(readable));
    let mut hints = Vec::new();
    let mut note = |applies: bool, hint: PasswordHint| {
        if applies {
            hints.push(hint);
        }
        applies
    };
    let in_subject = note(has_any(&subject, PASSWORD_WORDS), PasswordHint::Subject);
    let in_text = note(has_any(&text, PASSWORD_WORDS), PasswordHint::Text);
    let unpacking = note(
        has_any(&subject, UNPACKING_WORDS) || has_any(&text, UNPACKING_WORDS),
        PasswordHint::Unpacking,
    );
    let file = note(
        has_any(&subject, FILE_WORDS) || has_any(&text, FILE_WORDS),
        PasswordHint::File,
    );
    let earlier = note(has_any(&text, EARLIER_WORDS), PasswordHint::EarlierMail);
    let refers_to: Vec<String> = mail
        .headers
        .in_reply_to
        .iter()
        .chain(mail.headers.references.iter().rev())
        .cloned()
        .collect();
    note(!refers_to.is_empty(), PasswordHint::Refers);
    let has_encrypted = mail.attachments.iter().any(|attachment| {
        attachment
            .archive
            .as_ref()
            .is_some_and(|facts| facts.encrypted == Some(true))
            || attachment.sniffed.encrypted == Some(true)
    });
    note(has_encrypted, PasswordHint::EncryptedAttachment);
    let speaks_of_password = in_subject || in_text;
    let means_a_file = unpacking || file || earlier && in_subject || has_encrypted;
    if !speaks_of_password
        || !means_a_file
        || has_any(&subject, ACCOUNT_WORDS)
        || has_any(&text, ACCOUNT_WORDS)
    {
        return None;
    }
    let candidates = candidates(readable);
    // Without a password in sight it must at least say that one was sent.
    if candidates.is_empty() && !(in_subject && (unpacking || file)) {
        return None;
    }
    Some(PasswordNotice {
        hints,
        candidates,
        mentioned_files: mentioned_files(readable),
        refers_to: refers_to.into_iter().take(20).collect(),
        related: related_key(mail),
    })
}

/// Passwords stand near the beginning; what follows is signature and history.
const MAX_TEXT: usize = 64 * 1024;

// All in the form that `fold` gives.
const PASSWORD_WORDS: &[&str] = &[
    "パスワード",
    "パスコード",
    "暗証",
    "password",
    "passcode",
    "passphrase",
    "解凍pw",
    "解凍キー",
    "解凍パス",
    "[pw]",
    "pw:",
    "pw ",
    "開封キー",
];
const UNPACKING_WORDS: &[&str] = &[
    "解凍", "展開", "開封", "復号", "unzip", "unpack", "decrypt", "extract",
];
const FILE_WORDS: &[&str] = &[
    "添付",
    "ファイル",
    "zip",
    "圧縮",
    "資料をお送り",
    "attach",
    "archive",
    "encrypted file",
    "the file",
    "document",
];
const EARLIER_WORDS: &[&str] = &[
    "先ほど",
    "先程",
    "さきほど",
    "先に送",
    "先にお送",
    "前のメール",
    "別メール",
    "別便",
    "別送",
    "previous mail",
    "previous email",
    "earlier mail",
    "earlier email",
    "just sent",
    "sent separately",
];
/// Words of mails about accounts, which are another matter (and often phishing).
const ACCOUNT_WORDS: &[&str] = &[
    "パスワードの再設定",
    "パスワード再設定",
    "パスワードをリセット",
    "パスワードの変更",
    "パスワードの有効期限",
    "reset your password",
    "password reset",
    "password expire",
    "password will expire",
    "change your password",
];

/// Width, case and composition folded (NFKC), so that `ＰＷ`, `ﾊﾟｽﾜｰﾄﾞ` and `PW`, `パスワード` are the same.
fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// The text above quoted history.
fn own_text(text: &str) -> &str {
    const HISTORY: [&str; 5] = [
        "-----Original Message-----",
        "----- Original Message -----",
        "-----元のメッセージ-----",
        "________________________________",
        "\n> ",
    ];
    let end = HISTORY
        .iter()
        .filter_map(|mark| text.find(mark))
        .filter(|at| *at > 0)
        .min()
        .unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

const MAX_CANDIDATES: usize = 5;

/// What stands behind a word for password and a separator, on the same line or alone on the next.
fn candidates(text: &str) -> Vec<String> {
    let lines: Vec<String> = own_text(text)
        .lines()
        .take(500)
        .map(|line| line.nfkc().collect())
        .collect();
    let mut found: Vec<String> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let lower: String = line.chars().map(|c| c.to_ascii_lowercase()).collect();
        let Some(behind) = ANNOUNCING
            .iter()
            .filter_map(|word| lower.rfind(word).map(|start| start.saturating_add(word.len())))
            .max()
        else {
            continue;
        };
        let same_line = line.get(behind..).unwrap_or_default();
        let mut next_lines = lines
            .iter()
            .skip(at.saturating_add(1))
            .map(|line| line.trim())
            .filter(|line| !line.is_empty());
        let candidate = candidate_behind(same_line)
            .or_else(|| candidate_at_end(same_line))
            .or_else(|| next_lines.next().and_then(candidate_alone));
        if let Some(candidate) = candidate
            && !found.contains(&candidate)
        {
            found.push(candidate);
        }
        if found.len() >= MAX_CANDIDATES {
            break;
        }
    }
    found
}

const ANNOUNCING: &[&str] = &[
    "パスワード",
    "パスコード",
    "password",
    "passcode",
    "解凍pw",
    "解凍キー",
    "pw",
    "pass",
];

/// `: secret`, `は secret です`, `「secret」`.
fn candidate_behind(text: &str) -> Option<String> {
    let separators = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ':' | '='
                    | '】'
                    | ']'
                    | ')'
                    | '>'
                    | '→'
                    | '⇒'
                    | '"'
                    | '\''
                    | '「'
                    | '『'
                    | '【'
                    | '['
                    | '('
                    | '<'
            )
    };
    let mut rest = text.trim_start_matches(separators);
    for particle in ["は、", "は", "is", "として"] {
        if let Some(tail) = rest.strip_prefix(particle) {
            rest = tail.trim_start_matches(separators);
            break;
        }
    }
    // Without any separator it is part of a longer word.
    if rest.len() == text.len() {
        return None;
    }
    let end = rest.find(|c: char| !c.is_ascii_graphic()).unwrap_or(rest.len());
    plausible(rest.get(..end).unwrap_or_default())
}

/// `for the attached file is: secret`, `は以下のとおりです：secret`.
fn candidate_at_end(text: &str) -> Option<String> {
    let behind = [": ", ":", " is "]
        .into_iter()
        .filter_map(|mark| text.rfind(mark).map(|at| at.saturating_add(mark.len())))
        .max()?;
    candidate_alone(text.get(behind..)?)
}

/// A line that holds nothing but the password.
fn candidate_alone(line: &str) -> Option<String> {
    let inner = line.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '「' | '」' | '『' | '』' | '【' | '】' | '"')
    });
    if inner.chars().all(|c| c.is_ascii_graphic()) {
        plausible(inner)
    } else {
        None
    }
}

fn plausible(text: &str) -> Option<String> {
    let inner = text
        .trim_matches(['"', '\'', '`'])
        .trim_end_matches([']', ')', '>']);
    let length = inner.chars().count();
    let is_rule = inner
        .chars()
        .all(|c| matches!(c, '-' | '=' | '*' | '_' | '#' | '.' | '~' | '+'));
    let is_address =
        inner.contains("://") || inner.starts_with("//") || inner.contains('@') && inner.contains('.');
    let is_word = matches!(
        inner.to_ascii_lowercase().as_str(),
        "for" | "to" | "the" | "of" | "and" | "will" | "has" | "was" | "protected" | "below"
    );
    ((4..=64).contains(&length) && !is_rule && !is_address && !is_word).then(|| inner.to_owned())
}

/// File names with an archive's or office ending.
fn mentioned_files(text: &str) -> Vec<String> {
    const ENDINGS: [&str; 9] = [
        ".zip", ".7z", ".rar", ".lzh", ".exe", ".pdf", ".docx", ".xlsx", ".pptx",
    ];
    let mut found: Vec<String> = Vec::new();
    let is_edge = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '「' | '」'
                    | '『'
                    | '』'
                    | '【'
                    | '】'
                    | '"'
                    | '<'
                    | '>'
                    | '、'
                    | '。'
                    | ':'
                    | '：'
                    | ','
                    | '/'
                    | '\\'
                    | '・'
            )
    };
    for word in own_text(text).split(is_edge) {
        let lower = word.to_lowercase();
        let is_file = ENDINGS
            .iter()
            .any(|ending| lower.ends_with(ending) && lower.len() > ending.len());
        if is_file && word.chars().count() <= 120 && !found.iter().any(|name| name == word) {
            found.push(word.to_owned());
        }
        if found.len() >= 20 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MailBody;

    fn mail(subject: &str, text: &str) -> ParsedMail {
        let mut mail = ParsedMail::default();
        mail.headers.subject = Some(subject.to_owned());
        mail.headers.from = vec![crate::Mailbox {
            address: Some("Taro@Corp.example".to_owned()),
            ..crate::Mailbox::default()
        }];
        mail.body = MailBody {
            text: Some(text.to_owned()),
            ..MailBody::default()
        };
        mail
    }

    #[test]
    fn subjects_of_one_conversation_have_one_key() {
        let check = |subject: &str, expect: &str| {
            let key = related_key(&mail(subject, ""));
            assert_eq!(
                (key.subject.as_str(), key.sender.as_str()),
                (expect, "taro@corp.example"),
                "{subject}"
            );
        };
        let expect = "お見積書の件";
        for subject in [
            "お見積書の件",
            "Re: お見積書の件",
            "RE: Fwd: お見積書の件",
            "Re[2]: お見積書の件",
            "返信：お見積書の件",
            "【パスワード】お見積書の件",
            "【パスワード通知】お見積書の件",
            "[Password] お見積書の件",
            "お見積書の件【添付ファイルのパスワード】",
            "お見積書の件（パスワード）",
            "パスワードのお知らせ：お見積書の件",
            "Re: 【ＰＷ】お見積書の件",
            "お見積書の件 解凍パスワード",
        ] {
            check(subject, expect);
        }
        check("添付ファイルのパスワードについて", "");
        check("【重要】お知らせ", "【重要】お知らせ");
        check("Report: Q3", "report: q3");
    }

    fn check(subject: &str, text: &str, expect: Option<&[&str]>) {
        let found = looks_like_password_notice(&mail(subject, text));
        let candidates = found
            .as_ref()
            .map(|notice| notice.candidates.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(candidates.as_deref(), expect, "{subject} / {text}");
    }

    #[test]
    fn password_mails_are_recognised() {
        check(
            "【パスワード】見積書",
            "先ほどお送りした添付ファイルの解凍パスワードです。\n\nパスワード：aB3$xyz9\n",
            Some(&["aB3$xyz9"]),
        );
        check(
            "見積書",
            "添付ファイルのパスワードは「Xy12-34z」です。",
            Some(&["Xy12-34z"]),
        );
        check(
            "RE: 見積書",
            "ZIPの解凍ﾊﾟｽﾜｰﾄﾞをお送りします。\n\n  q9w8e7r6\n",
            Some(&["q9w8e7r6"]),
        );
        check(
            "パスワード通知",
            "別メールでお送りしたファイルの PW: 20261120",
            Some(&["20261120"]),
        );
        check(
            "Password for report.zip",
            "The password for the attached file is: s3cr3t!\n",
            Some(&["s3cr3t!"]),
        );
        check(
            "添付ファイルのパスワードについて",
            "後ほどお電話でお伝えします。",
            Some(&[]),
        );
    }

    #[test]
    fn other_mails_are_not() {
        check("見積書", "お見積書を送付いたします。", None);
        check(
            "Password reset",
            "Click here to reset your password: https://x.example/ the file",
            None,
        );
        check(
            "【重要】パスワードの有効期限",
            "添付ファイルをご確認ください。パスワード：abcd1234",
            None,
        );
        check("打合せ", "パスワードの管理について話し合いましょう。", None);
    }

    #[test]
    fn hints_name_files_and_earlier_mails() {
        let mut mail = mail(
            "パスワード",
            "先程お送りした「見積書_20261120.zip」の解凍パスワードは次のとおりです。\nabcd1234\n",
        );
        mail.headers.references = vec!["1@x".to_owned(), "2@x".to_owned()];
        let found = looks_like_password_notice(&mail).unwrap();
        assert_eq!(found.mentioned_files, ["見積書_20261120.zip"]);
        assert_eq!(found.refers_to, ["2@x", "1@x"]);
        assert_eq!(
            found.hints,
            [
                PasswordHint::Subject,
                PasswordHint::Text,
                PasswordHint::Unpacking,
                PasswordHint::File,
                PasswordHint::EarlierMail,
                PasswordHint::Refers
            ]
        );
    }
}
