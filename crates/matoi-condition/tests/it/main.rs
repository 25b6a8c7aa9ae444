//! Tests of the condition language and of decision tables, through their public surface.

#[cfg(test)]
mod documentation;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod language;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod support;
#[cfg(test)]
mod table_properties;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod traces;

#[cfg(test)]
use support::{parse, vocabulary};
