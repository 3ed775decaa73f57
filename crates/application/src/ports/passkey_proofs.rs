//! What passes between this server and a browser that uses passkeys.

use chrono::{DateTime, Utc};
use portcullis_domain::{
    CredentialId, Digest32, KeyStorage, Passkey, PasskeyState, SecretText, SessionId, User, UserId,
};
use shaku::Interface;

/// What a challenge is for, and for whom. It serves nothing and nobody else.
#[derive(Debug, Clone)]
pub struct ChallengeFor {
    /// What for.
    pub ceremony: Ceremony,
    /// The secret of the browser that it is for; `None` for whoever has the challenge.
    pub browser: Option<SecretText>,
}

/// What a passkey is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// To sign in.
    SignIn,
    /// To go on with the half sign-in whose secret text has that digest.
    SecondStep(Digest32),
    /// To prove once more who a user is, in that session.
    StepUp(UserId, SessionId),
    /// To add it to a user's account, in that session.
    Adding(UserId, SessionId),
}

impl Ceremony {
    /// At the browser that has the secret, where there is one.
    #[must_use]
    pub const fn at(self, browser: Option<SecretText>) -> ChallengeFor {
        ChallengeFor {
            ceremony: self,
            browser,
        }
    }

    /// For whoever has the challenge.
    #[must_use]
    pub const fn for_anybody(self) -> ChallengeFor {
        self.at(None)
    }
}

/// What a browser is asked.
#[derive(Debug)]
pub struct AskedPasskey {
    /// The challenge and all that belongs to it, sealed. It comes back with the answer.
    pub challenge: SecretText,
    /// What `navigator.credentials` is called with (`WebAuthn` level 3, sections 5.1.3 and 5.1.4), as JSON.
    pub options: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct ShownPasskey {
    /// The challenge, as it was given out.
    pub challenge: SecretText,
    /// What `navigator.credentials` gave (`PublicKeyCredential.toJSON()`), as JSON.
    pub credential: SecretText,
}

/// A challenge that was answered: by what it is known, and until when it must be remembered that it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredChallenge {
    /// The digest.
    pub digest: Digest32,
    /// When it was asked, to the second before. The answer is not older.
    pub asked_at: DateTime<Utc>,
    /// Nobody takes it from then on.
    pub until: DateTime<Utc>,
}

/// A new passkey whose authenticator was looked at.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    /// What its authenticator calls it.
    pub credential_id: CredentialId,
    /// The domain that it was made for.
    pub relying_party: String,
    /// What is kept of it.
    pub state: PasskeyState,
    /// What keeps the key.
    pub storage: KeyStorage,
    /// The challenge.
    pub challenge: AnsweredChallenge,
}

/// That a passkey was used.
#[derive(Debug, Clone)]
pub struct UsedPasskey {
    /// What is kept of it from now on.
    pub state: PasskeyState,
    /// What keeps the key.
    pub storage: KeyStorage,
    /// The challenge.
    pub challenge: AnsweredChallenge,
}

/// Why what came back proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyFault {
    /// There are no passkeys at this server.
    #[error("passkeys are off")]
    Off,
    /// The challenge is none of this server's, or not for this, or its time is over.
    #[error("the challenge is not valid")]
    InvalidChallenge,
    /// It has not the form of an answer, or is the answer to another question, or to another site's, or was changed.
    #[error("the answer is not valid: {0}")]
    InvalidAnswer(&'static str),
    /// The authenticator did not verify its user.
    #[error("the authenticator did not verify its user")]
    UserNotVerified,
    /// The authenticator counts from where it was before: the key was copied, perhaps.
    #[error("the counter of the passkey went back")]
    Copied,
    /// Something of the server's failed.
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

/// Asks browsers for passkeys, and judges what they answer (`WebAuthn` level 2, section 7).
///
/// A challenge is a sealed value: its chance, what it is for and until when. It is good for five minutes. That it is answered
/// once is seen to by whoever notes its digest.
pub trait PasskeyProofs: Interface {
    /// Whether there are passkeys at this server.
    fn are_on(&self) -> bool;

    /// The origins of pages that passkeys answer; none where there are no passkeys.
    fn origins(&self) -> Vec<String>;

    /// Asks for any passkey of this server whose authenticator verifies its user.
    fn ask(&self, who: &ChallengeFor, at: DateTime<Utc>) -> Result<AskedPasskey, PasskeyFault>;

    /// Asks for a new one that signs its user in by itself, on an authenticator that has none of these.
    fn ask_for_new(
        &self,
        user: &User,
        session: SessionId,
        known: &[CredentialId],
        at: DateTime<Utc>,
    ) -> Result<AskedPasskey, PasskeyFault>;

    /// Judges a new one.
    fn judge_new(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        at: DateTime<Utc>,
    ) -> Result<NewPasskey, PasskeyFault>;

    /// The challenge of an answer, if this server asked it, for that use, and not too long ago. Whether it was answered before
    /// is not known here.
    fn challenge(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        at: DateTime<Utc>,
    ) -> Result<AnsweredChallenge, PasskeyFault>;

    /// Whose passkey the answer claims to be of, and of which. Nothing of it is proved.
    fn claimed(&self, shown: &ShownPasskey) -> Result<(UserId, CredentialId), PasskeyFault>;

    /// Judges the answer by the passkey that it claims to be of.
    fn judge(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        passkey: &Passkey,
        at: DateTime<Utc>,
    ) -> Result<UsedPasskey, PasskeyFault>;
}
