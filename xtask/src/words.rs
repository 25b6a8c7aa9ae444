//! The words of the program: complete in both languages, all used, all there.
//!
//! A key is used where it is the argument of a call that takes one (`ui.t("..")`, `Message::new("..")`), where a name is put
//! behind a prefix (`ui.named("state-", ..)`, `format!("weekday-{n}")`), or where a string literal is exactly that key.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use crate::files::File;
use crate::finding::Finding;
use crate::source::{self, Literal, Place, Source, line_at};

const LANGUAGES: [&str; 2] = ["ja", "en"];

/// Calls of which an argument is a key: the end of the call's name, and which argument.
const KEY_CALLS: &[(&str, usize)] = &[
    (".t", 0),
    (".t1", 0),
    (".t2", 0),
    (".state", 1),
    (".done", 1),
    (".text", 1),
    (".wrong_if", 2),
    (".parsed", 2),
    ("Message::new", 0),
    ("Error::rule", 0),
];

/// Calls of which the first argument is what keys begin with.
const PREFIX_CALLS: &[&str] = &["named", "named_or"];

/// A call of the same name that names the verb and the subject of an audit row.
const NO_PREFIX_CALL: &str = "Change::named";

/// Whatever begins like this is a key, wherever it stands.
const KEY_PREFIXES: &[&str] = &["error-", "notice-"];

/// Calls that make a row of the audit log: the argument that names something, and what the key of its word begins with.
const AUDIT_CALLS: &[(&str, usize, &str)] = &[
    ("Change::of", 0, "verb-"),
    ("Change::named", 0, "verb-"),
    ("Change::named", 1, "noun-"),
    ("progress::change", 0, "verb-"),
];

/// Calls that add a field to a row of the audit log, in a file that makes such rows.
const AUDIT_FIELD_CALLS: &[&str] = &[".set", ".changed"];

/// Keys that no source names, with the place they come from. Keep it short.
const FROM_OUTSIDE: &[(&str, &str)] = &[
    (
        "field-",
        "names of fields in audit rows: shown as they are when there is no word",
    ),
    (
        "verb-",
        "names of commands in audit rows: shown as they are when there is no word",
    ),
    (
        "noun-",
        "names of things in audit rows: shown as they are when there is no word",
    ),
    (
        "job-kind-",
        "names of background work: shown as they are when there is no word",
    ),
];

/// Everything that is wrong with the words.
pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let locales = LANGUAGES.map(|language| read_locale(language, files, &mut findings));
    compare(&locales, &mut findings);
    let uses = uses(files);
    let [first, _] = &locales;
    check_uses(&uses, first, &mut findings);
    check_unused(&uses, first, &mut findings);
    findings
}

/// A message of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    file: String,
    line: usize,
    arguments: BTreeSet<String>,
}

type Locale = BTreeMap<String, Word>;

fn read_locale(language: &str, files: &[File], findings: &mut Vec<Finding>) -> Locale {
    let mut locale = Locale::new();
    let folder = format!("locales/{language}/");
    let own = |file: &&File| file.path.starts_with(&folder) && file.has_extension("ftl");
    for file in files.iter().filter(own) {
        let resource = match fluent_syntax::parser::parse(file.text.as_str()) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                for error in errors {
                    let line = line_at(&file.text, error.pos.start);
                    findings.push(Finding::new(
                        &file.path,
                        line,
                        format!("not readable: {}", error.kind),
                    ));
                }
                resource
            }
        };
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let key = message.id.name.to_owned();
            let word = Word {
                file: file.path.clone(),
                line: line_of_key(&file.text, &key),
                arguments: message.value.as_ref().map(arguments).unwrap_or_default(),
            };
            if !is_key(&key) {
                findings.push(Finding::new(
                    &word.file,
                    word.line,
                    format!("{key}: keys are lower-case words joined by dashes"),
                ));
            }
            if let Some(former) = locale.get(&key) {
                let text = format!("{key} stands in {}:{} already", former.file, former.line);
                findings.push(Finding::new(&word.file, word.line, text));
            } else {
                locale.insert(key, word);
            }
        }
    }
    locale
}

fn line_of_key(text: &str, key: &str) -> usize {
    let begins = |line: &str| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(begins).map_or(0, |at| at + 1)
}

/// The variables a pattern shows or chooses by.
fn arguments(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            collect_arguments(expression, &mut names);
        }
    }
    names
}

fn collect_arguments(expression: &Expression<&str>, names: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => collect_inline(inline, names),
        Expression::Select { selector, variants } => {
            collect_inline(selector, names);
            for variant in variants {
                names.extend(arguments(&variant.value));
            }
        }
    }
}

