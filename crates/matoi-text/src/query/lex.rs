//! The pieces of a typed query, before their words are looked at.

/// A piece of a typed query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word or the inside of a pair of quotes.
    Term {
        text: &'a str,
        excluded: bool,
        prefix: bool,
    },
    Or,
    And,
}

/// The pieces of a typed query, in order.
pub(super) fn pieces(typed: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = typed;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = first_piece(rest);
        rest = after;
        Some(piece)
    })
}

/// The first piece of a text that does not begin with white space, and what follows it.
fn first_piece(text: &str) -> (Piece<'_>, &str) {
    let unsigned = text.trim_start_matches(['-', '－', '−']);
    let excluded = unsigned.len() < text.len();
    if let Some((inside, after)) = quoted(unsigned) {
        let (prefix, after) = match after.strip_prefix(['*', '＊']) {
            Some(after) => (true, after),
            None => (false, after),
        };
        return (
            Piece::Term {
                text: inside,
                excluded,
                prefix,
            },
            after,
        );
    }
    let end = unsigned
        .find(|c: char| c.is_whitespace() || closing_quotes(c).is_some())
        .unwrap_or(unsigned.len());
    let (word, after) = unsigned.split_at_checked(end).unwrap_or((unsigned, ""));
    // A closing quote without an opening one is skipped, so that reading always moves on.
    let after = if end == 0 { skip_first(after) } else { after };
    if !excluded {
        match word {
            "OR" | "ＯＲ" | "|" | "｜" => return (Piece::Or, after),
            "AND" | "ＡＮＤ" => return (Piece::And, after),
            _ => {}
        }
    }
    let text = word.trim_end_matches(['*', '＊']);
    let prefix = text.len() < word.len();
    (
        Piece::Term {
            text,
            excluded,
            prefix,
        },
        after,
    )
}

/// The inside of the quotes that the text begins with, and what follows them. Without a closing quote
/// the rest is the inside.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let opening = text.chars().next()?;
    let closing = closing_quotes(opening)?;
    let inside = skip_first(text);
    match inside.find(closing) {
        Some(end) => {
            let (inside, after) = inside.split_at_checked(end)?;
            Some((inside, skip_first(after)))
        }
        None => Some((inside, "")),
    }
}

fn closing_quotes(opening: char) -> Option<&'static [char]> {
    match opening {
        '"' | '＂' | '“' | '”' | '„' | '〝' => Some(&['"', '＂', '”', '“', '〟', '〞']),
        '「' | '｢' => Some(&['」', '｣']),
        '『' => Some(&['』']),
        '«' => Some(&['»']),
        _ => None,
    }
}

fn skip_first(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}
