//! The rules of the house that no compiler checks.

use crate::files::File;
use crate::finding::Finding;
use crate::source::{self, line_at};

/// Files longer than this are listed: split them by theme.
const LONG: usize = 700;

/// Everything that breaks a rule.
pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        if file.has_extension("rs") {
            check_rust(file, &mut findings);
        }
        if file.has_extension("html") && file.path.contains("/templates/") {
            check_template(file, &mut findings);
        }
        if file.has_extension("yaml") || file.has_extension("yml") {
            check_yaml(file, &mut findings);
        }
        check_machine_paths(file, &mut findings);
        check_length(file, &mut findings);
    }
    findings
}

fn check_rust(file: &File, findings: &mut Vec<Finding>) {
    let source = source::rust(&file.text);
    let mut find = |at: usize, text: &str| {
        findings.push(Finding::new(&file.path, line_at(&file.text, at), text));
    };
    let code = source.code_between(0, usize::MAX);
    if !MAY_ALLOW.contains(&file.path.as_str()) {
        for mark in ["#[allow(", "#![allow("] {
            for (at, _) in code.match_indices(mark) {
                find(
                    at,
                    "use #[expect(.., reason = \"..\")], which tells when it is not needed any more",
                );
            }
        }
    }
    if !file.is_program_source() {
        return;
    }
    if !may_hold_sql(&file.path) {
        for literal in source.literals.iter().filter(|literal| is_sql(&literal.text)) {
            find(
                literal.at,
                "SQL belongs into the store.rs of its room, the kernel or matoi-db",
            );
        }
    }
    if !may_name_backends(&file.path) {
        let lower = code.to_lowercase();
        for name in ["sqlite", "postgres"] {
            for (at, _) in lower.match_indices(name) {
                find(
                    at,
                    "only matoi-db and what puts the program together know which database there is",
                );
            }
        }
    }
}

/// Where `allow` has no better: a macro whose users need not all need it.
const MAY_ALLOW: &[&str] = &["crates/matoi-testkit/src/lib.rs"];

fn may_hold_sql(path: &str) -> bool {
    path.starts_with("crates/matoi-db/")
        || path.starts_with("crates/matoi-testkit/")
        // It writes rows by the hundred thousand, past the services.
        || path.starts_with("crates/matoi-bench/")
        || path.starts_with("crates/matoi-core/src/kernel/")
        || path.ends_with("/store.rs")
        // What the search reads of a room, beside its store.
        || path.ends_with("/findable.rs")
        || path.contains("/store/")
}

fn may_name_backends(path: &str) -> bool {
    path.starts_with("crates/matoi-db/")
        || path.starts_with("crates/matoi-testkit/")
        // It writes rows by the hundred thousand, past the services.
        || path.starts_with("crates/matoi-bench/")
        || path.starts_with("crates/matoi/")
        || path == "crates/matoi-core/src/migrations.rs"
}

/// Whether a text reads like a statement or a piece of one.
fn is_sql(text: &str) -> bool {
    const STATEMENTS: &[&str] = &[
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "CREATE INDEX ",
        "ALTER TABLE ",
        "DROP TABLE ",
    ];
    const PIECES: &[&str] = &[" FROM ", " WHERE ", " ORDER BY ", " JOIN ", " SET ", " LIMIT "];
    let text = text.trim_start();
    STATEMENTS.iter().any(|statement| text.starts_with(statement))
        && (PIECES.iter().any(|piece| text.contains(piece)) || text.contains(" ("))
        || ["WHERE ", "AND ", "ORDER BY ", "GROUP BY "].iter().any(|piece| {
            text.strip_prefix(piece)
                .is_some_and(|rest| !rest.trim().is_empty())
        })
}

fn check_template(file: &File, findings: &mut Vec<Finding>) {
    let lower = file.text.to_lowercase();
    let mut find = |at: usize, text: &str| {
        findings.push(Finding::new(&file.path, line_at(&file.text, at), text));
    };
    for (at, _) in lower.match_indices("<script") {
        let tag = lower
            .get(at..)
            .and_then(|rest| rest.split('>').next())
            .unwrap_or_default();
        if !tag.contains(" src=") {
            find(at, "no inline script: the content security policy refuses it");
        }
    }
    for (mark, text) in [
        (
            "<style",
            "no inline style: the content security policy refuses it",
        ),
        (
            " style=\"",
            "no inline style: the content security policy refuses it",
        ),
        ("javascript:", "no script in links"),
    ] {
        for (at, _) in lower.match_indices(mark) {
            find(at, text);
        }
    }
    // An attribute that is an event handler: ` onclick="`.
    for (at, _) in lower.match_indices(" on") {
        let rest = lower.get(at + 3..).unwrap_or_default();
        let name = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        if name > 2 && rest.get(name..).is_some_and(|rest| rest.starts_with("=\"")) {
            find(
                at,
                "no event handlers in templates: the content security policy refuses them",
            );
        }
    }
}

