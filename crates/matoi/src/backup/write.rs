//! Making a backup, beside a running server.
//!
//! Rows are read in one snapshot: the state of one moment, whatever is written meanwhile. The files that they name follow; a
//! file is never changed once it is stored, so it is the same later. One that is deleted meanwhile is said to be.

use std::collections::BTreeMap;
use std::io::Write;

use matoi_blob::format::EncryptingWriter;
use matoi_blob::store::{AsyncBlobStore, BlobId, BlobStore};
use matoi_core::kernel::Change;
use matoi_core::upkeep::{self, NamedFile};
use matoi_core::{Store, Tx};

use super::stream::{Kind, Records, row_to_json};
use super::{CONTEXT, FIRST_LINE, FileHead, Label, Sums, TableHead};
use crate::config::Config;
use crate::failure::{Exit, Failure, Outcome, causes};
use crate::installation::{Installation, key_failure, key_places};

/// Who acts, in the audit log.
const DUTY: &str = "backup";
/// Rows read at once.
const PAGE: u32 = 200;

/// Writes a backup of an installation. Gives what it was written into, not synced yet.
///
/// # Errors
/// When the database cannot be read, or the backup cannot be written.
pub async fn write<W: Write + Send + 'static>(
    installation: &Installation,
    config: &Config,
    mut sink: W,
) -> Outcome<(W, Label, Sums)> {
    let store = &installation.store;
    let blobs = installation.blobs(config)?;
    let recovery_file = recovery_file(config)?;
    let mut tx = store.snapshot(&store.system(DUTY)).await?;
    let label = Label {
        made_at: tx.now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema: schema(store).await?,
        database: tx.dialect().as_str().to_owned(),
        recovery_file: recovery_file.clone(),
    };
    begin(&mut sink, &label).map_err(|error| Failure::of("the backup cannot be written", &error))?;
    let keys = &installation.keys;
    let stream = EncryptingWriter::begin(keys.random(), keys.backup_keys(), CONTEXT, sink)
        .map_err(|error| Failure::of("the backup cannot be written", &error))?;
    let mut records = Records::new(stream);
    records.json(Kind::Label, &label)?;
    let mut sums = Sums {
        rows: write_tables(&mut tx, &mut records).await?,
        ..Sums::default()
    };
    let named = upkeep::files_named(&mut tx).await?;
    // A snapshot that stays open keeps the database from tidying up.
    drop(tx);
    let (mut records, unread) = write_files(&blobs, records, named, &mut sums).await?;
    for (id, why) in unread {
        let names = [id.clone()];
        let mut tx = store.read(&store.system(DUTY)).await?;
        if upkeep::files_in_use(&mut tx, &names).await?.is_empty() {
            sums.deleted_meanwhile.push(id);
        } else {
            sums.broken.insert(id, why);
        }
    }
    records.json(Kind::End, &sums)?;
    let sink = records.finish()?;
    if self::recovery_file(config)? != recovery_file {
        return Err(Failure::told(
            Exit::Failed,
            "the keys were rotated while the backup was made: make it again",
        ));
    }
    note(store, &label, &sums).await?;
    Ok((sink, label, sums))
}

fn begin(sink: &mut impl Write, label: &Label) -> std::io::Result<()> {
    sink.write_all(FIRST_LINE.as_bytes())?;
    serde_json::to_writer(&mut *sink, label)?;
    sink.write_all(b"\n")
}

fn recovery_file(config: &Config) -> Outcome<String> {
    let places = key_places(config);
    if !places.has_recovery_file().map_err(key_failure)? {
        return Err(Failure::told(
            Exit::NotFound,
            format!(
                "there is no {}: without it a backup could not be restored elsewhere; `matoi keys rotate` makes a new one",
                places.recovery_file().display()
            ),
        ));
    }
    let path = places.recovery_file();
    std::fs::read_to_string(&path)
        .map_err(|error| Failure::of(format!("{} cannot be read", path.display()), &error))
}

async fn schema(store: &Store) -> Outcome<i64> {
    let state = store
        .db()
        .schema_state()
        .await
        .map_err(|error| Failure::of("the database cannot be read", &error))?;
    Ok(state.version)
}

