//! The template of this room.

use askama::Template;
use matoi_core::intake::webhooks::{MappingEntry, Webhook};

use crate::ui::{FieldErrors, Ui};

/// A secret that was just made, with what the sender must do with it.
#[derive(Debug, Clone)]
pub(super) struct ShownSecret {
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) signed: Option<String>,
}

#[derive(Template)]
#[template(path = "intake/doors.html")]
pub(super) struct DoorsPage {
    pub(super) ui: Ui,
    pub(super) manages: bool,
    pub(super) takes_mail: bool,
    pub(super) webhooks: Vec<Webhook>,
    pub(super) mappings: Vec<MappingEntry>,
    pub(super) typed_name: String,
    pub(super) mapping: String,
    pub(super) errors: FieldErrors,
    pub(super) mail_errors: FieldErrors,
    pub(super) max_mail: i64,
    pub(super) new_secret: Option<ShownSecret>,
}
