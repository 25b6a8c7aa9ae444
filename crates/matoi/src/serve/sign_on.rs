//! Single sign-on, from the configuration. Nothing is fetched here: the identity provider may be down.

use std::sync::Arc;

use matoi_core::Store;
use matoi_core::identity::sign_on::{SignOn, SignOnSettings, service};
use matoi_oidc::{ClaimNames, Provider, Settings};

use crate::config::Config;
use crate::failure::{Exit, Failure, Outcome};

/// Where the identity provider sends browsers back to, below the public address.
const BACK: &str = "/sign-in/oidc/back";

/// Single sign-on, where it is configured.
pub(super) fn set_up(config: &Config, public_url: &str) -> Outcome<Option<SignOn>> {
    let Some(oidc) = config.oidc.clone() else {
        return Ok(None);
    };
    let extra_certificates = oidc
        .ca_file
        .as_ref()
        .map(|path| {
            std::fs::read(path).map_err(|error| {
                Failure::told(Exit::Usage, format!("oidc.ca_file: {}: {error}", path.display()))
            })
        })
        .transpose()?;
    let provider = Provider::new(Settings {
        issuer: oidc.issuer,
        client_id: oidc.client_id,
        client_secret: oidc.client_secret,
        scopes: oidc.scopes,
        redirect_url: format!("{public_url}{BACK}"),
        claims: ClaimNames {
            login: oidc.claims.login,
            name: oidc.claims.name,
            mail: oidc.claims.mail,
            groups: oidc.claims.groups,
        },
        wants_groups: !oidc.roles.is_empty(),
        extra_certificates,
    });
    Ok(Some(SignOn {
        settings: SignOnSettings {
            name: oidc.name,
            only: oidc.only,
            create_accounts: oidc.create_accounts,
            roles: oidc.roles,
        },
        provider: Arc::new(provider),
    }))
}

/// Says in time that people of a group will not get what its mapping promises.
pub(super) async fn warn_of_unknown_roles(config: &Config, store: &Store) -> Outcome {
    let Some(oidc) = &config.oidc else {
        return Ok(());
    };
    let mut tx = store.read(&store.system("set-up")).await?;
    for role in service::unknown_roles(&mut tx, &oidc.roles).await? {
        let groups: Vec<_> = oidc
            .roles
            .iter()
            .filter(|(_, roles)| roles.contains(&role))
            .map(|(group, _)| group.as_str())
            .collect();
        tracing::warn!(
            role,
            groups = groups.join(", "),
            "oidc.roles names a role that there is not: people of these groups do not get it; correct the name, or make the role"
        );
    }
    Ok(())
}

/// Says in time what would be noticed on the worst day: nobody can sign in while the provider is down.
pub(super) async fn warn_without_a_way_in(config: &Config, store: &Store) -> Outcome {
    if !config.oidc.as_ref().is_some_and(|oidc| oidc.only) {
        return Ok(());
    }
    let mut tx = store.read(&store.system("set-up")).await?;
    if !service::has_a_way_in_without(&mut tx).await? {
        tracing::warn!(
            "oidc.only is set and no break-glass account has a password: when the identity provider is down, nobody can sign in"
        );
    }
    Ok(())
}
