//! What callers may do with the organisation and its units.

use matoi_types::UnitId;

use super::model::{Organisation, OrganisationInput, Unit, UnitInput};
use super::store;
use crate::kernel::check::Fields;
use crate::kernel::data::Bilingual;
use crate::kernel::{Action, Change, Error, Message, Result, Tx};

/// The most domains or networks of its own.
const MAX_OWN: usize = 500;

/// The organisation, or none before set-up. Everybody may know whose pages these are.
pub async fn get(tx: &mut Tx) -> Result<Option<Organisation>> {
    store::get(tx).await
}

/// The organisation.
///
/// # Errors
/// [`Error::NotFound`] before set-up.
pub async fn require(tx: &mut Tx) -> Result<Organisation> {
    store::get(tx).await?.ok_or(Error::NotFound("organisation"))
}

/// Changes the settings. `version` is the one that was read.
pub async fn update(tx: &mut Tx, version: i64, input: OrganisationInput) -> Result<Organisation> {
    tx.require(Action::OrganisationUpdate)?;
    let before = require(tx).await?;
    if before.version != version {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    let input = check(input)?;
    store::put(tx, &input).await?;
    let after = require(tx).await?;
    let change = Change::named("organisation.update", "organisation", "1".to_owned())
        .changed("name", &before.name, &after.name)
        .changed("constituency", &before.constituency, &after.constituency)
        .changed("lang", before.lang, after.lang)
        .changed("zone", &before.zone, &after.zone)
        .changed("desk_phone", &before.desk_phone, &after.desk_phone)
        .changed("desk_mail", &before.desk_mail, &after.desk_mail)
        .changed("own_domains", &before.own_domains, &after.own_domains)
        .changed("own_networks", &before.own_networks, &after.own_networks)
        .changed("default_tlp", before.default_tlp, after.default_tlp)
        .changed(
            "fiscal_year_start",
            before.fiscal_year_start,
            after.fiscal_year_start,
        );
    tx.record(change).await?;
    Ok(after)
}

/// Writes the first settings. Only the set-up calls this; it has checked that there is none yet.
pub(crate) async fn establish(tx: &mut Tx, input: OrganisationInput) -> Result<()> {
    let input = check(input)?;
    store::put(tx, &input).await?;
    let change = Change::named("organisation.establish", "organisation", "1".to_owned())
        .set("name", &input.name)
        .set("constituency", &input.constituency)
        .set("lang", input.lang)
        .set("zone", &input.zone);
    tx.record(change).await
}

/// Writes the first settings without a set-up link. For the program itself: a restore, a demonstration, a test.
pub async fn establish_by_operator(tx: &mut Tx, input: OrganisationInput) -> Result<()> {
    tx.require(Action::SystemOperate)?;
    if store::get(tx).await?.is_some() {
        return Err(Error::rule("error-already-set-up"));
    }
    establish(tx, input).await
}

/// All units, in the order they were made.
pub async fn units(tx: &mut Tx) -> Result<Vec<Unit>> {
    tx.require(Action::OrganisationRead)?;
    store::units(tx).await
}

/// One unit.
pub async fn unit(tx: &mut Tx, id: UnitId) -> Result<Unit> {
    tx.require(Action::OrganisationRead)?;
    store::get_unit(tx, id).await?.ok_or(Error::NotFound("unit"))
}

/// Adds a unit below another or at the top.
pub async fn create_unit(tx: &mut Tx, input: UnitInput) -> Result<Unit> {
    tx.require(Action::OrganisationUpdate)?;
    let mut fields = Fields::new();
    let name = check_name(&mut fields, "/name", &input.name, 200);
    if let Some(parent) = input.parent_id
        && store::get_unit(tx, parent).await?.is_none()
    {
        fields.wrong("/parent_id", Message::new("error-unknown-unit"));
    }
    fields.done()?;
    let id = tx.new_id()?;
    let input = UnitInput { name, ..input };
    store::insert_unit(tx, id, &input).await?;
    tx.record(
        Change::of("unit.create", id)
            .set("name", &input.name)
            .set("parent_id", input.parent_id),
    )
    .await?;
    unit(tx, id).await
}

/// Renames a unit.
pub async fn rename_unit(tx: &mut Tx, id: UnitId, version: i64, name: Bilingual) -> Result<Unit> {
    tx.require(Action::OrganisationUpdate)?;
    let before = store::get_unit(tx, id).await?.ok_or(Error::NotFound("unit"))?;
    let mut fields = Fields::new();
    let name = check_name(&mut fields, "/name", &name, 200);
    fields.done()?;
    if !store::rename_unit(tx, id, version, &name).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    tx.record(Change::of("unit.rename", id).changed("name", &before.name, &name))
        .await?;
    unit(tx, id).await
}

/// Checks the settings, writing nothing.
pub(crate) fn check(input: OrganisationInput) -> Result<OrganisationInput> {
    let mut fields = Fields::new();
    let checked = OrganisationInput {
        name: check_name(&mut fields, "/name", &input.name, 200),
        constituency: check_name(&mut fields, "/constituency", &input.constituency, 500),
        zone: fields.zone("/zone", &input.zone),
        desk_phone: fields.optional_line("/desk_phone", &input.desk_phone, 50),
        desk_mail: fields.mail("/desk_mail", &input.desk_mail),
        own_domains: check_list(
            &mut fields,
            "/own_domains",
            &input.own_domains,
            is_domain,
            "error-domain",
        ),
        own_networks: check_list(
            &mut fields,
            "/own_networks",
            &input.own_networks,
            is_network,
            "error-network",
        ),
        ..input
    };
    fields.wrong_if(
        !(1..=12).contains(&checked.fiscal_year_start),
        "/fiscal_year_start",
        "error-month",
    );
    fields.done()?;
    Ok(checked)
}

/// Both languages, or one that then stands for both.
fn check_name(fields: &mut Fields, pointer: &str, name: &Bilingual, max: usize) -> Bilingual {
    let (ja, en) = (name.ja.trim(), name.en.trim());
    let (ja, en) = (
        if ja.is_empty() { en } else { ja },
        if en.is_empty() { ja } else { en },
    );
    Bilingual {
        ja: fields.line(&format!("{pointer}/ja"), ja, max),
        en: fields.line(&format!("{pointer}/en"), en, max),
    }
}

fn check_list(
    fields: &mut Fields,
    pointer: &str,
    values: &[String],
    is_right: fn(&str) -> bool,
    key: &'static str,
) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    fields.at_most(pointer, values.len(), MAX_OWN);
    for (i, value) in values.iter().take(MAX_OWN).enumerate() {
        let value = value.trim().to_lowercase();
        if value.is_empty() || kept.contains(&value) {
            continue;
        }
        if !is_right(&value) {
            fields.wrong(
                &format!("{pointer}/{i}"),
                Message::new(key).with("value", value.clone()),
            );
        }
        kept.push(value);
    }
    kept
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn is_network(text: &str) -> bool {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let Ok(address) = address.parse::<std::net::IpAddr>() else {
        return false;
    };
    let max = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_domains_and_networks() {
        for (text, right) in [
            ("minatono.example", true),
            ("例え.jp", true),
            ("-a.example", false),
            ("localhost", false),
        ] {
            assert_eq!(is_domain(text), right, "{text}");
        }
        for (text, right) in [
            ("203.0.113.0/24", true),
            ("2001:db8::/32", true),
            ("10.0.0.1", true),
            ("10.0.0.0/33", false),
            ("x", false),
        ] {
            assert_eq!(is_network(text), right, "{text}");
        }
    }
}
