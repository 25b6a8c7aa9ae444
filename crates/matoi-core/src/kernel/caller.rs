//! Who is asking: made once per request, job or command, and needed even to get a connection.

use matoi_types::{AccountId, ItemId, Lang, SessionId, Timestamp, Tlp, TokenId};

use super::{Action, ActionSet, Error, Result};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person or a service account.
    Account {
        /// Its identifier.
        id: AccountId,
        /// The name to show.
        name: String,
    },
    /// The program itself, in the named duty.
    System(&'static str),
    /// Nobody: the public pages.
    Anonymous,
    /// The holder of a report's secret follow-up link.
    Reporter(ItemId),
}

/// Who is asking, what they may do and see, and the one time that everything in their transaction happens at.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// The browser session, if there is one.
    pub session: Option<SessionId>,
    /// The API token, if one was used.
    pub token: Option<TokenId>,
    /// What the caller may do.
    pub actions: ActionSet,
    /// The highest label the caller reads without being named.
    pub clearance: Tlp,
    /// Whether the caller's roles reach every unit of the organisation.
    pub all_units: bool,
    /// Whether a second factor was given in this session.
    pub second_factor: bool,
    /// The language to answer in.
    pub lang: Lang,
    /// The IANA time zone to show times in.
    pub zone: String,
    /// Where the request came from, as far as it can be trusted.
    pub address: Option<String>,
    /// The identifier of the request, shown to the user with errors and written to the log.
    pub request_id: String,
    /// The time at which everything in this transaction happens.
    pub now: Timestamp,
}

impl Caller {
    /// The program itself, doing `duty`. It may do and see everything; it is named in the audit log.
    #[must_use]
    pub fn system(duty: &'static str, now: Timestamp) -> Self {
        Self {
            actor: Actor::System(duty),
            session: None,
            token: None,
            actions: ActionSet::all(),
            clearance: Tlp::Red,
            all_units: true,
            second_factor: true,
            lang: Lang::Ja,
            zone: "UTC".to_owned(),
            address: None,
            request_id: String::new(),
            now,
        }
    }

    /// Somebody who has not signed in.
    #[must_use]
    pub fn anonymous(lang: Lang, zone: String, now: Timestamp) -> Self {
        Self {
            actor: Actor::Anonymous,
            actions: ActionSet::default(),
            clearance: Tlp::Clear,
            all_units: false,
            second_factor: false,
            lang,
            zone,
            ..Self::system("", now)
        }
    }

    /// The account that acts, if it is one.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match &self.actor {
            Actor::Account { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// Whether the program itself acts.
    #[must_use]
    pub const fn is_system(&self) -> bool {
        matches!(self.actor, Actor::System(_))
    }

    /// Whether the caller may do this at all (need-to-know is asked separately).
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.actions.contains(action)
    }

    /// Stops a caller who may not do this.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is signed in, [`Error::Forbidden`] otherwise.
    pub fn require(&self, action: Action) -> Result<()> {
        if self.may(action) {
            Ok(())
        } else if matches!(self.actor, Actor::Anonymous) {
            Err(Error::Unauthenticated)
        } else {
            Err(Error::Forbidden(action))
        }
    }

    /// The account that acts.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the caller is no account.
    pub fn require_account(&self) -> Result<AccountId> {
        self.account().ok_or(Error::Unauthenticated)
    }
}
