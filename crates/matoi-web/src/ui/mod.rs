//! What every page shares: the reader's language, zone and taste, the words, the links, the small marks.

pub mod error_page;
pub mod form;
pub mod markdown;
mod marks;
pub mod pager;
pub mod taste;
mod time;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use matoi_core::cases::{self, CaseFilter};
use matoi_core::desk::{self, model::ItemFilter};
use matoi_core::identity::model::{Density, Principal, Theme};
use matoi_core::kernel::data::Bilingual;
use matoi_core::kernel::message::Arg;
use matoi_core::kernel::words::Words;
use matoi_core::{Action, Caller, Error, Message, organisation};
use matoi_types::{AccountId, Lang, Timestamp};

use crate::App;
use crate::http::cookies;
use crate::http::error::{WebError, WebResult};
use crate::http::info::RequestInfo;

pub use form::FieldErrors;
pub use marks::Markup;
pub use pager::{Pager, with_query};

/// A badge of the rail counts no further.
const BADGE_STOPS_AT: u32 = 100;

/// The five places of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// 現況.
    #[default]
    Now,
    /// 案件.
    Cases,
    /// 監視.
    Watch,
    /// 診断.
    Exposure,
    /// 体制.
    Centre,
    /// None of the five: one's own account, search.
    Elsewhere,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct UiUser {
    /// The account.
    pub id: AccountId,
    /// The name to show.
    pub name: String,
}

/// What every page shares.
#[derive(Debug, Clone)]
pub struct Ui {
    app: App,
    caller: Caller,
    /// The language of the page.
    pub lang: Lang,
    /// The zone times are shown in.
    pub zone: TimeZone,
    /// The time of the request.
    pub now: Timestamp,
    /// Who is signed in.
    pub user: Option<UiUser>,
    /// How the page looks.
    pub theme: Theme,
    /// How dense it is.
    pub density: Density,
    /// Which place of the rail it belongs to.
    pub place: Place,
    /// The organisation's name, empty before set-up.
    pub organisation: String,
    /// A notice to show once.
    pub notice: Option<String>,
    /// The path and query of the page, for the language switch to come back to.
    pub here: String,
    /// Open entries of the queue, as the rail shows them; none when the reader does not see the queue.
    pub queue_count: Option<i64>,
    /// Open cases.
    pub case_count: Option<i64>,
}

impl Ui {
    /// For somebody who is signed in.
    pub async fn signed_in(
        app: &App,
        info: &RequestInfo,
        headers: &HeaderMap,
        caller: &Caller,
        principal: &Principal,
    ) -> Result<Self, Error> {
        let mut ui = Self::bare(app, info, headers, caller);
        ui.user = Some(UiUser {
            id: principal.account,
            name: principal.name.clone(),
        });
        (ui.theme, ui.density) = (principal.theme, principal.density);
        ui.fill(app, caller).await?;
        Ok(ui)
    }

    /// For a public page.
    pub async fn public(
        app: &App,
        info: &RequestInfo,
        headers: &HeaderMap,
        caller: &Caller,
    ) -> Result<Self, Error> {
        let mut ui = Self::bare(app, info, headers, caller);
        ui.fill(app, caller).await?;
        Ok(ui)
    }

    /// For a page that must not ask the database: an error page.
    #[must_use]
    pub fn bare(app: &App, info: &RequestInfo, headers: &HeaderMap, caller: &Caller) -> Self {
        let notice = cookies::get(headers, cookies::NOTICE)
            .filter(|key| key.starts_with("notice-") && Words::get().has(caller.lang, key))
            .map(|key| Words::get().text(caller.lang, key));
        Self {
            app: app.clone(),
            lang: caller.lang,
            zone: TimeZone::get(&caller.zone).unwrap_or(TimeZone::UTC),
            now: caller.now,
            user: None,
            theme: Theme::Auto,
            density: Density::Comfortable,
            place: Place::Elsewhere,
            organisation: String::new(),
            notice,
            here: info.path.clone(),
            queue_count: None,
            case_count: None,
            caller: caller.clone(),
        }
    }

    async fn fill(&mut self, app: &App, caller: &Caller) -> Result<(), Error> {
        let mut tx = app.store.read(caller).await?;
        if let Some(organisation) = organisation::service::get(&mut tx).await? {
            self.organisation = organisation.name.get(self.lang).to_owned();
        }
        if caller.may(Action::ReportRead) || caller.may(Action::AlertRead) {
            let waiting = ItemFilter {
                waiting: true,
                ..ItemFilter::default()
            };
            self.queue_count = Some(desk::queue::count_to(&mut tx, &waiting, BADGE_STOPS_AT).await?);
        }
        if caller.may(Action::CaseRead) {
            let open = CaseFilter::default();
            self.case_count = Some(cases::service::count_to(&mut tx, &open, BADGE_STOPS_AT).await?);
        }
        Ok(())
    }

