//! `matoi user`: accounts, by whoever owns the machine. Every change is in the audit log as done by the command line.

use clap::{Args, Subcommand};
use matoi_core::Store;
use matoi_core::identity::{
    Account, AccountFilter, AccountInput, AccountKind, AccountState, Grant, accounts, sign_on,
};
use matoi_core::kernel::PageRequest;
use matoi_types::{Lang, UnitId};
use serde_json::json;

use super::{Context, find};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, table};

/// Who acts, in the audit log.
pub(super) const OPERATOR: &str = "command line";

/// List, add and change accounts
#[derive(Debug, Args)]
#[command(after_help = "\
Changes appear in the audit log as made by the system, duty \"command line\".

Examples:
  matoi user list
  matoi user add sasaki --name '佐々木 美咲' --mail sasaki@minatono.example --role handler
  matoi user add siem --name SIEM --service --role soc_operator
  matoi user grant sasaki csirt_lead
  matoi user reset-password sasaki
  matoi user connect sasaki 5f2c1b0e-6c55-4f0e-9f5c-0f7d7a3f9f11
  matoi user disable sasaki")]
pub(super) struct UserCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List accounts with their roles
    List,
    /// Add an account; a person gets an invitation link, which is shown this once
    Add(Add),
    /// Shut an account: its sessions and tokens end at once
    Disable(Login),
    /// Open a shut account again; its tokens stay dead
    Enable(Login),
    /// Make a link for a new password; places on need-to-know lists rest until each list's owner confirms them
    ResetPassword {
        #[command(flatten)]
        login: Login,
        /// Take the second factor off too
        #[arg(long)]
        second_factor: bool,
    },
    /// Say who somebody is at the identity provider, so that they can sign on; sessions end, and places on need-to-know
    /// lists rest until each list's owner confirms them
    Connect {
        #[command(flatten)]
        login: Login,
        /// The value of the claim `sub` at oidc.issuer; not a name, not a mail address
        subject: String,
    },
    /// Take single sign-on off an account; its sessions end
    Disconnect(Login),
    /// Give roles
    Grant(Roles),
    /// Take roles away
    Withdraw(Roles),
}

#[derive(Debug, Args)]
struct Login {
    /// The name the account signs in with
    login: String,
}

#[derive(Debug, Args)]
struct Roles {
    #[command(flatten)]
    login: Login,
    /// Roles, like handler or csirt_lead
    #[arg(required = true)]
    roles: Vec<String>,
    /// Only in this unit and those below
    #[arg(long)]
    unit: Option<UnitId>,
}

#[derive(Debug, Args)]
struct Add {
    /// The name to sign in with
    login: String,
    /// The name to show
    #[arg(long)]
    name: String,
    /// The mail address
    #[arg(long, default_value = "")]
    mail: String,
    /// A role; can be given several times
    #[arg(long = "role")]
    roles: Vec<String>,
    /// ja or en; that of the organisation when not given
    #[arg(long)]
    lang: Option<Lang>,
    /// The IANA time zone; that of the organisation when not given
    #[arg(long)]
    zone: Option<String>,
    /// A program, which only uses tokens
    #[arg(long)]
    service: bool,
    /// May sign in with a password even where single sign-on is demanded
    #[arg(long)]
    break_glass: bool,
}

impl UserCommand {
    pub(super) async fn run(self, context: Context) -> Outcome {
        let installation = context.open().await?;
        let (store, output) = (&installation.store, context.output);
        let base = context.config.public_url(context.config.server.listen);
        match self.what {
            What::List => list(store, output).await?,
            What::Add(add) => add_account(store, output, &base, add).await?,
            What::Disable(login) => set_state(store, output, &login.login, AccountState::Disabled).await?,
            What::Enable(login) => set_state(store, output, &login.login, AccountState::Active).await?,
            What::ResetPassword { login, second_factor } => {
                reset_password(store, output, &base, &login.login, second_factor).await?;
            }
            What::Connect { login, subject } => {
                let oidc = context.config.oidc.as_ref();
                let issuer = oidc.map(|oidc| oidc.issuer.trim_end_matches('/'));
                connect(store, output, &login.login, issuer, &subject).await?;
            }
            What::Disconnect(login) => disconnect(store, output, &login.login).await?,
            What::Grant(roles) => change_roles(store, output, roles, true).await?,
            What::Withdraw(roles) => change_roles(store, output, roles, false).await?,
        }
        installation.close().await;
        Ok(())
    }
}

async fn list(store: &Store, output: Output) -> Outcome {
    let mut tx = store.read(&store.system(OPERATOR)).await?;
    let everyone = AccountFilter::default();
    let mut all = Vec::new();
    let mut page = PageRequest {
        cursor: None,
        limit: Some(200),
    };
    loop {
        let rows = accounts::list(&mut tx, &everyone, &page).await?;
        all.extend(rows.items);
        if rows.next.is_none() {
            break;
        }
        page.cursor = rows.next;
    }
    output.result(
        || {
            let rows: Vec<_> = all.iter().map(row).collect();
            table(
                &["LOGIN", "NAME", "KIND", "STATE", "ROLES", "LAST SIGN-IN"],
                &rows,
            )
        },
        || json!(all),
    );
    Ok(())
}

