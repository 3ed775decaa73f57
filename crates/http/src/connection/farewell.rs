//! The end of a connection of which not all is read.

use super::LINGER;
use actix_web::rt::net::TcpStream;
use actix_web::web::{Buf, BytesMut};
use std::future::Future;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Sends a last answer, where there is one, says that nothing follows it, and goes on reading for a while: a connection
/// that is dropped with unread bytes takes the answer with it.
pub(super) struct Farewell {
    answer: BytesMut,
    linger: Option<Pin<Box<Sleep>>>,
}

impl Farewell {
    pub(super) const fn new(answer: BytesMut) -> Self {
        Self { answer, linger: None }
    }

    /// Ready when the connection may be dropped.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, mut socket: &mut TcpStream) -> Poll<()> {
        while !self.answer.is_empty() {
            match ready!(Pin::new(&mut socket).poll_write(context, &self.answer)) {
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(count) => self.answer.advance(count),
            }
        }
        if self.linger.is_none() && ready!(Pin::new(&mut socket).poll_shutdown(context)).is_err() {
            return Poll::Ready(());
        }
        let linger = self.linger.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if linger.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        poll_discard(context, socket)
    }
}

/// Reads what comes and forgets it. Ready when nothing more can come.
pub(super) fn poll_discard(context: &mut Context<'_>, mut socket: &mut TcpStream) -> Poll<()> {
    loop {
        let mut bytes = [MaybeUninit::uninit(); 4096];
        let mut bytes = ReadBuf::uninit(&mut bytes);
        if ready!(Pin::new(&mut socket).poll_read(context, &mut bytes)).is_err() || bytes.filled().is_empty() {
            return Poll::Ready(());
        }
    }
}
