//! Makes text and documents safe for every writer: no control characters, no hidden reordering, nothing too deep.

use matoi_types::Tlp;

use crate::error::Error;
use crate::markdown::number_headings;
use crate::measure;
use crate::model::{Block, Cell, Column, Control, Document, Inline, Meta, Pair, Signature, Table};

/// How deeply blocks or inlines may contain each other.
pub(crate) const MAX_DEPTH: usize = 12;
/// How many bytes of text one document may hold.
pub(crate) const MAX_TEXT: usize = 4 << 20;
/// How many blocks, list items and table cells one document may hold.
pub(crate) const MAX_PARTS: usize = 200_000;
/// How long a link target may be.
const MAX_URL: usize = 2000;
/// How many columns a table may have.
pub(crate) const MAX_COLUMNS: usize = 32;

/// Text that XML 1.0, PDF and a careful reader can all take.
///
/// Line ends become `\n`, tabs become spaces, other control characters and invisible tag characters go. Characters that
/// reorder what follows (U+202A to U+202E, U+2066 to U+2069) are written out as `[U+202E]`: file names of malware use
/// them, and a report must show that, not be fooled by it.
pub(crate) fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() == Some(&'\n') {
                    chars.next();
                }
                out.push('\n');
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push_str(&format!("[U+{:04X}]", u32::from(c)));
            }
            '\u{e0000}'..='\u{e007f}' | '\u{feff}' => {}
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// As [`text`], on one line.
pub(crate) fn line(raw: &str) -> String {
    text(raw).replace('\n', " ").trim().to_owned()
}

