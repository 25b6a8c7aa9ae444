//! The encrypted store as the core knows it.

use matoi_blob::BlobError;
use matoi_blob::store::AsyncBlobStore;
use matoi_core::Error;
use matoi_core::kernel::ports::{Boxed, Files, StoredFile};

/// The encrypted store behind the core's port.
#[derive(Debug, Clone)]
pub struct BlobFiles(pub AsyncBlobStore);

impl Files for BlobFiles {
    fn put(&self, content: Vec<u8>) -> Boxed<'_, Result<StoredFile, Error>> {
        Box::pin(async move {
            let length = content.len() as u64;
            let outcome = self
                .0
                .run(move |store| store.put(&mut content.as_slice(), length))
                .await
                .map_err(|error| unavailable(&error))?;
            Ok(StoredFile {
                blob: outcome.id.to_string(),
                size: outcome.content.len,
                sha256: outcome.content.sha256_hex(),
            })
        })
    }

    fn get(&self, blob: String) -> Boxed<'_, Result<Option<Vec<u8>>, Error>> {
        Box::pin(async move {
            let Ok(id) = blob.parse() else { return Ok(None) };
            let Some(mut reader) = self.0.get(id).await.map_err(|error| unavailable(&error))? else {
                return Ok(None);
            };
            let mut bytes = Vec::with_capacity(usize::try_from(reader.len()).unwrap_or(0));
            while let Some(piece) = reader.next_piece().await.map_err(|error| unavailable(&error))? {
                bytes.extend_from_slice(&piece);
            }
            Ok(Some(bytes))
        })
    }

    fn discard(&self, blob: String) -> Boxed<'_, ()> {
        Box::pin(async move {
            let Ok(id) = blob.parse() else { return };
            if let Err(error) = self.0.run(move |store| store.delete(id)).await {
                tracing::warn!(%error, "a file that nothing names could not be removed; the next sweep does it");
            }
        })
    }
}

fn unavailable(error: &BlobError) -> Error {
    Error::Unavailable(format!("file store: {error}"))
}
