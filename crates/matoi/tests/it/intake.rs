//! `intake report` and `intake alert`.

use serde_json::{Value as Json, json};

use crate::support::Place;

fn lines(text: &str) -> Vec<Json> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_report_from_a_pipe_gets_a_number_and_a_link() {
    let place = Place::set_up();
    let report = json!({"text": "画面に脅迫文が出ている", "channel": "phone", "lang": "ja"});
    let done = place
        .run_with_input(&["intake", "report"], report.to_string().as_bytes())
        .ok();
    assert!(
        done.out.starts_with("RPT-") && done.out.contains("/r/"),
        "{done:?}"
    );
    let done = place.run_with_input(&["intake", "report", "-"], b"{\"text\": \"\"}");
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("/text"), "{done:?}");
}

#[test]
fn the_same_alert_never_makes_a_second_item() {
    let place = Place::set_up();
    let alert = |reference: &str| json!({"title": "beacon", "source": "siem", "source_ref": reference});
    let file = place.write("alerts.json", &json!([alert("a"), alert("b")]).to_string());
    let file = file.to_str().unwrap();
    let first = lines(&place.run(&["--format", "json", "intake", "alert", file]).ok().out);
    assert_eq!(first.len(), 2);
    assert_eq!(first[0]["existed"], false);
    let second = lines(&place.run(&["--format", "json", "intake", "alert", file]).ok().out);
    assert_eq!(second[0]["existed"], true);
    assert_eq!(second[0]["number"], first[0]["number"]);
}

#[test]
fn a_mistake_in_one_of_many_takes_in_none() {
    let place = Place::set_up();
    let alerts =
        json!([{"title": "t", "source": "s", "source_ref": "1"}, {"title": "t", "source": "s", "colour": 1}]);
    let done = place.run_with_input(&["intake", "alert"], alerts.to_string().as_bytes());
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("item 2: unknown field `colour`"), "{done:?}");
    let one = json!({"title": "t", "source": "s", "source_ref": "1"});
    let done = place
        .run_with_input(
            &["--format", "json", "intake", "alert"],
            one.to_string().as_bytes(),
        )
        .ok();
    assert_eq!(lines(&done.out)[0]["existed"], false);
}

#[test]
fn an_account_hands_in_with_its_own_rights() {
    let place = Place::set_up();
    place
        .run(&["user", "add", "mori", "--name", "森", "--role", "auditor"])
        .ok();
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
    let alert = json!({"title": "t", "source": "s", "source_ref": "1"}).to_string();
    let refused = place.run_with_input(
        &["--format", "json", "intake", "alert", "--as", "mori"],
        alert.as_bytes(),
    );
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(
        refused.error()["message"]
            .as_str()
            .unwrap()
            .contains("alert.create"),
        "{refused:?}"
    );
    place
        .run_with_input(&["intake", "alert", "--as", "siem"], alert.as_bytes())
        .ok();
    assert_eq!(
        place
            .run_with_input(&["intake", "alert", "--as", "nobody"], alert.as_bytes())
            .code,
        4
    );
}

#[test]
fn the_samples_are_taken_in_while_a_server_runs() {
    let place = Place::set_up();
    let server = place.serve(&[]);
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    let alerts = samples.join("alerts/webhook-generic.json");
    let done = place.run(&["intake", "alert", alerts.to_str().unwrap()]).ok();
    assert!(done.out.lines().count() > 1, "{done:?}");
    server.stop();
    let verified = place.run(&["--format", "json", "audit", "verify"]).ok().json();
    assert_eq!(
        verified["unsealed"], 0,
        "the running server seals what others write: {verified}"
    );
}

#[test]
fn a_mail_server_pipes_mails_in() {
    let place = Place::set_up();
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/mail");
    let mail = std::fs::read(samples.join("01-partner-notice-iso-2022-jp.eml")).unwrap();
    let arguments = [
        "--format",
        "json",
        "intake",
        "mail",
        "--sender",
        "x@partner.example",
        "--recipient",
        "csirt@minatono.example",
    ];
    let first = lines(&place.run_with_input(&arguments, &mail).ok().out);
    assert_eq!(first[0]["role"], "report", "{first:?}");
    assert_eq!(
        (&first[0]["existed"], &first[0]["inspected"]),
        (&false.into(), &true.into())
    );
    let again = lines(&place.run_with_input(&arguments, &mail).ok().out);
    assert_eq!(again[0]["existed"], true);
    assert_eq!(again[0]["number"], first[0]["number"]);
}

#[test]
fn whatever_is_wrong_here_costs_no_mail() {
    let place = Place::set_up();
    let check = |place: &Place, arguments: &[&str], mail: &[u8], code: i32| {
        let done = place.run_with_input(arguments, mail);
        assert_eq!(done.code, code, "{arguments:?} {done:?}");
    };
    check(&place, &["intake", "mail"], b" \n", 65);
    let too_long = vec![b'a'; (1 << 20) + 5];
    check(
        &place,
        &["--set", "intake.max_mail=1 MiB", "intake", "mail"],
        &too_long,
        65,
    );
    check(
        &place,
        &["--set", "intake.max_mail=nonsense", "intake", "mail"],
        b"x",
        75,
    );
    check(&place, &["intake", "mail", "--sendr", "x"], b"x", 75);
    check(&place, &["intake", "mail", "--as", "nobody"], b"x", 75);
    check(&Place::new(), &["intake", "mail"], b"x", 75);
}
