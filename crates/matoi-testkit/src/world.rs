//! A small organisation with one person of each role: what most tests of the rooms begin with.

use std::collections::HashMap;

use matoi_core::identity::sessions::RequestFacts;
use matoi_core::identity::{AccountInput, AccountKind, Grant, accounts, roles};
use matoi_core::kernel::data::Bilingual;
use matoi_core::organisation::{self, OrganisationInput};
use matoi_core::{Caller, rulebook};
use matoi_types::{AccountId, Lang, Tlp};

use crate::TestStore;

/// The organisation of a test, with callers by role.
#[derive(Debug, Clone)]
pub struct World {
    /// Where it lives.
    pub store: TestStore,
    people: HashMap<String, AccountId>,
}

impl World {
    /// Sets up みなと野精機 with one person per shipped role, whose login is the role's name.
    ///
    /// # Panics
    /// When a service refuses, which is what the test would find anyway.
    pub async fn set_up(store: TestStore) -> Self {
        let system = store.system();
        let mut tx = store.store.write(&system).await.expect("a transaction");
        roles::seed(&mut tx).await.expect("roles");
        rulebook::service::seed(&mut tx).await.expect("rules");
        organisation::service::establish_by_operator(&mut tx, sample_organisation())
            .await
            .expect("organisation");
        let mut people = HashMap::new();
        for role in roles::shipped().expect("the shipped roles") {
            let input = AccountInput {
                kind: AccountKind::Human,
                login: role.id.replace('_', "-"),
                name: role.name.ja.clone(),
                mail: String::new(),
                lang: Some(Lang::Ja),
                zone: Some("Asia/Tokyo".to_owned()),
                grants: vec![Grant {
                    role: role.id.clone(),
                    unit_id: None,
                }],
                break_glass: false,
            };
            let (account, _) = accounts::create(&mut tx, input).await.expect("an account");
            people.insert(role.id, account.id);
        }
        tx.commit().await.expect("a commit");
        Self { store, people }
    }

    /// The account of the person with this role.
    ///
    /// # Panics
    /// When there is no such role.
    #[must_use]
    pub fn account(&self, role: &str) -> AccountId {
        *self.people.get(role).expect("a shipped role")
    }

    /// A caller with this role, at the present time.
    ///
    /// # Panics
    /// When there is no such role.
    pub async fn caller(&self, role: &str) -> Caller {
        let facts = RequestFacts {
            address: Some("203.0.113.9".to_owned()),
            request_id: "test".to_owned(),
        };
        accounts::caller_for(&self.store.store, self.account(role), facts)
            .await
            .expect("a caller")
            .expect("an account")
    }

    /// Adds another person with this role.
    ///
    /// # Panics
    /// When the login is taken.
    pub async fn add(&mut self, login: &str, role: &str) -> AccountId {
        let system = self.store.system();
        let mut tx = self.store.store.write(&system).await.expect("a transaction");
        let input = AccountInput {
            kind: AccountKind::Human,
            login: login.to_owned(),
            name: login.to_owned(),
            mail: String::new(),
            lang: Some(Lang::En),
            zone: None,
            grants: vec![Grant {
                role: role.to_owned(),
                unit_id: None,
            }],
            break_glass: false,
        };
        let (account, _) = accounts::create(&mut tx, input).await.expect("an account");
        tx.commit().await.expect("a commit");
        self.people.insert(login.to_owned(), account.id);
        account.id
    }
}

/// みなと野精機, invented.
#[must_use]
pub fn sample_organisation() -> OrganisationInput {
    OrganisationInput {
        name: Bilingual {
            ja: "みなと野精機".to_owned(),
            en: "Minatono Seiki".to_owned(),
        },
        constituency: Bilingual {
            ja: "本社と工場の全従業員".to_owned(),
            en: "All employees".to_owned(),
        },
        lang: Lang::Ja,
        zone: "Asia/Tokyo".to_owned(),
        desk_phone: "内線 7119".to_owned(),
        desk_mail: "csirt@minatono.example".to_owned(),
        own_domains: vec!["minatono.example".to_owned()],
        own_networks: vec!["203.0.113.0/24".to_owned()],
        default_tlp: Tlp::Amber,
        fiscal_year_start: 4,
    }
}
