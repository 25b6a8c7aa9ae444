//! Text made to break the scan.

use matoi_text::{Observable, ObservableKind, defang, find_observables, refang};
use proptest::prelude::*;

/// Texts made to be slow. At this length the test would not end if anything grew with its square; how long a
/// megabyte of each takes is printed by `examples/throughput.rs`.
#[test]
fn hostile_text_takes_time_by_its_length_only() {
    for pattern in [
        "a.",
        "a.a.a.a.",
        "http://",
        "http://http://",
        "@@@@",
        "a@",
        "a@a.",
        "a+",
        "1.",
        "1.1.1.1.",
        ":",
        "::",
        "a:",
        "a:a:",
        "[:",
        "[.]",
        "[",
        " dot ",
        "a dot ",
        "。",
        "a。",
        "ａ。",
        "1。",
        "あ.",
        "みんな.",
        ".zip",
        "あ.zip",
        "x.zip\"",
        "(",
        "a.pdf(",
        "\\",
        "\\\\a",
        "C:\\",
        "「C:\\",
        "'C:\\ ",
        "%aa%\\",
        "/",
        "/etc/",
        "/etc/a",
        "http://a.com/",
        "http://a.com/(",
        "http://a@",
        "http://[::",
        "CVE-",
        "cve-2024-",
        "0123456789abcdef",
        "-",
        "_",
        "a-",
        "www.",
        ".com",
        "a.com",
        "a.com ",
        "1.2.3.4-",
        "xn--",
        "xn--a.com ",
        "日本語.jp",
        "ｈｔｔｐ：／／",
        "\u{200B}",
        "は請求書.xlsx",
        " ",
        "!",
        "あ",
        "&lt;",
        ",http",
    ] {
        let text = pattern.repeat(100_000 / pattern.len());
        let observables = find_observables(&text, 100);
        assert!(observables.found.len() <= 100);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_taken_and_every_find_is_in_it(
        text in proptest::collection::vec(
            prop_oneof![
                "\\PC{0,3}",
                proptest::sample::select(vec![
                    "http://", "hxxps", "[:]//", "://", "example", ".com", "[.]", ".jp", "日本語", "は", "。", "．", "ｃｏｍ", "@", "(at)", " dot ", "203", ".0",
                    ".113.5", ":", "::", "2001:db8", "/", "\\", "C:\\", "\\\\", "%", "「", "」", "(", ")", " ", "\n", "a", "-", "_", ".zip", ".xlsx", "CVE-2024-",
                    "1234", "d41d8cd98f00b204e9800998ecf8427e", "\u{200B}", "みんな", "xn--", "&lt;", ",", "?", "#", "[", "]", "{", "}", "+", "\"",
                ]).prop_map(str::to_owned),
            ],
            0..20,
        ).prop_map(|pieces| pieces.concat()),
    ) {
        let observables = find_observables(&text, 50);
        for observable in &observables.found {
            let place = text.get(observable.first.clone());
            prop_assert!(place.is_some_and(|place| !place.is_empty()), "{:?}", observable);
            prop_assert!(observable.count > 0);
            let _ = observable.is_noise();
            // What was found is found again by itself, in the canonical and in the harmless spelling.
            if matches!(observable.kind, ObservableKind::Ipv4 | ObservableKind::Ipv6 | ObservableKind::Email | ObservableKind::Cve) {
                for spelling in [observable.value.clone(), observable.defanged(), defang(&observable.value)] {
                    let again = find_observables(&spelling, 50).found;
                    let same = |other: &Observable| other.kind == observable.kind && other.value == observable.value;
                    prop_assert!(again.iter().any(same), "{:?} in {:?}: {:?}", observable, spelling, again);
                    let _ = refang(&spelling);
                }
            }
        }
    }
}
