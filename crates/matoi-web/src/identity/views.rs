//! The templates of this room.

use askama::Template;
use matoi_core::identity::model::{Density, Theme};
use matoi_core::identity::sign_on::Refusal;
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
    pub(super) sign_on: Option<SignOnButton>,
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
    pub(super) sign_on: Option<SignOnButton>,
    pub(super) errors: FieldErrors,
}

impl LinkPage {
    /// Whether a password would be of no use.
    fn needs_sign_on(&self) -> bool {
        self.sign_on.as_ref().is_some_and(|button| button.only)
    }
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
    pub(super) sign_on: Option<SignOnButton>,
    pub(super) sign_on_errors: FieldErrors,
}

/// The way to the identity provider.
#[derive(Debug, Clone)]
pub(super) struct SignOnButton {
    /// What it is called.
    pub(super) name: String,
    /// Where it leads, inside the program.
    pub(super) path: String,
    /// Whether there is no other way, for whoever looks at the page.
    pub(super) only: bool,
}

#[derive(Template)]
#[template(path = "identity/sign_on_refused.html")]
pub(super) struct SignOnRefusedPage {
    pub(super) ui: Ui,
    pub(super) refusal: Refusal,
    pub(super) url: String,
    pub(super) request_id: String,
}

#[derive(Template)]
#[template(path = "identity/sign_on_continue.html")]
pub(super) struct SignOnContinuePage {
    pub(super) ui: Ui,
    pub(super) name: String,
    pub(super) address: String,
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
