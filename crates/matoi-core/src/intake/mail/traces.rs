//! Traces that a mail brings beside its text: where links really lead, who a forwarded mail comes from, what is attached.

use std::net::IpAddr;

use matoi_mail::{Disposition, ParsedMail};
use matoi_text::{ObservableKind, OwnNames, SpecialPurpose, find_observables};
use matoi_types::Lang;

use crate::desk::model::NamedObservable;
use crate::kernel::Message;
use crate::kernel::words::Words;

/// Traces of one mail; what a sender can put into a mail has no end.
const MAX_TRACES: usize = 500;

/// An attachment that was stored.
pub(super) struct StoredAttachment {
    pub(super) name: String,
    pub(super) sha256: String,
}

/// Traces of a mail. Its own sender and the servers it came over are the reporter's and ours; those of a forwarded mail are not.
pub(super) fn traces(
    mail: &ParsedMail,
    attachments: &[StoredAttachment],
    own: &OwnNames,
    lang: Lang,
) -> Vec<NamedObservable> {
    let mut all = Traces {
        found: Vec::new(),
        own,
        lang,
    };
    for (depth, mail) in mail.mails_in_tree().into_iter().enumerate() {
        all.links(mail);
        all.broken_html(mail);
        if depth > 0 {
            all.inner(mail);
        } else {
            all.diverted_answers(mail);
        }
    }
    for attachment in attachments {
        let note = Message::new("trace-attachment").with("name", attachment.name.clone());
        if !attachment.name.is_empty() {
            all.add("filename", &attachment.name, &Message::new("trace-attached"));
        }
        all.add("sha256", &attachment.sha256, &note);
    }
    all.found
}

/// Whether an attachment is part of how the mail looks rather than something it brings.
pub(super) fn is_decoration(attachment: &matoi_mail::Attachment) -> bool {
    attachment.disposition != Disposition::Attachment
        && attachment.content_id.is_some()
        && attachment.sniffed.media_type.starts_with("image/")
        && !attachment.sniffed.dangerous
}

struct Traces<'a> {
    found: Vec<NamedObservable>,
    own: &'a OwnNames,
    lang: Lang,
}

impl Traces<'_> {
    fn links(&mut self, mail: &ParsedMail) {
        for link in mail.body.html_text.iter().flat_map(|html| &html.links) {
            let web = link.target.starts_with("http://") || link.target.starts_with("https://");
            if !web {
                continue;
            }
            let note = if link.mismatch || link.disguised_host {
                let shown: String = link.shown.chars().take(100).collect();
                Message::new("trace-link-shown").with("shown", shown)
            } else {
                Message::new("trace-link")
            };
            self.add("url", &link.target, &note);
        }
    }

    /// HTML so broken that no link was found in it, though a browser may find one: every URL of its source.
    fn broken_html(&mut self, mail: &ParsedMail) {
        let found_one = mail
            .body
            .html_text
            .as_ref()
            .is_some_and(|html| !html.links.is_empty());
        let Some(source) = mail.body.html.as_deref().filter(|_| !found_one) else {
            return;
        };
        for url in find_observables(source, 50).found {
            if url.kind == ObservableKind::Url {
                self.add("url", &url.value, &Message::new("trace-html-source"));
            }
        }
    }

    /// Answers that go to another domain than the author's are a trace even when the author is taken for the reporter.
    fn diverted_answers(&mut self, mail: &ParsedMail) {
        let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let author = mail.headers.sender_address().and_then(domain);
        for address in mail
            .headers
            .reply_to
            .iter()
            .take(5)
            .filter_map(|mailbox| mailbox.address.as_deref())
        {
            if domain(address) != author {
                self.address(address, &Message::new("trace-reply-to"));
            }
        }
    }

    fn inner(&mut self, mail: &ParsedMail) {
        let headers = &mail.headers;
        for (boxes, key) in [
            (&headers.from, "trace-inner-from"),
            (&headers.sender, "trace-inner-from"),
            (&headers.reply_to, "trace-inner-reply-to"),
        ] {
            for address in boxes
                .iter()
                .take(5)
                .filter_map(|mailbox| mailbox.address.as_deref())
            {
                self.address(address, &Message::new(key));
            }
        }
        if let Some(path) = headers.return_path.as_deref().filter(|path| path.contains('@')) {
            self.address(path, &Message::new("trace-inner-return-path"));
        }
        for address in headers.received.iter().take(30).filter_map(|hop| hop.from_ip) {
            if self.is_foreign(address) {
                self.add("", &address.to_string(), &Message::new("trace-inner-hop"));
            }
        }
    }

    fn address(&mut self, address: &str, note: &Message) {
        let Some((_, domain)) = address.rsplit_once('@') else {
            return;
        };
        if self.own.contains_name(&domain.to_lowercase()) {
            return;
        }
        self.add("email", address, note);
        self.add("domain", domain, note);
    }

    /// Neither ours nor one that means nothing outside its own network.
    fn is_foreign(&self, address: IpAddr) -> bool {
        use SpecialPurpose::{Benchmarking, Documentation};
        let address = address.to_canonical();
        let special = SpecialPurpose::of_address(address);
        !self.own.contains_address(address) && matches!(special, None | Some(Documentation | Benchmarking))
    }

    fn add(&mut self, kind: &str, value: &str, note: &Message) {
        let value = value.trim();
        let again = self
            .found
            .iter()
            .any(|other| other.kind == kind && other.value == value);
        if !again && !value.is_empty() && self.found.len() < MAX_TRACES {
            self.found.push(NamedObservable {
                kind: kind.to_owned(),
                value: value.to_owned(),
                tlp: None,
                note: Words::get().say(self.lang, note),
            });
        }
    }
}
