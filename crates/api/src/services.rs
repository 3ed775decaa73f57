//! What delivery calls.

use portcullis_application::ports::PageCursors;
use portcullis_application::{
    AuditTrail, Authentication, ClientCalls, ClientTokens, Clients, ConnectedApps, Discovery, EmailVerification,
    Explained, GrantTokens, Health, Invitations, LinkedIdentities, Mailbox, NotMe, Outbox, Passkeys, PasswordReset,
    Passwords, Profile, Publication, Reauthentication, Refresh, Registration, Resources, SecondFactors, Sessions,
    SignIn, SignInByCode, SignInByPasskey, SignOut, SocialSignIn, UserInfo, Users,
};
use std::sync::Arc;

/// The driving ports, and the driven one that lists need.
#[derive(Clone)]
pub struct Services {
    /// Signing up.
    pub registration: Arc<dyn Registration>,
    /// Signing in.
    pub sign_in: Arc<dyn SignIn>,
    /// The second half of signing in.
    pub sign_in_by_code: Arc<dyn SignInByCode>,
    /// Signing in by another provider.
    pub social: Arc<dyn SocialSignIn>,
    /// The identities that one's account is linked with.
    pub identities: Arc<dyn LinkedIdentities>,
    /// Proving once more who one is.
    pub reauthentication: Arc<dyn Reauthentication>,
    /// Second factors.
    pub second_factors: Arc<dyn SecondFactors>,
    /// The caller's own passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// Signing in by a passkey.
    pub sign_in_by_passkey: Arc<dyn SignInByPasskey>,
    /// Staying signed in.
    pub refresh: Arc<dyn Refresh>,
    /// Signing out.
    pub sign_out: Arc<dyn SignOut>,
    /// Who shows an access token.
    pub authentication: Arc<dyn Authentication>,
    /// The caller's own profile.
    pub profile: Arc<dyn Profile>,
    /// Passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Sessions, device by device.
    pub sessions: Arc<dyn Sessions>,
    /// Showing that an address is one's own.
    pub email_verification: Arc<dyn EmailVerification>,
    /// A new password by a mailed link.
    pub password_reset: Arc<dyn PasswordReset>,
    /// Taking an account back.
    pub not_me: Arc<dyn NotMe>,
    /// Invitations.
    pub invitations: Arc<dyn Invitations>,
    /// The outbox.
    pub outbox: Arc<dyn Outbox>,
    /// The mailbox inside.
    pub mailbox: Arc<dyn Mailbox>,
    /// Other people's accounts, for administrators.
    pub users: Arc<dyn Users>,
    /// The apps that people let use their account.
    pub connected_apps: Arc<dyn ConnectedApps>,
    /// OAuth clients.
    pub clients: Arc<dyn Clients>,
    /// Resources.
    pub resources: Arc<dyn Resources>,
    /// The audit trail.
    pub audit_trail: Arc<dyn AuditTrail>,
    /// What other services need to check access tokens by themselves.
    pub publication: Arc<dyn Publication>,
    /// Which client of the provider calls.
    pub client_calls: Arc<dyn ClientCalls>,
    /// Tokens of clients.
    pub client_tokens: Arc<dyn ClientTokens>,
    /// Tokens of grants.
    pub grant_tokens: Arc<dyn GrantTokens>,
    /// What clients learn of users.
    pub user_info: Arc<dyn UserInfo>,
    /// Why the provider refused requests.
    pub explained: Arc<dyn Explained>,
    /// What the provider does.
    pub discovery: Arc<dyn Discovery>,
    /// What an orchestrator asks.
    pub health: Arc<dyn Health>,
    /// Makes and reads the cursors of lists.
    pub cursors: Arc<dyn PageCursors>,
}
