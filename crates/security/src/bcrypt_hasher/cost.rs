//! How much work a hash is.

use bcrypt_lanes::Cost;
use std::str::FromStr;

/// The cost of a hash: its work is two to the power of it, and each step doubles the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BcryptCost(pub(super) Cost);

/// A cost outside 4 to 16, or no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cost of bcrypt is a number from 4 to 16")]
pub struct BcryptCostOutOfRange;

impl BcryptCost {
    /// The least that bcrypt knows; for tests.
    pub const MIN: Self = Self(Cost::MIN);
    /// About three seconds for one hash. A stored hash that asks for more is taken as damaged.
    pub const MAX: Self = Self::of(16);
    /// The least that is fit for real passwords (OWASP Password Storage Cheat Sheet).
    pub const LEAST_FOR_REAL_PASSWORDS: Self = Self::of(10);

    /// The cost of that number.
    ///
    /// # Errors
    /// [`BcryptCostOutOfRange`] below 4 and above 16.
    pub fn new(number: u32) -> Result<Self, BcryptCostOutOfRange> {
        Cost::new(number)
            .map(Self)
            .ok()
            .filter(|cost| *cost <= Self::MAX)
            .ok_or(BcryptCostOutOfRange)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0.get()
    }

    /// For constants: a number that is no cost is refused by the compiler.
    const fn of(number: u32) -> Self {
        match Cost::new(number) {
            Ok(cost) => Self(cost),
            Err(_) => panic!("no cost of bcrypt"),
        }
    }
}

impl FromStr for BcryptCost {
    type Err = BcryptCostOutOfRange;

    fn from_str(text: &str) -> Result<Self, BcryptCostOutOfRange> {
        Self::new(text.parse().map_err(|_| BcryptCostOutOfRange)?)
    }
}
