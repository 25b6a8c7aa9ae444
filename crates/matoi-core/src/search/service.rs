//! What callers may do: search, jump to what they name, and have the index made anew. What rooms must do: tell of what
//! moves into another scope or goes away, within their own transaction.

use std::collections::HashMap;

use matoi_text::{Highlighter, SearchQuery};
use matoi_types::{CaseId, ItemId, JobId, ScopeId, TaskId};

use super::model::{
    Counts, Findable, Found, FoundKind, FoundPart, Jump, KindCount, Need, Place, SearchFilter, SearchPage,
    Wanted,
};
use super::rules::{self, Named, Reach};
use super::store::{self, Hit, Look};
use super::{rebuild, sources};
use crate::jobs::{self, NewJob};
use crate::kernel::page::Cursor;
use crate::kernel::{Action, Error, Page, PageRequest, Result, Tx};
use crate::{cases, desk};

/// Counting stops here: whoever finds more than ten pages types another word.
pub const COUNT_STOPS_AT: i64 = 500;

/// The most rows that one step of a walk meets.
const LARGEST_STEP: i64 = 200_000;
/// How long a walk goes on through what the caller may not see, in milliseconds.
const PATIENCE: i64 = 400;
const PATIENCE_FOR_COUNTS: i64 = 150;
/// Numbers run in the order of time but for what is written at the same moment, or late after a stop of the program.
const SLACK_SECONDS: i64 = 3600;
/// Characters of a snippet.
const SNIPPET: usize = 180;
/// Bytes of text that the snippets of one page look through.
const MOST_TEXT: usize = 2_000_000;

const ORDER: &str = "search";

/// One page of what a typed query finds, newest first.
pub async fn search(
    tx: &mut Tx,
    typed: &str,
    filter: &SearchFilter,
    page: &PageRequest,
) -> Result<SearchPage> {
    tx.require(Action::SearchUse)?;
    let limit = page.rows()?;
    let after = page.after(ORDER)?;
    let query = rules::parse(typed);
    let state = store::state(tx).await?;
    let complete = !state.rebuilding;
    if query.is_empty() {
        return Ok(SearchPage {
            items: Vec::new(),
            next: None,
            counts: after.is_none().then(Counts::default),
            complete,
        });
    }
    let caller = tx.caller().clone();
    let reach = Reach::of(&caller);
    let in_pieces = tx.dialect().full_text().in_pieces;
    let expressions = rules::expressions(&query, &filter.kinds, in_pieces);
    let mut look = Look {
        caller: &caller,
        reach: &reach,
        expressions: &expressions,
        kinds: &filter.kinds,
        from: filter.from,
        until: filter.until,
        within: filter.within.as_deref(),
        lower: 0,
        upper: state.next_id,
        meets: None,
    };
    bound(tx, &mut look).await?;
    let whole = (look.lower, look.upper);
    if let Some(after) = &after {
        look.upper = look.upper.min(after.key);
    }
    let walked = walk(tx, look.clone(), i64::from(limit) + 1).await?;
    let counts = match after {
        Some(_) => None,
        None if filter.kinds.is_empty() && walked.ended && walked.hits.len() <= limit as usize => {
            Some(count_hits(&walked.hits))
        }
        None => {
            let any_kind = rules::expressions(&query, &[], in_pieces);
            (look.expressions, look.kinds) = (&any_kind, &[]);
            (look.lower, look.upper) = whole;
            Some(count(tx, look).await?)
        }
    };
    let reached = walked.reached;
    let cut = Page::cut(walked.hits, limit, ORDER, |hit| (hit.id, hit.doc_id.clone()));
    let next = cut.next.or_else(|| {
        // Patience ended before the results did: the next page goes on from there.
        let cursor = Cursor {
            order: ORDER.to_owned(),
            key: reached,
            id: String::new(),
        };
        (!walked.ended).then(|| cursor.encode())
    });
    Ok(SearchPage {
        items: show(tx, &query, &reach, cut.items).await?,
        next,
        counts,
        complete,
    })
}

