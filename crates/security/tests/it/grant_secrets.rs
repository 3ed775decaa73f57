//! The text of clients' codes and refresh tokens. Its form is that of refresh tokens of sessions, which is tried there.

use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, PREVIOUS_KEY, SALT, grant_secrets, keys, only};
use portcullis_domain::{Generation, GrantId, GrantSecretKind, Seed};
use uuid::Uuid;

const KINDS: [GrantSecretKind; 2] = [GrantSecretKind::Code, GrantSecretKind::RefreshToken];

fn grant() -> GrantId {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0123_4567_89ab).into()
}

fn seed() -> Seed {
    Seed::new([42; 32])
}

fn issued_by(key: &str, kind: GrantSecretKind) -> String {
    let secrets = grant_secrets(&only(key), &SALT);
    let text = secrets.issue(kind, grant(), Generation::new(3), &seed());
    text.expose().to_owned()
}

#[test]
fn what_a_client_is_given_is_read_back_and_its_text_never_changes() {
    let secrets = grant_secrets(&keys(), &SALT);
    // Pinned: clients hold these for months. Computed apart, by Python's hmac and hashlib, from the description of the form.
    for (kind, pinned) in KINDS.into_iter().zip([
        "pac_AZkAAAAAcACAAAEjRWeJqwAAAAAAAAADEnXg8f_PZdzy_DjR6HL8FWVMcvC00iD9iGrntauOBOk",
        "pgr_AZkAAAAAcACAAAEjRWeJqwAAAAAAAAAD_s02WhvTs1JGrpjHtRQRx_NR5u1WS2EmZVLirYUSdOM",
    ]) {
        let text = secrets.issue(kind, grant(), Generation::new(3), &seed());
        assert_eq!(text.expose(), pinned);
        let shown = secrets.read(kind, text.expose()).unwrap();
        assert_eq!((shown.grant, shown.generation), (grant(), Generation::new(3)));
        assert!(secrets.is_genuine(&shown, &seed()));
        assert!(!secrets.is_genuine(&shown, &Seed::new([43; 32])));
    }
}

#[test]
fn the_previous_key_is_accepted_and_no_other() {
    let secrets = grant_secrets(&keys(), &SALT);
    for kind in KINDS {
        for (key, expected) in [(CURRENT_KEY, true), (PREVIOUS_KEY, true), (FOREIGN_KEY, false)] {
            let shown = secrets.read(kind, &issued_by(key, kind)).unwrap();
            assert_eq!(secrets.is_genuine(&shown, &seed()), expected, "{key}");
        }
    }
}
