//! The shipped mappings over the samples, and what a mapping does with what does not fit.

use matoi_types::{Severity, Tlp};
use serde_json::{Value as Json, json};

use super::{Mapped, Mapping, apply};
use crate::Error;
use crate::rulebook::DataKind;

fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped(name: &str) -> Mapping {
    let text = std::fs::read_to_string(root().join(format!("mappings/{name}.yaml"))).unwrap();
    Mapping::read(name, &text).unwrap()
}

fn sample(name: &str) -> Json {
    let text = std::fs::read_to_string(root().join(format!("samples/alerts/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn traces(mapped: &Mapped, at: usize) -> Vec<(String, String)> {
    let observables = &mapped.alerts[at].input.observables;
    observables
        .iter()
        .map(|o| (o.kind.clone(), o.value.clone()))
        .collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn every_shipped_mapping_can_be_read_and_bears_the_name_of_its_file() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("mappings")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.strip_suffix(".yaml").unwrap();
        let text = std::fs::read_to_string(root().join("mappings").join(&name)).unwrap();
        assert_eq!(DataKind::Mapping.check(&name, &text).unwrap().0, stem);
        count += 1;
    }
    assert!(count >= 6);
}

#[test]
fn wazuh() {
    let mapped = apply(&shipped("wazuh"), &sample("webhooks/wazuh")).unwrap();
    let alert = &mapped.alerts[0].input;
    assert_eq!(alert.title, "sshd: 同じ送信元から認証の失敗が続いている");
    assert_eq!(alert.source_ref, "wazuh-hq:1795106467.88213");
    assert_eq!(alert.severity, Severity::Medium);
    assert_eq!(alert.event_at.unwrap().to_string(), "2026-11-19T16:41:07.412Z");
    assert_eq!(
        alert.tags,
        ["syslog", "sshd", "authentication_failures", "T1110", "rule:5712"]
    );
    let expect = pairs(&[
        ("hostname", "WWW-01"),
        ("", "10.20.40.11"),
        ("", "192.0.2.171"),
        ("account", "svc-maint"),
    ]);
    assert_eq!(traces(&mapped, 0), expect);
    assert!(mapped.alerts[0].remarks.is_empty());
}

#[test]
fn elastic_with_nested_and_with_dotted_keys() {
    let mapped = apply(&shipped("elastic"), &sample("webhooks/elastic")).unwrap();
    assert_eq!(mapped.alerts.len(), 2);
    let [first, second] = [&mapped.alerts[0].input, &mapped.alerts[1].input];
    assert_eq!(
        (first.source_ref.as_str(), second.source_ref.as_str()),
        ("0f9a1c44e2d7", "0f9a1c44e2d8")
    );
    assert_eq!(
        (first.severity, second.severity),
        (Severity::Critical, Severity::High)
    );
    assert_eq!(second.title, "既知の不審な通信先");
    assert_eq!(first.event_at.unwrap().to_string(), "2026-11-19T17:04:58.12Z");
    assert!(first.link.starts_with("https://kibana."));
    assert!(traces(&mapped, 0).contains(&("".to_owned(), "10.20.1.12".to_owned())));
    assert!(traces(&mapped, 1).contains(&("domain".to_owned(), "update-cdn.example".to_owned())));
}

#[test]
fn defender_takes_the_evidence_apart() {
    let mapped = apply(&shipped("defender"), &sample("webhooks/defender")).unwrap();
    let alert = &mapped.alerts[0].input;
    assert_eq!(alert.severity, Severity::High);
    assert!(alert.description.starts_with("LSASS"));
    assert!(alert.description.ends_with("変更してください。"));
    let expect = pairs(&[
        ("hostname", "pc-2118.minatono.example"),
        ("", "198.51.100.80"),
        ("account", "svc-maint"),
        (
            "sha256",
            "9f2c41d07be6853a1c94e0f7b52d6a8e3370c5d9f18b264ea7d0931c6b5fe17a",
        ),
        ("filename", "mnsvc.exe"),
    ]);
    assert_eq!(traces(&mapped, 0), expect);
    // One alert without the list around it is an alert too.
    let one = apply(&shipped("defender"), &sample("webhooks/defender")["value"][0]).unwrap();
    assert_eq!(one.alerts[0].input.source_ref, alert.source_ref);
}

#[test]
fn suricata_passes_over_what_is_no_alert() {
    let mapped = apply(&shipped("suricata"), &sample("webhooks/suricata")).unwrap();
    assert_eq!((mapped.alerts.len(), mapped.passed_over), (1, 1));
    let alert = &mapped.alerts[0].input;
    assert_eq!(alert.severity, Severity::High);
    assert_eq!(
        alert.source_ref,
        "586497171462735:9000386:2026-11-20T01:57:11.251547+0900"
    );
    assert!(traces(&mapped, 0).contains(&("domain".to_owned(), "update-cdn.example".to_owned())));
}

#[test]
fn plain_takes_our_own_form() {
    let mapped = apply(&shipped("plain"), &sample("webhook-generic")).unwrap();
    assert_eq!(mapped.alerts.len(), 6);
    let alert = &mapped.alerts[2].input;
    assert_eq!(
        (alert.source.as_str(), alert.source_ref.as_str()),
        ("fw-hq", "fw-20261120-015711-2118")
    );
    assert_eq!((alert.severity, alert.tlp), (Severity::High, Some(Tlp::Amber)));
    assert_eq!(alert.tags, ["c2", "intel-match"]);
    let expect = pairs(&[
        ("ipv4", "198.51.100.80"),
        ("hostname", "PC-2118"),
        ("domain", "update-cdn.example"),
    ]);
    assert_eq!(traces(&mapped, 2), expect);
}

#[test]
fn dfir_iris_counts_as_iris_does() {
    let mapped = apply(&shipped("dfir-iris"), &sample("iris")).unwrap();
    assert_eq!(mapped.alerts.len(), 7);
    let severities: Vec<_> = mapped.alerts.iter().map(|alert| alert.input.severity).collect();
    assert_eq!(
        severities,
        [
            Severity::Low,
            Severity::High,
            Severity::High,
            Severity::Medium,
            Severity::Critical,
            Severity::Critical,
            Severity::Critical
        ]
    );
    let malware = &mapped.alerts[1].input;
    assert_eq!(malware.event_at.unwrap().to_string(), "2026-11-19T16:46:52Z");
    assert_eq!(
        malware.tags,
        ["attack.execution", "attack.t1059", "attack.command-and-control"]
    );
    assert!(malware.description.ends_with("隔離の承認を 01:47 に依頼"));
    let expect = pairs(&[
        (
            "sha256",
            "9f2c41d07be6853a1c94e0f7b52d6a8e3370c5d9f18b264ea7d0931c6b5fe17a",
        ),
        ("filename", "mnsvc.exe"),
        ("ip", "198.51.100.80"),
        ("url", "https://update-cdn.example/gate"),
        ("hostname", "PC-2118"),
        ("", "10.20.21.118"),
    ]);
    assert_eq!(traces(&mapped, 1), expect);
    assert_eq!(malware.observables[0].tlp, Some(Tlp::Amber));
}

const SMALL: &str = "id: small\ntitle: { ja: 小, en: Small }\nalert:\n  source: test\n  source_ref: '{id}'\n  title: '{name}'\n  event_at: { from: '{at}' }\n  severity: { from: '{level}', table: { 1: low } }\n";

#[test]
fn what_cannot_be_an_alert_is_named() {
    let mapping = Mapping::read("small", SMALL).unwrap();
    for (body, pointer, key) in [
        (json!({"id": 1}), "/0/title", "error-mapping-nothing"),
        (
            json!([{"name": "a"}, {"id": 2}]),
            "/1/title",
            "error-mapping-nothing",
        ),
        (json!("text"), "/0", "error-mapping-no-object"),
        (json!([{"name": "a"}, 3]), "/1", "error-mapping-no-object"),
        (
            json!(vec![json!({"name": "a"}); 501]),
            "",
            "error-too-many-alerts",
        ),
    ] {
        let Err(Error::Invalid(errors)) = apply(&mapping, &body) else {
            panic!("{body} was taken");
        };
        assert_eq!(
            (errors[0].pointer.as_str(), &*errors[0].message.key),
            (pointer, key)
        );
    }
    assert_eq!(apply(&mapping, &json!([])).unwrap().alerts.len(), 0);
}

#[test]
fn what_is_not_understood_is_remarked_and_the_alert_taken() {
    let mapping = Mapping::read("small", SMALL).unwrap();
    let keys = |body: Json| {
        let mapped = apply(&mapping, &body).unwrap();
        let alert = mapped.alerts.into_iter().next().unwrap();
        let keys: Vec<String> = alert.remarks.iter().map(|m| m.key.to_string()).collect();
        (keys, alert.input)
    };
    let (remarks, alert) = keys(json!({"name": "a\u{0}b\nc", "id": 1, "at": "noon", "level": 9}));
    assert_eq!(remarks, ["remark-severity-unknown", "remark-time-unreadable"]);
    assert_eq!(
        (alert.title.as_str(), alert.severity),
        ("a b c", Severity::Medium)
    );
    // The content with its time identifies what has no reference; without a time nothing does.
    let (remarks, first) = keys(json!({"name": "a", "at": 1_795_111_920}));
    assert_eq!(remarks, ["remark-no-source-ref"]);
    assert!(first.source_ref.starts_with("sha256:"));
    assert_eq!(
        keys(json!({"name": "a", "at": 1_795_111_920})).1.source_ref,
        first.source_ref
    );
    let (remarks, nameless) = keys(json!({"name": "a"}));
    assert_eq!(remarks, ["remark-no-identity"]);
    assert_eq!(nameless.source_ref, "");
}

#[test]
fn a_wrong_file_is_refused_naming_line_and_key() {
    let replace = |from: &str, to: &str| SMALL.replace(from, to);
    for (text, line, says) in [
        (replace("'{name}'", "'{name'"), 6, "has no }"),
        (replace("title: '{name}'", "titel: x"), 6, "titel"),
        (replace("table: { 1: low }", "table: { 1: grave }"), 8, "grave"),
        (
            replace(
                "event_at: { from: '{at}' }",
                "event_at: { from: '{at}', zone: Mars }",
            ),
            7,
            "Mars",
        ),
        (replace("id: small", "id: Small Mapping"), 1, "lower-case"),
        (
            replace("title: '{name}'", "title: []"),
            2,
            "At least one template",
        ),
        (replace("  source: test\n", ""), 7, "source"),
    ] {
        let error = Mapping::read("small.yaml", &text).unwrap_err();
        assert!(error.problem.contains(says), "{text}\n{error}");
        assert!(error.line.abs_diff(line) <= 1, "{line}: {error}");
    }
}

fn any_json() -> impl proptest::strategy::Strategy<Value = Json> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,20}".prop_map(Json::from),
    ];
    let key = prop_oneof![
        "[a-z.]{0,6}",
        Just("alert".to_owned()),
        Just("rule".to_owned()),
        Just("title".to_owned()),
        Just("value".to_owned()),
        Just("evidence".to_owned()),
        Just("timestamp".to_owned()),
        Just("id".to_owned()),
        Just("event_type".to_owned()),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn any_json_goes_through_every_shipped_mapping(body in any_json()) {
        for name in ["plain", "wazuh", "elastic", "defender", "suricata", "dfir-iris"] {
            if let Ok(mapped) = apply(&shipped(name), &body) {
                for alert in mapped.alerts {
                    assert!(!alert.input.title.contains(|c: char| c.is_control()));
                    assert!(alert.input.observables.iter().all(|o| !o.value.contains('\0')));
                }
            }
        }
    }

    #[test]
    fn any_text_is_a_mapping_or_an_error(text in "\\PC{0,200}") {
        let _ = Mapping::read("x", &text);
    }
}

#[test]
fn the_example_in_the_documentation_can_be_read() {
    let text = include_str!("../../../../../docs/compat.md");
    let begin = text.find("```yaml\nid: backup").unwrap() + "```yaml\n".len();
    let end = text[begin..].find("```").unwrap();
    let mapping = Mapping::read("docs/compat.md", &text[begin..begin + end]).unwrap();
    let body = serde_json::json!({"jobs": [
        {"status": "failed", "job": {"id": 7, "name": "nightly", "tags": ["nas"]}, "run": 3, "level": 4,
         "finished": "2026-11-18T03:00:00", "hosts": [{"ip": "198.51.100.4", "name": "nas-1"}]},
        {"status": "ok", "job": {"id": 8, "name": "weekly"}, "run": 1},
    ]});
    let mapped = apply(&mapping, &body).unwrap();
    assert_eq!((mapped.alerts.len(), mapped.passed_over), (1, 1));
    let alert = &mapped.alerts[0].input;
    assert_eq!(
        (alert.title.as_str(), alert.source_ref.as_str()),
        ("nightly: failed", "7-3")
    );
    assert_eq!(alert.observables.len(), 1);
}
