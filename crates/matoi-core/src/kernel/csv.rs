//! CSV files as people have them (RFC 4180 and what spreadsheet programs make of it): read with the line of every row, and
//! written so that no cell runs as a formula.

use encoding_rs::{SHIFT_JIS, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

use super::{Error, Message, Result};

/// In which characters a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Characters {
    /// UTF-8, with or without a mark at the beginning.
    Utf8,
    /// UTF-16 with a mark at the beginning.
    Utf16,
    /// Windows code page 932, which Japanese programs call Shift_JIS.
    Cp932,
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// The text of a file: UTF-8 or UTF-16 where it says so or is so, else code page 932.
///
/// # Errors
/// [`Error::Invalid`] at `/file` naming the line when it is none of these.
pub fn decode(bytes: &[u8]) -> Result<(String, Characters)> {
    for (mark, encoding) in [(&[0xFF, 0xFE], UTF_16LE), (&[0xFE, 0xFF], UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            let (text, broken) = encoding.decode_without_bom_handling(rest);
            return if broken {
                Err(unreadable(1))
            } else {
                Ok((text.into_owned(), Characters::Utf16))
            };
        }
    }
    let marked = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]);
    match (std::str::from_utf8(marked.unwrap_or(bytes)), marked) {
        (Ok(text), _) => return Ok((text.to_owned(), Characters::Utf8)),
        (Err(error), Some(rest)) => {
            let before = rest.get(..error.valid_up_to()).unwrap_or_default();
            return Err(unreadable(lines(before)));
        }
        (Err(_), None) => {}
    }
    // A line feed is never a part of another character in this code page.
    let mut text = String::with_capacity(bytes.len());
    for (line, part) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let (decoded, broken) = SHIFT_JIS.decode_without_bom_handling(part);
        if broken || decoded.contains('\0') {
            return Err(unreadable(line));
        }
        text.push_str(&decoded);
    }
    Ok((text, Characters::Cp932))
}

/// The rows of a file, parted by what its first line is parted by: commas, tabs or semicolons. Empty lines are left out.
///
/// # Errors
/// [`Error::Invalid`] at `/file` when there are more than `max` rows.
pub fn read(text: &str, max: usize) -> Result<Vec<Row>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            unreadable(line)
        })?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if rows.len() > max {
            let message = Message::new("error-csv-rows").with("max", max as i64);
            return Err(Error::field("/file", message));
        }
        rows.push(Row {
            line: record.position().map_or(1, |begin| first_line(text, begin)),
            cells: record.iter().map(|cell| unguarded(cell).to_owned()).collect(),
        });
    }
    Ok(rows)
}

/// Writes a file in UTF-8 with the mark that makes Excel read it so, CRLF at the end of lines, and nothing that a
/// spreadsheet program takes for a formula.
pub fn write<'a>(header: &[String], rows: impl IntoIterator<Item = &'a [String]>) -> Vec<u8> {
    let mut out = String::from('\u{feff}');
    write_row(header, &mut out);
    for row in rows {
        write_row(row, &mut out);
    }
    out.into_bytes()
}

fn write_row(cells: &[String], out: &mut String) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let guard = if is_formula(cell) { "'" } else { "" };
        let needs_quotes =
            cell.contains([',', ';', '"', '\r', '\n', '\t']) || cell.starts_with(' ') || cell.ends_with(' ');
        if needs_quotes {
            out.push('"');
            out.push_str(guard);
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(guard);
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}

/// Whether a spreadsheet program would run the cell. A number with its sign is none, though it begins like one.
fn is_formula(cell: &str) -> bool {
    let begins = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let after_guards = cell.trim_start_matches('\'');
    begins(after_guards) && (after_guards.len() < cell.len() || cell.parse::<f64>().is_err())
}

/// The cell without the apostrophe that [`write`] put before it.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}

