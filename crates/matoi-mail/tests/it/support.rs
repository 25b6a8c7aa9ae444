//! Where the mails come from.

use std::path::{Path, PathBuf};

use matoi_mail::{Limits, ParsedMail, parse};

/// Bytes of a file in `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixture_directory().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A parsed fixture.
pub(crate) fn parsed(name: &str) -> ParsedMail {
    parse(&fixture(&format!("{name}.eml")), &Limits::default())
}

pub(crate) fn fixture_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// All mails of `tests/fixtures`.
pub(crate) fn fixture_mails() -> Vec<PathBuf> {
    mails_in(&fixture_directory())
}

/// Real phishing mails, which are not part of the repository; empty where they are not there.
pub(crate) fn shared_mails() -> Vec<PathBuf> {
    let shared = std::env::var("MATOI_SHARED").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let mails = mails_in(&shared.join("data/mail"));
    if mails.is_empty() {
        println!("skipped: no shared mails (set MATOI_SHARED)");
    }
    mails
}

pub(crate) fn mails_in(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut mails: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    mails.sort();
    mails
}

/// Keys of the defects of one mail.
pub(crate) fn defect_keys(mail: &ParsedMail) -> Vec<&'static str> {
    mail.defects.iter().map(|found| found.defect.key()).collect()
}
