//! SQL of the search index.

use std::collections::HashMap;

use matoi_db::{Row, Sql, Value, v};
use matoi_types::{AccountId, ScopeId, Timestamp, Tlp};

use super::model::{FoundKind, Need};
use super::rules::{Expressions, Reach};
use crate::kernel::{Caller, Result, Tx, access};
use crate::observables;

/// The one row that says how the index stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) next_id: i64,
    pub(super) form: i64,
    pub(super) rebuilding: bool,
}

pub(super) async fn state(tx: &mut Tx) -> Result<State> {
    let row = tx
        .fetch_one(
            "SELECT next_id, form, rebuilding FROM search_state WHERE id = 1",
            [],
        )
        .await?;
    Ok(State {
        next_id: row.int("next_id")?,
        form: row.int("form")?,
        rebuilding: row.flag("rebuilding")?,
    })
}

/// Takes `count` numbers and gives the first. Also what keeps two writers of the index apart: the second waits here.
pub(super) async fn take_ids(tx: &mut Tx, count: i64) -> Result<i64> {
    let row = tx
        .fetch_one(
            "UPDATE search_state SET next_id = next_id + $1 WHERE id = 1 RETURNING next_id",
            [v(count)],
        )
        .await?;
    Ok(row.int("next_id")? - count)
}

pub(super) async fn set_rebuilding(tx: &mut Tx, rebuilding: bool, form: i64) -> Result<()> {
    tx.execute(
        "UPDATE search_state SET rebuilding = $1, form = $2 WHERE id = 1",
        [v(rebuilding), v(form)],
    )
    .await?;
    Ok(())
}

/// Empties the index.
pub(super) async fn clear(tx: &mut Tx) -> Result<()> {
    tx.execute(tx.dialect().full_text().clear, []).await?;
    tx.execute("DELETE FROM search_document", []).await?;
    tx.execute("UPDATE search_state SET next_id = 1 WHERE id = 1", [])
        .await?;
    Ok(())
}

/// Brings the words into their smallest and fastest form.
pub(super) async fn tidy(tx: &mut Tx) -> Result<()> {
    tx.execute(tx.dialect().full_text().tidy, []).await?;
    Ok(())
}

/// A row of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) id: i64,
    pub(super) kind: FoundKind,
    pub(super) doc_id: String,
    pub(super) owner: i64,
    pub(super) need: Need,
    pub(super) scope: Option<ScopeId>,
    pub(super) own: Option<AccountId>,
    pub(super) made_at: Timestamp,
    pub(super) digest: i64,
    pub(super) pieces: i64,
}

const DOCUMENT: &str = "SELECT id, kind, doc_id, owner, need, scope_id, own_id, made_at, digest, pieces FROM search_document WHERE";

/// Rows of these things, by identifier.
pub(super) async fn documents(tx: &mut Tx, ids: &[&str]) -> Result<HashMap<String, Document>> {
    let mut sql = Sql::new(DOCUMENT);
    sql.push_in("doc_id", ids.iter().map(|id| v(*id)));
    let rows = tx.fetch_sql(sql).await?;
    rows.iter()
        .map(|row| {
            let document = document(row)?;
            Ok((document.doc_id.clone(), document))
        })
        .collect()
}

/// Rows after a number, for the check of a rebuild.
pub(super) async fn documents_after(tx: &mut Tx, id: i64, limit: i64) -> Result<Vec<Document>> {
    let mut sql = Sql::new(DOCUMENT);
    sql.push(" id > ? ORDER BY id LIMIT ?", [v(id), v(limit)]);
    tx.fetch_sql(sql).await?.iter().map(document).collect()
}

fn document(row: &Row) -> Result<Document> {
    Ok(Document {
        id: row.int("id")?,
        kind: row.parsed("kind")?,
        doc_id: row.text("doc_id")?,
        owner: row.int("owner")?,
        need: row.parsed("need")?,
        scope: row.opt_id("scope_id")?,
        own: row.opt_id("own_id")?,
        made_at: row.time("made_at")?,
        digest: row.int("digest")?,
        pieces: row.int("pieces")?,
    })
}

pub(super) async fn insert_documents(tx: &mut Tx, documents: &[Document]) -> Result<()> {
    let rows = documents.iter().map(|document| {
        vec![
            v(document.id),
            v(document.kind.as_str()),
            v(&document.doc_id),
            v(document.owner),
            v(document.need.as_str()),
            v(document.scope),
            v(document.own),
            v(document.made_at),
            v(document.digest),
            v(document.pieces),
        ]
    });
    let rows: Vec<_> = rows.collect();
    tx.insert_rows(
        "INSERT INTO search_document (id, kind, doc_id, owner, need, scope_id, own_id, made_at, digest, pieces)",
        rows,
    )
    .await?;
    Ok(())
}

