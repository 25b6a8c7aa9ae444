//! CSV files (RFC 4180, UTF-8).

use super::{ColumnKind, Sheet, SheetColumn, SheetValue, check_size, time_zone};
use crate::error::Error;
use jiff::tz::TimeZone;

/// Whether the file begins with a byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrderMark {
    /// With it, Excel knows that the file is UTF-8; without it, Japanese Excel takes it for Shift_JIS.
    Present,
    /// For programs.
    Absent,
}

/// Writes one sheet as CSV with a header line and CRLF line ends.
///
/// Times are written in `zone` with their offset (`2026-11-20T03:12:00+09:00`), spans of time in seconds, shares as
/// fractions: what a program reads back without guessing.
///
/// A spreadsheet program takes a cell that begins with `=`, `+`, `-`, `@` or their full-width forms for a formula, quoted
/// or not. Text that begins so gets a leading apostrophe, which such programs show but do not run; [`unguard`] takes it
/// off again. Values of number columns that are numbers are left alone.
///
/// # Errors
/// [`Error::Limit`] if the sheet is too large, [`Error::Request`] if there is no such zone.
pub fn write_csv(sheet: &Sheet, zone: &str, mark: ByteOrderMark) -> Result<Vec<u8>, Error> {
    check_size(sheet)?;
    let zone = time_zone(zone)?;
    let mut out = String::new();
    if mark == ByteOrderMark::Present {
        out.push('\u{feff}');
    }
    let titles: Vec<String> = sheet
        .columns
        .iter()
        .map(|column| field(&guard(&column.title)))
        .collect();
    line(&titles, &mut out);
    for row in &sheet.rows {
        let fields: Vec<String> = sheet
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let value = row.get(index).and_then(Option::as_ref);
                value.map_or_else(String::new, |value| field(&written(value, column, &zone)))
            })
            .collect();
        line(&fields, &mut out);
    }
    Ok(out.into_bytes())
}

/// The text that a guarded CSV value stood for.
#[must_use]
pub fn unguard(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(rest) if rest.starts_with('\'') || is_formula_start(rest) => rest,
        _ => field,
    }
}

fn written(value: &SheetValue, column: &SheetColumn, zone: &TimeZone) -> String {
    match column.kind {
        ColumnKind::Text => guard(&value.plain()),
        ColumnKind::Datetime => value.as_time().map_or_else(
            || guard(&value.plain()),
            |time| {
                time.to_zoned(zone.clone())
                    .strftime("%Y-%m-%dT%H:%M:%S%:z")
                    .to_string()
            },
        ),
        ColumnKind::Integer | ColumnKind::Number | ColumnKind::Duration | ColumnKind::Percent => {
            match value {
                SheetValue::Integer(_) | SheetValue::Number(_) => value.plain(),
                SheetValue::Text(_) => guard(&value.plain()),
            }
        }
    }
}

fn guard(text: &str) -> String {
    // A leading apostrophe is guarded too, or taking the guard off could not be told from the text.
    if text.starts_with('\'') || is_formula_start(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn is_formula_start(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn field(text: &str) -> String {
    let edges = text.starts_with(' ') || text.ends_with(' ');
    if edges || text.contains(['"', ',', ';', '\r', '\n', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn line(fields: &[String], out: &mut String) {
    out.push_str(&fields.join(","));
    out.push_str("\r\n");
}
