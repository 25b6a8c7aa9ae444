//! What belongs to the organisation itself.

use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::found::Observable;

/// Domains and networks of the organisation, from its configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnNames {
    domains: HashSet<String>,
    networks: Vec<IpNet>,
}

/// An entry that names no domain or network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnNamesError {
    /// Not the name of a domain.
    #[error("own domain {0:?} is not a domain name")]
    Domain(String),
    /// A public suffix, under which others have their domains.
    #[error("own domain {0:?} is a public suffix that belongs to nobody alone")]
    PublicSuffix(String),
    /// Neither an address nor a network.
    #[error("own network {0:?} is neither an address nor a network like 192.0.2.0/24 or 2001:db8::/32")]
    Network(String),
    /// An address within the network instead of its first.
    #[error("own network {entry:?} has bits set behind its prefix: write {network:?}")]
    HostBits {
        /// What was written.
        entry: String,
        /// The network it lies in.
        network: String,
    },
}

impl OwnNames {
    /// Reads the entries of a configuration.
    ///
    /// A domain (`example.co.jp`, `*.example.co.jp` or `.example.co.jp`, in any script) stands for itself and all
    /// below it; a network is an address or a CIDR block.
    ///
    /// # Errors
    /// The first entry that cannot be understood, in words for the person who wrote it.
    pub fn parse<'a>(
        domains: impl IntoIterator<Item = &'a str>,
        networks: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, OwnNamesError> {
        Ok(Self {
            domains: domains.into_iter().map(parse_domain).collect::<Result<_, _>>()?,
            networks: networks
                .into_iter()
                .map(parse_network)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether an address lies in one of the networks.
    #[must_use]
    pub fn contains_address(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Whether a name in canonical form is one of the domains or below one.
    #[must_use]
    pub fn contains_name(&self, name: &str) -> bool {
        let mut rest = name;
        loop {
            if self.domains.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, parent)) => rest = parent,
                None => return false,
            }
        }
    }
}

impl Observable {
    /// Whether this is or points to something of the organisation's own.
    #[must_use]
    pub fn is_own(&self, own: &OwnNames) -> bool {
        let Some(host) = self.host() else { return false };
        match host.parse::<IpAddr>() {
            Ok(address) => own.contains_address(address.to_canonical()),
            Err(_) => own.contains_name(host),
        }
    }
}

fn parse_domain(entry: &str) -> Result<String, OwnNamesError> {
    let wrong = || OwnNamesError::Domain(entry.to_owned());
    let trimmed = entry.trim();
    let name = trimmed
        .strip_prefix("*.")
        .or_else(|| trimmed.strip_prefix('.'))
        .unwrap_or(trimmed);
    let name = name.strip_suffix('.').unwrap_or(name);
    let ascii = idna::domain_to_ascii_strict(name).map_err(|_| wrong())?;
    if ascii.parse::<IpAddr>().is_ok() || !ascii.contains(|c: char| c.is_ascii_alphabetic()) {
        return Err(wrong());
    }
    let suffix = psl::suffix(ascii.as_bytes());
    if suffix.is_some_and(|suffix| suffix.is_known() && suffix.as_bytes().len() == ascii.len()) {
        return Err(OwnNamesError::PublicSuffix(entry.to_owned()));
    }
    Ok(ascii)
}

fn parse_network(entry: &str) -> Result<IpNet, OwnNamesError> {
    let trimmed = entry.trim();
    if let Ok(address) = trimmed.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let network: IpNet = trimmed
        .parse()
        .map_err(|_| OwnNamesError::Network(entry.to_owned()))?;
    if network.trunc() != network {
        return Err(OwnNamesError::HostBits {
            entry: entry.to_owned(),
            network: network.trunc().to_string(),
        });
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observables::find_observables;

    #[test]
    fn own_hosts_are_known_wherever_they_stand() {
        let own = OwnNames::parse(
            ["Example.co.jp", "*.sub.example.net", "日本語.jp", "ourcompany"],
            ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"],
        )
        .unwrap();
        for (text, expect) in [
            ("example.co.jp", true),
            ("www.example.co.jp", true),
            ("notexample.co.jp", false),
            ("example.net", false),
            ("a.sub.example.net", true),
            ("日本語.jp", true),
            ("https://www.example.co.jp:8443/login", true),
            ("https://www.example.co.jp@evil.com/", false),
            ("taro@example.co.jp", true),
            ("taro@example.com", false),
            ("203.0.113.5", true),
            ("http://203.0.113.5/", true),
            ("203.0.114.5", false),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
            ("2001:db8::1", true),
            ("::ffff:203.0.113.9", true),
            ("report.doc", false),
        ] {
            let found = find_observables(text, 10).found;
            assert_eq!(found[0].is_own(&own), expect, "{text:?} {found:?}");
        }
    }

    #[test]
    fn wrong_entries_are_named() {
        for (domain, expect) in [
            ("", "own domain \"\" is not a domain name"),
            ("foo bar", "own domain \"foo bar\" is not a domain name"),
            ("203.0.113.5", "own domain \"203.0.113.5\" is not a domain name"),
            (
                "co.jp",
                "own domain \"co.jp\" is a public suffix that belongs to nobody alone",
            ),
        ] {
            let error = OwnNames::parse([domain], []).unwrap_err();
            assert_eq!(error.to_string(), expect);
        }
        for (network, expect) in [
            (
                "example.com",
                "own network \"example.com\" is neither an address nor a network like 192.0.2.0/24 or 2001:db8::/32",
            ),
            (
                "10.0.0.0/33",
                "own network \"10.0.0.0/33\" is neither an address nor a network like 192.0.2.0/24 or 2001:db8::/32",
            ),
            (
                "10.0.0.5/24",
                "own network \"10.0.0.5/24\" has bits set behind its prefix: write \"10.0.0.0/24\"",
            ),
        ] {
            let error = OwnNames::parse([], [network]).unwrap_err();
            assert_eq!(error.to_string(), expect);
        }
    }
}
