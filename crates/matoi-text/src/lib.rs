//! Text as people write it.
mod fold;
mod highlight;
mod query;
mod span_map;
mod tokens;

pub use fold::{Folded, fold};
pub use highlight::{Segment, Snippet, highlight, snippet};
pub use query::{Clause, MAX_QUERY_TERMS, SearchQuery, Term, TextFilter};
pub use tokens::{
    MAX_CHUNK_TOKENS, MAX_TSVECTOR_POSITION, MAX_WORD_LEN, OVERLAP_TOKENS, Token, chunk, fts5_document,
    index_tokens, tsvector,
};
