//! Help, version, completion, and wrong usage.

use std::process::Stdio;

use crate::support::{Place, program, run};

const COMMANDS: &[&[&str]] = &[
    &["serve"],
    &["init"],
    &["config"],
    &["user"],
    &["token"],
    &["intake"],
    &["audit"],
    &["keys"],
    &["openapi"],
    &["completion"],
];

#[test]
fn every_command_has_help_with_examples() {
    let help = run(program().arg("--help")).ok().out;
    assert!(help.contains("Exit codes:"), "{help}");
    assert!(
        !help.contains("worker"),
        "children are not started by people: {help}"
    );
    for command in COMMANDS {
        let done = run(program().args(*command).arg("--help")).ok();
        assert!(done.out.contains("Examples:"), "{command:?}: {}", done.out);
        assert!(!done.out.contains("\\\""), "{command:?}: {}", done.out);
        assert!(
            done.out.contains("--data-dir") && done.out.contains("--format"),
            "{command:?}"
        );
        assert!(help.contains(command[0]), "{command:?} is not in the list");
    }
    let subcommands: &[&[&str]] = &[
        &["config", "check"],
        &["user", "add"],
        &["token", "create"],
        &["intake", "report"],
        &["audit", "export"],
        &["keys", "rotate"],
    ];
    for command in subcommands {
        let done = run(program().args(*command).arg("--help")).ok();
        assert!(done.out.contains("--data-dir"), "{command:?}");
    }
}

#[test]
fn wrong_usage_ends_with_2_and_is_json_where_json_is_wanted() {
    let place = Place::new();
    for arguments in [&["srve"][..], &["user", "add"], &["--no-such-flag"], &[]] {
        let done = place.run(arguments);
        assert_eq!(done.code, 2, "{arguments:?} {done:?}");
        assert_eq!(done.out, "", "{arguments:?}");
    }
    let done = place.run(&["--format", "json", "srve"]);
    assert_eq!(done.code, 2);
    assert!(
        done.error()["message"].as_str().unwrap().contains("srve"),
        "{done:?}"
    );
    let done = place.run(&["--set", "log.level", "config", "check"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("SETTING=VALUE"), "{done:?}");
}

#[test]
fn completion_scripts_are_scripts() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(program().args(["completion", shell])).ok().out;
        assert!(script.contains("matoi") && script.contains("config"), "{shell}");
        let checks = std::process::Command::new(shell)
            .arg("-n")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = checks else {
            println!("skipped: {shell} is not installed, its script is not checked");
            continue;
        };
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{shell}: {output:?}");
    }
    assert_eq!(run(program().args(["completion", "cmd"])).code, 2);
}

#[test]
fn the_openapi_document_is_the_one_in_the_repository() {
    let printed = run(program().arg("openapi")).ok().json();
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(kept).unwrap()).unwrap();
    assert_eq!(printed, kept);
    assert_eq!(printed["openapi"].as_str().unwrap().split('.').next(), Some("3"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = program()
        .args(["config", "show", "--example"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
