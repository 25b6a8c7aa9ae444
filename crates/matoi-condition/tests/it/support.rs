//! What the tests share.

use matoi_condition::{Expression, FactType, Vocabulary};

/// The vocabulary of most tests, and of the examples in the documentation.
pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary::new([
        (
            "attack_type",
            FactType::choice(["ransomware", "malware", "phishing", "dos", "web 改ざん"]),
        ),
        (
            "progress",
            FactType::ordered_choice(["attempted", "delivered", "executed", "spread", "completed"]),
        ),
        (
            "asset.importance",
            FactType::ordered_choice(["low", "medium", "high", "critical"]),
        ),
        ("entry_vector", FactType::choice(["mail", "web", "usb", "vpn"])),
        ("data.personal", FactType::Boolean),
        ("data.leaked", FactType::Boolean),
        (
            "data.kinds",
            FactType::choices(["personal", "card", "medical", "design"]),
        ),
        ("affected_count", FactType::COUNT),
        (
            "cvss",
            FactType::Number {
                whole: false,
                min: Some(0.into()),
                max: Some(10.into()),
            },
        ),
        ("loss", FactType::NUMBER),
        ("elapsed", FactType::Duration),
        ("detected_at", FactType::DateTime),
        ("subject", FactType::Text),
        ("tags", FactType::Texts),
    ])
    .unwrap()
}

pub(crate) fn parse(text: &str) -> Expression {
    Expression::parse(text, &vocabulary())
        .unwrap_or_else(|error| panic!("{text}: {error} at {}+{}", error.offset, error.length))
}
