//! Where people come back to in a framework.

use super::Framework;
use portcullis_domain::ClientSettings;
use portcullis_oauth2::{RedirectKind, RedirectUri};

/// Stands where people come back to in a client that has registered no address.
const ORIGIN: &str = "https://app.example.com";

/// Where people come back to, as a framework is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Callback {
    /// The whole address.
    pub(super) uri: String,
    /// Scheme, host and port.
    pub(super) origin: String,
    /// What of the path the framework is told stands before its own part.
    pub(super) before: String,
    /// And what stands behind that.
    pub(super) name: String,
    /// Whether the client has registered it.
    pub(super) is_registered: bool,
}

/// The part of the path that a framework does not let anybody choose, and what stands before and behind it where nobody has
/// chosen that either.
fn own_part(framework: Framework) -> Option<(&'static str, &'static str, &'static str)> {
    match framework {
        Framework::Authjs => Some(("/callback/", "/api/auth", "portcullis")),
        Framework::Spring => Some(("/login/oauth2/code/", "", "portcullis")),
        Framework::Grafana => Some(("/login/generic_oauth", "", "")),
        Framework::Oauth2Proxy => Some(("/callback", "/oauth2", "")),
        Framework::Express | Framework::Aspnet | Framework::Django | Framework::ModAuthOpenidc => None,
    }
}

impl Callback {
    /// The first registered address that the framework serves, or else the one that it has by itself, where the client is.
    pub(super) fn of(framework: Framework, settings: &ClientSettings) -> Self {
        let mut registered = settings.redirect_uris.iter();
        if let Some(found) = registered.find_map(|uri| Self::registered(framework, uri)) {
            return found;
        }
        let on_the_web = |uri: &&RedirectUri| uri.kind() != RedirectKind::CustomScheme;
        let first = settings.redirect_uris.iter().find(on_the_web);
        let origin = first.map_or_else(|| ORIGIN.to_owned(), RedirectUri::origin);
        let (own, before, name) = own_part(framework).unwrap_or(("/callback", "", ""));
        Self {
            uri: format!("{origin}{before}{own}{name}"),
            origin,
            before: before.to_owned(),
            name: name.to_owned(),
            is_registered: false,
        }
    }

    fn registered(framework: Framework, uri: &RedirectUri) -> Option<Self> {
        if uri.kind() == RedirectKind::CustomScheme {
            return None;
        }
        let origin = uri.origin();
        let path = uri.as_str().strip_prefix(&origin)?;
        let (before, name) = match own_part(framework) {
            None => ("", ""),
            Some((own, usual_before, usual_name)) => {
                let (before, name) = path.rsplit_once(own)?;
                let is_named = !name.is_empty() && !name.contains(['/', '?']);
                let has_before = !before.is_empty() || usual_before.is_empty();
                let ends_well = if usual_name.is_empty() {
                    name.is_empty()
                } else {
                    is_named
                };
                let fits = has_before && ends_well;
                fits.then_some((before, name))?
            }
        };
        Some(Self {
            uri: uri.to_string(),
            before: before.to_owned(),
            name: name.to_owned(),
            is_registered: true,
            origin,
        })
    }

    /// The path at which it answers, without a query.
    pub(super) fn path(&self) -> &str {
        let path = self.uri.strip_prefix(&self.origin).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        if path.is_empty() { "/" } else { path }
    }

    /// The port at which it answers, where it says one.
    pub(super) fn port(&self) -> Option<&str> {
        let port = self.origin.rsplit_once(':')?.1;
        port.bytes().all(|byte| byte.is_ascii_digit()).then_some(port)
    }

    /// Whether it is reached without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.origin.starts_with("http:")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::ClientKind;
    use portcullis_testkit::build::client;

    fn callback(framework: Framework, uris: &[&str]) -> Callback {
        let mut settings = client("shop", ClientKind::Web).settings;
        settings.redirect_uris = uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect();
        Callback::of(framework, &settings)
    }

    #[test]
    fn the_registered_address_is_taken_that_the_framework_serves() {
        for (framework, uri, before, name) in [
            (
                Framework::Authjs,
                "https://a.example/api/auth/callback/portcullis",
                "/api/auth",
                "portcullis",
            ),
            (Framework::Authjs, "https://a.example/auth/callback/sso", "/auth", "sso"),
            (Framework::Spring, "https://a.example/login/oauth2/code/sso", "", "sso"),
            (Framework::Grafana, "https://a.example/g/login/generic_oauth", "/g", ""),
            (
                Framework::Oauth2Proxy,
                "https://a.example/oauth2/callback",
                "/oauth2",
                "",
            ),
            (Framework::Express, "http://127.0.0.1:3000/back?x=1", "", ""),
        ] {
            let found = callback(framework, &["https://a.example/elsewhere/", uri]);
            if framework == Framework::Express {
                assert_eq!(callback(framework, &[uri]).path(), "/back");
                continue;
            }
            assert_eq!(
                (found.uri.as_str(), found.before.as_str(), found.name.as_str()),
                (uri, before, name)
            );
            assert!(found.is_registered);
        }
    }

    #[test]
    fn where_none_is_served_the_frameworks_own_one_is_told() {
        for (framework, own) in [
            (Framework::Authjs, "https://a.example/api/auth/callback/portcullis"),
            (Framework::Spring, "https://a.example/login/oauth2/code/portcullis"),
            (Framework::Grafana, "https://a.example/login/generic_oauth"),
            (Framework::Oauth2Proxy, "https://a.example/oauth2/callback"),
        ] {
            let found = callback(framework, &["https://a.example/callback"]);
            assert_eq!((found.uri.as_str(), found.is_registered), (own, false));
        }
        let found = callback(Framework::Django, &["com.example.app:/cb"]);
        assert_eq!(found.uri, "https://app.example.com/callback");
        assert_eq!((found.port(), found.is_plain()), (None, false));
        let found = callback(Framework::Django, &["http://localhost:8080/cb"]);
        assert_eq!((found.port(), found.is_plain()), (Some("8080"), true));
    }
}
