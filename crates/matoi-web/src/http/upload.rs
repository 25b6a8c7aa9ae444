//! Forms with files: texts into a form, files into the encrypted store, what each file is found out on the way.

use std::collections::BTreeMap;

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use matoi_blob::BlobError;
use matoi_core::files::NewFile;
use matoi_core::kernel::FieldError;
use matoi_core::{Error, Message};
use serde::de::DeserializeOwned;
use tokio::io::AsyncRead;

use super::error::WebError;
use super::extract::from_query;
use crate::App;

/// Most files in one request.
const MAX_FILES: usize = 20;
/// Most text fields in one request.
const MAX_FIELDS: usize = 200;
/// The largest file whose inside is looked at; larger ones are kept and marked as not inspected.
const MAX_INSPECTED: u64 = 32 * 1024 * 1024;

/// A form with files. The files are stored already: whoever refuses the form calls [`discard`].
#[derive(Debug)]
pub struct Upload<T> {
    /// The text fields.
    pub form: T,
    /// The stored files, by the name of their field.
    pub files: Vec<NewFile>,
}

impl<T: DeserializeOwned + Send> FromRequest<App> for Upload<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        if !is_multipart(&request) {
            let super::extract::PageForm(form) = super::extract::PageForm::from_request(request, app).await?;
            return Ok(Self {
                form,
                files: Vec::new(),
            });
        }
        let multipart = Multipart::from_request(request, app)
            .await
            .map_err(|_| WebError(Error::field("", Message::new("error-form"))))?;
        let (mut texts, mut files) = (String::new(), Vec::new());
        let outcome = match read(app, multipart, &mut texts, &mut files).await {
            Ok(()) => from_query(&texts),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(form) => Ok(Self { form, files }),
            Err(error) => {
                discard(app, &files).await;
                Err(error)
            }
        }
    }
}

/// A form with files whose texts are never lost: when a file is refused, what was typed comes with the reason, so that
/// the form can be shown again. Files stand last in such a form, so that its texts were read before.
#[derive(Debug)]
pub struct FormUpload<T> {
    /// The text fields.
    pub form: T,
    /// The stored files; none when something was refused.
    pub files: Vec<NewFile>,
    /// Why not everything was taken.
    pub refused: Option<Error>,
}

impl<T: DeserializeOwned + Default + Send> FromRequest<App> for FormUpload<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        if !is_multipart(&request) {
            let super::extract::PageForm(form) = super::extract::PageForm::from_request(request, app).await?;
            return Ok(Self {
                form,
                files: Vec::new(),
                refused: None,
            });
        }
        let multipart = Multipart::from_request(request, app)
            .await
            .map_err(|_| WebError(Error::field("", Message::new("error-form"))))?;
        let (mut texts, mut files) = (String::new(), Vec::new());
        let outcome = read(app, multipart, &mut texts, &mut files).await;
        let (form, refused) = match (from_query(&texts), outcome) {
            (Ok(form), Ok(())) => (form, None),
            (Ok(form), Err(error)) => (form, Some(error.0)),
            (Err(error), _) => (T::default(), Some(error.0)),
        };
        if refused.is_some() {
            discard(app, &files).await;
            files.clear();
        }
        Ok(Self { form, files, refused })
    }
}

fn is_multipart(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("multipart/form-data"))
}

/// Removes stored files whose form was refused: nothing half-done stays.
pub async fn discard(app: &App, files: &[NewFile]) {
    for file in files {
        let Ok(id) = file.blob.parse() else { continue };
        if let Err(error) = app.blobs.run(move |store| store.delete(id)).await {
            tracing::warn!(%error, "a file of a refused form could not be removed; the next sweep does it");
        }
    }
}

