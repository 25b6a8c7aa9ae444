//! `matoi intake`: what comes in, from a file or a pipe.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use matoi_core::desk::{AlertInput, DeskItem, ReportInput, alerts, reports};
use matoi_core::identity::accounts;
use matoi_core::identity::sessions::RequestFacts;
use matoi_core::intake::mail::{self, Desk, Envelope, Outcome as MailOutcome, Refusal};
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::kernel::words::Words;
use matoi_core::{Caller, Store, organisation};
use matoi_web::BlobFiles;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::user::OPERATOR;
use super::{Context, find, read_input};
use crate::failure::{Exit, Failure, Outcome};
use crate::worker::{Pool, PoolSettings, WorkerParsers};

/// The largest input of JSON, in bytes.
const MOST_JSON: u64 = 64 << 20;

/// Take in mails, reports and alerts from a file or from standard input
#[derive(Debug, Args)]
#[command(after_help = "\
Works on the installation itself, also beside a running server. The same mail, or the same source and source_ref, never make a
second item: what was handed in already is said again with its number, and the command succeeds.

A mail server pipes into `matoi intake mail`. It ends with 0 once the mail is stored, 75 when the mail server should keep it
and try again (whatever is wrong here, the configuration too), and 65 when the mail is too large or empty.

Examples:
  matoi intake mail suspicious.eml
  flags=q user=matoi argv=/usr/local/bin/matoi intake mail --sender=${sender} --recipient=${recipient}  (Postfix, pipe)
  matoi intake report report.json
  echo '{\"text\": \"The screen shows a ransom note\", \"channel\": \"phone\"}' | matoi intake report -
  matoi intake alert alerts.json --as siem --format json")]
pub(super) struct IntakeCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A mail, as it came (RFC 5322)
    Mail(MailInput),
    /// Reports, as POST /api/v1/reports takes them: one JSON object, or a list of them
    Report(Input),
    /// Alerts, as POST /api/v1/alerts takes them: one JSON object, or a list of them
    Alert(Input),
}

#[derive(Debug, Args)]
struct MailInput {
    #[command(flatten)]
    input: Input,
    /// The sender of the envelope; empty for a bounce
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
    /// A recipient of the envelope; can be given several times
    #[arg(long = "recipient", value_name = "ADDRESS")]
    recipients: Vec<String>,
}

#[derive(Debug, Args)]
struct Input {
    /// The file, `-` for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Hand it in as this account, with its rights; otherwise the audit log names the command line
    #[arg(long = "as", value_name = "LOGIN")]
    account: Option<String>,
}

impl IntakeCommand {
    /// Whether a mail server may be waiting for the exit code.
    pub(super) const fn is_mail(&self) -> bool {
        matches!(self.what, What::Mail(_))
    }

    pub(super) async fn run(self, context: Context) -> Outcome {
        match self.what {
            What::Mail(input) => take_mail(&context, input).await,
            What::Report(input) => take_reports(&context, input).await,
            What::Alert(input) => take_alerts(&context, input).await,
        }
    }
}

async fn take_mail(context: &Context, input: MailInput) -> Outcome {
    let config = &context.config;
    let raw = read_mail(&input.input.file, config.intake.max_mail)?;
    let installation = context.open().await?;
    let store = &installation.store;
    let caller = caller(store, input.input.account.as_deref()).await?;
    let files = BlobFiles(installation.blobs(config)?);
    let workers = &config.workers;
    let settings = PoolSettings::parsers(1, workers.memory, workers.timeout)
        .map_err(|error| Failure::of("the program cannot find itself", &error))?;
    let parsers = WorkerParsers::new(Arc::new(Pool::new(settings)));
    let desk = Desk {
        store,
        files: &files,
        parsers: &parsers,
        max_bytes: config.intake.max_mail,
    };
    let envelope = Envelope {
        sender: input.sender,
        recipients: input.recipients,
    };
    let outcome = mail::take_in(desk, &caller, raw, &envelope).await?;
    installation.close().await;
    match outcome {
        MailOutcome::Accepted(taken) => {
            say_mail(context, &taken);
            Ok(())
        }
        MailOutcome::TryLater(why) => Err(Failure::told(
            Exit::TryLater,
            format!("nothing was stored; hand the mail in again: {why}"),
        )),
        MailOutcome::Refused(refusal) => Err(refused(context, &refusal)),
    }
}

fn refused(context: &Context, refusal: &Refusal) -> Failure {
    let message = Words::get().say(context.output.lang, &refusal.message());
    Failure::told(Exit::Unacceptable, message)
}

