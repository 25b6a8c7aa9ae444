//! Paging by key: a page begins after the last row of the one before, so that nothing is skipped or shown twice
//! when rows come in between, and the thousandth page costs what the first does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Error, Message, Result};

/// How many rows a page has when nobody says.
pub const DEFAULT_LIMIT: u32 = 50;
/// How many rows a page may have.
pub const MAX_LIMIT: u32 = 200;

/// Where a page begins: the sort key and the identifier of the row before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Which order it was made for; a cursor of one order is refused by another.
    pub order: String,
    /// The sort key of the last row.
    pub key: i64,
    /// Its identifier, which breaks ties.
    pub id: String,
}

impl Cursor {
    /// The opaque text for links and the API.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}\n{}\n{}", self.order, self.key, self.id))
    }

    /// Reads the opaque text back.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/cursor` when it is not one of ours or of another order.
    pub fn decode(text: &str, order: &str) -> Result<Self> {
        let bad = || Error::field("/cursor", Message::new("error-cursor"));
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let text = String::from_utf8(bytes).map_err(|_| bad())?;
        let mut parts = text.splitn(3, '\n');
        let (Some(made_for), Some(key), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad());
        };
        if made_for != order || id.len() > 64 {
            return Err(bad());
        }
        let key = key.parse().map_err(|_| bad())?;
        Ok(Self {
            order: made_for.to_owned(),
            key,
            id: id.to_owned(),
        })
    }
}

/// Which page is wanted.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// The text of the cursor, none for the first page.
    pub cursor: Option<String>,
    /// Rows, 1 to [`MAX_LIMIT`].
    pub limit: Option<u32>,
}

impl PageRequest {
    /// The number of rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/limit` when it is out of range.
    pub fn rows(&self) -> Result<u32> {
        match self.limit {
            None => Ok(DEFAULT_LIMIT),
            Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
            Some(_) => Err(Error::field(
                "/limit",
                Message::new("error-limit").with("max", i64::from(MAX_LIMIT)),
            )),
        }
    }

    /// The cursor, read for this order.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/cursor`.
    pub fn after(&self, order: &str) -> Result<Option<Cursor>> {
        self.cursor
            .as_deref()
            .map(|text| Cursor::decode(text, order))
            .transpose()
    }
}

/// One page of rows.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The cursor of the next page, none at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts what was read (one row more than asked for) to a page. `key` gives sort key and identifier of a row.
    pub fn cut(mut items: Vec<T>, limit: u32, order: &str, key: impl Fn(&T) -> (i64, String)) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| {
            let (key, id) = key(last);
            Cursor {
                order: order.to_owned(),
                key,
                id,
            }
            .encode()
        });
        Self { items, next }
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
