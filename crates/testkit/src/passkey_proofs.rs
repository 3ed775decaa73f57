//! Passkeys that take no cryptography.

use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{
    AnsweredChallenge, AskedPasskey, Ceremony, ChallengeFor, NewPasskey, PasskeyFault, PasskeyProofs, ShownPasskey,
    UsedPasskey,
};
use portcullis_domain::{
    CredentialId, Digest32, KeyStorage, Passkey, PasskeyState, PublicHalf, SecretText, SessionId, User, UserId,
};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const PREFIX: &str = "fake_passkey-";

/// How long a challenge is good.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// The origin of the fake's pages.
pub const ORIGIN: &str = "http://localhost:8000";

/// Writes plainly what others seal, and believes what an answer says.
#[derive(Clone, Default, Component)]
#[shaku(interface = PasskeyProofs)]
pub struct FakePasskeyProofs {
    /// How many challenges there were: none is like another.
    #[shaku(default)]
    asked: Arc<AtomicU64>,
    /// Whether there are none at the server.
    #[shaku(default)]
    are_off: bool,
}

impl FakePasskeyProofs {
    /// Those of a server that takes no passkeys.
    #[must_use]
    pub fn off() -> Self {
        Self {
            are_off: true,
            ..Self::default()
        }
    }
}

/// A passkey on a device of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakePasskey {
    /// Whose it is.
    pub user: UserId,
    /// What its device calls it.
    pub id: u8,
    /// How often the device says that it was used.
    pub counter: u32,
    /// Whether the device verifies its user.
    pub verifies: bool,
}

impl FakePasskey {
    /// One that was never used, and counts nothing.
    #[must_use]
    pub const fn of(user: UserId, id: u8) -> Self {
        Self {
            user,
            id,
            counter: 0,
            verifies: true,
        }
    }

    /// What the device answers.
    #[must_use]
    pub fn answer(&self, challenge: &SecretText) -> ShownPasskey {
        let Self {
            user,
            id,
            counter,
            verifies,
        } = self;
        let text = format!(
            r#"{{"fake":"{user}|{id}|{counter}|{verifies}|{}"}}"#,
            challenge.expose()
        );
        ShownPasskey {
            challenge: challenge.clone(),
            credential: SecretText::new(text),
        }
    }

    fn read(shown: &ShownPasskey) -> Option<Self> {
        let text = shown.credential.expose();
        let text = text.strip_prefix(r#"{"fake":""#)?.strip_suffix(r#""}"#)?;
        let parts: Vec<_> = text.splitn(5, '|').collect();
        let [user, id, counter, verifies, challenge] = parts.as_slice() else {
            return None;
        };
        (*challenge == shown.challenge.expose()).then_some(())?;
        Some(Self {
            user: user.parse().ok()?,
            id: id.parse().ok()?,
            counter: counter.parse().ok()?,
            verifies: verifies.parse().ok()?,
        })
    }

    fn credential_id(&self) -> CredentialId {
        CredentialId::new(vec![self.id]).unwrap()
    }

    fn state(&self) -> PasskeyState {
        PasskeyState {
            key: PublicHalf::new(vec![self.id]).unwrap(),
            counter: self.counter,
            is_synced: self.counter == 0,
        }
    }
}

fn told(who: &ChallengeFor) -> String {
    let ceremony = match who.ceremony {
        Ceremony::SignIn => "in".to_owned(),
        Ceremony::SecondStep(digest) => format!("second.{}", digest.as_bytes()[0]),
        Ceremony::StepUp(user, session) => format!("again.{user}.{session}"),
        Ceremony::Adding(user, session) => format!("adding.{user}.{session}"),
    };
    match &who.browser {
        Some(secret) => format!("{ceremony} at {}", digest_of(secret.expose()).as_bytes()[0]),
        None => ceremony,
    }
}

fn digest_of(text: &str) -> Digest32 {
    let mut bytes = [0; 32];
    for (number, part) in bytes.chunks_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (number, text).hash(&mut hasher);
        part.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    Digest32::new(bytes)
}

impl FakePasskeyProofs {
    fn asked(&self, who: &ChallengeFor, at: DateTime<Utc>) -> AskedPasskey {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let until = (at + LIFE).timestamp();
        AskedPasskey {
            challenge: format!("{PREFIX}{number}-{until}-{}", told(who)).into(),
            options: r#"{"challenge":"ZmFrZQ"}"#.to_owned(),
        }
    }

    fn answered(
        who: &ChallengeFor,
        shown: &ShownPasskey,
        at: DateTime<Utc>,
    ) -> Result<AnsweredChallenge, PasskeyFault> {
        let challenge = shown.challenge.expose();
        let read = || {
            let rest = challenge.strip_prefix(PREFIX)?;
            let mut parts = rest.splitn(3, '-').skip(1);
            let until = DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?;
            (parts.next()? == told(who) && at < until).then_some(until)
        };
        let until = read().ok_or(PasskeyFault::InvalidChallenge)?;
        Ok(AnsweredChallenge {
            digest: digest_of(challenge),
            asked_at: until - LIFE,
            until,
        })
    }
}

impl PasskeyProofs for FakePasskeyProofs {
    fn are_on(&self) -> bool {
        !self.are_off
    }

    fn origins(&self) -> Vec<String> {
        let origins = if self.are_off { None } else { Some(ORIGIN.to_owned()) };
        origins.into_iter().collect()
    }

    fn ask(&self, who: &ChallengeFor, at: DateTime<Utc>) -> Result<AskedPasskey, PasskeyFault> {
        Ok(self.asked(who, at))
    }

    fn ask_for_new(
        &self,
        user: &User,
        session: SessionId,
        _: &[CredentialId],
        at: DateTime<Utc>,
    ) -> Result<AskedPasskey, PasskeyFault> {
        Ok(self.asked(&Ceremony::Adding(user.id, session).for_anybody(), at))
    }

    fn judge_new(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        at: DateTime<Utc>,
    ) -> Result<NewPasskey, PasskeyFault> {
        let challenge = Self::answered(who, shown, at)?;
        let made = FakePasskey::read(shown).ok_or(PasskeyFault::InvalidAnswer("it is no fake"))?;
        if !made.verifies {
            return Err(PasskeyFault::UserNotVerified);
        }
        Ok(NewPasskey {
            credential_id: made.credential_id(),
            relying_party: "localhost".to_owned(),
            state: made.state(),
            storage: KeyStorage::Software,
            challenge,
        })
    }

    fn challenge(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        at: DateTime<Utc>,
    ) -> Result<AnsweredChallenge, PasskeyFault> {
        Self::answered(who, shown, at)
    }

    fn claimed(&self, shown: &ShownPasskey) -> Result<(UserId, CredentialId), PasskeyFault> {
        let used = FakePasskey::read(shown).ok_or(PasskeyFault::InvalidAnswer("it is no fake"))?;
        Ok((used.user, used.credential_id()))
    }

    fn judge(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        passkey: &Passkey,
        at: DateTime<Utc>,
    ) -> Result<UsedPasskey, PasskeyFault> {
        let challenge = Self::answered(who, shown, at)?;
        let used = FakePasskey::read(shown).ok_or(PasskeyFault::InvalidAnswer("it is no fake"))?;
        if !used.verifies {
            return Err(PasskeyFault::UserNotVerified);
        }
        if (used.counter > 0 || passkey.state.counter > 0) && used.counter <= passkey.state.counter {
            return Err(PasskeyFault::Copied);
        }
        Ok(UsedPasskey {
            state: used.state(),
            storage: KeyStorage::Software,
            challenge,
        })
    }
}