fn check_yaml(file: &File, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        let entry = line.trim_start().trim_start_matches("- ").trim_start();
        if let Some(rest) = entry.strip_prefix("ja:")
            && rest.trim_start().starts_with('>')
        {
            let text = "a folded text puts blanks between Japanese lines: write it on one line";
            findings.push(Finding::new(&file.path, index + 1, text));
        }
    }
}

fn check_machine_paths(file: &File, findings: &mut Vec<Finding>) {
    // Put together here, or this file would break its own rule.
    let marks = [
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/Us", "ers/"].concat(),
    ];
    for mark in &marks {
        for (at, _) in file.text.match_indices(mark.as_str()) {
            let before = file.text.get(..at).and_then(|text| text.chars().next_back());
            // Behind a name it is the middle of a longer path or of a web address.
            if !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '*' | '/'))
            {
                let line = line_at(&file.text, at);
                findings.push(Finding::new(
                    &file.path,
                    line,
                    format!("a path of one machine: {mark}"),
                ));
            }
        }
    }
}

fn check_length(file: &File, findings: &mut Vec<Finding>) {
    let is_source = ["rs", "css", "js", "html"]
        .into_iter()
        .any(|extension| file.has_extension(extension));
    let lines = file.text.lines().count();
    if is_source && lines > LONG {
        findings.push(Finding::notice(
            &file.path,
            0,
            format!("{lines} lines: split it by theme"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(usize, bool)> {
        check(&[File::new(path, text)])
            .iter()
            .map(|finding| (finding.line, finding.is_notice))
            .collect()
    }

    const NONE: [(usize, bool); 0] = [];

    #[test]
    fn sql_stays_in_its_place() {
        let text =
            "fn f() {\n  sql(\"SELECT a FROM b\");\n  push(\" AND a = ?\");\n  say(\"SELECT wisely\");\n}\n";
        assert_eq!(
            found("crates/matoi-core/src/desk/service.rs", text),
            [(2, false), (3, false)]
        );
        for fine in [
            "crates/matoi-core/src/desk/store.rs",
            "crates/matoi-core/src/kernel/x.rs",
            "crates/matoi-db/src/x.rs",
            "crates/matoi-core/tests/it/x.rs",
        ] {
            assert_eq!(found(fine, text), NONE, "{fine}");
        }
        assert_eq!(
            found(
                "crates/x/src/a.rs",
                "fn f() { x(\"INSERT INTO a (b) VALUES ($1)\"); }"
            ),
            [(1, false)]
        );
        assert_eq!(
            found(
                "crates/x/src/a.rs",
                "// SELECT a FROM b\n#[cfg(test)]\nmod tests { const A: &str = \"DELETE FROM a WHERE b\"; }"
            ),
            NONE
        );
    }

    #[test]
    fn databases_are_named_where_they_are_chosen() {
        assert_eq!(
            found(
                "crates/matoi-web/src/a.rs",
                "// SQLite is fine here\nfn f() { if is_sqlite() {} }"
            ),
            [(2, false)]
        );
        assert_eq!(
            found("crates/matoi/src/a.rs", "fn f() { DbUrl::Sqlite(x) }"),
            NONE
        );
    }

    #[test]
    fn expect_is_better_than_allow() {
        assert_eq!(
            found("crates/x/tests/a.rs", "#[allow(dead_code)]\nfn f() {}"),
            [(1, false)]
        );
        assert_eq!(
            found(
                "crates/x/src/a.rs",
                "#[expect(dead_code, reason = \"#[allow(\")]\nfn f() {}"
            ),
            NONE
        );
    }

    #[test]
    fn templates_hold_nothing_that_the_policy_refuses() {
        let cases = [
            ("<p style=\"x\">", 1),
            ("<style>", 1),
            ("<script>alert()</script>", 1),
            ("<button onclick=\"x\">", 1),
            ("<a href=\"javascript:x\">", 1),
            ("<script src=\"{{ ui.asset(\"app.js\") }}\" defer></script>", 0),
            ("<p class=\"style\">once = \"on\"</p>", 0),
        ];
        for (text, count) in cases {
            assert_eq!(found("crates/x/templates/a.html", text).len(), count, "{text}");
        }
    }

    #[test]
    fn japanese_is_not_folded_and_machines_are_not_named() {
        assert_eq!(
            found("a.yaml", "x:\n  ja: >-\n    あ\n    い\n  en: >-\n    a\n"),
            [(2, false)]
        );
        let path = ["/wo", "rk/main"].concat();
        assert_eq!(found("a.md", &format!("see {path}\n")), [(1, false)]);
        assert_eq!(
            found("a.md", &format!("see docs{path} and https://x.example{path}\n")),
            NONE
        );
    }

    #[test]
    fn long_files_are_listed_without_failing() {
        assert_eq!(found("crates/x/src/a.rs", &"\n".repeat(701)), [(0, true)]);
        assert_eq!(found("a.yaml", &"\n".repeat(701)), NONE);
    }
}
