//! Cases with their timelines, tasks, decisions, clocks, documents and what came in for them.

use matoi_core::taxonomy;
use matoi_db::{Value, v};
use matoi_types::{CaseId, DecisionId, DocumentId, EntryId, Priority, TaskId, Timestamp};
use serde_json::json;

use super::desk::{self, Joined};
use super::plan::{World, id, scope};
use super::rows::{Table, Writer};
use super::text::{by_language, fill, log, prose};
use super::{traces, words};
use crate::random::Random;

const CASE: u64 = 20;
/// Entries of one case of a size, and how many of a hundred are of it. On average 10.6.
const SIZES: &[(u64, u64)] = &[(5, 60), (12, 30), (40, 10)];

/// Makes the `index`-th case.
pub(super) fn one(world: &mut World, writer: &mut Writer, index: u64) {
    let mut random = Random::of(world.plan.seed, CASE, index);
    let random = &mut random;
    let at = world.plan.time(index, world.plan.cases, random);
    let case: CaseId = id(random, at);
    let (age, japanese) = (world.plan.age(at), random.chance(800));
    let handler = world.staff.handler(random);
    let commander = world.staff.lead(random).filter(|_| random.chance(400));
    let unit = world.staff.unit(random);
    let named: Vec<_> = [handler, commander].into_iter().flatten().collect();
    let scope_unit = unit.filter(|_| random.chance(300));
    let placed = scope(writer, random, at, scope_unit, &named);

    let incident = random.chance(800);
    let (kind, prefix) = if incident {
        ("incident", "INC")
    } else {
        ("inquiry", "INQ")
    };
    let life = Life::of(world, random, at, incident);
    let title = random.pick(by_language(japanese, words::TITLE_JA, words::TITLE_EN));
    let title = fill(random, title);
    let notes = by_language(japanese, words::NOTE_JA, words::NOTE_EN);
    let summary = prose(random, notes, 3, age);
    let cause = if life.closed.is_some() {
        prose(random, notes, 1, age)
    } else {
        String::new()
    };
    let impact = if life.closed.is_some() {
        prose(random, notes, 1, age)
    } else {
        String::new()
    };
    let prevention = if life.closed.is_some() {
        prose(random, notes, 2, age)
    } else {
        String::new()
    };
    let class = if incident { class(random) } else { String::new() };
    let severity = desk::severity(random);
    let priority = [Priority::P1, Priority::P2, Priority::P3, Priority::P4]
        .get(random.weighted(&[5, 20, 50, 25]))
        .copied()
        .unwrap_or(Priority::P3);
    let number = world.number(prefix, at);
    let lifecycle = world.staff.lifecycle(kind);
    writer.add(
        Table::CaseFile,
        [
            v(case),
            v(kind),
            v(number),
            v(title),
            v(&summary),
            v(class),
            v(severity),
            v(priority),
            v(life.phase),
            v(life.state),
            v(placed.0),
            v(unit),
            v(commander),
            v(handler),
            v(lifecycle),
            v(""),
            v(if random.chance(950) { "no" } else { "unknown" }),
            v(at),
            v(at),
            v(life.acknowledged),
            v(life.triaged),
            v(life.contained),
            v(life.recovered),
            v(life.converged),
            v(life.closed),
            v(life.since),
            v(cause),
            v(impact),
            v(""),
            v(prevention),
            Value::Int(None),
            v(""),
            v(0),
            v(handler),
            v(at),
            v(life.updated),
            v(12),
        ],
    );
    let owner = ("case", case.to_string());
    let owner = (owner.0, owner.1.as_str());
    for (kind, from, minutes, met) in [
        ("triage", Some(at), 120, life.triaged),
        ("contain", life.triaged, 720, life.contained),
        ("recover", life.contained, 4_320, life.recovered),
        ("close", life.converged, 20_160, life.closed),
    ] {
        if let Some(from) = from {
            desk::clock(writer, random, owner, placed.0, kind, from, minutes, met);
        }
    }
    timeline(
        world,
        writer,
        random,
        Timeline {
            case,
            at,
            until: life.updated,
            author: handler,
            japanese,
        },
    );
    tasks(world, writer, random, case, &life, japanese);
    if random.chance(300) {
        decision(
            writer,
            random,
            case,
            life.triaged.unwrap_or(at),
            commander.or(handler),
            age,
            japanese,
        );
    }
    let count = random.below(4);
    traces::seen(world, writer, random, owner, placed, at, count);
    if random.chance(300) {
        desk::attachment(writer, random, owner, placed.0, at);
    }
    if random.chance(600) {
        let asset = usize::try_from(random.below(world.assets.len() as u64)).unwrap_or(0);
        if let Some(asset) = world.assets.get(asset) {
            writer.add(
                Table::CaseAsset,
                [v(case), v(asset), v("affected"), v(""), v(handler), v(at)],
            );
        }
    }
    if let Some(closed) = life.closed.filter(|_| incident && random.chance(700)) {
        document(world, writer, random, case, placed, closed, handler);
    }
    if random.chance(50)
        && let Some(other) = world.cases.last()
    {
        writer.add(
            Table::CaseLink,
            [v(case), v(other), v("related"), v(""), v(handler), v(at)],
        );
    }
    world.cases.push(case.to_string());
    let joined = Some(Joined { case, scope: placed });
    if index < world.plan.joined_reports() {
        let before = at.plus_seconds(-i64::try_from(random.between(60, 7_200)).unwrap_or(60));
        desk::report(world, writer, random, before, joined);
    }
    if index % 10 < 3 && index * 3 / 10 < world.plan.joined_alerts() {
        let before = at.plus_seconds(-i64::try_from(random.between(60, 7_200)).unwrap_or(60));
        desk::alert(world, writer, random, before, joined);
    }
}

