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
    "3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b",
    "9a4f2c8d3b7a1e6f45c8a0b3f267d8b1d4e6f3c8a9d2b5f8e3a9c8b5f6v8a3d9",
    "daf66e01593f61a15b857cf433aae03a005812b31234e149036bcc8dee755dbb",
    "357638792f423f4428472b4b6250655368566d597133743677397a2443264629",
    "9a02115a835ee03d5fb83cd8a468ea33e4090aaaec87f53c9fa54512bbef4db8dc656c82a315fa0c785c08b0134716b81ddcd0153d2a7556f2e154912cf5675f",
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
    "bezkoderspring",
];

/// How a placeholder begins, in the same form.
const PLACEHOLDER_BEGINNINGS: &[&str] = &[
    "secretsecret",
    "secretkey",
    "mysecret",
    "mysupersecret",
    "myverysecret",
    "supersecret",
    "verysecret",
    "topsecret",
    "jwtsecret",
    "thisisasecret",
    "thisisasupersecret",
    "thisisaverysecret",
    "thisismysecret",
    "thekeythatwassetbefore",
    "insertyour",
    "insertalong",
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
    // As a manual writes what is to be put in its place.
    let is_enclosed = [('<', '>'), ('[', ']')]
        .iter()
        .any(|(start, end)| text.starts_with(*start) && text.ends_with(*end) && text.contains(' '));
    is_enclosed
        || PUBLISHED_KEYS.iter().any(|key| key.eq_ignore_ascii_case(text.trim()))
        || PLACEHOLDER_WORDS.iter().any(|words| bare.contains(words))
        || PLACEHOLDER_BEGINNINGS.iter().any(|words| bare.starts_with(words))
}

fn bare(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}
