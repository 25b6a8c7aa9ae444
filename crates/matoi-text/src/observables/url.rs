//! URLs and mail addresses.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::host::{HostName, MAX_HOST_LEN, is_top_level};
use super::kind::ObservableKind;
use super::scan::{MAX_LOCAL_PART, Scanner, is_foreign_letter, is_host_byte};

/// A URL is shorter than this, in bytes.
const MAX_URL_LEN: usize = 8_192;

/// Longest user and password before a host.
const MAX_USERINFO: usize = 256;

/// Spellings of schemes as they are written and defanged; longer before what they end in.
const SCHEMES: [(&str, &str); 13] = [
    ("https", "https"),
    ("hxxps", "https"),
    ("hxtps", "https"),
    ("htxps", "https"),
    ("http", "http"),
    ("hxxp", "http"),
    ("hxtp", "http"),
    ("htxp", "http"),
    ("ftps", "ftps"),
    ("fxps", "ftps"),
    ("sftp", "sftp"),
    ("ftp", "ftp"),
    ("fxp", "ftp"),
];

/// The true name of the scheme that a text ends in, and the length of its spelling.
pub(super) fn scheme_at_end_of(text: &str) -> Option<(&'static str, usize)> {
    let bytes = text.as_bytes();
    SCHEMES.iter().find_map(|(spelling, scheme)| {
        let tail = bytes.get(bytes.len().checked_sub(spelling.len())?..)?;
        tail.eq_ignore_ascii_case(spelling.as_bytes())
            .then_some((*scheme, spelling.len()))
    })
}

/// A host as it stands in a URL.
struct UrlHost {
    end: usize,
    /// How it is written in the URL.
    canonical: String,
    unicode: Option<String>,
    /// What it is by itself and where, unless it is a local name of one label.
    own: Option<(ObservableKind, String, Range<usize>)>,
}

impl<'p> Scanner<'p> {
    /// A URL whose scheme ends the chunk `start..colon`.
    pub(super) fn url(&mut self, start: usize, colon: usize) -> Option<usize> {
        let chunk_tail = self.slice(colon.saturating_sub(8).max(start)..colon);
        let (scheme, scheme_len) = scheme_at_end_of(chunk_tail)?;
        let url_start = colon - scheme_len;
        let authority = colon + 3;
        let host_start = self.skip_userinfo(authority);
        let host = self.url_host(host_start)?;
        let (port, port_end) = self.port(host.end);
        let end = self.url_end(port_end, url_start);
        // What stands before the scheme in the same chunk is not lost.
        self.digests_and_cves(start..url_start);
        if end - url_start < MAX_URL_LEN {
            let default_port = matches!((scheme, port), ("http", "80") | ("https", "443") | ("ftp", "21"));
            let port = if default_port || port.is_empty() {
                String::new()
            } else {
                format!(":{port}")
            };
            let rest = Some(self.slice(port_end..end))
                .filter(|rest| *rest != "/")
                .unwrap_or_default();
            let userinfo = self.slice(authority..host_start);
            let written = |host: &str| format!("{scheme}://{userinfo}{host}{port}{rest}");
            let unicode = host.unicode.as_deref().map(written);
            self.add(
                ObservableKind::Url,
                written(&host.canonical),
                unicode,
                url_start..end,
            );
        }
        if let Some((kind, value, place)) = host.own {
            self.add(kind, value, host.unicode, place);
        }
        self.digests_and_cves(port_end..end);
        self.floor = self.floor.max(end);
        Some(end)
    }