fn collect_inline(inline: &InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        // A text that is data in both languages is given as `ja` and `en`; each language says its own.
        InlineExpression::VariableReference { id } if matches!(id.name, "ja" | "en") => {
            names.extend(["ja".to_owned(), "en".to_owned()]);
        }
        InlineExpression::VariableReference { id } => {
            names.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                collect_inline(argument, names);
            }
        }
        InlineExpression::Placeable { expression } => collect_arguments(expression, names),
        _ => {}
    }
}

fn compare(locales: &[Locale; 2], findings: &mut Vec<Finding>) {
    let [ja, en] = locales;
    for (one, other, missing_in) in [(ja, en, "en"), (en, ja, "ja")] {
        for (key, word) in one {
            if !other.contains_key(key) {
                findings.push(Finding::new(
                    &word.file,
                    word.line,
                    format!("{key} is missing in locales/{missing_in}/"),
                ));
            }
        }
    }
    for (key, word) in ja {
        let Some(twin) = en.get(key) else { continue };
        if word.arguments != twin.arguments {
            let text = format!(
                "{key} has the arguments {} in Japanese and {} in English",
                listed(&word.arguments),
                listed(&twin.arguments)
            );
            findings.push(Finding::new(&word.file, word.line, text));
        }
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    format!("({})", names.join(", "))
}

/// What the sources name.
#[derive(Debug, Default)]
struct Uses {
    /// Keys that must exist, with the arguments that are given, when those can be read.
    demanded: Vec<Demand>,
    /// Beginnings of keys, of which at least one must exist.
    prefixes: Vec<Demand>,
    /// Everything that looks like a key.
    mentioned: BTreeSet<String>,
}

#[derive(Debug)]
struct Demand {
    file: String,
    line: usize,
    key: String,
    arguments: Given,
}

/// What can be read of the arguments of a message where it is used.
#[derive(Debug, PartialEq, Eq)]
enum Given {
    /// These and no others.
    Exactly(BTreeSet<String>),
    /// Others may be added elsewhere.
    Unknown,
}

fn uses(files: &[File]) -> Uses {
    let mut uses = Uses::default();
    for file in files {
        let source = if file.is_program_source() {
            source::rust(&file.text)
        } else if file.has_extension("html") && file.path.contains("/templates/") {
            source::template(&file.text)
        } else {
            continue;
        };
        for (index, literal) in source.literals.iter().enumerate() {
            note(&mut uses, file, &source, index, literal);
        }
    }
    uses
}

fn note(uses: &mut Uses, file: &File, source: &Source, index: usize, literal: &Literal) {
    let text = literal.text.as_str();
    let demand = |key: &str, arguments: Given| Demand {
        file: file.path.clone(),
        line: line_at(&file.text, literal.at),
        key: key.to_owned(),
        arguments,
    };
    let place = source.place_of(literal);
    if let Some(place) = &place
        && is_prefix_call(&place.call)
        && (text.ends_with('-') && place.argument <= 1
            || place.call.ends_with(".named") && place.argument == 0)
    {
        uses.prefixes.push(demand(text, Given::Unknown));
        return;
    }
    if let Some((prefix, _)) = text.split_once('{')
        && prefix.ends_with('-')
        && is_key(prefix.trim_end_matches('-'))
    {
        uses.mentioned.insert(prefix.to_owned());
        return;
    }
    if let Some(key) = place.as_ref().and_then(|place| audit_key(file, place, text)) {
        uses.demanded.push(demand(&key, Given::Exactly(BTreeSet::new())));
        return;
    }
    if !is_key(text) {
        return;
    }
    uses.mentioned.insert(text.to_owned());
    let call = place.as_ref().and_then(|place| {
        KEY_CALLS
            .iter()
            .find(|(call, argument)| place.call.ends_with(call) && place.argument == *argument)
            .map(|(call, _)| *call)
    });
    match call {
        Some(call) => uses
            .demanded
            .push(demand(text, given(call, source, index, literal))),
        None if KEY_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) => {
            uses.demanded.push(demand(text, Given::Unknown));
        }
        None => {}
    }
}

/// The key of the word for what a row of the audit log names here.
fn audit_key(file: &File, place: &Place, text: &str) -> Option<String> {
    let is_field = place.argument == 0
        && AUDIT_FIELD_CALLS.iter().any(|call| place.call.ends_with(call))
        && ["Change::", "change("]
            .iter()
            .any(|mark| file.text.contains(mark));
    let prefix = if is_field {
        "field-"
    } else {
        let call = AUDIT_CALLS
            .iter()
            .find(|(call, argument, _)| place.call.ends_with(call) && place.argument == *argument)?;
        call.2
    };
    Some(format!("{prefix}{}", text.replace(['.', '_'], "-")))
}

