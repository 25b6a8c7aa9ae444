//! Folding: one spelling for everything that people would call the same text.
//!
//! A folded text is in Unicode normalisation form KC (UAX #15), in lower case, without diacritics on
//! Latin letters and without characters that are not meant to be seen (zero-width, variation selectors,
//! direction marks). `ｳｲﾙｽ` and `ウイルス`, `ＩＰ` and `ip`, `Café` and `cafe`, `㈱` and `(株)` fold to the same.
//! Voiced kana stay voiced: `が` never becomes `か`. Hiragana and katakana stay apart.

use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::span_map::SpanMap;

/// The folded spelling of a text.
///
/// Folding a folded text changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded, &mut NoMap);
    folded
}

/// A folded text that knows which bytes of the original each of its bytes stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    text: String,
    map: SpanMap,
}

impl Folded {
    /// Folds a text and keeps the way back.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut folded = String::with_capacity(text.len());
        let mut map = SpanMap::default();
        fold_into(text, &mut folded, &mut map);
        map.finish(folded.len(), text.len());
        Self { text: folded, map }
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that the bytes `range` of the folded text stand for.
    ///
    /// The result always lies on character boundaries of the original. Where several characters
    /// became one (`ｶ` and `ﾞ`) or one became several (`㈱`), the whole group is given.
    #[must_use]
    pub fn original_range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end.max(start));
        self.map.original_range(start..end)
    }
}

/// Receives the way back while folding; nothing when only the text is wanted.
trait Recorder {
    fn linear(&mut self, folded: usize, original: usize);
    fn block(&mut self, folded: usize, original: usize);
}

struct NoMap;

impl Recorder for NoMap {
    fn linear(&mut self, _folded: usize, _original: usize) {}
    fn block(&mut self, _folded: usize, _original: usize) {}
}

impl Recorder for SpanMap {
    fn linear(&mut self, folded: usize, original: usize) {
        self.begin_linear(folded, original);
    }
    fn block(&mut self, folded: usize, original: usize) {
        self.begin_block(folded, original);
    }
}

/// Copies runs of characters that only ever fold to themselves (or to their ASCII lower case) and sends
/// the rest through normalisation in groups that do not influence each other, so that the result is the
/// same as normalising the whole.
fn fold_into<R: Recorder>(text: &str, folded: &mut String, recorder: &mut R) {
    let mut run_start = 0;
    let mut last_char_start = 0;
    let mut chars = text.char_indices();
    let mut next = chars.next();
    while let Some((at, c)) = next {
        if is_stable(c) {
            last_char_start = at;
            next = chars.next();
            continue;
        }
        // The group begins with the character that this one may combine with.
        let group_start = if at > run_start && combines_with_previous(c) {
            last_char_start
        } else {
            at
        };
        copy_run(text, run_start..group_start, folded, recorder);
        let group_end = loop {
            next = chars.next();
            match next {
                Some((_, following)) if combines_with_previous(following) => {}
                Some((end, _)) => break end,
                None => break text.len(),
            }
        };
        recorder.block(folded.len(), group_start);
        fold_group(text.get(group_start..group_end).unwrap_or_default(), folded);
        run_start = group_end;
        last_char_start = group_end;
    }
    copy_run(text, run_start..text.len(), folded, recorder);
}

fn copy_run<R: Recorder>(text: &str, run: Range<usize>, folded: &mut String, recorder: &mut R) {
    if run.is_empty() {
        return;
    }
    let at = folded.len();
    recorder.linear(at, run.start);
    folded.push_str(text.get(run).unwrap_or_default());
    if let Some(copied) = folded.get_mut(at..) {
        copied.make_ascii_lowercase();
    }
}

