//! Nothing that comes in as data may break, run or restructure a document.

use matoi_pdf::incident::{ReportKind, shipped_template};
use matoi_pdf::{
    Block, Control, Document, Inline, PdfProfile, Pictures, fill_template, parse_markdown, write_blocks,
    write_document, write_docx,
};
use matoi_types::Lang;
use proptest::prelude::*;
use serde_json::Value;

use crate::support;

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("#import \"@preview/x:1.0.0\"\n"),
        Just("#read(\"/etc/passwd\")"),
        Just("#eval(\"1\")"),
        Just("$"),
        Just("#"),
        Just("]"),
        Just("["),
        Just("\\"),
        Just("{{ 7*7 }}"),
        Just("{% for x in y %}"),
        Just("{#"),
        Just("<script>"),
        Just("</w:t></w:r></w:p>"),
        Just("]]>"),
        Just("&#x0;"),
        Just("\u{0}"),
        Just("\u{202e}"),
        Just("\u{200b}"),
        Just("\u{fffe}"),
        Just("\u{f1000}"),
        Just("\n\n# "),
        Just("\n- "),
        Just("|"),
        Just("`"),
        Just("**"),
        Just("[a](javascript:x)"),
        Just("TLP:RED"),
        Just("😀"),
        Just("葛\u{e0100}"),
        Just("e\u{301}"),
        Just("العربية"),
        Just("纏"),
        Just("，"),
        Just("a"),
        Just(" "),
        Just("\t"),
        Just("\r\n"),
        Just("\u{2028}"),
        Just("𠮷"),
        Just(
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        ),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Puts a text into every string of the data that is no time, zone or step of a scale.
fn poison(value: &mut Value, text: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, text)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let fixed = matches!(
                    name.as_str(),
                    "lang" | "zone" | "as_of" | "tlp" | "priority" | "severity" | "importance" | "currency"
                );
                if !fixed {
                    poison(field, text);
                }
            }
        }
        Value::String(old)
            if old.parse::<matoi_types::Timestamp>().is_err()
                && old.parse::<jiff::civil::Date>().is_err() =>
        {
            *old = text.to_owned();
        }
        _ => {}
    }
}

/// Everything that shapes a document; text does not.
fn skeleton(blocks: &[Block]) -> Vec<String> {
    blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading { level, number, .. } if *level <= 3 => Some(format!("h{level} {number}")),
            Block::Table(table) => Some(format!("table {}x{}", table.columns.len(), table.rows.len())),
            Block::PageBreak | Block::Image { .. } => Some("forbidden".to_owned()),
            _ => None,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_report_keeps_its_shape_and_can_always_be_written(text in hostile()) {
        let clean = serde_json::to_value(support::incident(Lang::Ja, 2)).unwrap();
        let mut poisoned = clean.clone();
        poison(&mut poisoned, &text);
        let template = shipped_template(ReportKind::Internal, Lang::Ja);
        let expected = fill_template(&template, &clean).unwrap();
        let parsed = fill_template(&template, &poisoned).unwrap();
        let shape = skeleton(&parsed.blocks);
        // Notes may bring tables of their own; headings, page breaks and pictures they may not.
        let headings = |shape: &[String]| shape.iter().filter(|s| !s.starts_with("table")).cloned().collect::<Vec<_>>();
        prop_assert_eq!(headings(&shape), headings(&skeleton(&expected.blocks)));

        let mut document = support::report(ReportKind::Internal, Lang::Ja, 0);
        document.meta.title = text.clone();
        document.meta.organisation = text.clone();
        document.meta.subtitle = Some(text.clone());
        let control: Control = {
            let mut value = serde_json::to_value(&document.control).unwrap();
            value["number"] = Value::String(text.clone());
            value["classification"] = Value::String(text.clone());
            value["approved"]["name"] = Value::String(text.clone());
            value["distribution"] = serde_json::json!([text.clone(), text.clone()]);
            serde_json::from_value(value).unwrap()
        };
        document.control = Some(control);
        document.blocks = parsed.blocks;
        let pdf = support::renderer().pdf(&document, &Pictures::new(), None, PdfProfile::Archive).unwrap();
        prop_assert_eq!(pdf.warnings, Vec::<String>::new());
        prop_assert!(write_docx(&document, &Pictures::new()).is_ok());
        let markdown = write_document(&document).unwrap();
        let holds_control = markdown.chars().any(|c| c.is_control() && c != '\n');
        prop_assert!(!holds_control);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_filled_report_survives_an_edit(text in hostile(), before in "[ a（]{0,2}", after in "[ b）]{0,2}") {
        let template = matoi_pdf::TextFile {
            name: "t".to_owned(),
            text: format!("{before}{{{{ v }}}}{after}\n\n**{{{{ v }}}}**{after}\n\n- *{{{{ v }}}}*\n\n| a |\n|---|\n| `{{{{ v }}}}` {{{{ v | markdown }}}} |\n\n{{{{ v | markdown }}}}\n"),
        };
        let data = serde_json::json!({ "lang": "ja", "zone": "UTC", "v": text });
        let blocks = fill_template(&template, &data).unwrap().blocks;
        let written = write_blocks(&blocks);
        prop_assert_eq!(parse_markdown(&written).unwrap().blocks, blocks, "{}", written);
    }

    #[test]
    fn markdown_of_any_kind_becomes_pdf_and_word(text in "[#>*_`|\\-+.0-9a-c\\[\\]()!<>&~ \n。「」あ]{0,80}") {
        let document = Document {
            control: None,
            blocks: parse_markdown(&text).unwrap().blocks,
            ..support::report(ReportKind::External, Lang::Ja, 0)
        };
        let wants_pictures = write_blocks(&document.blocks).contains("![");
        prop_assert!(wants_pictures || write_docx(&document, &Pictures::new()).is_ok());
    }
}

#[test]
fn a_text_that_is_long_without_end_is_laid_out() {
    let mut document = support::report(ReportKind::External, Lang::En, 0);
    document.blocks = vec![Block::Paragraph {
        text: vec![
            Inline::text("a".repeat(20_000)),
            Inline::Code {
                text: "b".repeat(20_000),
            },
        ],
    }];
    let pdf = support::renderer()
        .pdf(&document, &Pictures::new(), None, PdfProfile::Archive)
        .unwrap();
    assert!(pdf.pages > 3);
}
