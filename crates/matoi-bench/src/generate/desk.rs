//! Reports and alerts.

use matoi_db::{Value, v};
use matoi_types::{AttachmentId, CaseId, ClockId, ItemId, MessageId, ScopeId, Severity, Timestamp, Tlp};

use super::plan::{World, id, scope};
use super::rows::{Table, Writer};
use super::text::{by_language, fill, log, person, prose};
use super::{traces, words};
use crate::random::Random;

const REPORT: u64 = 10;
const ALERT: u64 = 11;

const CATEGORIES: &[&str] = &[
    "suspicious_mail",
    "suspicious_mail",
    "file_locked",
    "lost_device",
    "misdirected",
    "suspicious_login",
    "slow_or_strange",
    "other",
];
const CHANNELS: &[&str] = &["form", "mail", "phone", "desk", "account", "api"];
const SOURCES: &[&str] = &["edr", "siem", "mail-gateway", "proxy", "ids"];

/// What an item belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joined {
    pub(super) case: CaseId,
    pub(super) scope: (ScopeId, Tlp),
}

/// A report that became nothing more than an answer, or is still new.
pub(super) fn loose_report(world: &mut World, writer: &mut Writer, index: u64) {
    let mut random = Random::of(world.plan.seed, REPORT, index);
    let at = world.plan.time(index, world.plan.loose_reports(), &mut random);
    report(world, writer, &mut random, at, None);
}

/// An alert that was dismissed, or is still new.
pub(super) fn loose_alert(world: &mut World, writer: &mut Writer, index: u64) {
    let mut random = Random::of(world.plan.seed, ALERT, index);
    let at = world.plan.time(index, world.plan.loose_alerts(), &mut random);
    alert(world, writer, &mut random, at, None);
}

/// How far an item has come.
struct Progress {
    state: &'static str,
    acknowledged: Option<Timestamp>,
    triaged: Option<Timestamp>,
    answered: Option<Timestamp>,
    closed: Option<Timestamp>,
}

impl Progress {
    fn of(world: &World, random: &mut Random, at: Timestamp, joined: bool) -> Self {
        let age = world.plan.days_ago(at);
        let after = |random: &mut Random, at, most| world.plan.after(at, random.between(1, most));
        let is_new = age < 1 && !joined && random.chance(700);
        let acknowledged = (!is_new).then(|| after(random, at, 90));
        let triaged = acknowledged
            .filter(|_| joined || age > 2 || random.chance(500))
            .map(|at| after(random, at, 240));
        let answered = triaged
            .filter(|_| age > 3 || random.chance(600))
            .map(|at| after(random, at, 600));
        let closed = answered
            .filter(|_| age > 21 || random.chance(500))
            .map(|at| after(random, at, 4_000));
        let state = match (acknowledged, triaged, closed) {
            (None, ..) => "new",
            (_, None, _) => "acknowledged",
            (_, _, None) => "triaged",
            _ => "closed",
        };
        Self {
            state,
            acknowledged,
            triaged,
            answered,
            closed,
        }
    }
}

