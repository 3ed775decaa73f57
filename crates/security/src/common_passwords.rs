//! Common passwords by zxcvbn.

use async_trait::async_trait;
use portcullis_application::ports::{CommonPasswords, HasherError};
use portcullis_domain::{Email, FullName, Password};
use shaku::Component;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

/// The best score of a password that is refused: fewer than a million guesses.
const WORST_SCORES: Score = Score::One;

/// What is longer than this is judged by its beginning.
const MOST_CHARACTERS: usize = 100;

/// zxcvbn reads a text once for each way in which its symbols may stand for letters, and takes as long as the length squared
/// for each. A text of 100 characters takes up to 17 ms where there is one way. Made for it, one has over a thousand, and took
/// 4.8 seconds. So of those the beginning is judged: as many characters as keep ways times length squared below this.
const MOST_WORK: usize = 150_000;

/// The symbols that zxcvbn takes for letters, by letter, with how many ways each of them adds there: a symbol that stands for
/// an earlier letter, too, adds two.
const SYMBOLS: [&[(char, usize)]; 7] = [
    &[('4', 1), ('@', 1)],
    &[('(', 1), ('{', 1), ('[', 1), ('<', 1)],
    &[('6', 1), ('9', 1)],
    &[('1', 1), ('!', 1), ('|', 1)],
    &[('1', 2), ('|', 2), ('7', 1)],
    &[('$', 1), ('5', 1)],
    &[('+', 1), ('7', 2)],
];

/// How many calls may wait for each core.
const QUEUE_PER_CORE: usize = 256;

/// Whether common passwords are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocklist {
    /// They are.
    On,
    /// Every password is taken that has the right length.
    Off,
}

/// Judges passwords: as many at once as there are cores, and a bounded number waits. Clones share the bounds.
#[derive(Debug, Clone)]
pub struct PasswordJudge {
    blocklist: Blocklist,
    places: Arc<Semaphore>,
    cores: Arc<Semaphore>,
}

impl PasswordJudge {
    /// A judge for this machine.
    #[must_use]
    pub fn new(blocklist: Blocklist) -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            blocklist,
            places: Arc::new(Semaphore::new(cores * QUEUE_PER_CORE)),
            cores: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Judges at once, on this thread, which it holds for milliseconds.
    #[must_use]
    pub fn judge(&self, password: &Password, email: &Email, full_name: &FullName) -> bool {
        match self.blocklist {
            Blocklist::On => is_common(password.expose(), &about(email, full_name)),
            Blocklist::Off => false,
        }
    }
}

/// [`CommonPasswords`] by zxcvbn.
#[derive(Component)]
#[shaku(interface = CommonPasswords)]
pub struct ZxcvbnCommonPasswords {
    /// Finds them, and bounds the work.
    judge: PasswordJudge,
}

#[async_trait]
impl CommonPasswords for ZxcvbnCommonPasswords {
    async fn include(&self, password: &Password, email: &Email, full_name: &FullName) -> Result<bool, HasherError> {
        let PasswordJudge {
            blocklist,
            places,
            cores,
        } = &self.judge;
        match blocklist {
            Blocklist::On => {}
            Blocklist::Off => return Ok(false),
        }
        let place = Arc::clone(places).try_acquire_owned().map_err(|_| HasherError::Busy)?;
        let core = Arc::clone(cores).acquire_owned().await.map_err(anyhow::Error::from)?;
        let (text, about) = (Zeroizing::new(password.expose().to_owned()), about(email, full_name));
        // What has begun is done, whether or not somebody still waits: until then it counts against the bounds.
        let judged = spawn_blocking(move || {
            let _counted = (place, core);
            is_common(&text, &about)
        });
        Ok(judged.await.map_err(anyhow::Error::from)?)
    }
}

/// What others know of the account: its address and the part before the @, its name and the words of it.
fn about(email: &Email, full_name: &FullName) -> Vec<String> {
    let local_part = email.as_str().split('@').next().unwrap_or_default();
    let whole = [email.as_str(), local_part, full_name.as_str()];
    let words = full_name.as_str().split_whitespace();
    whole.into_iter().chain(words).map(str::to_owned).collect()
}

fn is_common(password: &str, about: &[String]) -> bool {
    let beginning = Zeroizing::new(judged_part(password));
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    zxcvbn(&beginning, &about).score() <= WORST_SCORES
}

