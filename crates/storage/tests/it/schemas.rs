//! Both databases have the same schema: tables, columns, keys, references and indexes.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use portcullis_storage::DatabaseOptions;
use std::collections::BTreeSet;

/// One line for each fact of the schema. A column's type is told as SQLite has it.
const SQLITE_SCHEMA: &str = r#"
    WITH tables AS (
        SELECT name FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_\_%' ESCAPE '\'
    )
    SELECT format('%s.%s: %s%s', t.name, c.name, lower(c.type), iif(c."notnull", '', ' or null')) AS line
    FROM tables AS t, pragma_table_info(t.name) AS c
    UNION ALL
    SELECT format('primary key of %s: %s', t.name, group_concat(c.name, ', ' ORDER BY c.pk))
    FROM tables AS t, pragma_table_info(t.name) AS c WHERE c.pk > 0 GROUP BY t.name
    UNION ALL
    SELECT format('unique in %s: %s', t.name, group_concat(c.name, ', ' ORDER BY c.seqno))
    FROM tables AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
    WHERE i.origin = 'u' GROUP BY t.name, i.name
    UNION ALL
    SELECT format('%s.%s refers to %s.%s, on delete %s', t.name, r."from", r."table", r."to", lower(r.on_delete))
    FROM tables AS t, pragma_foreign_key_list(t.name) AS r
    UNION ALL
    SELECT format('index %s%s on %s: %s%s', i.name, iif(i."unique", ' (unique)', ''), t.name,
        group_concat(c.name, ', ' ORDER BY c.seqno),
        iif(i.partial, (SELECT substr(sql, instr(sql, ' WHERE ')) FROM sqlite_schema WHERE name = i.name), ''))
    FROM tables AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
    WHERE i.origin = 'c' GROUP BY t.name, i.name"#;

/// The same. What an index only includes stands behind its key, where SQLite has it in the key.
const POSTGRES_SCHEMA: &str = r"
    WITH tables AS (
        SELECT oid, relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE '\_\_%'
    ),
    columns AS (
        SELECT attrelid AS table_id, attnum AS number, attname AS name, attnotnull, format_type(atttypid, NULL) AS type
        FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
    )
    SELECT format('%s.%s: %s%s', t.name, c.name,
        CASE WHEN c.type IN ('boolean', 'integer', 'bigint', 'timestamp with time zone') THEN 'integer'
            WHEN c.type IN ('uuid', 'bytea') THEN 'blob' ELSE c.type END,
        CASE WHEN c.attnotnull THEN '' ELSE ' or null' END)
    FROM tables AS t JOIN columns AS c ON c.table_id = t.oid
    UNION ALL
    SELECT format('%s %s: %s', CASE k.contype WHEN 'p' THEN 'primary key of' ELSE 'unique in' END, t.name,
        (SELECT string_agg(c.name, ', ' ORDER BY place)
        FROM unnest(k.conkey) WITH ORDINALITY AS part (number, place)
        JOIN columns AS c ON c.table_id = t.oid AND c.number = part.number))
    FROM tables AS t JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype IN ('p', 'u')
    UNION ALL
    SELECT format('%s.%s refers to %s.%s, on delete %s', t.name, c.name, k.confrelid::regclass, target.name,
        CASE k.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'r' THEN 'restrict' ELSE 'no action' END)
    FROM tables AS t JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype = 'f'
    JOIN columns AS c ON c.table_id = t.oid AND c.number = k.conkey[1]
    JOIN columns AS target ON target.table_id = k.confrelid AND target.number = k.confkey[1]
    UNION ALL
    SELECT format('index %s%s on %s: %s%s', i.indexrelid::regclass, CASE WHEN i.indisunique THEN ' (unique)' END, t.name,
        (SELECT string_agg(c.name, ', ' ORDER BY place)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS part (number, place)
        JOIN columns AS c ON c.table_id = t.oid AND c.number = part.number),
        ' WHERE ' || regexp_replace(pg_get_expr(i.indpred, i.indrelid), '^\(|\)$|::text', '', 'g'))
    FROM tables AS t JOIN pg_index AS i ON i.indrelid = t.oid
    WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u'))";

#[derive(QueryableByName)]
struct Fact {
    #[diesel(sql_type = Text)]
    line: String,
}

fn connection_to(sqlite: &Sqlite) -> SqliteConnection {
    SqliteConnection::establish(sqlite.folder.path().join("test.db").to_str().unwrap()).unwrap()
}

fn facts_of(sqlite: &mut SqliteConnection) -> BTreeSet<String> {
    let facts: Vec<Fact> = diesel::sql_query(SQLITE_SCHEMA).load(sqlite).unwrap();
    facts.into_iter().map(|fact| fact.line).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let on_sqlite = facts_of(&mut connection_to(&Sqlite::migrated(&DatabaseOptions::default())));
    let on_postgres = postgres.server.texts_of(&postgres.name, POSTGRES_SCHEMA).await;
    let on_postgres = BTreeSet::from_iter(on_postgres);
    let missing =
        |there: &BTreeSet<String>, here: &BTreeSet<String>| -> Vec<_> { there.difference(here).cloned().collect() };
    assert_eq!(
        missing(&on_sqlite, &on_postgres),
        Vec::<String>::new(),
        "on SQLite alone"
    );
    assert_eq!(
        missing(&on_postgres, &on_sqlite),
        Vec::<String>::new(),
        "on PostgreSQL alone"
    );
}

/// Two schemas would be the same that nobody could read.
#[test]
fn every_kind_of_fact_is_read() {
    let sqlite = Sqlite::empty(&DatabaseOptions::default());
    let mut connection = connection_to(&sqlite);
    let schema = "
        CREATE TABLE cities (id INTEGER NOT NULL PRIMARY KEY, name TEXT UNIQUE) STRICT;
        CREATE TABLE streets (city INTEGER NOT NULL REFERENCES cities (id) ON DELETE CASCADE, map BLOB) STRICT;
        CREATE INDEX streets_city ON streets (city, map) WHERE map IS NOT NULL;";
    connection.batch_execute(schema).unwrap();
    let expected = [
        "cities.id: integer",
        "cities.name: text or null",
        "index streets_city on streets: city, map WHERE map IS NOT NULL",
        "primary key of cities: id",
        "streets.city refers to cities.id, on delete cascade",
        "streets.city: integer",
        "streets.map: blob or null",
        "unique in cities: name",
    ];
    assert_eq!(facts_of(&mut connection), BTreeSet::from(expected.map(str::to_owned)));
}
