//! A row of `grants`.

use crate::error::RefusedRow;
use crate::repositories::consents::scopes_of;
use crate::schema::grants;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_domain::{
    Authentication, Device, Generation, Grant, GrantEnd, GrantId, GrantLife, Granted, PendingCode, RegistrationId,
    Rotation, Seed, SessionId, UserAgent, UserId,
};
use portcullis_oauth2::{ClaimsRequest, ResourceUri};
use std::fmt;

#[derive(Queryable, Insertable)]
#[diesel(table_name = grants)]
// Null is written as such, so that the statement is the same for each row and is prepared once.
#[diesel(treat_none_as_default_value = false)]
pub(in crate::repositories) struct GrantRow {
    id: DbId,
    client: DbId,
    client_generation: i64,
    user_id: DbId,
    session_id: DbId,
    offline: bool,
    scopes: String,
    resources: String,
    claims: String,
    authenticated_at: DbInstant,
    methods: String,
    refreshable: bool,
    redirect_uri: Option<String>,
    code_challenge: Option<String>,
    nonce: Option<String>,
    code_until: Option<DbInstant>,
    redeemed_at: Option<DbInstant>,
    seed: Vec<u8>,
    generation: i64,
    created_at: DbInstant,
    rotated_at: DbInstant,
    last_used_at: DbInstant,
    expires_at: DbInstant,
    outdated: Option<i64>,
    access_until: DbInstant,
    address: Option<String>,
    user_agent: Option<String>,
    revoked_at: Option<DbInstant>,
    reason: Option<String>,
}

