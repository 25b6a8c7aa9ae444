//! What an attachment really is, by its bytes, and whether its name and declared type say something else.

mod kind;

use serde::{Deserialize, Serialize};

use crate::archive::first_zip_names;
use crate::filename::extension_of;

pub use kind::ContentKind;
use kind::KINDS;

/// What the bytes of an attachment are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SniffedType {
    /// By its bytes; for texts that only a name tells apart (scripts), by its bytes and its name.
    pub kind: ContentKind,
    /// Media type of that kind.
    pub media_type: String,
    /// The extension belongs to another kind.
    pub contradicts_name: bool,
    /// The declared media type belongs to another kind.
    pub contradicts_declared: bool,
    /// It runs when opened, or leads to something that does.
    pub dangerous: bool,
    /// It holds macros (Office) or scripts (PDF, SVG, HTML); `None` where this was not looked for.
    pub active_content: Option<bool>,
    /// A password is needed to open it (Office, PDF). For archives see [`ArchiveFacts`](crate::ArchiveFacts). `None` where this
    /// was not looked for or cannot be told.
    pub encrypted: Option<bool>,
}

/// Looks at the beginning of `content` and, for containers, at their directories. `name` and `declared` are what the sender says.
#[must_use]
pub fn sniff(content: &[u8], name: Option<&str>, declared: Option<&str>) -> SniffedType {
    let extension = name.and_then(extension_of);
    let mut kind = kind_of(content);
    // The system that opens it goes by the name: a text called .js is a script.
    let named_kind = extension.as_deref().and_then(textual_kind_named);
    if kind == ContentKind::Text
        && let Some(named) = named_kind
        && matches!(named, ContentKind::Script | ContentKind::InternetShortcut)
    {
        kind = named;
    }
    let has_script_name = named_kind == Some(ContentKind::Script);
    SniffedType {
        kind,
        media_type: kind.media_type().to_owned(),
        contradicts_name: extension
            .as_deref()
            .is_some_and(|extension| contradicts_extension(kind, extension)),
        contradicts_declared: declared.is_some_and(|declared| contradicts_type(kind, declared)),
        dangerous: kind.is_dangerous() || has_script_name && kind.is_textual(),
        active_content: active_content(content, kind),
        encrypted: encrypted(content, kind),
    }
}

fn textual_kind_named(extension: &str) -> Option<ContentKind> {
    KINDS
        .iter()
        .find(|names| names.extensions.contains(&extension) && names.kind.is_textual())
        .map(|names| names.kind)
}

/// Whether some kinds claim this extension and the found one is not among them.
fn contradicts_extension(kind: ContentKind, extension: &str) -> bool {
    if kind == ContentKind::Empty {
        return false;
    }
    let mut claimed = false;
    for names in KINDS.iter().filter(|names| names.extensions.contains(&extension)) {
        claimed = true;
        if names.kind == kind || are_close(names.kind, kind) {
            return false;
        }
    }
    // An unknown extension on something that runs is a disguise too.
    claimed || kind.is_dangerous() && kind != ContentKind::Script
}

fn contradicts_type(kind: ContentKind, declared: &str) -> bool {
    let declared = declared.trim().to_ascii_lowercase();
    let means = |pattern: &str| match pattern.strip_suffix('*') {
        Some(prefix) => declared.starts_with(prefix),
        None => declared == pattern,
    };
    if kind == ContentKind::Empty {
        return false;
    }
    let mut claimed = false;
    for names in KINDS
        .iter()
        .filter(|names| means(names.media_type) || names.other_types.iter().any(|other| means(other)))
    {
        claimed = true;
        if names.kind == kind || are_close(names.kind, kind) {
            return false;
        }
    }
    claimed
}

