//! The file `.env`: who may read the secrets in it, and what in it has no effect.

use super::finding::Finding;
use crate::config::{self, Config, DATABASE_URL, Environment};
use portcullis_storage::DatabaseKind;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const SUBJECT: &str = "settings";

/// What a mode grants to everybody but the owner.
const OTHERS: u32 = 0o077;

/// A warning where others can read the file and it holds a secret.
pub(super) fn look_at(config: &Config, environment: &Environment) -> Option<Finding> {
    let mode = fs::metadata(Path::new(".env")).ok()?.permissions().mode() & 0o777;
    // The address of a file holds no password.
    let is_file = config.database.url.kind() == DatabaseKind::Sqlite;
    let secrets = environment
        .secrets_in_file()
        .filter(|name| !(is_file && *name == DATABASE_URL.name));
    judged(mode, &secrets.collect::<Vec<_>>())
}

/// A warning of names that change nothing, although somebody may count on them.
pub(super) fn strays(environment: &Environment) -> Option<Finding> {
    let names = config::strays(environment);
    (!names.is_empty()).then(|| {
        Finding::warn(
            SUBJECT,
            format!(
                "these are no settings of this version, which ignores them: {}; other programs may use them",
                names.join(", ")
            ),
        )
    })
}

fn judged(mode: u32, secrets: &[&str]) -> Option<Finding> {
    if mode & OTHERS == 0 || secrets.is_empty() {
        return None;
    }
    let names = secrets.join(", ");
    Some(Finding::warn(
        SUBJECT,
        format!(".env is open to others (mode {mode:o}) and holds {names}; close it by chmod 600 .env"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_others_can_read_is_told_where_it_holds_a_secret() {
        let told = judged(0o644, &["SECRET_KEY"]).unwrap();
        assert!(
            told.text.contains("SECRET_KEY") && told.text.contains("chmod 600"),
            "{told}"
        );
        assert_eq!(judged(0o600, &["SECRET_KEY"]), None);
        assert_eq!(judged(0o644, &[]), None);
        assert!(judged(0o640, &["SECRET_KEY"]).is_some());
    }
}
