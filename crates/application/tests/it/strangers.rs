//! What a stranger left in an account whose address is then proved by its owner: each thing, alone and with the others, and
//! each proof.

use portcullis_application::ProfileChange;
use portcullis_application::email_verification::MailRequest;
use portcullis_application::ports::{Clock as _, StoreError, StoreResult};
use portcullis_application::sign_in::LogInError;
use portcullis_application::social::{IdTokenError, IdTokenShown, SocialError};
use portcullis_application::tokens::Tokens;
use portcullis_domain::{AssertedIdentity, AuditEventType, Carrier, MailKind, Origin, SecretText, Totp, User};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::upstream::asserted;
use portcullis_testkit::{FakePasskey, TestApp};

const ADA: &str = "ada@x.test";
const EVE: &str = "eve@x.test";
const NEW_PASSWORD: &str = "another correct horse";

/// What may be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Identity,
    Passkey,
    App,
    WaitingApp,
    WaitingAddress,
}

impl Left {
    const ALL: [Self; 5] = [
        Self::Identity,
        Self::Passkey,
        Self::App,
        Self::WaitingApp,
        Self::WaitingAddress,
    ];

    /// All sets of them, but those in which one app waits to take the place of another.
    fn sets() -> impl Iterator<Item = Vec<Self>> {
        let all = (0..1_u32 << Self::ALL.len()).map(|bits| {
            let chosen = Self::ALL.into_iter().enumerate();
            chosen
                .filter(|(place, _)| bits & (1 << place) != 0)
                .map(|(_, left)| left)
                .collect::<Vec<_>>()
        });
        all.filter(|set| !(set.contains(&Self::App) && set.contains(&Self::WaitingApp)))
    }

    /// What is recorded and mailed once it is removed.
    const fn told(self) -> Option<(AuditEventType, MailKind)> {
        match self {
            Self::Identity => Some((AuditEventType::IdentityUnlinked, MailKind::IdentityUnlinked)),
            Self::Passkey => Some((AuditEventType::PasskeyRemoved, MailKind::PasskeyRemoved)),
            Self::App => Some((AuditEventType::MfaDisabled, MailKind::MfaDisabled)),
            Self::WaitingApp | Self::WaitingAddress => None,
        }
    }
}

/// How the owner proves the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proved {
    LinkElsewhere,
    LinkOnAKnownDevice,
    NewPassword,
    Provider,
}

/// Whoever made the account with somebody else's address.
struct Stranger {
    tokens: Tokens,
    passkey: Option<FakePasskey>,
    address_link: Option<SecretText>,
}

/// What still opens the account to the stranger.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each way in by itself")]
struct Inside {
    by_password: bool,
    by_passkey: bool,
    by_identity: bool,
    in_session: bool,
}

fn evil() -> AssertedIdentity {
    AssertedIdentity {
        is_authoritative: false,
        ..asserted("evil", ADA)
    }
}

async fn mailed(app: &TestApp, kind: &str) -> SecretText {
    let mails = app.mails().await;
    let mail = mails.iter().rfind(|mail| mail.subject.starts_with(kind));
    SecretText::new(mail.unwrap().text.clone())
}

fn asked() -> MailRequest {
    MailRequest {
        email: Some(build::email(ADA)),
        locale: None,
        origin: Origin::default(),
        browser: None,
    }
}

/// Signs somebody in at Google, whose ID token has that text.
async fn by_google(app: &TestApp, text: &str, said: AssertedIdentity) -> Result<Tokens, IdTokenError> {
    app.upstream.gives(text, said, app.clock.now());
    let shown = IdTokenShown {
        provider: "google".parse().unwrap(),
        id_token: text.to_owned().into(),
        nonce: "nonce".to_owned().into(),
        locale: None,
        origin: Origin::default(),
    };
    app.social.log_in_by_id_token(shown, Carrier::Body).await
}

impl Stranger {
    /// Makes the account and leaves those.
    async fn leaves(app: &TestApp, lefts: &[Left]) -> Self {
        app.register(ADA).await;
        let mut stranger = Self {
            tokens: app.log_in(ADA).await,
            passkey: None,
            address_link: None,
        };
        stranger.leaves_more(app, lefts).await;
        stranger
    }

