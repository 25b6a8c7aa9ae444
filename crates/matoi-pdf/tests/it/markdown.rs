//! Markdown to blocks and back.

use matoi_pdf::incident::ReportKind;
use matoi_pdf::{Block, Inline, Tone, parse_markdown, plain_text, write_blocks, write_document};
use matoi_types::{Lang, Tlp};
use proptest::prelude::*;

use crate::support;

fn blocks(markdown: &str) -> Vec<Block> {
    parse_markdown(markdown).unwrap().blocks
}

fn paragraph(markdown: &str) -> Vec<Inline> {
    match blocks(markdown).as_slice() {
        [Block::Paragraph { text }] => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn headings(markdown: &str) -> Vec<String> {
    blocks(markdown)
        .iter()
        .filter_map(|block| match block {
            Block::Heading { level, number, text } => {
                Some(format!("{level} [{number}] {}", plain_text(text)))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn headings_are_numbered_and_gaps_between_levels_close() {
    let parsed = parse_markdown("# 題\n\n## 一\n\n### 二\n\n### 三\n\n## 四\n\n##### 注\n\n# 五\n").unwrap();
    assert_eq!(parsed.title.as_deref(), Some("題"));
    assert_eq!(
        headings("## 一\n\n### 二\n\n### 三\n\n## 四\n\n##### 注\n\n# 五\n"),
        [
            "1 [1] 一",
            "2 [1.1] 二",
            "2 [1.2] 三",
            "1 [2] 四",
            "4 [] 注",
            "1 [3] 五"
        ]
    );
    assert_eq!(
        headings("#### a\n\n### b\n\n#### c\n"),
        ["1 [1] a", "2 [1.1] b", "3 [1.1.1] c"]
    );
}

#[test]
fn japanese_lines_join_without_a_space_and_english_ones_with_one() {
    assert_eq!(
        paragraph("端末を\n隔離した。"),
        [Inline::text("端末を隔離した。")]
    );
    assert_eq!(
        paragraph("isolated\nthe host"),
        [Inline::text("isolated the host")]
    );
    assert_eq!(paragraph("端末FS-01\n隔離"), [Inline::text("端末FS-01 隔離")]);
}

#[test]
fn emphasis_works_beside_japanese_punctuation() {
    let strong = |text: &str| Inline::Strong {
        content: vec![Inline::text(text)],
    };
    assert_eq!(
        paragraph("これは**「重要」**です。"),
        [Inline::text("これは"), strong("「重要」"), Inline::text("です。")]
    );
    assert_eq!(
        paragraph("**至急（本日中）**対応"),
        [strong("至急（本日中）"), Inline::text("対応")]
    );
}

#[test]
fn html_is_shown_and_not_obeyed_but_for_breaks_and_comments() {
    assert_eq!(
        paragraph("a<br>b <!-- note --><b>c</b>"),
        [Inline::text("a"), Inline::Break, Inline::text("b <b>c</b>")]
    );
    assert_eq!(
        blocks("<!-- pagebreak -->\n\n<!-- other -->\n"),
        [Block::PageBreak]
    );
    assert_eq!(
        blocks("<script>alert(1)</script>\n"),
        [Block::Paragraph {
            text: vec![Inline::text("<script>alert(1)</script>")]
        }]
    );
}

#[test]
fn links_lead_only_where_a_reader_may_go() {
    assert_eq!(paragraph("[x](javascript:alert(1))"), [Inline::text("x")]);
    assert_eq!(
        paragraph("[x](https://example.com/?a=1&b=2)"),
        [Inline::Link {
            url: "https://example.com/?a=1&b=2".to_owned(),
            content: vec![Inline::text("x")]
        }]
    );
    assert_eq!(
        paragraph("https://example.com"),
        [Inline::text("https://example.com")]
    );
}

#[test]
fn callouts_have_a_tone_and_labels_their_colour() {
    let found = blocks("> [!WARNING]\n> 電源を切らない\n\n> TLP:AMBER+STRICT\n");
    assert!(matches!(
        &found[0],
        Block::Callout {
            tone: Tone::Warning,
            ..
        }
    ));
    let Block::Callout {
        tone: Tone::Quote,
        blocks,
    } = &found[1]
    else {
        panic!("{found:?}")
    };
    let label = Inline::Tlp {
        label: Tlp::AmberStrict,
    };
    assert_eq!(blocks, &[Block::Paragraph { text: vec![label] }]);
}

#[test]
fn a_table_without_header_words_holds_labels_and_values() {
    let found = blocks("| | | | |\n|-|-|-|-|\n| a | 1 | b | 2 |\n| c | 3 | | |\n");
    let Block::KeyValues { rows, widths } = &found[0] else {
        panic!("{found:?}")
    };
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(widths.iter().sum::<u16>(), 1000);
}

#[test]
fn dashes_of_different_length_set_the_widths() {
    let found = blocks("> | a | b |\n> |---|---------:|\n> | 1 | 2 |\n");
    let Block::Callout { blocks, .. } = &found[0] else {
        panic!("{found:?}")
    };
    let Block::Table(table) = &blocks[0] else {
        panic!("{blocks:?}")
    };
    assert_eq!(
        table.columns.iter().map(|c| c.width).collect::<Vec<_>>(),
        [250, 750]
    );
}

#[test]
fn a_document_of_every_kind_of_block_is_written_the_same_each_time() {
    let text = include_str!("../data/every_block.md");
    let parsed = parse_markdown(text).unwrap();
    insta::assert_json_snapshot!("every_block", parsed.blocks);
    insta::assert_snapshot!("every_block_markdown", write_blocks(&parsed.blocks));
}

#[test]
fn the_shipped_reports_as_markdown() {
    for lang in [Lang::Ja, Lang::En] {
        for (kind, name) in [
            (ReportKind::Interim, "interim"),
            (ReportKind::Internal, "internal"),
            (ReportKind::External, "external"),
        ] {
            let document = support::report(kind, lang, 3);
            insta::assert_snapshot!(format!("{name}_{lang}"), write_document(&document).unwrap());
            assert_eq!(
                blocks(&write_blocks(&document.blocks)),
                document.blocks,
                "{name} {lang}"
            );
        }
    }
}

#[test]
fn nothing_is_deep_enough_to_break_the_reader() {
    let deep = [
        ">".repeat(20_000),
        "- ".repeat(5_000),
        "[".repeat(20_000),
        "*a ".repeat(10_000),
        format!("{}x{}", "**_".repeat(3_000), "_**".repeat(3_000)),
        "![".repeat(10_000),
        "`".repeat(20_000),
        (0..200).map(|n| format!("{}- x\n", "  ".repeat(n))).collect(),
        "|".repeat(10_000),
        format!("{}\n{}\n", "|a".repeat(2_000), "|-".repeat(2_000)),
    ];
    for text in deep {
        let found = blocks(&text);
        let _ = write_blocks(&found);
    }
}

fn markdown_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("# "),
        Just("## "),
        Just("- "),
        Just("1. "),
        Just("> "),
        Just("  "),
        Just("    "),
        Just("\n"),
        Just("\n\n"),
        Just("**"),
        Just("*"),
        Just("_"),
        Just("~~"),
        Just("`"),
        Just("```\n"),
        Just("["),
        Just("]"),
        Just("](https://a.example/x?y&amp;z)"),
        Just("!["),
        Just("<br>"),
        Just("<!-- pagebreak -->"),
        Just("<b>"),
        Just("|"),
        Just("| a | b |\n|---|--:|\n| "),
        Just("| | |\n|-|-|\n|x|y|\n"),
        Just("---"),
        Just("***"),
        Just("==="),
        Just("\\"),
        Just("&amp;"),
        Just("&"),
        Just("TLP:RED"),
        Just("重要"),
        Just("「」"),
        Just("。"),
        Just("word"),
        Just("a_b"),
        Just(" "),
        Just("!"),
        Just("#"),
        Just("3)"),
        Just("> [!NOTE]\n> "),
        Just("+"),
        Just("😀"),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_written_reads_back_as_the_same_blocks(text in markdown_like()) {
        let first = blocks(&text);
        let written = write_blocks(&first);
        prop_assert_eq!(blocks(&written), first, "{}", written);
    }

    #[test]
    fn any_text_can_be_read(text in any::<String>()) {
        let _ = write_blocks(&blocks(&text));
    }
}