pub(super) async fn update_document(tx: &mut Tx, document: &Document) -> Result<()> {
    tx.execute(
        "UPDATE search_document SET owner = $2, need = $3, scope_id = $4, own_id = $5, digest = $6, pieces = $7 WHERE id = $1",
        [
            v(document.id),
            v(document.owner),
            v(document.need.as_str()),
            v(document.scope),
            v(document.own),
            v(document.digest),
            v(document.pieces),
        ],
    )
    .await?;
    Ok(())
}

/// Words of a row: one text, or several pieces where the database needs them.
pub(super) struct Words {
    pub(super) id: i64,
    pub(super) pieces: Vec<String>,
}

/// Writes the words of rows that have none.
pub(super) async fn insert_words(tx: &mut Tx, words: Vec<Words>) -> Result<()> {
    const AT_ONCE: usize = 200;
    let full_text = tx.dialect().full_text();
    let (whole, pieces): (Vec<_>, Vec<_>) = words.into_iter().partition(|words| words.pieces.len() == 1);
    let mut whole = whole.into_iter().peekable();
    while whole.peek().is_some() {
        let mut sql = Sql::new(full_text.insert);
        for (n, words) in whole.by_ref().take(AT_ONCE).enumerate() {
            if n > 0 {
                sql.push(", ", []);
            }
            let text = words.pieces.into_iter().next().unwrap_or_default();
            sql.push(full_text.row, [v(words.id), v(text)]);
        }
        sql.push(full_text.insert_end, []);
        tx.execute_sql(sql).await?;
    }
    for words in pieces {
        for (piece, text) in (0_i64..).zip(words.pieces) {
            tx.execute(
                "INSERT INTO search_piece (id, piece, words) VALUES ($1, $2, $3::text::tsvector)",
                [v(words.id), v(piece), v(text)],
            )
            .await?;
        }
    }
    Ok(())
}

pub(super) async fn delete_words(tx: &mut Tx, id: i64, pieces: i64) -> Result<()> {
    let full_text = tx.dialect().full_text();
    tx.execute(full_text.delete, [v(id)]).await?;
    if full_text.in_pieces && pieces > 1 {
        tx.execute("DELETE FROM search_piece WHERE id = $1", [v(id)])
            .await?;
    }
    Ok(())
}

pub(super) async fn delete_document(tx: &mut Tx, document: &Document) -> Result<()> {
    delete_words(tx, document.id, document.pieces).await?;
    tx.execute("DELETE FROM search_document WHERE id = $1", [v(document.id)])
        .await?;
    Ok(())
}

pub(super) async fn set_scope(tx: &mut Tx, doc_id: &str, scope: ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE search_document SET scope_id = $2 WHERE doc_id = $1",
        [v(doc_id), v(scope)],
    )
    .await?;
    Ok(())
}

/// Gives a part to another owner. Without the owner in the index the part leaves it until it is read again.
pub(super) async fn set_owner(tx: &mut Tx, doc_id: &str, owner: &str) -> Result<()> {
    tx.execute(
        "UPDATE search_document SET owner = COALESCE((SELECT o.id FROM search_document o WHERE o.doc_id = $2), 0) WHERE doc_id = $1",
        [v(doc_id), v(owner)],
    )
    .await?;
    Ok(())
}

/// The number from which on everything was made at `at` or later, give or take what was written at the same moment.
pub(super) async fn id_at(tx: &mut Tx, at: Timestamp) -> Result<i64> {
    let (mut low, mut high) = (1, state(tx).await?.next_id);
    // Numbers are dense and in the order of time: some twenty looks find the place among millions.
    while low < high {
        let middle = low + (high - low) / 2;
        let row = tx
            .fetch_optional(
                "SELECT id, made_at FROM search_document WHERE id >= $1 ORDER BY id LIMIT 1",
                [v(middle)],
            )
            .await?;
        match row {
            Some(row) if row.time("made_at")? < at => low = row.int("id")? + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// What is looked for, and among which numbers: from `lower` to before `upper`, and no more than the newest `meets` rows
/// with the words.
#[derive(Debug, Clone)]
pub(super) struct Look<'a> {
    pub(super) caller: &'a Caller,
    pub(super) reach: &'a Reach,
    pub(super) expressions: &'a Expressions,
    pub(super) kinds: &'a [FoundKind],
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) within: Option<&'a str>,
    pub(super) lower: i64,
    pub(super) upper: i64,
    pub(super) meets: Option<i64>,
}

const FIRST_STRETCH: i64 = 2_000;
const LONGEST_STRETCH: i64 = 200_000;

impl Look<'_> {
    /// Looks no further down from `upper` than to the newest `meets` rows. Where rows come in no order, that is no less work
    /// than all of them: there it looks through a stretch of numbers, a longer one at each `attempt`.
    pub(super) fn step(&mut self, tx: &Tx, meets: i64, attempt: u32) {
        if self.is_narrow() {
            return;
        }
        if tx.dialect().full_text().in_pieces {
            let stretch = FIRST_STRETCH.saturating_mul(4_i64.saturating_pow(attempt));
            self.lower = (self.upper - stretch.min(LONGEST_STRETCH)).max(self.lower);
        } else {
            self.meets = Some(meets);
        }
    }

    /// Whether the walk is along what the caller owns or one thing holds, instead of along the words.
    const fn is_narrow(&self) -> bool {
        self.within.is_some() || self.reach.is_narrow()
    }
}

