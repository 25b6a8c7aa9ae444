//! Carries values through Markdown so that nothing in them can be taken for Markdown.
//!
//! Escaping with backslashes depends on the place: inside `code` a backslash is shown, inside a table `\|` means another
//! thing than outside. So a value is not escaped but moved out of reach: each ASCII character that is no letter or digit
//! becomes a private-use character, which no Markdown rule knows, and is moved back once the text has been parsed.

/// The private-use block into which the ASCII characters are moved.
const BASE: u32 = 0xf_0000;
/// Begins a note that is itself Markdown; its text is shielded.
pub(crate) const NOTE_START: char = '\u{f1000}';
/// Ends a note.
pub(crate) const NOTE_END: char = '\u{f1001}';
/// Stands for an empty value, so that `**{{ empty }}**` does not become four asterisks.
const EMPTY: char = '\u{f1002}';
/// Stands for a line end within a paragraph of the template.
pub(crate) const SOFT_BREAK: char = '\u{f1003}';

/// The value as it may stand anywhere in a template's output.
pub(crate) fn shield(value: &str) -> String {
    if value.is_empty() {
        return EMPTY.to_string();
    }
    without_marks(&crate::clean::text(value))
        .chars()
        .map(|c| {
            if c.is_ascii() && !c.is_ascii_alphanumeric() {
                char::from_u32(BASE + u32::from(c)).unwrap_or(' ')
            } else {
                c
            }
        })
        .collect()
}

/// The value again. A line feed in it stays a line feed.
pub(crate) fn unshield(text: &str) -> String {
    text.chars()
        .filter(|c| *c != EMPTY)
        .map(|c| match u32::from(c).checked_sub(BASE) {
            Some(ascii @ 0..=0x7f) => char::from_u32(ascii).unwrap_or(' '),
            _ => c,
        })
        .collect()
}

/// A note: Markdown that somebody wrote, to be parsed by the rules for notes.
pub(crate) fn note(markdown: &str) -> String {
    format!("{NOTE_START}{}{NOTE_END}", shield(markdown))
}

/// The text without any of the private-use characters that have a meaning here.
pub(crate) fn without_marks(text: &str) -> String {
    text.chars()
        .map(|c| {
            if (BASE..BASE + 0x1100).contains(&u32::from(c)) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_shielded_value_holds_no_markdown_and_comes_back(value in "[ -~\n\u{3000}-\u{30ff}]{0,60}") {
            let shielded = shield(&value);
            prop_assert!(shielded.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric()));
            prop_assert_eq!(unshield(&shielded), value);
        }
    }

    #[test]
    fn a_value_cannot_bring_its_own_marks() {
        let value = format!("{NOTE_START}# x{NOTE_END}\u{f0023}");
        assert!(!shield(&value).contains(NOTE_START));
        assert!(!unshield(&shield(&value)).contains("\u{f0023}"));
    }
}
