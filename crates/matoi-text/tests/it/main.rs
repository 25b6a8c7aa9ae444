//! The crate as its users see it, beside naive definitions and real full-text engines.

#[cfg(test)]
mod engines;
#[cfg(test)]
mod observables;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod real;
#[cfg(test)]
mod samples;
