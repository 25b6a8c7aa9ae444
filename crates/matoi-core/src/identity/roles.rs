//! Roles: the shipped ones from `roles/roles.yaml`, changed and added to by the organisation.

use matoi_types::Tlp;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::model::{Role, RoleInput};
use super::store;
use crate::kernel::check::Fields;
use crate::kernel::data::{self, Bilingual, DataError, embedded_text};
use crate::kernel::{Action, Change, Error, FieldError, Message, Result, Tx};

#[derive(RustEmbed)]
#[folder = "../../roles"]
struct Files;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    roles: Vec<RoleInput>,
}

/// The shipped roles.
///
/// # Errors
/// [`DataError`] with file, line and key, when the file was edited wrongly.
pub fn shipped() -> std::result::Result<Vec<RoleInput>, DataError> {
    let text = embedded_text(Files::get("roles.yaml")).unwrap_or_default();
    data::from_yaml::<File>("roles/roles.yaml", &text).map(|file| file.roles)
}

/// Brings the shipped roles into the database; those that were changed here are left alone.
pub async fn seed(tx: &mut Tx) -> Result<()> {
    for role in shipped().map_err(|error| Error::Internal(error.to_string()))? {
        if store::seed_role(tx, &role).await? {
            let change = Change::named("role.ship", "role", role.id.clone())
                .set("clearance", role.clearance)
                .set("actions", &role.actions);
            tx.record(change).await?;
        }
    }
    Ok(())
}

/// All roles, shipped ones first.
pub async fn list(tx: &mut Tx) -> Result<Vec<Role>> {
    tx.require(Action::AccountRead)?;
    store::roles(tx).await
}

/// One role.
pub async fn get(tx: &mut Tx, id: &str) -> Result<Role> {
    tx.require(Action::AccountRead)?;
    store::get_role(tx, id).await?.ok_or(Error::NotFound("role"))
}

/// The roles of one's own account: everybody may know what they are.
pub async fn own(tx: &mut Tx) -> Result<Vec<Role>> {
    let id = tx.caller().require_account()?;
    let account = store::get_account(tx, id)
        .await?
        .ok_or(Error::NotFound("account"))?;
    let roles = store::roles(tx).await?;
    let is_mine = |role: &Role| account.grants.iter().any(|grant| grant.role == role.id);
    Ok(roles.into_iter().filter(is_mine).collect())
}

/// Adds a role of the organisation's own.
pub async fn create(tx: &mut Tx, input: RoleInput) -> Result<Role> {
    tx.require(Action::RoleManage)?;
    let input = check(tx, input)?;
    if store::get_role(tx, &input.id).await?.is_some() {
        return Err(Error::Exists(FieldError::new(
            "/id",
            Message::new("error-role-exists"),
        )));
    }
    store::insert_role(tx, &input).await?;
    let change = Change::named("role.create", "role", input.id.clone())
        .set("name", &input.name)
        .set("clearance", input.clearance)
        .set("actions", &input.actions);
    tx.record(change).await?;
    store::get_role(tx, &input.id)
        .await?
        .ok_or(Error::NotFound("role"))
}

/// Changes a role; a shipped one is then the organisation's own affair.
pub async fn update(tx: &mut Tx, id: &str, version: i64, input: RoleInput) -> Result<Role> {
    tx.require(Action::RoleManage)?;
    let before = store::get_role(tx, id).await?.ok_or(Error::NotFound("role"))?;
    let input = check(
        tx,
        RoleInput {
            id: id.to_owned(),
            ..input
        },
    )?;
    if !store::update_role(tx, version, &input).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    super::accounts::require_an_administrator(tx).await?;
    let change = Change::named("role.update", "role", id.to_owned())
        .changed("name", &before.name, &input.name)
        .changed("about", &before.about, &input.about)
        .changed("clearance", before.clearance, input.clearance)
        .changed("actions", &before.actions, &input.actions);
    tx.record(change).await?;
    store::get_role(tx, id).await?.ok_or(Error::NotFound("role"))
}

fn check(tx: &Tx, input: RoleInput) -> Result<RoleInput> {
    let mut fields = Fields::new();
    let right = (2..=40).contains(&input.id.len())
        && input
            .id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    fields.wrong_if(!right, "/id", "error-role-id");
    let name = both(&input.name);
    let name = Bilingual {
        ja: fields.line("/name/ja", &name.ja, 100),
        en: fields.line("/name/en", &name.en, 100),
    };
    let about = both(&input.about);
    let about = Bilingual {
        ja: fields.text("/about/ja", &about.ja, 500),
        en: fields.text("/about/en", &about.en, 500),
    };
    fields.wrong_if(input.clearance == Tlp::Red, "/clearance", "error-clearance-red");
    // Nobody gives what they do not have: or managing roles would be the same as having them all.
    let more: Vec<_> = input
        .actions
        .iter()
        .filter(|action| !tx.caller().may(**action))
        .collect();
    if !more.is_empty() && !tx.caller().may(Action::AccountManage) {
        fields.wrong("/actions", Message::new("error-role-more-than-own"));
    }
    fields.done()?;
    let mut input = RoleInput { name, about, ..input };
    input.actions.sort_unstable();
    input.actions.dedup();
    Ok(input)
}

/// Both languages, or one that then stands for both.
fn both(text: &Bilingual) -> Bilingual {
    let (ja, en) = (text.ja.trim(), text.en.trim());
    Bilingual {
        ja: if ja.is_empty() { en } else { ja }.to_owned(),
        en: if en.is_empty() { ja } else { en }.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_right_and_names_are_unique() {
        let roles = shipped().unwrap();
        let ids: Vec<_> = roles.iter().map(|role| role.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "administrator",
                "csirt_lead",
                "handler",
                "soc_operator",
                "approver",
                "system_owner",
                "auditor",
                "member"
            ]
        );
    }

    #[test]
    fn a_wrong_file_is_refused_with_line_and_what_is_allowed() {
        let text =
            "roles:\n  - id: x\n    name: { ja: あ, en: a }\n    clearance: TLP:WHITE\n    actions: []\n";
        let error = data::from_yaml::<File>("roles.yaml", text).err().unwrap();
        assert_eq!((error.file.as_str(), error.line), ("roles.yaml", 4));
        assert!(error.problem.contains("TLP:AMBER+STRICT"), "{}", error.problem);
    }
}
