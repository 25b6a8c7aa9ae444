//! What callers may do with observables.

use matoi_text::{OwnNames, find_observables};
use matoi_types::{CaseId, ItemId, ObservableId, ScopeId, Tlp};

use super::model::{Elsewhere, Observable, ObservableInput, ObservableKind, Origin, Sighting};
use super::store;
use crate::cases::{self, EntryKind};
use crate::clocks::ClockOwner;
use crate::desk;
use crate::desk::model::NamedObservable;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, Message, Result, Tx};
use crate::organisation;

/// Traces taken from one text.
const MAX_FOUND: usize = 300;
/// Traces shown of one thing.
const MAX_SHOWN: u32 = 1000;

/// Finds traces in a text and notes them. Called by the rooms whose text it is, within their command.
pub(crate) async fn find_in(
    tx: &mut Tx,
    owner: ClockOwner,
    scope: ScopeId,
    text: &str,
    tlp: Tlp,
) -> Result<()> {
    let found = find_observables(text, MAX_FOUND).found;
    if found.is_empty() {
        return Ok(());
    }
    let own = own_names(tx).await?;
    for observable in found {
        let Ok(kind) = observable.kind.as_str().parse::<ObservableKind>() else {
            continue;
        };
        let special = observable.special_purpose().map(special_name);
        let id = store::intern(
            tx,
            kind,
            &observable.value,
            observable.is_own(&own),
            special.as_deref(),
        )
        .await?;
        store::add_sighting(tx, id, owner, scope, tlp, Origin::Found, "").await?;
    }
    Ok(())
}

/// Notes the traces that a sender names. What it calls them is understood where it can be, and kept where not.
pub(crate) async fn add_named(
    tx: &mut Tx,
    owner: ClockOwner,
    scope: ScopeId,
    tlp: Tlp,
    named: &[NamedObservable],
) -> Result<()> {
    note(tx, owner, scope, tlp, Origin::Sender, named).await
}

/// Notes traces whose kinds are known or guessed by name, wherever they come from.
pub(crate) async fn note(
    tx: &mut Tx,
    owner: ClockOwner,
    scope: ScopeId,
    tlp: Tlp,
    origin: Origin,
    named: &[NamedObservable],
) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let own = own_names(tx).await?;
    for observable in named.iter().filter(|observable| {
        observable
            .value
            .chars()
            .any(|c| !c.is_whitespace() && !c.is_control())
    }) {
        let (kind, value, is_own, special) = understand(&observable.kind, &observable.value, &own);
        let id = store::intern(tx, kind, &value, is_own, special.as_deref()).await?;
        let note = observable.note.chars().filter(|c| !c.is_control());
        let note: String = note.take(500).collect();
        store::add_sighting(tx, id, owner, scope, observable.tlp.unwrap_or(tlp), origin, &note).await?;
    }
    Ok(())
}

/// Traces of an item.
pub async fn of_item(tx: &mut Tx, id: ItemId) -> Result<Vec<Sighting>> {
    desk::queue::get(tx, id).await?;
    store::of(tx, ClockOwner::Item(id), MAX_SHOWN).await
}

/// Traces of a case.
pub async fn of_case(tx: &mut Tx, id: CaseId) -> Result<Vec<Sighting>> {
    cases::service::get(tx, id).await?;
    store::of(tx, ClockOwner::Case(id), MAX_SHOWN).await
}

/// Where else a trace was seen, as far as the caller may know.
pub async fn elsewhere(tx: &mut Tx, id: ObservableId) -> Result<Vec<Elsewhere>> {
    if !tx.caller().may(Action::CaseRead) {
        tx.require(Action::AlertRead)?;
    }
    store::elsewhere(tx, id, 200).await
}

/// A trace with the places it was seen at. One that was seen nowhere the caller may look is not there.
pub async fn sightings(tx: &mut Tx, id: ObservableId) -> Result<(Observable, Vec<Elsewhere>)> {
    let places = elsewhere(tx, id).await?;
    let found = store::get(tx, id).await?.filter(|_| !places.is_empty());
    Ok((found.ok_or(Error::NotFound("observable"))?, places))
}

/// Writes down a trace of a case.
pub async fn add(tx: &mut Tx, case: CaseId, input: ObservableInput) -> Result<Vec<Sighting>> {
    tx.require(Action::CaseUpdate)?;
    let case = cases::service::get(tx, case).await?;
    let mut fields = Fields::new();
    let value = fields.line("/value", &input.value, 2000);
    let note = fields.optional_line("/note", &input.note, 500);
    fields.done()?;
    let own = own_names(tx).await?;
    let kind_name = input.kind.map_or("", ObservableKind::as_str);
    let (kind, value, is_own, special) = understand(kind_name, &value, &own);
    let id = store::intern(tx, kind, &value, is_own, special.as_deref()).await?;
    let owner = ClockOwner::Case(case.id);
    let tlp = input.tlp.unwrap_or(case.tlp);
    if store::add_sighting(tx, id, owner, case.scope_id, tlp, Origin::Person, &note).await? {
        let text = Message::new("timeline-observable").with("value", matoi_text::defang(&value));
        cases::timeline::system(
            tx,
            case.id,
            EntryKind::Trace,
            text,
            Some(("observable", id.to_string())),
        )
        .await?;
        let change = Change::of("observable.add", id)
            .within(case.scope_id)
            .set("case_id", case.id);
        tx.record(change.set("kind", kind).set("value", &value).set("tlp", tlp))
            .await?;
    } else if !store::update_sighting(tx, id, owner, tlp, &note).await? {
        return Err(Error::NotFound("observable"));
    }
    store::of(tx, owner, MAX_SHOWN).await
}

