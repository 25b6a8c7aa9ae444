//! Word files: their parts, and LibreOffice as a reader where it is installed.

use std::fs;
use std::io::{Cursor, Read};

use matoi_pdf::incident::ReportKind;
use matoi_pdf::{Document, Pictures, parse_markdown, write_docx};
use matoi_types::Lang;
use tempfile::TempDir;
use zip::ZipArchive;

use crate::{pdf, support};

fn docx(document: &Document) -> Vec<u8> {
    write_docx(document, &Pictures::new()).unwrap()
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn body(markdown: &str) -> String {
    let mut document = support::report(ReportKind::Interim, Lang::Ja, 0);
    document.blocks = parse_markdown(markdown).unwrap().blocks;
    part(&docx(&document), "word/document.xml")
}

#[test]
fn headings_lists_and_tables_are_real_ones() {
    let xml = body("## 節\n\n### 項\n\n3. 三\n4. 四\n\n- 点\n  - 中\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n");
    for expected in [
        r#"<w:pStyle w:val="Heading1"/>"#,
        r#"<w:pStyle w:val="Heading2"/>"#,
        r#"<w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>"#,
        r#"<w:numPr><w:ilvl w:val="1"/><w:numId w:val="2"/></w:numPr>"#,
        "<w:tblHeader/>",
        r#"<w:jc w:val="right"/>"#,
    ] {
        assert!(xml.contains(expected), "{expected} is not in\n{xml}");
    }
    assert!(!xml.contains("1.1"), "numbers come from the style");
}

#[test]
fn styles_name_fonts_languages_and_numbering() {
    let bytes = docx(&support::report(ReportKind::Internal, Lang::Ja, 2));
    let styles = part(&bytes, "word/styles.xml");
    for expected in [
        r#"w:eastAsia="Noto Sans JP""#,
        r#"<w:lang w:val="en-US" w:eastAsia="ja-JP" w:bidi="ar-SA"/>"#,
        r#"<w:name w:val="heading 1"/>"#,
        r#"<w:outlineLvl w:val="0"/>"#,
    ] {
        assert!(styles.contains(expected), "{expected}");
    }
    assert!(part(&bytes, "word/fontTable.xml").contains(r#"<w:altName w:val="Yu Gothic"/>"#));
    assert!(
        part(&bytes, "word/numbering.xml").contains(r#"<w:pStyle w:val="Heading1"/><w:lvlText w:val="%1"/>"#)
    );
    let footer = part(&bytes, "word/footer1.xml");
    assert!(footer.contains(r#"w:instr="PAGE""#) && footer.contains(r#"w:instr="NUMPAGES""#));
    assert!(footer.contains("CDC-RPT-2026-0147　第1.0版") && footer.contains("社外秘"));
    let core = part(&bytes, "docProps/core.xml");
    for expected in [
        "<dc:title>インシデント対応報告書（社内）</dc:title>",
        "<dc:language>ja-JP</dc:language>",
        "2026-12-04T08:30:00Z",
    ] {
        assert!(core.contains(expected), "{expected}");
    }
}

#[test]
fn the_control_block_and_the_draft_mark_follow_the_state() {
    let approved = docx(&support::report(ReportKind::Internal, Lang::Ja, 0));
    let text = part(&approved, "word/document.xml");
    for word in [
        "文書番号",
        "承認済",
        "（代決）",
        "大西 隆",
        "配布先",
        "TLP:AMBER+STRICT",
    ] {
        assert!(text.contains(word), "{word}");
    }
    assert!(!part(&approved, "word/header1.xml").contains("v:shape"));
    let draft = docx(&support::report(ReportKind::Interim, Lang::Ja, 0));
    assert!(part(&draft, "word/header1.xml").contains(r#"string="草案""#));
    let external = part(
        &docx(&support::report(ReportKind::External, Lang::Ja, 0)),
        "word/document.xml",
    );
    assert!(!external.contains("大西") && external.contains("CDC-RPT-2026-0147"));
}

#[test]
fn hostile_text_stays_text() {
    let xml = body("\\<w:p> & \"x\" ]]> \\<script> [x](https://example.com/?a=1&b=\"<2>)");
    assert!(
        xml.contains("&lt;w:p&gt; &amp; &quot;x&quot; ]]&gt; &lt;script&gt;"),
        "{xml}"
    );
}

#[test]
fn every_part_is_well_formed_and_the_bytes_are_the_same_each_time() {
    for lang in [Lang::Ja, Lang::En] {
        let mut document = support::report(ReportKind::Internal, lang, 5);
        document.blocks.extend(
            parse_markdown(include_str!("../data/every_block.md"))
                .unwrap()
                .blocks,
        );
        let pictures = Pictures::from([("figure".to_owned(), pdf::png())]);
        let bytes = write_docx(&document, &pictures).unwrap();
        assert_eq!(bytes, write_docx(&document, &pictures).unwrap());
        let mut archive = ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let names: Vec<String> = archive
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        assert!(names.contains(&"word/media/picture0.png".to_owned()));
        for name in names
            .iter()
            .filter(|name| name.ends_with(".xml") || name.ends_with(".rels"))
        {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            assert_balanced(name, &text);
        }
    }
}

/// Every element that opens closes, in order.
fn assert_balanced(name: &str, xml: &str) {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let element = tag.trim_end_matches('/').split(' ').next().unwrap();
        if tag.starts_with('?') || tag.ends_with('/') {
            continue;
        }
        match element.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{name}"),
            None => open.push(element),
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "{name}");
}

#[test]
fn libreoffice_opens_the_file_and_finds_everything_in_it() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("report.docx");
    let home = format!("-env:UserInstallation=file://{}/home", directory.path().display());
    let out = directory.path().to_str().unwrap();
    fs::write(&path, docx(&support::report(ReportKind::Internal, Lang::Ja, 40))).unwrap();
    let arguments = [
        &home,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        out,
        path.to_str().unwrap(),
    ];
    if support::program("soffice", &arguments).is_none() {
        return;
    }
    let converted = directory.path().join("report.pdf");
    let Some(text) = support::program("pdftotext", &["-layout", converted.to_str().unwrap(), "-"]) else {
        return;
    };
    let text: String = String::from_utf8(text).unwrap().split_whitespace().collect();
    for word in [
        "1要旨",
        "3.1直接的な影響",
        "12時系列記録",
        "ページ1/",
        "以上",
        "54,200,000円（概算）",
    ] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}
