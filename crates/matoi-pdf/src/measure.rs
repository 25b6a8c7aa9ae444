//! How wide text is and how a line is shared between the columns of a table.
//!
//! The unit is half the width of a kanji, which is about the width of a Latin letter. It is an estimate: real glyphs are
//! only known to the writer, but both writers must come to the same columns.

use crate::model::{Block, Cell, Inline, Pair, Table, plain_text};

/// Units on a full line of table text: 166 mm at 8.5 pt.
const LINE: u32 = 110;
/// Units that the padding of a cell takes.
const PADDING: u32 = 4;
/// A column whose longest text is no wider than this is kept on one line if possible: a date with its time is 17.
const SHORT_COLUMN: u32 = 22;
/// A table with no more lines than this is kept on one page. Its header would repeat, so it may be lower.
const WHOLE_TABLE: usize = 6;
/// The same for labels and values, which have no header that repeats.
const WHOLE_PAIRS: usize = 9;
/// A callout of paragraphs with no more characters than this is kept on one page.
const WHOLE_CALLOUT: usize = 400;
/// Longer runs without a place to break are broken anywhere, see [`break_long_runs`].
const LONG_RUN: usize = 20;

/// Zero-width space: a place where a line may break.
pub(crate) const BREAK_MARK: char = '\u{200b}';

/// Whether a character is as wide as a kanji (East Asian Width W or F, roughly, by block).
pub(crate) fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f000..=0x1faff | 0x20000..=0x3fffd)
}

/// The width of a text on one line.
pub(crate) fn width(text: &str) -> u32 {
    text.chars()
        .map(|c| match c {
            BREAK_MARK | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
            // Circled numbers, roman numerals and box drawing are wide in a Japanese face.
            '\u{2160}'..='\u{217f}' | '\u{2460}'..='\u{24ff}' | '\u{2500}'..='\u{266f}' => 2,
            c if is_wide(c) => 2,
            _ => 1,
        })
        .sum()
}

/// Column widths of a table in thousandths of the line, which add up to 1000.
///
/// Narrow columns get what their text needs; the rest is shared between the wide ones by how much they hold.
pub(crate) fn column_widths(header: &[Cell], rows: &[Vec<Cell>]) -> Vec<u16> {
    let wants: Vec<Want> = (0..header.len())
        .map(|index| {
            let mut want = Want::default();
            if let Some(cell) = header.get(index) {
                // A heading of a few characters should stay on one line.
                let natural = natural_width(cell);
                want.take(natural, if natural <= 16 { natural } else { longest_run(cell) });
            }
            for row in rows {
                if let Some(cell) = row.get(index) {
                    want.take(natural_width(cell), longest_run(cell));
                }
            }
            want
        })
        .collect();
    // A column of dates or names stays on one line as long as the others have room.
    let whole: Vec<Want> = wants
        .iter()
        .map(|want| {
            if want.most <= SHORT_COLUMN {
                Want {
                    least: want.most,
                    ..*want
                }
            } else {
                *want
            }
        })
        .collect();
    let narrow: u32 = whole.iter().map(|want| want.least).sum();
    share(if narrow <= LINE * 9 / 10 { &whole } else { &wants }, LINE)
}

/// Column widths of a table of labels and values in thousandths of the line.
pub(crate) fn pair_widths(rows: &[Vec<Pair>]) -> Vec<u16> {
    let pairs = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let half = 1000 / u32::try_from(pairs).unwrap_or(1);
    let line = LINE * half / 1000;
    let mut widths = Vec::with_capacity(pairs * 2);
    for index in 0..pairs {
        let natural = rows
            .iter()
            .filter_map(|row| row.get(index))
            .map(|pair| natural_width(&pair.key))
            .max()
            .unwrap_or(0);
        let key = (natural + PADDING + 2).clamp(line / 6, line * 2 / 5) * half / line.max(1);
        widths.push(key as u16);
        widths.push((half - key) as u16);
    }
    widths
}

/// Whether a table is so low that it should stand on one page; a single row on the next one looks lost.
pub(crate) fn stays_whole(table: &Table) -> bool {
    let widths: Vec<u16> = table.columns.iter().map(|column| column.width).collect();
    let lines = table.rows.iter().map(|row| lines(row.iter(), &widths));
    table.rows.len() <= WHOLE_TABLE && lines.sum::<u32>() <= WHOLE_TABLE as u32
}

