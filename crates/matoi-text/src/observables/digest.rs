//! Digests and CVE identifiers: by length and spelling alone.

use std::ops::Range;

use super::kind::ObservableKind;
use super::scan::Scanner;

impl Scanner<'_> {
    /// Looks for digests and CVE identifiers in a stretch of text.
    ///
    /// A digest is a whole word of 32, 40, 64 or 128 hexadecimal digits. Words of one kind of character
    /// only (all digits, all letters) are numbers and words. A word that hyphens join to other
    /// hexadecimal words is part of a longer identifier (UUID, trace id).
    pub(super) fn digests_and_cves(&mut self, range: Range<usize>) {
        // The shortest: CVE-1999-0001.
        if range.len() < 13 {
            return;
        }
        let mut at = range.start;
        while at < range.end {
            let end = self.skip_while(at, |b| b.is_ascii_alphanumeric()).min(range.end);
            match end - at {
                3 if self.slice(at..end).eq_ignore_ascii_case("cve") => self.cve(at, range.end),
                len @ (32 | 40 | 64 | 128) => self.digest(at..end, len),
                _ => {}
            }
            at = end + 1;
        }
    }

    fn digest(&mut self, range: Range<usize>, len: usize) {
        let word = self.slice(range.clone());
        let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
        let hexadecimal = word.bytes().all(|b| b.is_ascii_hexdigit());
        if !hexadecimal || letters == 0 || letters == len || self.is_joined_by_hyphen(range.clone()) {
            return;
        }
        let kind = match len {
            32 => ObservableKind::Md5,
            40 => ObservableKind::Sha1,
            64 => ObservableKind::Sha256,
            _ => ObservableKind::Sha512,
        };
        self.add(kind, word.to_ascii_lowercase(), None, range);
    }

    fn is_joined_by_hyphen(&self, range: Range<usize>) -> bool {
        let hyphen_and_digit = |hyphen: u8, digit: u8| hyphen == b'-' && digit.is_ascii_hexdigit();
        let before = range.start.checked_sub(2).map_or(0, |at| self.byte(at));
        hyphen_and_digit(self.byte_before(range.start), before)
            || hyphen_and_digit(self.byte(range.end), self.byte(range.end + 1))
    }

    /// `CVE-YYYY-NNNN` with 4 to 19 digits (CVE Record Format 5).
    fn cve(&mut self, start: usize, limit: usize) {
        let year = start + 4;
        let year_end = self.skip_while(year, |b| b.is_ascii_digit()).min(limit);
        let number = year_end + 1;
        let end = self.skip_while(number, |b| b.is_ascii_alphanumeric()).min(limit);
        let digits = self.slice(number..end);
        let well_formed = self.byte(start + 3) == b'-'
            && year_end - year == 4
            && matches!(self.slice(year..year + 2), "19" | "20")
            && self.byte(year_end) == b'-'
            && (4..=19).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit());
        if well_formed {
            let value = self.slice(start..end).to_ascii_uppercase();
            self.add(ObservableKind::Cve, value, None, start..end);
        }
    }
}
