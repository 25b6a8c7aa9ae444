//! Header fields, decoded.

pub(crate) mod address;
pub(crate) mod auth;
pub(crate) mod block;
pub(crate) mod date;
pub(crate) mod params;
pub(crate) mod received;
pub(crate) mod words;

use matoi_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::charset;
use crate::defect::Defect;
use crate::filename::has_deceptive_characters;
use crate::limits::Limits;

use address::Mailbox;
use auth::AuthenticationResults;
use block::Field;
use date::{DatePlausibility, MailDate};
use received::ReceivedHop;

/// The fields that the program works with. Texts are decoded and hold no control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailHeaders {
    /// `From`.
    pub from: Vec<Mailbox>,
    /// `Sender`.
    pub sender: Vec<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Bcc`, if the mail still has it.
    pub bcc: Vec<Mailbox>,
    /// `Subject`; `None` if there is none, empty if it is empty.
    pub subject: Option<String>,
    /// `Date`.
    pub date: Option<MailDate>,
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// Ids in `In-Reply-To`.
    pub in_reply_to: Vec<String>,
    /// Ids in `References`, oldest first.
    pub references: Vec<String>,
    /// `Return-Path`: the envelope sender; `Some("")` for the null sender of bounces.
    pub return_path: Option<String>,
    /// `Received` fields, newest first.
    pub received: Vec<ReceivedHop>,
    /// `Authentication-Results` fields, newest first.
    pub authentication_results: Vec<AuthenticationResults>,
    /// `List-Id` without angle brackets.
    pub list_id: Option<String>,
    /// Languages in `Content-Language`.
    pub content_language: Vec<String>,
    /// Signs that no person sent this mail. Whoever answers mails by program answers none that has one (RFC 3834).
    pub automatic: Vec<AutomaticSign>,
}

impl MailHeaders {
    /// Whether the mail was sent by a program: such a mail gets no automatic answer (RFC 3834 section 2).
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        !self.automatic.is_empty()
    }

    /// Address of the first author.
    #[must_use]
    pub fn sender_address(&self) -> Option<&str> {
        let mut all = self.from.iter().chain(&self.sender);
        all.find_map(|mailbox| mailbox.address.as_deref())
    }
}

/// Why a mail counts as automatic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum AutomaticSign {
    /// `Auto-Submitted` other than `no`.
    AutoSubmitted {
        /// Its keyword.
        value: String,
    },
    /// `Precedence: bulk`, `junk`, `list` or `auto_reply`.
    Precedence {
        /// Its value.
        value: String,
    },
    /// `X-Auto-Response-Suppress`, which asks for no automatic answer.
    AutoResponseSuppress {
        /// Its value.
        value: String,
    },
    /// `List-Id` or another `List-` field: the mail came over a mailing list.
    List,
    /// The null envelope sender.
    NullReturnPath,
    /// The author is a mail system (`mailer-daemon`, `no-reply` ...).
    SystemAuthor {
        /// Its address.
        address: String,
    },
    /// `multipart/report`: a delivery or reading report.
    Report,
}

/// A header field as it stands in the mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawHeader {
    /// Name as written.
    pub name: String,
    /// Value, unfolded, encoded words not decoded. Raw 8-bit text is shown in the character set it was found to be in.
    pub value: String,
}

/// All fields of a block as text, ready for the grammars.
pub(crate) struct FieldTexts {
    fields: Vec<(String, String)>,
}

impl FieldTexts {
    /// The first field with this lower-case name.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn has_prefix(&self, prefix: &str) -> bool {
        self.fields.iter().any(|(key, _)| key.starts_with(prefix))
    }
}

/// Makes text of the fields. `declared` is the character set of the body, the best guess for raw 8-bit fields.
pub(crate) fn to_texts(
    fields: Vec<Field>,
    declared: Option<&str>,
    defects: &mut Vec<Defect>,
) -> (Vec<RawHeader>, FieldTexts) {
    let mut raw = Vec::with_capacity(fields.len());
    let mut texts = Vec::with_capacity(fields.len());
    for field in fields {
        let value = field_text(&field, declared, defects);
        raw.push(RawHeader {
            name: field.written_name,
            value: value.trim().to_owned(),
        });
        texts.push((field.name, value));
    }
    (raw, FieldTexts { fields: texts })
}

fn field_text(field: &Field, declared: Option<&str>, defects: &mut Vec<Defect>) -> String {
    let needs_charset = !field.value.is_ascii() || charset::iso2022jp::has_escape(&field.value);
    if !needs_charset {
        // Only NUL needs replacing here, which the decoder does; it says nothing of its own about ASCII.
        return charset::decode(&field.value, None).text;
    }
    let label = declared.filter(|_| std::str::from_utf8(&field.value).is_err());
    let decoded = charset::decode(&field.value, label);
    defects.push(Defect::EightBitHeader {
        header: field.name.clone(),
        charset: decoded.charset.to_owned(),
    });
    defects.extend(
        decoded
            .defects
            .into_iter()
            .filter(|defect| matches!(defect, Defect::LossyDecode { .. })),
    );
    decoded.text
}

/// Decodes the fields the program works with.
pub(crate) fn decode(texts: &FieldTexts, limits: &Limits, defects: &mut Vec<Defect>) -> MailHeaders {
    let mut reader = Reader {
        texts,
        limits,
        defects,
    };
    let received: Vec<ReceivedHop> = texts
        .all("received")
        .map(received::parse)
        .map(without_controls)
        .collect();
    let mut headers = MailHeaders {
        from: reader.addresses("from"),
        sender: reader.addresses("sender"),
        reply_to: reader.addresses("reply-to"),
        to: reader.addresses("to"),
        cc: reader.addresses("cc"),
        bcc: reader.addresses("bcc"),
        subject: reader.unstructured("subject"),
        message_id: reader.ids("message-id").into_iter().next(),
        in_reply_to: reader.ids("in-reply-to"),
        references: reader.ids("references"),
        return_path: reader.single("return-path").map(|text| first_address(&text)),
        authentication_results: texts
            .all("authentication-results")
            .map(|text| auth::parse(&words::clean(text)))
            .collect(),
        list_id: reader.single("list-id").map(|text| list_id(&text)),
        content_language: reader
            .single("content-language")
            .map(|text| languages(&text))
            .unwrap_or_default(),
        date: None,
        received,
        automatic: Vec::new(),
    };
    headers.date = reader.date(&headers.received);
    headers.automatic = automatic_signs(texts, &headers);
    if headers.from.is_empty() {
        defects.push(Defect::NoFrom);
    }
    headers
}

struct Reader<'a> {
    texts: &'a FieldTexts,
    limits: &'a Limits,
    defects: &'a mut Vec<Defect>,
}

impl Reader<'_> {
    /// A field that may stand once. White space at the ends is gone.
    fn single(&mut self, name: &str) -> Option<String> {
        let mut all = self.texts.all(name);
        let first = all.next()?;
        if all.next().is_some() && name != "return-path" {
            self.defects.push(Defect::DuplicateHeader {
                header: name.to_owned(),
            });
        }
        Some(words::clean(first))
    }

    fn unstructured(&mut self, name: &str) -> Option<String> {
        let text = self.single(name)?;
        let (decoded, has_bad_word) = words::decode_unstructured(&text);
        if has_bad_word {
            self.defects.push(Defect::BadEncodedWord {
                header: name.to_owned(),
            });
        }
        self.mark_invisible(name, &decoded);
        Some(decoded)
    }

    fn mark_invisible(&mut self, name: &str, text: &str) {
        if has_deceptive_characters(text) {
            self.defects.push(Defect::InvisibleInHeader {
                header: name.to_owned(),
            });
        }
    }

    fn addresses(&mut self, name: &str) -> Vec<Mailbox> {
        let header = name.to_owned();
        let mut mailboxes: Vec<Mailbox> = Vec::new();
        let mut fields = 0;
        for text in self.texts.all(name).take(MAX_SAME_FIELDS) {
            fields += 1;
            let room = self.limits.max_addresses.saturating_sub(mailboxes.len());
            let found = address::parse(text, room);
            let is_deceptive =
                |mailbox: &Mailbox| mailbox.name.as_deref().is_some_and(has_deceptive_characters);
            if found.mailboxes.iter().any(is_deceptive) {
                self.defects.push(Defect::InvisibleInHeader {
                    header: header.clone(),
                });
            }
            mailboxes.extend(found.mailboxes);
            if found.has_bad_word {
                self.defects.push(Defect::BadEncodedWord {
                    header: header.clone(),
                });
            }
            if found.is_ambiguous {
                self.defects.push(Defect::AmbiguousAddress {
                    header: header.clone(),
                });
            }
            if found.reached_limit {
                let limit = self.limits.max_addresses;
                self.defects.push(Defect::AddressLimit {
                    header: header.clone(),
                    limit,
                });
                break;
            }
        }
        // Several fields are joined rather than dropped: which of two authors a reader saw, nobody knows.
        if fields > 1 {
            self.defects.push(Defect::DuplicateHeader { header });
        }
        mailboxes
    }

    fn ids(&mut self, name: &str) -> Vec<String> {
        let Some(text) = self.single(name) else {
            return Vec::new();
        };
        let bracketed: Vec<String> = text
            .split('<')
            .skip(1)
            .filter_map(|piece| piece.split_once('>'))
            .map(|(id, _)| id.split_whitespace().collect::<String>())
            .filter(|id| !id.is_empty())
            .take(MAX_IDS)
            .collect();
        if !bracketed.is_empty() {
            return bracketed;
        }
        text.split_whitespace()
            .filter(|id| id.contains('@'))
            .take(MAX_IDS)
            .map(str::to_owned)
            .collect()
    }

    fn date(&mut self, received: &[ReceivedHop]) -> Option<MailDate> {
        let Some(value) = self.single("date") else {
            self.defects.push(Defect::NoDate);
            return None;
        };
        let Some(mut date) = date::parse(&value) else {
            self.defects.push(Defect::BadDate {
                value: shortened(&value),
            });
            return None;
        };
        let stated: Option<Timestamp> = received
            .first()
            .and_then(|hop| hop.date.as_ref())
            .map(|date| date.at);
        date.plausibility = date::judge(date.at, self.limits.received_at.or(stated));
        match date.plausibility {
            DatePlausibility::Plausible => {}
            DatePlausibility::Future => self.defects.push(Defect::FutureDate {
                value: shortened(&value),
            }),
            DatePlausibility::Absurd => self.defects.push(Defect::AbsurdDate {
                value: shortened(&value),
            }),
        }
        Some(date)
    }
}

const MAX_SAME_FIELDS: usize = 50;
const MAX_IDS: usize = 1_000;

/// The beginning of a value that is quoted in a defect.
pub(crate) fn shortened(value: &str) -> String {
    words::clean(value).chars().take(100).collect()
}

fn without_controls(mut hop: ReceivedHop) -> ReceivedHop {
    let texts = [
        &mut hop.from,
        &mut hop.from_comment,
        &mut hop.by,
        &mut hop.with,
        &mut hop.id,
        &mut hop.for_recipient,
    ];
    for text in texts.into_iter().flatten() {
        *text = words::clean(text);
    }
    hop
}

fn first_address(text: &str) -> String {
    let bare = match text.split_once('<') {
        Some((_, tail)) => tail.split('>').next().unwrap_or(tail),
        None => text,
    };
    bare.trim().to_owned()
}

fn list_id(text: &str) -> String {
    let id = text.rsplit_once('<').map_or(text, |(_, id)| id);
    id.split('>').next().unwrap_or(id).trim().to_owned()
}

fn languages(text: &str) -> Vec<String> {
    let text = params::strip_comments(text);
    text.split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .take(20)
        .map(str::to_owned)
        .collect()
}

fn automatic_signs(texts: &FieldTexts, headers: &MailHeaders) -> Vec<AutomaticSign> {
    let mut signs = Vec::new();
    let keyword = |name: &str| {
        texts.first(name).map(|text| {
            let text = params::strip_comments(text);
            let word = text.split(';').next().unwrap_or_default();
            words::clean(word).to_ascii_lowercase()
        })
    };
    if let Some(value) = keyword("auto-submitted").filter(|value| value != "no") {
        signs.push(AutomaticSign::AutoSubmitted { value });
    }
    if let Some(value) = keyword("precedence")
        .filter(|value| matches!(value.as_str(), "bulk" | "junk" | "list" | "auto_reply"))
    {
        signs.push(AutomaticSign::Precedence { value });
    }
    if let Some(value) = keyword("x-auto-response-suppress").filter(|value| value != "none") {
        signs.push(AutomaticSign::AutoResponseSuppress { value });
    }
    if texts.has_prefix("list-") {
        signs.push(AutomaticSign::List);
    }
    if headers.return_path.as_deref() == Some("") {
        signs.push(AutomaticSign::NullReturnPath);
    }
    if let Some(address) = headers.sender_address().filter(|address| is_system(address)) {
        signs.push(AutomaticSign::SystemAuthor {
            address: address.to_owned(),
        });
    }
    let content_type = keyword("content-type").unwrap_or_default();
    if content_type.starts_with("multipart/report") {
        signs.push(AutomaticSign::Report);
    }
    signs
}

fn is_system(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    matches!(
        local.as_str(),
        "mailer-daemon"
            | "no-reply"
            | "noreply"
            | "no_reply"
            | "do-not-reply"
            | "donotreply"
            | "bounce"
            | "bounces"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> (MailHeaders, Vec<&'static str>) {
        let block = block::split(text.as_bytes(), 100, 10_000);
        let mut defects = Vec::new();
        let (_, texts) = to_texts(block.fields, None, &mut defects);
        let headers = decode(&texts, &Limits::default(), &mut defects);
        (headers, defects.iter().map(Defect::key).collect())
    }

    #[test]
    fn automatic_mails_are_told_by_their_signs() {
        let check = |text: &str, expect: bool| assert_eq!(headers(text).0.is_automatic(), expect, "{text:?}");
        check("From: a@b.example\n", false);
        check("Auto-Submitted: auto-replied; owner-email=\"x\"\n", true);
        check("Auto-Submitted: no\n", false);
        check("Precedence: bulk\n", true);
        check("Precedence: first-class\n", false);
        check("X-Auto-Response-Suppress: All\n", true);
        check("List-Unsubscribe: <mailto:x@y.example>\n", true);
        check("Return-Path: <>\n", true);
        check("Return-Path: <a@b.example>\n", false);
        check("From: MAILER-DAEMON@b.example\n", true);
        check(
            "Content-Type: multipart/report; report-type=delivery-status\n",
            true,
        );
    }

    #[test]
    fn ids_are_taken_out_of_their_brackets() {
        let (found, _) =
            headers("Message-ID:\n <a@b>\nIn-Reply-To: <c@d> (x)\nReferences: <e@f>\n\t<g@\n h>\n");
        assert_eq!(found.message_id.as_deref(), Some("a@b"));
        assert_eq!(found.in_reply_to, ["c@d"]);
        assert_eq!(found.references, ["e@f", "g@h"]);
        assert_eq!(headers("Message-ID: a@b\n").0.message_id.as_deref(), Some("a@b"));
    }

    #[test]
    fn raw_japanese_headers_are_read() {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS
            .encode("Subject: 表の件\nFrom: 山田 <a@b.example>\nDate: 8 Dec 2023 10:00 +0900\n");
        let block = block::split(&bytes, 100, 10_000);
        let mut defects = Vec::new();
        let (_, texts) = to_texts(block.fields, None, &mut defects);
        let found = decode(&texts, &Limits::default(), &mut defects);
        assert_eq!(found.subject.as_deref(), Some("表の件"));
        assert_eq!(found.from[0].name.as_deref(), Some("山田"));
        assert_eq!(
            defects.iter().map(Defect::key).collect::<Vec<_>>(),
            ["eight_bit_header", "eight_bit_header"]
        );
    }

    #[test]
    fn a_date_is_judged_by_the_newest_hop() {
        let received = "Received: by a; 8 Dec 2023 10:00:00 +0000\nFrom: a@b\n";
        assert_eq!(
            headers(&format!("{received}Date: 8 Dec 2023 09:00:00 +0000\n")).1,
            Vec::<&str>::new()
        );
        assert_eq!(
            headers(&format!("{received}Date: 18 Dec 2023 09:00:00 +0000\n")).1,
            ["future_date"]
        );
        assert_eq!(
            headers(&format!("{received}Date: 18 Dec 2063 09:00:00 +0000\n")).1,
            ["absurd_date"]
        );
        assert_eq!(headers(&format!("{received}Date: soon\n")).1, ["bad_date"]);
        assert_eq!(headers(received).1, ["no_date"]);
    }

    #[test]
    fn doubled_fields_are_recorded() {
        let (found, defects) = headers(
            "From: a@b.example\nFrom: c@d.example\nSubject: 1\nSubject: 2\nDate: 8 Dec 2023 10:00 +0900\n",
        );
        assert_eq!(found.from.len(), 2);
        assert_eq!(found.subject.as_deref(), Some("1"));
        assert_eq!(defects, ["duplicate_header", "duplicate_header"]);
    }
}