/// Kinds that are told apart only by convention: any text may be called a text, and text kinds look alike at their beginning.
fn are_close(claimed: ContentKind, found: ContentKind) -> bool {
    use ContentKind as K;
    match (claimed, found) {
        (K::Text, found) => matches!(
            found,
            K::Xml | K::Mail | K::Calendar | K::Contact | K::Pem | K::Pgp
        ),
        (K::Html | K::Xml | K::Mail | K::Script | K::Calendar | K::Contact | K::Pem | K::Pgp, K::Text) => {
            true
        }
        (K::Xml | K::Script | K::Mail, K::Html) | (K::Script, K::Xml) | (K::Html, K::Mail) => true,
        // Binary signatures and keys have no magic of their own worth trusting.
        (K::Pgp | K::Pem | K::Audio | K::Video | K::Tnef, K::Unknown) => true,
        (K::Audio, K::Video) | (K::Video, K::Audio) => true,
        (K::OleOther, K::WordLegacy | K::ExcelLegacy | K::PowerPointLegacy) => true,
        _ => false,
    }
}

/// The kind by bytes alone.
fn kind_of(content: &[u8]) -> ContentKind {
    if content.is_empty() {
        return ContentKind::Empty;
    }
    if let Some(kind) = kind_by_magic(content) {
        return match kind {
            ContentKind::Zip => zip_kind(content),
            ContentKind::OleOther => ole_kind(content),
            other => other,
        };
    }
    if has_at(content, 0x8001, b"CD001")
        || has_at(content, 0x8001, b"BEA01")
        || has_at(content, 0x8001, b"NSR0")
    {
        return ContentKind::Iso;
    }
    if has_at(content, 257, b"ustar") {
        return ContentKind::Tar;
    }
    // A fixed virtual disk has its mark only at the end.
    let footer = content.len().saturating_sub(512);
    if footer > 0 && has_at(content, footer, b"conectix") {
        return ContentKind::Vhd;
    }
    textual_kind(content).unwrap_or(ContentKind::Unknown)
}

fn has_at(content: &[u8], offset: usize, magic: &[u8]) -> bool {
    content.get(offset..).is_some_and(|rest| rest.starts_with(magic))
}

fn kind_by_magic(content: &[u8]) -> Option<ContentKind> {
    use ContentKind as K;
    const MAGIC: &[(&[u8], ContentKind)] = &[
        (b"PK\x03\x04", K::Zip),
        (b"PK\x05\x06", K::Zip),
        (b"PK\x07\x08", K::Zip),
        (b"7z\xBC\xAF\x27\x1C", K::SevenZip),
        (b"Rar!\x1A\x07", K::Rar),
        (b"\x1F\x8B", K::Gzip),
        (b"BZh", K::Bzip2),
        (b"\xFD7zXZ\0", K::Xz),
        (b"\x28\xB5\x2F\xFD", K::Zstd),
        (b"MSCF\0\0\0\0", K::Cab),
        (b"\x60\xEA", K::Arj),
        (b"conectix", K::Vhd),
        (b"vhdxfile", K::Vhd),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", K::OleOther),
        (b"%PDF-", K::Pdf),
        (b"{\\rt", K::Rtf),
        (b"\x89PNG\r\n\x1A\n", K::Png),
        (b"\xFF\xD8\xFF", K::Jpeg),
        (b"GIF87a", K::Gif),
        (b"GIF89a", K::Gif),
        (b"II*\0", K::Tiff),
        (b"MM\0*", K::Tiff),
        (b"\0\0\x01\0", K::Icon),
        (b"ID3", K::Audio),
        (b"OggS", K::Audio),
        (b"fLaC", K::Audio),
        (b"#!AMR", K::Audio),
        (b"\x1A\x45\xDF\xA3", K::Video),
        (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", K::Video),
        (b"\0\0\x01\xBA", K::Video),
        (b"\x7FELF", K::LinuxProgram),
        (b"\xCF\xFA\xED\xFE", K::MacProgram),
        (b"\xCE\xFA\xED\xFE", K::MacProgram),
        (b"\x4C\0\0\0\x01\x14\x02\0", K::Shortcut),
        (b"ITSF", K::HtmlHelp),
        (b"\x78\x9F\x3E\x22", K::Tnef),
        (
            b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3",
            K::OneNote,
        ),
        (b"#!/", K::Script),
    ];
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| content.starts_with(magic)) {
        return Some(*kind);
    }
    match content {
        [b'M', b'Z', ..] if content.len() >= 64 => Some(K::WindowsProgram),
        // A Java class and a macOS program for two processors begin alike; the second number tells them apart.
        [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, count, ..] if *count < 20 => Some(K::MacProgram),
        [0xCA, 0xFE, 0xBA, 0xBE, ..] => Some(K::JavaClass),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some(K::Bmp),
        [b'R', b'I', b'F', b'F', _, _, _, _, form @ ..] => match form.get(..4) {
            Some(b"WEBP") => Some(K::Webp),
            Some(b"WAVE") => Some(K::Audio),
            Some(b"AVI ") => Some(K::Video),
            _ => None,
        },
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4) {
            Some(b"heic" | b"heix" | b"mif1" | b"msf1" | b"avif") => Some(K::Heif),
            Some(b"M4A ") => Some(K::Audio),
            _ => Some(K::Video),
        },
        [0xFF, second, ..] if matches!(*second, 0xFB | 0xF3 | 0xF2 | 0xF1 | 0xF9) => Some(K::Audio),
        [_, _, b'-', b'l', b'h' | b'z', b'0'..=b'9' | b'd' | b's', b'-', ..] => Some(K::Lha),
        _ if has_at(content, 7, b"**ACE**") => Some(K::Ace),
        // Readers accept a PDF header anywhere in the first kilobyte, and attackers use that.
        _ if memchr::memmem::find(content.get(..1024).unwrap_or(content), b"%PDF-").is_some() => Some(K::Pdf),
        _ => None,
    }
}

