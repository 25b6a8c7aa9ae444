//! Showing what was found: highlights and snippets in the spelling of the original.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::fold::{Folded, is_default_ignorable};
use crate::query::{SearchQuery, Term};
use crate::tokens::{Shape, for_each_token};

/// A piece of a text, found or in between. Segments put together are the text again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// A slice of the original.
    pub text: &'a str,
    /// Whether the query was found here.
    pub hit: bool,
}

/// The part of a text that shows best why it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet<'a> {
    /// The part, in order.
    pub segments: Vec<Segment<'a>>,
    /// Its bytes in the original.
    pub range: Range<usize>,
    /// Whether text before it is left out.
    pub cut_before: bool,
    /// Whether text after it is left out.
    pub cut_after: bool,
}

/// The text in segments, marked where a term of the query (not an exclusion) was found.
///
/// The marks are exactly what makes the text match: whole words, phrases, the found part of a longer
/// Japanese word. Who marks several texts makes one [`Highlighter`].
#[must_use]
pub fn highlight<'a>(original: &'a str, query: &SearchQuery) -> Vec<Segment<'a>> {
    Highlighter::new(query).highlight(original)
}

/// The stretch of at most `max_chars` characters with the most different parts of the query in it, in the first kilobyte of
/// a long text if all are there; the beginning of the text if nothing is found.
///
/// Words are not cut where that can be helped, nor characters from the marks that belong to them.
#[must_use]
pub fn snippet<'a>(original: &'a str, query: &SearchQuery, max_chars: usize) -> Snippet<'a> {
    Highlighter::new(query).snippet(original, max_chars)
}

/// Shows where a query was found, in one text after the other.
#[derive(Debug)]
pub struct Highlighter<'q> {
    terms: Vec<&'q Term>,
    clause_of_term: Vec<usize>,
    automaton: Option<AhoCorasick>,
}

impl<'q> Highlighter<'q> {
    /// Makes ready for a query; costs as much as marking a short text.
    #[must_use]
    pub fn new(query: &'q SearchQuery) -> Self {
        let terms: Vec<&Term> = query
            .clauses()
            .iter()
            .flat_map(|clause| clause.alternatives())
            .collect();
        let clause_of_term = (0..)
            .zip(query.clauses())
            .flat_map(|(index, clause)| clause.alternatives().iter().map(move |_| index))
            .collect();
        Self {
            automaton: automaton(&terms),
            terms,
            clause_of_term,
        }
    }

    /// See [`highlight`](highlight()).
    #[must_use]
    pub fn highlight<'a>(&self, original: &'a str) -> Vec<Segment<'a>> {
        segments(original, 0..original.len(), &self.find_hits(original))
    }

    /// See [`snippet`](snippet()).
    #[must_use]
    pub fn snippet<'a>(&self, original: &'a str, max_chars: usize) -> Snippet<'a> {
        let hits = self
            .hits_at_the_head(original)
            .unwrap_or_else(|| self.find_hits(original));
        let range = best_window(original, &hits, max_chars);
        Snippet {
            segments: segments(original, range.clone(), &hits),
            cut_before: range.start > 0,
            cut_after: range.end < original.len(),
            range,
        }
    }

    /// The hits at the head of a long text, if every part of the query is among them: the rest need not be looked through.
    fn hits_at_the_head(&self, original: &str) -> Option<Vec<Hit>> {
        let head = original.get(..original.floor_char_boundary(HEAD))?;
        if original.len() < 2 * HEAD {
            return None;
        }
        // No word is cut in two there.
        let end = head.rfind(|c: char| c.is_whitespace() || matches!(c, '。' | '、'))?;
        let hits = self.find_hits(head.get(..end)?);
        let every = self
            .clause_of_term
            .iter()
            .all(|clause| hits.iter().any(|hit| hit.clause == *clause));
        every.then_some(hits)
    }

    fn find_hits(&self, original: &str) -> Vec<Hit> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let tokens = TokenText::new(original);
        let mut left_of_term = vec![MAX_HITS_PER_TERM; self.terms.len()];
        let mut hits = Vec::new();
        tokens.each_match(automaton, &self.terms, |term, range| {
            let Some(left @ 1..) = left_of_term.get_mut(term) else {
                return;
            };
            *left -= 1;
            hits.push(Hit {
                range: tokens.folded.original_range(range),
                clause: self.clause_of_term.get(term).copied().unwrap_or_default(),
            });
        });
        hits.sort_by_key(|hit| (hit.range.start, hit.range.end));
        hits
    }
}

