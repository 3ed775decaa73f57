//! What holds for every unit of work.

use super::{add, at_once, find_session, find_user, rotated, write};
use crate::build::{ending, full_name, session, user};
use portcullis_application::ports::{Access, Store, StoreError, StoreResult, Verdict};
use portcullis_domain::User;
use std::panic::resume_unwind;
use std::slice::from_ref;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// How long a unit waits for the test; only a broken store lets it wait as long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store that can be used says so.
pub async fn a_store_that_is_there_passes_its_check(store: &Arc<dyn Store>) {
    store.check().await.unwrap();
}

/// What a unit of work refuses, and what others wrote before it, says nothing of the store.
pub async fn a_refusal_is_no_reason_to_doubt_the_store(store: &Arc<dyn Store>) {
    let user = user("ada@x.test");
    add(store, &user, &[]).await;
    let again = write(store, move |repositories| repositories.users().insert(&user)).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    store.check().await.unwrap();
    store.probe().await.unwrap();
    store.check().await.unwrap();
}

/// Whatever way the next unit reads.
pub async fn what_was_committed_is_seen_by_the_next_unit(store: &Arc<dyn Store>) {
    for round in 0..20 {
        let user = user(&format!("user{round}@x.test"));
        add(store, &user, &[]).await;
        let id = user.id;
        let looked_up: StoreResult<_> = store.look_up(move |repositories| repositories.users().find(id)).await;
        let read: StoreResult<_> = store.read(move |repositories| repositories.users().find(id)).await;
        let written = write(store, move |repositories| repositories.users().find(id)).await;
        for found in [looked_up, read, written] {
            assert_eq!(found.unwrap().as_ref(), Some(&user), "round {round}");
        }
    }
}

/// Where the store has a version: whoever reads once more when it is another one misses nothing.
pub async fn the_version_is_another_one_after_each_commit(store: &Arc<dyn Store>) {
    let version = async || store.version().await.unwrap();
    let Some(mut before) = version().await else { return };
    for round in 0..5 {
        assert_eq!(version().await, Some(before), "round {round}");
        let user = user(&format!("user{round}@x.test"));
        add(store, &user, &[]).await;
        let after = version().await.unwrap();
        assert_ne!(after, before, "round {round}");
        assert_eq!(find_user(store, user.id).await, Some(user));
        before = after;
    }
}

/// Neither of what was added nor of what was changed.
pub async fn a_rollback_leaves_no_trace(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let (first, second) = (session(&ada, 1), session(&ada, 2));
    add(store, &ada, from_ref(&first)).await;

    let (renamed, next) = (renamed(&ada, "Somebody Else"), rotated(&second));
    let (added, begun) = (ben.clone(), second.clone());
    let run = store.run(
        Access::Write,
        Box::new(move |repositories| {
            repositories.users().insert(&added).unwrap();
            assert!(repositories.users().update(&renamed).unwrap());
            repositories.sessions().insert(&begun).unwrap();
            assert!(repositories.sessions().advance(&begun, &next).unwrap());
            let revoked = repositories
                .endings()
                .revoke(begun.id, &ending(next.rotation.rotated_at));
            assert!(revoked.unwrap().is_some());
            Verdict::Rollback
        }),
    );
    run.await.unwrap();

    assert_eq!(find_user(store, ada.id).await, Some(ada));
    assert_eq!(find_user(store, ben.id).await, None);
    assert_eq!(find_session(store, first.id).await, Some(first));
    assert_eq!(find_session(store, second.id).await, None);
}

