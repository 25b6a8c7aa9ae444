//! Cases found by any condition over their fields, in any order: for the doors of other tools, which filter freely.
//!
//! The program's own pages and API list by [`super::service::list`], whose orders have indexes. Need-to-know holds here as
//! everywhere.

use matoi_db::{Sql, v};
use matoi_types::{AccountId, CaseId};

use crate::kernel::find::{Condition, SortKey, Window, push_order};
use crate::kernel::{Action, Result, Tx, access};

/// Counting stops here.
pub const COUNT_STOPS_AT: u32 = 100_000;

/// A field of a case. Times are microseconds, scales their rank; what may be missing is an empty text or -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseField {
    /// Its identifier.
    Id,
    /// Its number.
    Number,
    /// What it is about.
    Title,
    /// What is known.
    Summary,
    /// How bad it is.
    Severity,
    /// How urgent it is.
    Priority,
    /// Its label.
    Tlp,
    /// Its class.
    Class,
    /// The phase it is in.
    Phase,
    /// Whether it is being worked on.
    State,
    /// When it happened; when it was noticed where that is not known.
    OccurredAt,
    /// When it was noticed.
    DetectedAt,
    /// When it was opened.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// When it was closed; -1 while it is not.
    ClosedAt,
    /// The login of who handles it.
    Handler,
    /// The login of who opened it.
    CreatedBy,
}

const fn column(field: CaseField) -> &'static str {
    match field {
        CaseField::Id => "k.id",
        CaseField::Number => "k.number",
        CaseField::Title => "k.title",
        CaseField::Summary => "k.summary",
        CaseField::Severity => "k.severity",
        CaseField::Priority => "k.priority",
        CaseField::Tlp => "sc.tlp",
        CaseField::Class => "k.class",
        CaseField::Phase => "k.phase",
        CaseField::State => "k.state",
        CaseField::OccurredAt => "COALESCE(k.occurred_at, k.detected_at)",
        CaseField::DetectedAt => "k.detected_at",
        CaseField::CreatedAt => "k.created_at",
        CaseField::UpdatedAt => "k.updated_at",
        CaseField::ClosedAt => "COALESCE(k.closed_at, -1)",
        CaseField::Handler => "COALESCE(h.login, '')",
        CaseField::CreatedBy => "COALESCE(c.login, '')",
    }
}

/// A case that was found.
#[derive(Debug, Clone, Copy)]
pub struct FoundCase {
    /// Which.
    pub id: CaseId,
    /// Who opened it.
    pub created_by: Option<AccountId>,
}

const FROM: &str =
    " FROM case_file k JOIN scope sc ON sc.id = k.scope_id LEFT JOIN account h ON h.id = k.handler_id
  LEFT JOIN account c ON c.id = k.created_by WHERE ";

/// Cases of a window of the order, within what the caller may see.
pub async fn cases(
    tx: &mut Tx,
    condition: &Condition<CaseField>,
    order: &[SortKey<CaseField>],
    window: Window,
) -> Result<Vec<FoundCase>> {
    tx.require(Action::CaseRead)?;
    condition.check()?;
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT k.id, k.created_by");
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "k.scope_id");
    push_order(&mut sql, order, column, "k.id", window);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(FoundCase {
                id: row.id("id")?,
                created_by: row.opt_id("created_by")?,
            })
        })
        .collect()
}

/// How many cases there are, counted to [`COUNT_STOPS_AT`].
pub async fn count_cases(tx: &mut Tx, condition: &Condition<CaseField>) -> Result<i64> {
    tx.require(Action::CaseRead)?;
    condition.check()?;
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one");
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "k.scope_id");
    sql.push(" LIMIT ?) AS counted", [v(COUNT_STOPS_AT)]);
    let rows = tx.fetch_sql(sql).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int("n"))?)
}
