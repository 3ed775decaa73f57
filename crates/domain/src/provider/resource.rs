//! Resources: what access tokens of clients are for, and the scopes of each.

use super::client::ManagedBy;
use super::fault::Fault;
use super::words::words;
use crate::{Issuer, Label, ResourceId, SigningAlgorithm, Version};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_oauth2::{ClientId, ResourceUri, ScopeName};

words! {
    /// The scopes that are the provider's own.
    StandardScope {
        /// An ID token (OpenID Connect Core, section 3.1.2.1).
        OpenId = "openid",
        /// The name (OpenID Connect Core, section 5.4).
        Profile = "profile",
        /// The address (OpenID Connect Core, section 5.4).
        Email = "email",
        /// The roles at the client.
        Roles = "roles",
        /// Access while the user is away (OpenID Connect Core, section 11).
        OfflineAccess = "offline_access",
    }
}

impl StandardScope {
    /// The scope of that name.
    #[must_use]
    pub fn named(name: &ScopeName) -> Option<Self> {
        name.as_str().parse().ok()
    }

    /// The scope that carries a claim (OpenID Connect Core, section 5.4).
    #[must_use]
    pub fn carrying(claim: &str) -> Option<Self> {
        match claim {
            "name" | "updated_at" => Some(Self::Profile),
            "email" | "email_verified" => Some(Self::Email),
            "roles" | "groups" => Some(Self::Roles),
            _ => None,
        }
    }
}

/// What somebody says of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceSettings {
    /// Its URI, which tokens name as their audience (RFC 8707, section 2).
    pub uri: ResourceUri,
    /// What people call it.
    pub name: Label,
    /// The client that may ask whether a token for it counts.
    pub owner: Option<ClientId>,
    /// What tokens for it are signed by.
    pub alg: SigningAlgorithm,
    /// How long tokens for it live.
    pub access_life: TimeDelta,
    /// Its scopes, sorted by name.
    pub scopes: Vec<ResourceScope>,
}

/// A scope of a resource. No two resources have one of the same name, so that a scope says which resource is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceScope {
    /// Its name.
    pub name: ScopeName,
    /// What it allows, as people are told who are asked for it.
    pub description: ScopeDescription,
    /// Whether a client that names the resource and no scope is given it.
    pub is_default: bool,
}

/// What a scope allows: at most 200 characters on one line, which may be none.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopeDescription(String);

/// A text that does not describe a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a description has at most {MOST_DESCRIPTION} characters, and none that acts on the text around it")]
pub struct NotADescription;

const MOST_DESCRIPTION: usize = 200;

impl ScopeDescription {
    /// Takes a text.
    ///
    /// # Errors
    /// [`NotADescription`].
    pub fn parse(text: &str) -> Result<Self, NotADescription> {
        let text = crate::full_name::composed(text.trim());
        let fits = text.chars().count() <= MOST_DESCRIPTION && !text.chars().any(crate::changes_other_text);
        fits.then_some(Self(text)).ok_or(NotADescription)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A resource as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Names the resource.
    pub id: ResourceId,
    /// Who looks after it.
    pub managed_by: ManagedBy,
    /// What was said of it.
    pub settings: ResourceSettings,
    /// How often it was changed.
    pub version: Version,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl ResourceSettings {
    /// The longest life of a token for it.
    pub const LONGEST_ACCESS_LIFE: TimeDelta = TimeDelta::hours(1);
    /// The most scopes of one.
    pub const MOST_SCOPES: usize = 50;

    /// What is so where nobody says otherwise.
    #[must_use]
    pub fn new(uri: ResourceUri, name: Label) -> Self {
        Self {
            uri,
            name,
            owner: None,
            alg: SigningAlgorithm::Es256,
            access_life: TimeDelta::minutes(10),
            scopes: Vec::new(),
        }
    }

    /// The names of its scopes, sorted.
    #[must_use]
    pub fn scopes_by_name(&self) -> Vec<ScopeName> {
        self.scopes.iter().map(|scope| scope.name.clone()).collect()
    }

    /// What is wrong with them as a whole, where the provider has that name: all of it.
    #[must_use]
    pub fn faults(&self, issuer: &Issuer) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(objection_to(&self.uri, issuer).map(|detail| Fault::new("uri", "not_allowed", detail)));
        if !self.alg.has_key_pair() {
            let detail = "whoever checks tokens could make them; take ES256, EdDSA or RS256";
            faults.push(Fault::new("alg", "not_allowed", detail));
        }
        if !(TimeDelta::minutes(1)..=Self::LONGEST_ACCESS_LIFE).contains(&self.access_life) {
            let detail = "an access token lives for 60 to 3600 seconds";
            faults.push(Fault::new("access_seconds", "out_of_range", detail));
        }
        if self.scopes.len() > Self::MOST_SCOPES {
            let detail = format!("a resource has at most {} scopes", Self::MOST_SCOPES);
            faults.push(Fault::new("scopes", "too_many", detail));
        }
        for scope in &self.scopes {
            if StandardScope::named(&scope.name).is_some() {
                let detail = format!("{} is a scope of the provider itself; take another name", scope.name);
                faults.push(Fault::of("scopes", scope.name.as_str(), "not_allowed", detail));
            }
        }
        let mut before: Option<&ScopeName> = None;
        for scope in &self.scopes {
            if before == Some(&scope.name) {
                let detail = format!("{} stands more than once", scope.name);
                faults.push(Fault::of("scopes", scope.name.as_str(), "repeated", detail));
            }
            before = Some(&scope.name);
        }
        faults
    }
}

/// Why no resource can have that URI.
fn objection_to(uri: &ResourceUri, issuer: &Issuer) -> Option<&'static str> {
    if !["https", "http", "urn"].contains(&uri.scheme().to_ascii_lowercase().as_str()) {
        Some("a resource is named by an https, http or urn URI")
    } else if !uri.is_plain() {
        Some(
            "tokens name it byte for byte, so write it plainly: scheme and host in small letters, without a user, a port that \
             goes without saying, a dot behind the host, . and .. in the path, and codes of letters and digits",
        )
    } else if is_our_own(uri, issuer) {
        Some("this is the address of this server itself, whose tokens are for accounts; take the address of the API")
    } else {
        None
    }
}

