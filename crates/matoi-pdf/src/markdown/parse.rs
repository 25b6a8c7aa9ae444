//! From Markdown to blocks.

use comrak::nodes::{AlertType, AstNode, ListType, NodeTable, NodeValue, TableAlignment};
use comrak::{Arena, Options};

use super::tidy;
use super::write::fits_cell;
use crate::clean::{self, MAX_COLUMNS, MAX_DEPTH, MAX_TEXT};
use crate::error::Error;
use crate::measure;
use crate::model::{Align, Block, Cell, Column, Inline, Pair, Table, Tone};
use crate::template::shield::{NOTE_END, NOTE_START, SOFT_BREAK, unshield, without_marks};

/// What a Markdown text says.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The words of the level-one heading at the top, if there is one.
    pub title: Option<String>,
    /// The rest, with headings numbered.
    pub blocks: Vec<Block>,
}

/// Reads Markdown that a person wrote or edited. Takes any text; nothing in it is an error but its size.
///
/// # Errors
/// [`Error::Limit`] if it is longer than four megabytes.
pub fn parse_markdown(text: &str) -> Result<Parsed, Error> {
    parse_filled(&without_marks(text))
}

/// Reads what a template was filled into, where values are still shielded.
pub(crate) fn parse_filled(text: &str) -> Result<Parsed, Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::limit("text of the document in bytes", MAX_TEXT));
    }
    let mut reader = Reader {
        source: text,
        kind: Kind::Report,
        title: None,
    };
    let mut blocks = reader.read();
    number_headings(&mut blocks);
    Ok(Parsed {
        title: reader.title,
        blocks,
    })
}

/// Numbers the headings of the first three levels and closes gaps between levels.
pub(crate) fn number_headings(blocks: &mut [Block]) {
    let mut counts = [0_u32; 3];
    number_level(blocks, &mut counts);
}

fn number_level(blocks: &mut [Block], counts: &mut [u32; 3]) {
    for block in blocks {
        match block {
            Block::Heading { level, number, .. } => {
                number.clear();
                if *level <= 3 {
                    let opened = counts.iter().take_while(|count| **count > 0).count();
                    let depth = usize::from(*level).min(opened + 1).max(1);
                    *level = u8::try_from(depth).unwrap_or(1);
                    for (index, count) in counts.iter_mut().enumerate() {
                        if index + 1 == depth {
                            *count += 1;
                        } else if index + 1 > depth {
                            *count = 0;
                        }
                    }
                    let parts: Vec<String> = counts.iter().take(depth).map(u32::to_string).collect();
                    *number = parts.join(".");
                }
            }
            Block::List { items, .. } => items.iter_mut().for_each(|item| number_level(item, counts)),
            Block::Callout { blocks, .. } => number_level(blocks, counts),
            _ => {}
        }
    }
}

/// Whose Markdown is read.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A template or an edited report.
    Report,
    /// A note within a report: its headings are small, it has no pictures and no page breaks.
    Note,
}

struct Reader<'t> {
    source: &'t str,
    kind: Kind,
    title: Option<String>,
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.alerts = true;
    options.extension.cjk_friendly_emphasis = true;
    options
}

/// Blocks of a note.
fn read_note(markdown: &str) -> Vec<Block> {
    Reader {
        source: markdown,
        kind: Kind::Note,
        title: None,
    }
    .read()
}

