//! The key that authenticates the audit trail: kept by the store, encrypted by what only the settings know.

use crate::config::{DatabaseConfig, another_secret_key};
use anyhow::{Context as _, bail};
use portcullis_application::ports::Entropy;
use portcullis_security::{AuditKey, AuditKeyEncryption, AuditKeyError, DecryptedAuditKey, SecretKeyAge};
use portcullis_storage::Database;

/// How often somebody else may be first before this gives up: one makes the key, one encrypts it anew.
const ATTEMPTS: usize = 3;

/// Where the encrypted key is kept.
pub(crate) trait AuditKeyPlace {
    /// What is there.
    fn find(&self) -> anyhow::Result<Option<Vec<u8>>>;

    /// Puts another form in the place of `present`; `false` where something else is there by now.
    fn replace(&self, present: Option<&[u8]>, new: &[u8]) -> anyhow::Result<bool>;
}

/// The place in the database that the settings name.
pub(crate) struct InDatabase<'c> {
    pub(crate) config: &'c DatabaseConfig,
    pub(crate) database: &'c Database,
}

impl AuditKeyPlace for InDatabase<'_> {
    fn find(&self) -> anyhow::Result<Option<Vec<u8>>> {
        self.database.audit_key().map_err(self.config.unusable())
    }

    fn replace(&self, present: Option<&[u8]>, new: &[u8]) -> anyhow::Result<bool> {
        self.database
            .replace_audit_key(present, new)
            .map_err(self.config.unusable())
    }
}

/// How a key comes out of its place.
pub(crate) type Opening = fn(&dyn AuditKeyPlace, &AuditKeyEncryption, &dyn Entropy) -> anyhow::Result<AuditKey>;

/// For a server: makes the key where there is none. One that was encrypted by the previous `SECRET_KEY` is encrypted by
/// the present one from now on.
pub(crate) fn take_over(
    place: &dyn AuditKeyPlace,
    encryption: &AuditKeyEncryption,
    entropy: &dyn Entropy,
) -> anyhow::Result<AuditKey> {
    for _ in 0..ATTEMPTS {
        let Some(encrypted) = place.find()? else {
            if let Some(key) = make(place, encryption, entropy)? {
                return Ok(key);
            }
            continue;
        };
        let decrypted = decrypt(&encrypted, encryption)?;
        let is_done = match decrypted.by {
            SecretKeyAge::Current => true,
            SecretKeyAge::Previous => place.replace(Some(&encrypted), &encryption.encrypt(&decrypted.key, entropy)?)?,
        };
        if is_done {
            return Ok(decrypted.key);
        }
    }
    bail!("the key of the audit trail is changed all the time by others")
}

/// For a command: makes the key where there is none, and leaves one that is there as it is. A command runs only for a
/// moment, so it does not decide when the servers' `SECRET_KEY` changes.
pub(crate) fn read_or_make(
    place: &dyn AuditKeyPlace,
    encryption: &AuditKeyEncryption,
    entropy: &dyn Entropy,
) -> anyhow::Result<AuditKey> {
    for _ in 0..ATTEMPTS {
        if let Some(encrypted) = place.find()? {
            return Ok(decrypt(&encrypted, encryption)?.key);
        }
        if let Some(key) = make(place, encryption, entropy)? {
            return Ok(key);
        }
    }
    bail!("the key of the audit trail is changed all the time by others")
}

/// For whoever only looks: changes nothing.
pub(crate) fn read(
    place: &dyn AuditKeyPlace,
    encryption: &AuditKeyEncryption,
    _: &dyn Entropy,
) -> anyhow::Result<AuditKey> {
    let encrypted = place.find()?.context("there is no key of the audit trail yet")?;
    Ok(decrypt(&encrypted, encryption)?.key)
}

/// A first key, unless somebody else has made one meanwhile.
fn make(
    place: &dyn AuditKeyPlace,
    encryption: &AuditKeyEncryption,
    entropy: &dyn Entropy,
) -> anyhow::Result<Option<AuditKey>> {
    let key = AuditKey::generate(entropy);
    let is_kept = place.replace(None, &encryption.encrypt(&key, entropy)?)?;
    Ok(is_kept.then_some(key))
}

