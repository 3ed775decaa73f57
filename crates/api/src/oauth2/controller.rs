//! What clients of the provider call, each with a token or a secret of its own and never with a cookie.

use crate::oauth2::bodies::{ClientTokenBody, IntrospectionBody};
use crate::oauth2::client_call::{ClientCall, Heard, required};
use crate::oauth2::forms::{IntrospectionForm, RevocationForm, TokenForm};
use crate::oauth2::problems::{ClientCallErrors, INVALID_SCOPE, OAuthProblem, TokenErrors, UNSUPPORTED_GRANT_TYPE};
use actix_web::http::header::PRAGMA;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use portcullis_application::provider::client_tokens::AskedTarget;
use portcullis_application::provider::grant_tokens::{GrantRefresh, Redemption};
use portcullis_application::{ClientCalls, ClientTokens, Discovery, GrantTokens};
use portcullis_domain::SecretText;
use portcullis_oauth2::{GrantType, Parameters, ScopeSet};
use portcullis_web::{Incoming, Refusal};

/// Paths that scripts of clients may call.
pub(crate) const OPEN_TO_CLIENTS: &[&str] = &["/oauth2/token", "/oauth2/revoke", "/oauth2/userinfo"];

/// Where services ask about tokens.
pub(crate) const INTROSPECTION: &str = "/oauth2/introspect";

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
    heard: Heard,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let call = ClientCall::read(request.headers(), incoming, heard).await?;
    let (form, faults) = (&call.form, &call.faults);
    let grant = faults.kept(grant_type(form))?;
    let client = authentication
        .authenticate(call.presented, faults.origin.clone())
        .await?;
    let given = match grant {
        GrantType::ClientCredentials => {
            let asked = faults.kept(asked_target(form))?;
            let given = tokens.client_credentials(&client, asked, &faults.origin).await?;
            ClientTokenBody::from(&given)
        }
        GrantType::AuthorizationCode => {
            let attempt = faults.kept(redemption(form))?;
            let given = grants.redeem(&client, attempt, call.faults.origin).await?;
            ClientTokenBody::from(&given)
        }
        GrantType::RefreshToken => {
            let attempt = faults.kept(refresh(form))?;
            let given = grants.refresh(&client, attempt, call.faults.origin).await?;
            ClientTokenBody::from(&given)
        }
        _ => faults.kept(Err(UNSUPPORTED_GRANT_TYPE.into()))?,
    };
    Ok(HttpResponse::Ok().insert_header((PRAGMA, "no-cache")).json(given))
}

/// How the client comes to a token.
fn grant_type(form: &Parameters) -> Result<GrantType, OAuthProblem> {
    let named = required(form, "grant_type")?;
    Ok(named.parse().map_err(|_| UNSUPPORTED_GRANT_TYPE)?)
}

/// The token that it is about.
fn shown_token(form: &Parameters) -> Result<SecretText, OAuthProblem> {
    Ok(SecretText::new(required(form, "token")?.to_owned()))
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
    heard: Heard,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let call = ClientCall::read(request.headers(), incoming, heard).await?;
    let shown = call.faults.kept(shown_token(&call.form))?;
    let origin = call.faults.origin;
    let client = authentication.authenticate(call.presented, origin.clone()).await?;
    let issuer = discovery.issuer().unwrap_or_default();
    let said = if let Some(claims) = tokens.introspect(&client, &shown, &origin).await? {
        Some(IntrospectionBody::of(claims, issuer))
    } else {
        let grant = grants.introspect(&client, &shown).await?;
        grant.map(|grant| IntrospectionBody::of_refresh_token(grant, client.id(), issuer))
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
    heard: Heard,
    incoming: Incoming,
) -> Result<HttpResponse, OAuthProblem> {
    let call = ClientCall::read(request.headers(), incoming, heard).await?;
    let shown = call.faults.kept(shown_token(&call.form))?;
    let origin = call.faults.origin;
    let client = authentication.authenticate(call.presented, origin.clone()).await?;
    grants.revoke(&client, &shown, origin.clone()).await?;
    tokens.revoke(&client, &shown, origin).await?;
    Ok(HttpResponse::Ok().finish())
}
