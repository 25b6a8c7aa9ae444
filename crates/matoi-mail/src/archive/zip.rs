//! Zip (PKWARE APPNOTE 6.3.10, WinZip AES): the central directory, checked against the local headers.

use std::collections::HashSet;

use crate::bytes::Cursor;
use crate::charset;
use crate::filename::FileName;
use crate::limits::Limits;
use crate::sniff::ContentKind;

use super::{ArchiveEntry, ArchiveFacts, ArchiveSuspicion, Encryption};

const LOCAL: u32 = 0x0403_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;

/// Whether an end-of-central-directory record stands where one may stand.
pub(super) fn has_end_record(content: &[u8]) -> bool {
    find_end(content).is_some()
}

/// Names of the first entries, for telling office documents and program archives from plain zips.
pub(crate) fn first_names(content: &[u8], max: usize) -> Vec<String> {
    let entries: Vec<Entry<'_>> = match find_end(content).and_then(|end| central_directory(content, end)) {
        Some((directory, _)) => read_central(directory).take(max).collect(),
        None => read_local(content).take(max).collect(),
    };
    entries.into_iter().map(|entry| entry.decoded_name()).collect()
}

/// Reads the facts.
pub(super) fn facts(content: &[u8], kind: ContentKind, limits: &Limits) -> ArchiveFacts {
    let mut facts = ArchiveFacts::unread(kind);
    facts.encrypted = Some(false);
    facts.names_encrypted = Some(false);
    facts.entry_count = Some(0);
    facts.total_uncompressed = Some(0);
    facts.total_compressed = Some(0);
    let mut names = HashSet::new();
    let mut spans: Vec<(u64, u64)> = Vec::new();
    if let Some((directory, base)) = find_end(content).and_then(|end| central_directory(content, end)) {
        if base > 0 {
            facts.suspect(ArchiveSuspicion::LeadingBytes { size: base });
        }
        for entry in read_central(directory) {
            if spans.len() < MAX_CHECKED {
                let start = base.saturating_add(entry.local_offset);
                compare_with_local(content, start, &entry, &mut facts);
                spans.push((start, start.saturating_add(30).saturating_add(entry.compressed)));
            }
            take(entry, &mut facts, &mut names, limits);
        }
        spans.sort_unstable();
        let overlaps = spans
            .windows(2)
            .any(|pair| matches!(pair, [(_, end), (start, _)] if end > start));
        if overlaps {
            facts.suspect(ArchiveSuspicion::OverlappingEntries);
        }
    } else {
        // Cut off, or its list made unreadable: the headers before the data still tell.
        facts.suspect(ArchiveSuspicion::Damaged);
        for entry in read_local(content).take(MAX_CHECKED) {
            take(entry, &mut facts, &mut names, limits);
        }
        if facts.encrypted == Some(false) {
            facts.encrypted = None;
        }
    }
    facts.judge_ratio(content.len());
    facts
}

/// Entries whose local header is compared; more only cost time.
const MAX_CHECKED: usize = 100_000;

struct Entry<'a> {
    flags: u16,
    method: u16,
    compressed: u64,
    size: u64,
    local_offset: u64,
    external_attributes: u32,
    name: &'a [u8],
    extra: &'a [u8],
}

impl Entry<'_> {
    fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0 || self.method == 99
    }

    fn encryption(&self) -> Option<Encryption> {
        if !self.is_encrypted() {
            return None;
        }
        if self.method == 99 {
            // Extra field 0x9901: version, vendor "AE", strength, real method.
            let strength = extra_field(self.extra, 0x9901).and_then(|data| data.get(4).copied());
            return Some(match strength {
                Some(1) => Encryption::Aes128,
                Some(2) => Encryption::Aes192,
                Some(3) => Encryption::Aes256,
                _ => Encryption::Other,
            });
        }
        if self.flags & 0x40 != 0 {
            return Some(Encryption::Strong);
        }
        Some(Encryption::ZipCrypto)
    }

    /// The name: UTF-8 if flagged, by the Unicode path field, or by being valid; else code page 932 as Japanese Windows writes.
    fn decoded_name(&self) -> String {
        if self.flags & 0x0800 != 0 {
            return charset::decode(self.name, Some("utf-8")).text;
        }
        if let Some(name) = self.unicode_path() {
            return name;
        }
        if std::str::from_utf8(self.name).is_ok() {
            return charset::decode(self.name, Some("utf-8")).text;
        }
        charset::decode(self.name, Some("cp932")).text
    }

    /// Info-ZIP's field 0x7075: version, CRC-32 of the plain name, name in UTF-8. A wrong checksum means the name was changed
    /// since.
    fn unicode_path(&self) -> Option<String> {
        let mut data = Cursor::new(extra_field(self.extra, 0x7075)?);
        if data.u8()? != 1 || data.u32()? != crc32(self.name) {
            return None;
        }
        Some(charset::decode(data.rest(), Some("utf-8")).text)
    }

    fn is_directory(&self) -> bool {
        self.name.ends_with(b"/") || (self.external_attributes & 0x10 != 0 && self.size == 0)
    }
}