fn fold_group(group: &str, folded: &mut String) {
    let mut chars = group.chars();
    if let (Some(c @ '\u{FF01}'..='\u{FF5E}'), None) = (chars.next(), chars.next()) {
        let ascii = u8::try_from(u32::from(c) - 0xFEE0).unwrap_or(b' ');
        folded.push(char::from(ascii.to_ascii_lowercase()));
        return;
    }
    let mut after_latin = false;
    let lowered = group
        .chars()
        .filter(|&c| !is_default_ignorable(c))
        .map(combining_sound_mark)
        .nfkd()
        .filter(|&c| !is_default_ignorable(c))
        .flat_map(char::to_lowercase)
        .flat_map(plain_letters)
        .filter(move |&c| {
            if is_latin_diacritic(c) {
                return !after_latin;
            }
            if canonical_combining_class(c) == 0 {
                after_latin = is_latin_or_digit(c);
            }
            true
        });
    folded.extend(lowered.nfc());
}

/// Characters that are their own folded form and begin a new group: ASCII (but for its case), kana,
/// common Han and Hangul. This is most of every text, so it is tested first.
fn is_stable(c: char) -> bool {
    matches!(c,
        '\0'..='\x7F'
        | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FE}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}')
}

/// Whether the normal form of what stands before this character may depend on it.
fn combines_with_previous(c: char) -> bool {
    if is_stable(c) {
        return false;
    }
    if is_default_ignorable(c) || combining_sound_mark(c) != c {
        return true;
    }
    let mut first = None;
    decompose_compatible(c, |part| {
        first.get_or_insert(part);
    });
    let first = first.unwrap_or(c);
    canonical_combining_class(first) != 0
        || is_latin_diacritic(first)
        || is_nfc_quick(std::iter::once(first)) == IsNormalized::Maybe
}

/// The spacing sound marks ゛ and ゜ are typed after kana by people who mean the combining ones.
fn combining_sound_mark(c: char) -> char {
    match c {
        '\u{309B}' => '\u{3099}',
        '\u{309C}' => '\u{309A}',
        other => other,
    }
}

/// Latin letters that are a plain letter with a stroke or a ligature but have no decomposition.
fn plain_letters(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'ħ' => ('h', None),
        'ŧ' => ('t', None),
        'ı' => ('i', None),
        'ŋ' => ('n', None),
        // The final sigma is the same letter as the inner one.
        'ς' => ('σ', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

fn is_latin_or_digit(c: char) -> bool {
    matches!(c,
        'a'..='z' | '0'..='9'
        | '\u{00DF}'..='\u{02AF}'
        | '\u{1D00}'..='\u{1D7F}'
        | '\u{1E00}'..='\u{1EFF}'
        | '\u{2C60}'..='\u{2C7F}'
        | '\u{A720}'..='\u{A7FF}'
        | '\u{AB30}'..='\u{AB6F}')
}

fn is_latin_diacritic(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}'
        | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}')
}

