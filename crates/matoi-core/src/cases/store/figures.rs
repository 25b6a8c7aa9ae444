//! SQL of the figures of cases.

use matoi_db::{Sql, v};

use crate::cases::figures::{CaseAge, CaseCount, CaseStretch, ClassVolume, OpenCases, StretchTimes};
use crate::kernel::months::Months;
use crate::kernel::{Result, Tx, access};

const FROM_COUNTED: &str =
    " FROM case_file c WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = c.scope_id)";

fn push_wanted(sql: &mut Sql, wanted: CaseCount) {
    if let Some(kind) = wanted.kind {
        sql.push(" AND c.kind = ?", [v(kind.as_str())]);
    }
    if let Some(priority) = wanted.priority {
        sql.push(" AND c.priority = ?", [v(priority)]);
    }
}

fn push_noticed(sql: &mut Sql, months: &Months) {
    sql.push(
        " AND c.detected_at >= ? AND c.detected_at < ? AND c.state <> 'merged'",
        [v(months.from), v(months.until)],
    );
}

pub(in crate::cases) async fn volume(
    tx: &mut Tx,
    months: &Months,
    wanted: CaseCount,
) -> Result<Vec<ClassVolume>> {
    let mut sql = access::with_hidden(tx.caller());
    sql.push(
        " SELECT t.at_month, t.class, COUNT(*) AS n FROM (SELECT c.class, ",
        [],
    );
    months.push_number(&mut sql, "c.detected_at");
    sql.push(" AS at_month", []).push(FROM_COUNTED, []);
    push_noticed(&mut sql, months);
    push_wanted(&mut sql, wanted);
    sql.push(
        ") AS t GROUP BY t.at_month, t.class ORDER BY t.at_month, t.class",
        [],
    );
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(ClassVolume {
                month: row.int("at_month")?,
                class: row.text("class")?,
                count: row.int("n")?,
            })
        })
        .collect()
}

pub(in crate::cases) async fn open(tx: &mut Tx, wanted: CaseCount) -> Result<Vec<OpenCases>> {
    let now = tx.now();
    let mut sql = access::with_hidden(tx.caller());
    sql.push(
        " SELECT t.phase, t.age, COUNT(*) AS n FROM (SELECT c.phase, CASE",
        [],
    );
    for age in CaseAge::ALL {
        if let Some(seconds) = age.ends_at() {
            sql.push(
                " WHEN c.detected_at > ? THEN ?",
                [v(now.plus_seconds(-seconds)), v(age.as_str())],
            );
        }
    }
    sql.push(" ELSE 'older' END AS age", []).push(FROM_COUNTED, []);
    sql.push(" AND c.state = 'open'", []);
    push_wanted(&mut sql, wanted);
    sql.push(") AS t GROUP BY t.phase, t.age ORDER BY t.phase, t.age", []);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(OpenCases {
                phase: row.text("phase")?,
                age: row.parsed("age")?,
                count: row.int("n")?,
            })
        })
        .collect()
}

pub(in crate::cases) async fn times(
    tx: &mut Tx,
    months: &Months,
    wanted: CaseCount,
) -> Result<Vec<StretchTimes>> {
    let mut sql = access::with_hidden(tx.caller());
    sql.push(
        ", seen AS (SELECT c.detected_at, c.acknowledged_at, c.triaged_at, c.contained_at, c.recovered_at, c.closed_at",
        [],
    );
    sql.push(FROM_COUNTED, []);
    push_noticed(&mut sql, months);
    push_wanted(&mut sql, wanted);
    sql.push(")", []);
    for (at, (stretch, column)) in STRETCHES.into_iter().enumerate() {
        sql.push(if at == 0 { " " } else { " UNION ALL " }, []);
        push_stretch(&mut sql, stretch, column);
    }
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(StretchTimes {
                stretch: row.parsed("stretch")?,
                count: row.int("n")?,
                median_seconds: row.opt_int("median")?,
                p90_seconds: row.opt_int("p90")?,
            })
        })
        .collect()
}

/// The stretches with the columns that hold their ends.
const STRETCHES: [(CaseStretch, &str); 5] = [
    (CaseStretch::Acknowledge, "acknowledged_at"),
    (CaseStretch::Triage, "triaged_at"),
    (CaseStretch::Contain, "contained_at"),
    (CaseStretch::Recover, "recovered_at"),
    (CaseStretch::Close, "closed_at"),
];

/// Count, median and ninetieth percentile of one stretch of the cases in `seen`, by nearest rank: the place among all when
/// they are sorted. What was written down as earlier than the notice took no time.
fn push_stretch(sql: &mut Sql, stretch: CaseStretch, column: &'static str) {
    sql.push("SELECT ? AS stretch, n, ", [v(stretch.as_str())])
        .push(
            "MAX(CASE WHEN place = (n + 1) / 2 THEN seconds END) AS median, MAX(CASE WHEN place = (9 * n + 9) / 10 THEN seconds END) AS p90 FROM (SELECT seconds, ROW_NUMBER() OVER (ORDER BY seconds) AS place, COUNT(*) OVER () AS n FROM (SELECT CASE WHEN ",
            [],
        )
        .push(column, [])
        .push(" > detected_at THEN (", [])
        .push(column, [])
        .push(" - detected_at) / 1000000 ELSE 0 END AS seconds FROM seen WHERE ", [])
        .push(column, [])
        .push(" IS NOT NULL) AS took) AS placed GROUP BY n", []);
}
