//! The store for async code. Work is done on tokio's blocking threads, a few hundred KiB at a time: while a client is
//! slow, none is held.

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{BlobId, BlobReader, BlobStore, PutOutcome};
use crate::BlobError;

/// Content moved between a blocking thread and the async side at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// A [`BlobStore`] for async code. Must be used within a tokio runtime.
#[derive(Debug, Clone)]
pub struct AsyncBlobStore(BlobStore);

impl AsyncBlobStore {
    /// Wraps a store.
    pub fn new(store: BlobStore) -> Self {
        Self(store)
    }

    /// As [`BlobStore::put`]. Dropping the future stores nothing, unless the file was being made durable already.
    ///
    /// # Errors
    /// As [`BlobStore::put`].
    pub async fn put(&self, mut reader: impl AsyncRead + Unpin, limit: u64) -> Result<PutOutcome, BlobError> {
        let mut writer = self.run(move |store| store.begin_put(limit)).await?;
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            piece.clear();
            let read = (&mut reader).take(PIECE as u64).read_to_end(&mut piece).await;
            if read.map_err(BlobError::Content)? == 0 {
                break;
            }
            (writer, piece) = on_blocking_thread(move || {
                writer.push(&piece)?;
                Ok((writer, piece))
            })
            .await?;
        }
        on_blocking_thread(move || writer.finish()).await
    }

    /// As [`BlobStore::get`].
    ///
    /// # Errors
    /// As [`BlobStore::get`].
    pub async fn get(&self, id: BlobId) -> Result<Option<AsyncBlobReader>, BlobError> {
        let reader = self.run(move |store| store.get(id)).await?;
        Ok(reader.map(AsyncBlobReader::new))
    }

    /// As [`BlobStore::get_range`].
    ///
    /// # Errors
    /// As [`BlobStore::get_range`].
    pub async fn get_range(
        &self,
        id: BlobId,
        range: Range<u64>,
    ) -> Result<Option<AsyncBlobReader>, BlobError> {
        let reader = self.run(move |store| store.get_range(id, range)).await?;
        Ok(reader.map(AsyncBlobReader::new))
    }

    /// Does any other work with the store on a blocking thread: `store.run(move |blobs| blobs.verify(id)).await`.
    ///
    /// # Errors
    /// Those of the work, and [`BlobError::Interrupted`] if it was stopped.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&BlobStore) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let store = self.0.clone();
        on_blocking_thread(move || work(&store)).await
    }
}

/// Content of a stored file for async code: piece by piece, or as [`AsyncRead`].
#[derive(Debug)]
pub struct AsyncBlobReader {
    len: u64,
    state: State,
    /// Read ahead, and how much of it has been given out by [`AsyncRead`].
    piece: Vec<u8>,
    given: usize,
}

#[derive(Debug)]
enum State {
    Idle(BlobReader),
    Reading(JoinHandle<(BlobReader, Result<Vec<u8>, BlobError>)>),
    Failed,
}

impl AsyncBlobReader {
    fn new(reader: BlobReader) -> Self {
        Self {
            len: reader.len(),
            state: State::Idle(reader),
            piece: Vec::new(),
            given: 0,
        }
    }

    /// Length of what this reader gives out, in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing to give out.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The next piece (up to 256 KiB); `None` at the end. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// As [`BlobReader::next_piece`]; from then on [`BlobError::GivenUp`].
    pub async fn next_piece(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        if self.given < self.piece.len() {
            let rest = self.piece.split_off(self.given);
            self.piece.clear();
            self.given = 0;
            return Ok(Some(rest));
        }
        let piece = poll_fn(|context| self.poll_piece(context)).await?;
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<u8>, BlobError>> {
        loop {
            match std::mem::replace(&mut self.state, State::Failed) {
                State::Idle(mut reader) => {
                    self.state = State::Reading(spawn_blocking(move || {
                        let piece = read_piece(&mut reader);
                        (reader, piece)
                    }));
                }
                State::Reading(mut task) => match Pin::new(&mut task).poll(context) {
                    Poll::Pending => {
                        self.state = State::Reading(task);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok((reader, Ok(piece)))) => {
                        self.state = State::Idle(reader);
                        return Poll::Ready(Ok(piece));
                    }
                    Poll::Ready(Ok((_, Err(error)))) => return Poll::Ready(Err(error)),
                    Poll::Ready(Err(_stopped)) => return Poll::Ready(Err(BlobError::Interrupted)),
                },
                State::Failed => return Poll::Ready(Err(BlobError::GivenUp)),
            }
        }
    }
}

impl AsyncRead for AsyncBlobReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.given >= self.piece.len() {
            self.piece = ready!(self.poll_piece(context))?;
            self.given = 0;
        }
        let rest = self.piece.get(self.given..).unwrap_or_default();
        let now = rest.get(..rest.len().min(buffer.remaining())).unwrap_or_default();
        buffer.put_slice(now);
        let given = now.len();
        self.given += given;
        Poll::Ready(Ok(()))
    }
}

fn read_piece(reader: &mut BlobReader) -> Result<Vec<u8>, BlobError> {
    let mut piece = Vec::with_capacity(PIECE.min(usize::try_from(reader.len()).unwrap_or(PIECE)));
    while piece.len() < PIECE {
        let chunk = reader.next_piece()?;
        if chunk.is_empty() {
            break;
        }
        piece.extend_from_slice(chunk);
    }
    Ok(piece)
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    spawn_blocking(work).await.unwrap_or(Err(BlobError::Interrupted))
}
