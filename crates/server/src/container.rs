//! The container: which adapter stands behind which port. Nothing else knows it.

use crate::metrics::{Metrics, PrometheusMeter, PrometheusMeterParameters};
use portcullis_api::Services;
use portcullis_application::ports::Limits;
use portcullis_application::{
    AppSignOutsService, AuditTrailService, AuthenticationService, AuthorizationsService, ClientAuthenticationService,
    ClientCallsService, ClientTokensService, ClientsFileService, ClientsService, ConnectedAppsService,
    DiscoveryService, EmailVerificationService, ExplainedService, FirstAdminService, GrantTokensService, HealthService,
    InvitationsService, LimitPolicy, LinkedIdentitiesService, LinksService, MailPolicy, MailboxService,
    MailedCodesService, MemoryLimits, NotMeService, OutboxService, PasskeysService, PasswordResetService,
    PasswordsService, ProfileService, ProviderPolicy, PublicationService, ReauthenticationService, RefreshService,
    RegistrationService, Replica, ResourcesService, SecondFactorsService, SessionsService, SignInByCodeService,
    SignInByPasskeyService, SignInService, SignOutService, SigningKeysService, SigningKeysServiceParameters,
    SocialSignInService, Units, UnitsParameters, UpkeepPolicy, UpkeepService, UpkeepServiceParameters, UserInfoService,
    UsersService,
};
use portcullis_domain::{FactorDemand, TokenPolicy};
use portcullis_mail::{Carrier, Letters, Mailer, MailerParameters, TemplatedLetters, TemplatedLettersParameters};
use portcullis_outbound::{Upstream, UpstreamClients, UpstreamClientsParameters};
use portcullis_pages::AppsOfClients;
use portcullis_pages::{MailServices, PagesPorts, PeopleServices};
use portcullis_security::{
    AuditKey, BcryptHasher, BcryptHasherParameters, BcryptPool, BrowserProofKeys, DeviceTokenKeys,
    DigestedChallengeTokens, DigestedClientSecrets, EncryptedTexts, EncryptedTextsParameters, EncryptedTotpSecrets,
    EncryptedTotpSecretsParameters, GrantSecretKeys, HmacAuditMac, HmacAuditMacParameters, HmacBrowserProofs,
    HmacBrowserProofsParameters, HmacDeviceTokens, HmacDeviceTokensParameters, HmacGrantSecrets,
    HmacGrantSecretsParameters, HmacLinkTokens, HmacLinkTokensParameters, HmacPageCursors, HmacPageCursorsParameters,
    HmacRefreshTokens, HmacRefreshTokensParameters, HmacSessionCookies, HmacSessionCookiesParameters, JwtClientProofs,
    JwtProviderTokens, JwtProviderTokensParameters, JwtTokens, JwtTokensParameters, LinkTokenKeys, OsEntropy,
    PageCursorKeys, PasskeyChallengeKeys, PasskeySite, PasswordJudge, RefreshTokenKeys, RsaTurns, SealedTextKeys,
    SessionCookieKeys, SharedLimitKey, SigningKeyEncryption, SigningKeys, StoredKeyRing, StoredKeyRingParameters,
    SystemClock, TotpSecretKeys, VerifiedTokens, WebauthnPasskeys, WebauthnPasskeysParameters, ZxcvbnCommonPasswords,
    ZxcvbnCommonPasswordsParameters,
};
use portcullis_shared_limits::SharedLimits;
use portcullis_storage::{
    Database, DieselStore, DieselStoreChanges, DieselStoreChangesParameters, DieselStoreParameters,
};
use portcullis_web::Ports;
use shaku::{HasComponent, ModuleBuilder};
use std::sync::Arc;

pub use wiring::Container;

