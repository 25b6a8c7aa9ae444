//! Excel workbooks.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use matoi_types::Lang;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook as File, Worksheet,
    XlsxError,
};

use super::{ColumnKind, Sheet, SheetColumn, SheetValue, Workbook, check_size, time_zone};
use crate::error::Error;
use crate::measure;

/// The longest text of a cell, in UTF-16 units.
const MAX_CELL: usize = 32_767;
/// The longest name of a sheet, in UTF-16 units.
const MAX_NAME: usize = 31;
/// Excel keeps fifteen digits of a number.
const MAX_EXACT: u64 = 999_999_999_999_999;
/// Widest column that is measured, in characters.
const MAX_WIDTH: f64 = 60.0;
/// Rows that are looked at to measure a column.
const MEASURED_ROWS: usize = 500;

/// Writes a workbook: header row in bold and frozen, filter on every column, times as real dates in the zone.
///
/// The same workbook gives the same bytes.
///
/// # Errors
/// [`Error::Request`] if there is no sheet or no such zone, [`Error::Limit`] if a sheet is too large.
pub fn write_xlsx(workbook: &Workbook) -> Result<Vec<u8>, Error> {
    if workbook.sheets.is_empty() {
        return Err(Error::Request {
            what: "a workbook needs a sheet".to_owned(),
        });
    }
    let zone = time_zone(&workbook.zone)?;
    let mut file = File::new();
    file.set_properties(&properties(workbook)?);
    let mut names = BTreeSet::new();
    for sheet in &workbook.sheets {
        check_size(sheet)?;
        let name = free_name(&sheet.name, &mut names);
        let worksheet = file.add_worksheet();
        write_sheet(worksheet, sheet, &name, workbook.lang, &zone).map_err(Error::internal)?;
    }
    file.save_to_buffer().map_err(Error::internal)
}

fn properties(workbook: &Workbook) -> Result<DocProperties, Error> {
    let created = excel_time(workbook.created.to_jiff(), &TimeZone::UTC)
        .ok_or_else(|| Error::limit("creation time in years", 9999))?;
    Ok(DocProperties::new()
        .set_title(crate::clean::line(&workbook.title))
        .set_author(crate::clean::line(&workbook.organisation))
        .set_company(crate::clean::line(&workbook.organisation))
        .set_creation_datetime(&created))
}

fn write_sheet(
    worksheet: &mut Worksheet,
    sheet: &Sheet,
    name: &str,
    lang: Lang,
    zone: &TimeZone,
) -> Result<(), XlsxError> {
    worksheet.set_name(name)?;
    let formats: Vec<Format> = sheet
        .columns
        .iter()
        .map(|column| cell_format(column.kind, lang))
        .collect();
    let text = cell_format(ColumnKind::Text, lang);
    let left = header_format(lang);
    let right = header_format(lang).set_align(FormatAlign::Right);
    for (index, column) in (0_u16..).zip(&sheet.columns) {
        worksheet.set_column_width(index, width(sheet, usize::from(index), column))?;
        let header = if is_number(column.kind) { &right } else { &left };
        worksheet.write_string_with_format(0, index, cut(&column.title), header)?;
    }
    for (row, values) in (1_u32..).zip(&sheet.rows) {
        for ((index, column), format) in (0_u16..).zip(&sheet.columns).zip(&formats) {
            if let Some(value) = values.get(usize::from(index)).and_then(Option::as_ref) {
                write_value(
                    worksheet,
                    (row, index),
                    value,
                    column.kind,
                    Dress { format, text: &text },
                    zone,
                )?;
            }
        }
    }
    worksheet.set_freeze_panes(1, 0)?;
    if let Some(last) = u16::try_from(sheet.columns.len())
        .ok()
        .and_then(|count| count.checked_sub(1))
    {
        let rows = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
        worksheet.autofilter(0, 0, rows, last)?;
        worksheet.set_repeat_rows(0, 0)?;
    }
    // Paper 9 is A4. One page wide, as long as it takes.
    worksheet
        .set_paper_size(9)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_footer("&C&P / &N");
    Ok(())
}

/// Formats of a value that fits its column and of one that does not.
#[derive(Clone, Copy)]
struct Dress<'f> {
    format: &'f Format,
    text: &'f Format,
}

fn write_value(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &SheetValue,
    kind: ColumnKind,
    dress: Dress<'_>,
    zone: &TimeZone,
) -> Result<(), XlsxError> {
    let number = match kind {
        ColumnKind::Text => None,
        ColumnKind::Integer | ColumnKind::Number | ColumnKind::Percent => exact_number(value),
        ColumnKind::Duration => exact_number(value)
            .map(|seconds| seconds / 86_400.0)
            .filter(|days| *days >= 0.0),
        ColumnKind::Datetime => {
            if let Some(time) = value.as_time().and_then(|time| excel_time(time, zone)) {
                worksheet.write_datetime_with_format(row, column, &time, dress.format)?;
                return Ok(());
            }
            None
        }
    };
    match number {
        Some(number) => worksheet.write_number_with_format(row, column, number, dress.format)?,
        // Never `write`, which would look into the text for formulas and links.
        None => worksheet.write_string_with_format(row, column, cut(&value.plain()), dress.text)?,
    };
    Ok(())
}

/// A number that Excel can keep as it is.
fn exact_number(value: &SheetValue) -> Option<f64> {
    match value {
        SheetValue::Integer(number) if number.unsigned_abs() > MAX_EXACT => None,
        value => value.as_number(),
    }
}

