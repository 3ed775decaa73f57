//! Eksblowfish, bcrypt's key schedule (Provos and Mazières 1999, sections 3 and 4), for N keys side by side.

#![expect(
    clippy::indexing_slicing,
    reason = "every index is below the length of its array: a byte's value into 256 words, a loop's bounds elsewhere"
)]

use crate::{Cost, MOST_LANES, pi};
use std::{array, iter};
use zeroize::Zeroize as _;

/// The most bytes of a password that all count, with the NUL behind them.
pub const MAX_PASSWORD_BYTES: usize = KEY_BYTES - 1;

/// The most bytes that the 18 subkeys can take up.
const KEY_BYTES: usize = 72;

/// What is encrypted 64 times in the end.
const PLAINTEXT: [[[u8; 4]; 2]; 3] = [[*b"Orph", *b"eanB"], [*b"ehol", *b"derS"], [*b"cryD", *b"oubt"]];

/// A password and the salt to hash it with.
#[derive(Clone, Copy)]
pub struct SaltedPassword<'a> {
    /// Any bytes; a NUL is appended before use, and what lies beyond 72 bytes is ignored.
    pub password: &'a [u8],
    /// 16 bytes of chance.
    pub salt: &'a [u8; 16],
}

/// Whether bcrypt ignores something of this password: 72 bytes or more.
///
/// With exactly 72 it is only the NUL at the end; the `non_truncating` functions of the crate `bcrypt` draw the line
/// at the same place.
#[must_use]
pub const fn is_truncated(password: &[u8]) -> bool {
    password.len() > MAX_PASSWORD_BYTES
}

