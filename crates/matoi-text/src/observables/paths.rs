//! Absolute paths: `C:\dir\file.exe`, `%TEMP%\file.exe`, `\\server\share\file.exe`, `/etc/passwd`.
//!
//! A path in quotes is what the quotes enclose. Without quotes, a Windows path goes on over a space only
//! if another backslash follows before anything that no name may hold (`C:\Program Files\App\a.exe`) or the
//! rest of a Japanese file name does (`C:\資料\顧客 一覧.xlsx`). Doubled backslashes, as in JSON, are written once. A Unix path must begin with a directory that systems
//! have; `/api/v1` and `and/or` are none. The file at the end of a path is noted as well.

use std::ops::Range;

use super::files::is_file_extension;
use super::host::HostName;
use super::kind::ObservableKind;
use super::scan::{Scanner, is_foreign_letter, is_host_byte};

/// Longest path, in bytes; what is longer is skipped. Windows allows 32,767 characters, people do not.
const MAX_PATH: usize = 1_024;

/// Longest path that is looked for in quotes, in bytes.
const MAX_QUOTED_PATH: usize = 300;

/// How far a space in a path looks for the next backslash, in bytes.
const MAX_LOOK_AHEAD: usize = 64;

impl Scanner<'_> {
    /// `C:\...`, the letter at `start`.
    pub(super) fn drive_path(&mut self, start: usize) -> Option<usize> {
        self.windows_path(start, start + 2)
    }

    /// `%NAME%\...`
    pub(super) fn environment_path(&mut self, start: usize) -> Option<usize> {
        let fits = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'(' | b')');
        let name = self
            .bytes
            .get(start + 1..)
            .unwrap_or_default()
            .iter()
            .take(32)
            .take_while(fits)
            .count();
        let closing = start + 1 + name;
        if name < 2 || self.byte(closing) != b'%' || self.byte(closing + 1) != b'\\' {
            return None;
        }
        self.windows_path(start, closing + 1)
    }

    /// `\\server\share\...`
    pub(super) fn unc_path(&mut self, start: usize) -> Option<usize> {
        let host_start = self.skip_while(start, |b| b == b'\\');
        let doubled = match host_start - start {
            2 => false,
            4 => true,
            // Any other number of backslashes is no path, and none of them begins one.
            _ => return Some(host_start),
        };
        let host_end = self.skip_while(host_start, is_host_byte);
        let share = self.skip_while(host_end, |b| b == b'\\');
        let separators = if doubled { 2 } else { 1 };
        // The end of a line in pasted JSON, behind the name of a pipe.
        if self.slice(host_end..host_end + 4) == r"\r\n" {
            return None;
        }
        let well_formed = (2..=253).contains(&(host_end - host_start))
            && share - host_end == separators
            && (self.byte(share).is_ascii_alphanumeric()
                || self.letter_after(share)
                || self.byte(share) == b'_');
        if !well_formed || self.byte_before(start).is_ascii_alphanumeric() {
            return None;
        }
        let next = self.windows_path(start, host_end)?;
        let host = self.slice(host_start..host_end);
        if let Ok(address) = host.parse::<std::net::Ipv4Addr>() {
            self.add(
                ObservableKind::Ipv4,
                address.to_string(),
                None,
                host_start..host_end,
            );
        } else if let Some(name) = HostName::parse(host) {
            self.add(
                ObservableKind::Domain,
                name.ascii,
                name.unicode,
                host_start..host_end,
            );
        }
        Some(next)
    }

    /// A path that begins at `start` and whose first separator is at `separator`.
    fn windows_path(&mut self, start: usize, separator: usize) -> Option<usize> {
        let end = self
            .quoted_path_end(start)
            .unwrap_or_else(|| self.windows_path_end(separator));
        let end = start
            + self
                .slice(start..end)
                .trim_end_matches([' ', '.', ',', ';', '\\', '(', '&', '\''])
                .len();
        let first = self.skip_while(separator, |b| b == b'\\');
        if first >= end {
            return None;
        }
        if end - start > MAX_PATH {
            return Some(end);
        }
        let text = self.slice(start..end);
        let value = match text.strip_prefix('\\') {
            Some(unc) => format!("\\{}", with_single_backslashes(unc)),
            None => with_single_backslashes(text),
        };
        self.add_path(start..end, value, b'\\');
        Some(end)
    }

    /// The end of a path that a quote stands before.
    fn quoted_path_end(&self, start: usize) -> Option<usize> {
        let closing = match self.char_before(start)? {
            '"' => '"',
            '「' => '」',
            '『' => '』',
            '“' => '”',
            '\'' => '\'',
            '`' => '`',
            _ => return None,
        };
        let limit = self.text.floor_char_boundary(start + MAX_QUOTED_PATH);
        let inside = self.slice(start..limit);
        let len = inside.find([closing, '\n', '\r', '<', '>', '|', '*', '?'])?;
        let enclosed = inside.get(..len)?;
        // `"C:\a.exe" /c "x"` and `"C:\a.exe /c x"`: arguments are no part of the path.
        let plain =
            inside.get(len..)?.starts_with(closing) && !enclosed.contains(" /") && !enclosed.contains(" -");
        let drives = enclosed.matches(':').count();
        let escapes = enclosed.contains("\\\\") && !enclosed.starts_with("\\\\");
        (plain && drives <= 1 && !escapes).then_some(start + len)
    }

    fn windows_path_end(&self, from: usize) -> usize {
        let limit = self.text.floor_char_boundary(from + MAX_PATH);
        let mut component = from;
        let mut round = 0_u32;
        let mut end = from;
        let width = self.skip_while(from, |b| b == b'\\') - from;
        for c in self.slice(from..limit).chars() {
            match c {
                '\\' if component == end && end > from => component = end + 1,
                // Where separators are doubled, a single backslash is an escape: `a.exe\r\n`.
                '\\' if self.skip_while(end, |b| b == b'\\') - end < width => break,
                '\\' => component = end + 1,
                ' ' if self.space_is_inside(component, end) => {}
                '(' => round += 1,
                ')' if round > 0 => round -= 1,
                _ if is_path_char(c) => {}
                _ => break,
            }
            end += c.len_utf8();
        }
        component + sentence_cut(self.slice(component..end))
    }

    /// Whether a path goes on behind the space at `space`: a directory follows, or the rest of a Japanese
    /// file name.
    fn space_is_inside(&self, component: usize, space: usize) -> bool {
        let name = self.slice(component..space);
        let limit = self.text.floor_char_boundary(space + MAX_LOOK_AHEAD);
        let ahead = self.slice(space + 1..limit);
        if has_extension(name) {
            return false;
        }
        let word_len = ahead.find(|c: char| !is_path_char(c)).unwrap_or(ahead.len());
        let word = ahead.get(..word_len).unwrap_or_default();
        let word = word.get(..sentence_cut(word)).unwrap_or_default();
        if has_extension(word) && !(name.is_ascii() && word.is_ascii()) {
            return true;
        }
        let stop = ahead.find(|c: char| c == '\\' || !(matches!(c, ' ' | '(' | ')') || is_path_char(c)));
        stop.and_then(|stop| ahead.split_at_checked(stop))
            .is_some_and(|(before, after)| {
                !before.is_empty() && !before.ends_with(' ') && after.starts_with('\\')
            })
    }

    /// `/directory/...`, the slash at `start`.
    pub(super) fn unix_path(&mut self, start: usize) -> Option<usize> {
        let before = self.byte_before(start);
        if is_host_byte(before) || matches!(before, b'/' | b'\\' | b'~' | b'%' | b'<' | b'&') {
            return None;
        }
        let root_end = self.skip_while(start + 1, |b| b.is_ascii_alphanumeric());
        let root = self.slice(start + 1..root_end);
        if self.byte(root_end) != b'/' || !UNIX_ROOTS.contains(&root) {
            return None;
        }
        let end = self.skip_while(root_end, |b| is_host_byte(b) || b"/+@%~".contains(&b));
        let path_end = start
            + self
                .slice(start..end)
                .trim_end_matches(['.', '-', '/', '@', '~'])
                .len();
        if path_end <= root_end + 1 {
            return None;
        }
        if path_end - start <= MAX_PATH {
            let value = self.slice(start..path_end).to_owned();
            self.add_path(start..path_end, value, b'/');
        }
        Some(end)
    }

    /// Notes a path, the file it ends in, and digests in its names.
    fn add_path(&mut self, range: Range<usize>, value: String, separator: u8) {
        let text = self.slice(range.clone());
        let name_start = text.bytes().rposition(|b| b == separator).map_or(0, |at| at + 1);
        let name = text.get(name_start..).unwrap_or_default();
        let is_file = has_extension(name);
        self.add(ObservableKind::Filepath, value, None, range.clone());
        if is_file {
            self.add(
                ObservableKind::Filename,
                name.to_owned(),
                None,
                range.start + name_start..range.end,
            );
        }
        self.digests_and_cves(range);
    }
}

