//! Checks and generators for people who work on Matoi. `cargo xtask help` lists them.

fn main() {}
