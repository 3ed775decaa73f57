//! What becomes of a body that was not read to its end.

use actix_service::Service;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::future::{Either, LocalBoxFuture};
use futures_util::stream::{Stream, StreamExt, poll_fn};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Keeps a body in chunks until the answer is sent, so that the connection is closed where it was not read whole.
/// Once such a body is dropped, actix-http goes on receiving the rest of it, without an end and without a timer.
pub(crate) fn close_connection<S>(
    mut request: ServiceRequest,
    next: &S,
) -> Either<S::Future, LocalBoxFuture<'static, Result<ServiceResponse, Error>>>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
    S::Future: 'static,
{
    if !request.headers().contains_key(TRANSFER_ENCODING) {
        return Either::Left(next.call(request));
    }
    let kept = Rc::new(RefCell::new(request.take_payload()));
    let lent = Rc::clone(&kept);
    let stream: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
        Box::pin(poll_fn(move |context| lent.borrow_mut().poll_next_unpin(context)));
    request.set_payload(Payload::from(stream));
    let answer = next.call(request);
    Either::Right(Box::pin(async move {
        Ok(answer.await?.map_body(|_, body| {
            BoxBody::new(Answer {
                body,
                _request_body: kept,
            })
        }))
    }))
}

/// The body of an answer, with the body of its request.
struct Answer {
    body: BoxBody,
    _request_body: Rc<RefCell<Payload>>,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
