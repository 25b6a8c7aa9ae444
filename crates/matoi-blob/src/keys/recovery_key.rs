//! The recovery key: what is written on paper.
//!
//! 160 random bits in nine groups of five characters of Crockford's base32 (no I, L, O, U):
//! `1CR5V-AYMZS-...-EKD0F`. The first eight groups carry 20 bits each, the ninth the first 20 bits of the SHA-256 of
//! the key. The fifth character of each group is a check over the four before it and the group's place, so that
//! a slip of the pen is found, with the number of its group: any one wrong character, any two neighbours
//! exchanged, any two groups exchanged. What slips through (one slip in 32 where several characters of a group are
//! wrong) is found by the ninth group, but for one in a million.
//!
//! The check is a weighted sum in the field of 32 elements. Characters have the values 0 to 31 as elements; with
//! `a` a generator (`a^5 = a^2 + 1`), the characters c1 to c5 of group number `g` (from 1) fulfil
//! `c1 a^4 + c2 a^3 + c3 a^2 + c4 a + c5 = g`.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::random::random_array;
use crate::secret::Secret;
use crate::{FillRandom, RandomError};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KEY_LEN: usize = 20;
const GROUP_COUNT: usize = 9;
const GROUP_LEN: usize = 5;

/// The key that opens the recovery file. Shown once; wiped when dropped; debug output does not show it.
#[derive(Clone, Debug)]
pub struct RecoveryKey(Secret<KEY_LEN>);

impl RecoveryKey {
    /// A new key.
    ///
    /// # Errors
    /// Where no random bytes can be had.
    pub fn generate(random: &dyn FillRandom) -> Result<Self, RandomError> {
        Ok(Self(Secret::new(random_array(random)?)))
    }

    /// The nine groups with hyphens between them, for a person to write down.
    pub fn to_written_form(&self) -> Zeroizing<String> {
        let check = checksum(self.0.bytes());
        let mut text = Zeroizing::new(String::with_capacity(GROUP_COUNT * (GROUP_LEN + 1)));
        for (place, group) in self
            .0
            .bytes()
            .chunks(5)
            .flat_map(halves)
            .chain([check])
            .enumerate()
        {
            if place > 0 {
                text.push('-');
            }
            for digit in with_check_digit(place, group) {
                text.extend(ALPHABET.get(usize::from(digit)).copied().map(char::from));
            }
        }
        text
    }

    /// Reads what a person typed. Takes any text.
    ///
    /// Case does not matter; O is read as 0, I and L as 1; full-width letters and digits, and hyphens or spaces of
    /// any kind between groups, are accepted. Groups may be run together if all are.
    ///
    /// # Errors
    /// Name the groups to look at again, counted from 1.
    pub fn parse(text: &str) -> Result<Self, RecoveryKeyError> {
        let groups = split_into_groups(text)?;
        let mut wrong = Vec::new();
        let mut values = Zeroizing::new([0_u32; GROUP_COUNT]);
        for (place, (group, value)) in groups.iter().zip(values.iter_mut()).enumerate() {
            *value = group
                .iter()
                .take(4)
                .fold(0, |bits, digit| bits << 5 | u32::from(*digit));
            if syndrome(group) != expected_syndrome(place) {
                wrong.push(place + 1);
            }
        }
        if !wrong.is_empty() {
            return Err(RecoveryKeyError::WrongGroups { groups: wrong });
        }
        let mut bytes = [0; KEY_LEN];
        let (key_groups, _check) = values.split_at_checked(GROUP_COUNT - 1).unwrap_or_default();
        for (pair, five) in key_groups.chunks(2).zip(bytes.chunks_mut(5)) {
            let mut both = pair
                .iter()
                .fold(0_u64, |bits, group| bits << 20 | u64::from(*group));
            for byte in five.iter_mut().rev() {
                *byte = (both & 0xff) as u8;
                both >>= 8;
            }
        }
        let key = Self(Secret::new(bytes));
        bytes.zeroize();
        if values.last() != Some(&checksum(key.0.bytes())) {
            return Err(RecoveryKeyError::WrongSomewhere);
        }
        Ok(key)
    }

    /// The key that seals the recovery file with this salt.
    pub(super) fn sealing_key(&self, salt: &[u8; 32]) -> Secret<32> {
        Secret::derive(salt, self.0.bytes(), b"matoi recovery file 1")
    }
}

