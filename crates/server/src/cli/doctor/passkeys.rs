//! Whether there are passkeys, and for which domain.

use super::finding::Finding;
use crate::config::Config;

const SUBJECT: &str = "passkeys";

/// Goes by the settings alone.
pub(super) fn look_at(config: &Config) -> Finding {
    match &config.passkeys {
        Ok(party) => Finding::ok(
            SUBJECT,
            format!("made for {}, used on pages of {}", party.id, party.origin),
        ),
        Err(none) => Finding::ok(SUBJECT, format!("off: {none}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn it_says_for_which_domain_they_are_or_why_there_are_none() {
        for (settings, expected) in [
            (
                &[("PUBLIC_URL", "https://auth.example.org")][..],
                "made for auth.example.org",
            ),
            (
                &[("PUBLIC_URL", "https://192.0.2.7")],
                "off: PUBLIC_URL is an IP address",
            ),
            (&[], "off: PUBLIC_URL is not set"),
        ] {
            let finding = look_at(&Config::load(&Environment::of(settings)).unwrap());
            assert!(finding.text.starts_with(expected), "{finding}");
        }
    }
}
