//! The one door to every check of a password, whoever asks for it: what is guessed is counted before it is looked at.

use crate::actor::Actor;
use crate::limits::Drawn;
use crate::ports::{Exhausted, Limit, LimitKey};
use crate::unit_of_work::Units;
use portcullis_domain::{AddressBlock, Email, Origin, UserId};

/// An attempt to show that one knows a password: by which counters it counts.
pub(crate) struct Guess(Vec<(Limit, Option<LimitKey>)>);

impl Guess {
    /// Of somebody who is not signed in. A device that the user signed in on has a counter of its own and is not counted
    /// otherwise: so no stranger can slow its user, neither at the account nor at an address that both have. All others
    /// share one for the account, whether there is such an account or not, and one for the address.
    pub(crate) fn by_anybody(units: &Units, email: Option<&Email>, user: Option<UserId>, origin: &Origin) -> Self {
        let token = origin.device_token.as_ref().zip(user);
        let known = token.and_then(|(token, user)| Some((units.device_tokens.known(token, user)?, user)));
        Self(match known {
            Some((device, user)) => {
                let key = [device.as_bytes().as_slice(), user.as_uuid().as_bytes()].concat();
                vec![(Limit::Device, Some(key.into()))]
            }
            None => vec![
                (Limit::Account, email.map(|email| email.as_str().into())),
                (Limit::Address, address_of(origin)),
            ],
        })
    }

    /// Of a signed-in user, who may be a thief of their tokens. The session has a counter of its own, so that a thief gets no
    /// more guesses than a stranger, and no stranger slows the user.
    pub(crate) fn by_signed_in(actor: &Actor) -> Self {
        Self(vec![(Limit::Device, Some(actor.session_id().into()))])
    }
}

/// Whose address it is; `None` where it comes from none.
pub(crate) fn address_of(origin: &Origin) -> Option<LimitKey> {
    origin.device.address.map(|address| AddressBlock::from(address).into())
}

impl Units {
    /// Counts an attempt as a wrong one before it is looked at, so that of many at once no more are looked at than may be
    /// wrong. What turns out to be right is [given back](Units::give_back).
    pub(crate) async fn reserve(&self, guess: Guess) -> Result<Drawn, Exhausted> {
        self.draw(guess.0).await
    }
}
