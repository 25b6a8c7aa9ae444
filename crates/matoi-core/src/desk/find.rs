//! Alerts found by any condition over their fields, in any order: for the doors of other tools, which filter freely.
//!
//! The desk's own pages and API list by [`super::queue`], whose orders have indexes; this looks through what the condition
//! leaves. Need-to-know holds here as everywhere.

use matoi_db::{Sql, v};
use matoi_types::{AccountId, ItemId};

use crate::kernel::find::{Condition, SortKey, Window, push_order};
use crate::kernel::{Action, Result, Tx, access};

/// Counting stops here.
pub const COUNT_STOPS_AT: u32 = 100_000;

/// A field of an alert. Times are microseconds, scales their rank; what may be missing is an empty text or -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertField {
    /// Its identifier.
    Id,
    /// Its number.
    Number,
    /// The line it is known by.
    Title,
    /// What it says.
    Description,
    /// How bad it looks.
    Severity,
    /// Its label.
    Tlp,
    /// What kind of alert.
    AlertType,
    /// Which program sent it.
    Source,
    /// The sender's reference.
    SourceRef,
    /// A page of the sender.
    Link,
    /// Tags, as a JSON list.
    Tags,
    /// When it happened; when it came in where that is not known.
    EventAt,
    /// When it came in.
    ReceivedAt,
    /// When it last changed.
    UpdatedAt,
    /// How far it has come.
    State,
    /// Whether it was right.
    Verdict,
    /// The case it belongs to.
    Case,
    /// The item it was merged into.
    MergedInto,
    /// The login of who works on it.
    Assignee,
    /// The login of who handed it in.
    CreatedBy,
}

const fn column(field: AlertField) -> &'static str {
    match field {
        AlertField::Id => "i.id",
        AlertField::Number => "i.number",
        AlertField::Title => "i.title",
        AlertField::Description => "i.body",
        AlertField::Severity => "i.severity",
        AlertField::Tlp => "sc.tlp",
        AlertField::AlertType => "d.alert_type",
        AlertField::Source => "i.source",
        AlertField::SourceRef => "COALESCE(i.source_ref, '')",
        AlertField::Link => "d.link",
        AlertField::Tags => "d.tags",
        AlertField::EventAt => "COALESCE(i.event_at, i.received_at)",
        AlertField::ReceivedAt => "i.received_at",
        AlertField::UpdatedAt => "i.updated_at",
        AlertField::State => "i.state",
        AlertField::Verdict => "COALESCE(i.verdict, '')",
        AlertField::Case => "COALESCE(i.case_id, '')",
        AlertField::MergedInto => "COALESCE(i.merged_into, '')",
        AlertField::Assignee => "COALESCE(a.login, '')",
        AlertField::CreatedBy => "COALESCE(c.login, '')",
    }
}

/// An alert that was found.
#[derive(Debug, Clone, Copy)]
pub struct FoundAlert {
    /// Which.
    pub id: ItemId,
    /// Who handed it in.
    pub created_by: Option<AccountId>,
    /// How many traces it has.
    pub observables: i64,
}

const FROM: &str = " FROM desk_item i JOIN alert_detail d ON d.item_id = i.id JOIN scope sc ON sc.id = i.scope_id
  LEFT JOIN account a ON a.id = i.assignee_id LEFT JOIN account c ON c.id = i.created_by WHERE i.kind = 'alert' AND ";

/// Alerts of a window of the order, within what the caller may see.
pub async fn alerts(
    tx: &mut Tx,
    condition: &Condition<AlertField>,
    order: &[SortKey<AlertField>],
    window: Window,
) -> Result<Vec<FoundAlert>> {
    tx.require(Action::AlertRead)?;
    condition.check()?;
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT i.id, i.created_by, (SELECT COUNT(*) FROM sighting g WHERE g.owner_kind = 'item' AND g.owner_id = i.id) AS observables",
    );
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "i.scope_id");
    push_order(&mut sql, order, column, "i.id", window);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(FoundAlert {
                id: row.id("id")?,
                created_by: row.opt_id("created_by")?,
                observables: row.int("observables")?,
            })
        })
        .collect()
}

/// How many alerts there are, counted to [`COUNT_STOPS_AT`].
pub async fn count_alerts(tx: &mut Tx, condition: &Condition<AlertField>) -> Result<i64> {
    tx.require(Action::AlertRead)?;
    condition.check()?;
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one");
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "i.scope_id");
    sql.push(" LIMIT ?) AS counted", [v(COUNT_STOPS_AT)]);
    let rows = tx.fetch_sql(sql).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int("n"))?)
}
