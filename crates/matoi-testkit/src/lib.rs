//! Development only: what the tests of every crate stand on. Real databases, a clock that stands still until it is moved.

mod clock;
mod database;
mod world;

pub use clock::{START, TestClock};
pub use database::{Backend, TestStore};
pub use world::{World, sample_organisation};

/// Writes one test per database around a body: `on_both_databases! { async fn name(store: TestStore) { … } }`
/// makes `name::on_sqlite` and `name::on_postgres`. A macro, so that the runner names each case.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($store:ident: TestStore) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a body need not use everything its file imports")]
            use super::*;

            async fn body($store: $crate::TestStore) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                if let Some(store) = $crate::TestStore::open($crate::Backend::Sqlite).await {
                    body(store).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(store) = $crate::TestStore::open($crate::Backend::Postgres).await {
                    body(store).await;
                }
            }
        }
    )*};
}