/// The arguments a call gives to its message.
fn given(call: &str, source: &Source, index: usize, literal: &Literal) -> Given {
    let name_at = |argument: usize| {
        let same_call = source.place_of(literal).map(|place| place.call);
        source.literals.iter().skip(index + 1).take(6).find_map(|next| {
            let place = source.place_of(next)?;
            (Some(&place.call) == same_call.as_ref() && place.argument == argument).then(|| next.text.clone())
        })
    };
    match call {
        ".t" | ".state" | ".done" | "Error::rule" => Given::Exactly(BTreeSet::new()),
        ".t1" => name_at(1).map_or(Given::Unknown, |name| Given::Exactly(BTreeSet::from([name]))),
        ".t2" => match (name_at(1), name_at(3)) {
            (Some(one), Some(two)) => Given::Exactly(BTreeSet::from([one, two])),
            _ => Given::Unknown,
        },
        "Message::new" => with_chain(source, index, literal),
        _ => Given::Unknown,
    }
}

/// The names in `Message::new("key").with("a", ..).with("b", ..)`. What is bound to a name may get more later.
fn with_chain(source: &Source, index: usize, literal: &Literal) -> Given {
    let mut names = BTreeSet::new();
    let Some(mut at) = after_close(source, literal.end) else {
        return Given::Unknown;
    };
    for next in source.literals.iter().skip(index + 1) {
        let between = source.code_between(at, next.at);
        let chained = between
            .trim_start()
            .strip_prefix(".with(")
            .is_some_and(|rest| rest.trim().is_empty());
        if !chained {
            break;
        }
        names.insert(next.text.clone());
        match after_close(source, next.end) {
            Some(end) => at = end,
            None => return Given::Unknown,
        }
    }
    let rest = source.code_between(at, at + 40);
    let is_extended = rest.trim_start().starts_with(".with") || rest.trim_start().starts_with('.');
    let head = source.code_between(literal.at.saturating_sub(80), literal.at);
    let statement = head.rsplit([';', '{', '}']).next().unwrap_or_default();
    // Through a binding, a closure or a match arm the message can get more arguments elsewhere.
    if is_extended || statement.contains("let mut ") || statement.contains("=>") || statement.contains("fn ")
    {
        return Given::Unknown;
    }
    Given::Exactly(names)
}

/// The byte after the bracket that closes the call in which `from` stands.
fn after_close(source: &Source, from: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (offset, byte) in source.code.get(from..)?.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => return Some(from + offset + 1),
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

fn check_uses(uses: &Uses, locale: &Locale, findings: &mut Vec<Finding>) {
    for demand in &uses.demanded {
        let Some(word) = locale.get(&demand.key) else {
            let text = format!("{} is not in locales/", demand.key);
            findings.push(Finding::new(&demand.file, demand.line, text));
            continue;
        };
        if let Given::Exactly(given) = &demand.arguments
            && *given != word.arguments
        {
            let text = format!(
                "{} is given the arguments {}, but says {}",
                demand.key,
                listed(given),
                listed(&word.arguments)
            );
            findings.push(Finding::new(&demand.file, demand.line, text));
        }
    }
    for demand in &uses.prefixes {
        if !locale.keys().any(|key| key.starts_with(&demand.key)) {
            let text = format!("no key in locales/ begins with {}", demand.key);
            findings.push(Finding::new(&demand.file, demand.line, text));
        }
    }
}

fn check_unused(uses: &Uses, locale: &Locale, findings: &mut Vec<Finding>) {
    let prefixes: BTreeSet<&str> = uses
        .prefixes
        .iter()
        .map(|demand| demand.key.as_str())
        .chain(
            uses.mentioned
                .iter()
                .map(String::as_str)
                .filter(|text| text.ends_with('-')),
        )
        .chain(FROM_OUTSIDE.iter().map(|(prefix, _)| *prefix))
        .collect();
    for (key, word) in locale {
        let is_used = uses.mentioned.contains(key) || prefixes.iter().any(|prefix| key.starts_with(prefix));
        if !is_used {
            findings.push(Finding::new(&word.file, word.line, format!("nothing uses {key}")));
        }
    }
}

/// Words of lower-case letters and digits, joined by dashes; at least two, so that plain words of sources are none.
fn is_key(text: &str) -> bool {
    let mut words = text.split('-');
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase()) && words.all(is_word)
}

