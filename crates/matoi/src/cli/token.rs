//! `matoi token`: API tokens, by whoever owns the machine.

use clap::{Args, Subcommand};
use matoi_core::Action;
use matoi_core::identity::sessions::RequestFacts;
use matoi_core::identity::tokens::{self, TokenInput};
use matoi_core::identity::{ApiToken, accounts};
use matoi_types::TokenId;
use serde_json::json;

use super::user::OPERATOR;
use super::{Context, find};
use crate::failure::{Exit, Failure, Outcome};
use crate::installation::Installation;
use crate::output::table;

/// List, make and revoke API tokens
#[derive(Debug, Args)]
#[command(after_help = "\
A token is shown once, on standard output, and stored as a digest. Scopes are actions like report.create; a token never
does more than its account may.

Examples:
  matoi token create siem --name 'alert forwarder' --scope alert.create --days 180
  matoi token create sasaki --name 'notebook' --all-scopes --days 7 --format json
  matoi token list siem
  matoi token revoke 0198c0de-0000-7000-8000-000000000000")]
pub(super) struct TokenCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the tokens of an account
    List {
        /// The name the account signs in with
        login: String,
    },
    /// Make a token; it is shown this once
    Create(Create),
    /// End a token at once
    Revoke {
        /// Its identifier, from `matoi token list`
        id: TokenId,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// The name the account signs in with
    login: String,
    /// What the token is for
    #[arg(long)]
    name: String,
    /// What it may do, like report.create; can be given several times. Without it: --all-scopes
    #[arg(long = "scope")]
    scopes: Vec<String>,
    /// Everything that the account may do
    #[arg(long, conflicts_with = "scopes")]
    all_scopes: bool,
    /// How many days it lives, 1 to 366
    #[arg(long, default_value_t = 90)]
    days: i64,
}

impl TokenCommand {
    pub(super) async fn run(self, context: Context) -> Outcome {
        if let What::Create(create) = &self.what
            && create.scopes.is_empty()
            && !create.all_scopes
        {
            return Err(Failure::told(
                Exit::Usage,
                "say what the token may do: --scope ACTION, as often as needed, or --all-scopes for everything that the account may do",
            ));
        }
        let installation = context.open().await?;
        match self.what {
            What::List { login } => list(&installation, &context, &login).await?,
            What::Create(create) => create.run(&installation, &context).await?,
            What::Revoke { id } => {
                let store = &installation.store;
                let mut tx = store.write(&store.system(OPERATOR)).await?;
                tokens::revoke(&mut tx, id).await?;
                tx.commit().await?;
                context
                    .output
                    .result(|| format!("revoked {id}\n"), || json!({"revoked": id}));
            }
        }
        installation.close().await;
        Ok(())
    }
}

async fn list(installation: &Installation, context: &Context, login: &str) -> Outcome {
    let store = &installation.store;
    let mut tx = store.read(&store.system(OPERATOR)).await?;
    let account = find::account(&mut tx, login).await?;
    let tokens = tokens::list(&mut tx, account.id).await?;
    let row = |token: &ApiToken| {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let time =
            |at: Option<matoi_types::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        vec![
            token.id.to_string(),
            token.name.clone(),
            token.hint.clone(),
            time(Some(token.expires_at)),
            time(token.last_used_at),
            time(token.revoked_at),
            scopes.join(","),
        ]
    };
    context.output.result(
        || {
            let rows: Vec<_> = tokens.iter().map(row).collect();
            table(
                &["ID", "NAME", "BEGINS", "ENDS", "LAST USED", "REVOKED", "SCOPES"],
                &rows,
            )
        },
        || json!(tokens),
    );
    Ok(())
}

impl Create {
    async fn run(self, installation: &Installation, context: &Context) -> Outcome {
        let store = &installation.store;
        let mut scopes = Vec::new();
        for text in &self.scopes {
            let action: Action = text.parse().map_err(|_| {
                let known: Vec<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
                Failure::told(
                    Exit::Usage,
                    format!("{text} is no scope; the scopes are {}", known.join(", ")),
                )
            })?;
            scopes.push(action);
        }
        let mut look = store.read(&store.system(OPERATOR)).await?;
        let account = find::account(&mut look, &self.login).await?;
        drop(look);
        if self.all_scopes {
            let facts = RequestFacts {
                address: None,
                request_id: String::new(),
            };
            let caller = accounts::caller_for(store, account.id, facts).await?;
            scopes = caller
                .map(|caller| caller.actions.iter().collect())
                .unwrap_or_default();
        }
        let input = TokenInput {
            name: self.name,
            scopes,
            days: self.days,
        };
        let mut tx = store.write(&store.system(OPERATOR)).await?;
        let secret = tokens::create_by_operator(&mut tx, account.id, input).await?;
        tx.commit().await?;
        context.output.result(
            || format!("{secret}\n"),
            || json!({"token": secret, "login": account.login}),
        );
        Ok(())
    }
}
