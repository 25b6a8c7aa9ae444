//! Workbooks and CSV files.

use std::io::{Cursor, Read};

use matoi_pdf::Error;
use matoi_pdf::sheet::{
    ByteOrderMark, ColumnKind, Sheet, SheetColumn, SheetValue, Workbook, unguard, write_csv, write_xlsx,
};
use matoi_types::Lang;
use proptest::prelude::*;
use zip::ZipArchive;

fn column(title: &str, kind: ColumnKind) -> SheetColumn {
    SheetColumn {
        title: title.to_owned(),
        width: None,
        kind,
    }
}

pub(crate) fn cases() -> Sheet {
    let text = |text: &str| Some(SheetValue::text(text));
    Sheet {
        name: "案件/一覧".to_owned(),
        columns: vec![
            column("番号", ColumnKind::Text),
            column("件数", ColumnKind::Integer),
            column("検知", ColumnKind::Datetime),
            column("所要", ColumnKind::Duration),
            column("割合", ColumnKind::Percent),
            column("費用", ColumnKind::Number),
        ],
        rows: vec![
            vec![
                text("INC-2026-0147"),
                Some(SheetValue::Integer(3)),
                Some(SheetValue::time("2026-11-19T18:12:00Z".parse().unwrap())),
                Some(SheetValue::Integer(11520)),
                Some(SheetValue::Number(0.91)),
                Some(SheetValue::Number(-5.5)),
            ],
            vec![
                text("=HYPERLINK(\"http://evil.example\",\"x\")"),
                text("+1"),
                text("未確認"),
                text("-"),
                None,
                Some(SheetValue::Integer(i64::MAX)),
            ],
            vec![text("a, \"b\"\nc"), None],
        ],
    }
}

pub(crate) fn workbook(sheets: Vec<Sheet>) -> Workbook {
    Workbook {
        title: "案件一覧".to_owned(),
        organisation: "みなと野精機株式会社".to_owned(),
        lang: Lang::Ja,
        zone: "Asia/Tokyo".to_owned(),
        created: "2026-12-04T08:30:00Z".parse().unwrap(),
        sheets,
    }
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn numbers_dates_and_spans_are_values_and_text_is_never_a_formula() {
    let bytes = write_xlsx(&workbook(vec![cases(), cases()])).unwrap();
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>"), "{sheet}");
    // 2026-11-20 03:12 in Tokyo is day 46346.1333 of Excel; 11520 seconds are 0.1333 days.
    assert!(sheet.contains("<v>46346.133333333"), "{sheet}");
    assert!(sheet.contains("<v>0.13333333333"), "{sheet}");
    assert!(
        sheet.contains("<v>0.91</v>") && sheet.contains("<v>-5.5</v>"),
        "{sheet}"
    );
    assert!(
        sheet.contains("<autoFilter ref=\"A1:F4\"/>") && sheet.contains("state=\"frozen\""),
        "{sheet}"
    );
    let strings = part(&bytes, "xl/sharedStrings.xml");
    for text in ["=HYPERLINK", "+1", "未確認", "9223372036854775807"] {
        assert!(strings.contains(text), "{text} is not in {strings}");
    }
    let names = part(&bytes, "xl/workbook.xml");
    assert!(
        names.contains("name=\"案件 一覧\"") && names.contains("name=\"案件 一覧 (2)\""),
        "{names}"
    );
    assert!(part(&bytes, "docProps/core.xml").contains("2026-12-04T08:30:00Z"));
}

#[test]
fn the_same_workbook_gives_the_same_bytes() {
    let book = workbook(vec![cases()]);
    assert_eq!(write_xlsx(&book).unwrap(), write_xlsx(&book).unwrap());
}

#[test]
fn csv_is_what_other_programs_read_and_excel_does_not_run() {
    let bytes = write_csv(&cases(), "Asia/Tokyo", ByteOrderMark::Present).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    insta::assert_snapshot!(text.trim_start_matches('\u{feff}').replace("\r\n", "␍␊\n"), @r#"
    番号,件数,検知,所要,割合,費用␍␊
    INC-2026-0147,3,2026-11-20T03:12:00+09:00,11520,0.91,-5.5␍␊
    "'=HYPERLINK(""http://evil.example"",""x"")",'+1,未確認,'-,,9223372036854775807␍␊
    "a, ""b""
    c",,,,,␍␊
    "#);
    assert!(text.starts_with('\u{feff}'));
    assert!(
        !write_csv(&cases(), "UTC", ByteOrderMark::Absent)
            .unwrap()
            .starts_with(b"\xef\xbb\xbf")
    );
}

#[test]
fn what_cannot_be_written_is_said() {
    assert!(matches!(
        write_xlsx(&workbook(Vec::new())),
        Err(Error::Request { .. })
    ));
    let mut nowhere = workbook(vec![cases()]);
    nowhere.zone = "Mars/Base".to_owned();
    assert!(
        write_xlsx(&nowhere)
            .unwrap_err()
            .to_string()
            .contains("Mars/Base")
    );
    let empty = Sheet {
        name: String::new(),
        columns: Vec::new(),
        rows: vec![Vec::new()],
    };
    assert!(write_xlsx(&workbook(vec![empty])).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_field_of_a_csv_file_begins_a_formula(texts in proptest::collection::vec("[=+@'\t\r\n\" ,a-c＝-]{0,6}", 1..4)) {
        let sheet = Sheet {
            name: "s".to_owned(),
            columns: texts.iter().map(|_| column("c", ColumnKind::Text)).collect(),
            rows: vec![texts.iter().map(|t| Some(SheetValue::text(t.clone()))).collect()],
        };
        let bytes = write_csv(&sheet, "UTC", ByteOrderMark::Absent).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let body = text.split_once("\r\n").unwrap().1;
        let fields = fields(body.strip_suffix("\r\n").unwrap());
        prop_assert_eq!(fields.len(), texts.len());
        for (field, raw) in fields.iter().zip(&texts) {
            prop_assert!(!field.starts_with(['=', '+', '-', '@', '＝', '\t', '\n']), "{}", field);
            prop_assert_eq!(unguard(field).replace('\t', " "), raw.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " "));
        }
    }

    #[test]
    fn any_text_makes_a_workbook(text in any::<String>(), name in any::<String>()) {
        let sheet = Sheet {
            name: name.clone(),
            columns: vec![column(&text, ColumnKind::Text), column(&name, ColumnKind::Datetime)],
            rows: vec![vec![Some(SheetValue::text(text.clone())), Some(SheetValue::text(text))]],
        };
        prop_assert!(write_xlsx(&workbook(vec![sheet.clone(), sheet])).is_ok());
    }
}

/// The fields of one record by RFC 4180.
fn fields(record: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = record.chars().peekable();
    while let Some(c) = chars.next() {
        let field = fields.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    fields
}