impl SearchQuery {
    /// Whether a text is found by the query, as the index would find it. An empty query finds every text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let tokens = TokenText::new(text);
        let found = |terms: &[Term]| {
            let terms: Vec<&Term> = terms.iter().collect();
            automaton(&terms).is_some_and(|automaton| automaton.is_match(&tokens.joined))
        };
        self.clauses().iter().all(|clause| found(clause.alternatives()))
            && self
                .excluded()
                .is_none_or(|excluded| !found(excluded.alternatives()))
    }
}

/// Bytes at the beginning of a long text that are looked at first for a snippet.
const HEAD: usize = 1_024;

/// Places of one term that are marked; a text with more is marked at its beginning only.
const MAX_HITS_PER_TERM: usize = 1_000;

/// A place where a clause of the query was found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    range: Range<usize>,
    clause: usize,
}

/// The tokens of a text as one string, in which a phrase is a substring: ` a b c `.
struct TokenText {
    folded: Folded,
    joined: String,
    tokens: Vec<PlacedToken>,
}

struct PlacedToken {
    /// Where its leading space stands in the joined string.
    at: usize,
    range: Range<usize>,
    /// End of what a prefix of this token stands for: the first character of a pair, or all of a word.
    head_end: usize,
}

impl TokenText {
    fn new(text: &str) -> Self {
        let folded = Folded::new(text);
        let mut joined = String::with_capacity(folded.as_str().len() * 2);
        let mut tokens = Vec::new();
        for_each_token(folded.as_str(), |token| {
            let head_end = if token.shape == Shape::Pair {
                token.head_end
            } else {
                token.range.end
            };
            tokens.push(PlacedToken {
                at: joined.len(),
                range: token.range,
                head_end,
            });
            joined.push(' ');
            joined.push_str(token.term);
        });
        joined.push(' ');
        Self {
            folded,
            joined,
            tokens,
        }
    }

    /// Calls `see` with the number of the term and the place in the folded text for every match.
    fn each_match(&self, automaton: &AhoCorasick, terms: &[&Term], mut see: impl FnMut(usize, Range<usize>)) {
        for found in automaton.find_overlapping_iter(&self.joined) {
            let index = found.pattern().as_usize();
            let Some(term) = terms.get(index) else { continue };
            let first = self.tokens.partition_point(|token| token.at < found.start());
            let last = first + term.tokens().len().saturating_sub(1);
            if let (Some(first), Some(last)) = (self.tokens.get(first), self.tokens.get(last)) {
                let end = if term.is_prefix() {
                    last.head_end
                } else {
                    last.range.end
                };
                see(index, first.range.start..end);
            }
        }
    }
}

/// Finds the terms in the joined tokens of a text. None without terms; building fails only for pattern
/// sets of billions of states, and a query is a few kilobytes.
fn automaton(terms: &[&Term]) -> Option<AhoCorasick> {
    let patterns = terms.iter().map(|term| {
        let end = if term.is_prefix() { "" } else { " " };
        format!(" {}{end}", term.tokens().join(" "))
    });
    if terms.is_empty() {
        None
    } else {
        // Built for few short texts: a table of all transitions would cost more than the search with it saves.
        AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(patterns)
            .ok()
    }
}

/// Cuts the part `within` of a text at the hits. Hits are sorted by start; they may overlap.
fn segments<'a>(original: &'a str, within: Range<usize>, hits: &[Hit]) -> Vec<Segment<'a>> {
    let mut segments = Vec::new();
    let mut push = |range: Range<usize>, hit| {
        if let Some(text) = original.get(range).filter(|text| !text.is_empty()) {
            segments.push(Segment { text, hit });
        }
    };
    let mut done = within.start;
    let mut open: Option<Range<usize>> = None;
    for hit in hits {
        let range = hit.range.start.max(within.start)..hit.range.end.min(within.end);
        if range.is_empty() {
            continue;
        }
        match &mut open {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => {
                if let Some(last) = open.replace(range) {
                    push(done..last.start, false);
                    push(last.clone(), true);
                    done = last.end;
                }
            }
        }
    }
    if let Some(last) = open {
        push(done..last.start, false);
        push(last.clone(), true);
        done = last.end;
    }
    push(done..within.end, false);
    segments
}

