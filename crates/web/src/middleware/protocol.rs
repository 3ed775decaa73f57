//! A client may offer another protocol than HTTP/1.1; none is taken.

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;

/// Says `close` where a client offered another protocol. actix-http would say `upgrade`, as though it had been taken, and
/// close the connection all the same.
pub(crate) fn tell_that_none_is_taken<S>(
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let is_offered = request.head().connection_type() == ConnectionType::Upgrade;
    let answer = next.call(request);
    async move {
        let mut answer = answer.await?;
        if is_offered {
            let head = answer.response_mut().head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
        Ok(answer)
    }
}
