//! Counting how often somebody does something that has a limit.

use async_trait::async_trait;
use portcullis_domain::{AddressBlock, Rate, SessionId, UserId};
use shaku::Interface;
use std::fmt;
use std::time::Duration;

/// What has a limit. Each has counters of its own, one for each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Guesses at the password of an account, by whoever was never signed in to it.
    Account,
    /// Guesses at the password of an account, by a device or in a session that is signed in to it, or was; calls to other
    /// providers by a device on which anybody signed in.
    Device,
    /// Guesses from an address, at any account.
    Address,
    /// Calls to other providers from an address, by devices on which nobody signed in.
    Provider,
    /// Passkeys of an account that were shown and good: none of them takes a hash, and each writes rows.
    Passkey,
    /// What [`Device`](Self::Device) counts, of several devices together: guesses at the password of an account by all that are
    /// signed in to it, or were; calls to other providers by all at an address on which anybody signed in.
    Devices,
    /// Registrations from an address.
    Registration,
    /// Mails to an address that strangers cause.
    MailTo,
    /// Mails that strangers cause from an address.
    MailFrom,
    /// Refreshes of a session.
    Refresh,
    /// Failures of a client to show who it is, from an address.
    Client,
    /// Wrong codes of an account's second factor. The store counts them, so that no restart forgets them.
    SecondFactor,
}

impl Limit {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Account,
        Self::Device,
        Self::Address,
        Self::Provider,
        Self::Passkey,
        Self::Devices,
        Self::Registration,
        Self::MailTo,
        Self::MailFrom,
        Self::Refresh,
        Self::Client,
        Self::SecondFactor,
    ];

    /// Whether what was counted may be given back.
    #[must_use]
    pub const fn is_given_back(self) -> bool {
        match self {
            Self::Account | Self::Device | Self::Address | Self::Provider | Self::Devices | Self::MailTo => true,
            Self::Passkey | Self::Registration | Self::MailFrom | Self::Refresh | Self::Client | Self::SecondFactor => {
                false
            }
        }
    }

    /// What clients are told it is called. It does not change.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "login",
            Self::Device => "login-device",
            Self::Address => "login-address",
            Self::Provider => "login-provider",
            Self::Passkey => "login-passkey",
            Self::Devices => "login-devices",
            Self::Registration => "register",
            Self::MailTo => "mail",
            Self::MailFrom => "mail-address",
            Self::Refresh => "refresh",
            Self::Client => "client",
            Self::SecondFactor => "second-factor",
        }
    }
}

/// One more of something that has a limit.
#[derive(Clone, PartialEq, Eq)]
pub struct Draw {
    /// What it is.
    pub limit: Limit,
    /// How often it may happen.
    pub rate: Rate,
    /// Whose counter it counts by.
    pub key: Vec<u8>,
}

impl Draw {
    /// One more by the counter of that key.
    #[must_use]
    pub fn new(limit: Limit, rate: Rate, key: impl Into<LimitKey>) -> Self {
        Self {
            limit,
            rate,
            key: key.into().0,
        }
    }

    /// That there is none left, where what was drawn before costs that much still.
    ///
    /// # Errors
    /// There is none left.
    pub fn judge(&self, cost: Duration) -> Result<(), Exhausted> {
        self.rate.wait_at(cost).map_or(Ok(()), |wait| {
            Err(Exhausted {
                limit: self.limit,
                rate: self.rate,
                wait,
            })
        })
    }
}

/// A key may be an address of mail, which is nobody's business.
impl fmt::Debug for Draw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Draw({} {})", self.limit.name(), self.rate)
    }
}

/// Whose counter it is.
pub struct LimitKey(Vec<u8>);

impl LimitKey {
    /// What it is made of, to be part of another one.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<&str> for LimitKey {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<Vec<u8>> for LimitKey {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<AddressBlock> for LimitKey {
    fn from(block: AddressBlock) -> Self {
        Self(block.to_string().into_bytes())
    }
}

impl From<UserId> for LimitKey {
    fn from(user: UserId) -> Self {
        Self(user.as_uuid().as_bytes().to_vec())
    }
}

impl From<SessionId> for LimitKey {
    fn from(session: SessionId) -> Self {
        Self(session.as_uuid().as_bytes().to_vec())
    }
}

/// It happened as often as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there were too many of {}", limit.name())]
pub struct Exhausted {
    /// What.
    pub limit: Limit,
    /// How often it may happen.
    pub rate: Rate,
    /// After which time it may happen again.
    pub wait: Duration,
}

impl Exhausted {
    /// The one of two refusals that holds longer.
    #[must_use]
    pub fn longer(one: Option<Self>, other: Self) -> Self {
        one.filter(|one| one.wait >= other.wait).unwrap_or(other)
    }
}

/// Where something was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// By this server alone.
    Here,
    /// In what the servers share, too.
    Together,
}

/// Who counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// This server counts for itself.
    Alone,
    /// The servers count together.
    Together,
    /// The servers should count together. At present this one can't reach what they share, and counts for itself.
    Interrupted,
}

/// Counts how often things happen that have a limit.
///
/// An implementation is bounded in memory, however many keys there are, and loses no count for want of room. It counts by
/// time that passes, not by the time of day. What can't be reached does not keep anybody waiting longer than some
/// hundredths of a second, and lets nobody do what has a limit without being counted.
#[async_trait]
pub trait Limits: Interface {
    /// Counts one of each, or none where one of them has none left: then it tells of the one that takes longest. Of those
    /// who come at once no more get one than there are.
    async fn draw(&self, draws: &[Draw]) -> Result<Counted, Exhausted>;

    /// Takes back what was counted there, since it did not happen after all.
    async fn give_back(&self, draws: &[Draw], counted: Counted);

    /// Whether [`draw`](Self::draw) would count one of each, as far as this server knows. Counts nothing and waits for
    /// nobody.
    fn look(&self, draws: &[Draw]) -> Result<(), Exhausted>;

    /// Who counts together at present.
    fn sharing(&self) -> Sharing;
}
