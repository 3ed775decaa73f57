//! What the audit trail tells: one event for each thing that touches somebody's security.

use crate::{AuditEventId, Origin, ProviderName, Role, SessionId, User, UserId};
use chrono::{DateTime, Utc};
use portcullis_oauth2::{ClientId, ResourceUri};
use std::fmt;
use std::str::FromStr;

/// A text that names nothing that the trail knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such name in the audit trail")]
pub struct UnknownAuditName;

/// Makes an enum whose variants are written as fixed texts, in the store and in the API.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it is written everywhere.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownAuditName;

            fn from_str(text: &str) -> Result<Self, UnknownAuditName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|name| name.as_str() == text)
                    .ok_or(UnknownAuditName)
            }
        }
    };
}

names! {
    /// What happened.
    AuditEventType {
        /// Somebody signed up.
        Registration = "registration",
        /// Somebody signed in, or tried to.
        Login = "login",
        /// Somebody signed out.
        Logout = "logout",
        /// A spent refresh token was used again.
        RefreshTokenReused = "refresh_token_reused",
        /// A session was ended, by its user or by an administrator.
        SessionEnded = "session_ended",
        /// The password was changed, or was to be.
        PasswordChanged = "password_changed",
        /// The name, the language or the time zone was changed.
        ProfileChanged = "profile_changed",
        /// The email address was changed.
        EmailChanged = "email_changed",
        /// A change of the email address was asked for, and waits for its link.
        EmailChangeRequested = "email_change_requested",
        /// The user showed that mail to their address reaches them.
        EmailVerified = "email_verified",
        /// A link that verifies the address was asked for.
        EmailVerificationRequested = "email_verification_requested",
        /// A link to a new password was asked for.
        PasswordResetRequested = "password_reset_requested",
        /// Somebody said "this was not me", and the account was secured.
        AccountSecured = "account_secured",
        /// The second factor was turned on.
        MfaEnabled = "mfa_enabled",
        /// The second factor was turned off.
        MfaDisabled = "mfa_disabled",
        /// The user got new recovery codes, or was to.
        RecoveryCodesCreated = "recovery_codes_created",
        /// A recovery code was used up.
        RecoveryCodeUsed = "recovery_code_used",
        /// The account was linked with an identity at another provider.
        IdentityLinked = "identity_linked",
        /// The account is linked with it no more.
        IdentityUnlinked = "identity_unlinked",
        /// A passkey was added.
        PasskeyAdded = "passkey_added",
        /// A passkey was removed, or was to be.
        PasskeyRemoved = "passkey_removed",
        /// Somebody who is signed in proved once more who they are, or was to.
        Reauthenticated = "reauthenticated",
        /// Somebody was invited.
        InvitationCreated = "invitation_created",
        /// An invitation was taken back.
        InvitationWithdrawn = "invitation_withdrawn",
        /// A mail of the outbox was made due again.
        MailRetried = "mail_retried",
        /// A mail of the outbox was removed.
        MailDiscarded = "mail_discarded",
        /// An administrator or the command line made an account.
        AccountCreated = "account_created",
        /// The role was changed.
        RoleChanged = "role_changed",
        /// The account was disabled.
        AccountDisabled = "account_disabled",
        /// The account was enabled again.
        AccountEnabled = "account_enabled",
        /// The account was deleted, or was to be.
        AccountDeleted = "account_deleted",
        /// Another key signs from now on.
        SigningKeyRotated = "signing_key_rotated",
        /// Old events were removed, as the retention says.
        AuditTrailPruned = "audit_trail_pruned",
        /// The store was copied, with all that it holds.
        StoreBackedUp = "store_backed_up",
        /// A backup was put in the place of the store.
        StoreRestored = "store_restored",
        /// An OAuth client was registered.
        ClientCreated = "client_created",
        /// A client was changed, or who its members are.
        ClientChanged = "client_changed",
        /// All that a client was given was taken from it.
        ClientRevoked = "client_revoked",
        /// A client was removed.
        ClientDeleted = "client_deleted",
        /// A client was given a secret.
        ClientSecretAdded = "client_secret_added",
        /// A secret of a client was removed.
        ClientSecretRemoved = "client_secret_removed",
        /// A resource was registered.
        ResourceCreated = "resource_created",
        /// A resource was changed.
        ResourceChanged = "resource_changed",
        /// A resource was removed.
        ResourceDeleted = "resource_deleted",
        /// A client was given a code for a user.
        Authorized = "authorized",
        /// A user agreed to what a client asked for.
        ConsentGiven = "consent_given",
        /// A user took back what they had agreed to.
        ConsentWithdrawn = "consent_withdrawn",
        /// What a client was given was ended, for what happened to it.
        GrantEnded = "grant_ended",
    }
}

