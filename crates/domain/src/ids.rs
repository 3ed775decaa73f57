//! Identifiers. Each kind is a type of its own, so that a session's id can't stand where a user's belongs.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use uuid::{Builder, Uuid};

/// Chance that one id takes: the 74 random bits of a UUIDv7 (RFC 9562, section 5.7), rounded up to bytes.
pub const ID_ENTROPY_BYTES: usize = 10;

/// A UUIDv7 of the millisecond of `at` and of `random`. Before 1970 the time counts as 1970.
#[must_use]
pub fn uuid_v7(at: DateTime<Utc>, random: [u8; ID_ENTROPY_BYTES]) -> Uuid {
    let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, a UUIDv7 (see [`uuid_v7`]).
            #[must_use]
            pub fn new(at: DateTime<Utc>, random: [u8; ID_ENTROPY_BYTES]) -> Self {
                Self(uuid_v7(at, random))
            }

            /// The id as a bare UUID, for adapters.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// Names a user. Never given out again, also after the user was deleted.
    UserId
}
id! {
    /// Names a session: one sign-in on one device, whatever number of refresh tokens it has seen.
    SessionId
}
id! {
    /// Names what a client was given by a user: from the code to the last refresh.
    GrantId
}
id! {
    /// Names a family of access tokens, which end together: those of a session, of a grant, of a client, or a token by itself
    /// that belongs to nothing else.
    FamilyId
}
id! {
    /// Names one access token (`jti`; RFC 7519, section 4.1.7).
    TokenId
}
id! {
    /// Names one event of the audit trail.
    AuditEventId
}
id! {
    /// Names a one-time link that a mail carries.
    LinkId
}
id! {
    /// Names a mail of the outbox.
    MailId
}
id! {
    /// Names a passkey. Its authenticator calls it otherwise.
    PasskeyId
}
id! {
    /// Names an invitation.
    InvitationId
}
id! {
    /// Names the link of an account with an identity at another provider.
    IdentityId
}
id! {
    /// Names the registration of a client in the store. Clients and people know the client's own id.
    RegistrationId
}
id! {
    /// Names a secret of a client.
    ClientSecretId
}
id! {
    /// Names a resource.
    ResourceId
}

impl From<GrantId> for FamilyId {
    fn from(grant: GrantId) -> Self {
        Self(grant.0)
    }
}

impl FamilyId {
    /// That of all tokens of a client: the first half of the SHA-256 of its id behind a word of ours. So services know it by
    /// the token alone.
    #[must_use]
    pub fn of_client(client_id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update("portcullis client");
        hash.update(client_id);
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
        Self(Uuid::from_bytes(bytes))
    }
}

impl From<TokenId> for FamilyId {
    fn from(token: TokenId) -> Self {
        Self(token.0)
    }
}

impl From<SessionId> for FamilyId {
    fn from(session: SessionId) -> Self {
        Self(session.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_version_7_uuid_that_sorts_by_time() {
        let earlier = UserId::new(DateTime::UNIX_EPOCH + chrono::Duration::milliseconds(1), [255; 10]);
        let later = UserId::new(DateTime::UNIX_EPOCH + chrono::Duration::milliseconds(2), [0; 10]);
        assert_eq!(earlier.as_uuid().get_version_num(), 7);
        assert_eq!(earlier.as_uuid().get_variant(), uuid::Variant::RFC4122);
        assert!(earlier < later);
    }

    #[test]
    fn the_family_of_a_client_follows_from_its_id() {
        // SHA-256 of "portcullis clientshop", the first 16 bytes.
        let family = FamilyId::of_client("shop").to_string();
        assert_eq!(family, "4814f7a6-b7cc-e7df-6a79-b0eafdf66bdb");
    }

    #[test]
    fn a_time_before_1970_still_makes_an_id() {
        let id = TokenId::new(DateTime::UNIX_EPOCH - chrono::Duration::days(1), [7; 10]);
        assert_eq!(id.as_uuid().get_version_num(), 7);
    }
}
