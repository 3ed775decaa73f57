//! How often a rotation was refreshed.

/// Counts the refreshes. It orders the tokens of a rotation; times do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(u64);

impl Generation {
    /// The generation that is given out first.
    pub const FIRST: Self = Self(0);

    /// The generation of that number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of refreshes before this one.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        // It would have to be refreshed a billion times a second for 584 years to reach the end.
        Self(self.0.saturating_add(1))
    }
}
