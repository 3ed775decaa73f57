//! The ways in that an account has, and that the last of them stays.

use crate::ports::StoreResult;
use crate::unit_of_work::Unit;
use portcullis_domain::{IdentityId, User};

impl Unit<'_> {
    /// Whether a user can still sign in once that identity is unlinked: by a password, or by another identity at a provider that
    /// `is_offered` by its issuer. The user's row is held.
    pub(crate) fn has_way_in_besides(
        &mut self,
        user: &User,
        identity: IdentityId,
        is_offered: impl Fn(&str) -> bool,
    ) -> StoreResult<bool> {
        if user.has_password {
            return Ok(true);
        }
        let linked = self.identities().list(user.id)?;
        Ok(linked
            .iter()
            .any(|other| other.id != identity && is_offered(other.key.issuer())))
    }
}
