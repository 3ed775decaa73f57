//! Lanes that passwords join and leave while others compute.

use crate::{Cost, LANES, MOST_LANES, PasswordHash, SaltedPassword, eksblowfish::States, password_hash::Digest};

/// Up to [`LANES`] passwords, or as many as are [set](Self::set_width), that are hashed side by side, each from when it came, at its own cost.
///
/// Where [`hash_many`](crate::hash_many) has whoever comes late wait for the whole batch, here a lane is free as soon
/// as its own password is done. The caller alternates: [`start`](Self::start) what waits, [`advance`](Self::advance) a
/// little, hand out what is done. Who joins slows the others, but all that join by no more than a full set takes longer
/// than a single lane: 9 % where it was measured, see the README.
///
/// `T` says whose hash it is: it comes back with it.
///
/// ```
/// use bcrypt_lanes::{Cost, Lanes, SaltedPassword};
///
/// let mut lanes = Lanes::new();
/// let first = SaltedPassword { password: b"correct horse", salt: &[0x5a; 16] };
/// lanes.start(Cost::new(5)?, first, "first").unwrap();
/// assert!(lanes.advance(20).is_empty());
///
/// let second = SaltedPassword { password: b"battery staple", salt: &[0xc3; 16] };
/// lanes.start(Cost::new(5)?, second, "second").unwrap();
/// let done = lanes.advance(20);
/// assert_eq!(done[0].0, "first");
/// # Ok::<(), bcrypt_lanes::Error>(())
/// ```
///
/// States of passwords are wiped when they are done, taken out or dropped.
pub struct Lanes<T> {
    states: States,
    /// In the order of the states.
    running: Vec<Running<T>>,
    width: usize,
}

struct Running<T> {
    owner: T,
    cost: Cost,
    salt: [u8; 16],
    expansions_left: u32,
}

impl<T> Lanes<T> {
    /// Lanes that are all free.
    #[must_use]
    pub fn new() -> Self {
        Self {
            states: States::new(),
            running: Vec::with_capacity(MOST_LANES),
            width: LANES,
        }
    }

    /// Sets how many passwords may be hashed side by side, from one to [`MOST_LANES`]. Where more of them are at work already,
    /// they stay, and none joins them.
    pub fn set_width(&mut self, width: usize) {
        self.width = width.clamp(1, MOST_LANES);
    }

    /// How many more passwords may join.
    #[must_use]
    pub fn free(&self) -> usize {
        self.width.saturating_sub(self.len())
    }

    /// How many passwords are being hashed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether all lanes are free.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether no lane is free.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.free() == 0
    }

    /// Whose passwords are being hashed, in no order.
    pub fn owners(&self) -> impl Iterator<Item = &T> {
        self.running.iter().map(|running| &running.owner)
    }

    /// Gives the password a lane. The key schedule's first expansion is done at once: the time of half an expansion.
    /// Passwords are truncated, see [`is_truncated`](crate::is_truncated).
    ///
    /// # Errors
    /// Gives the owner back where no lane is free.
    pub fn start(&mut self, cost: Cost, password: SaltedPassword<'_>, owner: T) -> Result<(), T> {
        if self.is_full() {
            return Err(owner);
        }
        self.states.start(self.len(), password);
        self.running.push(Running {
            owner,
            cost,
            salt: *password.salt,
            expansions_left: cost.expansions(),
        });
        Ok(())
    }

    /// Advances all passwords side by side by so many expansions of key and salt, or until the first of them is done;
    /// returns and frees those that are. A cost is two to the power of it expansions: at 12, 64 of them are a 64th of
    /// the work.
    #[must_use = "what is done is returned this once"]
    pub fn advance(&mut self, expansions: u32) -> Vec<(T, PasswordHash)> {
        let until_first_done = self.running.iter().map(|running| running.expansions_left).min();
        let expansions = until_first_done.map_or(0, |left| left.min(expansions));
        self.states.advance(self.len(), expansions);
        for running in &mut self.running {
            running.expansions_left -= expansions;
        }

        let mut done = Vec::new();
        // From the end: what takes a freed place has been looked at.
        for place in (0..self.len()).rev() {
            if self
                .running
                .get(place)
                .is_some_and(|running| running.expansions_left == 0)
            {
                let digest = Digest::from_ciphertext(self.states.ciphertext(place));
                let Running { owner, cost, salt, .. } = self.end(place);
                done.push((owner, PasswordHash::new(cost, salt, digest)));
            }
        }
        done
    }

    /// Takes out the passwords of the owners of whom `keeps` says no.
    pub fn retain(&mut self, mut keeps: impl FnMut(&T) -> bool) {
        for place in (0..self.len()).rev() {
            if self.running.get(place).is_some_and(|running| !keeps(&running.owner)) {
                self.end(place);
            }
        }
    }

    /// Takes all passwords out and returns their owners. Before any was done or taken out, they are in the order of
    /// their start.
    pub fn clear(&mut self) -> Vec<T> {
        let mut owners: Vec<T> = (0..self.len()).rev().map(|place| self.end(place).owner).collect();
        owners.reverse();
        owners
    }

    /// Frees a lane that is in use. The last one takes its place, so that the others have no gap.
    fn end(&mut self, place: usize) -> Running<T> {
        let ended = self.running.swap_remove(place);
        self.states.replace_by_last(place, self.running.len());
        ended
    }
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self::new()
    }
}
