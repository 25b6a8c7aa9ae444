//! One pass over the plain text.
//!
//! The text is taken apart into chunks of host characters (`[A-Za-z0-9._-]`); what stands around a chunk says
//! what to try. Every try either takes what it read, so that the scan goes on behind it, or looks at a
//! bounded number of bytes (or only as far as a place it then remembers), so that time grows with the
//! length of the text whatever is in it.

use std::ops::Range;

use super::found::{Collector, Observables};
use super::kind::ObservableKind;
use super::plain::Plain;

pub(super) struct Scanner<'p> {
    pub(super) plain: &'p Plain,
    pub(super) text: &'p str,
    pub(super) bytes: &'p [u8],
    found: Collector,
    /// End of the last trace; what is looked for backwards stops here.
    pub(super) floor: usize,
    /// Up to here no IPv6 address begins: it was tried.
    pub(super) no_ipv6_before: usize,
}

/// Bytes at which something can begin.
const BEGINS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            table[byte as usize] = is_host_byte(byte) || matches!(byte, b':' | b'\\' | b'/' | b'%');
        }
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    table
};

/// Finds everything in a plain text.
pub(super) fn scan(plain: &Plain, limit: usize) -> Observables {
    let mut scanner = Scanner {
        plain,
        text: &plain.text,
        bytes: plain.text.as_bytes(),
        found: Collector::new(limit),
        floor: 0,
        no_ipv6_before: 0,
    };
    let mut at = 0;
    while let Some(&byte) = scanner.bytes.get(at) {
        if !BEGINS.get(usize::from(byte)).copied().unwrap_or(false) {
            at += 1;
            continue;
        }
        at = match byte {
            b':' => scanner.ipv6(at, at).unwrap_or(at + 1),
            b'\\' => scanner.unc_path(at).unwrap_or(at + 1),
            b'/' => scanner.unix_path(at).unwrap_or(at + 1),
            b'%' => scanner.environment_path(at).unwrap_or(at + 1),
            _ => scanner.chunk(at),
        };
    }
    scanner.found.finish()
}

impl<'p> Scanner<'p> {
    /// Handles the chunk that begins at `start`; returns where to go on.
    fn chunk(&mut self, start: usize) -> usize {
        let end = self.skip_while(start, is_host_byte);
        let start = if self.begins_with_escape(start) {
            start + 1
        } else {
            start
        };
        if let Some(next) = self.chunk_with_sign(start, end) {
            return next;
        }
        self.digests_and_cves(start..end);
        self.names(start, end)
    }

    /// Whether the first letter belongs to an escape that was pasted with its text: `\r\n\tevil.com`. In
    /// `dir\new.exe` it does not, so there must be a sign or another escape before.
    pub(super) fn begins_with_escape(&self, start: usize) -> bool {
        let is_escape = |at: usize| self.byte(at) == b'\\' && matches!(self.byte(at + 1), b'n' | b'r' | b't');
        let Some(at) = start.checked_sub(1).filter(|&at| is_escape(at)) else {
            return false;
        };
        let before = self.byte_before(at);
        b" \"':;,=({[<>".contains(&before) || at.checked_sub(2).is_some_and(is_escape)
    }

    /// What only the byte after the chunk makes possible.
    fn chunk_with_sign(&mut self, start: usize, end: usize) -> Option<usize> {
        match self.byte(end) {
            b':' => {
                if self.bytes.get(end..end + 3) == Some(b"://") {
                    return self.url(start, end);
                }
                if end - start == 1 && self.byte(start).is_ascii_alphabetic() && self.byte(end + 1) == b'\\' {
                    return self.drive_path(start);
                }
                self.ipv6(start, end)
            }
            b'@' => self.email(end),
            b'+' => {
                // `first+tag@example.com`: the tag may hold what looks like a name.
                let ahead = self
                    .bytes
                    .get(end..)
                    .unwrap_or_default()
                    .iter()
                    .take(MAX_LOCAL_PART);
                let at = end + ahead.take_while(|b| is_host_byte(**b) || **b == b'+').count();
                if self.byte(at) == b'@' {
                    self.email(at)
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    /// Notes a find at a place of the plain text.
    pub(super) fn add(
        &mut self,
        kind: ObservableKind,
        value: String,
        unicode: Option<String>,
        place: Range<usize>,
    ) {
        self.floor = self.floor.max(place.end);
        let plain = self.plain;
        self.found
            .add(kind, value, unicode, || plain.original_range(place));
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    pub(super) fn byte_before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }

    pub(super) fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    pub(super) fn char_before(&self, at: usize) -> Option<char> {
        self.text.get(..at)?.chars().next_back()
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'p str {
        self.text.get(range).unwrap_or_default()
    }

    /// The first place from `at` on whose byte does not fit.
    pub(super) fn skip_while(&self, at: usize, fits: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.iter()
            .position(|&b| !fits(b))
            .map_or(self.bytes.len(), |count| at + count)
    }

    /// The place from which on up to `at` all of at most `limit` bytes fit.
    pub(super) fn skip_back_while(&self, at: usize, limit: usize, fits: impl Fn(u8) -> bool) -> usize {
        let before = self.bytes.get(..at).unwrap_or_default();
        at - before.iter().rev().take(limit).take_while(|b| fits(**b)).count()
    }

    /// Whether a whole letter of another script ends here.
    pub(super) fn letter_before(&self, at: usize) -> bool {
        !self.byte_before(at).is_ascii() && self.char_before(at).is_some_and(is_foreign_letter)
    }

    /// Whether a letter of another script begins here.
    pub(super) fn letter_after(&self, at: usize) -> bool {
        !self.byte(at).is_ascii() && self.char_at(at).is_some_and(is_foreign_letter)
    }
}

/// Longest part of a mail address before the sign (RFC 5321, section 4.5.3.1.1).
pub(super) const MAX_LOCAL_PART: usize = 64;

/// Characters of hosts and of most file names.
pub(super) const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

/// Letters, digits and marks outside ASCII.
pub(super) fn is_foreign_letter(c: char) -> bool {
    !c.is_ascii() && (c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c))
}
