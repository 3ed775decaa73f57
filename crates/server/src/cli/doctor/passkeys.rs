//! Whether there are passkeys, and for which domain.

use super::finding::{Finding, told};
use crate::config::Config;
use portcullis_application::ports::{Store, StoreError};

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

/// Looks for passkeys that no browser uses any more; nothing where there are none.
pub(super) async fn left_behind(config: &Config, store: &dyn Store) -> Option<Finding> {
    let own = config.passkeys.as_ref().ok().map(|party| party.id.clone());
    let of = own.clone();
    let counted = store.read(move |repositories| repositories.passkeys().count_made_for_others(of.as_deref()));
    let counted: Result<u64, StoreError> = counted.await;
    match counted {
        Ok(0) => None,
        Ok(number) => Some(Finding::warn(SUBJECT, advice(number, own.as_deref()))),
        Err(error) => Some(Finding::fail(SUBJECT, told(error))),
    }
}

fn advice(number: u64, own: Option<&str>) -> String {
    match own {
        Some(own) => format!(
            "{number} of the passkeys that people have were made for another domain than {own}, where no browser uses them; set \
             PUBLIC_URL or WEBAUTHN_RP_ID back, or have people add new ones"
        ),
        None => format!(
            "{number} passkeys that people have work nowhere while passkeys are off; set PUBLIC_URL back to the address that \
             they were added at"
        ),
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

    #[test]
    fn what_works_no_more_is_counted_with_what_would_help() {
        let moved = advice(3, Some("auth.example.org"));
        assert!(
            moved.starts_with("3 of the passkeys") && moved.contains("than auth.example.org"),
            "{moved}"
        );
        let off = advice(3, None);
        assert!(off.contains("3 passkeys") && off.contains("PUBLIC_URL"), "{off}");
    }
}
