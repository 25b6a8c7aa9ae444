//! The block model: what a document says, before it is PDF, Word or Markdown.
//!
//! Every writer reads this and nothing else, so that the formats cannot drift apart. Numbers of headings and widths of
//! columns are part of the model for the same reason: they are worked out once, in [`crate::markdown`].

use jiff::civil::Date;
use matoi_types::{Lang, Timestamp, Tlp};
use serde::{Deserialize, Serialize};

/// A whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Title, language and the like.
    pub meta: Meta,
    /// The control block (文書管理) at the top of the first page and in every header and footer.
    pub control: Option<Control>,
    /// The text.
    pub blocks: Vec<Block>,
}

/// What the document is called and who issues it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The title. A level-one heading in the template replaces it.
    pub title: String,
    /// A line under the title, such as the number and name of the case.
    #[serde(default)]
    pub subtitle: Option<String>,
    /// The organisation that issues the document.
    pub organisation: String,
    /// The language of the fixed words and of line breaking.
    pub lang: Lang,
    /// The creation time written into the file. The same request with the same time gives the same bytes.
    pub created: Timestamp,
}

/// The control block (文書管理).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// 文書番号.
    pub number: String,
    /// 版, without the word: `1.0`.
    pub version: String,
    /// 状態. A draft is marked across every page.
    pub state: DocumentState,
    /// 作成.
    #[serde(default)]
    pub prepared: Option<Signature>,
    /// 審査.
    #[serde(default)]
    pub reviewed: Option<Signature>,
    /// 承認.
    #[serde(default)]
    pub approved: Option<Signature>,
    /// 機密区分 in the words of the organisation's own scheme, such as 社外秘.
    #[serde(default)]
    pub classification: Option<String>,
    /// The TLP 2.0 label, shown in header and footer as the standard asks.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// 発行日.
    #[serde(default)]
    pub issued: Option<Date>,
    /// 配布先.
    #[serde(default)]
    pub distribution: Vec<String>,
    /// How much of this is shown.
    #[serde(default)]
    pub detail: ControlDetail,
}

/// Whether the document may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    /// 草案.
    Draft,
    /// 承認済.
    Approved,
}

/// How much of the control block the reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlDetail {
    /// Everything, with the boxes for 作成, 審査 and 承認.
    #[default]
    Full,
    /// For readers outside: number, version, date and label. No names, no distribution list.
    Public,
}

/// One of 作成, 審査, 承認.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub name: String,
    /// In which office, such as `CISO`.
    #[serde(default)]
    pub role: Option<String>,
    /// When; absent while it is still asked for.
    #[serde(default)]
    pub on: Option<Date>,
    /// Signed by a deputy for the holder of the office (代決).
    #[serde(default)]
    pub deputy: bool,
}

/// A piece of text that stands by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading {
        /// 1 to 3 are numbered and become bookmarks; 4 is a small unnumbered heading.
        level: u8,
        /// `1`, `1.1`, `1.1.1`, or empty for level 4.
        number: String,
        /// The words.
        text: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph {
        /// The words.
        text: Vec<Inline>,
    },
    /// A list.
    List {
        /// The first number, or nothing for bullets.
        start: Option<u64>,
        /// The items, each of one or more blocks.
        items: Vec<Vec<Block>>,
    },
    /// A table whose header repeats on every page it reaches.
    Table(Table),
    /// Labels with their values, in a table without header.
    KeyValues {
        /// Each row holds one or two pairs.
        rows: Vec<Vec<Pair>>,
        /// Width of the columns in thousandths of the line: key, value, key, value.
        widths: Vec<u16>,
    },
    /// A quotation or a remark that stands out.
    Callout {
        /// What kind.
        tone: Tone,
        /// What it says.
        blocks: Vec<Block>,
    },
    /// Text in a fixed-width face, line by line.
    Code {
        /// The text, without the last line feed.
        text: String,
    },
    /// A horizontal rule.
    Rule,
    /// What follows begins on a new page.
    PageBreak,
    /// A picture given with the request.
    Image {
        /// The name under which it was given.
        name: String,
        /// What it shows, for readers who cannot see it.
        alt: String,
    },
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// One for each column.
    pub columns: Vec<Column>,
    /// Header cells, as many as columns.
    pub header: Vec<Cell>,
    /// Body rows, each with as many cells as columns.
    pub rows: Vec<Vec<Cell>>,
}

/// The content of a table cell.
pub type Cell = Vec<Inline>;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// How the text stands in it.
    pub align: Align,
    /// Width in thousandths of the line; the columns of a table add up to 1000.
    pub width: u16,
}

/// How text stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge, for numbers.
    Right,
}

/// A label and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The label.
    pub key: Cell,
    /// The value.
    pub value: Cell,
}

/// What a callout is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Somebody else's words.
    Quote,
    /// A remark (補足).
    Note,
    /// What must not be overlooked (重要).
    Important,
    /// A danger (注意).
    Warning,
}

/// A run of text within a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "inline", rename_all = "snake_case")]
pub enum Inline {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// Strong emphasis.
    Strong {
        /// What is emphasised.
        content: Vec<Inline>,
    },
    /// Light emphasis.
    Emphasis {
        /// What is emphasised.
        content: Vec<Inline>,
    },
    /// Text that no longer holds.
    Strike {
        /// What is struck out.
        content: Vec<Inline>,
    },
    /// Text in a fixed-width face.
    Code {
        /// The text.
        text: String,
    },
    /// A link, to `http`, `https` or `mailto` only.
    Link {
        /// Where to.
        url: String,
        /// What the reader sees.
        content: Vec<Inline>,
    },
    /// A TLP label, shown in the standard's colours.
    Tlp {
        /// The label.
        label: Tlp,
    },
    /// A line break.
    Break,
}

impl Inline {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }
}

/// The words of some inlines without their dress; a break becomes a space.
#[must_use]
pub fn plain_text(inlines: &[Inline]) -> String {
    let mut out = String::new();
    push_plain(inlines, &mut out);
    out
}

fn push_plain(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text { text } | Inline::Code { text } => out.push_str(text),
            Inline::Strong { content }
            | Inline::Emphasis { content }
            | Inline::Strike { content }
            | Inline::Link { content, .. } => push_plain(content, out),
            Inline::Tlp { label } => out.push_str(label.as_str()),
            Inline::Break => out.push(' '),
        }
    }
}
