//! The register as a table: the same columns go out and come in, so that what was exported can be changed and imported.

use std::collections::HashMap;

use matoi_text::fold;
use matoi_types::{AccountId, Importance, Lang};

use super::model::{Asset, AssetFilter, AssetKind, AssetOrder, AssetState};
use super::{service, store};
use crate::identity::accounts;
use crate::kernel::words::Words;
use crate::kernel::{Action, Cursor, Error, Message, Result, Tx, named};

/// Assets in one file.
pub const MAX_EXPORTED: usize = 100_000;
/// Read at once.
const BATCH: u32 = 1000;

named! {
    /// A column of the table.
    AssetColumn {
        /// Its name.
        Name = "name",
        /// What kind of thing.
        Kind = "kind",
        /// How much the organisation depends on it.
        Importance = "importance",
        /// Who answers for it: the name to sign in with, or the name.
        Owner = "owner",
        /// The unit that answers for it.
        Unit = "unit",
        /// By what it is recognised, parted by blanks.
        Identifiers = "identifiers",
        /// What else is worth knowing.
        Note = "note",
        /// Whether it is in use. A line that says "retired" is passed over by an import.
        State = "state",
    }
}

impl AssetColumn {
    /// The heading in a language.
    #[must_use]
    pub fn heading(self, lang: Lang) -> String {
        Words::get().text(lang, self.key())
    }

    /// The column that a heading names: its name, or its heading in either language, however it is spelt.
    #[must_use]
    pub fn of_heading(heading: &str) -> Option<Self> {
        let heading = fold(heading.trim());
        Self::ALL.iter().copied().find(|column| {
            heading == column.as_str()
                || Lang::ALL
                    .into_iter()
                    .any(|lang| fold(&column.heading(lang)) == heading)
        })
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Name => "asset-name",
            Self::Kind => "asset-kind",
            Self::Importance => "asset-importance",
            Self::Owner => "asset-owner",
            Self::Unit => "asset-unit",
            Self::Identifiers => "asset-identifiers",
            Self::Note => "asset-note",
            Self::State => "asset-state",
        }
    }
}

/// The key of the words for a kind.
#[must_use]
pub const fn kind_key(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Server => "asset-kind-server",
        AssetKind::Client => "asset-kind-client",
        AssetKind::NetworkDevice => "asset-kind-network-device",
        AssetKind::Application => "asset-kind-application",
        AssetKind::Service => "asset-kind-service",
        AssetKind::Data => "asset-kind-data",
        AssetKind::Account => "asset-kind-account",
        AssetKind::Facility => "asset-kind-facility",
        AssetKind::OtDevice => "asset-kind-ot-device",
        AssetKind::Cloud => "asset-kind-cloud",
        AssetKind::Other => "asset-kind-other",
    }
}

/// The key of the words for an importance.
#[must_use]
pub const fn importance_key(importance: Importance) -> &'static str {
    match importance {
        Importance::Critical => "importance-critical",
        Importance::High => "importance-high",
        Importance::Medium => "importance-medium",
        Importance::Low => "importance-low",
    }
}

/// The key of the words for whether an asset is in use.
#[must_use]
pub const fn state_key(state: AssetState) -> &'static str {
    match state {
        AssetState::InUse => "asset-state-in-use",
        AssetState::Retired => "asset-state-retired",
    }
}

/// The kind that a cell names: its name or its words in either language.
pub(super) fn kind_of(cell: &str) -> Option<AssetKind> {
    of_words(cell, AssetKind::ALL, AssetKind::as_str, kind_key)
}

pub(super) fn importance_of(cell: &str) -> Option<Importance> {
    of_words(cell, Importance::ALL, Importance::as_str, importance_key)
}

pub(super) fn state_of(cell: &str) -> Option<AssetState> {
    of_words(cell, AssetState::ALL, AssetState::as_str, state_key)
}

fn of_words<T: Copy>(
    cell: &str,
    all: &[T],
    name: fn(T) -> &'static str,
    key: fn(T) -> &'static str,
) -> Option<T> {
    let cell = fold(cell);
    let says = |lang: Lang, one: T| fold(&Words::get().text(lang, key(one))) == cell;
    all.iter()
        .copied()
        .find(|one| name(*one) == cell || Lang::ALL.into_iter().any(|lang| says(lang, *one)))
}

/// The assets wanted as headings and rows, in the caller's language, by name. Stops at [`MAX_EXPORTED`].
pub async fn export(tx: &mut Tx, filter: &AssetFilter) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    service::require_reading(tx)?;
    let lang = tx.caller().lang;
    let logins = logins(tx).await?;
    let header = AssetColumn::ALL
        .iter()
        .map(|column| column.heading(lang))
        .collect();
    let mut rows = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let mut some = store::list(tx, filter, AssetOrder::Name, after.as_ref(), BATCH).await?;
        let more = some.len() > BATCH as usize;
        some.truncate(BATCH as usize);
        rows.extend(some.iter().map(|asset| row(asset, lang, &logins)));
        if rows.len() > MAX_EXPORTED {
            let message = Message::new("error-asset-export").with("max", MAX_EXPORTED as i64);
            return Err(Error::Rule(message));
        }
        after = some.last().filter(|_| more).map(|last| Cursor {
            order: String::new(),
            key: 0,
            id: last.id.to_string(),
        });
        if after.is_none() {
            return Ok((header, rows));
        }
    }
}

/// The names to sign in with, for those who may read accounts: two people can have one name, not one login.
async fn logins(tx: &mut Tx) -> Result<HashMap<AccountId, String>> {
    if !tx.caller().may(Action::AccountRead) {
        return Ok(HashMap::new());
    }
    let all = accounts::everybody(tx).await?;
    Ok(all.into_iter().map(|one| (one.id, one.login)).collect())
}

fn row(asset: &Asset, lang: Lang, logins: &HashMap<AccountId, String>) -> Vec<String> {
    let words = Words::get();
    let login = asset.owner_id.and_then(|id| logins.get(&id).cloned());
    AssetColumn::ALL
        .iter()
        .map(|column| match column {
            AssetColumn::Name => asset.name.clone(),
            AssetColumn::Kind => words.text(lang, kind_key(asset.kind)),
            AssetColumn::Importance => words.text(lang, importance_key(asset.importance)),
            AssetColumn::Owner => login.clone().or_else(|| asset.owner.clone()).unwrap_or_default(),
            AssetColumn::Unit => asset
                .unit
                .as_ref()
                .map(|unit| unit.get(lang).to_owned())
                .unwrap_or_default(),
            AssetColumn::Identifiers => asset.identifiers.join(" "),
            AssetColumn::Note => asset.note.clone(),
            AssetColumn::State => words.text(lang, state_key(asset.state)),
        })
        .collect()
}
