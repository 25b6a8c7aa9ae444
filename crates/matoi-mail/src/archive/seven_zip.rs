//! 7z: only whether its headers say that it is encrypted. Its list of names is usually compressed and is not unpacked here.

use crate::bytes::Cursor;
use crate::sniff::ContentKind;

use super::{ArchiveFacts, ArchiveSuspicion, Encryption};

/// Codec id of 7-Zip's AES-256 with SHA-256, as it stands in a list of coders.
const AES: [u8; 4] = [0x06, 0xF1, 0x07, 0x01];

/// Reads the start header and looks into the header it points to.
pub(super) fn facts(content: &[u8]) -> ArchiveFacts {
    let mut facts = ArchiveFacts::unread(ContentKind::SevenZip);
    match header(content) {
        None => facts.suspect(ArchiveSuspicion::Damaged),
        Some([]) => facts.entry_count = Some(0),
        Some(header) => {
            let has_aes = memchr::memmem::find(header, &AES).is_some();
            match header.first() {
                // Encoded header: its coders are in plain sight, those of the files are inside it.
                Some(0x17) => {
                    facts.names_encrypted = Some(has_aes);
                    facts.encrypted = has_aes.then_some(true);
                }
                Some(0x01) => {
                    facts.names_encrypted = Some(false);
                    facts.encrypted = Some(has_aes);
                }
                _ => facts.suspect(ArchiveSuspicion::Damaged),
            }
            facts.encryption = has_aes.then_some(Encryption::Aes256);
        }
    }
    facts
}

fn header(content: &[u8]) -> Option<&[u8]> {
    let mut start = Cursor::new(content);
    start.take(12)?;
    let offset = start.u64()?;
    let size = usize::try_from(start.u64()?).ok()?;
    Cursor::at(content, offset.checked_add(32)?)?.take(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(header: &[u8]) -> Vec<u8> {
        let mut out = b"7z\xBC\xAF\x27\x1C\0\x04\0\0\0\0".to_vec();
        out.extend(3_u64.to_le_bytes());
        out.extend((header.len() as u64).to_le_bytes());
        out.extend([0; 4]);
        out.extend(b"xyz");
        out.extend(header);
        out
    }

    #[test]
    fn encryption_is_told_where_headers_tell_it() {
        let check = |header: &[u8], encrypted, names| {
            let facts = facts(&build(header));
            assert_eq!(
                (facts.encrypted, facts.names_encrypted),
                (encrypted, names),
                "{header:?}"
            );
        };
        check(b"\x17\x06\x00\x24\x06\xF1\x07\x01", Some(true), Some(true));
        check(b"\x17\x06\x00\x23\x03\x01\x01", None, Some(false));
        check(b"\x01\x04\x06\x24\x06\xF1\x07\x01", Some(true), Some(false));
        check(b"\x01\x04\x06", Some(false), Some(false));
        assert_eq!(facts(b"7z").suspicious, [ArchiveSuspicion::Damaged]);
    }
}
