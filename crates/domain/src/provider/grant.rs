//! What a client may do for a user, from the code to the last refresh.

use super::grant_policy::GrantPolicy;
use crate::{
    Acr, AuditReason, AuthenticationMethods, Carrier, Device, FamilyId, Generation, GrantId, Presented, RegistrationId,
    Rotation, Seed, SessionId, TokenPolicy, UserId,
};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_oauth2::{ClaimsRequest, CodeChallenge, CodeVerifier, ResourceUri, ScopeSet};

/// How long a grant lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantLife {
    /// As long as the session that it came from.
    Session,
    /// Beyond it, since the user agreed to access while they are away (OpenID Connect Core, section 11).
    Offline,
}

/// How the user had proved who they are when they agreed. A later sign-in changes nothing of it (OpenID Connect Core,
/// section 12.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub methods: AuthenticationMethods,
}

impl Authentication {
    /// How well.
    #[must_use]
    pub fn acr(&self) -> Acr {
        Acr::of(&self.methods)
    }
}

/// What a client is given: the words of an authorization that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// To whom.
    pub client: RegistrationId,
    /// The client's generation at that time. Where the client's is higher, what it was given before is over.
    pub client_generation: Generation,
    /// By whom.
    pub user_id: UserId,
    /// In which browser.
    pub session_id: SessionId,
    /// For how long.
    pub life: GrantLife,
    /// What it may do.
    pub scopes: ScopeSet,
    /// For which resources; none where it may only ask who the user is.
    pub resources: Vec<ResourceUri>,
    /// Single claims that it is told.
    pub claims: ClaimsRequest,
    /// How the user had signed in.
    pub authentication: Authentication,
    /// Whether it is given refresh tokens.
    pub is_refreshable: bool,
}

/// A code that waits to be redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCode {
    /// Where it was sent. Who redeems it must say so (RFC 6749, section 4.1.3).
    pub redirect_uri: String,
    /// What its redeemer must have the verifier of, if anything.
    pub code_challenge: Option<CodeChallenge>,
    /// What the ID token brings back.
    pub nonce: Option<String>,
    /// Until when it may be redeemed.
    pub until: DateTime<Utc>,
}

/// A grant: one row from the code to the last refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Names it, in its tokens too.
    pub id: GrantId,
    /// What the client was given.
    pub granted: Granted,
    /// The code, until it is redeemed.
    pub code: Option<PendingCode>,
    /// When the code was redeemed.
    pub redeemed_at: Option<DateTime<Utc>>,
    /// The refresh tokens that it gives out, one after the other.
    pub rotation: Rotation,
    /// When it was last used.
    pub last_used_at: DateTime<Utc>,
    /// Where it was last used from; at first, the user's own device.
    pub device: Device,
    /// When it ended before its time, and why.
    pub ended: Option<GrantEnd>,
}

/// The end of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantEnd {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: AuditReason,
}

/// What somebody shows who redeems a code.
#[derive(Debug, Clone, Copy)]
pub struct Redeemer<'a> {
    /// Who it is. It has shown that, where it can.
    pub client: RegistrationId,
    /// Where it says the code was sent.
    pub redirect_uri: Option<&'a str>,
    /// What it says is its verifier.
    pub verifier: Option<&'a CodeVerifier>,
}

/// The meaning of a genuine code that somebody shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownCode {
    /// It may be redeemed.
    Good,
    /// What was shown besides does not fit. The code stays good, or whoever saw it could spoil a sign-in; but each time
    /// counts as a guess.
    Misfit,
    /// It was redeemed before, by this client: somebody else may have it (RFC 6749, section 10.5). The grant ends.
    Reused,
    /// It is too old, or the grant has ended.
    Over,
}

