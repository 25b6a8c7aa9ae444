//! File names as senders give them and as people may safely be shown them.

use serde::{Deserialize, Serialize};

/// A file name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileName {
    /// As the sender gave it, decoded. Never show it without [`safe`](Self::safe) beside it and never use it as a path.
    pub original: String,
    /// Fit to be shown and to be offered as a download: no path, no control or invisible characters (they are written out as
    /// `[U+202E]`), no characters or names that Windows reserves, at most 150 characters, never empty.
    pub safe: String,
    /// What is suspicious about it.
    pub marks: Vec<FileNameMark>,
}

/// Something suspicious about a file name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum FileNameMark {
    /// Characters that change the writing direction: `invoice[U+202E]fdp.exe` looks like `invoiceexe.pdf`.
    BidiControl,
    /// Characters that cannot be seen, or control characters.
    InvisibleCharacter,
    /// A path instead of a name.
    Path,
    /// Characters or a device name that Windows reserves.
    Reserved,
    /// A harmless extension before a dangerous one.
    DoubleExtension {
        /// The one that is meant to be seen, in lower case without dot.
        shown: String,
        /// The real one.
        real: String,
    },
    /// The real extension is one that runs, or leads to something that runs.
    DangerousExtension {
        /// The extension, in lower case without dot.
        extension: String,
    },
    /// Many spaces, which push the real extension out of sight.
    ManySpaces,
    /// Longer than 150 characters.
    TooLong,
}

impl FileName {
    /// Looks at a decoded name.
    #[must_use]
    pub fn new(original: &str) -> Self {
        let original = original.to_owned();
        let mut marks = Vec::new();
        let base = base_name(&original, &mut marks);
        let visible = make_visible(base, &mut marks);
        let single_spaced = collapse_spaces(&visible, &mut marks);
        let allowed = replace_reserved(&single_spaced, &mut marks);
        let safe = shorten(&allowed, &mut marks);
        mark_extensions(base, &mut marks);
        Self {
            original,
            safe,
            marks,
        }
    }

    /// The real extension in lower case, as the system that opens the file sees it.
    #[must_use]
    pub fn extension(&self) -> Option<String> {
        extension_of(&self.original)
    }

    /// Whether the name is made to look like something else.
    #[must_use]
    pub fn is_deceptive(&self) -> bool {
        self.marks.iter().any(|mark| match mark {
            FileNameMark::BidiControl
            | FileNameMark::InvisibleCharacter
            | FileNameMark::ManySpaces
            | FileNameMark::DoubleExtension { .. } => true,
            FileNameMark::Path
            | FileNameMark::Reserved
            | FileNameMark::DangerousExtension { .. }
            | FileNameMark::TooLong => false,
        })
    }
}

/// The extension of a name in lower case without dot, ignoring what cannot be seen and what Windows drops at the end.
pub(crate) fn extension_of(name: &str) -> Option<String> {
    let visible: String = name
        .chars()
        .filter(|c| !is_bidi_control(*c) && !is_invisible(*c))
        .collect();
    let trimmed = visible.trim_end_matches(['.', ' ', '\u{3000}']);
    let base = trimmed.rsplit(['/', '\\']).next().unwrap_or(trimmed);
    let (stem, extension) = base.rsplit_once('.')?;
    let extension = extension.trim().to_lowercase();
    let is_plausible = !stem.is_empty() && !extension.is_empty() && extension.chars().count() <= 24;
    is_plausible.then_some(extension)
}

/// Whether files with this extension (lower case, no dot) run, mount or lead to something that runs when opened on a usual
/// workplace.
#[must_use]
pub fn is_dangerous_extension(extension: &str) -> bool {
    DANGEROUS.contains(&extension)
}

