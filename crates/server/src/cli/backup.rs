//! Backups of an embedded store.

use super::operation;
use super::output::{after_the_work, print_lines, shown};
use crate::config::{Config, Environment};
use crate::foundation::open_existing_store;
use crate::signals;
use anyhow::{Context as _, anyhow, bail};
use portcullis_application::AuditTrail;
use portcullis_storage::{Backup, Database, OpenError, remove_unfinished_backups};
use shaku::HasComponent as _;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// How long an interrupted backup waits at most for its copy to end.
const MOMENT: Duration = Duration::from_millis(200);

/// Copies the store to a new file. Records that before the copy has its name, so that there is no copy that the trail
/// does not know of: it holds all that the store holds.
pub(super) fn run(environment: &Environment, file: &Path) -> anyhow::Result<()> {
    check_name(file)?;
    let config = operation::config(environment)?;
    if let Some(folder) = missing_folder(file)
        && config.database.url.sqlite_path().is_some()
    {
        bail!(
            "{} can't be made, since there is no folder {}; make the folder first",
            file.display(),
            folder.display()
        );
    }
    let unfinished = file.to_owned();
    let (goes_on, is_over) = mpsc::channel::<()>();
    signals::end_after(move || {
        remove_what_is_left_of(&unfinished);
        // The copy goes on meanwhile, and SQLite opens the draft by its name, so it may be made once more.
        let _ = is_over.recv_timeout(MOMENT);
        remove_what_is_left_of(&unfinished);
    })?;
    let backup = copy(&config, file)?;
    let recorded = operation::on_store(&config, async |container, operator| {
        let trail: Arc<dyn AuditTrail> = container.resolve();
        Ok(trail.record_backup(&operator).await?)
    });
    recorded.context("the backup can't be recorded in the audit trail, so none was made")?;
    backup.publish()?;
    drop(goes_on);
    let size = std::fs::metadata(file)?.len();
    after_the_work(print_lines([format!(
        "{} is a copy of {}, {size} bytes; keep the secret key in another place",
        shown(&file.to_string_lossy()),
        config.database.url
    )]))
}

fn remove_what_is_left_of(file: &Path) {
    if let Err(error) = remove_unfinished_backups(file) {
        tracing::warn!(%error, "what is left of the backup can't be removed");
    }
}

/// A store is copied to a file and not to standard output, which can't be put in its place when it is whole.
fn check_name(file: &Path) -> anyhow::Result<()> {
    if file == Path::new("-") {
        bail!("a backup needs the name of a file; write ./- for a file of the name -");
    }
    if file.is_dir() {
        bail!("{} is a folder; name a file in it", file.display());
    }
    if file.file_name().is_none() {
        bail!("a backup needs the name of a file, as in: portcullis backup portcullis-backup.db");
    }
    Ok(())
}

fn missing_folder(file: &Path) -> Option<&Path> {
    file.parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
}

fn copy(config: &Config, file: &Path) -> anyhow::Result<Backup> {
    let database = open_existing_store(config)?;
    let outcome = copy_as_it_is(config, &database, file);
    database.close();
    outcome
}

/// People make a backup before an update, so the backup itself must not bring the schema up to date.
fn copy_as_it_is(config: &Config, database: &Database, file: &Path) -> anyhow::Result<Backup> {
    database.check_schema().map_err(|error| match error {
        OpenError::MigrationsPending(lacking) => anyhow!(
            "the database lacks {lacking} migration(s) of this version, and a backup makes none; back up with the \
             version that serves, or run portcullis migrate first"
        ),
        error @ (OpenError::NotMade
        | OpenError::NewerSchema(_)
        | OpenError::Unreachable { .. }
        | OpenError::InUse { .. }
        | OpenError::ForeignFiles { .. }
        | OpenError::MissingBesideItsLog { .. }
        | OpenError::UnfinishedRestore { .. }
        | OpenError::Unclosed { .. }
        | OpenError::Unsuitable(_)
        | OpenError::Migration(_)
        | OpenError::Store(_)) => config.database.unusable()(error),
    })?;
    Ok(database.backup(file)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::open_store;

    #[test]
    fn a_folder_that_is_not_there_is_missed() {
        assert_eq!(missing_folder(Path::new("nowhere/x.db")), Some(Path::new("nowhere")));
        assert_eq!(missing_folder(Path::new("x.db")), None);
        assert_eq!(missing_folder(Path::new("/x.db")), None);
    }

    #[test]
    fn what_names_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        for (name, problem) in [
            ("-", "./-"),
            (folder, "is a folder"),
            (".", "is a folder"),
            ("x/..", "name of a file"),
        ] {
            let line = check_name(Path::new(name)).unwrap_err().to_string();
            assert!(line.contains(problem), "{line}");
        }
        assert!(check_name(Path::new("./-")).is_ok());
    }

    #[test]
    fn a_store_of_another_version_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let settings = [("DATA_DIR", folder.path().to_str().unwrap())];
        let config = Config::load(&Environment::of(&settings)).unwrap();
        let target = folder.path().join("copy.db");
        let refusal = || copy(&config, &target).unwrap_err().to_string();

        assert!(refusal().contains("there is no store"));
        assert!(!config.database.url.sqlite_path().unwrap().exists());

        open_store(&config).unwrap().close();
        let line = refusal();
        assert!(line.contains("portcullis migrate") && !line.contains('\n'), "{line}");
        let database = open_store(&config).unwrap();
        assert!(matches!(database.check_schema(), Err(OpenError::NotMade)));
        assert!(!target.exists());

        database.migrate().unwrap();
        database.close();
        copy(&config, &target).unwrap().publish().unwrap();
        assert!(target.exists());
    }
}
