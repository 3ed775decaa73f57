//! The two forms of a hash.
//!
//! bcrypt takes 72 bytes and drops the rest. Up to 71 bytes a password is hashed by it as it is (`$2b$…`). A longer
//! one is hashed by the scheme that passlib publishes as `bcrypt-sha256`, version 2: bcrypt of the base64 of
//! HMAC-SHA-256 over the password, keyed by the text of the salt.
//! <https://passlib.readthedocs.io/en/stable/lib/passlib.hash.bcrypt_sha256.html>

use super::cost::BcryptCost;
use super::job::{Input, Salt};
use anyhow::Context as _;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD};
use portcullis_domain::PasswordHash;
use zeroize::Zeroizing;

/// The most bytes that bcrypt takes. Hashes that were made elsewhere may stand for a password of just that length; here
/// the last of them is the NUL at the end.
const MAX_BCRYPT_BYTES: usize = 72;
/// How long the text of a salt is.
const SALT_TEXT_BYTES: usize = 22;
/// How long `$2b$12$` is.
const PLAIN_PREFIX_BYTES: usize = 7;

/// The base64 of bcrypt, which has an alphabet of its own.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, NO_PAD);

/// What is hashed, and how the hash is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `$2b$12$<salt><digest>`, also with `2a` or `2y`, which name the same algorithm for what is UTF-8.
    Plain,
    /// `$bcrypt-sha256$v=2,t=2b,r=12$<salt>$<digest>`.
    Sha256,
}

impl Form {
    /// The form that the length of a new password asks for.
    pub(super) fn of_new(password: &str) -> Self {
        if bcrypt_lanes::is_truncated(password.as_bytes()) {
            Self::Sha256
        } else {
            Self::Plain
        }
    }

    /// What goes into bcrypt for this password.
    pub(super) fn input(self, password: &str, cost: BcryptCost, salt: Salt) -> Input {
        let key = match self {
            Self::Plain => Zeroizing::new(password.as_bytes().to_vec()),
            Self::Sha256 => prehash(password, salt),
        };
        Input { cost, salt, key }
    }

    /// The text to store.
    pub(super) fn text(self, made: &bcrypt_lanes::PasswordHash) -> anyhow::Result<PasswordHash> {
        let text = made.to_string();
        if self == Self::Plain {
            return Ok(PasswordHash::new(text));
        }
        let (start, digest) = text
            .split_at_checked(PLAIN_PREFIX_BYTES + SALT_TEXT_BYTES)
            .context("bcrypt's text is too short")?;
        let (_, salt) = start
            .split_at_checked(PLAIN_PREFIX_BYTES)
            .context("bcrypt's text is too short")?;
        let cost = made.cost().get();
        Ok(PasswordHash::new(format!(
            "$bcrypt-sha256$v=2,t=2b,r={cost}${salt}${digest}"
        )))
    }
}

/// A hash as it was stored, taken apart.
pub(super) struct StoredHash {
    form: Form,
    cost: BcryptCost,
    bcrypt: bcrypt_lanes::PasswordHash,
}

/// The work of a verification, and what its outcome must be.
pub(super) struct Verification {
    pub(super) input: Input,
    /// `None` where no outcome is right: then the work is for its time alone.
    pub(super) expected: Option<bcrypt_lanes::PasswordHash>,
}

impl Verification {
    /// Takes as long as any.
    pub(super) fn in_vain(candidate: &str, cost: BcryptCost, salt: Salt) -> Self {
        Self {
            input: Form::Plain.input(candidate, cost, salt),
            expected: None,
        }
    }
}

impl StoredHash {
    /// `None` where the text is no hash of ours, or asks for more work than any setting may.
    pub(super) fn parse(hash: &PasswordHash) -> Option<Self> {
        let text = hash.expose();
        let Some(rest) = text.strip_prefix("$bcrypt-sha256$v=2,t=2b,r=") else {
            // What `2x` names is another algorithm for what is not ASCII.
            return (!text.starts_with("$2x$"))
                .then(|| Self::of(Form::Plain, text))
                .flatten();
        };
        let (cost, rest) = rest.split_once('$')?;
        let (salt, digest) = rest.split_once('$')?;
        // passlib refuses other spellings of the cost, too.
        let cost: BcryptCost = cost
            .parse()
            .ok()
            .filter(|parsed: &BcryptCost| parsed.number().to_string() == cost)?;
        if salt.len() != SALT_TEXT_BYTES {
            return None;
        }
        Self::of(Form::Sha256, &format!("$2b${:02}${salt}{digest}", cost.number()))
    }

