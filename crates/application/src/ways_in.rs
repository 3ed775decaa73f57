//! The ways in that an account has, and that the last of them stays.

use crate::ports::{StoreResult, UpstreamProviders};
use crate::unit_of_work::Unit;
use portcullis_domain::{IdentityId, PasskeyId, User};

/// A way in that is about to be closed, or that does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayIn {
    /// An identity at another provider.
    Identity(IdentityId),
    /// A passkey.
    Passkey(PasskeyId),
}

/// Which ways this server takes at all.
pub(crate) struct Taken<'p> {
    /// The providers that are set up.
    pub(crate) providers: &'p dyn UpstreamProviders,
    /// Whether there are passkeys.
    pub(crate) passkeys: bool,
}

impl Unit<'_> {
    /// Whether a user can sign in by something besides that: by a password, by a passkey, or by an identity at a provider that is
    /// set up. The user's row is held.
    pub(crate) fn has_way_in_besides(&mut self, user: &User, way: WayIn, taken: &Taken<'_>) -> StoreResult<bool> {
        if user.has_password {
            return Ok(true);
        }
        if taken.passkeys {
            let passkeys = self.passkeys().list(user.id)?;
            if passkeys.iter().any(|passkey| WayIn::Passkey(passkey.id) != way) {
                return Ok(true);
            }
        }
        let identities = self.identities().list(user.id)?;
        Ok(identities
            .iter()
            .any(|identity| WayIn::Identity(identity.id) != way && taken.providers.has_issuer(identity.key.issuer())))
    }
}
