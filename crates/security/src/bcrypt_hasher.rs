//! Passwords by bcrypt, on threads of its own.

mod capacity;
mod job;
mod pool;
mod queue;
mod scheme;
mod work;

pub use capacity::Capacity;
pub use pool::{BcryptOptions, BcryptPool};

use async_trait::async_trait;
use bcrypt_lanes::Cost;
use job::Salt;
use portcullis_application::ports::{Entropy, HasherError, PasswordHasher};
use portcullis_domain::{Password, PasswordHash, PresentedPassword};
use scheme::{Form, StoredHash, Verification};
use shaku::Component;
use std::str::FromStr;
use std::sync::Arc;

/// The cost of a hash: its work is two to the power of it, and each step doubles the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BcryptCost(Cost);

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

/// [`PasswordHasher`] by bcrypt.
#[derive(Component)]
#[shaku(interface = PasswordHasher)]
pub struct BcryptHasher {
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    /// Where the work is done, and at which cost.
    pool: BcryptPool,
}

#[async_trait]
impl PasswordHasher for BcryptHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HasherError> {
        let form = Form::of_new(password.expose());
        let input = form.input(password.expose(), self.pool.cost(), self.salt());
        Ok(form.text(&self.pool.hash(input).await?)?)
    }

    async fn verify(&self, candidate: &PresentedPassword, hash: Option<&PasswordHash>) -> Result<bool, HasherError> {
        let stored = hash.and_then(|hash| {
            let stored = StoredHash::parse(hash);
            if stored.is_none() {
                tracing::error!("a stored password hash is damaged: nobody can sign in by it");
            }
            stored
        });
        let verification = match (stored, candidate.possible()) {
            (Some(stored), Some(text)) => stored.verification(text),
            (_, text) => Verification::in_vain(text.unwrap_or_default(), self.pool.cost(), self.salt()),
        };
        let cost = verification.input.cost;
        let made = self.pool.hash(verification.input).await?;
        let matches = verification.expected.is_some_and(|expected| expected.is_same(&made));
        if !matches {
            self.make_up_for(cost).await;
        }
        Ok(matches)
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        StoredHash::parse(hash).is_some_and(|stored| stored.cost() < self.pool.cost())
    }
}

impl BcryptHasher {
    /// A refusal of somebody whose hash is of an earlier, lower cost would come sooner than that of an unknown account.
    /// Work that finds no place is left out: a refusal is not worth a failure.
    async fn make_up_for(&self, cost: BcryptCost) {
        for missing in missing_work(cost, self.pool.cost()) {
            let input = Verification::in_vain("", missing, self.salt()).input;
            if self.pool.hash(input).await.is_err() {
                return;
            }
        }
    }

    fn salt(&self) -> Salt {
        self.entropy.bytes()
    }
}

/// The costs whose work, added to that of `done`, is the work of `wanted`: each step of a cost doubles the work.
fn missing_work(done: BcryptCost, wanted: BcryptCost) -> impl Iterator<Item = BcryptCost> {
    (done.number()..wanted.number()).filter_map(|cost| BcryptCost::new(cost).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_at_a_lower_cost_is_made_up_to_the_work_of_the_present_one() {
        for (done, wanted) in [(4, 4), (4, 5), (10, 12), (4, 16), (12, 10)] {
            let work = |cost: u32| 1_u64 << cost;
            let [from, to] = [done, wanted].map(|cost| BcryptCost::new(cost).unwrap());
            let made_up: u64 = missing_work(from, to).map(|cost| work(cost.number())).sum();
            assert_eq!(work(done) + made_up, work(wanted.max(done)), "{done} to {wanted}");
        }
    }
}
