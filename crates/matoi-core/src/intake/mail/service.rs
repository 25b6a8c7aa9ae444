//! Taking mail in, and reading what came.

use std::fmt;

use matoi_mail::{ParsedMail, related_key};
use matoi_types::{ItemId, MailId, Severity, Timestamp};

use super::model::{Envelope, MailRole, Outcome, ReceivedMail, Refusal, TakenIn};
use super::sheet::shortened;
use super::traces::StoredAttachment;
use super::{raw, rules, secrets, sheet, traces};
use crate::clocks::ClockOwner;
use crate::desk::DeskItem;
use crate::desk::mails::{self, MailReport};
use crate::files::{self, NewFile, Owner};
use crate::first_response;
use crate::intake::store;
use crate::kernel::numbers::{self, Series};
use crate::kernel::ports::{Files, Parsers};
use crate::kernel::words::Words;
use crate::kernel::{Action, Caller, Change, Error, Result, Store, Tx};
use crate::observables::{self, Origin};
use crate::{desk, organisation};

/// How long after a locked file its password may come, in seconds.
const PASSWORD_WITHIN_SECONDS: i64 = 24 * 3600;
/// What a sealed password is for.
const PASSWORD_CONTEXT: &str = "mail password";
/// How often a mail is tried when another process took in the same at the same moment.
const ATTEMPTS: usize = 3;

/// What the intake of mail works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The way to the database.
    pub store: &'a Store,
    /// Encrypted files.
    pub files: &'a dyn Files,
    /// Hostile parsing.
    pub parsers: &'a dyn Parsers,
    /// The largest mail that is taken, in bytes.
    pub max_bytes: u64,
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

/// Takes in a mail. Whatever happens, it is either stored as a whole or not at all, and the outcome says which.
///
/// `caller` needs the right to enter reports; the mail itself is read with the program's own eyes.
pub async fn take_in(desk: Desk<'_>, caller: &Caller, raw: Vec<u8>, envelope: &Envelope) -> Result<Outcome> {
    caller.require(Action::ReportCreate)?;
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Ok(Outcome::Refused(Refusal::Empty));
    }
    if raw.len() as u64 > desk.max_bytes {
        return Ok(Outcome::Refused(Refusal::TooLarge {
            limit: desk.max_bytes,
        }));
    }
    match store_and_read(desk, caller, raw, envelope).await {
        Ok(taken) => Ok(Outcome::Accepted(Box::new(taken))),
        // Nothing of it was kept. Whatever is wrong here may be right in a while; the mail itself is not at fault.
        Err(error) => {
            tracing::warn!(%error, "a mail could not be taken in now");
            Ok(Outcome::TryLater(error.to_string()))
        }
    }
}

/// The mails of a report, oldest first.
pub async fn of_item(tx: &mut Tx, item: ItemId) -> Result<Vec<ReceivedMail>> {
    tx.require(Action::ReportRead)?;
    desk::queue::get(tx, item).await?;
    store::mails_of(tx, item).await
}

/// A mail whose original the caller is about to read: reading it is noted.
pub async fn original(tx: &mut Tx, id: MailId) -> Result<ReceivedMail> {
    let (mail, item) = visible(tx, id).await?;
    let change = Change::of("mail.download", id).within(item.scope_id);
    tx.record(change.set("item_id", item.id)).await?;
    Ok(mail)
}

/// The passwords that a mail tells. Looking at them is noted.
pub async fn passwords(tx: &mut Tx, id: MailId) -> Result<Vec<String>> {
    let (_, item) = visible(tx, id).await?;
    let change = Change::of("mail.show_passwords", id).within(item.scope_id);
    tx.record(change.set("item_id", item.id)).await?;
    let Some(sealed) = store::sealed_passwords(tx, id).await? else {
        return Ok(Vec::new());
    };
    let opened = tx.env().secrets().open(PASSWORD_CONTEXT, &sealed)?;
    Ok(serde_json::from_slice(&opened)?)
}

/// Seals the passwords that mails tell anew where they are not under the current key. Gives how many were.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<u64> {
    let mut resealed = 0;
    for (id, sealed) in store::all_sealed_passwords(tx).await? {
        if let Some(sealed) = tx.env().secrets().reseal(PASSWORD_CONTEXT, &sealed)? {
            store::replace_sealed_passwords(tx, id, &sealed).await?;
            resealed += 1;
        }
    }
    Ok(resealed)
}

