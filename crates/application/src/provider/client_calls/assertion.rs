//! Whether what a client has signed shows who it is (RFC 7523, section 3).

use super::ClientCallsService;
use crate::ports::{Assertion, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{AssertionAudience, ClientProof, Digest32, Issuer, RegisteredClient, SecretText};
use portcullis_oauth2::ClientId;
use sha2::{Digest as _, Sha256};

/// The longest time that an assertion may live.
const LONGEST_LIFE: TimeDelta = TimeDelta::minutes(5);
/// How far a client's clock may be ahead: `iat` and `nbf` may be that late.
const CLOCK_LEAD: TimeDelta = TimeDelta::seconds(10);
/// The longest `jti`, in bytes.
const MAX_ID_BYTES: usize = 256;

/// Why what was signed does not show who the client is. It is for the log and for administrators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unproven {
    #[error("the assertion is no JWT that a registered key of the client has signed")]
    Signature,
    #[error("aud of the assertion is not the issuer, as one text")]
    Audience,
    #[error("iss and sub of the assertion are not both the client_id")]
    NotOwn,
    #[error("the assertion has no jti, or one of more than 256 bytes")]
    NoId,
    #[error("exp of the assertion is missing, over, or more than five minutes after iat")]
    Life,
    #[error("the client's clock is ahead by {0} seconds: iat or nbf of the assertion lies in the future")]
    ClockAhead(i64),
    #[error("the assertion was shown before: jti has to be another each time")]
    Replayed,
}

/// What is spent by showing an assertion, and until when that has to be remembered.
pub(super) struct Spent {
    pub(super) digest: Digest32,
    pub(super) until: DateTime<Utc>,
}

impl ClientCallsService {
    /// Whether the client has signed it for us, just now and for the first time. A signature is checked whether there is such a
    /// client or not, so nobody learns that by the time that it takes.
    pub(super) async fn is_signed_by(
        &self,
        registered: Option<&RegisteredClient>,
        text: &SecretText,
    ) -> Result<Result<(), Unproven>, StoreError> {
        let signing = registered.and_then(|registered| match &registered.client.settings.proof {
            ClientProof::Keys { keys, audience } => Some((&registered.client.client_id, keys, *audience)),
            ClientProof::None | ClientProof::Secret => None,
        });
        let assertion = self.proofs.assertion(text, signing.map(|(_, keys, _)| keys));
        let spent = match (assertion, signing, self.units.provider.issuer()) {
            (Some(assertion), Some((client_id, _, audience)), Some(issuer)) => {
                if is_for(&assertion, audience, issuer) {
                    spent_by(&assertion, client_id, self.units.now())
                } else {
                    Err(Unproven::Audience)
                }
            }
            _ => Err(Unproven::Signature),
        };
        match spent {
            Ok(spent) => Ok(self.spend(spent).await?.then_some(()).ok_or(Unproven::Replayed)),
            Err(unproven) => Ok(Err(unproven)),
        }
    }
}

/// One text that names us, never a list: what is for somebody else too could be shown to us by them.
fn is_for(assertion: &Assertion, audience: AssertionAudience, issuer: &Issuer) -> bool {
    let Some(named) = assertion.audience.as_deref() else {
        return false;
    };
    match audience {
        AssertionAudience::Issuer => named == issuer.as_str(),
        AssertionAudience::TokenEndpointToo => named == issuer.as_str() || named == issuer.link_to("/oauth2/token"),
    }
}