impl Reader<'_> {
    fn read(&mut self) -> Vec<Block> {
        let arena = Arena::new();
        let root = comrak::parse_document(&arena, self.source, &options());
        let mut blocks = Vec::new();
        for child in root.children() {
            self.block(child, 0, &mut blocks);
        }
        tidy::blocks(blocks)
    }

    fn block<'a>(&mut self, node: &'a AstNode<'a>, depth: usize, out: &mut Vec<Block>) {
        if depth >= MAX_DEPTH {
            let text = vec![Inline::text(clean::text(&unshield(&flat_text(node))))];
            out.push(Block::Paragraph { text });
            return;
        }
        let data = node.data();
        match &data.value {
            NodeValue::Paragraph => self.paragraph(node, out),
            NodeValue::Heading(heading) => self.heading(heading.level, node, out),
            NodeValue::List(list) => {
                let start = (list.list_type == ListType::Ordered).then_some(list.start as u64);
                let items = node
                    .children()
                    .map(|item| self.children(item, depth + 1))
                    .collect();
                out.push(Block::List { start, items });
            }
            NodeValue::Table(table) => self.table(node, table, data.sourcepos.start.line, out),
            NodeValue::BlockQuote => out.push(Block::Callout {
                tone: Tone::Quote,
                blocks: self.children(node, depth + 1),
            }),
            NodeValue::Alert(alert) => out.push(Block::Callout {
                tone: match alert.alert_type {
                    AlertType::Note | AlertType::Tip => Tone::Note,
                    AlertType::Important => Tone::Important,
                    AlertType::Warning | AlertType::Caution => Tone::Warning,
                },
                blocks: self.children(node, depth + 1),
            }),
            NodeValue::CodeBlock(code) => {
                let text = code.literal.strip_suffix('\n').unwrap_or(&code.literal);
                let text = clean::text(&unshield(text).replace('\t', "    "));
                out.push(Block::Code { text });
            }
            NodeValue::HtmlBlock(html) => self.html(&html.literal, out),
            NodeValue::ThematicBreak => out.push(Block::Rule),
            _ => {
                let text = vec![Inline::text(clean::text(&unshield(&flat_text(node))))];
                out.push(Block::Paragraph { text });
            }
        }
    }

    fn children<'a>(&mut self, node: &'a AstNode<'a>, depth: usize) -> Vec<Block> {
        let mut out = Vec::new();
        for child in node.children() {
            self.block(child, depth, &mut out);
        }
        out
    }

    fn paragraph<'a>(&self, node: &'a AstNode<'a>, out: &mut Vec<Block>) {
        let mut only = node.children();
        if let (Some(image), None, Kind::Report) = (only.next(), only.next(), self.kind)
            && let NodeValue::Image(link) = &image.data().value
        {
            out.push(Block::Image {
                name: unshield(&link.url),
                alt: clean::line(&unshield(&flat_text(image))),
            });
            return;
        }
        let raw = raw_inlines(node);
        if let [Inline::Text { text }] = raw.as_slice()
            && let Some(note) = whole_note(text)
        {
            out.extend(read_note(&note));
            return;
        }
        out.push(Block::Paragraph { text: resolve(raw) });
    }

    fn heading<'a>(&mut self, level: u8, node: &'a AstNode<'a>, out: &mut Vec<Block>) {
        let text = resolve(raw_inlines(node));
        if self.kind == Kind::Report && level == 1 && self.title.is_none() && out.is_empty() {
            self.title = Some(crate::model::plain_text(&text));
            return;
        }
        let level = match self.kind {
            Kind::Report => level.saturating_sub(1).clamp(1, 4),
            Kind::Note => 4,
        };
        out.push(Block::Heading {
            level,
            number: String::new(),
            text,
        });
    }

    fn html(&self, literal: &str, out: &mut Vec<Block>) {
        let literal = unshield(literal.trim());
        if is_comment(&literal) {
            let word = literal.trim_start_matches("<!--").trim_end_matches("-->").trim();
            if word == "pagebreak" && self.kind == Kind::Report {
                out.push(Block::PageBreak);
            }
            return;
        }
        let mut text = Vec::new();
        plain(&literal, &mut text);
        out.push(Block::Paragraph { text });
    }

    fn table<'a>(&self, node: &'a AstNode<'a>, table: &NodeTable, first_line: usize, out: &mut Vec<Block>) {
        let count = table.num_columns.clamp(1, MAX_COLUMNS);
        let mut header = Vec::new();
        let mut rows = Vec::new();
        for row in node.children() {
            let mut cells: Vec<Cell> = row.children().take(count).map(|c| cell(raw_inlines(c))).collect();
            cells.resize(count, Cell::new());
            if matches!(row.data().value, NodeValue::TableRow(true)) {
                header = cells;
            } else {
                rows.push(cells);
            }
        }
        header.resize(count, Cell::new());
        let given = self.given_widths(first_line, count);
        if header.iter().all(Vec::is_empty) && (count == 2 || count == 4) {
            let rows: Vec<Vec<Pair>> = rows.into_iter().map(pairs).collect();
            if !rows.is_empty() {
                let widths = given
                    .filter(|_| rows.iter().any(|row| row.len() * 2 == count))
                    .unwrap_or_else(|| measure::pair_widths(&rows));
                out.push(Block::KeyValues { rows, widths });
            }
            return;
        }
        let widths = given.unwrap_or_else(|| measure::column_widths(&header, &rows));
        let columns = widths
            .into_iter()
            .zip(
                table
                    .alignments
                    .iter()
                    .chain(std::iter::repeat(&TableAlignment::None)),
            )
            .map(|(width, align)| Column {
                width,
                align: match align {
                    TableAlignment::None | TableAlignment::Left => Align::Left,
                    TableAlignment::Center => Align::Center,
                    TableAlignment::Right => Align::Right,
                },
            })
            .collect();
        out.push(Block::Table(Table {
            columns,
            header,
            rows,
        }));
    }

    /// The widths which the delimiter row under the header asks for, unless all its cells are alike.
    fn given_widths(&self, first_line: usize, count: usize) -> Option<Vec<u16>> {
        let row = self.source.lines().nth(first_line)?;
        let row = row.trim_start_matches([' ', '>', '\t']).trim_end();
        let row = row.strip_prefix('|').unwrap_or(row);
        let row = row.strip_suffix('|').unwrap_or(row);
        let dashes: Vec<u32> = row
            .split('|')
            .map(|cell| u32::try_from(cell.matches('-').count()).unwrap_or(0))
            .collect();
        let usable = dashes.len() == count && dashes.iter().all(|n| (1..=200).contains(n));
        let alike = dashes.iter().all(|n| dashes.first() == Some(n));
        if usable && !alike {
            measure::widths_of_dashes(&dashes)
        } else {
            None
        }
    }
}

