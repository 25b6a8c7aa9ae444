//! Reading an object with few requests: what follows is fetched along, ever more of it while reading goes on from
//! front to back.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore};

use super::Client;
use crate::store::storage::StoredObject;

/// Bytes fetched on opening: the header, and all of a small file.
const FIRST_FETCH: u64 = 128 * 1024;
/// Bytes fetched along at first, and at most.
const LEAST_AHEAD: u64 = 256 * 1024;
const GREATEST_AHEAD: u64 = 8 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct S3Object {
    client: Arc<Client>,
    path: Path,
    len: u64,
    /// A part of the object, and where it begins.
    window: Vec<u8>,
    window_start: u64,
    ahead: u64,
}

impl S3Object {
    pub(super) fn open(client: Arc<Client>, path: Path) -> io::Result<Self> {
        let (len, window) = fetch(&client, &path, 0..FIRST_FETCH)?;
        Ok(Self {
            client,
            path,
            len,
            window,
            window_start: 0,
            ahead: LEAST_AHEAD,
        })
    }

    fn window_end(&self) -> u64 {
        self.window_start + self.window.len() as u64
    }

    /// Makes the window begin at `offset` and reach at least to `end`.
    fn move_window(&mut self, offset: u64, end: u64) -> io::Result<()> {
        let goes_on = (self.window_start..=self.window_end()).contains(&offset);
        let fetched = if goes_on {
            let kept_from = usize::try_from(offset - self.window_start).map_err(io::Error::other)?;
            let fetch_to = end
                .max(self.window_end().saturating_add(self.ahead))
                .min(self.len);
            let (_, fetched) = fetch(&self.client, &self.path, self.window_end()..fetch_to)?;
            self.ahead = (self.ahead * 2).min(GREATEST_AHEAD);
            self.window.drain(..kept_from.min(self.window.len()));
            fetched
        } else {
            let (_, fetched) = fetch(&self.client, &self.path, offset..end)?;
            self.ahead = LEAST_AHEAD;
            self.window.clear();
            fetched
        };
        self.window.extend_from_slice(&fetched);
        self.window_start = offset;
        Ok(())
    }
}

impl StoredObject for S3Object {
    fn stored_len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset
            .checked_add(buffer.len() as u64)
            .filter(|end| *end <= self.len);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        if offset < self.window_start || end > self.window_end() {
            self.move_window(offset, end)?;
        }
        let start = usize::try_from(offset - self.window_start).map_err(io::Error::other)?;
        let bytes = self.window.get(start..).and_then(|rest| rest.get(..buffer.len()));
        // The store gave less than it promised.
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::InvalidData)?);
        Ok(())
    }
}

/// Length of the object, and the bytes of the range as far as the object reaches.
fn fetch(client: &Client, path: &Path, range: Range<u64>) -> io::Result<(u64, Vec<u8>)> {
    let (store, path) = (Arc::clone(&client.store), path.clone());
    client.wait(async move {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let result = store.get_opts(&path, options).await?;
        let len = result.meta.size;
        Ok((len, result.bytes().await?.into()))
    })
}