/// Reads the parts in their order: texts into a URL-encoded form, files into the store. What was read before an error
/// stays read.
async fn read(
    app: &App,
    mut multipart: Multipart,
    texts: &mut String,
    files: &mut Vec<NewFile>,
) -> Result<(), WebError> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| broken(app, &error))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let is_file = field.file_name().is_some();
        let count = counts.entry(if is_file { "file" } else { "text" }).or_default();
        *count += 1;
        if *count > if is_file { MAX_FILES } else { MAX_FIELDS } {
            let message = Message::new("error-too-many-files").with("max", MAX_FILES as i64);
            return Err(Error::Invalid(vec![FieldError::new(format!("/{name}"), message)]).into());
        }
        if is_file {
            if let Some(file) = store(app, field).await? {
                files.push(file);
            }
        } else {
            let text = field.text().await.map_err(|error| broken(app, &error))?;
            if texts.len() + text.len() > app.settings.max_body {
                return Err(Error::TooLarge {
                    limit: app.settings.max_body as u64,
                }
                .into());
            }
            if !texts.is_empty() {
                texts.push('&');
            }
            texts.push_str(&format!(
                "{}={}",
                crate::ui::url_encode(&name),
                crate::ui::url_encode(&text)
            ));
        }
    }
    Ok(())
}

/// Stores one file. A field of the form that was left empty is no file.
async fn store(app: &App, field: Field<'_>) -> Result<Option<NewFile>, WebError> {
    let name: String = field.file_name().unwrap_or_default().chars().take(500).collect();
    let declared: String = field
        .content_type()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    let limit = app.settings.max_file;
    let outcome = app
        .blobs
        .put(FieldReader::new(field), limit)
        .await
        .map_err(|error| match error {
            BlobError::LimitExceeded { limit } => WebError(Error::TooLarge { limit }),
            BlobError::Content(_) => WebError(Error::field("", Message::new("error-upload-broken"))),
            other => WebError(Error::Internal(format!("file store: {other}"))),
        })?;
    let (id, content) = (outcome.id, outcome.content);
    if content.len == 0 {
        let _ = app.blobs.run(move |store| store.delete(id)).await;
        return Ok(None);
    }
    let facts = if content.len <= MAX_INSPECTED {
        inspect(app, id, &name, &declared).await?
    } else {
        matoi_core::files::FileFacts::default()
    };
    let name = if name.trim().is_empty() {
        "file".to_owned()
    } else {
        name
    };
    Ok(Some(NewFile {
        blob: id.to_string(),
        name,
        declared_type: declared,
        size: content.len,
        sha256: content.sha256_hex(),
        facts,
    }))
}

async fn inspect(
    app: &App,
    id: matoi_blob::BlobId,
    name: &str,
    declared: &str,
) -> Result<matoi_core::files::FileFacts, WebError> {
    let read = app
        .blobs
        .get(id)
        .await
        .map_err(|error| WebError(Error::Internal(format!("file store: {error}"))))?;
    let Some(mut reader) = read else {
        return Err(Error::Internal("a stored file is gone".to_owned()).into());
    };
    let mut bytes = Vec::with_capacity(usize::try_from(reader.len()).unwrap_or(0));
    while let Some(piece) = reader
        .next_piece()
        .await
        .map_err(|error| WebError(Error::Internal(format!("file store: {error}"))))?
    {
        bytes.extend_from_slice(&piece);
    }
    // A file that kills its parser is kept all the same; that it was not inspected is what is known of it.
    Ok(app
        .parsers
        .file_facts(bytes, name.to_owned(), declared.to_owned())
        .await
        .unwrap_or_default())
}

fn broken(app: &App, error: &axum::extract::multipart::MultipartError) -> WebError {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return WebError(Error::TooLarge {
            limit: app.settings.max_upload as u64,
        });
    }
    WebError(Error::field("", Message::new("error-upload-broken")))
}

/// A multipart field as a reader, so that a file of any size passes through in pieces.
struct FieldReader<'a> {
    field: Field<'a>,
    rest: axum::body::Bytes,
}

impl<'a> FieldReader<'a> {
    const fn new(field: Field<'a>) -> Self {
        Self {
            field,
            rest: axum::body::Bytes::new(),
        }
    }
}

impl AsyncRead for FieldReader<'_> {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        use futures_util::Stream as _;
        use std::task::Poll;
        while self.rest.is_empty() {
            match std::pin::Pin::new(&mut self.field).poll_next(cx) {
                Poll::Ready(Some(Ok(piece))) => self.rest = piece,
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Err(std::io::Error::other(error.to_string())));
                }
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
        let piece = {
            let take = buffer.remaining().min(self.rest.len());
            self.rest.split_to(take)
        };
        buffer.put_slice(&piece);
        Poll::Ready(Ok(()))
    }
}
