//! How much work a hash is.

use crate::Error;

/// The binary logarithm of the number of key expansions: each step up doubles the time. From 4 to 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost(u32);

impl Cost {
    /// The least cost.
    pub const MIN: Self = Self(4);
    /// The greatest cost.
    pub const MAX: Self = Self(31);

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::CostOutOfRange`] below 4 and above 31.
    pub const fn new(cost: u32) -> Result<Self, Error> {
        if cost < Self::MIN.0 || cost > Self::MAX.0 {
            return Err(Error::CostOutOfRange(cost));
        }
        Ok(Self(cost))
    }

    /// The number, from 4 to 31.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// How often key and salt are expanded in turn: 2 to the power of the cost.
    pub(crate) const fn expansions(self) -> u32 {
        1 << self.0
    }
}

impl TryFrom<u32> for Cost {
    type Error = Error;

    fn try_from(cost: u32) -> Result<Self, Error> {
        Self::new(cost)
    }
}
