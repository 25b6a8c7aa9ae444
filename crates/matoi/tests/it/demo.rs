//! The demonstration: the same script on an empty place gives the same states.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{Place, run};

/// What became of everything, without what is random: numbers, titles, states.
fn states(
    place: &Place,
    client: &crate::api::Client,
    runtime: &tokio::runtime::Runtime,
) -> BTreeMap<String, String> {
    let mut states = BTreeMap::new();
    for path in ["/reports?state=all", "/alerts?state=all", "/cases?state=all"] {
        for row in runtime.block_on(client.all(path)) {
            let of = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            states.insert(
                of("number"),
                format!(
                    "{} {} {} {}",
                    of("title"),
                    of("state"),
                    of("outcome"),
                    of("phase")
                ),
            );
        }
    }
    assert!(place.path("data").exists());
    states
}

#[test]
fn the_demonstration_goes_from_empty_to_closed_and_twice_the_same() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut all = Vec::new();
    for _ in 0..2 {
        let place = Place::new();
        let done = place.run(&["--format", "json", "demo", "--exit", "--listen", "127.0.0.1:0"]);
        assert_eq!(done.code, 0, "{done:?}");
        let last: serde_json::Value = serde_json::from_str(done.out.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "demo");
        assert_eq!(last["not_taken"], serde_json::json!([]), "{last}");
        assert_eq!(last["taken_in"]["mail"], 10);
        assert_eq!(last["taken_in"]["alert"], 21);
        assert_eq!(last["taken_in"]["form"], 3);

        let token = place.run(&["token", "create", "takahashi", "--name", "test", "--all-scopes"]);
        let token = token.ok().out.trim().to_owned();
        let server = place.serve(&[]);
        let client = crate::api::Client::new(&server.url, &token);
        let found = states(&place, &client, &runtime);
        let closed: Vec<_> = found
            .iter()
            .filter(|(number, state)| number.starts_with("INC-") && state.contains("closed"))
            .collect();
        assert_eq!(closed.len(), 1, "{found:?}");
        server.stop();
        place.run(&["audit", "verify"]).ok();
        all.push(found);
    }
    assert_eq!(all[0], all[1]);
}

#[test]
fn it_needs_an_empty_place_and_an_existing_directory() {
    let place = Place::set_up();
    let done = place.run(&["demo", "--exit", "--listen", "127.0.0.1:0"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("is set up already"), "{done:?}");
    let done = Place::new().run(&["demo", "--samples", "/nowhere"]);
    assert_eq!(done.code, 4, "{done:?}");
}

/// With mails and alerts of others, where there are any: all are taken in, whatever is wrong with them.
#[test]
fn mails_and_alerts_of_a_directory_come_in_besides() {
    let shared = std::env::var("MATOI_SHARED").unwrap_or_else(|_| "../../../shared".to_owned());
    let data = Path::new(&shared).join("data");
    if !data.join("mail").is_dir() {
        crate::support::say("skipped: there are no shared mails");
        return;
    }
    let data = std::fs::canonicalize(data).unwrap();
    let place = Place::new();
    let mut command = place.command(&["--format", "json", "demo", "--exit", "--listen", "127.0.0.1:0"]);
    let done = run(command.env("MATOI_SAMPLES", &data)).ok();
    let last: serde_json::Value = serde_json::from_str(done.out.lines().last().unwrap()).unwrap();
    assert!(last["taken_in"]["mail"].as_u64().unwrap() > 10, "{last}");
    assert!(last["taken_in"]["alert"].as_u64().unwrap() > 21, "{last}");
    assert_eq!(last["not_taken"], serde_json::json!([]), "{last}");
}