/// Whether tokens of that audience would be taken for ones of our own: those for the issuer, or for what is below one of our own
/// paths. The word that session tokens name is no URI.
fn is_our_own(uri: &ResourceUri, issuer: &Issuer) -> bool {
    const OWN_PATHS: [&str; 4] = ["users", "admin", "auth", "oauth2"];
    let own = ResourceUri::parse(issuer.as_str()).ok().and_then(|own| own.place());
    let (Some(own), Some(place)) = (own, uri.place()) else {
        return false;
    };
    let path = place.path().to_ascii_lowercase();
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    own.is_beside(&place) && (path.starts_with("//") || first.is_empty() || OWN_PATHS.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(uri: &str, change: impl FnOnce(&mut ResourceSettings)) -> Vec<(&'static str, &'static str)> {
        let issuer = Issuer::parse("https://auth.example.org", |_| false).unwrap();
        let (uri, name) = (ResourceUri::parse(uri).unwrap(), Label::parse("API").unwrap());
        let mut settings = ResourceSettings::new(uri, name);
        change(&mut settings);
        let faults = settings.faults(&issuer).into_iter();
        faults.map(|fault| (fault.member, fault.code)).collect()
    }

    #[test]
    fn no_resource_is_our_own_address() {
        for uri in [
            "https://auth.example.org",
            "https://auth.example.org/",
            "https://auth.example.org//users",
            "https://auth.example.org//x",
            "https://auth.example.org/Users",
            "https://auth.example.org/?x",
            "http://auth.example.org/users",
            "https://auth.example.org/users/me",
            "https://auth.example.org/admin/x",
            "https://auth.example.org/auth?x",
            "https://auth.example.org/oauth2/userinfo",
        ] {
            assert_eq!(faults(uri, |_| ()), [("uri", "not_allowed")], "{uri}");
        }
        for uri in [
            "https://api.example.org",
            "https://auth.example.org:8443/users",
            "https://auth.example.org/usersx",
            "https://auth.example.org.evil.org/users",
            "urn:example:orders",
        ] {
            assert_eq!(faults(uri, |_| ()), [], "{uri}");
        }
    }

    #[test]
    fn no_resource_has_another_spelling_or_a_scheme_that_runs_something() {
        for uri in [
            "https://AUTH.example.org/users",
            "https://auth.example.org/%75sers",
            "https://auth.example.org/./users",
            "https://auth.example.org/x/../users",
            "https://auth.example.org?x",
            "https://x@auth.example.org/users",
            "https://auth.example.org./users",
            "https://auth.example.org:443/users",
            "javascript:x",
            "JavaScript://x",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:https://api.example.org/x",
            "about:blank",
            "intent://x",
        ] {
            assert_eq!(faults(uri, |_| ()), [("uri", "not_allowed")], "{uri}");
        }
        let loopback = Issuer::parse("http://127.0.0.1:8000", |_| true).unwrap();
        let uri = |text: &str| objection_to(&ResourceUri::parse(text).unwrap(), &loopback);
        assert!(uri("http://localhost:8000/users").is_some());
        assert_eq!(uri("http://localhost:8001/users"), None);
    }

    #[test]
    fn limits_and_names_of_scopes_are_held() {
        let scope = |name: &str| ResourceScope {
            name: ScopeName::parse(name).unwrap(),
            description: ScopeDescription::default(),
            is_default: false,
        };
        let uri = "https://api.example.org";
        let with = |change: fn(&mut ResourceSettings)| faults(uri, change);
        assert_eq!(with(|it| it.alg = SigningAlgorithm::Hs256), [("alg", "not_allowed")]);
        assert_eq!(
            with(|it| it.access_life = TimeDelta::seconds(59)),
            [("access_seconds", "out_of_range")]
        );
        assert_eq!(
            with(|it| it.access_life = TimeDelta::seconds(3601)),
            [("access_seconds", "out_of_range")]
        );
        let own = faults(uri, |it| it.scopes = vec![scope("email")]);
        assert_eq!(own, [("scopes", "not_allowed")]);
        let twice = faults(uri, |it| it.scopes = vec![scope("read"), scope("read")]);
        assert_eq!(twice, [("scopes", "repeated")]);
        let many = (0..51).map(|number| scope(&format!("s{number:02}"))).collect();
        assert_eq!(faults(uri, |it| it.scopes = many), [("scopes", "too_many")]);
    }

    #[test]
    fn a_description_is_one_line() {
        assert_eq!(
            ScopeDescription::parse(" Read orders ").unwrap().as_str(),
            "Read orders"
        );
        assert_eq!(ScopeDescription::parse("a\nb"), Err(NotADescription));
        assert_eq!(ScopeDescription::parse(&"x".repeat(201)), Err(NotADescription));
    }
}
