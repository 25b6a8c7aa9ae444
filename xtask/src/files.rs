//! The files that belong to the repository: everything below the root that is text and was not made by a build.

use std::path::Path;

/// A file with its text.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its path relative to the root, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl File {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Whether its name ends with `.extension`.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|found| found == extension)
    }

    /// Whether it is source of the program itself, not of its tests, benches or examples.
    pub(crate) fn is_program_source(&self) -> bool {
        self.has_extension("rs") && self.path.starts_with("crates/") && self.path.contains("/src/")
    }
}

/// Folders that hold what builds, tools and people's own installations leave behind.
const SKIPPED: &[&str] = &[
    ".git",
    ".venv",
    "node_modules",
    "target",
    "test-results",
    "artifacts",
    "var",
];

/// Every text file below the root, in the order of their paths.
pub(crate) fn read_all(root: &Path) -> Vec<File> {
    let mut files = Vec::new();
    collect(root, "", &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(dir: &Path, prefix: &str, files: &mut Vec<File>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        let path = format!("{prefix}{name}");
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if kind.is_file()
            && let Ok(bytes) = std::fs::read(entry.path())
            && !bytes.contains(&0)
            && let Ok(text) = String::from_utf8(bytes)
        {
            files.push(File { path, text });
        }
    }
}
