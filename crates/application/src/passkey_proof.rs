//! Proofs by a passkey. Only the check in this file makes them.

use crate::actor::By;
use crate::guess::address_of;
use crate::ports::{
    AnsweredChallenge, ChallengeFor, Exhausted, Limit, PasskeyFault, ShownPasskey, StoreError, StoreResult,
};
use crate::replica::Refusal;
use crate::unit_of_work::{Unit, Units};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    AuditEventType, AuditReason, AuthenticationMethods, Email, FactorStanding, Passkey, PasskeyId, PasskeyState,
    PasskeyUse, User, UserId,
};

/// How far the clocks of two servers may differ.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

/// How often an answer is judged at the most before a use case gives up. Each further time, the same passkey was used
/// elsewhere since.
pub(crate) const JUDGEMENTS: usize = 3;

/// That somebody proved to be a user by a passkey. The unit that relies on it [takes](PasskeyProof::take) it.
#[derive(Clone)]
pub(crate) struct PasskeyProof {
    pub(crate) user_id: UserId,
    pub(crate) email: Email,
    pub(crate) methods: AuthenticationMethods,
    pub(crate) at: DateTime<Utc>,
    passkey: PasskeyId,
    seen: u32,
    next: PasskeyState,
    challenge: AnsweredChallenge,
}

/// What came of taking a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is used up.
    Used,
    /// The passkey was removed, or used elsewhere, since it was judged.
    Outdated,
    /// The challenge was answered before.
    Answered,
}

/// Why nothing was proved by a passkey.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// There are no passkeys at this server.
    #[error("passkeys are off")]
    Off,
    /// The challenge is none of this server's, or not for this, or its time is over, or it was answered before.
    #[error("the challenge is not valid")]
    InvalidChallenge,
    /// It has not the form of an answer, or is the answer to another question, or to another site's, or was changed.
    #[error("the answer is not valid: {0}")]
    InvalidAnswer(&'static str),
    /// The passkey is nobody's, or somebody else's, or it was copied, perhaps.
    #[error("the passkey is not valid")]
    InvalidPasskey,
    /// Its authenticator did not verify its user.
    #[error("the authenticator did not verify its user")]
    UserNotVerified,
    /// Too many came before that proved nothing, and whether this does was not looked at; or too many that did.
    #[error(transparent)]
    TooManyAttempts(Exhausted),
    /// The passkeys were not read, or the refusal was not recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PasskeyError {
    /// Whether what was shown is at fault, so that it counts as an attempt.
    pub(crate) const fn is_of_what_was_shown(&self) -> bool {
        match self {
            Self::InvalidChallenge | Self::InvalidAnswer(_) | Self::InvalidPasskey | Self::UserNotVerified => true,
            Self::Off | Self::TooManyAttempts(_) | Self::Store(_) => false,
        }
    }
}

/// Whose passkey it has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// Anybody's, who signs in by it.
    Anybody,
    /// That of the user who has proved something else, or is signed in.
    User(UserId),
}

impl Units {
    /// The user as this server knows them.
    pub(crate) fn as_served(&self, user: User) -> User {
        user.as_served(self.passkey_proofs.are_on())
    }

    /// How an account stands to second factors at this server.
    pub(crate) fn standing(&self, user: &User) -> FactorStanding {
        self.factors.standing(&self.as_served(user.clone()))
    }

    /// Judges an answer. It counts for its address as an attempt that failed until it turned out to be good. What fails of a
    /// passkey that is there is recorded as a failure of `purpose`. What is good counts for its user.
    pub(crate) async fn prove_by_passkey(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        expected: Expected,
        by: &By,
        purpose: AuditEventType,
    ) -> Result<PasskeyProof, PasskeyError> {
        if !self.passkey_proofs.are_on() {
            return Err(PasskeyError::Off);
        }
        let origin = by.origin();
        let drawn = self.draw([(Limit::Address, address_of(&origin))]).await;
        let drawn = drawn.map_err(PasskeyError::TooManyAttempts)?;
        let judged = self.judge_passkey(who, shown, expected, by, purpose).await;
        match &judged {
            Err(error) if error.is_of_what_was_shown() => {}
            Ok(_) | Err(_) => self.give_back(drawn).await,
        }
        let proof = judged?;
        let counted = self.draw([(Limit::Passkey, Some(proof.user_id.into()))]).await;
        let _counted = counted.map_err(PasskeyError::TooManyAttempts)?;
        Ok(proof)
    }