/// The points of a case's life that were reached.
struct Life {
    state: &'static str,
    phase: &'static str,
    acknowledged: Option<Timestamp>,
    triaged: Option<Timestamp>,
    contained: Option<Timestamp>,
    recovered: Option<Timestamp>,
    converged: Option<Timestamp>,
    closed: Option<Timestamp>,
    since: Timestamp,
    updated: Timestamp,
}

impl Life {
    fn of(world: &World, random: &mut Random, at: Timestamp, incident: bool) -> Self {
        let days = world.plan.days_ago(at);
        // Nearly everything older than two months is closed; of the rest each step is reached by some.
        let reach = if days > 60 && random.chance(985) {
            7
        } else {
            1 + random.below(if days > 7 { 7 } else { 5 })
        };
        let mut times = vec![at];
        for most in [60, 240, 1_440, 4_320, 4_320, 14_400, 20_160] {
            let last = times.last().copied().unwrap_or(at);
            times.push(world.plan.after(last, random.between(5, most)));
        }
        let point = |n: u64| {
            times
                .get(usize::try_from(n).unwrap_or(0))
                .copied()
                .filter(|_| n <= reach)
        };
        let phases = if incident {
            [
                "detect",
                "detect",
                "investigate",
                "contain",
                "recover",
                "recover",
                "converge",
                "close",
            ]
        } else {
            [
                "detect",
                "detect",
                "investigate",
                "investigate",
                "investigate",
                "investigate",
                "investigate",
                "close",
            ]
        };
        let since = point(reach).unwrap_or(at);
        Self {
            state: if reach >= 7 { "closed" } else { "open" },
            phase: phases
                .get(usize::try_from(reach).unwrap_or(0))
                .copied()
                .unwrap_or("detect"),
            acknowledged: point(1),
            triaged: point(2),
            contained: point(3),
            recovered: point(5),
            converged: point(6),
            closed: point(7),
            since,
            updated: since,
        }
    }
}

struct Timeline {
    case: CaseId,
    at: Timestamp,
    until: Timestamp,
    author: Option<matoi_types::AccountId>,
    japanese: bool,
}

fn timeline(world: &mut World, writer: &mut Writer, random: &mut Random, line: Timeline) {
    let per_case = world.plan.entries as f64 / world.plan.cases.max(1) as f64 / 10.6;
    let size = SIZES
        .get(random.weighted(&[60, 30, 10]))
        .map_or(5, |(size, _)| *size);
    // One case in five thousand is one that everybody remembers.
    let size = if random.chance(1) && random.chance(200) {
        2_000
    } else {
        size
    };
    let count = ((size as f64 * per_case).round() as u64).max(1);
    let span = line.until.seconds_since(line.at).max(60);
    for n in 0..count {
        let share = n as f64 / count as f64;
        let at = line.at.plus_seconds((span as f64 * share) as i64);
        let entry: EntryId = id(random, at);
        let written = n > 0 && random.chance(650);
        let age = world.plan.age(at);
        let (kind, body, message) = if written {
            let sentences = random.between(1, 5);
            let list = by_language(line.japanese, words::NOTE_JA, words::NOTE_EN);
            let mut body = prose(random, list, sentences, age);
            if random.chance(8) {
                body.push_str(&log(random, 200));
            }
            (
                random.pick(&["note", "note", "note", "status", "phone"]),
                body,
                None,
            )
        } else if n == 0 {
            (
                "state",
                String::new(),
                Some(json!({"key": "timeline-opened", "args": [["number", ""]]})),
            )
        } else {
            let to = random.pick(&["investigate", "contain", "recover", "converge"]);
            let args = json!([["kind", "incident"], ["from", "detect"], ["to", to]]);
            (
                "state",
                String::new(),
                Some(json!({"key": "timeline-phase", "args": args})),
            )
        };
        writer.add(
            Table::Entry,
            [
                v(entry),
                v(line.case),
                v(kind),
                v(at),
                v(at),
                v("account"),
                v(line.author),
                v(body),
                v(message.map(|m| m.to_string())),
                Value::Text(None),
                Value::Text(None),
                v(i64::from(n == 1 && random.chance(100))),
                v(1),
            ],
        );
    }
}

