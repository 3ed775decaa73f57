//! Keys that everybody knows. The list is fixed: a key is refused by what stands here and for nothing else.

/// Keys that stand in documentation and tutorials. Of them neither letter case counts nor what is no letter or digit.
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
    "======================BezKoder=Spring===========================",
    // jwt.io's debugger.
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-384-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "your-256-bit-secret-your-256-bit-secret",
    // Files of settings that come with examples, and answers to those who ask for one.
    "change-me-to-a-long-random-string",
    "change-this-to-a-long-random-string",
    "change-this-to-a-secure-random-string",
    "changeme-changeme-changeme-changeme",
    "change-me-in-production-change-me-in-production",
    "change-this-secret-key-in-production",
    "dev-secret-key-change-in-production",
    "development-secret-key-change-in-production",
    "insert-a-long-random-string-here-please",
    "jwt-secret-key-change-in-production",
    "my-secret-key-change-in-production",
    "my-secret-key-my-secret-key-my-secret",
    "my-super-secret-key-change-in-production",
    "my-super-secret-key-for-jwt-tokens",
    "please-change-this-key-at-least-32-bytes",
    "put-your-own-key-of-32-bytes-in-here",
    "replace-with-32-or-more-random-bytes",
    "replace-with-a-long-random-string",
    "secret-secret-secret-secret-secret",
    "super-secret-key-change-in-production",
    "super-secret-key-change-this-in-production",
    "super-secret-key-that-nobody-knows-1234567",
    "this-is-a-secret-that-nobody-will-ever-guess",
    "this-is-a-very-secret-key-for-json-web-tokens",
    "your-jwt-secret-key-change-in-production",
    "your-jwt-secret-key-change-this-in-production",
    "your-secret-key-change-in-production",
    "your-secret-key-change-in-production-2024",
    "your-secret-key-change-this-in-production",
    "your-secret-key-here-change-in-production",
    "your-super-secret-jwt-key-change-in-production",
    "your-super-secret-jwt-key-change-this-in-production",
    "your-super-secret-key-change-in-production",
    "your-super-secret-key-change-this-in-production",
    "your-super-secret-key-please-keep-it",
    // The documents of this program, where they say what is to be put in.
    "<the SECRET_KEY before the present one>",
    "<the key that was set before the key>",
];

/// Programs that are asked for a secret.
const PROGRAMS: &[&str] = &[
    "apg", "base64", "cat", "dd", "echo", "head", "hexdump", "node", "od", "openssl", "perl", "php", "printf", "pwgen",
    "python", "python3", "ruby", "tr", "uuidgen", "xxd",
];

/// Whether a text is the command of a shell that would print a secret, rather than its output: it stood where no shell
/// ran it. Clearly so, since a secret may hold any characters, and at any place.
#[must_use]
pub fn is_secret_command(text: &str) -> bool {
    let text = text.trim();
    let within = |start: &str, end: &str| text.strip_prefix(start).and_then(|text: &str| text.strip_suffix(end));
    let in_shell = within("$(", ")").or_else(|| within("`", "`"));
    // Where `.env` takes a variable for it, the `$` before the parenthesis is gone.
    let in_parentheses = within("(", ")");
    in_shell.is_some_and(|command| is_well_known(command) || has_a_program_and_more(command))
        || in_parentheses.is_some_and(is_well_known)
        || bare(text).contains("opensslrand")
}

/// Whether a text is published. A part of it may stand in a key that nobody knows.
pub(super) fn is_sample(text: &str) -> bool {
    let text = bare(text);
    PUBLISHED_KEYS.iter().any(|key| bare(key) == text)
}

fn is_well_known(command: &str) -> bool {
    let program = command.split_whitespace().next();
    program.is_some_and(|program| PROGRAMS.contains(&program))
}

fn has_a_program_and_more(command: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._-".contains(&byte);
    let (program, more) = command.split_once(' ').unwrap_or_default();
    program.starts_with(|first: char| first.is_ascii_lowercase() || first == '/')
        && program.bytes().all(letters)
        && !more.trim().is_empty()
}

fn bare(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}
