//! A code is redeemed, once (RFC 6749, section 4.1.3).

use super::{GrantTokensError, GrantTokensService, GrantedTokens, Redemption, still_granted};
use crate::actor::By;
use crate::ports::StoreError;
use crate::provider::client_calls::KnownClient;
use chrono::{DateTime, Utc};
use portcullis_domain::{AuditReason, Grant, GrantPolicy, GrantSecretKind, Origin, Redeemer, ShownCode};
use portcullis_oauth2::{CodeVerifier, GrantType};

impl GrantTokensService {
    pub(super) async fn try_to_redeem(
        &self,
        client: &KnownClient,
        attempt: Redemption,
        origin: Origin,
    ) -> Result<GrantedTokens, GrantTokensError> {
        self.allow(client, GrantType::AuthorizationCode)?;
        let found = self.find(GrantSecretKind::Code, &attempt.code).await?;
        let (_, held) = found.ok_or(GrantTokensError::InvalidGrant)?;
        let (grant, now) = (&held.grant, self.units.now());
        match shown_code(client, &attempt, grant, now) {
            ShownCode::Good => {}
            ShownCode::Over => return Err(GrantTokensError::InvalidGrant),
            ShownCode::Misfit => {
                // Of one that was redeemed nothing can be guessed any more.
                if grant.redeemed_at.is_none()
                    && self.units.replica.guessed_codes.count(grant.id, now) >= GrantPolicy::GUESSES
                {
                    self.end(client, grant, AuditReason::CodeGuessed, origin).await?;
                }
                return Err(GrantTokensError::InvalidGrant);
            }
            ShownCode::Reused => {
                self.end(client, grant, AuditReason::CodeReused, origin).await?;
                return Err(GrantTokensError::InvalidGrant);
            }
        }
        still_granted::is_live_at_redemption(&held, now, &self.units.policy)?;
        still_granted::has_enrolled(&held, self.units.factors)?;
        let scopes = still_granted::scopes(client, &held, now)?;
        let planned = self.plan(client, &held, &scopes, None, &attempt.resources)?;
        let redeemed = grant.redeemed(now, origin.device.clone(), &planned.lives);
        let nonce = grant.code.as_ref().and_then(|code| code.nonce.clone());
        // Signed before it is written: a code is used up by its redemption, and who gets no tokens for it may try once more.
        let tokens = self.issue(client, &held, &redeemed, planned, nonce).await?;
        let (written, by) = (redeemed.clone(), By::Anybody(origin.clone()));
        let is_first: Result<bool, StoreError> = self.units.write(by, move |unit| unit.grants().redeem(&written)).await;
        if is_first? {
            return Ok(tokens);
        }
        // Somebody was first: with this code, or by an ending.
        self.end(client, &redeemed, AuditReason::CodeReused, origin).await?;
        Err(GrantTokensError::InvalidGrant)
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
