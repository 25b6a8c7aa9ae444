//! What must not leave in an external report (社外報告書): names of persons, names of hosts, observables beyond its label.
//!
//! A rule over text: the same text and the same names always give the same findings. It is asked whenever the text is
//! saved, when it is filled from its template, and again before review, approval and distribution, because the people
//! and the traces of a case change while the text does not.

use matoi_text::{find_observables, fold};
use matoi_types::Tlp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::named;
use crate::observables::ObservableKind;

/// Different traces looked at in one text; a report for outside has hardly any.
const MOST_TRACES: usize = 500;

named! {
    /// What was found where it must not stand.
    FindingKind {
        /// The name of a person.
        Person = "person",
        /// The name of a host.
        Host = "host",
        /// An observable beyond the document's label.
        Observable = "observable",
    }
}

/// Something that must not stand in an external report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Finding {
    /// The line it stands in, from 1.
    pub line: i64,
    /// What it is.
    pub kind: FindingKind,
    /// The words themselves.
    pub text: String,
}

/// What must not stand in the text, and what may all the same.
#[derive(Debug, Clone)]
pub struct Forbidden {
    /// Full names of everybody with an account.
    pub people: Vec<String>,
    /// Full names of those who work on the case or reported it: each part of them is a name too.
    pub involved: Vec<String>,
    /// Names and addresses of hosts: assets of the case, host names among its observables.
    pub hosts: Vec<String>,
    /// The observables of the case with their labels.
    pub traces: Vec<(ObservableKind, String, Tlp)>,
    /// The label of what is not among them: that of the case.
    pub otherwise: Tlp,
    /// The label of the document.
    pub label: Tlp,
    /// The organisation's own domains.
    pub own_domains: Vec<String>,
    /// Words that may stand: the name of the organisation, the addresses of its desk.
    pub allowed: Vec<String>,
}

