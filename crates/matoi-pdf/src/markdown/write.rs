//! From blocks to Markdown that reads back as the same blocks.

use crate::clean;
use crate::error::Error;
use crate::measure;
use crate::model::{Align, Block, Cell, ControlDetail, Document, Inline, Pair, Table, Tone};
use crate::words::{self, Word};

/// Keeps two lists apart that stand next to each other, and two marks that would run together. Reads as nothing.
const SEPARATOR: &str = "<!-- -->";

/// A whole document: title, control table, numbered headings.
///
/// # Errors
/// [`Error::Limit`] if the document is too deep or too large.
pub fn write_document(document: &Document) -> Result<String, Error> {
    let document = clean::document(document)?;
    let mut out = format!("# {}\n\n", one_line(&escape(&document.meta.title)));
    if let Some(subtitle) = &document.meta.subtitle {
        out.push_str(&format!("{}\n\n", escape_start(escape(subtitle))));
    }
    out.push_str(&format!(
        "{}\n\n",
        escape_start(escape(&document.meta.organisation))
    ));
    if let Some(rows) = control_rows(&document) {
        out.push_str("| | |\n|---|---|\n");
        for (label, value) in rows {
            out.push_str(&format!("| {} | {} |\n", escape(&label), escape(&value)));
        }
        out.push('\n');
    }
    out.push_str(&Writer { numbers: true }.blocks(&document.blocks));
    Ok(out)
}

/// Blocks as Markdown that a person may edit and that [`parse_markdown`](super::parse_markdown) reads back as the same
/// blocks. Headings carry no number: they are numbered when read.
#[must_use]
pub fn write_blocks(blocks: &[Block]) -> String {
    Writer { numbers: false }.blocks(blocks)
}

fn control_rows(document: &Document) -> Option<Vec<(String, String)>> {
    let control = document.control.as_ref()?;
    let lang = document.meta.lang;
    let mut rows = Vec::new();
    let mut push = |word: Word, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push((words::word(lang, word).to_owned(), value));
        }
    };
    let full = control.detail == ControlDetail::Full;
    push(Word::DocumentNumber, Some(control.number.clone()));
    push(Word::Version, Some(control.version.clone()));
    push(Word::State, Some(words::state(lang, control.state).to_owned()));
    push(Word::Classification, control.classification.clone());
    push(Word::Tlp, control.tlp.map(|tlp| tlp.as_str().to_owned()));
    push(Word::Issued, control.issued.map(|date| words::date(lang, date)));
    if full {
        push(
            Word::Prepared,
            control.prepared.as_ref().map(|s| words::signature(lang, s)),
        );
        push(
            Word::Reviewed,
            control.reviewed.as_ref().map(|s| words::signature(lang, s)),
        );
        push(
            Word::Approved,
            control.approved.as_ref().map(|s| words::signature(lang, s)),
        );
        push(
            Word::Distribution,
            Some(control.distribution.join(words::list_comma(lang))),
        );
    }
    Some(rows)
}

struct Writer {
    numbers: bool,
}

impl Writer {
    fn blocks(&self, blocks: &[Block]) -> String {
        let mut out = String::new();
        let mut after_list = false;
        for block in blocks {
            let text = self.block(block);
            if text.is_empty() {
                continue;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            let list = matches!(block, Block::List { .. });
            if after_list && list {
                out.push_str(SEPARATOR);
                out.push_str("\n\n");
            }
            after_list = list;
            out.push_str(&text);
            out.push('\n');
        }
        out
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Heading { level, number, text } => {
                let marks = "#".repeat(usize::from(*level) + 1);
                let number = if self.numbers && !number.is_empty() {
                    format!("{number} ")
                } else {
                    String::new()
                };
                let mut words = inlines(text);
                if words.ends_with('#') {
                    words.pop();
                    words.push_str("\\#");
                }
                format!("{marks} {number}{words}")
            }
            Block::Paragraph { text } => escape_start(inlines(text)),
            Block::List { start, items } => self.list(*start, items),
            Block::Table(table) => table_text(table),
            Block::KeyValues { rows, widths } => key_values(rows, widths),
            Block::Callout { tone, blocks } => self.callout(*tone, blocks),
            Block::Code { text } => {
                let fence = "`".repeat(longest_backticks(text).max(2) + 1);
                format!("{fence}\n{text}\n{fence}")
            }
            Block::Rule => "***".to_owned(),
            Block::PageBreak => "<!-- pagebreak -->".to_owned(),
            Block::Image { name, alt } => format!("![{}]({})", escape(alt), destination(name)),
        }
    }

