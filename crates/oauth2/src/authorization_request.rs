//! What is asked of the authorization endpoint (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1).

use crate::claims_request::ClaimsRequest;
use crate::client_id::{ClientId, ClientIdError};
use crate::error_code::AuthorizationErrorCode;
use crate::names::{CodeChallengeMethod, ResponseMode, ResponseType};
use crate::parameters::{FaultyParameters, Parameters};
use crate::pkce::CodeChallenge;
use crate::prompt::{AcrValues, MaxAge, Prompt};
use crate::redirect_uri::{RedirectUri, RedirectUriError};
use crate::resource::ResourceUri;
use crate::scope::ScopeSet;
use std::fmt;
use zeroize::Zeroizing;

/// A request, as far as it can be judged by itself. Whether there is such a client, and whether the redirect URI is one of its,
/// the server must ask before it tells anybody anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub redirect_uri: RedirectUri,
    /// What the answer brings back to the client.
    pub state: Option<String>,
    /// How the answer travels: by the query where another way was not asked for, or one that there is not.
    pub response_mode: ResponseMode,
    /// What is asked, or what is wrong with it. The client may be told that.
    pub asked: Result<Asked, RequestFault>,
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// What the client wants to do.
    pub scope: Option<ScopeSet>,
    /// For whom the tokens are meant (RFC 8707).
    pub resources: Vec<ResourceUri>,
    /// What the client shows of its verifier.
    pub code_challenge: Option<CodeChallenge>,
    /// What the ID token brings back.
    pub nonce: Option<String>,
    /// What the user shall see.
    pub prompt: Prompt,
    /// How long ago the user may have signed in.
    pub max_age: Option<MaxAge>,
    /// Who the client thinks it is: an address. Left out where it is too long for one.
    pub login_hint: Option<String>,
    /// Who the client knows it is.
    pub id_token_hint: Option<IdTokenHint>,
    /// How the user should sign in.
    pub acr_values: AcrValues,
    /// Single claims.
    pub claims: ClaimsRequest,
    /// Languages of the pages, the wanted one first.
    pub ui_locales: Vec<String>,
}

/// An ID token that the client was given earlier. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct IdTokenHint(Zeroizing<String>);

/// What is wrong with a request, for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct RequestFault {
    /// The code.
    pub code: AuthorizationErrorCode,
    /// A sentence in ASCII for the client's developer, without anything of the input.
    pub description: String,
}

/// A request that says not, or not properly, whose it is and where its answer goes. Nobody but the user can be told, by a page
/// (RFC 6749, section 4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UntrustedRequest {
    /// No client, or several.
    #[error("client_id is missing or repeated")]
    NoClient,
    /// No client could have this id.
    #[error("client_id is none: {0}")]
    Client(ClientIdError),
    /// No redirect URI, or several.
    #[error("redirect_uri is missing or repeated")]
    NoRedirectUri,
    /// No client could have registered this URI.
    #[error("redirect_uri is none: {0}")]
    RedirectUri(RedirectUriError),
}

impl AuthorizationRequest {
    /// The most bytes of a request.
    pub const MOST: usize = 8 * 1024;
    /// The most characters of `state`.
    pub const MOST_STATE: usize = 2048;
    /// The most characters of `nonce`.
    pub const MOST_NONCE: usize = 512;
    /// The most characters of `login_hint`.
    pub const MOST_LOGIN_HINT: usize = 320;
    /// The most characters of `id_token_hint`.
    pub const MOST_HINT: usize = 4096;
    /// The most resources.
    pub const MOST_RESOURCES: usize = 5;

    /// The parameters that have a meaning. No other needs to travel with a request.
    pub const PARAMETERS: &[&str] = &[
        "acr_values",
        "claims",
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "id_token_hint",
        "login_hint",
        "max_age",
        "nonce",
        "prompt",
        "redirect_uri",
        "request",
        "request_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "state",
        "ui_locales",
    ];

    /// Reads a request from what [`Parameters::parse`] made of its query or form.
    ///
    /// # Errors
    /// [`UntrustedRequest`]. Any other fault is in [`AuthorizationRequest::asked`].
    pub fn read(parameters: &Result<Parameters, FaultyParameters>) -> Result<Self, UntrustedRequest> {
        let sound = match parameters {
            Ok(parameters) => parameters,
            Err(faulty) => &faulty.sound,
        };
        let client_id = sound.get("client_id").ok_or(UntrustedRequest::NoClient)?;
        let client_id = ClientId::parse(client_id).map_err(UntrustedRequest::Client)?;
        let redirect_uri = sound.get("redirect_uri").ok_or(UntrustedRequest::NoRedirectUri)?;
        let redirect_uri = RedirectUri::parse(redirect_uri).map_err(UntrustedRequest::RedirectUri)?;
        let state = sound.get("state").filter(|state| is_short(state, Self::MOST_STATE));
        let response_mode = sound.get("response_mode").and_then(|mode| mode.parse().ok());
        Ok(Self {
            client_id,
            redirect_uri,
            state: state.map(str::to_owned),
            response_mode: response_mode.unwrap_or_default(),
            asked: match parameters {
                Ok(parameters) => Asked::read(parameters),
                Err(faulty) => Err(invalid(faulty.fault)),
            },
        })
    }
}

