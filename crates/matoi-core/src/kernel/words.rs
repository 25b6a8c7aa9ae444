//! The program's words: Fluent messages from `locales/`, complete in both languages.

use std::collections::HashMap;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use matoi_types::Lang;
use rust_embed::RustEmbed;

use super::Message;
use super::message::Arg;

#[derive(RustEmbed)]
#[folder = "../../locales"]
struct Locales;

/// The messages of all languages.
pub struct Words {
    bundles: HashMap<Lang, FluentBundle<FluentResource>>,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Words")
    }
}

impl Words {
    /// The words the program was built with.
    #[must_use]
    pub fn get() -> &'static Self {
        static WORDS: OnceLock<Words> = OnceLock::new();
        WORDS.get_or_init(Self::load)
    }

    /// The message in a language. A key that does not exist is shown as itself: `cargo xtask words` finds it before a user does.
    #[must_use]
    pub fn say(&self, lang: Lang, message: &Message) -> String {
        let args: Vec<_> = message
            .args
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
            .collect();
        self.format(lang, &message.key, &args)
    }

    /// The text of a key without arguments.
    #[must_use]
    pub fn text(&self, lang: Lang, key: &str) -> String {
        self.format(lang, key, &[])
    }

    /// The words for a member of a set of names, under the key `{prefix}{name}` with dashes for underscores.
    #[must_use]
    pub fn named(&self, lang: Lang, prefix: &str, name: &str) -> String {
        self.text(lang, &format!("{prefix}{}", name.replace('_', "-")))
    }

    /// Whether the key exists in this language.
    #[must_use]
    pub fn has(&self, lang: Lang, key: &str) -> bool {
        self.bundles
            .get(&lang)
            .is_some_and(|bundle| bundle.has_message(key))
    }

    /// The text of a key with arguments.
    #[must_use]
    pub fn format(&self, lang: Lang, key: &str, args: &[(&str, &Arg)]) -> String {
        let Some(bundle) = self.bundles.get(&lang) else {
            return key.to_owned();
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::warn!(key, %lang, "message key is missing");
            return key.to_owned();
        };
        let fluent: FluentArgs<'_> = args
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Arg::Int(number) => FluentValue::from(*number),
                    Arg::Text(text) => FluentValue::from(text.as_str()),
                };
                (*name, value)
            })
            .collect();
        let mut errors = Vec::new();
        let text = bundle
            .format_pattern(pattern, Some(&fluent), &mut errors)
            .into_owned();
        if !errors.is_empty() {
            tracing::warn!(key, %lang, ?errors, "message could not be formatted completely");
        }
        text
    }

    fn load() -> Self {
        let bundles = Lang::ALL
            .into_iter()
            .map(|lang| {
                let tag: unic_langid::LanguageIdentifier = lang.as_str().parse().unwrap_or_default();
                let mut bundle = FluentBundle::new_concurrent(vec![tag]);
                // The isolation marks would be seen in PDF, plain text and tests; values are escaped where they are shown.
                bundle.set_use_isolating(false);
                for path in Locales::iter().filter(|path| path.starts_with(&format!("{lang}/"))) {
                    let Some(file) = Locales::get(&path) else { continue };
                    let text = String::from_utf8_lossy(&file.data).into_owned();
                    let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, errors)| {
                        tracing::error!(%path, ?errors, "locale file has errors");
                        resource
                    });
                    if let Err(errors) = bundle.add_resource(resource) {
                        tracing::error!(%path, ?errors, "locale file repeats a key");
                    }
                }
                (lang, bundle)
            })
            .collect();
        Self { bundles }
    }
}

#[cfg(test)]
mod tests {
    use matoi_condition::table::{Finding, TableErrorKind, TestVerdict};
    use matoi_condition::{ConditionErrorKind, FactErrorKind, VocabularyErrorKind};

    use super::*;

    #[test]
    fn what_the_condition_language_says_is_said_in_both_languages() {
        let keys = [
            ConditionErrorKind::KEYS,
            FactErrorKind::KEYS,
            VocabularyErrorKind::KEYS,
            TableErrorKind::KEYS,
            Finding::KEYS,
            TestVerdict::KEYS,
        ];
        for key in keys.into_iter().flatten() {
            for lang in Lang::ALL {
                assert!(Words::get().has(lang, key), "{lang}: {key}");
            }
        }
    }
}