fn take(entry: Entry<'_>, facts: &mut ArchiveFacts, names: &mut HashSet<Vec<u8>>, limits: &Limits) {
    let name = FileName::new(&entry.decoded_name());
    if names.len() < MAX_CHECKED && !names.insert(entry.name.to_ascii_lowercase()) {
        facts.suspect(ArchiveSuspicion::DuplicateName {
            name: name.safe.clone(),
        });
    }
    facts.encryption = facts.encryption.or(entry.encryption());
    // Bit 13: the local headers are masked because the central directory is encrypted.
    if entry.flags & 0x2000 != 0 {
        facts.names_encrypted = Some(true);
    }
    facts.add(
        ArchiveEntry {
            size: entry.size,
            compressed: entry.compressed,
            encrypted: entry.is_encrypted(),
            directory: entry.is_directory(),
            name,
        },
        limits,
    );
}

/// Offset of the last end record in the part of the file where it may stand.
fn find_end(content: &[u8]) -> Option<usize> {
    let from = content.len().saturating_sub(END_LENGTH + usize::from(u16::MAX));
    let tail = content.get(from..)?;
    let at = memchr::memmem::rfind(tail, END)?;
    let end = from.checked_add(at)?;
    (content.len().saturating_sub(end) >= END_LENGTH).then_some(end)
}

/// The central directory and the number of bytes that stand before the archive.
fn central_directory(content: &[u8], end: usize) -> Option<(&[u8], u64)> {
    let mut record = Cursor::new(content.get(end..)?);
    record.take(12)?;
    let mut size = u64::from(record.u32()?);
    let mut offset = u64::from(record.u32()?);
    let mut directory_end = u64::try_from(end).ok()?;
    if (size == u64::from(u32::MAX) || offset == u64::from(u32::MAX))
        && let Some((size64, offset64, end64)) = zip64_end(content, end)
    {
        (size, offset, directory_end) = (size64, offset64, end64);
    }
    // The directory ends where the end record begins; if it does not start with a directory entry, its stated offset decides.
    for start in [directory_end.checked_sub(size), Some(offset)]
        .into_iter()
        .flatten()
    {
        let begins = Cursor::at(content, start).and_then(|mut cursor| cursor.u32());
        if begins == Some(CENTRAL) || size == 0 && start == directory_end {
            let start_index = usize::try_from(start).ok()?;
            let directory = content.get(start_index..usize::try_from(directory_end).ok()?)?;
            return Some((directory, start.saturating_sub(offset)));
        }
    }
    None
}

/// Size and offset of the central directory and the offset of the zip64 end record.
fn zip64_end(content: &[u8], end: usize) -> Option<(u64, u64, u64)> {
    let mut locator = Cursor::new(content.get(end.checked_sub(20)?..end)?);
    if locator.u32()? != 0x0706_4B50 {
        return None;
    }
    locator.take(4)?;
    let at = locator.u64()?;
    let mut record = Cursor::at(content, at)?;
    if record.u32()? != 0x0606_4B50 {
        return None;
    }
    record.take(36)?;
    Some((record.u64()?, record.u64()?, at))
}

fn read_central(directory: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut cursor = Cursor::new(directory);
    std::iter::from_fn(move || {
        if cursor.u32()? != CENTRAL {
            return None;
        }
        cursor.take(4)?;
        let (flags, method) = (cursor.u16()?, cursor.u16()?);
        cursor.take(8)?;
        let (compressed, size) = (cursor.u32()?, cursor.u32()?);
        let (name_length, extra_length, comment_length) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        cursor.take(4)?;
        let external_attributes = cursor.u32()?;
        let local_offset = cursor.u32()?;
        let name = cursor.take(usize::from(name_length))?;
        let extra = cursor.take(usize::from(extra_length))?;
        cursor.take(usize::from(comment_length))?;
        let mut entry = Entry {
            flags,
            method,
            compressed: u64::from(compressed),
            size: u64::from(size),
            local_offset: u64::from(local_offset),
            external_attributes,
            name,
            extra,
        };
        widen(&mut entry, size, compressed, local_offset);
        Some(entry)
    })
}