    /// A URL without scheme: a host that goes on with a path. Returns its end. Behind another scheme
    /// (`ldap://host/path`) there is none, since it would not be ours.
    pub(super) fn url_without_scheme(
        &mut self,
        host_range: Range<usize>,
        canonical: &str,
        unicode: Option<&str>,
    ) -> Option<usize> {
        let (port, path) = self.port(host_range.end);
        let first = self.byte(path + 1);
        let begins_path =
            first.is_ascii_alphanumeric() || matches!(first, b'_' | b'-' | b'~' | b'.' | b'%' | b'?');
        let other_scheme = self.slice(host_range.start.saturating_sub(3)..host_range.start) == "://";
        if self.byte(path) != b'/' || !begins_path || other_scheme {
            return None;
        }
        let end = self.url_end(path, host_range.start);
        let port = if port.is_empty() {
            String::new()
        } else {
            format!(":{port}")
        };
        let rest = self.slice(path..end);
        if rest.len() < 2 {
            return None;
        }
        if end - host_range.start < MAX_URL_LEN {
            let value = format!("{canonical}{port}{rest}");
            let unicode = unicode.map(|host| format!("{host}{port}{rest}"));
            self.add(ObservableKind::Url, value, unicode, host_range.start..end);
        }
        self.digests_and_cves(path..end);
        Some(end)
    }

    /// A mail address around the sign at `at`. Returns its end.
    pub(super) fn email(&mut self, at: usize) -> Option<usize> {
        let start = self.skip_back_while(at, MAX_LOCAL_PART, |b| is_host_byte(b) || b == b'+');
        let start = start.max(self.floor);
        let local = self.slice(start..at).trim_start_matches(['.', '-']);
        if local.is_empty() {
            return None;
        }
        let start = at - local.len();
        let (end, host) = self.name_from(at + 1)?;
        let value = format!("{}@{}", local.to_ascii_lowercase(), host.ascii);
        let unicode = host
            .unicode
            .map(|host| format!("{}@{host}", local.to_ascii_lowercase()));
        self.add(ObservableKind::Email, value, unicode, start..end);
        Some(end)
    }

    /// `user:password@`, as phishing puts a known name before the real host.
    fn skip_userinfo(&self, at: usize) -> usize {
        let authority = self.bytes.get(at..).unwrap_or_default();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._~!$&'*+=:%-@".contains(&b);
        let len = authority
            .iter()
            .take(MAX_USERINFO)
            .take_while(|b| fits(**b))
            .count();
        let userinfo = authority.get(..len).unwrap_or_default();
        userinfo
            .iter()
            .rposition(|&b| b == b'@')
            .map_or(at, |sign| at + sign + 1)
    }

    fn url_host(&self, at: usize) -> Option<UrlHost> {
        if self.byte(at) == b'[' {
            return self.bracketed_ipv6(at);
        }
        let digits_end = self.skip_while(at, |b| b.is_ascii_digit() || b == b'.');
        let end = at + self.slice(at..digits_end).trim_end_matches('.').len();
        if digits_end - at <= 16
            && !is_host_byte(self.byte(digits_end))
            && let Ok(address) = self.slice(at..end).parse::<Ipv4Addr>()
        {
            let canonical = address.to_string();
            let own = Some((ObservableKind::Ipv4, canonical.clone(), at..end));
            return Some(UrlHost {
                end,
                canonical,
                unicode: None,
                own,
            });
        }
        if let Some((end, name)) = self.name_from(at) {
            let own = Some((ObservableKind::Domain, name.ascii.clone(), at..end));
            return Some(UrlHost {
                end,
                canonical: name.ascii,
                unicode: name.unicode,
                own,
            });
        }
        // A host of the local network. `http://http://` is none.
        let end = self.skip_while(at, |b| b.is_ascii_alphanumeric() || b == b'-');
        let label = self.slice(at..end);
        let goes_on = is_host_byte(self.byte(end)) || self.bytes.get(end..end + 3) == Some(b"://");
        if label.len() > 63 || goes_on || !HostName::is_single_label(label) {
            return None;
        }
        Some(UrlHost {
            end,
            canonical: label.to_ascii_lowercase(),
            unicode: None,
            own: None,
        })
    }

    fn bracketed_ipv6(&self, at: usize) -> Option<UrlHost> {
        let end = self.skip_while(at + 1, |b| b.is_ascii_hexdigit() || b == b':' || b == b'.');
        if end - at > 46 {
            return None;
        }
        let address: Ipv6Addr = self.slice(at + 1..end).parse().ok()?;
        let closing = self.skip_zone(end);
        if self.byte(closing) != b']' {
            return None;
        }
        let own = Some((ObservableKind::Ipv6, address.to_string(), at + 1..end));
        Some(UrlHost {
            end: closing + 1,
            canonical: format!("[{address}]"),
            unicode: None,
            own,
        })
    }

