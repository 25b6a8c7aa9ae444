//! Links: where they seem to lead and where they lead.

use serde::{Deserialize, Serialize};

/// How a target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// `<a>` or `<area>`.
    Anchor,
    /// `<form>` or a button that sends a form elsewhere.
    Form,
    /// A refresh that leads away without a click.
    Refresh,
    /// `<iframe>`, `<embed>` or `<object>`.
    Frame,
}

/// A link of an HTML part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How it is reached.
    pub kind: LinkKind,
    /// Text that is shown for it, at most 500 characters; alternative text for an image.
    pub shown: String,
    /// Real target, as written except for white space and control characters, which browsers drop.
    pub target: String,
    /// Host of the target in lower case, if it has one.
    pub host: Option<String>,
    /// The text shows an address on another host than the target's, or another mail address.
    pub mismatch: bool,
    /// What stands before the `@` of the target looks like a host, and readers take it for where the link leads
    /// (`https://bank.example@evil.example/`).
    pub disguised_host: bool,
}

impl Link {
    pub(super) fn new(kind: LinkKind, shown: &str, target: &str) -> Self {
        let host = host_of(target);
        let mismatch = kind == LinkKind::Anchor && shows_other_target(shown, target, host.as_deref());
        Self {
            kind,
            shown: shown.to_owned(),
            target: target.to_owned(),
            host,
            mismatch,
            disguised_host: user_data_looks_like_host(target),
        }
    }
}

/// Removes what browsers remove from a URL before they read it.
pub(super) fn clean_target(target: &str) -> String {
    target
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(8 * 1024)
        .collect()
}

/// Host of a URL as a browser finds it: backslashes are slashes, user data before `@` is none of it, percent signs are
/// decoded, case and a trailing dot do not matter (WHATWG URL).
pub(super) fn host_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    let scheme = scheme.trim().to_ascii_lowercase();
    let rest = match scheme.as_str() {
        "http" | "https" | "ftp" | "ws" | "wss" => rest.trim_start_matches(['/', '\\']),
        _ => rest.strip_prefix("//")?,
    };
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let host_port = authority.rsplit('@').next()?;
    let host = match host_port.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?.to_owned(),
        None => host_port
            .rsplit_once(':')
            .map_or(host_port, |(host, _)| host)
            .to_owned(),
    };
    let mut bytes = Vec::new();
    crate::header::params::push_percent_decoded(&mut bytes, &host);
    let host = normalise_host(&String::from_utf8_lossy(&bytes));
    // Browsers refuse hosts with such characters, and nothing longer can be resolved.
    let is_possible =
        !host.is_empty() && host.len() <= 255 && !host.chars().any(|c| c.is_control() || c.is_whitespace());
    is_possible.then_some(host)
}

/// Whether a web address has user data that contains a dot, as no user name needs.
fn user_data_looks_like_host(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else {
        return false;
    };
    let authority = rest
        .trim_start_matches(['/', '\\'])
        .split(['/', '\\', '?', '#'])
        .next()
        .unwrap_or_default();
    let is_web = matches!(scheme.trim().to_ascii_lowercase().as_str(), "http" | "https");
    is_web
        && authority
            .rsplit_once('@')
            .is_some_and(|(user, _)| user.contains('.') || user.contains("%2e") || user.contains("%2E"))
}

/// Lower case, ideographic and full-width dots as dots, Punycode labels as what they show, no trailing dot.
fn normalise_host(host: &str) -> String {
    let folded: String = host
        .chars()
        .map(|c| match c {
            '。' | '．' | '｡' => '.',
            // Full-width letters and digits are mapped to ASCII by every resolver library.
            '\u{FF01}'..='\u{FF5E}' => u32::from(c)
                .checked_sub(0xFEE0)
                .and_then(char::from_u32)
                .unwrap_or(c),
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect();
    let labels: Vec<String> = folded
        .trim_end_matches('.')
        .split('.')
        .map(|label| {
            label
                .strip_prefix("xn--")
                .and_then(decode_punycode)
                .unwrap_or_else(|| label.to_owned())
        })
        .collect();
    labels.join(".")
}

/// Decodes one label (RFC 3492); `None` if it is broken or decodes to something with dots or controls in it.
fn decode_punycode(label: &str) -> Option<String> {
    if label.len() > 63 {
        return None;
    }
    let (basic, extended) = label.rsplit_once('-').unwrap_or(("", label));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut point, mut index, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.bytes().peekable();
    while digits.peek().is_some() {
        let before = index;
        let mut weight = 1_u32;
        let mut step = 36_u32;
        loop {
            let digit = match digits.next()? {
                byte @ b'a'..=b'z' => u32::from(byte - b'a'),
                byte @ b'0'..=b'9' => u32::from(byte - b'0') + 26,
                _ => return None,
            };
            index = index.checked_add(digit.checked_mul(weight)?)?;
            let threshold = step.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
            step = step.checked_add(36)?;
        }
        let length = u32::try_from(out.len()).ok()?.checked_add(1)?;
        bias = adapt(index - before, length, before == 0);
        point = point.checked_add(index / length)?;
        index %= length;
        let c = char::from_u32(point).filter(|c| !c.is_control() && *c != '.')?;
        out.insert(usize::try_from(index).ok()?, c);
        index += 1;
    }
    Some(out.into_iter().collect())
}

fn adapt(delta: u32, length: u32, is_first: bool) -> u32 {
    let mut delta = delta / if is_first { 700 } else { 2 };
    delta += delta / length;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

/// Whether the text names a host or mail address that is not where the link leads.
fn shows_other_target(shown: &str, target: &str, host: Option<&str>) -> bool {
    let lower_target = target.to_ascii_lowercase();
    let mail_target = lower_target
        .strip_prefix("mailto:")
        .map(|rest| rest.split('?').next().unwrap_or(rest).trim().to_owned());
    for word in shown.split(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | '「' | '」' | '、' | '。')
    }) {
        let word = word.trim_matches([',', ';', '\'', '!', '»', '«', '…', '→']);
        if let Some(address) = shown_mail_address(word) {
            match &mail_target {
                Some(target) if *target != address => return true,
                _ => continue,
            }
        }
        let Some(shown_host) = shown_host(word) else {
            continue;
        };
        match host {
            Some(host) if is_same_site(&shown_host, host) => {}
            Some(_) => return true,
            // A web address that leads to a script, a file or a mail address.
            None => return !lower_target.starts_with('#') && !lower_target.is_empty(),
        }
    }
    false
}

fn shown_mail_address(word: &str) -> Option<String> {
    let (local, domain) = word.split_once('@')?;
    let is_one = !local.is_empty() && !local.contains(['/', ':']) && domain.contains('.');
    is_one.then(|| word.trim_end_matches('.').to_ascii_lowercase())
}

/// The host that a word shows: of a URL, of `www.`, or of a bare name under a well-known ending.
fn shown_host(word: &str) -> Option<String> {
    if word.contains("://") {
        return host_of(word);
    }
    let head = word.split(['/', '?', '#', ':']).next()?;
    let host = normalise_host(head);
    let mut labels = host.rsplit('.');
    let ending = labels.next()?;
    let name = labels.next()?;
    let is_name = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    };
    if !host.split('.').all(is_name) || name.is_empty() {
        return None;
    }
    // Bare words with a dot are as often file names or abbreviations.
    let is_known = host.starts_with("www.")
        || ENDINGS.contains(&ending)
        || host.matches('.').count() >= 2 && ending.len() == 2;
    is_known.then_some(host)
}

