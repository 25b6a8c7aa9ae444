//! Tables for spreadsheets: Excel workbooks and CSV files from the same columns and rows.
//!
//! Text stays text. A value that begins with `=` is no formula in either format, so what an outsider typed into a form
//! cannot run on the desk of the person who opens the export.

mod csv;
mod xlsx;

use matoi_types::{Lang, Timestamp};
use serde::{Deserialize, Serialize};

pub use csv::{ByteOrderMark, unguard, write_csv};
pub use xlsx::write_xlsx;

/// Rows a sheet may have besides its header: what Excel can hold.
const MAX_ROWS: usize = 1_048_575;
/// Columns a sheet may have: what Excel can hold.
const MAX_COLUMNS: usize = 16_384;

/// A workbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workbook {
    /// Title in the properties of the file.
    pub title: String,
    /// Author in the properties of the file.
    pub organisation: String,
    /// The language, which decides about fonts.
    pub lang: Lang,
    /// The IANA name of the zone in which times are written.
    pub zone: String,
    /// The creation time written into the file.
    pub created: Timestamp,
    /// The sheets. There must be one at least.
    pub sheets: Vec<Sheet>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// The name on the tab. What Excel does not allow is replaced.
    pub name: String,
    /// The columns.
    pub columns: Vec<SheetColumn>,
    /// The rows, each with as many values as there are columns; missing ones are empty.
    pub rows: Vec<Vec<Option<SheetValue>>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SheetColumn {
    /// The words in the header.
    pub title: String,
    /// Width in characters; measured if absent.
    #[serde(default)]
    pub width: Option<f64>,
    /// What its values are. A value that does not fit is written as text, never dropped.
    pub kind: ColumnKind,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// Points in time, given in RFC 3339.
    Datetime,
    /// Spans of time, given in seconds.
    Duration,
    /// Shares, given as a fraction: 0.91 is 91 %.
    Percent,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SheetValue {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text, or a point in time in RFC 3339.
    Text(String),
}

impl SheetValue {
    /// Text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A point in time, for a column of [`ColumnKind::Datetime`].
    #[must_use]
    pub fn time(time: Timestamp) -> Self {
        Self::Text(time.to_string())
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
        .filter(|number| number.is_finite())
    }

    fn as_time(&self) -> Option<jiff::Timestamp> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Integer(_) | Self::Number(_) => None,
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => crate::clean::text(text),
        }
    }
}

fn time_zone(name: &str) -> Result<jiff::tz::TimeZone, crate::Error> {
    jiff::tz::TimeZone::get(name).map_err(|_| crate::Error::Request {
        what: format!("no time zone `{name}`"),
    })
}

fn check_size(sheet: &Sheet) -> Result<(), crate::Error> {
    if sheet.rows.len() > MAX_ROWS {
        return Err(crate::Error::limit("number of rows of a sheet", MAX_ROWS));
    }
    if sheet.columns.len() > MAX_COLUMNS {
        return Err(crate::Error::limit("number of columns of a sheet", MAX_COLUMNS));
    }
    Ok(())
}