    /// A host name that begins here, in whatever script, and its end.
    ///
    /// Text that follows without a space does not stick: after a known last label, letters of another
    /// script are not the name's (`example.comに`). Words after a full stop without a space are tried off
    /// (`example.com.Then`).
    fn name_from(&self, start: usize) -> Option<(usize, HostName)> {
        let mut end = start;
        let mut dot = None;
        let mut label_is_ascii = true;
        for c in self.slice(start..self.text.len()).chars().take(MAX_HOST_LEN + 2) {
            if c == '.' {
                dot = Some(end);
                label_is_ascii = true;
            } else if is_foreign_letter(c) {
                if label_is_ascii
                    && let Some(dot) = dot
                    && end > dot + 1
                    && is_top_level(&self.slice(dot + 1..end).to_ascii_lowercase())
                {
                    break;
                }
                label_is_ascii = false;
            } else if !(c.is_ascii_alphanumeric() || c == '-' || c == '_') {
                break;
            }
            end += c.len_utf8();
        }
        let mut name = self.slice(start..end).trim_end_matches(['.', '-', '_']);
        if let Some((before, _)) = name.split_once("..") {
            name = before;
        }
        for _ in 0..3 {
            if let Some(host) = HostName::parse(name) {
                return Some((start + name.len(), host));
            }
            (name, _) = name.rsplit_once('.')?;
        }
        None
    }

    /// `:8080`: the digits and the end; nothing and `at` if there is none.
    fn port(&self, at: usize) -> (&'p str, usize) {
        if self.byte(at) != b':' {
            return ("", at);
        }
        let end = self.skip_while(at + 1, |b| b.is_ascii_digit());
        let digits = self.slice(at + 1..end);
        if (1..=5).contains(&digits.len()) {
            (digits, end)
        } else {
            ("", at)
        }
    }

    fn parameter_follows(&self, at: usize) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let mut ahead = rest
            .iter()
            .take(MAX_PARAMETER_NAME)
            .take_while(|b| is_url_byte(**b) && **b != b';');
        ahead.any(|&b| b == b'=')
    }

    /// The end of path, query and fragment that begin at `at`, without the punctuation of the sentence. What
    /// is [`MAX_URL_LEN`] or longer is no URL, but is skipped as a whole.
    fn url_end(&self, at: usize, url_start: usize) -> usize {
        if !matches!(self.byte(at), b'/' | b'?' | b'#') {
            return at;
        }
        let mut end = at;
        let mut round = 0_i64;
        let mut square = 0_i64;
        while is_url_byte(self.byte(end)) {
            match self.byte(end) {
                b'(' => round += 1,
                b')' => round -= 1,
                b'[' => square += 1,
                b']' => square -= 1,
                // Lists without spaces, and text that was escaped for HTML.
                b',' | b';' if self.slice(end + 1..end + 5).eq_ignore_ascii_case("http") => break,
                // `;jsessionid=1` belongs to a path, the next command of a shell does not.
                b';' if !self.parameter_follows(end + 1) => break,
                b'&' if matches!(self.slice(end..end + 4), "&lt;" | "&gt;") => break,
                b'&' if self.slice(end..end + 6) == "&quot;" => break,
                _ => {}
            }
            end += 1;
        }
        if end - url_start >= MAX_URL_LEN {
            return end;
        }
        while end > at {
            match self.byte(end - 1) {
                b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'(' | b'[' => {}
                b')' if round < 0 => round += 1,
                b']' if square < 0 => square += 1,
                _ => break,
            }
            match self.byte(end - 1) {
                b'(' => round -= 1,
                b'[' => square -= 1,
                _ => {}
            }
            end -= 1;
        }
        end
    }
}

/// How far a semicolon looks for the sign of a parameter, in bytes.
const MAX_PARAMETER_NAME: usize = 64;

/// RFC 3986, appendix A, without what quotes and brackets URLs in text.
fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}
