//! PDF files, read back with the tools of poppler where they are installed.

use std::fs;

use matoi_pdf::incident::ReportKind;
use matoi_pdf::{Block, Document, Error, Inline, PdfProfile, Pictures, TextFile, parse_markdown};
use matoi_types::Lang;
use tempfile::TempDir;

use crate::support;

fn pdf(document: &Document) -> Vec<u8> {
    let pdf = support::renderer()
        .pdf(document, &Pictures::new(), None, PdfProfile::Archive)
        .unwrap();
    assert_eq!(pdf.warnings, Vec::<String>::new());
    pdf.bytes
}

/// The text of each page, in the order of layout.
fn pages(bytes: &[u8]) -> Option<Vec<String>> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a.pdf");
    fs::write(&path, bytes).unwrap();
    let text = support::program("pdftotext", &["-layout", path.to_str().unwrap(), "-"])?;
    let text = String::from_utf8(text).unwrap();
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    pages.pop();
    Some(pages)
}

fn with_text(markdown: &str) -> Document {
    let mut document = support::report(ReportKind::Interim, Lang::Ja, 0);
    document.control = None;
    document.blocks = parse_markdown(markdown).unwrap().blocks;
    document
}

#[test]
fn an_internal_report_has_its_control_block_and_numbered_pages() {
    for (lang, words) in [
        (
            Lang::Ja,
            [
                "文書番号",
                "承認済",
                "大西 隆",
                "（代決）",
                "社外秘",
                "取締役会、危機対策本部",
                "3時間31分",
                "第1.0版",
            ],
        ),
        (
            Lang::En,
            [
                "Document no.",
                "Approved",
                "Takashi Onishi",
                "(deputy)",
                "Confidential",
                "Board of directors, Crisis team",
                "3 h 31 min",
                "version 1.0",
            ],
        ),
    ] {
        let bytes = pdf(&support::report(ReportKind::Internal, lang, 60));
        let Some(pages) = pages(&bytes) else { return };
        assert!(pages.len() >= 6, "{}", pages.len());
        for word in words {
            assert!(pages[0].contains(word), "{word} is not in\n{}", pages[0]);
        }
        for (index, page) in pages.iter().enumerate() {
            let count = match lang {
                Lang::Ja => format!("ページ {} / {}", index + 1, pages.len()),
                Lang::En => format!("Page {} of {}", index + 1, pages.len()),
            };
            assert!(page.contains(&count), "{count} is not in\n{page}");
            assert_eq!(
                page.matches("TLP:AMBER+STRICT").count().min(2),
                2,
                "label in header and footer"
            );
        }
        let header = if lang == Lang::Ja { "担当" } else { "Who" };
        assert!(
            pages.last().unwrap().contains(header),
            "the header of the long table repeats"
        );
    }
}

#[test]
fn a_draft_is_marked_on_every_page_and_an_approved_document_on_none() {
    let mut document = support::report(ReportKind::Internal, Lang::Ja, 0);
    let Some(approved) = pages(&pdf(&document)) else {
        return;
    };
    assert!(approved.iter().all(|page| !page.contains('草')));
    document.control = Some(support::control(ReportKind::Interim, Lang::Ja));
    let draft = pages(&pdf(&document)).unwrap();
    // The mark stands askew, so its characters may come out apart.
    assert!(
        draft
            .iter()
            .all(|page| page.contains('草') && page.contains('案'))
    );
}

#[test]
fn the_external_report_shows_no_names_in_its_control_block() {
    let Some(pages) = pages(&pdf(&support::report(ReportKind::External, Lang::Ja, 0))) else {
        return;
    };
    let text = pages.concat();
    assert!(text.contains("CDC-RPT-2026-0147") && text.contains("お取引先各位"));
    for name in ["佐々木", "高橋", "大西", "取締役会"] {
        assert!(!text.contains(name), "{name}");
    }
}

#[test]
fn characters_of_names_and_forms_are_rendered_and_missing_ones_do_no_harm() {
    let bytes = pdf(&with_text(
        "纏 髙 﨑 ① ㈱ 〜 ～ 𠮷 ﾊﾝｶｸ Ⅳ ℡\n\n絵文字 😀👨‍👩‍👧 と العربية です。",
    ));
    let Some(pages) = pages(&bytes) else { return };
    for c in ["纏", "髙", "﨑", "①", "㈱", "〜", "～", "𠮷"] {
        assert!(pages[0].contains(c), "{c} is not in\n{}", pages[0]);
    }
    assert!(pages[0].contains('□'), "a box stands for what the font lacks");
}

#[test]
fn a_long_hash_breaks_in_a_narrow_cell_and_can_be_copied_whole() {
    let hash = "9f2c4a7d8b1e6035f4d2c9a80b7e13f65d4c2b1a09f8e7d6c5b4a3928170e17a";
    let bytes = pdf(&with_text(&format!(
        "| a | b | c | d |\n|---|---|---|---|\n| 説明を長く書く | `{hash}` | 説明を長く書く | 説明を長く書く |\n"
    )));
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a.pdf");
    fs::write(&path, bytes).unwrap();
    let Some(text) = support::program("pdftotext", &["-raw", path.to_str().unwrap(), "-"]) else {
        return;
    };
    let text = String::from_utf8(text).unwrap();
    let joined: String = text.split_whitespace().collect();
    assert!(joined.contains(hash), "{text}");
    assert!(
        !text.contains('\u{200b}') && !text.contains(hash),
        "it had to break: {text}"
    );
}

