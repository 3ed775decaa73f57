use super::*;
use crate::SecretKey;
use chrono::TimeDelta;
use portcullis_domain::SecretText;

const OLD: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
const NEW: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";

fn key(text: &str) -> SecretKey {
    SecretKey::parse(SecretText::new(text.to_owned())).unwrap()
}

fn tokens_of(current: &str, previous: Option<&str>) -> HmacDeviceTokens {
    let keys = Keys {
        current: key(current),
        previous: previous.map(key),
    };
    HmacDeviceTokens {
        keys: DeviceTokenKeys::derive(&keys, &[9; 32]),
    }
}

fn user(byte: u8) -> UserId {
    UserId::new(DateTime::UNIX_EPOCH, [byte; 10])
}

fn password(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn device(byte: u8) -> DeviceId {
    DeviceId::new([byte; 16])
}

impl HmacDeviceTokens {
    fn id_of(
        &self,
        token: &DeviceToken,
        user: UserId,
        password: &PasswordHash,
        now: DateTime<Utc>,
    ) -> Option<DeviceId> {
        self.known(token, user, password, now).map(|known| known.id)
    }
}

#[test]
fn a_device_tells_the_minute_of_the_last_sign_in() {
    let tokens = tokens_of(NEW, None);
    let token = tokens.after_sign_in(None, user(1), &password("old"), device(1), now());
    let later = now() + TimeDelta::seconds(119);
    let again = tokens.after_sign_in(Some(&token), user(1), &password("old"), device(2), later);
    let since = |token: &DeviceToken| Some(tokens.known(token, user(1), &password("old"), later)?.since);
    assert_eq!(since(&token), Some(now()));
    assert_eq!(since(&again), Some(now() + TimeDelta::seconds(60)));
}

#[test]
fn a_name_that_somebody_made_up_is_replaced() {
    let tokens = tokens_of(NEW, None);
    let planted = tokens_of(OLD, None).after_sign_in(None, user(1), &password("old"), device(1), now());
    assert_eq!(tokens.named(&planted), None);
    let token = tokens.after_sign_in(Some(&planted), user(1), &password("old"), device(2), now());
    assert_eq!(tokens.named(&token), Some(device(2)));
    let again = tokens.after_sign_in(Some(&token), user(1), &password("old"), device(3), now());
    assert_eq!(tokens.named(&again), Some(device(2)));
}

#[test]
fn a_device_is_known_for_the_newest_four_who_signed_in_there() {
    let tokens = tokens_of(NEW, None);
    let mut token = tokens.after_sign_in(None, user(0), &password("old"), device(1), now());
    for number in 1..6 {
        token = tokens.after_sign_in(
            Some(&token),
            user(number),
            &password("old"),
            device(100 + number),
            now(),
        );
    }
    for number in 2..6 {
        assert_eq!(
            tokens.id_of(&token, user(number), &password("old"), now()),
            Some(device(1)),
            "{number}"
        );
    }
    for number in [0, 1, 6] {
        assert_eq!(
            tokens.id_of(&token, user(number), &password("old"), now()),
            None,
            "{number}"
        );
    }
    assert!(token.expose().len() <= LONGEST);
}

#[test]
fn who_signs_in_again_takes_no_second_place() {
    let tokens = tokens_of(NEW, None);
    let mut token = tokens.after_sign_in(None, user(0), &password("old"), device(1), now());
    token = tokens.after_sign_in(Some(&token), user(1), &password("old"), device(2), now());
    for _ in 0..9 {
        token = tokens.after_sign_in(Some(&token), user(0), &password("old"), device(2), now());
    }
    assert_eq!(tokens.id_of(&token, user(1), &password("old"), now()), Some(device(1)));
    let newest_two = tokens.after_sign_in(Some(&token), user(1), &password("old"), device(2), now());
    assert_eq!(newest_two.expose().len(), token.expose().len());
}

#[test]
fn a_change_of_key_carries_devices_over() {
    let before = tokens_of(OLD, None).after_sign_in(None, user(1), &password("old"), device(1), now());
    let during = tokens_of(NEW, Some(OLD));
    assert_eq!(during.id_of(&before, user(1), &password("old"), now()), Some(device(1)));
    let renewed = during.after_sign_in(Some(&before), user(1), &password("old"), device(2), now());
    let after = tokens_of(NEW, None);
    assert_eq!(after.id_of(&before, user(1), &password("old"), now()), None);
    assert_eq!(after.id_of(&renewed, user(1), &password("old"), now()), Some(device(1)));
}

#[test]
fn what_nobody_made_is_no_known_device_and_no_error() {
    let tokens = tokens_of(NEW, None);
    let genuine = tokens.after_sign_in(None, user(1), &password("old"), device(1), now());
    let foreign = tokens_of(OLD, None).after_sign_in(None, user(1), &password("old"), device(1), now());
    let texts = [
        String::new(),
        "garbage; é".to_owned(),
        "A".repeat(100_000),
        URL_SAFE_NO_PAD.encode([0; 16]),
        URL_SAFE_NO_PAD.encode([0; 53]),
        URL_SAFE_NO_PAD.encode([0; 113]),
        format!("{}=", genuine.expose()),
        format!("{}AAAA", genuine.expose()),
        foreign.expose().to_owned(),
    ];
    for text in texts {
        let shown = DeviceToken::new(text);
        assert_eq!(
            tokens.id_of(&shown, user(1), &password("old"), now()),
            None,
            "{}",
            shown.expose()
        );
        let given = tokens.after_sign_in(Some(&shown), user(1), &password("old"), device(3), now());
        assert!(tokens.id_of(&given, user(1), &password("old"), now()).is_some());
    }
    assert_eq!(tokens.id_of(&genuine, user(2), &password("old"), now()), None);
}

/// Proofs of somebody's own do not become proofs of others by moving them to another device.
#[test]
fn a_proof_counts_on_its_own_device_alone() {
    let tokens = tokens_of(NEW, None);
    let token = tokens.after_sign_in(None, user(1), &password("old"), device(1), now());
    let mut bytes = URL_SAFE_NO_PAD.decode(token.expose()).unwrap();
    bytes[0] ^= 1;
    assert_eq!(
        tokens.id_of(
            &DeviceToken::new(URL_SAFE_NO_PAD.encode(bytes)),
            user(1),
            &password("old"),
            now()
        ),
        None
    );
}

/// Whoever it was that signed in there; and nobody makes such a name up.
#[test]
fn a_device_that_we_named_is_told_from_one_that_somebody_made_up() {
    let tokens = tokens_of(NEW, Some(OLD));
    let token = tokens.after_sign_in(None, user(1), &password("old"), device(1), now());
    assert_eq!(tokens.named(&token), Some(device(1)));
    let before = tokens_of(OLD, None).after_sign_in(None, user(1), &password("old"), device(2), now());
    assert_eq!(tokens.named(&before), Some(device(2)));
    assert_eq!(tokens_of(NEW, None).named(&before), None);
    for place in [0, DeviceId::BYTES] {
        let mut bytes = URL_SAFE_NO_PAD.decode(token.expose()).unwrap();
        bytes[place] ^= 1;
        assert_eq!(tokens.named(&DeviceToken::new(URL_SAFE_NO_PAD.encode(bytes))), None);
    }
    assert_eq!(tokens.named(&DeviceToken::new(URL_SAFE_NO_PAD.encode([0; 52]))), None);
}

/// Who knew the old password, and had devices known by it, has no more guesses at the new one than anybody.
#[test]
fn another_password_ends_the_devices_of_its_user_and_of_nobody_else() {
    let tokens = tokens_of(NEW, None);
    let both = tokens.after_sign_in(None, user(2), &password("other"), device(1), now());
    let both = tokens.after_sign_in(Some(&both), user(1), &password("old"), device(2), now());
    assert_eq!(tokens.id_of(&both, user(1), &password("new"), now()), None);
    assert_eq!(tokens.id_of(&both, user(2), &password("other"), now()), Some(device(1)));
    let again = tokens.after_sign_in(Some(&both), user(1), &password("new"), device(2), now());
    assert_eq!(tokens.id_of(&again, user(1), &password("new"), now()), Some(device(1)));
}

#[test]
fn a_device_is_known_for_four_hundred_days_and_nobody_makes_it_younger() {
    let tokens = tokens_of(NEW, None);
    let token = tokens.after_sign_in(None, user(1), &password("old"), device(1), now());
    let known = |token: &DeviceToken, at| tokens.id_of(token, user(1), &password("old"), at);
    let last = now() + TimeDelta::days(400);
    assert_eq!(known(&token, last), Some(device(1)));
    let late = last + TimeDelta::minutes(1);
    assert_eq!(known(&token, late), None);
    let renewed = tokens.after_sign_in(Some(&token), user(2), &password("other"), device(2), late);
    assert_eq!(known(&renewed, now()), None, "it was dropped");
    let mut bytes = URL_SAFE_NO_PAD.decode(token.expose()).unwrap();
    bytes[DeviceId::BYTES + CODE_BYTES + TIME_BYTES - 1] += 9;
    assert_eq!(known(&DeviceToken::new(URL_SAFE_NO_PAD.encode(bytes)), now()), None);
}
