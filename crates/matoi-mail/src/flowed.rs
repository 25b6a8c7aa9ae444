//! `format=flowed` (RFC 3676): lines that were broken for transport become paragraphs again.

/// Joins flowed lines. With `delete_space` (`DelSp=yes`) the space that marks a flowed line is no part of the text, as in
/// languages that write without spaces.
pub(crate) fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Quote depth of the paragraph that is still open.
    let mut open: Option<usize> = None;
    let mut is_first = true;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let unquoted = line.trim_start_matches('>');
        let depth = line.len().saturating_sub(unquoted.len());
        let content = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        let is_signature = content == "-- ";
        let continues = open == Some(depth) && !is_signature;
        if !continues {
            if !is_first {
                out.push('\n');
            }
            for _ in 0..depth {
                out.push('>');
            }
            if depth > 0 {
                out.push(' ');
            }
        }
        is_first = false;
        let is_flowed = content.ends_with(' ') && !is_signature;
        let kept = if is_flowed && delete_space {
            content.strip_suffix(' ').unwrap_or(content)
        } else {
            content
        };
        out.push_str(kept);
        open = is_flowed.then_some(depth);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, delete_space: bool, expect: &str) {
        assert_eq!(unflow(text, delete_space), expect, "{text:?}");
    }

    #[test]
    fn paragraphs_are_joined() {
        check("one \r\ntwo\r\nthree\r\n", false, "one two\nthree\n");
        check("日本 \n語です\n", true, "日本語です\n");
        check(" From here\n", false, "From here\n");
        check("", false, "");
    }

    #[test]
    fn quotes_and_signatures_end_a_paragraph() {
        check("> one \n> two\nmine \nmore", false, "> one two\nmine more");
        check("> one \nmine", false, "> one \nmine");
        check("text \n-- \nname", false, "text \n-- \nname");
        check(">>deep \n>> er", false, ">> deep er");
    }
}
