//! Which scripts of other origins may call, and read what is answered (Fetch, section 3.2).

use crate::site::{ClientPaths, OpenPaths};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderValue, ORIGIN, VARY,
};
use actix_web::{Error, HttpResponse};
use futures_util::future::Either;
use std::future::{Ready, ready};

/// What a script may send beside what it always may.
const ALLOWED_HEADERS: &str = "authorization, content-type, x-request-id";

const ALLOWED_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// What a script may read beside what it always may.
const EXPOSED_HEADERS: &str = "retry-after, ratelimit, ratelimit-policy, www-authenticate, x-request-id";

/// What a client's script may send beside what it always may.
const ALLOWED_HEADERS_OF_CLIENTS: &str = "authorization, content-type, dpop";

const ALLOWED_METHODS_OF_CLIENTS: &str = "GET, HEAD, POST";

/// What a client's script may read beside what it always may.
const EXPOSED_HEADERS_TO_CLIENTS: &str = "www-authenticate, dpop-nonce, x-request-id";

/// How many seconds a browser need not ask again: two hours, the most that browsers take.
const MAX_AGE: &str = "7200";

/// Answers what a browser asks before a script's call, where the script may call. Others find that the path has no such
/// method.
pub(crate) fn answer_preflights<S>(
    (open, open_to_clients): &(OpenPaths, ClientPaths),
    request: ServiceRequest,
    next: &S,
) -> Either<S::Future, Ready<Result<ServiceResponse, Error>>>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !is_preflight {
        return Either::Left(next.call(request));
    }
    let headers = request.headers();
    let allowed = if open.has(request.path()) && open.to.caller(headers).is_some() {
        (ALLOWED_METHODS, ALLOWED_HEADERS)
    } else if open_to_clients.has(request.path()) && open_to_clients.caller(headers).is_some() {
        (ALLOWED_METHODS_OF_CLIENTS, ALLOWED_HEADERS_OF_CLIENTS)
    } else {
        return Either::Left(next.call(request));
    };
    let (methods, headers) = allowed;
    let answer = HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, headers))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish();
    Either::Right(ready(Ok(request.into_response(answer))))
}

/// Lets scripts of allowed origins read every answer, refusals among them. What is answered to others says that it would
/// have differed, for what keeps answers.
pub(crate) fn show_to_allowed_origins<S>(
    (open, open_to_clients): &(OpenPaths, ClientPaths),
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let headers = request.headers();
    let (is_open, is_open_to_clients) = (open.has(request.path()), open_to_clients.has(request.path()));
    let caller = if is_open {
        open.to.caller(headers).cloned()
    } else if is_open_to_clients {
        open_to_clients.caller(headers).cloned()
    } else {
        None
    };
    let answer = next.call(request);
    async move {
        let mut answer = answer.await?;
        if !is_open && !is_open_to_clients {
            return Ok(answer);
        }
        let headers = answer.headers_mut();
        headers.append(VARY, HeaderValue::from_static(ORIGIN.as_str()));
        if let Some(caller) = caller {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, caller);
            let exposed = if is_open {
                headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
                EXPOSED_HEADERS
            } else {
                EXPOSED_HEADERS_TO_CLIENTS
            };
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
        }
        Ok(answer)
    }
}
