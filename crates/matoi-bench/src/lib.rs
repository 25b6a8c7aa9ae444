//! Development only: a large, realistic organisation on demand, and the measurement of a running server on it.

pub mod generate;
pub mod random;
pub mod run;
