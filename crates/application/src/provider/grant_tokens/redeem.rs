//! A code is redeemed, once (RFC 6749, section 4.1.3).

use super::{GrantTokensError, GrantTokensService, GrantedTokens, InvalidGrant, Redemption, still_granted};
use crate::actor::By;
use crate::provider::client_calls::KnownClient;
use chrono::{DateTime, Utc};
use portcullis_domain::{AuditReason, Grant, GrantPolicy, GrantSecretKind, Origin, Redeemer, ShownCode};
use portcullis_oauth2::{CodeVerifier, GrantType, RedirectUri};

impl GrantTokensService {
    pub(super) async fn try_to_redeem(
        &self,
        client: &KnownClient,
        attempt: Redemption,
        origin: Origin,
    ) -> Result<GrantedTokens, GrantTokensError> {
        self.allow(client, GrantType::AuthorizationCode)?;
        let found = self.find(GrantSecretKind::Code, &attempt.code).await?;
        let (_, held) = found.ok_or(InvalidGrant::Unknown)?;
        let (grant, now) = (&held.grant, self.units.now());
        match shown_code(client, &attempt, grant, now) {
            ShownCode::Good => {}
            ShownCode::Over => return Err(over(grant).into()),
            ShownCode::Misfit => {
                // Of one that was redeemed nothing can be guessed any more.
                if grant.redeemed_at.is_none()
                    && self.units.replica.guessed_codes.count(grant.id, now) >= GrantPolicy::GUESSES
                {
                    self.end(client, grant, AuditReason::CodeGuessed, origin).await?;
                }
                return Err(misfit(client, &attempt, grant).into());
            }
            ShownCode::Reused => {
                self.end(client, grant, AuditReason::CodeReused, origin).await?;
                return Err(InvalidGrant::CodeReused.into());
            }
        }
        // The client may have taken the address back since: it may be whoever is there now that shows the code.
        let sent_to = grant.code.as_ref().map(|code| RedirectUri::parse(&code.redirect_uri));
        if !sent_to.is_some_and(|uri| uri.is_ok_and(|uri| client.settings().takes_answers_at(&uri))) {
            return Err(InvalidGrant::RedirectUriIsGone.into());
        }
        still_granted::is_live_at_redemption(&held, now, &self.units.policy)?;
        still_granted::has_enrolled(&held, &self.units)?;
        let scopes = still_granted::scopes(client, &held, now)?;
        let planned = self.plan(client, &held, &scopes, None, &attempt.resources)?;
        let redeemed = grant.redeemed(now, origin.device.clone(), &planned.lives);
        let nonce = grant.code.as_ref().and_then(|code| code.nonce.clone());
        // Signed before it is written: a code is used up by its redemption, and who gets no tokens for it may try once more.
        let tokens = self.issue(client, &held, &redeemed, planned, nonce).await?;
        let (written, by) = (redeemed.clone(), By::Anybody(origin.clone()));
        let redeemed_now = self.units.write_once(by, move |unit| unit.grants().redeem(&written));
        if redeemed_now.await? {
            return Ok(tokens);
        }
        // Somebody was first: with this code, or by an ending.
        self.end(client, &redeemed, AuditReason::CodeReused, origin).await?;
        Err(InvalidGrant::CodeReused.into())
    }
}

fn shown_code(client: &KnownClient, attempt: &Redemption, grant: &Grant, now: DateTime<Utc>) -> ShownCode {
    let verifier = attempt.verifier.as_ref().map(|text| CodeVerifier::parse(text.expose()));
    // One that can be none fits nothing, as another does.
    let is_malformed = matches!(verifier, Some(Err(_)));
    let verifier = verifier.and_then(Result::ok);
    let redeemer = Redeemer {
        client: client.registered().client.id,
        redirect_uri: attempt.redirect_uri.as_deref().filter(|_| !is_malformed),
        verifier: verifier.as_ref(),
    };
    grant.show_code(&redeemer, now)
}

/// Why a code that can't be redeemed any more can't.
fn over(grant: &Grant) -> InvalidGrant {
    grant
        .ended
        .map_or(InvalidGrant::CodeExpired, |end| InvalidGrant::Ended(end.reason))
}

/// What of all that was shown does not fit.
fn misfit(client: &KnownClient, attempt: &Redemption, grant: &Grant) -> InvalidGrant {
    if grant.granted.client != client.registered().client.id {
        return InvalidGrant::OfAnotherClient;
    }
    let Some(code) = &grant.code else {
        return InvalidGrant::CodeReused;
    };
    if attempt.redirect_uri.as_deref() != Some(code.redirect_uri.as_str()) {
        return InvalidGrant::RedirectUri;
    }
    match (&code.code_challenge, &attempt.verifier) {
        (Some(_), None) => InvalidGrant::NoVerifier,
        (None, Some(_)) => InvalidGrant::NoChallenge,
        (Some(_), Some(_)) | (None, None) => InvalidGrant::Verifier,
    }
}
