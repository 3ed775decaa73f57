//! Whether what a grant hangs on is still so. It is asked each time: nothing of it has to be noticed when it changes.

use super::InvalidGrant;
use crate::ports::GrantInUse;
use crate::provider::client_calls::KnownClient;
use crate::unit_of_work::Units;
use chrono::{DateTime, Utc};
use portcullis_domain::{ClientAccess, ConsentMode, GrantLife, Role, StandardScope, TokenPolicy};
use portcullis_oauth2::{GrantType, ScopeSet};

/// What an app may do for an account rests while that lacks a second factor that it must have. The grant stays.
pub(super) fn has_enrolled(held: &GrantInUse, units: &Units) -> Result<(), InvalidGrant> {
    if units.standing(&held.user).is_owing() {
        Err(InvalidGrant::NoSecondFactor)
    } else {
        Ok(())
    }
}

/// A code comes out of a browser that is signed in, and goes with it.
pub(super) fn is_live_at_redemption(
    held: &GrantInUse,
    now: DateTime<Utc>,
    policy: &TokenPolicy,
) -> Result<(), InvalidGrant> {
    let session = held.session.as_ref();
    let is_live = session.is_some_and(|session| session.is_live(now, policy));
    if !held.user.is_active {
        Err(InvalidGrant::UserIsDisabled)
    } else if !is_live {
        Err(InvalidGrant::SignedOut)
    } else {
        Ok(())
    }
}

/// What hangs on a session lives as long as that.
pub(super) fn is_live_at_refresh(
    held: &GrantInUse,
    now: DateTime<Utc>,
    policy: &TokenPolicy,
) -> Result<(), InvalidGrant> {
    match held.grant.granted.life {
        GrantLife::Session => is_live_at_redemption(held, now, policy),
        GrantLife::Offline if held.user.is_active => Ok(()),
        GrantLife::Offline => Err(InvalidGrant::UserIsDisabled),
    }
}

/// Those of the granted scopes that the client may still have and the user still agrees to, where the client may still be used
/// by this user.
pub(super) fn scopes(client: &KnownClient, held: &GrantInUse, now: DateTime<Utc>) -> Result<ScopeSet, InvalidGrant> {
    let (granted, registered) = (&held.grant.granted, &client.registered().client);
    let settings = &registered.settings;
    let may_use = match settings.access {
        ClientAccess::Everyone => true,
        ClientAccess::VerifiedEmail => held.user.email_verified,
        ClientAccess::Members => held.member.is_some(),
        ClientAccess::Admins => held.user.role == Role::Admin,
    };
    if !may_use {
        return Err(InvalidGrant::NoAccess);
    }
    if granted.client_generation < registered.token_generation {
        return Err(InvalidGrant::Revoked);
    }
    let consent = held.consent.as_ref().filter(|consent| consent.is_remembered(now));
    let is_agreed = |name: &str| match settings.consent {
        ConsentMode::Skip => true,
        ConsentMode::Remember | ConsentMode::Always => consent.is_some_and(|consent| consent.scopes.contains(name)),
    };
    let may_refresh = settings.may_use(GrantType::RefreshToken);
    let scopes = granted.scopes.filtered(|name| {
        let is_offline = name.as_str() == StandardScope::OfflineAccess.as_str();
        settings.scopes.contains(name.as_str()) && is_agreed(name.as_str()) && (may_refresh || !is_offline)
    });
    if scopes.is_empty() {
        Err(InvalidGrant::NothingLeft)
    } else {
        Ok(scopes)
    }
}
