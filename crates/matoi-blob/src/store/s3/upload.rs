//! Writing an object: in one request where it is small, in parts where it is not.

use std::io::{self, Write};
use std::sync::Arc;

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

use super::Client;
use crate::store::storage::StorageWriter;

/// A store takes at most so many parts.
const GREATEST_PART_COUNT: u64 = 10_000;
/// Part lengths in bytes. Parts of 8 MiB reach to 78 GiB, parts of 64 MiB to 625 GiB.
const LEAST_PART_LEN: u64 = 8 * 1024 * 1024;
const GREATEST_PART_LEN: u64 = 64 * 1024 * 1024;

/// An object being written. Holds one part in memory.
#[derive(Debug)]
pub(super) struct S3Upload {
    client: Arc<Client>,
    path: Path,
    part_len: usize,
    part: Vec<u8>,
    parts_sent: u64,
    /// Begun with the first full part.
    multipart: Option<Box<dyn MultipartUpload>>,
}

impl S3Upload {
    pub(super) fn new(client: Arc<Client>, path: Path, greatest_len: u64) -> Self {
        let part_len = part_len(greatest_len);
        Self {
            client,
            path,
            part_len,
            part: Vec::new(),
            parts_sent: 0,
            multipart: None,
        }
    }

    fn send_part(&mut self) -> io::Result<()> {
        if self.parts_sent >= GREATEST_PART_COUNT {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "too long for the object store",
            ));
        }
        let multipart = match &mut self.multipart {
            Some(multipart) => multipart,
            none => {
                let (store, path) = (Arc::clone(&self.client.store), self.path.clone());
                none.insert(
                    self.client
                        .wait(async move { store.put_multipart(&path).await })?,
                )
            }
        };
        let payload = PutPayload::from(std::mem::take(&mut self.part));
        self.client.wait(multipart.put_part(payload))?;
        self.parts_sent += 1;
        Ok(())
    }
}

impl Write for S3Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Sent when the next byte comes, so that the last part is never empty and a small file takes one request.
        if self.part.len() >= self.part_len {
            self.send_part()?;
        }
        let room = self.part_len.saturating_sub(self.part.len()).min(bytes.len());
        self.part.extend_from_slice(bytes.get(..room).unwrap_or_default());
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StorageWriter for S3Upload {
    fn commit(mut self: Box<Self>) -> io::Result<()> {
        if self.multipart.is_none() {
            let (store, path) = (Arc::clone(&self.client.store), self.path.clone());
            let payload = PutPayload::from(std::mem::take(&mut self.part));
            return self
                .client
                .wait(async move { store.put(&path, payload).await.map(|_put| ()) });
        }
        self.send_part()?;
        let Some(mut multipart) = self.multipart.take() else {
            return Ok(());
        };
        let (multipart, completed) = self.client.wait(async move {
            let completed = multipart.complete().await;
            Ok((multipart, completed))
        })?;
        completed.map(|_put| ()).map_err(|error| {
            // Given back, so that dropping aborts it.
            self.multipart = Some(multipart);
            super::io_error(error)
        })
    }
}

impl Drop for S3Upload {
    fn drop(&mut self) {
        if let Some(mut multipart) = self.multipart.take() {
            // Not waited for: what cannot be aborted now is left to the bucket's life-cycle rule.
            self.client.start(async move {
                let _aborted = multipart.abort().await;
            });
        }
    }
}

fn part_len(greatest_len: u64) -> usize {
    let needed = greatest_len
        .div_ceil(GREATEST_PART_COUNT)
        .next_multiple_of(1024 * 1024);
    usize::try_from(needed.clamp(LEAST_PART_LEN, GREATEST_PART_LEN)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_with_what_may_come_within_bounds() {
        let mib = 1024 * 1024;
        assert_eq!(part_len(0), 8 * mib);
        assert_eq!(part_len(78 << 30), 8 * mib);
        assert_eq!(part_len(100 << 30), 11 * mib);
        assert_eq!(part_len(u64::MAX), 64 * mib);
    }
}
