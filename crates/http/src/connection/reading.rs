//! What is read of the socket, and how much of it may be handed over.

use super::body::{Body, ChunkedBody, Followed, Framing};
use super::exchange::Stage;
use super::farewell::poll_discard;
use super::head::Head;
use super::transport::{Awaited, Connection};
use crate::problem::Problem;
use actix_web::web::Buf;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// The most bytes that are read of what follows a request before that is answered. Something is read, so that it is
/// seen when the client goes away.
const READ_AHEAD: usize = 4 * 1024;

impl Connection {
    /// Looks for a head in what was read. Whether that needs more bytes.
    pub(super) fn lacks_bytes(&mut self) -> bool {
        match self.scan.look(&self.held) {
            Head::EmptyLine if self.scan.skips_empty_line() => {
                self.held.advance(2);
                self.await_rest();
            }
            Head::EmptyLine => self.refuse(&Problem::malformed_request()),
            Head::Whole(length) => {
                self.cleared = length;
                self.exchange.go_to(Stage::Handed);
            }
            Head::Partial => {
                self.await_rest();
                return true;
            }
            Head::Refused(problem) => self.refuse(&problem),
        }
        false
    }

    /// Awaits the rest of a head that has begun.
    fn await_rest(&mut self) {
        match self.awaited {
            Awaited::Head(_) => return,
            Awaited::FirstHead => {}
            Awaited::NextHead => self.patience.renew(self.rules.head_timeout),
        }
        self.awaited = Awaited::Head(self.rules.refusals.now());
    }

    /// Waits for a head. Ready with nothing handed over if there is something to look at, or to close.
    pub(super) fn poll_head(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = if self.held.is_empty() {
            Pin::new(&mut self.socket).poll_read(context, buffer)
        } else {
            self.poll_hold(context)
        };
        match read {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {
                ready!(self.patience.poll_over(context));
                match self.awaited {
                    Awaited::NextHead => self.has_ended = true,
                    Awaited::FirstHead | Awaited::Head(_) => self.refuse(&Problem::late_head()),
                }
                return Poll::Ready(Ok(()));
            }
        }
        if !self.held.is_empty() || self.has_ended {
            return Poll::Ready(Ok(()));
        }
        let read = buffer.filled().get(before..).unwrap_or_default();
        // Almost every head comes alone and whole, and stays where it was read.
        let handed = match self.scan.look(read) {
            Head::Whole(length) => length,
            Head::EmptyLine | Head::Partial | Head::Refused(_) => 0,
        };
        self.has_ended = read.is_empty();
        self.held.extend_from_slice(read.get(handed..).unwrap_or_default());
        buffer.set_filled(before + handed);
        if handed > 0 {
            self.exchange.go_to(Stage::Handed);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads some more to be held.
    fn poll_hold(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [MaybeUninit::uninit(); READ_AHEAD];
        let mut bytes = ReadBuf::uninit(&mut bytes);
        ready!(Pin::new(&mut self.socket).poll_read(context, &mut bytes))?;
        self.has_ended = bytes.filled().is_empty();
        self.held.extend_from_slice(bytes.filled());
        Poll::Ready(Ok(()))
    }

    /// Reads a little ahead while the request is answered. Ready when the client has gone and left nothing.
    pub(super) fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.has_ended && self.held.len() < READ_AHEAD {
            ready!(self.poll_hold(context))?;
        }
        if self.held.is_empty() {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    /// Hands over what comes of a body of which so many bytes are missing.
    fn poll_length(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        missing: u64,
    ) -> Poll<io::Result<()>> {
        let most = usize::try_from(missing).unwrap_or(usize::MAX);
        let count = if self.held.is_empty() {
            let room = buffer.initialize_unfilled_to(most.min(buffer.remaining()));
            let mut part = ReadBuf::new(room);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut part))?;
            let count = part.filled().len();
            buffer.advance(count);
            self.has_ended = count == 0;
            count
        } else {
            self.cleared = most.min(self.held.len());
            self.cleared
        };
        self.body = Body::Length(missing.saturating_sub(count as u64));
        Poll::Ready(Ok(()))
    }

    /// Clears what has come of a body in chunks.
    fn follow_chunks(&mut self) {
        let Body::Chunked(chunks) = &mut self.body else {
            return;
        };
        match chunks.follow(&self.held) {
            Followed::Further => self.cleared = self.held.len(),
            Followed::To(end) => {
                self.cleared = end;
                self.body = Body::Length(0);
            }
            Followed::Nowhere => {
                self.body = Body::Broken;
                self.exchange.end_with_this();
            }
        }
    }

    /// Learns how the body of the request is framed, once it has begun.
    pub(super) fn learn_framing(&mut self) {
        let Some(framing) = self.exchange.take_framing() else {
            return;
        };
        self.body = match framing {
            Framing::Length(length) => Body::Length(length),
            Framing::Chunked => ChunkedBody::new(&self.rules.refusals.codec)
                .map_or(Body::Endless, |chunks| Body::Chunked(Box::new(chunks))),
            Framing::Endless => Body::Endless,
        };
        if matches!(self.body, Body::Endless) {
            self.exchange.end_with_this();
        }
    }

    /// Hands over what comes of the present request, and reads a little ahead after it.
    pub(super) fn poll_rest(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.learn_framing();
        match self.body {
            Body::Length(0) if self.exchange.stage() == Stage::Sent => {
                self.await_next();
                Poll::Ready(Ok(()))
            }
            Body::Length(0) => self.poll_ahead(context),
            Body::Length(missing) => self.poll_length(context, buffer, missing),
            Body::Chunked(_) => {
                if self.held.is_empty() {
                    ready!(self.poll_hold(context))?;
                }
                self.follow_chunks();
                Poll::Ready(Ok(()))
            }
            Body::Endless => {
                ready!(poll_discard(context, &mut self.socket));
                self.has_ended = true;
                self.held.clear();
                Poll::Ready(Ok(()))
            }
            // The request learns that its body ends early.
            Body::Broken => Poll::Ready(Ok(())),
        }
    }
}