fn best_window(original: &str, hits: &[Hit], max_chars: usize) -> Range<usize> {
    let core = best_hits(original, hits, max_chars);
    let core_chars = chars_in(original, core.clone());
    if core_chars >= max_chars {
        let end = step(original, core.start, max_chars);
        let whole = whole_characters_end(original, core.start, end);
        return core.start..if whole > core.start { whole } else { end };
    }
    // A third of the room goes before the hits, where the sentence began; what one side cannot use goes
    // to the other.
    let room = max_chars - core_chars;
    let before = step_back(original, core.start, room / 3);
    let used_before = chars_in(original, before..core.start);
    let end = step(original, core.end, room - used_before);
    let used_after = chars_in(original, core.end..end);
    let start = step_back(original, core.start, room - used_after);
    let start = word_start(original, start, core.start);
    let end = word_end(original, core.end, end);
    let text_of = |range: Range<usize>| original.get(range).unwrap_or_default();
    let before = text_of(start..core.start);
    let after = text_of(core.end..end);
    let start = if start > 0 {
        core.start - before.trim_start().len()
    } else {
        start
    };
    start..if end < original.len() {
        core.end + after.trim_end().len()
    } else {
        end
    }
}

/// The stretch from a first to a last hit, within the allowed length, that shows the most clauses, then the
/// most hits, then comes first.
fn best_hits(original: &str, hits: &[Hit], max_chars: usize) -> Range<usize> {
    let places = char_places(original, hits);
    let clauses = hits.iter().map(|hit| hit.clause + 1).max().unwrap_or(0);
    let mut counts = vec![0_usize; clauses];
    let mut distinct = 0;
    let mut first = 0;
    let mut best: Option<(usize, usize, Range<usize>)> = None;
    for (last, hit) in hits.iter().enumerate() {
        if let Some(count) = counts.get_mut(hit.clause) {
            distinct += usize::from(*count == 0);
            *count += 1;
        }
        while first < last && span(&places, first, last) > max_chars {
            if let Some(count) = hits.get(first).and_then(|hit| counts.get_mut(hit.clause)) {
                *count -= 1;
                distinct -= usize::from(*count == 0);
            }
            first += 1;
        }
        let shown = last - first + 1;
        if best
            .as_ref()
            .is_none_or(|(clauses, hits, _)| (distinct, shown) > (*clauses, *hits))
        {
            let start = hits.get(first).map_or(hit.range.start, |hit| hit.range.start);
            best = Some((distinct, shown, start..hit.range.end.max(start)));
        }
    }
    best.map_or(0..0, |(_, _, range)| range)
}

/// Start and end of every hit, counted in characters. One pass over the text.
fn char_places(original: &str, hits: &[Hit]) -> Vec<Range<usize>> {
    let mut byte = 0;
    let mut chars = 0;
    hits.iter()
        .map(|hit| {
            chars += chars_in(original, byte..hit.range.start);
            byte = hit.range.start;
            chars..chars + chars_in(original, hit.range.clone())
        })
        .collect()
}

fn span(places: &[Range<usize>], first: usize, last: usize) -> usize {
    let start = places.get(first).map_or(0, |place| place.start);
    places
        .get(last)
        .map_or(0, |place| place.end.saturating_sub(start))
}

fn chars_in(original: &str, range: Range<usize>) -> usize {
    original.get(range).map_or(0, |text| text.chars().count())
}

/// The place `count` characters after `from`, or the end.
fn step(original: &str, from: usize, count: usize) -> usize {
    original
        .get(from..)
        .and_then(|rest| rest.char_indices().nth(count))
        .map_or(original.len(), |(at, _)| from + at)
}

/// The place `count` characters before `from`, or the beginning.
fn step_back(original: &str, from: usize, count: usize) -> usize {
    let Some(count) = count.checked_sub(1) else {
        return from;
    };
    original
        .get(..from)
        .and_then(|before| before.char_indices().rev().nth(count))
        .map_or(0, |(at, _)| at)
}

/// Longest word that a cut is moved across.
const MAX_MOVED: usize = 24;

