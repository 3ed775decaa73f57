//! What the head of an answer says of the connection.

use memchr::memmem;
use std::sync::LazyLock;

/// Made once: the search for it runs for each answer.
static HEAD_END: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\r\n\r\n"));

const CONNECTION: &[u8] = b"\r\nconnection: ";

static CONNECTION_NAME: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(CONNECTION));

/// Whether another request may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerHead {
    /// The answer has not begun.
    Unsent,
    /// It may.
    KeepsOpen,
    /// It may not.
    Closes,
    /// The answer says nothing that is known here.
    Unclear,
}

impl AnswerHead {
    /// Of what actix-http sends, from its start; it sends a head at once.
    pub(super) fn of(mut sent: &[u8]) -> Self {
        while let Some(length) = HEAD_END.find(sent) {
            let (head, rest) = sent.split_at(length);
            // An interim answer is followed by another (RFC 9110, section 15.2).
            if !head.starts_with(b"HTTP/1.1 1") {
                return Self::of_head(head);
            }
            sent = rest.get(4..).unwrap_or_default();
        }
        if sent.is_empty() { Self::Unsent } else { Self::Unclear }
    }

    fn of_head(head: &[u8]) -> Self {
        let is_current = head.starts_with(b"HTTP/1.1 ");
        if !is_current && !head.starts_with(b"HTTP/1.0 ") {
            return Self::Unclear;
        }
        let Some(at) = CONNECTION_NAME.find(head) else {
            return if is_current { Self::KeepsOpen } else { Self::Closes };
        };
        let value = head.get(at + CONNECTION.len()..).unwrap_or_default();
        match value.split(|byte| *byte == b'\r').next() {
            Some(b"close") => Self::Closes,
            Some(b"keep-alive") => Self::KeepsOpen,
            _ => Self::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_and_the_header_connection_decide() {
        for (sent, expected) in [
            ("", AnswerHead::Unsent),
            ("HTTP/1.1 100 Continue\r\n\r\n", AnswerHead::Unsent),
            (
                "HTTP/1.1 200 OK\r\na: b\r\n\r\nconnection: close\r\n\r\n",
                AnswerHead::KeepsOpen,
            ),
            (
                "HTTP/1.1 200 OK\r\na: b\r\nconnection: close\r\nc: d\r\n\r\n",
                AnswerHead::Closes,
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
                AnswerHead::Closes,
            ),
            ("HTTP/1.0 200 OK\r\n\r\n", AnswerHead::Closes),
            (
                "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\n",
                AnswerHead::KeepsOpen,
            ),
            (
                "HTTP/1.1 426 Upgrade\r\nconnection: upgrade\r\n\r\n",
                AnswerHead::Unclear,
            ),
            ("HTTP/1.1 200 OK\r\n", AnswerHead::Unclear),
            ("inue\r\n\r\n", AnswerHead::Unclear),
        ] {
            assert_eq!(AnswerHead::of(sent.as_bytes()), expected, "{sent:?}");
        }
    }
}
