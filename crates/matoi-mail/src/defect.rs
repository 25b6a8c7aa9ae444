//! What is wrong with a mail, as stable keys and arguments that a page renders in the reader's language.

use serde::{Deserialize, Serialize};

/// One defect and the part it was found in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundDefect {
    /// Path of the part, as in [`PartSummary::path`](crate::PartSummary::path); empty for the mail itself.
    pub part: String,
    /// What is wrong.
    #[serde(flatten)]
    pub defect: Defect,
}

/// Something that a well-formed mail does not have, or that a limit left out. The mail was read on regardless.
///
/// Serialised as `{"key": "...", ...arguments}`; keys are never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum Defect {
    /// No header field at all: the bytes were taken as a body.
    NoHeader,
    /// A line among the header fields that is no field was passed over.
    JunkInHeader {
        /// Beginning of the line.
        line: String,
    },
    /// The header ends without an empty line: the rest was taken as the body.
    NoEmptyLineAfterHeader,
    /// More header fields or bytes than the limit; the rest was left out.
    HeaderLimit {
        /// Bytes left out.
        left_out: usize,
    },
    /// A field holds bytes above 127 or escape sequences without being encoded (RFC 5322 2.2, RFC 6532 if it is UTF-8).
    EightBitHeader {
        /// Field name in lower case.
        header: String,
        /// Character set it was read as.
        charset: String,
    },
    /// A field that may stand once stands several times; the first one counts.
    DuplicateHeader {
        /// Field name in lower case.
        header: String,
    },
    /// An encoded word (RFC 2047) that is not well-formed; what could be decoded was.
    BadEncodedWord {
        /// Field name in lower case.
        header: String,
    },
    /// A subject or display name holds characters that cannot be seen or that change the writing direction.
    InvisibleInHeader {
        /// Field name in lower case.
        header: String,
    },
    /// An address field whose grammar is broken; the addresses found may not be the ones another program sees.
    AmbiguousAddress {
        /// Field name in lower case.
        header: String,
    },
    /// More addresses than the limit.
    AddressLimit {
        /// Field name in lower case.
        header: String,
        /// The limit.
        limit: usize,
    },
    /// No `From`.
    NoFrom,
    /// No `Date`.
    NoDate,
    /// A `Date` that could not be read.
    BadDate {
        /// The field's text.
        value: String,
    },
    /// A `Date` more than a day after the mail came in.
    FutureDate {
        /// The field's text.
        value: String,
    },
    /// A `Date` before 1990 or more than ten years from when the mail came in.
    AbsurdDate {
        /// The field's text.
        value: String,
    },
    /// A content type that is no `type/subtype`; the part was taken as plain text.
    BadContentType {
        /// The field's text.
        value: String,
    },
    /// A parameter stands twice; the first one counts.
    DuplicateParameter {
        /// Parameter name.
        parameter: String,
    },
    /// A character set nobody knows; it was guessed.
    UnknownCharset {
        /// As declared.
        charset: String,
    },
    /// A known character set that is not decoded on purpose (UTF-7, which can hide text from every scanner).
    UnsupportedCharset {
        /// As declared.
        charset: String,
    },
    /// The text is not in the declared character set; another one was used.
    WrongCharset {
        /// As declared.
        declared: String,
        /// As used.
        used: String,
    },
    /// No character set declared although it is needed; it was guessed.
    GuessedCharset {
        /// As used.
        used: String,
    },
    /// Bytes that stand for no character were replaced with U+FFFD.
    LossyDecode {
        /// Character set used.
        charset: String,
        /// Number of replacements.
        replaced: usize,
    },
    /// Characters in a base64 part that are not of its alphabet; they were passed over.
    BadBase64 {
        /// Number of such characters.
        passed_over: usize,
    },
    /// A base64 part ends in the middle of a group.
    TruncatedBase64,
    /// `=` in a quoted-printable part without two hexadecimal digits; kept as they stand.
    BadQuotedPrintable {
        /// Number of such places.
        places: usize,
    },
    /// A transfer encoding that is not known; the bytes are kept as they stand.
    UnknownTransferEncoding {
        /// As declared.
        encoding: String,
    },
    /// A multipart declares a transfer encoding, which RFC 2045 6.4 forbids; it was ignored.
    EncodedMultipart {
        /// As declared.
        encoding: String,
    },
    /// A multipart without a boundary parameter; kept as text.
    NoBoundary,
    /// A multipart whose boundary never occurs; kept as text.
    BoundaryNotFound,
    /// A multipart without its closing boundary: the mail is probably cut off.
    Truncated,
    /// Text after the closing boundary of a multipart that most programs do not show.
    TextAfterLastPart {
        /// Bytes.
        size: usize,
    },
    /// More parts than the limit.
    PartLimit {
        /// The limit.
        limit: usize,
        /// Parts left out of this multipart.
        left_out: usize,
    },
    /// Multiparts deeper than the limit; kept as an attachment.
    MultipartDepthLimit {
        /// The limit.
        limit: usize,
    },
    /// Mails in mails deeper than the limit; kept as an attachment.
    MailDepthLimit {
        /// The limit.
        limit: usize,
    },
    /// Decoded content beyond the limit was left out.
    DecodedSizeLimit {
        /// The limit.
        limit: usize,
    },
    /// Text beyond the limit was left out.
    TextLimit {
        /// The limit.
        limit: usize,
    },
    /// HTML beyond the limit was left out.
    HtmlLimit {
        /// The limit.
        limit: usize,
    },
    /// Links beyond the limit were left out.
    LinkLimit {
        /// The limit.
        limit: usize,
    },
    /// Defects beyond the limit were left out.
    DefectLimit {
        /// The limit.
        limit: usize,
    },
}

