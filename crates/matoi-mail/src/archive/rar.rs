//! RAR 4 and 5: block headers, which stand in plain sight unless the archive encrypts them too (RAR 5.0 archive format).

use crate::bytes::Cursor;
use crate::charset;
use crate::filename::FileName;
use crate::limits::Limits;
use crate::sniff::ContentKind;

use super::{ArchiveEntry, ArchiveFacts, ArchiveSuspicion, Encryption};

/// Reads the block headers.
pub(super) fn facts(content: &[u8], limits: &Limits) -> ArchiveFacts {
    let mut facts = ArchiveFacts::unread(ContentKind::Rar);
    let end = if let Some(blocks) = content.strip_prefix(b"Rar!\x1A\x07\x01\x00") {
        read_rar5(blocks, &mut facts, limits)
    } else {
        read_rar4(content.get(7..).unwrap_or_default(), &mut facts, limits)
    };
    match end {
        End::NamesEncrypted => {
            facts.encrypted = Some(true);
            facts.names_encrypted = Some(true);
        }
        End::Reached => {
            facts.names_encrypted = Some(false);
            facts.encrypted = Some(facts.encrypted.unwrap_or(false));
        }
        End::Broken => facts.suspect(ArchiveSuspicion::Damaged),
    }
    facts.judge_ratio(content.len());
    facts
}

enum End {
    Reached,
    NamesEncrypted,
    Broken,
}

fn read_rar5(blocks: &[u8], facts: &mut ArchiveFacts, limits: &Limits) -> End {
    let mut rest = Cursor::new(blocks);
    loop {
        match rar5_block(&mut rest, facts, limits) {
            None => return End::Broken,
            Some(Some(end)) => return end,
            Some(None) => {}
        }
    }
}

/// One block; the inner `Some` says that it was the last.
fn rar5_block(rest: &mut Cursor<'_>, facts: &mut ArchiveFacts, limits: &Limits) -> Option<Option<End>> {
    rest.take(4)?;
    let size = usize::try_from(rest.variable()?).ok()?;
    let mut header = Cursor::new(rest.take(size)?);
    let kind = header.variable()?;
    let flags = header.variable()?;
    let extra_size = if flags & 1 != 0 {
        usize::try_from(header.variable()?).ok()?
    } else {
        0
    };
    let data_size = if flags & 2 != 0 { header.variable()? } else { 0 };
    match kind {
        4 => {
            facts.encryption = Some(Encryption::Aes256);
            return Some(Some(End::NamesEncrypted));
        }
        5 => return Some(Some(End::Reached)),
        2 => {
            let entry = rar5_file(header, extra_size, data_size)?;
            if entry.encrypted {
                facts.encryption = Some(Encryption::Aes256);
            }
            facts.add(entry, limits);
        }
        _ => {}
    }
    if usize::try_from(data_size)
        .ok()
        .and_then(|size| rest.take(size))
        .is_none()
    {
        return Some(Some(End::Broken));
    }
    Some(None)
}

fn rar5_file(mut header: Cursor<'_>, extra_size: usize, data_size: u64) -> Option<ArchiveEntry> {
    let all = header.rest();
    let extra = all.get(all.len().checked_sub(extra_size)?..)?;
    let flags = header.variable()?;
    let size = header.variable()?;
    header.variable()?;
    if flags & 2 != 0 {
        header.take(4)?;
    }
    if flags & 4 != 0 {
        header.take(4)?;
    }
    header.variable()?;
    header.variable()?;
    let name_length = usize::try_from(header.variable()?).ok()?;
    let name = charset::decode(header.take(name_length)?, Some("utf-8")).text;
    Some(ArchiveEntry {
        name: FileName::new(&name),
        // Bit 3: the size was not known when the header was written.
        size: if flags & 8 != 0 { 0 } else { size },
        compressed: data_size,
        encrypted: rar5_has_encryption_record(extra),
        directory: flags & 1 != 0,
    })
}

fn rar5_has_encryption_record(extra: &[u8]) -> bool {
    let mut cursor = Cursor::new(extra);
    while let Some(size) = cursor.variable() {
        let record = usize::try_from(size).ok().and_then(|size| cursor.take(size));
        let Some(record) = record else {
            return false;
        };
        if Cursor::new(record).variable() == Some(1) {
            return true;
        }
    }
    false
}

fn read_rar4(blocks: &[u8], facts: &mut ArchiveFacts, limits: &Limits) -> End {
    let mut rest = Cursor::new(blocks);
    while !rest.rest().is_empty() {
        match rar4_block(&mut rest, facts, limits) {
            None => return End::Broken,
            Some(Some(end)) => return end,
            Some(None) => {}
        }
    }
    End::Reached
}