    fn list(&self, start: Option<u64>, items: &[Vec<Block>]) -> String {
        let tight = items.iter().all(|item| {
            let mut inner = item.iter();
            matches!(inner.next(), Some(Block::Paragraph { .. }))
                && inner.all(|block| matches!(block, Block::List { .. }))
                && item.len() <= 2
        });
        let mut out = String::new();
        for (index, item) in items.iter().enumerate() {
            let marker = match start {
                Some(first) => format!("{}. ", (first + index as u64).min(999_999_999)),
                None => "- ".to_owned(),
            };
            let mut text = self.blocks(item);
            if tight {
                text = text.replacen("\n\n", "\n", 1);
            }
            let indent = " ".repeat(marker.len());
            if index > 0 {
                out.push_str(if tight { "\n" } else { "\n\n" });
            }
            out.push_str(&marker);
            out.push_str(&indented(text.trim_end_matches('\n'), &indent));
        }
        out
    }

    fn callout(&self, tone: Tone, blocks: &[Block]) -> String {
        let mark = match tone {
            Tone::Quote => "",
            Tone::Note => "[!NOTE]\n",
            Tone::Important => "[!IMPORTANT]\n",
            Tone::Warning => "[!WARNING]\n",
        };
        let text = format!("{mark}{}", self.blocks(blocks));
        let lines: Vec<String> = text
            .trim_end_matches('\n')
            .split('\n')
            .map(|line| {
                if line.is_empty() {
                    ">".to_owned()
                } else {
                    format!("> {line}")
                }
            })
            .collect();
        lines.join("\n")
    }
}

fn indented(text: &str, indent: &str) -> String {
    let mut out = String::new();
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(indent);
            }
        }
        out.push_str(line);
    }
    out
}

fn table_text(table: &Table) -> String {
    let automatic = measure::column_widths(&table.header, &table.rows);
    let widths: Vec<u16> = table.columns.iter().map(|column| column.width).collect();
    let aligns: Vec<Align> = table.columns.iter().map(|column| column.align).collect();
    let mut out = row_text(&table.header);
    out.push_str(&delimiters(&widths, &aligns, widths == automatic));
    for row in &table.rows {
        out.push_str(&row_text(row));
    }
    out.trim_end().to_owned()
}

fn key_values(rows: &[Vec<Pair>], widths: &[u16]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1) * 2;
    let aligns = vec![Align::Left; columns];
    let empty = Cell::new();
    let mut out = row_text(&vec![Cell::new(); columns]);
    out.push_str(&delimiters(widths, &aligns, widths == measure::pair_widths(rows)));
    for row in rows {
        let mut cells: Vec<Cell> = row
            .iter()
            .flat_map(|pair| [pair.key.clone(), pair.value.clone()])
            .collect();
        cells.resize(columns, empty.clone());
        out.push_str(&row_text(&cells));
    }
    out.trim_end().to_owned()
}

fn row_text(cells: &[Cell]) -> String {
    let mut out = String::from("|");
    for cell in cells {
        out.push(' ');
        out.push_str(&inlines_in_table(cell));
        out.push_str(" |");
    }
    out.push('\n');
    out
}

fn delimiters(widths: &[u16], aligns: &[Align], automatic: bool) -> String {
    let mut out = String::from("|");
    for (width, align) in widths.iter().zip(aligns) {
        let dashes = "-".repeat(if automatic {
            3
        } else {
            measure::dashes_of_width(*width)
        });
        match align {
            Align::Left => out.push_str(&dashes),
            Align::Center => out.push_str(&format!(":{dashes}:")),
            Align::Right => out.push_str(&format!("{dashes}:")),
        }
        out.push('|');
    }
    out.push('\n');
    out
}

fn inlines(text: &[Inline]) -> String {
    let mut out = String::new();
    push_inlines(text, false, &mut out);
    out
}

fn inlines_in_table(text: &[Inline]) -> String {
    let mut out = String::new();
    push_inlines(text, true, &mut out);
    out
}

fn push_inlines(text: &[Inline], in_table: bool, out: &mut String) {
    let mut pending = false;
    for (index, inline) in text.iter().enumerate() {
        let mut piece = String::new();
        match inline {
            Inline::Text { text } => piece.push_str(&escape(text)),
            Inline::Strong { content } => piece.push_str(&marked("**", content, in_table)),
            Inline::Emphasis { content } => piece.push_str(&marked("*", content, in_table)),
            Inline::Strike { content } => piece.push_str(&marked("~~", content, in_table)),
            Inline::Code { text } if in_table && !fits_cell(text) => piece.push_str(&escape(text)),
            Inline::Code { text } => piece.push_str(&code(text, in_table)),
            Inline::Link { url, content } => {
                piece.push('[');
                push_inlines(content, in_table, &mut piece);
                piece.push_str(&format!("]({})", destination(url)));
            }
            Inline::Tlp { label } => piece.push_str(&escape(label.as_str())),
            Inline::Break => piece.push_str("<br>"),
        }
        let mark = is_marked(inline);
        let two_codes = matches!(inline, Inline::Code { .. })
            && index
                .checked_sub(1)
                .and_then(|i| text.get(i))
                .is_some_and(|i| matches!(i, Inline::Code { .. }));
        if two_codes || (mark || pending) && needs_separator(out, &piece, mark, pending) {
            out.push_str(SEPARATOR);
        }
        pending = mark;
        let last = index + 1 == text.len();
        // An exclamation mark before a link would make it a picture.
        if !last && piece.ends_with('!') {
            piece.pop();
            piece.push_str("\\!");
        }
        out.push_str(&piece);
    }
}

