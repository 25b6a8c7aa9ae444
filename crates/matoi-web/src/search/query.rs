//! What is searched for, as a query string says it: the same words for the page and the API.

use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::Fields;
use matoi_core::search::{FoundKind, SearchFilter};
use matoi_core::{Caller, Error, Message};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::filter::{given, time};

/// A search with its filters.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// The words: all must be found, in any order. `"a phrase"`, `-not this`, `this OR that`, `begin*`. Full-width and
    /// half-width, upper and lower case find each other; a Japanese word is found inside longer ones.
    pub(super) q: String,
    /// Only these kinds, separated by commas, like `case,entry`.
    pub(super) kind: Option<String>,
    /// Only what belongs to this case, report or alert, by its identifier.
    pub(super) within: Option<String>,
    /// Written or received not before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "at.gte")]
    pub(super) at_gte: Option<String>,
    /// Written or received before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "at.lt")]
    pub(super) at_lt: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

impl SearchQuery {
    /// The filter it stands for.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each parameter that is not right.
    pub(super) fn filter(&self, caller: &Caller) -> Result<SearchFilter, Error> {
        let mut fields = Fields::new();
        let mut kinds = Vec::new();
        for name in given(&self.kind).unwrap_or_default().split(',') {
            match name.trim().parse::<FoundKind>() {
                Ok(kind) => kinds.push(kind),
                Err(_) if name.trim().is_empty() => {}
                Err(_) => {
                    let allowed: Vec<_> = FoundKind::ALL.iter().map(|kind| kind.as_str()).collect();
                    fields.wrong(
                        "/kind",
                        Message::new("error-one-of").with("allowed", allowed.join(", ")),
                    );
                }
            }
        }
        let from = time(&mut fields, caller, "/at.gte", &self.at_gte);
        let until = time(&mut fields, caller, "/at.lt", &self.at_lt);
        fields.done()?;
        Ok(SearchFilter {
            kinds,
            from,
            until,
            within: given(&self.within).map(ToOwned::to_owned),
        })
    }

    /// Which page.
    pub(super) fn page(&self) -> PageRequest {
        PageRequest {
            cursor: given(&self.cursor).map(ToOwned::to_owned),
            limit: self.limit,
        }
    }

    /// Whether nothing but words was given: so the search box of every page asks.
    pub(super) fn is_bare(&self) -> bool {
        let more = [&self.kind, &self.within, &self.at_gte, &self.at_lt, &self.cursor];
        more.into_iter().all(|value| given(value).is_none())
    }

    /// Whether a time is asked for.
    pub(super) fn has_times(&self) -> bool {
        given(&self.at_gte).is_some() || given(&self.at_lt).is_some()
    }

    /// The same query on another page of its results.
    pub(super) fn page_link(&self, cursor: Option<&str>) -> String {
        self.link(self.kind.as_deref(), self.within.as_deref(), cursor)
    }

    /// The same query for another kind, or for all.
    pub(super) fn kind_link(&self, kind: Option<&FoundKind>) -> String {
        self.link(kind.map(|kind| kind.as_str()), self.within.as_deref(), None)
    }

    /// The same query over everything.
    pub(super) fn everywhere_link(&self) -> String {
        self.link(self.kind.as_deref(), None, None)
    }

    fn link(&self, kind: Option<&str>, within: Option<&str>, cursor: Option<&str>) -> String {
        let pairs = [
            ("q", Some(self.q.as_str())),
            ("kind", kind),
            ("within", within),
            ("at.gte", self.at_gte.as_deref()),
            ("at.lt", self.at_lt.as_deref()),
            ("cursor", cursor),
        ];
        let pairs = pairs.into_iter().filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some(format!("{name}={}", crate::ui::url_encode(value)))
        });
        format!("?{}", pairs.collect::<Vec<_>>().join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_what_was_asked_and_begin_another_kind_at_its_first_page() {
        let query = SearchQuery {
            q: "共有 a&b".to_owned(),
            kind: Some("case".to_owned()),
            at_gte: Some("2026-11-01".to_owned()),
            cursor: Some("abc".to_owned()),
            ..SearchQuery::default()
        };
        let q = "q=%E5%85%B1%E6%9C%89%20a%26b";
        assert_eq!(
            query.page_link(Some("def")),
            format!("?{q}&kind=case&at.gte=2026-11-01&cursor=def")
        );
        assert_eq!(query.kind_link(None), format!("?{q}&at.gte=2026-11-01"));
        assert_eq!(
            query.kind_link(Some(&FoundKind::Entry)),
            format!("?{q}&kind=entry&at.gte=2026-11-01")
        );
        assert!(!query.is_bare());
    }
}
