//! What people have agreed to.

use crate::{RegistrationId, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_oauth2::ScopeSet;

/// What a person lets a client do, until they take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who agreed.
    pub user_id: UserId,
    /// To whom.
    pub client: RegistrationId,
    /// To what. A claim that is asked for by itself stands here as the scope that carries it.
    pub scopes: ScopeSet,
    /// When something was last agreed to.
    pub granted_at: DateTime<Utc>,
    /// When the client last made use of it, to the day.
    pub last_used_at: DateTime<Utc>,
}

impl Consent {
    /// How long it is remembered without being used.
    pub const KEPT_UNUSED: TimeDelta = TimeDelta::days(400);

    /// How exactly its last use is noted.
    const NOTED_EVERY: TimeDelta = TimeDelta::days(1);

    /// The consent to these scopes at `now`.
    #[must_use]
    pub const fn given(user_id: UserId, client: RegistrationId, scopes: ScopeSet, now: DateTime<Utc>) -> Self {
        Self {
            user_id,
            client,
            scopes,
            granted_at: now,
            last_used_at: now,
        }
    }

    /// With these scopes besides, agreed to at `now`.
    #[must_use]
    pub fn extended(&self, scopes: &ScopeSet, now: DateTime<Utc>) -> Self {
        Self {
            scopes: self.scopes.union(scopes),
            granted_at: now,
            last_used_at: now,
            ..self.clone()
        }
    }

    /// Whether a use at `now` is worth noting.
    #[must_use]
    pub fn is_use_worth_noting(&self, now: DateTime<Utc>) -> bool {
        now >= self.last_used_at + Self::NOTED_EVERY
    }

    /// Whether it still holds at `now`.
    #[must_use]
    pub fn is_remembered(&self, now: DateTime<Utc>) -> bool {
        now < self.last_used_at + Self::KEPT_UNUSED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> ScopeSet {
        text.parse().unwrap()
    }

    #[test]
    fn a_consent_grows_and_is_forgotten_where_nobody_uses_it() {
        let begin = DateTime::UNIX_EPOCH;
        let (user, client) = (UserId::new(begin, [1; 10]), RegistrationId::new(begin, [2; 10]));
        let consent = Consent::given(user, client, scopes("openid"), begin);
        let later = begin + TimeDelta::days(1);
        assert!(!consent.is_use_worth_noting(later - TimeDelta::seconds(1)));
        assert!(consent.is_use_worth_noting(later));
        let consent = consent.extended(&scopes("email"), later);
        assert_eq!(consent.scopes, scopes("email openid"));
        assert_eq!((consent.granted_at, consent.last_used_at), (later, later));
        assert!(consent.is_remembered(later + TimeDelta::days(399)));
        assert!(!consent.is_remembered(later + TimeDelta::days(400)));
    }
}
