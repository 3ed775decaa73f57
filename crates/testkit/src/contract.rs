//! What a store must do. Every implementation of the [`Store`](portcullis_application::ports::Store) port runs all of it.
//!
//! Each function is one promise and takes an empty store. [`store_contract!`](crate::store_contract) makes a test of
//! each.

pub mod administration;
pub mod audit;
pub mod audit_races;
pub mod audit_seals;
pub mod challenges;
pub mod clients;
pub mod consents;
pub mod credentials;
pub mod grant_endings;
pub mod grant_races;
pub mod grants;
pub mod identities;
pub mod installation;
pub mod invitations;
pub mod jobs;
pub mod mails;
pub mod one_time_links;
pub mod passkeys;
pub mod races;
pub mod read_only_units;
pub mod resources;
pub mod revocation_races;
pub mod revocations;
pub mod rotations;
pub mod second_factor_races;
pub mod second_factors;
pub mod session_endings;
pub mod session_upkeep;
pub mod sessions;
pub mod sign_in_races;
pub mod signing_keys;
pub mod spent;
mod steps;
pub mod units_of_work;
pub mod user_search;
pub mod users;
mod walk;

use steps::{
    add, append, at_once, by_family, find_session, find_user, read, revocations, revoke, rotated, rounds, sealed, write,
};

