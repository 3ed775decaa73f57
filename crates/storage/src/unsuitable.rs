//! Databases that answer, and that this program can't work with.

/// Why this program can't work with a database that answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsuitable {
    /// It can't hold every text.
    #[error(
        "the database {database} has the encoding {encoding}, which can't hold every name; make another one: \
         createdb --encoding=UTF8 --template=template0 NAME"
    )]
    Encoding {
        /// Its address, without a password.
        database: String,
        /// The server's name for its encoding.
        encoding: String,
    },
    /// A pooler stands before it that keeps no session for a connection.
    #[error(
        "{database} is a pooler that gives a connection another session for each transaction; set PgBouncer to \
         pool_mode = session for this database, or name PostgreSQL itself"
    )]
    NoSessions {
        /// Its address, without a password.
        database: String,
    },
    /// Its migrations are another application's.
    #[error(
        "this database belongs to another application, which has made the migration {migration}; use another database \
         or schema"
    )]
    OfAnotherApplication {
        /// One of those that were made.
        migration: String,
    },
    /// It has a table of a name that this program needs, and none of this program's migrations.
    #[error("this database belongs to another application, which has a table {table}; use another database or schema")]
    TableOfAnotherApplication {
        /// The table.
        table: String,
    },
    /// Its migrations were made, and a table of theirs is not there.
    #[error(
        "the table {table} is missing, as after a restore that was not whole; restore the whole database, or begin with an \
         empty one"
    )]
    TableMissing {
        /// The table.
        table: String,
    },
    /// There is no schema to make tables in.
    #[error(
        "the search_path of the role {role} leads to no schema that is there and that it may use; as the database's \
         owner run CREATE SCHEMA, or GRANT USAGE, CREATE ON SCHEMA"
    )]
    NoSchema {
        /// The role.
        role: String,
    },
    /// Migrations are pending, and the role may not do them.
    #[error(
        "the database lacks {pending} migration(s), and the role {role} may not make tables in the schema {schema}; as \
         its owner run GRANT CREATE ON SCHEMA {schema} TO {role}, or run `portcullis migrate` as a role that may"
    )]
    NoTables {
        /// How many migrations.
        pending: usize,
        /// The role.
        role: String,
        /// The schema.
        schema: String,
    },
    /// The role may not do what calls do.
    #[error(
        "the role {role} may not {right} on the table {table}; as its owner run GRANT SELECT, INSERT, UPDATE, DELETE ON \
         ALL TABLES IN SCHEMA {schema} TO {role}"
    )]
    NoRight {
        /// The role.
        role: String,
        /// What it may not.
        right: String,
        /// The table.
        table: String,
        /// The table's schema.
        schema: String,
    },
}