fn zip_kind(content: &[u8]) -> ContentKind {
    use ContentKind as K;
    // An uncompressed first entry "mimetype" (OpenDocument 1.2 part 3, EPUB OCF).
    if has_at(content, 30, b"mimetypeapplication/epub+zip") {
        return K::Epub;
    }
    if has_at(content, 30, b"mimetypeapplication/vnd.oasis.opendocument") {
        return K::OpenDocument;
    }
    let names = first_zip_names(content, 2_000);
    let has = |name: &str| names.iter().any(|found| found.eq_ignore_ascii_case(name));
    let has_in = |folder: &str| {
        names.iter().any(|found| {
            found
                .get(..folder.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(folder))
        })
    };
    if has("[Content_Types].xml") {
        if has_in("word/") {
            return K::Word;
        }
        if has_in("xl/") {
            return K::Excel;
        }
        if has_in("ppt/") {
            return K::PowerPoint;
        }
    }
    if has("AndroidManifest.xml") {
        return K::Apk;
    }
    if has("META-INF/MANIFEST.MF") {
        return K::Jar;
    }
    K::Zip
}

/// Names of streams stand in the directory of a compound file as UTF-16 (MS-CFB 2.6); looking for them anywhere is robust
/// against broken sector chains.
fn has_stream(content: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    memchr::memmem::find(content, &wide).is_some()
}

fn ole_kind(content: &[u8]) -> ContentKind {
    use ContentKind as K;
    const STREAMS: &[(&str, ContentKind)] = &[
        ("EncryptedPackage", K::EncryptedOffice),
        ("__properties_version1.0", K::OutlookMessage),
        ("WordDocument", K::WordLegacy),
        ("PowerPoint Document", K::PowerPointLegacy),
        ("Workbook", K::ExcelLegacy),
        // Windows Installer packs the names of its tables two letters to a unit: `_StringPool` and `_Columns`.
        (
            "\u{4840}\u{3F3F}\u{4577}\u{446C}\u{3E6A}\u{44B2}\u{482F}",
            K::WindowsInstaller,
        ),
        ("\u{4840}\u{3B3F}\u{43F2}\u{4438}\u{45B1}", K::WindowsInstaller),
    ];
    if let Some((_, kind)) = STREAMS.iter().find(|(name, _)| has_stream(content, name)) {
        return *kind;
    }
    K::OleOther
}