/// Changes label and note of a trace of a case.
pub async fn update(
    tx: &mut Tx,
    case: CaseId,
    id: ObservableId,
    tlp: Tlp,
    note: &str,
) -> Result<Vec<Sighting>> {
    tx.require(Action::CaseUpdate)?;
    let case = cases::service::get(tx, case).await?;
    let mut fields = Fields::new();
    let note = fields.optional_line("/note", note, 500);
    fields.done()?;
    let owner = ClockOwner::Case(case.id);
    if !store::update_sighting(tx, id, owner, tlp, &note).await? {
        return Err(Error::NotFound("observable"));
    }
    let change = Change::of("observable.update", id)
        .within(case.scope_id)
        .set("case_id", case.id);
    tx.record(change.set("tlp", tlp).set("note", &note)).await?;
    store::of(tx, owner, MAX_SHOWN).await
}

/// Takes a trace off a case: it has nothing to do with it.
pub async fn remove(tx: &mut Tx, case: CaseId, id: ObservableId) -> Result<()> {
    tx.require(Action::CaseUpdate)?;
    let case = cases::service::get(tx, case).await?;
    if !store::remove_sighting(tx, id, ClockOwner::Case(case.id)).await? {
        return Err(Error::NotFound("observable"));
    }
    tx.record(
        Change::of("observable.remove", id)
            .within(case.scope_id)
            .set("case_id", case.id),
    )
    .await
}

/// What was seen in an item belongs to the case it joined.
pub(crate) async fn item_joined(tx: &mut Tx, item: ItemId, case: CaseId, scope: ScopeId) -> Result<()> {
    store::copy(tx, ClockOwner::Item(item), ClockOwner::Case(case), scope).await
}

/// Follows a thing into another scope.
pub(crate) async fn move_scope(tx: &mut Tx, owner: ClockOwner, scope: ScopeId) -> Result<()> {
    store::move_scope(tx, owner, scope).await
}

/// What belongs to the organisation itself.
pub(crate) async fn own_names(tx: &mut Tx) -> Result<OwnNames> {
    let Some(organisation) = organisation::service::get(tx).await? else {
        return Ok(OwnNames::default());
    };
    let (domains, networks) = (&organisation.own_domains, &organisation.own_networks);
    // They were checked when they were entered; one that is not understood any more must not stop the intake.
    Ok(OwnNames::parse(
        domains.iter().map(String::as_str),
        networks.iter().map(String::as_str),
    )
    .unwrap_or_default())
}

/// What a value is: as it is found in text, if it is just one trace, else what the sender calls it.
fn understand(kind: &str, value: &str, own: &OwnNames) -> (ObservableKind, String, bool, Option<String>) {
    // No database keeps a null character in a text, and no trace has control characters.
    let value: String = value
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(2000)
        .collect();
    let said = sender_kind(kind);
    let found = find_observables(&value, 8).found;
    // An address inside a URL, a file name at its end are traces too; the one meant here is the whole.
    let whole = found
        .iter()
        .find(|one| one.first.start == 0 && one.first.end == value.len());
    if let Some(one) = whole
        && let Ok(found_kind) = one.kind.as_str().parse::<ObservableKind>()
        && (said.is_none()
            || said == Some(found_kind)
            || is_address(found_kind)
            || said == Some(ObservableKind::Other))
    {
        return (
            found_kind,
            one.value.clone(),
            one.is_own(own),
            one.special_purpose().map(special_name),
        );
    }
    (said.unwrap_or(ObservableKind::Other), value, false, None)
}

const fn is_address(kind: ObservableKind) -> bool {
    matches!(kind, ObservableKind::Ipv4 | ObservableKind::Ipv6)
}

/// The names that TheHive, DFIR-IRIS and MISP give to kinds of traces.
fn sender_kind(name: &str) -> Option<ObservableKind> {
    let name = name.trim().to_ascii_lowercase();
    if let Ok(kind) = name.parse() {
        return Some(kind);
    }
    Some(match name.as_str() {
        "" | "hash" | "ip" | "ip-any" | "ip-src" | "ip-dst" => return None,
        "fqdn" => ObservableKind::Domain,
        "uri" | "uri_path" | "link" => ObservableKind::Url,
        "mail" | "email-src" | "email-dst" | "email-address" => ObservableKind::Email,
        "file" | "file-name" => ObservableKind::Filename,
        "file-path" | "path" => ObservableKind::Filepath,
        "host" | "computer" => ObservableKind::Hostname,
        "user" | "username" | "user-account" => ObservableKind::Account,
        "regkey" | "registry-key" => ObservableKind::Registry,
        "vulnerability" => ObservableKind::Cve,
        _ => ObservableKind::Other,
    })
}

fn special_name(special: matoi_text::SpecialPurpose) -> String {
    // The stable name of the enumeration, in lower case with `_`.
    serde_json::to_value(special)
        .ok()
        .and_then(|value| value.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_is_found_to_be() {
        let own = OwnNames::default();
        for (kind, value, expect, canonical) in [
            ("", "203.0.113[.]47", ObservableKind::Ipv4, "203.0.113.47"),
            (
                "",
                "hxxps://update.evil[.]example/payload.bin",
                ObservableKind::Url,
                "https://update.evil.example/payload.bin",
            ),
            ("domain", "evil.example", ObservableKind::Domain, "evil.example"),
            ("ip", "2001:db8::1", ObservableKind::Ipv6, "2001:db8::1"),
            ("", "svc-maint", ObservableKind::Other, "svc-maint"),
            ("user", "svc-maint", ObservableKind::Account, "svc-maint"),
        ] {
            let (found, value, _, _) = understand(kind, value, &own);
            assert_eq!((found, value.as_str()), (expect, canonical));
        }
    }
}