/// A link target that may be followed from a document: `http`, `https` or `mailto`, no control characters.
pub(crate) fn link_target(raw: &str) -> Option<String> {
    let url = line(raw);
    let lower = url.to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme) && lower.len() > scheme.len());
    if !known {
        return None;
    }
    // What a URI may not hold (RFC 3986) would make Word call the whole file damaged.
    let mut out = String::with_capacity(url.len());
    for (index, byte) in url.bytes().enumerate() {
        let escape_begins = || {
            let digits = url.as_bytes().get(index + 1..index + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let kept = match byte {
            b'%' => escape_begins(),
            b'"' | b'<' | b'>' | b'[' | b'\\' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' => false,
            byte => byte.is_ascii_graphic(),
        };
        if kept {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    (out.len() <= MAX_URL).then_some(out)
}

/// The document as every writer may take it, whoever built it.
///
/// Texts are cleaned, tables made rectangular, headings numbered again, links that may not be followed become text.
///
/// # Errors
/// [`Error::Limit`] if it is too deep or too large.
pub(crate) fn document(raw: &Document) -> Result<Document, Error> {
    let mut budget = Budget::default();
    let mut blocks = budget.blocks(&raw.blocks, 0)?;
    number_headings(&mut blocks);
    Ok(Document {
        meta: meta(&raw.meta),
        control: raw.control.as_ref().map(control),
        blocks,
    })
}

fn meta(raw: &Meta) -> Meta {
    let title = line(&raw.title);
    Meta {
        // A file without a title is refused by PDF/UA and is "untitled" everywhere else.
        title: if title.is_empty() { "—".to_owned() } else { title },
        subtitle: raw.subtitle.as_deref().map(line).filter(|s| !s.is_empty()),
        organisation: line(&raw.organisation),
        lang: raw.lang,
        created: raw.created,
    }
}

fn control(raw: &Control) -> Control {
    Control {
        number: line(&raw.number),
        version: line(&raw.version),
        state: raw.state,
        prepared: raw.prepared.as_ref().map(signature),
        reviewed: raw.reviewed.as_ref().map(signature),
        approved: raw.approved.as_ref().map(signature),
        classification: raw.classification.as_deref().map(line).filter(|s| !s.is_empty()),
        tlp: raw.tlp,
        issued: raw.issued,
        distribution: raw
            .distribution
            .iter()
            .map(|s| line(s))
            .filter(|s| !s.is_empty())
            .collect(),
        detail: raw.detail,
    }
}

fn signature(raw: &Signature) -> Signature {
    Signature {
        name: line(&raw.name),
        role: raw.role.as_deref().map(line).filter(|s| !s.is_empty()),
        on: raw.on,
        deputy: raw.deputy,
    }
}

/// What may still be spent on one document.
#[derive(Default)]
struct Budget {
    text: usize,
    parts: usize,
}

impl Budget {
    fn spend(&mut self, parts: usize, text: usize) -> Result<(), Error> {
        self.parts += parts;
        self.text += text;
        if self.parts > MAX_PARTS {
            return Err(Error::limit("number of blocks, items and cells", MAX_PARTS));
        }
        if self.text > MAX_TEXT {
            return Err(Error::limit("text of the document in bytes", MAX_TEXT));
        }
        Ok(())
    }

    fn blocks(&mut self, raw: &[Block], depth: usize) -> Result<Vec<Block>, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::limit("nesting of blocks", MAX_DEPTH));
        }
        let mut out = Vec::with_capacity(raw.len());
        for block in raw {
            self.spend(1, 0)?;
            out.extend(self.block(block, depth)?);
        }
        Ok(out)
    }

    fn block(&mut self, raw: &Block, depth: usize) -> Result<Option<Block>, Error> {
        Ok(match raw {
            Block::Heading { level, text, .. } => {
                some_text(self.inlines(text, depth)?, |text| Block::Heading {
                    level: (*level).clamp(1, 4),
                    number: String::new(),
                    text,
                })
            }
            Block::Paragraph { text } => {
                some_text(self.inlines(text, depth)?, |text| Block::Paragraph { text })
            }
            Block::List { start, items } => {
                let items = items
                    .iter()
                    .map(|item| self.blocks(item, depth + 1))
                    .collect::<Result<Vec<_>, _>>()?;
                (!items.is_empty()).then_some(Block::List {
                    start: start.map(|n| n.min(999_999_999)),
                    items,
                })
            }
            Block::Table(table) => self.table(table, depth)?,
            Block::KeyValues { rows, widths } => self.key_values(rows, widths, depth)?,
            Block::Callout { tone, blocks } => {
                let blocks = self.blocks(blocks, depth + 1)?;
                (!blocks.is_empty()).then_some(Block::Callout { tone: *tone, blocks })
            }
            Block::Code { text: raw } => {
                self.spend(0, raw.len())?;
                let code = text(&raw.replace('\t', "    "));
                (!code.is_empty()).then_some(Block::Code { text: code })
            }
            Block::Rule => Some(Block::Rule),
            Block::PageBreak => Some(Block::PageBreak),
            Block::Image { name, alt } => Some(Block::Image {
                name: name.clone(),
                alt: line(alt),
            }),
        })
    }

    fn table(&mut self, raw: &Table, depth: usize) -> Result<Option<Block>, Error> {
        let count = raw.columns.len();
        if count == 0 {
            return Ok(None);
        }
        if count > MAX_COLUMNS {
            return Err(Error::limit("number of columns of a table", MAX_COLUMNS));
        }
        let header = self.row(&raw.header, count, depth)?;
        let rows = raw
            .rows
            .iter()
            .map(|row| self.row(row, count, depth))
            .collect::<Result<Vec<_>, _>>()?;
        let given: Vec<u16> = raw.columns.iter().map(|c| c.width).collect();
        let widths = if adds_up(&given) {
            given
        } else {
            measure::column_widths(&header, &rows)
        };
        let columns = raw
            .columns
            .iter()
            .zip(widths)
            .map(|(column, width)| Column {
                align: column.align,
                width,
            })
            .collect();
        Ok(Some(Block::Table(Table {
            columns,
            header,
            rows,
        })))
    }

    fn row(&mut self, raw: &[Cell], count: usize, depth: usize) -> Result<Vec<Cell>, Error> {
        self.spend(count, 0)?;
        let mut cells = raw
            .iter()
            .take(count)
            .map(|cell| self.inlines(cell, depth))
            .collect::<Result<Vec<_>, _>>()?;
        cells.resize(count, Cell::new());
        Ok(cells)
    }

    fn key_values(
        &mut self,
        rows: &[Vec<Pair>],
        widths: &[u16],
        depth: usize,
    ) -> Result<Option<Block>, Error> {
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            self.spend(row.len().max(1), 0)?;
            let mut pairs = Vec::with_capacity(2);
            for pair in row.iter().take(2) {
                pairs.push(Pair {
                    key: self.inlines(&pair.key, depth)?,
                    value: self.inlines(&pair.value, depth)?,
                });
            }
            if !pairs.is_empty() {
                out.push(pairs);
            }
        }
        if out.is_empty() {
            return Ok(None);
        }
        let columns = out.iter().map(Vec::len).max().unwrap_or(1) * 2;
        let widths = if widths.len() == columns && adds_up(widths) {
            widths.to_vec()
        } else {
            measure::pair_widths(&out)
        };
        Ok(Some(Block::KeyValues { rows: out, widths }))
    }

    fn inlines(&mut self, raw: &[Inline], depth: usize) -> Result<Vec<Inline>, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::limit("nesting of text", MAX_DEPTH));
        }
        let mut out = Vec::with_capacity(raw.len());
        for inline in raw {
            match inline {
                Inline::Text { text: raw } => {
                    self.spend(0, raw.len())?;
                    push_lines(&text(raw), &mut out);
                }
                Inline::Code { text: raw } => {
                    self.spend(0, raw.len())?;
                    let code = text(raw).replace('\n', " ");
                    if !code.is_empty() {
                        out.push(Inline::Code { text: code });
                    }
                }
                Inline::Strong { content } => {
                    let content = self.inlines(content, depth + 1)?;
                    out.extend((!content.is_empty()).then_some(Inline::Strong { content }));
                }
                Inline::Emphasis { content } => {
                    let content = self.inlines(content, depth + 1)?;
                    out.extend((!content.is_empty()).then_some(Inline::Emphasis { content }));
                }
                Inline::Strike { content } => {
                    let content = self.inlines(content, depth + 1)?;
                    out.extend((!content.is_empty()).then_some(Inline::Strike { content }));
                }
                Inline::Link { url, content } => {
                    let content = self.inlines(content, depth + 1)?;
                    match link_target(url) {
                        Some(url) if !content.is_empty() => out.push(Inline::Link { url, content }),
                        _ => out.extend(content),
                    }
                }
                Inline::Tlp { label } => out.push(Inline::Tlp { label: *label }),
                Inline::Break => out.push(Inline::Break),
            }
        }
        Ok(out)
    }
}

