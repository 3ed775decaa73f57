//! Whether this installation is a provider, and by which name.

use portcullis_domain::Issuer;

/// Whether OAuth clients find a provider here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderPolicy {
    /// They do, by that name.
    On(Issuer),
    /// They do not, for lack of a name. The text says why, and what to do.
    Off(String),
}

impl ProviderPolicy {
    /// The name, where there is a provider.
    #[must_use]
    pub fn issuer(&self) -> Option<&Issuer> {
        match self {
            Self::On(issuer) => Some(issuer),
            Self::Off(_) => None,
        }
    }
}