/// What showing it would spend, if it is the client's own and in force at `now`.
fn spent_by(assertion: &Assertion, client_id: &ClientId, now: DateTime<Utc>) -> Result<Spent, Unproven> {
    if assertion.issuer != client_id.as_str() || assertion.subject != client_id.as_str() {
        return Err(Unproven::NotOwn);
    }
    let id = assertion.id.as_deref();
    let id = id.filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()));
    let id = id.ok_or(Unproven::NoId)?;
    let begins_at = assertion.issued_at.max(assertion.not_before);
    if let Some(begins_at) = begins_at.filter(|at| *at > now + CLOCK_LEAD) {
        return Err(Unproven::ClockAhead((begins_at - now).num_seconds()));
    }
    // It lives from when it was made: by the client's clock, if that is ahead.
    let made_at = assertion.issued_at.map_or(now, |at| at.max(now));
    let expires_at = assertion.expires_at;
    let expires_at = expires_at.filter(|at| now < *at && *at <= made_at + LONGEST_LIFE);
    let expires_at = expires_at.ok_or(Unproven::Life)?;
    let mut hash = Sha256::new();
    // No id has NUL in it, so no two clients and ids make the same text.
    for part in ["client assertion", client_id.as_str(), id] {
        hash.update(part);
        hash.update([0]);
    }
    Ok(Spent {
        digest: Digest32::new(hash.finalize().into()),
        until: expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn good() -> Assertion {
        Assertion {
            issuer: "shop".to_owned(),
            subject: "shop".to_owned(),
            audience: Some("https://auth.example.org".to_owned()),
            id: Some("1".to_owned()),
            expires_at: Some(at(300)),
            issued_at: Some(at(0)),
            not_before: Some(at(0)),
        }
    }

    fn counts(change: impl FnOnce(&mut Assertion)) -> bool {
        let mut assertion = good();
        change(&mut assertion);
        spent_by(&assertion, &ClientId::parse("shop").unwrap(), at(0)).is_ok()
    }

    #[test]
    fn what_is_the_clients_own_and_in_force_counts() {
        assert!(counts(|_| ()));
        assert!(counts(|it| (it.issued_at, it.not_before) = (None, None)));
        assert!(
            counts(|it| it.not_before = Some(at(8))),
            "its clock is eight seconds ahead"
        );
        assert!(counts(|it| (it.issued_at, it.expires_at) = (Some(at(8)), Some(at(308)))));
    }

    #[test]
    fn what_is_not_does_not() {
        for (change, what) in [
            (
                (|it| it.issuer = "other".to_owned()) as fn(&mut Assertion),
                "iss differs from sub",
            ),
            (
                |it| (it.issuer, it.subject) = ("other".to_owned(), "other".to_owned()),
                "of another client",
            ),
            (|it| it.id = None, "no jti"),
            (|it| it.id = Some(String::new()), "an empty jti"),
            (|it| it.id = Some("x".repeat(257)), "a long jti"),
            (|it| it.expires_at = None, "no exp"),
            (|it| it.expires_at = Some(at(0)), "expired"),
            (|it| it.expires_at = Some(at(3600)), "an hour"),
            (|it| it.expires_at = Some(at(301)), "more than five minutes"),
            (
                |it| (it.issued_at, it.expires_at) = (Some(at(-10)), Some(at(301))),
                "made a while ago",
            ),
            (
                |it| (it.issued_at, it.expires_at) = (None, Some(at(301))),
                "nobody knows when it was made",
            ),
            (|it| it.not_before = Some(at(60)), "nbf"),
            (|it| it.issued_at = Some(at(11)), "iat"),
        ] {
            assert!(!counts(change), "{what}");
        }
    }

    #[test]
    fn an_audience_is_one_text_that_names_us() {
        let issuer = Issuer::parse("https://auth.example.org", |_| false).unwrap();
        let of = |text: Option<&str>| Assertion {
            audience: text.map(str::to_owned),
            ..good()
        };
        let (strict, legacy) = (AssertionAudience::Issuer, AssertionAudience::TokenEndpointToo);
        let endpoint = Some("https://auth.example.org/oauth2/token");
        assert!(is_for(&good(), strict, &issuer) && is_for(&good(), legacy, &issuer));
        assert!(!is_for(&of(endpoint), strict, &issuer) && is_for(&of(endpoint), legacy, &issuer));
        for text in [
            None,
            Some("https://auth.example.org/"),
            Some("https://auth.example.org/oauth2/introspect"),
        ] {
            assert!(!is_for(&of(text), legacy, &issuer), "{text:?}");
        }
    }

    #[test]
    fn ids_of_two_clients_are_two() {
        let spent = |client: &str, id: &str| {
            let assertion = Assertion {
                issuer: client.to_owned(),
                subject: client.to_owned(),
                id: Some(id.to_owned()),
                ..good()
            };
            let spent = spent_by(&assertion, &ClientId::parse(client).unwrap(), at(0));
            spent.unwrap().digest
        };
        assert_eq!(spent("shop", "1"), spent("shop", "1"));
        assert_ne!(spent("shop", "1x"), spent("shop1", "x"));
    }
}
