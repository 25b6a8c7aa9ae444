//! HTML to text that a person can read without the mail doing anything: what is hidden is marked, where links lead is shown.
//!
//! The tokenizer is `html5gum` (WHATWG). No tree is built: for reading it is enough to know which elements are open.

mod link;
mod output;
mod style;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::defect::Defect;
use crate::limits::Limits;

pub use link::{Link, LinkKind};
use output::Output;
use style::{Background, Colour, Style, WHITE};

/// What an HTML part shows and does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtmlText {
    /// Readable text. Links stand as `text <target>`, images as `[alternative text]`, hidden text between `⟦` and `⟧`,
    /// shortened if it is long; these two characters occur for nothing else.
    pub text: String,
    /// Links in order.
    pub links: Vec<Link>,
    /// Title of the document.
    pub title: Option<String>,
    /// Characters of text that styles hide from the reader.
    pub hidden_characters: usize,
    /// Invisible characters inside the text, as used to break up words that filters look for; they are left out of `text`.
    pub invisible_characters: usize,
    /// Images that are loaded from outside, which tells the sender that the mail was opened.
    pub remote_images: usize,
    /// Forms.
    pub forms: usize,
    /// Fields for a password.
    pub password_fields: usize,
    /// Scripts, in elements or attributes.
    pub scripts: usize,
}

/// Converts an HTML source to readable text. Never fails; works on at most `limits.max_html_bytes` of it.
#[must_use]
pub fn html_to_text(source: &str, limits: &Limits) -> HtmlText {
    let mut defects = Vec::new();
    convert(source, limits, &mut defects)
}

/// As [`html_to_text`], with what the limits left out.
pub(crate) fn convert(source: &str, limits: &Limits, defects: &mut Vec<Defect>) -> HtmlText {
    let source = crate::cut_at(source, limits.max_html_bytes);
    let mut emitter = DefaultEmitter::default();
    // Script, style and title contents are no markup even without a tree.
    emitter.naively_switch_states(true);
    let mut reader = Reader {
        limits,
        output: Output::new(limits.max_text_bytes),
        open: Vec::new(),
        html: HtmlText::default(),
        anchor: None,
        base: String::new(),
        left_out_links: false,
    };
    for Ok(token) in Tokenizer::new_with_emitter(source, emitter) {
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name)),
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
        if reader.output.is_full() {
            break;
        }
    }
    reader.finish(defects)
}

/// An element that is open.
struct Open {
    name: String,
    is_hidden: bool,
    is_dropped: bool,
    is_preformatted: bool,
    colour: Option<Colour>,
    background: Background,
}

struct Anchor {
    target: String,
    shown: String,
}

struct Reader<'a> {
    limits: &'a Limits,
    output: Output,
    open: Vec<Open>,
    html: HtmlText,
    anchor: Option<Anchor>,
    base: String,
    left_out_links: bool,
}

/// Elements nested deeper are treated as if they were not there.
const MAX_OPEN: usize = 256;
const MAX_SHOWN: usize = 500;
const MAX_BASE: usize = 2 * 1024;

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Elements whose content is not for reading.
const DROPPED: &[&str] = &[
    "script", "style", "template", "head", "title", "object", "svg", "math", "select", "datalist",
];
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "html",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];
const PARAGRAPHS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6"];

