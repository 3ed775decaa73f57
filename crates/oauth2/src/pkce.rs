//! Proof that who redeems a code is who asked for it (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// What a client shows of its verifier when it asks for a code: base64url of its SHA-256 (RFC 7636, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CodeChallenge(String);

/// What the client alone has until it redeems the code: 43 to 128 unreserved characters (RFC 7636, section 4.1). `Debug` prints
/// nothing of it.
#[derive(Clone)]
pub struct CodeVerifier(Zeroizing<String>);

/// A text that is no challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a code challenge is {} characters of base64url without padding",
    CodeChallenge::CHARACTERS
)]
pub struct NoCodeChallenge;

/// A text that is no verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code verifier is 43 to 128 letters, digits and characters of `-._~`")]
pub struct NoCodeVerifier;

impl CodeChallenge {
    /// How long one is: that of 32 bytes.
    pub const CHARACTERS: usize = 43;

    /// Takes a text for a challenge.
    ///
    /// # Errors
    /// [`NoCodeChallenge`] where no verifier could meet it.
    pub fn parse(text: &str) -> Result<Self, NoCodeChallenge> {
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.len() == Self::CHARACTERS && text.bytes().all(is_base64url) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoCodeChallenge)
        }
    }

    /// Whether it was made of that verifier.
    #[must_use]
    pub fn is_met_by(&self, verifier: &CodeVerifier) -> bool {
        *self == verifier.challenge()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CodeVerifier {
    /// Takes a text for a verifier.
    ///
    /// # Errors
    /// [`NoCodeVerifier`] where it has another length or alphabet.
    pub fn parse(text: &str) -> Result<Self, NoCodeVerifier> {
        if (43..=128).contains(&text.len()) && text.bytes().all(crate::form::is_unreserved) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(NoCodeVerifier)
        }
    }

    /// The challenge that is made of it, by S256.
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CodeVerifier(…)")
    }
}

impl FromStr for CodeChallenge {
    type Err = NoCodeChallenge;

    fn from_str(text: &str) -> Result<Self, NoCodeChallenge> {
        Self::parse(text)
    }
}

impl fmt::Display for CodeChallenge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_standard_holds() {
        let verifier = CodeVerifier::parse(VERIFIER).unwrap();
        assert_eq!(verifier.challenge().as_str(), CHALLENGE);
        assert!(CodeChallenge::parse(CHALLENGE).unwrap().is_met_by(&verifier));
    }

    #[test]
    fn another_verifier_meets_no_challenge() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        for other in [CHALLENGE, &VERIFIER.replace('d', "D"), &format!("{VERIFIER}a")] {
            assert!(!challenge.is_met_by(&CodeVerifier::parse(other).unwrap()), "{other}");
        }
    }

    #[test]
    fn a_challenge_is_43_characters_of_base64url() {
        for text in [
            "",
            &CHALLENGE[1..],
            &format!("{CHALLENGE}a"),
            &format!("{}=", &CHALLENGE[1..]),
            &CHALLENGE.replace('-', "+"),
        ] {
            assert_eq!(CodeChallenge::parse(text), Err(NoCodeChallenge), "{text}");
        }
    }

    #[test]
    fn a_verifier_is_43_to_128_unreserved_characters() {
        for (text, is_one) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("~".repeat(128), true),
            ("a".repeat(129), false),
            ("+".repeat(43), false),
            ("é".repeat(43), false),
        ] {
            assert_eq!(CodeVerifier::parse(&text).is_ok(), is_one, "{text}");
        }
    }

    #[test]
    fn a_verifier_prints_nothing_of_itself() {
        assert_eq!(
            format!("{:?}", CodeVerifier::parse(VERIFIER).unwrap()),
            "CodeVerifier(…)"
        );
    }

    proptest! {
        #[test]
        fn a_verifier_meets_its_own_challenge(text in "[A-Za-z0-9._~-]{43,128}") {
            let verifier = CodeVerifier::parse(&text).unwrap();
            prop_assert!(CodeChallenge::parse(verifier.challenge().as_str()).unwrap().is_met_by(&verifier));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = (CodeVerifier::parse(&text), CodeChallenge::parse(&text));
        }
    }
}
