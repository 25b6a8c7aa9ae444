//! Finds the declared name that somebody probably meant.

/// Names longer than this are not compared: the time is quadratic in their length.
const MAX_COMPARED: usize = 64;

/// The declared name nearest to `written`, if one is near enough: few letters off, or the same without its prefix.
pub(crate) fn most_similar<'n>(written: &str, declared: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let written: Vec<char> = written
        .to_lowercase()
        .replace('-', "_")
        .chars()
        .take(MAX_COMPARED + 1)
        .collect();
    if written.len() > MAX_COMPARED {
        return None;
    }
    let allowed = (written.len() / 3).clamp(1, 3);
    declared
        .filter(|name| name.len() <= MAX_COMPARED)
        .filter_map(|name| {
            let whole = distance(&written, name);
            let last_part = name
                .rsplit_once('.')
                .map_or(whole, |(_, last)| distance(&written, last) + 1);
            let nearest = whole.min(last_part);
            (nearest <= allowed).then_some((nearest, name))
        })
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(left: &[char], right: &str) -> usize {
    let mut row: Vec<usize> = (0..=left.len()).collect();
    for (index, right_char) in right.chars().enumerate() {
        let mut diagonal = index;
        let mut previous = index + 1;
        for (cell, left_char) in row.iter_mut().skip(1).zip(left) {
            let replaced = diagonal + usize::from(*left_char != right_char);
            diagonal = *cell;
            *cell = replaced.min(previous + 1).min(diagonal + 1);
            previous = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_letters() {
        for (left, right, expect) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("重要", "重大", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(
                distance(&left.chars().collect::<Vec<_>>(), right),
                expect,
                "{left} {right}"
            );
        }
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let declared = [
            "attack_type",
            "affected_count",
            "asset.importance",
            "data.personal",
        ];
        let cases = [
            ("atack_type", Some("attack_type")),
            ("Attack-Type", Some("attack_type")),
            ("importance", Some("asset.importance")),
            ("personel", Some("data.personal")),
            ("severity", None),
            ("x", None),
        ];
        for (written, expect) in cases {
            assert_eq!(most_similar(written, declared.into_iter()), expect, "{written}");
        }
        assert_eq!(most_similar(&"a".repeat(5000), declared.into_iter()), None);
    }
}
