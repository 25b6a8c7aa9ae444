//! Taking a table in: choose a file, look at what would be done, do it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::assets::import::{self, ImportPlan};
use matoi_core::kernel::csv;
use matoi_core::kernel::ports::Files as _;
use matoi_core::{Action, Caller, Error, Message};
use serde::Deserialize;

use crate::App;
use crate::assets::views::ImportPage;
use crate::http::error::WebResult;
use crate::http::extract::SignedIn;
use crate::http::files::BlobFiles;
use crate::http::upload::{self, Upload};
use crate::ui::{FieldErrors, Place, Ui};

/// The largest file that is read.
const MAX_FILE: u64 = 4 * 1024 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/assets/import", get(choose).post(look))
        .route("/assets/import/apply", post(apply))
}

async fn choose(SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    caller.require(Action::AssetManage)?;
    page(ui, None, String::new(), FieldErrors::none())
}

fn page(ui: Ui, plan: Option<ImportPlan>, text: String, errors: FieldErrors) -> WebResult<Response> {
    let page = ImportPage {
        ui: ui.at(Place::Exposure),
        errors,
        plan,
        text,
    };
    if page.errors.any() {
        page.ui.refused(&page, &page.errors)
    } else {
        page.ui.page(&page)
    }
}

/// Nothing but a file.
#[derive(Debug, Default, Deserialize)]
struct NoFields {}

async fn look(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    upload: Upload<NoFields>,
) -> WebResult<Response> {
    let outcome = read(&app, &caller, &upload).await;
    // The file itself is not kept: what is taken of it is what was looked at.
    upload::discard(&app, &upload.files).await;
    match outcome {
        Ok((plan, text)) => page(ui, Some(plan), text, FieldErrors::none()),
        Err(error) => page(
            ui.clone(),
            None,
            String::new(),
            FieldErrors::from_error(error, ui.lang)?,
        ),
    }
}

async fn read(app: &App, caller: &Caller, upload: &Upload<NoFields>) -> Result<(ImportPlan, String), Error> {
    caller.require(Action::AssetManage)?;
    let Some(file) = upload.files.first() else {
        return Err(Error::field("/file", Message::new("error-required")));
    };
    if file.size > MAX_FILE {
        return Err(Error::TooLarge { limit: MAX_FILE });
    }
    let content = BlobFiles(app.blobs.clone())
        .get(file.blob.clone())
        .await?
        .unwrap_or_default();
    let (text, _) = csv::decode(&content)?;
    let mut tx = app.store.read(caller).await?;
    let plan = import::plan(&mut tx, &content).await?;
    Ok((plan, text))
}

/// The table that was looked at, and what was seen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ApplyForm {
    text: String,
    digest: String,
}

async fn apply(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    Upload { form, files }: Upload<ApplyForm>,
) -> WebResult<Response> {
    upload::discard(&app, &files).await;
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        import::apply(&mut tx, form.text.as_bytes(), Some(&form.digest)).await?;
        tx.commit().await
    };
    let Err(error) = outcome.await else {
        return Ok(ui.done("/assets", "notice-asset-imported"));
    };
    let errors = FieldErrors::from_error(error, ui.lang)?;
    let mut tx = app.store.read(&caller).await?;
    let plan = import::plan(&mut tx, form.text.as_bytes()).await?;
    page(ui, Some(plan), form.text, errors)
}