/// Moves a cut at the front behind the word it falls into, but never behind `limit`.
fn word_start(original: &str, start: usize, limit: usize) -> usize {
    if start == 0 || start >= limit {
        return start;
    }
    let before = original.get(..start).and_then(|text| text.chars().next_back());
    let inside = |previous: Option<char>, c: char| {
        belongs_to_previous(c) || (previous.is_some_and(is_word) && is_word(c))
    };
    let mut previous = before;
    for (at, c) in original
        .get(start..limit)
        .unwrap_or_default()
        .char_indices()
        .take(MAX_MOVED)
    {
        if !inside(previous, c) {
            return start + at;
        }
        previous = Some(c);
    }
    start
}

/// Moves a cut at the back before the word it falls into, but never before `limit`.
fn word_end(original: &str, limit: usize, end: usize) -> usize {
    if end >= original.len() {
        return end;
    }
    let mut following = original.get(end..).and_then(|text| text.chars().next());
    let candidates = original.get(limit..end).unwrap_or_default().char_indices().rev();
    let mut cut = end;
    for (at, c) in candidates.take(MAX_MOVED) {
        let inside = following
            .is_some_and(|following| belongs_to_previous(following) || (is_word(c) && is_word(following)));
        if !inside {
            return cut;
        }
        cut = limit + at;
        following = Some(c);
    }
    if cut == limit { limit } else { end }
}

