//! Why a text is no redirect URI.

use super::RedirectUri;

/// Why a text is no redirect URI. What each says is for who registers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// More than 2,000 characters.
    #[error("a redirect URI has at most {} characters", RedirectUri::MOST)]
    TooLong,
    /// A `#` (RFC 6749, section 3.1.2).
    #[error("a redirect URI has no fragment; remove `#` and what follows it")]
    Fragment,
    /// A character that no URI has, such as a space, a backslash or a letter outside ASCII, or a `%` by itself.
    #[error("a redirect URI has a character that must be percent-encoded")]
    Character,
    /// No scheme.
    #[error("a redirect URI is absolute; begin it with https://")]
    Relative,
    /// A scheme that is neither `https`, `http` nor one with a dot, such as `javascript` and `myapp`.
    #[error(
        "a redirect URI begins with https://, or an app's own scheme with a dot, such as com.example.app:/callback"
    )]
    Scheme,
    /// `http` elsewhere than on this machine.
    #[error("http is for 127.0.0.1, [::1] and localhost alone; use https")]
    PlainHttp,
    /// No host, or one that can't be.
    #[error("a redirect URI names a host, and a port from 1 to 65535 if any")]
    Host,
    /// A user in front of the host.
    #[error("a redirect URI names no user; remove what stands before `@`")]
    UserInfo,
    /// A `*` in the host.
    #[error("a redirect URI is compared letter for letter; write out each host in the place of `*`")]
    Pattern,
}
