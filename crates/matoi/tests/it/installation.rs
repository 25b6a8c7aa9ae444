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

    // Everything that the rules refuse is said at once, each where it was given.
    let mut init = place.command(&["init", "--admin-login", "a", "--admin-mail", "nowhere"]);
    init.arg("--organisation-file").arg(&organisation);
    let done = run(init.env("MATOI_PASSWORD", "short"));
    assert_eq!((done.code, done.out.as_str()), (3, ""), "{done:?}");
    for (place, why) in [
        ("--admin-login", "2 to 64"),
        ("--admin-mail", "mail address"),
        ("MATOI_PASSWORD", "At least"),
    ] {
        let line = done.err.lines().find(|line| line.contains(place));
        assert!(line.is_some_and(|line| line.contains(why)), "{done:?}");
    }
    assert!(!place.path("data").exists() && !place.path("data.keys").exists());
}

#[test]
fn the_file_of_the_organisation_is_refused_with_its_place() {
    let place = Place::new();
    for (text, at, why) in [
        ("{\n  \"name\": 5\n}", ":2:11 /name: ", "An object is wanted here"),
        (
            "{\n  \"name\": {\"ja\": \"湊\"},,\n}",
            ":2:23: ",
            "line 2, column 23",
        ),
        (
            "{\"organisation\": {\"naem\": 1}}",
            ":1:24 /organisation/naem: ",
            "There is: name, ",
        ),
        ("{}", ":1:2 /name: ", "The field \"name\" is missing"),
    ] {
        let file = place.write("organisation.json", text);
        let mut init = place.command(&["init", "--admin-login", "admin", "--organisation-file"]);
        let done = run(init.arg(&file).env("MATOI_PASSWORD", PASSWORD));
        assert_eq!(done.code, 3, "{done:?}");
        assert!(
            done.err.contains(&format!("organisation.json{at}")) && done.err.contains(why),
            "{text}: {}",
            done.err
        );
        assert!(!done.err.contains("struct"), "{}", done.err);
    }
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/organisation.json");
    let mut organisation: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(samples).unwrap()).unwrap();
    let inner = organisation.get_mut("organisation").map(serde_json::Value::take);
    let mut organisation = inner.unwrap_or(organisation);
    organisation["zone"] = "Asia/Minatono".into();
    let file = place.write("organisation.json", &organisation.to_string());
    let mut init = place.command(&["init", "--admin-login", "admin", "--organisation-file"]);
    let done = run(init.arg(&file).env("MATOI_PASSWORD", PASSWORD));
    assert!(done.err.contains("organisation.json /zone: "), "{done:?}");
    assert!(!place.path("data").exists());
}

#[test]
fn an_init_that_fails_on_the_way_leaves_nothing() {
    let place = Place::new();
    let inside = format!("key_file={}", place.path("data/keys/master.key").display());
    let done = place.run(&["--set", &inside, "init"]);
    assert_eq!(done.code, 3, "{done:?}");
    let named = format!("key file {}", place.path("data/keys/master.key").display());
    assert!(done.err.contains(&named), "{done:?}");
    assert!(!place.path("data").exists());

    // The place for files cannot be made: a file is in its way.
    let file = place.write("file", "");
    let blobs = format!("blobs.url=file:{}/blobs", file.display());
    std::fs::create_dir(place.path("data")).unwrap();
    let done = place.run(&["--set", &blobs, "init"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(
        std::fs::read_dir(place.path("data")).unwrap().count(),
        1,
        "only the lock"
    );
    assert!(!place.path("data.keys").exists());
    place.run(&["init"]).ok();
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
    for what in ["status", "rotate"] {
        let done = place.run(&["keys", what]);
        assert_eq!(done.code, 4);
        assert!(done.err.contains("`matoi init`"), "{done:?}");
        assert!(!place.path("data").exists());
    }
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
