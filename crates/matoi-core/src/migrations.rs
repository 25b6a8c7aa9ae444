//! The schema, step by step. A step that was released is never edited: a new one follows it.

use matoi_db::Migration;

/// Every step, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "kernel",
        sql: include_str!("../migrations/0001_kernel.sql"),
        sqlite: include_str!("../migrations/0001_kernel.sqlite.sql"),
        postgres: include_str!("../migrations/0001_kernel.postgres.sql"),
        min_compatible: 1,
    },
    Migration {
        version: 2,
        name: "identity",
        sql: include_str!("../migrations/0002_identity.sql"),
        sqlite: "",
        postgres: "",
        min_compatible: 2,
    },
    Migration {
        version: 3,
        name: "work",
        sql: include_str!("../migrations/0003_work.sql"),
        sqlite: "",
        postgres: "",
        min_compatible: 3,
    },
    Migration {
        version: 4,
        name: "search",
        sql: include_str!("../migrations/0004_search.sql"),
        sqlite: include_str!("../migrations/0004_search.sqlite.sql"),
        postgres: include_str!("../migrations/0004_search.postgres.sql"),
        min_compatible: 4,
    },
    Migration {
        version: 5,
        name: "intake",
        sql: include_str!("../migrations/0005_intake.sql"),
        sqlite: "",
        postgres: "",
        min_compatible: 5,
    },
    Migration {
        version: 6,
        name: "metrics",
        sql: include_str!("../migrations/0006_metrics.sql"),
        sqlite: "",
        postgres: "",
        min_compatible: 5,
    },
    Migration {
        version: 7,
        name: "sign_on",
        sql: include_str!("../migrations/0007_sign_on.sql"),
        sqlite: "",
        postgres: "",
        min_compatible: 5,
    },
];
