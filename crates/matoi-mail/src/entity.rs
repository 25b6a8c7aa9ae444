//! What the header fields of one part say about its content.

use crate::defect::Defect;
use crate::header::params::{self, Parameterised};
use crate::header::{self, FieldTexts, block, words};
use crate::model::Disposition;
use crate::transfer::TransferEncoding;

/// A part: its own header fields and its undecoded content.
pub(crate) struct Entity<'a> {
    pub(crate) content_type: Parameterised,
    /// `type/subtype`, the default if the field is missing or wrong.
    pub(crate) media_type: String,
    pub(crate) disposition: Parameterised,
    pub(crate) transfer_encoding: Option<String>,
    pub(crate) content_id: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) has_content_type: bool,
    pub(crate) raw: &'a [u8],
    pub(crate) defects: Vec<Defect>,
}

impl<'a> Entity<'a> {
    pub(crate) fn new(texts: &FieldTexts, raw: &'a [u8], in_digest: bool) -> Self {
        let mut defects = Vec::new();
        let read = |name: &str| texts.first(name).map(|text| params::parse(text, name));
        let content_type = read("content-type");
        let has_content_type = content_type.is_some();
        let mut content_type = content_type.unwrap_or_default();
        let mut disposition = read("content-disposition").unwrap_or_default();
        defects.append(&mut content_type.defects);
        defects.append(&mut disposition.defects);
        let default = if in_digest { "message/rfc822" } else { "text/plain" };
        let media_type = if !has_content_type {
            default.to_owned()
        } else if is_media_type(&content_type.value) {
            content_type.value.clone()
        } else {
            if !content_type.value.is_empty() {
                defects.push(Defect::BadContentType {
                    value: header::shortened(&content_type.value),
                });
            }
            default.to_owned()
        };
        let transfer_encoding = texts
            .first("content-transfer-encoding")
            .map(|text| words::clean(text).to_ascii_lowercase());
        Self {
            content_type,
            media_type,
            disposition,
            transfer_encoding,
            content_id: texts
                .first("content-id")
                .map(|text| words::clean(text).trim_matches(['<', '>']).to_owned()),
            description: texts
                .first("content-description")
                .map(|text| words::decode_unstructured(text).0),
            has_content_type,
            raw,
            defects,
        }
    }

    pub(crate) fn encoding(&self) -> TransferEncoding {
        self.transfer_encoding
            .as_deref()
            .map_or(TransferEncoding::Identity, TransferEncoding::from_field)
    }

    pub(crate) fn charset(&self) -> Option<&str> {
        self.content_type.parameter("charset")
    }

    pub(crate) fn disposition(&self) -> Disposition {
        match self.disposition.value.as_str() {
            "" => Disposition::Unspecified,
            "inline" => Disposition::Inline,
            // RFC 2183 2.8: what is not known is an attachment.
            _ => Disposition::Attachment,
        }
    }

    /// The file name and, if the two headers disagree, the other one.
    pub(crate) fn names(&self) -> (Option<&str>, Option<&str>) {
        let of_disposition = self
            .disposition
            .parameter("filename")
            .filter(|name| !name.is_empty());
        let of_type = self
            .content_type
            .parameter("name")
            .filter(|name| !name.is_empty());
        match (of_disposition, of_type) {
            (Some(first), second) => (Some(first), second.filter(|second| *second != first)),
            (None, second) => (second, None),
        }
    }
}

fn is_media_type(value: &str) -> bool {
    let is_token = |token: &str| {
        !token.is_empty()
            && token.bytes().all(|byte| {
                byte.is_ascii_graphic() && !matches!(byte, b'/' | b'(' | b')' | b'<' | b'>' | b',' | b';')
            })
    };
    value
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// The character set that the first content type declares, before anything is decoded.
pub(crate) fn charset_hint(fields: &[block::Field]) -> Option<String> {
    let field = fields.iter().find(|field| field.name == "content-type")?;
    let text = String::from_utf8_lossy(&field.value);
    params::parse(&text, "content-type")
        .parameter("charset")
        .map(str::to_owned)
}
