//! Limits: how often, and who counts in memory.

mod counters;
mod in_memory;

pub use in_memory::{MemoryCounters, MemoryLimits};

use crate::ports::{Counted, Draw, Exhausted, Limit, LimitKey};
use crate::unit_of_work::Units;
use portcullis_domain::Rate;
use std::time::Duration;

/// From one address come the guesses of so many accounts: people in one office share an address.
const ACCOUNTS_OF_AN_ADDRESS: u32 = 10;

/// All devices that count together, those of an account or those at an address, may do as much as so many of them.
const DEVICES_TOGETHER: u32 = 10;

/// From one address come the mails to so many others.
const MAILBOXES_OF_AN_ADDRESS: u32 = 10;

/// How often things may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitRates {
    /// Wrong passwords of an account, calls to other providers of a device, and failures of a client to show who it is.
    pub login: Rate,
    /// Registrations from an address.
    pub registration: Rate,
    /// Mails to an address that strangers cause.
    pub mail: Rate,
    /// Refreshes of a session, and proofs of an account by its passkeys.
    pub refresh: Rate,
}

impl Default for LimitRates {
    fn default() -> Self {
        Self {
            login: Rate::new(10, Duration::from_mins(15)),
            registration: Rate::new(20, Duration::from_hours(1)),
            mail: Rate::new(3, Duration::from_hours(1)),
            refresh: Rate::new(60, Duration::from_mins(1)),
        }
    }
}

/// Whether there are limits, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitPolicy {
    /// There are none.
    Off,
    /// There are these.
    On(LimitRates),
}

impl Default for LimitPolicy {
    fn default() -> Self {
        Self::On(LimitRates::default())
    }
}

impl LimitPolicy {
    /// How often that may happen; `None` for as often as anybody likes.
    #[must_use]
    pub fn rate(&self, limit: Limit) -> Option<Rate> {
        let Self::On(rates) = self else { return None };
        Some(match limit {
            Limit::Account | Limit::Device | Limit::Client => rates.login,
            Limit::Address | Limit::Provider => rates.login.times(ACCOUNTS_OF_AN_ADDRESS),
            Limit::Devices => rates.login.times(DEVICES_TOGETHER),
            Limit::Registration => rates.registration,
            Limit::MailTo => rates.mail,
            Limit::MailFrom => rates.mail.times(MAILBOXES_OF_AN_ADDRESS),
            Limit::Refresh | Limit::Passkey => rates.refresh,
            Limit::SecondFactor => wrong_codes(),
        })
    }
}

/// How many wrong codes of its second factor an account may have. Whether there are other limits does not matter.
#[must_use]
pub(crate) const fn wrong_codes() -> Rate {
    Rate::new(10, Duration::from_mins(15))
}

/// What was counted by [`Units::draw`].
#[derive(Debug)]
#[must_use = "what does not happen after all is given back"]
pub(crate) struct Drawn {
    draws: Vec<Draw>,
    counted: Counted,
}

impl Units {
    /// Counts one more of each: the key is whose counter it counts by. Where there is no key, as of a client without an
    /// address, it is not counted.
    pub(crate) async fn draw(
        &self,
        things: impl IntoIterator<Item = (Limit, Option<LimitKey>)> + Send,
    ) -> Result<Drawn, Exhausted> {
        let draws = self.draws(things);
        let counted = match draws.as_slice() {
            [] => Counted::Here,
            draws => self.told(self.limits.draw(draws).await)?,
        };
        Ok(Drawn { draws, counted })
    }

    /// Takes back what was counted.
    pub(crate) async fn give_back(&self, drawn: Drawn) {
        if !drawn.draws.is_empty() {
            self.limits.give_back(&drawn.draws, drawn.counted).await;
        }
    }

    /// Whether one more of it would be refused, as far as this server knows.
    pub(crate) fn look_at_limit(&self, limit: Limit, key: LimitKey) -> Result<(), Exhausted> {
        let draws = self.draws([(limit, Some(key))]);
        if draws.is_empty() {
            Ok(())
        } else {
            self.told(self.limits.look(&draws))
        }
    }

    fn told<T>(&self, judged: Result<T, Exhausted>) -> Result<T, Exhausted> {
        if let Err(exhausted) = &judged {
            self.meter.limit_hit(exhausted.limit);
        }
        judged
    }

    fn draws(&self, things: impl IntoIterator<Item = (Limit, Option<LimitKey>)>) -> Vec<Draw> {
        let draw =
            |(limit, key): (Limit, Option<LimitKey>)| Some(Draw::new(limit, self.limit_policy.rate(limit)?, key?));
        things.into_iter().filter_map(draw).collect()
    }
}
