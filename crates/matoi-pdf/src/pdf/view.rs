//! The document as the layout sees it: JSON with every word already chosen. README.md documents it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use typst::text::Font;

use crate::error::Error;
use crate::measure;
use crate::model::{
    Block, Control, ControlDetail, Document, DocumentState, Inline, Signature, Tone, plain_text,
};
use crate::picture::Info;
use crate::words::{self, Word};
use matoi_types::{Lang, Tlp};

/// Rows with more text than this may break over a page.
const LONG_ROW: usize = 500;
/// Stands for a character that the font does not have.
const MISSING: char = '□';

/// The bytes of `document.json`.
pub(super) fn document(
    document: &Document,
    pictures: &BTreeMap<String, Info>,
    font: &Font,
) -> Result<Vec<u8>, Error> {
    let view = View {
        lang: document.meta.lang,
        pictures,
        font,
    };
    let meta = &document.meta;
    let json = json!({
        "meta": {
            "title": view.text(&meta.title),
            "subtitle": meta.subtitle.as_deref().map(|s| view.text(s)),
            "organisation": view.text(&meta.organisation),
            "lang": meta.lang.as_str(),
            "keywords": keywords(document),
        },
        "words": {
            "draft": view.word(Word::Draft),
            "distribution": view.word(Word::Distribution),
        },
        "control": document.control.as_ref().map(|control| view.control(control)),
        "blocks": document.blocks.iter().map(|block| view.block(block)).collect::<Vec<_>>(),
    });
    serde_json::to_vec(&json).map_err(Error::internal)
}

fn keywords(document: &Document) -> Vec<String> {
    let Some(control) = &document.control else {
        return Vec::new();
    };
    let mut out = vec![control.number.clone()];
    out.extend(control.tlp.map(|tlp| tlp.as_str().to_owned()));
    out.extend(control.classification.clone());
    out
}

struct View<'v> {
    lang: Lang,
    pictures: &'v BTreeMap<String, Info>,
    font: &'v Font,
}

