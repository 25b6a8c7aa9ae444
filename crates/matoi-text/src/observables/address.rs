//! Addresses, and numbers that only look like them.
//!
//! A dotted quad is no address when it is a version or a section: after a word that says so (`version`,
//! `ver.`, `build`, `firmware`, `バージョン`), behind the slash of a product (`Chrome/120.0.0.0`), glued to
//! letters (`v10.0.0.1`, `nginx-1.2.3.4`, `1.2.3.4-beta`), in `第1.2.3.4節`, or with more or fewer than four
//! parts. Numbers with leading zeros are refused: some programs read them as octal.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::kind::ObservableKind;
use super::scan::Scanner;

/// Longest text of an IPv6 address (RFC 4291: eight groups, the last two as IPv4).
const MAX_IPV6_LEN: usize = 45;

impl Scanner<'_> {
    /// Addresses in a chunk whose last label is a number: one, or two with a hyphen between.
    pub(super) fn ipv4_parts(&mut self, range: Range<usize>) -> Option<Range<usize>> {
        let mut last = None;
        let mut at = range.start;
        while at < range.end {
            let rest = self.slice(at..range.end);
            let end = at + rest.find(['-', '_']).unwrap_or(rest.len());
            let part = self.without_ip_word(at..end);
            if let Some(address) = self.ipv4_at(part.clone()) {
                self.add(ObservableKind::Ipv4, address.to_string(), None, part.clone());
                last = Some(part);
            }
            at = end + 1;
        }
        last
    }

    /// `IP203.0.113.5`, as Japanese text has it.
    fn without_ip_word(&self, range: Range<usize>) -> Range<usize> {
        let glued = matches!(self.slice(range.start..range.start + 2), "IP" | "ip" | "Ip")
            && self.byte(range.start + 2).is_ascii_digit();
        range.start + if glued { 2 } else { 0 }..range.end
    }

    fn ipv4_at(&self, range: Range<usize>) -> Option<Ipv4Addr> {
        // The longest is 255.255.255.255; `parse` refuses leading zeros.
        let text = self.slice(range.clone());
        if text.len() > 15 {
            return None;
        }
        let address = text.parse().ok()?;
        let defanged = self.plain.is_defanged(range.clone());
        (defanged || !self.is_version(range)).then_some(address)
    }

    fn is_version(&self, range: Range<usize>) -> bool {
        let hyphenated = |sign: u8, beside: u8| matches!(sign, b'-' | b'_') && beside.is_ascii_alphabetic();
        let before = self.byte_before(range.start);
        let before_that = range.start.checked_sub(2).map_or(0, |at| self.byte(at));
        if hyphenated(before, before_that) || hyphenated(self.byte(range.end), self.byte(range.end + 1)) {
            return true;
        }
        // A directory named after a version: `\67.0.2.0\`.
        if before == b'\\' && self.byte(range.end) == b'\\' {
            return true;
        }
        if before == b'/' && before_that.is_ascii_alphabetic() {
            let word = self.skip_back_while(range.start - 1, 32, |b| b.is_ascii_alphanumeric());
            return self.byte(word).is_ascii_uppercase();
        }
        let after = self.char_at(range.end);
        if matches!(after, Some('節' | '章' | '項' | '版')) || self.char_before(range.start) == Some('第')
        {
            return true;
        }
        self.words_before(range.start, VERSION_WORDS)
    }

    /// Whether one of the words stands before a place, with nothing but signs, spaces or a particle between.
    pub(super) fn words_before(&self, at: usize, words: &[&str]) -> bool {
        let from = self.text.floor_char_boundary(at.saturating_sub(40));
        let before = self.slice(from..at).trim_end_matches([
            ' ', '　', ':', '：', '=', '"', '\'', '「', '『', '“', '(', '（', '[', '<', '〈', 'は', 'が',
            'の', '、', '→', 'を',
        ]);
        words.iter().any(|word| {
            let start = before.len().checked_sub(word.len());
            let Some((head, tail)) = start.and_then(|start| before.split_at_checked(start)) else {
                return false;
            };
            let whole = !word.is_ascii() || !head.ends_with(|c: char| c.is_ascii_alphanumeric());
            whole && tail.eq_ignore_ascii_case(word)
        })
    }

    /// An IPv6 address in the run of hexadecimal digits and colons that begins at `start`; `colon` is its
    /// first colon. Returns where to go on.
    ///
    /// An interface zone and a prefix length are left off. `::` is any address and none, `a::b`
    /// without any digit a name in a program, eight groups of two digits an EUI-64 hardware address.
    pub(super) fn ipv6(&mut self, start: usize, colon: usize) -> Option<usize> {
        let may_begin = self.slice(start..colon).bytes().all(|b| b.is_ascii_hexdigit());
        if start < self.no_ipv6_before || colon - start > 4 || !may_begin {
            return None;
        }
        if start == colon && self.byte(colon + 1) != b':' {
            return None;
        }
        let run_end = self.skip_while(start, |b| b.is_ascii_hexdigit() || b == b':' || b == b'.');
        self.no_ipv6_before = run_end;
        let before = self.byte_before(start);
        let after = self.byte(run_end);
        let escaped = start.checked_sub(1).is_some_and(|at| self.begins_with_escape(at));
        if (before.is_ascii_alphanumeric() && !escaped)
            || matches!(before, b'_' | b'.' | b'-')
            || after.is_ascii_alphanumeric()
            || after == b'_'
            || run_end - start > MAX_IPV6_LEN + 1
        {
            return None;
        }
        let mut text = self.slice(start..run_end).trim_end_matches('.');
        if text.ends_with(':') && !text.ends_with("::") {
            text = text.trim_end_matches(':');
        }
        let address: Ipv6Addr = text.parse().ok()?;
        let canonical = address.to_string();
        if !is_plausible_ipv6(text, &canonical) || address.is_unspecified() {
            return None;
        }
        let end = start + text.len();
        self.add(ObservableKind::Ipv6, canonical, None, start..end);
        Some(self.skip_zone(end))
    }

    /// The end of `%eth0` (RFC 4007, section 11).
    pub(super) fn skip_zone(&self, at: usize) -> usize {
        if self.byte(at) != b'%' {
            return at;
        }
        let end = self.skip_while(at + 1, |b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
        });
        if (1..=32).contains(&(end - at - 1)) {
            end
        } else {
            at
        }
    }
}

/// Judges the canonical form, so that every spelling of an address is judged alike; only hardware addresses
/// are known by how they are written.
fn is_plausible_ipv6(written: &str, canonical: &str) -> bool {
    let groups = canonical.split(':').filter(|group| !group.is_empty()).count();
    let hardware = written.split(':').count() == 8 && written.split(':').all(|group| group.len() == 2);
    let has_digit = canonical.bytes().any(|b| b.is_ascii_digit());
    !hardware && (has_digit || groups >= 3)
}

/// Words after which four numbers are a version.
const VERSION_WORDS: &[&str] = &[
    "version",
    "versions",
    "ver",
    "ver.",
    "v.",
    "build",
    "release",
    "rev",
    "rev.",
    "rv",
    "revision",
    "firmware",
    "バージョン",
    "ﾊﾞｰｼﾞｮﾝ",
    "ヴァージョン",
    "ファームウェア",
    "ファームウエア",
    "リビジョン",
    "ビルド",
];