/// Where a unit may write once it writes by one statement, which is kept, and by no other.
pub async fn a_unit_that_writes_once_does_so_by_one_statement(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let first = session(&ada, 1);
    add(store, &ada, from_ref(&first)).await;

    let next = rotated(&first);
    let written = next.clone();
    let advanced = store.write_once(move |repositories| {
        let (before, _) = repositories.sessions().find_with_user(first.id)?.unwrap();
        repositories.sessions().advance(&before, &written)
    });
    assert!(advanced.await.unwrap());
    assert_eq!(find_session(store, next.id).await.as_ref(), Some(&next));

    let twice = rotated(&next);
    let (before, again) = (next.clone(), twice.clone());
    let refused = store.write_once(move |repositories| {
        assert!(repositories.sessions().advance(&before, &again)?);
        repositories.sessions().advance(&again, &rotated(&again))
    });
    assert!(matches!(refused.await, Err(StoreError::Unexpected(_))));
    let found = find_session(store, next.id).await.unwrap();
    assert!(found == next || found == twice, "{found:?}");

    let renamed = renamed(&ada, "Somebody Else");
    let refused = store.write_once(move |repositories| repositories.users().update(&renamed));
    assert!(matches!(refused.await, Err(StoreError::Unexpected(_))));
    let at = found.rotation.rotated_at;
    let refused = store.write_once(move |repositories| repositories.endings().revoke(next.id, &ending(at)));
    assert!(matches!(refused.await, Err(StoreError::Unexpected(_))));
    assert_eq!(find_user(store, ada.id).await, Some(ada));
    assert_eq!(find_session(store, found.id).await, Some(found));
}

/// The work's own error, and nothing is written.
pub async fn a_refusal_reaches_the_caller_as_it_is(store: &Arc<dyn Store>) {
    #[derive(Debug)]
    enum Refusal {
        Own,
        Store,
    }
    impl From<StoreError> for Refusal {
        fn from(_: StoreError) -> Self {
            Self::Store
        }
    }

    let ada = user("ada@x.test");
    let added = ada.clone();
    let refused = store.write(move |repositories| {
        repositories.users().insert(&added)?;
        Err::<(), _>(Refusal::Own)
    });
    assert!(matches!(refused.await, Err(Refusal::Own)));
    assert_eq!(find_user(store, ada.id).await, None);
    let refused = store.look_up(|_| Err::<(), _>(Refusal::Own));
    assert!(matches!(refused.await, Err(Refusal::Own)));
}

/// The commit becomes an error, and nothing is written.
pub async fn a_store_error_that_was_swallowed_fails_the_unit(store: &Arc<dyn Store>) {
    add(store, &user("taken@x.test"), &[]).await;
    let before = user("before@x.test");
    let added = before.clone();
    let swallowed = write(store, move |repositories| {
        repositories.users().insert(&added)?;
        Ok(repositories.users().insert(&another("taken@x.test")).is_err())
    });
    assert!(swallowed.await.is_err());
    assert_eq!(find_user(store, before.id).await, None);
}

/// Reads as little as writes.
pub async fn nothing_works_in_a_unit_after_a_store_error(store: &Arc<dyn Store>) {
    let taken = user("taken@x.test");
    let begun = session(&taken, 1);
    add(store, &taken, from_ref(&begun)).await;
    let after = user("after@x.test");
    let (added, answers) = (after.clone(), Arc::new(Mutex::new(Vec::new())));
    let heard = Arc::clone(&answers);
    let swallowed = write(store, move |repositories| {
        let mut heard = heard.lock().unwrap();
        heard.push(repositories.users().insert(&another("taken@x.test")).is_err());
        heard.push(repositories.users().insert(&added).is_err());
        heard.push(repositories.users().find(taken.id).is_err());
        heard.push(
            repositories
                .endings()
                .revoke(begun.id, &ending(begun.rotation.created_at))
                .is_err(),
        );
        Ok(())
    });
    assert!(swallowed.await.is_err());
    assert_eq!(*answers.lock().unwrap(), [true; 4]);
    assert_eq!(find_user(store, after.id).await, None);
}

/// Refused ones and ones that ran into an error, among many at once.
pub async fn a_unit_that_fails_does_not_touch_those_beside_it(store: &Arc<dyn Store>) {
    add(store, &user("taken@x.test"), &[]).await;
    let results = at_once(48, |number| {
        let store = Arc::clone(store);
        async move {
            let added = numbered(number);
            write(&store, move |repositories| {
                repositories.users().insert(&added)?;
                match number % 4 {
                    0 => Err(StoreError::Busy),
                    1 => repositories.users().insert(&another("taken@x.test")),
                    _ => Ok(()),
                }
            })
            .await
        }
    });
    for (number, result) in results.await.into_iter().enumerate() {
        let is_kept = number % 4 > 1;
        assert_eq!(result.is_ok(), is_kept, "{number}: {result:?}");
        assert_eq!(
            find_user(store, numbered(number).id).await.is_some(),
            is_kept,
            "{number}"
        );
    }
}

