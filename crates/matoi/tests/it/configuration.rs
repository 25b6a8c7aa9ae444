//! `config check` and `config show`, and what a wrong configuration does to every command.

use crate::support::{Place, program, run};

fn check_file(text: &str) -> crate::support::Done {
    let place = Place::new();
    let file = place.write("matoi.toml", text);
    let mut command = program();
    command.arg("--config").arg(file).args(["config", "check"]);
    let mut done = run(&mut command);
    let dir = place.path("").display().to_string();
    done.err = done.err.replace(dir.trim_end_matches('/'), "DIR");
    done
}

#[test]
fn mistakes_are_named_with_file_and_line_all_at_once() {
    let done = check_file(
        "# comment\ndata_dir = \"x\"\nsession = 5\n\n[server]\nlistn = \"127.0.0.1:1\"\nlisten = \"localhost\"\n\n[log]\nformat = \"xml\"\n[database]\npassword = \"hunter2\"\n",
    );
    assert_eq!(done.code, 2, "{done:?}");
    assert_eq!(done.out, "");
    let expect = "matoi: the configuration is wrong
  DIR/matoi.toml:3: session is a table, written [session], and not an integer
  DIR/matoi.toml:6: there is no setting server.listn; did you mean server.listen?
  DIR/matoi.toml:7: server.listen: \"localhost\" is not right: expected an IP address and a port like \"127.0.0.1:8322\" or \"[::]:8322\"
  DIR/matoi.toml:10: log.format: \"xml\" is not right: expected \"text\" or \"json\"
  DIR/matoi.toml:12: a secret does not stand in this file: name a file that holds it with database.password_file, or set MATOI_DATABASE_PASSWORD in the environment
";
    assert_eq!(done.err, expect);
}

#[test]
fn files_that_settings_name_are_opened_and_what_does_not_fit_is_said_with_everything_else() {
    let place = Place::new();
    place.write("empty.pem", "");
    place.write("secret", "\n");
    std::fs::create_dir(place.path("data")).unwrap();
    let file = place.write(
        "matoi.toml",
        "data_dir = \"data\"
key_file = \"data/master.key\"
[server]
listen = \"0.0.0.0:8322\"
[server.tls]
certificate_file = \"empty.pem\"
key_file = \"nowhere.pem\"
[log]
format = \"xml\"
[session]
idle = \"3 d\"
[oidc]
issuer = \"https://login.example\"
client_id = \"matoi\"
client_secret_file = \"secret\"
ca_file = \"nowhere.pem\"
[blobs]
url = \"s3://bucket\"
[blobs.s3]
ca_file = \"empty.pem\"
",
    );
    let done = run(program().arg("--config").arg(file).args(["config", "check"]));
    assert_eq!(done.code, 2, "{done:?}");
    for (line, words) in [
        (2, "key_file: the key file DIR/data/master.key must not lie in"),
        (
            6,
            "server.tls.certificate_file: DIR/empty.pem: there is no certificate",
        ),
        (7, "server.tls.key_file: DIR/nowhere.pem: "),
        (9, "log.format: \"xml\""),
        (11, "session.idle: cannot be longer"),
        (15, "oidc.client_secret_file: DIR/secret is empty"),
        (16, "oidc.ca_file: DIR/nowhere.pem cannot be read"),
        (20, "blobs.s3.ca_file: DIR/empty.pem: there is no certificate"),
    ] {
        let words = words.replace("DIR", place.path("").display().to_string().trim_end_matches('/'));
        let expect = format!("matoi.toml:{line}: {words}");
        assert!(done.err.contains(&expect), "{expect}\n{}", done.err);
    }
    assert_eq!(done.err.lines().count(), 9, "{}", done.err);
    assert!(!place.path("data/master.key").exists());
}

#[test]
fn what_cannot_be_read_is_not_also_said_not_to_fit() {
    let done = check_file(
        "[server]\nlisten = \"0.0.0.0:1\"\npublic_url = \"matoi\"\ntrusted_proxies = [\"10.0.0.1\"]\n",
    );
    assert_eq!(done.err.lines().count(), 2, "{}", done.err);
    let done = check_file("[server]\nlisten = \"0.0.0.0:1\"\n[log]\nlevel = \"inof\"\n");
    assert!(
        done.err.contains(":2: ") && done.err.contains(":4: "),
        "{}",
        done.err
    );
}

