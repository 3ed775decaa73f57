//! Keys that everybody knows. The list is fixed: a key is refused by what stands here and for nothing else.

/// Keys that stand in documentation and tutorials, in lower case.
const PUBLISHED_KEYS: &[&str] = &[
    // FastAPI's documentation, "OAuth2 with Password (and hashing), Bearer with JWT tokens".
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    // Flask's documentation, "Sessions" and "Configuration Handling".
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    // The key of RFC 7515, appendix A.1, in base64url.
    "ayM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    // Tutorials on Spring Security and JWT.
    "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",
    "5367566b59703373367639792f423f4528482b4d6251655468576d5a71347437",
    // jwt.io's debugger.
    "a-string-secret-at-least-256-bits-long",
    "your-256-bit-secret-your-256-bit-secret",
];

/// What a placeholder says of itself, without its hyphens, underscores and spaces, in lower case. Random characters
/// hold one of these once in a billion keys at most.
const PLACEHOLDER_WORDS: &[&str] = &[
    "changeme",
    "changethis",
    "changeit",
    "changeinprod",
    "replaceme",
    "replacethis",
    "replacewith",
    "pleasechange",
    "yoursecret",
    "yoursupersecret",
    "yourverysecret",
    "yourjwtsecret",
    "your256bit",
    "secretkeyhere",
];

/// Whether a text is the command of a shell that would print a secret, rather than its output: it stood where no shell
/// ran it.
#[must_use]
pub fn is_secret_command(text: &str) -> bool {
    let text = text.trim();
    // Where `.env` takes a variable for it, the `$` before the parenthesis is gone.
    let is_enclosed = [('(', ')'), ('`', '`')]
        .iter()
        .any(|(start, end)| text.starts_with(*start) && text.ends_with(*end) && text.contains(' '));
    is_enclosed || text.starts_with("$(") || bare(text).contains("opensslrand")
}

/// Whether a text is published, or says that it is a placeholder.
pub(super) fn is_sample(text: &str) -> bool {
    let bare = bare(text);
    PUBLISHED_KEYS.iter().any(|key| key.eq_ignore_ascii_case(text.trim()))
        || PLACEHOLDER_WORDS.iter().any(|words| bare.contains(words))
}

fn bare(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}