const DANGEROUS: &[&str] = &[
    "ade",
    "adp",
    "app",
    "appinstaller",
    "application",
    "appref-ms",
    "appx",
    "appxbundle",
    "bas",
    "bat",
    "chm",
    "cmd",
    "com",
    "cpl",
    "crx",
    "desktop",
    "diagcab",
    "dll",
    "dmg",
    "exe",
    "gadget",
    "hlp",
    "hta",
    "img",
    "inf",
    "ins",
    "iqy",
    "iso",
    "isp",
    "jar",
    "jnlp",
    "js",
    "jse",
    "ksh",
    "library-ms",
    "lnk",
    "mde",
    "mht",
    "mhtml",
    "msc",
    "msi",
    "msix",
    "msixbundle",
    "msp",
    "mst",
    "ocx",
    "one",
    "onepkg",
    "osd",
    "pif",
    "pkg",
    "prg",
    "ps1",
    "ps1xml",
    "ps2",
    "psc1",
    "psd1",
    "psm1",
    "pst",
    "py",
    "pyw",
    "rdp",
    "reg",
    "scf",
    "scr",
    "sct",
    "search-ms",
    "searchconnector-ms",
    "settingcontent-ms",
    "sh",
    "shb",
    "shs",
    "slk",
    "sys",
    "theme",
    "udf",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "website",
    "wim",
    "wsc",
    "wsf",
    "wsh",
    "xll",
    "xlam",
    "docm",
    "dotm",
    "xlsm",
    "xltm",
    "pptm",
    "potm",
    "ppam",
    "ppsm",
    "xla",
    "xlm",
];

/// Extensions that people trust.
const HARMLESS: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "rtf", "odt", "ods", "jpg", "jpeg",
    "png", "gif", "bmp", "tif", "tiff", "svg", "heic", "mp3", "mp4", "mov", "avi", "wav", "htm", "html",
    "xml", "json", "zip", "eml", "msg", "jtd", "xdw", "dwg", "log", "7z", "rar", "lzh",
];

/// Characters that set or override the writing direction.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters that take no room or look like nothing, control characters included.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200D}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{2060}'..='\u{2065}'
                | '\u{206A}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Whether a text holds characters that only serve to deceive: invisible ones and those that change the writing direction,
/// but for the joiners that some scripts and emoji need.
pub(crate) fn has_deceptive_characters(text: &str) -> bool {
    text.chars()
        .any(|c| !matches!(c, '\u{200C}' | '\u{200D}') && (is_bidi_control(c) || is_invisible(c)))
}

fn base_name<'a>(name: &'a str, marks: &mut Vec<FileNameMark>) -> &'a str {
    let trimmed = name.trim();
    let base = trimmed
        .rsplit(['/', '\\'])
        .find(|piece| !piece.trim().is_empty())
        .unwrap_or_default();
    if trimmed.contains(['/', '\\']) || matches!(base, "." | "..") {
        marks.push(FileNameMark::Path);
    }
    base
}

