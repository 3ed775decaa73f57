//! Signing up.

use crate::actor::By;
use crate::addresses::AddressTaken;
use crate::guess::address_of;
use crate::mail_policy::SignUpPolicy;
use crate::mailing::Post;
use crate::ports::{
    CommonPasswords, Exhausted, HasherError, Limit, Meter, PasswordHasher, RegistrationOutcome, StoreError, TooCommon,
};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{
    AuditEventType, Email, FullName, Locale, MailKind, Origin, Password, Role, SecretText, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Signing up.
#[async_trait]
pub trait Registration: Interface {
    /// Makes an account with the role `USER`.
    async fn register(&self, sign_up: SignUp, origin: Origin) -> Result<User, RegisterError>;

    /// The same for whoever waits for the mail at a browser of ours, where mail is on. It never tells, neither by what it
    /// answers nor by the time that it takes, whether there is an account of that address: its user is told by mail.
    /// `browser` binds the code of the mail to the browser.
    async fn sign_up(&self, sign_up: SignUp, browser: SecretText, origin: Origin) -> Result<(), RegisterError>;
}

/// What somebody who signs up says of themselves.
#[derive(Debug)]
pub struct SignUp {
    /// The address to sign in with.
    pub email: Email,
    /// The password to sign in with.
    pub password: Password,
    /// The name to be called by.
    pub full_name: FullName,
    /// The language that the request asked for.
    pub locale: Option<Locale>,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is an account of that address, or somebody may take it back.
    #[error("the email address is taken")]
    EmailTaken,
    /// Not everybody may sign up.
    #[error("registration is not open")]
    Closed,
    /// Too many came from there.
    #[error(transparent)]
    TooMany(#[from] Exhausted),
    /// Everybody would try the password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The account was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Registration`] in units of work.
#[derive(Component)]
#[shaku(interface = Registration)]
pub struct RegistrationService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    common: Arc<dyn CommonPasswords>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
}

#[async_trait]
impl Registration for RegistrationService {
    async fn register(&self, sign_up: SignUp, origin: Origin) -> Result<User, RegisterError> {
        let registered = self.make_account(sign_up, Asking::Program, origin).await;
        self.meter.registration_ended(outcome_of(&registered));
        registered
    }

    async fn sign_up(&self, sign_up: SignUp, browser: SecretText, origin: Origin) -> Result<(), RegisterError> {
        let registered = self.make_account(sign_up, Asking::Page(browser), origin).await;
        self.meter.registration_ended(outcome_of(&registered));
        match registered {
            Ok(_) | Err(RegisterError::EmailTaken) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Who asks for an account, which decides who is told that there is one.
enum Asking {
    /// A program, which is told.
    Program,
    /// A person at a page, which must not tell: the address may be somebody else's. What binds a code to the browser.
    Page(SecretText),
}

impl RegistrationService {
    async fn make_account(&self, sign_up: SignUp, asking: Asking, origin: Origin) -> Result<User, RegisterError> {
        let SignUp {
            email,
            password,
            full_name,
            locale,
        } = sign_up;
        match self.units.mail.sign_up {
            SignUpPolicy::Open => {}
            SignUpPolicy::Invited | SignUpPolicy::Closed => return Err(RegisterError::Closed),
        }
        // Each attempt counts, whatever becomes of it: it tells whether an address is taken.
        let _counted = self.units.draw([(Limit::Registration, address_of(&origin))]).await?;
        let waiting = match asking {
            Asking::Program => {
                // Spares the hash where the answer is known; the unique key decides between those who come at once.
                if self.has_account(&email).await? {
                    return Err(RegisterError::EmailTaken);
                }
                None
            }
            Asking::Page(browser) => Some(self.units.link_tokens.browser(&browser)),
        };
        if self.common.include(&password, &email, &full_name).await? {
            return Err(TooCommon.into());
        }
        let password_hash = self.hasher.hash(&password).await?;
        let may_mail = self.units.mail.is_on() && self.units.may_mail(&email, MailKind::VerifyEmail, &origin).await;
        if waiting.is_some() && self.has_account(&email).await? {
            if may_mail {
                self.tell_user_of(email, origin).await?;
            }
            return Err(RegisterError::EmailTaken);
        }
        let now = self.units.now();
        let user = User {
            id: UserId::new(now, self.units.random()),
            email,
            email_verified: false,
            full_name,
            role: Role::User,
            is_active: true,
            created_at: now,
            locale,
            time_zone: None,
            pending_email: None,
            has_password: true,
            has_second_factor: false,
            has_passkey: false,
            has_signed_in: false,
        };
        let stored = self.units.write(By::Anybody(origin), move |unit| {
            unit.insert_user(&user)?
                .map_err(|AddressTaken| RegisterError::EmailTaken)?;
            unit.credentials().set_password(user.id, &password_hash)?;
            let event = unit.success(AuditEventType::Registration, Some(user.id));
            unit.record(event)?;
            if may_mail {
                unit.post(Post::to_user(&user, MailKind::VerifyEmail).waited_for_by(waiting))?;
            }
            Ok::<_, RegisterError>(user)
        });
        let user = stored.await?;
        tracing::info!(user_id = %user.id, "registered");
        Ok(user)
    }

    async fn has_account(&self, email: &Email) -> Result<bool, StoreError> {
        let wanted = email.clone();
        self.units
            .look_up(move |repositories| Ok(repositories.users().find_by_email(&wanted)?.is_some()))
            .await
    }

    /// Tells the user of that address that somebody signed up with it.
    async fn tell_user_of(&self, email: Email, origin: Origin) -> Result<(), StoreError> {
        let told = self.units.write(By::Anybody(origin), move |unit| {
            match unit.users().find_by_email(&email)? {
                Some(user) => unit.post(Post::to_user(&user, MailKind::AlreadyRegistered)),
                None => Ok(()),
            }
        });
        told.await
    }
}

fn outcome_of<T>(registered: &Result<T, RegisterError>) -> RegistrationOutcome {
    match registered {
        Ok(_) => RegistrationOutcome::Success,
        Err(RegisterError::EmailTaken) => RegistrationOutcome::EmailTaken,
        Err(RegisterError::Closed) => RegistrationOutcome::Closed,
        Err(RegisterError::TooCommon(_)) => RegistrationOutcome::TooCommon,
        Err(RegisterError::TooMany(_)) => RegistrationOutcome::Limited,
        Err(RegisterError::Hasher(HasherError::Busy) | RegisterError::Store(StoreError::Busy)) => {
            RegistrationOutcome::Busy
        }
        Err(RegisterError::Hasher(HasherError::Unexpected(_)) | RegisterError::Store(_)) => RegistrationOutcome::Failed,
    }
}
