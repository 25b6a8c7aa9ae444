//! What callers may do with rules kept as data.

use sha2::{Digest as _, Sha256};

use super::model::{Checked, DataFile, DataFileEntry, DataFileState, DataKind};
use super::{shipped, store};
use crate::kernel::change::hex;
use crate::kernel::check::Fields;
use crate::kernel::data::DataError;
use crate::kernel::words::Words;
use crate::kernel::{Action, Caller, Change, Error, FieldError, Message, Result, Tx};

/// Longest text of a data file, in bytes.
const MAX_CONTENT: usize = 1_000_000;

/// A text that was found right and can be kept.
#[derive(Debug)]
pub struct Prepared {
    kind: DataKind,
    name: String,
    content: String,
    note: String,
}

/// Brings the shipped files into the database: in force where nothing of that name is yet, as draft where they are new
/// to an installation that has its own approved version. Nothing that is in force is touched.
pub async fn seed(tx: &mut Tx) -> Result<()> {
    for (kind, file_name, text) in shipped::all() {
        let hash = hash(&text);
        if store::by_hash(tx, &hash).await?.is_some() {
            continue;
        }
        let (name, _) = kind
            .check(&file_name, &text)
            .map_err(|errors| Error::Internal(DataError::first(&file_name, errors).to_string()))?;
        let in_force = store::approved(tx, kind, &name).await?.is_some();
        let now = tx.now();
        let file = DataFile {
            version: store::next_version(tx, kind, &name).await?,
            state: if in_force {
                DataFileState::Draft
            } else {
                DataFileState::Approved
            },
            approved_at: (!in_force).then_some(now),
            hash,
            kind,
            name,
            content: text,
            note: String::new(),
            created_by: None,
            created_at: now,
            approved_by: None,
        };
        store::insert(tx, &file).await?;
        tx.record(change("rulebook.ship", &file)).await?;
    }
    Ok(())
}

/// The version in force.
pub async fn in_force(tx: &mut Tx, kind: DataKind, name: &str) -> Result<DataFile> {
    store::approved(tx, kind, name)
        .await?
        .ok_or_else(|| Error::Internal(format!("no {kind} named {name} is in force")))
}

/// The version in force, if there is one of that name.
pub async fn find_in_force(tx: &mut Tx, kind: DataKind, name: &str) -> Result<Option<DataFile>> {
    store::approved(tx, kind, name).await
}

/// Every version in force of a kind, by name. Who may see them is for the room that asks to know.
pub(crate) async fn all_in_force(tx: &mut Tx, kind: DataKind) -> Result<Vec<DataFile>> {
    let mut files = Vec::new();
    for entry in store::list(tx, Some(kind), None).await? {
        if entry.state == DataFileState::Approved {
            files.extend(store::by_hash(tx, &entry.hash).await?);
        }
    }
    Ok(files)
}

/// A version by its hash, whoever asks: what a case pinned must always be readable by the program.
pub(crate) async fn pinned(tx: &mut Tx, hash: &str) -> Result<DataFile> {
    store::by_hash(tx, hash)
        .await?
        .ok_or_else(|| Error::Internal(format!("pinned data file {hash} is missing")))
}

/// A version by its hash.
pub async fn get(tx: &mut Tx, hash: &str) -> Result<DataFile> {
    tx.require(Action::CriteriaRead)?;
    store::by_hash(tx, hash)
        .await?
        .ok_or(Error::NotFound("data file"))
}

/// Versions without their content, newest first within each name.
pub async fn list(tx: &mut Tx, kind: Option<DataKind>, name: Option<&str>) -> Result<Vec<DataFileEntry>> {
    tx.require(Action::CriteriaRead)?;
    store::list(tx, kind, name).await
}

/// The version in force, for people who look at it; none when no version of this name was ever approved.
pub async fn current(tx: &mut Tx, kind: DataKind, name: &str) -> Result<Option<DataFile>> {
    tx.require(Action::CriteriaRead)?;
    store::approved(tx, kind, name).await
}

/// Checks a text without keeping it. Needs no transaction: a large table takes a while.
pub fn check(caller: &Caller, kind: DataKind, content: &str) -> Result<Checked> {
    caller.require(Action::CriteriaDraft)?;
    if content.len() > MAX_CONTENT {
        return Err(Error::field("/content", Message::new("error-too-large-text")));
    }
    Ok(match kind.check("content", &content.replace("\r\n", "\n")) {
        Ok((name, notices)) => Checked {
            name: Some(name),
            errors: Vec::new(),
            notices,
        },
        Err(errors) => Checked {
            name: None,
            errors,
            notices: Vec::new(),
        },
    })
}

/// Checks a text that is to be kept. A wrong one is refused naming line, key and what is allowed, all at once.
pub fn prepare(caller: &Caller, kind: DataKind, content: &str, note: &str) -> Result<Prepared> {
    let mut fields = Fields::new();
    let note = fields.text("/note", note, 2000);
    let checked = check(caller, kind, content)?;
    for error in checked.errors {
        let message = Message::new("error-data-file")
            .with("line", i64::try_from(error.line).unwrap_or(0))
            .with("key", error.key)
            .with("problem", Words::get().say(caller.lang, &error.message));
        fields.wrong("/content", message);
    }
    fields.done()?;
    Ok(Prepared {
        kind,
        name: checked.name.unwrap_or_default(),
        content: content.replace("\r\n", "\n"),
        note,
    })
}

/// Keeps a checked text as draft, the next version of its name.
pub async fn draft(tx: &mut Tx, prepared: Prepared) -> Result<DataFile> {
    tx.require(Action::CriteriaDraft)?;
    let Prepared {
        kind,
        name,
        content,
        note,
    } = prepared;
    let hash = hash(&content);
    if let Some(same) = store::by_hash(tx, &hash).await? {
        let message = Message::new("error-data-file-exists").with("version", same.version);
        return Err(Error::Exists(FieldError::new("/content", message)));
    }
    let file = DataFile {
        version: store::next_version(tx, kind, &name).await?,
        state: DataFileState::Draft,
        hash,
        kind,
        name,
        content,
        note,
        created_by: tx.caller().account(),
        created_at: tx.now(),
        approved_by: None,
        approved_at: None,
    };
    store::insert(tx, &file).await?;
    tx.record(change("rulebook.draft", &file)).await?;
    Ok(file)
}

/// Puts a draft, or a version that was in force before, in force, saying why. Its author does not approve it alone: four eyes.
pub async fn approve(tx: &mut Tx, hash: &str, reason: &str) -> Result<DataFile> {
    tx.require(Action::CriteriaApprove)?;
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    let file = store::by_hash(tx, hash)
        .await?
        .ok_or(Error::NotFound("data file"))?;
    if file.created_by.is_some() && file.created_by == tx.caller().account() {
        return Err(Error::rule("error-approve-own"));
    }
    if file.state == DataFileState::Approved || !store::approve(tx, &file).await? {
        return Err(Error::rule("error-data-file-in-force"));
    }
    let change = change("rulebook.approve", &file).because(&reason);
    tx.record(change).await?;
    store::by_hash(tx, hash)
        .await?
        .ok_or(Error::NotFound("data file"))
}

fn change(verb: &'static str, file: &DataFile) -> Change {
    Change::named(verb, "data_file", file.hash.clone())
        .set("kind", file.kind)
        .set("name", &file.name)
        .set("version", file.version)
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
