//! SQLite FTS5 and PostgreSQL find the same texts, and exactly those that the crate says they find.

use matoi_text::{SearchQuery, TextFilter, chunk, fts5_document, tsvector};
use sqlx::{Connection, SqliteConnection};

use crate::postgres::Postgres;
use crate::samples;

fn texts() -> Vec<String> {
    let mut texts = samples::draw(&samples::text(0..12), 60);
    texts.extend(
        [
            "PCがｳｲﾙｽに感染した",
            "203.0.113.47 から svc-maint へ",
            "203.0.113.47:8443 と 10.1.2.3.4",
            "203.0.113.470 203.0.113 47 ip-10-1-2-3.svc",
            "'; DROP TABLE x; --",
            "",
            "！",
            "a' b:3A \\",
        ]
        .map(str::to_owned),
    );
    texts
}

fn queries() -> Vec<String> {
    let mut queries = samples::draw(&samples::query(), 150);
    queries.extend(
        [
            "ウイルス",
            "情",
            "感染",
            "203.0.113",
            "203.0.113.47",
            "203-0-113-47",
            "203.0.113.4",
            "203.0.113.4*",
            "203.0.113.47:8443",
            "from 203.0.113.47 svc",
            "203.0.113.47 OR 10.1.2.3",
            "svc -203.0.113.47",
            "svc-ma*",
            "\" OR 1=1 --",
            "') | ('a",
            "-情報 -apt",
            "zip*",
            "z*",
            "NEAR(a b)",
            "a:b",
            "^a",
            "{a}",
            "col:x",
        ]
        .map(str::to_owned),
    );
    queries
}

/// The numbers of the texts that the crate itself finds.
fn expected(texts: &[String], query: &SearchQuery) -> Vec<i64> {
    (0..)
        .zip(texts)
        .filter(|(_, text)| query.matches(text))
        .map(|(id, _)| id)
        .collect()
}

#[tokio::test]
async fn sqlite_finds_what_the_query_matches() {
    let texts = texts();
    let mut sqlite = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::query("CREATE VIRTUAL TABLE t USING fts5(words, tokenize = 'unicode61 remove_diacritics 0')")
        .execute(&mut sqlite)
        .await
        .unwrap();
    for (id, text) in (0_i64..).zip(&texts) {
        sqlx::query("INSERT INTO t (rowid, words) VALUES ($1, $2)")
            .bind(id)
            .bind(fts5_document(text))
            .execute(&mut sqlite)
            .await
            .unwrap();
    }
    for typed in queries() {
        let query = SearchQuery::parse(&typed);
        let (sql, expression) = match query.to_fts5() {
            TextFilter::Everything => continue,
            TextFilter::Matching(expression) => {
                ("SELECT rowid FROM t WHERE t MATCH $1 ORDER BY rowid", expression)
            }
            TextFilter::EverythingExcept(expression) => (
                "SELECT rowid FROM t WHERE rowid NOT IN (SELECT rowid FROM t WHERE t MATCH $1) ORDER BY rowid",
                expression,
            ),
        };
        let found: Vec<i64> = sqlx::query_scalar(sql)
            .bind(&expression)
            .fetch_all(&mut sqlite)
            .await
            .unwrap();
        assert_eq!(found, expected(&texts, &query), "{typed:?} as {expression}");
    }
}

#[tokio::test]
async fn postgresql_finds_what_the_query_matches() {
    let Some(server) = Postgres::start() else {
        println!("skipped: no PostgreSQL server is installed");
        return;
    };
    let texts = texts();
    let mut postgres = server.connect().await;
    sqlx::query("CREATE TABLE t (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        .execute(&mut postgres)
        .await
        .unwrap();
    for (id, text) in (0_i64..).zip(&texts) {
        sqlx::query("INSERT INTO t (id, words) VALUES ($1, $2::text::tsvector)")
            .bind(id)
            .bind(tsvector(text))
            .execute(&mut postgres)
            .await
            .unwrap();
    }
    for typed in queries() {
        let query = SearchQuery::parse(&typed);
        let (sql, expression) = match query.to_tsquery() {
            TextFilter::Everything => continue,
            TextFilter::Matching(expression) => (
                "SELECT id FROM t WHERE words @@ $1::text::tsquery ORDER BY id",
                expression,
            ),
            TextFilter::EverythingExcept(expression) => (
                "SELECT id FROM t WHERE NOT words @@ $1::text::tsquery ORDER BY id",
                expression,
            ),
        };
        let found: Vec<i64> = sqlx::query_scalar(sql)
            .bind(&expression)
            .fetch_all(&mut postgres)
            .await
            .unwrap();
        assert_eq!(found, expected(&texts, &query), "{typed:?} as {expression}");
    }

    // What PostgreSQL would quietly drop (places of a term beyond 256, positions beyond 16,383) is kept
    // by cutting into chunks.
    let long: String = (0..20_000)
        .map(|n| format!("10.0.{}.{} の情報\n", n / 250, n % 250))
        .collect();
    for piece in chunk(&long) {
        let literal = tsvector(piece);
        let kept: i64 =
            sqlx::query_scalar("SELECT sum(cardinality(positions)) FROM unnest($1::text::tsvector)")
                .bind(&literal)
                .fetch_one(&mut postgres)
                .await
                .unwrap();
        let with_a_place = literal.split(' ').filter(|one| one.contains(':')).count();
        assert_eq!(usize::try_from(kept).unwrap(), with_a_place);
    }
}
