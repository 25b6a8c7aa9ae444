//! Whole mails: fixtures, hostile mails made on the spot, other implementations, properties.

// The modules are marked as tests, which they are, so that the lints for tests apply to their helpers too.
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mail_parser_differential;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod python_differential;
#[cfg(test)]
mod support;