/// Takes the 64-bit numbers from extra field 1 in place of those that did not fit.
fn widen(entry: &mut Entry<'_>, size: u32, compressed: u32, local_offset: u32) {
    let Some(data) = extra_field(entry.extra, 1) else {
        return;
    };
    let mut data = Cursor::new(data);
    for (narrow, wide) in [
        (size, &mut entry.size),
        (compressed, &mut entry.compressed),
        (local_offset, &mut entry.local_offset),
    ] {
        if narrow == u32::MAX
            && let Some(value) = data.u64()
        {
            *wide = value;
        }
    }
}

/// Reads local headers one after the other; where sizes are only given behind the data, looks for the next header.
fn read_local(content: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let at = memchr::memmem::find(rest, &LOCAL.to_le_bytes())?;
        let from_header = rest.get(at..)?;
        let (entry, header_length) = parse_local(from_header)?;
        let data_length = usize::try_from(entry.compressed).unwrap_or(usize::MAX);
        rest = from_header
            .get(header_length.saturating_add(data_length)..)
            .or_else(|| from_header.get(header_length..))
            .unwrap_or_default();
        Some(entry)
    })
}

fn parse_local(bytes: &[u8]) -> Option<(Entry<'_>, usize)> {
    let mut cursor = Cursor::new(bytes);
    if cursor.u32()? != LOCAL {
        return None;
    }
    cursor.take(2)?;
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    cursor.take(8)?;
    let (compressed, size) = (cursor.u32()?, cursor.u32()?);
    let (name_length, extra_length) = (cursor.u16()?, cursor.u16()?);
    let name = cursor.take(usize::from(name_length))?;
    let extra = cursor.take(usize::from(extra_length)).unwrap_or_default();
    let mut entry = Entry {
        flags,
        method,
        compressed: u64::from(compressed),
        size: u64::from(size),
        local_offset: 0,
        external_attributes: 0,
        name,
        extra,
    };
    widen(&mut entry, size, compressed, 0);
    Some((entry, bytes.len().saturating_sub(cursor.rest().len())))
}

fn compare_with_local(content: &[u8], start: u64, entry: &Entry<'_>, facts: &mut ArchiveFacts) {
    let local = Cursor::at(content, start).and_then(|cursor| parse_local(cursor.rest()));
    let Some((local, _)) = local else {
        facts.suspect(ArchiveSuspicion::Damaged);
        return;
    };
    // With masked headers the local name means nothing.
    let is_masked = entry.flags & 0x2000 != 0;
    if !is_masked
        && (local.name != entry.name || (local.flags ^ entry.flags) & 1 != 0 || local.method != entry.method)
    {
        facts.suspect(ArchiveSuspicion::HeadersDisagree {
            name: FileName::new(&entry.decoded_name()).safe,
        });
    }
}

fn extra_field(extra: &[u8], id: u16) -> Option<&[u8]> {
    let mut cursor = Cursor::new(extra);
    loop {
        let found = cursor.u16()?;
        let length = cursor.u16()?;
        let data = cursor.take(usize::from(length))?;
        if found == id {
            return Some(data);
        }
    }
}

