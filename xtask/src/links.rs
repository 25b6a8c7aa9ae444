//! The links of the documents: every file a Markdown document points at is there, and every heading.
//!
//! Addresses of other places are not asked: a check must not depend on the network. Templates of reports are no documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::files::File;
use crate::finding::Finding;

/// Checks every document of the repository below `root`.
pub(crate) fn check(root: &Path, files: &[File]) -> Vec<Finding> {
    let documents: Vec<&File> = files.iter().filter(|file| is_document(file)).collect();
    let anchors: BTreeMap<&str, BTreeSet<String>> = documents
        .iter()
        .map(|file| (file.path.as_str(), anchors(&file.text)))
        .collect();
    let mut findings = Vec::new();
    for file in documents {
        for (line, target) in links(&file.text) {
            if let Some(text) = fault(root, &anchors, &file.path, &target) {
                findings.push(Finding::new(&file.path, line, text));
            }
        }
    }
    findings
}

fn is_document(file: &File) -> bool {
    file.has_extension("md") && !file.path.starts_with("templates/") && !file.path.contains("/tests/")
}

/// What is wrong with a link, if anything.
fn fault(
    root: &Path,
    anchors: &BTreeMap<&str, BTreeSet<String>>,
    from: &str,
    target: &str,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let path = if path.is_empty() {
        Some(from.to_owned())
    } else {
        join(from, path)
    };
    let Some(path) = path else {
        return Some(format!("the link {target} leads out of the repository"));
    };
    if !anchors.contains_key(path.as_str()) && !root.join(&path).exists() {
        return Some(format!("the link {target} leads nowhere: there is no {path}"));
    }
    let anchor = anchor?;
    match anchors.get(path.as_str()) {
        Some(known) if !known.contains(anchor) => Some(format!("{path} has no heading #{anchor}")),
        _ => None,
    }
}

/// The path a link means, relative to the root; `None` above it.
fn join(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if link.starts_with('/') {
        parts.clear();
    }
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The lines outside of code blocks, with their numbers from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let start = line.trim_start();
        match fence {
            Some(open) => {
                if start.starts_with(open) {
                    fence = None;
                }
                false
            }
            None => {
                fence = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
                fence.is_none()
            }
        }
    })
}

/// A line without what stands between back-ticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Where a document points: line, target. Inline links, pictures, and definitions.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code(line);
        let mut rest = line.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else {
                break;
            };
            if let Some(target) = target.split_whitespace().next() {
                found.push((number, target.trim_matches(['<', '>']).to_owned()));
            }
            rest = after;
        }
        if let Some((name, target)) = line.trim_start().split_once("]: ")
            && name.starts_with('[')
            && let Some(target) = target.split_whitespace().next()
        {
            found.push((number, target.trim_matches(['<', '>']).to_owned()));
        }
    }
    found
}

/// The anchors of a document's headings, as the usual readers of Markdown make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        let level = line.len() - title.len();
        if !(1..=6).contains(&level) || !title.starts_with(' ') {
            continue;
        }
        let anchor = anchor(title);
        let before = times.entry(anchor.clone()).or_default();
        found.insert(if *before == 0 {
            anchor
        } else {
            format!("{anchor}-{before}")
        });
        *before += 1;
    }
    found
}

fn anchor(title: &str) -> String {
    title
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let files = [
            File::new("docs/a.md", text),
            File::new(
                "docs/api.md",
                "# The API\n## Paging & order\n## Paging & order\n### 一覧と絞り込み\n",
            ),
        ];
        // The crate's own folder stands for the repository.
        check(Path::new(env!("CARGO_MANIFEST_DIR")), &files)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.line, finding.text))
            .collect()
    }

    #[test]
    fn good_links_are_left_alone() {
        let text = "# Top\n[x](../Cargo.toml) ![p](../src/main.rs \"title\") [up](#top) <https://matoi.example>\n\
                    [far](https://matoi.example/x.md) `[no](nowhere.md)`\n```\n[no](nowhere.md)\n```\n[d]: ../src\n";
        assert_eq!(found(text), Vec::<String>::new());
    }

    #[test]
    fn a_missing_file_and_a_missing_heading_are_named() {
        assert_eq!(
            found("\n[x](gone.md)\n[y](#gone)\n[z](../../up.md)\n[d]: gone.toml"),
            [
                "2: the link gone.md leads nowhere: there is no docs/gone.md",
                "3: docs/a.md has no heading #gone",
                "4: the link ../../up.md leads out of the repository",
                "5: the link gone.toml leads nowhere: there is no docs/gone.toml",
            ]
        );
    }

    #[test]
    fn anchors_are_made_as_readers_of_markdown_make_them() {
        let anchors =
            anchors("# The API, *first*\n## Paging & order\n## Paging & order\n### 一覧と絞り込み\n#no\n");
        assert_eq!(
            anchors.into_iter().collect::<Vec<_>>(),
            [
                "paging--order",
                "paging--order-1",
                "the-api-first",
                "一覧と絞り込み"
            ]
        );
    }
}
