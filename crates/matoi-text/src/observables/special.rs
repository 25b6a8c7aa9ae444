//! Addresses and names that mean nothing outside, or nothing at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::found::Observable;
use super::host::{LOCAL_SUFFIXES, RESERVED_SUFFIXES};
use super::kind::ObservableKind;

/// Why an address or name is no trace of an outside party (IANA special-purpose registries, RFC 6890,
/// RFC 6761).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialPurpose {
    /// No address at all: `0.0.0.0/8`, `::`.
    Unspecified,
    /// The machine itself: `127.0.0.0/8`, `::1`, `localhost`.
    Loopback,
    /// Private networks: RFC 1918, `fc00::/7`.
    Private,
    /// Shared between a provider and its customers: `100.64.0.0/10` (RFC 6598).
    Shared,
    /// One link: `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// For documents: RFC 5737, RFC 3849, RFC 9637, RFC 2606.
    Documentation,
    /// For benchmarks: `198.18.0.0/15` (RFC 2544), `2001:2::/48` (RFC 5180).
    Benchmarking,
    /// Groups: `224.0.0.0/4`, `ff00::/8`.
    Multicast,
    /// `255.255.255.255`.
    Broadcast,
    /// Reserved for protocols or for later: `192.0.0.0/24`, `240.0.0.0/4`, `100::/64`.
    Reserved,
    /// A name that exists only inside: `.local`, `.internal`, `.lan`, `.corp` and the like.
    LocalName,
}

impl SpecialPurpose {
    /// The purpose of an address, if it is special.
    #[must_use]
    pub fn of_address(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => of_ipv4(address),
            IpAddr::V6(address) => of_ipv6(address),
        }
    }

    /// The purpose of a name in canonical form, if it is special.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let last = name.rsplit('.').next().unwrap_or_default();
        if last == "localhost" {
            return Some(Self::Loopback);
        }
        let example = ["example.com", "example.net", "example.org", "example.jp"]
            .iter()
            .any(|domain| is_within(name, domain));
        if example || RESERVED_SUFFIXES.contains(&last) {
            return Some(Self::Documentation);
        }
        let local = LOCAL_SUFFIXES.contains(&last) || is_within(name, "home.arpa") || !name.contains('.');
        local.then_some(Self::LocalName)
    }
}

impl Observable {
    /// The host that this is or points to: the value of addresses and domains, the host of URLs, the domain
    /// of mail addresses.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match self.kind {
            ObservableKind::Ipv4 | ObservableKind::Ipv6 | ObservableKind::Domain => Some(&self.value),
            ObservableKind::Email => self.value.rsplit_once('@').map(|(_, host)| host),
            ObservableKind::Url => Some(host_of_url(&self.value)),
            ObservableKind::Md5
            | ObservableKind::Sha1
            | ObservableKind::Sha256
            | ObservableKind::Sha512
            | ObservableKind::Filename
            | ObservableKind::Filepath
            | ObservableKind::Cve => None,
        }
    }

    /// Why the host of this is no outside party, if so.
    #[must_use]
    pub fn special_purpose(&self) -> Option<SpecialPurpose> {
        let host = self.host()?;
        match host.parse() {
            Ok(address) => SpecialPurpose::of_address(address),
            Err(_) => SpecialPurpose::of_name(host),
        }
    }

    /// Whether this is no trace of an outside party: see [`SpecialPurpose`].
    #[must_use]
    pub fn is_noise(&self) -> bool {
        self.special_purpose().is_some()
    }
}

/// Whether a name is the domain or below it.
pub(super) fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn host_of_url(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn of_ipv4(address: Ipv4Addr) -> Option<SpecialPurpose> {
    let purpose = match address.octets() {
        [0, ..] => SpecialPurpose::Unspecified,
        [255, 255, 255, 255] => SpecialPurpose::Broadcast,
        [100, 64..=127, ..] => SpecialPurpose::Shared,
        [198, 18..=19, ..] => SpecialPurpose::Benchmarking,
        [192, 0, 0, _] | [240..=255, ..] => SpecialPurpose::Reserved,
        _ if address.is_loopback() => SpecialPurpose::Loopback,
        _ if address.is_private() => SpecialPurpose::Private,
        _ if address.is_link_local() => SpecialPurpose::LinkLocal,
        _ if address.is_documentation() => SpecialPurpose::Documentation,
        _ if address.is_multicast() => SpecialPurpose::Multicast,
        _ => return None,
    };
    Some(purpose)
}

fn of_ipv6(address: Ipv6Addr) -> Option<SpecialPurpose> {
    if let Some(embedded) = address.to_ipv4_mapped() {
        return of_ipv4(embedded);
    }
    let purpose = match address.segments() {
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => SpecialPurpose::Documentation,
        [0x2001, 2, 0, ..] => SpecialPurpose::Benchmarking,
        [0x100, 0, 0, 0, ..] => SpecialPurpose::Reserved,
        _ if address.is_unspecified() => SpecialPurpose::Unspecified,
        _ if address.is_loopback() => SpecialPurpose::Loopback,
        _ if address.is_unique_local() => SpecialPurpose::Private,
        _ if address.is_unicast_link_local() => SpecialPurpose::LinkLocal,
        _ if address.is_multicast() => SpecialPurpose::Multicast,
        _ => return None,
    };
    Some(purpose)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observables::find_observables;

    #[test]
    fn special_hosts_say_why() {
        use SpecialPurpose::*;
        for (text, expect) in [
            ("8.8.8.8", None),
            ("2606:4700::1111", None),
            ("www.jpcert.or.jp", None),
            ("https://8.8.8.8:8443/a", None),
            ("0.0.0.0", Some(Unspecified)),
            ("127.0.0.53", Some(Loopback)),
            ("http://localhost:3000/", Some(Loopback)),
            ("::1", Some(Loopback)),
            ("10.1.2.3", Some(Private)),
            ("172.16.0.1", Some(Private)),
            ("192.168.1.1", Some(Private)),
            ("fd00::1", Some(Private)),
            ("100.64.0.1", Some(Shared)),
            ("169.254.169.254", Some(LinkLocal)),
            ("fe80::1%eth0", Some(LinkLocal)),
            ("203.0.113.5", Some(Documentation)),
            ("http://user@198.51.100.1/a@b", Some(Documentation)),
            ("2001:db8::1", Some(Documentation)),
            ("https://[2001:db8::1]:443/", Some(Documentation)),
            ("mail.example.co", None),
            ("a@mail.example.com", Some(Documentation)),
            ("evil.example", Some(Documentation)),
            ("198.18.0.1", Some(Benchmarking)),
            ("239.255.255.250", Some(Multicast)),
            ("ff02::1", Some(Multicast)),
            ("255.255.255.255", Some(Broadcast)),
            ("240.0.0.1", Some(Reserved)),
            ("dc01.corp.local", Some(LocalName)),
            ("http://intranet/page", Some(LocalName)),
            ("::ffff:10.0.0.1", Some(Private)),
            ("invoice.pdf", None),
        ] {
            let found = find_observables(text, 10).found;
            assert_eq!(
                found.first().and_then(Observable::special_purpose),
                expect,
                "{text:?} {found:?}"
            );
        }
    }
}
