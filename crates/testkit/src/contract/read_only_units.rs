//! What holds for units of work that may only read.

use super::{add, find_session, find_user, read, revocations};
use crate::build::{ending, entry, event, full_name, session, signing_key, user};
use portcullis_application::ports::{
    Access, AuditFilter, JobRun, Repositories, SharedJob, SignedPruning, SignedSeal, Store, StoreResult, Verdict,
};
use portcullis_domain::{
    AuditHead, AuditPruning, AuditSeal, Credentials, Digest32, PageRequest, PasswordHash, Revocation, Session,
    TokenPolicy, User,
};
use std::slice::from_ref;
use std::sync::{Arc, Mutex};

type Attempt = fn(&mut dyn Repositories, &User, &Session) -> StoreResult<()>;

/// By a look-up as by a read, and nothing is written.
pub async fn a_write_is_refused_where_only_reads_are_allowed(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let first = session(&ada, 1);
    add(store, &ada, from_ref(&first)).await;
    let attempts = [
        account_attempts(),
        session_attempts(),
        audit_attempts(),
        other_attempts(),
    ]
    .concat();
    for access in [Access::Read, Access::LookUp] {
        for (what, attempt) in attempts.clone() {
            let (ada, first) = (ada.clone(), first.clone());
            let answer = Arc::new(Mutex::new(None));
            let heard = Arc::clone(&answer);
            let run = store.run(
                access,
                Box::new(move |repositories| {
                    *heard.lock().unwrap() = Some(attempt(repositories, &ada, &first).is_err());
                    Verdict::Commit
                }),
            );
            let ran = run.await;
            let refused = *answer.lock().unwrap();
            assert_eq!(refused, Some(true), "{what} under {access:?}");
            assert!(ran.is_err(), "a refused write ends the unit: {what} under {access:?}");
        }
    }
    assert_eq!(find_user(store, ada.id).await.as_ref(), Some(&ada));
    assert_eq!(find_user(store, user("ben@x.test").id).await, None);
    assert_eq!(find_session(store, first.id).await, Some(first));
    assert_eq!(find_session(store, session(&ada, 2).id).await, None);
    assert_eq!(revocations(store).await, []);
    let id = ada.id;
    read(store, move |repositories| {
        assert_eq!(repositories.credentials().find(id)?, Some(Credentials::default()));
        let events = repositories
            .audit()
            .list(&AuditFilter::default(), &PageRequest::default())?;
        assert_eq!(events.items, []);
        assert_eq!(repositories.audit().head()?, Some(AuditHead::START));
        assert_eq!(repositories.audit().pruning()?, None);
        assert_eq!(repositories.signing_keys().list()?, []);
        assert_eq!(repositories.installation().not_before()?, None);
        Ok(())
    })
    .await;
}

fn account_attempts() -> Vec<(&'static str, Attempt)> {
    vec![
        ("insert a user", |repositories, _, _| {
            repositories.users().insert(&user("ben@x.test"))
        }),
        ("update a user", |repositories, ada, _| {
            let renamed = User {
                full_name: full_name("Somebody Else"),
                ..ada.clone()
            };
            repositories.users().update(&renamed).map(drop)
        }),
        ("set a password", |repositories, ada, _| {
            repositories.credentials().set_password(ada.id, &hash())
        }),
        ("replace a password", |repositories, ada, _| {
            let replaced = repositories.credentials().replace_password(ada.id, &hash(), &hash());
            replaced.map(drop)
        }),
        ("delete a user", |repositories, ada, _| {
            repositories.users().delete(ada.id).map(drop)
        }),
    ]
}

fn hash() -> PasswordHash {
    PasswordHash::new("hash".to_owned())
}