impl From<&Grant> for GrantRow {
    fn from(grant: &Grant) -> Self {
        let (granted, rotation) = (&grant.granted, &grant.rotation);
        let code = grant.code.as_ref();
        let resources: Vec<_> = granted.resources.iter().map(ResourceUri::as_str).collect();
        let claims = if granted.claims.is_empty() {
            String::new()
        } else {
            granted.claims.to_json()
        };
        Self {
            id: DbId(grant.id.as_uuid()),
            client: DbId(granted.client.as_uuid()),
            client_generation: number_of(granted.client_generation),
            user_id: DbId(granted.user_id.as_uuid()),
            session_id: DbId(granted.session_id.as_uuid()),
            offline: granted.life == GrantLife::Offline,
            scopes: granted.scopes.to_string(),
            resources: resources.join(" "),
            claims,
            authenticated_at: DbInstant(granted.authentication.at),
            methods: granted.authentication.methods.to_string(),
            refreshable: granted.is_refreshable,
            redirect_uri: code.map(|code| code.redirect_uri.clone()),
            code_challenge: code
                .and_then(|code| code.code_challenge.as_ref())
                .map(ToString::to_string),
            nonce: code.and_then(|code| code.nonce.clone()),
            code_until: code.map(|code| DbInstant(code.until)),
            redeemed_at: grant.redeemed_at.map(DbInstant),
            seed: rotation.seed.expose().to_vec(),
            generation: number_of(rotation.generation),
            created_at: DbInstant(rotation.created_at),
            rotated_at: DbInstant(rotation.rotated_at),
            last_used_at: DbInstant(grant.last_used_at),
            expires_at: DbInstant(rotation.expires_at),
            outdated: rotation.outdated.map(number_of),
            access_until: DbInstant(rotation.access_until),
            address: address_of(&grant.device),
            user_agent: user_agent_of(&grant.device),
            revoked_at: grant.ended.map(|end| DbInstant(end.at)),
            reason: grant.ended.map(|end| end.reason.as_str().to_owned()),
        }
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = RefusedRow;

    fn try_from(mut row: GrantRow) -> Result<Self, RefusedRow> {
        let code = code_of(&mut row)?;
        let ended = end_of(&row)?;
        let address = row.address.as_deref().map(str::parse).transpose();
        Ok(Self {
            id: GrantId::from(row.id.0),
            code,
            redeemed_at: row.redeemed_at.map(|at| at.0),
            last_used_at: row.last_used_at.0,
            device: Device {
                address: address.map_err(refused("grants.address"))?,
                user_agent: row.user_agent.as_deref().and_then(UserAgent::from_text),
            },
            ended,
            granted: granted_of(&row)?,
            rotation: rotation_of(row)?,
        })
    }
}

fn granted_of(row: &GrantRow) -> Result<Granted, RefusedRow> {
    let resources = row.resources.split(' ').filter(|uri| !uri.is_empty()).map(str::parse);
    let resources = resources.collect::<Result<_, _>>();
    let claims = match row.claims.as_str() {
        "" => ClaimsRequest::default(),
        text => ClaimsRequest::parse_written(text).map_err(refused("grants.claims"))?,
    };
    Ok(Granted {
        client: RegistrationId::from(row.client.0),
        client_generation: generation_of("grants.client_generation", row.client_generation)?,
        user_id: UserId::from(row.user_id.0),
        session_id: SessionId::from(row.session_id.0),
        life: if row.offline {
            GrantLife::Offline
        } else {
            GrantLife::Session
        },
        scopes: scopes_of("grants.scopes", &row.scopes)?,
        resources: resources.map_err(refused("grants.resources"))?,
        claims,
        authentication: Authentication {
            at: row.authenticated_at.0,
            methods: row.methods.parse().map_err(refused("grants.methods"))?,
        },
        is_refreshable: row.refreshable,
    })
}

fn code_of(row: &mut GrantRow) -> Result<Option<PendingCode>, RefusedRow> {
    let (Some(redirect_uri), Some(until)) = (row.redirect_uri.take(), row.code_until) else {
        return Ok(None);
    };
    let code_challenge = row.code_challenge.as_deref().map(str::parse).transpose();
    Ok(Some(PendingCode {
        redirect_uri,
        code_challenge: code_challenge.map_err(refused("grants.code_challenge"))?,
        nonce: row.nonce.take(),
        until: until.0,
    }))
}

fn end_of(row: &GrantRow) -> Result<Option<GrantEnd>, RefusedRow> {
    let (Some(at), Some(reason)) = (row.revoked_at, &row.reason) else {
        return Ok(None);
    };
    Ok(Some(GrantEnd {
        at: at.0,
        reason: reason.parse().map_err(refused("grants.reason"))?,
    }))
}

fn rotation_of(row: GrantRow) -> Result<Rotation, RefusedRow> {
    let seed: [u8; Seed::BYTES] = row
        .seed
        .try_into()
        .map_err(|_| RefusedRow::new("grants.seed", "not 32 bytes"))?;
    let outdated = row.outdated.map(|number| generation_of("grants.outdated", number));
    Ok(Rotation {
        seed: Seed::new(seed),
        generation: generation_of("grants.generation", row.generation)?,
        created_at: row.created_at.0,
        rotated_at: row.rotated_at.0,
        expires_at: row.expires_at.0,
        outdated: outdated.transpose()?,
        access_until: row.access_until.0,
    })
}

fn refused<E: fmt::Display + Send + Sync + 'static>(column: &'static str) -> impl Fn(E) -> RefusedRow {
    move |error| RefusedRow::new(column, error)
}

fn generation_of(column: &'static str, number: i64) -> Result<Generation, RefusedRow> {
    let number = u64::try_from(number).map_err(|_| RefusedRow::new(column, "below zero"))?;
    Ok(Generation::new(number))
}

/// No grant lives long enough to leave the range of the column.
pub(super) fn number_of(generation: Generation) -> i64 {
    i64::try_from(generation.number()).unwrap_or(i64::MAX)
}

pub(super) fn address_of(device: &Device) -> Option<String> {
    device.address.map(|address| address.to_string())
}

pub(super) fn user_agent_of(device: &Device) -> Option<String> {
    device.user_agent.as_ref().map(|agent| agent.as_str().to_owned())
}
