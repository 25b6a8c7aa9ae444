//! The story that the tests tell, and what they have in common.

use std::process::Command;
use std::sync::OnceLock;

use matoi_pdf::incident::{IncidentReportData, ReportKind, TimelineEntry, shipped_template};
use matoi_pdf::{
    Control, ControlDetail, Document, DocumentState, Meta, Renderer, Signature, TextFile, fill_template,
};
use matoi_types::{Lang, Tlp};

/// One renderer for all tests: building it reads the fonts.
pub(crate) fn renderer() -> &'static Renderer {
    static RENDERER: OnceLock<Renderer> = OnceLock::new();
    RENDERER.get_or_init(|| Renderer::new().unwrap())
}

/// The ransomware incident of the story, with a timeline of this many entries.
pub(crate) fn incident(lang: Lang, entries: usize) -> IncidentReportData {
    let text = match lang {
        Lang::Ja => include_str!("../data/incident.ja.json"),
        Lang::En => include_str!("../data/incident.en.json"),
    };
    let mut data: IncidentReportData = serde_json::from_str(text).unwrap();
    let (kinds, notes): ([&str; 4], [&str; 3]) = match lang {
        Lang::Ja => (
            ["記録", "電話", "判断", "証拠"],
            [
                "第二工場の端末は、全台のLANケーブルを抜いたことを確認した。電源は入れたままとした。",
                "東都監視センターへ、11月13日以降の外向きの通信の調査を依頼した。\n\n- 対象は `203[.]0[.]113[.]47`\n- 一次回答は05:00",
                "以後の連絡は、電話と予備のチャットに限る。社内のメールは攻撃者に読まれている前提で扱う。",
            ],
        ),
        Lang::En => (
            ["Note", "Call", "Decision", "Evidence"],
            [
                "All terminals of the second plant were confirmed to be off the network and still switched on.",
                "Asked the monitoring centre to look through outbound traffic since 13 November.\n\n- Address `203[.]0[.]113[.]47`\n- First answer at 05:00",
                "From now on by telephone and the spare chat only: the intruder is taken to read our mail.",
            ],
        ),
    };
    let start = data.times.detected.unwrap();
    for index in 0..entries {
        data.timeline.push(TimelineEntry {
            at: start.plus_seconds(index as i64 * 613),
            kind: kinds[index % kinds.len()].to_owned(),
            who: (index % 7 != 3).then(|| data.case.lead.clone().unwrap()),
            text_markdown: notes[index % notes.len()].to_owned(),
        });
    }
    data
}

/// The shipped report of this kind about the story.
pub(crate) fn report(kind: ReportKind, lang: Lang, entries: usize) -> Document {
    document(kind, &incident(lang, entries), &shipped_template(kind, lang))
}

/// A report from given data and template.
pub(crate) fn document(kind: ReportKind, data: &IncidentReportData, template: &TextFile) -> Document {
    let parsed = fill_template(template, &serde_json::to_value(data).unwrap()).unwrap();
    let external = kind == ReportKind::External;
    Document {
        meta: Meta {
            title: parsed.title.unwrap(),
            subtitle: (!external).then(|| format!("{}　{}", data.case.number, data.case.title)),
            organisation: data.organisation.name.clone(),
            lang: data.lang,
            created: data.as_of,
        },
        control: Some(control(kind, data.lang)),
        blocks: parsed.blocks,
    }
}

/// A control block: the interim report is a draft, the external one shows no names.
pub(crate) fn control(kind: ReportKind, lang: Lang) -> Control {
    let day = Some("2026-12-04".parse().unwrap());
    let ja = lang == Lang::Ja;
    let signature = |role: &str, name: &str, deputy| {
        Some(Signature {
            name: name.to_owned(),
            role: Some(role.to_owned()),
            on: day,
            deputy,
        })
    };
    let external = kind == ReportKind::External;
    let draft = kind == ReportKind::Interim;
    Control {
        number: "CDC-RPT-2026-0147".to_owned(),
        version: if draft { "0.9" } else { "1.0" }.to_owned(),
        state: if draft {
            DocumentState::Draft
        } else {
            DocumentState::Approved
        },
        prepared: signature("CSIRT", if ja { "佐々木 美咲" } else { "Misaki Sasaki" }, false),
        reviewed: signature("CSIRT", if ja { "高橋 健" } else { "Ken Takahashi" }, true),
        approved: if draft {
            None
        } else {
            signature("CISO", if ja { "大西 隆" } else { "Takashi Onishi" }, false)
        },
        classification: (!external).then(|| if ja { "社外秘" } else { "Confidential" }.to_owned()),
        tlp: Some(if external { Tlp::Clear } else { Tlp::AmberStrict }),
        issued: day,
        distribution: if ja {
            vec!["取締役会".to_owned(), "危機対策本部".to_owned()]
        } else {
            vec!["Board of directors".to_owned(), "Crisis team".to_owned()]
        },
        detail: if external {
            ControlDetail::Public
        } else {
            ControlDetail::Full
        },
    }
}

/// The output of a program, or nothing and a line that says so if it is not installed.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{name}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(output.stdout)
        }
        Err(_) => {
            println!("skipped: {name} is not installed");
            None
        }
    }
}
