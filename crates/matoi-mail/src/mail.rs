//! Walking through a mail: header, multiparts, parts.

use crate::archive::archive_facts;
use crate::charset;
use crate::defect::{Defect, FoundDefect};
use crate::entity::{Entity, charset_hint};
use crate::filename::FileName;
use crate::flowed;
use crate::header::{self, block};
use crate::html::{self, HtmlText};
use crate::limits::Limits;
use crate::model::{Attachment, Disposition, ParsedMail, PartRole, PartSummary};
use crate::multipart;
use crate::sniff::{ContentKind, sniff};
use crate::transfer::{self, TransferEncoding};

/// Takes a mail apart. Never fails: bytes without any structure are a mail whose body they are, with defects that say so.
///
/// Pure over the bytes: nothing is read, sent or executed, no clock is asked. Time and memory are bounded by the length of `raw`
/// and by `limits`.
#[must_use]
pub fn parse(raw: &[u8], limits: &Limits) -> ParsedMail {
    let mut budget = Budget {
        parts: limits.max_parts,
        decoded: limits.max_decoded_bytes,
        next_attachment: 0,
        open: 0,
    };
    parse_mail(raw, limits, &mut budget, 0)
}

/// What is left of the limits that the whole tree shares.
struct Budget {
    parts: usize,
    decoded: usize,
    next_attachment: u32,
    /// Multiparts and mails that are open: the recursion of this module, which must not depend on configuration alone.
    open: usize,
}

/// Ceiling for [`Budget::open`], whatever the limits allow; a megabyte of stack carries it.
const MAX_OPEN: usize = 100;

fn parse_mail(raw: &[u8], limits: &Limits, budget: &mut Budget, depth: usize) -> ParsedMail {
    let mut line_ends_repaired = Vec::new();
    let raw = skip_envelope(raw);
    let raw = if memchr::memchr(b'\n', raw).is_none() && memchr::memchr(b'\r', raw).is_some() {
        // Old Macintosh line ends.
        line_ends_repaired.extend(raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }));
        line_ends_repaired.as_slice()
    } else {
        raw
    };
    let mut walk = Walk {
        limits,
        budget,
        depth,
        mail: ParsedMail::default(),
        texts: Vec::new(),
        htmls: Vec::new(),
    };
    let top = block::split(raw, limits.max_header_fields, limits.max_header_bytes);
    let has_header = !top.fields.is_empty();
    let mut defects = top.defects;
    if !has_header {
        defects.push(Defect::NoHeader);
    }
    let declared = charset_hint(&top.fields);
    let (raw_headers, texts) = header::to_texts(top.fields, declared.as_deref(), &mut defects);
    walk.mail.raw_headers = raw_headers;
    if has_header {
        walk.mail.headers = header::decode(&texts, limits, &mut defects);
    }
    walk.record("", defects);
    let entity = Entity::new(&texts, top.body, false);
    walk.entity(
        entity,
        "",
        Place {
            multipart_depth: 0,
            is_shown_place: true,
        },
    );
    walk.finish()
}

/// Passes over a byte order mark, empty lines and the `From ` line of an mbox, which are not part of the mail.
fn skip_envelope(raw: &[u8]) -> &[u8] {
    let mut rest = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw);
    for _ in 0..16 {
        rest = match rest {
            [b'\n', tail @ ..] | [b'\r', b'\n', tail @ ..] => tail,
            _ => break,
        };
    }
    if rest.starts_with(b"From ") || rest.starts_with(b">From ") {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at.saturating_add(1));
        rest = rest.get(end..).unwrap_or_default();
    }
    rest
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place {
    multipart_depth: usize,
    /// The first part, or an alternative: text here is the body even if it has a file name.
    is_shown_place: bool,
}

/// One mail under construction.
struct Walk<'a> {
    limits: &'a Limits,
    budget: &'a mut Budget,
    depth: usize,
    mail: ParsedMail,
    texts: Vec<String>,
    htmls: Vec<String>,
}