fn make_visible(name: &str, marks: &mut Vec<FileNameMark>) -> String {
    let mut out = String::with_capacity(name.len());
    let mut has_bidi = false;
    let mut has_invisible = false;
    for c in name.chars() {
        let is_bidi = is_bidi_control(c);
        let is_hidden = is_invisible(c);
        has_bidi |= is_bidi;
        has_invisible |= is_hidden;
        if is_bidi || is_hidden {
            out.push_str(&format!("[U+{:04X}]", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    if has_bidi {
        marks.push(FileNameMark::BidiControl);
    }
    if has_invisible {
        marks.push(FileNameMark::InvisibleCharacter);
    }
    out
}

fn collapse_spaces(name: &str, marks: &mut Vec<FileNameMark>) -> String {
    let mut out = String::with_capacity(name.len());
    let mut run = 0_usize;
    let mut longest = 0_usize;
    for c in name.chars() {
        if c.is_whitespace() {
            run += 1;
            longest = longest.max(run);
            if run > 1 {
                continue;
            }
            out.push(if c == '\u{3000}' { c } else { ' ' });
        } else {
            run = 0;
            out.push(c);
        }
    }
    if longest >= 4 {
        marks.push(FileNameMark::ManySpaces);
    }
    out
}

fn replace_reserved(name: &str, marks: &mut Vec<FileNameMark>) -> String {
    let mut out: String = name
        .chars()
        .map(|c| {
            if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '/' | '\\') {
                '_'
            } else {
                c
            }
        })
        .collect();
    let mut is_reserved = out != name;
    let stem = out
        .split('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|tail| tail.len() == 1 && tail.bytes().all(|byte| matches!(byte, b'1'..=b'9')))
    };
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || is_numbered("com") || is_numbered("lpt") {
        is_reserved = true;
        out.insert(0, '_');
    }
    if is_reserved {
        marks.push(FileNameMark::Reserved);
    }
    let trimmed = out.trim_matches(' ').trim_end_matches(['.', ' ']);
    // A leading dot hides a file on other systems.
    match trimmed.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => trimmed.to_owned(),
    }
}

const MAX_LENGTH: usize = 150;

fn shorten(name: &str, marks: &mut Vec<FileNameMark>) -> String {
    if name.is_empty() {
        return "_".to_owned();
    }
    let length = name.chars().count();
    if length <= MAX_LENGTH {
        return name.to_owned();
    }
    marks.push(FileNameMark::TooLong);
    // The end is what matters: it says what the file is.
    let head: String = name.chars().take(MAX_LENGTH - 31).collect();
    let tail: String = name.chars().skip(length.saturating_sub(30)).collect();
    format!("{head}…{tail}")
}

fn mark_extensions(name: &str, marks: &mut Vec<FileNameMark>) {
    let Some(extension) = extension_of(name) else {
        return;
    };
    if !is_dangerous_extension(&extension) {
        return;
    }
    let visible: String = name
        .chars()
        .filter(|c| !is_bidi_control(*c) && !is_invisible(*c))
        .collect();
    let stem = visible
        .trim_end_matches(['.', ' '])
        .rsplit_once('.')
        .map_or("", |(stem, _)| stem);
    if let Some(shown) = extension_of(stem).filter(|shown| HARMLESS.contains(&shown.as_str())) {
        marks.push(FileNameMark::DoubleExtension {
            shown,
            real: extension.clone(),
        });
    }
    marks.push(FileNameMark::DangerousExtension { extension });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(original: &str, safe: &str, marks: &[&str]) {
        let found = FileName::new(original);
        let keys: Vec<String> = found
            .marks
            .iter()
            .map(|mark| {
                serde_json::to_value(mark).unwrap()["key"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(
            (found.safe.as_str(), keys.join(" ")),
            (safe, marks.join(" ")),
            "{original:?}"
        );
    }

    #[test]
    fn ordinary_names_stay() {
        check("請求書 2026年11月.pdf", "請求書 2026年11月.pdf", &[]);
        check("①㈱髙﨑.xlsx", "①㈱髙﨑.xlsx", &[]);
        check("report.final.docx", "report.final.docx", &[]);
    }

    #[test]
    fn tricks_are_made_visible_and_marked() {
        check(
            "invoice\u{202E}fdp.exe",
            "invoice[U+202E]fdp.exe",
            &["bidi_control", "dangerous_extension"],
        );
        check("a\u{200B}b.pdf", "a[U+200B]b.pdf", &["invisible_character"]);
        check(
            "請求書.pdf.exe",
            "請求書.pdf.exe",
            &["double_extension", "dangerous_extension"],
        );
        check(
            "請求書.pdf          .exe",
            "請求書.pdf .exe",
            &["many_spaces", "double_extension", "dangerous_extension"],
        );
        check(
            "a.exe\u{200B}",
            "a.exe[U+200B]",
            &["invisible_character", "dangerous_extension"],
        );
        check("a.exe. . ", "a.exe", &["dangerous_extension"]);
    }

    #[test]
    fn paths_and_reserved_names_are_defused() {
        check("..\\..\\windows\\a.txt", "a.txt", &["path"]);
        check("/etc/passwd", "passwd", &["path"]);
        check("..", "_", &["path"]);
        check("", "_", &[]);
        check("con.txt", "_con.txt", &["reserved"]);
        check("COM1", "_COM1", &["reserved"]);
        check("company.txt", "company.txt", &[]);
        check("a:b?.txt", "a_b_.txt", &["reserved"]);
        check(".htaccess", "_htaccess", &[]);
    }

    proptest! {
        #[test]
        fn a_safe_name_is_safe(name in any::<String>()) {
            let safe = FileName::new(&name).safe;
            prop_assert!(!safe.is_empty() && safe.chars().count() <= 150);
            prop_assert!(!safe.chars().any(|c| is_bidi_control(c) || is_invisible(c)));
            prop_assert!(!safe.contains(['/', '\\', '<', '>', ':', '"', '|', '?', '*']));
            prop_assert!(safe != "." && safe != "..");
        }
    }
}
