//! Assets, and technical traces shared between what they were seen in.

use matoi_db::v;
use matoi_types::{AssetId, Importance, ObservableId, ScopeId, Timestamp, Tlp};

use super::plan::{World, id};
use super::rows::{Table, Writer};
use super::{text, words};
use crate::random::Random;

const ASSETS: u64 = 2_000;

/// The register of assets.
pub(super) fn assets(world: &mut World, writer: &mut Writer) {
    let mut random = Random::of(world.plan.seed, 2, 0);
    let at = world.plan.begin();
    for n in 0..ASSETS {
        let (name, kind) = if n % 5 == 0 {
            (format!("{} {n:04}", random.pick(words::SYSTEMS)), "application")
        } else {
            (format!("{} {n:04}", text::device(&mut random)), "client")
        };
        let asset: AssetId = id(&mut random, at);
        let importance = [
            Importance::Low,
            Importance::Medium,
            Importance::High,
            Importance::Critical,
        ]
        .get(random.weighted(&[30, 45, 20, 5]))
        .copied()
        .unwrap_or(Importance::Medium);
        let owner = world.staff.employee(&mut random);
        let unit = world.staff.unit(&mut random);
        writer.add(
            Table::Asset,
            [
                v(asset),
                v(&name),
                v(name.to_lowercase()),
                v(kind),
                v(importance),
                v(owner),
                v(unit),
                v("[]"),
                v(""),
                v(at),
                v(at),
                v(1),
            ],
        );
        world.assets.push(asset.to_string());
    }
}

/// Notes that a few traces were seen in something.
pub(super) fn seen(
    world: &mut World,
    writer: &mut Writer,
    random: &mut Random,
    owner: (&'static str, &str),
    scope: (ScopeId, Tlp),
    at: Timestamp,
    count: u64,
) {
    let mut here: Vec<String> = Vec::new();
    for _ in 0..count {
        let (kind, value) = match random.weighted(&[35, 35, 20, 10]) {
            0 => ("ipv4", text::hostile_address(random)),
            1 => ("domain", text::hostile_host(random)),
            2 => ("filename", text::file_name(random)),
            _ => ("sha256", digest(random)),
        };
        let key = (kind, value);
        let trace = match world.traces.get(&key) {
            Some(trace) => trace.clone(),
            None => {
                let trace: ObservableId = id(random, at);
                let special = (kind == "ipv4").then_some("documentation");
                writer.add(
                    Table::Observable,
                    [v(trace), v(kind), v(&key.1), v(0), v(special), v(at)],
                );
                world.traces.insert(key, trace.to_string());
                trace.to_string()
            }
        };
        if here.contains(&trace) {
            continue;
        }
        writer.add(
            Table::Sighting,
            [
                v(&trace),
                v(owner.0),
                v(owner.1),
                v(scope.0),
                v(scope.1),
                v("found"),
                v(""),
                v(at),
            ],
        );
        here.push(trace);
    }
}

/// A digest: some samples come again.
pub(super) fn digest(random: &mut Random) -> String {
    let limit = random.pick(&[50, 5_000, 500_000]);
    let mut sample = Random::new(random.below(limit));
    (0..4).map(|_| format!("{:016x}", sample.next())).collect()
}