pub(super) fn report(
    world: &mut World,
    writer: &mut Writer,
    random: &mut Random,
    at: Timestamp,
    joined: Option<Joined>,
) -> String {
    let item: ItemId = id(random, at);
    let japanese = random.chance(800);
    let age = world.plan.age(at);
    let channel = CHANNELS
        .get(random.weighted(&[30, 35, 15, 5, 10, 5]))
        .copied()
        .unwrap_or("form");
    let reporter = (channel == "account")
        .then(|| world.staff.employee(random))
        .flatten();
    let placed = joined.map_or_else(
        || {
            let unit = world.staff.unit(random);
            let named: Vec<_> = world.staff.handler(random).into_iter().collect();
            scope(writer, random, at, unit, &named)
        },
        |joined| joined.scope,
    );
    let sentences = random.between(1, 6);
    let mut body = prose(
        random,
        by_language(japanese, words::REPORT_JA, words::REPORT_EN),
        sentences,
        age,
    );
    if random.chance(5) {
        body.push_str(&log(random, 300));
    }
    let category = random.pick(CATEGORIES);
    let title = if channel == "mail" {
        let title = random.pick(by_language(japanese, words::TITLE_JA, words::TITLE_EN));
        fill(random, title)
    } else {
        body.chars().take(40).collect()
    };
    let severity = severity(random);
    let progress = Progress::of(world, random, at, joined.is_some());
    let number = world.number("RPT", at);
    let outcome = progress.triaged.map(|_| {
        if joined.is_some() {
            "incident"
        } else {
            "not_incident"
        }
    });
    add_item(
        world,
        writer,
        random,
        Item {
            id: item,
            kind: "report",
            number,
            channel,
            source: channel,
            title,
            body,
            japanese,
            severity,
            at,
            outcome,
            verdict: None,
            joined,
            scope: placed.0,
            progress: &progress,
        },
    );
    let (name, device) = (person(random, japanese), super::text::device(random));
    let contact = format!("内線 {}", random.between(2000, 7999));
    writer.add(
        Table::ReportDetail,
        [
            v(item),
            v(category),
            v("today"),
            v(device),
            v(name),
            v(contact),
            v(reporter),
            v(0),
            Value::Text(None),
        ],
    );
    for (kind, met, minutes) in [
        ("acknowledge", progress.acknowledged, 60),
        ("answer", progress.answered, 1440),
    ] {
        clock(
            writer,
            random,
            ("item", &item.to_string()),
            placed.0,
            kind,
            at,
            minutes,
            met,
        );
    }
    if let Some(answered) = progress.answered {
        let answer = random.pick(by_language(japanese, words::ANSWER_JA, words::ANSWER_EN));
        let mut answer = fill(random, answer);
        super::text::sprinkle(random, &mut answer, age);
        let message: MessageId = id(random, answered);
        let author = world.staff.handler(random);
        writer.add(
            Table::Message,
            [
                v(message),
                v(item),
                v("out"),
                v("web"),
                v(answer),
                v(author),
                v(1),
                v(answered),
            ],
        );
    }
    if random.chance(250) {
        attachment(writer, random, ("item", &item.to_string()), placed.0, at);
    }
    let count = random.below(3);
    traces::seen(
        world,
        writer,
        random,
        ("item", &item.to_string()),
        placed,
        at,
        count,
    );
    item.to_string()
}

pub(super) fn alert(
    world: &mut World,
    writer: &mut Writer,
    random: &mut Random,
    at: Timestamp,
    joined: Option<Joined>,
) {
    let item: ItemId = id(random, at);
    let placed = joined.map_or_else(|| scope(writer, random, at, None, &[]), |joined| joined.scope);
    let index = usize::try_from(random.below(words::ALERT.len() as u64)).unwrap_or(0);
    let (title, body) = words::ALERT.get(index).copied().unwrap_or_default();
    let mut body = fill(random, body);
    super::text::sprinkle(random, &mut body, world.plan.age(at));
    let progress = Progress::of(world, random, at, joined.is_some());
    let verdict = progress.triaged.map(|_| {
        if joined.is_some() {
            "true_positive"
        } else {
            random.pick(&["false_positive", "false_positive", "benign_positive"])
        }
    });
    let number = world.number("ALT", at);
    let outcome = progress.triaged.map(|_| {
        if joined.is_some() {
            "incident"
        } else {
            "not_incident"
        }
    });
    let source = random.pick(SOURCES);
    let severity = severity(random);
    add_item(
        world,
        writer,
        random,
        Item {
            id: item,
            kind: "alert",
            number,
            channel: "api",
            source,
            title: title.to_owned(),
            body,
            japanese: !title.is_ascii(),
            severity,
            at,
            outcome,
            verdict,
            joined,
            scope: placed.0,
            progress: &progress,
        },
    );
    let tag = format!("[\"attack.t{}\"]", 1000 + random.below(600));
    writer.add(
        Table::AlertDetail,
        [v(item), v("detection"), v(tag), v(""), v("{}"), v("{}")],
    );
    clock(
        writer,
        random,
        ("item", &item.to_string()),
        placed.0,
        "triage",
        at,
        240,
        progress.triaged,
    );
    let count = random.between(1, 3);
    traces::seen(
        world,
        writer,
        random,
        ("item", &item.to_string()),
        placed,
        at,
        count,
    );
}

