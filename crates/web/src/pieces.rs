//! Large answers, sent piece by piece.

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The most bytes of a piece; as many as actix-http collects before it waits for the client to read.
const PIECE: usize = 32 * 1024;

/// A body that shares its bytes. actix-http copies what it is given to the connection, so bytes that are given whole
/// are held once more for every client that does not read them.
pub struct Pieces(Bytes);

impl Pieces {
    /// Sends those bytes.
    #[must_use]
    pub const fn of(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.0.len().min(PIECE);
        Poll::Ready(Some(Ok(self.0.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn the_pieces_are_small_and_together_they_are_the_whole() {
        let whole: Vec<u8> = (0..=u8::MAX).cycle().take(3 * PIECE + 1).collect();
        let mut pieces = Pieces::of(Bytes::from(whole.clone()));
        assert_eq!(pieces.size(), BodySize::Sized(whole.len() as u64));
        let mut context = Context::from_waker(Waker::noop());
        let (mut sent, mut count) = (Vec::new(), 0);
        while let Poll::Ready(Some(Ok(piece))) = Pin::new(&mut pieces).poll_next(&mut context) {
            assert!(piece.len() <= PIECE);
            sent.extend_from_slice(&piece);
            count += 1;
        }
        assert!(sent == whole);
        assert_eq!(count, 4);
    }
}
