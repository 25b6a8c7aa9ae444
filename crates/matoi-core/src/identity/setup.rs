//! The first set-up: one link, printed once, by which the first administrator, the organisation and its language are made.

use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{AccountInput, AccountKind, Grant, LinkPurpose};
use super::password::{OwnWords, Passwords, problem};
use super::{accounts, links, roles, store};
use crate::kernel::check::Fields;
use crate::kernel::{Error, Message, Result, Store, Tx};
use crate::organisation::{self, OrganisationInput};

/// What the first person says.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupInput {
    /// The organisation.
    pub organisation: OrganisationInput,
    /// The name to sign in with.
    pub login: String,
    /// The name to show.
    pub name: String,
    /// The mail address, may be empty.
    #[serde(default)]
    pub mail: String,
    /// The password.
    pub password: String,
}

/// Whether the installation has been set up.
pub async fn is_done(tx: &mut Tx) -> Result<bool> {
    Ok(organisation::service::get(tx).await?.is_some())
}

/// Makes the set-up link, or gives none when the set-up is done. A former link ends. It works for 72 hours.
pub async fn issue_link(tx: &mut Tx) -> Result<Option<String>> {
    if is_done(tx).await? {
        return Ok(None);
    }
    roles::seed(tx).await?;
    links::issue(tx, LinkPurpose::Setup, None, 72).await.map(Some)
}

/// Uses the link: makes organisation and first administrator in one transaction.
///
/// The first person is administrator *and* CSIRT lead, or nobody could open a case before a second account exists.
pub async fn complete(store: &Store, passwords: &Passwords, token: &str, input: SetupInput) -> Result<()> {
    let caller = store.system("setup");
    let mut look = store.read(&caller).await?;
    require_setup_link(&mut look, token).await?;
    drop(look);

    check(&input)?;
    let hash = passwords.hash(store.env(), &input.password).await?;

    let mut tx = store.write(&caller).await?;
    require_setup_link(&mut tx, token).await?;
    if !links::consume(&mut tx, token).await? || is_done(&mut tx).await? {
        return Err(Error::NotFound("link"));
    }
    let (lang, zone) = (input.organisation.lang, input.organisation.zone.clone());
    organisation::service::establish(&mut tx, input.organisation)
        .await
        .map_err(below_organisation)?;
    let account = AccountInput {
        kind: AccountKind::Human,
        login: input.login,
        name: input.name,
        mail: input.mail,
        lang: Some(lang),
        zone: Some(zone),
        grants: ["administrator", "csirt_lead"]
            .map(|role| Grant {
                role: role.to_owned(),
                unit_id: None,
            })
            .to_vec(),
        break_glass: true,
    };
    let id = accounts::create_as(&mut tx, account).await?;
    store::set_password(&mut tx, id, &hash).await?;
    tx.commit().await
}

/// Everything that [`complete`] would refuse, known without a database: so that an installation is only made when it can
/// be finished.
///
/// # Errors
/// [`Error::Invalid`] with every wrong field.
pub fn check(input: &SetupInput) -> Result<()> {
    let mut fields = Fields::new();
    if let Err(Error::Invalid(wrong)) =
        organisation::service::check(input.organisation.clone()).map_err(below_organisation)
    {
        for field in wrong {
            fields.wrong(&field.pointer, field.message);
        }
    }
    accounts::check_login(&mut fields, &input.login);
    fields.line("/name", &input.name, 100);
    fields.mail("/mail", &input.mail);
    let own = OwnWords(vec![
        input.login.clone(),
        input.name.clone(),
        input.mail.clone(),
        input.organisation.name.ja.clone(),
        input.organisation.name.en.clone(),
    ]);
    if let Some(problem) = problem(&input.password, &own) {
        fields.wrong("/password", problem);
    }
    fields.done()
}

async fn require_setup_link(tx: &mut Tx, token: &str) -> Result<()> {
    match links::open(tx, token).await? {
        Some(link) if link.purpose == LinkPurpose::Setup => Ok(()),
        _ => Err(Error::NotFound("link")),
    }
}

fn below_organisation(error: Error) -> Error {
    match error {
        Error::Invalid(mut fields) => {
            for field in &mut fields {
                field.pointer.insert_str(0, "/organisation");
            }
            Error::Invalid(fields)
        }
        other => other,
    }
}

/// The message a page shows when the link does not work any more.
#[must_use]
pub const fn dead_link() -> Message {
    Message::new("error-link-dead")
}
