//! Tests of the crate from outside: what goes in as data and templates and what comes out as files.

#[cfg(test)]
mod docx;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod markdown;
#[cfg(test)]
mod pdf;
#[cfg(test)]
mod request;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sheet;
#[cfg(test)]
mod support;
#[cfg(test)]
mod template;
