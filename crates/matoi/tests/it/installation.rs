//! Making an installation, and never taking one for another.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{PASSWORD, Place, run};

#[test]
fn an_installation_is_made_once() {
    let place = Place::new();
    let done = place.run(&["--format", "json", "init"]).ok();
    let made = done.json();
    assert_eq!(made["recovery_key"].as_str().unwrap().split('-').count(), 9);
    assert!(
        made["setup_link"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:8322/setup/")
    );
    let mode = |name: &str| place.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data"), 0o700);
    assert_eq!(mode("data.keys/master.key"), 0o600);

    let again = place.run(&["--format", "json", "init"]);
    assert_eq!(again.code, 3, "{again:?}");
    assert_eq!(again.out, "");
    assert_eq!(again.error()["kind"], "refused");
    assert!(
        again.error()["message"]
            .as_str()
            .unwrap()
            .contains("there is an installation already")
    );
}

#[test]
fn the_people_who_read_japanese_are_told_in_japanese() {
    let place = Place::new();
    let mut init = place.command(&["init"]);
    let done = run(init.env("LANG", "ja_JP.UTF-8")).ok();
    assert!(
        done.out.contains("回復キー") && done.out.contains("初期設定"),
        "{done:?}"
    );
    let server = place.serve(&["--set", "language=ja"]);
    assert!(
        server.said.contains("Matoiの準備ができました: http://127.0.0.1:"),
        "{}",
        server.said
    );
}

#[test]
fn an_unattended_set_up_makes_the_first_administrator() {
    let place = Place::set_up();
    let users = place.run(&["--format", "json", "user", "list"]).ok().json();
    assert_eq!(users[0]["login"], "admin");
    let roles: Vec<_> = users[0]["grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| grant["role"].clone())
        .collect();
    assert_eq!(roles, ["administrator", "csirt_lead"]);
    assert_eq!(users[0]["has_password"], true);
    // No set-up link is given out any more.
    let server = place.serve(&[]);
    assert!(!server.said.contains("/setup/"), "{}", server.said);
}

#[test]
fn an_unattended_set_up_with_wrong_input_leaves_nothing() {
    let place = Place::new();
    let wrong = place.write("organisation.json", "{\"name\": 5}");
    let mut init = place.command(&["init", "--admin-login", "admin", "--organisation-file"]);
    let done = run(init.arg(&wrong).env("MATOI_PASSWORD", PASSWORD));
    assert_eq!(done.code, 3, "{done:?}");
    assert!(!place.path("data").exists());

    let organisation =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/organisation.json");
    let mut init = place.command(&["init", "--admin-login", "admin", "--organisation-file"]);
    let done = run(init.arg(&organisation));
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("MATOI_PASSWORD"), "{done:?}");
    assert!(!place.path("data").exists());

    // A password that the rules refuse is said, and the recovery key is not lost with it.
    let mut init = place.command(&["init", "--admin-login", "admin", "--organisation-file"]);
    let done = run(init.arg(&organisation).env("MATOI_PASSWORD", "short"));
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.out.contains("Recovery key") && done.out.contains("/setup/"),
        "{done:?}"
    );
    assert!(done.err.contains("/password"), "{done:?}");
}

#[test]
fn commands_say_when_there_is_nothing_to_work_on() {
    let place = Place::new();
    for arguments in [
        &["user", "list"][..],
        &["token", "list", "admin"],
        &["audit", "verify"],
        &["intake", "report", "/dev/null"],
    ] {
        let done = place.run(arguments);
        let expect = if arguments[0] == "intake" { 3 } else { 4 };
        assert_eq!(done.code, expect, "{arguments:?} {done:?}");
        assert!(!place.path("data").exists(), "{arguments:?} made something");
    }
    assert_eq!(place.run(&["keys", "status"]).code, 4);
}

#[test]
fn a_lost_key_is_never_replaced_by_a_new_one() {
    let place = Place::new();
    place.run(&["init"]).ok();
    let key = place.path("data.keys/master.key");
    std::fs::rename(&key, place.path("elsewhere")).unwrap();
    for arguments in [&["serve"][..], &["user", "list"]] {
        let done = place.run(arguments);
        assert_eq!(done.code, 3, "{done:?}");
        assert!(done.err.contains("keys recover"), "{done:?}");
        assert!(!key.exists());
    }
    // Not even when only the database is left.
    std::fs::remove_file(place.path("data/recovery.key")).unwrap();
    assert_eq!(place.run(&["serve"]).code, 3);
    assert!(!key.exists());
}

#[test]
fn the_key_of_another_installation_is_noticed() {
    let (place, other) = (Place::set_up(), Place::set_up());
    // The signing key of the audit log is made when the first server seals.
    place.serve(&[]).stop();
    std::fs::copy(
        other.path("data.keys/master.key"),
        place.path("data.keys/master.key"),
    )
    .unwrap();
    let done = place.run(&["user", "list"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.err.contains("not the one this database was made with"),
        "{done:?}"
    );
}

#[test]
fn keys_that_others_may_read_are_refused() {
    let place = Place::new();
    place.run(&["init"]).ok();
    let key = place.path("data.keys/master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let done = place.run(&["user", "list"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("must be 600"), "{done:?}");
}