mod wiring {
    #![expect(
        missing_docs,
        reason = "the macro takes no doc comments: Container is every component of the stock server"
    )]
    #![expect(clippy::struct_field_names, reason = "the macro names them")]

    use super::{
        AppSignOutsService, AuditTrailService, AuthenticationService, AuthorizationsService, BcryptHasher,
        ClientAuthenticationService, ClientCallsService, ClientTokensService, ClientsFileService, ClientsService,
        ConnectedAppsService, DieselStore, DieselStoreChanges, DigestedChallengeTokens, DigestedClientSecrets,
        DiscoveryService, EmailVerificationService, EncryptedTexts, EncryptedTotpSecrets, ExplainedService,
        FirstAdminService, GrantTokensService, HealthService, HmacAuditMac, HmacBrowserProofs, HmacDeviceTokens,
        HmacGrantSecrets, HmacLinkTokens, HmacPageCursors, HmacRefreshTokens, HmacSessionCookies, InvitationsService,
        JwtClientProofs, JwtProviderTokens, JwtTokens, LinkedIdentitiesService, LinksService, MailboxService,
        MailedCodesService, Mailer, MemoryLimits, NotMeService, OsEntropy, OutboxService, PasskeysService,
        PasswordResetService, PasswordsService, ProfileService, PrometheusMeter, PublicationService,
        ReauthenticationService, RefreshService, RegistrationService, ResourcesService, SecondFactorsService,
        SessionsService, SignInByCodeService, SignInByPasskeyService, SignInService, SignOutService,
        SigningKeysService, SocialSignInService, StoredKeyRing, SystemClock, TemplatedLetters, Units, UpkeepService,
        UpstreamClients, UserInfoService, UsersService, WebauthnPasskeys, ZxcvbnCommonPasswords,
    };

    shaku::module! {
        pub Container {
            components = [
                RegistrationService, SignInService, RefreshService, SignOutService, AuthenticationService,
                ProfileService, PasswordsService, SessionsService, UsersService, FirstAdminService,
                EmailVerificationService, PasswordResetService, NotMeService, InvitationsService, LinksService,
                MailedCodesService, OutboxService, MailboxService, TemplatedLetters, Mailer, HmacLinkTokens,
                AuditTrailService, SigningKeysService, PublicationService, HealthService, UpkeepService, Units,
                DieselStore, DieselStoreChanges, BcryptHasher, ZxcvbnCommonPasswords, JwtTokens, StoredKeyRing, HmacAuditMac,
        HmacRefreshTokens, HmacPageCursors, HmacBrowserProofs, HmacDeviceTokens, MemoryLimits, PrometheusMeter, SystemClock, OsEntropy, ClientsService, ResourcesService, ClientAuthenticationService, DigestedClientSecrets, ClientCallsService, ClientTokensService, DiscoveryService, JwtClientProofs, JwtProviderTokens, HmacSessionCookies, ClientsFileService, SignInByCodeService, SecondFactorsService, ReauthenticationService, DigestedChallengeTokens, EncryptedTotpSecrets, AuthorizationsService, GrantTokensService, UserInfoService, ExplainedService, HmacGrantSecrets, AppSignOutsService, ConnectedAppsService, SocialSignInService, LinkedIdentitiesService, EncryptedTexts, UpstreamClients, PasskeysService, SignInByPasskeyService, WebauthnPasskeys,
            ],
            providers = []
        }
    }
}

/// What components are made of, prepared where it can fail.
#[derive(Clone)]
pub struct Parts {
    /// The open store.
    pub database: Database,
    /// The threads that hash passwords.
    pub hashing: BcryptPool,
    /// Finds passwords that everybody tries.
    pub password_judge: PasswordJudge,
    /// The key that authenticates the audit trail.
    pub audit_key: AuditKey,
    /// Keys that tokens are signed with.
    pub signing_keys: SigningKeys,
    /// The `iss` of access tokens.
    pub issuer: String,
    /// Encrypts the signing keys that the store keeps.
    pub signing_key_encryption: SigningKeyEncryption,
    /// Keys of refresh tokens.
    pub refresh_token_keys: RefreshTokenKeys,
    /// Keys of the cookies of browsers' sessions.
    pub session_cookie_keys: SessionCookieKeys,
    /// Keys that encrypt the secrets of authenticator apps.
    pub totp_secret_keys: TotpSecretKeys,
    /// Keys that encrypt texts which travel.
    pub sealed_text_keys: SealedTextKeys,
    /// The providers that people sign in by.
    pub upstream: Upstream,
    /// Keys that seal the challenges of passkeys.
    pub passkey_challenge_keys: PasskeyChallengeKeys,
    /// The site that passkeys are made for; `None` where there are none.
    pub passkey_site: Option<PasskeySite>,
    /// What people know the server by.
    pub app: String,
    /// Makes and recognizes codes and refresh tokens of clients.
    pub grant_secret_keys: GrantSecretKeys,
    /// What letters are written with.
    pub letters: Letters,
    /// Who carries mails on.
    pub mail_carrier: Carrier,
    /// What was set about mail.
    pub mail_policy: MailPolicy,
    /// Keys of one-time links.
    pub link_token_keys: LinkTokenKeys,
    /// Keys of the cursors of lists.
    pub page_cursor_keys: PageCursorKeys,
    /// Keys of what browsers hand back.
    pub browser_proof_keys: BrowserProofKeys,
    /// Keys of what devices are known by.
    pub device_token_keys: DeviceTokenKeys,
    /// How often things may happen.
    pub limit_policy: LimitPolicy,
    /// The key by which servers name what they count together.
    pub shared_limit_key: SharedLimitKey,
    /// What servers count together, where they do and this one serves.
    pub shared_limits: Option<SharedLimits>,
    /// How long tokens and sessions live.
    pub token_policy: TokenPolicy,
    /// Whether OAuth clients find a provider here.
    pub provider_policy: ProviderPolicy,
    /// Which accounts must have a second factor.
    pub factor_demand: FactorDemand,
    /// What the server does by itself.
    pub upkeep_policy: UpkeepPolicy,
    /// Where it is counted what happens.
    pub metrics: Metrics,
}