/// Unicode `Default_Ignorable_Code_Point` (UAX #44), which NFKC_Casefold removes too.
pub(crate) fn is_default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(fold(text), expect, "{text:?}");
        assert_eq!(Folded::new(text).as_str(), expect, "{text:?}");
    }

    #[test]
    fn spellings_of_the_same_text_fold_to_one() {
        for (text, expect) in [
            ("", ""),
            ("Emotet", "emotet"),
            ("ｳｲﾙｽ", "ウイルス"),
            ("ﾏﾙｳｪｱｶﾞﾊﾟ", "マルウェアガパ"),
            ("か\u{3099}", "が"),
            ("か゛は゜", "がぱ"),
            ("ｶ゛", "ガ"),
            ("がぎグゲ", "がぎグゲ"),
            ("１９２．１６８．１．１", "192.168.1.1"),
            ("ＡＢＣ　ｘｙｚ", "abc xyz"),
            ("①②⑩", "1210"),
            ("㈱纏", "(株)纏"),
            ("㍿", "株式会社"),
            ("㌔", "キロ"),
            ("髙﨑", "髙﨑"),
            ("葛\u{E0100}城", "葛城"),
            ("éÉ e\u{301}", "ee e"),
            ("Ångström", "angstrom"),
            ("Straße STRASSE", "strasse strasse"),
            ("ŁÓDŹ smørrebrød Æ", "lodz smorrebrod ae"),
            ("İI ı", "ii i"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("Йод", "йод"),
            ("ﬁle", "file"),
            ("ex\u{200B}ample\u{AD}", "example"),
            ("1\u{FE0F}\u{20E3}", "1"),
            ("한글 한글", "한글 한글"),
            ("a\u{200B}\u{301}", "a"),
            ("\u{FEFF}BOM", "bom"),
        ] {
            check(text, expect);
        }
    }

    #[test]
    fn a_place_in_the_folded_text_leads_back_to_the_original_spelling() {
        for (text, needle, expect) in [
            ("PCがｳｲﾙｽに感染", "ウイルス", "ｳｲﾙｽ"),
            ("ﾏﾙｶﾞx", "ガ", "ｶﾞ"),
            ("報告：㈱纏", "株", "㈱"),
            ("in Ｔｏｋｙｏ now", "tokyo", "Ｔｏｋｙｏ"),
            ("le café noir", "cafe", "café"),
            ("le cafe\u{301} noir", "cafe", "cafe\u{301}"),
            ("ex\u{200B}ample", "example", "ex\u{200B}ample"),
            ("平成㍻元年", "元年", "元年"),
            ("感染", "染", "染"),
        ] {
            let folded = Folded::new(text);
            let at = folded.as_str().find(needle).unwrap();
            let range = folded.original_range(at..at + needle.len());
            assert_eq!(&text[range], expect, "{needle:?} in {text:?}");
        }
    }

    #[test]
    fn folding_is_idempotent_for_every_character() {
        for c in '\0'..=char::MAX {
            let once = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{c:?} U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn stable_characters_are_their_own_normal_form() {
        for c in ('\0'..=char::MAX).filter(|&c| is_stable(c) && !c.is_ascii()) {
            let mut folded = String::new();
            fold_group(c.encode_utf8(&mut [0; 4]), &mut folded);
            assert_eq!(folded, c.to_string(), "U+{:04X}", u32::from(c));
            assert!(canonical_combining_class(c) == 0);
            assert!(is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes);
        }
    }

    proptest! {
        #[test]
        fn folding_in_groups_equals_folding_the_whole(text in mixed_text()) {
            let mut whole = String::new();
            fold_group(&text, &mut whole);
            // The short cut for one full-width character inside `fold_group` is exact as well.
            prop_assert_eq!(fold(&text), whole);
        }

        #[test]
        fn folding_is_idempotent(text in mixed_text()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn ranges_are_boundaries_and_cover_the_original(text in mixed_text(), a in 0usize..80, b in 0usize..80) {
            let folded = Folded::new(&text);
            let range = folded.original_range(a..b);
            prop_assert!(text.get(range).is_some());
            let len = folded.as_str().len();
            if len > 0 {
                prop_assert_eq!(folded.original_range(0..len).end, text.len());
            }
            // Folding the place in the original contains the place in the folded text.
            for (at, c) in folded.as_str().char_indices() {
                let range = folded.original_range(at..at + c.len_utf8());
                prop_assert!(fold(&text[range]).contains(c), "{:?} in {:?}", c, text);
            }
        }
    }

    fn mixed_text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                proptest::char::range(' ', '~'),
                proptest::char::range('\u{3040}', '\u{30FF}'),
                proptest::char::range('\u{FF00}', '\u{FFEF}'),
                proptest::char::range('\u{300}', '\u{36F}'),
                proptest::char::range('\u{C0}', '\u{17F}'),
                proptest::char::range('\u{1100}', '\u{11FF}'),
                proptest::char::range('\u{3200}', '\u{33FF}'),
                proptest::sample::select(vec!['\u{200B}', '\u{3099}', '゛', '\u{FE0F}', '漢', '가']),
                any::<char>(),
            ],
            0..24,
        )
        .prop_map(String::from_iter)
    }
}
