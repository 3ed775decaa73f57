//! The text of the cookies of browsers' sessions. Its form is that of refresh tokens, which is tried there.

use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, PREVIOUS_KEY, SALT, keys, only, refresh_tokens, session_cookies};
use portcullis_domain::{Carrier, Generation, Seed, SessionId};
use uuid::Uuid;

fn session() -> SessionId {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0123_4567_89ab).into()
}

fn seed() -> Seed {
    Seed::new([42; 32])
}

fn issued_by(key: &str) -> String {
    let cookies = session_cookies(&only(key), &SALT);
    let text = cookies.issue(session(), Generation::new(3), &seed());
    text.expose().to_owned()
}

#[test]
fn a_cookie_is_read_back_and_its_text_never_changes() {
    let cookies = session_cookies(&keys(), &SALT);
    let text = cookies.issue(session(), Generation::new(3), &seed());
    // Pinned: browsers hold these for days. Computed apart, by Python's hmac and hashlib, from the description of the form.
    assert_eq!(
        text.expose(),
        "pss_AZkAAAAAcACAAAEjRWeJqwAAAAAAAAADIXNF3DTnh3cGf0KB7DTRnimPbZGRmRglib1TEu4x_wU"
    );
    let shown = cookies.read(text.expose()).unwrap();
    assert_eq!((shown.session_id, shown.generation), (session(), Generation::new(3)));
    assert!(cookies.is_genuine(&shown, &seed()));
    assert!(!cookies.is_genuine(&shown, &Seed::new([43; 32])));
}

#[test]
fn the_previous_key_is_accepted_and_no_other() {
    let cookies = session_cookies(&keys(), &SALT);
    for (key, expected) in [(CURRENT_KEY, true), (PREVIOUS_KEY, true), (FOREIGN_KEY, false)] {
        let shown = cookies.read(&issued_by(key)).unwrap();
        assert_eq!(cookies.is_genuine(&shown, &seed()), expected, "{key}");
    }
    let elsewhere = session_cookies(&keys(), &[8; 32]).issue(session(), Generation::new(3), &seed());
    assert!(!cookies.is_genuine(&cookies.read(elsewhere.expose()).unwrap(), &seed()));
}

/// Whatever it is called: the keys are others, too.
#[test]
fn a_cookie_is_no_refresh_token_and_a_refresh_token_no_cookie() {
    let (cookies, tokens) = (session_cookies(&keys(), &SALT), refresh_tokens(&keys(), &SALT));
    let cookie = issued_by(CURRENT_KEY);
    assert!(tokens.read(&cookie, Carrier::Body).is_none());
    let renamed = cookie.replace("pss_", "prt_");
    for carrier in [Carrier::Body, Carrier::Cookie] {
        let shown = tokens.read(&renamed, carrier).unwrap();
        assert!(!tokens.is_genuine(&shown, &seed()));
        let token = tokens.issue(session(), Generation::new(3), &seed(), carrier);
        assert!(cookies.read(token.expose()).is_none());
        let renamed = token.expose().replace("prt_", "pss_");
        assert!(!cookies.is_genuine(&cookies.read(&renamed).unwrap(), &seed()));
    }
}