async fn write_tables<W: Write>(tx: &mut Tx, records: &mut Records<W>) -> Outcome<BTreeMap<String, u64>> {
    let mut sums = BTreeMap::new();
    for table in tx.tables(upkeep::NOT_IN_BACKUPS).await? {
        let head = TableHead {
            name: table.name.clone(),
            columns: table
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.kind == matoi_db::ColumnKind::Int))
                .collect(),
        };
        records.json(Kind::Table, &head)?;
        let mut count = 0;
        let mut after = None;
        let mut all = Vec::new();
        loop {
            let rows = tx.rows_after(&table, after.as_deref(), PAGE).await?;
            after = rows.last().and_then(|row| table.key_of(row));
            count += rows.len() as u64;
            let is_last = rows.is_empty() || after.is_none();
            if table.is_tree() {
                all.extend(rows);
            } else {
                write_rows(records, rows)?;
            }
            if is_last {
                break;
            }
        }
        write_rows(records, table.parents_first(all))?;
        sums.insert(table.name, count);
    }
    Ok(sums)
}

fn write_rows<W: Write>(records: &mut Records<W>, rows: Vec<Vec<matoi_db::Value>>) -> Outcome {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = rows.into_iter().map(row_to_json).collect();
    records.json(Kind::Rows, &rows)
}

/// Files that could not be read, with why.
type Unread = Vec<(String, String)>;

/// Writes every named file. Runs where blocking is no harm.
async fn write_files<W: Write + Send + 'static>(
    blobs: &AsyncBlobStore,
    mut records: Records<W>,
    named: BTreeMap<String, NamedFile>,
    sums: &mut Sums,
) -> Outcome<(Records<W>, Unread)> {
    let (mut unread, mut files, mut bytes) = (Unread::new(), 0_u64, 0_u64);
    for (name, expected) in named {
        let one = name.clone();
        // A file is read to its end before it is written: a damaged one would damage the backup.
        let (back, written) = blobs
            .run(move |store| {
                let written = write_file(store, &mut records, &one, &expected);
                Ok((records, written))
            })
            .await
            .map_err(|error| Failure::of("the files cannot be read", &error))?;
        records = back;
        match written? {
            Ok(length) => {
                files += 1;
                bytes += length;
            }
            Err(why) => unread.push((name, why)),
        }
    }
    (sums.files, sums.file_bytes) = (files, bytes);
    Ok((records, unread))
}

/// Writes one file and gives the length of its content; or why it cannot be read, and nothing is written.
fn write_file<W: Write>(
    store: &BlobStore,
    records: &mut Records<W>,
    name: &str,
    expected: &NamedFile,
) -> Outcome<Result<u64, String>> {
    let Ok(id) = name.parse::<BlobId>() else {
        return Ok(Err("this is no name of a stored file".to_owned()));
    };
    let content = match store.verify(id) {
        Ok(Some(verified)) => verified.content,
        Ok(None) => return Ok(Err("it is missing".to_owned())),
        Err(error) => return Ok(Err(causes(&error))),
    };
    if let Some(fault) = expected.fault(content.len, &content.sha256_hex()) {
        return Ok(Err(fault.to_owned()));
    }
    let mut raw = match store.export_raw(id) {
        Ok(Some(raw)) => raw,
        Ok(None) => return Ok(Err("it is missing".to_owned())),
        Err(error) => return Ok(Err(causes(&error))),
    };
    records.json(Kind::File, &FileHead { id: name.to_owned() })?;
    records.data(raw.stored_len(), &mut raw)?;
    Ok(Ok(content.len))
}

/// Notes in the audit log that everything was copied out.
async fn note(store: &Store, label: &Label, sums: &Sums) -> Outcome {
    let mut tx = store.write(&store.system(DUTY)).await?;
    let change = Change::named("backup.create", "installation", "1".to_owned())
        .set("state_of", label.made_at)
        .set("rows", sums.all_rows())
        .set("files", sums.files)
        .set("file_bytes", sums.file_bytes)
        .set("broken", sums.broken.len());
    tx.record(change).await?;
    tx.commit().await?;
    Ok(())
}
