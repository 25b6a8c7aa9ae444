//! Pictures given with a request: PNG and JPEG, checked before any decoder sees them.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::model::Block;

/// How many pictures a request may bring.
const MAX_PICTURES: usize = 60;
/// How many bytes a picture may have.
const MAX_BYTES: usize = 10 << 20;
/// How many pixels a picture may have on each side.
const MAX_SIDE: u32 = 10_000;

/// A picture by its name in the document.
pub type Pictures = BTreeMap<String, Vec<u8>>;

/// What is known of a picture from its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Info {
    /// File extension without the dot.
    pub(crate) extension: &'static str,
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
}

/// Checks all pictures and that the document asks for no other.
pub(crate) fn check(pictures: &Pictures, blocks: &[Block]) -> Result<BTreeMap<String, Info>, Error> {
    if pictures.len() > MAX_PICTURES {
        return Err(Error::limit("number of pictures", MAX_PICTURES));
    }
    let mut infos = BTreeMap::new();
    for (name, bytes) in pictures {
        if bytes.len() > MAX_BYTES {
            return Err(Error::limit("picture in bytes", MAX_BYTES));
        }
        let info = info(bytes).ok_or_else(|| bad(name, "neither a PNG nor a JPEG file"))?;
        if info.width == 0 || info.height == 0 || info.width > MAX_SIDE || info.height > MAX_SIDE {
            return Err(bad(name, "no side may be empty or longer than 10000 pixels"));
        }
        infos.insert(name.clone(), info);
    }
    wanted(blocks, &infos)?;
    Ok(infos)
}

fn wanted(blocks: &[Block], infos: &BTreeMap<String, Info>) -> Result<(), Error> {
    for block in blocks {
        match block {
            Block::Image { name, .. } if !infos.contains_key(name) => {
                return Err(bad(name, "the document asks for it, but it was not given"));
            }
            Block::List { items, .. } => {
                for item in items {
                    wanted(item, infos)?;
                }
            }
            Block::Callout { blocks, .. } => wanted(blocks, infos)?,
            _ => {}
        }
    }
    Ok(())
}

fn bad(name: &str, what: &str) -> Error {
    Error::Image {
        name: name.to_owned(),
        what: what.to_owned(),
    }
}

fn info(bytes: &[u8]) -> Option<Info> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        // Signature, length and type of the first chunk (IHDR) come before the size; PNG specification, section 11.2.2.
        return Some(Info {
            extension: "png",
            width: big_endian(bytes.get(16..20)?),
            height: big_endian(bytes.get(20..24)?),
        });
    }
    bytes
        .starts_with(&[0xff, 0xd8])
        .then(|| jpeg_info(bytes))
        .flatten()
}

/// Walks the segments to the frame header; ITU-T T.81, section B.2.2.
fn jpeg_info(bytes: &[u8]) -> Option<Info> {
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        if *bytes.get(at)? != 0xff {
            return None;
        }
        if marker == 0xff {
            at += 1;
            continue;
        }
        let frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if frame {
            return Some(Info {
                extension: "jpg",
                height: big_endian(bytes.get(at + 5..at + 7)?),
                width: big_endian(bytes.get(at + 7..at + 9)?),
            });
        }
        let length = big_endian(bytes.get(at + 2..at + 4)?);
        at += 2 + usize::try_from(length.max(2)).ok()?;
    }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |value, byte| (value << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>) {
            let _ = info(&bytes);
            let mut jpeg = vec![0xff, 0xd8];
            jpeg.extend(bytes);
            let _ = info(&jpeg);
        }
    }
}
