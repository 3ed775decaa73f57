//! What root does in a folder of another user. That user may have put links there, which lead to files that only root may
//! write.

use rustix::fs::{Gid, OFlags, Uid};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes a file that was not there, for its owner alone. What root makes in a folder of another user belongs to that
/// user, who could not use it otherwise.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where there is anything of that name, also a link that leads nowhere.
pub fn create_for_the_folder(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    if rustix::process::geteuid().is_root() {
        let folder = fs::metadata(folder_of(path))?;
        if folder.uid() != 0 {
            // By the open file: the name may be another's by now.
            rustix::fs::fchown(
                &file,
                Some(Uid::from_raw(folder.uid())),
                Some(Gid::from_raw(folder.gid())),
            )?;
        }
    }
    Ok(file)
}

/// Opens a file to write to, and makes it where it is missing. Follows no link, and does not wait for a pipe's other end.
///
/// # Errors
/// A link, what is no plain file, and a file that has other names too.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    match create_for_the_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        outcome => return outcome,
    }
    if !is_plain(&path.symlink_metadata()?) {
        return Err(not_plain());
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .write(true)
        .custom_flags(i32::try_from(flags.bits()).map_err(io::Error::other)?)
        .open(path)?;
    if is_plain(&file.metadata()?) {
        Ok(file)
    } else {
        Err(not_plain())
    }
}

/// Whether it is a file, and this its only name.
pub(crate) fn is_plain(found: &Metadata) -> bool {
    found.is_file() && found.nlink() == 1
}

/// What a file is that [`is_plain`] refuses.
pub(crate) const NOT_PLAIN: &str = "it is a link, or no plain file of one name; remove it";

fn not_plain() -> io::Error {
    io::Error::other(NOT_PLAIN)
}

/// If root calls, takes on the user and group who own the database or its folder, for this thread and those that it
/// starts. From then on the system refuses what that user may not do, whatever links there are. Comes before other threads
/// start, and can't be taken back.
///
/// # Errors
/// The system does not let this process do so.
pub(crate) fn act_as_owner(database: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    match owner_of(database) {
        Some((user, group)) => take_on(user, group),
        None => Ok(()),
    }
}

/// The first who is not root of those who could have put something else in the place of the database.
fn owner_of(database: &Path) -> Option<(Uid, Gid)> {
    let folder = folder_of(database);
    let place = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let found = [
        fs::symlink_metadata(folder),
        fs::metadata(folder),
        fs::symlink_metadata(database),
        fs::metadata(folder_of(&place)),
        fs::symlink_metadata(&place),
    ];
    let found = found.into_iter().flatten().find(|found| found.uid() != 0)?;
    Some((Uid::from_raw(found.uid()), Gid::from_raw(found.gid())))
}

#[cfg(target_os = "linux")]
fn take_on(user: Uid, group: Gid) -> io::Result<()> {
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    set_thread_groups(&[group])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn take_on(user: Uid, _: Gid) -> io::Result<()> {
    Err(io::Error::other(format!(
        "it is in the hands of the user {}; run this as that user",
        user.as_raw()
    )))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
