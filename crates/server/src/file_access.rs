//! Who may get at a file of ours besides its owner, by its mode.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const GROUP: u32 = 0o070;
const EVERYBODY: u32 = 0o007;

/// Who else may read, write or enter it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// Nobody.
    Nobody,
    /// The group. Kubernetes gives a volume to the group that `fsGroup` names, at each mount, so this may be meant.
    Group(u32),
    /// Everybody on the machine.
    Everybody(u32),
}

impl Others {
    /// Those that the mode of a file or folder lets in.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|found| Self::of(&found))
    }

    /// The same of what is known already.
    pub(crate) fn of(found: &Metadata) -> Self {
        let mode = found.permissions().mode() & 0o7777;
        if mode & EVERYBODY != 0 {
            Self::Everybody(mode)
        } else if mode & GROUP != 0 {
            Self::Group(mode)
        } else {
            Self::Nobody
        }
    }

    /// What to say about it. `None` where it is its owner's alone.
    pub(crate) fn remark(self, path: &Path, remedy: &str) -> Option<String> {
        let shown = path.display();
        match self {
            Self::Nobody => None,
            Self::Group(mode) => Some(format!(
                "{shown} is open to its group (mode {mode:o}); unless that is meant, close it by {remedy} {shown}"
            )),
            Self::Everybody(mode) => Some(format!(
                "{shown} is open to others (mode {mode:o}); close it by {remedy} {shown}"
            )),
        }
    }
}
