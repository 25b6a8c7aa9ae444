//! The records of a backup: a letter, the length of what follows as eight bytes (little-endian), and that many bytes.
//!
//! ```text
//! L label   T table, then R rows (lists of values) ...   F file, then D its encrypted bytes ...   E sums
//! ```
//!
//! What is read was authenticated by the encryption around it; lengths are bounded all the same.

use std::io::{Read, Write};

use matoi_blob::format::{DecryptingReader, EncryptingWriter};
use matoi_db::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::failure::{Exit, Failure, Outcome};

/// The longest record that is held in memory, in bytes.
const MOST_JSON: u64 = 1 << 30;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The label.
    Label = b'L',
    /// A table begins.
    Table = b'T',
    /// Rows of it.
    Rows = b'R',
    /// A stored file begins.
    File = b'F',
    /// Its encrypted bytes.
    Data = b'D',
    /// The sums.
    End = b'E',
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Label,
        Self::Table,
        Self::Rows,
        Self::File,
        Self::Data,
        Self::End,
    ];

    const fn letter(self) -> u8 {
        self as u8
    }
}

/// Writes records.
#[derive(Debug)]
pub struct Records<W>(EncryptingWriter<W>);

impl<W: Write> Records<W> {
    /// Writes into an encrypted stream.
    pub const fn new(stream: EncryptingWriter<W>) -> Self {
        Self(stream)
    }

    /// Writes a record of JSON.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn json(&mut self, kind: Kind, value: &impl Serialize) -> Outcome {
        let bytes =
            serde_json::to_vec(value).map_err(|error| Failure::of("the backup cannot be written", &error))?;
        self.head(kind, bytes.len() as u64)?;
        self.push(&bytes)
    }

    /// Writes a record of `length` bytes.
    ///
    /// # Errors
    /// When they cannot be read or written, or are not so many.
    pub fn data(&mut self, length: u64, bytes: &mut dyn Read) -> Outcome {
        self.head(Kind::Data, length)?;
        let before = self.0.len();
        self.0.push_all(&mut bytes.take(length)).map_err(failed)?;
        if self.0.len() - before == length {
            return Ok(());
        }
        Err(Failure::told(
            Exit::Failed,
            "a stored file changed while it was read",
        ))
    }

    /// Ends the stream and gives what it was written into.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Outcome<W> {
        self.0.finish().map(|(_, sink)| sink).map_err(failed)
    }

    fn head(&mut self, kind: Kind, length: u64) -> Outcome {
        self.push(&[kind.letter()])?;
        self.push(&length.to_le_bytes())
    }

    fn push(&mut self, bytes: &[u8]) -> Outcome {
        self.0.push(bytes).map_err(failed)
    }
}

/// A record whose bytes are still to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub kind: Kind,
    /// How many bytes it has.
    pub length: u64,
}

/// Reads records.
#[derive(Debug)]
pub struct RecordReader<R>(DecryptingReader<R>);

impl<R: Read> RecordReader<R> {
    /// Reads from an encrypted stream.
    pub const fn new(stream: DecryptingReader<R>) -> Self {
        Self(stream)
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// When the stream is damaged or cut short, or no record stands here.
    pub fn next_record(&mut self) -> Outcome<Option<Record>> {
        let mut letter = [0];
        if self.0.read(&mut letter).map_err(unreadable)? == 0 {
            return Ok(None);
        }
        let mut length = [0; 8];
        self.0.read_exact(&mut length).map_err(unreadable)?;
        let [letter] = letter;
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.letter() == letter)
            .ok_or_else(|| wrong("a record of an unknown kind"))?;
        Ok(Some(Record {
            kind,
            length: u64::from_le_bytes(length),
        }))
    }

    /// The JSON of a record.
    ///
    /// # Errors
    /// When it is not what was expected.
    pub fn json<T: DeserializeOwned>(&mut self, record: Record) -> Outcome<T> {
        if record.length > MOST_JSON {
            return Err(wrong("a record that is too long"));
        }
        let mut bytes = Vec::new();
        self.data(record).read_to_end(&mut bytes).map_err(unreadable)?;
        serde_json::from_slice(&bytes).map_err(|error| wrong(&error.to_string()))
    }

    /// The bytes of a record; all of them have to be read.
    pub fn data(&mut self, record: Record) -> impl Read + use<'_, R> {
        (&mut self.0).take(record.length)
    }
}

/// A row as JSON.
#[must_use]
pub fn row_to_json(row: Vec<Value>) -> Json {
    let values = row.into_iter().map(|value| match value {
        Value::Text(text) => Json::from(text),
        Value::Int(number) => Json::from(number),
    });
    Json::Array(values.collect())
}

/// A row from JSON, given which of its columns hold whole numbers.
///
/// # Errors
/// When it does not fit the columns.
pub fn row_from_json(row: Vec<Json>, are_numbers: &[bool]) -> Outcome<Vec<Value>> {
    if row.len() != are_numbers.len() {
        return Err(wrong("a row with another number of columns than its table"));
    }
    row.into_iter()
        .zip(are_numbers)
        .map(|(value, is_number)| match (value, is_number) {
            (Json::Null, true) => Ok(Value::Int(None)),
            (Json::Null, false) => Ok(Value::Text(None)),
            (Json::String(text), false) => Ok(Value::Text(Some(text))),
            (Json::Number(number), true) => match number.as_i64() {
                Some(number) => Ok(Value::Int(Some(number))),
                None => Err(wrong("a number that is too large")),
            },
            _ => Err(wrong("a value of another kind than its column")),
        })
        .collect()
}

/// A backup that is not what it should be.
#[must_use]
pub fn wrong(what: &str) -> Failure {
    Failure::told(Exit::Faults, format!("the backup is not whole: {what}"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: matoi_blob::BlobError) -> Failure {
    Failure::of("the backup cannot be written", &error)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unreadable(error: std::io::Error) -> Failure {
    wrong(&crate::failure::causes(&error))
}

#[cfg(test)]
mod tests {
    use matoi_db::v;
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let row = vec![
            v("髙﨑\u{0}\n"),
            v(None::<String>),
            v(i64::MIN),
            v(None::<i64>),
            v(i64::MAX),
        ];
        let kinds = [false, false, true, true, true];
        let Json::Array(written) = row_to_json(row.clone()) else {
            panic!("a list");
        };
        let text = serde_json::to_string(&written).unwrap();
        let read = serde_json::from_str(&text).unwrap();
        assert_eq!(row_from_json(read, &kinds).unwrap(), row);
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        for (row, kinds) in [
            (json!([1]), vec![false]),
            (json!(["1"]), vec![true]),
            (json!([1.5]), vec![true]),
            (json!([1, 2]), vec![true]),
            (json!([[1]]), vec![true]),
        ] {
            let Json::Array(values) = row else {
                panic!("a list")
            };
            assert!(row_from_json(values, &kinds).is_err());
        }
    }
}