    fn of(form: Form, text: &str) -> Option<Self> {
        let bcrypt: bcrypt_lanes::PasswordHash = text.parse().ok()?;
        Some(Self {
            form,
            cost: BcryptCost::new(bcrypt.cost().get()).ok()?,
            bcrypt,
        })
    }

    pub(super) fn cost(&self) -> BcryptCost {
        self.cost
    }

    /// What shows whether `candidate` is the password, all of it. A plain hash never matches more than bcrypt takes.
    pub(super) fn verification(self, candidate: &str) -> Verification {
        let input = self.form.input(candidate, self.cost, *self.bcrypt.salt());
        let counts_whole = self.form == Form::Sha256 || candidate.len() <= MAX_BCRYPT_BYTES;
        Verification {
            input,
            expected: counts_whole.then_some(self.bcrypt),
        }
    }
}

/// 44 characters that stand for a password of any length.
fn prehash(password: &str, salt: Salt) -> Zeroizing<Vec<u8>> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, BCRYPT_BASE64.encode(salt).as_bytes());
    Zeroizing::new(STANDARD.encode(hmac::sign(&key, password.as_bytes())).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcrypt::HashParts;
    use bcrypt_lanes::SaltedPassword;
    use proptest::prelude::*;

    const COST: BcryptCost = BcryptCost::MIN;
    const SALT: Salt = [9; 16];

    fn is_password_of(candidate: &str, hash: &str) -> Option<bool> {
        let stored = StoredHash::parse(&PasswordHash::new(hash.to_owned()))?;
        let Verification { input, expected } = stored.verification(candidate);
        Some(expected.is_some_and(|expected| expected.is_same(&bcrypt_of(&input))))
    }

    fn bcrypt_of(Input { cost, salt, key }: &Input) -> bcrypt_lanes::PasswordHash {
        let [hash] = bcrypt_lanes::hash_many(cost.0, &[SaltedPassword { password: key, salt }])
            .try_into()
            .unwrap();
        hash
    }

    fn hash(password: &str, salt: Salt) -> String {
        let form = Form::of_new(password);
        let made = bcrypt_of(&form.input(password, COST, salt));
        form.text(&made).unwrap().expose().to_owned()
    }

    fn hash_of(password: &str) -> String {
        hash(password, SALT)
    }

    /// From passlib 1.7.4, `tests/test_handlers_bcrypt.py`, class `bcrypt_sha256_test`.
    #[test]
    fn the_vectors_of_passlib_match() {
        let seventy_two = "abc123".repeat(12);
        for (password, hash) in [
            (
                "",
                "$bcrypt-sha256$v=2,t=2b,r=5$E/e/2AOhqM5W/KJTFQzLce$WFPIZKtDDTriqWwlmRFfHiOTeheAZWe",
            ),
            (
                "password",
                "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
            ),
            (
                "t\u{e1}\u{411}\u{2113}\u{259}",
                "$bcrypt-sha256$v=2,t=2b,r=5$.US1fQ4TQS.ZTz/uJ5Kyn.$pzzgp40k8reM1CuQb03PvE0IDPQSdV6",
            ),
            (
                &seventy_two,
                "$bcrypt-sha256$v=2,t=2b,r=5$X1g1nh3g0v4h6970O68cxe$zu1cloESVFIOsUIo7fCEgkdHaI9SSue",
            ),
            (
                &format!("{seventy_two}qwr"),
                "$bcrypt-sha256$v=2,t=2b,r=5$X1g1nh3g0v4h6970O68cxe$CBF9csfEdW68xv3DwE6xSULXMtqEFP.",
            ),
            (
                &format!("{seventy_two}xyz"),
                "$bcrypt-sha256$v=2,t=2b,r=5$X1g1nh3g0v4h6970O68cxe$zC/1UDUG2ofEXB6Onr2vvyFzfhEOS3S",
            ),
        ] {
            assert_eq!(is_password_of(password, hash), Some(true), "{password}");
            assert_eq!(is_password_of("another", hash), Some(false), "{password}");
        }
    }

    /// Made by passlib 1.7.4 with this salt and `rounds=4`.
    #[test]
    fn a_long_password_is_hashed_as_passlib_does_it() {
        let salt = HashParts::get_salt_raw(
            &"$2b$04$n79VH.0Q2TMWmt3Oqt9ukuE5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
                .parse()
                .unwrap(),
        );
        for (password, expected) in [
            (
                "x".repeat(72),
                "$bcrypt-sha256$v=2,t=2b,r=4$n79VH.0Q2TMWmt3Oqt9uku$2SJooP3RRTM5BIugitqPJDASxl1prsW",
            ),
            (
                "é".repeat(40),
                "$bcrypt-sha256$v=2,t=2b,r=4$n79VH.0Q2TMWmt3Oqt9uku$PW7iq5zWO2uTseJxoC/wnlfz55qZFIy",
            ),
            (
                "비밀번호".repeat(30),
                "$bcrypt-sha256$v=2,t=2b,r=4$n79VH.0Q2TMWmt3Oqt9uku$ONhgaSHiDeHYOhs6eKGhqOK3diRYjGO",
            ),
        ] {
            assert_eq!(hash(&password, salt), expected);
        }
    }

    #[test]
    fn the_form_follows_the_length() {
        for length in 0..=80 {
            let hash = hash_of(&"a".repeat(length));
            let expected = if length <= 71 {
                "$2b$04$"
            } else {
                "$bcrypt-sha256$v=2,t=2b,r=4$"
            };
            assert!(hash.starts_with(expected), "{length}: {hash}");
        }
    }

    #[test]
    fn every_byte_of_a_password_counts() {
        for length in 0..=80 {
            let password = "a".repeat(length);
            let hash = hash_of(&password);
            assert_eq!(is_password_of(&password, &hash), Some(true), "{length}");
            assert_eq!(is_password_of(&format!("{password}a"), &hash), Some(false), "{length}");
            assert_eq!(is_password_of(&format!("{password}X"), &hash), Some(false), "{length}");
            if let Some(shorter) = password.strip_suffix('a') {
                assert_eq!(is_password_of(shorter, &hash), Some(false), "{length}");
                assert_eq!(is_password_of(&format!("{shorter}b"), &hash), Some(false), "{length}");
            }
        }
    }

    #[test]
    fn a_character_across_the_last_byte_of_bcrypt_counts() {
        for length in 69..=73 {
            let filling = "a".repeat(length);
            let hash = hash_of(&format!("{filling}é"));
            assert_eq!(is_password_of(&format!("{filling}é"), &hash), Some(true), "{length}");
            // The first of the two bytes is the same.
            assert_eq!(is_password_of(&format!("{filling}è"), &hash), Some(false), "{length}");
            assert_eq!(is_password_of(&filling, &hash), Some(false), "{length}");
        }
    }

    #[test]
    fn a_hash_from_elsewhere_never_matches_more_than_bcrypt_takes() {
        // From the openwall.com crypt tests: made of these 62 characters, ten more and a rest that bcrypt drops.
        let hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
        let taken = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        assert_eq!(is_password_of(taken, hash), Some(true));
        assert_eq!(
            is_password_of(&format!("{taken}chars after 72 are ignored"), hash),
            Some(false)
        );
    }

    #[test]
    fn the_three_names_of_the_algorithm_are_accepted() {
        for version in ["2a", "2b", "2y"] {
            let hash = format!("${version}$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
            assert_eq!(is_password_of("U*U", &hash), Some(true), "{version}");
        }
        let other = "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert_eq!(is_password_of("U*U", other), None);
    }

    #[test]
    fn a_hash_of_another_form_or_beyond_the_highest_cost_is_none() {
        for hash in [
            "$bcrypt-sha256$v=1,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
            "$bcrypt-sha256$v=2,t=2a,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
            "$bcrypt-sha256$v=2,t=2b,r=05$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
            "$bcrypt-sha256$v=2,t=2b,r=17$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
            "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKF!PE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
            "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoew$OK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
            "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe",
            "$2b$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$+5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWx",
        ] {
            assert_eq!(is_password_of("password", hash), None, "{hash}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_password_of_any_script_matches_itself_and_no_neighbor(password in "[^\0]{8,128}") {
            let hash = hash_of(&password);
            prop_assert_eq!(is_password_of(&password, &hash), Some(true));
            prop_assert_eq!(is_password_of(&format!("{password} "), &hash), Some(false));
        }

        #[test]
        fn no_stored_text_panics(text in ".{0,100}|[$]2b[$].{57}|[$]bcrypt-sha256[$]v=2,t=2b,r=.{0,3}[$].{22}[$].{31}") {
            StoredHash::parse(&PasswordHash::new(text));
        }
    }
}
