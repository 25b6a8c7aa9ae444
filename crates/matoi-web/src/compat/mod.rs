//! Doors that other tools already speak: what was set up to feed TheHive or DFIR-IRIS feeds Matoi when its address is changed.
//!
//! They are thin: a foreign form is translated, a service of the core is called, the answer is translated back. Permissions,
//! need-to-know and limits are those of our own API. What is supported and what is not stands in `docs/compat.md`; what is not
//! is refused in the tool's own words, never taken silently.

pub mod iris;
mod number;
pub mod thehive;
mod values;
