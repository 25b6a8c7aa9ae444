//! Guessing the character set of bytes that do not say it, or say it wrongly.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_JP, SHIFT_JIS, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Attempt, Charset, attempt, iso2022jp};

/// Reads `bytes` in the most plausible character set: UTF-8 if valid, ISO-2022-JP if its escapes occur, then the Japanese
/// sets where what comes out looks like Japanese, then what Mozilla's detector says.
pub(super) fn detect(bytes: &[u8]) -> Attempt {
    if bytes.starts_with(&[0xFF, 0xFE]) {
        return attempt(bytes, Charset::Web(UTF_16LE));
    }
    if bytes.starts_with(&[0xFE, 0xFF]) {
        return attempt(bytes, Charset::Web(UTF_16BE));
    }
    let has_escape = iso2022jp::has_escape(bytes);
    if !has_escape || !bytes.is_ascii() {
        let utf8 = attempt(bytes, Charset::Utf8);
        if utf8.replaced == 0 || mostly_utf8(&utf8) {
            return utf8;
        }
    }
    if has_escape {
        let iso = attempt(bytes, Charset::Iso2022Jp);
        if iso.replaced == 0 {
            return iso;
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample(bytes), true);
    let neutral = detector.guess(None, Utf8Detection::Deny);
    if neutral == SHIFT_JIS || neutral == EUC_JP {
        let japanese = attempt(bytes, Charset::Web(neutral));
        let (good, bad) = weigh(&japanese.text);
        return if good >= bad {
            japanese
        } else {
            attempt(bytes, Charset::Web(WINDOWS_1252))
        };
    }
    // Short texts (a subject, a file name) need the hint that Japanese is likely here, and short texts in other languages
    // need the proof that the result is Japanese.
    let hinted = detector.guess(Some(b"jp"), Utf8Detection::Deny);
    if hinted == SHIFT_JIS || hinted == EUC_JP {
        let japanese = attempt(bytes, Charset::Web(hinted));
        if japanese.replaced == 0
            && looks_japanese(&japanese.text)
            && may_do_without_kana(&japanese.text, neutral.is_single_byte())
        {
            return japanese;
        }
    }
    if let Some(japanese) = japanese_by_looks(bytes, neutral.is_single_byte()) {
        return japanese;
    }
    let guessed = attempt(bytes, Charset::Web(neutral));
    if guessed.replaced == 0 {
        guessed
    } else {
        attempt(bytes, Charset::Web(WINDOWS_1252))
    }
}

/// The Japanese reading that looks Japanese, which the detector misses where ① or ㈱ occurs: it does not know Microsoft's
/// extensions.
fn japanese_by_looks(bytes: &[u8], is_single_byte: bool) -> Option<Attempt> {
    [SHIFT_JIS, EUC_JP]
        .into_iter()
        .map(|encoding| attempt(bytes, Charset::Web(encoding)))
        .filter(|found| found.replaced == 0 && looks_japanese(&found.text))
        .filter(|found| may_do_without_kana(&found.text, is_single_byte))
        // EUC-JP read as Shift_JIS gives half-width kana.
        .min_by_key(|found| {
            found
                .text
                .chars()
                .filter(|c| matches!(c, '\u{FF61}'..='\u{FF9F}'))
                .count()
        })
}

/// Whether a reading is convincing as far as kana go. Korean and Chinese read as EUC-JP give everyday kanji without end, but
/// never kana; Japanese without kana is a name or a heading.
fn may_do_without_kana(text: &str, is_single_byte: bool) -> bool {
    const LONGEST_HEADING: usize = 6;
    let has_kana = text.chars().any(|c| matches!(c, '\u{3041}'..='\u{30FA}'));
    has_kana || is_single_byte || text.chars().filter(|c| !c.is_ascii()).count() <= LONGEST_HEADING
}

/// The stretch that the detector sees: from a little before the first byte that is not ASCII.
fn sample(bytes: &[u8]) -> &[u8] {
    const LENGTH: usize = 128 * 1024;
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let rest = bytes.get(first.saturating_sub(100)..).unwrap_or(bytes);
    rest.get(..LENGTH).unwrap_or(rest)
}

/// Whether a lossy reading as UTF-8 has so much proper UTF-8 in it that the rest is damage (a cut, a stray byte).
fn mostly_utf8(utf8: &Attempt) -> bool {
    let proper = utf8
        .text
        .chars()
        .filter(|c| !c.is_ascii() && *c != char::REPLACEMENT_CHARACTER)
        .count();
    proper >= 2 && proper >= utf8.replaced.saturating_mul(4)
}

/// Whether the characters above ASCII are kana, everyday kanji or Japanese punctuation, and stand together. Western letters
/// misread as Shift_JIS give rare kanji, user-defined characters, or a single kanji inside a word (`it痴` for `it’s`).
pub(super) fn looks_japanese(text: &str) -> bool {
    let (good, bad) = weigh(text);
    good > 0 && good >= bad.saturating_mul(3)
}

/// How many characters speak for Japanese and how many against it.
fn weigh(text: &str) -> (usize, usize) {
    let mut good = 0_usize;
    let mut bad = 0_usize;
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        if c.is_ascii() {
            continue;
        }
        let before = at.checked_sub(1).and_then(|i| chars.get(i));
        let after = chars.get(at.saturating_add(1));
        let is_letter = |neighbour: Option<&char>| neighbour.is_some_and(char::is_ascii_alphabetic);
        let is_alone = after.is_none_or(char::is_ascii);
        let ends_a_word = before.is_some_and(char::is_ascii_lowercase) && is_alone;
        let is_half_width = matches!(c, '\u{FF61}'..='\u{FF9F}');
        let sticks_out = is_half_width && is_alone && before.is_none_or(char::is_ascii);
        if is_letter(before) && is_letter(after) || ends_a_word || sticks_out {
            bad += 2;
        } else if is_everyday_japanese(c) {
            good += 1;
        } else {
            bad += 1;
        }
    }
    (good, bad)
}

