//! bcrypt for several passwords at once, in one thread.
//!
//! # Why it is faster
//!
//! bcrypt spends its time in Blowfish, sixteen rounds a block, and each round looks up four words of a table at places
//! that the round before decides. A core waits for these look-ups most of the time: one bcrypt can't use more than a
//! fraction of what the core could do. This crate advances several independent bcrypts in turn, one round of each (a
//! *lane* each), so that the look-ups of one are done while the others compute. Nothing else is changed or left out:
//! there is no SIMD, no assembler and no `unsafe`, and a lane alone takes no longer than a plain bcrypt.
//!
//! # What it does not change
//!
//! The hashes are the same, bit for bit, and so is the work in each. Who guesses passwords gains nothing: a guesser
//! always has many independent candidates, and programs that crack bcrypt have interleaved them since John the Ripper
//! did, see below. What changes is that a server with several people at its door can do the same. A single
//! verification is not faster, so choose the cost as before.
//!
//! # Semantics
//!
//! Those of the crate `bcrypt`:
//! - The key is the password and a NUL. Only its first 72 bytes count: of a longer password the rest is ignored without
//!   a word. Ask [`is_truncated`] first where that must not happen.
//! - A NUL inside the password is a byte like any other, unlike in C.
//! - `$2a$`, `$2b$`, `$2x$` and `$2y$` are read, and all mean what `$2b$` means: the faults that `$2x$` marks are not
//!   imitated. `$2b$` is written.
//! - Costs from 4 to 31.
//!
//! Salts are the caller's: draw all 16 bytes from the system's random source.
//!
//! ```
//! use bcrypt_lanes::{Attempt, Cost, PasswordHash, SaltedPassword, hash_many, verify_many};
//!
//! // A real salt comes from the system's random source.
//! let salts = [[0x5a; 16], [0xc3; 16]];
//! let hashes: Vec<PasswordHash> = hash_many(
//!     Cost::new(4)?,
//!     &[
//!         SaltedPassword { password: b"correct horse", salt: &salts[0] },
//!         SaltedPassword { password: b"battery staple", salt: &salts[1] },
//!     ],
//! );
//! let stored: PasswordHash = hashes[1].to_string().parse()?;
//!
//! let verdicts = verify_many(&[
//!     Attempt { password: b"correct horse", hash: &hashes[0] },
//!     Attempt { password: b"correct horse", hash: &stored },
//!     Attempt { password: b"battery staple", hash: &stored },
//! ]);
//! assert_eq!(verdicts, [true, false, true]);
//! # Ok::<(), bcrypt_lanes::Error>(())
//! ```
//!
//! # Secrets
//!
//! Expanded keys and cipher states are wiped before their memory is given back; digests, which are what a store keeps,
//! where they end, but not everywhere that they are moved from. Copies that the compiler keeps in registers or spills
//! to the stack can't be wiped in safe Rust. Digests are compared in constant time. The table look-ups depend on the password, as in every bcrypt: who shares the cache with the server and can
//! time it sees something of them.
//!
//! # Sources
//!
//! - N. Provos, D. Mazières, "A Future-Adaptable Password Scheme", USENIX Annual Technical Conference 1999: bcrypt.
//! - B. Schneier, "Description of a New Variable-Length Key, 64-bit Block Cipher (Blowfish)", Fast Software Encryption
//!   1993: the cipher.
//! - Solar Designer, `crypt_blowfish` and John the Ripper, <https://www.openwall.com/crypt/>: test vectors, the
//!   prefixes `$2x$` and `$2y$`, and two hashes interleaved in one thread.

mod batch;
mod cost;
mod eksblowfish;
mod error;
mod lanes;
mod password_hash;
mod pi;

pub use batch::{Attempt, LANES, MOST_LANES, hash_many, verify_many};
pub use cost::Cost;
pub use eksblowfish::{MAX_PASSWORD_BYTES, SaltedPassword, bcrypt_many, is_truncated};
pub use error::Error;
pub use lanes::Lanes;
pub use password_hash::PasswordHash;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