/// A row that was found and may be seen.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) id: i64,
    pub(super) kind: FoundKind,
    pub(super) doc_id: String,
    pub(super) owner_kind: FoundKind,
    pub(super) owner_doc: String,
    pub(super) scope: Option<ScopeId>,
    pub(super) tlp: Option<Tlp>,
    pub(super) restricted: bool,
}

/// The number down to which a step has looked that did not find enough.
pub(super) async fn reached(tx: &mut Tx, look: &Look<'_>) -> Result<i64> {
    let Some(meets) = look.meets else {
        return Ok(look.lower);
    };
    let row = tx
        .fetch_optional(
            "SELECT rowid AS id FROM search_words WHERE search_words MATCH $1 AND rowid < $2 AND rowid >= $3 ORDER BY rowid DESC LIMIT 1 OFFSET $4",
            [v(&look.expressions.whole), v(look.upper), v(look.lower), v(meets - 1)],
        )
        .await?;
    Ok(row.map_or(Ok(look.lower), |row| row.int("id"))?)
}

const HIT: &str = "SELECT d.id, d.kind, d.doc_id, o.kind AS owner_kind, o.doc_id AS owner_doc, o.scope_id, sc.tlp, COALESCE(sc.restricted, 0) AS restricted";

/// Rows that are found and may be seen, newest first.
pub(super) async fn hits(tx: &mut Tx, look: &Look<'_>, limit: i64) -> Result<Vec<Hit>> {
    let mut hits = Vec::new();
    for in_pieces in parts(tx, look).await? {
        let mut sql = Sql::new(HIT);
        push_found(&mut sql, tx, look, in_pieces);
        push_wanted(&mut sql, look);
        sql.push(" ORDER BY ", []).push(order(tx, look, in_pieces), []);
        sql.push(" DESC LIMIT ?", [v(limit)]);
        for row in tx.fetch_sql(sql).await? {
            hits.push(hit(&row)?);
        }
    }
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.id));
    hits.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(hits)
}

/// What one step of counting saw.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Rows that may be seen, by kind.
    pub(super) kinds: Vec<(FoundKind, i64)>,
    /// The number down to which it looked.
    pub(super) reached: i64,
}

/// How many rows of each kind are found and may be seen, counted to about `limit`, the newest first.
pub(super) async fn counts(tx: &mut Tx, look: &Look<'_>, limit: i64) -> Result<Counted> {
    if let Some(meets) = look.meets {
        return counts_of_met(tx, look, meets).await;
    }
    let mut kinds = Vec::new();
    for in_pieces in parts(tx, look).await? {
        let mut sql = Sql::new("SELECT x.kind, COUNT(*) AS n FROM (SELECT d.kind AS kind");
        push_found(&mut sql, tx, look, in_pieces);
        push_wanted(&mut sql, look);
        sql.push(" ORDER BY ", []).push(order(tx, look, in_pieces), []);
        sql.push(" DESC LIMIT ?) x GROUP BY x.kind", [v(limit)]);
        for row in tx.fetch_sql(sql).await? {
            kinds.push((row.parsed("kind")?, row.int("n")?));
        }
    }
    let reached = look.lower;
    Ok(Counted { kinds, reached })
}

