//! A connection answers one request at a time: what it reads meanwhile, and what becomes of a body that nobody reads.

use crate::gate::Gate;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::stream::{Stream, StreamExt, poll_fn};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Shuts the connection's gate until the answer is written, but for the request's own body.
pub(crate) fn take<S>(
    mut request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse<Answer>, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let turn = Turn {
        gate: request.conn_data::<Rc<Gate>>().map(Rc::clone),
        _payload: keep_chunks(&mut request),
    };
    if let Some(gate) = &turn.gate {
        gate.shut();
    }
    let answer = next.call(request);
    async move { Ok(answer.await?.map_body(|_, body| Answer { body, _turn: turn })) }
}

/// Keeps a body in chunks until the answer is written, so that the connection is closed where it was not read whole. Once
/// such a body is dropped, actix-http goes on receiving the rest of it, without an end and without a timer.
fn keep_chunks(request: &mut ServiceRequest) -> Option<Rc<RefCell<Payload>>> {
    if !request.headers().contains_key(TRANSFER_ENCODING) {
        return None;
    }
    let kept = Rc::new(RefCell::new(request.take_payload()));
    let lent = Rc::clone(&kept);
    let stream: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
        Box::pin(poll_fn(move |context| lent.borrow_mut().poll_next_unpin(context)));
    request.set_payload(Payload::from(stream));
    Some(kept)
}

/// Lasts as long as a request is answered.
struct Turn {
    gate: Option<Rc<Gate>>,
    _payload: Option<Rc<RefCell<Payload>>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(gate) = &self.gate {
            gate.open();
        }
    }
}

/// The body of an answer. The turn ends when it does.
pub(crate) struct Answer {
    body: BoxBody,
    _turn: Turn,
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