fn tasks(
    world: &mut World,
    writer: &mut Writer,
    random: &mut Random,
    case: CaseId,
    life: &Life,
    japanese: bool,
) {
    for _ in 0..random.below(5) {
        let from = life.triaged.unwrap_or(life.since);
        let at = world.plan.after(from, random.below(600));
        let task: TaskId = id(random, at);
        let done = life.closed.is_some() || random.chance(500);
        let title = random.pick(by_language(japanese, words::TASK_JA, words::TASK_EN));
        let title = fill(random, title);
        let mut result = if done { "完了".to_owned() } else { String::new() };
        super::text::sprinkle(random, &mut result, world.plan.age(at));
        let assignee = if random.chance(300) {
            world.staff.employee(random)
        } else {
            world.staff.handler(random)
        };
        let service = random.pick(&["C-1", "C-4", "D-4", "D-5", ""]);
        writer.add(
            Table::Task,
            [
                v(task),
                v(case),
                v(title),
                v(""),
                v(if done { "done" } else { "open" }),
                v(service),
                v(assignee),
                v(at.plus_seconds(172_800)),
                v(0),
                v(result),
                v(assignee),
                v(at),
                v(done.then(|| world.plan.after(at, 300))),
                v(2),
            ],
        );
    }
}

fn decision(
    writer: &mut Writer,
    random: &mut Random,
    case: CaseId,
    at: Timestamp,
    by: Option<matoi_types::AccountId>,
    age: super::text::Age,
    japanese: bool,
) {
    let decision: DecisionId = id(random, at);
    let grounds = prose(
        random,
        by_language(japanese, words::NOTE_JA, words::NOTE_EN),
        2,
        age,
    );
    writer.add(
        Table::Decision,
        [
            v(decision),
            v(case),
            v("containment"),
            v("業務を止めて遮断するか"),
            v("遮断する"),
            v(grounds),
            v("CSIRT規程 8条"),
            v(by),
            v(at),
        ],
    );
}

fn document(
    world: &mut World,
    writer: &mut Writer,
    random: &mut Random,
    case: CaseId,
    placed: (matoi_types::ScopeId, matoi_types::Tlp),
    at: Timestamp,
    by: Option<matoi_types::AccountId>,
) {
    let document: DocumentId = id(random, at);
    let number = world.number("DOC", at);
    writer.add(
        Table::Document,
        [
            v(document),
            v(case),
            v(placed.0),
            v(number),
            v("internal"),
            v("ja"),
            v(1),
            v(0),
            v("distributed"),
            v(placed.1),
            v("インシデント報告書（社内）"),
            v(""),
            v("社内"),
            v("{}"),
            v("0"),
            v("0"),
            v("# インシデント報告書（社内）\n\n対応は終わっています。"),
            v(by),
            v(at),
            v(by),
            v(at),
            v(by),
            v(at),
            v(0),
            v(at),
            v("経営会議"),
            v(""),
            v(1),
            v(1),
            v(4),
        ],
    );
}

/// A class: a few are common, every one happens.
fn class(random: &mut Random) -> String {
    let common = [
        "malicious-code.infected-system",
        "fraud.phishing",
        "malicious-code.ransomware",
        "intrusion-attempts.login-attempts",
    ];
    let chosen = random.pick(&common);
    if random.chance(600) && taxonomy::exists(chosen) {
        return chosen.to_owned();
    }
    let groups = taxonomy::groups();
    let group = groups.get(usize::try_from(random.below(groups.len() as u64)).unwrap_or(0));
    let classes = group.map_or(&[][..], |group| group.classes.as_slice());
    let class = classes.get(usize::try_from(random.below(classes.len() as u64)).unwrap_or(0));
    class.map_or_else(|| "other.uncategorised".to_owned(), |class| class.id.clone())
}
