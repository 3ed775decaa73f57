//! What a PostgreSQL role must be allowed, asked before it is needed: the refusal of a statement comes in any language.

use crate::connection::postgres::PgTls;
use crate::error::OpenError;
use crate::unsuitable::Unsuitable;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

/// What calls do to each table.
const NEEDED: [(&str, &[&str]); 14] = [
    ("__diesel_schema_migrations", &["SELECT"]),
    ("users", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("passwords", &["SELECT", "INSERT", "UPDATE"]),
    ("sessions", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("revocations", &["SELECT", "INSERT", "DELETE"]),
    ("audit_events", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("audit_seals", &["SELECT", "INSERT", "DELETE"]),
    ("audit_head", &["SELECT", "INSERT", "UPDATE"]),
    ("audit_pruning", &["SELECT", "INSERT", "UPDATE"]),
    ("signing_keys", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("jobs", &["SELECT", "UPDATE"]),
    ("locks", &["SELECT", "UPDATE"]),
    ("installation", &["SELECT", "UPDATE"]),
    ("write_probe", &["SELECT", "UPDATE"]),
];

#[derive(QueryableByName)]
struct Missing {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    right_to: String,
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    schema_name: String,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Nullable<Text>)]
    schema_name: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    may_create: Option<bool>,
}

/// `Err` where the role may not do to one of the tables that are there what calls do.
pub(crate) fn check(connection: &mut PgTls) -> Result<(), OpenError> {
    let needed: Vec<String> = NEEDED
        .iter()
        .flat_map(|(table, rights)| rights.iter().map(move |right| format!("('{table}', '{right}')")))
        .collect();
    // A table that is not there has no oid, and nothing is said of it: that was asked before.
    let missing: Option<Missing> = diesel::sql_query(format!(
        "SELECT current_user::text AS role, needed.permission AS right_to, needed.name AS table_name, \
         (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(needed.name)) AS schema_name \
         FROM (VALUES {}) AS needed (name, permission) \
         WHERE NOT has_table_privilege(to_regclass(needed.name), needed.permission) LIMIT 1",
        needed.join(", ")
    ))
    .get_result(connection)
    .optional()?;
    match missing {
        None => Ok(()),
        Some(missing) => Err(Unsuitable::NoRight {
            role: missing.role,
            right: missing.right_to,
            table: missing.table_name,
            schema: missing.schema_name,
        }
        .into()),
    }
}

/// `Err` where the role may not make tables, and so can't do the migrations that are pending.
pub(crate) fn check_for_migrations(connection: &mut PgTls, pending: usize) -> Result<(), OpenError> {
    let place: Place = diesel::sql_query(
        "SELECT current_user::text AS role, current_schema()::text AS schema_name, \
         has_schema_privilege(current_schema(), 'CREATE') AS may_create",
    )
    .get_result(connection)?;
    match (place.schema_name, place.may_create) {
        (Some(_), Some(true)) => Ok(()),
        (Some(schema), _) => Err(Unsuitable::NoTables {
            pending,
            role: place.role,
            schema,
        }
        .into()),
        (None, _) => Err(Unsuitable::NoSchema { role: place.role }.into()),
    }
}

/// One of our tables that is there.
pub(crate) fn table_that_is_there(connection: &mut PgTls) -> Result<Option<String>, OpenError> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let found: Option<Table> = diesel::sql_query(format!(
        "SELECT relname::text AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
         WHERE nspname = current_schema() AND relname IN ({}) LIMIT 1",
        tables()
    ))
    .get_result(connection)
    .optional()?;
    Ok(found.map(|table| table.name))
}

/// The names of our tables as rows in SQL.
pub(crate) fn rows() -> String {
    let ours = NEEDED.iter().map(|(table, _)| format!("('{table}')"));
    ours.collect::<Vec<_>>().join(", ")
}

/// The names of our tables as a list in SQL.
fn tables() -> String {
    let ours = NEEDED.iter().skip(1).map(|(table, _)| format!("'{table}'"));
    ours.collect::<Vec<_>>().join(", ")
}