/// Every forbidden thing in the text, in the order of its lines, each once per line.
#[must_use]
pub fn findings(text: &str, forbidden: &Forbidden) -> Vec<Finding> {
    let mut found = Vec::new();
    let names = Names::of(forbidden);
    for (number, line) in (1..).zip(text.lines()) {
        let mut plain = fold(&without_escapes(line));
        for words in &names.allowed {
            plain = plain.replace(words.as_str(), " ");
        }
        let squeezed = squeeze(&plain);
        let mut add = |kind: FindingKind, text: &str| {
            found.push(Finding {
                line: number,
                kind,
                text: text.to_owned(),
            });
        };
        for (name, folded) in &names.people {
            if names_person(&plain, &squeezed, folded) {
                add(FindingKind::Person, name);
            }
        }
        for (host, folded) in &names.hosts {
            if has_word(&plain, folded) {
                add(FindingKind::Host, host);
            }
        }
        for (value, folded) in &names.traces {
            if has_word(&plain, folded) {
                add(FindingKind::Observable, value);
            }
        }
        for (kind, value) in traces_in(&plain, forbidden) {
            add(kind, &value);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The forbidden words, each with its folded spelling.
struct Names {
    people: Vec<(String, String)>,
    hosts: Vec<(String, String)>,
    traces: Vec<(String, String)>,
    allowed: Vec<String>,
}

impl Names {
    fn of(forbidden: &Forbidden) -> Self {
        let parts = forbidden.involved.iter().flat_map(|name| {
            name.split(|c: char| c.is_whitespace() || c == '・' || c == ',')
                .filter(|part| is_telling(part) && !is_unit(part))
        });
        let whole = forbidden.people.iter().chain(&forbidden.involved);
        let beyond = forbidden
            .traces
            .iter()
            .filter(|(kind, _, tlp)| *tlp > forbidden.label && *kind != ObservableKind::Hostname);
        let hosts = forbidden
            .traces
            .iter()
            .filter(|(kind, ..)| *kind == ObservableKind::Hostname);
        Self {
            people: folded(whole.map(String::as_str).chain(parts)),
            hosts: folded(
                forbidden
                    .hosts
                    .iter()
                    .map(String::as_str)
                    .chain(hosts.map(|(_, value, _)| value.as_str())),
            ),
            traces: folded(beyond.map(|(_, value, _)| value.as_str())),
            allowed: forbidden
                .allowed
                .iter()
                .map(|words| fold(words))
                .filter(|words| !words.trim().is_empty())
                .collect(),
        }
    }
}

/// Words with their folded spellings, each once, without what is too short to tell anything.
fn folded<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut all: Vec<_> = words
        .filter(|word| is_telling(word))
        .map(|word| (word.trim().to_owned(), fold(word.trim())))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// A single letter, or two Latin ones, stand for too much to be taken as a name.
fn is_telling(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
    letters >= if word.is_ascii() { 3 } else { 2 }
}

/// Whether a part of what a reporter gave as their name is that of a place of work, as people write it before their own.
fn is_unit(part: &str) -> bool {
    const UNITS: &[&str] = &[
        "部",
        "課",
        "室",
        "係",
        "局",
        "署",
        "店",
        "社",
        "工場",
        "支社",
        "本部",
        "事業所",
        "営業所",
        "研究所",
        "センター",
        "グループ",
        "チーム",
        "担当",
    ];
    UNITS.iter().any(|unit| part.ends_with(unit))
}

/// Whether a line names a person: Japanese names with or without a space between their parts, others as whole words.
fn names_person(plain: &str, squeezed: &str, name: &str) -> bool {
    if name.is_ascii() {
        has_word(plain, name)
    } else {
        squeezed.contains(&squeeze(name))
    }
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a text has this word, not as part of a longer one of Latin letters and digits.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        let joined = |outside: Option<char>, inside: Option<char>| {
            outside.is_some_and(is_part) && inside.is_some_and(is_part)
        };
        !joined(before, word.chars().next()) && !joined(after, word.chars().next_back())
    })
}

/// Traces that are beyond the label, or name a host of the organisation's own.
fn traces_in(line: &str, forbidden: &Forbidden) -> Vec<(FindingKind, String)> {
    let domains: Vec<String> = forbidden.own_domains.iter().map(|domain| fold(domain)).collect();
    find_observables(line, MOST_TRACES)
        .found
        .into_iter()
        .filter_map(|trace| {
            let kind: ObservableKind = trace.kind.as_str().parse().ok()?;
            let host = trace.host();
            if let Some(domain) = host.and_then(|host| own_domain(host, &domains)) {
                let public = host.is_some_and(|host| host == domain || host == format!("www.{domain}"));
                return (!public).then_some((FindingKind::Host, trace.value));
            }
            let known = forbidden
                .traces
                .iter()
                .find(|(known, value, _)| *known == kind && value.eq_ignore_ascii_case(&trace.value));
            let label = match (known, kind) {
                (Some((_, _, label)), _) => *label,
                // Names of files and vulnerabilities are ordinary words of a report until the case says otherwise.
                (None, ObservableKind::Filename | ObservableKind::Filepath | ObservableKind::Cve) => {
                    return None;
                }
                (None, _) => forbidden.otherwise,
            };
            (label > forbidden.label).then_some((FindingKind::Observable, trace.value))
        })
        .collect()
}

/// The own domain that a host lies in.
fn own_domain<'a>(host: &str, domains: &'a [String]) -> Option<&'a str> {
    domains.iter().map(String::as_str).find(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// A line of Markdown without the backslashes that keep punctuation from being read as marks (CommonMark 0.31, 2.4).
fn without_escapes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\\' && rest.peek().is_some_and(char::is_ascii_punctuation) {
            continue;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden() -> Forbidden {
        Forbidden {
            people: vec!["佐藤 花子".to_owned(), "Kenji Yamada".to_owned()],
            involved: vec!["第二工場 生産管理課 石井 健一".to_owned(), "Anna Li".to_owned()],
            hosts: vec!["FS-02".to_owned(), "生産管理サーバー".to_owned()],
            traces: vec![
                (ObservableKind::Ipv4, "198.51.100.23".to_owned(), Tlp::Amber),
                (ObservableKind::Domain, "shared.example".to_owned(), Tlp::Clear),
                (ObservableKind::Hostname, "PC-2118".to_owned(), Tlp::Clear),
                (ObservableKind::Filename, "invoice_x.exe".to_owned(), Tlp::Red),
            ],
            otherwise: Tlp::Amber,
            label: Tlp::Green,
            own_domains: vec!["minato.example".to_owned()],
            allowed: vec!["石井精機株式会社".to_owned(), "csirt@minato.example".to_owned()],
        }
    }

    fn check(text: &str, expect: &[(FindingKind, &str)]) {
        let found: Vec<_> = findings(text, &forbidden())
            .into_iter()
            .map(|finding| (finding.kind, finding.text))
            .collect();
        let expect: Vec<_> = expect
            .iter()
            .map(|(kind, text)| (*kind, (*text).to_owned()))
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn what_may_go_out_is_not_found() {
        for text in [
            "",
            "お客様の情報の流出は確認されていません。",
            "窓口: 石井精機株式会社　csirt@minato.example",
            "詳細は https://www.minato.example/news をご覧ください。",
            "不審な通信先（shared[.]example）は遮断しました。",
            "CVE-2024-3400 を悪用されました。添付の notice.pdf をご覧ください。",
            "第二工場の操業は再開しています。2026年11月20日 3:12 に復旧しました。",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn names_of_persons_are_found_however_they_are_written() {
        use FindingKind::Person;
        check("佐藤花子が確認しました", &[(Person, "佐藤 花子")]);
        check("佐藤　花子が確認しました", &[(Person, "佐藤 花子")]);
        check("担当の石井よりご連絡します", &[(Person, "石井")]);
        check("by KENJI YAMADA", &[(Person, "Kenji Yamada")]);
        // A family name of somebody who has nothing to do with the case is a word like others.
        check("佐藤様からのお問い合わせ", &[]);
        check("annabelle", &[]);
        check("Anna called", &[(Person, "Anna")]);
    }

    #[test]
    fn hosts_are_found_as_names_addresses_and_below_own_domains() {
        use FindingKind::Host;
        check("サーバーFS-02が停止", &[(Host, "FS-02")]);
        check("ｆｓ－０２ が停止", &[(Host, "FS-02")]);
        check("FS\\-02 が停止", &[(Host, "FS-02")]);
        check("FS-021 は別の機器", &[]);
        check("端末PC-2118", &[(Host, "PC-2118")]);
        check("fs02.minato.example に侵入", &[(Host, "fs02.minato.example")]);
        check("生産管理サーバーを停止", &[(Host, "生産管理サーバー")]);
    }

    #[test]
    fn observables_beyond_the_label_are_found_defanged_and_escaped_too() {
        use FindingKind::Observable;
        check("198.51.100[.]23 へ通信", &[(Observable, "198.51.100.23")]);
        check("198\\.51\\.100\\.23", &[(Observable, "198.51.100.23")]);
        // What the case does not know has the label of the case.
        check(
            "hxxps://evil.example/x",
            &[
                (Observable, "evil.example"),
                (Observable, "https://evil.example/x"),
            ],
        );
        check("invoice_x.exe を実行", &[(Observable, "invoice_x.exe")]);
    }

    #[test]
    fn the_line_is_named() {
        let found = findings("一行目\n\nFS-02\n", &forbidden());
        assert_eq!(found.first().map(|finding| finding.line), Some(3));
    }
}