impl View<'_> {
    fn word(&self, word: Word) -> &'static str {
        words::word(self.lang, word)
    }

    /// The text with a box for every character that the font cannot show; emoji are the usual case.
    fn text(&self, text: &str) -> String {
        let covered = &self.font.info().coverage;
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                // Joiners and variation selectors have no glyph; after a box they have no meaning either.
                '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
                '\u{e0100}'..='\u{e01ef}' if out.ends_with(MISSING) => {}
                measure::BREAK_MARK | '\u{e0100}'..='\u{e01ef}' | '\u{ad}' => out.push(c),
                c if covered.contains(u32::from(c)) => out.push(c),
                _ => out.push(MISSING),
            }
        }
        out
    }

    fn control(&self, control: &Control) -> Value {
        let public = control.detail == ControlDetail::Public;
        let mut rows = vec![(Word::DocumentNumber, control.number.clone())];
        if public {
            rows.push((Word::Version, control.version.clone()));
            rows.extend(
                control
                    .issued
                    .map(|day| (Word::Issued, words::date(self.lang, day))),
            );
        } else {
            let state = words::state(self.lang, control.state);
            rows.push((
                Word::Version,
                match self.lang {
                    Lang::Ja => format!("{}（{state}）", control.version),
                    Lang::En => format!("{} ({state})", control.version),
                },
            ));
            let unset = || "—".to_owned();
            rows.push((
                Word::Classification,
                control.classification.clone().unwrap_or_else(unset),
            ));
            rows.push((
                Word::Issued,
                control
                    .issued
                    .map_or_else(unset, |day| words::date(self.lang, day)),
            ));
        }
        let rows: Vec<Value> = rows
            .into_iter()
            .map(|(label, value)| json!({ "label": self.word(label), "value": self.text(&value) }))
            .collect();
        let signatures: Vec<Value> = [
            (Word::Approved, &control.approved),
            (Word::Reviewed, &control.reviewed),
            (Word::Prepared, &control.prepared),
        ]
        .into_iter()
        .map(|(label, who)| json!({ "label": self.word(label), "who": who.as_ref().map(|who| self.signature(who)) }))
        .collect();
        let distribution = control.distribution.join(words::list_comma(self.lang));
        json!({
            "public": public,
            "draft": control.state == DocumentState::Draft,
            "line": self.text(&words::document_line(self.lang, &control.number, &control.version)),
            "classification": control.classification.as_deref().map(|s| self.text(s)),
            "tlp": control.tlp.map(tlp),
            "rows": rows,
            "signatures": signatures,
            "distribution": (!public && !distribution.is_empty()).then(|| self.text(&distribution)),
        })
    }

    fn signature(&self, who: &Signature) -> Value {
        json!({
            "name": self.text(&who.name),
            "role": who.role.as_deref().map(|s| self.text(s)),
            "on": who.on.map(|day| words::short_date(self.lang, day)),
            "deputy": who.deputy.then(|| words::deputy_mark(self.lang).trim().to_owned()),
        })
    }

    fn blocks(&self, blocks: &[Block]) -> Vec<Value> {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&self, block: &Block) -> Value {
        match block {
            Block::Heading { level, number, text } => {
                json!({ "block": "heading", "level": level, "number": number, "text": self.inlines(text) })
            }
            Block::Paragraph { text } => json!({ "block": "paragraph", "text": self.inlines(text) }),
            Block::List { start, items } => {
                let items: Vec<_> = items.iter().map(|item| self.blocks(item)).collect();
                json!({ "block": "list", "start": start, "items": items })
            }
            Block::Table(table) => {
                let rows: Vec<Value> = table
                    .rows
                    .iter()
                    .map(|row| {
                        let length: usize = row
                            .iter()
                            .map(|cell| plain_text(cell).chars().count())
                            .max()
                            .unwrap_or(0);
                        let cells: Vec<_> = row.iter().map(|cell| self.inlines(cell)).collect();
                        json!({ "cells": cells, "breakable": length > LONG_ROW })
                    })
                    .collect();
                let header: Vec<_> = table.header.iter().map(|cell| self.inlines(cell)).collect();
                json!({ "block": "table", "columns": table.columns, "header": header, "rows": rows, "whole": measure::stays_whole(table) })
            }
            Block::KeyValues { rows: pairs, widths } => {
                let rows: Vec<Value> = pairs
                    .iter()
                    .map(|row| {
                        let length: usize = row.iter().map(|pair| plain_text(&pair.value).chars().count()).max().unwrap_or(0);
                        let pairs: Vec<Value> = row
                            .iter()
                            .map(|pair| json!({ "key": self.inlines(&pair.key), "value": self.inlines(&pair.value) }))
                            .collect();
                        json!({ "pairs": pairs, "breakable": length > LONG_ROW })
                    })
                    .collect();
                json!({ "block": "key_values", "rows": rows, "widths": widths, "whole": measure::pairs_stay_whole(pairs, widths) })
            }
            Block::Callout { tone, blocks } => {
                let label = match tone {
                    Tone::Quote => None,
                    Tone::Note => Some(Word::Note),
                    Tone::Important => Some(Word::Important),
                    Tone::Warning => Some(Word::Warning),
                };
                json!({
                    "block": "callout",
                    "tone": tone,
                    "label": label.map(|word| self.word(word)),
                    "blocks": self.blocks(blocks),
                    "whole": measure::callout_stays_whole(blocks),
                })
            }
            Block::Code { text } => {
                let lines: Vec<String> = text
                    .split('\n')
                    .map(|line| measure::break_long_runs(&self.text(&line.replace(' ', "\u{a0}"))))
                    .collect();
                json!({ "block": "code", "lines": lines })
            }
            Block::Rule => json!({ "block": "rule" }),
            Block::PageBreak => json!({ "block": "page_break" }),
            Block::Image { name, alt } => {
                let file = self
                    .pictures
                    .iter()
                    .enumerate()
                    .find(|(_, (key, _))| *key == name);
                let file = file.map(|(index, (_, info))| super::world::picture_path(index, info));
                json!({ "block": "image", "file": file, "alt": self.text(alt) })
            }
        }
    }

    fn inlines(&self, inlines: &[Inline]) -> Vec<Value> {
        inlines.iter().map(|inline| self.inline(inline)).collect()
    }

    fn inline(&self, inline: &Inline) -> Value {
        match inline {
            Inline::Text { text } => {
                json!({ "inline": "text", "text": measure::break_long_runs(&self.text(text)) })
            }
            Inline::Strong { content } => json!({ "inline": "strong", "content": self.inlines(content) }),
            Inline::Emphasis { content } => json!({ "inline": "emphasis", "content": self.inlines(content) }),
            Inline::Strike { content } => json!({ "inline": "strike", "content": self.inlines(content) }),
            Inline::Code { text } => {
                let text = self.text(text);
                // A box does not break; text longer than a word or two goes without one.
                let kind = if measure::width(&text) > 24 {
                    "long-code"
                } else {
                    "code"
                };
                json!({ "inline": kind, "text": measure::break_long_runs(&text) })
            }
            Inline::Link { url, content } => {
                json!({ "inline": "link", "url": url, "content": self.inlines(content) })
            }
            Inline::Tlp { label } => json!({ "inline": "tlp", "label": tlp(*label) }),
            Inline::Break => json!({ "inline": "break" }),
        }
    }
}

/// The label and its colour on black (FIRST TLP 2.0, section "TLP in documents").
fn tlp(label: Tlp) -> Value {
    json!({ "text": label.as_str(), "colour": words::tlp_colour(label) })
}
