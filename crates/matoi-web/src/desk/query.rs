//! Which reports and alerts are wanted, as a query string says it: the same words for the pages and the API.

use matoi_core::desk::model::{ItemFilter, ItemOrder};
use matoi_core::desk::{ItemKind, ItemState};
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::Fields;
use matoi_core::{Caller, Error};
use matoi_types::Severity;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::filter::{self, one, text, time, wrong};

/// The filters of a list of reports or of alerts. Several states are separated by commas and mean "one of".
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct ItemQuery {
    /// `new`, `acknowledged`, `triaged`, `closed`; `open` (everything not closed, when not given), `waiting` (neither
    /// closed nor part of a case), or `all`.
    pub(super) state: Option<String>,
    /// At least this bad.
    #[serde(rename = "severity.gte")]
    pub(super) severity_gte: Option<String>,
    /// `me`, `none`, or an account's identifier.
    pub(super) assignee: Option<String>,
    /// Who or what handed it in.
    pub(super) source: Option<String>,
    /// The sender's own identifier.
    pub(super) source_ref: Option<String>,
    /// Of this case, by its identifier.
    pub(super) case: Option<String>,
    /// Received not before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "received.gte")]
    pub(super) received_gte: Option<String>,
    /// Received before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "received.lt")]
    pub(super) received_lt: Option<String>,
    /// `-urgency` (worst first, then newest; when not given), `-received` or `received`.
    pub(super) sort: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

/// The filters of the queue: those of [`ItemQuery`], and which kind.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct QueueQuery {
    /// `report` or `alert`; both when not given.
    pub(super) kind: Option<String>,
    /// `new`, `acknowledged`, `triaged`, `closed`; `waiting` (neither closed nor part of a case, when not given), `open`
    /// (everything not closed), or `all`.
    pub(super) state: Option<String>,
    /// At least this bad.
    #[serde(rename = "severity.gte")]
    pub(super) severity_gte: Option<String>,
    /// `me`, `none`, or an account's identifier.
    pub(super) assignee: Option<String>,
    /// Who or what handed it in.
    pub(super) source: Option<String>,
    /// The sender's own identifier.
    pub(super) source_ref: Option<String>,
    /// Of this case, by its identifier.
    pub(super) case: Option<String>,
    /// Received not before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "received.gte")]
    pub(super) received_gte: Option<String>,
    /// Received before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "received.lt")]
    pub(super) received_lt: Option<String>,
    /// `-urgency` (worst first, then newest; when not given), `-received` or `received`.
    pub(super) sort: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

impl QueueQuery {
    /// The filter, order and page it stands for.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each parameter that is not right.
    pub(super) fn read(self, caller: &Caller) -> Result<(ItemFilter, ItemOrder, PageRequest), Error> {
        let mut fields = Fields::new();
        let kind = one(
            &mut fields,
            "/kind",
            &self.kind,
            ItemKind::ALL.iter().map(|k| k.as_str()),
        );
        fields.done()?;
        let waiting = text(&self.state).is_none() && text(&self.case).is_none();
        let items = ItemQuery {
            state: if waiting {
                Some("waiting".to_owned())
            } else {
                self.state
            },
            severity_gte: self.severity_gte,
            assignee: self.assignee,
            source: self.source,
            source_ref: self.source_ref,
            case: self.case,
            received_gte: self.received_gte,
            received_lt: self.received_lt,
            sort: self.sort,
            cursor: self.cursor,
            limit: self.limit,
        };
        let (mut filter, order) = items.read(caller)?;
        filter.kind = kind;
        Ok((filter, order, items.page()))
    }
}

impl ItemQuery {
    /// The filter and order it stands for.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each parameter that is not right.
    pub(super) fn read(&self, caller: &Caller) -> Result<(ItemFilter, ItemOrder), Error> {
        let mut fields = Fields::new();
        let mut filter = ItemFilter {
            source: text(&self.source),
            source_ref: text(&self.source_ref),
            ..ItemFilter::default()
        };
        match text(&self.state).as_deref() {
            Some("all") => filter.all = true,
            Some("waiting") => filter.waiting = true,
            None | Some("open") => {}
            Some(list) => {
                for state in list.split(',') {
                    match state.trim().parse::<ItemState>() {
                        Ok(state) => filter.states.push(state),
                        Err(_) => wrong(
                            &mut fields,
                            "/state",
                            "new, acknowledged, triaged, closed, open, waiting, all",
                        ),
                    }
                }
            }
        }
        filter.severity_at_least = one(
            &mut fields,
            "/severity.gte",
            &self.severity_gte,
            Severity::ALL.iter().map(|s| s.as_str()),
        );
        match text(&self.assignee).as_deref() {
            Some("me") => filter.assignee = caller.account(),
            Some("none") => filter.unassigned = true,
            Some(id) => filter.assignee = fields.parsed("/assignee", id, "error-person-filter"),
            None => {}
        }
        if let Some(case) = text(&self.case) {
            filter.case = fields.parsed("/case", &case, "error-case-filter");
        }
        filter.received_from = time(&mut fields, caller, "/received.gte", &self.received_gte);
        filter.received_until = time(&mut fields, caller, "/received.lt", &self.received_lt);
        let order = match text(&self.sort).as_deref() {
            None | Some("-urgency") => ItemOrder::Urgency,
            Some("-received") => ItemOrder::Newest,
            Some("received") => ItemOrder::Oldest,
            Some(_) => {
                wrong(&mut fields, "/sort", "-urgency, -received, received");
                ItemOrder::Urgency
            }
        };
        fields.done()?;
        Ok((filter, order))
    }

    /// Which page.
    pub(super) fn page(&self) -> PageRequest {
        PageRequest {
            cursor: text(&self.cursor),
            limit: self.limit,
        }
    }

    /// The same query with another page.
    pub(super) fn link(&self, cursor: Option<&str>) -> String {
        let pairs = [
            ("state", &self.state),
            ("severity.gte", &self.severity_gte),
            ("assignee", &self.assignee),
            ("source", &self.source),
            ("source_ref", &self.source_ref),
            ("case", &self.case),
            ("received.gte", &self.received_gte),
            ("received.lt", &self.received_lt),
            ("sort", &self.sort),
        ];
        filter::link(&pairs, cursor)
    }
}