/// A builder with every parameter set. Replace an adapter by `with_component_override` before `build`.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a list, a line a part")]
pub fn builder(parts: Parts) -> ModuleBuilder<Container> {
    let Parts {
        database,
        hashing,
        password_judge: judge,
        audit_key,
        signing_keys,
        issuer,
        signing_key_encryption,
        refresh_token_keys,
        session_cookie_keys,
        totp_secret_keys,
        sealed_text_keys,
        upstream,
        passkey_challenge_keys,
        passkey_site: site,
        app,
        grant_secret_keys,
        letters,
        mail_carrier: carrier,
        mail_policy: mail,
        link_token_keys,
        page_cursor_keys,
        browser_proof_keys,
        device_token_keys,
        limit_policy,
        shared_limit_key: _,
        shared_limits,
        token_policy: policy,
        provider_policy: provider,
        factor_demand: factors,
        upkeep_policy: upkeep,
        metrics,
    } = parts;
    let builder = Container::builder();
    // Counting alone is the component; what is shared takes its place.
    let builder = match shared_limits {
        Some(shared) => builder.with_component_override::<dyn Limits>(Box::new(shared)),
        None => builder,
    };
    builder
        .with_component_parameters::<DieselStoreChanges>(DieselStoreChangesParameters {
            database: database.clone(),
        })
        .with_component_parameters::<DieselStore>(DieselStoreParameters { database })
        .with_component_parameters::<BcryptHasher>(BcryptHasherParameters { pool: hashing })
        .with_component_parameters::<ZxcvbnCommonPasswords>(ZxcvbnCommonPasswordsParameters { judge })
        .with_component_parameters::<HmacAuditMac>(HmacAuditMacParameters { key: audit_key })
        .with_component_parameters::<JwtTokens>(JwtTokensParameters {
            keys: signing_keys.sessions(),
            issuer,
            verified: VerifiedTokens::default(),
        })
        .with_component_parameters::<JwtProviderTokens>(JwtProviderTokensParameters {
            keys: signing_keys.provider(),
            issuer: provider.issuer().map(ToString::to_string),
            verified: VerifiedTokens::default(),
            turns: RsaTurns::default(),
        })
        .with_component_parameters::<StoredKeyRing>(StoredKeyRingParameters {
            keys: signing_keys,
            encryption: signing_key_encryption,
        })
        .with_component_parameters::<HmacRefreshTokens>(HmacRefreshTokensParameters {
            keys: refresh_token_keys,
        })
        .with_component_parameters::<HmacSessionCookies>(HmacSessionCookiesParameters {
            keys: session_cookie_keys,
        })
        .with_component_parameters::<EncryptedTotpSecrets>(EncryptedTotpSecretsParameters {
            keys: totp_secret_keys,
            app,
        })
        .with_component_parameters::<EncryptedTexts>(EncryptedTextsParameters { keys: sealed_text_keys })
        .with_component_parameters::<UpstreamClients>(UpstreamClientsParameters { upstream })
        .with_component_parameters::<WebauthnPasskeys>(WebauthnPasskeysParameters {
            keys: passkey_challenge_keys,
            site,
        })
        .with_component_parameters::<HmacGrantSecrets>(HmacGrantSecretsParameters {
            keys: grant_secret_keys,
        })
        .with_component_parameters::<HmacLinkTokens>(HmacLinkTokensParameters { keys: link_token_keys })
        .with_component_parameters::<TemplatedLetters>(TemplatedLettersParameters { letters })
        .with_component_parameters::<Mailer>(MailerParameters { carrier })
        .with_component_parameters::<HmacPageCursors>(HmacPageCursorsParameters { keys: page_cursor_keys })
        .with_component_parameters::<HmacBrowserProofs>(HmacBrowserProofsParameters {
            keys: browser_proof_keys,
        })
        .with_component_parameters::<HmacDeviceTokens>(HmacDeviceTokensParameters {
            keys: device_token_keys,
        })
        .with_component_parameters::<PrometheusMeter>(PrometheusMeterParameters { metrics })
        .with_component_parameters::<Units>(UnitsParameters {
            replica: Arc::new(Replica::default()),
            policy,
            mail,
            limit_policy,
            provider,
            factors,
        })
        .with_component_parameters::<SigningKeysService>(SigningKeysServiceParameters {
            signing: upkeep.signing,
        })
        .with_component_parameters::<UpkeepService>(UpkeepServiceParameters { upkeep })
}