impl Reader<'_> {
    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let attribute = |key: &[u8]| {
            tag.attributes
                .get(key)
                .map(|value| String::from_utf8_lossy(value).into_owned())
        };
        self.close_implied(&name);
        self.html.scripts += tag.attributes.keys().filter(|key| key.starts_with(b"on")).count();
        self.layout(&name);
        match name.as_str() {
            "base" if self.base.is_empty() => {
                self.base = attribute(b"href")
                    .map(|href| link::clean_target(&href))
                    .unwrap_or_default();
                self.base.truncate(self.base.floor_char_boundary(MAX_BASE));
            }
            "a" => {
                self.end_anchor();
                if let Some(href) = attribute(b"href") {
                    let target = self.resolve(&href);
                    self.count_script(&target);
                    self.anchor = Some(Anchor {
                        target,
                        shown: String::new(),
                    });
                }
            }
            "area" => self.link_from(
                LinkKind::Anchor,
                &attribute(b"alt").unwrap_or_default(),
                attribute(b"href"),
            ),
            "form" => {
                self.html.forms += 1;
                self.link_from(LinkKind::Form, "", attribute(b"action"));
            }
            "button" | "input" => {
                let kind = attribute(b"type").unwrap_or_default();
                if kind.eq_ignore_ascii_case("password") {
                    self.html.password_fields += 1;
                }
                self.link_from(
                    LinkKind::Form,
                    &attribute(b"value").unwrap_or_default(),
                    attribute(b"formaction"),
                );
            }
            "iframe" | "embed" | "frame" => self.link_from(LinkKind::Frame, "", attribute(b"src")),
            "object" => self.link_from(LinkKind::Frame, "", attribute(b"data")),
            "meta" if attribute(b"http-equiv").is_some_and(|value| value.eq_ignore_ascii_case("refresh")) => {
                let content = attribute(b"content").unwrap_or_default();
                self.link_from(LinkKind::Refresh, "", refresh_target(&content));
            }
            "script" => self.html.scripts += 1,
            "img" => self.image(attribute(b"src"), attribute(b"alt")),
            _ => {}
        }
        // Browsers ignore the slash of `<div/>`.
        if !VOID.contains(&name.as_str()) {
            self.push(name, tag);
        }
    }

    /// Opens an element with what it inherits and what its attributes say.
    fn push(&mut self, name: String, tag: &StartTag<()>) {
        if self.open.len() >= MAX_OPEN {
            return;
        }
        let attribute = |key: &[u8]| {
            tag.attributes
                .get(key)
                .map(|value| String::from_utf8_lossy(value).into_owned())
        };
        let mut style = Style::default();
        if let Some(value) = attribute(b"bgcolor") {
            style.read_bgcolor(&value);
        }
        if attribute(b"background").is_some() {
            style.background = Some(Background::Unknown);
        }
        if name == "font"
            && let Some(value) = attribute(b"color")
        {
            style.read_color(&value.to_ascii_lowercase());
        }
        if let Some(value) = attribute(b"style") {
            style.read_inline(&value);
        }
        let parent = self.open.last();
        let colour = style.colour.or(parent.and_then(|parent| parent.colour));
        let inherited = parent.map_or(Background::Plain(WHITE), |parent| parent.background);
        let background = style.background.unwrap_or(inherited);
        let is_unreadable = colour.is_some_and(|colour| style::is_unreadable(colour, background));
        let parent_hides = parent.is_some_and(|parent| parent.is_hidden && !style.is_shown_again);
        let is_hidden = parent_hides
            || style.is_hidden
            || is_unreadable
            || tag.attributes.contains_key(b"hidden".as_slice());
        let is_dropped = parent.is_some_and(|parent| parent.is_dropped) || DROPPED.contains(&name.as_str());
        let is_preformatted = parent.is_some_and(|parent| parent.is_preformatted)
            || matches!(name.as_str(), "pre" | "textarea");
        self.open.push(Open {
            name,
            is_hidden,
            is_dropped,
            is_preformatted,
            colour,
            background,
        });
    }

    fn end(&mut self, name: &str) {
        if name == "a" {
            self.end_anchor();
        }
        if matches!(name, "td" | "th") {
            self.output.cell();
        }
        if BLOCKS.contains(&name) {
            self.output.line();
        } else if PARAGRAPHS.contains(&name) {
            self.output.paragraph();
        }
        // `</p>` and `</br>` without a start still break the line in browsers.
        if name == "br" {
            self.output.forced_line();
        }
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(at);
        }
    }

    fn text(&mut self, text: &str) {
        let innermost = self.open.last();
        if innermost.is_some_and(|open| open.name == "title") && self.html.title.is_none() {
            let title = crate::header::words::clean(crate::cut_at(text, 1_000));
            self.html.title = Some(title).filter(|title| !title.is_empty());
            return;
        }
        if innermost.is_some_and(|open| open.is_dropped) {
            return;
        }
        let is_hidden = innermost.is_some_and(|open| open.is_hidden);
        let is_preformatted = innermost.is_some_and(|open| open.is_preformatted);
        let (visible, invisible) = output::visible_text(text);
        self.html.invisible_characters += invisible;
        if is_hidden {
            self.html.hidden_characters += visible.chars().filter(|c| !c.is_whitespace()).count();
        }
        if let Some(anchor) = &mut self.anchor {
            let room = MAX_SHOWN.saturating_sub(anchor.shown.chars().count());
            if !is_hidden {
                anchor.shown.extend(visible.chars().take(room));
            }
        }
        self.output.text(&visible, is_hidden, is_preformatted);
    }

    fn image(&mut self, src: Option<String>, alt: Option<String>) {
        let src = src.map(|src| link::clean_target(&src)).unwrap_or_default();
        let lower = src.get(..8).unwrap_or(&src).to_ascii_lowercase();
        if lower.starts_with("http") || lower.starts_with("//") {
            self.html.remote_images += 1;
        }
        let (alt, invisible) = output::visible_text(&alt.unwrap_or_default());
        self.html.invisible_characters += invisible;
        let alt = alt.trim();
        if alt.is_empty() || self.open.last().is_some_and(|open| open.is_dropped) {
            return;
        }
        if let Some(anchor) = &mut self.anchor {
            let room = MAX_SHOWN.saturating_sub(anchor.shown.chars().count());
            anchor.shown.extend(alt.chars().take(room));
        }
        let is_hidden = self.open.last().is_some_and(|open| open.is_hidden);
        self.output.text(&format!("[{alt}]"), is_hidden, false);
    }

    fn layout(&mut self, name: &str) {
        match name {
            "br" => self.output.forced_line(),
            "hr" => {
                self.output.line();
                self.output.text("----", false, false);
                self.output.line();
            }
            "li" => {
                self.output.line();
                self.output.text("- ", false, true);
            }
            name if BLOCKS.contains(&name) => self.output.line(),
            name if PARAGRAPHS.contains(&name) => self.output.paragraph(),
            _ => {}
        }
    }

    /// Closes what browsers close without an end tag.
    fn close_implied(&mut self, name: &str) {
        let Some(last) = self.open.last() else {
            return;
        };
        let closes = match last.name.as_str() {
            "p" => BLOCKS.contains(&name) || PARAGRAPHS.contains(&name),
            "li" => name == "li",
            "td" | "th" => matches!(name, "td" | "th" | "tr"),
            "tr" => name == "tr",
            "option" => name == "option",
            "dt" | "dd" => matches!(name, "dt" | "dd"),
            "head" => name == "body",
            _ => false,
        };
        if closes {
            if matches!(last.name.as_str(), "td" | "th") {
                self.output.cell();
            }
            self.open.pop();
        }
    }

    fn link_from(&mut self, kind: LinkKind, shown: &str, target: Option<String>) {
        let Some(target) = target.filter(|target| !target.trim().is_empty()) else {
            return;
        };
        let target = self.resolve(&target);
        self.count_script(&target);
        let (shown, _) = output::visible_text(crate::cut_at(shown, MAX_SHOWN));
        self.output.target(shown.trim(), &target);
        self.add_link(Link::new(kind, shown.trim(), &target));
    }

    fn end_anchor(&mut self) {
        let Some(anchor) = self.anchor.take() else {
            return;
        };
        let shown = output::collapse(&anchor.shown);
        if !anchor.target.is_empty() {
            // The text is already out; only the target follows, unless they are the same.
            if shown != anchor.target {
                self.output.target("", &anchor.target);
            }
            self.add_link(Link::new(LinkKind::Anchor, &shown, &anchor.target));
        }
    }

    fn add_link(&mut self, link: Link) {
        if self.html.links.len() < self.limits.max_links {
            self.html.links.push(link);
        } else {
            self.left_out_links = true;
        }
    }

    fn count_script(&mut self, target: &str) {
        let lower = target.get(..11).unwrap_or(target).to_ascii_lowercase();
        if lower.starts_with("javascript:") || lower.starts_with("vbscript:") {
            self.html.scripts += 1;
        }
    }

    /// The full target of a link, `<base>` taken into account as far as it matters for where it leads.
    fn resolve(&self, href: &str) -> String {
        let href = link::clean_target(href);
        if self.base.is_empty() || href.is_empty() || href.starts_with('#') || has_scheme(&href) {
            return href;
        }
        if href.starts_with("//") {
            let scheme = self.base.split_once(':').map_or("https", |(scheme, _)| scheme);
            return format!("{scheme}:{href}");
        }
        let authority_end = self
            .base
            .find("://")
            .and_then(|at| at.checked_add(3))
            .map(|from| {
                from + self
                    .base
                    .get(from..)
                    .and_then(|rest| rest.find('/'))
                    .unwrap_or(self.base.len() - from)
            });
        let stem = match (href.starts_with('/'), authority_end) {
            (true, Some(end)) => self.base.get(..end).unwrap_or_default(),
            _ => match (self.base.rfind('/'), authority_end) {
                (Some(at), Some(end)) if at >= end => self.base.get(..=at).unwrap_or_default(),
                _ => {
                    return format!(
                        "{}/{}",
                        self.base.trim_end_matches('/'),
                        href.trim_start_matches('/')
                    );
                }
            },
        };
        format!("{stem}{href}")
    }

    fn finish(mut self, defects: &mut Vec<Defect>) -> HtmlText {
        self.end_anchor();
        if self.left_out_links {
            defects.push(Defect::LinkLimit {
                limit: self.limits.max_links,
            });
        }
        if self.output.is_full() {
            defects.push(Defect::TextLimit {
                limit: self.limits.max_text_bytes,
            });
        }
        self.html.text = self.output.finish();
        self.html
    }
}