#[test]
fn the_file_tells_title_author_language_and_structure() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a.pdf");
    fs::write(&path, pdf(&support::report(ReportKind::Internal, Lang::Ja, 3))).unwrap();
    let Some(info) = support::program("pdfinfo", &[path.to_str().unwrap()]) else {
        return;
    };
    let info = String::from_utf8(info).unwrap();
    for expected in [
        "インシデント対応報告書（社内）",
        "みなと野精機株式会社",
        "Creator:         Matoi",
        "Tagged:          yes",
        "Suspects:        no",
        "A4",
        "Dec  4",
    ] {
        assert!(info.contains(expected), "{expected} is not in\n{info}");
    }
    let structure = support::program("pdfinfo", &["-struct-text", path.to_str().unwrap()]).unwrap();
    let structure = String::from_utf8_lossy(&structure).into_owned();
    for tag in ["H1 ", "H2 ", "Table", "TH", "TD", "LI"] {
        assert!(structure.contains(tag), "{tag}");
    }
    assert!(!structure.contains("草案"));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = support::report(ReportKind::Interim, Lang::Ja, 0);
    assert_eq!(pdf(&document), pdf(&document));
}

#[test]
fn a_layout_of_ones_own_replaces_the_shipped_one_and_sees_nothing_else() {
    let document = with_text("本文");
    let own = |text: &str| {
        let layout = TextFile {
            name: "own.typ".to_owned(),
            text: text.to_owned(),
        };
        support::renderer().pdf(&document, &Pictures::new(), Some(&layout), PdfProfile::Plain)
    };
    let fine = own("#let d = json(\"document.json\")\n#set text(font: \"Noto Sans JP\")\n#d.blocks.at(0).text.at(0).text").unwrap();
    assert_eq!(fine.pages, 1);
    let cases = [
        ("= a\n#nothing", 2, "unknown variable: nothing"),
        ("#read(\"/etc/passwd\")", 1, "file"),
        ("#import \"@preview/cetz:0.3.0\"", 1, ""),
        ("#datetime.today()", 1, "date"),
        ("#let x = {", 1, "unclosed delimiter"),
    ];
    for (text, line, expect) in cases {
        let Err(Error::Layout { at }) = own(text) else {
            panic!("{text} was taken")
        };
        assert_eq!((at.file.as_str(), at.line), ("own.typ", Some(line)), "{at}");
        assert!(at.what.contains(expect), "{at}");
    }
}

#[test]
fn a_layout_that_breaks_the_archive_rules_still_gives_a_file_and_a_warning() {
    let layout = TextFile {
        name: "own.typ".to_owned(),
        text: "#rect(width: 3cm)[#image(\"picture-0.png\")]".to_owned(),
    };
    let mut pictures = Pictures::new();
    pictures.insert("a".to_owned(), png());
    let pdf = support::renderer()
        .pdf(&with_text("x"), &pictures, Some(&layout), PdfProfile::Archive)
        .unwrap();
    assert!(
        pdf.warnings.iter().any(|w| w.contains("PDF/UA")),
        "{:?}",
        pdf.warnings
    );
}

#[test]
fn pictures_are_shown_and_bad_ones_are_named() {
    let document = with_text("![構成図](map)");
    let render =
        |pictures: Pictures| support::renderer().pdf(&document, &pictures, None, PdfProfile::Archive);
    let good = render(Pictures::from([("map".to_owned(), png())])).unwrap();
    assert_eq!(good.warnings, Vec::<String>::new());
    for (pictures, expect) in [
        (Pictures::new(), "not given"),
        (
            Pictures::from([("map".to_owned(), b"GIF89a".to_vec())]),
            "neither a PNG nor a JPEG",
        ),
    ] {
        let error = render(pictures).unwrap_err();
        assert!(
            error.to_string().contains("`map`") && error.to_string().contains(expect),
            "{error}"
        );
    }
}

#[test]
fn blocks_from_elsewhere_are_made_fit() {
    let mut document = with_text("x");
    document.blocks = vec![
        Block::Paragraph {
            text: vec![
                Inline::text("a\u{0}\nb\u{202e}c"),
                Inline::Link {
                    url: "javascript:alert(1)".to_owned(),
                    content: vec![Inline::text("link")],
                },
            ],
        },
        serde_json::from_str(
            r#"{"block":"table","columns":[{"align":"left","width":0},{"align":"right","width":7}],"header":[[]],"rows":[[],[[],[],[],[]]]}"#,
        )
        .unwrap(),
        serde_json::from_str(r#"{"block":"key_values","rows":[[]],"widths":[]}"#).unwrap(),
        serde_json::from_str(r#"{"block":"heading","level":9,"number":"7","text":[{"inline":"text","text":"h"}]}"#).unwrap(),
    ];
    let Some(pages) = pages(&pdf(&document)) else {
        return;
    };
    assert!(pages[0].contains("b[U+202E]clink"), "{}", pages[0]);
    let mut deep = Block::Rule;
    for _ in 0..40 {
        deep = Block::List {
            start: None,
            items: vec![vec![deep]],
        };
    }
    document.blocks = vec![deep];
    let outcome = support::renderer().pdf(&document, &Pictures::new(), None, PdfProfile::Archive);
    assert!(matches!(outcome, Err(Error::Limit { .. })));
}

/// A grey picture of one pixel.
pub(crate) fn png() -> Vec<u8> {
    vec![
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
        0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00,
        0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81,
        0x77, 0xcd, 0x72, 0xb6, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ]
}
