//! What clients of the provider call, each with a token or a secret of its own and never with a cookie.

use crate::oauth2::bodies::{ClientTokenBody, IntrospectionBody};
use crate::oauth2::client_call::{ClientCall, required};
use crate::oauth2::forms::{IntrospectionForm, RevocationForm, TokenForm};
use crate::oauth2::problems::{ClientCallErrors, INVALID_SCOPE, OAuthProblem, TokenErrors, UNSUPPORTED_GRANT_TYPE};
use actix_web::http::header::PRAGMA;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use portcullis_application::provider::client_calls::KnownClient;
use portcullis_application::provider::client_tokens::AskedTarget;
use portcullis_application::provider::grant_tokens::{GrantRefresh, Redemption};
use portcullis_application::{ClientCalls, ClientTokens, Discovery, GrantTokens};
use portcullis_domain::SecretText;
use portcullis_oauth2::{GrantType, Parameters, ScopeSet};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

/// Paths that scripts of clients may call.
pub(crate) const OPEN_TO_CLIENTS: &[&str] = &["/oauth2/token", "/oauth2/revoke", "/oauth2/userinfo"];

/// Get a token
///
/// The token endpoint (RFC 6749, section 3.2): for a code, for a refresh token, or for the client itself. The client shows who it is by the header `Authorization` or by the form, as it
/// likes, or by an assertion that it has signed (RFC 7523).
#[utoipa::path(
    tag = "oauth2",
    operation_id = "get_client_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "A token.", body = ClientTokenBody), TokenErrors),
)]
#[post("/oauth2/token")]
pub(crate) async fn token(
    authentication: Data<dyn ClientCalls>,
    tokens: Data<dyn ClientTokens>,
    grants: Data<dyn GrantTokens>,
    request: HttpRequest,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let ClientCall { form, presented } = ClientCall::read(request.headers(), incoming).await?;
    let grant = required(&form, "grant_type")?;
    let grant: GrantType = grant.parse().map_err(|_| UNSUPPORTED_GRANT_TYPE)?;
    let client = authentication.authenticate(presented, origin.0.clone()).await?;
    let given = match grant {
        GrantType::ClientCredentials => client_credentials(&**tokens, &client, &form).await?,
        GrantType::AuthorizationCode => {
            let given = grants.redeem(&client, redemption(&form)?, origin.0).await?;
            ClientTokenBody::from(&given)
        }
        GrantType::RefreshToken => {
            let given = grants.refresh(&client, refresh(&form)?, origin.0).await?;
            ClientTokenBody::from(&given)
        }
        _ => return Err(UNSUPPORTED_GRANT_TYPE.into()),
    };
    Ok(HttpResponse::Ok().insert_header((PRAGMA, "no-cache")).json(given))
}

async fn client_credentials(
    tokens: &dyn ClientTokens,
    client: &KnownClient,
    form: &Parameters,
) -> Result<ClientTokenBody, OAuthProblem> {
    let given = tokens.client_credentials(client, asked_target(form)?).await?;
    Ok(ClientTokenBody::from(&given))
}

/// What is shown to redeem a code.
fn redemption(form: &Parameters) -> Result<Redemption, OAuthProblem> {
    Ok(Redemption {
        code: SecretText::new(required(form, "code")?.to_owned()),
        redirect_uri: form.get("redirect_uri").map(str::to_owned),
        verifier: form.get("code_verifier").map(|text| SecretText::new(text.to_owned())),
        resources: form.all("resource").map(str::to_owned).collect(),
    })
}

/// What is shown to refresh.
fn refresh(form: &Parameters) -> Result<GrantRefresh, OAuthProblem> {
    let AskedTarget { scopes, resources } = asked_target(form)?;
    Ok(GrantRefresh {
        token: SecretText::new(required(form, "refresh_token")?.to_owned()),
        scopes,
        resources,
    })
}

/// What a token is asked for.
fn asked_target(form: &Parameters) -> Result<AskedTarget, OAuthProblem> {
    let scopes = form.get("scope").map(ScopeSet::parse).transpose();
    Ok(AskedTarget {
        scopes: scopes
            .map_err(|error| Refusal::from(INVALID_SCOPE).in_words(format!("The scope is not valid: {error}.")))?,
        resources: form.all("resource").map(str::to_owned).collect(),
    })
}

/// Ask about a token
///
/// Introspection (RFC 7662). A client learns of tokens that were given to it, and of access tokens that are for a resource of
/// which it is the owner. Of any other it learns that it does not count.
#[utoipa::path(
    tag = "oauth2",
    operation_id = "introspect_token",
    request_body(content = IntrospectionForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Whether the token counts, and what it says.", body = IntrospectionBody),
        ClientCallErrors),
)]
#[post("/oauth2/introspect")]
pub(crate) async fn introspect(
    authentication: Data<dyn ClientCalls>,
    tokens: Data<dyn ClientTokens>,
    grants: Data<dyn GrantTokens>,
    discovery: Data<dyn Discovery>,
    request: HttpRequest,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let ClientCall { form, presented } = ClientCall::read(request.headers(), incoming).await?;
    let shown = SecretText::new(required(&form, "token")?.to_owned());
    let client = authentication.authenticate(presented, origin.0).await?;
    let issuer = discovery.issuer().unwrap_or_default();
    let said = match tokens.introspect(&client, &shown).await? {
        Some(claims) => Some(IntrospectionBody::of(claims, issuer)),
        None => {
            let grant = grants.introspect(&client, &shown).await?;
            grant.map(|grant| IntrospectionBody::of_refresh_token(grant, client.id(), issuer))
        }
    };
    Ok(HttpResponse::Ok().json(said.unwrap_or(IntrospectionBody::INACTIVE)))
}

/// End a token
///
/// Revocation (RFC 7009). An access token ends with all that were issued by the same grant so far. A refresh token ends with
/// its grant, and all that this gave out. Unknown tokens and those of other clients are answered alike: they are of no use to the
/// client.
#[utoipa::path(
    tag = "oauth2",
    operation_id = "revoke_token",
    request_body(content = RevocationForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token is of no use to the client any more."), ClientCallErrors),
)]
#[post("/oauth2/revoke")]
pub(crate) async fn revoke(
    authentication: Data<dyn ClientCalls>,
    tokens: Data<dyn ClientTokens>,
    grants: Data<dyn GrantTokens>,
    request: HttpRequest,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let ClientCall { form, presented } = ClientCall::read(request.headers(), incoming).await?;
    let shown = SecretText::new(required(&form, "token")?.to_owned());
    let client = authentication.authenticate(presented, origin.0.clone()).await?;
    grants.revoke(&client, &shown, origin.0.clone()).await?;
    tokens.revoke(&client, &shown, origin.0).await?;
    Ok(HttpResponse::Ok().finish())
}
