//! A connection as actix-http sees it: what it reads, and where its writing leads.

use super::Rules;
use super::answer_head::AnswerHead;
use super::body::Body;
use super::exchange::{Exchange, Stage};
use super::farewell::Farewell;
use super::head::HeadScan;
use super::patience::Patience;
use crate::problem::Problem;
use actix_web::rt::net::TcpStream;
use actix_web::web::BytesMut;
use chrono::{DateTime, Utc};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is awaited where no request runs.
pub(super) enum Awaited {
    /// The rest of a head of which the first byte came then.
    Head(DateTime<Utc>),
    /// A head of which nothing has come. The first of a connection has to come as soon as if it had.
    FirstHead,
    /// A head, after others: a connection that idles is closed in silence.
    NextHead,
}

/// A connection as actix-http sees it.
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) exchange: Rc<Exchange>,
    pub(super) rules: Rc<Rules>,
    /// What was read and is not handed over yet.
    pub(super) held: BytesMut,
    /// How much of it may be handed over.
    pub(super) cleared: usize,
    pub(super) scan: HeadScan,
    pub(super) body: Body,
    pub(super) answer_head: AnswerHead,
    pub(super) awaited: Awaited,
    pub(super) patience: Patience,
    /// What the client has sent is all there will be.
    pub(super) has_ended: bool,
    pub(super) farewell: Option<Farewell>,
}

impl Connection {
    /// Of a socket that was just accepted.
    pub(super) fn new(socket: TcpStream, rules: Rc<Rules>) -> Self {
        Self {
            socket,
            exchange: Exchange::new(),
            held: BytesMut::new(),
            cleared: 0,
            scan: HeadScan::default(),
            body: Body::Length(0),
            answer_head: AnswerHead::Unsent,
            awaited: Awaited::FirstHead,
            patience: Patience::of(rules.head_timeout),
            has_ended: false,
            farewell: None,
            rules,
        }
    }

    /// Answers with the problem, and nothing after it.
    pub(super) fn refuse(&mut self, problem: &Problem) {
        let refusals = &self.rules.refusals;
        let began = match self.awaited {
            Awaited::Head(began) => began,
            Awaited::FirstHead | Awaited::NextHead => refusals.now(),
        };
        self.farewell = Some(Farewell::new(refusals.answer(problem, began)));
    }

    /// Whether nothing more comes of what runs, or is awaited.
    fn is_over(&self) -> bool {
        let is_broken = matches!(self.body, Body::Broken);
        self.farewell.is_none() && self.cleared == 0 && (is_broken || (self.has_ended && self.held.is_empty()))
    }

    /// The next head may come.
    pub(super) fn await_next(&mut self) {
        self.exchange.go_to(Stage::Waiting);
        self.answer_head = AnswerHead::Unsent;
        self.awaited = Awaited::NextHead;
        self.patience.renew(self.rules.keep_alive);
        if self.held.is_empty() {
            // Connections idle long, and many at a time.
            self.held = BytesMut::new();
        }
    }

    /// The answer, which actix-http had given whole, is with the client's system.
    fn answer_is_sent(&mut self, context: &mut Context<'_>) {
        match self.answer_head {
            AnswerHead::KeepsOpen => self.exchange.go_to(Stage::Sent),
            AnswerHead::Closes => return self.exchange.go_to(Stage::Closing),
            AnswerHead::Unsent | AnswerHead::Unclear => self.exchange.go_to(Stage::Last),
        }
        self.learn_framing();
        let is_whole = matches!(self.body, Body::Length(0));
        if self.exchange.stage() == Stage::Sent && is_whole && self.held.is_empty() && !self.has_ended {
            self.await_next();
            // Its timer has to know this task; the socket does already.
            if self.patience.poll_over(context).is_pending() {
                return;
            }
        }
        context.waker().wake_by_ref();
    }
}

impl AsyncRead for Connection {
    /// Reads nothing, as if the client had ended, where actix-http has to close the connection.
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        loop {
            if let Some(farewell) = &mut this.farewell {
                ready!(farewell.poll(context, &mut this.socket));
                return Poll::Ready(Ok(()));
            }
            if this.cleared > 0 {
                let part = this.held.split_to(this.cleared.min(buffer.remaining()));
                this.cleared -= part.len();
                buffer.put_slice(&part);
                return Poll::Ready(Ok(()));
            }
            match this.exchange.stage() {
                Stage::Waiting => {
                    if !this.held.is_empty() && !this.lacks_bytes() {
                        continue;
                    }
                    if this.has_ended {
                        return Poll::Ready(Ok(()));
                    }
                    ready!(this.poll_head(context, buffer))?;
                }
                Stage::Handed => ready!(this.poll_ahead(context))?,
                Stage::Running | Stage::Answered | Stage::Sent => ready!(this.poll_rest(context, buffer))?,
                // Who reads up to the end must not wait until nothing more is read here (RFC 9112, section 9.6).
                Stage::Closing => this.farewell = Some(Farewell::new(BytesMut::new())),
                Stage::Last => return Poll::Ready(Ok(())),
                Stage::Broken => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
            }
            if buffer.filled().len() > before || this.is_over() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.farewell.is_none() {
            match this.exchange.stage() {
                // There is nothing to answer, or nothing left of the answer.
                Stage::Broken | Stage::Waiting | Stage::Sent | Stage::Closing => {
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
                // No request has come of the head: this is actix-http's own refusal of it, and has no body.
                Stage::Handed if bytes.starts_with(b"HTTP/1.1 431 ") => this.refuse(&Problem::head_too_large()),
                Stage::Handed => this.refuse(&Problem::malformed_request()),
                Stage::Running | Stage::Answered | Stage::Last => {
                    if this.answer_head == AnswerHead::Unsent {
                        this.answer_head = AnswerHead::of(bytes);
                    }
                }
            }
        }
        let Some(farewell) = &mut this.farewell else {
            return Pin::new(&mut this.socket).poll_write(context, bytes);
        };
        ready!(farewell.poll(context, &mut this.socket));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.farewell.is_some() {
            return Poll::Ready(Ok(()));
        }
        match this.exchange.stage() {
            // actix-http flushes when it has written all that it has.
            Stage::Answered => this.answer_is_sent(context),
            // It has made nothing of what is a whole head here.
            Stage::Handed => {
                this.exchange.go_to(Stage::Last);
                context.waker().wake_by_ref();
            }
            Stage::Last if !this.has_ended => {
                this.has_ended = true;
                context.waker().wake_by_ref();
            }
            _ => {}
        }
        Pin::new(&mut this.socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if matches!(this.body, Body::Endless | Body::Broken) {
            this.farewell.get_or_insert_with(|| Farewell::new(BytesMut::new()));
        }
        let Some(farewell) = &mut this.farewell else {
            return Pin::new(&mut this.socket).poll_shutdown(context);
        };
        ready!(farewell.poll(context, &mut this.socket));
        Poll::Ready(Ok(()))
    }
}