#[test]
fn a_right_file_is_said_to_be_right() {
    let done = check_file("[server]\nlisten = \"127.0.0.1:1\"\n").ok();
    assert_eq!(done.out, "the configuration is right\n");
}

#[test]
fn a_server_does_not_start_where_others_could_read_passwords() {
    let done = check_file("[server]\nlisten = \"0.0.0.0:8322\"\n");
    assert_eq!(done.code, 2);
    assert!(
        done.err
            .contains("DIR/matoi.toml:2: server.listen: 0.0.0.0:8322 is reached by other machines"),
        "{done:?}"
    );
    let place = Place::new();
    let done = place.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(
        done.err.contains("--listen: server.listen: 0.0.0.0:0 is reached"),
        "{done:?}"
    );
    assert!(
        !place.path("data").exists(),
        "nothing is made before the configuration is right"
    );
}

#[test]
fn programs_get_the_same_as_json() {
    let place = Place::new();
    let done = place.run(&["--format", "json", "--set", "log.level=inof", "config", "check"]);
    assert_eq!(done.code, 2);
    let error = done.error();
    assert_eq!(error["kind"], "usage");
    assert_eq!(error["exit"], 2);
    assert_eq!(error["problems"][0]["place"], "--set log.level");
    let done = place.run(&["--format", "json", "config", "check"]).ok();
    assert_eq!(done.json()["valid"], true);
}

#[test]
fn a_missing_file_is_a_mistake_and_not_passed_over() {
    let done = run(program().args(["--config", "/nowhere/matoi.toml", "config", "check"]));
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("/nowhere/matoi.toml: cannot be read"),
        "{done:?}"
    );
}

#[test]
fn what_is_shown_says_where_it_comes_from_and_masks_secrets() {
    let place = Place::new();
    let file = place.write("matoi.toml", "[log]\nlevel = \"debug\"\n");
    let mut command = place.command(&["config", "show"]);
    command
        .arg("--config")
        .arg(&file)
        .env("MATOI_METRICS_TOKEN", "hunter2")
        .env("MATOI_SERVER_LISTN", "x");
    let done = run(&mut command).ok();
    let line = |name: &str| {
        let found = done.out.lines().find(|line| line.starts_with(name));
        let words: Vec<_> = found.unwrap().split_whitespace().collect();
        words.join(" ")
    };
    assert_eq!(
        line("log.level"),
        format!("log.level \"debug\" {}:2", file.display())
    );
    assert_eq!(
        line("metrics.token"),
        "metrics.token \"********\" MATOI_METRICS_TOKEN"
    );
    assert_eq!(line("server.listen"), "server.listen \"127.0.0.1:8322\" default");
    assert!(line("data_dir").ends_with("--data-dir"));

    let mut command = place.command(&["config", "show", "--format=json"]);
    let shown = run(command.env("MATOI_METRICS_TOKEN", "hunter2")).ok();
    assert!(!shown.out.contains("hunter2"));
    let shown = shown.json();
    let idle = shown
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["setting"] == "session.idle");
    assert_eq!(idle.unwrap()["value"], 7200);
    assert_eq!(idle.unwrap()["variable"], "MATOI_SESSION_IDLE");
}

#[test]
fn the_example_is_a_right_configuration() {
    let example = run(program().args(["config", "show", "--example"])).ok().out;
    assert!(example.contains("[server]\n") && example.contains("#listen = \"127.0.0.1:8322\""));
    check_file(&example).ok();
}

#[test]
fn a_wrong_configuration_stops_every_command_before_it_does_anything() {
    for arguments in [
        &["serve"][..],
        &["init"],
        &["user", "list"],
        &["audit", "verify"],
        &["keys", "status"],
    ] {
        let place = Place::new();
        let mut all = vec!["--set", "workers.parsers=0"];
        all.extend(arguments);
        let done = place.run(&all);
        assert_eq!(done.code, 2, "{arguments:?} {done:?}");
        assert!(done.err.contains("workers.parsers: 0 is outside"), "{done:?}");
        assert!(!place.path("data").exists());
    }
}
