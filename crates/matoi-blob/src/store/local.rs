//! Files in a directory.
//!
//! ```text
//! <root>/tmp/<id>         being written
//! <root>/<2 digits>/<id>  whole; the directory is the first two digits of the id
//! ```
//!
//! A file is written under `tmp/`, synced, renamed to its name, and the directory of the name is synced: so a name
//! never stands for part of a file, and a commit that returned survives a power cut. Directories have mode 700,
//! files 600. Several processes may share the directory.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::BlobId;
use super::storage::{ListedObject, Storage, StorageWriter, StoredObject};
use crate::disk::{FileEntry, FileSystem, OpenFile, create_directories_durably};

const UNFINISHED: &str = "tmp";

/// Encrypted files in a directory.
#[derive(Debug, Clone)]
pub struct LocalStorage {
    file_system: Arc<dyn FileSystem>,
    root: PathBuf,
}

impl LocalStorage {
    /// Makes the directories that are missing, durably, and sweeps as [`LocalStorage::sweep_unfinished`] does.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(
        file_system: Arc<dyn FileSystem>,
        root: impl Into<PathBuf>,
        now: SystemTime,
        minimum_age: Duration,
    ) -> io::Result<Self> {
        let storage = Self {
            file_system,
            root: root.into(),
        };
        create_directories_durably(&*storage.file_system, &storage.root)?;
        storage
            .file_system
            .create_directory(&storage.root.join(UNFINISHED))?;
        // All at once, so that no write has to wonder whether the directory of its name is durable. Synced each
        // time, since an earlier run may have been killed in between.
        for prefix in 0..=u8::MAX {
            storage.file_system.create_directory(&storage.directory(prefix))?;
        }
        storage.file_system.sync_directory(&storage.root)?;
        storage.sweep_unfinished(now, minimum_age)?;
        Ok(storage)
    }

    /// Removes what was left half-written by a process that is gone: unfinished files not written to for
    /// `minimum_age` before `now`. Younger ones may belong to another process. Returns how many were removed.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn sweep_unfinished(&self, now: SystemTime, minimum_age: Duration) -> io::Result<usize> {
        let directory = self.root.join(UNFINISHED);
        let mut removed = 0;
        for file in self.file_system.files(&directory)? {
            let age = now.duration_since(file.modified).unwrap_or_default();
            if age >= minimum_age {
                match self.file_system.remove_file(&directory.join(&file.name)) {
                    Ok(()) => removed += 1,
                    // Another process swept as well, or finished it after all.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(removed)
    }

    fn directory(&self, prefix: u8) -> PathBuf {
        self.root.join(format!("{prefix:02x}"))
    }

    fn path(&self, id: BlobId) -> PathBuf {
        self.directory(id.prefix()).join(id.to_string())
    }
}

impl Storage for LocalStorage {
    fn create(&self, id: BlobId, _greatest_len: u64) -> io::Result<Box<dyn StorageWriter>> {
        let unfinished = self.root.join(UNFINISHED).join(id.to_string());
        let file = self.file_system.create_file(&unfinished)?;
        let names = Names {
            file_system: Arc::clone(&self.file_system),
            unfinished: Some(unfinished),
            directory: self.directory(id.prefix()),
            path: self.path(id),
        };
        Ok(Box::new(LocalWriter { file, len: 0, names }))
    }

    fn open(&self, id: BlobId) -> io::Result<Option<Box<dyn StoredObject>>> {
        let Some(file) = none_if_not_found(self.file_system.open_file(&self.path(id)))? else {
            return Ok(None);
        };
        let len = file.len()?;
        Ok(Some(Box::new(LocalObject { file, len })))
    }

    fn overwrite(&self, id: BlobId, parts: &[(u64, &[u8])]) -> io::Result<bool> {
        let opened = none_if_not_found(self.file_system.open_file_to_change(&self.path(id)))?;
        let Some(mut file) = opened else { return Ok(false) };
        for (offset, bytes) in parts {
            file.write_all_at(*offset, bytes)?;
            file.sync()?;
        }
        Ok(true)
    }

    fn delete(&self, id: BlobId) -> io::Result<bool> {
        let removed = none_if_not_found(self.file_system.remove_file(&self.path(id)))?.is_some();
        // Synced in any case: an earlier deletion may have been cut short between the two steps.
        self.file_system.sync_directory(&self.directory(id.prefix()))?;
        Ok(removed)
    }

    fn list(&self, prefix: u8) -> io::Result<Vec<ListedObject>> {
        let files = self.file_system.files(&self.directory(prefix))?;
        let listed = |file: &FileEntry| {
            let id = file.name.parse().ok()?;
            let modified = file.modified;
            Some(ListedObject { id, modified })
        };
        let mut objects: Vec<_> = files
            .iter()
            .filter_map(listed)
            .filter(|object| object.id.prefix() == prefix)
            .collect();
        objects.sort_unstable();
        Ok(objects)
    }
}

#[derive(Debug)]
struct LocalWriter {
    file: Box<dyn OpenFile>,
    len: u64,
    names: Names,
}

impl Write for LocalWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all_at(self.len, bytes)?;
        self.len += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StorageWriter for LocalWriter {
    fn commit(mut self: Box<Self>) -> io::Result<()> {
        self.file.sync()?;
        self.names.publish()
    }
}

/// The names a file goes through; what is unfinished is removed on drop.
#[derive(Debug)]
struct Names {
    file_system: Arc<dyn FileSystem>,
    unfinished: Option<PathBuf>,
    directory: PathBuf,
    path: PathBuf,
}

impl Names {
    fn publish(&mut self) -> io::Result<()> {
        let unfinished = self.unfinished.as_deref().ok_or(io::ErrorKind::NotFound)?;
        self.file_system.rename_to_free_name(unfinished, &self.path)?;
        self.unfinished = None;
        self.file_system
            .sync_directory(&self.directory)
            .inspect_err(|_not_durable| {
                // The file is whole but its name might vanish: not acknowledged, so it should not be there.
                remove_quietly(&*self.file_system, &self.path);
            })
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        if let Some(unfinished) = &self.unfinished {
            remove_quietly(&*self.file_system, unfinished);
        }
    }
}

#[derive(Debug)]
struct LocalObject {
    file: Box<dyn OpenFile>,
    len: u64,
}

impl StoredObject for LocalObject {
    fn stored_len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(offset, buffer)
    }
}

/// Where this fails the file is swept later, or found by the consistency check.
fn remove_quietly(file_system: &dyn FileSystem, path: &Path) {
    let _removed = file_system.remove_file(path);
}

fn none_if_not_found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