fn has_scheme(href: &str) -> bool {
    href.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// The address in `5; url=https://...`.
fn refresh_target(content: &str) -> Option<String> {
    let at = content.to_ascii_lowercase().find("url")?;
    let rest = content
        .get(at.checked_add(3)?..)?
        .trim_start()
        .strip_prefix('=')?;
    Some(rest.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, text: &str) {
        assert_eq!(html_to_text(source, &Limits::default()).text, text, "{source}");
    }

    #[test]
    fn layout_becomes_lines() {
        check("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree");
        check("<div>a</div><div>b  c\n d</div>", "a\nb c d");
        check("<ul><li>a<li>b</ul>c", "- a\n- b\nc");
        check("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a  b\nc");
        check("<pre>a\n  b</pre>", "a\n  b");
        check("a&nbsp;&amp;&#x3042;", "a &あ");
        check(
            "<title>T</title><style>x{}</style><script>y</script><!-- z -->b",
            "b",
        );
    }

    #[test]
    fn links_show_where_they_lead() {
        check(
            "<a href='https://evil.example/x'>https://bank.example/</a>!",
            "https://bank.example/ <https://evil.example/x>!",
        );
        check(
            "<a href='https://a.example'>https://a.example</a>",
            "https://a.example",
        );
        check("<a href=x><img alt=Logo></a>", "[Logo] <x>");
        check(
            "<base href='https://a.example/b/c'><a href='d'>t</a> <a href='/e'>u</a>",
            "t <https://a.example/b/d> u <https://a.example/e>",
        );
        check(
            "<form action='https://evil.example/'><input type=password></form>b",
            "<https://evil.example/>\nb",
        );
        let found = html_to_text(
            "<a href='https://evil.example/x'>https://bank.example/</a>",
            &Limits::default(),
        );
        assert!(found.links[0].mismatch);
        assert_eq!(found.links[0].host.as_deref(), Some("evil.example"));
    }

    #[test]
    fn hidden_text_is_marked() {
        check("a<span style='display:none'>b</span>c", "a⟦b⟧c");
        check("<div style='font-size:0'>b <b>c</b></div>d", "⟦b c⟧\nd");
        check("<p style='color:white'>x</p>y", "⟦x⟧\n\ny");
        check("<td bgcolor=navy><font color=white>x</font></td>", "x");
        check("<div style='background:url(a.png)'><p style='color:#fff'>x", "x");
        check(
            &format!("<i hidden>{}</i>b", "x".repeat(400)),
            &format!("⟦{}…⟧b", "x".repeat(300)),
        );
        check("a⟦b⟧c", "a〚b〛c");
        let found = html_to_text("<i hidden>abc</i>d\u{200B}e", &Limits::default());
        assert_eq!(
            (
                found.hidden_characters,
                found.invisible_characters,
                found.text.as_str()
            ),
            (3, 1, "⟦abc⟧de")
        );
    }

    #[test]
    fn active_things_are_counted() {
        let found = html_to_text(
            "<body onload=x><script>1</script><a href=' javascript:x'>a</a><img src=https://t.example/1.gif><img src=cid:1>\
             <form><input type=Password></form><meta http-equiv=refresh content='0;URL=https://evil.example/'>",
            &Limits::default(),
        );
        assert_eq!(
            (
                found.scripts,
                found.remote_images,
                found.forms,
                found.password_fields
            ),
            (3, 1, 1, 1)
        );
        assert_eq!(found.links.last().unwrap().kind, LinkKind::Refresh);
        assert_eq!(found.links.last().unwrap().target, "https://evil.example/");
    }

    #[test]
    fn limits_hold() {
        let limits = Limits {
            max_links: 2,
            max_text_bytes: 50,
            ..Limits::default()
        };
        let mut defects = Vec::new();
        let found = convert(&"<a href=x>y</a> ".repeat(100), &limits, &mut defects);
        assert!(found.links.len() <= 2 && found.text.len() <= 50);
        assert_eq!(
            defects,
            [Defect::LinkLimit { limit: 2 }, Defect::TextLimit { limit: 50 }]
        );
        let deep = html_to_text(&"<div>".repeat(100_000), &Limits::default());
        assert_eq!(deep.text, "");
    }
}
