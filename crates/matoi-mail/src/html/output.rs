//! Putting text together: white space as a reader sees it, hidden text between marks, never more than the limit.

use crate::filename::{is_bidi_control, is_invisible};

const HIDDEN_START: char = '⟦';
const HIDDEN_END: char = '⟧';

/// Text under construction.
pub(super) struct Output {
    text: String,
    max: usize,
    is_full: bool,
    pending: Pending,
    /// The last thing written was a space or a line end, so that another space says nothing.
    after_space: bool,
    in_hidden: bool,
    /// Characters of the current hidden run.
    hidden_run: usize,
}

/// Hidden text is padding against filters as often as it is a message: this much of a run shows which.
const MAX_HIDDEN_RUN: usize = 300;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pending {
    Nothing,
    Cell,
    Line,
    Paragraph,
}

impl Output {
    pub(super) fn new(max: usize) -> Self {
        Self {
            text: String::new(),
            max,
            is_full: false,
            pending: Pending::Nothing,
            after_space: true,
            in_hidden: false,
            hidden_run: 0,
        }
    }

    /// Whether the limit was reached.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    pub(super) fn cell(&mut self) {
        self.pending = self.pending.max(Pending::Cell);
    }

    pub(super) fn line(&mut self) {
        self.pending = self.pending.max(Pending::Line);
    }

    pub(super) fn paragraph(&mut self) {
        self.pending = self.pending.max(Pending::Paragraph);
    }

    /// A line end that stays even if more follow.
    pub(super) fn forced_line(&mut self) {
        if self.pending > Pending::Cell {
            self.write_pending();
            return;
        }
        self.end_hidden();
        self.pending = Pending::Nothing;
        self.trim_blanks();
        // More than two empty lines are only there to push something out of sight.
        if !self.text.ends_with("\n\n\n") && !self.text.is_empty() {
            self.push('\n');
        }
        self.after_space = true;
    }

    /// Text of an element. White space is collapsed unless it is preformatted.
    pub(super) fn text(&mut self, text: &str, is_hidden: bool, is_preformatted: bool) {
        for c in text.chars() {
            if self.is_full {
                return;
            }
            let is_blank = c.is_whitespace();
            if is_hidden && self.in_hidden && self.hidden_run >= MAX_HIDDEN_RUN {
                self.end_long_run();
                continue;
            }
            if is_blank && !(is_preformatted && self.pending == Pending::Nothing) {
                if is_preformatted && c == '\n' {
                    self.line();
                } else if !self.after_space && self.pending == Pending::Nothing {
                    self.push(' ');
                    self.after_space = true;
                }
                continue;
            }
            self.write_pending();
            if is_hidden != self.in_hidden {
                if is_hidden {
                    self.push(HIDDEN_START);
                    self.in_hidden = true;
                    self.hidden_run = 0;
                } else {
                    self.end_hidden();
                }
            }
            if is_hidden {
                self.hidden_run += 1;
            }
            if is_preformatted && c == '\n' {
                self.trim_blanks();
            }
            self.push(if is_blank && c != '\n' { ' ' } else { c });
            self.after_space = is_blank && !is_preformatted || c == '\n';
        }
    }

    /// `shown <target>`.
    pub(super) fn target(&mut self, shown: &str, target: &str) {
        if !shown.is_empty() {
            self.text(shown, false, false);
        }
        self.write_pending();
        self.end_hidden();
        self.trim_blanks();
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push(' ');
        }
        let (target, _) = visible_text(target);
        self.push('<');
        for c in target.chars() {
            self.push(c);
        }
        self.push('>');
        self.after_space = false;
    }

    pub(super) fn finish(mut self) -> String {
        self.end_hidden();
        let length = self.text.trim_end().len();
        self.text.truncate(length);
        self.text
    }

    fn write_pending(&mut self) {
        let pending = std::mem::replace(&mut self.pending, Pending::Nothing);
        if pending == Pending::Nothing || self.text.is_empty() {
            return;
        }
        if pending == Pending::Cell {
            if !self.text.ends_with('\n') {
                self.trim_blanks();
                self.push(' ');
                self.push(' ');
            }
            self.after_space = true;
            return;
        }
        self.end_hidden();
        self.trim_blanks();
        let wanted = if pending == Pending::Paragraph { 2 } else { 1 };
        let there = self.text.bytes().rev().take_while(|byte| *byte == b'\n').count();
        for _ in there..wanted {
            self.push('\n');
        }
        self.after_space = true;
    }

    fn end_hidden(&mut self) {
        if std::mem::replace(&mut self.in_hidden, false) {
            let had_space = self.text.ends_with(' ');
            self.trim_blanks();
            self.push(HIDDEN_END);
            if had_space {
                self.push(' ');
            }
        }
    }

    /// Says once that a hidden run goes on.
    fn end_long_run(&mut self) {
        if self.hidden_run == MAX_HIDDEN_RUN {
            self.trim_blanks();
            self.push('…');
            self.hidden_run += 1;
        }
    }

    fn trim_blanks(&mut self) {
        while self.text.ends_with(' ') {
            self.text.pop();
        }
    }

    fn push(&mut self, c: char) {
        if self.text.len().saturating_add(c.len_utf8()) > self.max {
            self.is_full = true;
        } else if !self.is_full {
            self.text.push(c);
        }
    }
}

/// Leaves out what cannot be seen and counts it; the marks of hidden text become characters that look like them.
pub(super) fn visible_text(text: &str) -> (String, usize) {
    let mut visible = String::with_capacity(text.len());
    let mut invisible = 0;
    let mut last = ' ';
    for c in text.chars() {
        // A joiner between emoji makes one picture of them.
        let joins_emoji = c == '\u{200D}'
            && matches!(last, '\u{2600}'..='\u{27BF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}');
        last = c;
        match c {
            HIDDEN_START => visible.push('〚'),
            HIDDEN_END => visible.push('〛'),
            '\u{00A0}' => visible.push(' '),
            c if c.is_whitespace() || joins_emoji => visible.push(c),
            c if is_invisible(c) || is_bidi_control(c) => invisible += 1,
            c => visible.push(c),
        }
    }
    (visible, invisible)
}

/// White space as one space each, none at the ends.
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
