//! Passwords by bcrypt, on threads of its own.

mod capacity;
mod cost;
mod job;
mod pool;
mod queue;
mod scheme;
mod width;
mod work;

pub use capacity::Capacity;
pub use cost::{BcryptCost, BcryptCostOutOfRange};
pub use pool::{BcryptOptions, BcryptPool, HashingLoad};

use async_trait::async_trait;
use job::Salt;
use portcullis_application::ports::{Entropy, HasherError, PasswordHasher};
use portcullis_domain::{Password, PasswordHash, PresentedPassword};
use scheme::{Form, StoredHash, Verification};
use shaku::Component;
use std::sync::Arc;

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
