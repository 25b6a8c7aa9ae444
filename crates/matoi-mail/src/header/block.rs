//! Where the header ends and which fields it has (RFC 5322 2.2), for senders that do not care.

use crate::defect::Defect;

/// One header field as it stands, unfolded.
pub(crate) struct Field {
    /// Name in lower case.
    pub(crate) name: String,
    /// Name as written.
    pub(crate) written_name: String,
    /// Value without the line ends of folding.
    pub(crate) value: Vec<u8>,
}

/// A header block and what follows it.
pub(crate) struct Block<'a> {
    pub(crate) fields: Vec<Field>,
    pub(crate) body: &'a [u8],
    pub(crate) defects: Vec<Defect>,
}

/// Splits `raw` into header fields and body. Without any field everything is body.
pub(crate) fn split(raw: &[u8], max_fields: usize, max_bytes: usize) -> Block<'_> {
    let mut block = Block {
        fields: Vec::new(),
        body: raw,
        defects: Vec::new(),
    };
    let mut rest = raw;
    let mut used = 0_usize;
    let mut left_out = 0_usize;
    let mut junk = 0_usize;
    // Whether continuation lines belong to a field that is kept.
    let mut keeps_last = false;
    let mut has_header = false;
    while !rest.is_empty() {
        let (line, after) = take_line(rest);
        let content = without_line_end(line);
        if content.is_empty() {
            block.body = if has_header { after } else { rest };
            break;
        }
        if matches!(content.first(), Some(b' ' | b'\t')) && has_header {
            if keeps_last && used.saturating_add(content.len()) <= max_bytes {
                used += content.len();
                if let Some(last) = block.fields.last_mut() {
                    last.value.extend_from_slice(content);
                }
            } else if keeps_last || left_out > 0 {
                keeps_last = false;
                left_out += line.len();
            }
            rest = after;
            block.body = rest;
            continue;
        }
        if let Some((name, value)) = split_field(content) {
            has_header = true;
            keeps_last = block.fields.len() < max_fields && used.saturating_add(content.len()) <= max_bytes;
            if keeps_last {
                used += content.len();
                let written_name = String::from_utf8_lossy(name).into_owned();
                block.fields.push(Field {
                    name: written_name.to_ascii_lowercase(),
                    written_name,
                    value: value.to_vec(),
                });
            } else {
                left_out += line.len();
            }
            rest = after;
            block.body = rest;
            continue;
        }
        // A line that is no field: junk if the header visibly goes on behind it, else the body begins here.
        let next = without_line_end(take_line(after).0);
        let goes_on =
            next.first().is_some_and(|byte| !byte.is_ascii_whitespace()) && split_field(next).is_some();
        if has_header && goes_on && junk < 10 {
            junk += 1;
            keeps_last = false;
            block.defects.push(Defect::JunkInHeader {
                line: beginning(content),
            });
            rest = after;
            block.body = rest;
            continue;
        }
        if has_header {
            block.defects.push(Defect::NoEmptyLineAfterHeader);
        }
        block.body = rest;
        break;
    }
    if left_out > 0 {
        block.defects.push(Defect::HeaderLimit { left_out });
    }
    block
}

/// The first line with its line end, and the rest.
fn take_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', bytes) {
        Some(at) => bytes
            .split_at_checked(at.saturating_add(1))
            .unwrap_or((bytes, &[])),
        None => (bytes, &[]),
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// `Name: value`, the name made of printable ASCII without a colon, optionally with blanks before the colon (obsolete form).
fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line.get(..256).unwrap_or(line))?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    Some((name, value.get(1..).unwrap_or_default()))
}

fn beginning(line: &[u8]) -> String {
    let head = line.get(..80).unwrap_or(line);
    super::words::clean(&String::from_utf8_lossy(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, names: &[&str], body: &str, defects: &[&str]) {
        let block = split(raw.as_bytes(), 5, 200);
        let found: Vec<&str> = block.fields.iter().map(|field| field.name.as_str()).collect();
        let keys: Vec<&str> = block.defects.iter().map(Defect::key).collect();
        assert_eq!(
            (found.as_slice(), block.body, keys.as_slice()),
            (names, body.as_bytes(), defects),
            "{raw:?}"
        );
    }

    #[test]
    fn header_and_body_are_told_apart() {
        check("A: 1\r\nB: 2\r\n 3\r\n\r\nbody\r\n", &["a", "b"], "body\r\n", &[]);
        check("A: 1\n\nbody", &["a"], "body", &[]);
        check("A: 1", &["a"], "", &[]);
        check("A: 1\n", &["a"], "", &[]);
        check("no header here\n", &[], "no header here\n", &[]);
        check("\nbody", &[], "\nbody", &[]);
        check("", &[], "", &[]);
        check(
            "A: 1\nnot a field\nB: 2\n\nx",
            &["a", "b"],
            "x",
            &["junk_in_header"],
        );
        check(
            "A: 1\nDear all,\nhello\n",
            &["a"],
            "Dear all,\nhello\n",
            &["no_empty_line_after_header"],
        );
        check("A : 1\n\n", &["a"], "", &[]);
    }

    #[test]
    fn folding_keeps_the_white_space() {
        let block = split(b"A: 1\r\n\t2\r\n", 5, 200);
        assert_eq!(block.fields[0].value, b" 1\t2");
    }

    #[test]
    fn limits_leave_fields_out_but_find_the_body() {
        check(
            &format!("{}\nbody", "A: 1\n".repeat(7)),
            &["a"; 5],
            "body",
            &["header_limit"],
        );
        check(
            &format!("A: {}\n more\nB: 2\n\nbody", "x".repeat(300)),
            &["b"],
            "body",
            &["header_limit"],
        );
        check(
            &format!("A: 1\n {}\n more\nB: 2\n\nbody", "x".repeat(300)),
            &["a", "b"],
            "body",
            &["header_limit"],
        );
    }
}
