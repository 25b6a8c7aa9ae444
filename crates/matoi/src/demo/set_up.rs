//! Setting up: the organisation through the set-up link, its units and assets through the API, its people by invitation.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::person::Person;
use super::{PASSWORD, People, Program, Samples, Shown};
use crate::failure::{Exit, Failure, Outcome};

pub(super) async fn set_up(
    program: &Program,
    url: &str,
    setup_link: &str,
    samples: &Samples,
    shown: &mut Shown,
) -> Outcome<People> {
    let sample = samples.json("organisation.json")?;
    let people = list(&sample, "people");
    let is_first = |person: &&Json| {
        list(person, "grants")
            .iter()
            .any(|grant| text(grant, "role") == "administrator")
    };
    let first = people
        .iter()
        .find(is_first)
        .ok_or_else(|| Failure::told(Exit::Failed, "the sample organisation has no administrator"))?;
    make_organisation(url, setup_link, &sample, first).await?;
    let login = text(first, "login");
    let administrator = Person::sign_in(url, login, PASSWORD).await?;
    let units = make_units(&administrator, &sample).await?;
    let mut all = People::new();
    all.insert(login.to_owned(), administrator);
    for person in people.iter().filter(|person| text(person, "login") != login) {
        let login = text(person, "login");
        invite(program, url, person).await?;
        all.insert(login.to_owned(), Person::sign_in(url, login, PASSWORD).await?);
    }
    make_assets(&all, login, &sample, &units).await?;
    for person in &people {
        let roles: Vec<_> = list(person, "grants")
            .iter()
            .map(|grant| text(grant, "role").to_owned())
            .collect();
        let (login, name) = (text(person, "login").to_owned(), text(person, "name").to_owned());
        shown.accounts.push((login, name, roles.join(", ")));
    }
    Ok(all)
}

async fn make_organisation(url: &str, setup_link: &str, sample: &Json, first: &Json) -> Outcome {
    let organisation = sample.get("organisation").unwrap_or(&Json::Null);
    let bilingual = |name: &str, lang: &str| {
        organisation
            .pointer(&format!("/{name}/{lang}"))
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let lines = |name: &str| {
        let lines: Vec<_> = list(organisation, name)
            .iter()
            .filter_map(|line| line.as_str().map(ToOwned::to_owned))
            .collect();
        lines.join("\n")
    };
    let fields = [
        ("name_ja", bilingual("name", "ja")),
        ("name_en", bilingual("name", "en")),
        ("constituency_ja", bilingual("constituency", "ja")),
        ("constituency_en", bilingual("constituency", "en")),
        ("lang", text(organisation, "lang").to_owned()),
        ("zone", text(organisation, "zone").to_owned()),
        ("desk_phone", text(organisation, "desk_phone").to_owned()),
        ("desk_mail", text(organisation, "desk_mail").to_owned()),
        ("own_domains", lines("own_domains")),
        ("own_networks", lines("own_networks")),
        ("login", text(first, "login").to_owned()),
        ("name", text(first, "name").to_owned()),
        ("mail", text(first, "mail").to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let path = setup_link.strip_prefix(url).unwrap_or(setup_link);
    Person::nobody(url)?.form(path, &fields).await.map(drop)
}

/// Units by their key in the sample. Each stands after the one above it.
async fn make_units(administrator: &Person, sample: &Json) -> Outcome<BTreeMap<String, String>> {
    let mut made = BTreeMap::new();
    for unit in list(sample, "units") {
        let parent = made.get(text(&unit, "parent")).cloned();
        let body = json!({"name": unit.get("name"), "parent_id": parent});
        let answer = administrator
            .api(Method::POST, "/units", Some(&body), None)
            .await?;
        made.insert(
            text(&unit, "key").to_owned(),
            text(&answer.json(), "id").to_owned(),
        );
    }
    Ok(made)
}

/// An account as `matoi user add` makes it, finished through its invitation link.
async fn invite(program: &Program, url: &str, person: &Json) -> Outcome {
    let (login, name) = (text(person, "login"), text(person, "name"));
    let mut arguments = vec![
        "user",
        "add",
        login,
        "--name",
        name,
        "--mail",
        text(person, "mail"),
    ];
    let grants = list(person, "grants");
    for grant in &grants {
        arguments.extend(["--role", text(grant, "role")]);
    }
    let lang = text(person, "lang");
    if !lang.is_empty() {
        arguments.extend(["--lang", lang]);
    }
    let made = program.json(&arguments).await?;
    let link = text(&made, "invitation_link");
    // The command knows the address that users use, the demonstration the one the server listens on.
    let secret = link.rsplit('/').next().unwrap_or_default();
    Person::nobody(url)?
        .form(&format!("link/{secret}"), &[("password", PASSWORD)])
        .await
        .map(drop)
}

async fn make_assets(
    people: &People,
    lead: &str,
    sample: &Json,
    units: &BTreeMap<String, String>,
) -> Outcome {
    let Some(lead) = people.get(lead) else {
        return Ok(());
    };
    for asset in list(sample, "assets") {
        let mut body = asset.clone();
        if let Some(fields) = body.as_object_mut() {
            let owner = people.get(text(&asset, "owner")).map(|person| person.id.clone());
            let unit = units.get(text(&asset, "unit"));
            let note = asset.pointer("/note/ja").cloned();
            for name in ["owner", "unit", "note"] {
                fields.remove(name);
            }
            fields.insert("owner_id".to_owned(), json!(owner));
            fields.insert("unit_id".to_owned(), json!(unit));
            fields.insert("note".to_owned(), note.unwrap_or_else(|| json!("")));
        }
        lead.api(Method::POST, "/assets", Some(&body), None).await?;
    }
    Ok(())
}

fn list(json: &Json, name: &str) -> Vec<Json> {
    json.get(name)
        .and_then(Json::as_array)
        .cloned()
        .unwrap_or_default()
}

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}