/// The longest beginning that is judged in a bounded time.
fn judged_part(password: &str) -> String {
    let mut part = String::with_capacity(password.len());
    for (index, character) in password.chars().take(MOST_CHARACTERS).enumerate() {
        part.push(character);
        let length = index + 1;
        if ways(&part) * length * length > MOST_WORK {
            part.pop();
            break;
        }
    }
    part
}

/// In how many ways the symbols of a text may stand for letters; at least one.
fn ways(text: &str) -> usize {
    let of_letter = |symbols: &[(char, usize)]| -> usize {
        let present = symbols.iter().filter(|(symbol, _)| text.contains(*symbol));
        present.map(|(_, ways)| ways).sum()
    };
    SYMBOLS.iter().map(|symbols| of_letter(symbols).max(1)).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(password: &str) -> bool {
        let email = Email::parse("ada.lovelace@example.org").unwrap();
        let name = FullName::parse("Augusta King").unwrap();
        is_common(password, &about(&email, &name))
    }

    #[test]
    fn what_everybody_tries_and_what_is_known_of_the_account_are_common() {
        for password in [
            "password",
            "Password1",
            "12345678",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "iloveyou",
            "letmein1",
            "ada.lovelace",
            "ada.lovelace@example.org",
            "Augusta King",
            "augusta1",
        ] {
            assert!(common(password), "{password}");
        }
    }

    #[test]
    fn what_has_to_be_guessed_is_taken_whatever_it_is_made_of() {
        for password in [
            "correct horse",
            "correct horse battery staple",
            "bcdfghjklmnpqrstvwxz",
            "kR7vQ2mXz9Lt",
            "\u{be44}\u{bc00}\u{bc88}\u{d638}\u{c5ec}\u{b35f}\u{ae00}\u{c790}",
        ] {
            assert!(!common(password), "{password}");
        }
    }

    #[test]
    fn a_long_password_is_judged_by_its_beginning() {
        let long = format!("{}kR7vQ2mXz9LtWb4YpN6c", "a".repeat(MOST_CHARACTERS));
        assert!(common(&long));
        assert!(!common(&"\u{1f600}kR7vQ2".repeat(18)));
    }

    #[test]
    fn a_text_that_is_made_to_take_long_is_judged_by_as_much_as_is_bounded() {
        let symbols = |count: usize| {
            "4@8({[<369&#!1/|0$5+7%2zZ"
                .chars()
                .cycle()
                .take(count)
                .collect::<String>()
        };
        let judged = judged_part(&symbols(100));
        assert!((12..30).contains(&judged.len()), "{judged}");
        assert!(ways(&judged) * judged.len().pow(2) <= MOST_WORK);
        assert!(!common(&symbols(100)));
        let (digits, words) = ("1234567890".repeat(10), "p4ssw0rd".repeat(12));
        for usual in ["correct horse battery staple", "P4$$w0rd!", "a", &digits, &words] {
            assert_eq!(judged_part(usual), usual);
        }
        assert_eq!((ways("correct"), ways("p4ssw0rd"), ways("4@17")), (1, 1, 12));
    }

    #[tokio::test]
    async fn beyond_the_bound_a_call_is_refused_and_a_place_comes_back() {
        let judge = PasswordJudge {
            blocklist: Blocklist::On,
            places: Arc::new(Semaphore::new(1)),
            cores: Arc::new(Semaphore::new(1)),
        };
        let passwords = ZxcvbnCommonPasswords { judge: judge.clone() };
        let (email, name) = (
            Email::parse("ada@example.org").unwrap(),
            FullName::parse("Ada").unwrap(),
        );
        let password = |text: &str| {
            let text = portcullis_domain::SecretText::new(text.to_owned());
            Password::parse(text, portcullis_domain::PasswordPolicy::default()).unwrap()
        };
        let taken = judge.places.try_acquire().unwrap();
        let refused = passwords.include(&password("password"), &email, &name).await;
        assert!(matches!(refused, Err(HasherError::Busy)));
        drop(taken);
        for _ in 0..2 {
            assert!(passwords.include(&password("password"), &email, &name).await.unwrap());
        }
        let judge = PasswordJudge::new(Blocklist::Off);
        assert!(!judge.judge(&password("password"), &email, &name));
        let off = ZxcvbnCommonPasswords { judge };
        assert!(!off.include(&password("password"), &email, &name).await.unwrap());
    }
}