fn delimiter(text: &str) -> u8 {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |sign: char| first.matches(sign).count();
    let (commas, tabs, semicolons) = (count(','), count('\t'), count(';'));
    if tabs > 0 && tabs >= commas && tabs >= semicolons {
        b'\t'
    } else if semicolons > commas {
        b';'
    } else {
        b','
    }
}

/// The line of a row: empty lines before it are counted as its own by the reader.
fn first_line(text: &str, begin: &csv::Position) -> u64 {
    let at = usize::try_from(begin.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    begin.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

fn lines(before: &[u8]) -> u64 {
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn unreadable(line: u64) -> Error {
    let line = i64::try_from(line).unwrap_or(i64::MAX);
    Error::field("/file", Message::new("error-csv-characters").with("line", line))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<(u64, Vec<String>)> {
        let rows = read(text, 100).unwrap();
        rows.into_iter().map(|row| (row.line, row.cells)).collect()
    }

    #[test]
    fn the_characters_are_those_of_the_file() {
        let text = "名前,備考\r\n経理サーバー①,㈱髙﨑\r\n";
        let (cp932, _, _) = SHIFT_JIS.encode(text);
        let utf16: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let marked = format!("\u{feff}{text}");
        for (bytes, expect) in [
            (text.as_bytes(), Characters::Utf8),
            (marked.as_bytes(), Characters::Utf8),
            (&utf16, Characters::Utf16),
            (&cp932, Characters::Cp932),
        ] {
            assert_eq!(decode(bytes).unwrap(), (text.to_owned(), expect));
        }
    }

    #[test]
    fn what_is_no_text_names_its_line() {
        for (bytes, line) in [
            (&b"a,b\nc,\x80\xfd\n"[..], 2),
            (b"\xef\xbb\xbfa\nb\n\xff", 3),
            (b"PK\x03\x04\xff\xfe\x00\x00", 1),
        ] {
            let Err(Error::Invalid(fields)) = decode(bytes) else {
                panic!("{bytes:?} was read");
            };
            assert_eq!(fields[0].message.args[0].1, i64::from(line).into(), "{bytes:?}");
        }
    }

    #[test]
    fn rows_know_their_lines() {
        assert_eq!(
            cells("a,b\n\n\"x\ny\",2\nz\n"),
            [
                (1, vec!["a".to_owned(), "b".to_owned()]),
                (3, vec!["x\ny".to_owned(), "2".to_owned()]),
                (5, vec!["z".to_owned()]),
            ]
        );
        assert_eq!(cells("a\tb, c\n")[0].1, ["a", "b, c"]);
        assert_eq!(cells("a;b\n1,5;2\n")[1].1, ["1,5", "2"]);
        assert!(read("a\nb\nc\n", 1).is_err());
    }

    #[test]
    fn formulas_stay_text() {
        let row = ["=1+1", "-5", "@x", "'=x", "+81-3-1234", "a,\"b\""].map(str::to_owned);
        let file = String::from_utf8(write(&["h".to_owned()], [row.as_slice()])).unwrap();
        assert_eq!(
            file,
            "\u{feff}h\r\n'=1+1,-5,'@x,''=x,'+81-3-1234,\"a,\"\"b\"\"\"\r\n"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((text, _)) = decode(&bytes) {
                let _ = read(&text, 50);
            }
        }

        #[test]
        fn what_was_written_is_read_back(cells in proptest::collection::vec("[a-z=+@',;\"\\-\u{3042} 0-9]{0,12}", 2..5)) {
            let cells: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            prop_assume!(cells.iter().any(|cell| !cell.is_empty()));
            let header = vec!["a,b".to_owned()];
            let (text, _) = decode(&write(&header, [cells.as_slice()])).unwrap();
            // The first line decides what parts a row.
            let rows = read(&format!("h,h,h\n{}", text.lines().skip(1).collect::<Vec<_>>().join("\n")), 10).unwrap();
            prop_assert_eq!(&rows[1].cells, &cells);
        }
    }
}