    async fn judge_passkey(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        expected: Expected,
        by: &By,
        purpose: AuditEventType,
    ) -> Result<PasskeyProof, PasskeyError> {
        let now = self.now();
        let (claimed, credential) = self.passkey_proofs.claimed(shown).map_err(told)?;
        let challenge = self.passkey_proofs.challenge(who, shown, now).map_err(told)?;
        let about = match expected {
            Expected::User(user) => user,
            Expected::Anybody => claimed,
        };
        let found = self.look_up(move |repositories| {
            let passkey = repositories.passkeys().find_by_credential(&credential)?;
            // Behind it: who sees that the counter went on by an answer sees that the challenge was answered. So an answer
            // that comes twice is not taken for one by a copy.
            if repositories.spent().is_spent(&challenge.digest)? {
                return Err(PasskeyError::InvalidChallenge);
            }
            let user = match &passkey {
                Some(_) => repositories.users().find(about)?,
                None => None,
            };
            Ok(passkey.zip(user))
        });
        let found: Option<(Passkey, User)> = found.await?;
        let Some((passkey, user)) = found.filter(|(passkey, _)| passkey.user_id == claimed) else {
            tracing::info!("a passkey is nobody's here");
            return Err(PasskeyError::InvalidPasskey);
        };
        let is_theirs = claimed == about;
        let judged = if is_theirs {
            self.passkey_proofs.judge(who, shown, &passkey, now)
        } else {
            Err(PasskeyFault::InvalidAnswer("it is somebody else's"))
        };
        let fault = match judged {
            Ok(taken) => {
                return Ok(PasskeyProof {
                    user_id: user.id,
                    email: user.email,
                    methods: AuthenticationMethods::of_passkey(taken.storage),
                    at: now,
                    passkey: passkey.id,
                    seen: passkey.state.counter,
                    next: taken.state,
                    challenge: taken.challenge,
                });
            }
            Err(fault) => fault,
        };
        tracing::info!(user_id = %passkey.user_id, passkey_id = %passkey.id, "a passkey proved nothing: {fault}");
        let reason = match &fault {
            // What anybody can send who knows the id of a passkey, or was given a challenge by another site.
            PasskeyFault::Off | PasskeyFault::InvalidChallenge | PasskeyFault::Unexpected(_) => None,
            PasskeyFault::InvalidAnswer(_) | PasskeyFault::UserNotVerified => Some(AuditReason::WrongPasskey),
            PasskeyFault::Copied => Some(AuditReason::PasskeyCopied),
        };
        if let Some(reason) = reason {
            let refusal = Refusal {
                kind: purpose,
                reason,
                email: Some(user.email),
                user: Some(user.id),
                provider: None,
                origin: by.origin(),
            };
            self.note_refusal(by.clone(), refusal).await?;
        }
        Err(if is_theirs {
            told(fault)
        } else {
            PasskeyError::InvalidPasskey
        })
    }
}

/// What is told of a fault.
pub(crate) fn told(fault: PasskeyFault) -> PasskeyError {
    match fault {
        PasskeyFault::Off => PasskeyError::Off,
        PasskeyFault::InvalidChallenge => PasskeyError::InvalidChallenge,
        PasskeyFault::InvalidAnswer(why) => PasskeyError::InvalidAnswer(why),
        PasskeyFault::UserNotVerified => PasskeyError::UserNotVerified,
        PasskeyFault::Copied => PasskeyError::InvalidPasskey,
        PasskeyFault::Unexpected(error) => PasskeyError::Store(StoreError::Unexpected(error)),
    }
}

impl PasskeyProof {
    /// The same for an app's request that was first seen at that time: given then at the earliest, whichever server's clock is
    /// behind. What answers a challenge from before the request is no proof for it.
    pub(crate) fn since(self, request: DateTime<Utc>) -> Result<Self, PasskeyError> {
        if self.challenge.asked_at + CLOCKS_DIFFER_BY < request {
            return Err(PasskeyError::InvalidChallenge);
        }
        Ok(Self {
            at: self.at.max(request),
            ..self
        })
    }

    /// Uses the proof up: of many at once that answer one challenge, one is the first. The user's row is held.
    pub(crate) fn take(&self, unit: &mut Unit<'_>) -> StoreResult<Taken> {
        let has = unit.passkeys().list(self.user_id)?;
        let stands = has
            .iter()
            .any(|passkey| passkey.id == self.passkey && passkey.state.counter == self.seen);
        if !stands {
            return Ok(Taken::Outdated);
        }
        if !unit.answer(&self.challenge)? {
            return Ok(Taken::Answered);
        }
        let used = PasskeyUse {
            at: unit.now(),
            device: unit.by().origin().device,
        };
        if unit.passkeys().note_use(self.passkey, self.seen, &self.next, &used)? {
            Ok(Taken::Used)
        } else {
            // Nobody else uses it while the user's row is held.
            Err(StoreError::Busy)
        }
    }
}

impl Unit<'_> {
    /// Notes that a challenge was answered; `false` where it was before.
    pub(crate) fn answer(&mut self, challenge: &AnsweredChallenge) -> StoreResult<bool> {
        self.spent().spend(&challenge.digest, challenge.until)
    }
}