/// Why what was typed is no recovery key. Groups are counted from 1; no message repeats what was typed
/// but for one character that is in no recovery key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryKeyError {
    /// There are not nine groups.
    #[error("a recovery key has {GROUP_COUNT} groups, not {found}")]
    GroupCount {
        /// The number of groups found.
        found: usize,
    },
    /// A group is too short or too long.
    #[error("group {group} has {found} characters instead of {GROUP_LEN}")]
    GroupLength {
        /// Number of the group.
        group: usize,
        /// Its number of characters.
        found: usize,
    },
    /// A character that no recovery key contains.
    #[error("group {group} contains {character:?}, which no recovery key does")]
    Character {
        /// Number of the group.
        group: usize,
        /// The character.
        character: char,
    },
    /// The check character of these groups does not fit: a slip in them, or they stand in another order.
    #[error("mistyped: look at {} again", group_names(groups))]
    WrongGroups {
        /// Numbers of the groups.
        groups: Vec<usize>,
    },
    /// Each group fits, yet not all together.
    #[error("mistyped, but it cannot be told in which group")]
    WrongSomewhere,
}

fn group_names(groups: &[usize]) -> String {
    let numbers: Vec<String> = groups.iter().map(usize::to_string).collect();
    format!(
        "group{} {}",
        if groups.len() == 1 { "" } else { "s" },
        numbers.join(", ")
    )
}

/// The 40 bits of five bytes as two groups of 20.
fn halves(five: &[u8]) -> [u32; 2] {
    let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    [(bits >> 20) as u32 & 0xf_ffff, bits as u32 & 0xf_ffff]
}

fn checksum(key: &[u8]) -> u32 {
    let digest = Sha256::digest(key);
    digest
        .iter()
        .take(4)
        .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
        >> 12
}

fn with_check_digit(place: usize, group: u32) -> [u8; GROUP_LEN] {
    let digit = |shift: u32| (group >> shift & 31) as u8;
    let without = [digit(15), digit(10), digit(5), digit(0), 0];
    let [c1, c2, c3, c4, _] = without;
    [c1, c2, c3, c4, syndrome(&without) ^ expected_syndrome(place)]
}

/// `c1 a^4 + c2 a^3 + c3 a^2 + c4 a + c5` by Horner's rule.
fn syndrome(group: &[u8; GROUP_LEN]) -> u8 {
    group.iter().fold(0, |sum, digit| times_generator(sum) ^ digit)
}

fn times_generator(element: u8) -> u8 {
    let doubled = element << 1;
    if doubled & 32 == 0 {
        doubled
    } else {
        (doubled ^ 0b10_0101) & 31
    }
}

fn expected_syndrome(place: usize) -> u8 {
    (place as u8 + 1) & 31
}

fn split_into_groups(text: &str) -> Result<[Zeroizing<[u8; GROUP_LEN]>; GROUP_COUNT], RecoveryKeyError> {
    let mut typed: Vec<Zeroizing<Vec<char>>> = text
        .split(is_separator)
        .filter(|group| !group.is_empty())
        .map(|group| Zeroizing::new(group.chars().collect()))
        .collect();
    if let [together] = typed.as_slice()
        && together.len() > GROUP_LEN
    {
        typed = together
            .chunks(GROUP_LEN)
            .map(|group| Zeroizing::new(group.to_vec()))
            .collect();
    }
    if typed.len() != GROUP_COUNT {
        return Err(RecoveryKeyError::GroupCount { found: typed.len() });
    }
    let mut groups: [Zeroizing<[u8; GROUP_LEN]>; GROUP_COUNT] = Default::default();
    for (number, (characters, group)) in (1..).zip(typed.iter().zip(groups.iter_mut())) {
        for (position, character) in characters.iter().enumerate() {
            let Some(digit) = digit_of(*character) else {
                return Err(RecoveryKeyError::Character {
                    group: number,
                    character: *character,
                });
            };
            if let Some(place) = group.get_mut(position) {
                *place = digit;
            }
        }
        if characters.len() != GROUP_LEN {
            return Err(RecoveryKeyError::GroupLength {
                group: number,
                found: characters.len(),
            });
        }
    }
    Ok(groups)
}

/// White space (the ideographic space too), and everything that an input method makes of a hyphen.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '_' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2212}'
                    | '\u{30fb}'
                    | '\u{30fc}'
                    | '\u{ff0d}'
                    | '\u{ff70}'
                    | '\u{200b}'
                    | '\u{feff}'
        )
}

