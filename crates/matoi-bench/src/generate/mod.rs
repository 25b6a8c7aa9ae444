//! A large organisation on demand: cases, reports, alerts and all that hangs on them, over five years.
//!
//! The same seed and counts give the same content. Rows are written past the services, a few hundred per statement:
//! half a million commands would take an hour, and leave an audit log that nobody reads. What the services promise
//! about the rows (clocks, scopes, states that fit each other) is kept here by hand; the search index is made by the
//! program's own rebuild.

mod cases;
mod desk;
mod people;
mod plan;
mod rows;
pub mod text;
mod traces;
pub mod words;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use matoi_core::kernel::env::{self, Env, Secrets};
use matoi_core::migrations::MIGRATIONS;
use matoi_core::search::Rebuild;
use matoi_core::{Store, identity, rulebook};
use matoi_db::{Db, DbUrl, Isolation, PoolOptions};
use matoi_types::Timestamp;

pub use people::{Staff, access};
pub use plan::Plan;

use crate::random::Random;

/// Changes whenever the content would: what was generated before is generated anew.
pub const VERSION: u32 = 2;

/// An error for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What was made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made {
    /// Rows of all tables.
    pub rows: u64,
    /// Seconds for them.
    pub seconds: f64,
    /// Things in the search index.
    pub found: usize,
    /// Seconds for the index.
    pub index_seconds: f64,
}

/// Where a data directory's database is.
#[must_use]
pub fn sqlite_in(data_dir: &std::path::Path) -> DbUrl {
    DbUrl::Sqlite(PathBuf::from(data_dir).join("matoi.db"))
}

/// Opens a database of Matoi and brings its schema up to date, at a fixed time.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(url: &DbUrl, now: Timestamp, seed: u64) -> Result<Store, Failure> {
    let options = PoolOptions {
        sqlite_cache_kib: 256 * 1024,
        ..PoolOptions::default()
    };
    let db = Db::connect(url, options).await?;
    let env = Env::new(Fixed(now), Seeded(Mutex::new(Random::new(seed))), NoSecrets);
    db.migrate(MIGRATIONS, now.as_micros()).await?;
    Ok(Store::new(db, env))
}

/// Fills an empty database.
///
/// # Errors
/// When the database is not empty or cannot be written.
pub async fn generate(url: &DbUrl, plan: &Plan, mut say: impl FnMut(&str)) -> Result<Made, Failure> {
    let begun = Instant::now();
    let store = open(url, plan.begin(), plan.seed).await?;
    let mut tx = store.write(&store.system("generator")).await?;
    identity::roles::seed(&mut tx).await?;
    rulebook::service::seed(&mut tx).await?;
    let staff = people::make(&mut tx, plan).await?;
    tx.commit().await?;
    let mut made = Made::default();
    let mut world = plan::World::new(plan.clone(), staff);
    say("people, units and assets are there");

    let mut writer = rows::Writer::default();
    traces::assets(&mut world, &mut writer);
    made.rows += write(&store, &mut writer).await?;
    let steps = 40;
    for step in 0..steps {
        let part = |whole: u64, n: u64| whole * n / steps;
        for index in part(plan.cases, step)..part(plan.cases, step + 1) {
            cases::one(&mut world, &mut writer, index);
            if writer.is_full() {
                made.rows += write(&store, &mut writer).await?;
            }
        }
        for index in part(plan.loose_reports(), step)..part(plan.loose_reports(), step + 1) {
            desk::loose_report(&mut world, &mut writer, index);
            if writer.is_full() {
                made.rows += write(&store, &mut writer).await?;
            }
        }
        for index in part(plan.loose_alerts(), step)..part(plan.loose_alerts(), step + 1) {
            desk::loose_alert(&mut world, &mut writer, index);
            if writer.is_full() {
                made.rows += write(&store, &mut writer).await?;
            }
        }
        if step % 10 == 9 {
            say(&format!(
                "{} rows after {:.0} s",
                made.rows,
                begun.elapsed().as_secs_f64()
            ));
        }
    }
    world.numbers(&mut writer);
    made.rows += write(&store, &mut writer).await?;
    made.seconds = begun.elapsed().as_secs_f64();
    say(&format!("{} rows in {:.0} s", made.rows, made.seconds));

    let begun = Instant::now();
    let mut rebuild = Rebuild::begin(store.clone(), true).await?;
    let mut told = 0;
    while rebuild.step().await? {
        made.found = rebuild.progress().looked_at;
        if made.found / 500_000 > told {
            told = made.found / 500_000;
            say(&format!(
                "{} things in the index after {:.0} s",
                made.found,
                begun.elapsed().as_secs_f64()
            ));
        }
    }
    rebuild.finish().await?;
    made.index_seconds = begun.elapsed().as_secs_f64();
    store.db().optimise().await?;
    store.db().close().await;
    Ok(made)
}

async fn write(store: &Store, writer: &mut rows::Writer) -> Result<u64, Failure> {
    let mut tx = store.db().begin(Isolation::Write).await?;
    let rows = writer.flush(&mut tx).await?;
    tx.commit().await?;
    Ok(rows)
}

struct Fixed(Timestamp);

impl env::Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

struct Seeded(Mutex<Random>);

impl env::Random for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        let mut random = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for byte in buffer {
            *byte = random.next().to_le_bytes()[0];
        }
        Ok(())
    }
}

/// Nothing secret is made here; the server keeps its own.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn seal(&self, _: &str, _: &[u8]) -> std::io::Result<String> {
        Err(std::io::Error::other("the generator keeps no secrets"))
    }
    fn open(&self, _: &str, _: &str) -> std::io::Result<Vec<u8>> {
        Err(std::io::Error::other("the generator keeps no secrets"))
    }
    fn mac(&self, _: &str, _: &[u8]) -> [u8; 32] {
        [0; 32]
    }
}
