//! Lower-case hexadecimal, for the text files and ids of this crate.

use zeroize::Zeroize;

/// Writes two lower-case digits for each byte. The caller wipes the text if the bytes were secret.
pub(crate) fn encode(bytes: &[u8]) -> String {
    // Reserved at once, so that growing leaves no copy of a secret behind.
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text
}

/// Reads exactly `N` bytes from `2 * N` digits of either case; `None` for anything else.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    match decode_into(text, &mut bytes) {
        Some(()) => Some(bytes),
        None => {
            bytes.zeroize();
            None
        }
    }
}

/// Reads bytes from an even number of digits of either case; `None` for anything else.
pub(crate) fn decode_all(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 2];
    decode_into(text, &mut bytes)?;
    Some(bytes)
}

fn decode_into(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digits = text.as_bytes();
    if digits.len() != bytes.len().checked_mul(2)? {
        return None;
    }
    for (pair, byte) in digits.chunks_exact(2).zip(bytes) {
        let [high, low] = pair else { return None };
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(())
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_the_round_trip() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode_all(&encode(&all)), Some(all.clone()));
        assert_eq!(decode_all(&encode(&all).to_uppercase()), Some(all));
    }

    #[test]
    fn what_is_no_hexadecimal_is_refused() {
        assert_eq!(decode::<2>("12345"), None);
        assert_eq!(decode::<2>("123"), None);
        assert_eq!(decode::<2>("12g4"), None);
        assert_eq!(decode::<2>("１２"), None);
        assert_eq!(decode::<0>(""), Some([]));
        assert_eq!(decode_all("123"), None);
    }
}
