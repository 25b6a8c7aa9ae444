//! Where keys lie: the key file outside the data directory, the recovery file inside it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::recovery_file::{self, RecoveryFileError};
use super::{KeyTextError, MasterKeys, RecoveryKey};
use crate::disk::Replacing;
use crate::disk::{FileSystem, create_directories_durably, read_whole_file, write_file_durably};
use crate::{FillRandom, RandomError};

/// Name of the recovery file in the data directory.
pub const RECOVERY_FILE_NAME: &str = "recovery.key";

/// A key file is a few lines; more than this is something else.
const GREATEST_FILE_LEN: u64 = 256 * 1024;
/// Permission bits of group and others.
const OTHERS: u32 = 0o077;
const OTHERS_MAY_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Where the key file and the data directory are.
#[derive(Debug, Clone)]
pub struct KeyPlaces {
    file_system: Arc<dyn FileSystem>,
    key_file: PathBuf,
    data_directory: PathBuf,
}

/// What can go wrong with key files. Messages name paths, never content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file or directory could not be read or written.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// There is no such file.
    #[error("there is no {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file exists and is not written over.
    #[error("{} exists already and is not written over", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Group or others may read or write the key file.
    #[error("{} may be read or written by others than its owner (mode {mode:o}); it must be 600", path.display())]
    OpenToOthers {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Group or others may exchange files in the directory of the key file.
    #[error("{} may be written by others than its owner (mode {mode:o}); it should be 700", path.display())]
    DirectoryOpenToOthers {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file would lie in the data directory, so that one stolen backup holds both.
    #[error(
        "the key file {} must not lie in the data directory {}{}: one stolen copy of the data would hold its key; give key_file a place outside",
        key_file.display(),
        data_directory.display(),
        link.as_ref().map_or_else(String::new, |link| format!(" (links lead to {})", link.display()))
    )]
    InsideDataDirectory {
        /// The key file, as it was named.
        key_file: PathBuf,
        /// The data directory, as it was named.
        data_directory: PathBuf,
        /// Where links lead to, when the names do not show it.
        link: Option<PathBuf>,
    },
    /// The key file is too long or not UTF-8.
    #[error("{} is no key file", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A line of the key file cannot be used.
    #[error("{} cannot be used", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Which line and why.
        #[source]
        source: KeyTextError,
    },
    /// The recovery file does not open.
    #[error("{} cannot be used", path.display())]
    Recovery {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: RecoveryFileError,
    },
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl KeyPlaces {
    /// Nothing is read yet.
    pub fn new(
        file_system: Arc<dyn FileSystem>,
        key_file: impl Into<PathBuf>,
        data_directory: impl Into<PathBuf>,
    ) -> Self {
        Self {
            file_system,
            key_file: key_file.into(),
            data_directory: data_directory.into(),
        }
    }

    /// The key file.
    pub fn key_file(&self) -> &Path {
        &self.key_file
    }

    /// The recovery file.
    pub fn recovery_file(&self) -> PathBuf {
        self.data_directory.join(RECOVERY_FILE_NAME)
    }

    /// Whether there is a recovery file. Without one (installation was cut short), [`KeyPlaces::replace`] with the
    /// keys that [`KeyPlaces::read`] gives makes one.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn has_recovery_file(&self) -> Result<bool, KeyError> {
        self.exists(&self.recovery_file())
    }

    /// At installation: writes the key file, then the recovery file. The data directory must exist; missing
    /// directories above the key file are made with mode 700.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if either file exists: the recovery file of lost keys is not written over.
    /// Else as for [`KeyPlaces::read`].
    pub fn create(
        &self,
        random: &dyn FillRandom,
        keys: &MasterKeys,
        recovery_key: &RecoveryKey,
    ) -> Result<(), KeyError> {
        for path in [self.key_file.clone(), self.recovery_file()] {
            if self.exists(&path)? {
                return Err(KeyError::Exists { path });
            }
        }
        // In this order: keys without a recovery file can be given one later, a recovery file without its keys
        // would look like an installation that lost them.
        self.write_key_file(keys, Replacing::Never)?;
        self.write_recovery_file(random, keys, recovery_key)
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// [`KeyError::Missing`], [`KeyError::InsideDataDirectory`], [`KeyError::OpenToOthers`],
    /// [`KeyError::DirectoryOpenToOthers`], [`KeyError::NotText`], [`KeyError::Text`], [`KeyError::Io`].
    pub fn read(&self) -> Result<MasterKeys, KeyError> {
        if !self.exists(&self.key_file)? {
            return Err(KeyError::Missing {
                path: self.key_file.clone(),
            });
        }
        self.check_place()?;
        let text = self.read_text(&self.key_file, OTHERS)?;
        MasterKeys::parse(&text).map_err(|source| KeyError::Text {
            path: self.key_file.clone(),
            source,
        })
    }

    /// After a rotation: puts `keys` in the place of what both files hold.
    ///
    /// The recovery file is written first, so that at no moment a key is in use that the recovery key does not
    /// bring back. If `recovery_key` is a new one, show it before: from here on the old one opens nothing.
    ///
    /// # Errors
    /// As for [`KeyPlaces::read`]. After an error either file is the old or the new one, whole.
    pub fn replace(
        &self,
        random: &dyn FillRandom,
        keys: &MasterKeys,
        recovery_key: &RecoveryKey,
    ) -> Result<(), KeyError> {
        self.check_place()?;
        self.write_recovery_file(random, keys, recovery_key)?;
        self.write_key_file(keys, Replacing::Allowed)
    }

    /// The master keys in the recovery file.
    ///
    /// # Errors
    /// [`KeyError::Missing`], [`KeyError::Recovery`], [`KeyError::NotText`], [`KeyError::Io`].
    pub fn open_recovery_file(&self, recovery_key: &RecoveryKey) -> Result<MasterKeys, KeyError> {
        let path = self.recovery_file();
        if !self.exists(&path)? {
            return Err(KeyError::Missing { path });
        }
        // What is sealed may be read by anybody, as a copy from a backup often can.
        let text = self.read_text(&path, 0)?;
        recovery_file::open(recovery_key, &text).map_err(|source| KeyError::Recovery { path, source })
    }

    /// Rebuilds a lost key file from the recovery file.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there is a key file; else as [`KeyPlaces::open_recovery_file`].
    pub fn rebuild_key_file(&self, recovery_key: &RecoveryKey) -> Result<MasterKeys, KeyError> {
        let keys = self.open_recovery_file(recovery_key)?;
        self.write_key_file(&keys, Replacing::Never)?;
        Ok(keys)
    }

    fn write_key_file(&self, keys: &MasterKeys, replacing: Replacing) -> Result<(), KeyError> {
        let directory = parent(&self.key_file);
        // Before and after: nothing is made in the data directory, and what was made lies where it should.
        self.check_place()?;
        create_directories_durably(&*self.file_system, directory)
            .map_err(io_error("create the directory", directory))?;
        self.check_place()?;
        write_file_durably(
            &*self.file_system,
            &self.key_file,
            keys.to_text().as_bytes(),
            replacing,
        )
        .map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists {
                path: self.key_file.clone(),
            },
            _ => io_error("write", &self.key_file)(source),
        })
    }

    fn write_recovery_file(
        &self,
        random: &dyn FillRandom,
        keys: &MasterKeys,
        recovery_key: &RecoveryKey,
    ) -> Result<(), KeyError> {
        let path = self.recovery_file();
        let text = recovery_file::seal(random, recovery_key, keys)?;
        write_file_durably(&*self.file_system, &path, text.as_bytes(), Replacing::Allowed)
            .map_err(io_error("write", &path))
    }

    /// The key file does not lie in the data directory, and others cannot exchange files in its directory, or in the
    /// nearest one above it that exists. The data directory must exist.
    ///
    /// # Errors
    /// [`KeyError::InsideDataDirectory`], [`KeyError::DirectoryOpenToOthers`], [`KeyError::Io`].
    pub fn check_place(&self) -> Result<(), KeyError> {
        let mut directory = parent(&self.key_file);
        while !self.exists(directory)? {
            directory = parent(directory);
        }
        let canonical = |path: &Path| {
            self.file_system
                .canonical(path)
                .map_err(io_error("look at", path))
        };
        let data_directory = canonical(&self.data_directory)?;
        let mut places = vec![canonical(directory)?];
        if self.exists(&self.key_file)? {
            // The file may be a symbolic link to somewhere else.
            places.push(canonical(&self.key_file)?);
        }
        for place in places {
            if place.starts_with(&data_directory) {
                let shows = self.key_file.starts_with(&self.data_directory);
                return Err(KeyError::InsideDataDirectory {
                    key_file: self.key_file.clone(),
                    data_directory: self.data_directory.clone(),
                    link: (!shows).then_some(place),
                });
            }
        }
        let mode = self
            .file_system
            .mode(directory)
            .map_err(io_error("look at", directory))?;
        // In a sticky directory only the owner may exchange a file.
        if mode & OTHERS_MAY_WRITE != 0 && mode & STICKY == 0 {
            return Err(KeyError::DirectoryOpenToOthers {
                path: directory.to_path_buf(),
                mode: mode & 0o7777,
            });
        }
        Ok(())
    }

    fn read_text(&self, path: &Path, forbidden: u32) -> Result<Zeroizing<String>, KeyError> {
        let mut file = self.file_system.open_file(path).map_err(io_error("read", path))?;
        // Asked of the open file, so that nobody exchanges it between the question and the reading.
        let mode = file.mode().map_err(io_error("look at", path))?;
        if mode & forbidden != 0 {
            return Err(KeyError::OpenToOthers {
                path: path.to_path_buf(),
                mode: mode & 0o7777,
            });
        }
        if file.len().map_err(io_error("look at", path))? > GREATEST_FILE_LEN {
            return Err(KeyError::NotText {
                path: path.to_path_buf(),
            });
        }
        let bytes = Zeroizing::new(read_whole_file(&mut *file).map_err(io_error("read", path))?);
        let text = std::str::from_utf8(&bytes).map_err(|_e| KeyError::NotText {
            path: path.to_path_buf(),
        })?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    fn exists(&self, path: &Path) -> Result<bool, KeyError> {
        self.file_system.exists(path).map_err(io_error("look at", path))
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("."),
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    move |source| KeyError::Io {
        action,
        path: path.to_path_buf(),
        source,
    }
}
