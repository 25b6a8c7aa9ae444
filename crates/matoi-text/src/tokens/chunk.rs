//! Cutting long texts into pieces that a full-text index can hold.

use super::for_each_token;
use crate::fold::Folded;

/// Most tokens in a chunk: keeps positions far below 16,383, a `tsvector` below its megabyte, and a
/// found row small enough to cut a snippet from.
pub const MAX_CHUNK_TOKENS: usize = 4_096;

/// Tokens that a chunk repeats from the one before it; also the longest phrase that a query may hold, so
/// that every phrase lies whole in some chunk.
pub const OVERLAP_TOKENS: usize = 64;

/// Most places of one term in a chunk: PostgreSQL drops the rest without a word (`MAXNUMPOS` is 256),
/// and phrases with them.
const MAX_TERM_PLACES: u16 = 255;

/// Cuts a text into pieces for the index, each a slice of it, in order.
///
/// Neighbouring pieces overlap by [`OVERLAP_TOKENS`] tokens, so that a phrase across a cut is found in one
/// of them. Cuts fall between paragraphs, lines, sentences or else tokens, the best there is in the last
/// quarter of a piece. A short text is one piece; the empty text has none. Words of an AND may be found in
/// different pieces: see [`SearchQuery::clauses`](crate::SearchQuery::clauses).
#[must_use]
pub fn chunk(text: &str) -> Vec<&str> {
    if text.is_empty() {
        return Vec::new();
    }
    if text.len() <= usize::from(MAX_TERM_PLACES) {
        return vec![text];
    }
    let marks = token_marks(text);
    let mut chunks = Vec::new();
    let mut first = 0;
    let mut start = 0;
    loop {
        let limit = first + tokens_that_fit(marks.get(first..).unwrap_or_default());
        if limit >= marks.len() {
            chunks.push(text.get(start..).unwrap_or_default());
            return chunks;
        }
        let earliest = limit - (limit - first) / 4;
        let cut = best_cut(&marks, earliest, limit);
        let end = marks.get(cut).map_or(text.len(), |mark| mark.start);
        chunks.push(text.get(start..end).unwrap_or_default());
        // A chunk holds at least 255 tokens, so this always moves on.
        first = cut.saturating_sub(OVERLAP_TOKENS).max(first + 1);
        start = marks.get(first).map_or(text.len(), |mark| mark.start);
    }
}

struct Mark {
    bucket: u16,
    start: usize,
    before: Gap,
}

/// What stands before a token, the better to cut at the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Nothing,
    Separator,
    Sentence,
    Line,
    Paragraph,
}

fn token_marks(text: &str) -> Vec<Mark> {
    let folded = Folded::new(text);
    let mut marks = Vec::new();
    let mut last_end = 0;
    for_each_token(folded.as_str(), |token| {
        let gap = folded
            .as_str()
            .get(last_end..token.range.start)
            .unwrap_or_default();
        marks.push(Mark {
            bucket: bucket_of(token.term),
            start: folded.original_range(token.range.start..token.head_end).start,
            before: gap_before(gap),
        });
        last_end = token.head_end;
    });
    marks
}

fn gap_before(gap: &str) -> Gap {
    if gap.is_empty() {
        return Gap::Nothing;
    }
    match gap.bytes().filter(|&b| b == b'\n').count() {
        0 if gap.contains(['。', '!', '?', '.', '．']) && gap != "." => Gap::Sentence,
        0 => Gap::Separator,
        1 => Gap::Line,
        _ => Gap::Paragraph,
    }
}

/// Buckets in which places of terms are counted. Terms that share one are counted together, which can only
/// make a chunk shorter than it need be, and hardly ever does.
const BUCKETS: u16 = 1 << 13;

/// FNV-1a, folded to a bucket.
fn bucket_of(term: &str) -> u16 {
    let hash = term.bytes().fold(0x811C_9DC5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    u16::try_from((hash ^ (hash >> 16)) & u32::from(BUCKETS - 1)).unwrap_or_default()
}

fn tokens_that_fit(marks: &[Mark]) -> usize {
    let mut places = vec![0_u16; usize::from(BUCKETS)];
    marks
        .iter()
        .take(MAX_CHUNK_TOKENS)
        .take_while(|mark| {
            places.get_mut(usize::from(mark.bucket)).is_some_and(|count| {
                *count += 1;
                *count <= MAX_TERM_PLACES
            })
        })
        .count()
}

/// The last of the best places to cut in `earliest..=limit`.
fn best_cut(marks: &[Mark], earliest: usize, limit: usize) -> usize {
    (earliest..=limit)
        .filter_map(|index| Some((marks.get(index)?.before, index)))
        .max()
        .map_or(limit, |(_, index)| index)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::super::index_tokens;
    use super::*;

    #[test]
    fn short_texts_stay_whole() {
        assert_eq!(chunk(""), Vec::<&str>::new());
        assert_eq!(chunk("短い報告"), ["短い報告"]);
        let text = "これは報告です。".repeat(20);
        assert_eq!(chunk(&text), [text.as_str()]);
    }

    #[test]
    fn cuts_fall_between_paragraphs() {
        let words = |from: u32, to: u32| (from..to).map(|n| format!("w{n} ")).collect::<String>();
        let text = format!("{}\n\n{}", words(0, 4000), words(4000, 6000));
        let chunks = chunk(&text);
        assert_eq!(chunks.len(), 2);
        assert!(chunks[0].ends_with("w3999 \n\n"));
        assert!(chunks[1].starts_with("w3936 "));
    }

    #[test]
    fn chunks_stay_within_the_limits_of_a_tsvector() {
        let addresses: String = (0..2000).map(|n| format!("10.0.0.{n}\n")).collect();
        let hostile =
            "あ".repeat(5000) + &"!".repeat(100_000) + &"zzzz ".repeat(3000) + &"\u{FDFA}".repeat(3000);
        for text in [addresses, hostile] {
            for piece in chunk(&text) {
                let tokens = index_tokens(piece);
                assert!(tokens.len() <= MAX_CHUNK_TOKENS + 1);
                let mut places: HashMap<&str, usize> = HashMap::new();
                for token in &tokens {
                    *places.entry(&token.term).or_default() += 1;
                }
                assert!(places.values().all(|&count| count <= 256), "{places:?}");
            }
        }
    }

    #[test]
    fn chunking_does_not_blow_a_text_up() {
        for text in [
            "あ".repeat(100_000),
            "a ".repeat(100_000),
            "aa\n\n".repeat(50_000),
        ] {
            let total: usize = chunk(&text).iter().map(|piece| piece.len()).sum();
            assert!(total < text.len() * 2, "{total} of {}", text.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_phrase_up_to_the_overlap_is_whole_in_some_chunk(
            words in proptest::collection::vec("[ab]|[情報漏洩]{1,4}|[ -~]{0,3}|\n\n?|。", 600..1500),
            at in 0.0..1.0_f64,
        ) {
            let text = words.concat();
            let all: Vec<String> = index_tokens(&text).into_iter().map(|token| token.term).collect();
            let chunks: Vec<Vec<String>> = chunk(&text)
                .into_iter()
                .map(|piece| index_tokens(piece).into_iter().map(|token| token.term).collect())
                .collect();
            let len = OVERLAP_TOKENS;
            let start = ((all.len() - len) as f64 * at) as usize;
            let phrase = &all[start..start + len];
            prop_assert!(chunks.iter().any(|piece| piece.windows(len).any(|window| window == phrase)));
        }
    }
}