fn digit_of(character: char) -> Option<u8> {
    // Full-width forms stand at a fixed distance from ASCII.
    let narrow = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0)?,
        other => other,
    };
    let letter = match narrow.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|known| char::from(*known) == letter)
        .and_then(|position| u8::try_from(position).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(seed: u8) -> String {
        let bytes: [u8; KEY_LEN] =
            std::array::from_fn(|index| (index as u8).wrapping_mul(37).wrapping_add(seed));
        RecoveryKey(Secret::new(bytes)).to_written_form().to_string()
    }

    fn wrong_groups(text: &str) -> Vec<usize> {
        match RecoveryKey::parse(text).unwrap_err() {
            RecoveryKeyError::WrongGroups { groups } => groups,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_written_key_of_version_1_can_still_be_read() {
        let text = written(11);
        assert_eq!(text, "1CR5V-AYMZS-RKMG9-WCTRA-FPHCS-FV0HC-6SDRT-19EAK-EKD0F");
        assert_eq!(*RecoveryKey::parse(&text).unwrap().to_written_form(), text);
    }

    #[test]
    fn what_people_type_is_accepted() {
        let text = written(11);
        let full_width: String = text
            .chars()
            .map(|c| {
                if c == '-' {
                    'ー'
                } else {
                    char::from_u32(u32::from(c) + 0xfee0).unwrap()
                }
            })
            .collect();
        let loose = text
            .to_lowercase()
            .replace('0', "o")
            .replace('1', "l")
            .replace('-', " \u{3000}\n");
        for typed in [
            text.replace('-', ""),
            text.replace('-', "–"),
            full_width,
            loose,
            format!("  {text}\n"),
        ] {
            assert_eq!(
                *RecoveryKey::parse(&typed).unwrap().to_written_form(),
                text,
                "{typed}"
            );
        }
    }

    #[test]
    fn any_one_wrong_character_names_its_group() {
        let text = written(5);
        for (at, right) in text.char_indices().filter(|(_, c)| *c != '-') {
            for wrong in ALPHABET.iter().map(|c| char::from(*c)).filter(|c| *c != right) {
                let mut typed = text.clone();
                typed.replace_range(at..=at, &wrong.to_string());
                assert_eq!(wrong_groups(&typed), [at / 6 + 1], "{typed}");
            }
        }
    }

    #[test]
    fn neighbours_and_groups_exchanged_are_found() {
        let text = written(5);
        let bytes = text.as_bytes();
        for at in (0..bytes.len() - 1).filter(|at| bytes[*at] != bytes[at + 1] && at % 6 < 4) {
            let mut typed = bytes.to_vec();
            typed.swap(at, at + 1);
            assert_eq!(wrong_groups(&String::from_utf8(typed).unwrap()), [at / 6 + 1]);
        }
        let groups: Vec<&str> = text.split('-').collect();
        for one in 0..GROUP_COUNT {
            for other in one + 1..GROUP_COUNT {
                let mut typed = groups.clone();
                typed.swap(one, other);
                assert_eq!(wrong_groups(&typed.join("-")), [one + 1, other + 1]);
            }
        }
    }

    #[test]
    fn the_ninth_group_finds_what_fits_its_own_group() {
        let mut groups: Vec<String> = written(5).split('-').map(String::from).collect();
        groups[2] = with_check_digit(2, 12_345)
            .iter()
            .map(|digit| char::from(ALPHABET[usize::from(*digit)]))
            .collect();
        assert_eq!(
            RecoveryKey::parse(&groups.join("-")).unwrap_err(),
            RecoveryKeyError::WrongSomewhere
        );
    }

    #[test]
    fn missing_and_strange_characters_are_named() {
        let text = written(5);
        let check = |typed: &str, message: &str| {
            assert_eq!(RecoveryKey::parse(typed).unwrap_err().to_string(), message);
        };
        check("", "a recovery key has 9 groups, not 0");
        check(&text[..text.len() - 6], "a recovery key has 9 groups, not 8");
        check(&text[..text.len() - 1], "group 9 has 4 characters instead of 5");
        check(&format!("{text}A"), "group 9 has 6 characters instead of 5");
        check(
            &text.replacen(&text[6..7], "U", 1),
            "group 2 contains 'U', which no recovery key does",
        );
        let (first, second) = (&text[..5], &text[6..11]);
        check(
            &text.replacen(first, second, 1),
            "mistyped: look at group 1 again",
        );
        let shuffled = format!("{second}-{first}{}", &text[11..]);
        check(&shuffled, "mistyped: look at groups 1, 2 again");
    }

    proptest! {
        #[test]
        fn every_key_survives_being_written_down(bytes in any::<[u8; KEY_LEN]>()) {
            let text = RecoveryKey(Secret::new(bytes)).to_written_form();
            prop_assert_eq!(text.len(), 53);
            let read = RecoveryKey::parse(&text).unwrap();
            prop_assert_eq!(read.0.bytes(), &bytes);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}|([0-9A-Z]{4,6}[- ]){8,10}") {
            let _read_or_refused = RecoveryKey::parse(&text);
        }
    }
}
