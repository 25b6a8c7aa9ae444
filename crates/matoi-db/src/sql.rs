//! Statements put together from static pieces: filters that depend on what the caller asked for.

use std::fmt::Write as _;

use crate::Value;

/// A statement made of pieces that are all written in the program; input only ever becomes a bound [`Value`].
///
/// Write `?` where a value goes: it is numbered as `$1`, `$2`, ... in the order of pieces.
///
/// ```text
/// let mut sql = Sql::new("SELECT id FROM report WHERE 1 = 1");
/// if let Some(state) = filter.state { sql.push(" AND state = ?", [v(state)]); }
/// sql.push(" ORDER BY id DESC LIMIT ?", [v(51)]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Begins a statement with a piece that binds nothing.
    #[must_use]
    pub fn new(piece: &'static str) -> Self {
        let mut sql = Self::default();
        sql.push(piece, []);
        sql
    }

    /// Appends a piece with the values of its `?`s, in order. A `?` too many or too few is a defect that shows
    /// as a database error on the first use, in any test that runs the statement.
    pub fn push(&mut self, piece: &'static str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        let mut values = values.into_iter();
        let mut pieces = piece.split('?');
        if let Some(first) = pieces.next() {
            self.text.push_str(first);
        }
        for rest in pieces {
            if let Some(value) = values.next() {
                self.values.push(value);
            }
            let _ = write!(self.text, "${}{rest}", self.values.len());
        }
        self.values.extend(values);
        self
    }

    /// Appends ` IN ($n, …)` for a list, or a condition that is never true when the list is empty.
    pub fn push_in(&mut self, column: &'static str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        let mut any = false;
        self.text.push(' ');
        for value in values {
            self.text.push_str(if any { ", " } else { column });
            if !any {
                self.text.push_str(" IN (");
            }
            any = true;
            self.values.push(value);
            let _ = write!(self.text, "${}", self.values.len());
        }
        self.text.push_str(if any { ")" } else { "1 = 0" });
        self
    }

    /// Appends names of tables or columns that the database itself gave, quoted.
    pub(crate) fn push_names(&mut self, names: &[&str]) -> &mut Self {
        for (n, name) in names.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            let _ = write!(self.text, "{comma}\"{}\"", name.replace('"', "\"\""));
        }
        self
    }

    /// Appends one row of an `INSERT`: `($n, …)`.
    pub(crate) fn push_row(&mut self, before: &'static str, values: Vec<Value>) {
        self.text.push_str(before);
        for (n, value) in values.into_iter().enumerate() {
            self.values.push(value);
            let _ = write!(
                self.text,
                "{}${}",
                if n == 0 { "(" } else { ", " },
                self.values.len()
            );
        }
        self.text.push(')');
    }

    /// Appends another statement's text and values, renumbered.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        let offset = self.values.len();
        let mut rest = other.text.as_str();
        while let Some(at) = rest.find('$') {
            let (before, after) = rest.split_at(at);
            self.text.push_str(before);
            let digits = after[1..].chars().take_while(char::is_ascii_digit).count();
            let (number, tail) = after[1..].split_at(digits);
            let _ = write!(self.text, "${}", number.parse::<usize>().unwrap_or(0) + offset);
            rest = tail;
        }
        self.text.push_str(rest);
        self.values.extend(other.values.iter().cloned());
        self
    }

    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        (self.text, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v;

    #[test]
    fn pieces_are_numbered_in_order() {
        let mut sql = Sql::new("SELECT 1 WHERE a = 1");
        sql.push(" AND b = ? AND c > ?", [v("x"), v(2)]);
        sql.push_in(" AND d", [v(3), v(4)]);
        let mut outer = Sql::new("SELECT * FROM t WHERE z = ");
        outer
            .push("?", [v("first")])
            .push(" AND EXISTS (", [])
            .append(&sql)
            .push(")", []);
        let (text, values) = outer.into_parts();
        assert_eq!(
            text,
            "SELECT * FROM t WHERE z = $1 AND EXISTS (SELECT 1 WHERE a = 1 AND b = $2 AND c > $3  AND d IN ($4, $5))"
        );
        assert_eq!(values.len(), 5);
    }

    #[test]
    fn rows_are_written_one_after_the_other() {
        let mut sql = Sql::new("INSERT INTO t (a, b)");
        sql.push_row(" VALUES ", vec![v(1), v("x")]);
        sql.push_row(", ", vec![v(2), v("y")]);
        let (text, values) = sql.into_parts();
        assert_eq!(text, "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)");
        assert_eq!(values.len(), 4);
    }

    #[test]
    fn an_empty_list_matches_nothing() {
        let mut sql = Sql::new("SELECT 1 WHERE");
        sql.push_in("a", []);
        assert_eq!(sql.into_parts().0, "SELECT 1 WHERE 1 = 0");
    }
}