impl Walk<'_> {
    fn record(&mut self, part: &str, defects: impl IntoIterator<Item = Defect>) {
        let limit = self.limits.max_defects;
        for defect in defects {
            let found = FoundDefect {
                part: part.to_owned(),
                defect,
            };
            if self.mail.defects.len() < limit {
                if !self.mail.defects.contains(&found) {
                    self.mail.defects.push(found);
                }
            } else if let Some(last) = self.mail.defects.last_mut() {
                *last = FoundDefect {
                    part: String::new(),
                    defect: Defect::DefectLimit { limit },
                };
            }
        }
    }

    fn entity(&mut self, mut entity: Entity<'_>, path: &str, place: Place) {
        let defects = std::mem::take(&mut entity.defects);
        self.record(path, defects);
        self.budget.parts = self.budget.parts.saturating_sub(1);
        if entity.media_type.starts_with("multipart/") && self.multipart(&entity, path, place) {
            return;
        }
        self.leaf(entity, path, place);
    }

    /// Walks the parts of a multipart; `false` if it turned out to be none.
    fn multipart(&mut self, entity: &Entity<'_>, path: &str, place: Place) -> bool {
        let limit = self.limits.max_multipart_depth.min(MAX_OPEN);
        if place.multipart_depth >= limit || self.budget.open >= MAX_OPEN {
            self.record(path, [Defect::MultipartDepthLimit { limit }]);
            return false;
        }
        let Some(boundary) = entity
            .content_type
            .parameter("boundary")
            .filter(|boundary| !boundary.is_empty())
        else {
            self.record(path, [Defect::NoBoundary]);
            return false;
        };
        let mut pieces = multipart::split(entity.raw, boundary.as_bytes());
        let Some(first) = pieces.next() else {
            self.record(path, [Defect::BoundaryNotFound]);
            return false;
        };
        if entity.encoding() != TransferEncoding::Identity {
            let encoding = header::shortened(entity.transfer_encoding.as_deref().unwrap_or_default());
            self.record(path, [Defect::EncodedMultipart { encoding }]);
        }
        self.summarise(entity, path, PartRole::Multipart, entity.raw.len());
        let in_digest = entity.media_type == "multipart/digest";
        let is_alternative = entity.media_type == "multipart/alternative";
        let mut next = Some(first);
        let mut number = 0_usize;
        while let Some(piece) = next {
            if self.budget.parts == 0 {
                let left_out = pieces.by_ref().count().saturating_add(1);
                self.record(
                    path,
                    [Defect::PartLimit {
                        limit: self.limits.max_parts,
                        left_out,
                    }],
                );
                break;
            }
            number += 1;
            let part_path = if path.is_empty() {
                number.to_string()
            } else {
                format!("{path}.{number}")
            };
            let part_place = Place {
                multipart_depth: place.multipart_depth.saturating_add(1),
                is_shown_place: place.is_shown_place && (number == 1 || is_alternative),
            };
            self.budget.open += 1;
            self.part(piece, &part_path, part_place, in_digest);
            self.budget.open -= 1;
            next = pieces.next();
        }
        if !pieces.is_closed() {
            self.record(path, [Defect::Truncated]);
        }
        let epilogue = pieces.epilogue();
        if epilogue.len() > 200 && !epilogue.trim_ascii().is_empty() {
            self.record(path, [Defect::TextAfterLastPart { size: epilogue.len() }]);
        }
        true
    }

    fn part(&mut self, raw: &[u8], path: &str, place: Place, in_digest: bool) {
        let found = block::split(raw, self.limits.max_header_fields, self.limits.max_header_bytes);
        // A part without header fields begins with an empty line, which is not part of its content.
        let body = match (found.fields.is_empty(), found.body) {
            (true, [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..]) => rest,
            (_, body) => body,
        };
        let mut defects = found.defects;
        let declared = charset_hint(&found.fields);
        let (_, texts) = header::to_texts(found.fields, declared.as_deref(), &mut defects);
        self.record(path, defects);
        self.entity(Entity::new(&texts, body, in_digest), path, place);
    }

    fn leaf(&mut self, entity: Entity<'_>, path: &str, place: Place) {
        let encoding = entity.encoding();
        if encoding == TransferEncoding::Unknown {
            let declared = header::shortened(entity.transfer_encoding.as_deref().unwrap_or_default());
            self.record(path, [Defect::UnknownTransferEncoding { encoding: declared }]);
        }
        let decoded = transfer::decode(encoding, entity.raw, self.budget.decoded);
        self.budget.decoded = self.budget.decoded.saturating_sub(decoded.bytes.len());
        self.record(path, decoded.defects);
        if decoded.cut {
            self.record(
                path,
                [Defect::DecodedSizeLimit {
                    limit: self.limits.max_decoded_bytes,
                }],
            );
        }
        let has_name = entity.names().0.is_some();
        let is_body = entity.disposition() != Disposition::Attachment && (!has_name || place.is_shown_place);
        let is_broken_multipart = entity.media_type.starts_with("multipart/");
        let role = match entity.media_type.as_str() {
            "text/html" if is_body => PartRole::Html,
            media_type if is_body && (media_type == "text/plain" || is_broken_multipart) => PartRole::Text,
            _ => PartRole::Attachment,
        };
        if role != PartRole::Attachment {
            self.summarise(&entity, path, role, decoded.bytes.len());
            if role == PartRole::Html {
                self.html_part(&entity, &decoded.bytes, path);
            } else {
                self.text_part(&entity, &decoded.bytes, path);
            }
        }
        // A text with a file name is shown by some programs and offered as a file by others: it is both.
        if role == PartRole::Attachment || has_name {
            self.attachment(&entity, decoded.bytes, decoded.cut, path, role);
        }
    }

    fn text_part(&mut self, entity: &Entity<'_>, bytes: &[u8], path: &str) {
        let kept = bytes
            .get(..self.limits.max_text_bytes.saturating_mul(MAX_BYTES_PER_KEPT))
            .unwrap_or(bytes);
        if kept.len() < bytes.len() {
            self.record(
                path,
                [Defect::TextLimit {
                    limit: self.limits.max_text_bytes,
                }],
            );
        }
        let decoded = charset::decode(kept, entity.charset());
        self.record(path, decoded.defects);
        let parameter_is = |name: &str, value: &str| {
            entity
                .content_type
                .parameter(name)
                .is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        let text = if parameter_is("format", "flowed") {
            flowed::unflow(&decoded.text, parameter_is("delsp", "yes"))
        } else {
            decoded.text.replace("\r\n", "\n")
        };
        self.texts.push(text);
    }

    fn html_part(&mut self, entity: &Entity<'_>, bytes: &[u8], path: &str) {
        let in_source = if entity.charset().is_none() {
            charset_in_html(bytes)
        } else {
            None
        };
        let kept = bytes
            .get(..self.limits.max_html_bytes.saturating_mul(MAX_BYTES_PER_KEPT))
            .unwrap_or(bytes);
        if kept.len() < bytes.len() {
            self.record(
                path,
                [Defect::HtmlLimit {
                    limit: self.limits.max_html_bytes,
                }],
            );
        }
        let decoded = charset::decode(kept, entity.charset().or(in_source.as_deref()));
        self.record(path, decoded.defects);
        self.htmls.push(decoded.text);
    }

    fn attachment(&mut self, entity: &Entity<'_>, content: Vec<u8>, cut: bool, path: &str, role: PartRole) {
        let (name, other_name) = entity.names();
        let (name, other_name) = (name.map(FileName::new), other_name.map(FileName::new));
        let original = name.as_ref().map(|name| name.original.as_str());
        let declared = entity.has_content_type.then_some(entity.media_type.as_str());
        let sniffed = sniff(&content, original, declared);
        let archive = archive_facts(&content, sniffed.kind, self.limits);
        let is_mail = matches!(
            entity.media_type.as_str(),
            "message/rfc822" | "message/global" | "message/news"
        ) || sniffed.kind == ContentKind::Mail
            && name
                .as_ref()
                .and_then(FileName::extension)
                .is_some_and(|extension| extension == "eml");
        let index = self.budget.next_attachment;
        self.budget.next_attachment = index.saturating_add(1);
        let size = content.len();
        let inner = if is_mail {
            self.inner_mail(&content, path)
        } else {
            None
        };
        if role == PartRole::Attachment {
            let role = if inner.is_some() { PartRole::Mail } else { role };
            self.summarise(entity, path, role, size);
        }
        self.mail.attachments.push(Attachment {
            index,
            part: path.to_owned(),
            name,
            other_name,
            declared_type: entity.media_type.clone(),
            disposition: entity.disposition(),
            content_id: entity.content_id.clone(),
            description: entity.description.clone(),
            size: u64::try_from(size).unwrap_or(u64::MAX),
            cut,
            sniffed,
            archive,
            inner,
            content,
        });
    }

    fn inner_mail(&mut self, content: &[u8], path: &str) -> Option<usize> {
        let limit = self.limits.mail_depth();
        if self.depth >= limit || self.budget.open >= MAX_OPEN {
            self.record(path, [Defect::MailDepthLimit { limit }]);
            return None;
        }
        if self.budget.parts == 0 {
            self.record(
                path,
                [Defect::PartLimit {
                    limit: self.limits.max_parts,
                    left_out: 1,
                }],
            );
            return None;
        }
        self.budget.open += 1;
        let inner = parse_mail(content, self.limits, self.budget, self.depth.saturating_add(1));
        self.budget.open -= 1;
        self.mail.inner.push(inner);
        self.mail.inner.len().checked_sub(1)
    }

    fn summarise(&mut self, entity: &Entity<'_>, path: &str, role: PartRole, size: usize) {
        self.mail.parts.push(PartSummary {
            path: path.to_owned(),
            content_type: entity.media_type.clone(),
            charset: entity.charset().map(header::shortened),
            transfer_encoding: entity.transfer_encoding.as_deref().map(header::shortened),
            role,
            size: u64::try_from(size).unwrap_or(u64::MAX),
        });
    }

    fn finish(mut self) -> ParsedMail {
        let texts = std::mem::take(&mut self.texts);
        if !texts.is_empty() {
            let text = join(&texts);
            let kept = crate::cut_at(&text, self.limits.max_text_bytes);
            if kept.len() < text.len() {
                self.record(
                    "",
                    [Defect::TextLimit {
                        limit: self.limits.max_text_bytes,
                    }],
                );
            }
            self.mail.body.text = Some(kept.to_owned());
        }
        let htmls = std::mem::take(&mut self.htmls);
        if !htmls.is_empty() {
            self.finish_html(&htmls);
        }
        self.mail
    }

    fn finish_html(&mut self, htmls: &[String]) {
        let mut defects = Vec::new();
        let mut whole = HtmlText::default();
        let mut room = self.limits.clone();
        for source in htmls {
            let found = html::convert(source, &room, &mut defects);
            room.max_links = room.max_links.saturating_sub(found.links.len());
            room.max_text_bytes = room
                .max_text_bytes
                .saturating_sub(found.text.len().saturating_add(1));
            room.max_html_bytes = room.max_html_bytes.saturating_sub(source.len());
            append(&mut whole, found);
        }
        let source = join(htmls);
        let kept = crate::cut_at(&source, self.limits.max_html_bytes);
        if kept.len() < source.len() {
            defects.push(Defect::HtmlLimit {
                limit: self.limits.max_html_bytes,
            });
        }
        self.mail.body.html = Some(kept.to_owned());
        self.mail.body.html_text = Some(whole);
        self.record("", defects);
    }
}

/// Bytes decoded for each byte of text that is kept at most: escapes and signatures take more room encoded than decoded, but
/// text far beyond the limit need not be decoded at all.
const MAX_BYTES_PER_KEPT: usize = 4;

fn join(texts: &[String]) -> String {
    match texts {
        [text] => text.clone(),
        texts => texts.join("\n"),
    }
}

fn append(whole: &mut HtmlText, found: HtmlText) {
    if !whole.text.is_empty() && !found.text.is_empty() {
        whole.text.push('\n');
    }
    whole.text.push_str(&found.text);
    whole.links.extend(found.links);
    whole.title = whole.title.take().or(found.title);
    whole.hidden_characters += found.hidden_characters;
    whole.invisible_characters += found.invisible_characters;
    whole.remote_images += found.remote_images;
    whole.forms += found.forms;
    whole.password_fields += found.password_fields;
    whole.scripts += found.scripts;
}

/// The character set that an HTML source declares for itself in its first kilobyte.
fn charset_in_html(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset=")?;
    let rest = head.get(at.checked_add(8)?..)?;
    let label: Vec<u8> = rest
        .iter()
        .copied()
        .skip_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        .collect();
    String::from_utf8(label).ok().filter(|label| !label.is_empty())
}
