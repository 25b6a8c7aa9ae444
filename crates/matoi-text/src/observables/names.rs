//! Host names and file names: the same spelling, told apart.
//!
//! | last label | taken for |
//! |---|---|
//! | a public suffix, no known extension (`example.com`) | host |
//! | a known extension, no public suffix (`report.doc`, `setup.exe`) | file |
//! | both (`zip`, `mov`, `sh`, `py`, `rs`, `md` ...), mostly seen on files | file, unless something says host |
//! | both (`pl`, `app`, `ai`, `one` ...), mostly seen on hosts | host, unless something says file |
//! | neither | nothing |
//!
//! What says host: it was defanged, stands in a URL or mail address, begins with `www.`, is followed by
//! a path, ends in a public suffix of two labels (`co.rs`), or follows a word like `domain`, `ホスト`, `通信先`.
//! What says file: an underscore in the name, a directory before it, or a word like `file`, `添付`.
//!
//! Not taken for hosts without such a sign: names in programs and products (`System.IO`, `user.name`,
//! `com.example.app`, `Node.js`), a sentence that goes on without a space (`done.In`), two digits and a country
//! (`10.pm`).

use std::net::Ipv4Addr;
use std::ops::Range;

use super::files::{is_file_extension, is_mostly_file};
use super::host::{HostName, is_top_level};
use super::kind::ObservableKind;
use super::scan::{Scanner, is_foreign_letter, is_host_byte};
use crate::tokens::script::{Class, class_of};