    /// The same page in its place of the rail.
    #[must_use]
    pub const fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Whether the reader may do this: decides which buttons are shown, never what is allowed.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.caller.may(action)
    }

    /// The text of a key.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        Words::get().text(self.lang, key)
    }

    /// A text of data in the reader's language.
    #[must_use]
    pub fn both<'a>(&self, text: &'a Bilingual) -> &'a str {
        text.get(self.lang)
    }

    /// The text of a key, if there is one: for names that come from outside.
    #[must_use]
    pub fn t_if(&self, key: &str) -> Option<String> {
        Words::get().has(self.lang, key).then(|| self.t(key))
    }

    /// The size of a file: 840 B, 12 KB, 3.4 MB (1 KB is 1,000 bytes).
    #[must_use]
    pub fn bytes(&self, size: &i64) -> String {
        match *size {
            ..1_000 => format!("{size} B"),
            1_000..1_000_000 => format!("{} KB", size / 1_000),
            1_000_000..1_000_000_000 => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
            _ => format!(
                "{}.{} GB",
                size / 1_000_000_000,
                size % 1_000_000_000 / 100_000_000
            ),
        }
    }

    /// The text of a key with one argument.
    #[must_use]
    pub fn t1(&self, key: &str, name: &str, value: impl Into<Arg>) -> String {
        Words::get().format(self.lang, key, &[(name, &value.into())])
    }

    /// The text of a key with two arguments.
    #[must_use]
    pub fn t2(
        &self,
        key: &str,
        a: &str,
        a_value: impl Into<Arg>,
        b: &str,
        b_value: impl Into<Arg>,
    ) -> String {
        Words::get().format(self.lang, key, &[(a, &a_value.into()), (b, &b_value.into())])
    }

    /// A message in the reader's language.
    #[must_use]
    pub fn say(&self, message: &Message) -> String {
        Words::get().say(self.lang, message)
    }

    /// A text of a data file in the reader's language.
    #[must_use]
    pub fn text_of<'a>(&self, text: &'a Bilingual) -> &'a str {
        text.get(self.lang)
    }

    /// The text of a key made of a prefix and a stored name, like `phase-` and `contain`.
    #[must_use]
    pub fn named(&self, prefix: &str, name: impl std::fmt::Display) -> String {
        self.t(&format!("{prefix}{}", name.to_string().replace('_', "-")))
    }

    /// The same for names from outside, which are shown as they are where there is no word for them.
    #[must_use]
    pub fn named_or(&self, prefix: &str, name: impl std::fmt::Display) -> String {
        let name = name.to_string();
        let key = format!("{prefix}{}", name.replace(['_', '.'], "-"));
        if Words::get().has(self.lang, &key) {
            self.t(&key)
        } else {
            name
        }
    }

    /// A link inside the program.
    #[must_use]
    pub fn to(&self, path: impl std::fmt::Display) -> String {
        format!("{}{path}", self.app.settings.base_path)
    }

    /// A link that works outside the program.
    #[must_use]
    pub fn public_link(&self, path: impl std::fmt::Display) -> String {
        format!("{}{path}", self.app.settings.public_url)
    }

    /// The path of a style sheet, script or icon file.
    #[must_use]
    pub fn asset(&self, name: &'static str) -> String {
        self.to(self.app.assets.path(name))
    }

    /// The other language.
    #[must_use]
    pub const fn other_lang(&self) -> Lang {
        match self.lang {
            Lang::Ja => Lang::En,
            Lang::En => Lang::Ja,
        }
    }

    /// The value of `aria-current` for a link of the rail.
    #[must_use]
    pub fn current(&self, place: Place) -> Markup {
        askama::filters::Safe(if self.place == place {
            " aria-current=\"page\"".to_owned()
        } else {
            String::new()
        })
    }

    /// Goes to another page of the program after something was done, with a notice to show there once.
    #[must_use]
    pub fn done(&self, path: impl std::fmt::Display, notice: &'static str) -> Response {
        let mut response = Redirect::to(&self.to(path)).into_response();
        let cookie = cookies::set(&self.app.settings, cookies::NOTICE, notice, Some(30));
        response.headers_mut().append(header::SET_COOKIE, cookie);
        response
    }

    /// Renders a page.
    ///
    /// # Errors
    /// When the template fails, which is a defect.
    pub fn page(&self, template: &impl askama::Template) -> WebResult<Response> {
        let text = template
            .render()
            .map_err(|error| WebError(Error::Internal(format!("template: {error}"))))?;
        let mut response = Html(text).into_response();
        if self.notice.is_some() {
            let cookie = cookies::set(&self.app.settings, cookies::NOTICE, "x", Some(0));
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response.headers_mut().insert(
            header::VARY,
            HeaderValue::from_static("cookie, accept-language, hx-request"),
        );
        Ok(response)
    }

    /// Renders a form again with what was typed and what is wrong with it.
    ///
    /// # Errors
    /// When the template fails, which is a defect.
    pub fn refused(&self, template: &impl askama::Template, errors: &FieldErrors) -> WebResult<Response> {
        let mut response = self.page(template)?;
        *response.status_mut() = errors.status();
        Ok(response)
    }
}

/// Escapes a text for a query string or a path segment.
#[must_use]
pub fn url_encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
            out
        })
}

/// A path of our own from a `next` parameter; anything that could leave the program becomes the start page.
#[must_use]
pub fn own_path(text: &str) -> &str {
    let own = text.starts_with('/') && !text.starts_with("//") && !text.contains(['\\', '\r', '\n', '\t']);
    if own { text } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_never_leaves_the_program() {
        for (text, expect) in [
            ("/cases/1?x=2", "/cases/1?x=2"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("", "/"),
        ] {
            assert_eq!(own_path(text), expect, "{text}");
        }
    }
}
