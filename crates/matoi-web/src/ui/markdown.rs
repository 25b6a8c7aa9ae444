//! Markdown of notes as HTML that can do no harm: raw HTML is shown as text, links lead to the web or to a mail program,
//! images are their description.

use askama::filters::Safe;
use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options};

use super::{Markup, Ui};

impl Ui {
    /// Markdown that a person wrote.
    #[must_use]
    pub fn markdown(&self, text: &str) -> Markup {
        Safe(to_html(text))
    }
}

fn to_html(text: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    // 「**重要**です」: emphasis beside characters that are written without spaces.
    options.extension.cjk_friendly_emphasis = true;
    options.render.escape = true;
    // A line break is meant as one: notes are written as they come.
    options.render.hardbreaks = true;
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, text, &options);
    let unwanted: Vec<_> = root.descendants().filter(|node| is_unwanted(node)).collect();
    for node in unwanted {
        unwrap_node(node);
    }
    let mut html = String::new();
    if comrak::format_html(root, &options, &mut html).is_err() {
        return askama::filters::escape(text, askama::filters::Html)
            .map(|safe| safe.to_string())
            .unwrap_or_default();
    }
    // What is linked in a note was written by somebody who may be an attacker: it learns nothing of where it was clicked.
    without_empty_heads(&html.replace("<a href=", "<a rel=\"noreferrer nofollow\" href="))
}

/// Tables of labels and values have a header row without a word; nothing is announced for it.
fn without_empty_heads(html: &str) -> String {
    const OPEN: &str = "<thead>";
    const CLOSE: &str = "</thead>\n";
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, from)) = rest.split_once(OPEN) {
        out.push_str(before);
        let Some((head, after)) = from.split_once(CLOSE) else {
            out.push_str(OPEN);
            rest = from;
            break;
        };
        let words = head.split('<').filter_map(|part| part.split_once('>'));
        if words.into_iter().any(|(_, text)| !text.trim().is_empty()) {
            out.push_str(OPEN);
            out.push_str(head);
            out.push_str(CLOSE);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Images, and links that lead elsewhere than to the web or a mail program.
fn is_unwanted<'a>(node: &'a AstNode<'a>) -> bool {
    match &node.data().value {
        NodeValue::Image(_) => true,
        NodeValue::Link(link) => !is_safe(&link.url),
        _ => false,
    }
}

/// Leaves what a node contains in its place.
fn unwrap_node<'a>(node: &'a AstNode<'a>) {
    while let Some(child) = node.first_child() {
        node.insert_before(child);
    }
    node.detach();
}

fn is_safe(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("http://") || lower.starts_with("mailto:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_without_words_is_left_out() {
        let html = to_html("| | |\n|---|---|\n| a | b |\n\n| c | d |\n|---|---|\n| e | f |\n");
        assert_eq!(html.matches("<thead>").count(), 1, "{html}");
        assert!(
            html.contains("<td>a</td>") && html.contains("<th>c</th>"),
            "{html}"
        );
    }

    #[test]
    fn what_could_do_harm_is_shown_as_text() {
        for (text, must, must_not) in [
            ("<script>alert(1)</script>", "&lt;script&gt;", "<script"),
            ("a <img src=x onerror=alert(1)> b", "&lt;img", "<img"),
            ("[x](javascript:alert(1))", "x", "href"),
            ("[x](  JavaScript:alert(1))", "x", "href"),
            ("![x](https://evil.example/p.png)", "x", "<img"),
            (
                "[x](https://a.example/)",
                "rel=\"noreferrer nofollow\" href=\"https://a.example/\"",
                "javascript",
            ),
            ("[x](data:text/html,<script>)", "x", "href"),
        ] {
            let html = to_html(text);
            assert!(
                html.contains(must) && !html.contains(must_not),
                "{text} became {html}"
            );
        }
    }

    #[test]
    fn lines_stay_lines_and_tables_are_tables() {
        assert!(to_html("一行目\n二行目").contains("<br"));
        assert!(to_html("| a | b |\n|---|---|\n| 1 | 2 |").contains("<table>"));
    }
}
