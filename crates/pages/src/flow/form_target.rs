//! Where a form of a page may lead besides our own pages.

use crate::visit::POLICY;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};
use std::fmt;
use url::{Host, Url};

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The origin or the scheme of an address that an app is answered at. Browsers hold the whole chain of redirects after a
/// form to what the page allowed (CSP 3, section 4.2.4), so it has to stand in the policy of every page whose form may end
/// there. Where the app sends people next belongs to that chain, too, and nobody here knows where that is: Chromium stops
/// silently there. So any address with TLS is allowed besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormTarget {
    source: String,
    shown: String,
}

impl FormTarget {
    /// That of an address which was checked to be the app's; `None` for what no form may lead to.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let scheme = url.scheme();
        match (scheme, url.host()) {
            // A policy can't name an address of IPv6.
            ("http" | "https", Some(Host::Ipv6(_))) => Some(Self {
                source: format!("{scheme}:"),
                shown: host_and_port(&url),
            }),
            ("http" | "https", Some(_)) => {
                let source = url.origin().ascii_serialization();
                is_plain(&source).then(|| Self {
                    source,
                    shown: host_and_port(&url),
                })
            }
            // A scheme of an app has a dot (RFC 8252, section 7.1): no scheme that runs or reads anything has one.
            (scheme, _) if scheme.contains('.') => Some(Self {
                source: format!("{scheme}:"),
                shown: scheme.to_owned(),
            }),
            _ => None,
        }
    }

    /// That of a redirect URI that an app has registered. Of one whose host has characters that no policy may have, it is the
    /// scheme alone.
    pub(crate) fn of_registered(address: &str) -> Self {
        Self::of(address).unwrap_or_else(|| {
            let (scheme, rest) = address.split_once(':').unwrap_or(("https", address));
            let host = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
            let scheme = if scheme.eq_ignore_ascii_case("http") {
                "http"
            } else {
                "https"
            };
            Self {
                source: format!("{scheme}:"),
                shown: host.to_owned(),
            }
        })
    }

    /// The answer with a policy by which its forms may lead there. A page of a flow may be opened by a window that waits for
    /// it, so it keeps its opener.
    pub(crate) fn allowed_by(&self, answer: HttpResponse) -> HttpResponse {
        with_policy(answer, &self.policy())
    }

    /// The same, where the page runs the script with that digest.
    pub(crate) fn allowed_with_script(&self, answer: HttpResponse, digest: &str) -> HttpResponse {
        let policy = self
            .policy()
            .replace("script-src 'self'", &format!("script-src '{digest}'"));
        with_policy(answer, &policy)
    }

    fn policy(&self) -> String {
        let source = &self.source;
        let and_on = if source == "https:" { "" } else { " https:" };
        POLICY.replace("form-action 'self'", &format!("form-action 'self' {source}{and_on}"))
    }
}

impl fmt::Display for FormTarget {
    /// As people see it: the host, or the scheme.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.shown)
    }
}

pub(super) fn with_policy(mut answer: HttpResponse, policy: &str) -> HttpResponse {
    let headers = answer.headers_mut();
    headers.insert(OPENER, HeaderValue::from_static("unsafe-none"));
    // A policy that can't be written allows nothing more.
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Nothing in it ends a source or a directive.
fn is_plain(source: &str) -> bool {
    source
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_or_the_scheme_of_an_app_is_named() {
        for (address, source, shown) in [
            (
                "https://paperless.example/cb?x=1",
                "https://paperless.example",
                "paperless.example",
            ),
            (
                "https://paperless.example:8443/cb",
                "https://paperless.example:8443",
                "paperless.example:8443",
            ),
            ("http://127.0.0.1:4711/", "http://127.0.0.1:4711", "127.0.0.1:4711"),
            ("http://[::1]:4711/", "http:", "[::1]:4711"),
            ("com.example.app:/cb", "com.example.app:", "com.example.app"),
            (
                "https://bücher.example/",
                "https://xn--bcher-kva.example",
                "xn--bcher-kva.example",
            ),
        ] {
            let target = FormTarget::of(address).unwrap();
            assert_eq!((target.source.as_str(), target.to_string().as_str()), (source, shown));
        }
    }

    #[test]
    fn a_form_may_lead_to_the_app_and_on_from_there() {
        for (address, allowed) in [
            ("https://a.example/cb", "form-action 'self' https://a.example https:;"),
            (
                "http://127.0.0.1:4711/cb",
                "form-action 'self' http://127.0.0.1:4711 https:;",
            ),
            ("https://[::1]/cb", "form-action 'self' https:;"),
        ] {
            let policy = FormTarget::of_registered(address).policy();
            assert!(policy.contains(allowed), "{policy}");
        }
    }

    #[test]
    fn a_registered_host_that_no_policy_can_name_has_its_scheme_named() {
        let target = FormTarget::of_registered("https://a;script-src.example/cb");
        assert_eq!(
            (target.source.as_str(), target.to_string().as_str()),
            ("https:", "a;script-src.example")
        );
        assert_eq!(
            FormTarget::of_registered("https://a.example/cb").source,
            "https://a.example"
        );
    }

    #[test]
    fn what_would_say_more_than_a_source_is_none() {
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/relative",
            "file:///etc/passwd",
            "https://a;script-src.example/",
            "https://a'b.example/",
            "https://a,b.example/",
            "https://*.example/",
        ] {
            assert_eq!(FormTarget::of(address), None, "{address}");
        }
    }
}
