//! Templates: what they may do, what they are told when they are wrong, what the shipped ones say.

use matoi_pdf::incident::{IncidentReportData, ReportKind, shipped_template};
use matoi_pdf::{Block, Error, Inline, Source, TextFile, fill_template, plain_text, write_blocks};
use matoi_types::Lang;
use serde_json::{Value, json};

use crate::support;

fn file(text: &str) -> TextFile {
    TextFile {
        name: "own.md".to_owned(),
        text: text.to_owned(),
    }
}

fn data(more: Value) -> Value {
    let mut data = json!({ "lang": "ja", "zone": "Asia/Tokyo" });
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    data
}

fn filled(template: &str, more: Value) -> Vec<Block> {
    fill_template(&file(template), &data(more)).unwrap().blocks
}

/// The words of the only paragraph.
fn line(template: &str, more: Value) -> String {
    match filled(template, more).as_slice() {
        [Block::Paragraph { text }] => plain_text(text),
        other => panic!("{template}: {other:?}"),
    }
}

#[test]
fn filters_write_values_as_a_reader_of_the_language_expects() {
    let more = json!({
        "at": "2026-11-19T18:12:00Z", "from": "2026-11-19T15:00:00Z", "day": "2026-11-20", "none": null,
        "seconds": 11520, "count": 1234567, "share": 12.345, "url": "http://evil.example/a",
        "severity": "critical", "yes": true,
    });
    let cases = [
        ("{{ at | datetime }}", "2026/11/20 03:12", "20 Nov 2026 03:12"),
        (r#"{{ at | datetime("UTC", "clock") }}"#, "18:12", "18:12"),
        (
            r#"{{ at | datetime(style="full") }}"#,
            "2026年11月20日（金）03:12 JST",
            "Friday 20 November 2026, 03:12 JST",
        ),
        ("{{ at | date }}", "2026年11月20日", "20 November 2026"),
        (r#"{{ day | date("short") }}"#, "2026/11/20", "20 Nov 2026"),
        ("{{ seconds | duration }}", "3時間12分", "3 h 12 min"),
        ("{{ at | since(from) | duration }}", "3時間12分", "3 h 12 min"),
        ("{{ count | number }}", "1,234,567", "1,234,567"),
        ("{{ share | number(1) }}", "12.3", "12.3"),
        (r#"{{ count | money("JPY") }}"#, "1,234,567円", "JPY 1,234,567"),
        (r#"{{ share | money("USD") }}"#, "USD 12.35", "USD 12.35"),
        (
            "{{ url | defang }}",
            "hxxp://evil[.]example/a",
            "hxxp://evil[.]example/a",
        ),
        (r#"{{ severity | term("severity") }}"#, "緊急", "Critical"),
        (
            "{{ zone | zone_name }}",
            "日本標準時（JST）",
            "Japan Standard Time (JST)",
        ),
        ("{{ none }}", "未確認", "not known yet"),
        ("{{ none | datetime }}", "未確認", "not known yet"),
        ("{{ none | markdown }}", "未確認", "not known yet"),
        ("{{ none | datetime or \"—\" }}", "—", "—"),
        ("{{ yes }}", "はい", "yes"),
    ];
    for (template, ja, en) in cases {
        assert_eq!(line(template, more.clone()), ja, "{template}");
        let mut english = more.clone();
        english["lang"] = json!("en");
        assert_eq!(line(template, english), en, "{template}");
    }
}

#[test]
fn a_mistake_is_answered_with_its_line_and_its_name() {
    let cases: [(&str, u32, &str); 14] = [
        ("a\n\n{{ case.titel }}", 3, "case.titel"),
        ("{% for x in nothing %}{% endfor %}", 1, "nothing"),
        ("a\n{% if case.x %}b{% endif %}", 2, "case.x"),
        ("{{ at | datum }}", 1, "datum"),
        ("line\n{{ at | datetime(style=\"wrong\") }}", 2, "wrong"),
        ("{{ at | datetime(\"Mars/Base\") }}", 1, "Mars/Base"),
        ("{{ name | datetime }}", 1, "not a point in time"),
        ("{{ name | number }}", 1, "not a number"),
        ("{{ name | tlp }}", 1, "not a TLP 2.0 label"),
        ("{{ case }}", 1, "cannot be printed"),
        ("{% include \"/etc/passwd\" %}", 1, "non-existing"),
        ("{{ name | safe }}", 1, "safe"),
        ("a\n{% for %}", 2, "unexpected"),
        ("{{ debug() }}", 1, "debug"),
    ];
    let more = json!({ "case": { "title": "x" }, "at": "2026-11-19T18:12:00Z", "name": "x" });
    for (template, expect_line, expect_text) in cases {
        let error = fill_template(&file(template), &data(more.clone())).unwrap_err();
        let text = error.to_string();
        let Error::Template { at } = error else {
            panic!("{template}: {error:?}")
        };
        assert_eq!(
            (at.file.as_str(), at.line),
            ("own.md", Some(expect_line)),
            "{text}"
        );
        assert!(text.contains(expect_text), "{template}: {text}");
    }
}

#[test]
fn an_error_message_names_file_line_and_column() {
    let error = fill_template(
        &file("# 題\n\n件名 {{ case.titel }}"),
        &data(json!({ "case": {} })),
    )
    .unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"own.md:3:7: `case.titel` is undefined");
}

#[test]
fn data_without_language_or_zone_are_refused_with_the_reason() {
    let error = fill_template(&file("{{ none }}"), &json!({ "none": null })).unwrap_err();
    assert!(error.to_string().contains("no `lang`"), "{error}");
    let more = json!({ "lang": "en", "at": "2026-11-19T18:12:00Z" });
    let error = fill_template(&file("{{ at | datetime }}"), &more).unwrap_err();
    assert!(error.to_string().contains("no `zone`"), "{error}");
}

#[test]
fn a_template_cannot_run_or_grow_for_ever() {
    let endless = [
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}{{ \"x\" * 1000 }}{% endfor %}",
        "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% include \"own.md\" %}",
    ];
    for template in endless {
        let error = fill_template(&file(template), &data(json!({}))).unwrap_err();
        assert!(
            matches!(error, Error::Limit { .. } | Error::Template { .. }),
            "{template}: {error}"
        );
    }
    let long = file(&"x".repeat(2 << 20));
    assert!(matches!(
        fill_template(&long, &data(json!({}))),
        Err(Error::Limit { .. })
    ));
}

#[test]
fn a_value_is_never_markdown_wherever_the_template_puts_it() {
    let values = [
        "# x",
        "- x",
        "1. x",
        "> x",
        "a | b",
        "`x`",
        "**x**",
        "_x_",
        "~~x~~",
        "[a](javascript:alert(1))",
        "![a](b)",
        "<script>alert(1)</script>",
        "<br>",
        "<!-- pagebreak -->",
        "#import \"x\"",
        "{{ 7 * 7 }}",
        "{% raw %}",
        "$x$",
        "&amp;",
        "\\",
        "```",
        "---",
        "===",
        "    code",
        "a\\",
        "[x]: http://a",
        "| a |",
        "*",
        "|-|",
        "\u{f1000}# x\u{f1001}",
    ];
    for value in values {
        let shown = value.trim().replace(['\u{f1000}', '\u{f1001}'], "\u{fffd}");
        let more = json!({ "v": value });
        assert_eq!(line("{{ v }}", more.clone()), shown);
        assert_eq!(
            line("前{{ v }}後", more.clone()),
            format!("前{}後", value.replace(['\u{f1000}', '\u{f1001}'], "\u{fffd}"))
        );
        assert_eq!(line("**{{ v }}**", more.clone()).trim(), shown);
        assert_eq!(line("`{{ v }}`", more.clone()).trim(), shown);
        assert_eq!(line("[link]({{ v }})", more.clone()), "link");
        match filled("| a | b |\n|---|---|\n| {{ v }} | `{{ v }}` |\n", more.clone()).as_slice() {
            [Block::Table(table)] => {
                assert_eq!(table.rows.len(), 1, "{value}");
                assert_eq!(plain_text(&table.rows[0][0]), shown, "{value}");
                assert_eq!(plain_text(&table.rows[0][1]).trim(), shown, "{value}");
            }
            other => panic!("{value}: {other:?}"),
        }
        match filled("## {{ v }}\n\n- {{ v }}\n", more).as_slice() {
            [Block::Heading { text, .. }, Block::List { items, .. }] => {
                assert_eq!(plain_text(text), shown);
                assert_eq!(items.len(), 1, "{value}");
            }
            other => panic!("{value}: {other:?}"),
        }
    }
}

#[test]
fn no_filter_or_operator_of_a_template_lets_a_value_become_markdown() {
    let ways = [
        "{% set x %}a{% endset %}{{ x ~ v }}",
        "{% set x %}a{% endset %}{{ v ~ x }}",
        "{% set x %}a{% endset %}{{ [x, v] | join }}",
        "{% set x %}a{% endset %}{{ [x, x] | join(v) }}",
        "{% set x %}a{% endset %}{{ x | replace(\"a\", v) }}",
        "{% set x %}a{% endset %}{{ v | replace(\"zzz\", x) }}",
        "{% set x %}%s{% endset %}{{ x | format(v) }}",
        "{% set x %}a{% endset %}{{ [v, x] | first }}",
        "{% macro m(p) %}{{ p }}{% endmacro %}{{ m(v) }}",
        "{% macro m(p) %}{{ caller() }}{{ p }}{% endmacro %}{% call m(v) %}{{ v }}{% endcall %}",
        "{% filter upper %}{{ v }}{% endfilter %}",
        "{% autoescape false %}{{ v }}{% endautoescape %}",
        "{% autoescape \"html\" %}{{ v }}{% endautoescape %}",
        "{{ v | upper }}",
        "{{ v | trim }}",
        "{{ v | indent(2) }}",
        "{{ v | title }}",
        "{{ v | default(v) }}",
        "{{ v | string }}",
        "{{ v | lines | join(v) }}",
        "{{ v[::-1][::-1] }}",
        "{{ v | list | join }}",
        "{{ {\"a\": v}.a }}",
        "{{ v if true else v }}",
        "{{ \"\" ~ v }}",
        "{{ v * 2 }}",
    ];
    let value = "x\n\n# <b>y</b> **z** [l](http://a) `c`\n- i";
    for way in ways {
        let outcome = fill_template(&file(way), &data(json!({ "v": value })));
        // A way that is refused is safe too.
        let Ok(parsed) = outcome else { continue };
        for block in &parsed.blocks {
            let Block::Paragraph { text } = block else {
                panic!("{way}: {block:?}")
            };
            assert!(
                text.iter()
                    .all(|i| matches!(i, Inline::Text { .. } | Inline::Break)),
                "{way}: {text:?}"
            );
        }
    }
}

#[test]
fn a_note_keeps_its_structure_with_small_headings_and_checked_links() {
    let note = "# 大見出し\n\n- a\n- b\n\n[x](javascript:alert(1)) <b>太字</b>\n\n| h |\n|---|\n| c |\n\n<!-- pagebreak -->\n\n![図](secret.png)";
    let found = filled("## 節\n\n{{ note | markdown }}\n\n後", json!({ "note": note }));
    let kinds: Vec<&str> = found
        .iter()
        .map(|block| match block {
            Block::Heading { level: 4, number, .. } if number.is_empty() => "small heading",
            Block::Heading { .. } => "heading",
            Block::List { .. } => "list",
            Block::Paragraph { .. } => "paragraph",
            Block::Table(_) => "table",
            _ => "other",
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "heading",
            "small heading",
            "list",
            "paragraph",
            "table",
            "paragraph",
            "paragraph"
        ]
    );
    assert!(!format!("{found:?}").contains("javascript"));
}

#[test]
fn a_note_in_a_table_cell_becomes_lines() {
    let note = "経過は次のとおり。\n\n- `a|b` を確認\n- **完了**\n\n1. 一\n2. 二";
    match filled(
        "| 内容 |\n|---|\n| {{ note | markdown }} |\n",
        json!({ "note": note }),
    )
    .as_slice()
    {
        [Block::Table(table)] => {
            let cell = &table.rows[0][0];
            assert_eq!(
                plain_text(cell),
                "経過は次のとおり。 ・a|b を確認 ・完了 1. 一 2. 二"
            );
            assert!(cell.contains(&Inline::Code {
                text: "a|b".to_owned()
            }));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_shipped_templates_say_what_is_missing_and_leave_no_heading_empty() {
    for lang in [Lang::Ja, Lang::En] {
        let bare: IncidentReportData = serde_json::from_value(json!({
            "lang": lang, "zone": "Asia/Tokyo", "as_of": "2026-11-20T00:00:00Z",
            "organisation": { "name": "みなと野精機株式会社", "contact": [] },
            "case": { "number": "INC-2026-0001", "title": "x", "tlp": "TLP:AMBER" },
        }))
        .unwrap();
        let value = serde_json::to_value(&bare).unwrap();
        for kind in [ReportKind::Interim, ReportKind::Internal, ReportKind::External] {
            let parsed = fill_template(&shipped_template(kind, lang), &value).unwrap();
            assert!(parsed.title.is_some());
            for pair in parsed.blocks.windows(2) {
                if let [
                    Block::Heading { level: a, text, .. },
                    Block::Heading { level: b, .. },
                ] = pair
                {
                    assert!(b > a, "nothing under {} ({kind:?} {lang})", plain_text(text));
                }
            }
            assert!(!matches!(parsed.blocks.last(), Some(Block::Heading { .. })));
            let text = write_blocks(&parsed.blocks);
            for word in ["none", "null", "undefined", "{{", "{%"] {
                let shown = text.contains(word) && !(word == "none" && lang == Lang::En);
                assert!(!shown, "{word} in {kind:?} {lang}:\n{text}");
            }
        }
    }
}

#[test]
fn the_external_report_names_no_person_no_host_and_no_trace() {
    for lang in [Lang::Ja, Lang::En] {
        let data = support::incident(lang, 20);
        let document = support::report(ReportKind::External, lang, 20);
        let text = write_blocks(&document.blocks);
        let mut secrets: Vec<String> = data.assets.iter().map(|a| a.name.clone()).collect();
        secrets.extend(data.assets.iter().filter_map(|a| a.owner.clone()));
        secrets.extend(data.observables.iter().map(|o| o.value.clone()));
        secrets.extend(data.actions.iter().filter_map(|a| a.owner.clone()));
        secrets.extend(data.case.lead.clone());
        for secret in secrets {
            assert!(!text.contains(&secret), "{secret}");
        }
    }
}

#[test]
fn the_shipped_templates_are_utf_8_text_of_this_repository() {
    // The request that the program sends is JSON: a template must survive it.
    let template = shipped_template(ReportKind::Internal, Lang::Ja);
    let source = Source::Template {
        template,
        data: json!({}),
    };
    let again: Source = serde_json::from_str(&serde_json::to_string(&source).unwrap()).unwrap();
    assert_eq!(again, source);
}