impl Defect {
    /// The stable key, as in the serialised form; message catalogues use it.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::JunkInHeader { .. } => "junk_in_header",
            Self::NoEmptyLineAfterHeader => "no_empty_line_after_header",
            Self::HeaderLimit { .. } => "header_limit",
            Self::EightBitHeader { .. } => "eight_bit_header",
            Self::DuplicateHeader { .. } => "duplicate_header",
            Self::BadEncodedWord { .. } => "bad_encoded_word",
            Self::InvisibleInHeader { .. } => "invisible_in_header",
            Self::AmbiguousAddress { .. } => "ambiguous_address",
            Self::AddressLimit { .. } => "address_limit",
            Self::NoFrom => "no_from",
            Self::NoDate => "no_date",
            Self::BadDate { .. } => "bad_date",
            Self::FutureDate { .. } => "future_date",
            Self::AbsurdDate { .. } => "absurd_date",
            Self::BadContentType { .. } => "bad_content_type",
            Self::DuplicateParameter { .. } => "duplicate_parameter",
            Self::UnknownCharset { .. } => "unknown_charset",
            Self::UnsupportedCharset { .. } => "unsupported_charset",
            Self::WrongCharset { .. } => "wrong_charset",
            Self::GuessedCharset { .. } => "guessed_charset",
            Self::LossyDecode { .. } => "lossy_decode",
            Self::BadBase64 { .. } => "bad_base64",
            Self::TruncatedBase64 => "truncated_base64",
            Self::BadQuotedPrintable { .. } => "bad_quoted_printable",
            Self::UnknownTransferEncoding { .. } => "unknown_transfer_encoding",
            Self::EncodedMultipart { .. } => "encoded_multipart",
            Self::NoBoundary => "no_boundary",
            Self::BoundaryNotFound => "boundary_not_found",
            Self::Truncated => "truncated",
            Self::TextAfterLastPart { .. } => "text_after_last_part",
            Self::PartLimit { .. } => "part_limit",
            Self::MultipartDepthLimit { .. } => "multipart_depth_limit",
            Self::MailDepthLimit { .. } => "mail_depth_limit",
            Self::DecodedSizeLimit { .. } => "decoded_size_limit",
            Self::TextLimit { .. } => "text_limit",
            Self::HtmlLimit { .. } => "html_limit",
            Self::LinkLimit { .. } => "link_limit",
            Self::DefectLimit { .. } => "defect_limit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_serialised_one() {
        let text = || "x".to_owned();
        let all = [
            Defect::NoHeader,
            Defect::JunkInHeader { line: text() },
            Defect::NoEmptyLineAfterHeader,
            Defect::HeaderLimit { left_out: 1 },
            Defect::EightBitHeader {
                header: text(),
                charset: text(),
            },
            Defect::DuplicateHeader { header: text() },
            Defect::BadEncodedWord { header: text() },
            Defect::InvisibleInHeader { header: text() },
            Defect::AmbiguousAddress { header: text() },
            Defect::AddressLimit {
                header: text(),
                limit: 1,
            },
            Defect::NoFrom,
            Defect::NoDate,
            Defect::BadDate { value: text() },
            Defect::FutureDate { value: text() },
            Defect::AbsurdDate { value: text() },
            Defect::BadContentType { value: text() },
            Defect::DuplicateParameter { parameter: text() },
            Defect::UnknownCharset { charset: text() },
            Defect::UnsupportedCharset { charset: text() },
            Defect::WrongCharset {
                declared: text(),
                used: text(),
            },
            Defect::GuessedCharset { used: text() },
            Defect::LossyDecode {
                charset: text(),
                replaced: 1,
            },
            Defect::BadBase64 { passed_over: 1 },
            Defect::TruncatedBase64,
            Defect::BadQuotedPrintable { places: 1 },
            Defect::UnknownTransferEncoding { encoding: text() },
            Defect::EncodedMultipart { encoding: text() },
            Defect::NoBoundary,
            Defect::BoundaryNotFound,
            Defect::Truncated,
            Defect::TextAfterLastPart { size: 1 },
            Defect::PartLimit {
                limit: 1,
                left_out: 1,
            },
            Defect::MultipartDepthLimit { limit: 1 },
            Defect::MailDepthLimit { limit: 1 },
            Defect::DecodedSizeLimit { limit: 1 },
            Defect::TextLimit { limit: 1 },
            Defect::HtmlLimit { limit: 1 },
            Defect::LinkLimit { limit: 1 },
            Defect::DefectLimit { limit: 1 },
        ];
        for defect in all {
            let found = FoundDefect {
                part: "1.2".to_owned(),
                defect,
            };
            let json = serde_json::to_value(&found).unwrap();
            assert_eq!(
                (json["key"].as_str(), json["part"].as_str()),
                (Some(found.defect.key()), Some("1.2"))
            );
            assert_eq!(serde_json::from_value::<FoundDefect>(json).unwrap(), found);
        }
    }
}
