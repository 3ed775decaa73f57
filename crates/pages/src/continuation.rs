//! Where a sign-in goes on to: a path of ours that says so, taken apart and written anew. Nothing waits in the server, so an
//! app's request is carried in it whole.

use url::form_urlencoded;

/// The most bytes of one.
const MAX_BYTES: usize = 12 * 1024;

/// Where those go on who name nothing, or nothing of ours.
const ACCOUNT: &str = "/account";

const AUTHORIZE: &str = "/oauth2/authorize";
const LOG_OUT: &str = "/oauth2/logout";

/// Where a sign-in goes on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// A page of the account, by its path and query.
    Account(String),
    /// What an app asks for, by its query.
    Authorize(String),
    /// An app that signs somebody out, by its query.
    LogOut(String),
}

impl Continuation {
    /// The one that a text names, else the account.
    pub(crate) fn parse(text: &str) -> Self {
        Self::find(text).unwrap_or_else(|| Self::Account(ACCOUNT.to_owned()))
    }

    fn find(text: &str) -> Option<Self> {
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#'));
        if !is_plain || text.len() > MAX_BYTES {
            return None;
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let query = rebuilt(query);
        match path {
            AUTHORIZE if !query.is_empty() => Some(Self::Authorize(query)),
            LOG_OUT if !query.is_empty() => Some(Self::LogOut(query)),
            page if is_of_account(page) => Some(Self::Account(joined(page, &query))),
            _ => None,
        }
    }

    /// Its path and query, without what `PUBLIC_URL` has before them.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Account(path) => path.clone(),
            Self::Authorize(query) => joined(AUTHORIZE, query),
            Self::LogOut(query) => joined(LOG_OUT, query),
        }
    }

    /// The path of a page that goes on to it. The account is where a page goes on to that names nothing.
    pub(crate) fn behind(&self, page: &str) -> String {
        if *self == Self::default() {
            return page.to_owned();
        }
        self.named_behind(page)
    }

    /// The same, which names it also where it is the account.
    pub(crate) fn named_behind(&self, page: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("continue", &self.path())
            .finish();
        joined(page, &query)
    }

    /// What an app asks for that waits for the sign-in.
    pub(crate) fn request_of_app(&self) -> Option<&str> {
        match self {
            Self::Authorize(query) => Some(query),
            Self::Account(_) | Self::LogOut(_) => None,
        }
    }
}

impl Default for Continuation {
    fn default() -> Self {
        Self::Account(ACCOUNT.to_owned())
    }
}

/// The account, or a path of plain words below it.
fn is_of_account(path: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    path == ACCOUNT
        || path
            .strip_prefix(ACCOUNT)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|rest| rest.split('/').all(is_word))
}

fn joined(path: &str, query: &str) -> String {
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

fn rebuilt(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_gone_on_to_as_it_was() {
        for text in [
            "/account",
            "/account/profile",
            "/account/sessions?cursor=a-b_c",
            "/oauth2/authorize?client_id=a&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=a%26b",
            "/oauth2/logout?state=x",
        ] {
            assert_eq!(Continuation::parse(text).path(), text);
        }
    }

    #[test]
    fn anything_else_leads_to_the_account() {
        for text in [
            "",
            "account",
            "//evil.example",
            "//evil.example/account",
            "/\\evil.example",
            "/account\\evil",
            "/\t/evil.example",
            "/%09/evil.example",
            "/%2f/evil.example",
            "/account/%2e%2e/x",
            "/account/../admin",
            "/account//evil.example",
            "/account/",
            "/accounts",
            "/account#a",
            "https:evil.example",
            "https://evil.example/account",
            "javascript:alert(1)",
            "/\u{2215}/evil.example",
            "/account\r\nset-cookie: a=b",
            "/sign-out",
            "/oauth2/authorize",
            "/oauth2/authorize?",
            "/oauth2/token?a=b",
            "/admin",
        ] {
            assert_eq!(Continuation::parse(text), Continuation::default(), "{text:?}");
        }
        let long = format!("/account?a={}", "b".repeat(MAX_BYTES));
        assert_eq!(Continuation::parse(&long), Continuation::default());
    }

    #[test]
    fn what_stands_in_a_query_is_written_anew() {
        let odd = Continuation::parse("/oauth2/authorize?a=<b>&c=%zz&&d=/e'\"");
        assert_eq!(odd.path(), "/oauth2/authorize?a=%3Cb%3E&c=%25zz&d=%2Fe%27%22");
        assert_eq!(
            Continuation::parse("/account/profile").behind("/sign-in"),
            "/sign-in?continue=%2Faccount%2Fprofile"
        );
        assert_eq!(Continuation::default().behind("/sign-in"), "/sign-in");
        assert_eq!(
            Continuation::default().named_behind("/sign-in"),
            "/sign-in?continue=%2Faccount"
        );
    }
}
