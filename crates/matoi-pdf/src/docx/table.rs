//! Tables of a Word file, and callouts, which are tables of one cell.

use super::body::{Place, Writer};
use super::styles::{BEAM, LINE, SUNKEN, TEXT_WIDTH, border, shade};
use crate::measure;
use crate::model::{Align, Block, Cell, Inline, Pair, Table, Tone, plain_text};
use crate::words::{self, Word};

/// Rows with more text than this may break over a page.
const LONG_ROW: usize = 500;

/// How a cell looks.
#[derive(Clone, Copy)]
struct Look {
    style: &'static str,
    fill: Option<&'static str>,
    align: Align,
    span: usize,
    keep: bool,
}

impl Look {
    const fn text(align: Align, keep: bool) -> Self {
        Self {
            style: "TableText",
            fill: None,
            align,
            span: 1,
            keep,
        }
    }

    const fn label(style: &'static str, align: Align, keep: bool) -> Self {
        Self {
            style,
            fill: Some(SUNKEN),
            align,
            span: 1,
            keep,
        }
    }
}

impl Writer<'_> {
    pub(super) fn table(&mut self, table: &Table) {
        let widths: Vec<u16> = table.columns.iter().map(|column| column.width).collect();
        let widths = twips(&widths);
        self.open_table("Report", &widths);
        self.open_row(true, true);
        for ((cell, width), column) in table.header.iter().zip(&widths).zip(&table.columns) {
            self.cell(cell, *width, Look::label("TableHeading", column.align, true));
        }
        self.xml.close();
        let whole = measure::stays_whole(table);
        for (index, row) in table.rows.iter().enumerate() {
            self.open_row(false, !is_long(row.iter()));
            let keep = whole && index + 1 < table.rows.len();
            for ((cell, width), column) in row.iter().zip(&widths).zip(&table.columns) {
                self.cell(cell, *width, Look::text(column.align, keep));
            }
            self.xml.close();
        }
        self.xml.close();
        self.gap();
    }

    pub(super) fn key_values(&mut self, rows: &[Vec<Pair>], widths: &[u16]) {
        let whole = measure::pairs_stay_whole(rows, widths);
        let widths = twips(widths);
        self.open_table("Report", &widths);
        for (index, row) in rows.iter().enumerate() {
            let keep = whole && index + 1 < rows.len();
            self.open_row(false, !is_long(row.iter().map(|pair| &pair.value)));
            self.pairs(row, &widths, keep);
            self.xml.close();
        }
        self.xml.close();
        self.gap();
    }

    fn pairs(&mut self, row: &[Pair], widths: &[u32], keep: bool) {
        for (index, pair) in row.iter().enumerate() {
            let key = widths.get(index * 2).copied().unwrap_or(0);
            // The last value of a short row takes the rest of the line.
            let last = index + 1 == row.len();
            let rest = if last {
                widths.get(index * 2 + 1..)
            } else {
                widths.get(index * 2 + 1..index * 2 + 2)
            };
            let rest = rest.unwrap_or_default();
            self.cell(&pair.key, key, Look::label("TableLabel", Align::Left, keep));
            let value = Look {
                span: rest.len().max(1),
                ..Look::text(Align::Left, keep)
            };
            self.cell(&pair.value, rest.iter().sum(), value);
        }
    }

    fn open_table(&mut self, style: &str, widths: &[u32]) {
        self.xml.open("w:tbl", &[]);
        self.xml.within("w:tblPr", &[], |xml| {
            xml.value("w:tblStyle", style);
            xml.leaf("w:tblW", &[("w:w", &TEXT_WIDTH.to_string()), ("w:type", "dxa")]);
            xml.leaf("w:tblLayout", &[("w:type", "fixed")]);
        });
        self.xml.within("w:tblGrid", &[], |xml| {
            for width in widths {
                xml.leaf("w:gridCol", &[("w:w", &width.to_string())]);
            }
        });
    }

    fn open_row(&mut self, header: bool, whole: bool) {
        self.xml.open("w:tr", &[]);
        self.xml.within("w:trPr", &[], |xml| {
            if whole {
                xml.leaf("w:cantSplit", &[]);
            }
            if header {
                xml.leaf("w:tblHeader", &[]);
            }
        });
    }

    fn cell(&mut self, cell: &Cell, width: u32, look: Look) {
        self.xml.open("w:tc", &[]);
        self.xml.within("w:tcPr", &[], |xml| {
            xml.leaf("w:tcW", &[("w:w", &width.to_string()), ("w:type", "dxa")]);
            if look.span > 1 {
                xml.value("w:gridSpan", look.span);
            }
            if let Some(fill) = look.fill {
                shade(xml, fill);
            }
        });
        let align = match look.align {
            Align::Left => None,
            Align::Center => Some("center"),
            Align::Right => Some("right"),
        };
        let place = Place {
            keep: look.keep,
            ..Place::default()
        };
        self.paragraph(look.style, place, align, cell);
        self.xml.close();
    }

    /// A table of one cell with a bar at its left; it may hold anything.
    pub(super) fn callout(&mut self, tone: Tone, blocks: &[Block]) {
        let (bar, fill, word) = match tone {
            Tone::Quote => (LINE, None, None),
            Tone::Note => ("1B4F80", Some("EEF4F9"), Some(Word::Note)),
            Tone::Important => (BEAM, Some(SUNKEN), Some(Word::Important)),
            Tone::Warning => ("8F4300", Some("FCF4EA"), Some(Word::Warning)),
        };
        self.xml.open("w:tbl", &[]);
        self.xml.within("w:tblPr", &[], |xml| {
            xml.leaf("w:tblW", &[("w:w", &TEXT_WIDTH.to_string()), ("w:type", "dxa")]);
            xml.within("w:tblBorders", &[], |xml| border(xml, "w:left", 18, bar, 0));
            xml.leaf("w:tblLayout", &[("w:type", "fixed")]);
            xml.within("w:tblCellMar", &[], |xml| {
                for (side, width) in [
                    ("w:top", "80"),
                    ("w:left", "220"),
                    ("w:bottom", "40"),
                    ("w:right", "200"),
                ] {
                    xml.leaf(side, &[("w:w", width), ("w:type", "dxa")]);
                }
            });
        });
        self.xml.within("w:tblGrid", &[], |xml| {
            xml.leaf("w:gridCol", &[("w:w", &TEXT_WIDTH.to_string())]);
        });
        self.open_row(false, measure::callout_stays_whole(blocks));
        self.xml.open("w:tc", &[]);
        self.xml.within("w:tcPr", &[], |xml| {
            xml.leaf("w:tcW", &[("w:w", &TEXT_WIDTH.to_string()), ("w:type", "dxa")]);
            if let Some(fill) = fill {
                shade(xml, fill);
            }
        });
        if let Some(word) = word {
            let label = Inline::Strong {
                content: vec![Inline::text(words::word(self.lang, word))],
            };
            let place = Place {
                keep: true,
                ..Place::default()
            };
            self.paragraph("Normal", place, Some("left"), &[label]);
        }
        self.blocks(blocks, Place::default());
        // A cell must end with a paragraph.
        if !matches!(blocks.last(), Some(Block::Paragraph { .. })) {
            self.gap();
        }
        for _ in ["w:tc", "w:tr", "w:tbl"] {
            self.xml.close();
        }
        self.gap();
    }
}

/// Thousandths of the line in twentieths of a point.
fn twips(widths: &[u16]) -> Vec<u32> {
    widths
        .iter()
        .map(|width| u32::from(*width) * TEXT_WIDTH / 1000)
        .collect()
}

fn is_long<'c>(mut cells: impl Iterator<Item = &'c Cell>) -> bool {
    cells.any(|cell| plain_text(cell).chars().count() > LONG_ROW)
}
