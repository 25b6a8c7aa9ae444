//! Measures a running server on generated data: processor time of the process, waiting time of the client, memory.

mod client;
mod server;
mod table;

use std::path::{Path, PathBuf};
use std::time::Instant;

use matoi_core::kernel::env::{Clock as _, SystemClock};
use serde_json::json;

use self::client::{Answer, Client, Credential};
use self::server::Server;
use self::table::{Figure, Line};
use crate::generate::{self, Failure, words};
use crate::random::Random;

/// What is measured, and where.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The program, built for release.
    pub program: PathBuf,
    /// Its data directory.
    pub data_dir: PathBuf,
    /// Its database; none for the embedded one in the data directory.
    pub database: Option<String>,
    /// How often each operation is done.
    pub times: usize,
}

/// Megabytes that an idle server may hold.
const RESIDENT_MB: f64 = 200.0;
/// Milliseconds that a start may take.
const START_MS: f64 = 1000.0;
/// Starts of which the middle one counts.
const STARTS: usize = 3;

/// Measures everything and gives it as a table, and whether every limit was kept.
///
/// # Errors
/// When the data is not there or an operation is refused.
pub async fn run(bench: &Bench, mut say: impl FnMut(&str)) -> Result<(String, bool), Failure> {
    let url = match &bench.database {
        Some(url) => url.parse()?,
        None => generate::sqlite_in(&bench.data_dir),
    };
    make_keys(&bench.program, &bench.data_dir)?;
    // The first start makes what else is missing.
    Server::start(&bench.program, &bench.data_dir, bench.database.as_deref())?.stop()?;
    let (token, session) = {
        let now = SystemClock.now();
        // Another secret each time: a run that was broken off leaves its own behind.
        let seed = now.as_micros().unsigned_abs();
        let store = generate::open(&url, now, seed).await?;
        let access = generate::access(&store).await?;
        store.db().close().await;
        access
    };
    let mut starts = Vec::new();
    for _ in 1..STARTS {
        let server = Server::start(&bench.program, &bench.data_dir, bench.database.as_deref())?;
        starts.push(server.ready_after);
        server.stop()?;
    }
    let server = Server::start(&bench.program, &bench.data_dir, bench.database.as_deref())?;
    starts.push(server.ready_after);
    starts.sort();
    server.rest()?;
    let fresh = server.resident_mb()?;
    say("the server is ready");

    let mut measured = Measured {
        times: bench.times,
        server: &server,
        api: Client::connect(server.address, &Credential::Token(token))?,
        pages: Client::connect(server.address, &Credential::Session(session))?,
        lines: Vec::new(),
    };
    measured.all(&mut say)?;
    let lines = measured.lines;
    server.rest()?;
    let after = server.resident_mb()?;
    server.stop()?;

    let start = starts.get(STARTS / 2).copied().unwrap_or_default().as_secs_f64() * 1000.0;
    let figures = [
        Figure {
            name: "start to ready",
            value: format!("{start:.0} ms"),
            limit: "1,000 ms",
            kept: start <= START_MS,
        },
        Figure {
            name: "resident after the start",
            value: format!("{:.0} MB", fresh.0),
            limit: "",
            kept: true,
        },
        Figure {
            name: "resident after all this, idle",
            value: format!("{:.0} MB", after.0),
            limit: "200 MB",
            kept: after.0 <= RESIDENT_MB,
        },
        Figure {
            name: "parsers that wait beside it",
            value: format!("{:.0} MB", after.1),
            limit: "",
            kept: true,
        },
    ];
    let kept = lines.iter().all(Line::is_kept) && figures.iter().all(|figure| figure.kept);
    Ok((table::show(&lines, &figures), kept))
}

/// A program makes no keys for a database that is there already: they are those of an installation beside it.
fn make_keys(program: &Path, data_dir: &Path) -> Result<(), Failure> {
    let beside = |end: &str| {
        let mut name = data_dir.file_name().unwrap_or_default().to_owned();
        name.push(end);
        data_dir.with_file_name(name)
    };
    let keys = beside(".keys");
    if keys.join("master.key").exists() {
        return Ok(());
    }
    let first = beside(".first");
    Server::start(program, &first, None)?.stop()?;
    std::fs::rename(beside(".first.keys"), &keys)?;
    std::fs::rename(first.join("recovery.key"), data_dir.join("recovery.key"))?;
    std::fs::remove_dir_all(&first)?;
    Ok(())
}

