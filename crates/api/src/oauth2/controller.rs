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
use portcullis_application::{ClientCalls, ClientTokens, Discovery};
use portcullis_domain::SecretText;
use portcullis_oauth2::{GrantType, Parameters, ScopeSet};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

/// Paths that scripts of clients may call.
pub(crate) const OPEN_TO_CLIENTS: &[&str] = &["/oauth2/token", "/oauth2/revoke"];

/// Get a token
///
/// The token endpoint (RFC 6749, section 3.2). The client shows who it is by the header `Authorization` or by the form, as it
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
    request: HttpRequest,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let ClientCall { form, presented } = ClientCall::read(request.headers(), incoming).await?;
    let grant = required(&form, "grant_type")?;
    let grant: GrantType = grant.parse().map_err(|_| UNSUPPORTED_GRANT_TYPE)?;
    let client = authentication.authenticate(presented, origin.0).await?;
    let given = match grant {
        GrantType::ClientCredentials => client_credentials(&**tokens, &client, &form).await?,
        _ => return Err(UNSUPPORTED_GRANT_TYPE.into()),
    };
    Ok(HttpResponse::Ok().insert_header((PRAGMA, "no-cache")).json(given))
}

async fn client_credentials(
    tokens: &dyn ClientTokens,
    client: &KnownClient,
    form: &Parameters,
) -> Result<ClientTokenBody, OAuthProblem> {
    let scopes = form.get("scope").map(ScopeSet::parse).transpose();
    let asked = AskedTarget {
        scopes: scopes
            .map_err(|error| Refusal::from(INVALID_SCOPE).in_words(format!("The scope is not valid: {error}.")))?,
        resources: form.all("resource").map(str::to_owned).collect(),
    };
    let given = tokens.client_credentials(client, asked).await?;
    Ok(ClientTokenBody::from(&given))
}

/// Ask about a token
///
/// Introspection (RFC 7662). A client learns of access tokens that were given to it, or that are for a resource of which it is
/// the owner. Of any other it learns that it does not count.
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
    discovery: Data<dyn Discovery>,
    request: HttpRequest,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let ClientCall { form, presented } = ClientCall::read(request.headers(), incoming).await?;
    let shown = SecretText::new(required(&form, "token")?.to_owned());
    let client = authentication.authenticate(presented, origin.0).await?;
    let said = tokens.introspect(&client, &shown).await?;
    let issuer = discovery.issuer().unwrap_or_default();
    Ok(HttpResponse::Ok().json(match said {
        Some(claims) => IntrospectionBody::of(claims, issuer),
        None => IntrospectionBody::INACTIVE,
    }))
}

/// End a token
///
/// Revocation (RFC 7009). An access token ends with all that were issued by the same grant so far. Unknown tokens and those of
/// other clients are answered alike: they are of no use to the client.
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
    request: HttpRequest,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let ClientCall { form, presented } = ClientCall::read(request.headers(), incoming).await?;
    let shown = SecretText::new(required(&form, "token")?.to_owned());
    let client = authentication.authenticate(presented, origin.0.clone()).await?;
    tokens.revoke(&client, &shown, origin.0).await?;
    Ok(HttpResponse::Ok().finish())
}