/// CRC-32 of short texts, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 0 {
                crc >> 1
            } else {
                (crc >> 1) ^ 0xEDB8_8320
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, flags, method, extra field, declared size.
    type TestEntry<'a> = (&'a [u8], u16, u16, &'a [u8], u32);

    /// A zip of stored entries.
    fn build(entries: &[TestEntry<'_>]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut directory = Vec::new();
        for (name, flags, method, extra, size) in entries {
            let offset = out.len() as u32;
            let numbers = |out: &mut Vec<u8>| {
                out.extend(flags.to_le_bytes());
                out.extend(method.to_le_bytes());
                out.extend([0; 8]);
                out.extend(4_u32.to_le_bytes());
                out.extend(size.to_le_bytes());
                out.extend((name.len() as u16).to_le_bytes());
                out.extend((extra.len() as u16).to_le_bytes());
            };
            out.extend(b"PK\x03\x04\x14\0");
            numbers(&mut out);
            out.extend(*name);
            out.extend(*extra);
            out.extend(b"data");
            directory.extend(b"PK\x01\x02\x14\0\x14\0");
            numbers(&mut directory);
            directory.extend([0; 10]);
            directory.extend(offset.to_le_bytes());
            directory.extend(*name);
            directory.extend(*extra);
        }
        let start = out.len() as u32;
        out.extend(&directory);
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend((entries.len() as u16).to_le_bytes());
        out.extend((entries.len() as u16).to_le_bytes());
        out.extend((directory.len() as u32).to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    fn keys(facts: &ArchiveFacts) -> Vec<String> {
        let key = |s: &ArchiveSuspicion| {
            serde_json::to_value(s).unwrap()["key"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        facts.suspicious.iter().map(key).collect()
    }

    fn read(bytes: &[u8]) -> ArchiveFacts {
        facts(bytes, ContentKind::Zip, &Limits::default())
    }

    #[test]
    fn names_follow_flag_field_and_code_page() {
        let sjis = encoding_rs::SHIFT_JIS.encode("表①.txt").0.into_owned();
        let mut unicode = vec![1];
        unicode.extend(crc32(b"x.txt").to_le_bytes());
        unicode.extend("髙.txt".as_bytes());
        let mut extra = 0x7075_u16.to_le_bytes().to_vec();
        extra.extend((unicode.len() as u16).to_le_bytes());
        extra.extend(unicode);
        let facts = read(&build(&[
            (&sjis, 0, 0, b"", 4),
            ("あ.txt".as_bytes(), 0x800, 0, b"", 4),
            ("い.txt".as_bytes(), 0, 0, b"", 4),
            (b"x.txt", 0, 0, &extra, 4),
        ]));
        let names: Vec<&str> = facts
            .entries
            .iter()
            .map(|entry| entry.name.original.as_str())
            .collect();
        assert_eq!(names, ["表①.txt", "あ.txt", "い.txt", "髙.txt"]);
        assert_eq!(
            (facts.encrypted, facts.entry_count, facts.total_uncompressed),
            (Some(false), Some(4), Some(16))
        );
        assert_eq!(keys(&facts), Vec::<String>::new());
    }

    #[test]
    fn encryption_is_recognised() {
        let check = |flags: u16, method: u16, extra: &[u8], expect| {
            let facts = read(&build(&[(b"a.txt", flags, method, extra, 4)]));
            assert_eq!((facts.encrypted, facts.encryption), (Some(true), Some(expect)));
        };
        check(1, 8, b"", Encryption::ZipCrypto);
        check(0x41, 8, b"", Encryption::Strong);
        check(1, 99, b"\x01\x99\x07\0\x02\0AE\x03\x08\0", Encryption::Aes256);
        check(1, 99, b"\x01\x99\x07\0\x02\0AE\x01\x08\0", Encryption::Aes128);
        check(1, 99, b"", Encryption::Other);
    }

    #[test]
    fn suspicious_archives_are_marked() {
        assert_eq!(
            keys(&read(&build(&[(b"../a.txt", 0, 0, b"", 4)]))),
            ["path_traversal"]
        );
        assert_eq!(
            keys(&read(&build(&[(b"in.zip", 0, 0, b"", 4)]))),
            ["nested_archive"]
        );
        assert_eq!(
            keys(&read(&build(&[(b"a.pdf.exe", 0, 0, b"", 4)]))),
            ["dangerous_entry", "deceptive_name"]
        );
        assert_eq!(
            keys(&read(&build(&[(b"a", 0, 0, b"", 4), (b"A", 0, 0, b"", 4)]))),
            ["duplicate_name"]
        );
        assert_eq!(
            keys(&read(&build(&[(b"a", 0, 8, b"", u32::MAX - 1)]))),
            ["ratio_bomb"]
        );
    }

    #[test]
    fn disagreeing_headers_and_leading_bytes_are_marked() {
        let mut bytes = build(&[(b"a.txt", 0, 0, b"", 4)]);
        bytes[30] = b'b';
        assert_eq!(keys(&read(&bytes)), ["headers_disagree"]);
        let mut prefixed = b"MZ..".to_vec();
        prefixed.extend(build(&[(b"a.txt", 0, 0, b"", 4)]));
        assert_eq!(keys(&read(&prefixed)), ["leading_bytes"]);
        assert_eq!(read(&prefixed).entries.len(), 1);
    }

    #[test]
    fn a_cut_archive_is_read_from_its_local_headers() {
        let bytes = build(&[(b"a.txt", 1, 0, b"", 4), (b"b.txt", 1, 0, b"", 4)]);
        let facts = read(&bytes[..80]);
        assert_eq!((facts.entries.len(), facts.encrypted), (2, Some(true)));
        assert_eq!(keys(&facts), ["damaged"]);
        assert_eq!(read(b"PK\x03\x04").encrypted, None);
    }
}
