//! The demonstration: a sample organisation into which real input comes by itself, out of which an incident is opened, handled
//! and closed.
//!
//! Everything goes through doors that anybody has: the set-up link, invitation links, the public form, `matoi intake mail`, the
//! doors of other tools and the API, each under an ordinary account. No row is put in behind, so the same script on an empty
//! installation gives the same states, and what breaks the demonstration would break for users too.

mod person;
mod program;
mod samples;
mod set_up;
mod story;
mod take_in;

use std::collections::BTreeMap;

pub use program::Program;
pub use samples::Samples;

use crate::failure::Outcome;
use crate::output::Output;

use self::person::Person;

/// The password of every account of the demonstration.
pub const PASSWORD: &str = "yane-no-ue-no-shirushi";

/// What is there at the end.
#[derive(Debug, Default)]
pub struct Shown {
    /// Accounts that can be signed in with: login, name, roles.
    pub accounts: Vec<(String, String, String)>,
    /// How many mails, alerts and forms came in.
    pub taken_in: BTreeMap<&'static str, usize>,
    /// What came in and could not be taken, with why.
    pub not_taken: Vec<String>,
    /// Acts of the story.
    pub acts: usize,
}

/// Plays the whole demonstration against a running server.
///
/// # Errors
/// When a door answers otherwise than it should; everything that was done stays.
pub async fn play(
    program: &Program,
    url: &str,
    setup_link: &str,
    samples: &Samples,
    output: Output,
) -> Outcome<Shown> {
    let mut shown = Shown::default();
    output.event(
        || format!("{}\n", output.word("cli-demo-sets-up", &[])),
        || serde_json::json!({"event": "sets_up"}),
    );
    let people = set_up::set_up(program, url, setup_link, samples, &mut shown).await?;
    output.event(
        || format!("{}\n", output.word("cli-demo-takes-in", &[])),
        || serde_json::json!({"event": "takes_in"}),
    );
    take_in::take_in(program, url, samples, &mut shown).await?;
    output.event(
        || format!("{}\n", output.word("cli-demo-handles", &[])),
        || serde_json::json!({"event": "handles"}),
    );
    story::play(&people, samples, &mut shown).await?;
    Ok(shown)
}

/// People by the name they sign in with.
type People = BTreeMap<String, Person>;
