//! Which characters make words and which are written without spaces between words.

/// What a folded character is to the tokeniser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// ASCII letter or digit.
    Ascii,
    /// Letter or digit of a script that puts spaces between words.
    Spaced,
    /// Character of a script that does not: Han, kana, Hangul, Thai and the like.
    Unspaced,
    /// Everything else: it separates.
    Separator,
}

/// The class of a folded character.
pub(crate) fn class_of(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() {
            Class::Ascii
        } else {
            Class::Separator
        };
    }
    if is_unspaced(c) {
        return Class::Unspaced;
    }
    if c.is_alphanumeric() {
        Class::Spaced
    } else {
        Class::Separator
    }
}

/// Characters whose words are not told apart by spaces. Hangul does use spaces, but its particles are
/// written without, so that pairs of syllables find what whole words would miss.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{3041}'..='\u{3096}' | '\u{3099}'..='\u{309A}' | '\u{309D}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}'
        // 々 〆 〇, Hangzhou numerals, vertical iteration marks.
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303C}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{AC00}'..='\u{D7FB}' | '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{A960}'..='\u{A97C}'
        // Bopomofo.
        | '\u{3105}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '\u{1AFF0}'..='\u{1B16F}'
        // Thai, Lao, Myanmar, Khmer.
        | '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' | '\u{0E81}'..='\u{0EDF}'
        | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17D3}')
}

/// Whether what stands between two unspaced characters is no separation of words.
///
/// Japanese text that is broken over lines (a mail at column 76, quoted or not) goes on in the middle of
/// a word; a full name is written with or without a space; a compound of katakana with or without the
/// middle dot. Finding `山田太郎` in `山田　太郎` is worth the rare `京都` found in `東京 都内`.
pub(crate) fn joins(gap: &str) -> bool {
    match gap {
        "" | " " | "・" => true,
        _ => {
            gap.len() <= 16
                && gap.bytes().filter(|&b| b == b'\n').count() == 1
                && gap
                    .bytes()
                    .all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'>'))
        }
    }
}
