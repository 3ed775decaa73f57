//! Any number of passwords, worked off in batches of as many lanes as suit the processor.

use crate::{Cost, PasswordHash, SaltedPassword, bcrypt_many, password_hash::Digest};

/// The most lanes that one batch has here, and those of [`Lanes`](crate::Lanes) until their number is set.
///
/// Measured on Zen 5, four together take as long as one does with the crate `bcrypt`; more of them gain little and make
/// everyone wait. Four states take 17 KiB, which fits a first-level cache of 32 KiB, and their blocks fit the registers
/// of x86-64. The README has the figures for other numbers; [`bcrypt_many`] takes any.
pub const LANES: usize = 4;

/// The most lanes that [`Lanes`](crate::Lanes) may have. On some processors as many do a quarter more than [`LANES`]; more than
/// that gained nowhere that was measured.
pub const MOST_LANES: usize = 6;

/// A password that claims to be the one of a stored hash.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The bytes that were given.
    pub password: &'a [u8],
    /// The hash of the right password.
    pub hash: &'a PasswordHash,
}

/// Says of each attempt whether the password is right, in the order given.
///
/// Costs may differ. Attempts of the same cost share batches of up to [`LANES`], the lowest cost first; the call lasts
/// as long as all batches together, so whoever has a caller waiting for each attempt gives at most [`LANES`] of one
/// cost at a time. Passwords are truncated, see [`is_truncated`](crate::is_truncated).
#[must_use]
pub fn verify_many(attempts: &[Attempt<'_>]) -> Vec<bool> {
    let mut by_cost: Vec<(usize, &Attempt<'_>)> = attempts.iter().enumerate().collect();
    by_cost.sort_by_key(|(_, attempt)| attempt.hash.cost());

    let mut verdicts = Vec::with_capacity(attempts.len());
    for group in by_cost.chunk_by(|(_, one), (_, next)| one.hash.cost() == next.hash.cost()) {
        let Some((_, first)) = group.first() else { continue };
        let passwords: Vec<SaltedPassword<'_>> = group
            .iter()
            .map(|(_, attempt)| SaltedPassword {
                password: attempt.password,
                salt: attempt.hash.salt(),
            })
            .collect();
        let digests = digest_many(first.hash.cost(), &passwords);
        verdicts.extend(
            group
                .iter()
                .zip(&digests)
                .map(|((position, attempt), digest)| (*position, attempt.hash.digest().equals(digest))),
        );
    }
    verdicts.sort_unstable_by_key(|(position, _)| *position);
    verdicts.into_iter().map(|(_, is_right)| is_right).collect()
}

/// Hashes each password with its salt, in the order given and in batches of up to [`LANES`].
///
/// Passwords are truncated, see [`is_truncated`](crate::is_truncated).
#[must_use]
pub fn hash_many(cost: Cost, passwords: &[SaltedPassword<'_>]) -> Vec<PasswordHash> {
    digest_many(cost, passwords)
        .into_iter()
        .zip(passwords)
        .map(|(digest, password)| PasswordHash::new(cost, *password.salt, digest))
        .collect()
}

fn digest_many(cost: Cost, passwords: &[SaltedPassword<'_>]) -> Vec<Digest> {
    let mut digests = Vec::with_capacity(passwords.len());
    let mut waiting = passwords;
    loop {
        waiting = match *waiting {
            [a, b, c, d, ref later @ ..] => {
                digests.extend(bcrypt_many(cost, [a, b, c, d]).map(Digest::from_ciphertext));
                later
            }
            [a, b, c] => {
                digests.extend(bcrypt_many(cost, [a, b, c]).map(Digest::from_ciphertext));
                &[]
            }
            [a, b] => {
                digests.extend(bcrypt_many(cost, [a, b]).map(Digest::from_ciphertext));
                &[]
            }
            [a] => {
                digests.extend(bcrypt_many(cost, [a]).map(Digest::from_ciphertext));
                &[]
            }
            [] => return digests,
        };
    }
}
