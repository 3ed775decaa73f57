//! What a store must do. Every implementation of the [`Store`] port runs all of it.
//!
//! Each function is one promise and takes an empty store. [`store_contract!`](crate::store_contract) makes a test of
//! each.

pub mod races;
pub mod refresh_tokens;
pub mod sign_in_races;
pub mod units_of_work;
pub mod users;

use portcullis_application::ports::{Repositories, Store, StoreResult};
use portcullis_domain::{RefreshToken, SessionId, User, UserId};
use std::sync::Arc;
use tokio::sync::Barrier;

/// Makes one test of each promise, in a module of the given name.
///
/// The second argument is an expression that gives a future, once a test. What it gives is an
/// `Option<(Arc<dyn Store>, G)>`: an empty store and a guard, which is dropped when the test is over (the store's
/// folder, say), or `None` to skip. The caller needs `tokio` with its macros and threads.
///
/// ```text
/// async fn fresh() -> Option<(Arc<dyn Store>, ())> {
///     Some((Arc::new(MemoryStore::new()), ()))
/// }
///
/// portcullis_testkit::store_contract!(memory, fresh());
/// ```
#[macro_export]
macro_rules! store_contract {
    ($name:ident, $fresh:expr) => {
        mod $name {
            use super::*;

            $crate::store_contract! { @tests $fresh;
                units_of_work {
                    a_store_that_is_there_passes_its_check
                    what_was_committed_is_seen_by_the_next_unit
                    a_rollback_leaves_no_trace
                    a_refusal_reaches_the_caller_as_it_is
                    a_write_is_refused_where_only_reads_are_allowed
                    a_store_error_that_was_swallowed_fails_the_unit
                    nothing_works_in_a_unit_after_a_store_error
                    a_unit_that_fails_does_not_touch_those_beside_it
                    a_panic_rolls_back_and_harms_nobody
                    a_unit_goes_on_when_its_caller_goes_away
                    units_that_hold_one_row_run_one_after_the_other
                }
                users {
                    every_field_of_a_user_survives
                    a_time_survives_to_the_microsecond
                    nobody_is_found_where_nobody_is
                    an_address_is_compared_as_it_is
                    a_taken_address_is_a_conflict_for_a_new_user
                    a_taken_address_is_a_conflict_for_a_user_who_changes_theirs
                    an_id_in_use_is_not_given_again
                    an_update_writes_one_user_and_no_other
                }
                refresh_tokens {
                    every_field_of_a_session_survives
                    a_session_is_found_with_its_user
                    a_session_of_nobody_is_refused
                    an_id_in_use_is_not_given_again
                    an_advance_writes_the_next_generation_and_no_other_session
                    an_advance_from_another_generation_writes_nothing
                    a_revoked_session_is_not_advanced
                    a_session_is_revoked_once
                    revoking_all_ends_every_session_of_one_user
                    revoking_all_spares_the_exception
                    the_live_sessions_of_a_user_are_listed_by_the_page
                    revoking_the_oldest_keeps_the_newest_live_ones
                    revoking_the_oldest_ends_nothing_where_there_is_room
                }
                races {
                    of_many_advances_of_one_generation_one_wins
                    of_many_revocations_of_one_session_one_wins
                    of_many_registrations_of_one_address_one_wins
                    of_many_users_who_want_one_address_one_gets_it
                    many_sign_ins_at_once_leave_no_more_sessions_than_allowed
                }
                sign_in_races {
                    refreshes_at_once_within_the_grace_get_the_same_successor
                    refreshes_at_once_without_grace_have_one_winner_and_end_the_session
                    a_login_that_races_a_password_change_leaves_no_session
                    a_refresh_that_races_a_password_change_leaves_no_session
                    nothing_of_a_session_works_once_log_out_returned
                    a_sign_in_that_races_a_disabling_leaves_nothing_that_works
                    sign_ins_at_once_all_get_in_while_the_hash_is_made_anew
                }
            }
        }
    };
    (@tests $fresh:expr; $($part:ident { $($promise:ident)* })*) => {
        $(
            mod $part {
                use super::*;

                $(
                    #[tokio::test(flavor = "multi_thread")]
                    async fn $promise() {
                        if let Some((store, _guard)) = $fresh.await {
                            $crate::contract::$part::$promise(&store).await;
                        }
                    }
                )*
            }
        )*
    };
}

/// Adds a user and sessions of theirs.
async fn add(store: &Arc<dyn Store>, user: &User, sessions: &[RefreshToken]) {
    let (user, sessions) = (user.clone(), sessions.to_vec());
    write(store, move |repositories| {
        repositories.users().insert(&user)?;
        sessions
            .iter()
            .try_for_each(|session| repositories.refresh_tokens().insert(session))
    })
    .await
    .unwrap();
}

/// A write that only the store can refuse.
async fn write<T, F>(store: &Arc<dyn Store>, work: F) -> StoreResult<T>
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Repositories) -> StoreResult<T> + Send + 'static,
{
    store.write(work).await
}

async fn find_user(store: &Arc<dyn Store>, id: UserId) -> Option<User> {
    let found = store.look_up(move |repositories| repositories.users().find(id));
    found.await.unwrap()
}

async fn find_session(store: &Arc<dyn Store>, id: SessionId) -> Option<RefreshToken> {
    let found = store.look_up(move |repositories| repositories.refresh_tokens().find(id));
    found.await.unwrap()
}

/// Runs what `task` makes of each number below `count` at the same time, on threads that are as many as there are,
/// and gives what each returned.
async fn at_once<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let line = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (task, line) = (task(number), Arc::clone(&line));
            tokio::spawn(async move {
                line.wait().await;
                task.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(count);
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

#[cfg(test)]
mod tests {
    /// A promise that the macro does not name would never be checked.
    #[test]
    fn every_promise_is_in_the_macro_once() {
        let (list, _) = include_str!("contract.rs").split_once("(@tests").unwrap();
        let parts = [
            ("units_of_work", include_str!("contract/units_of_work.rs")),
            ("users", include_str!("contract/users.rs")),
            ("refresh_tokens", include_str!("contract/refresh_tokens.rs")),
            ("races", include_str!("contract/races.rs")),
            ("sign_in_races", include_str!("contract/sign_in_races.rs")),
        ];
        for (part, source) in parts {
            let (_, listed) = list.split_once(&format!(" {part} {{")).unwrap();
            let (listed, _) = listed.split_once('}').unwrap();
            let listed: Vec<_> = listed.split_whitespace().collect();
            let written: Vec<_> = source
                .lines()
                .filter_map(|line| line.strip_prefix("pub async fn ")?.split_once('('))
                .map(|(name, _)| name)
                .collect();
            assert_eq!(listed, written, "{part}");
        }
    }
}