fn is_everyday_japanese(c: char) -> bool {
    match c {
        // Punctuation, hiragana, katakana, full-width and half-width forms.
        '\u{3000}'..='\u{30FF}' | '\u{FF01}'..='\u{FF9F}' => true,
        // Numbers in circles, Roman numbers, marks of lists, ㈱ and units.
        '\u{2160}'..='\u{216B}'
        | '\u{2460}'..='\u{2473}'
        | '\u{25A0}'..='\u{25EF}'
        | '\u{3220}'..='\u{33FF}' => true,
        '\u{4E00}'..='\u{9FFF}' => is_level_one(c),
        _ => false,
    }
}

/// JIS level 1 kanji are the rows 16 to 47.
fn is_level_one(c: char) -> bool {
    let mut buffer = [0_u8; 4];
    let (bytes, _, had_errors) = EUC_JP.encode(c.encode_utf8(&mut buffer));
    !had_errors && matches!(bytes.as_ref(), [0xB0..=0xCF, _])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, name: &str) {
        let found = detect(bytes);
        assert_eq!((found.text.as_str(), found.charset.name()), (text, name));
    }

    #[test]
    fn short_japanese_is_recognised_in_each_encoding() {
        for text in [
            "株式会社",
            "請求書.zip",
            "テスト",
            "佐藤",
            "お世話になっております。①㈱髙﨑",
            "パスワードのご連絡",
            "- ① 既存の件",
            "㈱山田商事",
        ] {
            check(text.as_bytes(), text, "UTF-8");
            for encoding in [SHIFT_JIS, EUC_JP] {
                check(&encoding.encode(text).0, text, encoding.name());
            }
        }
        check(&SHIFT_JIS.encode("ｱｲｳｴｵ ﾊﾟｽﾜｰﾄﾞ").0, "ｱｲｳｴｵ ﾊﾟｽﾜｰﾄﾞ", "Shift_JIS");
        check(b"\x1b$B$\"\x1b(B", "あ", "ISO-2022-JP");
    }

    #[test]
    fn western_text_does_not_become_japanese() {
        for text in [
            "café",
            "Grüße aus München",
            "Regularização obrigatória",
            "it’s",
            "Zażółć gęślą jaźń, proszę o potwierdzenie",
        ] {
            let (bytes, encoding, _) = match text {
                "Zażółć gęślą jaźń, proszę o potwierdzenie" => {
                    encoding_rs::WINDOWS_1250.encode(text)
                }
                _ => WINDOWS_1252.encode(text),
            };
            let found = detect(&bytes);
            assert!(
                !looks_japanese(&found.text),
                "{text} {} read as {}",
                encoding.name(),
                found.text
            );
        }
        check(&WINDOWS_1252.encode("it’s").0, "it’s", "windows-1252");
    }

    #[test]
    fn cut_utf8_stays_utf8() {
        let bytes = "お世話になっております".as_bytes();
        let found = detect(&bytes[..bytes.len() - 1]);
        assert_eq!((found.charset.name(), found.replaced), ("UTF-8", 1));
    }
}
