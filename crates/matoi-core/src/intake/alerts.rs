//! Alerts from the doors of other tools: handed in together or not at all, and never twice.

use matoi_types::{Id, kind};

use crate::desk::alerts::{self, AcceptedAlert};
use crate::desk::{AlertInput, ItemKind};
use crate::kernel::numbers::{self, Series};
use crate::kernel::{Action, Caller, Error, Result, Store};

/// How often a request is tried when another took in the same alerts at the same moment.
const ATTEMPTS: usize = 3;

/// Hands in the alerts of one request, all or none. What is there already is given back as it is.
///
/// An alert without a reference gets one of its own: nothing its sender gives tells whether it is the same as another.
///
/// # Errors
/// As [`alerts::create`]; with several alerts the pointers begin with the place of the alert.
pub async fn hand_in(
    store: &Store,
    caller: &Caller,
    mut inputs: Vec<AlertInput>,
) -> Result<Vec<AcceptedAlert>> {
    caller.require(Action::AlertCreate)?;
    for input in &mut inputs {
        if input.source_ref.trim().is_empty() {
            let id: Id<kind::Item> = store.env().new_id(caller.now)?;
            input.source_ref = format!("received:{id}");
        }
    }
    let mut attempt = 1;
    loop {
        match try_once(store, caller, &inputs).await {
            Err(Error::Unavailable(_)) if attempt < ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

async fn try_once(store: &Store, caller: &Caller, inputs: &[AlertInput]) -> Result<Vec<AcceptedAlert>> {
    let missing = count_new(store, caller, inputs).await?;
    let mut free = numbers::take(store, caller, Series::Alert, missing)
        .await?
        .into_iter();
    let mut tx = store.write(caller).await?;
    let mut accepted = Vec::with_capacity(inputs.len());
    for (at, input) in inputs.iter().enumerate() {
        // A number is used only when the alert is new; if fewer are new than it seemed, the rest stays unused.
        let number = free.as_slice().first().cloned().unwrap_or_default();
        let existing = alerts::known(&mut tx, &input.source, &input.source_ref).await?;
        if existing.is_none() && number.is_empty() {
            return Err(Error::Unavailable("an alert vanished meanwhile".to_owned()));
        }
        let alert = alerts::create(&mut tx, &number, input.clone())
            .await
            .map_err(|error| at_place(error, at, inputs.len()))?;
        if alert.item.kind != ItemKind::Alert {
            return Err(Error::rule("error-source-ref-of-report"));
        }
        if !alert.existed {
            free.next();
        }
        accepted.push(alert);
    }
    tx.commit().await?;
    Ok(accepted)
}

async fn count_new(store: &Store, caller: &Caller, inputs: &[AlertInput]) -> Result<u32> {
    let mut tx = store.read(caller).await?;
    let mut missing = 0;
    for input in inputs {
        if alerts::known(&mut tx, &input.source, &input.source_ref)
            .await?
            .is_none()
        {
            missing += 1;
        }
    }
    Ok(missing)
}

fn at_place(error: Error, at: usize, of: usize) -> Error {
    match error {
        Error::Invalid(mut fields) if of > 1 => {
            for field in &mut fields {
                field.pointer = format!("/{at}{}", field.pointer);
            }
            Error::Invalid(fields)
        }
        other => other,
    }
}
