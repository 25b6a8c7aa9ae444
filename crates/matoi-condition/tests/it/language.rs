//! What can be written, its canonical form, and when it holds.

use matoi_condition::{FactMap, Facts, Knowledge, Seconds, Truth, Value};

use crate::parse;

#[test]
fn texts_have_one_canonical_form() {
    let cases = [
        (
            r#"attack_type in ["ransomware", "malware"] and progress >= executed and not (data.personal == false)"#,
            "attack_type in [ransomware, malware] and progress >= executed and not (data.personal == false)",
        ),
        ("asset.importance>=high", "asset.importance >= high"),
        (
            "  data.personal\n\tand\u{3000}data.leaked ",
            "data.personal and data.leaked",
        ),
        ("((data.personal))", "data.personal"),
        (
            "(data.personal and data.leaked) and cvss > 7",
            "data.personal and data.leaked and cvss > 7",
        ),
        (
            "(data.personal and data.leaked) or cvss > 7",
            "(data.personal and data.leaked) or cvss > 7",
        ),
        (
            "not data.personal and not cvss > 07.0",
            "not data.personal and not (cvss > 7)",
        ),
        ("not not data.personal", "not not data.personal"),
        (
            "not (not (data.personal or data.leaked))",
            "not not (data.personal or data.leaked)",
        ),
        ("known( entry_vector )", "known(entry_vector)"),
        ("not unknown(entry_vector)", "not unknown(entry_vector)"),
        ("tags contains \"vip\"", "tags contains \"vip\""),
        (
            r#"data.kinds contains "personal""#,
            "data.kinds contains personal",
        ),
        (
            "data.kinds contains any [personal,card]",
            "data.kinds contains any [personal, card]",
        ),
        (
            "tags contains all [\"a\\\\b\",\"\\\"\"]",
            "tags contains all [\"a\\\\b\", \"\\\"\"]",
        ),
        ("elapsed >= 0024h", "elapsed >= 24h"),
        (
            "elapsed in [90s, 30min, 7d, -1h]",
            "elapsed in [90s, 30min, 7d, -1h]",
        ),
        (
            "detected_at < 2026-11-20T09:00:00+09:00",
            "detected_at < 2026-11-20T09:00:00+09:00",
        ),
        (
            "attack_type == \"web 改ざん\" or false",
            "attack_type == \"web 改ざん\" or false",
        ),
        ("loss >= -0.50", "loss >= -0.5"),
        ("true", "true"),
    ];
    for (text, expect) in cases {
        let expression = parse(text);
        assert_eq!(expression.to_string(), expect);
        assert_eq!(parse(expect), expression, "{expect} reads back");
        assert_eq!(serde_json::to_value(&expression).unwrap(), expect);
    }
}

#[test]
fn the_facts_of_an_expression_are_known() {
    let expression = parse("data.personal and (cvss > 7 or unknown(cvss)) and true");
    assert_eq!(
        expression.facts().into_iter().collect::<Vec<_>>(),
        ["cvss", "data.personal"]
    );
}

fn facts() -> FactMap {
    FactMap::new()
        .with("attack_type", Value::choice("ransomware"))
        .with("progress", Value::choice("executed"))
        .with_assumed("asset.importance", Value::choice("high"))
        .with("data.personal", true)
        .with("data.kinds", Value::choices(["personal", "card"]))
        .with("affected_count", 1200)
        .with("elapsed", Seconds(86_400))
        .with(
            "detected_at",
            "2026-11-20T00:00:00Z".parse::<jiff::Timestamp>().unwrap(),
        )
        .with("subject", Value::text("【至急】請求書の件"))
        .with("tags", Value::texts(["vip", "社外"]))
}

