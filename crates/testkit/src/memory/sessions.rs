//! Sessions in memory.

use super::{Tables, Unit};
use chrono::{DateTime, Utc};
use portcullis_application::ports::{RevocationNumber, SessionRepository, StoreError, StoreResult, Swept};
use portcullis_domain::{Ending, Generation, PageRequest, Revocation, Session, SessionId, User, UserId};
use std::cmp::Reverse;
use std::ops::Bound;

impl SessionRepository for Unit {
    fn find(&mut self, id: SessionId) -> StoreResult<Option<Session>> {
        Ok(self.readable()?.sessions.get(&id).cloned())
    }

    fn find_with_user(&mut self, id: SessionId) -> StoreResult<Option<(Session, User)>> {
        let tables = self.readable()?;
        let session = tables.sessions.get(&id);
        Ok(session.and_then(|session| Some((session.clone(), tables.users.get(&session.user_id)?.clone()))))
    }

    fn list_live(&mut self, user: UserId, at: DateTime<Utc>, request: &PageRequest) -> StoreResult<Vec<Session>> {
        let mut live = live_sessions(self.readable()?, user, at);
        let after = request
            .after
            .map(|position| (position.at, SessionId::from(position.id)));
        live.retain(|session| after.is_none_or(|after| (session.rotation.created_at, session.id) < after));
        live.truncate(request.to_read());
        Ok(live)
    }

    fn insert(&mut self, session: &Session) -> StoreResult<()> {
        let tables = self.writable()?;
        if tables.sessions.contains_key(&session.id) {
            return Err(self.fail(StoreError::Conflict));
        }
        if !tables.users.contains_key(&session.user_id) {
            return Err(self.fail(StoreError::Unexpected(anyhow::anyhow!("a session of no user"))));
        }
        tables.sessions.insert(session.id, session.clone());
        Ok(())
    }

    fn advance(&mut self, spent: Generation, next: &Session) -> StoreResult<Option<User>> {
        let tables = self.writable()?;
        let present = tables.sessions.get_mut(&next.id);
        let present = present.filter(|session| session.rotation.generation == spent && session.revoked_at.is_none());
        let advanced = present.map(|session| {
            let outdated = session.rotation.outdated;
            *session = next.clone();
            session.rotation.outdated = outdated;
        });
        Ok(advanced.and_then(|()| tables.users.get(&next.user_id).cloned()))
    }

    fn revoke(&mut self, id: SessionId, ending: &Ending) -> StoreResult<Option<Revocation>> {
        Ok(revoke(self.writable()?, &[id], ending).pop())
    }

    fn revoke_all(&mut self, user: UserId, except: Option<SessionId>, ending: &Ending) -> StoreResult<Vec<Revocation>> {
        let tables = self.writable()?;
        let mut ended = ids_of(tables, user);
        ended.retain(|id| Some(*id) != except);
        Ok(revoke(tables, &ended, ending))
    }

    fn revoke_oldest(&mut self, user: UserId, keep: usize, ending: &Ending) -> StoreResult<Vec<Revocation>> {
        let tables = self.writable()?;
        let ended: Vec<_> = live_sessions(tables, user, ending.at)
            .into_iter()
            .skip(keep)
            .map(|session| session.id)
            .collect();
        Ok(revoke(tables, &ended, ending))
    }

    fn revoke_next(&mut self, after: Option<SessionId>, ending: &Ending, batch: usize) -> StoreResult<Swept> {
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let sessions = self.writable()?.sessions.range_mut(behind);
        let (mut changed, mut looked_at) = (0, Vec::new());
        for (id, session) in sessions.take(batch) {
            if session.revoked_at.is_none() {
                session.revoked_at = Some(ending.at);
                changed += 1;
            }
            looked_at.push(*id);
        }
        Ok(Swept {
            changed,
            last: looked_at.last().filter(|_| looked_at.len() == batch).copied(),
        })
    }

    fn outdate_all(&mut self, user: UserId, ending: &Ending) -> StoreResult<Vec<Revocation>> {
        let tables = self.writable()?;
        let ids = ids_of(tables, user);
        Ok(with_revocations(tables, &ids, ending, |session| {
            session.rotation.outdated = Some(session.rotation.generation);
        }))
    }

    fn note_use(&mut self, used: &[(SessionId, DateTime<Utc>)]) -> StoreResult<usize> {
        let tables = self.writable()?;
        let mut noted = 0;
        for (id, at) in used {
            let session = tables.sessions.get_mut(id);
            if let Some(session) = session.filter(|session| session.last_used_at < *at) {
                session.last_used_at = *at;
                noted += 1;
            }
        }
        Ok(noted)
    }

    fn sweep(&mut self, after: Option<SessionId>, before: DateTime<Utc>, batch: usize) -> StoreResult<Swept> {
        let tables = self.writable()?;
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let looked_at: Vec<_> = tables
            .sessions
            .range((behind, Bound::Unbounded))
            .take(batch)
            .map(|(id, session)| {
                (
                    *id,
                    session
                        .revoked_at
                        .unwrap_or(session.rotation.expires_at)
                        .min(session.rotation.expires_at),
                )
            })
            .collect();
        let ended = looked_at.iter().filter(|(_, end)| *end < before);
        let removed = ended.filter_map(|(id, _)| tables.sessions.remove(id)).count();
        let last = looked_at.last().filter(|_| looked_at.len() == batch);
        Ok(Swept {
            changed: removed,
            last: last.map(|(id, _)| *id),
        })
    }
}

/// The sessions of a user that are neither ended nor expired, newest first.
fn live_sessions(tables: &Tables, user: UserId, at: DateTime<Utc>) -> Vec<Session> {
    let sessions = tables.sessions.values();
    let mut live: Vec<_> = sessions
        .filter(|session| session.user_id == user && session.revoked_at.is_none() && at < session.rotation.expires_at)
        .cloned()
        .collect();
    live.sort_unstable_by_key(|session| Reverse((session.rotation.created_at, session.id)));
    live
}

fn ids_of(tables: &Tables, user: UserId) -> Vec<SessionId> {
    let sessions = tables.sessions.values();
    sessions
        .filter(|session| session.user_id == user)
        .map(|session| session.id)
        .collect()
}

/// Ends those of the sessions that were not ended yet.
fn revoke(tables: &mut Tables, ids: &[SessionId], ending: &Ending) -> Vec<Revocation> {
    with_revocations(tables, ids, ending, |session| session.revoked_at = Some(ending.at))
}

/// Changes those of the sessions that were not ended yet, and writes a revocation for each.
fn with_revocations(
    tables: &mut Tables,
    ids: &[SessionId],
    ending: &Ending,
    change: impl Fn(&mut Session),
) -> Vec<Revocation> {
    let mut written = Vec::new();
    for id in ids {
        let session = tables.sessions.get_mut(id);
        let Some(session) = session.filter(|session| session.revoked_at.is_none()) else {
            continue;
        };
        change(session);
        let revocation = Revocation {
            session_id: *id,
            generation: session.rotation.generation,
            until: ending.remembered_until.max(session.rotation.access_until),
        };
        let RevocationNumber(last) = tables.last_revocation;
        tables.last_revocation = RevocationNumber(last + 1);
        tables.revocations.insert(tables.last_revocation, revocation);
        written.push(revocation);
    }
    written
}
