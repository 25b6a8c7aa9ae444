//! The server: start, stop, lock, TLS, proxies, health, metrics, what it logs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Place, Server};

async fn get(url: &str) -> (u16, String) {
    let response = reqwest::get(url).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn host(server: &Server) -> String {
    let rest = server.url.split("://").nth(1).unwrap();
    rest.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_on_nothing_makes_everything_and_stops_gracefully() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert!(server.said.contains("Recovery key"), "{}", server.said);
    let link = server
        .said
        .lines()
        .find(|line| line.contains("/setup/"))
        .unwrap()
        .trim()
        .to_owned();
    assert_eq!(get(&link).await.0, 200);
    assert_eq!(
        get(&format!("{}healthz", server.url)).await,
        (200, "ok\n".to_owned())
    );
    let (status, body) = get(&format!("{}readyz", server.url)).await;
    let ready: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, &ready["ready"], &ready["files"]["state"]),
        (200, &true.into(), &"ok".into())
    );
    server.signal("INT");
    let (code, said, _) = server.wait(Duration::from_secs(20));
    assert_eq!(code, Some(0));
    assert!(said.contains("Stopping") && said.ends_with("Stopped\n"), "{said}");

    // The second start shows no key and ends the former link.
    let server = place.serve(&[]);
    assert!(!server.said.contains("Recovery key"));
    assert_ne!(
        server
            .said
            .lines()
            .find(|line| line.contains("/setup/"))
            .unwrap()
            .trim(),
        link
    );
    server.stop();
}

#[test]
fn events_are_json_lines_where_json_is_wanted() {
    let place = Place::new();
    let server = place.serve(&["--format", "json"]);
    let events: Vec<serde_json::Value> = server
        .said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["recovery_key", "setup_link", "ready"]);
    server.stop();
}

#[test]
fn a_second_server_on_the_same_directory_is_refused() {
    let place = Place::new();
    let server = place.serve(&[]);
    let second = place.run(&["--format", "json", "serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 3, "{second:?}");
    let message = second.error()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("in use by another matoi (process "), "{message}");
    server.stop();
    // A server that was killed leaves no lock behind.
    let server = place.serve(&[]);
    server.signal("KILL");
    server.wait(Duration::from_secs(10));
    place.serve(&[]).stop();
}

#[test]
fn an_address_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let done = Place::new().run(&["serve", "--listen", &address]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.err.contains(&format!("cannot listen on {address}: ")),
        "{done:?}"
    );
}