#[test]
fn conditions_hold_fail_or_stay_open() {
    use Truth::{False, True, Unknown};
    let cases = [
        ("attack_type == ransomware", True),
        ("attack_type != ransomware", False),
        ("attack_type in [malware, phishing]", False),
        ("progress >= executed", True),
        ("progress > executed", False),
        ("progress < spread", True),
        ("progress <= delivered", False),
        ("asset.importance >= high", True),
        ("data.personal", True),
        ("data.personal == false", False),
        ("data.personal != false", True),
        ("data.leaked", Unknown),
        ("not data.leaked", Unknown),
        ("data.leaked and data.personal", Unknown),
        ("data.leaked and not data.personal", False),
        ("data.leaked or data.personal", True),
        ("entry_vector in [mail]", Unknown),
        ("known(entry_vector)", False),
        ("unknown(entry_vector)", True),
        ("known(asset.importance)", True),
        ("affected_count > 1000", True),
        ("affected_count in [1200]", True),
        ("elapsed >= 24h", True),
        ("elapsed == 1d", True),
        ("elapsed > 1440min", False),
        ("detected_at == 2026-11-20T09:00:00+09:00", True),
        ("detected_at < 2026-11-20T00:00:00.000001Z", True),
        ("subject contains \"請求書\"", True),
        ("subject contains any [\"見積\", \"請求\"]", True),
        ("subject contains all [\"見積\", \"請求\"]", False),
        ("subject == \"請求書\"", False),
        ("tags contains \"vip\"", True),
        ("tags contains \"VIP\"", False),
        ("tags contains all [\"vip\", \"社外\"]", True),
        ("data.kinds contains any [medical, design]", False),
        ("cvss >= 7", Unknown),
        ("true", True),
        ("not true or data.leaked", Unknown),
    ];
    for (text, expect) in cases {
        assert_eq!(parse(text).truth(&facts()), expect, "{text}");
        assert_eq!(parse(text).evaluate(&facts()).truth(), expect, "{text}");
    }
}

#[test]
fn a_value_of_another_type_counts_as_unknown_never_as_false() {
    let cases = [
        (
            "attack_type != ransomware",
            Value::choice("a step of an older vocabulary"),
        ),
        ("attack_type == ransomware", Value::text("ransomware")),
        ("affected_count < 5", Value::from(-1)),
        ("cvss < 5", Value::from(11)),
        (
            "data.kinds contains personal",
            Value::choices(["personal", "other"]),
        ),
    ];
    for (text, value) in cases {
        let expression = parse(text);
        let fact = expression.facts().into_iter().next().unwrap().to_owned();
        let facts = FactMap::new().with(&fact, value);
        assert_eq!(expression.truth(&facts), Truth::Unknown, "{text}");
        let tested = parse(&format!("unknown({fact})"));
        assert_eq!(tested.truth(&facts), Truth::True, "{text}");
    }
}

#[test]
fn facts_can_be_computed_instead_of_stored() {
    struct Clock;
    impl Facts for Clock {
        fn fact(&self, name: &str) -> Knowledge {
            match name {
                "elapsed" => Knowledge::Known(Seconds(7200).into()),
                _ => Knowledge::Unknown,
            }
        }
    }
    assert_eq!(parse("elapsed >= 2h").truth(&Clock), Truth::True);
    let dynamic: &dyn Facts = &Clock;
    assert_eq!(
        parse("elapsed >= 3h or data.leaked").truth(dynamic),
        Truth::Unknown
    );
}

#[test]
fn facts_survive_json() {
    let facts = facts();
    let json = serde_json::to_string(&facts).unwrap();
    assert!(
        json.contains(r#""asset.importance":{"assumed":{"choice":"high"}}"#),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<FactMap>(&json).unwrap(), facts);
}

#[test]
fn plain_facts_are_read_with_what_is_wrong_with_each() {
    let vocabulary = crate::vocabulary();
    let read = |json: &str| {
        let plain: std::collections::BTreeMap<String, serde_json::Value> =
            serde_json::from_str(json).unwrap();
        vocabulary.read_facts(&plain)
    };
    let facts = read(r#"{"cvss": 9.8, "elapsed": {"assumed": "36h"}, "entry_vector": null}"#).unwrap();
    assert_eq!(facts.fact("elapsed"), Knowledge::Assumed(Seconds(129_600).into()));
    assert_eq!(facts.fact("entry_vector"), Knowledge::Unknown);
    let errors =
        read(r#"{"CVSS": 9.8, "cvss": 11, "elapsed": {"assume": "36h"}, "progress": "done"}"#).unwrap_err();
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "fact \"CVSS\": not declared in the vocabulary",
            "fact \"cvss\": outside the declared range",
            "fact \"elapsed\": expected a duration",
            "fact \"progress\": \"done\" is not one of attempted, delivered, executed, spread, completed",
        ]
    );
}