/// A mail up to the limit and one byte more, which tells that it is too long. The rest is read and forgotten: a mail server
/// whose pipe breaks might believe that the program failed.
fn read_mail(file: &Path, most: u64) -> Outcome<Vec<u8>> {
    use std::io::Read as _;
    let read = |source: &mut dyn std::io::Read| {
        let mut bytes = Vec::new();
        source.take(most + 1).read_to_end(&mut bytes)?;
        std::io::copy(source, &mut std::io::sink())?;
        Ok(bytes)
    };
    let bytes = if file == Path::new("-") {
        read(&mut std::io::stdin().lock())
    } else {
        std::fs::File::open(file).and_then(|mut file| read(&mut file))
    };
    bytes.map_err(|error: std::io::Error| Failure::of(format!("{} cannot be read", file.display()), &error))
}

fn say_mail(context: &Context, taken: &mail::TakenIn) {
    let item = &taken.item;
    context.output.event(
        || {
            let mut text = format!("{}  {}  ({})", item.number, item.title, taken.role);
            if taken.existed {
                text.push_str("  (was there already)");
            }
            if !taken.inspected {
                text.push_str("  (could not be taken apart; the original is stored)");
            }
            text.push('\n');
            text
        },
        || {
            json!({
                "number": item.number,
                "id": item.id,
                "title": item.title,
                "role": taken.role,
                "existed": taken.existed,
                "automatic": taken.automatic,
                "inspected": taken.inspected,
            })
        },
    );
}

async fn take_reports(context: &Context, input: Input) -> Outcome {
    let all: Vec<ReportInput> = read(&input.file)?;
    let installation = context.open().await?;
    let store = &installation.store;
    let caller = caller(store, input.account.as_deref()).await?;
    let base = context.config.public_url(context.config.server.listen);
    for report in all {
        let number = numbers::next(store, &caller, Series::Report).await?;
        let mut tx = store.write(&caller).await?;
        let accepted = reports::create(&mut tx, &number, report).await?;
        tx.commit().await?;
        let follow_up = accepted.follow_up.map(|secret| format!("{base}/r/{secret}"));
        say(context, &accepted.item, accepted.existed, follow_up);
    }
    installation.close().await;
    Ok(())
}

async fn take_alerts(context: &Context, input: Input) -> Outcome {
    let all: Vec<AlertInput> = read(&input.file)?;
    let installation = context.open().await?;
    let store = &installation.store;
    let caller = caller(store, input.account.as_deref()).await?;
    for alert in all {
        let number = numbers::next(store, &caller, Series::Alert).await?;
        let mut tx = store.write(&caller).await?;
        let accepted = alerts::create(&mut tx, &number, alert).await?;
        tx.commit().await?;
        say(context, &accepted.item, accepted.existed, None);
    }
    installation.close().await;
    Ok(())
}

/// One value, or a list. All of them are read before the first is taken in: a mistake leaves nothing half-done.
fn read<T: DeserializeOwned>(file: &std::path::Path) -> Outcome<Vec<T>> {
    let bytes = read_input(file, MOST_JSON)?;
    let wrong = |error: &serde_json::Error| {
        Failure::told(
            Exit::Refused,
            format!("{} cannot be taken in: {error}", file.display()),
        )
    };
    let items = match serde_json::from_slice::<Json>(&bytes).map_err(|error| wrong(&error))? {
        Json::Array(items) => items,
        one => vec![one],
    };
    let count = items.len();
    items
        .into_iter()
        .enumerate()
        .map(|(i, item)| {
            serde_json::from_value(item).map_err(|error| match count {
                1 => wrong(&error),
                _ => Failure::told(
                    Exit::Refused,
                    format!(
                        "{} cannot be taken in: item {}: {error}; nothing was",
                        file.display(),
                        i + 1
                    ),
                ),
            })
        })
        .collect()
}

/// Who hands it in: an account with its rights, or the command line, at the organisation's place.
async fn caller(store: &Store, account: Option<&str>) -> Outcome<Caller> {
    let system = store.system(OPERATOR);
    let mut tx = store.read(&system).await?;
    let organisation = organisation::service::require(&mut tx).await?;
    let Some(login) = account else {
        return Ok(Caller {
            lang: organisation.lang,
            zone: organisation.zone,
            ..system
        });
    };
    let account = find::account(&mut tx, login).await?;
    drop(tx);
    let facts = RequestFacts {
        address: None,
        request_id: String::new(),
    };
    accounts::caller_for(store, account.id, facts)
        .await?
        .ok_or_else(|| Failure::told(Exit::Refused, format!("{login} cannot be used now")))
}

fn say(context: &Context, item: &DeskItem, existed: bool, follow_up: Option<String>) {
    context.output.event(
        || {
            let mut text = format!("{}  {}", item.number, item.title);
            if existed {
                text.push_str("  (was there already)");
            }
            if let Some(link) = &follow_up {
                text.push_str(&format!("\n  {link}"));
            }
            text.push('\n');
            text
        },
        || {
            json!({
                "number": item.number,
                "id": item.id,
                "title": item.title,
                "existed": existed,
                "follow_up_link": follow_up,
            })
        },
    );
}
