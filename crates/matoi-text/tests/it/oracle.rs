//! What "found" means, said without tokens, and that tokens find exactly that.

use matoi_text::{SearchQuery, fold, highlight};
use proptest::prelude::*;

use crate::samples;

const BREAK: char = '\u{1}';

/// The folded text with everything that separates written as one sign: around words, and between runs
/// of Japanese that do not belong together. Two texts are one phrase if one is part of the other.
fn canonical(text: &str) -> String {
    let mut canonical = String::new();
    let mut gap = String::new();
    let mut last_was_word = false;
    for c in fold(text).chars() {
        let japanese = matches!(c, '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '々') && c != '・';
        if !japanese && !c.is_ascii_alphanumeric() {
            gap.push(c);
            continue;
        }
        let lines = gap.matches('\n').count();
        let joined = matches!(gap.as_str(), "" | " " | "・")
            || (lines == 1 && gap.trim_matches([' ', '\r', '\n', '>']).is_empty());
        let word = c.is_ascii_alphanumeric();
        let separate = if word && last_was_word {
            !gap.is_empty()
        } else {
            word || last_was_word || !joined
        };
        if separate {
            canonical.push(BREAK);
        }
        canonical.push(c);
        last_was_word = word;
        gap.clear();
    }
    if last_was_word {
        canonical.push(BREAK);
    }
    canonical
}

fn found(text: &str, phrase: &str, prefix: bool) -> bool {
    let text = format!("{BREAK}{}{BREAK}", canonical(text));
    let mut phrase = canonical(phrase);
    // A leading sign between runs of Japanese stands only where something is before it.
    if !phrase.starts_with(BREAK) || !phrase[1..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
        phrase = phrase.trim_start_matches(BREAK).to_owned();
    }
    if prefix {
        phrase = phrase.trim_end_matches(BREAK).to_owned();
    }
    text.contains(&phrase)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_phrase_is_found_exactly_where_it_stands(
        text in samples::text(0..12),
        phrase in samples::phrase(),
        prefix in any::<bool>(),
    ) {
        let query = SearchQuery::parse(&format!("\"{phrase}\"{}", if prefix { "*" } else { "" }));
        prop_assume!(!query.is_empty());
        let expect = found(&text, &phrase, prefix);
        prop_assert_eq!(query.matches(&text), expect, "{:?} in {:?}: {:?}", phrase, text, query);
        prop_assert_eq!(highlight(&text, &query).iter().any(|segment| segment.hit), expect);
    }

    #[test]
    fn any_part_of_a_japanese_run_is_found(
        before in "[ -~、\n]{0,3}",
        run in "[ァ-ヶ一-龠ぁ-ん]{2,12}",
        after in "[ -~、\n]{0,3}",
        from in 0_usize..12,
        len in 1_usize..12,
    ) {
        let from = from % run.chars().count();
        let part: String = run.chars().skip(from).take(len).collect();
        let text = format!("{before}{run}{after}");
        let query = SearchQuery::parse(&part);
        prop_assert!(query.matches(&text));
        let hits: Vec<_> = highlight(&text, &query).into_iter().filter(|segment| segment.hit).collect();
        prop_assert!(hits.iter().any(|segment| segment.text.contains(&part)), "{:?}", hits);
    }

    #[test]
    fn nothing_typed_or_written_makes_it_panic(text in "\\PC{0,60}", typed in "\\PC{0,30}") {
        let query = SearchQuery::parse(&typed);
        let _ = query.matches(&text);
        let _ = matoi_text::snippet(&text, &query, 20);
        let _ = matoi_text::tsvector(&text);
        // A text is found by what it says, as long as that is within the size of a query.
        if text.len() < 60 {
            let quoted = text.replace(|c: char| "\"＂”“„〝〟〞「」『』«»｢｣*＊".contains(c), " ");
            let query = SearchQuery::parse(&format!("\"{quoted}\""));
            prop_assert!(query.matches(&quoted), "{:?}", query);
        }
    }
}
