//! Files in an S3-compatible object store, by way of the `object_store` crate.
//!
//! Object `<prefix>/<first two digits>/<id>` holds one encrypted stream. An object appears only when its upload is
//! complete, so nothing is ever visible in part. Uploads cut short by a crash leave parts that the store keeps
//! and charges for: the bucket should have a life-cycle rule that aborts incomplete multipart uploads after some days.
//!
//! The calls block. They run on a thread of their own, so they may be made from any thread.

mod object;
mod options;
mod upload;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::{Builder, Runtime};

use self::object::S3Object;
pub use self::options::{S3Credentials, S3Error, S3Options};
use self::upload::S3Upload;
use super::BlobId;
use super::storage::{ListedObject, Storage, StorageWriter, StoredObject};

/// Bytes copied at a time where an object is written anew.
const COPY_LEN: usize = 1024 * 1024;

/// Encrypted files in an S3-compatible object store. Clones share connections.
#[derive(Debug, Clone)]
pub struct S3Storage {
    client: Arc<Client>,
    prefix: Path,
}

impl S3Storage {
    /// Prepares access to `url` (`s3://bucket` or `s3://bucket/prefix`). The network is not touched yet.
    ///
    /// # Errors
    /// [`S3Error`].
    pub fn open(url: &str, options: &S3Options) -> Result<Self, S3Error> {
        let (store, prefix) = options.build(url)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("matoi-blob-s3")
            .enable_all()
            .build()
            .map_err(S3Error::Runtime)?;
        let client = Client {
            store: Arc::new(store),
            runtime: Some(runtime),
        };
        Ok(Self {
            client: Arc::new(client),
            prefix,
        })
    }

    fn directory(&self, prefix: u8) -> Path {
        self.prefix.clone().join(format!("{prefix:02x}"))
    }

    fn path(&self, id: BlobId) -> Path {
        self.directory(id.prefix()).join(id.to_string())
    }
}

impl Storage for S3Storage {
    fn create(&self, id: BlobId, greatest_len: u64) -> io::Result<Box<dyn StorageWriter>> {
        Ok(Box::new(S3Upload::new(
            Arc::clone(&self.client),
            self.path(id),
            greatest_len,
        )))
    }

    fn open(&self, id: BlobId) -> io::Result<Option<Box<dyn StoredObject>>> {
        match S3Object::open(Arc::clone(&self.client), self.path(id)) {
            Ok(object) => Ok(Some(Box::new(object))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Copies the object through this machine, since objects cannot be changed in part.
    fn overwrite(&self, id: BlobId, parts: &[(u64, &[u8])]) -> io::Result<bool> {
        let Some(mut object) = self.open(id)? else {
            return Ok(false);
        };
        let len = object.stored_len();
        let mut upload = self.create(id, len)?;
        let mut position = 0;
        let mut piece = Vec::with_capacity(COPY_LEN);
        while position < len {
            let wanted = usize::try_from(len - position).unwrap_or(COPY_LEN).min(COPY_LEN);
            piece.resize(wanted, 0);
            object.read_exact_at(position, &mut piece)?;
            if position == 0 {
                for (offset, bytes) in parts {
                    let place = usize::try_from(*offset)
                        .ok()
                        .and_then(|start| piece.get_mut(start..)?.get_mut(..bytes.len()));
                    place.ok_or(io::ErrorKind::InvalidInput)?.copy_from_slice(bytes);
                }
            }
            upload.write_all(&piece)?;
            position += wanted as u64;
        }
        upload.commit()?;
        Ok(true)
    }

    fn delete(&self, id: BlobId) -> io::Result<bool> {
        let (store, path) = (Arc::clone(&self.client.store), self.path(id));
        // Deleting what is not there succeeds on S3, so it is asked for first.
        self.client.wait(async move {
            match store.head(&path).await {
                Err(object_store::Error::NotFound { .. }) => return Ok(false),
                found => found?,
            };
            store.delete(&path).await.map(|()| true)
        })
    }

    fn list(&self, prefix: u8) -> io::Result<Vec<ListedObject>> {
        let (store, directory) = (Arc::clone(&self.client.store), self.directory(prefix));
        let listed = self
            .client
            .wait(async move { store.list_with_delimiter(Some(&directory)).await })?;
        let listed_object = |object: &object_store::ObjectMeta| {
            let id = object.location.filename()?.parse().ok()?;
            let modified = object.last_modified.into();
            Some(ListedObject { id, modified })
        };
        let mut objects: Vec<_> = listed
            .objects
            .iter()
            .filter_map(listed_object)
            .filter(|object| object.id.prefix() == prefix)
            .collect();
        objects.sort_unstable();
        Ok(objects)
    }
}

/// The object store and the thread that talks to it.
#[derive(Debug)]
struct Client {
    store: Arc<AmazonS3>,
    /// Taken only when dropped.
    runtime: Option<Runtime>,
}

impl Client {
    /// Runs the work on the client's thread and blocks until it is done. Unlike tokio's own blocking calls it does
    /// not panic where it is called from async code by mistake; it only blocks.
    fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> io::Result<T> {
        let (give, take) = sync_channel(1);
        self.start(async move {
            // Nobody listens any more only if the waiting thread is gone.
            let _given = give.send(work.await);
        });
        let result = take
            .recv()
            .map_err(|_stopped| io::Error::other("the object store client was stopped"))?;
        result.map_err(io_error)
    }

    /// Runs the work on the client's thread without waiting for it.
    fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(work);
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Dropping a runtime waits, which is forbidden in async code; this does not.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn io_error(error: object_store::Error) -> io::Error {
    let kind = match &error {
        object_store::Error::NotFound { .. } => io::ErrorKind::NotFound,
        object_store::Error::AlreadyExists { .. } => io::ErrorKind::AlreadyExists,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
