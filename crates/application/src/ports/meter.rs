//! What is counted for whoever watches the server.

use crate::ports::Limit;
use portcullis_oauth2::GrantType;
use shaku::{Component, Interface};
use std::fmt::Debug;
use std::time::Duration;

/// Counts what happens. Each call returns at once and can't fail: nothing that is done waits for being counted.
pub trait Meter: Interface + Debug {
    /// An attempt to sign in ended.
    fn sign_in_ended(&self, outcome: SignInOutcome);
    /// A refresh ended.
    fn refresh_ended(&self, cause: RefreshCause);
    /// A registration ended.
    fn registration_ended(&self, outcome: RegistrationOutcome);
    /// A client showed who it is, or did not.
    fn client_authentication_ended(&self, outcome: ClientAuthenticationOutcome);
    /// A client asked for a token by that grant.
    fn client_token_ended(&self, grant: GrantType, outcome: ClientTokenOutcome);
    /// An attempt to send a mail ended.
    fn mail_attempted(&self, outcome: MailOutcome);
    /// So many mails wait.
    fn mails_counted(&self, waiting: WaitingMails);
    /// Nothing was left of a limit.
    fn limit_hit(&self, limit: Limit);
    /// Work on a password began after it waited for so long.
    fn password_waited(&self, time: Duration);
    /// So many units of work were committed together, and that took so long. Of a unit that is one statement, that
    /// statement is the commit.
    fn units_committed(&self, units: usize, time: Duration);
    /// Everything was read that other servers revoked.
    fn revocations_read(&self);
    /// Nothing in the audit trail waits for its seal.
    fn audit_trail_sealed(&self);
}

/// What is in the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingMails {
    /// Mails that are to be sent.
    pub count: u64,
    /// Mails that were given up.
    pub given_up: u64,
    /// How long the oldest of those waits that are to be sent.
    pub oldest: Duration,
}

/// Counts nothing.
#[derive(Debug, Clone, Copy, Component)]
#[shaku(interface = Meter)]
pub struct Unmeasured;

impl Meter for Unmeasured {
    fn sign_in_ended(&self, _: SignInOutcome) {}
    fn refresh_ended(&self, _: RefreshCause) {}
    fn registration_ended(&self, _: RegistrationOutcome) {}
    fn client_authentication_ended(&self, _: ClientAuthenticationOutcome) {}
    fn client_token_ended(&self, _: GrantType, _: ClientTokenOutcome) {}
    fn mail_attempted(&self, _: MailOutcome) {}
    fn mails_counted(&self, _: WaitingMails) {}
    fn limit_hit(&self, _: Limit) {}
    fn password_waited(&self, _: Duration) {}
    fn units_committed(&self, _: usize, _: Duration) {}
    fn revocations_read(&self) {}
    fn audit_trail_sealed(&self) {}
}

/// Makes an enum whose values have names for whoever reads the figures.
macro_rules! counted {
    ($(#[$about:meta])* $name:ident: $($(#[$meaning:meta])* $value:ident = $text:literal),+ $(,)?) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$meaning])* $value),+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// Its name among the figures.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text),+
                }
            }
        }
    };
}

counted! {
    /// How an attempt to sign in ended.
    SignInOutcome:
        /// A session began.
        Success = "success",
        /// No such account, or not its password.
        InvalidCredentials = "invalid_credentials",
        /// The account was disabled.
        AccountDisabled = "account_disabled",
        /// The address has to be verified first.
        EmailNotVerified = "email_not_verified",
        /// The password is right, and a second factor is asked for.
        MfaRequired = "mfa_required",
        /// The code of the second factor is wrong.
        InvalidCode = "invalid_code",
        /// No sign-in waits for the code.
        InvalidMfaToken = "invalid_mfa_token",
        /// Another provider vouched for nobody, or not so that it can be trusted.
        ProviderRefused = "provider_refused",
        /// Another provider did not answer.
        ProviderUnavailable = "provider_unavailable",
        /// The identity at another provider is linked with no account, and none was made.
        NotLinked = "not_linked",
        /// What was shown is no proof by a passkey.
        InvalidPasskey = "invalid_passkey",
        /// Too many attempts came before it.
        Limited = "too_many_requests",
        /// Too much waits already.
        Busy = "busy",
        /// Something does not work.
        Failed = "failed",
}

counted! {
    /// What became of a refresh token.
    RefreshCause:
        /// Its successor was given for the first time.
        Rotated = "rotated",
        /// The successor was given again, as the first answer may not have arrived.
        Repeated = "repeated",
        /// It was spent before, so its session was ended.
        Reused = "reused",
        /// It was genuine, and its time is over.
        Expired = "expired",
        /// Made up, of a session that was ended, or of a user who may not sign in.
        Invalid = "invalid",
        /// Too many attempts came before it.
        Limited = "too_many_requests",
        /// Too much waits already.
        Busy = "busy",
        /// Something does not work.
        Failed = "failed",
}

counted! {
    /// How a registration ended.
    RegistrationOutcome:
        /// There is a new account.
        Success = "success",
        /// There is an account of that address.
        EmailTaken = "email_taken",
        /// Not everybody may sign up.
        Closed = "registration_closed",
        /// Everybody would try the password.
        TooCommon = "too_common",
        /// Too many attempts came before it.
        Limited = "too_many_requests",
        /// Too much waits already.
        Busy = "busy",
        /// Something does not work.
        Failed = "failed",
}

counted! {
    /// How a client's showing who it is ended.
    ClientAuthenticationOutcome:
        /// It is the client.
        Success = "success",
        /// No such client, or not what it would show.
        InvalidClient = "invalid_client",
        /// Too many failures came before it.
        Limited = "too_many_requests",
        /// Something does not work.
        Failed = "failed",
}

counted! {
    /// How a client's asking for a token ended.
    ClientTokenOutcome:
        /// There is a token.
        Success = "success",
        /// What it asked for is not for it, or there is no such thing.
        Refused = "refused",
        /// Too much waits already, or keys are being made.
        Busy = "busy",
        /// Something does not work.
        Failed = "failed",
}

counted! {
    /// How an attempt to send a mail ended.
    MailOutcome:
        /// It was taken.
        Sent = "sent",
        /// It is tried again later.
        Failed = "failed",
        /// It was tried for a day.
        GivenUp = "given_up",
}
