//! Ways through the pages: paths of ours, and nobody else's.

use actix_web::HttpRequest;
use actix_web::http::Method;
use portcullis_domain::SecretText;
use portcullis_web::OwnAddress;
use url::{Url, form_urlencoded};

/// The way back to a page that a form was sent from, for clients. A handler that knows it leaves it with the request.
pub(crate) struct WayBack(pub(crate) String);

/// An address that is nobody's. What is looked at stays below it, or is not ours.
const NOWHERE: &str = "http://portcullis.invalid";

/// The path and query of a page that was asked for; of a form, the path of the page that it is on.
pub(crate) fn target(request: &HttpRequest) -> String {
    let query = request.query_string();
    if query.is_empty() || request.method() != Method::GET {
        request.path().to_owned()
    } else {
        format!("{}?{query}", request.path())
    }
}

/// The path of a page with a token in its query.
pub(crate) fn with_token(path: &str, token: Option<&SecretText>) -> String {
    let Some(token) = token else { return path.to_owned() };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token.expose())
        .finish();
    format!("{path}?{query}")
}

/// A way on that a form named, rebuilt; `None` for what is no path of ours.
pub(crate) fn of_ours(text: &str, address: &OwnAddress) -> Option<String> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    // No path of ours has anything encoded in it.
    let is_plain = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('%')
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !is_plain {
        return None;
    }
    let nowhere = Url::parse(NOWHERE).ok()?;
    let url = nowhere.join(text).ok()?;
    let path = url.path();
    let base = address.path_to("");
    let is_ours = url.origin() == nowhere.origin()
        && !path.starts_with("//")
        && path.strip_prefix(&base).is_some_and(|rest| rest.starts_with('/'));
    is_ours.then(|| match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str, text: &str) -> Option<String> {
        of_ours(text, &OwnAddress::Public(address.parse().unwrap()))
    }

    #[test]
    fn a_path_of_ours_is_gone_on_to() {
        for text in ["/", "/new-password?token=a-b_c", "/a?b=https%3A%2F%2Fc&e"] {
            assert_eq!(at("https://example.org", text).as_deref(), Some(text));
        }
        assert_eq!(at("https://example.org", "/a/../b#c").as_deref(), Some("/b"));
        assert_eq!(at("https://example.org/sso", "/sso/join").as_deref(), Some("/sso/join"));
    }

    #[test]
    fn what_is_no_path_of_ours_is_not_gone_on_to() {
        for text in [
            "",
            "join",
            "//evil.example",
            "/\\evil.example",
            "\\evil.example",
            "/\t/evil.example",
            "/%2F/evil.example",
            "/%09/evil.example",
            "/%5cevil.example",
            "/.//evil.example",
            "https:evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\u{2215}/evil.example",
            "/é",
            "/a\r\nset-cookie: a=b",
        ] {
            assert_eq!(at("https://example.org", text), None, "{text:?}");
        }
        for text in ["/join", "/ssoo/join", "/sso", "/sso/../join"] {
            assert_eq!(at("https://example.org/sso", text), None, "{text:?}");
        }
    }

    #[test]
    fn a_token_is_written_so_that_it_stays_one() {
        let token = SecretText::new("a&b=c #".to_owned());
        assert_eq!(with_token("/join", Some(&token)), "/join?token=a%26b%3Dc+%23");
        assert_eq!(with_token("/join", None), "/join");
    }
}
