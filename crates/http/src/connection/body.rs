//! Where the body of a request ends, by what actix-http made of its head.

use actix_codec::Decoder;
use actix_http::h1::{Codec, Message};
use actix_http::{HttpMessage, Request, ServiceConfig};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use actix_web::web::BytesMut;

/// A head of which actix-http's decoder learns that chunks follow.
const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";

/// How the body of a request is framed (RFC 9112, section 6.3). actix-http has refused all that contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// That many bytes.
    Length(u64),
    /// Chunks, up to one of no bytes and its trailers.
    Chunked,
    /// All that is still sent. No other request can follow it.
    Endless,
}

impl Framing {
    /// Of a request as actix-http has read it, in the order in which its decoder decides.
    pub(super) fn of(request: &Request) -> Self {
        let headers = request.headers();
        if headers.contains_key(TRANSFER_ENCODING) {
            return Self::Chunked;
        }
        let is_websocket = headers
            .get_all(UPGRADE)
            .any(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"websocket"));
        if is_websocket || request.method() == Method::CONNECT {
            return Self::Endless;
        }
        let Some(length) = headers.get(CONTENT_LENGTH) else {
            return Self::Length(0);
        };
        let length = length.to_str().ok().and_then(|text| text.trim().parse().ok());
        length.map_or(Self::Endless, Self::Length)
    }
}

/// What is still to come of a body.
pub(super) enum Body {
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked(Box<ChunkedBody>),
    /// Whatever comes.
    Endless,
    /// Nothing that could be told from the next request.
    Broken,
}

/// Follows a body in chunks by actix-http's own decoder, fed with the same bytes as the one that reads the body: so
/// the two can't find different ends.
pub(super) struct ChunkedBody {
    codec: Codec,
    unread: BytesMut,
}

/// How far a body in chunks goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// Over all the bytes, and further.
    Further,
    /// To the end of so many bytes.
    To(usize),
    /// Nobody knows: the chunks are broken.
    Nowhere,
}

impl ChunkedBody {
    /// The start of a body; `None` if the decoder is not what is expected of it.
    pub(super) fn new(config: &ServiceConfig) -> Option<Self> {
        let mut codec = Codec::new(config.clone());
        let mut unread = BytesMut::from(CHUNKED);
        let head = codec.decode(&mut unread);
        matches!(head, Ok(Some(Message::Item(_)))).then_some(Self { codec, unread })
    }

    /// Goes on with these bytes.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Followed {
        self.unread.extend_from_slice(bytes);
        loop {
            match self.codec.decode(&mut self.unread) {
                Ok(Some(Message::Chunk(Some(_)))) => {}
                Ok(Some(Message::Chunk(None))) => return Followed::To(bytes.len().saturating_sub(self.unread.len())),
                Ok(None) if self.unread.is_empty() => return Followed::Further,
                Ok(Some(Message::Item(_)) | None) | Err(_) => return Followed::Nowhere,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_body_in_chunks_ends_after_its_trailers_however_it_arrives() {
        let config = ServiceConfig::default();
        for (bytes, expected) in [
            ("", Followed::Further),
            ("3\r\nabc\r\n", Followed::Further),
            ("3\r\nabc\r\n0\r\n\r", Followed::Further),
            ("3\r\nabc\r\n0\r\n\r\n", Followed::To(13)),
            ("0\r\n\r\nGET /", Followed::To(5)),
            ("3;a=b\r\nabc\r\n0\r\na: b\r\n\r\n0\r\n\r\n", Followed::To(23)),
            ("3\nabc", Followed::Nowhere),
            ("x\r\n", Followed::Nowhere),
            ("3\r\nabcd", Followed::Nowhere),
            ("10000000000000000\r\n", Followed::Nowhere),
        ] {
            let mut body = ChunkedBody::new(&config).unwrap();
            assert_eq!(body.follow(bytes.as_bytes()), expected, "{bytes:?}");
            let mut body = ChunkedBody::new(&config).unwrap();
            let decided = bytes
                .bytes()
                .zip(1..)
                .find_map(|(byte, count)| match body.follow(&[byte]) {
                    Followed::Further => None,
                    Followed::To(_) => Some(Followed::To(count)),
                    Followed::Nowhere => Some(Followed::Nowhere),
                });
            assert_eq!(decided.unwrap_or(Followed::Further), expected, "{bytes:?}");
        }
    }
}