/// Moves an end so that no mark is cut from its character, within the range.
fn whole_characters_end(original: &str, start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start
        && original
            .get(end..)
            .and_then(|text| text.chars().next())
            .is_some_and(belongs_to_previous)
    {
        end = original
            .get(start..end)
            .and_then(|text| text.char_indices().next_back())
            .map_or(start, |(at, _)| start + at);
    }
    end
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn belongs_to_previous(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
        || is_default_ignorable(c)
        || matches!(c, 'ﾞ' | 'ﾟ' | '゛' | '゜')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hits in `[]`, cuts as `…`.
    fn shown(segments: &[Segment<'_>]) -> String {
        segments
            .iter()
            .map(|segment| {
                if segment.hit {
                    format!("[{}]", segment.text)
                } else {
                    segment.text.to_owned()
                }
            })
            .collect()
    }

    fn check(text: &str, typed: &str, expect: &str) {
        let query = SearchQuery::parse(typed);
        assert_eq!(shown(&highlight(text, &query)), expect, "{typed:?}");
        assert_eq!(query.matches(text), expect.contains('['), "{typed:?} in {text:?}");
    }

    #[test]
    fn a_snippet_of_a_long_text_is_from_its_head_when_everything_is_there() {
        let filling = "何もない行が続く。\n".repeat(200);
        let check = |text: &str, typed: &str, expect: &str| {
            let query = SearchQuery::parse(typed);
            let shown = shown(&snippet(text, &query, 24).segments);
            assert!(shown.contains(expect), "{typed:?}: {shown}");
        };
        let text = format!("先頭に感染と203.0.113.9がある。{filling}末尾に感染と隔離");
        check(&text, "感染", "先頭に[感染]と");
        check(&text, "感染 203.0.113.9", "[感染]と[203.0.113.9]");
        check(&text, "感染 隔離", "[感染]と[隔離]");
        check(&text, "隔離", "[隔離]");
        // Cut in the middle, the number would be another one.
        let text = format!("{}203.0.113.99 {filling}203.0.113.9 が通信", "x".repeat(1_013));
        check(&text, "203.0.113.9", "[203.0.113.9] が通信");
    }

    #[test]
    fn hits_are_marked_in_the_original_spelling() {
        for (text, typed, expect) in [
            ("PCがｳｲﾙｽに感染した", "ウイルス", "PCが[ｳｲﾙｽ]に感染した"),
            ("標的型攻撃メール訓練", "攻撃", "標的型[攻撃]メール訓練"),
            ("標的型攻撃メール訓練", "攻", "標的型[攻]撃メール訓練"),
            ("実情", "情", "実[情]"),
            ("実情", "実情", "[実情]"),
            ("実情報告", "情報", "実[情報]告"),
            ("Ｅｍｏｔｅｔ and EMOTET", "emotet", "[Ｅｍｏｔｅｔ] and [EMOTET]"),
            ("incident, incidents", "incident", "[incident], incidents"),
            ("incident, incidents", "inc*", "[incident], [incidents]"),
            ("from 203.0.113.47 to", "203.0.113.47", "from [203.0.113.47] to"),
            ("from 203.0.113.47 to", "203.0.113", "from [203.0.113].47 to"),
            ("svc-maint", "svc_ma*", "[svc-maint]"),
            ("APT 攻撃の", "apt攻撃", "[APT 攻撃]の"),
            ("情報\r\n漏洩", "情報漏洩", "[情報\r\n漏洩]"),
            ("山田　太郎 様", "山田太郎", "[山田　太郎] 様"),
            ("aaa aaa aaa", "\"aaa aaa\"", "[aaa aaa aaa]"),
            ("ああああ", "あああ", "[ああああ]"),
            ("㈱纏の件", "株", "[㈱]纏の件"),
            ("le cafe\u{301} noir", "café", "le [cafe\u{301}] noir"),
            ("情報、漏洩", "情報漏洩", "情報、漏洩"),
            ("zip zzip", "zip", "[zip] zzip"),
        ] {
            check(text, typed, expect);
        }
    }

    #[test]
    fn all_clauses_and_no_exclusion_must_be_found() {
        let text = "Emotetに感染した端末";
        for (typed, expect) in [
            ("emotet 感染", true),
            ("emotet 訓練", false),
            ("訓練 OR emotet", true),
            ("emotet -感染", false),
            ("emotet -訓練", true),
            ("-訓練", true),
            ("-端末", false),
            ("", true),
        ] {
            assert_eq!(SearchQuery::parse(typed).matches(text), expect, "{typed:?}");
        }
    }

    fn check_snippet(text: &str, typed: &str, max_chars: usize, expect: &str) {
        let snippet = snippet(text, &SearchQuery::parse(typed), max_chars);
        let mut shown = shown(&snippet.segments);
        if snippet.cut_before {
            shown.insert(0, '…');
        }
        if snippet.cut_after {
            shown.push('…');
        }
        assert_eq!(shown, expect, "{typed:?} in {text:?}");
    }

    #[test]
    fn a_snippet_shows_the_window_with_most_of_the_query() {
        let text = "alpha one two three four five beta six seven eight alpha beta nine ten";
        check_snippet(text, "alpha beta", 20, "…[alpha] [beta] nine…");
        check_snippet(text, "nothing", 8, "alpha…");
        check_snippet(text, "ten", 12, "…nine [ten]");
        check_snippet(text, "alpha", 5, "[alpha]…");
        check_snippet(text, "alpha", 3, "[alp]…");
        check_snippet(text, "", 0, "…");
        check_snippet("short alpha", "alpha", 100, "short [alpha]");
        check_snippet(
            "一二三四五六七八九ｳｲﾙｽ一二三四五六七八九",
            "ウイルス",
            10,
            "…八九[ｳｲﾙｽ]一二三四…",
        );
        check_snippet("aaaa\u{301}", "aaaa", 4, "[aaa]…");
    }

    proptest! {
        #[test]
        fn segments_are_the_text_again(
            text in r"(\PC|[ァ-ヶ]|[ｦ-ﾟ]|[a-c]{1,3}| |\n|\u{301}){0,40}",
            typed in r"([ァ-ヶ]{1,3}|[a-c]{1,3}\*?| ){0,6}",
            max_chars in 0_usize..60,
        ) {
            let query = SearchQuery::parse(&typed);
            let all: String = highlight(&text, &query).iter().map(|segment| segment.text).collect();
            prop_assert_eq!(&all, &text);
            let snippet = snippet(&text, &query, max_chars);
            let part: String = snippet.segments.iter().map(|segment| segment.text).collect();
            prop_assert_eq!(Some(part.as_str()), text.get(snippet.range.clone()));
            prop_assert!(part.chars().count() <= max_chars);
            prop_assert_eq!(snippet.cut_before, snippet.range.start > 0);
            prop_assert_eq!(snippet.cut_after, snippet.range.end < text.len());
            // A single clause that matches is always shown, if only in part.
            if max_chars > 0 && query.clauses().len() == 1 && query.matches(&text) {
                prop_assert!(snippet.segments.iter().any(|segment| segment.hit), "{:?}", snippet);
            }
        }
    }
}