/// Makes one test of each promise, in a module of the given name.
///
/// The second argument is an expression that gives a future, once a test. What it gives is an
/// `Option<(Arc<dyn Store>, G)>`: an empty store and a guard, which is dropped when the test is over (the store's
/// folder, say), or `None` to skip. The caller needs `tokio` with its macros and threads.
///
/// ```text
/// async fn fresh() -> Option<(Arc<dyn Store>, ())> {
///     Some((Arc::new(TemporaryStore::new()), ()))
/// }
///
/// portcullis_testkit::store_contract!(sqlite, fresh());
/// ```
#[macro_export]
macro_rules! store_contract {
    ($name:ident, $fresh:expr) => {
        mod $name {
            use super::*;

            $crate::store_contract! { @tests $fresh;
                units_of_work {
                    a_store_that_is_there_passes_its_check
                    a_refusal_is_no_reason_to_doubt_the_store
                    what_was_committed_is_seen_by_the_next_unit
                    the_version_is_another_one_after_each_commit
                    a_rollback_leaves_no_trace
                    a_unit_that_writes_once_does_so_by_one_statement
                    a_refusal_reaches_the_caller_as_it_is
                    a_store_error_that_was_swallowed_fails_the_unit
                    nothing_works_in_a_unit_after_a_store_error
                    a_unit_that_fails_does_not_touch_those_beside_it
                    a_panic_rolls_back_and_harms_nobody
                    a_unit_goes_on_when_its_caller_goes_away
                    units_that_hold_one_row_run_one_after_the_other
                }
                read_only_units {
                    a_write_is_refused_where_only_reads_are_allowed
                }
                users {
                    every_field_of_a_user_survives
                    a_user_is_found_by_the_address_that_waits
                    a_time_survives_to_the_microsecond
                    nobody_is_found_where_nobody_is
                    an_address_is_compared_as_it_is
                    a_taken_address_is_a_conflict_for_a_new_user
                    a_taken_address_is_a_conflict_for_a_user_who_changes_theirs
                    an_id_in_use_is_not_given_again
                    an_update_writes_one_user_and_no_other
                    a_deleted_user_is_gone_with_their_sessions
                    the_address_of_a_deleted_user_is_free
                    the_revocations_of_a_deleted_user_stay
                }
                credentials {
                    a_password_is_found_by_the_id_and_the_address_of_its_user
                    a_password_is_set_over_the_one_before
                    a_password_is_replaced_only_where_the_checked_one_stands
                    of_many_replacements_of_one_password_one_wins
                    a_password_of_nobody_is_refused
                    a_change_of_a_user_leaves_their_password
                    a_deleted_user_is_gone_with_their_password
                    a_user_shows_whether_there_is_a_password
                }
                administration {
                    users_are_listed_newest_first
                    the_last_page_of_users_names_no_next_one
                    every_combination_of_filters_gives_the_users_that_match
                    a_list_goes_on_while_users_come_and_go
                    the_active_administrators_are_counted
                    administrators_who_remove_one_another_leave_one
                }
                user_search {
                    letter_case_does_not_count_in_any_script
                    no_character_of_a_query_stands_for_others
                    a_query_is_any_part_of_the_address_or_of_the_name
                    a_query_may_be_as_long_as_what_it_looks_for
                    a_search_follows_what_a_user_is_called
                }
                second_factors {
                    an_authenticator_app_counts_once_it_is_confirmed
                    an_app_that_waits_leaves_the_one_that_counts
                    a_step_is_taken_once_and_none_before_it
                    a_recovery_code_is_used_once
                    all_second_factors_of_a_user_are_removed
                    secrets_are_encrypted_anew_where_they_stand
                    wrong_codes_are_counted_by_device_and_session
                    wrong_codes_are_counted_from_the_first
                }
                identities {
                    every_field_of_an_identity_survives
                    an_identity_is_issuer_and_subject_byte_for_byte
                    an_identity_is_linked_once
                    of_many_who_link_one_identity_one_gets_it
                    a_use_of_an_identity_is_noted
                    an_identity_is_unlinked_by_its_user_alone
                    a_deleted_user_is_gone_with_their_identities
                }
                passkeys {
                    every_field_of_a_passkey_survives
                    a_credential_is_added_once
                    passkeys_are_listed_in_their_order
                    passkeys_that_were_made_for_another_domain_are_counted
                    a_use_is_written_over_the_count_that_was_seen
                    a_passkey_is_renamed_and_removed_by_its_user
                    passkeys_go_from_a_time_on
                }
                challenges {
                    every_field_of_a_challenge_survives
                    a_challenge_has_so_many_tries_and_so_much_time
                    challenges_are_closed
                    the_newest_challenges_of_a_user_stay
                    the_newest_challenges_of_each_known_device_stay
                    challenges_whose_time_is_over_are_removed
                }
                clients {
                    every_field_of_a_client_survives
                    a_client_id_is_given_once
                    a_client_is_written_only_where_it_was_seen
                    of_many_changes_of_one_version_one_is_written
                    changes_of_the_registry_are_counted_in_their_order
                    what_was_changed_after_a_stamp_is_listed
                    clients_are_listed_by_the_page
                    secrets_come_with_their_client_and_go_with_it
                    uses_of_a_secret_are_noted_hourly
                    members_of_a_client_are_kept
                }
                resources {
                    every_field_of_a_resource_survives
                    no_two_resources_have_a_uri_or_a_scope_in_common
                    a_resource_is_written_only_where_it_was_seen
                    the_clients_with_a_scope_are_named
                    resources_are_listed
                }
                sessions {
                    every_field_of_a_session_survives
                    a_session_is_found_with_its_user
                    a_session_is_found_with_a_consent
                    a_session_is_held_with_its_user
                    a_session_is_held_by_its_row
                    a_session_of_nobody_is_refused
                    an_id_in_use_is_not_given_again
                    an_advance_writes_the_next_generation_and_no_other_session
                    an_advance_to_the_same_generation_spends_nothing
                    an_advance_from_another_generation_writes_nothing
                    a_revoked_session_is_not_advanced
                    a_session_is_renewed_once_from_the_generation_that_it_has
                    the_live_sessions_of_a_user_are_counted
                    the_live_sessions_of_a_user_are_listed_by_the_page
                }
                rotations {
                    a_rotation_writes_what_the_judge_says
                    a_session_that_is_not_there_is_not_written
                    a_session_that_was_revoked_is_not_rotated
                    many_rotations_at_once_write_each_its_own_session
                    of_many_rotations_of_one_generation_one_wins
                    a_rotation_that_races_a_change_of_the_user_reads_it_or_comes_before
                    a_judge_that_panics_harms_nobody_else
                }
                session_endings {
                    a_session_is_revoked_once
                    a_revocation_names_the_generation_that_the_session_has
                    revoking_all_ends_every_session_of_one_user
                    revoking_all_spares_the_exception
                    revoking_the_oldest_keeps_the_newest_live_ones
                    revoking_the_oldest_ends_nothing_where_there_is_room
                    revoking_batch_by_batch_ends_every_session_that_there_is
                    outdating_marks_the_generations_and_leaves_the_sessions
                    an_advance_over_what_was_outdated_meanwhile_writes_nothing
                    an_advance_over_a_new_proof_writes_nothing
                }
                session_upkeep {
                    a_use_is_noted_where_it_is_later
                    a_use_prolongs_what_a_browser_was_signed_in_by
                    many_uses_are_noted_at_once
                    a_use_that_is_noted_late_revives_nothing
                    a_sweep_removes_what_ended_before_and_keeps_the_rest
                    sweeps_pass_over_all_sessions_in_the_end
                }
                revocations {
                    revocations_are_read_by_number_from_where_one_stopped
                    every_field_of_a_revocation_survives
                    a_rollback_leaves_no_revocation
                    what_need_not_be_remembered_is_neither_listed_nor_kept
                    a_number_is_never_given_again
                    revocations_are_found_by_ranges_of_numbers
                    many_ranges_of_numbers_are_read_by_the_limit
                    the_revocation_whose_end_came_last_is_found
                    a_revocation_outlives_its_session
                }
                consents {
                    every_field_of_a_consent_survives
                    a_consent_is_written_over_the_one_before
                    a_use_of_a_consent_is_noted_where_it_is_later
                    a_consent_that_was_taken_back_is_gone
                    consents_that_nobody_uses_are_removed
                }
                grants {
                    every_field_of_a_grant_survives
                    a_grant_is_found_with_what_it_hangs_on
                    a_grant_is_found_with_the_membership
                    a_code_is_redeemed_once_and_leaves_nothing_of_itself
                    a_grant_is_advanced_from_the_generation_that_it_has
                    the_live_grants_of_a_user_are_listed
                    the_live_grants_of_a_client_are_counted_with_their_users
                    a_sweep_removes_old_codes_and_what_ended_before
                    sweeps_of_grants_pass_over_all_in_the_end
                }
                grant_endings {
                    a_grant_is_ended_once
                    grants_of_a_session_end_with_it_and_offline_ones_live_on
                    grants_of_all_sessions_but_one_end
                    all_grants_of_a_user_end_but_those_of_the_session_that_is_kept
                    grants_of_one_client_end
                    the_oldest_grants_of_a_client_end
                    ending_batch_by_batch_ends_every_grant_that_there_is
                    outdating_a_grant_names_its_tokens_and_leaves_it
                }
                grant_races {
                    of_many_redemptions_of_one_code_one_wins
                    of_many_advances_of_one_grant_one_wins
                    a_redemption_and_an_ending_leave_no_grant_that_lives
                    a_refresh_and_an_ending_leave_no_grant_that_lives
                    endings_that_meet_do_not_wait_for_one_another_forever
                }
                audit {
                    every_field_of_every_kind_of_event_survives
                    what_a_newer_version_wrote_survives
                    the_time_of_an_event_survives_to_the_microsecond
                    events_are_listed_newest_first
                    the_last_page_of_events_names_no_next_one
                    every_combination_of_filters_gives_the_events_that_match
                    events_are_read_oldest_first_from_where_one_stopped
                    what_was_appended_in_a_unit_that_was_rolled_back_is_not_there
                    an_id_in_use_is_not_given_again
                    an_event_outlives_whom_it_tells_of
                }
                audit_seals {
                    a_new_trail_begins_with_nothing
                    every_field_of_a_seal_survives
                    seals_are_read_by_number_from_where_one_stopped
                    a_seal_marks_the_events_that_it_names
                    events_are_found_by_their_ids
                    events_that_are_marked_with_a_seal_that_is_not_there_are_found
                    a_seal_of_a_unit_that_was_rolled_back_is_not_there
                    a_number_in_use_is_not_given_again
                    pruning_removes_the_first_seals_and_leaves_a_record
                }
                signing_keys {
                    every_field_of_a_key_survives
                    keys_are_listed_by_the_time_of_their_making
                    a_name_in_use_is_not_given_again
                    an_update_writes_the_life_of_one_key
                    a_deleted_key_is_gone
                    of_many_who_find_no_key_one_makes_it
                    a_rollback_leaves_the_keys_as_they_were
                }
                spent {
                    what_was_shown_is_not_shown_again
                    of_many_who_show_it_at_once_one_is_the_first
                    what_was_shown_goes_by_time_alone
                }
                jobs {
                    a_turn_is_taken_until_its_end
                    a_turn_from_far_ahead_does_not_count
                    of_many_who_want_a_turn_one_takes_it
                    a_turn_that_was_rolled_back_is_free
                    every_job_is_known_and_not_done_yet
                    how_a_job_went_last_is_kept
                }
                installation {
                    a_fresh_store_is_no_backup
                    the_age_of_accepted_tokens_only_rises
                    of_many_ages_the_latest_stays
                }
                one_time_links {
                    every_field_of_a_link_survives
                    a_link_is_found_by_its_digest_and_its_purpose_alone
                    a_link_is_used_once_for_its_purpose_and_while_it_is_good
                    of_many_who_use_one_link_one_wins
                    what_was_replaced_is_neither_armed_nor_used
                    replacing_reaches_the_links_of_one_bearer_and_purpose
                    the_newest_link_is_found
                    an_address_is_kept_for_whoever_may_take_it_back
                    a_code_is_tried_as_often_as_allowed
                    wrong_codes_count_for_a_while
                    links_go_with_whom_they_belong_to
                    old_links_are_removed
                    links_to_one_address_are_replaced
                    a_code_of_nobody_is_tried_and_changes_nothing
                }
                invitations {
                    every_field_of_an_invitation_survives
                    an_address_is_invited_once
                    the_open_invitations_are_listed_by_the_page
                    an_invitation_stays_open_for_longer
                    old_invitations_are_removed
                }
                mails {
                    every_field_of_a_mail_survives
                    a_mail_is_claimed_once_while_it_is_due
                    of_many_who_claim_one_mail_one_gets_it
                    whoever_lost_a_mail_notes_nothing
                    a_failed_mail_is_due_again_or_given_up
                    a_mail_that_was_given_up_is_sent_again
                    mails_are_listed_by_state_and_page
                    mails_that_ended_are_removed
                    what_a_mail_is_about_is_found_out_later
                    the_devices_that_a_user_was_told_of_are_known
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
                    of_password_changes_at_once_one_wins
                    nothing_of_a_session_works_once_log_out_returned
                    a_sign_in_that_races_a_disabling_leaves_nothing_that_works
                    sign_ins_at_once_all_get_in_while_the_hash_is_made_anew
                }
                second_factor_races {
                    of_many_who_show_one_code_one_gets_in
                    of_many_guesses_no_more_are_looked_at_than_there_are
                }
                revocation_races {
                    a_refresh_that_races_the_end_of_its_session_is_covered_or_refused
                    a_refresh_that_races_an_outdating_is_covered_only_if_it_came_first
                    whoever_follows_the_numbers_misses_no_revocation
                    uses_that_are_noted_while_sessions_end_hinder_nobody
                }
                audit_races {
                    every_event_is_sealed_once_by_sealers_at_once
                    whoever_holds_the_end_of_the_trail_is_alone
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// A promise that the macro does not name would never be checked.
    #[test]
    fn every_promise_is_in_the_macro_once() {
        let (list, _) = include_str!("contract.rs").split_once("(@tests").unwrap();
        let parts = [
            ("units_of_work", include_str!("contract/units_of_work.rs")),
            ("read_only_units", include_str!("contract/read_only_units.rs")),
            ("users", include_str!("contract/users.rs")),
            ("credentials", include_str!("contract/credentials.rs")),
            ("second_factors", include_str!("contract/second_factors.rs")),
            ("identities", include_str!("contract/identities.rs")),
            ("passkeys", include_str!("contract/passkeys.rs")),
            ("challenges", include_str!("contract/challenges.rs")),
            ("administration", include_str!("contract/administration.rs")),
            ("user_search", include_str!("contract/user_search.rs")),
            ("clients", include_str!("contract/clients.rs")),
            ("resources", include_str!("contract/resources.rs")),
            ("sessions", include_str!("contract/sessions.rs")),
            ("rotations", include_str!("contract/rotations.rs")),
            ("session_endings", include_str!("contract/session_endings.rs")),
            ("session_upkeep", include_str!("contract/session_upkeep.rs")),
            ("revocations", include_str!("contract/revocations.rs")),
            ("audit", include_str!("contract/audit.rs")),
            ("audit_seals", include_str!("contract/audit_seals.rs")),
            ("signing_keys", include_str!("contract/signing_keys.rs")),
            ("spent", include_str!("contract/spent.rs")),
            ("consents", include_str!("contract/consents.rs")),
            ("grants", include_str!("contract/grants.rs")),
            ("grant_endings", include_str!("contract/grant_endings.rs")),
            ("grant_races", include_str!("contract/grant_races.rs")),
            ("jobs", include_str!("contract/jobs.rs")),
            ("installation", include_str!("contract/installation.rs")),
            ("one_time_links", include_str!("contract/one_time_links.rs")),
            ("invitations", include_str!("contract/invitations.rs")),
            ("mails", include_str!("contract/mails.rs")),
            ("races", include_str!("contract/races.rs")),
            ("sign_in_races", include_str!("contract/sign_in_races.rs")),
            ("second_factor_races", include_str!("contract/second_factor_races.rs")),
            ("revocation_races", include_str!("contract/revocation_races.rs")),
            ("audit_races", include_str!("contract/audit_races.rs")),
        ];
        let declared: BTreeSet<_> = include_str!("contract.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
            .collect();
        assert_eq!(BTreeSet::from(parts.map(|(part, _)| part)), declared);
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
