//! Reading Rust and templates just well enough: which string literals there are, and in which call each stands.

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Where it begins, in bytes.
    pub(crate) at: usize,
    /// Where it ends, with its closing quote.
    pub(crate) end: usize,
    /// What it says; escapes are left as they are written.
    pub(crate) text: String,
}

/// A source taken apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// The text with comments and the insides of literals blanked, byte for byte as long as before.
    pub(crate) code: Vec<u8>,
    /// The literals, in order.
    pub(crate) literals: Vec<Literal>,
}

/// Takes Rust apart. What follows `#[cfg(test)]` before a `mod` is left out: tests may say what they like.
pub(crate) fn rust(text: &str) -> Source {
    let program = text
        .match_indices("#[cfg(test)]")
        .find(|(at, mark)| {
            let rest = text.get(at + mark.len()..).unwrap_or_default().trim_start();
            rest.starts_with("mod ") || rest.starts_with("pub(crate) mod ")
        })
        .and_then(|(at, _)| text.get(..at))
        .unwrap_or(text);
    scan(program.as_bytes(), true)
}

/// Takes an askama template apart: only what stands in `{{ }}` and `{% %}` is code.
pub(crate) fn template(text: &str) -> Source {
    let bytes = text.as_bytes();
    let mut blanked = vec![b' '; bytes.len()];
    let mut at = 0;
    while let Some(pair) = bytes.get(at..at + 2) {
        let close: &[u8; 2] = match pair {
            b"{{" => b"}}",
            b"{%" => b"%}",
            b"{#" => b"#}",
            _ => {
                at += 1;
                continue;
            }
        };
        let end = find(bytes, at + 2, close).unwrap_or(bytes.len());
        if pair != b"{#"
            && let (Some(to), Some(from)) = (blanked.get_mut(at + 2..end), bytes.get(at + 2..end))
        {
            to.copy_from_slice(from);
        }
        at = end + 2;
    }
    scan(&blanked, false)
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes
        .get(from..)?
        .windows(what.len())
        .position(|window| window == what)
        .map(|at| from + at)
}

fn scan(bytes: &[u8], is_rust: bool) -> Source {
    let mut source = Source {
        code: bytes.to_vec(),
        literals: Vec::new(),
    };
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let mut at = 0;
    while at < bytes.len() {
        let here = byte(at);
        let after_word = at > 0 && (byte(at - 1).is_ascii_alphanumeric() || byte(at - 1) == b'_');
        if is_rust && here == b'/' && byte(at + 1) == b'/' {
            let end = find(bytes, at, b"\n").unwrap_or(bytes.len());
            blank(&mut source.code, at, end);
            at = end;
        } else if is_rust && here == b'/' && byte(at + 1) == b'*' {
            let end = find(bytes, at, b"*/").map_or(bytes.len(), |end| end + 2);
            blank(&mut source.code, at, end);
            at = end;
        } else if is_rust && here == b'r' && !after_word && matches!(byte(at + 1), b'"' | b'#') {
            at = raw_literal(bytes, at, &mut source).unwrap_or(at + 1);
        } else if here == b'"' {
            at = plain_literal(bytes, at, &mut source);
        } else if is_rust && here == b'\'' {
            // A character: 'x' or '\n'. A lifetime has no closing quote so near.
            let close = if byte(at + 1) == b'\\' {
                find(bytes, at + 3, b"'").map(|end| end + 1)
            } else {
                let width = char_width(byte(at + 1));
                (byte(at + 1 + width) == b'\'').then_some(at + 2 + width)
            };
            if let Some(end) = close {
                blank(&mut source.code, at, end);
                at = end;
            } else {
                at += 1;
            }
        } else {
            at += 1;
        }
    }
    source
}

const fn char_width(first: u8) -> usize {
    match first {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

fn plain_literal(bytes: &[u8], start: usize, source: &mut Source) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => break,
            _ => at += 1,
        }
    }
    keep(bytes, start, start + 1, at, (at + 1).min(bytes.len()), source)
}

fn raw_literal(bytes: &[u8], start: usize, source: &mut Source) -> Option<usize> {
    let hashes = bytes
        .get(start + 1..)?
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    if bytes.get(start + 1 + hashes) != Some(&b'"') {
        return None;
    }
    let inside = start + 2 + hashes;
    let close: Vec<u8> = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let end = find(bytes, inside, &close)?;
    Some(keep(bytes, start, inside, end, end + close.len(), source))
}