/// The services that delivery calls, resolved once.
#[must_use]
pub fn services(container: &Container) -> Services {
    let refresh = container.resolve();
    #[cfg(feature = "failpoints")]
    let refresh = crate::failpoints::around(refresh);
    Services {
        registration: container.resolve(),
        sign_in: container.resolve(),
        sign_in_by_code: container.resolve(),
        social: container.resolve(),
        identities: container.resolve(),
        reauthentication: container.resolve(),
        second_factors: container.resolve(),
        passkeys: container.resolve(),
        sign_in_by_passkey: container.resolve(),
        refresh,
        sign_out: container.resolve(),
        authentication: container.resolve(),
        profile: container.resolve(),
        passwords: container.resolve(),
        sessions: container.resolve(),
        email_verification: container.resolve(),
        password_reset: container.resolve(),
        not_me: container.resolve(),
        invitations: container.resolve(),
        outbox: container.resolve(),
        mailbox: container.resolve(),
        users: container.resolve(),
        connected_apps: container.resolve(),
        clients: container.resolve(),
        resources: container.resolve(),
        audit_trail: container.resolve(),
        publication: container.resolve(),
        client_calls: container.resolve(),
        client_tokens: container.resolve(),
        grant_tokens: container.resolve(),
        user_info: container.resolve(),
        explained: container.resolve(),
        discovery: container.resolve(),
        health: container.resolve(),
        cursors: container.resolve(),
    }
}

/// The services that the pages for signing in and out and of accounts call, resolved once.
#[must_use]
pub fn people_services(container: &Container) -> PeopleServices {
    PeopleServices {
        registration: container.resolve(),
        sign_in: container.resolve(),
        sign_in_by_code: container.resolve(),
        social: container.resolve(),
        identities: container.resolve(),
        second_factors: container.resolve(),
        passkeys: container.resolve(),
        sign_in_by_passkey: container.resolve(),
        reauthentication: container.resolve(),
        sign_out: container.resolve(),
        authentication: container.resolve(),
        profile: container.resolve(),
        passwords: container.resolve(),
        sessions: container.resolve(),
        cursors: container.resolve(),
        waiting_apps: Arc::new(AppsOfClients(container.resolve())),
        authorizations: container.resolve(),
        app_sign_outs: container.resolve(),
        connected_apps: container.resolve(),
    }
}

/// The services that the pages of mail call, resolved once.
#[must_use]
pub fn mail_services(container: &Container) -> MailServices {
    MailServices {
        links: container.resolve(),
        email_verification: container.resolve(),
        password_reset: container.resolve(),
        mailed_codes: container.resolve(),
        not_me: container.resolve(),
        invitations: container.resolve(),
    }
}

/// The ports that pages call, resolved once.
#[must_use]
pub fn pages_ports(container: &Container) -> PagesPorts {
    PagesPorts {
        entropy: container.resolve(),
        proofs: container.resolve(),
        clock: container.resolve(),
    }
}

/// The ports that the server itself calls, resolved once. Nobody is told of requests.
#[must_use]
pub fn ports(container: &Container) -> Ports {
    Ports {
        clock: container.resolve(),
        entropy: container.resolve(),
        requests: None,
        traces: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment};
    use crate::foundation::{Foundation, Migration};

    /// A parameter that is missing shows when the container is built, not before.
    #[test]
    fn every_component_has_its_parameters() {
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("DATA_DIR", folder.path().to_str().unwrap()),
            ("BCRYPT_COST", "4"),
            ("PORT", "0"),
        ];
        let config = Config::load(&Environment::of(&settings)).unwrap();
        let foundation = Foundation::prepare(&config, Migration::Run).unwrap();
        let container = builder(foundation.parts()).build();
        drop(services(&container));
        foundation.parts.database.close();
    }
}
