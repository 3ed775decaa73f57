//! Scalar, which shows the document, as its makers publish it. `crates/api/scalar/vendor.mjs` put it there.

/// The file that the page loads. The version is in its name, so that browsers can keep it for good.
pub(crate) const NAME: &str = "scalar-1.46.4.js";

/// The script, compressed by gzip.
pub(crate) const SCRIPT: &[u8] = include_bytes!("../../scalar/scalar.js.gz");

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use sha2::{Digest as _, Sha256};
    use std::io::Read as _;

    const CHECKSUM: &str = "81b8d2bdab4a42ab81465386441b9a0f928b68631364360f00e8cce620cc1efb";

    #[test]
    fn the_script_is_the_one_that_was_published_as_that_version() {
        let mut script = String::new();
        GzDecoder::new(SCRIPT).read_to_string(&mut script).unwrap();
        let digest = Sha256::digest(&script);
        let written = digest
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(written, CHECKSUM);
        let version = NAME.strip_prefix("scalar-").and_then(|name| name.strip_suffix(".js"));
        assert!(script.contains(&format!("@scalar/api-reference {}\n", version.unwrap())));
    }
}
