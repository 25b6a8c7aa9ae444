//! The sealed chain as a download: lines of JSON that `docs/verify-audit.py` verifies without the program.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use matoi_core::{Caller, Error, audit};

use crate::App;
use crate::http::error::WebResult;

/// The media type of the export: one JSON object a line.
pub(super) const NDJSON: &str = "application/x-ndjson";

/// Where a download stands.
struct Download {
    app: App,
    caller: Caller,
    /// The last place that was given out.
    after: i64,
    /// The last place of the chain when the export was noted on the log.
    last: i64,
}

/// Notes the export on the log, then gives the chain as it was at that moment.
///
/// Rows are read in short transactions while the client takes them: the chain only grows, so what was read once stays true,
/// and a slow client holds nothing up.
pub(super) async fn download(app: App, caller: Caller) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let last = audit::service::record_export(&mut tx).await?;
    tx.commit().await?;
    let name = format!(
        "matoi-audit-{}.ndjson",
        caller.now.to_jiff().strftime("%Y%m%d-%H%M%S")
    );
    let download = Download {
        app,
        caller,
        after: 0,
        last,
    };
    // Compression asks once more after the end: an unfolded stream must not be asked then, a fused one may.
    let lines = stream::unfold(Some(download), next).fuse();
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The next lines. An error ends the download in the middle, so that nobody takes a part for the whole.
async fn next(download: Option<Download>) -> Option<(Result<Bytes, Error>, Option<Download>)> {
    let mut download = download?;
    match lines(&mut download).await {
        Ok(text) if text.is_empty() => None,
        Ok(text) => Some((Ok(Bytes::from(text)), Some(download))),
        Err(error) => {
            tracing::error!(%error, "the export of the audit log ended in the middle");
            Some((Err(error), None))
        }
    }
}

async fn lines(download: &mut Download) -> Result<String, Error> {
    let mut text = String::new();
    if download.after >= download.last {
        return Ok(text);
    }
    let mut tx = download.app.store.read(&download.caller).await?;
    for (seq, line) in audit::service::export(&mut tx, download.after).await? {
        if seq > download.last {
            break;
        }
        download.after = seq.max(download.after);
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}
