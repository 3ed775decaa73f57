//! Pages of one's own account, for those who are signed in on the browser.

pub(crate) mod apps;
pub(crate) mod confirm_identity;
pub(crate) mod hall;
pub(crate) mod linked;
pub(crate) mod overview;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod set_up;
mod time_zones;