fn keep(bytes: &[u8], at: usize, from: usize, to: usize, end: usize, source: &mut Source) -> usize {
    let text = bytes.get(from..to).unwrap_or_default();
    source.literals.push(Literal {
        at,
        end,
        text: String::from_utf8_lossy(text).into_owned(),
    });
    blank(&mut source.code, at, end);
    end
}

fn blank(code: &mut [u8], from: usize, to: usize) {
    let end = to.min(code.len());
    for byte in code.get_mut(from..end).unwrap_or_default() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The call a literal is an argument of: its name with what stands before `::` or `.`, and which argument it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Like `ui.t`, `Message::new`, `rule`.
    pub(crate) call: String,
    /// From 0.
    pub(crate) argument: usize,
}

impl Source {
    /// The call this literal stands in, if it does.
    pub(crate) fn place_of(&self, literal: &Literal) -> Option<Place> {
        let mut depth = 0usize;
        let mut argument = 0;
        let mut at = literal.at;
        loop {
            at = at.checked_sub(1)?;
            match self.code.get(at)? {
                b')' | b']' | b'}' => depth += 1,
                b'(' if depth == 0 => break,
                b'[' | b'{' if depth == 0 => return None,
                b'(' | b'[' | b'{' => depth -= 1,
                b',' if depth == 0 => argument += 1,
                b';' if depth == 0 => return None,
                _ => {}
            }
        }
        let before = self.code.get(..at)?;
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'!');
        let length = before.iter().rev().take_while(|byte| is_name(byte)).count();
        let call = String::from_utf8_lossy(before.get(at - length..)?).into_owned();
        Some(Place { call, argument })
    }

    /// The code between two places, comments and literals blanked.
    pub(crate) fn code_between(&self, from: usize, to: usize) -> String {
        let to = to.min(self.code.len());
        String::from_utf8_lossy(self.code.get(from..to).unwrap_or_default()).into_owned()
    }
}

/// The line of a byte, from 1.
pub(crate) fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(source: &Source) -> Vec<(String, Option<(String, usize)>)> {
        let place = |literal: &Literal| source.place_of(literal).map(|place| (place.call, place.argument));
        source
            .literals
            .iter()
            .map(|l| (l.text.clone(), place(l)))
            .collect()
    }

    fn at(call: &str, argument: usize) -> Option<(String, usize)> {
        Some((call.to_owned(), argument))
    }

    #[test]
    fn literals_know_their_call() {
        let source = rust(
            r####"
            // ui.t("comment") is nothing
            fn x<'a>(c: char) -> bool { c == '"' }
            fields.wrong_if(a(1, 2) > '\'' as u8, "/x", "error-x");
            let y = format!("problem-{name}");
            let z = r#"SELECT "a" FROM b"#;
            let list = ["one", "two"];
            #[cfg(test)]
            mod tests { fn t() { ui.t("in-a-test"); } }
        "####,
        );
        assert_eq!(
            places(&source),
            [
                ("/x".to_owned(), at("fields.wrong_if", 1)),
                ("error-x".to_owned(), at("fields.wrong_if", 2)),
                ("problem-{name}".to_owned(), at("format!", 0)),
                ("SELECT \"a\" FROM b".to_owned(), None),
                ("one".to_owned(), None),
                ("two".to_owned(), None),
            ]
        );
    }

    #[test]
    fn of_a_template_only_the_code_counts() {
        let source = template(
            "<p class=\"x\">{{ ui.t1(\"a-b\", \"n\", 3) }}</p>{# \"no\" #}{% call m::input(ui, \"/x\", ui.t(\"c-d\")) %}",
        );
        assert_eq!(
            places(&source),
            [
                ("a-b".to_owned(), at("ui.t1", 0)),
                ("n".to_owned(), at("ui.t1", 1)),
                ("/x".to_owned(), at("m::input", 1)),
                ("c-d".to_owned(), at("ui.t", 0)),
            ]
        );
    }

    #[test]
    fn broken_sources_do_not_stop_it() {
        for text in ["\"open", "r#\"open", "'", "/*", "{{ \"", "\\", "#[cfg(test)]"] {
            rust(text);
            template(text);
        }
    }
}
