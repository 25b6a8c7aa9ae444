//! Texts and queries made to meet: few words, many ways to write and to join them.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const WORDS: &[&str] = &[
    "情報",
    "報漏",
    "漏洩",
    "情",
    "報",
    "漏",
    "ウイルス",
    "ｳｲﾙｽ",
    "イル",
    "ガ",
    "ｶﾞ",
    "カ",
    "人々",
    "サーバー",
    "apt",
    "APT",
    "ＡＰＴ",
    "apts",
    "zip",
    "zzip",
    "z",
    "0",
    "203",
    "113",
    "svc",
    "maint",
    "café",
    "cafe",
    "0j45",
];
const GAPS: &[&str] = &[
    "", "", "", " ", "　", "\n", "\n\n", "\r\n> ", "、", "。", ".", "-", "_", "・", "  ", "('", "\"",
];

/// Words and gaps in any order.
pub(crate) fn text(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    proptest::collection::vec(
        (proptest::sample::select(WORDS), proptest::sample::select(GAPS)),
        pieces,
    )
    .prop_map(|pieces| pieces.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

/// One term: words with gaps that do not end a term, in quotes.
pub(crate) fn phrase() -> impl Strategy<Value = String> {
    text(1..4).prop_map(|text| text.replace(['"', '*'], " "))
}

/// A whole query with all the operators.
pub(crate) fn query() -> impl Strategy<Value = String> {
    let term = (
        proptest::sample::select(vec!["", "", "", "-"]),
        phrase(),
        proptest::sample::select(vec!["", "", "*"]),
    )
        .prop_map(|(sign, phrase, star)| format!("{sign}\"{phrase}\"{star}"));
    proptest::collection::vec((term, proptest::sample::select(vec![" ", " ", " OR "])), 1..4).prop_map(
        |terms| {
            terms
                .into_iter()
                .map(|(term, operator)| term + operator)
                .collect()
        },
    )
}

/// The same values on every run.
pub(crate) fn draw<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}