fn is_prefix_call(call: &str) -> bool {
    let name = call.rsplit(['.', ':']).next().unwrap_or(call);
    PREFIX_CALLS.contains(&name) && !call.ends_with(NO_PREFIX_CALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ja: &str, en: &str, rust: &str, template: &str) -> Vec<String> {
        let files = [
            File::new("locales/ja/a.ftl", ja),
            File::new("locales/en/a.ftl", en),
            File::new("crates/x/src/a.rs", rust),
            File::new("crates/x/templates/a.html", template),
        ];
        check(&files)
            .into_iter()
            .map(|finding| format!("{}:{} {}", finding.file, finding.line, finding.text))
            .collect()
    }

    #[test]
    fn what_is_complete_and_used_is_fine() {
        let ja = "# 題\na-b = あ\nstate-on = 入\nstate-off = 切\nerror-x = { $max }まで\nday-1 = 月\nloose-key = え\n";
        let en = "a-b = A\nstate-on = on\nstate-off = off\nerror-x = { $max ->\n    [one] one\n   *[other] { $max }\n  }\nday-1 = Mon\nloose-key = e\n";
        let rust = r#"fn f() { Message::new("error-x").with("max", 3); ui.t(&format!("day-{n}")); let k = if x { "loose-key" } else { "" }; }"#;
        let template = r#"<p>{{ ui.t("a-b") }} {{ ui.named("state-", s) }}</p>"#;
        assert_eq!(found(ja, en, rust, template), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_doubled_unused_or_differs_is_named_with_its_place() {
        let cases = [
            (
                "a-b = あ\nonly-ja = い\n",
                "a-b = A\n",
                "locales/ja/a.ftl:2 only-ja is missing in locales/en/",
            ),
            (
                "a-b = あ\n",
                "a-b = A\nonly-en = B\n",
                "locales/en/a.ftl:2 only-en is missing in locales/ja/",
            ),
            (
                "a-b = あ\na-b = い\n",
                "a-b = A\n",
                "locales/ja/a.ftl:1 a-b stands in locales/ja/a.ftl:1 already",
            ),
            (
                "a-b = { $n }\n",
                "a-b = A\n",
                "locales/ja/a.ftl:1 a-b has the arguments (n) in Japanese and () in English",
            ),
            (
                "a-b = あ\nno-use = い\n",
                "a-b = A\nno-use = B\n",
                "locales/ja/a.ftl:2 nothing uses no-use",
            ),
            (
                "a-b = あ\n= broken\n",
                "a-b = A\n",
                "locales/ja/a.ftl:2 not readable",
            ),
        ];
        for (ja, en, expect) in cases {
            let found = found(ja, en, "", r#"{{ ui.t("a-b") }}{{ ui.t1("a-b", "n", 1) }}"#);
            assert!(
                found.iter().any(|text| text.starts_with(expect)),
                "{expect}\n{found:?}"
            );
        }
    }

    #[test]
    fn what_is_used_must_exist_with_its_arguments() {
        let words = "a-b = { $n }件\n";
        let cases = [
            (
                r#"fn f() { ui.t1("a-b", "n", 1); ui.t("c-d"); }"#,
                "crates/x/src/a.rs:1 c-d is not in locales/",
            ),
            (
                r#"fn f() { ui.t1("a-b", "m", 1); }"#,
                "a-b is given the arguments (m), but says (n)",
            ),
            (
                r#"fn f() { ui.t("a-b"); }"#,
                "a-b is given the arguments (), but says (n)",
            ),
            (
                r#"fn f() { ui.done("/x", "notice-gone"); }"#,
                "notice-gone is not in locales/",
            ),
            (
                r#"fn f() { let k = "error-gone"; }"#,
                "error-gone is not in locales/",
            ),
            (
                r#"fn f() { ui.named("nothing-", x); }"#,
                "no key in locales/ begins with nothing-",
            ),
            (
                r#"fn f() { Message::new("a-b").with("n", g(1)).with("m", 2); }"#,
                "a-b is given the arguments (m, n), but says (n)",
            ),
        ];
        for (rust, expect) in cases {
            let found = found(words, words, rust, "");
            assert!(
                found.iter().any(|text| text.contains(expect)),
                "{expect}\n{found:?}"
            );
        }
        let bound = r#"fn f() { let mut message = Message::new("a-b"); message = message.with("n", 1); }"#;
        assert_eq!(found(words, words, bound, ""), Vec::<String>::new());
    }
}
