//! The identities that the caller's account is linked with.

use crate::auth::problems::COOKIES_OFF;
use crate::caller::signed_in::SignedIn;
use crate::path_id::path_id;
use crate::problem::Problem;
use crate::social::bodies::{IdentityListBody, LinkBody, LinkStartBody};
use crate::social::controller::named;
use crate::social::problems::{LinkProblems, ListIdentitiesProblems, UnlinkProblems};
use actix_web::http::header::SET_COOKIE;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, post};
use portcullis_application::{LinkedIdentities, SocialSignIn};
use portcullis_web::{AppRedirects, Cookies, Fields, Incoming, kind};

/// List your linked identities
///
/// Those at other providers that sign you in, the oldest first.
#[utoipa::path(
    tag = "account",
    operation_id = "list_identities",
    security(("password" = []), ("bearer" = [])),
    responses((status = 200, description = "The identities.", body = IdentityListBody), ListIdentitiesProblems),
)]
#[get("/users/me/identities")]
pub(crate) async fn list(
    caller: SignedIn,
    identities: Data<dyn LinkedIdentities>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    Fields::refuse_any(request.query_string())?;
    Ok(Json(IdentityListBody::new(&identities.list_own(&caller.0).await?)))
}

/// Begin to link an identity
///
/// Takes a fresh proof of who you are. The browser that goes to `authorize_url` has to be the one that keeps the cookie of this
/// answer, so a script calls with `credentials: "include"`. The browser comes back to `redirect_to` with `linked`, or with
/// `error`.
#[utoipa::path(
    tag = "account",
    operation_id = "link_identity",
    security(("password" = []), ("bearer" = [])),
    params(("provider" = String, Path, description = "The provider.", example = "github")),
    request_body = LinkBody,
    responses(
        (status = 200, description = "Where the browser goes.", body = LinkStartBody, headers(
            ("set-cookie" = String, description = "Binds the answer to the browser, for ten minutes."),
        )),
        LinkProblems,
    ),
)]
#[post("/users/me/identities/{provider}/link")]
#[expect(clippy::too_many_arguments, reason = "the framework hands each of them in by itself")]
pub(crate) async fn link(
    caller: SignedIn,
    social: Data<dyn SocialSignIn>,
    identities: Data<dyn LinkedIdentities>,
    cookies: Data<Option<Cookies>>,
    allowed: Data<AppRedirects>,
    provider: Path<String>,
    request: HttpRequest,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let provider = named(&provider)?;
    if !social.providers().iter().any(|offered| offered.name == provider) {
        return Err(kind::NOT_FOUND.into());
    }
    let (fields, ()) = incoming.json_if_any_and_query(|_| ()).await?;
    let body = LinkBody::read(fields, &allowed)?;
    let cookies = (**cookies).as_ref().ok_or(COOKIES_OFF)?;
    let given = cookies.social(request.headers());
    let begun = identities
        .begin_link(&caller.0, &provider, body.redirect_to, given)
        .await?;
    let mut answer = HttpResponse::Ok();
    if let Some(cookie) = cookies.set_social(&begun.browser, begun.life.to_std().unwrap_or_default()) {
        answer.append_header((SET_COOKIE, cookie));
    }
    Ok(answer.json(LinkStartBody {
        authorize_url: begun.url.expose().to_owned(),
    }))
}

/// Unlink an identity
///
/// Takes a fresh proof of who you are. Your other sessions end. The last way to sign in stays.
#[utoipa::path(
    tag = "account",
    operation_id = "unlink_identity",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The link.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "It is linked no more."), UnlinkProblems),
)]
#[delete("/users/me/identities/{id}")]
pub(crate) async fn unlink(
    caller: SignedIn,
    identities: Data<dyn LinkedIdentities>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    identities.unlink(&caller.0, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
