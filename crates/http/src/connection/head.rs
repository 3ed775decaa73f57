//! Where the head of a request ends.

use crate::problem::Problem;
use memchr::memchr;
use std::mem;

/// The most bytes of a head: as many as actix-http waits for.
pub(super) const MAX_HEAD: usize = 128 * 1024;

/// The most headers of a head that actix-http takes.
const MAX_HEADERS: usize = 96;

/// What the bytes at the start of a request are.
#[derive(Debug)]
pub(super) enum Head {
    /// An empty line before the head, of two bytes, which may be skipped (RFC 9112, section 2.2).
    EmptyLine,
    /// A head of that many bytes, its empty line included.
    Whole(usize),
    /// Part of a head that may yet become a good one.
    Partial,
    /// What can't become a head.
    Refused(Problem),
}

/// Finds the end of heads. It looks at line ends alone; what stands in the lines is actix-http's to judge.
#[derive(Default)]
pub(super) struct HeadScan {
    /// Where the line starts that was not complete when last looked at.
    line: usize,
    /// An empty line stood before this head.
    has_skipped: bool,
}

impl HeadScan {
    /// Whether an empty line may be skipped. One may, before each head: more of them would be a head without an end.
    pub(super) fn skips_empty_line(&mut self) -> bool {
        !mem::replace(&mut self.has_skipped, true)
    }

    /// Looks at all that has come since the last head; each time at the same bytes, and more.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Head {
        let mut rest = bytes.get(self.line..).unwrap_or_default();
        while let Some(length) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(length);
            let Some(content) = line.strip_suffix(b"\r") else {
                return Head::Refused(Problem::malformed_request());
            };
            let end = self.line + length + 1;
            if end > MAX_HEAD {
                return Head::Refused(Problem::head_too_large());
            }
            match (content.is_empty(), self.line) {
                (true, 0) => return Head::EmptyLine,
                (true, _) => {
                    *self = Self::default();
                    return Head::Whole(end);
                }
                (false, _) => self.line = end,
            }
            rest = after.get(1..).unwrap_or_default();
        }
        if bytes.len() >= MAX_HEAD {
            return Head::Refused(Problem::head_too_large());
        }
        refuse_early(bytes).map_or(Head::Partial, Head::Refused)
    }
}

/// What no more bytes can make good is not waited for: the start of a TLS handshake, say.
fn refuse_early(bytes: &[u8]) -> Option<Problem> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    match httparse::Request::new(&mut headers).parse(bytes) {
        Ok(_) => None,
        Err(httparse::Error::TooManyHeaders) => Some(Problem::head_too_large()),
        Err(_) => Some(Problem::malformed_request()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;

    fn all_at_once(bytes: &[u8]) -> String {
        shown(&HeadScan::default().look(bytes))
    }

    fn byte_by_byte(bytes: &[u8]) -> String {
        let mut scan = HeadScan::default();
        for length in 1..bytes.len() {
            match scan.look(&bytes[..length]) {
                Head::Partial => {}
                decided => return shown(&decided),
            }
        }
        shown(&scan.look(bytes))
    }

    fn shown(head: &Head) -> String {
        match head {
            Head::EmptyLine => "empty line".to_owned(),
            Head::Whole(length) => length.to_string(),
            Head::Partial => "partial".to_owned(),
            Head::Refused(problem) => problem.status_code().as_u16().to_string(),
        }
    }

    #[test]
    fn a_head_ends_with_its_empty_line_however_it_arrives() {
        for (bytes, expected) in [
            ("", "partial"),
            ("\r", "partial"),
            ("\r\nGET", "empty line"),
            ("GET / HTTP/1.1\r\n", "partial"),
            ("GET / HTTP/1.1\r\n\r", "partial"),
            ("GET / HTTP/1.1\r\n\r\n", "18"),
            ("GET / HTTP/1.1\r\na: b\r\n\r\n", "24"),
            ("\n", "400"),
            ("GET / HTTP/1.1\n", "400"),
            ("GET / HTTP/1.1\r\n\n", "400"),
            ("GET / HTTP/1.1\r\na: b\n\r\n", "400"),
            ("\x16\x03\x01", "400"),
            ("GET / HTTP/2.0", "400"),
            ("GET / HTTP/1.1\r\na: b\rc", "400"),
        ] {
            assert_eq!(all_at_once(bytes.as_bytes()), expected, "{bytes:?}");
            assert_eq!(byte_by_byte(bytes.as_bytes()), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_follows_a_head_is_not_looked_at() {
        assert_eq!(all_at_once(b"GET / HTTP/1.1\r\n\r\n\n\n\x16"), "18");
    }

    #[test]
    fn a_head_may_be_as_large_as_the_limit_and_no_larger() {
        let head = |length: usize| format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "x".repeat(length - 23));
        assert_eq!(all_at_once(head(MAX_HEAD).as_bytes()), MAX_HEAD.to_string());
        assert_eq!(all_at_once(head(MAX_HEAD + 1).as_bytes()), "431");
        assert_eq!(all_at_once(&head(2 * MAX_HEAD).as_bytes()[..MAX_HEAD]), "431");
        let many = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(MAX_HEADERS + 1));
        assert_eq!(all_at_once(many.as_bytes()), "431");
    }
}