/// The kind of a text, or `None` if it is none.
fn textual_kind(content: &[u8]) -> Option<ContentKind> {
    use ContentKind as K;
    let head = content.get(..4096).unwrap_or(content);
    let is_wide = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    let controls = head
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31 | 127))
        .count();
    if !is_wide && controls > 0 {
        return None;
    }
    let lower: Vec<u8> = head
        .iter()
        .copied()
        .filter(|byte| *byte != 0)
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    let text = lower.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&lower);
    let text = text.strip_prefix(b"\xFF\xFE").unwrap_or(text).trim_ascii_start();
    let contains = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    let starts = |heads: &[&[u8]]| heads.iter().any(|head| text.starts_with(head));
    let kind = if starts(&[b"<?xml", b"<!--", b"<svg"]) && contains(b"<svg") {
        K::Svg
    } else if starts(&[b"<?xml"]) && !contains(b"<html") {
        K::Xml
    } else if starts(&[b"<script", b"<job", b"<package", b"<hta:", b"<scriptlet"]) && !contains(b"<html") {
        K::Script
    } else if starts(&[
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<body",
        b"<meta",
        b"<title",
        b"<script",
        b"<iframe",
        b"<table",
        b"<div",
        b"<p",
        b"<a ",
    ]) || starts(&[b"<"]) && contains(b"<html")
    {
        K::Html
    } else if starts(&[b"[internetshortcut]"]) {
        K::InternetShortcut
    } else if starts(&[b"begin:vcalendar"]) {
        K::Calendar
    } else if starts(&[b"begin:vcard"]) {
        K::Contact
    } else if starts(&[b"-----begin pgp"]) {
        K::Pgp
    } else if starts(&[b"-----begin "]) {
        K::Pem
    } else if looks_like_mail(text) {
        K::Mail
    } else {
        K::Text
    };
    Some(kind)
}

/// Whether lower-case text begins as mails do: with a header field that only mails have.
fn looks_like_mail(text: &[u8]) -> bool {
    const FIELDS: &[&[u8]] = &[
        b"received: ",
        b"return-path: ",
        b"delivered-to: ",
        b"mime-version: ",
        b"message-id: ",
        b"x-mozilla-status: ",
        b"from: ",
        b"date: ",
    ];
    let begins = FIELDS.iter().any(|field| text.starts_with(field));
    let has_line = |field: &[u8]| {
        text.starts_with(field)
            || memchr::memmem::find_iter(text, field)
                .any(|at| at.checked_sub(1).and_then(|i| text.get(i)) == Some(&b'\n'))
    };
    begins
        && has_line(b"from:")
        && (has_line(b"subject:") || has_line(b"date:") || has_line(b"mime-version:"))
}

fn active_content(content: &[u8], kind: ContentKind) -> Option<bool> {
    use ContentKind as K;
    let has_any = |needles: &[&[u8]]| {
        needles
            .iter()
            .any(|needle| memchr::memmem::find(content, needle).is_some())
    };
    match kind {
        K::Word | K::Excel | K::PowerPoint => {
            let names = first_zip_names(content, 2_000);
            Some(names.iter().any(|name| {
                let name = name.to_ascii_lowercase();
                name.ends_with("vbaproject.bin")
                    || name.contains("/activex/")
                    || name.contains("/macrosheets/")
            }))
        }
        K::WordLegacy | K::ExcelLegacy | K::PowerPointLegacy | K::OleOther => {
            Some(has_stream(content, "_VBA_PROJECT") || has_stream(content, "VBA"))
        }
        K::Pdf => Some(has_any(&[
            b"/JavaScript",
            b"/JS",
            b"/Launch",
            b"/EmbeddedFile",
            b"/OpenAction",
            b"/RichMedia",
            b"/XFA",
        ])),
        K::Rtf => Some(has_any(&[b"\\objdata", b"\\objupdate", b"\\objautlink"])),
        K::Html | K::Svg => {
            let head = content.get(..1024 * 1024).unwrap_or(content).to_ascii_lowercase();
            let found = [
                b"<script".as_slice(),
                b"javascript:",
                b" onload=",
                b" onerror=",
                b"<foreignobject",
            ];
            Some(
                found
                    .iter()
                    .any(|needle| memchr::memmem::find(&head, needle).is_some()),
            )
        }
        _ => None,
    }
}

