//! Apps that ask to sign somebody out (OpenID Connect RP-Initiated Logout 1.0).

use super::client_authentication::RegistryUnconfirmed;
use super::subjects::{session_name, subject_of};
use crate::ports::{IdTokenHint, ProviderTokens, StoreError};
use crate::replica::Registry;
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{RegisteredClient, SecretText, Session, User};
use portcullis_oauth2::{LogoutRequest, RedirectUri};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Judges what apps ask for that sign somebody out. It changes nothing: signing out is another call.
#[async_trait]
pub trait AppSignOuts: Interface {
    /// What is to be done for a browser that shows that cookie.
    async fn look(&self, asked: &LogoutRequest, cookie: Option<&SecretText>) -> Result<AppSignOut, AppSignOutError>;
}

/// What is to be done.
#[derive(Debug)]
pub struct AppSignOut {
    /// What people call the app, where it is known.
    pub app: Option<String>,
    /// Where the browser goes behind it, where the app may say so.
    pub goes_to: Option<Destination>,
    /// Whoever is signed in; `None` where nobody is.
    pub signed_in: Option<SignedInThere>,
}

/// Where a browser goes behind a sign-out: an address that the app has registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The address as it is registered.
    pub address: RedirectUri,
    /// The address with what the app wants back.
    pub location: String,
}

/// Whoever is signed in.
#[derive(Debug)]
pub struct SignedInThere {
    /// The user.
    pub user: User,
    /// Whether the app has shown that it speaks of this very sign-in, so that nobody has to be asked.
    pub is_meant: bool,
}

/// Why nothing is done.
#[derive(Debug, thiserror::Error)]
pub enum AppSignOutError {
    /// The address is none that the app has registered, so nobody is led there.
    #[error("post_logout_redirect_uri is none of those that the client has registered")]
    NotRegistered,
    /// Nobody can tell at present.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`AppSignOuts`] by this server's memory and one read.
#[derive(Component)]
#[shaku(interface = AppSignOuts)]
pub struct AppSignOutsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    tokens: Arc<dyn ProviderTokens>,
}

#[async_trait]
impl AppSignOuts for AppSignOutsService {
    async fn look(&self, asked: &LogoutRequest, cookie: Option<&SecretText>) -> Result<AppSignOut, AppSignOutError> {
        let registry = self.units.replica.clients.registry(self.units.moment());
        let registry = registry.ok_or_else(|| StoreError::Unavailable(RegistryUnconfirmed.into()))?;
        let hint = self.hint(asked);
        let registered = client_of(&registry, asked, &hint);
        let goes_to = match (&asked.redirect_uri, &registered) {
            (Some(address), Some(registered)) => Some(destination(registered, address, asked.state.as_deref())?),
            // Nobody can tell whose the address is.
            (Some(_), None) | (None, _) => None,
        };
        let signed_in = self.signed_in(cookie).await?.map(|(session, user)| SignedInThere {
            is_meant: is_of(&hint, &session, &user),
            user,
        });
        // Where nobody is signed in nobody can be asked, so that only who has shown something is believed.
        let is_shown = signed_in.is_some() || matches!(hint, Hint::Genuine(_));
        Ok(AppSignOut {
            app: registered.map(|registered| registered.client.settings.name.as_str().to_owned()),
            goes_to: goes_to.filter(|_| is_shown),
            signed_in,
        })
    }
}

/// What the app shows of the sign-in that it means.
enum Hint {
    Absent,
    Genuine(IdTokenHint),
    /// By nobody, or for another client than the one that asks.
    Forged,
}

impl AppSignOutsService {
    fn hint(&self, asked: &LogoutRequest) -> Hint {
        let Some(shown) = &asked.id_token_hint else {
            return Hint::Absent;
        };
        match self.tokens.read_hint(shown.expose()) {
            Some(hint) if asked.client_id.as_ref().is_none_or(|asks| *asks == hint.client_id) => Hint::Genuine(hint),
            Some(_) | None => Hint::Forged,
        }
    }

    async fn signed_in(&self, cookie: Option<&SecretText>) -> Result<Option<(Session, User)>, StoreError> {
        let Some(shown) = cookie.and_then(|cookie| self.units.shown_session(cookie)) else {
            return Ok(None);
        };
        let (id, now) = (shown.id(), self.units.now());
        let found = self
            .units
            .look_up(move |repositories| repositories.sessions().find_with_user(id));
        let is_live = |session: &Session| shown.is_present_of(session) && session.is_live(now, &self.units.policy);
        Ok(found
            .await?
            .filter(|(session, user)| is_live(session) && user.is_active))
    }
}

/// The client that asks. What is forged names none.
fn client_of<'r>(registry: &'r Registry, asked: &LogoutRequest, hint: &Hint) -> Option<&'r Arc<RegisteredClient>> {
    let id = match hint {
        Hint::Genuine(hint) => Some(&hint.client_id),
        Hint::Absent => asked.client_id.as_ref(),
        Hint::Forged => None,
    };
    registry.enabled_client(id?)
}

/// Compared byte for byte, as redirect URIs are.
fn destination(
    registered: &RegisteredClient,
    address: &str,
    state: Option<&str>,
) -> Result<Destination, AppSignOutError> {
    let mut known = registered.client.settings.logout_uris.iter();
    let address = known
        .find(|known| known.as_str() == address)
        .ok_or(AppSignOutError::NotRegistered)?;
    let location = match state {
        Some(state) => address.with_query(&[("state", state)]),
        None => address.to_string(),
    };
    Ok(Destination {
        address: address.clone(),
        location,
    })
}

/// Whether the hint is of that sign-in.
fn is_of(hint: &Hint, session: &Session, user: &User) -> bool {
    let Hint::Genuine(hint) = hint else { return false };
    let name = session_name(session, &hint.client_id);
    hint.session.as_deref() == Some(name.as_str()) && hint.subject == subject_of(user)
}