/// The raw function: N passwords of one cost to their 24 bytes of ciphertext each, in order, in one batch.
///
/// Stored hashes keep the first 23 bytes. The bytes are the caller's to wipe. Being generic, this is compiled with the
/// caller's level of optimization.
#[must_use]
pub fn bcrypt_many<const N: usize>(cost: Cost, passwords: [SaltedPassword<'_>; N]) -> [[u8; 24]; N] {
    const { assert!(N > 0, "a batch has at least one lane") };
    // Keys are written where they stay, on the heap: a move would leave a copy that nobody wipes.
    let mut lanes: Box<[Lane; N]> = Box::new([const { Lane::INITIAL }; N]);
    for (lane, password) in lanes.iter_mut().zip(passwords) {
        lane.set_key_and_salt(password);
    }
    expand_with_salt(&mut lanes);
    expand_in_turn(&mut lanes, cost.expansions());
    encrypt_plaintext(&lanes)
}

/// The first expansion, of key and salt together.
fn expand_with_salt<const N: usize>(lanes: &mut [Lane; N]) {
    lanes.iter_mut().for_each(Lane::add_key);
    replace_state(lanes, |lane, step, block| {
        let [left, right] = lane.salt[step % 2];
        block.left ^= left;
        block.right ^= right;
    });
}

/// The expensive part: expands key and salt in turn, so many times.
fn expand_in_turn<const N: usize>(lanes: &mut [Lane; N], expansions: u32) {
    for _ in 0..expansions {
        lanes.iter_mut().for_each(Lane::add_key);
        replace_state(lanes, |_, _, _| ());
        lanes.iter_mut().for_each(Lane::add_salt);
        replace_state(lanes, |_, _, _| ());
    }
}

/// [`MOST_LANES`] states side by side, of which the first ones are in use: those that compute have no gap between them.
pub(crate) struct States(Box<[Lane]>);

impl States {
    pub(crate) fn new() -> Self {
        Self(iter::repeat_with(|| Lane::INITIAL).take(MOST_LANES).collect())
    }

    /// Makes the state at `place` the one of this password after the first expansion.
    pub(crate) fn start(&mut self, place: usize, password: SaltedPassword<'_>) {
        let lane = &mut self.0[place];
        lane.boxes.clone_from(&pi::BOXES);
        lane.subkeys.clone_from(&pi::SUBKEYS);
        lane.set_key_and_salt(password);
        expand_with_salt(array::from_mut(lane));
    }

    /// Advances the first `count` states by so many expansions of key and salt.
    pub(crate) fn advance(&mut self, count: usize, expansions: u32) {
        const { assert!(MOST_LANES == 6, "there is an arm for each number of lanes") };
        match count {
            0 => {}
            1 => self.advance_first::<1>(expansions),
            2 => self.advance_first::<2>(expansions),
            3 => self.advance_first::<3>(expansions),
            4 => self.advance_first::<4>(expansions),
            5 => self.advance_first::<5>(expansions),
            _ => self.advance_first::<MOST_LANES>(expansions),
        }
    }

    fn advance_first<const N: usize>(&mut self, expansions: u32) {
        if let Some(lanes) = self.0.first_chunk_mut::<N>() {
            expand_in_turn(lanes, expansions);
        }
    }

    /// What the state at `place` makes of bcrypt's plaintext.
    pub(crate) fn ciphertext(&self, place: usize) -> [u8; 24] {
        let [ciphertext] = encrypt_plaintext(array::from_ref(&self.0[place]));
        ciphertext
    }

    /// Wipes the state at `place` and has the one at `last` take its place.
    pub(crate) fn replace_by_last(&mut self, place: usize, last: usize) {
        if let Ok([ended, moved]) = self.0.get_disjoint_mut([place, last]) {
            ended.copy_from(moved);
        }
        self.0[last].wipe();
    }
}

/// A Blowfish state and what changes it. The alignment is a cache line's, so that a state touches no line too many.
#[repr(C, align(64))]
struct Lane {
    boxes: [[u32; 256]; 4],
    subkeys: [u32; 18],
    key: [u32; 18],
    salt: [[u32; 2]; 2],
}

/// Half of a cipher block in each word.
#[derive(Clone, Copy, Default)]
struct Block {
    left: u32,
    right: u32,
}

impl Lane {
    const INITIAL: Self = Self {
        boxes: pi::BOXES,
        subkeys: pi::SUBKEYS,
        key: [0; 18],
        salt: [[0; 2]; 2],
    };

    fn set_key_and_salt(&mut self, SaltedPassword { password, salt }: SaltedPassword<'_>) {
        // The key goes round; of 72 bytes or more the words take the first 72 and never reach the NUL.
        let mut bytes = password.iter().take(KEY_BYTES).chain(&[0]).cycle();
        for word in &mut self.key {
            *word = bytes
                .by_ref()
                .take(4)
                .fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        for (word, bytes) in self.salt.as_flattened_mut().iter_mut().zip(salt.as_chunks().0) {
            *word = u32::from_be_bytes(*bytes);
        }
    }

    fn add_key(&mut self) {
        for (subkey, word) in self.subkeys.iter_mut().zip(&self.key) {
            *subkey ^= word;
        }
    }

    fn add_salt(&mut self) {
        for (subkey, word) in self.subkeys.iter_mut().zip(self.salt.as_flattened().iter().cycle()) {
            *subkey ^= word;
        }
    }

    /// Field by field into the memory that is there: a move may go by way of the stack.
    fn copy_from(&mut self, other: &Self) {
        self.boxes.clone_from(&other.boxes);
        self.subkeys.clone_from(&other.subkeys);
        self.key.clone_from(&other.key);
        self.salt.clone_from(&other.salt);
    }

    fn wipe(&mut self) {
        self.boxes.zeroize();
        self.subkeys.zeroize();
        self.key.zeroize();
        self.salt.zeroize();
    }

    /// Blowfish's F.
    #[expect(clippy::inline_always, reason = "a call per round would cost more than the round")]
    #[inline(always)]
    fn round(&self, half: u32) -> u32 {
        let first = self.boxes[0][(half >> 24) as usize];
        let second = self.boxes[1][(half >> 16 & 0xff) as usize];
        let third = self.boxes[2][(half >> 8 & 0xff) as usize];
        let fourth = self.boxes[3][(half & 0xff) as usize];
        (first.wrapping_add(second) ^ third).wrapping_add(fourth)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Replaces subkeys and boxes, two words at a time, by what the state makes of the words before them; `alter` has its
/// way with each block first. It is given the number of the step, whose parity says which half of the salt is due.
///
/// Kept out of line: on its own, the loop's variables get the registers.
#[inline(never)]
fn replace_state<const N: usize>(lanes: &mut [Lane; N], alter: impl Fn(&Lane, usize, &mut Block)) {
    let mut blocks = [Block::default(); N];
    for step in 0..9 {
        for (lane, block) in lanes.iter().zip(&mut blocks) {
            alter(lane, step, block);
        }
        encrypt(lanes, &mut blocks);
        for (lane, block) in lanes.iter_mut().zip(&blocks) {
            lane.subkeys[2 * step] = block.left;
            lane.subkeys[2 * step + 1] = block.right;
        }
    }
    for table in 0..4 {
        for step in 0..128 {
            for (lane, block) in lanes.iter().zip(&mut blocks) {
                // Nine steps went before, an odd number.
                alter(lane, step + 1, block);
            }
            encrypt(lanes, &mut blocks);
            for (lane, block) in lanes.iter_mut().zip(&blocks) {
                lane.boxes[table][2 * step] = block.left;
                lane.boxes[table][2 * step + 1] = block.right;
            }
        }
    }
}

/// Encrypts a block in each lane, all lanes round by round.
///
/// A subkey is added a round before its half is looked up, so that the addition is done while the look-ups last.
#[expect(clippy::inline_always, reason = "the blocks stay in registers from call to call")]
#[inline(always)]
fn encrypt<const N: usize>(lanes: &[Lane; N], blocks: &mut [Block; N]) {
    for (lane, block) in lanes.iter().zip(&mut *blocks) {
        block.left ^= lane.subkeys[0];
    }
    for pair in 0..8 {
        for (lane, block) in lanes.iter().zip(&mut *blocks) {
            block.right = (block.right ^ lane.subkeys[2 * pair + 1]) ^ lane.round(block.left);
        }
        for (lane, block) in lanes.iter().zip(&mut *blocks) {
            block.left = (block.left ^ lane.subkeys[2 * pair + 2]) ^ lane.round(block.right);
        }
    }
    for (lane, block) in lanes.iter().zip(blocks) {
        (block.left, block.right) = (block.right ^ lane.subkeys[17], block.left);
    }
}

fn encrypt_plaintext<const N: usize>(lanes: &[Lane; N]) -> [[u8; 24]; N] {
    let mut ciphertexts = [[0; 24]; N];
    for (part, plaintext) in PLAINTEXT.iter().enumerate() {
        let [left, right] = plaintext.map(u32::from_be_bytes);
        let mut blocks = [Block { left, right }; N];
        for _ in 0..64 {
            encrypt(lanes, &mut blocks);
        }
        for (ciphertext, block) in ciphertexts.iter_mut().zip(blocks) {
            let (words, _) = ciphertext.as_chunks_mut();
            words[2 * part] = block.left.to_be_bytes();
            words[2 * part + 1] = block.right.to_be_bytes();
        }
    }
    ciphertexts
}
