//! What the rooms promise, on both databases.

mod kernel;
