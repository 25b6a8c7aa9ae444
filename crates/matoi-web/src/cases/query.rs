//! Which cases are wanted, as a query string says it: the same words for the page and the API.

use matoi_core::cases::{CaseFilter, CaseKind, CaseOrder, CaseState};
use matoi_core::kernel::check::Fields;
use matoi_core::{Caller, Error};
use matoi_types::{Priority, Severity};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::filter::{self, one, text, time, wrong};

/// The filters of a list of cases. Several values of one parameter are separated by commas and mean "one of".
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct CaseQuery {
    /// `incident` or `inquiry`.
    pub(super) kind: Option<String>,
    /// `open`, `closed`, `merged`, or `all`; `open` when not given.
    pub(super) state: Option<String>,
    /// Phases, like `contain,recover`.
    pub(super) phase: Option<String>,
    /// A class like `malicious-code.ransomware`, or a group like `malicious-code`.
    pub(super) class: Option<String>,
    /// `me`, `none`, or an account's identifier: who handles or commands it.
    pub(super) person: Option<String>,
    /// At least this urgent: `p2` means P1 and P2.
    #[serde(rename = "priority.gte")]
    pub(super) priority_gte: Option<String>,
    /// At least this bad.
    #[serde(rename = "severity.gte")]
    pub(super) severity_gte: Option<String>,
    /// Noticed not before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "detected.gte")]
    pub(super) detected_gte: Option<String>,
    /// Noticed before this time: RFC 3339, or a date of the caller's zone.
    #[serde(rename = "detected.lt")]
    pub(super) detected_lt: Option<String>,
    /// With this number.
    pub(super) number: Option<String>,
    /// `-updated` (when not given), `-priority` or `-detected`.
    pub(super) sort: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

impl CaseQuery {
    /// The filter and order it stands for.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each parameter that is not right.
    pub(super) fn read(&self, caller: &Caller) -> Result<(CaseFilter, CaseOrder), Error> {
        let mut fields = Fields::new();
        let mut filter = CaseFilter {
            number: text(&self.number),
            class: text(&self.class),
            ..CaseFilter::default()
        };
        filter.kind = one(
            &mut fields,
            "/kind",
            &self.kind,
            CaseKind::ALL.iter().map(|k| k.as_str()),
        );
        match text(&self.state).as_deref() {
            Some("all") => filter.all = true,
            Some(list) => {
                for state in list.split(',') {
                    match state.trim().parse::<CaseState>() {
                        Ok(state) => filter.states.push(state),
                        Err(_) => wrong(&mut fields, "/state", "open, closed, merged, all"),
                    }
                }
            }
            None => {}
        }
        if let Some(phases) = text(&self.phase) {
            filter.phases = phases
                .split(',')
                .map(|phase| phase.trim().to_owned())
                .filter(|p| !p.is_empty())
                .collect();
        }
        filter.priority_at_least = one(
            &mut fields,
            "/priority.gte",
            &self.priority_gte,
            Priority::ALL.iter().map(|p| p.as_str()),
        );
        filter.severity_at_least = one(
            &mut fields,
            "/severity.gte",
            &self.severity_gte,
            Severity::ALL.iter().map(|s| s.as_str()),
        );
        filter.detected_from = time(&mut fields, caller, "/detected.gte", &self.detected_gte);
        filter.detected_until = time(&mut fields, caller, "/detected.lt", &self.detected_lt);
        match text(&self.person).as_deref() {
            Some("me") => filter.person = caller.account(),
            Some("none") => filter.unassigned = true,
            Some(id) => filter.person = fields.parsed("/person", id, "error-person-filter"),
            None => {}
        }
        let order = match text(&self.sort).as_deref() {
            None | Some("-updated") => CaseOrder::Updated,
            Some("-priority") => CaseOrder::Priority,
            Some("-detected") => CaseOrder::Detected,
            Some(_) => {
                wrong(&mut fields, "/sort", "-updated, -priority, -detected");
                CaseOrder::Updated
            }
        };
        fields.done()?;
        Ok((filter, order))
    }

    /// The same query with another page.
    #[must_use]
    pub(super) fn link(&self, cursor: Option<&str>) -> String {
        let pairs = [
            ("kind", &self.kind),
            ("state", &self.state),
            ("phase", &self.phase),
            ("class", &self.class),
            ("person", &self.person),
            ("priority.gte", &self.priority_gte),
            ("severity.gte", &self.severity_gte),
            ("detected.gte", &self.detected_gte),
            ("detected.lt", &self.detected_lt),
            ("number", &self.number),
            ("sort", &self.sort),
        ];
        filter::link(&pairs, cursor)
    }
}
