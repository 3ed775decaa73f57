//! Sessions in memory.

use super::{Tables, Unit};
use chrono::{DateTime, Utc};
use portcullis_application::ports::{RefreshTokenRepository, StoreError, StoreResult};
use portcullis_domain::{Generation, PageRequest, RefreshToken, SessionId, User, UserId};
use std::cmp::Reverse;

impl RefreshTokenRepository for Unit {
    fn find(&mut self, id: SessionId) -> StoreResult<Option<RefreshToken>> {
        Ok(self.readable()?.refresh_tokens.get(&id).cloned())
    }

    fn find_with_user(&mut self, id: SessionId) -> StoreResult<Option<(RefreshToken, User)>> {
        let tables = self.readable()?;
        let session = tables.refresh_tokens.get(&id);
        Ok(session.and_then(|session| Some((session.clone(), tables.users.get(&session.user_id)?.clone()))))
    }

    fn list_live(&mut self, user: UserId, at: DateTime<Utc>, request: &PageRequest) -> StoreResult<Vec<RefreshToken>> {
        let mut live = live_sessions(self.readable()?, user, at);
        let after = request
            .after
            .map(|position| (position.at, SessionId::from(position.id)));
        live.retain(|session| after.is_none_or(|after| (session.created_at, session.id) < after));
        live.truncate(request.to_read());
        Ok(live)
    }

    fn insert(&mut self, token: &RefreshToken) -> StoreResult<()> {
        let tables = self.writable()?;
        if tables.refresh_tokens.contains_key(&token.id) {
            return Err(self.fail(StoreError::Conflict));
        }
        if !tables.users.contains_key(&token.user_id) {
            return Err(self.fail(StoreError::Unexpected(anyhow::anyhow!("a session of no user"))));
        }
        tables.refresh_tokens.insert(token.id, token.clone());
        Ok(())
    }

    fn advance(&mut self, spent: Generation, next: &RefreshToken) -> StoreResult<Option<User>> {
        let Tables { users, refresh_tokens } = self.writable()?;
        let present = refresh_tokens.get_mut(&next.id);
        let present = present.filter(|session| session.generation == spent && session.revoked_at.is_none());
        let advanced = present.map(|session| *session = next.clone());
        Ok(advanced.and_then(|()| users.get(&next.user_id).cloned()))
    }

    fn revoke(&mut self, id: SessionId, at: DateTime<Utc>) -> StoreResult<bool> {
        Ok(revoke(self.writable()?, &[id], at) == 1)
    }

    fn revoke_all(&mut self, user: UserId, except: Option<SessionId>, at: DateTime<Utc>) -> StoreResult<usize> {
        let tables = self.writable()?;
        let sessions = tables.refresh_tokens.values();
        let ended: Vec<_> = sessions
            .filter(|session| session.user_id == user && Some(session.id) != except)
            .map(|session| session.id)
            .collect();
        Ok(revoke(tables, &ended, at))
    }

    fn revoke_oldest(&mut self, user: UserId, keep: usize, at: DateTime<Utc>) -> StoreResult<usize> {
        let tables = self.writable()?;
        let ended: Vec<_> = live_sessions(tables, user, at)
            .into_iter()
            .skip(keep)
            .map(|session| session.id)
            .collect();
        Ok(revoke(tables, &ended, at))
    }
}

/// The sessions of a user that are neither ended nor expired, newest first.
fn live_sessions(tables: &Tables, user: UserId, at: DateTime<Utc>) -> Vec<RefreshToken> {
    let sessions = tables.refresh_tokens.values();
    let mut live: Vec<_> = sessions
        .filter(|session| session.user_id == user && session.revoked_at.is_none() && at < session.expires_at)
        .cloned()
        .collect();
    live.sort_unstable_by_key(|session| Reverse((session.created_at, session.id)));
    live
}

/// Ends those of the sessions that were not ended yet; how many.
fn revoke(tables: &mut Tables, ids: &[SessionId], at: DateTime<Utc>) -> usize {
    let mut ended = 0;
    for id in ids {
        if let Some(session) = tables
            .refresh_tokens
            .get_mut(id)
            .filter(|session| session.revoked_at.is_none())
        {
            session.revoked_at = Some(at);
            ended += 1;
        }
    }
    ended
}
