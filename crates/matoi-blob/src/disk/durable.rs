//! Sequences of calls that end in something durable.

use std::io;
use std::path::Path;

use super::{FileSystem, OpenFile};

/// Whether a file that has the name already may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacing {
    /// It is replaced in one step.
    Allowed,
    /// It is kept, and writing fails with the kind `AlreadyExists`.
    Never,
}

/// Writes a small file so that at every moment, a power cut included, its name stands for the whole old or the
/// whole new content, and after the return for the new one.
///
/// The bytes go through `<name>.new` beside it, which is removed on failure and replaced if an earlier run
/// left one.
///
/// # Errors
/// Those of the file system.
pub fn write_file_durably(
    file_system: &dyn FileSystem,
    path: &Path,
    bytes: &[u8],
    replacing: Replacing,
) -> io::Result<()> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the path of a file",
        ));
    };
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let mut new_name = name.to_owned();
    new_name.push(".new");
    let new_path = directory.join(new_name);
    if file_system.exists(&new_path)? {
        file_system.remove_file(&new_path)?;
    }
    let written = write_then_rename(file_system, &new_path, path, bytes, replacing);
    if written.is_err() {
        // Best effort: what is left over is taken care of by the next run.
        let _removed = file_system.remove_file(&new_path);
    }
    written?;
    file_system.sync_directory(directory)
}

/// Makes a directory and what is missing above it, each with mode 700 and durable.
///
/// # Errors
/// Those of the file system.
pub fn create_directories_durably(file_system: &dyn FileSystem, path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        Some(_) => Path::new("."),
        None => return Ok(()),
    };
    if file_system.exists(path)? {
        // A run that was killed may have made it without syncing. Where the directory above may not be read, it
        // was made by somebody else.
        return match file_system.sync_directory(above) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            other => other,
        };
    }
    create_directories_durably(file_system, above)?;
    file_system.create_directory(path)?;
    file_system.sync_directory(above)
}

/// Reads a small file.
///
/// # Errors
/// Those of the file system.
pub fn read_whole_file(file: &mut dyn OpenFile) -> io::Result<Vec<u8>> {
    let len = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    file.read_exact_at(0, &mut bytes)?;
    Ok(bytes)
}

fn write_then_rename(
    file_system: &dyn FileSystem,
    new_path: &Path,
    path: &Path,
    bytes: &[u8],
    replacing: Replacing,
) -> io::Result<()> {
    let mut file = file_system.create_file(new_path)?;
    file.write_all_at(0, bytes)?;
    file.sync()?;
    match replacing {
        Replacing::Allowed => file_system.rename_over(new_path, path),
        Replacing::Never => file_system.rename_to_free_name(new_path, path),
    }
}
