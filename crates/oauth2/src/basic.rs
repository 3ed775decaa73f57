//! A client's id and secret in the header `Authorization` (RFC 6749, section 2.3.1).

use crate::client_id::ClientId;
use crate::form;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::fmt;
use zeroize::Zeroizing;

/// Padding may be left out: some libraries do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An id and a secret that somebody shows. `Debug` prints nothing of the secret.
#[derive(Clone)]
pub struct BasicCredentials {
    /// Whose the secret is said to be.
    pub client_id: ClientId,
    secret: Zeroizing<String>,
}

/// A header that holds no id and secret of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the header Authorization is not of the form that RFC 6749, section 2.3.1 describes")]
pub struct NotBasic;

impl BasicCredentials {
    /// Reads the value of a header. Id and secret are each encoded as in a form, then joined by a colon and encoded in
    /// base64.
    ///
    /// # Errors
    /// [`NotBasic`] for another scheme, for what is badly encoded, and where id or secret is empty.
    pub fn parse(header: &[u8]) -> Result<Self, NotBasic> {
        Self::read(header).ok_or(NotBasic)
    }

    fn read(header: &[u8]) -> Option<Self> {
        let at = header.iter().position(|byte| *byte == b' ')?;
        let (scheme, encoded) = header.split_at(at);
        if !scheme.eq_ignore_ascii_case(b"basic") {
            return None;
        }
        let decoded = Zeroizing::new(BASE64.decode(encoded.trim_ascii()).ok()?);
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        let (client_id, secret) = decoded.split_at(colon);
        let secret = Zeroizing::new(form::decode(secret.get(1..)?)?);
        let client_id = ClientId::parse(&form::decode(client_id)?).ok()?;
        (!secret.is_empty()).then_some(Self { client_id, secret })
    }

    /// The secret itself. A call of this is where a reader should look twice.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BasicCredentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn id_and_secret_are_encoded_each_by_itself() {
        for (text, id, secret) in [
            (
                "s6BhdRkqt3:7Fjfp0ZBr1KtDRbnfVdmIw",
                "s6BhdRkqt3",
                "7Fjfp0ZBr1KtDRbnfVdmIw",
            ),
            ("a%3Ab+c:d%25:e", "a:b c", "d%:e"),
        ] {
            let read = BasicCredentials::parse(header(text).as_bytes()).unwrap();
            assert_eq!((read.client_id.as_str(), read.expose_secret()), (id, secret));
        }
    }

    #[test]
    fn the_scheme_is_told_without_regard_to_case_and_padding_may_be_missing() {
        for header in ["basic YTpi", "BASIC  YTpi ", "Basic YTpiYw", "Basic YTpiYw=="] {
            assert!(BasicCredentials::parse(header.as_bytes()).is_ok(), "{header}");
        }
    }

    #[test]
    fn what_holds_no_id_and_secret_is_refused() {
        for text in [
            header("a"),
            header("a:"),
            header(":b"),
            header("a:%"),
            header("a:%ff"),
            header("a\0:b"),
        ] {
            assert_eq!(BasicCredentials::parse(text.as_bytes()).err(), Some(NotBasic), "{text}");
        }
        for text in [
            "",
            "Basic",
            "Basic ",
            "BasicYTpi",
            "Bearer YTpi",
            "Basic !",
            "Basic YTpi YTpi",
        ] {
            assert_eq!(BasicCredentials::parse(text.as_bytes()).err(), Some(NotBasic), "{text}");
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        let read = BasicCredentials::parse(header("shop:hunter2").as_bytes()).unwrap();
        assert_eq!(
            format!("{read:?}"),
            r#"BasicCredentials { client_id: ClientId("shop"), .. }"#
        );
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(bytes: Vec<u8>, text: Vec<u8>) {
            let _ = BasicCredentials::parse(&bytes);
            let _ = BasicCredentials::parse(format!("Basic {}", STANDARD.encode(text)).as_bytes());
        }

        #[test]
        fn what_is_written_is_read_as_the_same(id in "[ -~]{1,20}", secret in "[^\0]{1,20}") {
            let (mut written, mut encoded) = (String::new(), String::new());
            form::encode(&id, &mut written);
            form::encode(&secret, &mut encoded);
            let read = BasicCredentials::parse(header(&format!("{written}:{encoded}")).as_bytes()).unwrap();
            prop_assert_eq!((read.client_id.as_str(), read.expose_secret()), (id.as_str(), secret.as_str()));
        }
    }
}