fn some_text(text: Vec<Inline>, block: impl FnOnce(Vec<Inline>) -> Block) -> Option<Block> {
    (!text.is_empty()).then(|| block(text))
}

fn adds_up(widths: &[u16]) -> bool {
    widths.iter().all(|w| *w > 0) && widths.iter().map(|w| u32::from(*w)).sum::<u32>() == 1000
}

fn push_lines(text: &str, out: &mut Vec<Inline>) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push(Inline::Break);
        }
        if !line.is_empty() {
            out.push(Inline::text(line));
        }
    }
}

/// Splits text at TLP labels that stand as words of their own.
pub(crate) fn split_tlp(text: &str) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(found) = rest
        .get(from..)
        .and_then(|tail| tail.find("TLP:"))
        .map(|i| i + from)
    {
        let (before, tail) = rest.split_at(found);
        // The longest label first, or AMBER+STRICT would read as AMBER.
        let label = Tlp::ALL
            .into_iter()
            .rev()
            .filter(|tlp| tail.starts_with(tlp.as_str()))
            .max_by_key(|tlp| tlp.as_str().len());
        let stands_alone = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        match label {
            Some(label)
                if stands_alone
                    && !tail.get(label.as_str().len()..).is_some_and(|after| {
                        after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '+')
                    }) =>
            {
                if !before.is_empty() {
                    out.push(Inline::text(before));
                }
                out.push(Inline::Tlp { label });
                rest = tail.get(label.as_str().len()..).unwrap_or_default();
                from = 0;
            }
            _ => from = found + "TLP:".len(),
        }
    }
    if !rest.is_empty() {
        out.push(Inline::text(rest));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_reordering_characters_cannot_pass() {
        let cases = [
            ("a\u{0}b\u{7}c\u{1b}[0m", "abc[0m"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
            ("invoice\u{202e}fdp.exe", "invoice[U+202E]fdp.exe"),
            ("a\tb\u{feff}\u{e0041}", "a b"),
            ("纏 髙 﨑 ① ㈱ 〜 ～", "纏 髙 﨑 ① ㈱ 〜 ～"),
        ];
        for (raw, expect) in cases {
            assert_eq!(text(raw), expect, "{raw:?}");
        }
    }

    #[test]
    fn only_links_that_a_reader_may_follow_survive() {
        let cases = [
            ("https://example.com/a b", Some("https://example.com/a%20b")),
            (
                "https://example.com/報告?a=%20&b=%zz[1]",
                Some("https://example.com/%E5%A0%B1%E5%91%8A?a=%20&b=%25zz%5B1%5D"),
            ),
            ("HTTP://example.com", Some("HTTP://example.com")),
            ("mailto:csirt@example.com", Some("mailto:csirt@example.com")),
            ("javascript:alert(1)", None),
            (" java\nscript:alert(1)", None),
            ("data:text/html,x", None),
            ("//example.com", None),
            ("https://", None),
        ];
        for (raw, expect) in cases {
            assert_eq!(link_target(raw).as_deref(), expect, "{raw}");
        }
    }

    #[test]
    fn a_tlp_label_is_found_only_where_it_stands_alone() {
        let tlp = |label| Inline::Tlp { label };
        assert_eq!(
            split_tlp("区分はTLP:AMBER+STRICTです"),
            [
                Inline::text("区分は"),
                tlp(Tlp::AmberStrict),
                Inline::text("です")
            ]
        );
        assert_eq!(
            split_tlp("TLP:RED TLP:REDS"),
            [tlp(Tlp::Red), Inline::text(" TLP:REDS")]
        );
        assert_eq!(split_tlp("xTLP:RED"), [Inline::text("xTLP:RED")]);
        assert_eq!(split_tlp("TLP:WHITE"), [Inline::text("TLP:WHITE")]);
    }
}
