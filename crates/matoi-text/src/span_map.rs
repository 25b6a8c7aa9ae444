//! Where each piece of a derived text came from in the original.
//!
//! Folding and refanging write a new text. Both must be able to say which bytes of the original a
//! find in the new text stands for, so that people are shown what they wrote themselves.

use std::ops::Range;

/// Pieces of a derived text in order, each with the piece of the original that it stands for.
///
/// Invariant: the pieces cover both texts without a gap, in the same order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SpanMap {
    pieces: Vec<Piece>,
    derived_len: usize,
    original_len: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    derived: usize,
    original: usize,
    /// Byte n of the derived piece is byte n of the original piece; otherwise the piece is one whole.
    linear: bool,
}

impl SpanMap {
    /// Notes that what follows at `derived` is a byte for byte copy of what follows at `original`.
    pub(crate) fn begin_linear(&mut self, derived: usize, original: usize) {
        let continues = self.pieces.last().is_some_and(|last| {
            last.linear && derived.checked_sub(last.derived) == original.checked_sub(last.original)
        });
        if !continues {
            self.pieces.push(Piece {
                derived,
                original,
                linear: true,
            });
        }
    }

    /// Notes that what follows at `derived` stands for what follows at `original` as a whole.
    pub(crate) fn begin_block(&mut self, derived: usize, original: usize) {
        self.pieces.push(Piece {
            derived,
            original,
            linear: false,
        });
    }

    /// Notes where both texts end.
    pub(crate) fn finish(&mut self, derived_len: usize, original_len: usize) {
        self.derived_len = derived_len;
        self.original_len = original_len;
    }

    /// The bytes of the original that the bytes `range` of the derived text stand for.
    ///
    /// Positions past the end are taken as the end. Positions inside a piece that was replaced as a
    /// whole are widened to that whole piece.
    pub(crate) fn original_range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.original_start(range.start);
        if range.end <= range.start {
            return start..start;
        }
        start..self.original_end(range.end).max(start)
    }

    fn original_start(&self, derived: usize) -> usize {
        if derived >= self.derived_len {
            return self.original_len;
        }
        let after = self.pieces.partition_point(|piece| piece.derived <= derived);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(piece) if piece.linear => piece.original + (derived - piece.derived),
            Some(piece) => piece.original,
            None => 0,
        }
    }

    fn original_end(&self, derived_end: usize) -> usize {
        if derived_end > self.derived_len {
            return self.original_len;
        }
        let after = self.pieces.partition_point(|piece| piece.derived < derived_end);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(piece) if piece.linear => piece.original + (derived_end - piece.derived),
            Some(_) => self
                .pieces
                .get(after)
                .map_or(self.original_len, |next| next.original),
            None => 0,
        }
    }
}