    async fn leaves_more(&mut self, app: &TestApp, lefts: &[Left]) {
        for left in lefts {
            match left {
                Left::Identity => app.link(&app.actor(&self.tokens).await, evil()).await.unwrap(),
                Left::Passkey => self.passkey = Some(app.add_passkey(&self.tokens, 1).await),
                Left::App => drop(app.turn_on_second_factor(&self.tokens).await),
                Left::WaitingApp => {
                    let actor = app.actor(&self.tokens).await;
                    app.second_factors.enrol(&actor, None).await.unwrap();
                }
                Left::WaitingAddress => {
                    let change = ProfileChange {
                        email: Some(build::email(EVE)),
                        ..ProfileChange::default()
                    };
                    app.profile
                        .change(&app.actor(&self.tokens).await, change)
                        .await
                        .unwrap();
                    self.address_link = Some(mailed(app, "new_email").await);
                }
            }
        }
    }

    /// What opens the account, at least as far as the second factor.
    async fn inside(&self, app: &TestApp, round: &str) -> Inside {
        let by_password = app.sign_in.log_in(build::log_in(ADA, PASSWORD)).await;
        let by_passkey = match &self.passkey {
            Some(passkey) => app.log_in_by_passkey(app.shown(passkey)).await.is_ok(),
            None => false,
        };
        let by_identity = by_google(app, &format!("evil in {round}"), evil()).await;
        Inside {
            by_password: matches!(by_password, Ok(_) | Err(LogInError::SecondFactorRequired(_))),
            by_passkey,
            by_identity: matches!(
                by_identity,
                Ok(_) | Err(IdTokenError::Refused(SocialError::SecondFactorRequired(_)))
            ),
            in_session: app.accepts(&self.tokens).await,
        }
    }
}

async fn owner_proves(app: &TestApp, proved: Proved, stranger: &Stranger) {
    match proved {
        Proved::LinkElsewhere | Proved::LinkOnAKnownDevice => {
            app.email_verification.resend(asked()).await.unwrap();
            let link = mailed(app, "verify_email").await;
            let mut origin = Origin::default();
            if proved == Proved::LinkOnAKnownDevice {
                origin.device_token.clone_from(&stranger.tokens.device_token);
            }
            app.email_verification.verify(&link, origin).await.unwrap();
        }
        Proved::NewPassword => set_password_by_mail(app).await,
        Proved::Provider => drop(by_google(app, "ada", asserted("ada", ADA)).await.unwrap()),
    }
}

async fn set_password_by_mail(app: &TestApp) {
    app.password_reset.ask(asked()).await.unwrap();
    let link = mailed(app, "reset_password").await;
    let new = build::password(NEW_PASSWORD);
    app.password_reset.reset(&link, new, Origin::default()).await.unwrap();
}

async fn totp_of(app: &TestApp, user: &User) -> (Totp, usize) {
    let id = user.id;
    let found = app.store.look_up(move |repositories| {
        let factors = repositories.second_factors();
        Ok::<_, StoreError>((factors.find_totp(id)?, factors.count_recovery_codes(id)?))
    });
    found.await.unwrap()
}