impl Scanner<'_> {
    /// Host names, file names and addresses in the chunk `start..end`. Returns where to go on.
    pub(super) fn names(&mut self, start: usize, end: usize) -> usize {
        let mut at = start;
        let mut next = end;
        while at < end {
            // Dots in a row part names; hosts and files have single ones.
            let part_end = self.slice(at..end).find("..").map_or(end, |place| at + place);
            if let Some(after) = self.name(at, part_end) {
                next = next.max(after);
            }
            at = self.skip_while(part_end, |b| b == b'.').min(end);
            if at == part_end {
                break;
            }
        }
        if self.byte_before(end) == b'.' && self.letter_after(end) {
            next = self.name_with_foreign_suffix(end).unwrap_or(next);
        }
        next
    }

    /// A name in `start..end`. Returns where to go on if that is behind `end`.
    fn name(&mut self, start: usize, end: usize) -> Option<usize> {
        let leading_dot = self.byte(start) == b'.';
        let from = self.skip_while(start, |b| b == b'.' || b == b'-').min(end);
        let mut to = from + self.slice(from..end).trim_end_matches(['.', '-', '_']).len();
        for _ in 0..3 {
            let text = self.slice(from..to);
            let last = text.rsplit('.').next().unwrap_or_default();
            if last.len() == text.len() && !leading_dot {
                return None;
            }
            if last.bytes().all(|b| b.is_ascii_digit()) {
                return self.address(from..to);
            }
            let last = last.to_ascii_lowercase();
            let is_file = is_file_extension(&last);
            if last.len() == text.len() {
                return self.foreign_name(start, to, is_file);
            }
            if is_file || is_top_level(&last) {
                return self.host_or_file(from..to, &last, is_file);
            }
            // `example.com.Then`: a sentence that ends in a name and goes on without a space.
            let cut = text.rfind('.')?;
            if !text.get(cut + 1..)?.starts_with(|c: char| c.is_ascii_uppercase()) {
                return None;
            }
            to = from + cut;
        }
        None
    }

    fn address(&mut self, range: Range<usize>) -> Option<usize> {
        let last = self.ipv4_parts(range.clone())?;
        if last.end != range.end {
            return None;
        }
        // `/24` is a prefix, `/443` a port; anything else a path.
        let after_digits = self.skip_while(last.end + 1, |b| b.is_ascii_digit());
        let only_digits =
            !is_host_byte(self.byte(after_digits)) && !matches!(self.byte(after_digits), b'/' | b'?');
        if self.byte(last.end) == b'/' && only_digits && after_digits > last.end + 1 {
            return None;
        }
        if self.path_is_another_name(last.end) {
            return None;
        }
        let address = self.slice(last.clone());
        self.url_without_scheme(last, address, None)
    }

    fn host_or_file(&mut self, range: Range<usize>, last: &str, is_file: bool) -> Option<usize> {
        let host = if range.len() <= 253 {
            HostName::parse(self.host_text(range.clone()))
        } else {
            None
        };
        match host {
            Some(host) if !is_file || self.says_host(&range, &host, last) => self.host(range, host),
            _ if is_file => self.file(range),
            _ => None,
        }
    }

    /// `_example.com_`: emphasis, not part of the name.
    fn host_text(&self, range: Range<usize>) -> &str {
        let text = self.slice(range);
        let stripped = text.trim_start_matches('_');
        if stripped.matches('.').count() == 1 {
            stripped
        } else {
            text
        }
    }

    /// Decides for names whose end is both a public suffix and a file extension.
    fn says_host(&self, range: &Range<usize>, host: &HostName, last: &str) -> bool {
        if self.is_surely_host(range) || host.suffix_labels > 1 {
            return true;
        }
        let names_file = matches!(self.byte_before(range.start), b'/' | b'\\')
            || self.slice(range.clone()).contains('_')
            || self.words_before(range.start, FILE_WORDS);
        !names_file && (self.words_before(range.start, HOST_WORDS) || !is_mostly_file(last, &host.ascii))
    }

    /// Signs that leave no doubt that a host is meant.
    fn is_surely_host(&self, range: &Range<usize>) -> bool {
        let text = self.slice(range.clone());
        let path = self.byte(range.end) == b'/' && self.byte(range.end + 1).is_ascii_alphanumeric();
        self.plain.is_defanged(range.start.saturating_sub(1)..range.end)
            || text
                .get(..4)
                .is_some_and(|head| head.eq_ignore_ascii_case("www."))
            || self.slice(range.start.saturating_sub(2)..range.start) == "//"
            || self.byte_before(range.start) == b'@'
            || path
    }

    fn host(&mut self, range: Range<usize>, host: HostName) -> Option<usize> {
        let mut range = range.end - self.host_text(range.clone()).len()..range.end;
        let mut host = host;
        if self.char_at(range.end).is_some_and(is_letter_beside_latin) {
            return None;
        }
        if self.char_before(range.start).is_some_and(is_letter_beside_latin) {
            range.start = self.mixed_host_start(range.start);
            host = HostName::parse(self.slice(range.clone()))?;
        }
        if !self.is_surely_host(&range) && self.is_name_in_program(&range, &host) {
            return None;
        }
        let next = if self.path_is_another_name(range.end) {
            None
        } else {
            self.url_without_scheme(range.clone(), &host.ascii, host.unicode.as_deref())
        };
        self.add(ObservableKind::Domain, host.ascii, host.unicode, range);
        next
    }

    /// `münchen.de`, `аpple.com` with a Cyrillic letter: the name goes on before its ASCII end.
    fn mixed_host_start(&self, at: usize) -> usize {
        let before = self.slice(self.floor.min(at)..at);
        let fits =
            |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.') || is_letter_beside_latin(*c);
        let len: usize = before
            .chars()
            .rev()
            .take(MAX_LABEL)
            .take_while(fits)
            .map(char::len_utf8)
            .sum();
        let name = self.slice(at - len..at).trim_start_matches(['.', '-']);
        at - name.len()
    }

    /// `example.com/example.net`, `192.0.2.1/192.0.2.2`: two names, not a path.
    fn path_is_another_name(&self, slash: usize) -> bool {
        let end = self.skip_while(slash + 1, is_host_byte);
        let text = self.slice(slash + 1..end).trim_end_matches(['.', '-', '_']);
        let Some((_, last)) = text.rsplit_once('.') else {
            return false;
        };
        self.byte(slash) == b'/'
            && !matches!(self.byte(end), b'/' | b'?' | b'#' | b'%' | b'=')
            && text.len() <= 253
            && !is_file_extension(&last.to_ascii_lowercase())
            && (HostName::parse(text).is_some() || text.parse::<Ipv4Addr>().is_ok())
    }

    fn is_name_in_program(&self, range: &Range<usize>, host: &HostName) -> bool {
        let text = self.slice(range.clone());
        let Some((before, last)) = text.rsplit_once('.') else {
            return true;
        };
        // People write example.com or EXAMPLE.COM; Example.Com and System.IO are something else.
        let has_lower = |text: &str| text.bytes().any(|b| b.is_ascii_lowercase());
        let has_upper = |text: &str| text.bytes().any(|b| b.is_ascii_uppercase());
        if has_upper(last) && (has_lower(last) || has_lower(before)) {
            return true;
        }
        if self.slice(range.end..range.end + 2) == "()" || self.byte_before(range.start) == b'$' {
            return true;
        }
        let lower = host.ascii.as_str();
        let (first, rest) = lower.split_once('.').unwrap_or((lower, ""));
        let last = lower.rsplit('.').next().unwrap_or_default();
        if PRODUCTS.contains(&lower) {
            return true;
        }
        if matches!(last, "name" | "id")
            && lower
                .split('.')
                .rev()
                .nth(1)
                .is_some_and(|label| FIELDS.contains(&label))
        {
            return true;
        }
        // Packages are named backwards: com.example.app.
        let backwards = matches!(first, "com" | "org")
            && rest.contains('.')
            && !rest
                .split('.')
                .any(|label| matches!(label, "com" | "net" | "org" | "co" | "jp"));
        let time = last.len() == 2
            && !rest.contains('.')
            && first.len() <= 2
            && first.bytes().all(|b| b.is_ascii_digit());
        backwards || time
    }

    /// A name whose part before the last dot is in another script: `日本語.jp`, `請求書.xlsx`. The dot is at
    /// `dot`.
    fn foreign_name(&mut self, dot: usize, end: usize, is_file: bool) -> Option<usize> {
        let last = self.slice(dot + 1..end).to_ascii_lowercase();
        let top_level = is_top_level(&last);
        if is_file && !(top_level && self.plain.is_defanged(dot..dot + 1)) {
            return self.foreign_file(dot, end);
        }
        if !top_level || last != self.slice(dot + 1..end) {
            return None;
        }
        let start = self.foreign_host_start(dot)?;
        self.foreign_host(start..end)
    }

    /// A name whose last label is in another script: `はじめよう.みんな`. The label begins at `start`.
    fn name_with_foreign_suffix(&mut self, start: usize) -> Option<usize> {
        let rest = self.slice(start..self.text.len());
        let letters = || {
            rest.chars()
                .take(MAX_FOREIGN_SUFFIX + 1)
                .take_while(|c| is_foreign_letter(*c))
        };
        if !(2..=MAX_FOREIGN_SUFFIX).contains(&letters().count()) {
            return None;
        }
        let end = start + letters().map(char::len_utf8).sum::<usize>();
        let last = idna::domain_to_ascii(self.slice(start..end)).ok()?;
        if last.is_empty() || !is_top_level(&last) {
            return None;
        }
        let start = self.foreign_host_start(start - 1)?;
        self.foreign_host(start..end)?;
        Some(end)
    }

    fn foreign_host(&mut self, range: Range<usize>) -> Option<usize> {
        let host = HostName::parse(self.slice(range.clone()))?;
        let next = self.url_without_scheme(range.clone(), &host.ascii, host.unicode.as_deref());
        self.add(ObservableKind::Domain, host.ascii, host.unicode, range);
        next
    }

    /// Where a host begins whose last dot is at `dot` and before which stands another script.
    ///
    /// Japanese text runs into the name without a space, so it is cut behind the last particle, and what is
    /// left must look like a name: short, not ending in a particle.
    fn foreign_host_start(&self, dot: usize) -> Option<usize> {
        let text = self.slice(self.floor.min(dot)..dot);
        let mut start = dot;
        let mut chars = 0;
        for c in text.chars().rev() {
            if !(c.is_ascii_alphanumeric() || c == '-' || c == '.' || is_foreign_letter(c)) {
                break;
            }
            start -= c.len_utf8();
            chars += 1;
            if chars > MAX_FOREIGN_HOST {
                return None;
            }
        }
        let quoted = self.char_before(start).is_some_and(is_opening_quote);
        let cut = if quoted {
            0
        } else {
            after_last_particle(self.slice(start..dot))
        };
        start += cut;
        let name = self.slice(start..dot).trim_start_matches(['.', '-']);
        start = dot - name.len();
        let ends_in_particle = name.ends_with(['は', 'が', 'の', 'を', 'に', 'で', 'と', 'も', 'へ', 'や']);
        (!name.is_empty() && !ends_in_particle).then_some(start)
    }
}