fn session_attempts() -> Vec<(&'static str, Attempt)> {
    vec![
        ("insert a session", |repositories, ada, _| {
            repositories.sessions().insert(&session(ada, 2))
        }),
        ("advance", |repositories, _, first| {
            let next = first.rotated(first.device.clone(), first.rotation.created_at, &TokenPolicy::default());
            let advanced = repositories.sessions().advance(first, &next);
            advanced.map(drop)
        }),
        ("hold a session", |repositories, _, first| {
            repositories.sessions().hold_with_user(first.id).map(drop)
        }),
        ("revoke", |repositories, _, first| {
            let ending = ending(first.rotation.created_at);
            repositories.endings().revoke(first.id, &ending).map(drop)
        }),
        ("revoke all", |repositories, ada, first| {
            let ending = ending(first.rotation.created_at);
            repositories.endings().revoke_all(ada.id, None, &ending).map(drop)
        }),
        ("revoke the oldest", |repositories, ada, first| {
            let ending = ending(first.rotation.created_at);
            repositories.endings().revoke_oldest(ada.id, 0, &ending).map(drop)
        }),
        ("revoke everybody", |repositories, _, first| {
            let ending = ending(first.rotation.created_at);
            repositories.endings().revoke_next(None, &ending, 10).map(drop)
        }),
        ("outdate all", |repositories, ada, first| {
            let ending = ending(first.rotation.created_at);
            repositories.endings().outdate_all(ada.id, &ending).map(drop)
        }),
        ("note a use", |repositories, _, first| {
            let used = [(first.id, first.rotation.expires_at)];
            repositories
                .sessions()
                .note_use(&used, TokenPolicy::default().refresh_token_life)
                .map(drop)
        }),
        ("sweep", |repositories, _, first| {
            let later = ending(first.rotation.expires_at).remembered_until;
            repositories.sessions().sweep(None, later, 10).map(drop)
        }),
        ("delete revocations", |repositories, _, first| {
            repositories
                .revocations()
                .delete_expired(first.rotation.expires_at, 10)
                .map(drop)
        }),
    ]
}

fn audit_attempts() -> Vec<(&'static str, Attempt)> {
    vec![
        ("append an event", |repositories, _, _| {
            repositories.audit().append(&entry(&event(1)))
        }),
        ("seal", |repositories, _, first| {
            repositories.audit().seal(&SignedSeal {
                seal: AuditSeal::behind(&AuditHead::START, &[], first.rotation.created_at),
                mac: Digest32::ZERO,
            })
        }),
        ("prune", |repositories, _, first| {
            repositories.audit().prune(&SignedPruning {
                pruning: AuditPruning {
                    through: AuditHead::START,
                    events: 0,
                    pruned_at: first.rotation.created_at,
                },
                mac: Digest32::ZERO,
            })
        }),
    ]
}

fn other_attempts() -> Vec<(&'static str, Attempt)> {
    vec![
        ("insert a key", |repositories, _, _| {
            repositories.signing_keys().insert(&signing_key("key"))
        }),
        ("update a key", |repositories, _, _| {
            repositories.signing_keys().update(&signing_key("key")).map(drop)
        }),
        ("delete a key", |repositories, _, _| {
            repositories.signing_keys().delete(&signing_key("key").id).map(drop)
        }),
        ("spend", |repositories, _, first| {
            let until = first.rotation.expires_at;
            repositories.spent().spend(&Digest32::ZERO, until).map(drop)
        }),
        ("delete what was spent", |repositories, _, first| {
            repositories
                .spent()
                .delete_expired(first.rotation.expires_at, 10)
                .map(drop)
        }),
        ("revoke a family", |repositories, _, first| {
            repositories.endings().revoke_family(&Revocation {
                family: first.id.into(),
                generation: first.rotation.generation,
                until: first.rotation.expires_at,
            })
        }),
        ("take a turn", |repositories, _, first| {
            let (now, until) = (first.rotation.created_at, first.rotation.expires_at);
            repositories.jobs().take_turn(SharedJob::CleanUp, now, until).map(drop)
        }),
        ("note how a job went", |repositories, _, first| {
            let run = JobRun {
                ended_at: first.rotation.created_at,
                failure: None,
            };
            repositories.jobs().note_run(SharedJob::CleanUp, &run)
        }),
        ("take the backup mark", |repositories, _, _| {
            repositories.installation().take_backup_mark().map(drop)
        }),
        ("raise what is too old", |repositories, _, first| {
            repositories.installation().raise_not_before(first.rotation.created_at)
        }),
    ]
}