/// The newest things that a query finds, without counting: what is shown while somebody types.
pub async fn suggest(tx: &mut Tx, typed: &str, limit: u32) -> Result<Vec<Found>> {
    tx.require(Action::SearchUse)?;
    let query = rules::parse(typed);
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let caller = tx.caller().clone();
    let reach = Reach::of(&caller);
    let expressions = rules::expressions(&query, &[], tx.dialect().full_text().in_pieces);
    let look = Look {
        caller: &caller,
        reach: &reach,
        expressions: &expressions,
        kinds: &[],
        from: None,
        until: None,
        within: None,
        lower: 0,
        upper: store::state(tx).await?.next_id,
        meets: None,
    };
    let walked = walk(tx, look, i64::from(limit)).await?;
    let mut hits = walked.hits;
    hits.truncate(limit as usize);
    show(tx, &query, &reach, hits).await
}

/// What a typed text names: the case, report or alert with this number or identifier, if the caller may see it.
pub async fn jump(tx: &mut Tx, typed: &str) -> Result<Option<Jump>> {
    tx.require(Action::SearchUse)?;
    let id = match rules::named(typed) {
        None => return Ok(None),
        Some(Named::Id(id)) => id,
        Some(Named::Number(number)) => match sources::by_number(tx, &number).await? {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    if let Ok(case) = id.parse::<CaseId>()
        && cases::service::get(tx, case).await.is_ok()
    {
        let kind = FoundKind::Case;
        return Ok(Some(Jump { kind, id }));
    }
    if let Ok(item) = id.parse::<ItemId>()
        && let Ok(item) = desk::queue::get(tx, item).await
    {
        let kind = match item.kind {
            desk::ItemKind::Report => FoundKind::Report,
            desk::ItemKind::Alert => FoundKind::Alert,
        };
        return Ok(Some(Jump { kind, id }));
    }
    let caller = tx.caller().clone();
    let hit = store::visible(tx, &caller, &Reach::of(&caller), &id).await?;
    Ok(hit.map(|hit| place(&hit)))
}

/// Has the index made anew, in the background. From nothing, or by going through what is there.
pub async fn request_rebuild(tx: &mut Tx, from_nothing: bool) -> Result<Option<JobId>> {
    tx.require(Action::SystemOperate)?;
    let job = NewJob {
        lane: jobs::model::Lane::Bulk,
        dedup_key: Some(from_nothing.to_string()),
        ..NewJob::interactive(rebuild::JOB, serde_json::json!({ "from_nothing": from_nothing }))
    };
    jobs::service::enqueue(tx, job).await
}

/// Has the index made anew if it is in the form of another version of the program. Called at start.
pub async fn ensure_form(tx: &mut Tx) -> Result<()> {
    let state = store::state(tx).await?;
    if state.form == rules::FORM {
        return Ok(());
    }
    if state.next_id == 1 {
        // Nothing was ever written in another form.
        return store::set_rebuilding(tx, false, rules::FORM).await;
    }
    request_rebuild(tx, true).await.map(drop)
}

// What rooms call, in the transaction of their own command

/// A case, report or alert moved into another scope: its results and those of all its parts go with it, at once.
pub(crate) async fn move_scope(tx: &mut Tx, id: &str, scope: ScopeId) -> Result<()> {
    store::set_scope(tx, id, scope).await
}

/// A task went to another case.
pub(crate) async fn move_task(tx: &mut Tx, task: TaskId, case: CaseId) -> Result<()> {
    store::set_owner(tx, &task.to_string(), &case.to_string()).await
}

/// Something was taken back or deleted: it is found no more.
pub(crate) async fn forget(tx: &mut Tx, id: &str) -> Result<()> {
    if let Some(document) = store::documents(tx, &[id]).await?.remove(id) {
        store::delete_document(tx, &document).await?;
    }
    Ok(())
}

// The walk from the newest to the oldest

struct Walked {
    hits: Vec<Hit>,
    /// Whether there is nothing older left.
    ended: bool,
    /// The number before which a next walk goes on.
    reached: i64,
}

/// Narrows the walk to the numbers that can lie between the wanted times.
async fn bound(tx: &mut Tx, look: &mut Look<'_>) -> Result<()> {
    if let Some(from) = look.from {
        look.lower = store::id_at(tx, from.plus_seconds(-SLACK_SECONDS)).await?;
    }
    if let Some(until) = look.until {
        look.upper = look
            .upper
            .min(store::id_at(tx, until.plus_seconds(SLACK_SECONDS)).await?);
    }
    Ok(())
}

/// Goes back in time step by step, each larger than the one before, until `limit` results are there, nothing is left,
/// or patience ends. No single statement goes through more than a step: a common word that a caller sees little of
/// must not hold the database.
async fn walk(tx: &mut Tx, mut look: Look<'_>, limit: i64) -> Result<Walked> {
    let (lower, begun) = (look.lower, tx.env().now());
    // Most of what is met may be seen.
    let (mut step, mut attempt, mut hits) = (limit + limit / 4 + 8, 0, Vec::new());
    while look.upper > lower {
        look.lower = lower;
        look.step(tx, step, attempt);
        attempt += 1;
        let wanted = limit - i64::try_from(hits.len()).unwrap_or(limit);
        hits.extend(store::hits(tx, &look, wanted).await?);
        if hits.len() as i64 >= limit {
            break;
        }
        look.upper = store::reached(tx, &look).await?;
        if tx.env().now().as_millis() - begun.as_millis() > PATIENCE {
            break;
        }
        step = (step * 6).min(LARGEST_STEP);
    }
    Ok(Walked {
        hits,
        ended: look.upper <= lower,
        reached: look.upper,
    })
}

/// Counts by kind to [`COUNT_STOPS_AT`], or as far as patience goes.
async fn count(tx: &mut Tx, mut look: Look<'_>) -> Result<Counts> {
    let (lower, begun) = (look.lower, tx.env().now());
    let mut found: HashMap<FoundKind, i64> = HashMap::new();
    // A little more, so that a few that may not be seen do not ask for another step.
    let (mut total, mut step, mut attempt) = (0, COUNT_STOPS_AT + COUNT_STOPS_AT / 16, 0);
    while look.upper > lower && total < COUNT_STOPS_AT {
        look.lower = lower;
        look.step(tx, step, attempt);
        attempt += 1;
        let counted = store::counts(tx, &look, COUNT_STOPS_AT - total).await?;
        let seen: i64 = counted.kinds.iter().map(|(_, count)| count).sum();
        for (kind, count) in counted.kinds {
            *found.entry(kind).or_default() += count;
        }
        total += seen;
        look.upper = counted.reached;
        if tx.env().now().as_millis() - begun.as_millis() > PATIENCE_FOR_COUNTS {
            break;
        }
        // Where most may be seen, just what is left; else ever more at once.
        let left = (COUNT_STOPS_AT - total).max(8);
        step = if seen * 2 >= step {
            left
        } else {
            (step * 4).min(LARGEST_STEP)
        };
    }
    // Counting that stopped within a step cannot know whether it met the last one.
    let more = look.upper > lower || total >= COUNT_STOPS_AT;
    if more {
        // Of what was not met among the newest there may be some all the same.
        for kind in FoundKind::ALL.iter().filter(|kind| look.reach.has(**kind)) {
            found.entry(*kind).or_default();
        }
    }
    Ok(counts_of(&found, total.min(COUNT_STOPS_AT), more))
}

fn count_hits(hits: &[Hit]) -> Counts {
    let mut found: HashMap<FoundKind, i64> = HashMap::new();
    for hit in hits {
        *found.entry(hit.kind).or_default() += 1;
    }
    counts_of(&found, hits.len() as i64, false)
}

fn counts_of(found: &HashMap<FoundKind, i64>, total: i64, more: bool) -> Counts {
    let kinds = FoundKind::ALL.iter().filter_map(|kind| {
        let count = (*found.get(kind)?).min(COUNT_STOPS_AT);
        Some(KindCount { kind: *kind, count })
    });
    Counts {
        total,
        more,
        kinds: kinds.collect(),
    }
}

// Showing what was found, as it is now

async fn show(tx: &mut Tx, query: &SearchQuery, reach: &Reach, hits: Vec<Hit>) -> Result<Vec<Found>> {
    let mut texts: HashMap<String, Findable> = HashMap::new();
    for kind in FoundKind::ALL {
        let ids: Vec<String> = hits
            .iter()
            .filter(|hit| hit.kind == *kind)
            .map(|hit| hit.doc_id.clone())
            .collect();
        if !ids.is_empty() {
            let batch = sources::read(tx, *kind, Wanted::These(&ids)).await?;
            texts.extend(batch.found.into_iter().map(|text| (text.id.clone(), text)));
        }
    }
    let mut left = MOST_TEXT;
    let highlighter = Highlighter::new(query);
    let mut shown = Vec::with_capacity(hits.len());
    for hit in hits {
        // What is gone meanwhile is not shown, nor what the index holds for another scope than it has.
        let Some(text) = texts.remove(&hit.doc_id) else {
            continue;
        };
        if text.scope.is_some() && text.scope != hit.scope {
            tracing::warn!(id = %hit.doc_id, "the search index was behind a change of scope");
            continue;
        }
        shown.push(found(&hit, text, &highlighter, reach, &mut left));
    }
    Ok(shown)
}

fn found(hit: &Hit, text: Findable, highlighter: &Highlighter<'_>, reach: &Reach, left: &mut usize) -> Found {
    let line = if text.title.is_empty() {
        &text.owner_title
    } else {
        &text.title
    };
    let (mut snippet, mut before, mut after) = cut(&text.body, highlighter, left);
    let title = parts(&highlighter.highlight(line));
    let is_hit = |parts: &[FoundPart]| parts.iter().any(|part| part.hit);
    if !is_hit(&snippet) && !is_hit(&title) && !text.also.is_empty() {
        let (also, also_before, also_after) = cut(&text.also, highlighter, left);
        if is_hit(&also) || snippet.is_empty() {
            (snippet, before, after) = (also, also_before, also_after);
        }
    }
    // A reporter is not told who of the desk wrote.
    let hide_desk = text.who_is_desk && text.need == Need::Report && !reach.scoped.contains(&Need::Report);
    Found {
        kind: hit.kind,
        place: place(hit),
        number: text.number,
        title,
        snippet,
        cut_before: before,
        cut_after: after,
        who: text.who.filter(|_| !hide_desk),
        at: text.at,
        tlp: hit.tlp,
        restricted: hit.restricted,
        id: text.id,
    }
}

/// The telling part of a text; its beginning when this page has looked through enough already.
fn cut(text: &str, highlighter: &Highlighter<'_>, left: &mut usize) -> (Vec<FoundPart>, bool, bool) {
    let looked_at = text.floor_char_boundary((*left).max(2_000));
    let looked_at = text.get(..looked_at).unwrap_or(text);
    *left = left.saturating_sub(looked_at.len());
    let snippet = highlighter.snippet(looked_at, SNIPPET);
    let after = snippet.cut_after || looked_at.len() < text.len();
    (parts(&snippet.segments), snippet.cut_before, after)
}

fn parts(segments: &[matoi_text::Segment<'_>]) -> Vec<FoundPart> {
    let part = |segment: &matoi_text::Segment<'_>| FoundPart {
        text: segment.text.to_owned(),
        hit: segment.hit,
    };
    segments.iter().map(part).collect()
}

fn place(hit: &Hit) -> Place {
    Place {
        kind: hit.owner_kind,
        id: hit.owner_doc.clone(),
    }
}

/// What cannot be searched within: something that is not there for the caller.
pub async fn require_within(tx: &mut Tx, id: &str) -> Result<()> {
    let caller = tx.caller().clone();
    store::visible(tx, &caller, &Reach::of(&caller), id)
        .await?
        .map(drop)
        .ok_or(Error::NotFound("place"))
}