const MAX_LABEL: usize = 63;

/// Letters outside ASCII of scripts that put spaces between words, so that one beside Latin letters is of the
/// same word.
fn is_letter_beside_latin(c: char) -> bool {
    let halfwidth_kana = ('\u{FF66}'..='\u{FF9F}').contains(&c);
    is_foreign_letter(c) && !halfwidth_kana && class_of(c) != Class::Unspaced
}

/// Longest host in another script, in characters, that is found without `http://` before it.
const MAX_FOREIGN_HOST: usize = 40;

/// Longest top-level label in another script, in characters (the longest of the root has 11).
const MAX_FOREIGN_SUFFIX: usize = 24;

/// Where a name begins that sentence text runs into: behind the last particle that is followed by
/// something else than hiragana. `は`, `を`, `が`, `に`, `で`, `へ` hardly stand inside names; `の` and `と` do.
pub(super) fn after_last_particle(text: &str) -> usize {
    let is_hiragana = |c: char| ('\u{3041}'..='\u{309F}').contains(&c);
    let mut after = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let followed = chars
            .peek()
            .is_some_and(|(_, next)| !is_hiragana(*next) && *next != '.');
        if matches!(c, 'は' | 'を' | 'が' | 'に' | 'で' | 'へ') && followed {
            after = at + c.len_utf8();
        }
    }
    after
}

