//! What may be changed of a profile, by its user or by an administrator.

use portcullis_domain::{Email, FullName, Locale, TimeZone, User};

/// What to change; `None` stays as it is.
#[derive(Debug, Default)]
pub struct ProfileChange {
    /// Another name.
    pub full_name: Option<FullName>,
    /// Another address.
    pub email: Option<Email>,
    /// Another language.
    pub locale: Option<Locale>,
    /// Another time zone.
    pub time_zone: Option<TimeZone>,
}

impl ProfileChange {
    pub(crate) fn apply(self, user: &mut User) {
        if let Some(full_name) = self.full_name {
            user.full_name = full_name;
        }
        if let Some(email) = self.email {
            user.change_email(email);
        }
        if let Some(locale) = self.locale {
            user.locale = Some(locale);
        }
        if let Some(time_zone) = self.time_zone {
            user.time_zone = Some(time_zone);
        }
    }
}