struct Measured<'a> {
    times: usize,
    server: &'a Server,
    api: Client,
    pages: Client,
    lines: Vec<Line>,
}

/// Which client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Api,
    Page,
}

impl Measured<'_> {
    fn all(&mut self, say: &mut impl FnMut(&str)) -> Result<(), Failure> {
        let cases = self.some_of("/api/v1/cases?state=all&sort=-detected&limit=200")?;
        if cases.is_empty() {
            return Err("there are no cases: generate them first".into());
        }
        let mut random = Random::new(11);
        let mut one = || {
            random
                .pick(&cases.iter().map(String::as_str).collect::<Vec<_>>())
                .to_owned()
        };
        let some: Vec<String> = (0..self.times).map(|_| one()).collect();

        self.reads(
            "get a case",
            Some(2.0),
            By::Api,
            &each(&some, |id| format!("/api/v1/cases/{id}")),
        )?;
        for (name, query) in LISTS {
            let path = format!("/api/v1/cases?{query}");
            self.reads(&format!("list of 50 cases, {name}"), Some(5.0), By::Api, &[path])?;
        }
        say("lists are done");
        for (name, typed) in searches() {
            let path = format!("/api/v1/search?q={}", encode(typed));
            self.reads(&format!("search, {name}"), Some(10.0), By::Api, &[path])?;
        }
        say("searches are done");
        let pages = each(&some, |id| format!("/cases/{id}"));
        self.reads("incident page", Some(8.0), By::Page, &pages)?;
        self.reads(
            "search page, a common word",
            None,
            By::Page,
            &[format!("/search?q={}", encode(words::COMMON))],
        )?;
        self.reads(
            "suggestions while typing",
            None,
            By::Page,
            &[format!("/search/suggest?q={}", encode("感染"))],
        )?;
        for (name, path) in [
            ("page of cases", "/cases"),
            ("first page", "/"),
            ("page of reports", "/reports"),
            ("page of alerts", "/watch"),
        ] {
            if self.pages.get(path)?.status == 200 {
                self.reads(name, None, By::Page, &[path.to_owned()])?;
            }
        }
        say("pages are done");
        let entries = each(&some, |id| format!("/api/v1/cases/{id}/entries"));
        let note = json!({ "kind": "note", "body": "端末を隔離し、ログの取得を始めた。CSIRTへ共有済み。" });
        let case = json!({
            "title": "図面共有サーバーのファイルが暗号化された", "summary": "朝から図面が開けないとの報告。拡張子が変わっている。",
            "class": "malicious-code.ransomware", "severity": "high", "priority": "p2",
        });
        self.writes("create a case", Some(3.0), &["/api/v1/cases".to_owned()], &case)?;
        self.writes("write on a timeline", None, &entries, &note)?;
        let report = json!({ "category": "other", "text": "取引先を名乗るメールの添付を開いてしまいました。", "device": "PC-2118" });
        if self.api.post("/api/v1/reports", &report)?.status == 201 {
            self.writes("create a report", None, &["/api/v1/reports".to_owned()], &report)?;
        }
        Ok(())
    }

    /// Identifiers from all over a list.
    fn some_of(&mut self, path: &str) -> Result<Vec<String>, Failure> {
        let (mut ids, mut at) = (Vec::new(), path.to_owned());
        loop {
            let page = expect(self.api.get(&at)?, 200, &at)?.json();
            let items = page.get("items").and_then(|items| items.as_array());
            let texts = items
                .into_iter()
                .flatten()
                .filter_map(|item| item.get("id")?.as_str());
            ids.extend(texts.map(ToOwned::to_owned));
            match page.get("next").and_then(|next| next.as_str()) {
                Some(next) => at = format!("{path}&cursor={next}"),
                None => return Ok(ids),
            }
        }
    }

    fn reads(&mut self, name: &str, limit: Option<f64>, by: By, paths: &[String]) -> Result<(), Failure> {
        let client = match by {
            By::Api => &mut self.api,
            By::Page => &mut self.pages,
        };
        client.connect_again()?;
        let line = measure(self.server, self.times, name, limit, |index| {
            let path = nth(paths, index);
            expect(client.get(path)?, 200, path)
        })?;
        self.lines.push(line);
        Ok(())
    }

    fn writes(
        &mut self,
        name: &str,
        limit: Option<f64>,
        paths: &[String],
        body: &serde_json::Value,
    ) -> Result<(), Failure> {
        self.server.rest()?;
        let before = self.server.cpu_ms()?;
        let client = &mut self.api;
        client.connect_again()?;
        let mut line = measure(self.server, self.times, name, limit, |index| {
            let path = nth(paths, index);
            expect(client.post(path, body)?, 201, path)
        })?;
        self.server.rest()?;
        let all = (self.times + warm_up(self.times)) as f64;
        line.cpu_ms_after = Some((self.server.cpu_ms()? - before) / all);
        self.lines.push(line);
        Ok(())
    }
}

