//! What the claims say of a person. Pure.

use matoi_core::identity::sign_on::{Identity, ProviderError};
use serde_json::{Map, Value as Json};

use crate::ClaimNames;

/// Characters of a name that are kept.
const NAME: usize = 100;
/// Characters of a mail address (RFC 5321, section 4.5.3.1).
const MAIL: usize = 254;

/// Whether a claim that is wanted is not there, so that it is worth asking for more.
pub(crate) fn is_lacking(claims: &Map<String, Json>, names: &ClaimNames, wants_groups: bool) -> bool {
    [&names.login, &names.name, &names.mail]
        .into_iter()
        .any(|name| find(claims, name).is_none())
        || (wants_groups && find(claims, &names.groups).is_none() && !has_too_many_groups(claims, names))
}

/// The person.
///
/// # Errors
/// When the provider says that it left groups out: roles would be taken away that the person has.
pub(crate) fn read(
    issuer: String,
    subject: String,
    claims: &Map<String, Json>,
    names: &ClaimNames,
    wants_groups: bool,
) -> Result<Identity, ProviderError> {
    if wants_groups && has_too_many_groups(claims, names) {
        return Err(ProviderError::Incomplete(
            "the person is in so many groups that the provider leaves them out: let it send only those of Matoi"
                .to_owned(),
        ));
    }
    let mail = text(claims, &names.mail).filter(|mail| is_plausible(mail));
    Ok(Identity {
        issuer,
        subject,
        login: text(claims, &names.login),
        name: text(claims, &names.name).map(|name| name.chars().take(NAME).collect()),
        // `email_verified` speaks of `email`, whatever else is taken for the address.
        mail_verified: mail.is_some() && names.mail == "email" && is_true(claims.get("email_verified")),
        mail,
        groups: groups(find(claims, &names.groups)),
    })
}

/// A claim by its name, or by a path of names: `realm_access.roles`.
fn find<'a>(claims: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    find(claims.get(first)?.as_object()?, rest)
}

fn text(claims: &Map<String, Json>, name: &str) -> Option<String> {
    let text = find(claims, name)?.as_str()?.trim();
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    (!plain.is_empty()).then_some(plain)
}

/// Texts, or one text. What is neither is no group.
fn groups(claim: Option<&Json>) -> Vec<String> {
    match claim {
        Some(Json::Array(values)) => values
            .iter()
            .filter_map(|value| value.as_str().map(ToOwned::to_owned))
            .collect(),
        Some(Json::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// Some providers send it as a text.
fn is_true(claim: Option<&Json>) -> bool {
    match claim {
        Some(Json::Bool(value)) => *value,
        Some(Json::String(text)) => text == "true",
        _ => false,
    }
}

/// Entra ID names a place to ask at instead of more than 200 groups.
fn has_too_many_groups(claims: &Map<String, Json>, names: &ClaimNames) -> bool {
    let named = claims
        .get("_claim_names")
        .is_some_and(|others| others.get(&names.groups).is_some());
    named || (names.groups == "groups" && is_true(claims.get("hasgroups")))
}

fn is_plausible(mail: &str) -> bool {
    mail.len() <= MAIL
        && !mail.contains(char::is_whitespace)
        && mail
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(groups: &str) -> ClaimNames {
        ClaimNames {
            login: "preferred_username".to_owned(),
            name: "name".to_owned(),
            mail: "email".to_owned(),
            groups: groups.to_owned(),
        }
    }

    fn identity(claims: Json, names: &ClaimNames) -> Result<Identity, ProviderError> {
        let claims = claims.as_object().unwrap();
        read("https://i".to_owned(), "s".to_owned(), claims, names, true)
    }

    #[test]
    fn groups_are_texts_one_text_or_at_the_end_of_a_path() {
        let check = |claims: Json, name: &str, expect: &[&str]| {
            assert_eq!(
                identity(claims.clone(), &names(name)).unwrap().groups,
                expect,
                "{claims}"
            );
        };
        check(json!({"groups": ["a", 1, "b"]}), "groups", &["a", "b"]);
        check(json!({"groups": "a"}), "groups", &["a"]);
        check(json!({}), "groups", &[]);
        check(
            json!({"realm_access": {"roles": ["a"]}}),
            "realm_access.roles",
            &["a"],
        );
        check(
            json!({"https://x.example/g": ["a"]}),
            "https://x.example/g",
            &["a"],
        );
        check(json!({"groups": {"a": 1}}), "groups.a.b", &[]);
    }

    #[test]
    fn groups_that_were_left_out_are_not_taken_for_none() {
        for claims in [
            json!({"_claim_names": {"groups": "src1"}}),
            json!({"hasgroups": true}),
        ] {
            assert!(matches!(
                identity(claims, &names("groups")),
                Err(ProviderError::Incomplete(_))
            ));
        }
    }

    #[test]
    fn a_mail_address_is_verified_only_when_the_provider_says_so_of_it() {
        let check = |claims: Json, names: &ClaimNames, expect: (Option<&str>, bool)| {
            let identity = identity(claims.clone(), names).unwrap();
            assert_eq!(
                (identity.mail.as_deref(), identity.mail_verified),
                expect,
                "{claims}"
            );
        };
        let usual = names("groups");
        let mail = Some("a@b.example");
        check(json!({"email": "a@b.example"}), &usual, (mail, false));
        check(
            json!({"email": "a@b.example", "email_verified": false}),
            &usual,
            (mail, false),
        );
        check(
            json!({"email": "a@b.example", "email_verified": 1}),
            &usual,
            (mail, false),
        );
        check(
            json!({"email": "a@b.example", "email_verified": true}),
            &usual,
            (mail, true),
        );
        check(
            json!({"email": "a@b.example", "email_verified": "true"}),
            &usual,
            (mail, true),
        );
        check(
            json!({"email": "nonsense", "email_verified": true}),
            &usual,
            (None, false),
        );
        let other = ClaimNames {
            mail: "upn".to_owned(),
            ..usual
        };
        check(
            json!({"upn": "a@b.example", "email_verified": true}),
            &other,
            (mail, false),
        );
    }

    #[test]
    fn names_are_one_line_and_not_endless() {
        let claims = json!({"name": format!(" a\nb{} ", "x".repeat(500)), "preferred_username": "  "});
        let identity = identity(claims, &names("groups")).unwrap();
        let name = identity.name.unwrap();
        assert!(name.starts_with("a b") && name.chars().count() == NAME);
        assert_eq!(identity.login, None);
    }

    #[test]
    fn more_is_asked_for_only_when_something_is_lacking() {
        let all = json!({"preferred_username": "a", "name": "b", "email": "c"});
        let all = all.as_object().unwrap();
        assert!(!is_lacking(all, &names("groups"), false));
        assert!(is_lacking(all, &names("groups"), true));
        assert!(is_lacking(&Map::new(), &names("groups"), false));
    }
}
