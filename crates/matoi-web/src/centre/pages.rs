//! The page: one card for each part that its reader may see, with what is to know of it now.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use matoi_core::identity::{AccountState, accounts, roles};
use matoi_core::rulebook::DataFileState;
use matoi_core::{Action, Tx, audit, jobs, organisation, rulebook};

use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::SignedIn;
use crate::ui::{Place, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new().route("/centre", get(show))
}

/// A part of the centre.
#[derive(Debug)]
struct Card {
    path: &'static str,
    icon: &'static str,
    title: &'static str,
    about: &'static str,
    /// What is to know of it now, in the reader's language.
    facts: Vec<Fact>,
}

/// Something to know, and whether somebody should look.
#[derive(Debug)]
struct Fact {
    text: String,
    needs_look: bool,
}

/// Parts that belong together.
#[derive(Debug)]
struct Group {
    id: &'static str,
    title: &'static str,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "centre/home.html")]
struct HomePage {
    ui: Ui,
    groups: Vec<Group>,
}

async fn show(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let ui = ui.at(Place::Centre);
    let mut tx = app.store.read(&caller).await?;
    let groups = [
        Group {
            id: "rules",
            title: "centre-rules",
            cards: rules(&mut tx, &ui).await?,
        },
        Group {
            id: "people",
            title: "centre-people",
            cards: people(&mut tx, &ui).await?,
        },
        Group {
            id: "record",
            title: "centre-record",
            cards: record(&mut tx, &ui).await?,
        },
    ];
    let groups = groups.into_iter().filter(|group| !group.cards.is_empty());
    ui.clone().page(&HomePage {
        groups: groups.collect(),
        ui,
    })
}

fn said(text: String) -> Fact {
    Fact {
        text,
        needs_look: false,
    }
}

async fn rules(tx: &mut Tx, ui: &Ui) -> WebResult<Vec<Card>> {
    let mut cards = Vec::new();
    if ui.may(Action::CriteriaRead) {
        let files = rulebook::service::list(tx, None, None).await?;
        let count = |state| files.iter().filter(|file| file.state == state).count();
        let drafts = count(DataFileState::Draft);
        let mut facts = vec![said(ui.t1(
            "centre-rulebook-in-force",
            "count",
            count(DataFileState::Approved),
        ))];
        if drafts > 0 {
            facts.push(Fact {
                text: ui.t1("centre-rulebook-drafts", "count", drafts),
                needs_look: ui.may(Action::CriteriaApprove),
            });
        }
        cards.push(Card {
            path: "/rulebook",
            icon: "file",
            title: "rulebook-title",
            about: "centre-rulebook-about",
            facts,
        });
    }
    if ui.may(Action::OrganisationRead) {
        let organisation = organisation::service::require(tx).await?;
        cards.push(Card {
            path: "/organisation",
            icon: "centre",
            title: "organisation-title",
            about: "centre-organisation-about",
            facts: vec![said(organisation.name.get(ui.lang).to_owned())],
        });
    }
    Ok(cards)
}

async fn people(tx: &mut Tx, ui: &Ui) -> WebResult<Vec<Card>> {
    let mut cards = Vec::new();
    if ui.may(Action::AccountRead) {
        let counts = accounts::counts(tx).await?;
        let of = |state| {
            counts
                .iter()
                .filter(|(s, _)| *s == state)
                .map(|(_, n)| *n)
                .sum::<i64>()
        };
        let mut facts = vec![said(ui.t1(
            "centre-accounts-active",
            "count",
            of(AccountState::Active),
        ))];
        let invited = of(AccountState::Invited);
        if invited > 0 {
            facts.push(said(ui.t1("centre-accounts-invited", "count", invited)));
        }
        cards.push(Card {
            path: "/accounts",
            icon: "user",
            title: "accounts-title",
            about: "centre-accounts-about",
            facts,
        });
        cards.push(Card {
            path: "/roles",
            icon: "tag",
            title: "roles-title",
            about: "centre-roles-about",
            facts: vec![said(ui.t1(
                "centre-roles-count",
                "count",
                roles::list(tx).await?.len(),
            ))],
        });
    }
    if ui.may(Action::OrganisationRead) {
        let units = organisation::service::units(tx).await?.len();
        cards.push(Card {
            path: "/units",
            icon: "merge",
            title: "units-title",
            about: "centre-units-about",
            facts: vec![said(ui.t1("units-count", "count", units))],
        });
    }
    if ui.may(Action::TokenManage) {
        cards.push(Card {
            path: "/tokens",
            icon: "key",
            title: "centre-credentials",
            about: "centre-credentials-about",
            facts: Vec::new(),
        });
    }
    Ok(cards)
}

async fn record(tx: &mut Tx, ui: &Ui) -> WebResult<Vec<Card>> {
    let mut cards = Vec::new();
    if ui.may(Action::AuditRead) {
        let state = audit::service::state(tx).await?;
        let mut facts = vec![said(ui.t1("audit-sealed-count", "count", state.sealed))];
        if let Some(last) = audit::service::last_verification(tx).await? {
            let key = if last.found.is_intact() {
                "audit-intact"
            } else {
                "audit-broken"
            };
            facts.push(Fact {
                text: ui.t(key),
                needs_look: !last.found.is_intact(),
            });
        }
        cards.push(Card {
            path: "/audit",
            icon: "list",
            title: "audit-title",
            about: "centre-audit-about",
            facts,
        });
    }
    if ui.may(Action::JobRead) {
        let lanes = jobs::service::overview(tx).await?;
        let open: i64 = lanes.iter().map(|lane| lane.waiting + lane.running).sum();
        let stuck: i64 = lanes.iter().map(|lane| lane.failed + lane.held).sum();
        let mut facts = vec![said(ui.t1("centre-jobs-open", "count", open))];
        if stuck > 0 {
            facts.push(Fact {
                text: ui.t1("centre-jobs-stuck", "count", stuck),
                needs_look: true,
            });
        }
        cards.push(Card {
            path: "/jobs",
            icon: "gear",
            title: "jobs-title",
            about: "centre-jobs-about",
            facts,
        });
    }
    if ui.may(Action::CaseBreakGlass) {
        cards.push(Card {
            path: "/break-glass",
            icon: "lock",
            title: "break-glass-title",
            about: "centre-break-glass-about",
            facts: Vec::new(),
        });
    }
    Ok(cards)
}
