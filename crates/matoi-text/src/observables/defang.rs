//! Writing traces so that no program makes a link of them, and back.

use std::net::Ipv6Addr;

use super::found::Observable;
use super::kind::ObservableKind;
use super::plain::Plain;
use super::url::scheme_at_end_of;

/// A value (URL, host, address, mail address) in the usual harmless spelling: `hxxp://evil[.]com/a`,
/// `203[.]0[.]113[.]5`, `2001[:]db8[:]:1`, `user[@]evil[.]com`. [`refang`] undoes it.
#[must_use]
pub fn defang(value: &str) -> String {
    if let Some((scheme, rest)) = value.split_once("://") {
        let scheme = match scheme {
            "http" => "hxxp",
            "https" => "hxxps",
            "ftp" => "fxp",
            "ftps" => "fxps",
            other => other,
        };
        return format!("{scheme}://{}", defang_authority(rest));
    }
    if value.parse::<Ipv6Addr>().is_ok() {
        return defang_colons(value);
    }
    defang_authority(value)
}

/// A text with the brackets of defanging and `hxxp` undone. Nothing else is changed: full-width spellings
/// and ` dot ` stay, for only a person can say what they mean in running text.
#[must_use]
pub fn refang(text: &str) -> String {
    let unbracketed = Plain::unbracketed(text).text;
    let mut refanged = String::with_capacity(unbracketed.len());
    let mut pieces = unbracketed.split("://").peekable();
    while let Some(piece) = pieces.next() {
        let defanged = pieces
            .peek()
            .and_then(|_| scheme_at_end_of(piece))
            .filter(|(scheme, len)| {
                let spelling = piece.len().checked_sub(*len).and_then(|at| piece.get(at..));
                spelling.is_some_and(|spelling| !spelling.eq_ignore_ascii_case(scheme))
            });
        match defanged.and_then(|(scheme, len)| Some((scheme, piece.get(..piece.len() - len)?))) {
            Some((scheme, before)) => {
                refanged.push_str(before);
                refanged.push_str(scheme);
            }
            None => refanged.push_str(piece),
        }
        if pieces.peek().is_some() {
            refanged.push_str("://");
        }
    }
    refanged
}

impl Observable {
    /// The value as it may be sent in mail: see [`defang`]. What no program makes a link of stays as it is.
    #[must_use]
    pub fn defanged(&self) -> String {
        match self.kind {
            ObservableKind::Ipv4
            | ObservableKind::Ipv6
            | ObservableKind::Domain
            | ObservableKind::Url
            | ObservableKind::Email => defang(self.display_value()),
            ObservableKind::Md5
            | ObservableKind::Sha1
            | ObservableKind::Sha256
            | ObservableKind::Sha512
            | ObservableKind::Filename
            | ObservableKind::Filepath
            | ObservableKind::Cve => self.value.clone(),
        }
    }
}

/// Host, perhaps with a user before and a path behind.
fn defang_authority(text: &str) -> String {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let (authority, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{user}[@]"), host),
        None => (String::new(), authority),
    };
    let host = match host.strip_prefix('[') {
        Some(address) => format!("[{}", defang_colons(address)),
        None => host.replace('.', "[.]"),
    };
    format!("{user}{host}{rest}")
}

/// Brackets around the first of every group of colons; one that begins the text is left.
fn defang_colons(address: &str) -> String {
    let mut defanged = String::with_capacity(address.len() * 2);
    let mut after_digit = false;
    for c in address.chars() {
        if c == ':' && after_digit {
            defanged.push_str("[:]");
        } else {
            defanged.push(c);
        }
        after_digit = c.is_ascii_hexdigit();
    }
    defanged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_become_harmless_and_come_back() {
        for (value, expect) in [
            ("example.com", "example[.]com"),
            ("203.0.113.5", "203[.]0[.]113[.]5"),
            ("2001:db8::1", "2001[:]db8[:]:1"),
            ("::1", "::1"),
            ("http://evil.com/a.b?c=d.e", "hxxp://evil[.]com/a.b?c=d.e"),
            ("https://user@evil.com:8443/", "hxxps://user[@]evil[.]com:8443/"),
            ("https://[2001:db8::1]:8443/a", "hxxps://[2001[:]db8[:]:1]:8443/a"),
            ("ftp://evil.com", "fxp://evil[.]com"),
            ("evil.com/a.b", "evil[.]com/a.b"),
            ("user.name@evil.com", "user.name[@]evil[.]com"),
            ("日本語.jp", "日本語[.]jp"),
            ("0f", "0f"),
        ] {
            assert_eq!(defang(value), expect);
            assert_eq!(refang(expect), value);
        }
    }

    #[test]
    fn running_text_is_refanged_where_it_was_defanged_only() {
        for (text, expect) in [
            (
                "hXXps[:]//evil[.]com と (.) と f(at) [at]",
                "https://evil.com と (.) と f(at) [at]",
            ),
            ("HTTP://a.com hxxp://b.com://x", "HTTP://a.com http://b.com://x"),
            ("see (at) all, [.] end [.] x", "see (at) all, [.] end.x"),
            ("a dot b。ｃ", "a dot b。ｃ"),
            ("user [at] evil [dot] com", "user@evil.com"),
            ("", ""),
        ] {
            assert_eq!(refang(text), expect);
        }
    }

    proptest! {
        #[test]
        fn any_host_and_url_comes_back(value in "(https?://)?([a-z0-9]{1,5}\\.){1,3}[a-z]{2,3}(:[0-9]{2})?(/[a-z.]{0,5})?") {
            prop_assert_eq!(refang(&defang(&value)), value);
        }

        #[test]
        fn any_text_is_taken(text in r"([\[\](){}.:@ /]|dot|at|://|h[tx]{2}p|\PC){0,40}") {
            let _ = refang(&text);
            let _ = defang(&text);
        }
    }
}
