//! Texts as people and programs write them, from the word lists.

use super::words as w;
use crate::random::Random;

/// Fills the places of a sentence.
#[must_use]
pub fn fill(random: &mut Random, sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len() + 48);
    let japanese = !sentence.is_ascii();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((place, tail)) = after.split_once('}') else {
            break;
        };
        rest = tail;
        match place {
            "p" => text.push_str(&person(random, japanese)),
            "u" => text.push_str(random.pick(if japanese { w::UNITS } else { w::UNITS_EN })),
            "d" => text.push_str(&device(random)),
            "s" => text.push_str(random.pick(if japanese { w::SYSTEMS } else { w::SYSTEMS_EN })),
            "h" => text.push_str(&hostile_host(random)),
            "i" => text.push_str(&hostile_address(random)),
            "f" => text.push_str(&file_name(random)),
            "m" => text.push_str(random.pick(w::MALWARE)),
            _ => text.push_str(&random.between(2, 48).to_string()),
        }
    }
    text.push_str(rest);
    text
}

/// Somebody's name.
#[must_use]
pub fn person(random: &mut Random, japanese: bool) -> String {
    if japanese {
        format!("{} {}", random.pick(w::FAMILY), random.pick(w::GIVEN))
    } else {
        random.pick(w::FAMILY_EN).to_owned()
    }
}

/// A machine's name: a few thousand of them, a few of which are seen again and again.
#[must_use]
pub fn device(random: &mut Random) -> String {
    let kind = random.pick(&["PC", "PC", "PC", "NB", "SV", "CTL"]);
    let limit = random.pick(&[60, 600, 6000]);
    format!("{kind}-{:04}", 1000 + random.below(limit))
}

/// A host of an attacker: campaigns come again, so some are shared by many.
#[must_use]
pub fn hostile_host(random: &mut Random) -> String {
    let limit = random.pick(&[20, 400, 20_000]);
    let name = random.pick(w::HOSTS);
    format!("{name}-{}.{}", random.below(limit), random.pick(w::TOPS))
}

/// An address of an attacker, from the ranges for documentation and benchmarks.
#[must_use]
pub fn hostile_address(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("198.51.100.{}", random.below(256)),
        1 => format!("192.0.2.{}", random.below(256)),
        _ => format!(
            "198.{}.{}.{}",
            random.between(18, 19),
            random.below(64),
            random.below(256)
        ),
    }
}

/// A file's name.
#[must_use]
pub fn file_name(random: &mut Random) -> String {
    let number = random.below(400);
    format!(
        "{}_{number:03}.{}",
        random.pick(w::FILES),
        random.pick(w::EXTENSIONS)
    )
}

/// How old the text is: some words went out of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// From the first of the years.
    Early,
    /// Later.
    Late,
}

/// Several sentences, with the words whose frequency is known sprinkled in.
#[must_use]
pub fn prose(random: &mut Random, sentences: &[&str], count: u64, age: Age) -> String {
    let mut text = String::with_capacity(count as usize * 120);
    for _ in 0..count {
        let sentence = random.pick(sentences);
        text.push_str(&fill(random, sentence));
        text.push(if random.chance(300) { '\n' } else { ' ' });
    }
    sprinkle(random, &mut text, age);
    text
}

/// A pasted log, as somebody adds it to a note: long.
#[must_use]
pub fn log(random: &mut Random, lines: u64) -> String {
    let mut text = String::with_capacity(lines as usize * 110);
    for line in 0..lines {
        let (host, from) = (device(random), hostile_address(random));
        text.push_str(&format!(
            "{:02}:{:02}:{:02} {host} sshd[{}]: Failed password for svc-{} from {from} port {} ssh2\n",
            line / 3600 % 24,
            line / 60 % 60,
            line % 60,
            random.below(30_000),
            random.pick(&["maint", "backup", "scan", "print"]),
            random.between(1024, 65_535),
        ));
    }
    text
}

/// Puts the words whose frequency is known into a text.
pub fn sprinkle(random: &mut Random, text: &mut String, age: Age) {
    if random.chance(900) {
        text.push_str(w::COMMON);
        text.push_str(random.pick(&["へ共有済み。", "で対応中。", " informed.", "確認。"]));
    }
    if random.chance(50) {
        text.push_str(w::MIDDLING);
        text.push_str("を経由した接続です。");
    }
    if age == Age::Early && random.chance(50) {
        text.push_str(w::OLD);
        text.push_str("の移行前の設定です。");
    }
    if random.below(100_000) == 0 {
        text.push_str(w::RARE);
        text.push_str("という名称の資料が見つかった。");
    }
}

/// The sentences of a language.
#[must_use]
pub const fn by_language<'a>(japanese: bool, ja: &'a [&'a str], en: &'a [&'a str]) -> &'a [&'a str] {
    if japanese { ja } else { en }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_every_sentence_is_filled() {
        let mut random = Random::new(1);
        let lists = [
            w::REPORT_JA,
            w::REPORT_EN,
            w::NOTE_JA,
            w::NOTE_EN,
            w::TITLE_JA,
            w::TITLE_EN,
            w::TASK_JA,
            w::TASK_EN,
            w::ANSWER_JA,
            w::ANSWER_EN,
        ];
        for sentence in lists.concat() {
            let text = fill(&mut random, sentence);
            assert!(!text.contains('{') && !text.contains('}'), "{text}");
        }
    }

    #[test]
    fn words_have_their_frequency() {
        let mut counts = [0; 3];
        for index in 0..5_000 {
            let text = prose(&mut Random::of(1, 1, index), w::NOTE_JA, 3, Age::Early);
            for (count, word) in counts.iter_mut().zip([w::COMMON, w::MIDDLING, w::OLD]) {
                *count += u32::from(text.contains(word));
            }
        }
        assert!((4_400..4_600).contains(&counts[0]), "{counts:?}");
        assert!(
            (190..310).contains(&counts[1]) && (190..310).contains(&counts[2]),
            "{counts:?}"
        );
    }
}