impl Asked {
    fn read(parameters: &Parameters) -> Result<Self, RequestFault> {
        refuse_other_kinds(parameters)?;
        refuse_what_is_long(parameters)?;
        let hint = parameters.get("id_token_hint");
        let login_hint = parameters.get("login_hint");
        let login_hint = login_hint.filter(|hint| is_short(hint, AuthorizationRequest::MOST_LOGIN_HINT));
        let prompt = parameters.get("prompt").map(Prompt::parse).transpose();
        let max_age = parameters.get("max_age").map(MaxAge::parse).transpose();
        let claims = parameters.get("claims").map(ClaimsRequest::parse).transpose();
        let scope = parameters.get("scope").map(ScopeSet::parse).transpose();
        Ok(Self {
            scope: scope.map_err(|error| fault(AuthorizationErrorCode::InvalidScope, error))?,
            resources: resources(parameters)?,
            code_challenge: code_challenge(parameters)?,
            nonce: parameters.get("nonce").map(str::to_owned),
            prompt: prompt.map_err(invalid)?.unwrap_or_default(),
            max_age: max_age.map_err(invalid)?.flatten(),
            login_hint: login_hint.map(str::to_owned),
            id_token_hint: hint.map(IdTokenHint::new),
            acr_values: parameters.get("acr_values").map(AcrValues::parse).unwrap_or_default(),
            claims: claims.map_err(invalid)?.unwrap_or_default(),
            ui_locales: words(parameters.get("ui_locales").unwrap_or_default()),
        })
    }
}

/// Refuses what is asked in a way that there is not.
fn refuse_other_kinds(parameters: &Parameters) -> Result<(), RequestFault> {
    if parameters.get("request").is_some() {
        let code = AuthorizationErrorCode::RequestNotSupported;
        return Err(fault(code, "request is not supported; send the parameters themselves"));
    }
    if parameters.get("request_uri").is_some() {
        let code = AuthorizationErrorCode::RequestUriNotSupported;
        return Err(fault(
            code,
            "request_uri is not supported; send the parameters themselves",
        ));
    }
    let Some(response_type) = parameters.get("response_type") else {
        return Err(invalid("response_type is missing; send response_type=code"));
    };
    if response_type.parse::<ResponseType>().is_err() {
        let code = AuthorizationErrorCode::UnsupportedResponseType;
        return Err(fault(code, "response_type is code, and no other"));
    }
    match parameters.get("response_mode").map(str::parse::<ResponseMode>) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(_)) => Err(invalid("response_mode is query or form_post")),
    }
}

fn refuse_what_is_long(parameters: &Parameters) -> Result<(), RequestFault> {
    for (name, most) in [
        ("state", AuthorizationRequest::MOST_STATE),
        ("nonce", AuthorizationRequest::MOST_NONCE),
        ("id_token_hint", AuthorizationRequest::MOST_HINT),
    ] {
        if parameters.get(name).is_some_and(|value| !is_short(value, most)) {
            return Err(invalid(format_args!("{name} has at most {most} characters")));
        }
    }
    Ok(())
}

/// A challenge and its method come together (RFC 7636, section 4.3): what is left out there means `plain`.
fn code_challenge(parameters: &Parameters) -> Result<Option<CodeChallenge>, RequestFault> {
    let method = parameters.get("code_challenge_method");
    let is_known = method.is_some_and(|method| method.parse::<CodeChallengeMethod>().is_ok());
    match parameters.get("code_challenge") {
        None if method.is_none() => Ok(None),
        None => Err(invalid("code_challenge is missing")),
        Some(_) if !is_known => Err(invalid("code_challenge_method is S256, and must be sent")),
        Some(challenge) => CodeChallenge::parse(challenge).map(Some).map_err(invalid),
    }
}

fn resources(parameters: &Parameters) -> Result<Vec<ResourceUri>, RequestFault> {
    let target = |error: &dyn fmt::Display| fault(AuthorizationErrorCode::InvalidTarget, error);
    let named: Vec<_> = parameters.all("resource").collect();
    if named.len() > AuthorizationRequest::MOST_RESOURCES {
        return Err(target(&"too many resources are named"));
    }
    let resources = named.into_iter().map(ResourceUri::parse);
    resources.collect::<Result<_, _>>().map_err(|error| target(&error))
}

fn is_short(text: &str, most: usize) -> bool {
    text.chars().count() <= most
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(' ').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn invalid(description: impl fmt::Display) -> RequestFault {
    fault(AuthorizationErrorCode::InvalidRequest, description)
}

fn fault(code: AuthorizationErrorCode, description: impl fmt::Display) -> RequestFault {
    RequestFault {
        code,
        description: description.to_string(),
    }
}

impl IdTokenHint {
    pub(crate) fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The token itself. A call of this is where a reader should look twice.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdTokenHint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("IdTokenHint(…)")
    }
}

#[cfg(test)]
mod tests;