/// As [`stays_whole`], for labels and values.
pub(crate) fn pairs_stay_whole(rows: &[Vec<Pair>], widths: &[u16]) -> bool {
    let lines = rows
        .iter()
        .map(|row| lines(row.iter().flat_map(|pair| [&pair.key, &pair.value]), widths));
    rows.len() <= WHOLE_PAIRS && lines.sum::<u32>() <= WHOLE_PAIRS as u32
}

/// Whether a callout is so short that it should stand on one page.
pub(crate) fn callout_stays_whole(blocks: &[Block]) -> bool {
    let mut length = 0;
    for block in blocks {
        match block {
            Block::Paragraph { text } => length += plain_text(text).chars().count(),
            _ => return false,
        }
    }
    length <= WHOLE_CALLOUT
}

/// Lines that a row takes, by estimate.
fn lines<'c>(row: impl Iterator<Item = &'c Cell>, widths: &[u16]) -> u32 {
    row.zip(widths)
        .map(|(cell, width)| {
            let room = (LINE * u32::from(*width) / 1000).saturating_sub(PADDING).max(2);
            let mut lines = Lines::default();
            lines.walk(cell);
            lines.ends.push(lines.current);
            lines
                .ends
                .iter()
                .map(|line| line.div_ceil(room).max(1))
                .sum::<u32>()
        })
        .max()
        .unwrap_or(1)
}

/// Turns the dashes under a table header into widths that add up to 1000, in whole hundredths of the line, so that they
/// can be written as dashes again. None if all columns come out alike, which is how Markdown asks for measured widths.
pub(crate) fn widths_of_dashes(dashes: &[u32]) -> Option<Vec<u16>> {
    let widths: Vec<u16> = shares(dashes, 100).into_iter().map(|width| width * 10).collect();
    let first = widths.first()?;
    widths.iter().any(|width| width != first).then_some(widths)
}

/// The dashes that stand for a width.
pub(crate) fn dashes_of_width(width: u16) -> usize {
    usize::from(width / 10).max(1)
}

/// Parts in proportion to counts that add up to a total; none is empty.
fn shares(counts: &[u32], total: u32) -> Vec<u16> {
    let sum: u32 = counts.iter().sum::<u32>().max(1);
    let mut parts: Vec<u16> = counts
        .iter()
        .map(|count| (count * total / sum).max(1) as u16)
        .collect();
    let difference = i64::from(total) - parts.iter().map(|part| i64::from(*part)).sum::<i64>();
    if let Some(widest) = parts.iter_mut().max_by_key(|part| **part) {
        *widest = u16::try_from((i64::from(*widest) + difference).max(1)).unwrap_or(1);
    }
    parts
}

/// Puts break marks into runs of Latin text that are too long for a narrow column: hashes, paths, URLs.
pub(crate) fn break_long_runs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if c.is_ascii_graphic() {
            run.push(c);
        } else {
            flush_run(&mut run, &mut out);
            out.push(c);
        }
    }
    flush_run(&mut run, &mut out);
    out
}

fn flush_run(run: &mut String, out: &mut String) {
    if run.len() <= LONG_RUN {
        out.push_str(run);
    } else {
        let mut since = 0;
        for c in run.chars() {
            out.push(c);
            since += 1;
            if !c.is_ascii_alphanumeric() || since >= 8 {
                out.push(BREAK_MARK);
                since = 0;
            }
        }
        if out.ends_with(BREAK_MARK) {
            out.pop();
        }
    }
    run.clear();
}

/// What a column would like to have.
#[derive(Debug, Default, Clone, Copy)]
struct Want {
    /// Enough for its longest unbreakable run.
    least: u32,
    /// Enough for its longest line.
    most: u32,
}

impl Want {
    fn take(&mut self, natural: u32, run: u32) {
        self.most = self.most.max(natural + PADDING);
        self.least = self.least.max(run + PADDING);
    }
}

fn share(wants: &[Want], line: u32) -> Vec<u16> {
    let most: u32 = wants.iter().map(|w| w.most).sum();
    let least: u32 = wants.iter().map(|w| w.least).sum();
    let units: Vec<u32> = if most <= line {
        wants.iter().map(|w| w.most).collect()
    } else if least >= line {
        wants.iter().map(|w| w.least).collect()
    } else {
        fill(wants, line)
    };
    shares(&units, 1000)
}

