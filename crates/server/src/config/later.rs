//! Settings of later versions. They are known, so that none is accepted without an effect.

use super::setting::SettingError;
use super::{Environment, table};

/// A setting whose capability is not built yet. A star at the end of the name stands for any ending.
#[derive(Debug)]
pub(super) struct Later {
    pub(super) name: &'static str,
    /// What this version can't do.
    pub(super) capability: &'static str,
}

const fn later(name: &'static str, capability: &'static str) -> Later {
    Later { name, capability }
}

pub(super) static LATER: &[Later] = &[
    later("RATE_LIMIT_*", "limit that"),
    later("COOKIE_DOMAIN", "sign in browsers at a proxy"),
];

/// The names that stand for one setting alone.
pub(super) fn names() -> impl Iterator<Item = String> {
    let whole = LATER.iter().filter(|later| !later.name.ends_with('*'));
    whole.map(|later| later.name.to_owned())
}

/// Whether it is one of those whose beginning alone is known.
pub(super) fn is_in_a_family(name: &str) -> bool {
    let mut families = LATER.iter().filter(|later| later.name.ends_with('*'));
    families.any(|family| family.is_called(name))
}

/// A refusal of each that is set to something that this version can't do.
pub(super) fn refusals(environment: &Environment) -> Vec<SettingError> {
    LATER.iter().flat_map(|later| later.refusals(environment)).collect()
}

impl Later {
    fn refusals(&self, environment: &Environment) -> Vec<SettingError> {
        let names = environment.names().filter(|name| self.is_called(name));
        names.map(|name| self.refused(name)).collect()
    }

    fn is_called(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => {
                let is_known =
                    LATER.iter().any(|other| other.name == name) || table::names().any(|built| built == name);
                name.starts_with(start) && !is_known
            }
            None => self.name == name,
        }
    }

    fn refused(&self, name: &str) -> SettingError {
        SettingError {
            setting: name.to_owned(),
            problem: format!("this version can't {} yet", self.capability),
            remedy: Some("remove the setting".to_owned()),
        }
    }
}
