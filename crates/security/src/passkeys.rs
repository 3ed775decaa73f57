//! What passes between this server and a browser that uses passkeys, by `webauthn-rs`.
//!
//! A challenge is `ppc_` and the base64url of an encrypted text: until when it is good, and what the answer is judged by. It
//! is bound to what it is for and for whom, so that no other use reads it.

use crate::key_wrapping::WrappingKeys;
use crate::keys::Keys;
use anyhow::{Context, anyhow};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{
    AnsweredChallenge, AskedPasskey, Ceremony, ChallengeFor, Entropy, NewPasskey, PasskeyFault, PasskeyProofs,
    ShownPasskey, UsedPasskey,
};
use portcullis_domain::{
    CredentialId, Digest32, KeyStorage, Passkey, PasskeyState, PublicHalf, SecretText, SessionId, User, UserId,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shaku::Component;
use std::sync::Arc;
use webauthn_rs::prelude::{
    Credential, DiscoverableAuthentication, ParsedAttestation, Passkey as KnownKey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

mod faults;

use faults::fault_of;

/// HKDF's `info`: what the derived key is for. Another form of what is encrypted needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis passkey challenge v1";

/// Lets scanners for leaked secrets find a challenge.
const PREFIX: &str = "ppc_";

/// How long a challenge is good.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// How much longer than it is good an answered challenge is remembered: the clocks of two servers differ.
const REMEMBERED_FOR: TimeDelta = TimeDelta::minutes(1);

/// The keys that seal challenges, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct PasskeyChallengeKeys(WrappingKeys);

impl PasskeyChallengeKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that any server of one store
    /// judges what another one asked.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(WrappingKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// The site that passkeys are made for and shown to.
#[derive(Debug, Clone)]
pub struct PasskeySite {
    webauthn: Webauthn,
    relying_party: String,
}

impl PasskeySite {
    /// The site of that relying party (`WebAuthn` level 2, section 4) and that origin, by the name that people know.
    ///
    /// # Errors
    /// If the origin is no URL, or not of the relying party's domain.
    pub fn new(relying_party: &str, origin: &str, name: &str) -> anyhow::Result<Self> {
        let origin = Url::parse(origin).context("the origin of passkeys is no URL")?;
        let builder = WebauthnBuilder::new(relying_party, &origin)?;
        let site = builder.rp_name(name).timeout(LIFE.to_std()?).build()?;
        Ok(Self {
            webauthn: site,
            relying_party: relying_party.to_owned(),
        })
    }
}

/// [`PasskeyProofs`] by `webauthn-rs`.
#[derive(Component)]
#[shaku(interface = PasskeyProofs)]
pub struct WebauthnPasskeys {
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    /// Seal the challenges.
    keys: PasskeyChallengeKeys,
    /// `None` where there are no passkeys.
    site: Option<PasskeySite>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed<S> {
    /// Until when it is good, in seconds since 1970.
    until: i64,
    /// What the answer is judged by.
    state: S,
}

/// What is read of the client's data (`WebAuthn` level 3, section 5.8.1).
#[derive(Deserialize)]
struct ClientData {
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    is_of_a_frame: Option<bool>,
    /// The origin of the page around a frame.
    #[serde(default, rename = "topOrigin")]
    around: Option<Value>,
}

impl PasskeyProofs for WebauthnPasskeys {
    fn are_on(&self) -> bool {
        self.site.is_some()
    }

    fn origins(&self) -> Vec<String> {
        let origins = self.site.iter().flat_map(|site| site.webauthn.get_allowed_origins());
        origins.map(|origin| origin.origin().ascii_serialization()).collect()
    }

    fn ask(&self, who: &ChallengeFor, at: DateTime<Utc>) -> Result<AskedPasskey, PasskeyFault> {
        let asked = self.site()?.start_discoverable_authentication();
        let (mut asked, state) = asked.map_err(unexpected)?;
        // What they would add to the answer is not looked at.
        asked.public_key.extensions = None;
        let options = serde_json::to_value(asked.public_key).map_err(unexpected)?;
        self.asked(who, at, &options, state)
    }

    fn ask_for_new(
        &self,
        user: &User,
        session: SessionId,
        known: &[CredentialId],
        at: DateTime<Utc>,
    ) -> Result<AskedPasskey, PasskeyFault> {
        let known = known.iter().map(|id| id.as_bytes().to_vec()).collect();
        let asked = self.site()?.start_passkey_registration(
            user.id.as_uuid(),
            user.email.as_str(),
            user.full_name.as_str(),
            Some(known),
        );
        let (asked, state) = asked.map_err(unexpected)?;
        let mut options = serde_json::to_value(asked.public_key).map_err(unexpected)?;
        // It signs its user in without an address, so its authenticator has to keep it.
        if let Some(selection) = options
            .pointer_mut("/authenticatorSelection")
            .and_then(Value::as_object_mut)
        {
            selection.insert("residentKey".to_owned(), "required".into());
            selection.insert("requireResidentKey".to_owned(), true.into());
        }
        let mut state = serde_json::to_value(state).map_err(unexpected)?;
        // The store knows which there are, also when the answer comes. So the challenge stays short, and each that is known,
        // whosever it is, is told of alike.
        if let Some(excluded) = state.pointer_mut("/rs/exclude_credentials") {
            *excluded = Value::Array(Vec::new());
        }
        self.asked(&Ceremony::Adding(user.id, session).for_anybody(), at, &options, state)
    }

    fn judge_new(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        at: DateTime<Utc>,
    ) -> Result<NewPasskey, PasskeyFault> {
        let site = self.site()?;
        let (state, challenge) = self.opened::<PasskeyRegistration>(who, &shown.challenge, at)?;
        let answer: RegisterPublicKeyCredential = answer_of(shown)?;
        look_at_form(&answer.type_, &answer.id, &answer.raw_id)?;
        self.look_at_client(&answer.response.client_data_json)?;
        let is_kept = answer.extensions.cred_props.as_ref().and_then(|told| told.rk);
        if is_kept == Some(false) {
            return Err(PasskeyFault::InvalidAnswer("the authenticator does not keep it"));
        }
        let key = site.finish_passkey_registration(&answer, &state);
        let key = key.map_err(|error| fault_of(&error))?;
        let credential_id = CredentialId::new(key.cred_id().clone());
        let (state, storage) = state_of(key)?;
        let relying_party = self.site.as_ref().map(|site| site.relying_party.clone());
        Ok(NewPasskey {
            relying_party: relying_party.ok_or(PasskeyFault::Off)?,
            credential_id: credential_id.ok_or(PasskeyFault::InvalidAnswer("its id is too long"))?,
            state,
            storage,
            challenge,
        })
    }

    fn challenge(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        at: DateTime<Utc>,
    ) -> Result<AnsweredChallenge, PasskeyFault> {
        self.site()?;
        let (_, challenge) = self.opened::<Value>(who, &shown.challenge, at)?;
        Ok(challenge)
    }

    fn claimed(&self, shown: &ShownPasskey) -> Result<(UserId, CredentialId), PasskeyFault> {
        let answer: PublicKeyCredential = answer_of(shown)?;
        let claimed = self.site()?.identify_discoverable_authentication(&answer);
        let (user, id) = claimed.map_err(|_| PasskeyFault::InvalidAnswer("it names no user"))?;
        let id = CredentialId::new(id.to_vec()).ok_or(PasskeyFault::InvalidAnswer("its id has another length"))?;
        Ok((UserId::from(user), id))
    }

    fn judge(
        &self,
        who: &ChallengeFor,
        shown: &ShownPasskey,
        passkey: &Passkey,
        at: DateTime<Utc>,
    ) -> Result<UsedPasskey, PasskeyFault> {
        let site = self.site()?;
        let (state, challenge) = self.opened::<DiscoverableAuthentication>(who, &shown.challenge, at)?;
        let answer: PublicKeyCredential = answer_of(shown)?;
        look_at_form(&answer.type_, &answer.id, &answer.raw_id)?;
        self.look_at_client(&answer.response.client_data_json)?;
        let mut key: KnownKey = serde_json::from_slice(passkey.state.key.as_bytes())
            .map_err(|error| PasskeyFault::Unexpected(anyhow!("the store holds no passkey: {error}")))?;
        let used = site.finish_discoverable_authentication_v2(&answer, state, &key);
        let used = used.map_err(|error| fault_of(&error))?;
        if !used.user_verified() {
            return Err(PasskeyFault::UserNotVerified);
        }
        key.update_credential(&used);
        let (state, storage) = state_of(key)?;
        Ok(UsedPasskey {
            state,
            storage,
            challenge,
        })
    }
}

impl WebauthnPasskeys {
    fn site(&self) -> Result<&Webauthn, PasskeyFault> {
        self.site.as_ref().map(|site| &site.webauthn).ok_or(PasskeyFault::Off)
    }

    /// Whether a page of ours had it made, and none around it of another site. The library reads the origin as a URL, and
    /// takes one that is written in another way.
    fn look_at_client(&self, data: &[u8]) -> Result<(), PasskeyFault> {
        let data: ClientData = serde_json::from_slice(data)
            .map_err(|_| PasskeyFault::InvalidAnswer("the client's data are no JSON, or name no origin"))?;
        if data.is_of_a_frame == Some(true) || data.around.is_some() {
            return Err(PasskeyFault::InvalidAnswer(
                "it was given inside a page of another site",
            ));
        }
        if self.origins().contains(&data.origin) {
            Ok(())
        } else {
            Err(PasskeyFault::InvalidAnswer("it is of a page of another site"))
        }
    }

    /// Seals what the answer will be judged by.
    fn asked(
        &self,
        who: &ChallengeFor,
        at: DateTime<Utc>,
        options: &Value,
        state: impl Serialize,
    ) -> Result<AskedPasskey, PasskeyFault> {
        let until = (at + LIFE).timestamp();
        let sealed = serde_json::to_vec(&Sealed { until, state }).map_err(unexpected)?;
        let sealed = self.keys.0.encrypt(&sealed, &context_of(who), &*self.entropy);
        let sealed = sealed.map_err(PasskeyFault::Unexpected)?;
        let mut challenge = PREFIX.to_owned();
        URL_SAFE_NO_PAD.encode_string(sealed, &mut challenge);
        Ok(AskedPasskey {
            challenge: SecretText::from(challenge),
            options: options.to_string(),
        })
    }

    /// Opens what was sealed for the same use, while it is good.
    fn opened<S: DeserializeOwned>(
        &self,
        who: &ChallengeFor,
        challenge: &SecretText,
        at: DateTime<Utc>,
    ) -> Result<(S, AnsweredChallenge), PasskeyFault> {
        let open = || {
            let encoded = challenge.expose().strip_prefix(PREFIX)?;
            let sealed = URL_SAFE_NO_PAD.decode(encoded).ok()?;
            let opened = self.keys.0.decrypt(&sealed, &context_of(who))?;
            let Sealed { until, state } = serde_json::from_slice(&opened.plaintext).ok()?;
            let until = DateTime::from_timestamp(until, 0)?;
            let answered = AnsweredChallenge {
                digest: digest_of(&sealed),
                asked_at: until - LIFE,
                until: until + REMEMBERED_FOR,
            };
            (at < until).then_some((state, answered))
        };
        open().ok_or(PasskeyFault::InvalidChallenge)
    }
}

/// What a challenge is bound to. No two uses have one in common: the first byte tells them apart, what follows it has a length
/// of its own, and the last is the browser's secret, or nothing.
fn context_of(who: &ChallengeFor) -> Vec<u8> {
    let in_session = |kind: u8, user: UserId, session: SessionId| {
        let (user, session) = (user.as_uuid(), session.as_uuid());
        [&[kind], user.as_bytes().as_slice(), session.as_bytes()].concat()
    };
    let mut context = match who.ceremony {
        Ceremony::SignIn => vec![1],
        Ceremony::SecondStep(digest) => [[2].as_slice(), digest.as_bytes().as_slice()].concat(),
        Ceremony::StepUp(user, session) => in_session(3, user, session),
        Ceremony::Adding(user, session) => in_session(4, user, session),
    };
    if let Some(secret) = &who.browser {
        context.extend(secret.expose().as_bytes());
    }
    context
}

/// Whether it is a key, and called alike in both places (`WebAuthn` level 3, section 5.1).
fn look_at_form(kind: &str, id: &str, raw_id: &[u8]) -> Result<(), PasskeyFault> {
    if kind != "public-key" {
        return Err(PasskeyFault::InvalidAnswer("it is of another type than public-key"));
    }
    if id != URL_SAFE_NO_PAD.encode(raw_id) {
        return Err(PasskeyFault::InvalidAnswer("its id and its rawId differ"));
    }
    Ok(())
}

fn answer_of<A: DeserializeOwned>(shown: &ShownPasskey) -> Result<A, PasskeyFault> {
    serde_json::from_str(shown.credential.expose())
        .map_err(|_| PasskeyFault::InvalidAnswer("it is not what a browser gives"))
}

/// What is kept of a key, and what keeps it.
fn state_of(key: KnownKey) -> Result<(PasskeyState, KeyStorage), PasskeyFault> {
    let mut credential = Credential::from(key);
    // Nobody asked for it, and it may be long and name the device.
    credential.attestation = ParsedAttestation::default();
    let kept = serde_json::to_vec(&KnownKey::from(credential.clone())).map_err(unexpected)?;
    let state = PasskeyState {
        key: PublicHalf::new(kept).ok_or(PasskeyFault::InvalidAnswer("its public half is too long"))?,
        counter: credential.counter,
        is_synced: credential.backup_state,
    };
    // What may be copied is in software, at the latest on its way.
    let storage = if credential.backup_eligible {
        KeyStorage::Software
    } else {
        KeyStorage::Hardware
    };
    Ok((state, storage))
}

fn digest_of(bytes: &[u8]) -> Digest32 {
    let mut result = [0; 32];
    let digest = digest::digest(&digest::SHA256, bytes);
    result
        .iter_mut()
        .zip(digest.as_ref())
        .for_each(|(to, from)| *to = *from);
    Digest32::new(result)
}

fn unexpected(error: impl Into<anyhow::Error>) -> PasskeyFault {
    PasskeyFault::Unexpected(error.into())
}
