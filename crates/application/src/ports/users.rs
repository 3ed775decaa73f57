//! Users in the store.

use super::store_error::StoreResult;
use portcullis_domain::folding::folded;
use portcullis_domain::full_name::composed;
use portcullis_domain::{Email, Page, PageRequest, Role, User, UserId};

/// Which users are asked for. What is `None` is left out of account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Part of the address or of the name, in any letter case.
    pub query: Option<UserQuery>,
    /// Those of that role.
    pub role: Option<Role>,
    /// The active ones, or the disabled ones.
    pub is_active: Option<bool>,
}

/// A text to look for: at least one character, and at most 320, none of them a control character, folded as [`search_text`] folds what is
/// searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuery(String);

/// A text that is empty, or too long, to look for, or that nothing holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a search needs 1 to {MAX_QUERY} characters, none of them a control character")]
pub struct UserQueryError;

const MAX_QUERY: usize = 320;

impl UserQuery {
    /// Takes a text to look for. Space around it does not count.
    ///
    /// # Errors
    /// [`UserQueryError`] below 1 and above 320 characters, and for control characters: neither addresses nor names have
    /// any, a line end would match across both, and not every store takes a NUL.
    pub fn parse(text: &str) -> Result<Self, UserQueryError> {
        // Folding changes the length of a text. The length of what was typed counts.
        let text = composed(text.trim());
        let has_right_length = (1..=MAX_QUERY).contains(&text.chars().count());
        if has_right_length && !text.contains(char::is_control) {
            Ok(Self(folded(&text)))
        } else {
            Err(UserQueryError)
        }
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is searched of a user: the address and the name, folded, on a line each, so that no query matches across both.
#[must_use]
pub fn search_text(user: &User) -> String {
    format!("{}\n{}", folded(user.email.as_str()), folded(user.full_name.as_str()))
}

/// Users, inside a unit of work.
pub trait UserRepository {
    /// The user of that id.
    fn find(&mut self, id: UserId) -> StoreResult<Option<User>>;

    /// The user of that address.
    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<User>>;

    /// The user for whom that address waits; `None` also where it waits for several, of whom nobody knows which is meant.
    fn find_by_pending_email(&mut self, email: &Email) -> StoreResult<Option<User>>;

    /// The users that match, newest first, after the position that the request names. A call looks at a bounded number
    /// of users, so a page may come short, even empty, and still name where the next one goes on.
    fn list(&mut self, filter: &UserFilter, request: &PageRequest) -> StoreResult<Page<User>>;

    /// Reads a user and holds the row until the unit ends: until then nobody else changes the user, nor holds it.
    /// A unit that changes a user, or decides by what a user is, takes the user by this call, before any of the user's
    /// sessions. A unit that takes several users takes them in ascending order of their ids.
    fn lock(&mut self, id: UserId) -> StoreResult<Option<User>>;

    /// Adds a user. `Conflict` if the email address is taken.
    fn insert(&mut self, user: &User) -> StoreResult<()>;

    /// Writes all of a user that [`lock`](Self::lock) gave; `false` if there is none of that id.
    /// `Conflict` if the email address is taken.
    fn update(&mut self, user: &User) -> StoreResult<bool>;

    /// Removes a user that [`lock`](Self::lock) gave, with all of their credentials and sessions; `false` if there is none of
    /// that id.
    fn delete(&mut self, id: UserId) -> StoreResult<bool>;

    /// Holds the row of the administrators until the unit ends, and says how many active administrators there are. A
    /// unit that may change who is one makes this call before it takes any user.
    fn lock_administrators(&mut self) -> StoreResult<u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_one_character_or_more_of_any_script() {
        for good in ["ab", "한국", " AB ", "é.", "a", " a ", "한", "王", "ß"] {
            assert!(UserQuery::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "  ", &"x".repeat(321), "a\0b", "org\nada", "\0\0"] {
            assert_eq!(UserQuery::parse(bad), Err(UserQueryError), "{bad}");
        }
    }

    #[test]
    fn letter_case_does_not_count() {
        assert_eq!(UserQuery::parse("ÉCOLE").unwrap(), UserQuery::parse("école").unwrap());
        assert_eq!(UserQuery::parse("ДОМ").unwrap().as_str(), "дом");
    }

    #[test]
    fn what_folds_to_more_or_fewer_characters_is_counted_as_it_was_typed() {
        assert_eq!(UserQuery::parse("ß").unwrap().as_str(), "ss");
        assert_eq!(UserQuery::parse("i\u{307}").unwrap().as_str(), "i");
        assert_eq!(UserQuery::parse(&"ß".repeat(320)).unwrap().as_str().len(), 640);
    }

    #[test]
    fn letters_may_come_in_parts() {
        assert_eq!(
            UserQuery::parse("e\u{301}cole").unwrap(),
            UserQuery::parse("École").unwrap()
        );
    }
}
