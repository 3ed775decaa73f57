//! What the connection and actix-http tell each other of the request between them.

use super::body::Framing;
use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_http::{ConnectionType, Request, Response};
use actix_service::{Service, ServiceFactory, apply_fn_factory};
use actix_web::web::Bytes;
use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// How far a request and its answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A head is awaited.
    Waiting,
    /// A whole head was handed to actix-http, and no request has come of it yet.
    Handed,
    /// The request runs.
    Running,
    /// actix-http has the whole answer.
    Answered,
    /// The client's system has the whole answer; something of the request's body may still be to come.
    Sent,
    /// The answer says that the connection is closed: nothing more is read.
    Closing,
    /// Nothing more is read, and actix-http has to be told to close.
    Last,
    /// actix-http made a request of what was not handed to it as one: nothing may be sent any more.
    Broken,
}

/// One connection's present request. There is never a second: its head is handed over when the answer to the one
/// before is sent.
pub(super) struct Exchange {
    stage: Cell<Stage>,
    framing: Cell<Option<Framing>>,
    is_last: Cell<bool>,
}

impl Exchange {
    /// Of a new connection.
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            stage: Cell::new(Stage::Waiting),
            framing: Cell::new(None),
            is_last: Cell::new(false),
        })
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }

    pub(super) fn go_to(&self, stage: Stage) {
        self.stage.set(stage);
    }

    /// How the request's body is framed, told once.
    pub(super) fn take_framing(&self) -> Option<Framing> {
        self.framing.take()
    }

    /// No request can follow this one; its answer is to say so.
    pub(super) fn end_with_this(&self) {
        self.is_last.set(true);
    }

    /// A request has come of the head that was handed over. `None` if none was: then the two disagree on where
    /// requests end, and the connection is of no more use.
    fn begin(self: &Rc<Self>, framing: Framing) -> Option<Running> {
        if self.stage.get() != Stage::Handed {
            tracing::error!(stage = ?self.stage.get(), "a request came of what was not its head");
            self.stage.set(Stage::Broken);
            return None;
        }
        self.stage.set(Stage::Running);
        self.framing.set(Some(framing));
        Some(Running {
            exchange: Rc::clone(self),
            end: Stage::Last,
        })
    }
}

/// Lasts as long as the request runs and its answer is produced.
struct Running {
    exchange: Rc<Exchange>,
    /// Where the exchange stands afterwards.
    end: Stage,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.exchange.stage.get() == Stage::Running {
            self.exchange.stage.set(self.end);
        }
    }
}

/// The body of an answer. actix-http drops it when it has taken all of it.
pub(super) struct AnswerBody {
    body: BoxBody,
    _running: Running,
}

impl MessageBody for AnswerBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}

/// Tells the connection of every request that reaches the service, and of every answer that is complete.
pub(super) fn observed<F, B>(
    service: F,
) -> impl ServiceFactory<Request, Config = (), Response = Response<AnswerBody>, Error = F::Error, InitError = F::InitError>
where
    F: ServiceFactory<Request, Config = ()>,
    F::Response: Into<Response<B>>,
    F::Service: 'static,
    <F::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    apply_fn_factory(service, |request: Request, service: &F::Service| {
        observe(request, service)
    })
}

fn observe<S, B>(
    request: Request,
    service: &S,
) -> impl Future<Output = Result<Response<AnswerBody>, S::Error>> + use<S, B>
where
    S: Service<Request>,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
{
    let framing = Framing::of(&request);
    let running = request
        .conn_data::<Rc<Exchange>>()
        .and_then(|exchange| exchange.begin(framing));
    let answer = running.is_some().then(|| service.call(request));
    async move {
        // The connection has not been asked for the body's bytes yet, nor seen that it has to end. actix-http polls this
        // once for the request and once for the answer before it asks; and would close the connection over a body that
        // is there and that nobody reads.
        if running.is_none() || framing != Framing::Length(0) {
            pend_twice().await;
        }
        let (Some(mut running), Some(answer)) = (running, answer) else {
            return pending().await;
        };
        let answer: Response<B> = answer.await?.into();
        running.end = Stage::Answered;
        Ok(answer.map_body(|head, body| {
            if running.exchange.is_last.get() {
                head.set_connection_type(ConnectionType::Close);
            }
            AnswerBody {
                body: body.boxed(),
                _running: running,
            }
        }))
    }
}

/// Has this task polled again, two times.
async fn pend_twice() {
    let mut left = 2;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_was_not_handed_over_breaks_the_connection() {
        for stage in [
            Stage::Waiting,
            Stage::Running,
            Stage::Answered,
            Stage::Sent,
            Stage::Closing,
            Stage::Last,
        ] {
            let exchange = Exchange::new();
            exchange.go_to(stage);
            assert!(exchange.begin(Framing::Length(0)).is_none());
            assert_eq!(exchange.stage(), Stage::Broken);
        }
    }

    #[test]
    fn an_answer_that_is_not_produced_to_its_end_is_the_last() {
        let exchange = Exchange::new();
        exchange.go_to(Stage::Handed);
        let running = exchange.begin(Framing::Length(0));
        assert_eq!(
            (exchange.stage(), exchange.take_framing()),
            (Stage::Running, Some(Framing::Length(0)))
        );
        drop(running);
        assert_eq!(exchange.stage(), Stage::Last);
    }
}