struct Item<'a> {
    id: ItemId,
    kind: &'static str,
    number: String,
    channel: &'static str,
    source: &'static str,
    title: String,
    body: String,
    japanese: bool,
    severity: Severity,
    at: Timestamp,
    outcome: Option<&'static str>,
    verdict: Option<&'static str>,
    joined: Option<Joined>,
    scope: ScopeId,
    progress: &'a Progress,
}

fn add_item(world: &mut World, writer: &mut Writer, random: &mut Random, item: Item<'_>) {
    let progress = item.progress;
    let assignee = progress.acknowledged.and_then(|_| world.staff.handler(random));
    let latest = [
        progress.closed,
        progress.answered,
        progress.triaged,
        progress.acknowledged,
    ];
    let updated = latest.into_iter().flatten().next().unwrap_or(item.at);
    let reference = (item.kind == "alert" || item.channel == "mail")
        .then(|| format!("{}-{}", item.source, world.reference()));
    let reason = item.verdict.map(|_| "調査の結果による");
    let lang = if item.japanese { "ja" } else { "en" };
    writer.add(
        Table::DeskItem,
        [
            v(item.id),
            v(item.kind),
            v(item.number),
            v(item.channel),
            v(item.source),
            v(reference),
            v(item.title),
            v(item.body),
            v(lang),
            v(item.severity),
            v(matoi_core::desk::rules::urgency(item.severity, item.at)),
            v(progress.state),
            v(item.outcome),
            v(item.verdict),
            v(reason),
            v(item.joined.map(|joined| joined.case)),
            v(assignee),
            v(item.scope),
            v(item.at),
            v(item.at),
            v(progress.acknowledged),
            v(progress.triaged),
            v(progress.answered),
            v(progress.closed),
            Value::Text(None),
            v(3),
            v(updated),
        ],
    );
}

pub(super) fn clock(
    writer: &mut Writer,
    random: &mut Random,
    owner: (&'static str, &str),
    scope: ScopeId,
    kind: &'static str,
    from: Timestamp,
    minutes: i64,
    met: Option<Timestamp>,
) {
    let clock: ClockId = id(random, from);
    writer.add(
        Table::Clock,
        [
            v(clock),
            v(owner.0),
            v(owner.1),
            v(scope),
            v(kind),
            v(from),
            v(from.plus_seconds(minutes * 60)),
            v(met),
        ],
    );
}

pub(super) fn attachment(
    writer: &mut Writer,
    random: &mut Random,
    owner: (&'static str, &str),
    scope: ScopeId,
    at: Timestamp,
) {
    let attachment: AttachmentId = id(random, at);
    let (name, digest) = (super::text::file_name(random), traces::digest(random));
    let size = i64::try_from(random.between(500, 4_000_000)).unwrap_or(0);
    writer.add(
        Table::Attachment,
        [
            v(attachment),
            v(owner.0),
            v(owner.1),
            v(scope),
            v(format!("generated-{digest}")),
            v(name),
            v("application/octet-stream"),
            v("application/zip"),
            v(size),
            v(digest),
            v("{}"),
            Value::Text(None),
            v(at),
        ],
    );
}

pub(super) fn severity(random: &mut Random) -> Severity {
    [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ]
    .get(random.weighted(&[4, 16, 40, 30, 10]))
    .copied()
    .unwrap_or(Severity::Medium)
}
