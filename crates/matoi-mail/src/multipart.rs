//! Cutting a multipart at its boundaries (RFC 2046 5.1).

/// The parts of a multipart, one after the other.
pub(crate) struct Pieces<'a, 'b> {
    rest: &'a [u8],
    boundary: &'b [u8],
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first boundary.
    Preamble,
    /// Behind a boundary that opens a part.
    Inside,
    /// Behind the closing boundary.
    Closed,
    /// The end came first.
    Broken,
}

/// Begins to cut `raw`. A boundary counts if it is a line of its own, but for white space at the end.
pub(crate) fn split<'a, 'b>(raw: &'a [u8], boundary: &'b [u8]) -> Pieces<'a, 'b> {
    Pieces {
        rest: raw,
        boundary,
        state: State::Preamble,
    }
}

impl<'a> Pieces<'a, '_> {
    /// Whether the closing boundary was met. Ask after the last piece.
    pub(crate) fn is_closed(&self) -> bool {
        self.state != State::Broken
    }

    /// What follows the closing boundary.
    pub(crate) fn epilogue(&self) -> &'a [u8] {
        if self.state == State::Closed {
            self.rest
        } else {
            &[]
        }
    }

    /// Finds the next boundary line: what stands before it, what follows it, and whether it closes.
    fn next_boundary(&self) -> Option<(&'a [u8], &'a [u8], bool)> {
        let bytes = self.rest;
        let mut from = 0_usize;
        loop {
            let found = memchr::memmem::find(bytes.get(from..)?, b"--")?;
            let at = from.checked_add(found)?;
            let is_line_start =
                at == 0 || at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\n');
            if is_line_start
                && let Some(tail) = bytes.get(at.checked_add(2)?..)?.strip_prefix(self.boundary)
                && let Some((after, closes)) = end_of_boundary(tail)
            {
                return Some((without_last_line_end(bytes.get(..at)?), after, closes));
            }
            // Nothing else on this line can be a boundary.
            let line_end = memchr::memchr(b'\n', bytes.get(at..)?)?;
            from = at.checked_add(line_end)?;
        }
    }
}

impl<'a> Iterator for Pieces<'a, '_> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if matches!(self.state, State::Closed | State::Broken) {
            return None;
        }
        if self.state == State::Preamble {
            let Some((_, after, closes)) = self.next_boundary() else {
                self.state = State::Broken;
                return None;
            };
            self.rest = after;
            self.state = if closes { State::Closed } else { State::Inside };
            if closes {
                return None;
            }
        }
        let Some((piece, after, closes)) = self.next_boundary() else {
            self.state = State::Broken;
            return Some(std::mem::take(&mut self.rest));
        };
        self.rest = after;
        if closes {
            self.state = State::Closed;
        }
        Some(piece)
    }
}

/// Behind the boundary: optional `--`, white space, end of line.
fn end_of_boundary(tail: &[u8]) -> Option<(&[u8], bool)> {
    let (closes, rest) = match tail.strip_prefix(b"--") {
        Some(rest) => (true, rest),
        None => (false, tail),
    };
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let (line, after) = rest.split_at_checked(end)?;
    let after = after.get(1..).unwrap_or_default();
    // Some programs put something behind the closing boundary; nothing is lost by accepting it.
    (line.trim_ascii().is_empty()).then_some((after, closes))
}

/// The line end before a boundary belongs to the boundary.
fn without_last_line_end(piece: &[u8]) -> &[u8] {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    piece.strip_suffix(b"\r").unwrap_or(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, pieces: &[&str], closed: bool, epilogue: &str) {
        let mut found = split(raw.as_bytes(), b"b");
        let list: Vec<&str> = found
            .by_ref()
            .map(|piece| std::str::from_utf8(piece).unwrap())
            .collect();
        assert_eq!(
            (list.as_slice(), found.is_closed(), found.epilogue()),
            (pieces, closed, epilogue.as_bytes()),
            "{raw:?}"
        );
    }

    #[test]
    fn parts_are_cut_at_boundary_lines() {
        check(
            "pre\r\n--b\r\none\r\n--b\r\ntwo\r\n--b--\r\npost",
            &["one", "two"],
            true,
            "post",
        );
        check("--b\none\n\n--b--", &["one\n"], true, "");
        check("--b  \none\n--b-- \n", &["one"], true, "");
        check("--b\none\n--bb\n--b--", &["one\n--bb"], true, "");
        check("--b\none -- --b\n--b--", &["one -- --b"], true, "");
        check("--b\n--b\n--b--", &["", ""], true, "");
    }

    #[test]
    fn missing_ends_are_told() {
        check("--b\none\n--b\ntwo", &["one", "two"], false, "");
        check("--b\n", &[""], false, "");
        check("no boundary", &[], false, "");
        check("", &[], false, "");
        check("--b--", &[], true, "");
    }
}