/// A row of two or four cells as labels and values; an empty second pair is left out.
fn pairs(row: Vec<Cell>) -> Vec<Pair> {
    let mut cells = row.into_iter();
    let mut out = Vec::with_capacity(2);
    while let (Some(key), Some(value)) = (cells.next(), cells.next()) {
        if out.is_empty() || !key.is_empty() || !value.is_empty() {
            out.push(Pair { key, value });
        }
    }
    out
}

/// The inlines under a node, values still shielded, neighbouring texts joined.
fn raw_inlines<'a>(node: &'a AstNode<'a>) -> Vec<Inline> {
    let mut out = Vec::new();
    collect_inlines(node, 0, &mut out);
    out
}

fn collect_inlines<'a>(node: &'a AstNode<'a>, depth: usize, out: &mut Vec<Inline>) {
    for child in node.children() {
        if depth >= MAX_DEPTH {
            push_text(&flat_text(child), out);
            continue;
        }
        let nested = |child: &'a AstNode<'a>| {
            let mut content = Vec::new();
            collect_inlines(child, depth + 1, &mut content);
            content
        };
        match &child.data().value {
            NodeValue::Text(text) => push_text(text, out),
            NodeValue::SoftBreak => push_text(&SOFT_BREAK.to_string(), out),
            NodeValue::LineBreak => out.push(Inline::Break),
            NodeValue::Code(code) => out.push(Inline::Code {
                text: code.literal.clone(),
            }),
            NodeValue::Strong => out.push(Inline::Strong {
                content: nested(child),
            }),
            NodeValue::Emph => out.push(Inline::Emphasis {
                content: nested(child),
            }),
            NodeValue::Strikethrough => out.push(Inline::Strike {
                content: nested(child),
            }),
            NodeValue::Link(link) => out.push(Inline::Link {
                url: link.url.clone(),
                content: nested(child),
            }),
            NodeValue::HtmlInline(html) if is_break(html) => out.push(Inline::Break),
            NodeValue::HtmlInline(html) if is_comment(html) => {}
            NodeValue::HtmlInline(html) => push_text(html, out),
            _ => push_text(&flat_text(child), out),
        }
    }
}

fn push_text(text: &str, out: &mut Vec<Inline>) {
    if let Some(Inline::Text { text: last }) = out.last_mut() {
        last.push_str(text);
    } else {
        out.push(Inline::text(text));
    }
}

/// Moves values back, places notes and breaks lines.
fn resolve(raw: Vec<Inline>) -> Vec<Inline> {
    tidy::inlines(resolve_inner(raw))
}

