//! Text as people write it, in Japanese and English: found, shown and searched for technical traces.
//!
//! - [`fold`] and [`Folded`]: one spelling for what people would call the same text, with the way back.
//! - [`index_tokens`], [`chunk`](chunk()), [`fts5_document`], [`tsvector`]: the terms under which a text is found, the
//!   same on SQLite FTS5 and PostgreSQL.
//! - [`SearchQuery`]: what was typed into a search box, for both databases and for text in memory.
//! - [`highlight`](highlight()), [`snippet`], [`Highlighter`]: what was found, in the spelling of the original.
//! - [`find_observables`]: addresses, hosts, URLs, mail addresses, digests, files and CVE in running text,
//!   defanged and full-width spellings included; [`OwnNames`] and [`SpecialPurpose`] say which matter;
//!   [`defang`](defang()) and [`refang`].
//!
//! Everything is a pure function of its arguments: no I/O, no clock, no state. All of it takes any text,
//! hostile text included, without panic and in time that grows with the length of the text.

mod fold;
mod highlight;
mod observables;
mod query;
mod span_map;
mod tokens;

pub use fold::{Folded, fold};
pub use highlight::{Highlighter, Segment, Snippet, highlight, snippet};
pub use observables::{
    Observable, ObservableKind, Observables, OwnNames, OwnNamesError, ParseObservableKindError,
    SpecialPurpose, defang, find_observables, refang,
};
pub use query::{Clause, MAX_QUERY_TERMS, SearchQuery, Term, TextFilter};
pub use tokens::{
    MAX_CHUNK_TOKENS, MAX_TSVECTOR_POSITION, MAX_WORD_LEN, OVERLAP_TOKENS, Token, chunk, fts5_document,
    index_tokens, tsvector,
};
