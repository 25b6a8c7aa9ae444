//! The language switch of people who are not signed in; signed-in people change their account.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use matoi_core::identity::model::Profile;
use matoi_core::identity::{accounts, sessions};
use matoi_types::Lang;
use serde::Deserialize;

use super::own_path;
use crate::App;
use crate::http::cookies;
use crate::http::error::WebResult;
use crate::http::extract::PageForm;
use crate::http::info::RequestInfo;

/// The language to show from now on.
#[derive(Debug, Deserialize)]
pub struct LanguageForm {
    lang: Lang,
    #[serde(default)]
    next: String,
}

/// `POST /language`.
pub async fn set_language(
    State(app): State<App>,
    info: axum::Extension<RequestInfo>,
    headers: axum::http::HeaderMap,
    PageForm(form): PageForm<LanguageForm>,
) -> WebResult<Response> {
    if let Some(cookie) = cookies::get(&headers, cookies::SESSION)
        && let Some((caller, _)) =
            sessions::caller(&app.store, app.settings.session_limits, cookie, info.facts()).await?
        && let Some(id) = caller.account()
    {
        let mut tx = app.store.write(&caller).await?;
        let account = accounts::get(&mut tx, id).await?;
        let profile = Profile {
            name: account.name,
            mail: account.mail,
            lang: form.lang,
            zone: account.zone,
            theme: account.theme,
            density: account.density,
        };
        accounts::update_profile(&mut tx, account.version, profile).await?;
        tx.commit().await?;
    }
    let mut response =
        Redirect::to(&format!("{}{}", app.settings.base_path, own_path(&form.next))).into_response();
    let cookie = cookies::set(
        &app.settings,
        cookies::LANGUAGE,
        form.lang.as_str(),
        Some(365 * 86_400),
    );
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
