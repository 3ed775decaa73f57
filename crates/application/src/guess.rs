//! The one door to every check of a password, whoever asks for it: what is guessed is counted before it is looked at.

use crate::actor::Actor;
use crate::limits::Drawn;
use crate::ports::{Exhausted, Limit, LimitKey};
use crate::unit_of_work::Units;
use chrono::{DateTime, Utc};
use portcullis_domain::{AddressBlock, DeviceToken, Email, Origin, PasswordHash, UserId};

/// An attempt to show that one knows a password: by which counters it counts.
pub(crate) struct Guess {
    draws: Draws,
    /// What was shown by whoever is not signed in: it may have the guess count otherwise.
    shown: Option<Shown>,
}

type Draws = Vec<(Limit, Option<LimitKey>)>;

struct Shown {
    token: DeviceToken,
    user: Option<UserId>,
    at: DateTime<Utc>,
}

impl Guess {
    /// Of somebody who is not signed in. A device that the user signed in on by the present password has a counter of its
    /// own, and one with all such devices of the account. It is not counted otherwise: so no stranger can slow its user,
    /// neither at the account nor at an address that both have. All others share one for the account, whether there is such
    /// an account or not, and one for the address.
    pub(crate) fn by_anybody(units: &Units, email: Option<&Email>, user: Option<UserId>, origin: &Origin) -> Self {
        let draws = vec![
            (Limit::Account, email.map(|email| email.as_str().into())),
            (Limit::Address, address_of(origin)),
        ];
        let shown = origin.device_token.clone().map(|token| Shown {
            token,
            user,
            at: units.now(),
        });
        Self { draws, shown }
    }

    /// Of a signed-in user, who may be a thief of their tokens. The session has a counter of its own, so that a thief gets no
    /// more guesses than a stranger, and no stranger slows the user.
    pub(crate) fn by_signed_in(actor: &Actor) -> Self {
        Self {
            draws: vec![(Limit::Device, Some(actor.session_id().into()))],
            shown: None,
        }
    }
}

impl Units {
    /// Counts a call to another provider that somebody causes. A device on which somebody signed in has a counter of its own, and
    /// one with all such devices at its address. It is not counted otherwise: strangers at the same address, who cause as many
    /// as they may, keep nobody out who was here before.
    pub(crate) async fn draw_call(&self, origin: &Origin) -> Result<Drawn, Exhausted> {
        let token = origin.device_token.as_ref();
        let draws = match token.and_then(|token| self.device_tokens.named(token)) {
            // Each sign-in without a name is given one, so one device's counter alone would bound nobody.
            Some(device) => vec![
                (Limit::Device, Some(device.as_bytes().to_vec().into())),
                (Limit::Devices, address_of(origin)),
            ],
            None => vec![(Limit::Provider, address_of(origin))],
        };
        self.draw(draws).await
    }
}

/// Whose address it is; `None` where it comes from none.
pub(crate) fn address_of(origin: &Origin) -> Option<LimitKey> {
    origin.device.address.map(|address| AddressBlock::from(address).into())
}

impl Units {
    /// Counts an attempt as a wrong one before it is looked at, so that of many at once no more are looked at than may be
    /// wrong. What turns out to be right is [given back](Units::give_back).
    /// `password` is the hash that the guess is to be checked against.
    pub(crate) async fn reserve(&self, guess: Guess, password: Option<&PasswordHash>) -> Result<Drawn, Exhausted> {
        let of_known_device = guess.shown.and_then(|shown| self.draws_of_known(&shown, password));
        self.draw(of_known_device.unwrap_or(guess.draws)).await
    }

    /// How a guess counts that comes from a known device. The token is examined where there is no such account, too, since
    /// the time that it takes must not tell.
    fn draws_of_known(&self, shown: &Shown, password: Option<&PasswordHash>) -> Option<Draws> {
        let nobodys = PasswordHash::new(String::new());
        let examined = shown.user.unwrap_or_else(|| UserId::new(DateTime::UNIX_EPOCH, [0; _]));
        let hash = password.unwrap_or(&nobodys);
        let device = self.device_tokens.known(&shown.token, examined, hash, shown.at)?.id;
        let user = shown.user.filter(|_| password.is_some())?;
        let user = user.as_uuid();
        let of_device = [device.as_bytes().as_slice(), user.as_bytes()].concat();
        let of_all_devices = user.as_bytes().to_vec();
        Some(vec![
            (Limit::Device, Some(of_device.into())),
            (Limit::Devices, Some(of_all_devices.into())),
        ])
    }
}