fn decrypt(encrypted: &[u8], encryption: &AuditKeyEncryption) -> anyhow::Result<DecryptedAuditKey> {
    encryption.decrypt(encrypted).map_err(|error| match error {
        AuditKeyError::Sealed => another_secret_key(&error).into(),
        AuditKeyError::Unexpected(error) => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_application::ports::AuditMac;
    use portcullis_domain::{Digest32, SecretText};
    use portcullis_security::{HmacAuditMac, HmacAuditMacParameters, Keys, OsEntropy, SecretKey};
    use shaku::{HasComponent, module};
    use std::cell::RefCell;

    module! {
        Mac { components = [HmacAuditMac], providers = [] }
    }

    const OLD: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
    const NEW: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";

    /// A store of one row. `rival` is what somebody else puts there just before the first write.
    #[derive(Default)]
    struct Row {
        kept: RefCell<Option<Vec<u8>>>,
        rival: RefCell<Option<Vec<u8>>>,
    }

    impl AuditKeyPlace for Row {
        fn find(&self) -> anyhow::Result<Option<Vec<u8>>> {
            Ok(self.kept.borrow().clone())
        }

        fn replace(&self, present: Option<&[u8]>, new: &[u8]) -> anyhow::Result<bool> {
            if let Some(rival) = self.rival.take() {
                self.kept.replace(Some(rival));
            }
            let is_present = self.kept.borrow().as_deref() == present;
            if is_present {
                self.kept.replace(Some(new.to_vec()));
            }
            Ok(is_present)
        }
    }

    fn encryption(current: &str, previous: Option<&str>) -> AuditKeyEncryption {
        let key = |text: &str| SecretKey::parse(SecretText::new(text.to_owned())).unwrap();
        let keys = Keys {
            current: key(current),
            previous: previous.map(key),
        };
        AuditKeyEncryption::derive(&keys, &[7; 32])
    }

    /// What the key makes of a message, since the key itself shows nothing.
    fn code_by(row: &Row, opening: Opening, current: &str, previous: Option<&str>) -> anyhow::Result<Digest32> {
        let key = opening(row, &encryption(current, previous), &OsEntropy)?;
        let parameters = HmacAuditMacParameters { key };
        let module = Mac::builder()
            .with_component_parameters::<HmacAuditMac>(parameters)
            .build();
        let mac: &dyn AuditMac = module.resolve_ref();
        Ok(mac.sign(b"message"))
    }

    #[test]
    fn the_key_is_made_once() {
        for first in [take_over, read_or_make] {
            let row = Row::default();
            let made = code_by(&row, first, OLD, None).unwrap();
            for later in [take_over, read_or_make, read] {
                assert_eq!(code_by(&row, later, OLD, None).unwrap(), made);
            }
        }
    }

    #[test]
    fn a_look_makes_no_key() {
        let row = Row::default();
        assert!(code_by(&row, read, OLD, None).is_err());
        assert!(row.kept.take().is_none());
    }

    #[test]
    fn of_two_first_starts_the_later_takes_the_key_of_the_earlier() {
        for later in [take_over, read_or_make] {
            let (row, other) = (Row::default(), Row::default());
            let made = code_by(&other, take_over, OLD, None).unwrap();
            row.rival.replace(other.kept.take());
            assert_eq!(code_by(&row, later, OLD, None).unwrap(), made);
        }
    }

    #[test]
    fn after_a_change_of_the_secret_key_the_previous_one_is_needed_once() {
        let row = Row::default();
        let made = code_by(&row, take_over, OLD, None).unwrap();
        assert_eq!(code_by(&row, take_over, NEW, Some(OLD)).unwrap(), made);
        assert_eq!(code_by(&row, take_over, NEW, None).unwrap(), made);
        assert!(code_by(&row, take_over, OLD, None).is_err());
    }

    #[test]
    fn only_a_server_encrypts_the_key_anew() {
        let row = Row::default();
        let made = code_by(&row, take_over, OLD, None).unwrap();
        let kept = row.kept.borrow().clone();
        for opening in [read_or_make, read] {
            assert_eq!(code_by(&row, opening, NEW, Some(OLD)).unwrap(), made);
            assert_eq!(*row.kept.borrow(), kept);
        }
        code_by(&row, take_over, NEW, Some(OLD)).unwrap();
        assert_ne!(*row.kept.borrow(), kept);
    }

    #[test]
    fn another_secret_key_is_refused_by_a_line_that_says_what_to_do() {
        let row = Row::default();
        code_by(&row, take_over, OLD, None).unwrap();
        let line = code_by(&row, take_over, NEW, None).unwrap_err().to_string();
        assert!(
            line.starts_with("SECRET_KEY: ") && line.contains("SECRET_KEY_PREVIOUS"),
            "{line}"
        );
        assert!(
            !line.contains('\n') && !line.contains(OLD) && !line.contains(NEW),
            "{line}"
        );
    }
}
