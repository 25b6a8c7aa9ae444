//! From a mail that was taken apart to what a page shows of it.

use matoi_mail::{Mailbox, ParsedMail};

use super::model::{MailAddress, MailAuthentication, MailFile, MailHop, MailLink, MailSheet};
use crate::files::FileFacts;

const MAX_ADDRESSES: usize = 50;
const MAX_HOPS: usize = 30;
const MAX_LINKS: usize = 100;
const MAX_FILES: usize = 200;
const MAX_DEFECTS: usize = 50;
const MAX_INNER: usize = 20;

/// What a page shows of a mail and of those inside it. `mask` takes secrets out of every text.
pub(super) fn sheet(mail: &ParsedMail, mask: &dyn Fn(&str) -> String) -> MailSheet {
    let headers = &mail.headers;
    let html = mail.body.html_text.as_ref();
    MailSheet {
        subject: mask(&shortened(headers.subject.as_deref().unwrap_or_default(), 500)),
        from: addresses(&headers.from),
        reply_to: addresses(&headers.reply_to),
        to: addresses(&headers.to),
        cc: addresses(&headers.cc),
        date: headers.date.as_ref().map(|date| date.at),
        date_plausibility: headers.date.as_ref().map(|date| name_of(date.plausibility)),
        message_id: headers.message_id.as_deref().map(|id| shortened(id, 500)),
        return_path: headers.return_path.as_deref().map(|path| shortened(path, 300)),
        received: headers
            .received
            .iter()
            .take(MAX_HOPS)
            .map(|hop| MailHop {
                from: hop.from.as_deref().map(|text| shortened(text, 200)),
                address: hop.from_ip.map(|address| address.to_string()),
                by: hop.by.as_deref().map(|text| shortened(text, 200)),
                at: hop.date.as_ref().map(|date| date.at),
            })
            .collect(),
        authentication: headers
            .authentication_results
            .iter()
            .take(10)
            .map(|field| MailAuthentication {
                server: field.authserv_id.as_deref().map(|text| shortened(text, 200)),
                results: field
                    .results
                    .iter()
                    .take(20)
                    .map(|result| {
                        format!(
                            "{}={}",
                            shortened(&result.method, 40),
                            shortened(&result.result, 40)
                        )
                    })
                    .collect(),
            })
            .collect(),
        links: links(mail, mask),
        attachments: mail.attachments.iter().take(MAX_FILES).map(file).collect(),
        automatic: headers.automatic.iter().map(key_of).collect(),
        defects: mail
            .defects
            .iter()
            .take(MAX_DEFECTS)
            .filter_map(|defect| serde_json::to_value(defect).ok())
            .collect(),
        hidden_characters: html.map_or(0, |html| html.hidden_characters as u64),
        forms: html.map_or(0, |html| html.forms as u64),
        password_fields: html.map_or(0, |html| html.password_fields as u64),
        remote_images: html.map_or(0, |html| html.remote_images as u64),
        inner: mail
            .inner
            .iter()
            .take(MAX_INNER)
            .map(|inner| sheet(inner, mask))
            .collect(),
    }
}

/// What was found out about an attachment, as files keep it.
pub(super) fn facts(attachment: &matoi_mail::Attachment) -> FileFacts {
    FileFacts {
        sniffed: Some(attachment.sniffed.clone()),
        archive: attachment.archive.clone(),
        name: attachment.name.clone(),
    }
}

fn file(attachment: &matoi_mail::Attachment) -> MailFile {
    let facts = facts(attachment);
    MailFile {
        name: attachment.safe_name().to_owned(),
        media_type: attachment.sniffed.media_type.clone(),
        size: attachment.size,
        locked: facts.is_encrypted(),
        suspicious: facts.is_suspicious(),
        is_mail: attachment.inner.is_some(),
    }
}

fn links(mail: &ParsedMail, mask: &dyn Fn(&str) -> String) -> Vec<MailLink> {
    let all = mail.body.html_text.iter().flat_map(|html| &html.links);
    let mut links: Vec<MailLink> = all
        .map(|link| MailLink {
            kind: name_of(link.kind),
            shown: mask(&shortened(&link.shown, 300)),
            target: matoi_text::defang(&shortened(&link.target, 1000)),
            misleading: link.mismatch || link.disguised_host,
        })
        .collect();
    links.sort_by_key(|link| !link.misleading);
    links.truncate(MAX_LINKS);
    links
}

fn addresses(boxes: &[Mailbox]) -> Vec<MailAddress> {
    boxes
        .iter()
        .take(MAX_ADDRESSES)
        .map(|mailbox| MailAddress {
            name: shortened(mailbox.name.as_deref().unwrap_or_default(), 200),
            address: shortened(mailbox.address.as_deref().unwrap_or_default(), 300),
            shows_other: mailbox.name_shows_other_address,
        })
        .collect()
}

/// The name by which an enumeration without fields is serialised.
fn name_of(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}

/// The `key` by which an enumeration with fields is serialised.
fn key_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| {
            value
                .get("key")
                .and_then(|key| key.as_str())
                .map(ToOwned::to_owned)
        })
        .unwrap_or_default()
}

pub(super) fn shortened(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}