/// Raises a level under all columns until the line is full; a column stops rising at what it wants.
fn fill(wants: &[Want], line: u32) -> Vec<u32> {
    let weights: Vec<f64> = wants
        .iter()
        .map(|w| f64::from(w.most.clamp(8, 240)).sqrt())
        .collect();
    let at = |level: f64| -> Vec<u32> {
        wants
            .iter()
            .zip(&weights)
            .map(|(want, weight)| ((level * weight) as u32).clamp(want.least.min(want.most), want.most))
            .collect()
    };
    let (mut low, mut high) = (0.0_f64, f64::from(line));
    for _ in 0..32 {
        let middle = f64::midpoint(low, high);
        if at(middle).iter().sum::<u32>() > line {
            high = middle;
        } else {
            low = middle;
        }
    }
    at(low)
}

fn natural_width(cell: &[Inline]) -> u32 {
    let mut lines = Lines::default();
    lines.walk(cell);
    lines.ends.iter().copied().max().unwrap_or(0).max(lines.current)
}

fn longest_run(cell: &[Inline]) -> u32 {
    let text = plain_text(cell);
    let mut longest = 0_u32;
    let mut run = 0_u32;
    for c in text.chars() {
        if c.is_whitespace() {
            run = 0;
        } else if is_wide(c) {
            run = 0;
            longest = longest.max(4);
        } else {
            run += 1;
            // Longer runs are broken, so they need no more than this.
            longest = longest.max(run.min(12));
        }
    }
    longest
}

/// The widths of the lines of a cell as they are broken by its author.
#[derive(Default)]
struct Lines {
    ends: Vec<u32>,
    current: u32,
}

impl Lines {
    fn walk(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text { text } => self.current += width(text),
                // Fixed-width text is set a little wider.
                Inline::Code { text } => self.current += width(text) * 23 / 20,
                Inline::Strong { content }
                | Inline::Emphasis { content }
                | Inline::Strike { content }
                | Inline::Link { content, .. } => self.walk(content),
                Inline::Tlp { label } => self.current += width(label.as_str()) + 3,
                Inline::Break => {
                    self.ends.push(self.current);
                    self.current = 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<Cell> {
        texts.iter().map(|t| vec![Inline::text(*t)]).collect()
    }

    #[test]
    fn short_columns_keep_their_text_on_one_line_and_long_ones_share_the_rest() {
        let long = "調査の結果、".repeat(30);
        let widths = column_widths(
            &cells(&["日時", "区分", "内容"]),
            &[cells(&["2026/11/20 03:12", "対応", &long])],
        );
        assert_eq!(widths.iter().map(|w| u32::from(*w)).sum::<u32>(), 1000);
        assert!((150..230).contains(&widths[0]), "{widths:?}");
        assert!(widths[2] > 600, "{widths:?}");
    }

    #[test]
    fn widths_always_add_up() {
        for counts in [vec![1, 1, 1], vec![3], vec![1; 32], vec![0, 5], vec![7, 0, 0]] {
            let widths = shares(&counts, 1000);
            assert_eq!(
                widths.iter().map(|w| u32::from(*w)).sum::<u32>(),
                1000,
                "{counts:?} {widths:?}"
            );
        }
    }

    #[test]
    fn widths_survive_as_dashes() {
        for dashes in [vec![3, 9], vec![14, 8], vec![6, 8, 8], vec![200, 1, 1]] {
            let widths = widths_of_dashes(&dashes).unwrap();
            let again: Vec<u32> = widths.iter().map(|w| dashes_of_width(*w) as u32).collect();
            assert_eq!(widths_of_dashes(&again), Some(widths), "{dashes:?}");
        }
        assert_eq!(widths_of_dashes(&[3, 3, 3, 3]), None);
    }

    #[test]
    fn long_runs_get_places_to_break_and_nothing_else_changes() {
        assert_eq!(break_long_runs("short text 短い"), "short text 短い");
        let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let broken = break_long_runs(hash);
        assert_eq!(broken.replace(BREAK_MARK, ""), hash);
        assert_eq!(broken.matches(BREAK_MARK).count(), 7);
    }
}
