//! Who shows an access token.

use crate::actor::{Actor, Admin};
use crate::ports::{AccessClaims, AccessTokens, StoreError, TokenError};
use crate::unit_of_work::UnitsOfWork;
use anyhow::anyhow;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{Origin, Role, SecretText, Session, SessionId, SessionKind, StepUpNeeded, User};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Who shows an access token.
#[async_trait]
pub trait Authentication: Interface {
    /// What an access token says, if it is valid, was not revoked, and is not of an account that lacks a second factor that it
    /// must have. Does not read the store, unless this server has not heard from it for more than a second.
    async fn verify(&self, access_token: &str) -> Result<AccessClaims, AuthenticateError>;

    /// Who shows this access token, confirmed by the store. Nobody whose account lacks a second factor that it must have.
    async fn authenticate(&self, access_token: &str, origin: Origin) -> Result<Actor, AuthenticateError>;

    /// The same for what goes on without that second factor: setting it up, and what that takes.
    async fn authenticate_to_enrol(&self, access_token: &str, origin: Origin) -> Result<Actor, AuthenticateError>;

    /// Who shows this cookie of a browser's session, confirmed by the store. That it is used is noted.
    async fn authenticate_browser(
        &self,
        cookie: &SecretText,
        origin: Origin,
    ) -> Result<SignedInBrowser, AuthenticateError>;

    /// Which administrator shows this access token, confirmed by the store.
    async fn authorize_admin(&self, access_token: &str, origin: Origin) -> Result<Admin, AuthorizeError>;

    /// The same for a change, which takes a proof of who they are from not long before.
    async fn authorize_change(&self, access_token: &str, origin: Origin) -> Result<Admin, AuthorizeError>;
}

/// Who is signed in on a browser.
#[derive(Debug)]
pub struct SignedInBrowser {
    /// The user, in the browser's session.
    pub actor: Actor,
    /// Whether the account must have a second factor.
    pub must_have_factor: bool,
    /// Life of the cookie from now on, unless its use prolongs it once more.
    pub stays_for: TimeDelta,
}

impl SignedInBrowser {
    /// Whether the user does nothing but set up a second factor, as the account lacks one that it must have.
    #[must_use]
    pub fn owes_factor(&self) -> bool {
        self.must_have_factor && !self.actor.user().has_factor()
    }
}

/// Why the caller stays unknown.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// Not a valid token or cookie, or of a session that is over, or of a user who is gone.
    #[error("the access token or the cookie is not valid")]
    Invalid,
    /// The account was disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The account must have a second factor and has none.
    #[error("the account must have a second factor first")]
    FactorOwed,
    /// The session was not read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the caller may not do what administrators do.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// The caller stays unknown.
    #[error(transparent)]
    Unknown(#[from] AuthenticateError),
    /// The caller is no administrator, or not any more.
    #[error("this takes the role ADMIN")]
    Forbidden,
    /// The administrator has to prove once more who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
}

impl From<TokenError> for AuthenticateError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid | TokenError::UnknownKey => Self::Invalid,
            TokenError::Unexpected(error) => Self::Store(StoreError::Unexpected(error)),
        }
    }
}

/// [`Authentication`] by this server's memory and the store.
#[derive(Component)]
#[shaku(interface = Authentication)]
pub struct AuthenticationService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
}

/// The holder of a genuine access token whose session is live and whose user is active. What the token says of the user
/// may be out of date.
struct Holder {
    claims: AccessClaims,
    session: Session,
    user: User,
}

#[async_trait]
impl Authentication for AuthenticationService {
    /// By the token and what this server has in memory; where that can't be trusted, by the store.
    async fn verify(&self, access_token: &str) -> Result<AccessClaims, AuthenticateError> {
        let moment = self.units.moment();
        let now = moment.wall;
        let claims = self.genuine_claims(access_token, now)?;
        let is_admitted = self.units.factors.admits(claims.role, claims.factors);
        let family = (claims.session_id.into(), claims.generation);
        match self
            .units
            .replica
            .revocations
            .judge(moment, &[family], claims.issued_at)
        {
            Some(true) => return Err(AuthenticateError::Invalid),
            Some(false) => {}
            None => {
                let claims = self.verify_by_the_store(claims, now).await?;
                return is_admitted.then_some(claims).ok_or(AuthenticateError::FactorOwed);
            }
        }
        self.units.replica.activity.note(claims.session_id, now);
        is_admitted.then_some(claims).ok_or(AuthenticateError::FactorOwed)
    }

    async fn authenticate(&self, access_token: &str, origin: Origin) -> Result<Actor, AuthenticateError> {
        let actor = self.authenticate_to_enrol(access_token, origin).await?;
        self.refuse_owing(actor.user())?;
        Ok(actor)
    }

    async fn authenticate_to_enrol(&self, access_token: &str, origin: Origin) -> Result<Actor, AuthenticateError> {
        let now = self.units.now();
        let claims = self.genuine_claims(access_token, now)?;
        let holder = self.find_holder(claims, now).await?;
        let Holder { session, user, .. } = self.up_to_date(holder, now)?;
        Ok(Actor::new(self.units.as_served(user), session, origin))
    }