fn is_marked(inline: &Inline) -> bool {
    matches!(
        inline,
        Inline::Strong { .. } | Inline::Emphasis { .. } | Inline::Strike { .. }
    )
}

/// Whether marks at this seam might not be read as marks: beside a letter and a sign, or beside other marks.
fn needs_separator(before: &str, after: &str, opens: bool, closes: bool) -> bool {
    let (Some(left), Some(right)) = (before.chars().next_back(), after.chars().next()) else {
        return false;
    };
    if left.is_whitespace() || right.is_whitespace() {
        return false;
    }
    if opens && closes {
        return true;
    }
    let inside = if opens {
        after.trim_start_matches(['*', '~']).chars().next()
    } else {
        before.trim_end_matches(['*', '~']).chars().next_back()
    };
    let outside = if opens { left } else { right };
    // Beside kanji and kana a mark is a mark; emoji are as wide but are signs.
    let kana = |c: char| measure::is_wide(c) && !('\u{1f000}'..='\u{1faff}').contains(&c);
    let sign = |c: char| !c.is_alphanumeric() && !kana(c);
    outside == '*'
        || outside == '~'
        || (inside.is_none_or(sign) && outside.is_alphanumeric() && !kana(outside))
}

fn marked(mark: &str, content: &[Inline], in_table: bool) -> String {
    let mut inner = String::new();
    push_inlines(content, in_table, &mut inner);
    // Spaces cannot stand inside next to the mark.
    let body = inner.trim_matches(' ');
    let lead = " ".repeat(inner.len() - inner.trim_start_matches(' ').len());
    let tail = " ".repeat(inner.len() - inner.trim_end_matches(' ').len());
    if body.is_empty() {
        return lead;
    }
    let first = if body.starts_with(['*', '~']) {
        SEPARATOR
    } else {
        ""
    };
    let last = if body.ends_with(['*', '~']) && !body.ends_with("\\*") && !body.ends_with("\\~") {
        SEPARATOR
    } else {
        ""
    };
    format!("{lead}{mark}{first}{body}{last}{mark}{tail}")
}

fn code(text: &str, in_table: bool) -> String {
    let fence = "`".repeat(longest_backticks(text) + 1);
    let spaced = text.starts_with('`')
        || text.ends_with('`')
        || (text.starts_with(' ') && text.ends_with(' ') && !text.trim_matches(' ').is_empty());
    let pad = if spaced { " " } else { "" };
    let text = if in_table {
        text.replace('|', "\\|")
    } else {
        text.to_owned()
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Whether text can be code in a table cell. GFM takes a backslash before a bar away, so that an odd number of backslashes
/// before a bar cannot be written.
pub(super) fn fits_cell(text: &str) -> bool {
    let mut backslashes = 0;
    for c in text.chars() {
        match c {
            '\\' => backslashes += 1,
            '|' if backslashes % 2 == 1 => return false,
            _ => backslashes = 0,
        }
    }
    true
}

fn longest_backticks(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A link target; in angle brackets if it has characters that would end it.
fn destination(url: &str) -> String {
    let mut out = String::new();
    for c in url.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' | '>' | '\\' | '|' | '\n' | '`' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    if out.is_empty() || out.contains([' ', '(', ')', '*', '_', '~', '[', ']', '!']) {
        format!("<{out}>")
    } else {
        out
    }
}

/// Text whose characters are taken as they stand, wherever in a line it is put.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied();
        let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '~' => true,
            '_' => !(word(before) && word(after)),
            '&' => word(after) || after == Some('#'),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        if c == '\n' {
            out.push_str("<br>");
        } else {
            out.push(c);
        }
        before = Some(c);
    }
    out
}

/// Makes sure that a line of escaped text does not begin a heading, a list, a quotation or an indented block.
fn escape_start(line: String) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let split = match line.chars().next() {
        Some('#' | '>' | '+' | '-' | '=' | ':') => Some(0),
        Some(c) if c.is_ascii_digit() => line
            .get(digits..)
            .is_some_and(|rest| rest.starts_with(['.', ')']))
            .then_some(digits),
        _ => None,
    };
    match split.and_then(|at| line.split_at_checked(at)) {
        Some((head, tail)) => format!("{head}\\{tail}"),
        None => line,
    }
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}
