//! Markdown in and out: CommonMark with tables, struck-out text and callouts (`> [!NOTE]`).
//!
//! What differs from the standard, because a report is neither a web page nor written in English only:
//! - a level-one heading at the top is the title; level two is the first numbered level;
//! - a table with an empty header and two or four columns is a table of labels and values;
//! - dashes of different length under a table header set the widths of its columns;
//! - `<br>` is a line break, `<!-- pagebreak -->` a page break, other comments vanish, other HTML is shown as it is
//!   written;
//! - a line end between two Japanese characters is no space; emphasis works beside Japanese punctuation.

mod parse;
mod tidy;
mod write;

pub use parse::{Parsed, parse_markdown};
pub use write::{write_blocks, write_document};

pub(crate) use parse::{number_headings, parse_filled};
