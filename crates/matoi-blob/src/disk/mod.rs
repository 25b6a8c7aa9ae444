//! The file-system calls that durability rests on, behind one small trait.
//!
//! [`RealDisk`] makes the calls. [`SimulatedDisk`] keeps files in memory and, when its power is cut, loses
//! what was not synced: bytes written without [`OpenFile::sync`], and names made or taken away without
//! [`FileSystem::sync_directory`]. Code that runs over this trait can be tested for what `kill -9` cannot show,
//! because the page cache survives a killed process.
//!
//! Nothing here knows what the files mean.

mod durable;
mod real;
mod simulated;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use durable::{Replacing, create_directories_durably, read_whole_file, write_file_durably};
pub use real::RealDisk;
pub use simulated::SimulatedDisk;

/// A file system. What a call changed is durable only after the sync that goes with it.
pub trait FileSystem: Send + Sync + fmt::Debug {
    /// Makes a directory with mode 700; `false` if it exists. Durable once its parent is synced.
    fn create_directory(&self, path: &Path) -> io::Result<bool>;
    /// Makes a file with mode 600, open for writing; an error of kind `AlreadyExists` if there is one.
    /// Its content is durable once it is synced, its name once its directory is.
    fn create_file(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;
    /// Opens a file for reading.
    fn open_file(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;
    /// Opens a file for reading and for writing over parts of it.
    fn open_file_to_change(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;
    /// Gives a file a new name, which must be free: else an error of kind `AlreadyExists`.
    /// Durable once the directory of the new name is synced.
    fn rename_to_free_name(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a new name; a file that had it is replaced in one step.
    /// Durable once the directory of the new name is synced.
    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file's name away. Durable once its directory is synced.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// The files (not directories) in a directory, in no particular order. Names that are not UTF-8 are left out.
    fn files(&self, directory: &Path) -> io::Result<Vec<FileEntry>>;
    /// Whether there is a file or directory.
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// The permission bits of a file or directory.
    fn mode(&self, path: &Path) -> io::Result<u32>;
    /// The absolute path with symbolic links followed.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;
}

/// A file in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Name within the directory.
    pub name: String,
    /// Time of the last change of its content.
    pub modified: SystemTime,
}

/// An open file.
pub trait OpenFile: Send + fmt::Debug {
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Whether there is nothing in the file.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// The permission bits.
    fn mode(&self) -> io::Result<u32>;
    /// Fills `buffer` from `offset`; an error of kind `UnexpectedEof` if the file ends before.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
    /// Writes all of `bytes` at `offset`, making the file longer where needed.
    fn write_all_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes the content durable. The name is another matter.
    fn sync(&mut self) -> io::Result<()>;
}
