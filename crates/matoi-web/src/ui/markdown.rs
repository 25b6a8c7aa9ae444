//! Markdown of notes as HTML that can do no harm: raw HTML is shown as text, links lead to the web or to a mail program,
//! images are their description.

use askama::filters::Safe;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::{Markup, Ui};

impl Ui {
    /// Markdown that a person wrote.
    #[must_use]
    pub fn markdown(&self, text: &str) -> Markup {
        Safe(to_html(text))
    }
}

fn to_html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut open_links: Vec<bool> = Vec::new();
    let events = Parser::new_ext(text, options).filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => None,
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            let safe = is_safe(&dest_url);
            open_links.push(safe);
            safe.then(|| {
                Event::Start(Tag::Link { link_type, dest_url, title: CowStr::Borrowed(""), id: CowStr::Borrowed("") })
            })
        }
        Event::End(TagEnd::Link) => open_links.pop().unwrap_or(false).then_some(Event::End(TagEnd::Link)),
        // A line break is meant as one: notes are written as they come.
        Event::SoftBreak => Some(Event::HardBreak),
        other => Some(other),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    // What is linked in a note was written by somebody who may be an attacker: it learns nothing of where it was clicked.
    out.replace("<a href=", "<a rel=\"noreferrer nofollow\" href=")
}

fn is_safe(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("http://") || lower.starts_with("mailto:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_do_harm_is_shown_as_text() {
        for (text, must, must_not) in [
            ("<script>alert(1)</script>", "&lt;script&gt;", "<script"),
            ("a <img src=x onerror=alert(1)> b", "&lt;img", "<img"),
            ("[x](javascript:alert(1))", "x", "href"),
            ("[x](  JavaScript:alert(1))", "x", "href"),
            ("![x](https://evil.example/p.png)", "x", "<img"),
            ("[x](https://a.example/)", "rel=\"noreferrer nofollow\" href=\"https://a.example/\"", "javascript"),
            ("[x](data:text/html,<script>)", "x", "href"),
        ] {
            let html = to_html(text);
            assert!(html.contains(must) && !html.contains(must_not), "{text} became {html}");
        }
    }

    #[test]
    fn lines_stay_lines_and_tables_are_tables() {
        assert!(to_html("一行目\n二行目").contains("<br"));
        assert!(to_html("| a | b |\n|---|---|\n| 1 | 2 |").contains("<table>"));
    }
}