#[tokio::test]
async fn requests_under_way_are_finished_and_idle_connections_do_not_hold_up_the_end() {
    let place = Place::new();
    let server = place.serve(&["--set", "server.stop_within=10 s"]);
    let host = host(&server);
    // One keeps its connection open without a word, one is in the middle of a body.
    let mut idle = TcpStream::connect(&host).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    idle.read_exact(&mut [0; 15]).unwrap();
    let mut busy = TcpStream::connect(&host).unwrap();
    busy.write_all(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 17\r\n\r\nlogin=")
        .unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begin = Instant::now();
    server.signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(TcpStream::connect(&host).is_err(), "nothing new is accepted");
    busy.write_all(b"x&password=").unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    let (code, _, log) = server.wait(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{log}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn a_second_signal_stops_at_once() {
    let place = Place::new();
    let server = place.serve(&["--set", "server.stop_within=10 min"]);
    let mut busy = TcpStream::connect(host(&server)).unwrap();
    busy.write_all(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 17\r\n\r\nx")
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    server.signal("TERM");
    let (code, _, log) = server.wait(Duration::from_secs(10));
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn connections_that_say_nothing_or_dawdle_are_given_up() {
    let place = Place::new();
    let server = place.serve(&[
        "--set",
        "server.limits.header_timeout=1 s",
        "--set",
        "server.limits.body_timeout=1 s",
    ]);
    let check = |first: &[u8]| {
        let mut slow = TcpStream::connect(host(&server)).unwrap();
        slow.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        slow.write_all(first).unwrap();
        let mut rest = Vec::new();
        let begin = Instant::now();
        // Ends by being closed, in whatever way.
        let _ = slow.read_to_end(&mut rest);
        assert!(
            begin.elapsed() < Duration::from_secs(8),
            "{first:?} {:?}",
            begin.elapsed()
        );
    };
    check(b"");
    check(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ");
    check(b"POST /login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 100\r\n\r\nlogin=");
    server.stop();
}

#[tokio::test]
async fn below_a_path_everything_lies_there() {
    let place = Place::new();
    let server = place.serve(&[
        "--public-url",
        "https://www.example/csirt/matoi",
        "--set",
        "server.trusted_proxies=127.0.0.1",
    ]);
    assert!(
        server.said.contains("https://www.example/csirt/matoi/setup/"),
        "{}",
        server.said
    );
    server.stop();

    let place = Place::set_up();
    let server = place.serve(&["--base-path", "/matoi"]);
    let root = server.url.trim_end_matches("matoi/").to_owned();
    assert!(server.url.ends_with("/matoi/"), "{}", server.url);
    assert_eq!(get(&format!("{}login", server.url)).await.0, 200);
    assert_eq!(get(&format!("{root}login")).await.0, 404);
    for base in [&server.url, &root] {
        assert_eq!(get(&format!("{base}healthz")).await.0, 200);
    }
    let (_, metrics) = get(&format!("{root}metrics")).await;
    assert!(
        metrics.contains("route=\"/login\",status=\"200\"} 1"),
        "{metrics}"
    );
    server.stop();
}

#[tokio::test]
async fn every_answer_has_an_identifier_of_its_request() {
    let place = Place::set_up();
    let server = place.serve(&["--set", "server.base_path=/csirt"]);
    let root = server.url.trim_end_matches("csirt/").to_owned();
    let client = reqwest::Client::new();
    let mut seen = std::collections::BTreeSet::new();
    for path in [
        "healthz",
        "readyz",
        "metrics",
        "csirt/healthz",
        "csirt/login",
        "csirt/api/v1/cases",
        "nowhere",
    ] {
        let answer = client.get(format!("{root}{path}")).send().await.unwrap();
        let ids: Vec<_> = answer.headers().get_all("x-request-id").iter().collect();
        assert_eq!(ids.len(), 1, "{path}");
        let id = ids[0].to_str().unwrap();
        assert!(
            id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{path}: {id}"
        );
        assert!(seen.insert(id.to_owned()), "{path}");
    }
    server.stop();
}

#[test]
fn roles_that_there_are_not_are_told_of_at_the_start() {
    let place = Place::set_up();
    let server = place.serve(&[
        "--set",
        "oidc.issuer=https://login.example",
        "--set",
        "oidc.client_id=matoi",
        "--set",
        "oidc.roles=soc=analyst,handler;desk=analyst",
    ]);
    let log = server.stop();
    let line = log
        .lines()
        .find(|line| line.contains("names a role that there is not"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    assert!(
        line.contains("WARN") && line.contains("role=\"analyst\"") && line.contains("soc, desk"),
        "{line}"
    );
    assert!(!log.contains("role=\"handler\""), "{log}");
}

#[tokio::test]
async fn the_log_tells_of_requests_without_paths_queries_or_secrets() {
    let place = Place::new();
    let server = place.serve(&["--set", "log.format=json", "--set", "log.level=debug"]);
    let client = reqwest::Client::new();
    for path in [
        "setup/SECRET1",
        "link/SECRET2",
        "login?next=SECRET3",
        "r/SECRET4",
        "nothing/SECRET5",
    ] {
        client.get(format!("{}{path}", server.url)).send().await.unwrap();
    }
    let form = [("login", "SECRET6"), ("password", "SECRET7")];
    let body = form.map(|(name, value)| format!("{name}={value}")).join("&");
    client
        .post(format!("{}login", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", "matoi_session=SECRET8")
        .header("authorization", "Bearer SECRET9")
        .body(body)
        .send()
        .await
        .unwrap();
    let log = server.stop();
    assert!(!log.contains("SECRET"), "{log}");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let requests: Vec<_> = lines
        .iter()
        .filter(|line| line["target"] == "matoi::request")
        .collect();
    assert_eq!(requests.len(), 6, "{log}");
    assert_eq!(requests[0]["route"], "/setup/{token}");
    assert_eq!(requests[0]["method"], "GET");
    assert!(requests[0]["status"].is_u64() && requests[0]["ms"].is_f64());
    assert_eq!(requests[0]["request_id"].as_str().unwrap().len(), 16);
    assert_eq!(requests[4]["route"], "(none)");
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_those_with_the_token() {
    let place = Place::set_up();
    let server = place.serve(&[]);
    get(&format!("{}login", server.url)).await;
    let (status, text) = get(&format!("{}metrics", server.url)).await;
    assert_eq!(status, 200);
    parse_openmetrics(&text);
    for name in [
        "matoi_http_requests_total{method=\"GET\",route=\"/login\",status=\"200\"} 1",
        "matoi_http_request_duration_seconds_bucket",
        "matoi_database_connections",
        "matoi_jobs{lane=\"urgent\",state=\"waiting\"} 0",
        "matoi_audit_unsealed_rows",
        "matoi_parser_lost_total",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
    ] {
        assert!(text.contains(name), "{name} is missing: {text}");
    }
    let client = reqwest::Client::new();
    let passed_on = client
        .get(format!("{}metrics", server.url))
        .header("x-forwarded-for", "203.0.113.7");
    assert_eq!(passed_on.send().await.unwrap().status(), 404);
    let passed_on = client
        .get(format!("{}readyz", server.url))
        .header("x-forwarded-for", "203.0.113.7");
    assert_eq!(passed_on.send().await.unwrap().text().await.unwrap(), "ready\n");
    server.stop();

    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::start(command.env("MATOI_METRICS_TOKEN", "a-token"));
    let asked = |token: &'static str| {
        let request = client.get(format!("{}metrics", server.url)).bearer_auth(token);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(asked("a-token").await, 200);
    assert_eq!(asked("another").await, 404);
    assert_eq!(get(&format!("{}metrics", server.url)).await.0, 404);
    server.stop();

    let server = place.serve(&["--set", "metrics.enabled=false"]);
    assert_eq!(get(&format!("{}metrics", server.url)).await.0, 404);
    server.stop();
}

/// The grammar of the format, as far as a scraper minds: comments, samples with labels, numbers, an end.
fn parse_openmetrics(text: &str) {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let mut described = std::collections::BTreeSet::new();
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.split(' ');
            let kind = words.next().unwrap();
            assert!(["HELP", "TYPE", "UNIT"].contains(&kind), "{line}");
            let name = words.next().unwrap().to_owned();
            assert!(
                kind != "TYPE" || described.insert(name),
                "described twice: {line}"
            );
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = sample.split('{').next().unwrap();
        assert!(
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
            "{line}"
        );
        assert!(
            described.iter().any(|family| name.starts_with(family)),
            "{line} is not described"
        );
        assert_eq!(sample.contains('{'), sample.ends_with('}'), "{line}");
    }
}

struct Certificate {
    pem: String,
    key: String,
}

fn certificate() -> Certificate {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Certificate {
        pem: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
    }
}

fn trusting(certificate: &Certificate) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_built_in_root_certs(false)
        .add_root_certificate(reqwest::Certificate::from_pem(certificate.pem.as_bytes()).unwrap())
        .build()
        .unwrap()
}

#[tokio::test]
async fn tls_is_served_and_the_certificate_can_be_exchanged_while_running() {
    let place = Place::set_up();
    let first = certificate();
    let pem = place.write("certificate.pem", &first.pem);
    let key = place.write("key.pem", &first.key);
    let setting = |name: &str, path: &std::path::Path| format!("server.tls.{name}={}", path.display());
    let (pem_setting, key_setting) = (setting("certificate_file", &pem), setting("key_file", &key));
    let server = place.serve(&["--set", &pem_setting, "--set", &key_setting]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    let url = server.url.replace("127.0.0.1", "localhost") + "login";
    let response = trusting(&first).get(&url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("strict-transport-security"));

    // What is not a certificate changes nothing.
    place.write("certificate.pem", "nonsense");
    server.signal("HUP");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(trusting(&first).get(&url).send().await.is_ok());

    let second = certificate();
    place.write("certificate.pem", &second.pem);
    place.write("key.pem", &second.key);
    server.signal("HUP");
    let begin = Instant::now();
    while trusting(&second).get(&url).send().await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(trusting(&first).get(&url).send().await.is_err());
    // Speaking plainly to it is answered by nothing that is HTTP.
    let mut plain = TcpStream::connect(host(&server)).unwrap();
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let log = server.stop();
    assert!(log.contains("the former one stays in force"), "{log}");
}

#[test]
fn a_certificate_that_cannot_be_used_stops_the_start() {
    let place = Place::new();
    let good = certificate();
    let pem = place.write("certificate.pem", &good.pem);
    let check = |key: &str, expect: &str| {
        let done = place.run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--set",
            &format!("server.tls.certificate_file={}", pem.display()),
            "--set",
            &format!("server.tls.key_file={key}"),
        ]);
        assert_eq!(done.code, 1, "{done:?}");
        assert!(done.err.contains(expect), "{expect}: {done:?}");
    };
    check("/nowhere/key.pem", "/nowhere/key.pem");
    let other = place.write("other.pem", &certificate().key);
    check(other.to_str().unwrap(), "certificate.pem: ");
}

/// Live updates are streams without an end: they must not hold up the stop.
#[tokio::test]
async fn streams_of_live_updates_end_when_the_server_stops() {
    let place = Place::set_up();
    let server = place.serve(&["--set", "server.stop_within=60 s"]);
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let signed_in = client
        .post(format!("{}login", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("login=admin&password={}", crate::support::PASSWORD))
        .send()
        .await
        .unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let events = client
        .get(format!("{}events", server.url))
        .header("cookie", cookie)
        .send()
        .await
        .unwrap();
    if events.status() == 404 {
        println!("skipped: there is no stream of live updates yet");
        return;
    }
    assert_eq!(events.status(), 200);
    let begin = Instant::now();
    server.signal("TERM");
    let (code, _, log) = server.wait(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{log}");
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
}
