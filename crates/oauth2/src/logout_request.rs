//! What an app asks for that signs somebody out (OpenID Connect RP-Initiated Logout 1.0, section 2).

use crate::authorization_request::IdTokenHint;
use crate::client_id::ClientId;
use crate::parameters::{FaultyParameters, Parameters};

/// A request of the logout endpoint. What it asks for is not judged yet: whose it is depends on the hint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogoutRequest {
    /// An ID token that the client was given, which may have expired.
    pub id_token_hint: Option<IdTokenHint>,
    /// The client that asks.
    pub client_id: Option<ClientId>,
    /// Where the browser is to go behind it, byte for byte.
    pub redirect_uri: Option<String>,
    /// What comes along there.
    pub state: Option<String>,
}

/// Why nobody can tell what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableLogout {
    /// Too long, badly encoded, or a parameter that is repeated.
    #[error("{0}")]
    Parameters(crate::parameters::ParameterFault),
    /// No client could have this id.
    #[error("client_id is none of a client")]
    Client,
    /// More than the longest state, or the longest hint.
    #[error("a parameter is too long")]
    TooLong,
}

impl LogoutRequest {
    /// The parameters that have a meaning.
    pub const PARAMETERS: &[&str] = &[
        "id_token_hint",
        "client_id",
        "post_logout_redirect_uri",
        "state",
        "logout_hint",
        "ui_locales",
    ];
    /// The most bytes of a request.
    pub const MOST: usize = 8 * 1024;
    /// The longest state, in bytes.
    pub const MOST_STATE: usize = 2048;
    /// The longest hint, in bytes.
    pub const MOST_HINT: usize = 4 * 1024;

    /// Reads what was sent.
    ///
    /// # Errors
    /// The first of [`UnreadableLogout`] that holds.
    pub fn read(parameters: &Result<Parameters, FaultyParameters>) -> Result<Self, UnreadableLogout> {
        let parameters = parameters
            .as_ref()
            .map_err(|faulty| UnreadableLogout::Parameters(faulty.fault))?;
        let (hint, state) = (parameters.get("id_token_hint"), parameters.get("state"));
        if hint.is_some_and(|hint| hint.len() > Self::MOST_HINT)
            || state.is_some_and(|state| state.len() > Self::MOST_STATE)
        {
            return Err(UnreadableLogout::TooLong);
        }
        let client_id = parameters.get("client_id").map(ClientId::parse).transpose();
        Ok(Self {
            id_token_hint: hint.map(IdTokenHint::new),
            client_id: client_id.map_err(|_| UnreadableLogout::Client)?,
            redirect_uri: parameters.get("post_logout_redirect_uri").map(str::to_owned),
            state: state.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<LogoutRequest, UnreadableLogout> {
        LogoutRequest::read(&Parameters::parse(query.as_bytes(), LogoutRequest::MOST))
    }

    #[test]
    fn what_is_asked_for_is_read_once() {
        let asked =
            read("id_token_hint=a.b.c&client_id=shop&post_logout_redirect_uri=https://a.example/%2F&state=x+y&z=1");
        let asked = asked.unwrap();
        assert_eq!(asked.id_token_hint.unwrap().expose(), "a.b.c");
        assert_eq!(asked.client_id.unwrap().as_str(), "shop");
        assert_eq!(asked.redirect_uri.as_deref(), Some("https://a.example//"));
        assert_eq!(asked.state.as_deref(), Some("x y"));
        assert_eq!(read(""), Ok(LogoutRequest::default()));
    }

    #[test]
    fn what_nobody_can_read_is_refused() {
        assert!(matches!(read("state=a&state=b"), Err(UnreadableLogout::Parameters(_))));
        assert!(matches!(read("state=%ff"), Err(UnreadableLogout::Parameters(_))));
        assert_eq!(read("client_id=%C3%A9"), Err(UnreadableLogout::Client));
        let long = |name: &str, most: usize| read(&format!("{name}={}", "x".repeat(most + 1)));
        assert_eq!(long("state", LogoutRequest::MOST_STATE), Err(UnreadableLogout::TooLong));
        assert_eq!(
            long("id_token_hint", LogoutRequest::MOST_HINT),
            Err(UnreadableLogout::TooLong)
        );
    }
}
