//! The commented example file, made from the list of settings so that it cannot differ from what is read.

use std::fmt::Write as _;

use super::settings::{About, SECTIONS, SETTINGS, Setting};

const HEAD: &str = "\
# Matoiの設定ファイルの見本。`matoi config show --example` が書き出す。すべて省略でき、書かない項目は既定値になる。
# 環境変数（MATOI_SERVER_LISTENなど）はこのファイルより、コマンドの引数は環境変数より優先する。
# このファイルの中の相対パスは、このファイルのディレクトリーから数える。誤りは `matoi config check` が行番号とともに示す。
#
# An example of Matoi's configuration, as `matoi config show --example` writes it. Everything can be left out; what is not
# said has its default. The environment (like MATOI_SERVER_LISTEN) wins over this file, and flags win over the environment.
# Relative paths in this file are relative to its directory. `matoi config check` names mistakes with their lines.
";

/// The text of the example file.
#[must_use]
pub fn example() -> String {
    let mut text = HEAD.to_owned();
    for section in SECTIONS {
        text.push('\n');
        comment(&mut text, section.about);
        if !section.name.is_empty() {
            let _ = writeln!(text, "[{}]", section.name);
        }
        for setting in SETTINGS
            .iter()
            .filter(|setting| setting.section() == section.name)
        {
            text.push('\n');
            comment(&mut text, setting.about);
            if setting.is_secret() {
                let _ = writeln!(
                    text,
                    "# 環境変数{variable}でもよい / or {variable} in the environment",
                    variable = setting.variable()
                );
            } else {
                let _ = writeln!(text, "# {}", setting.kind);
            }
            let _ = writeln!(text, "#{} = {}", name(setting), value(setting));
        }
    }
    text
}

fn comment(text: &mut String, about: About) {
    let _ = writeln!(text, "# {}\n# {}", about.ja, about.en);
}

fn name(setting: &Setting) -> String {
    if setting.is_secret() {
        format!("{}_file", setting.name())
    } else {
        setting.name().to_owned()
    }
}

/// The default, or an example of a value, as TOML.
fn value(setting: &Setting) -> String {
    let read = |text: &str| {
        let raw = super::kind::Raw::Text(text.to_owned());
        setting.kind.read(&raw).ok().map(|value| value.to_string())
    };
    if setting.example.starts_with(['[', '{']) {
        return setting.example.to_owned();
    }
    match setting.default {
        Some(default) if setting.example.is_empty() => read(default),
        _ if setting.is_secret() => Some(format!("\"{}\"", setting.example)),
        _ => read(setting.example),
    }
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::kind::Raw;
    use super::super::{file, settings};
    use super::*;

    #[test]
    fn the_example_is_a_configuration_without_mistakes() {
        let read = file::read(&example());
        assert!(read.problems.is_empty() && read.found.is_empty(), "{read:?}");
    }

    #[test]
    fn so_is_the_example_with_every_line_in_force() {
        let text: String = example()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') && !rest.is_empty() => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let read = file::read(&text);
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        assert_eq!(read.found.len(), SETTINGS.len());
        for found in read.found {
            assert!(!matches!(found.raw, Raw::Other(_)), "{}", found.setting.path);
            if !found.is_secret_file {
                let value = found.setting.kind.read(&found.raw);
                assert!(value.is_ok(), "{}: {value:?}", found.setting.path);
            }
        }
    }

    #[test]
    fn every_setting_stands_in_a_known_table_and_has_a_text_in_both_languages() {
        for setting in SETTINGS {
            assert!(
                SECTIONS.iter().any(|section| section.name == setting.section()),
                "{}",
                setting.path
            );
            let about = setting.about;
            assert!(!about.ja.is_empty() && !about.en.is_empty(), "{}", setting.path);
            assert!(
                setting.default.is_some() || !setting.example.is_empty(),
                "{}",
                setting.path
            );
            assert_eq!(
                settings::find(setting.path).map(|found| found.path),
                Some(setting.path)
            );
        }
    }

    #[test]
    fn the_copy_in_the_documentation_is_the_same() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/matoi.example.toml");
        if std::env::var_os("MATOI_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, example()).unwrap();
        }
        let copy = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(copy, example(), "renew it with MATOI_UPDATE_SNAPSHOTS=1");
    }
}