/// Counts the rows met and those of them that may be seen in one go, so that the words are walked once.
async fn counts_of_met(tx: &mut Tx, look: &Look<'_>, meets: i64) -> Result<Counted> {
    let mut sql = Sql::new("SELECT d.kind, COUNT(*) AS met, MIN(f.id) AS lowest, SUM(CASE WHEN 1 = 1");
    push_wanted(&mut sql, look);
    sql.push(" THEN 1 ELSE 0 END) AS n", []);
    push_found(&mut sql, tx, look, false);
    sql.push(" GROUP BY d.kind", []);
    let (mut met, mut lowest) = (0, look.upper);
    let mut kinds = Vec::new();
    for row in tx.fetch_sql(sql).await? {
        met += row.int("met")?;
        lowest = lowest.min(row.int("lowest")?);
        kinds.push((row.parsed("kind")?, row.int("n")?));
    }
    let reached = if met < meets { look.lower } else { lowest };
    Ok(Counted { kinds, reached })
}

/// Texts in one row, and where the database keeps long ones in pieces and there are any, those.
async fn parts(tx: &mut Tx, look: &Look<'_>) -> Result<Vec<bool>> {
    if look.is_narrow() || !tx.dialect().full_text().in_pieces {
        return Ok(vec![false]);
    }
    let any = tx
        .fetch_optional(
            "SELECT id FROM search_piece WHERE id >= $1 AND id < $2 LIMIT 1",
            [v(look.lower), v(look.upper)],
        )
        .await?
        .is_some();
    Ok(if any { vec![false, true] } else { vec![false] })
}

