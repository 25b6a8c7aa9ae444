//! Accounts and tokens by the command line.

use crate::support::Place;

#[test]
fn an_account_lives_through_its_commands() {
    let place = Place::set_up();
    let added = place
        .run(&[
            "--format",
            "json",
            "user",
            "add",
            "sasaki",
            "--name",
            "佐々木 美咲",
            "--role",
            "handler",
        ])
        .ok()
        .json();
    assert!(added["invitation_link"].as_str().unwrap().contains("/link/"));
    assert_eq!(added["account"]["state"], "invited");
    assert_eq!(added["account"]["lang"], "ja");

    let text = place.run(&["user", "list"]).ok().out;
    assert!(text.lines().next().unwrap().starts_with("LOGIN "), "{text}");
    assert!(text.contains("佐々木 美咲") && text.contains("handler"), "{text}");

    let granted = place
        .run(&["user", "grant", "sasaki", "csirt_lead", "handler"])
        .ok();
    assert_eq!(granted.out, "sasaki has csirt_lead,handler\n");
    let withdrawn = place.run(&["user", "withdraw", "sasaki", "handler"]).ok();
    assert_eq!(withdrawn.out, "sasaki has csirt_lead\n");
    assert_eq!(place.run(&["user", "withdraw", "sasaki", "handler"]).code, 4);

    assert_eq!(
        place.run(&["user", "disable", "sasaki"]).ok().out,
        "sasaki is disabled now\n"
    );
    assert_eq!(place.run(&["user", "disable", "sasaki"]).code, 3);
    place.run(&["user", "enable", "sasaki"]).ok();
    let reset = place.run(&["user", "reset-password", "sasaki"]).ok();
    assert!(reset.out.contains("/link/"), "{reset:?}");
}

#[test]
fn an_account_is_connected_to_the_identity_provider_by_its_subject() {
    let place = Place::set_up();
    let none = place.run(&["user", "connect", "admin", "s-1"]);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.err.contains("oidc.issuer is not set"), "{none:?}");
    let provider = [
        "--set",
        "oidc.issuer=https://login.example",
        "--set",
        "oidc.client_id=matoi",
    ];
    let run = |arguments: &[&str]| place.run(&[&provider[..], arguments].concat());
    let connected = run(&["user", "connect", "admin", "s-1"]).ok();
    assert_eq!(
        connected.out,
        "admin signs on at https://login.example as s-1 now\n"
    );
    let listed = place.run(&["--format", "json", "user", "list"]).ok().json();
    assert_eq!(listed[0]["has_single_sign_on"], true);
    place.run(&["user", "add", "sasaki", "--name", "佐々木"]).ok();
    assert_eq!(
        run(&["user", "connect", "sasaki", "s-1"]).code,
        3,
        "one person, one account"
    );
    run(&["user", "disconnect", "admin"]).ok();
    assert_eq!(run(&["user", "disconnect", "admin"]).code, 4);
}

#[test]
fn what_cannot_be_says_why() {
    let place = Place::set_up();
    let check = |arguments: &[&str], code: i32, expect: &str| {
        let done = place.run(arguments);
        assert_eq!(done.code, code, "{arguments:?} {done:?}");
        assert!(done.err.contains(expect), "{arguments:?} {done:?}");
    };
    check(&["user", "disable", "nobody"], 4, "there is no account nobody");
    check(&["user", "disable", "admin"], 3, "matoi: ");
    check(&["user", "add", "x", "--name", "X"], 3, "/login");
    check(
        &["user", "add", "new", "--name", "N", "--role", "no_such"],
        3,
        "/grants/0/role",
    );
    check(&["user", "add", "ADMIN", "--name", "N"], 3, "matoi: ");
    check(
        &["token", "create", "admin", "--name", "n", "--scope", "fly"],
        2,
        "fly is no scope",
    );
    check(
        &["token", "create", "admin", "--name", "n"],
        2,
        "or --all-scopes for everything",
    );
    check(
        &[
            "token",
            "create",
            "admin",
            "--name",
            "n",
            "--all-scopes",
            "--days",
            "0",
        ],
        3,
        "/days",
    );
    check(
        &["token", "revoke", "0198c0de-0000-7000-8000-000000000000"],
        4,
        "token not found",
    );
    check(&["token", "revoke", "x"], 2, "");
    let done = place.run(&["user", "disable", "admin", "--set", "language=ja"]);
    assert!(
        done.err.contains('管'),
        "the rule is said in the chosen language: {done:?}"
    );
}

#[test]
fn a_token_is_shown_once_and_listed_without_its_secret() {
    let place = Place::set_up();
    place
        .run(&[
            "user",
            "add",
            "siem",
            "--name",
            "SIEM",
            "--service",
            "--role",
            "soc_operator",
        ])
        .ok();
    let made = place
        .run(&[
            "token",
            "create",
            "siem",
            "--name",
            "forwarder",
            "--scope",
            "alert.create",
            "--days",
            "30",
        ])
        .ok();
    let secret = made.out.trim();
    assert!(secret.starts_with("matoi_"), "{made:?}");
    let listed = place.run(&["--format", "json", "token", "list", "siem"]).ok();
    assert!(!listed.out.contains(secret));
    let listed = listed.json();
    assert_eq!(listed[0]["scopes"][0], "alert.create");
    assert!(secret.starts_with(listed[0]["hint"].as_str().unwrap()));
    let id = listed[0]["id"].as_str().unwrap();
    place.run(&["token", "revoke", id]).ok();
    let listed = place
        .run(&["--format", "json", "token", "list", "siem"])
        .ok()
        .json();
    assert!(listed[0]["revoked_at"].is_string());
}

#[test]
fn what_the_command_line_does_is_in_the_audit_log_in_its_name() {
    let place = Place::set_up();
    place.run(&["user", "add", "sasaki", "--name", "佐々木"]).ok();
    place.serve(&[]).stop();
    let exported = place.run(&["audit", "export"]).ok().out;
    let line = exported
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .rfind(|line| line["verb"] == "account.create")
        .unwrap();
    assert_eq!(line["actor_kind"], "system");
    assert_eq!(line["actor_name"], "command line");
}
