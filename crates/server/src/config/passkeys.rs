//! Passkeys: the domain that they are made for.

use super::setting::SettingError;
use super::table::WEBAUTHN_RP_ID;
use super::values::Values;
use portcullis_web::{NoPasskeys, OwnAddress, RelyingParty};

/// The domain that passkeys are made for, or why there are none.
pub(super) fn relying_party(
    values: &mut Values,
    address: &OwnAddress,
) -> Result<Result<RelyingParty, NoPasskeys>, SettingError> {
    match values.find::<String>(&WEBAUTHN_RP_ID)? {
        None => Ok(RelyingParty::of(address)),
        Some(id) => RelyingParty::called(address, &id)
            .map(Ok)
            .map_err(|error| WEBAUTHN_RP_ID.refused(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Environment, SettingErrors};

    fn load(settings: &[(&str, &str)]) -> Result<Config, SettingErrors> {
        Config::load(&Environment::of(settings))
    }

    #[test]
    fn passkeys_are_made_for_the_host_or_for_a_domain_above_it() {
        let https = ("PUBLIC_URL", "https://auth.example.org");
        for (settings, id) in [
            (&[https][..], "auth.example.org"),
            (&[https, ("WEBAUTHN_RP_ID", "example.org")], "example.org"),
        ] {
            assert_eq!(load(settings).unwrap().passkeys.unwrap().id, id);
        }
    }

    #[test]
    fn a_domain_without_effect_is_refused() {
        let chosen = ("WEBAUTHN_RP_ID", "example.org");
        for (settings, problem) in [
            (&[chosen][..], "PUBLIC_URL: is needed where WEBAUTHN_RP_ID is set"),
            (
                &[chosen, ("PUBLIC_URL", "https://192.0.2.7")],
                "WEBAUTHN_RP_ID: has no effect",
            ),
            (
                &[chosen, ("PUBLIC_URL", "https://auth.example.com")],
                "WEBAUTHN_RP_ID: is neither",
            ),
        ] {
            let line = load(settings).unwrap_err().to_string();
            assert!(line.starts_with(problem), "{line}");
        }
        assert!(load(&[]).unwrap().passkeys.is_err());
    }
}