fn rar4_block(rest: &mut Cursor<'_>, facts: &mut ArchiveFacts, limits: &Limits) -> Option<Option<End>> {
    rest.take(2)?;
    let kind = rest.u8()?;
    let flags = rest.u16()?;
    let size = usize::from(rest.u16()?).checked_sub(7)?;
    let mut header = Cursor::new(rest.take(size)?);
    let mut data_size = 0_u64;
    match kind {
        0x73 if flags & 0x80 != 0 => return Some(Some(End::NamesEncrypted)),
        0x7B => return Some(Some(End::Reached)),
        0x74 => {
            let entry = rar4_file(header, flags)?;
            data_size = entry.compressed;
            if entry.encrypted {
                facts.encryption = Some(Encryption::Aes128);
            }
            facts.add(entry, limits);
        }
        _ if flags & 0x8000 != 0 => data_size = u64::from(header.u32()?),
        _ => {}
    }
    if usize::try_from(data_size)
        .ok()
        .and_then(|size| rest.take(size))
        .is_none()
    {
        return Some(Some(End::Broken));
    }
    Some(None)
}

fn rar4_file(mut header: Cursor<'_>, flags: u16) -> Option<ArchiveEntry> {
    let mut compressed = u64::from(header.u32()?);
    let mut size = u64::from(header.u32()?);
    header.take(11)?;
    let name_length = usize::from(header.u16()?);
    let attributes = header.u32()?;
    if flags & 0x100 != 0 {
        compressed |= u64::from(header.u32()?) << 32;
        size |= u64::from(header.u32()?) << 32;
    }
    let name = header.take(name_length)?;
    // With flag 0x200 a zero byte ends the plain name and a packed Unicode form follows.
    let plain = name.split(|byte| *byte == 0).next().unwrap_or(name);
    let label = if std::str::from_utf8(plain).is_ok() {
        "utf-8"
    } else {
        "cp932"
    };
    Some(ArchiveEntry {
        name: FileName::new(&charset::decode(plain, Some(label)).text),
        size,
        compressed,
        encrypted: flags & 4 != 0,
        directory: flags & 0xE0 == 0xE0 || attributes & 0x10 != 0 && size == 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rar5(blocks: &[&[u8]]) -> Vec<u8> {
        let mut out = b"Rar!\x1A\x07\x01\x00".to_vec();
        for block in blocks {
            out.extend([0; 4]);
            out.push(block.len() as u8);
            out.extend(*block);
        }
        out
    }

    fn check(bytes: &[u8], encrypted: Option<bool>, names_encrypted: Option<bool>, names: &[&str]) {
        let facts = facts(bytes, &Limits::default());
        let found: Vec<&str> = facts
            .entries
            .iter()
            .map(|entry| entry.name.original.as_str())
            .collect();
        assert_eq!(
            (facts.encrypted, facts.names_encrypted, found.as_slice()),
            (encrypted, names_encrypted, names)
        );
    }

    #[test]
    fn rar5_headers_are_read() {
        let main: &[u8] = b"\x01\x00\x00";
        let end: &[u8] = b"\x05\x00\x00";
        let plain: &[u8] = b"\x02\x00\x00\x04\x00\x00\x00\x05a.txt";
        let secret: &[u8] = b"\x02\x01\x03\x00\x04\x00\x00\x00\x05b.txt\x02\x01\x00";
        check(&rar5(&[main, plain, end]), Some(false), Some(false), &["a.txt"]);
        check(
            &rar5(&[main, plain, secret, end]),
            Some(true),
            Some(false),
            &["a.txt", "b.txt"],
        );
        check(
            &rar5(&[b"\x04\x00\x00\x00", b"garbage"]),
            Some(true),
            Some(true),
            &[],
        );
        check(&rar5(&[main, plain]), None, None, &["a.txt"]);
    }

    #[test]
    fn rar4_headers_are_read() {
        let file = |flags: u16, name: &[u8]| {
            let mut out = vec![0, 0, 0x74];
            out.extend(flags.to_le_bytes());
            out.extend((32 + name.len() as u16).to_le_bytes());
            out.extend([0; 4]);
            out.extend(9_u32.to_le_bytes());
            out.extend([0; 11]);
            out.extend((name.len() as u16).to_le_bytes());
            out.extend([0; 4]);
            out.extend(name);
            out
        };
        let start = b"Rar!\x1A\x07\x00".to_vec();
        let main = |flags: u8| vec![0, 0, 0x73, flags, 0, 13, 0, 0, 0, 0, 0, 0, 0];
        let sjis = encoding_rs::SHIFT_JIS.encode("表.txt").0.into_owned();
        check(
            &[start.clone(), main(0), file(0x8000, b"a.txt")].concat(),
            Some(false),
            Some(false),
            &["a.txt"],
        );
        check(
            &[start.clone(), main(0), file(0x8004, &sjis)].concat(),
            Some(true),
            Some(false),
            &["表.txt"],
        );
        check(
            &[start.clone(), main(0x80), b"xxxxxxxx".to_vec()].concat(),
            Some(true),
            Some(true),
            &[],
        );
        check(&start, Some(false), Some(false), &[]);
    }
}