    async fn authenticate_browser(
        &self,
        cookie: &SecretText,
        origin: Origin,
    ) -> Result<SignedInBrowser, AuthenticateError> {
        let now = self.units.now();
        let shown = self.units.shown_session(cookie).ok_or(AuthenticateError::Invalid)?;
        let found = self.find_with_user(shown.id()).await?;
        let (session, user) = found
            .filter(|(session, _)| shown.is_present_of(session))
            .ok_or(AuthenticateError::Invalid)?;
        self.refuse_ended(&session, &user, now)?;
        self.units.replica.activity.note(session.id, now);
        let session = session.used(now, &self.units.policy);
        let stays_for = session.ends_at(&self.units.policy) - now;
        Ok(SignedInBrowser {
            must_have_factor: self.units.factors.is_for(user.role),
            actor: Actor::new(self.units.as_served(user), session, origin),
            stays_for,
        })
    }

    /// A caller who was an administrator when the token was issued is told that they are no longer one. That says more
    /// than that the token is out of date.
    async fn authorize_admin(&self, access_token: &str, origin: Origin) -> Result<Admin, AuthorizeError> {
        let now = self.units.now();
        let claims = self.genuine_claims(access_token, now)?;
        let holder = self.find_holder(claims, now).await?;
        self.refuse_owing(&holder.user)?;
        match holder.user.role {
            Role::User => return Err(AuthorizeError::Forbidden),
            Role::Admin => {}
        }
        let Holder { session, user, .. } = self.up_to_date(holder, now)?;
        Ok(Admin::new(Actor::new(self.units.as_served(user), session, origin)))
    }

    async fn authorize_change(&self, access_token: &str, origin: Origin) -> Result<Admin, AuthorizeError> {
        let admin = self.authorize_admin(access_token, origin).await?;
        admin.actor().require_fresh_proof(self.units.now(), None)?;
        Ok(admin)
    }
}

impl AuthenticationService {
    async fn verify_by_the_store(
        &self,
        claims: AccessClaims,
        now: DateTime<Utc>,
    ) -> Result<AccessClaims, AuthenticateError> {
        let holder = self
            .find_holder(claims, now)
            .await
            .and_then(|holder| self.up_to_date(holder, now));
        match holder {
            Ok(holder) => Ok(holder.claims),
            // Disabling an account revokes its tokens: the memory would say no more than that.
            Err(AuthenticateError::AccountDisabled) => Err(AuthenticateError::Invalid),
            Err(error) => Err(error),
        }
    }

    fn genuine_claims(&self, access_token: &str, now: DateTime<Utc>) -> Result<AccessClaims, AuthenticateError> {
        let claims = match self.access_tokens.verify(access_token, now) {
            Err(TokenError::UnknownKey) => self.claims_of_a_newer_key(access_token, now)?,
            checked => checked?,
        };
        if self.units.policy.accepts_access_token(claims.issued_at, now) {
            Ok(claims)
        } else {
            Err(AuthenticateError::Invalid)
        }
    }

    /// The keys are read before the memory is trusted again, so a trusted memory knows every key that signs.
    fn claims_of_a_newer_key(&self, access_token: &str, now: DateTime<Utc>) -> Result<AccessClaims, AuthenticateError> {
        if self.units.replica.revocations.is_trusted(self.units.moment()) {
            Ok(self.access_tokens.verify(access_token, now)?)
        } else {
            let cause = anyhow!("the access token names a key that this server may not have heard of");
            Err(StoreError::Unavailable(cause).into())
        }
    }

    /// A disabled account is told so, whatever became of its sessions.
    async fn find_holder(&self, claims: AccessClaims, now: DateTime<Utc>) -> Result<Holder, AuthenticateError> {
        let found = self.find_with_user(claims.session_id).await?;
        let (session, user) = found
            .filter(|(session, user)| user.id == claims.user_id && session.kind == SessionKind::Token)
            .ok_or(AuthenticateError::Invalid)?;
        self.refuse_ended(&session, &user, now)?;
        Ok(Holder { claims, session, user })
    }

    async fn find_with_user(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        self.units
            .look_up(move |repositories| repositories.sessions().find_with_user(id))
            .await
    }

    fn refuse_ended(&self, session: &Session, user: &User, now: DateTime<Utc>) -> Result<(), AuthenticateError> {
        if !user.is_active {
            Err(AuthenticateError::AccountDisabled)
        } else if session.is_live(now, &self.units.policy) {
            Ok(())
        } else {
            Err(AuthenticateError::Invalid)
        }
    }

    fn refuse_owing(&self, user: &User) -> Result<(), AuthenticateError> {
        if self.units.standing(user).is_owing() {
            Err(AuthenticateError::FactorOwed)
        } else {
            Ok(())
        }
    }

    fn up_to_date(&self, holder: Holder, now: DateTime<Utc>) -> Result<Holder, AuthenticateError> {
        if !holder.session.rotation.is_up_to_date(holder.claims.generation) {
            return Err(AuthenticateError::Invalid);
        }
        self.units.replica.activity.note(holder.session.id, now);
        Ok(holder)
    }
}
