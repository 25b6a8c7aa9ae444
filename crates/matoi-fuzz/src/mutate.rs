//! How input is spoiled: what transport, other programs and attackers do to it.

use crate::random::Random;

/// Inputs do not grow beyond this; larger ones are the business of the tests that are about size.
const LONGEST: usize = 64 * 1024;

/// An input made from one of the corpus, by one to eight changes.
pub(crate) fn mutated(random: &mut Random, corpus: &[Vec<u8>], words: &[&[u8]]) -> Vec<u8> {
    let mut input = random.one_of(corpus).cloned().unwrap_or_default();
    for _ in 0..=random.below(8) {
        change(random, &mut input, corpus, words);
        input.truncate(LONGEST);
    }
    input
}

fn change(random: &mut Random, input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&[u8]]) {
    let at = random.below(input.len() + 1);
    match random.below(11) {
        // One bit or byte is another.
        0 => with_byte(input, at, |byte| byte ^ (1 << (at % 8))),
        1 => {
            let other = random.below(256) as u8;
            with_byte(input, at, |_| other);
        }
        // Transport stopped.
        2 => input.truncate(at),
        // Something is missing, doubled, or stands elsewhere.
        3 => {
            let end = end_of_piece(random, at, input.len());
            input.drain(at..end);
        }
        4 => {
            let piece = piece(random, input);
            for _ in 0..=random.below(4) {
                insert(input, at, &piece);
            }
        }
        5 => {
            let piece = piece(random, input);
            overwrite(input, at, &piece);
        }
        // Words that mean something to the reader.
        6 | 7 => {
            let word = random.one_of(words).copied().unwrap_or_default();
            insert(input, at, word);
        }
        8 => {
            let word = random.one_of(words).copied().unwrap_or_default();
            overwrite(input, at, word);
        }
        // Two inputs in one.
        9 => {
            let other = random
                .one_of(corpus)
                .map(|other| piece(random, other))
                .unwrap_or_default();
            insert(input, at, &other);
        }
        // Noise.
        _ => {
            let noise: Vec<u8> = (0..random.below(16)).map(|_| random.below(256) as u8).collect();
            insert(input, at, &noise);
        }
    }
}

fn with_byte(input: &mut [u8], at: usize, change: impl Fn(u8) -> u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte = change(*byte);
    }
}

fn end_of_piece(random: &mut Random, start: usize, length: usize) -> usize {
    let longest = if random.below(4) == 0 { length } else { 64 };
    (start + random.below(longest + 1)).min(length)
}

fn piece(random: &mut Random, input: &[u8]) -> Vec<u8> {
    let start = random.below(input.len() + 1);
    let end = end_of_piece(random, start, input.len());
    input.get(start..end).unwrap_or_default().to_vec()
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let at = at.min(input.len());
    input.splice(at..at, piece.iter().copied());
}

fn overwrite(input: &mut [u8], at: usize, piece: &[u8]) {
    for (byte, new) in input.iter_mut().skip(at).zip(piece) {
        *byte = *new;
    }
}
