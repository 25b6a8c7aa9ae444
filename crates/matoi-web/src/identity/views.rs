//! The templates of this room.

use askama::Template;
use matoi_core::identity::model::{Density, Theme};
use matoi_core::identity::totp::Enrolment;
use matoi_core::identity::{Account, Role, Session};
use matoi_core::{Action, identity::ApiToken};
use matoi_types::Lang;

use super::me::ProfileForm;
use super::pages::{LoginForm, SetupForm};
use crate::accounts::TokenForm;
use crate::ui::{FieldErrors, Markup, Ui};

#[derive(Template)]
#[template(path = "identity/login.html")]
pub(super) struct LoginPage {
    pub(super) ui: Ui,
    pub(super) form: LoginForm,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "identity/second_factor.html")]
pub(super) struct SecondFactorPage {
    pub(super) ui: Ui,
    pub(super) next: String,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "identity/setup.html")]
pub(super) struct SetupPage {
    pub(super) ui: Ui,
    pub(super) token: String,
    pub(super) form: SetupForm,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "identity/link.html")]
pub(super) struct LinkPage {
    pub(super) ui: Ui,
    pub(super) token: String,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) invitation: bool,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "identity/me.html")]
pub(super) struct MePage {
    pub(super) ui: Ui,
    pub(super) account: Account,
    pub(super) form: ProfileForm,
    pub(super) errors: FieldErrors,
    pub(super) password_errors: FieldErrors,
    pub(super) token_form: TokenForm,
    pub(super) token_errors: FieldErrors,
    pub(super) roles: Vec<Role>,
    pub(super) sessions: Vec<Session>,
    pub(super) tokens: Vec<ApiToken>,
    pub(super) scopes: Vec<Action>,
    pub(super) new_secret: Option<String>,
}

#[derive(Template)]
#[template(path = "identity/second_factor_setup.html")]
pub(super) struct SecondFactorSetupPage {
    pub(super) ui: Ui,
    pub(super) enrolment: Enrolment,
    pub(super) qr: Markup,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "identity/recovery_codes.html")]
pub(super) struct RecoveryCodesPage {
    pub(super) ui: Ui,
    pub(super) codes: Vec<String>,
}
