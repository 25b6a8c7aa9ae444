//! What a command says: text for people or JSON for programs on standard output, errors on standard error.

use std::io::{self, Write as _};

use clap::ValueEnum;
use matoi_types::Lang;
use serde_json::Value as Json;

/// How a command speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON value; of `serve` and `demo`, one a line.
    Json,
}

/// Where a command's words go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// For people or for programs.
    pub format: Format,
    /// The language for people.
    pub lang: Lang,
}

impl Output {
    /// Says the result: text, or the same as JSON.
    pub fn result(self, text: impl FnOnce() -> String, json: impl FnOnce() -> Json) {
        match self.format {
            Format::Text => to_stdout(&text()),
            Format::Json => to_stdout(&format!("{:#}\n", json())),
        }
    }

    /// Says one of several things: a text, or a JSON value on a line of its own.
    pub fn event(self, text: impl FnOnce() -> String, json: impl FnOnce() -> Json) {
        match self.format {
            Format::Text => to_stdout(&text()),
            Format::Json => to_stdout(&format!("{}\n", json())),
        }
    }

    /// A text of the program in the language of the command, with arguments.
    #[must_use]
    pub fn word(self, key: &'static str, args: &[(&'static str, &str)]) -> String {
        let message = args
            .iter()
            .fold(matoi_core::Message::new(key), |message, (name, value)| {
                message.with(name, *value)
            });
        matoi_core::kernel::words::Words::get().say(self.lang, &message)
    }
}

/// Writes to standard output. A reader that has gone away is no failure of the command.
pub fn to_stdout(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to standard error.
pub fn to_stderr(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Rows as columns, each as wide as its widest cell. Wide characters count as two.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let all: Vec<Vec<String>> = std::iter::once(head.iter().map(ToString::to_string).collect())
        .chain(rows.iter().cloned())
        .collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|i| {
            all.iter()
                .filter_map(|row| row.get(i))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    all.iter()
        .map(|row| {
            let line: String = row
                .iter()
                .zip(&widths)
                .map(|(cell, most)| format!("{cell}{}  ", " ".repeat(most - width(cell).min(*most))))
                .collect();
            format!("{}\n", line.trim_end())
        })
        .collect()
}

/// Columns of a terminal that a text takes: Japanese characters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x2_0000..=0x3_fffd => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_also_with_japanese() {
        let rows = [
            vec!["佐々木".to_owned(), "x".to_owned()],
            vec!["a".to_owned(), "y".to_owned()],
        ];
        assert_eq!(table(&["name", "b"], &rows), "name    b\n佐々木  x\na       y\n");
    }
}
