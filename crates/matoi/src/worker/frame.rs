//! Frames between the program and its children: a JSON header and raw bytes, each with its length in front.
//!
//! ```text
//! 4 bytes  "MTW1"
//! 4 bytes  length of the header, big-endian
//! 8 bytes  length of the body, big-endian
//! header   JSON
//! body     raw bytes: a mail on the way in, the contents of its attachments on the way out
//! ```

use std::io::{self, Read, Write};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

const MARK: &[u8; 4] = b"MTW1";
const PREFIX: usize = 16;

/// A frame that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// JSON text.
    pub header: Vec<u8>,
    /// Raw bytes.
    pub body: Vec<u8>,
}

/// The longest frame that is accepted.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of the header.
    pub header: u64,
    /// Bytes of the body.
    pub body: u64,
}

/// Writes a frame whose body comes in pieces.
///
/// # Errors
/// Those of `writer`.
pub fn write(writer: &mut impl Write, header: &[u8], body: &[&[u8]]) -> io::Result<()> {
    let len = body.iter().map(|piece| piece.len() as u64).sum();
    writer.write_all(&prefix(header.len(), len)?)?;
    writer.write_all(header)?;
    for piece in body {
        writer.write_all(piece)?;
    }
    writer.flush()
}

/// Reads a frame; `None` when the other side has closed.
///
/// # Errors
/// `InvalidData` for what is no frame or too long a one, and those of `reader`.
pub fn read(reader: &mut impl Read, bounds: Bounds) -> io::Result<Option<Frame>> {
    let mut start = [0; PREFIX];
    if reader.read(start.split_at_mut(1).0)? == 0 {
        return Ok(None);
    }
    reader.read_exact(start.split_at_mut(1).1)?;
    let (header_len, body_len) = lengths(start, bounds)?;
    let mut part = |len: u64| {
        let mut bytes = Vec::new();
        if reader.take(len).read_to_end(&mut bytes)? as u64 != len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok::<_, io::Error>(bytes)
    };
    Ok(Some(Frame {
        header: part(header_len)?,
        body: part(body_len)?,
    }))
}

/// As [`write`], from async code.
///
/// # Errors
/// As [`write`].
pub async fn send(writer: &mut (impl AsyncWrite + Unpin), header: &[u8], body: &[u8]) -> io::Result<()> {
    writer
        .write_all(&prefix(header.len(), body.len() as u64)?)
        .await?;
    writer.write_all(header).await?;
    writer.write_all(body).await?;
    writer.flush().await
}

/// As [`read`], from async code. What the other side claims is allocated only as it arrives.
///
/// # Errors
/// As [`read`], and `UnexpectedEof` when the other side has closed.
pub async fn receive(reader: &mut (impl AsyncRead + Unpin), bounds: Bounds) -> io::Result<Frame> {
    let mut start = [0; PREFIX];
    reader.read_exact(&mut start).await?;
    let (header_len, body_len) = lengths(start, bounds)?;
    Ok(Frame {
        header: receive_part(reader, header_len).await?,
        body: receive_part(reader, body_len).await?,
    })
}

async fn receive_part(reader: &mut (impl AsyncRead + Unpin), len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if reader.take(len).read_to_end(&mut bytes).await? as u64 != len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

fn prefix(header: usize, body: u64) -> io::Result<[u8; PREFIX]> {
    let header = u32::try_from(header)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the header of a frame is too long"))?;
    let mut start = [0; PREFIX];
    let (mark, lengths) = start.split_at_mut(4);
    mark.copy_from_slice(MARK);
    let (first, second) = lengths.split_at_mut(4);
    first.copy_from_slice(&header.to_be_bytes());
    second.copy_from_slice(&body.to_be_bytes());
    Ok(start)
}

fn lengths(start: [u8; PREFIX], bounds: Bounds) -> io::Result<(u64, u64)> {
    let [a, b, c, d, h0, h1, h2, h3, body @ ..] = start;
    let header = u64::from(u32::from_be_bytes([h0, h1, h2, h3]));
    let body = u64::from_be_bytes(body);
    if [a, b, c, d] != *MARK || header > bounds.header || body > bounds.body {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is no frame"));
    }
    Ok((header, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { header: 10, body: 20 };

    #[test]
    fn a_frame_comes_back_as_it_was_written() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"{}", &[b"ab", b"", b"c"]).unwrap();
        write(&mut bytes, b"", &[]).unwrap();
        let mut reader = bytes.as_slice();
        let frame = read(&mut reader, BOUNDS).unwrap().unwrap();
        assert_eq!(
            (frame.header.as_slice(), frame.body.as_slice()),
            (&b"{}"[..], &b"abc"[..])
        );
        assert!(read(&mut reader, BOUNDS).unwrap().unwrap().body.is_empty());
        assert_eq!(read(&mut reader, BOUNDS).unwrap(), None);
    }

    #[test]
    fn what_is_no_frame_or_too_long_is_refused_without_reading_on() {
        let mut good = Vec::new();
        write(&mut good, b"{}", &[b"abc"]).unwrap();
        let check = |bytes: &[u8]| {
            let mut reader = bytes;
            assert!(read(&mut reader, BOUNDS).is_err(), "{bytes:?}");
        };
        check(b"MTW2............");
        check(b"MTW1\0\0\0\x0b\0\0\0\0\0\0\0\0");
        check(b"MTW1\0\0\0\0\0\0\0\0\0\0\0\x15");
        check(b"MTW1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
        for len in 1..good.len() {
            check(&good[..len]);
        }
    }

    #[tokio::test]
    async fn both_sides_speak_the_same() {
        let mut bytes = Vec::new();
        send(&mut bytes, b"{}", b"abc").await.unwrap();
        assert_eq!(read(&mut bytes.as_slice(), BOUNDS).unwrap().unwrap().body, b"abc");
        assert_eq!(
            receive(&mut bytes.as_slice(), BOUNDS).await.unwrap().header,
            b"{}"
        );
        assert!(receive(&mut &bytes[..10], BOUNDS).await.is_err());
    }
}
