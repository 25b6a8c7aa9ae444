//! Live updates by server-sent events: one stream per browser, ids only. Pages fetch what changed with their own rights.
//!
//! Every process follows the sealed order of changes, so that all of several processes tell the same. A reader is told
//! of a change only if they may see its scope: an identifier, too, can betray something.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _};
use matoi_core::audit::{self, SealedChange};
use matoi_core::kernel::access;
use matoi_core::{Caller, Error, Store};
use matoi_types::{AccountId, CaseId, ScopeId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};

use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{PageForm, SignedIn};

/// What a browser is told: which thing changed.
#[derive(Debug, Clone, Serialize)]
struct Told {
    kind: String,
    id: String,
    verb: String,
    /// The scope it belongs to: a page of that scope shows it anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeId>,
}

/// Somebody who is looking at a case or writing in it.
#[derive(Debug, Clone)]
struct Present {
    name: String,
    writing: bool,
    until: Timestamp,
}

/// Spreads sealed changes to the browsers that may know of them.
#[derive(Debug)]
pub struct Hub {
    store: Store,
    changes: broadcast::Sender<Arc<SealedChange>>,
    stopping: watch::Sender<bool>,
    present: Mutex<HashMap<CaseId, HashMap<AccountId, Present>>>,
}

/// Somebody beside the reader.
#[derive(Debug, Clone)]
pub struct Beside {
    /// Their name.
    pub name: String,
    /// Whether they are writing.
    pub writing: bool,
}

const PRESENCE_SECONDS: i64 = 40;

impl Hub {
    /// A hub that follows this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            changes: broadcast::channel(1024).0,
            stopping: watch::Sender::new(false),
            present: Mutex::default(),
        }
    }

    /// Follows the sealed order until `stop` changes; then the streams end, or the program would wait for browsers.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut at = None;
        while !*stop.borrow() {
            match self.advance(at).await {
                Ok(reached) => at = Some(reached),
                Err(error) => tracing::warn!(%error, "live updates cannot be read; trying again"),
            }
            tokio::select! {
                _ = stop.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(250)) => {}
            }
        }
        self.stopping.send_replace(true);
    }

    async fn advance(&self, at: Option<i64>) -> Result<i64, Error> {
        let caller = self.store.system("live updates");
        let mut tx = self.store.read(&caller).await?;
        let Some(mut at) = at else {
            return audit::service::last_seq(&mut tx).await;
        };
        loop {
            let changes = audit::service::follow(&mut tx, at, 500).await?;
            let Some(last) = changes.last() else { return Ok(at) };
            at = last.seq;
            for change in changes {
                // Nobody listening is no error.
                let _ = self.changes.send(Arc::new(change));
            }
        }
    }

    /// Notes that somebody looks at a case or writes in it, and says who else does.
    pub fn present(
        &self,
        case: CaseId,
        who: AccountId,
        name: &str,
        writing: bool,
        now: Timestamp,
    ) -> Vec<Beside> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.retain(|_, people| {
            people.retain(|_, person| person.until > now);
            !people.is_empty()
        });
        let people = present.entry(case).or_default();
        let person = Present {
            name: name.to_owned(),
            writing,
            until: now.plus_seconds(PRESENCE_SECONDS),
        };
        people.insert(who, person);
        let mut beside: Vec<_> = people
            .iter()
            .filter(|(id, _)| **id != who)
            .map(|(_, person)| Beside {
                name: person.name.clone(),
                writing: person.writing,
            })
            .collect();
        beside.sort_by(|a, b| a.name.cmp(&b.name));
        beside
    }
}

/// `GET /events`: the stream of one browser; its tabs share it.
pub async fn stream(State(app): State<App>, SignedIn { caller, .. }: SignedIn) -> Response {
    let changes = app.hub.changes.subscribe();
    let reader = Reader {
        stopping: app.hub.stopping.subscribe(),
        store: app.store.clone(),
        caller,
        changes,
        seen: HashMap::new(),
    };
    let stream = futures_util::stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok::<_, std::convert::Infallible>(event), reader))
    });
    // Whoever wraps the answer may ask again after its end.
    sse(stream.fuse()).into_response()
}

fn sse<S>(stream: S) -> Sse<impl Stream<Item = Result<Event, std::convert::Infallible>>>
where
    S: Stream<Item = Result<Event, std::convert::Infallible>> + Send + 'static,
{
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

struct Reader {
    store: Store,
    caller: Caller,
    changes: broadcast::Receiver<Arc<SealedChange>>,
    stopping: watch::Receiver<bool>,
    /// Whether a scope may be seen, for a short while: labels change rarely, events come often.
    seen: HashMap<ScopeId, (bool, Timestamp)>,
}

impl Reader {
    /// The next thing to tell; ends the stream when the program stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let received = tokio::select! {
                received = self.changes.recv() => received,
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            };
            let change = match received {
                Ok(change) => change,
                // Too slow to follow: the browser fetches everything anew.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    return Some(Event::default().event("all").data("{}"));
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            };
            if !self.may_see(change.scope).await {
                continue;
            }
            let told = Told {
                kind: change.entity_kind.clone(),
                id: change.entity_id.clone(),
                verb: change.verb.clone(),
                scope: change.scope,
            };
            if let Ok(event) = Event::default().event("change").json_data(told) {
                return Some(event.id(change.seq.to_string()));
            }
        }
    }

    async fn may_see(&mut self, scope: Option<ScopeId>) -> bool {
        let Some(scope) = scope else { return true };
        let now = self.store.now();
        if let Some((visible, until)) = self.seen.get(&scope)
            && *until > now
        {
            return *visible;
        }
        let visible = self.look(scope).await.unwrap_or(false);
        if self.seen.len() > 10_000 {
            self.seen.clear();
        }
        self.seen.insert(scope, (visible, now.plus_seconds(5)));
        visible
    }

    async fn look(&self, scope: ScopeId) -> Result<bool, Error> {
        let mut tx = self.store.read(&self.caller).await?;
        access::is_visible(&mut tx, scope).await
    }
}

/// What a tab says of its reader.
#[derive(Debug, Deserialize)]
pub struct PresenceForm {
    #[serde(default)]
    writing: bool,
}

/// `POST /cases/{id}/presence`: I am here, perhaps writing. Answers with who else is.
pub async fn presence(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    crate::http::extract::ApiPath(case): crate::http::extract::ApiPath<CaseId>,
    PageForm(form): PageForm<PresenceForm>,
) -> WebResult<Response> {
    let me = caller.require_account()?;
    let mut tx = app.store.read(&caller).await?;
    matoi_core::cases::service::get(&mut tx, case).await?;
    let name = ui.user.as_ref().map_or("", |user| user.name.as_str());
    let beside = app.hub.present(case, me, name, form.writing, caller.now);
    let html = beside.iter().fold(String::new(), |mut html, person| {
        let key = if person.writing {
            "case-writing"
        } else {
            "case-viewing"
        };
        let class = if person.writing { "live ty" } else { "live" };
        let text = ui.t1(key, "name", person.name.as_str());
        html.push_str(&format!(
            "<span class=\"{class}\">{}</span>",
            askama::filters::escape(text, askama::filters::Html)
                .map(|safe| safe.to_string())
                .unwrap_or_default()
        ));
        html
    });
    Ok(axum::response::Html(html).into_response())
}
