//! How the SQLite was compiled that is in the program.

use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

#[derive(QueryableByName)]
struct CompileOption {
    #[diesel(sql_type = Text)]
    compile_options: String,
}

/// `.cargo/config.toml` says so to whoever builds in the workspace. Elsewhere SQLite is slower, and its answers are the same.
#[test]
fn sqlite_takes_no_locks_that_nobody_needs() {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    let options: Vec<CompileOption> = sql_query("PRAGMA compile_options").load(&mut connection).unwrap();
    let has = |name: &str| options.iter().any(|option| option.compile_options == name);
    assert!(has("THREADSAFE=2"));
    assert!(has("DEFAULT_MEMSTATUS=0"));
    assert!(!has("ENABLE_MEMORY_MANAGEMENT"));
}