/// Local time in the zone; Excel knows no zones and no years before 1900.
fn excel_time(time: jiff::Timestamp, zone: &TimeZone) -> Option<ExcelDateTime> {
    let local = time.to_zoned(zone.clone());
    let year = u16::try_from(local.year())
        .ok()
        .filter(|year| (1900..=9999).contains(year))?;
    let (month, day) = (u8::try_from(local.month()).ok()?, u8::try_from(local.day()).ok()?);
    let (hour, minute) = (
        u16::try_from(local.hour()).ok()?,
        u8::try_from(local.minute()).ok()?,
    );
    let second = f64::from(local.second());
    ExcelDateTime::from_ymd(year, month, day)
        .ok()?
        .and_hms(hour, minute, second)
        .ok()
}

/// Whether values of this kind stand at the right edge.
const fn is_number(kind: ColumnKind) -> bool {
    match kind {
        ColumnKind::Integer | ColumnKind::Number | ColumnKind::Duration | ColumnKind::Percent => true,
        ColumnKind::Text | ColumnKind::Datetime => false,
    }
}

fn header_format(lang: Lang) -> Format {
    base_format(lang)
        .set_bold()
        .set_font_color(Color::RGB(0x0044_505c))
        .set_background_color(Color::RGB(0x00f1_f4f6))
        .set_border_bottom(FormatBorder::Thin)
        .set_border_bottom_color(Color::RGB(0x001c_2733))
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap()
}

fn cell_format(kind: ColumnKind, lang: Lang) -> Format {
    let format = base_format(lang).set_align(FormatAlign::Top);
    match kind {
        ColumnKind::Text => format.set_text_wrap().set_num_format("@"),
        ColumnKind::Integer => format.set_num_format("#,##0"),
        ColumnKind::Number => format.set_num_format("#,##0.##"),
        ColumnKind::Datetime => format
            .set_num_format("yyyy-mm-dd hh:mm")
            .set_align(FormatAlign::Left),
        ColumnKind::Duration => format.set_num_format("[h]:mm:ss"),
        ColumnKind::Percent => format.set_num_format("0.0%"),
    }
}

fn base_format(lang: Lang) -> Format {
    match lang {
        Lang::Ja => Format::new().set_font_name("Yu Gothic").set_font_size(10),
        Lang::En => Format::new().set_font_name("Calibri").set_font_size(10),
    }
}

fn width(sheet: &Sheet, index: usize, column: &SheetColumn) -> f64 {
    if let Some(width) = column.width.filter(|width| width.is_finite()) {
        return width.clamp(1.0, 255.0);
    }
    let least = match column.kind {
        ColumnKind::Datetime => 16,
        ColumnKind::Duration => 10,
        ColumnKind::Text | ColumnKind::Integer | ColumnKind::Number | ColumnKind::Percent => 6,
    };
    let values = sheet
        .rows
        .iter()
        .take(MEASURED_ROWS)
        .filter_map(|row| row.get(index).and_then(Option::as_ref))
        .filter(|_| column.kind != ColumnKind::Datetime)
        .map(|value| value.plain().lines().map(measure::width).max().unwrap_or(0));
    // The arrow of the filter stands in the header.
    let title = measure::width(&column.title) + 3;
    let widest = values.max().unwrap_or(0).max(title).max(least);
    (f64::from(widest) * 1.05 + 1.5).min(MAX_WIDTH)
}

/// Text that fits a cell.
fn cut(raw: &str) -> String {
    let text = crate::clean::text(raw);
    if text.len() <= MAX_CELL {
        return text;
    }
    limited(&text, MAX_CELL)
}

/// As much of the text as has this many UTF-16 units, with an ellipsis if something is missing.
fn limited(text: &str, units: usize) -> String {
    if text.encode_utf16().count() <= units {
        return text.to_owned();
    }
    let mut used = 1;
    let mut out = String::new();
    for c in text.chars() {
        used += c.len_utf16();
        if used > units {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// A name that Excel takes and that no other sheet has; case does not tell names apart.
fn free_name(raw: &str, taken: &mut BTreeSet<String>) -> String {
    let cleaned: String = crate::clean::line(raw)
        .chars()
        .map(|c| {
            if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let cleaned = cleaned.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    // Excel keeps this name for itself.
    let base = match cleaned {
        "" => "Sheet".to_owned(),
        name if name.eq_ignore_ascii_case("history") => format!("{name}_"),
        name => name.to_owned(),
    };
    let mut name = limited(&base, MAX_NAME).trim_end_matches('\'').to_owned();
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        let suffix = format!(" ({number})");
        name = format!("{}{suffix}", limited(&base, MAX_NAME - suffix.len()));
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_what_excel_takes() {
        let mut taken = BTreeSet::new();
        let cases = [
            ("案件一覧", "案件一覧"),
            ("a/b:c*d?[e]\\f", "a b c d  e  f"),
            ("'quoted'", "quoted"),
            ("", "Sheet"),
            ("sheet", "sheet (2)"),
            ("History", "History_"),
            (
                "0123456789012345678901234567890123",
                "012345678901234567890123456789…",
            ),
        ];
        for (raw, expect) in cases {
            assert_eq!(free_name(raw, &mut taken), expect);
        }
    }

    #[test]
    fn long_text_is_cut_at_what_a_cell_holds() {
        let text = cut(&"あ𠮷".repeat(20_000));
        assert_eq!(text.encode_utf16().count(), MAX_CELL);
        assert!(text.ends_with('…'));
    }
}