fn encrypted(content: &[u8], kind: ContentKind) -> Option<bool> {
    use ContentKind as K;
    match kind {
        K::EncryptedOffice => Some(true),
        K::Word | K::Excel | K::PowerPoint => Some(false),
        K::Pdf => Some(memchr::memmem::find(content, b"/Encrypt").is_some()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &[u8], kind: ContentKind) {
        assert_eq!(sniff(content, None, None).kind, kind, "{content:?}");
    }

    #[test]
    fn kinds_are_told_by_their_bytes() {
        use ContentKind as K;
        check(b"", K::Empty);
        check(b"%PDF-1.7", K::Pdf);
        check(b"junk\n%PDF-1.7", K::Pdf);
        check(b"\x4C\0\0\0\x01\x14\x02\0rest", K::Shortcut);
        check(b"\x1F\x8B\x08", K::Gzip);
        check(b"\"\x1a-lh5-rest", K::Lha);
        check(b"\x78\x9F\x3E\x22", K::Tnef);
        check(b"<!DOCTYPE html><html>", K::Html);
        check(b"<svg xmlns='x'>", K::Svg);
        check(b"<job id=1><script>", K::Script);
        check(b"#!/bin/sh\n", K::Script);
        check(b"[InternetShortcut]\r\nURL=x", K::InternetShortcut);
        check(b"From: a@b\nSubject: x\n\n", K::Mail);
        check(b"From: here to there", K::Text);
        check("これは文章です".as_bytes(), K::Text);
        check(b"\x01\x02\x03", K::Unknown);
        let mut program = b"MZ".to_vec();
        program.resize(100, 0);
        check(&program, K::WindowsProgram);
        let mut disk = vec![0; 0x8001];
        disk.extend(b"CD001");
        check(&disk, K::Iso);
    }

    #[test]
    fn compound_files_are_told_by_their_streams() {
        let build = |names: &[&str]| {
            let mut out = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
            for name in names {
                out.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            }
            out
        };
        check(&build(&["WordDocument"]), ContentKind::WordLegacy);
        check(&build(&["__properties_version1.0"]), ContentKind::OutlookMessage);
        check(&build(&[]), ContentKind::OleOther);
        let encrypted = sniff(&build(&["EncryptedPackage"]), Some("a.docx"), None);
        assert_eq!(
            (encrypted.kind, encrypted.encrypted, encrypted.contradicts_name),
            (ContentKind::EncryptedOffice, Some(true), false)
        );
        assert_eq!(
            sniff(&build(&["Workbook", "_VBA_PROJECT"]), None, None).active_content,
            Some(true)
        );
    }

    #[test]
    fn contradictions_are_found() {
        let mut program = b"MZ".to_vec();
        program.resize(100, 0);
        let check = |content: &[u8], name: &str, declared: &str, by_name: bool, by_type: bool| {
            let found = sniff(content, Some(name), Some(declared));
            assert_eq!(
                (found.contradicts_name, found.contradicts_declared),
                (by_name, by_type),
                "{name} {declared}"
            );
        };
        check(b"%PDF-1.7", "a.pdf", "application/pdf", false, false);
        check(b"%PDF-1.7", "a.pdf", "application/octet-stream", false, false);
        check(&program, "a.pdf", "application/pdf", true, true);
        check(&program, "a.exe", "application/octet-stream", false, false);
        check(&program, "a.xyz", "application/x-something", true, false);
        check(b"<html>", "a.pdf", "image/png", true, true);
        check(b"plain", "a.csv", "text/csv", false, false);
        check(b"{\\rtf1", "a.doc", "application/msword", true, true);
        check(b"\x01\x02", "a.p7s", "application/pkcs7-signature", false, false);
        check(b"\x01\x02", "a.docx", "application/octet-stream", true, false);
    }

    #[test]
    fn a_text_called_script_is_one() {
        let found = sniff(b"var x = 1;", Some("a.js"), None);
        assert_eq!(
            (found.kind, found.dangerous, found.contradicts_name),
            (ContentKind::Script, true, false)
        );
        let found = sniff(b"<html><hta:application>", Some("a.hta"), None);
        assert!(found.dangerous);
    }

    #[test]
    fn every_kind_has_a_media_type() {
        assert_eq!(
            ContentKind::Word.media_type(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        );
        assert_eq!(ContentKind::Empty.media_type(), "application/x-empty");
    }
}