fn order(tx: &Tx, look: &Look<'_>, in_pieces: bool) -> &'static str {
    if look.is_narrow() {
        "d.id"
    } else if in_pieces || look.meets.is_some() {
        "f.id"
    } else {
        tx.dialect().full_text().key
    }
}

/// From where; ends within the conditions.
fn push_found(sql: &mut Sql, tx: &Tx, look: &Look<'_>, in_pieces: bool) {
    let full_text = tx.dialect().full_text();
    let range = [v(look.lower), v(look.upper)];
    if look.is_narrow() {
        sql.push(
            " FROM search_document d JOIN search_document o ON o.id = d.owner LEFT JOIN scope sc ON sc.id = o.scope_id WHERE d.id >= ? AND d.id < ?",
            range,
        );
        push_narrow(sql, look);
        push_words_of(sql, look, full_text);
    } else if let Some(meets) = look.meets {
        let [lower, upper] = range;
        sql.push(" FROM (SELECT f.rowid AS id FROM search_words f WHERE ", [])
            .push(full_text.matches, [v(&look.expressions.whole)])
            .push(" AND f.rowid >= ? AND f.rowid < ?", [lower, upper])
            .push(" ORDER BY f.rowid DESC LIMIT ?) f", [v(meets)])
            .push(" CROSS JOIN search_document d ON d.id = f.id CROSS JOIN search_document o ON o.id = d.owner LEFT JOIN scope sc ON sc.id = o.scope_id WHERE 1 = 1", []);
    } else {
        sql.push(" FROM ", []);
        if in_pieces {
            push_pieces(sql, look);
        } else {
            sql.push("search_words f", []);
        }
        sql.push(full_text.join, [])
            .push(" search_document d ON d.id = ", []);
        sql.push(if in_pieces { "f.id" } else { full_text.key }, []);
        sql.push(full_text.join, []).push(
            " search_document o ON o.id = d.owner LEFT JOIN scope sc ON sc.id = o.scope_id WHERE ",
            [],
        );
        if in_pieces {
            sql.push("1 = 1", []);
        } else {
            sql.push(full_text.matches, [v(&look.expressions.whole)]);
            let [lower, upper] = range;
            sql.push(" AND ", [])
                .push(full_text.key, [])
                .push(" >= ?", [lower]);
            sql.push(" AND ", [])
                .push(full_text.key, [])
                .push(" < ?", [upper]);
        }
    }
}

/// Under which conditions: the time, permission and need-to-know.
fn push_wanted(sql: &mut Sql, look: &Look<'_>) {
    if let Some(from) = look.from {
        sql.push(" AND d.made_at >= ?", [v(from)]);
    }
    if let Some(until) = look.until {
        sql.push(" AND d.made_at < ?", [v(until)]);
    }
    push_visible(sql, look);
}

/// What one thing holds, or what is the caller's own or in a scope that names them.
fn push_narrow(sql: &mut Sql, look: &Look<'_>) {
    if let Some(within) = look.within {
        sql.push(
            " AND d.owner = (SELECT x.id FROM search_document x WHERE x.doc_id = ?)",
            [v(within)],
        );
        return;
    }
    let me = look.caller.account();
    sql.push(
        " AND (d.own_id = ? OR d.owner IN (SELECT x.id FROM scope_member m JOIN search_document x ON x.scope_id = m.scope_id WHERE m.account_id = ?))",
        [v(me), v(me)],
    );
}

/// The words of a row that is known already.
fn push_words_of(sql: &mut Sql, look: &Look<'_>, full_text: &matoi_db::FullText) {
    let expressions = look.expressions;
    sql.push(" AND (EXISTS (SELECT 1 FROM search_words f WHERE ", [])
        .push(full_text.matches, [v(&expressions.whole)])
        .push(" AND ", [])
        .push(full_text.key, [])
        .push(" = d.id)", []);
    if full_text.in_pieces {
        sql.push(" OR (d.pieces > 1", []);
        let one = "EXISTS (SELECT 1 FROM search_piece p WHERE p.id = d.id AND p.words @@ ?::text::tsquery)";
        for each in &expressions.each {
            sql.push(" AND ", []).push(one, [v(each)]);
        }
        if let Some(none) = &expressions.none {
            sql.push(" AND NOT ", []).push(one, [v(none)]);
        }
        sql.push(")", []);
    }
    sql.push(")", []);
}

/// Texts in pieces: each clause in some piece, what is excluded in none.
fn push_pieces(sql: &mut Sql, look: &Look<'_>) {
    let one = "SELECT p.id FROM search_piece p WHERE p.id >= ? AND p.id < ? AND p.words @@ ?::text::tsquery";
    let values = |expression: &str| [v(look.lower), v(look.upper), v(expression)];
    sql.push("(", []);
    for (n, each) in look.expressions.each.iter().enumerate() {
        sql.push(if n > 0 { " INTERSECT " } else { "" }, [])
            .push(one, values(each));
    }
    if let Some(none) = &look.expressions.none {
        sql.push(" EXCEPT ", []).push(one, values(none));
    }
    sql.push(") f", []);
}

/// Permission and need-to-know.
fn push_visible(sql: &mut Sql, look: &Look<'_>) {
    let (caller, reach) = (look.caller, look.reach);
    if look.is_narrow() && !look.kinds.is_empty() {
        sql.push(" AND", [])
            .push_in("d.kind", look.kinds.iter().map(|kind| v(kind.as_str())));
    }
    if caller.is_system() {
        return;
    }
    let needs = |list: &[Need]| list.iter().map(|need| v(need.as_str())).collect::<Vec<Value>>();
    sql.push(" AND (1 = 0", []);
    if !reach.scoped.is_empty() {
        sql.push(" OR (", []).push_in("d.need", needs(&reach.scoped));
        access::and_visible(sql, caller, "o.scope_id");
        sql.push(")", []);
    }
    if reach.assets {
        sql.push(" OR d.need = ?", [v(Need::Asset.as_str())]);
    }
    if reach.traces {
        sql.push(" OR (d.need = ?", [v(Need::Trace.as_str())]);
        observables::findable::and_seen(sql, caller, "d.doc_id");
        sql.push(")", []);
    }
    if !reach.own.is_empty() {
        sql.push(" OR (d.own_id = ? AND", [v(caller.account())])
            .push_in("d.need", needs(&reach.own))
            .push(")", []);
    }
    if !reach.named.is_empty() {
        sql.push(" OR (", []).push_in("d.need", needs(&reach.named));
        access::and_named(sql, caller, "o.scope_id");
        sql.push(")", []);
    }
    sql.push(")", []);
}

fn hit(row: &Row) -> Result<Hit> {
    Ok(Hit {
        id: row.int("id")?,
        kind: row.parsed("kind")?,
        doc_id: row.text("doc_id")?,
        owner_kind: row.parsed("owner_kind")?,
        owner_doc: row.text("owner_doc")?,
        scope: row.opt_id("scope_id")?,
        tlp: row.opt_ranked("tlp", Tlp::from_rank)?,
        restricted: row.flag("restricted")?,
    })
}

/// One thing by its identifier, if the caller may see it.
pub(super) async fn visible(
    tx: &mut Tx,
    caller: &Caller,
    reach: &Reach,
    doc_id: &str,
) -> Result<Option<Hit>> {
    let expressions = Expressions {
        whole: String::new(),
        each: Vec::new(),
        none: None,
    };
    let look = Look {
        caller,
        reach,
        expressions: &expressions,
        kinds: &[],
        from: None,
        until: None,
        within: None,
        lower: 0,
        upper: i64::MAX,
        meets: None,
    };
    let mut sql = Sql::new(HIT);
    sql.push(
        " FROM search_document d JOIN search_document o ON o.id = d.owner LEFT JOIN scope sc ON sc.id = o.scope_id WHERE d.doc_id = ?",
        [v(doc_id)],
    );
    push_visible(&mut sql, &look);
    tx.fetch_sql(sql).await?.first().map(hit).transpose()
}