pub(super) fn is_opening_quote(c: char) -> bool {
    matches!(
        c,
        '「' | '『' | '"' | '“' | '\'' | '‘' | '`' | '＂' | '〈' | '《' | '<'
    )
}

/// Words after which a name is a host.
const HOST_WORDS: &[&str] = &[
    "domain",
    "domains",
    "host",
    "hostname",
    "fqdn",
    "site",
    "c2",
    "server",
    "ドメイン",
    "ドメイン名",
    "ホスト",
    "ホスト名",
    "サイト",
    "サーバ",
    "サーバー",
    "通信先",
    "接続先",
];

/// Words after which a name is a file.
const FILE_WORDS: &[&str] = &[
    "file",
    "filename",
    "attachment",
    "script",
    "ファイル",
    "ファイル名",
    "添付",
    "添付ファイル",
    "スクリプト",
];

/// Products and expressions that look like hosts or files.
const PRODUCTS: &[&str] = &["asp.net", "vb.net", "ado.net", "ml.net", "socket.io", "system.io"];

/// Labels before `.name` and `.id` in field names of logs (Elastic Common Schema, OCSF).
const FIELDS: &[&str] = &[
    "account",
    "agent",
    "client",
    "cloud",
    "container",
    "destination",
    "device",
    "domain",
    "event",
    "file",
    "group",
    "host",
    "image",
    "network",
    "observer",
    "org",
    "organization",
    "os",
    "parent",
    "pod",
    "process",
    "product",
    "question",
    "registry",
    "rule",
    "server",
    "service",
    "session",
    "source",
    "target",
    "thread",
    "threat",
    "user",
];
