//! The project's own sample data fits what the program reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use matoi_core::desk::model::AlertInput;
use matoi_core::first_response;
use matoi_core::identity::roles;
use matoi_core::organisation::OrganisationInput;
use matoi_types::Importance;
use serde_json::Value;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(samples().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn texts(list: &Value, key: &str) -> BTreeSet<String> {
    let list = list.as_array().unwrap();
    let texts: BTreeSet<_> = list
        .iter()
        .map(|one| one[key].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts.len(), list.len(), "{key} stands twice");
    texts
}

#[test]
fn the_sample_organisation_names_only_what_exists() {
    let file = read("organisation.json");
    let organisation: OrganisationInput = serde_json::from_value(file["organisation"].clone()).unwrap();
    assert_eq!(organisation.own_domains, ["minatono.example"]);
    let (units, logins) = (texts(&file["units"], "key"), texts(&file["people"], "login"));
    texts(&file["assets"], "name");
    let roles: BTreeSet<_> = roles::shipped()
        .unwrap()
        .into_iter()
        .map(|role| role.id)
        .collect();
    let known = |name: &Value, names: &BTreeSet<String>| {
        assert!(name.is_null() || names.contains(name.as_str().unwrap()), "{name}");
    };
    let mut above = BTreeSet::new();
    for unit in file["units"].as_array().unwrap() {
        known(&unit["parent"], &above);
        above.insert(unit["key"].as_str().unwrap().to_owned());
    }
    for person in file["people"].as_array().unwrap() {
        known(&person["unit"], &units);
        for grant in person["grants"].as_array().unwrap() {
            known(&grant["role"], &roles);
        }
    }
    for asset in file["assets"].as_array().unwrap() {
        known(&asset["owner"], &logins);
        known(&asset["unit"], &units);
        asset["importance"]
            .as_str()
            .unwrap()
            .parse::<Importance>()
            .unwrap();
    }
}

#[test]
fn the_sample_reports_are_choices_of_the_form() {
    for entry in std::fs::read_dir(samples().join("reports")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let report = read(&format!("reports/{name}"));
        let text = |key: &str| report[key].as_str().unwrap();
        assert!(first_response::category(text("category")).is_some(), "{name}");
        assert!(["now", "today", "earlier"].contains(&text("noticed")), "{name}");
        assert!(["ja", "en"].contains(&text("lang")), "{name}");
        assert!(!text("text").is_empty(), "{name}");
        if report["anonymous"].as_bool().unwrap() {
            assert!(text("name").is_empty() && text("contact").is_empty(), "{name}");
        }
    }
}

#[test]
fn the_sample_alerts_have_what_their_senders_always_send() {
    let own: Vec<AlertInput> = serde_json::from_value(read("alerts/webhook-generic.json")).unwrap();
    assert!(own.iter().all(|alert| alert.event_at.is_some()));
    texts(&read("alerts/webhook-generic.json"), "source_ref");
    let thehive = read("alerts/thehive.json");
    texts(&thehive, "sourceRef");
    for alert in thehive.as_array().unwrap() {
        assert!((1..=4).contains(&alert["severity"].as_i64().unwrap()));
        assert!((0..=4).contains(&alert["tlp"].as_i64().unwrap()));
        assert!(alert["artifacts"].is_array() != alert["observables"].is_array());
    }
    let iris = read("alerts/iris.json");
    texts(&iris, "alert_source_ref");
    for alert in iris.as_array().unwrap() {
        assert!((1..=6).contains(&alert["alert_severity_id"].as_i64().unwrap()));
        assert!(alert["alert_iocs"].is_array() && alert["alert_assets"].is_array());
    }
}