/// Neither the units beside it nor later ones; its caller may see an error or the panic.
pub async fn a_panic_rolls_back_and_harms_nobody(store: &Arc<dyn Store>) {
    let results = at_once(24, |number| {
        let store = Arc::clone(store);
        async move {
            let unit = tokio::spawn(async move {
                write(&store, move |repositories| {
                    repositories.users().insert(&numbered(number))?;
                    if number % 4 == 0 {
                        // Unlike `panic!`, this writes nothing to the test's output.
                        resume_unwind(Box::new("a panic in a unit of work"));
                    }
                    Ok(())
                })
                .await
            });
            matches!(unit.await, Ok(Ok(())))
        }
    });
    for (number, committed) in results.await.into_iter().enumerate() {
        let is_kept = number % 4 != 0;
        assert_eq!(committed, is_kept, "{number}");
        assert_eq!(
            find_user(store, numbered(number).id).await.is_some(),
            is_kept,
            "{number}"
        );
    }
    let later = user("later@x.test");
    add(store, &later, &[]).await;
    assert_eq!(find_user(store, later.id).await, Some(later));
}

/// It commits all that it wrote, before and after.
pub async fn a_unit_goes_on_when_its_caller_goes_away(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let (id, begun) = (ada.id, session(&ada, 1));
    let (next, renamed) = (begun.clone(), renamed(&ada, "Somebody Else"));
    let (entered, mut is_inside) = tokio::sync::mpsc::channel(1);
    let (leave, may_end) = mpsc::channel();

    let mut abandoned = Box::pin(write(store, move |repositories| {
        repositories.users().lock(id)?.unwrap();
        repositories.users().update(&renamed)?;
        entered.try_send(()).unwrap();
        may_end.recv_timeout(PATIENCE).unwrap();
        repositories.sessions().insert(&next)
    }));
    tokio::select! {
        result = &mut abandoned => panic!("the unit ended before its time: {result:?}"),
        inside = is_inside.recv() => inside.unwrap(),
    }
    drop(abandoned);
    leave.send(()).unwrap();

    // Waits for the row that the abandoned unit holds.
    let after = write(store, move |repositories| repositories.users().lock(id));
    assert_eq!(after.await.unwrap().unwrap().full_name, full_name("Somebody Else"));
    assert_eq!(find_session(store, begun.id).await, Some(begun));
}

/// Each reads what the one before wrote: no change is lost.
pub async fn units_that_hold_one_row_run_one_after_the_other(store: &Arc<dyn Store>) {
    const TASKS: usize = 16;
    const CHANGES: usize = 8;
    let ada = renamed(&user("ada@x.test"), "changes 0");
    add(store, &ada, &[]).await;
    let results = at_once(TASKS, |_| {
        let (store, id) = (Arc::clone(store), ada.id);
        async move {
            for _ in 0..CHANGES {
                write(&store, move |repositories| {
                    let user = repositories.users().lock(id)?.unwrap();
                    let (_, count) = user.full_name.as_str().split_once(' ').unwrap();
                    let next = count.parse::<usize>().unwrap() + 1;
                    repositories.users().update(&renamed(&user, &format!("changes {next}")))
                })
                .await
                .unwrap();
            }
        }
    });
    results.await;
    let name = find_user(store, ada.id).await.unwrap().full_name;
    assert_eq!(name.as_str(), format!("changes {}", TASKS * CHANGES));
}

fn numbered(number: usize) -> User {
    user(&format!("user{number}@x.test"))
}

/// Somebody else who wants the address.
fn another(address: &str) -> User {
    User {
        id: user(&format!("another.{address}")).id,
        ..user(address)
    }
}

fn renamed(user: &User, name: &str) -> User {
    User {
        full_name: full_name(name),
        ..user.clone()
    }
}
