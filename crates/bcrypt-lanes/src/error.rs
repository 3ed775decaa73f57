//! What can be wrong with what a caller gives.

/// Why a cost or a stored hash is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A cost below 4 or above 31.
    #[error("a bcrypt cost is at least 4 and at most 31, not {0}")]
    CostOutOfRange(u32),
    /// A hash that is not 60 bytes long; the number is its length in bytes.
    #[error("a bcrypt hash has 60 bytes, not {0}")]
    Length(usize),
    /// A hash that does not begin with one of the four prefixes, a cost of two decimal digits and a `$`.
    #[error("a bcrypt hash begins with $2a$, $2b$, $2x$ or $2y$, two digits and $")]
    Prefix,
    /// A salt or a digest that is not in bcrypt's base 64, or has bits set beyond its last byte.
    #[error("the salt or the digest of the bcrypt hash is not in bcrypt's base 64")]
    Encoding,
}