async fn ada(app: &TestApp) -> User {
    let found = app
        .store
        .look_up(|repositories| repositories.users().find_by_email(&build::email(ADA)));
    let found: StoreResult<Option<User>> = found.await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn each_proof_of_an_address_takes_out_what_was_there_before() {
    for proved in [
        Proved::LinkElsewhere,
        Proved::LinkOnAKnownDevice,
        Proved::NewPassword,
        Proved::Provider,
    ] {
        for lefts in Left::sets() {
            // An account with a second factor is joined by no provider.
            if proved == Proved::Provider && lefts.contains(&Left::App) {
                continue;
            }
            let case = format!("{proved:?} {lefts:?}");
            let app = TestApp::with_mail();
            let stranger = Stranger::leaves(&app, &lefts).await;
            let id = ada(&app).await.id;
            if proved == Proved::Provider {
                // By a mail that the stranger caused; or else what was left goes before.
                app.change_user(id, |user| user.email_verified = true).await;
            }
            app.mails().await;
            owner_proves(&app, proved, &stranger).await;
            let stays = proved == Proved::LinkOnAKnownDevice;
            let removed: Vec<_> = lefts.iter().filter_map(|left| left.told()).collect();
            let mails = app.mails().await;
            let events = app.events().await;
            for (event, kind) in &removed {
                let is_recorded = events
                    .iter()
                    .any(|found| found.kind == *event && found.user_id == Some(id) && found.reason.is_some());
                let subject = format!("{kind} in ");
                let is_mailed = mails.iter().any(|mail| mail.subject.starts_with(&subject));
                assert_eq!((is_recorded, is_mailed), (!stays, !stays), "{case} {kind}");
            }
            let user = ada(&app).await;
            assert!(user.email_verified, "{case}");
            let has = |left| stays && lefts.contains(&left);
            assert_eq!(
                (user.has_passkey, user.has_second_factor, user.pending_email.is_some()),
                (has(Left::Passkey), has(Left::App), has(Left::WaitingAddress)),
                "{case}"
            );
            let (totp, codes) = totp_of(&app, &user).await;
            assert_eq!(
                (totp.pending.is_some(), codes > 0),
                (has(Left::WaitingApp), has(Left::App)),
                "{case}"
            );
            let is_by_link = matches!(proved, Proved::LinkElsewhere | Proved::LinkOnAKnownDevice);
            let expected = Inside {
                by_password: is_by_link,
                by_passkey: has(Left::Passkey),
                by_identity: has(Left::Identity),
                in_session: stays || (is_by_link && removed.is_empty()),
            };
            assert_eq!(stranger.inside(&app, "the end").await, expected, "{case}");
            if let Some(link) = &stranger.address_link {
                let changed = app.email_verification.verify(link, Origin::default()).await;
                assert_eq!(changed.is_ok(), stays, "{case} {changed:?}");
            }
        }
    }
}

/// The mailed link of a sign-up leaves the password, which is the stranger's; another password ends that.
#[tokio::test]
async fn a_stranger_is_out_once_the_owner_has_opened_the_link_and_set_a_password() {
    for lefts in Left::sets() {
        let app = TestApp::with_mail();
        let stranger = Stranger::leaves(&app, &lefts).await;
        owner_proves(&app, Proved::LinkElsewhere, &stranger).await;
        set_password_by_mail(&app).await;
        let nothing = Inside {
            by_password: false,
            by_passkey: false,
            by_identity: false,
            in_session: false,
        };
        assert_eq!(stranger.inside(&app, "the end").await, nothing, "{lefts:?}");
        app.sign_in.log_in(build::log_in(ADA, NEW_PASSWORD)).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_there_since_an_address_was_proved_stays() {
    let app = TestApp::with_mail();
    let id = app.register(ADA).await.id;
    app.change_user(id, |user| user.email_verified = true).await;
    let mut owner = Stranger {
        tokens: app.log_in(ADA).await,
        passkey: None,
        address_link: None,
    };
    let all = [Left::Identity, Left::Passkey, Left::App, Left::WaitingAddress];
    owner.leaves_more(&app, &all).await;
    // Another password, and another address, opened elsewhere.
    let link = owner.address_link.clone().unwrap();
    app.email_verification.verify(&link, Origin::default()).await.unwrap();
    let eve = app.user(id).await.unwrap();
    assert_eq!(eve.email.as_str(), EVE);
    assert!(eve.has_passkey && eve.has_second_factor && eve.has_password);
    app.change_user(id, |user| user.email = build::email(ADA)).await;
    set_password_by_mail(&app).await;
    let ada = ada(&app).await;
    assert!(ada.has_passkey && ada.has_second_factor);
    assert_eq!(totp_of(&app, &ada).await.1, 10);
    let passkey = owner.passkey.unwrap();
    app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    let by_identity = by_google(&app, "evil", evil()).await;
    assert!(
        matches!(
            by_identity,
            Err(IdTokenError::Refused(SocialError::SecondFactorRequired(_)))
        ),
        "{by_identity:?}"
    );
}
