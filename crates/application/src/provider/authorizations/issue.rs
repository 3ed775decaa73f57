//! The code: grant, consent and event in one unit.

use super::visited::Visited;
use super::{AuthorizationsService, Known};
use crate::actor::By;
use crate::ports::{GrantsToEnd, StoreError, StoreResult};
use crate::unit_of_work::Unit;
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Authentication, Client, Consent, Digest32, Generation, Grant, GrantId,
    GrantLife, GrantPolicy, GrantSecretKind, Granted, Issue, PendingCode, SecretText, Seed, SessionId, Stamp,
};
use portcullis_oauth2::{ClientId, GrantType, ScopeSet};
use sha2::{Digest as _, Sha256};

/// What came of issuing a code.
pub(super) enum Issued {
    /// It is the client's.
    Code(SecretText),
    /// What the user had proved for the request served an earlier visit.
    StampIsSpent,
    /// The session ended meanwhile.
    SignedOut,
}

impl AuthorizationsService {
    /// Issues a code. What ends sessions holds the user's row: what was read before is still so, or is seen here. A consent that
    /// is taken back meanwhile is seen when the code is redeemed.
    pub(super) async fn issue(
        &self,
        visited: &Visited,
        known: &Known,
        issue: &Issue,
        has_just_agreed: bool,
    ) -> Result<Issued, StoreError> {
        let Some(registered) = &visited.registered else {
            return Ok(Issued::SignedOut);
        };
        let now = self.units.now();
        let grant = self.grant(visited, known, issue, &registered.client);
        let code = self
            .secrets
            .issue(GrantSecretKind::Code, grant.id, Generation::FIRST, &grant.rotation.seed);
        let brought = visited.visit.stamp.as_ref().filter(|_| issue.spends_stamp);
        let spent = brought.map(|brought| digest_of(&brought.identity));
        let agreed_to = has_just_agreed.then(|| issue.asking.agreed_to.clone());
        let consent = known.consent.as_ref();
        let is_use_noted = consent.is_some_and(|consent| consent.is_use_worth_noting(now));
        let client_id = registered.client.client_id.clone();
        let written = self
            .units
            .write(By::Anybody(visited.visit.origin.clone()), move |unit| {
                if let Some(digest) = spent
                    && !unit.spent().spend(&digest, now + Stamp::LIFE)?
                {
                    return Ok(Issued::StampIsSpent);
                }
                let granted = &grant.granted;
                let held = unit.sessions().lock_with_user(granted.session_id, granted.user_id)?;
                if held.is_none_or(|(session, user)| !user.is_active || session.revoked_at.is_some()) {
                    return Ok(Issued::SignedOut);
                }
                match &agreed_to {
                    Some(scopes) => agree(unit, &grant, scopes, &client_id)?,
                    None if is_use_noted => unit.consents().note_use(granted.user_id, granted.client, now)?,
                    None => {}
                }
                make_room(unit, &grant, &client_id)?;
                unit.grants().insert(&grant)?;
                let event = event(unit, AuditEventType::Authorized, &grant, &client_id);
                unit.record(event)?;
                Ok::<_, StoreError>(Issued::Code(code))
            });
        let issued = written.await?;
        if let Issued::Code(_) = issued {
            tracing::info!(user_id = %known.user.id, client_id = %registered.client.client_id, "authorized");
        }
        Ok(issued)
    }

    fn grant(&self, visited: &Visited, known: &Known, issue: &Issue, client: &Client) -> Grant {
        let asking = &issue.asking;
        let asked = visited.request.asked.as_ref().ok();
        let granted = Granted {
            client: client.id,
            client_generation: client.token_generation,
            user_id: known.user.id,
            session_id: known.session.id,
            life: if asking.is_offline() {
                GrantLife::Offline
            } else {
                GrantLife::Session
            },
            scopes: asking.scopes.clone(),
            resources: asking.resources.clone(),
            claims: asking.claims.clone(),
            authentication: Authentication {
                at: known.session.authenticated_at,
                methods: known.session.methods.clone(),
            },
            is_refreshable: client.settings.may_use(GrantType::RefreshToken),
        };
        let now = self.units.now();
        let code = PendingCode {
            redirect_uri: visited.request.redirect_uri.to_string(),
            code_challenge: asked.and_then(|asked| asked.code_challenge.clone()),
            nonce: asked.and_then(|asked| asked.nonce.clone()),
            until: GrantPolicy::code_end(now),
        };
        let (id, seed) = (GrantId::new(now, self.units.random()), Seed::new(self.units.random()));
        let policy = GrantPolicy::of(self.units.policy);
        Grant::issue(id, granted, code, seed, visited.visit.origin.device.clone(), &policy)
    }
}

fn digest_of(stamp: &str) -> Digest32 {
    let mut hash = Sha256::new();
    hash.update("authorization stamp\0");
    hash.update(stamp);
    Digest32::new(hash.finalize().into())
}

/// Remembers what the user has just agreed to, besides what stands there now. The unit holds the user's row.
fn agree(unit: &mut Unit<'_>, grant: &Grant, scopes: &ScopeSet, client_id: &ClientId) -> StoreResult<()> {
    let (user, client, now) = (grant.granted.user_id, grant.granted.client, unit.now());
    let before = unit.consents().find(user, client)?;
    let consent = match before.filter(|consent| consent.is_remembered(now)) {
        Some(before) => before.extended(scopes, now),
        None => Consent::given(user, client, scopes.clone(), now),
    };
    unit.consents().put(&consent)?;
    let event = event(unit, AuditEventType::ConsentGiven, grant, client_id);
    unit.record(event)
}

/// Ends the oldest grants of the user and client, so that one more is not too many.
fn make_room(unit: &mut Unit<'_>, grant: &Grant, client_id: &ClientId) -> StoreResult<()> {
    let which = GrantsToEnd::Oldest {
        user: grant.granted.user_id,
        client: grant.granted.client,
        keep: GrantPolicy::MOST_PER_CLIENT - 1,
    };
    let reason = AuditReason::TooManyGrants;
    for _ in 0..unit.end_grants(which, reason)? {
        let event = AuditEvent {
            session_id: None,
            reason: Some(reason),
            ..event(unit, AuditEventType::GrantEnded, grant, client_id)
        };
        unit.record(event)?;
    }
    Ok(())
}

fn event(unit: &mut Unit<'_>, kind: AuditEventType, grant: &Grant, client_id: &ClientId) -> AuditEvent {
    let (user, session): (_, SessionId) = (grant.granted.user_id, grant.granted.session_id);
    AuditEvent {
        actor_id: Some(user),
        session_id: Some(session),
        client_id: Some(client_id.clone()),
        ..unit.success(kind, Some(user))
    }
}
