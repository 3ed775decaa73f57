//! Questions that one unit of work at a time may decide.

use crate::connection::{AnyConnection, Cached};
use crate::error::{RefusedRow, StatementError};
use crate::schema::locks;
use diesel::prelude::*;

/// What can be held. Each is a row of `locks`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lock {
    /// Who is an active administrator.
    Administrators,
    /// Which signing keys there are.
    SigningKeys,
    /// Nothing: codes of accounts that are not there.
    NobodysCodes,
}

impl Lock {
    fn name(self) -> &'static str {
        match self {
            Self::Administrators => "administrators",
            Self::SigningKeys => "signing_keys",
            Self::NobodysCodes => "nobodys_codes",
        }
    }
}

/// Waits for whoever holds it, and holds it until the unit ends: an update that changes nothing locks the row on both
/// databases.
pub(super) fn hold(connection: &mut AnyConnection, lock: Lock) -> Result<(), StatementError> {
    let untouched = diesel::update(locks::table.find(lock.name())).set(locks::name.eq(lock.name()));
    match Cached(untouched).execute(connection)? {
        0 => Err(RefusedRow::new("locks.name", format!("no row {}", lock.name())).into()),
        _ => Ok(()),
    }
}