fn resolve_inner(raw: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(raw.len());
    for inline in raw {
        match inline {
            Inline::Text { text } => resolve_text(&text, &mut out),
            Inline::Code { text } => out.push(Inline::Code {
                text: clean::text(&unshield(&text)).replace('\n', " "),
            }),
            Inline::Strong { content } => out.push(Inline::Strong {
                content: resolve_inner(content),
            }),
            Inline::Emphasis { content } => out.push(Inline::Emphasis {
                content: resolve_inner(content),
            }),
            Inline::Strike { content } => out.push(Inline::Strike {
                content: resolve_inner(content),
            }),
            Inline::Link { url, content } => {
                let content = resolve_inner(content);
                match clean::link_target(&unshield(&url)) {
                    Some(url) => out.push(Inline::Link { url, content }),
                    None => out.extend(content),
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// As [`resolve`], for a table cell, where not everything can be code.
fn cell(raw: Vec<Inline>) -> Cell {
    let mut cell = resolve(raw);
    plain_codes(&mut cell);
    tidy::inlines(cell)
}

fn plain_codes(inlines: &mut [Inline]) {
    for inline in inlines {
        match inline {
            Inline::Code { text } if !fits_cell(text) => *inline = Inline::text(std::mem::take(text)),
            Inline::Strong { content }
            | Inline::Emphasis { content }
            | Inline::Strike { content }
            | Inline::Link { content, .. } => plain_codes(content),
            _ => {}
        }
    }
}

fn resolve_text(text: &str, out: &mut Vec<Inline>) {
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once(NOTE_START) {
        plain(before, out);
        let (note, after) = tail.split_once(NOTE_END).unwrap_or((tail, ""));
        flatten(&read_note(&unshield(note)), out);
        rest = after;
    }
    plain(rest, out);
}

fn plain(text: &str, out: &mut Vec<Inline>) {
    out.extend(lines(&clean::text(&unshield(&join_lines(text)))));
}

fn lines(text: &str) -> Vec<Inline> {
    let mut out = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push(Inline::Break);
        }
        if !line.is_empty() {
            out.push(Inline::text(line));
        }
    }
    out
}

/// Replaces line ends of the source: nothing between two wide characters, else a space.
fn join_lines(text: &str) -> String {
    if !text.contains(SOFT_BREAK) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == SOFT_BREAK {
            let before = out.chars().next_back().is_none_or(measure::is_wide);
            let after = chars.peek().copied().is_none_or(measure::is_wide);
            if !(before && after) {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The text of a note that fills a whole paragraph.
fn whole_note(text: &str) -> Option<String> {
    let inner = text.strip_prefix(NOTE_START)?.strip_suffix(NOTE_END)?;
    (!inner.contains(NOTE_END)).then(|| unshield(inner))
}

/// A note as one run of text, for places such as table cells that hold no blocks.
fn flatten(blocks: &[Block], out: &mut Vec<Inline>) {
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            out.push(Inline::Break);
        }
        match block {
            Block::Paragraph { text } => out.extend(text.iter().cloned()),
            Block::Heading { text, .. } => out.push(Inline::Strong {
                content: text.clone(),
            }),
            Block::List { start, items } => flatten_list(*start, items, out),
            Block::Callout { blocks, .. } => flatten(blocks, out),
            Block::Code { text } => {
                for (line_index, line) in text.lines().enumerate() {
                    if line_index > 0 {
                        out.push(Inline::Break);
                    }
                    out.push(Inline::Code {
                        text: line.to_owned(),
                    });
                }
            }
            Block::Table(table) => {
                flatten_rows(std::iter::once(&table.header).chain(&table.rows), out);
            }
            Block::KeyValues { rows, .. } => {
                let cells: Vec<Vec<Cell>> = rows
                    .iter()
                    .map(|row| {
                        row.iter()
                            .flat_map(|pair| [pair.key.clone(), pair.value.clone()])
                            .collect()
                    })
                    .collect();
                flatten_rows(cells.iter(), out);
            }
            Block::Image { alt, .. } => out.push(Inline::text(alt.clone())),
            Block::Rule | Block::PageBreak => {}
        }
    }
}

fn flatten_list(start: Option<u64>, items: &[Vec<Block>], out: &mut Vec<Inline>) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(Inline::Break);
        }
        out.push(Inline::text(match start {
            Some(first) => format!("{}. ", first.saturating_add(index as u64)),
            None => "・".to_owned(),
        }));
        flatten(item, out);
    }
}

fn flatten_rows<'a>(rows: impl Iterator<Item = &'a Vec<Cell>>, out: &mut Vec<Inline>) {
    for (index, row) in rows.enumerate() {
        if index > 0 {
            out.push(Inline::Break);
        }
        for (column, cell) in row.iter().enumerate() {
            if column > 0 {
                out.push(Inline::text(" / "));
            }
            out.extend(cell.iter().cloned());
        }
    }
}

fn flat_text<'a>(node: &'a AstNode<'a>) -> String {
    let mut out = String::new();
    for inner in node.descendants() {
        match &inner.data().value {
            NodeValue::Text(text) => out.push_str(text),
            NodeValue::Code(code) => out.push_str(&code.literal),
            NodeValue::CodeBlock(code) => out.push_str(&code.literal),
            NodeValue::HtmlInline(html) => out.push_str(html),
            NodeValue::HtmlBlock(html) => out.push_str(&html.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => out.push(' '),
            _ => {}
        }
    }
    out.replace([NOTE_START, NOTE_END], "")
}

fn is_break(html: &str) -> bool {
    let name: String = html.chars().filter(|c| !c.is_whitespace()).collect();
    name.eq_ignore_ascii_case("<br>") || name.eq_ignore_ascii_case("<br/>")
}

fn is_comment(html: &str) -> bool {
    html.starts_with("<!--") && html.ends_with("-->") && html.matches("-->").count() == 1
}