/// Whether a name ends in the extension of a file.
fn has_extension(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(stem, last)| !stem.is_empty() && is_file_extension(&last.to_ascii_lowercase()))
}

/// The text with every run of backslashes written as one.
fn with_single_backslashes(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\\' || !single.ends_with('\\') {
            single.push(c);
        }
    }
    single
}

/// Where the last name of a path ends if sentence text follows without a space: behind a known
/// extension, or where Latin turns into hiragana.
fn sentence_cut(name: &str) -> usize {
    if let Some(dot) = name.rfind('.') {
        let last = name.get(dot + 1..).unwrap_or_default();
        let len = last.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let extension = last.get(..len).unwrap_or_default();
        if len < last.len() && is_file_extension(&extension.to_ascii_lowercase()) {
            return dot + 1 + len;
        }
    }
    let mut previous = ' ';
    for (at, c) in name.char_indices() {
        let hiragana = ('\u{3041}'..='\u{309F}').contains(&c);
        if hiragana && previous.is_ascii_alphanumeric() {
            return at;
        }
        previous = c;
    }
    name.len()
}

/// Characters of names in Windows paths without quotes.
fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || is_foreign_letter(c)
        || "._-~$%&+#@!=[]{}^".contains(c)
        || matches!(c, '・' | '〜' | '～' | '（' | '）' | '【' | '】' | '＿')
}

/// First directories of Unix, Linux and macOS paths.
const UNIX_ROOTS: &[&str] = &[
    "Applications",
    "Library",
    "System",
    "Users",
    "Volumes",
    "bin",
    "boot",
    "data",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "media",
    "mnt",
    "opt",
    "private",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr",
    "var",
];
