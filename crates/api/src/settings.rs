//! What the calls are mounted with: what an operator sets, and the limits that a test may narrow.

use portcullis_domain::PasswordPolicy;
use portcullis_web::{AppRedirects, Cookies, OwnAddress, TrustedPages};
use std::time::Duration;

/// Whether the interactive page and the OpenAPI document are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Docs {
    /// They are.
    #[default]
    On,
    /// Their paths are as unknown as any other.
    Off,
}

/// Whether mails are kept inside and shown at `/dev/mailbox`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum KeptMails {
    /// They are not; the path is as unknown as any other.
    #[default]
    Hidden,
    /// They are, to whoever calls from this machine.
    Shown {
        /// Who they are from, where that is set.
        from: Option<String>,
    },
}

/// The settings of what programs call.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Where clients reach the server: what links start with.
    pub address: OwnAddress,
    /// The cookies that browsers are given; `None` where there are none.
    pub cookies: Option<Cookies>,
    /// Whose pages may call with a cookie. Scripts of those that were allowed may read what is answered.
    pub pages: TrustedPages,
    /// Where apps are answered after a sign-in at another provider.
    pub redirects: AppRedirects,
    /// What new passwords must meet.
    pub password_policy: PasswordPolicy,
    /// Whether `/docs` and `/openapi.json` are served.
    pub docs: Docs,
    /// Whether the mailbox inside is shown.
    pub mailbox: KeptMails,
    /// How long a call may be held back while it waits for news. A graceful stop answers such calls at once.
    pub longest_wait: Duration,
    /// How many calls may be held back at once; further ones are answered at once.
    pub max_waiting: usize,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            address: OwnAddress::default(),
            pages: TrustedPages::default(),
            redirects: AppRedirects::default(),
            cookies: Cookies::at(&OwnAddress::default(), "127.0.0.1"),
            password_policy: PasswordPolicy::default(),
            docs: Docs::default(),
            mailbox: KeptMails::default(),
            longest_wait: Duration::from_secs(20),
            max_waiting: 512,
        }
    }
}
