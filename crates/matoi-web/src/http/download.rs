//! Giving stored files out: as bytes to be saved, never as something a browser shows or runs.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use matoi_core::Error;

use super::error::WebResult;
use crate::App;
use crate::ui::url_encode;

/// Streams a stored file to be saved under a name. The name is already safe to show; here it is made safe to send.
///
/// # Errors
/// [`Error::Internal`] when the bytes are not where they should be.
pub async fn saved_as(app: &App, blob: &str, name: &str) -> WebResult<Response> {
    let broken = |problem: String| Error::Internal(format!("file store: {problem}"));
    let id = blob.parse().map_err(|_| broken("not an identifier".to_owned()))?;
    let reader = app
        .blobs
        .get(id)
        .await
        .map_err(|error| broken(error.to_string()))?
        .ok_or_else(|| broken("the file is gone".to_owned()))?;
    let length = reader.len();
    let pieces = futures_util::stream::try_unfold(reader, |mut reader| async move {
        // What does not decrypt ends the answer before its announced length: the one who saves it sees that it is broken.
        Ok::<_, matoi_blob::BlobError>(reader.next_piece().await?.map(|piece| (piece, reader)))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    headers.insert(
        HeaderName::from_static("x-download-options"),
        HeaderValue::from_static("noopen"),
    );
    Ok(response)
}

/// Bytes that were made for this answer, to be saved under a name.
#[must_use]
pub fn made(name: &str, kind: &'static str, content: Vec<u8>) -> Response {
    let mut response = Body::from(content).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    response
}

/// The type of a CSV file as [`matoi_core::kernel::csv::write`] makes it.
pub const CSV: &str = "text/csv; charset=utf-8; header=present";
/// The type of an Excel workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// `attachment` with the name twice (RFC 6266): plain ASCII for old programs, and in UTF-8 as RFC 8187 writes it.
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | '(' | ')' | ' ' => c,
            _ => '_',
        })
        .collect();
    let text = format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        url_encode(name)
    );
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        for (name, expect) in [
            (
                "a b.png",
                "attachment; filename=\"a b.png\"; filename*=UTF-8''a%20b.png",
            ),
            (
                "見積\"\r\nX: y.pdf",
                "attachment; filename=\"_____X_ y.pdf\"; filename*=UTF-8''%E8%A6%8B%E7%A9%8D%22%0D%0AX%3A%20y.pdf",
            ),
            (
                "%2e%2e",
                "attachment; filename=\"_2e_2e\"; filename*=UTF-8''%252e%252e",
            ),
        ] {
            assert_eq!(disposition(name), expect, "{name}");
        }
    }
}
