//! The core's port for documents: typesetting in a child, spreadsheets here.

use std::sync::Arc;

use matoi_core::kernel::ports::{Boxed, Documents, MadeFile, Sheet, SheetCell};
use matoi_core::{Error, Message, Result};
use matoi_pdf::incident::IncidentReportData;
use matoi_pdf::sheet;
use serde_json::{Value as Json, json};

use super::pool::Pool;
use super::protocol::{Answer, Request};

/// Documents made in children.
#[derive(Debug, Clone)]
pub struct WorkerDocuments(Arc<Pool>);

impl WorkerDocuments {
    /// Documents that this pool makes.
    #[must_use]
    pub const fn new(pool: Arc<Pool>) -> Self {
        Self(pool)
    }

    /// Sends a request. What the child refuses is wrong in what stands at `pointer`.
    async fn ask(&self, request: &Json, pointer: &'static str, key: &'static str) -> Result<MadeFile> {
        let header = serde_json::to_vec(&Request::Document)?;
        let body = serde_json::to_vec(request)?;
        let frame = self
            .0
            .ask(&header, &body)
            .await
            .map_err(|error| Error::Unavailable(format!("documents: {error}")))?;
        match serde_json::from_slice(&frame.header)? {
            Answer::Document { pages } => Ok(MadeFile {
                bytes: frame.body,
                pages: pages.and_then(|pages| i64::try_from(pages).ok()),
            }),
            Answer::Refused { what } => Err(Error::field(pointer, Message::new(key).with("what", what))),
            _ => Err(Error::Unavailable(
                "documents: the process answered nonsense".to_owned(),
            )),
        }
    }
}

impl Documents for WorkerDocuments {
    fn fill(&self, name: String, template: String, data: Json) -> Boxed<'_, Result<String>> {
        Box::pin(async move {
            // Everything a template may name is there, also what is not known.
            let data: IncidentReportData = serde_json::from_value(data)?;
            let request = json!({
                "format": "text",
                "meta": { "title": "", "organisation": "", "lang": data.lang, "created": data.as_of },
                "source": { "from": "template", "template": { "name": name, "text": template }, "data": data },
            });
            let file = self.ask(&request, "/template", "error-document-template").await?;
            String::from_utf8(file.bytes).map_err(|error| Error::Internal(error.to_string()))
        })
    }

    fn make(&self, request: Json) -> Boxed<'_, Result<MadeFile>> {
        Box::pin(async move { self.ask(&request, "/content", "error-document-text").await })
    }

    fn workbook(&self, sheets: Vec<Sheet>, zone: String) -> Boxed<'_, Result<Vec<u8>>> {
        Box::pin(async move {
            let made = tokio::task::spawn_blocking(move || write_workbook(sheets, &zone)).await;
            made.map_err(|error| Error::Internal(error.to_string()))?
        })
    }
}

fn write_workbook(sheets: Vec<Sheet>, zone: &str) -> Result<Vec<u8>> {
    let workbook = sheet::Workbook {
        title: sheets.first().map(|sheet| sheet.name.clone()).unwrap_or_default(),
        organisation: String::new(),
        lang: matoi_types::Lang::Ja,
        zone: zone.to_owned(),
        created: matoi_types::Timestamp::from_micros(0),
        sheets: sheets.into_iter().map(to_sheet).collect(),
    };
    sheet::write_xlsx(&workbook).map_err(|error| Error::Internal(error.to_string()))
}

fn to_sheet(sheet: Sheet) -> sheet::Sheet {
    let columns = sheet.columns.iter().enumerate().map(|(at, column)| {
        let told = sheet.rows.iter().filter_map(|row| row.get(at));
        sheet::SheetColumn {
            title: column.title.clone(),
            width: Some(f64::from(column.width)),
            kind: told
                .map(kind_of)
                .find_map(|kind| kind)
                .unwrap_or(sheet::ColumnKind::Text),
        }
    });
    let columns = columns.collect();
    let row = |row: Vec<SheetCell>| row.into_iter().map(to_value).collect();
    sheet::Sheet {
        name: sheet.name,
        columns,
        rows: sheet.rows.into_iter().map(row).collect(),
    }
}

/// What a column holds, as far as a cell tells.
const fn kind_of(cell: &SheetCell) -> Option<sheet::ColumnKind> {
    match cell {
        SheetCell::Empty => None,
        SheetCell::Text(_) => Some(sheet::ColumnKind::Text),
        SheetCell::Int(_) => Some(sheet::ColumnKind::Integer),
        SheetCell::Number(_) => Some(sheet::ColumnKind::Number),
        SheetCell::Time(_) => Some(sheet::ColumnKind::Datetime),
        SheetCell::Duration(_) => Some(sheet::ColumnKind::Duration),
    }
}

fn to_value(cell: SheetCell) -> Option<sheet::SheetValue> {
    match cell {
        SheetCell::Empty => None,
        SheetCell::Text(text) => Some(sheet::SheetValue::text(text)),
        SheetCell::Int(number) | SheetCell::Duration(number) => Some(sheet::SheetValue::Integer(number)),
        SheetCell::Number(number) => Some(sheet::SheetValue::Number(number)),
        SheetCell::Time(time) => Some(sheet::SheetValue::time(time)),
    }
}