fn row(account: &Account) -> Vec<String> {
    vec![
        account.login.clone(),
        account.name.clone(),
        account.kind.to_string(),
        account.state.to_string(),
        roles(account),
        account
            .last_login_at
            .map_or_else(|| "-".to_owned(), |at| at.to_string()),
    ]
}

fn roles(account: &Account) -> String {
    let roles: Vec<_> = account
        .grants
        .iter()
        .map(|grant| match grant.unit_id {
            Some(unit) => format!("{}@{unit}", grant.role),
            None => grant.role.clone(),
        })
        .collect();
    roles.join(",")
}

async fn add_account(store: &Store, output: Output, base: &str, add: Add) -> Outcome {
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    let input = AccountInput {
        kind: if add.service {
            AccountKind::Service
        } else {
            AccountKind::Human
        },
        login: add.login,
        name: add.name,
        mail: add.mail,
        lang: add.lang,
        zone: add.zone,
        grants: grants(&add.roles, None),
        break_glass: add.break_glass,
    };
    let (account, link) = accounts::create(&mut tx, input).await?;
    tx.commit().await?;
    let link = link.map(|secret| format!("{base}/link/{secret}"));
    output.result(
        || match &link {
            Some(link) => format!(
                "added {}\n{}\n",
                account.login,
                output.word("cli-invitation", &[("link", link)])
            ),
            None => format!("added {}\n", account.login),
        },
        || json!({"account": account, "invitation_link": link}),
    );
    Ok(())
}

async fn set_state(store: &Store, output: Output, login: &str, state: AccountState) -> Outcome {
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    let account = find::account(&mut tx, login).await?;
    if account.state == state {
        return Err(Failure::told(
            Exit::Refused,
            format!("{login} is {state} already"),
        ));
    }
    let account = match state {
        AccountState::Disabled => accounts::disable(&mut tx, account.id, account.version).await?,
        _ => accounts::enable(&mut tx, account.id, account.version).await?,
    };
    tx.commit().await?;
    output.result(
        || format!("{} is {} now\n", account.login, account.state),
        || json!({"account": account}),
    );
    Ok(())
}

async fn reset_password(
    store: &Store,
    output: Output,
    base: &str,
    login: &str,
    second_factor: bool,
) -> Outcome {
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    let account = find::account(&mut tx, login).await?;
    let secret = accounts::reset_password(&mut tx, account.id, second_factor).await?;
    tx.commit().await?;
    let link = format!("{base}/link/{secret}");
    output.result(
        || format!("{}\n", output.word("cli-password-link", &[("link", &link)])),
        || json!({"login": account.login, "link": link}),
    );
    Ok(())
}

async fn connect(store: &Store, output: Output, login: &str, issuer: Option<&str>, subject: &str) -> Outcome {
    let issuer = issuer.ok_or_else(|| {
        Failure::told(
            Exit::Usage,
            "there is no identity provider: oidc.issuer is not set",
        )
    })?;
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    let account = find::account(&mut tx, login).await?;
    sign_on::service::bind_by_operator(&mut tx, account.id, issuer, subject).await?;
    tx.commit().await?;
    output.result(
        || format!("{} signs on at {issuer} as {subject} now\n", account.login),
        || json!({"login": account.login, "issuer": issuer, "subject": subject}),
    );
    Ok(())
}

async fn disconnect(store: &Store, output: Output, login: &str) -> Outcome {
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    let account = find::account(&mut tx, login).await?;
    sign_on::service::unbind(&mut tx, account.id).await?;
    tx.commit().await?;
    output.result(
        || {
            format!(
                "{} does not sign on at an identity provider any more\n",
                account.login
            )
        },
        || json!({"login": account.login}),
    );
    Ok(())
}

async fn change_roles(store: &Store, output: Output, roles: Roles, give: bool) -> Outcome {
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    let account = find::account(&mut tx, &roles.login.login).await?;
    let named = grants(&roles.roles, roles.unit);
    let mut changed = account.grants.clone();
    if give {
        changed.extend(named.into_iter().filter(|grant| !account.grants.contains(grant)));
    } else {
        if let Some(missing) = named.iter().find(|grant| !account.grants.contains(grant)) {
            return Err(Failure::told(
                Exit::NotFound,
                format!("{} has no role {}", account.login, missing.role),
            ));
        }
        changed.retain(|grant| !named.contains(grant));
    }
    let input = AccountInput {
        kind: account.kind,
        login: account.login,
        name: account.name,
        mail: account.mail,
        lang: Some(account.lang),
        zone: Some(account.zone),
        grants: changed,
        break_glass: account.break_glass,
    };
    let account = accounts::update(&mut tx, account.id, account.version, input).await?;
    tx.commit().await?;
    output.result(
        || format!("{} has {}\n", account.login, self::roles(&account)),
        || json!({"account": account}),
    );
    Ok(())
}

fn grants(roles: &[String], unit_id: Option<UnitId>) -> Vec<Grant> {
    roles
        .iter()
        .map(|role| Grant {
            role: role.clone(),
            unit_id,
        })
        .collect()
}