impl Grant {
    /// The grant of a code that is issued at `now`.
    #[must_use]
    pub fn issue(
        id: GrantId,
        granted: Granted,
        code: PendingCode,
        seed: Seed,
        device: Device,
        policy: &GrantPolicy,
    ) -> Self {
        let issued_at = code.until - GrantPolicy::CODE_LIFE;
        let tokens = policy.tokens(granted.life, GrantPolicy::LONGEST_ACCESS);
        let rotation = Rotation {
            // Nothing was given out yet.
            access_until: issued_at,
            ..Rotation::begin(seed, issued_at, &tokens)
        };
        Self {
            id,
            granted,
            code: Some(code),
            redeemed_at: None,
            rotation,
            last_used_at: issued_at,
            device,
            ended: None,
        }
    }

    /// What its tokens' family is called.
    #[must_use]
    pub fn family(&self) -> FamilyId {
        self.id.into()
    }

    /// Judges a genuine code of it.
    #[must_use]
    pub fn show_code(&self, redeemer: &Redeemer<'_>, now: DateTime<Utc>) -> ShownCode {
        let is_own = redeemer.client == self.granted.client;
        if self.ended.is_some() {
            return ShownCode::Over;
        }
        let Some(code) = self.code.as_ref().filter(|_| self.redeemed_at.is_none()) else {
            return if is_own { ShownCode::Reused } else { ShownCode::Misfit };
        };
        if now >= code.until {
            ShownCode::Over
        } else if is_own && code.fits(redeemer) {
            ShownCode::Good
        } else {
            ShownCode::Misfit
        }
    }

    /// The grant after its code was redeemed at `now` for a first access token that lives as these lives say.
    #[must_use]
    pub fn redeemed(&self, now: DateTime<Utc>, device: Device, tokens: &TokenPolicy) -> Self {
        let begun = Rotation::begin(self.rotation.seed.clone(), now, tokens);
        let last_access = begun.access_until;
        Self {
            code: None,
            redeemed_at: Some(now),
            rotation: if self.granted.is_refreshable {
                Rotation {
                    created_at: self.rotation.created_at,
                    expires_at: tokens.token_end(self.rotation.created_at, now),
                    ..begun
                }
            } else {
                // Without refresh tokens it is over with its one access token.
                Rotation {
                    expires_at: last_access,
                    ..begun
                }
            },
            last_used_at: now,
            device,
            ..self.clone()
        }
    }

    /// Judges a genuine refresh token of that generation.
    #[must_use]
    pub fn present(&self, generation: Generation, now: DateTime<Utc>, tokens: &TokenPolicy) -> Presented {
        if self.ended.is_some() || self.redeemed_at.is_none() || !self.granted.is_refreshable {
            Presented::Over
        } else {
            self.rotation.present(generation, Carrier::Body, now, tokens)
        }
    }

    /// The grant after a refresh at `now` from `device`.
    #[must_use]
    pub fn refreshed(&self, device: Device, now: DateTime<Utc>, tokens: &TokenPolicy) -> Self {
        Self {
            rotation: self.rotation.next(now, tokens),
            last_used_at: now,
            device,
            ..self.clone()
        }
    }

    /// Whether its tokens count.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>, tokens: &TokenPolicy) -> bool {
        self.ended.is_none()
            && match &self.code {
                Some(code) => now < code.until,
                None if self.granted.is_refreshable => now < self.rotation.ends_at(tokens),
                None => now < self.rotation.expires_at,
            }
    }

    /// How long a redeemed code is known after its end, so that its second use is noticed.
    pub const CODES_KEPT: TimeDelta = TimeDelta::hours(1);
}

impl PendingCode {
    /// Whether who redeems it says where it was sent, and has the verifier. Each needs the other side: a verifier without a
    /// challenge is refused as well (RFC 9700, section 4.8.2).
    fn fits(&self, redeemer: &Redeemer<'_>) -> bool {
        let is_verified = match (&self.code_challenge, redeemer.verifier) {
            (None, None) => true,
            (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
            (None, Some(_)) | (Some(_), None) => false,
        };
        is_verified && redeemer.redirect_uri == Some(self.redirect_uri.as_str())
    }
}

#[cfg(test)]
mod tests;