async fn visible(tx: &mut Tx, id: MailId) -> Result<(ReceivedMail, DeskItem)> {
    tx.require(Action::ReportRead)?;
    let mail = store::get_mail(tx, id).await?.ok_or(Error::NotFound("mail"))?;
    let item = desk::queue::get(tx, mail.item_id)
        .await
        .map_err(|_| Error::NotFound("mail"))?;
    Ok((mail, item))
}

/// A mail as it was read, with everything of it that is stored.
struct ReadMail {
    mail: ParsedMail,
    inspected: bool,
    digest: String,
    blob: String,
    size: u64,
    files: Vec<NewFile>,
    traces: Vec<StoredAttachment>,
}

async fn store_and_read(
    desk: Desk<'_>,
    caller: &Caller,
    raw: Vec<u8>,
    envelope: &Envelope,
) -> Result<TakenIn> {
    let system = Caller {
        address: caller.address.clone(),
        request_id: caller.request_id.clone(),
        token: caller.token,
        ..Caller::system("mail intake", caller.now)
    };
    let digest = raw::content_digest(&raw);
    if let Some(taken) = known(desk.store, &system, &digest).await? {
        return Ok(taken);
    }
    // The original is safe before anything looks at it.
    let original = desk.files.put(raw.clone()).await?;
    let mut stored = vec![original.blob.clone()];
    let outcome = async {
        let (mail, inspected) = take_apart(desk.parsers, raw, system.now).await;
        let mut read = ReadMail {
            mail,
            inspected,
            digest,
            blob: original.blob,
            size: original.size,
            files: Vec::new(),
            traces: Vec::new(),
        };
        store_attachments(desk.files, &mut read, &mut stored).await?;
        let mut attempt = 1;
        loop {
            match enter(desk.store, &system, &read, envelope).await {
                Err(Error::Unavailable(_)) if attempt < ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }
    .await;
    if outcome.as_ref().map_or(true, |taken| taken.existed) {
        for blob in stored {
            desk.files.discard(blob).await;
        }
    }
    outcome
}

/// The same mail, if it had come before.
async fn known(store: &Store, system: &Caller, digest: &str) -> Result<Option<TakenIn>> {
    let mut tx = store.read(system).await?;
    known_in(&mut tx, digest).await
}

async fn known_in(tx: &mut Tx, digest: &str) -> Result<Option<TakenIn>> {
    let Some(known) = store::mail_by_digest(tx, digest).await? else {
        return Ok(None);
    };
    let item = desk::queue::get(tx, known.item).await?;
    Ok(Some(TakenIn {
        item,
        role: known.role,
        existed: true,
        automatic: known.automatic,
        inspected: known.inspected,
    }))
}

/// Takes the mail apart in a process that can be lost. When it is lost twice, its first lines alone are tried, and then they are
/// taken as they stand.
async fn take_apart(parsers: &dyn Parsers, bytes: Vec<u8>, now: Timestamp) -> (ParsedMail, bool) {
    for _ in 0..2 {
        match parsers.mail(bytes.clone(), now).await {
            Ok(mail) => return (mail, true),
            Err(error) => tracing::warn!(%error, "the parser was lost over a mail"),
        }
    }
    if let Ok(mail) = parsers.mail(raw::head(&bytes), now).await {
        return (mail, false);
    }
    let mut mail = ParsedMail::default();
    mail.headers.subject = raw::field(&bytes, "subject");
    mail.headers.message_id = raw::field(&bytes, "message-id")
        .map(|id| id.trim_matches(['<', '>']).to_owned())
        .filter(|id| !id.is_empty());
    (mail, false)
}

async fn store_attachments(files: &dyn Files, read: &mut ReadMail, stored: &mut Vec<String>) -> Result<()> {
    let mut all = Vec::new();
    collect(&mut read.mail, &mut all);
    for mut attachment in all {
        let file = files.put(std::mem::take(&mut attachment.content)).await?;
        stored.push(file.blob.clone());
        let facts = sheet::facts(&attachment);
        let name = attachment.name.as_ref().map(|name| name.original.clone());
        if attachment.inner.is_none() && !traces::is_decoration(&attachment) {
            read.traces.push(StoredAttachment {
                name: attachment.safe_name().to_owned(),
                sha256: file.sha256.clone(),
            });
        }
        read.files.push(NewFile {
            blob: file.blob,
            name: name.unwrap_or_else(|| format!("part-{}", attachment.part)),
            declared_type: shortened(&attachment.declared_type, 200),
            size: file.size,
            sha256: file.sha256,
            facts,
        });
    }
    Ok(())
}

/// Every attachment of the tree that has content, with its content taken out of the mail.
fn collect(mail: &mut ParsedMail, all: &mut Vec<matoi_mail::Attachment>) {
    for attachment in &mut mail.attachments {
        let content = std::mem::take(&mut attachment.content);
        if !content.is_empty() {
            all.push(matoi_mail::Attachment {
                content,
                ..attachment.clone()
            });
        }
    }
    for inner in &mut mail.inner {
        collect(inner, all);
    }
}

/// Where a mail belongs.
enum Place {
    New,
    Joins(Box<DeskItem>, MailRole),
}

async fn enter(store: &Store, system: &Caller, read: &ReadMail, envelope: &Envelope) -> Result<TakenIn> {
    let mut look = store.read(system).await?;
    let passwords = secrets::passwords(&read.mail);
    let is_new = matches!(place(&mut look, read, &passwords).await?, Place::New);
    drop(look);
    let number = if is_new {
        numbers::next(store, system, Series::Report).await?
    } else {
        String::new()
    };
    let mut tx = store.write(system).await?;
    if let Some(taken) = known_in(&mut tx, &read.digest).await? {
        return Ok(taken);
    }
    let automatic = rules::is_automatic(&read.mail, envelope);
    let mask = |text: &str| secrets::masked(text, &passwords);
    let sheet = sheet::sheet(&read.mail, &mask);
    let text = mask(&rules::readable_text(&read.mail));
    let entry = Entry {
        read,
        automatic,
        text: &text,
        sheet: &sheet,
        sheet_json: serde_json::to_string(&sheet)?,
    };
    let (item, role, message) = match place(&mut tx, read, &passwords).await? {
        Place::New if number.is_empty() => {
            return Err(Error::Unavailable("the report to join is gone".to_owned()));
        }
        Place::New => {
            let item = new_report(&mut tx, &number, &entry).await?;
            (item, MailRole::Report, None)
        }
        Place::Joins(item, role) => {
            let (item, message) = mails::join(&mut tx, &item, &text, automatic).await?;
            (item, role, Some(message))
        }
    };
    add_traces(&mut tx, &item, &entry).await?;
    for file in &read.files {
        files::service::add(&mut tx, Owner::Item(item.id), item.scope_id, file.clone()).await?;
    }
    let id: MailId = tx.new_id()?;
    let sealed_passwords = if passwords.is_empty() {
        None
    } else {
        let plain = serde_json::to_vec(&passwords)?;
        Some(tx.env().secrets().seal(PASSWORD_CONTEXT, &plain)?)
    };
    let related = related_key(&read.mail);
    let (sender, subject_key) = (shortened(&related.sender, 300), shortened(&related.subject, 300));
    store::insert_mail(
        &mut tx,
        store::NewMail {
            id,
            item: item.id,
            message,
            role,
            rfc_id: rfc_id(&read.mail).as_deref(),
            digest: &read.digest,
            sender: &sender,
            subject_key: &subject_key,
            locked_file: rules::has_locked_file(&read.mail),
            automatic,
            inspected: read.inspected,
            sheet: &entry.sheet_json,
            passwords: passwords.len(),
            sealed_passwords,
            blob: &read.blob,
            size: read.size,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(TakenIn {
        item,
        role,
        existed: false,
        automatic,
        inspected: read.inspected,
    })
}

/// The report that the mail belongs to: the one it answers, or the one whose locked file it brings the password for.
async fn place(tx: &mut Tx, read: &ReadMail, passwords: &[String]) -> Result<Place> {
    let is_notice = !passwords.is_empty() || matoi_mail::looks_like_password_notice(&read.mail).is_some();
    let role = if is_notice && !rules::has_locked_file(&read.mail) {
        MailRole::Password
    } else {
        MailRole::Reply
    };
    if let Some(found) = store::item_by_rfc_ids(tx, &rules::refers_to(&read.mail)).await?
        && let Some(item) = mails::living(tx, found).await?
    {
        return Ok(Place::Joins(Box::new(item), role));
    }
    let related = related_key(&read.mail);
    if role == MailRole::Password && !related.sender.is_empty() {
        let since = tx.now().plus_seconds(-PASSWORD_WITHIN_SECONDS);
        let (sender, subject) = (shortened(&related.sender, 300), shortened(&related.subject, 300));
        if let Some(found) = store::item_with_locked_file(tx, &sender, &subject, since).await?
            && let Some(item) = mails::living(tx, found).await?
        {
            return Ok(Place::Joins(Box::new(item), role));
        }
    }
    Ok(Place::New)
}

/// What is entered of a mail.
struct Entry<'a> {
    read: &'a ReadMail,
    automatic: bool,
    text: &'a str,
    sheet: &'a super::MailSheet,
    sheet_json: String,
}

async fn new_report(tx: &mut Tx, number: &str, entry: &Entry<'_>) -> Result<DeskItem> {
    let organisation = organisation::service::require(tx).await?;
    let mail = &entry.read.mail;
    let lang = rules::language(entry.text)
        .or_else(|| rules::language(&entry.sheet.subject))
        .unwrap_or(organisation.lang);
    let category = if mail.inner.is_empty() {
        first_response::OTHER
    } else {
        "suspicious_mail"
    };
    let severity = match first_response::category(category) {
        _ if entry.automatic => Severity::Info,
        Some(category) => category.severity,
        None => Severity::Medium,
    };
    let first_line = entry.text.lines().map(str::trim).find(|line| !line.is_empty());
    let title = match (entry.sheet.subject.trim(), first_line) {
        ("", None) => Words::get().text(organisation.lang, "mail-no-subject"),
        ("", Some(line)) => shortened(line, 200),
        (subject, _) => shortened(subject, 500),
    };
    let from = mail.headers.from.first().or_else(|| mail.headers.sender.first());
    let address = from.and_then(|from| from.address.as_deref()).unwrap_or_default();
    let name = from.and_then(|from| from.name.as_deref()).unwrap_or_default();
    let related = related_key(mail);
    let rfc_id = rfc_id(mail);
    let (reference, sender) = (reference(tx, entry).await?, shortened(&related.sender, 300));
    let (item, _, _) = mails::take_in(
        tx,
        MailReport {
            number,
            source_ref: &reference,
            title: &title,
            body: entry.text,
            lang,
            category,
            severity,
            reporter_name: &shortened(name, 100),
            reporter_contact: &shortened(address, 254),
            event_at: rules::sent_at(mail),
            automatic: entry.automatic,
            rfc_id: rfc_id.as_deref(),
            sender: &sender,
            subject_key: &shortened(&related.subject, 300),
            sheet: &entry.sheet_json,
            blob: &entry.read.blob,
        },
    )
    .await?;
    Ok(item)
}

/// The sender's identifier, or the digest where there is none or where another mail bears the same.
async fn reference(tx: &mut Tx, entry: &Entry<'_>) -> Result<String> {
    let digest = &entry.read.digest;
    let Some(id) = rfc_id(&entry.read.mail) else {
        return Ok(format!("sha256:{digest}"));
    };
    if mails::by_reference(tx, &id).await?.is_none() {
        return Ok(id);
    }
    let id: String = id.chars().take(400).collect();
    Ok(format!("{id} sha256:{digest}"))
}

fn rfc_id(mail: &ParsedMail) -> Option<String> {
    mail.headers
        .message_id
        .as_deref()
        .map(|id| shortened(id.trim(), 490))
        .filter(|id| !id.is_empty())
}

async fn add_traces(tx: &mut Tx, item: &DeskItem, entry: &Entry<'_>) -> Result<()> {
    let own = observables::service::own_names(tx).await?;
    let traces = traces::traces(&entry.read.mail, &entry.read.traces, &own, item.lang);
    let text = format!("{}\n{}", entry.sheet.subject, entry.text);
    let owners = [
        Some(ClockOwner::Item(item.id)),
        item.case_id.map(ClockOwner::Case),
    ];
    for owner in owners.into_iter().flatten() {
        let (scope, tlp) = (item.scope_id, item.tlp);
        observables::service::note(tx, owner, scope, tlp, Origin::Found, &traces).await?;
        observables::service::find_in(tx, owner, scope, &text, tlp).await?;
    }
    Ok(())
}
