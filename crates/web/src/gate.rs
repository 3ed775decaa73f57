//! A connection from which nothing is read while a request is answered.
//!
//! actix-http parses what is sent ahead while the answers before it are awaited, up to 128 KiB of heads on a connection,
//! which take many times their size. With the gate, they wait in the client's system. Only actix-http looks at what is
//! read.

use actix_web::rt::net::TcpStream;
use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most bytes that are handed over before it is seen whether a request has come of them.
const AT_ONCE: usize = 4 * 1024;

/// Says whether the connection may be read from. It may at first.
#[derive(Default)]
pub(crate) struct Gate {
    is_shut: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Gate {
    /// Nothing more is read.
    pub(crate) fn shut(&self) {
        self.is_shut.set(true);
    }

    /// What comes is read.
    pub(crate) fn open(&self) {
        self.is_shut.set(false);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

/// A connection behind a gate.
pub(crate) struct Gated {
    socket: TcpStream,
    gate: Rc<Gate>,
    /// As much as may be handed over at once was, and there may be more.
    has_had_its_share: bool,
}

impl Gated {
    /// Of a socket that was just accepted.
    pub(crate) fn new(socket: TcpStream) -> Self {
        Self {
            socket,
            gate: Rc::default(),
            has_had_its_share: false,
        }
    }

    /// Its gate.
    pub(crate) fn gate(&self) -> Rc<Gate> {
        Rc::clone(&self.gate)
    }
}

impl AsyncRead for Gated {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.gate.is_shut.get() {
            this.has_had_its_share = false;
            this.gate.waiting.replace(Some(context.waker().clone()));
            return Poll::Pending;
        }
        if this.has_had_its_share {
            this.has_had_its_share = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut share = ReadBuf::new(buffer.initialize_unfilled_to(AT_ONCE.min(buffer.remaining())));
        ready!(Pin::new(&mut this.socket).poll_read(context, &mut share))?;
        this.has_had_its_share = share.remaining() == 0;
        let count = share.filled().len();
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gated {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn pair() -> (TcpStream, Gated) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (served, _) = listener.accept().await.unwrap();
        (client, Gated::new(served))
    }

    #[tokio::test]
    async fn nothing_is_read_while_the_gate_is_shut_and_whoever_waits_is_told_when_it_opens() {
        let (mut client, mut gated) = pair().await;
        client.write_all(b"ab").await.unwrap();
        let gate = gated.gate();
        assert_eq!(gated.read_u8().await.unwrap(), b'a');
        gate.shut();
        let is_read = Cell::new(false);
        let opening = async {
            tokio::task::yield_now().await;
            assert!(!is_read.get());
            gate.open();
        };
        let reading = async {
            let byte = gated.read_u8().await.unwrap();
            is_read.set(true);
            byte
        };
        let (byte, ()) = tokio::join!(biased; reading, opening);
        assert_eq!(byte, b'b');
    }

    #[tokio::test]
    async fn a_share_is_handed_over_at_once_and_the_next_when_asked_again() {
        let (mut client, mut gated) = pair().await;
        client.write_all(&[7; 2 * AT_ONCE]).await.unwrap();
        gated.socket.readable().await.unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let mut bytes = vec![0; 2 * AT_ONCE];
        let mut buffer = ReadBuf::new(&mut bytes);
        for filled in [AT_ONCE, AT_ONCE, 2 * AT_ONCE] {
            let _ = Pin::new(&mut gated).poll_read(&mut context, &mut buffer);
            assert_eq!(buffer.filled().len(), filled);
        }
    }
}
