//! One form for each meaning: what Markdown can say in several ways, the model says in one.

use crate::clean;
use crate::model::{Block, Inline};

/// Drops blocks that say nothing and tidies the text of the others.
pub(super) fn blocks(raw: Vec<Block>) -> Vec<Block> {
    raw.into_iter().filter_map(block).collect()
}

fn block(raw: Block) -> Option<Block> {
    match raw {
        Block::Heading { level, number, text } => {
            let text = inlines(text);
            (!text.is_empty()).then_some(Block::Heading { level, number, text })
        }
        Block::Paragraph { text } => {
            let text = inlines(text);
            (!text.is_empty()).then_some(Block::Paragraph { text })
        }
        Block::List { start, items } => {
            let items: Vec<Vec<Block>> = items
                .into_iter()
                .map(blocks)
                .filter(|item| !item.is_empty())
                .collect();
            (!items.is_empty()).then_some(Block::List { start, items })
        }
        Block::Callout { tone, blocks: inner } => {
            let inner = blocks(inner);
            (!inner.is_empty()).then_some(Block::Callout { tone, blocks: inner })
        }
        Block::Code { text } => (!text.trim().is_empty()).then_some(Block::Code { text }),
        other => Some(other),
    }
}

/// Joins neighbours, drops what is empty or said twice, and trims spaces and breaks at both ends and around breaks.
pub(super) fn inlines(raw: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(raw.len());
    push_all(raw, Within::default(), &mut out);
    trim_around_breaks(&mut out);
    with_labels(out)
}

/// Marks TLP labels, once texts are joined and it is known what stands beside them.
fn with_labels(raw: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(raw.len());
    for inline in raw {
        match inline {
            Inline::Text { text } => out.extend(clean::split_tlp(&text)),
            Inline::Strong { content } => out.push(Inline::Strong {
                content: with_labels(content),
            }),
            Inline::Emphasis { content } => out.push(Inline::Emphasis {
                content: with_labels(content),
            }),
            Inline::Strike { content } => out.push(Inline::Strike {
                content: with_labels(content),
            }),
            Inline::Link { url, content } => out.push(Inline::Link {
                url,
                content: with_labels(content),
            }),
            other => out.push(other),
        }
    }
    out
}

/// What the text is already within. The same again adds nothing.
#[derive(Clone, Copy, Default)]
struct Within {
    strong: bool,
    emphasis: bool,
    strike: bool,
    link: bool,
}

fn push_all(raw: Vec<Inline>, within: Within, out: &mut Vec<Inline>) {
    for inline in raw {
        push(inline, within, out);
    }
}

fn push(inline: Inline, within: Within, out: &mut Vec<Inline>) {
    match inline {
        Inline::Text { text } => {
            if let Some(Inline::Text { text: last }) = out.last_mut() {
                last.push_str(&text);
            } else if !text.is_empty() {
                out.push(Inline::Text { text });
            }
        }
        Inline::Code { text } => {
            if !text.trim().is_empty() {
                out.push(Inline::Code { text });
            }
        }
        Inline::Strong { content } if within.strong => push_all(content, within, out),
        Inline::Emphasis { content } if within.emphasis => push_all(content, within, out),
        Inline::Strike { content } if within.strike => push_all(content, within, out),
        Inline::Link { content, .. } if within.link => push_all(content, within, out),
        Inline::Strong { content } => {
            let within = Within {
                strong: true,
                ..within
            };
            let (lead, content, tail) = hoisted(content, within);
            push(Inline::text(lead), within, out);
            if let Some(Inline::Strong { content: last }) = out.last_mut() {
                push_all(content, within, last);
            } else if !content.is_empty() {
                out.push(Inline::Strong { content });
            }
            push(Inline::text(tail), within, out);
        }
        Inline::Emphasis { content } => {
            let within = Within {
                emphasis: true,
                ..within
            };
            let (lead, content, tail) = hoisted(content, within);
            push(Inline::text(lead), within, out);
            if let Some(Inline::Emphasis { content: last }) = out.last_mut() {
                push_all(content, within, last);
            } else if !content.is_empty() {
                out.push(Inline::Emphasis { content });
            }
            push(Inline::text(tail), within, out);
        }
        Inline::Strike { content } => {
            let within = Within {
                strike: true,
                ..within
            };
            let (lead, content, tail) = hoisted(content, within);
            push(Inline::text(lead), within, out);
            if let Some(Inline::Strike { content: last }) = out.last_mut() {
                push_all(content, within, last);
            } else if !content.is_empty() {
                out.push(Inline::Strike { content });
            }
            push(Inline::text(tail), within, out);
        }
        Inline::Link { url, content } => {
            if let Some(content) = some(content, Within { link: true, ..within }) {
                out.push(Inline::Link { url, content });
            }
        }
        Inline::Tlp { label } => push(Inline::text(label.as_str()), within, out),
        Inline::Break => out.push(Inline::Break),
    }
}

fn some(raw: Vec<Inline>, within: Within) -> Option<Vec<Inline>> {
    let mut out = Vec::with_capacity(raw.len());
    push_all(raw, within, &mut out);
    (!out.is_empty()).then_some(out)
}

/// What is marked, and the spaces before and after it, which no mark can hold.
fn hoisted(raw: Vec<Inline>, within: Within) -> (String, Vec<Inline>, String) {
    let mut content = some(raw, within).unwrap_or_default();
    let lead = match content.first_mut() {
        Some(Inline::Text { text }) => {
            let kept = text.trim_start_matches(' ').to_owned();
            let lead = " ".repeat(text.len() - kept.len());
            *text = kept;
            lead
        }
        _ => String::new(),
    };
    let tail = match content.last_mut() {
        Some(Inline::Text { text }) => {
            let kept = text.trim_end_matches(' ').to_owned();
            let tail = " ".repeat(text.len() - kept.len());
            *text = kept;
            tail
        }
        _ => String::new(),
    };
    content.retain(|inline| !matches!(inline, Inline::Text { text } if text.is_empty()));
    (lead, content, tail)
}

fn trim_around_breaks(line: &mut Vec<Inline>) {
    let count = line.len();
    for index in 0..count {
        let after_break = index == 0 || matches!(line.get(index - 1), Some(Inline::Break));
        let before_break = index + 1 == count || matches!(line.get(index + 1), Some(Inline::Break));
        if let Some(Inline::Text { text }) = line.get_mut(index) {
            if after_break {
                *text = text.trim_start_matches([' ', '\n']).to_owned();
            }
            if before_break {
                *text = text.trim_end_matches([' ', '\n']).to_owned();
            }
        }
    }
    line.retain(|inline| !matches!(inline, Inline::Text { text } if text.is_empty()));
    // At most one empty line in a row, and none at the ends.
    let mut breaks = 2;
    line.retain(|inline| {
        breaks = if *inline == Inline::Break { breaks + 1 } else { 0 };
        breaks <= 2
    });
    while line.first() == Some(&Inline::Break) {
        line.remove(0);
    }
    while line.last() == Some(&Inline::Break) {
        line.pop();
    }
}
