//! `/oauth2/userinfo`: what a client learns of a user who let it (OpenID Connect Core, section 5.3).

use crate::oauth2::bodies::UserInfoBody;
use crate::oauth2::problems::{INVALID_REQUEST, INVALID_TOKEN, OAuthProblem, UserInfoErrors};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use portcullis_application::UserInfo;
use portcullis_domain::SecretText;
use portcullis_web::Refusal;

/// Learn who the user is
///
/// The userinfo endpoint (OpenID Connect Core, section 5.3): the claims of the scopes that the access token has, as they are now.
/// The token comes in the header alone. One that is for an API does not count here.
#[utoipa::path(
    tag = "oauth2",
    operation_id = "get_user_info",
    responses((status = 200, description = "What the client may know.", body = UserInfoBody), UserInfoErrors),
)]
#[get("/oauth2/userinfo")]
pub(crate) async fn get_claims(
    service: Data<dyn UserInfo>,
    request: HttpRequest,
) -> Result<HttpResponse, OAuthProblem> {
    claims(&**service, request.headers()).await
}

/// Learn who the user is, by POST
///
/// The same. What is sent besides is not read.
#[utoipa::path(
    tag = "oauth2",
    operation_id = "request_user_info",
    responses((status = 200, description = "What the client may know.", body = UserInfoBody), UserInfoErrors),
)]
#[post("/oauth2/userinfo")]
pub(crate) async fn post_claims(
    service: Data<dyn UserInfo>,
    request: HttpRequest,
) -> Result<HttpResponse, OAuthProblem> {
    claims(&**service, request.headers()).await
}

async fn claims(service: &dyn UserInfo, headers: &HeaderMap) -> Result<HttpResponse, OAuthProblem> {
    let claims = service.claims(&token_of(headers)?).await?;
    Ok(HttpResponse::Ok().json(claims))
}

/// The token of the header; two headers are one too many.
fn token_of(headers: &HeaderMap) -> Result<SecretText, OAuthProblem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(Refusal::from(INVALID_REQUEST)
            .in_words("Send one header Authorization.")
            .into());
    }
    let text = first
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split_once(' '));
    match text {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(SecretText::new(token.trim_start_matches(' ').to_owned()))
        }
        _ => Err(INVALID_TOKEN.into()),
    }
}