/// Does something many times after doing it some times without looking.
fn measure(
    server: &Server,
    times: usize,
    name: &str,
    limit: Option<f64>,
    mut once: impl FnMut(usize) -> Result<Answer, Failure>,
) -> Result<Line, Failure> {
    for index in 0..warm_up(times) {
        once(index)?;
    }
    let (mut walls, mut bytes) = (Vec::with_capacity(times), 0);
    let before = server.cpu_ms()?;
    for index in 0..times {
        let begun = Instant::now();
        bytes += once(index)?.body.len();
        walls.push(begun.elapsed());
    }
    let cpu_ms = (server.cpu_ms()? - before) / times.max(1) as f64;
    walls.sort();
    Ok(Line {
        name: name.to_owned(),
        count: times,
        cpu_ms,
        cpu_ms_after: None,
        bytes: bytes / times.max(1),
        walls,
        limit,
    })
}

const fn warm_up(times: usize) -> usize {
    times / 20 + 1
}

/// Filters that people use, and some that few do.
const LISTS: &[(&str, &str)] = &[
    ("open, last changed first", "limit=50"),
    ("all, last changed first", "state=all&limit=50"),
    ("worst first", "sort=-priority&limit=50"),
    (
        "by phase and priority",
        "phase=contain,recover&priority.gte=p2&limit=50",
    ),
    (
        "closed ones of a class",
        "state=closed&class=malicious-code.ransomware&limit=50",
    ),
    (
        "a rare class of all",
        "state=all&class=availability.sabotage&severity.gte=critical&limit=50",
    ),
    ("one's own", "person=me&limit=50"),
    ("nobody's", "person=none&limit=50"),
    (
        "a month long ago",
        "state=all&detected.gte=2023-03-01T00:00:00Z&detected.lt=2023-04-01T00:00:00Z&sort=-detected&limit=50",
    ),
];

fn searches() -> [(&'static str, &'static str); 11] {
    [
        ("a rare word", words::RARE),
        ("a word in one of twenty", words::MIDDLING),
        ("a word in nine of ten", words::COMMON),
        ("a word last seen long ago", words::OLD),
        ("two Japanese characters", "感染"),
        ("an English word", "sandbox"),
        ("half-width katakana", "ｳｲﾙｽ"),
        ("an address", "198.51.100.77"),
        ("three words", "端末 隔離 CSIRT"),
        ("a phrase without a word", "\"ネットワークから隔離\" -EDR"),
        ("what is nowhere", "どこにもない言葉"),
    ]
}

fn each(ids: &[String], path: impl Fn(&str) -> String) -> Vec<String> {
    ids.iter().map(|id| path(id)).collect()
}

fn nth(paths: &[String], index: usize) -> &str {
    paths
        .get(index % paths.len().max(1))
        .map(String::as_str)
        .unwrap_or_default()
}

fn expect(answer: Answer, status: u16, path: &str) -> Result<Answer, Failure> {
    if answer.status == status {
        return Ok(answer);
    }
    let said: String = String::from_utf8_lossy(&answer.body).chars().take(400).collect();
    Err(format!("{path}: {} instead of {status}: {said}", answer.status).into())
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