/// Endings under which a bare name is meant as an address, not as a file name.
const ENDINGS: &[&str] = &[
    "com", "net", "org", "jp", "info", "biz", "gov", "edu", "eu", "uk", "de", "fr", "us", "cn", "tw", "kr",
    "br", "ru", "au", "ca", "in", "it", "es", "nl", "ch", "online", "site", "shop", "xyz", "top", "club",
    "app", "dev", "cloud", "bank", "test", "example",
];

/// Equal, or one a subdomain of the other. `example.com.evil.net` is no subdomain of `example.com`.
fn is_same_site(shown: &str, real: &str) -> bool {
    let shown = shown.strip_prefix("www.").unwrap_or(shown);
    let real = real.strip_prefix("www.").unwrap_or(real);
    let is_below = |child: &str, parent: &str| {
        parent.contains('.') && child.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
    };
    shown == real || is_below(real, shown) || is_below(shown, real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_as_browsers_find_them() {
        let check = |url: &str, host: Option<&str>| assert_eq!(host_of(url).as_deref(), host, "{url}");
        check("https://Example.COM/x", Some("example.com"));
        check("https://bank.example@evil.example/x", Some("evil.example"));
        check("https:\\\\evil.example\\@bank.example", Some("evil.example"));
        check("http:evil.example", Some("evil.example"));
        check("https://a.example:8443/", Some("a.example"));
        check("https://[2001:db8::1]:80/", Some("2001:db8::1"));
        check("https://%65vil.example./", Some("evil.example"));
        check("https://ｅｖｉｌ。example/", Some("evil.example"));
        check("https://xn--wgv71a119e.example/", Some("日本語.example"));
        check(
            "https://xn--zzzzzzzzzzzzzz.example/",
            Some("xn--zzzzzzzzzzzzzz.example"),
        );
        check("https://a%00b.example/", None);
        check("mailto:a@b.example", None);
        check("javascript:alert(1)", None);
        check("relative/path", None);
    }

    #[test]
    fn a_host_before_the_at_sign_is_a_disguise() {
        let check =
            |target: &str, expect: bool| assert_eq!(user_data_looks_like_host(target), expect, "{target}");
        check("https://www.bank.example@evil.example/", true);
        check("https://user@files.example/", false);
        check("https://bank.example/a@b.example", false);
        check("mailto:a.b@c.example", false);
    }

    #[test]
    fn a_text_that_shows_another_place_is_a_mismatch() {
        let check = |shown: &str, target: &str, expect: bool| {
            assert_eq!(
                Link::new(LinkKind::Anchor, shown, target).mismatch,
                expect,
                "{shown} -> {target}"
            );
        };
        check("https://bank.example/login", "https://evil.example/x", true);
        check(
            "https://bank.example/login",
            "https://www.bank.example/login",
            false,
        );
        check("www.bank.example", "https://login.bank.example/", false);
        check("bank.co.jp", "https://bank.co.jp.evil.example/", true);
        check(
            "こちら https://bank.example/ をクリック",
            "https://evil.example/",
            true,
        );
        check("Click here", "https://evil.example/", false);
        check("report.pdf", "https://files.example/report.pdf", false);
        check("help@bank.example", "mailto:help@bank.example", false);
        check("help@bank.example", "mailto:evil@x.example?subject=a", true);
        check("https://bank.example", "javascript:void(0)", true);
        check(
            "https://日本語.example/",
            "https://xn--wgv71a119e.example/",
            false,
        );
        check("e.g. this", "https://x.example/", false);
        check("10.5", "https://x.example/", false);
    }
}