names! {
    /// How it ended.
    AuditResult {
        /// It was done.
        Success = "success",
        /// It was refused.
        Failure = "failure",
    }
}

names! {
    /// Why it was refused, or why it came to be.
    AuditReason {
        /// There is no account of that address.
        UnknownAccount = "unknown_account",
        /// The password was wrong, or the account has none.
        WrongPassword = "wrong_password",
        /// The code of the second factor was wrong.
        WrongCode = "wrong_code",
        /// The password was right, and a second factor is asked for.
        MfaRequired = "mfa_required",
        /// What was shown is no proof by a passkey of the user.
        WrongPasskey = "wrong_passkey",
        /// The passkey's counter went back, as if the key had been copied.
        PasskeyCopied = "passkey_copied",
        /// A passkey of the user was removed.
        PasskeyRemoved = "passkey_removed",
        /// It is the last way to sign in to the account.
        LastWayIn = "last_way_in",
        /// The user's second factor was changed.
        MfaChanged = "mfa_changed",
        /// The other provider vouched for nobody, or not so that it can be trusted.
        ProviderRefused = "provider_refused",
        /// The identity at another provider is linked with no account, and none was made.
        NotLinked = "not_linked",
        /// The user unlinked an identity.
        IdentityUnlinked = "identity_unlinked",
        /// Too many wrong passwords came before. None was looked at.
        TooManyAttempts = "too_many_attempts",
        /// The account was disabled.
        AccountDisabled = "account_disabled",
        /// The user's password was changed.
        PasswordChanged = "password_changed",
        /// The user's email address was changed.
        EmailChanged = "email_changed",
        /// The address of the account is not verified.
        EmailNotVerified = "email_not_verified",
        /// It was done by a link that was mailed.
        MailedLink = "mailed_link",
        /// The user said that it was not them.
        NotMe = "not_me",
        /// The user signed in on more devices than a user may.
        TooManySessions = "too_many_sessions",
        /// Somebody else signed in on the browser.
        AnotherSignIn = "another_sign_in",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
        /// A spent refresh token was used again.
        RefreshTokenReused = "refresh_token_reused",
        /// A code was redeemed a second time.
        CodeReused = "code_reused",
        /// A code was shown too often with what does not fit it.
        CodeGuessed = "code_guessed",
        /// The session that it came from ended.
        SessionEnded = "session_ended",
        /// The user agrees no more.
        ConsentWithdrawn = "consent_withdrawn",
        /// The client asked for it.
        ClientRequest = "client_request",
        /// The user signed in to one client more often than is kept.
        TooManyGrants = "too_many_grants",
        /// The user asked for it.
        UserRequest = "user_request",
        /// An administrator did it.
        Administrator = "administrator",
        /// It was done by the command line.
        CommandLine = "command_line",
        /// It was done by a setting, at the start.
        Setting = "setting",
        /// It was due.
        Schedule = "schedule",
    }
}

/// What of an account is worth comparing before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountState {
    /// What the user may do.
    pub role: Role,
    /// Whether the account may be used.
    pub is_active: bool,
}

impl From<&User> for AccountState {
    fn from(user: &User) -> Self {
        Self {
            role: user.role,
            is_active: user.is_active,
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Names the event.
    pub id: AuditEventId,
    /// What happened.
    pub kind: AuditEventType,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, where that is a signed-in user.
    pub actor_id: Option<UserId>,
    /// Whom it happened to.
    pub user_id: Option<UserId>,
    /// Which session it happened to, or happened in.
    pub session_id: Option<SessionId>,
    /// Where it was asked from.
    pub origin: Origin,
    /// How it ended.
    pub result: AuditResult,
    /// Why.
    pub reason: Option<AuditReason>,
    /// The account before, where its role or its state changed.
    pub before: Option<AccountState>,
    /// The account after, where its role or its state changed.
    pub after: Option<AccountState>,
    /// How many of the same the event sums up, where it stands for several.
    pub count: Option<u64>,
    /// The client that it happened to, or that asked.
    pub client_id: Option<ClientId>,
    /// The resource that it happened to.
    pub resource: Option<ResourceUri>,
    /// The other provider that vouched for the user, or was linked.
    pub provider: Option<ProviderName>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_reads_back_and_is_there_once() {
        for kind in AuditEventType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        for reason in AuditReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
        let kinds: BTreeSet<_> = AuditEventType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(kinds.len(), AuditEventType::ALL.len());
        assert_eq!("sudo".parse::<AuditEventType>(), Err(UnknownAuditName));
    }
}
