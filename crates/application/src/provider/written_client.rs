//! Reading a client.

use super::client_keys;
use super::reading::{Faults, Reader, Written, meant};
use chrono::TimeDelta;
use portcullis_domain::provider::client_rules::audience_without_keys;
use portcullis_domain::provider::label::MAX_CHARACTERS;
use portcullis_domain::{
    AssertionAudience, ClientKeys, ClientKind, ClientOrigin, ClientPage, ClientProof, ClientSettings, Fault, Issuer,
    Label, SigningAlgorithm, StandardScope,
};
use portcullis_oauth2::{AuthMethod, ClientId, GrantType, RedirectUri, ScopeName};

/// The members of a client.
pub const CLIENT_MEMBERS: &[&str] = &[
    "name",
    "kind",
    "enabled",
    "redirect_uris",
    "post_logout_redirect_uris",
    "origins",
    "grant_types",
    "scopes",
    "auth_method",
    "jwks",
    "assertion_audience",
    "pkce",
    "consent",
    "access",
    "min_acr",
    "id_token_alg",
    "id_token_seconds",
    "claims_in_id_token",
    "roles_claim",
    "client_uri",
    "policy_uri",
    "tos_uri",
];

/// What has to be known to judge a client.
pub(super) struct Surroundings<'s> {
    /// What the provider is called.
    pub(super) issuer: &'s Issuer,
    /// The names of all scopes of resources.
    pub(super) scopes: &'s [ScopeName],
}

/// A new client, which is called by its id where nobody gives it a name.
pub(super) fn new_client(
    written: &Written,
    client_id: &ClientId,
    around: &Surroundings<'_>,
) -> Result<ClientSettings, Faults> {
    let mut reader = Reader::new(written);
    if !is_registrable(client_id) {
        let detail =
            "a client that is registered here has an id of 1 to 100 letters, digits, -, ., _ and ~, not of dots alone";
        reader.refuse("client_id", "not_a_client_id", detail);
    }
    if reader.value("kind").is_none() {
        reader.refuse("kind", "required", "a client is one of web, spa, native, service");
    }
    let kind = reader.word("kind");
    match (kind, Label::parse(client_id.as_str())) {
        (Some(kind), Ok(name)) => changed_by(reader, &ClientSettings::new(name, kind), around),
        (None, _) | (_, Err(_)) => Err(Faults(reader.faults)),
    }
}

/// Whether the id can stand in a path, in a form and in the header `Authorization` as it is (RFC 3986, section 2.3).
fn is_registrable(client_id: &ClientId) -> bool {
    let text = client_id.as_str();
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.len() <= MAX_CHARACTERS && text.bytes().all(is_unreserved) && text.bytes().any(|byte| byte != b'.')
}

/// A client with what somebody changed.
pub(super) fn changed(
    before: &ClientSettings,
    written: &Written,
    around: &Surroundings<'_>,
) -> Result<ClientSettings, Faults> {
    changed_by(Reader::new(written), before, around)
}

fn changed_by(
    mut reader: Reader<'_>,
    before: &ClientSettings,
    around: &Surroundings<'_>,
) -> Result<ClientSettings, Faults> {
    let mut after = before.clone();
    let reader_ref = &mut reader;
    read_policy(reader_ref, &mut after);
    read_lists(reader_ref, &mut after, around);
    after.proof = proof(reader_ref, before, after.kind);
    // What goes together is judged where each by itself is right: else one fault is told twice.
    if reader.faults.is_empty() {
        reader.faults.extend(after.faults(around.issuer));
        reader.faults.extend(after.idle_members());
    }
    reader.end(after)
}

fn read_policy(reader: &mut Reader<'_>, after: &mut ClientSettings) {
    put(&mut after.name, reader.text("name", "not_a_label", Label::parse));
    put(&mut after.kind, reader.word::<ClientKind>("kind"));
    put(&mut after.enabled, reader.flag("enabled"));
    put(&mut after.pkce, reader.word("pkce"));
    put(&mut after.consent, reader.word("consent"));
    put(&mut after.access, reader.word("access"));
    reader.nullable_word("min_acr", &mut after.min_acr);
    let alg = reader.text("id_token_alg", "unknown_word", str::parse::<SigningAlgorithm>);
    put(&mut after.id_token_alg, alg);
    let seconds = reader.number("id_token_seconds");
    put(
        &mut after.id_token_life,
        seconds.map(|seconds| TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX)),
    );
    put(&mut after.claims_in_id_token, reader.flag("claims_in_id_token"));
    put(&mut after.roles_claim, reader.word("roles_claim"));
    for (member, page) in [
        ("client_uri", &mut after.client_uri),
        ("policy_uri", &mut after.policy_uri),
        ("tos_uri", &mut after.tos_uri),
    ] {
        reader.nullable(member, "not_a_page", ClientPage::parse, page);
    }
}

fn read_lists(reader: &mut Reader<'_>, after: &mut ClientSettings, around: &Surroundings<'_>) {
    const NO_REDIRECT: &str = "not_a_redirect_uri";
    put(
        &mut after.redirect_uris,
        reader.list("redirect_uris", NO_REDIRECT, RedirectUri::parse),
    );
    put(
        &mut after.logout_uris,
        reader.list("post_logout_redirect_uris", NO_REDIRECT, RedirectUri::parse),
    );
    put(
        &mut after.origins,
        reader.list("origins", "not_an_origin", ClientOrigin::parse),
    );
    put(
        &mut after.grant_types,
        reader.list("grant_types", "unknown_word", grant),
    );
    let known: Vec<&str> = StandardScope::WORDS
        .iter()
        .copied()
        .chain(around.scopes.iter().map(ScopeName::as_str))
        .collect();
    let scopes = reader.list("scopes", "unknown_scope", |text| scope(text, &known));
    put(&mut after.scopes, scopes.map(|scopes| scopes.into_iter().collect()));
}

fn grant(text: &str) -> Result<GrantType, String> {
    let words: Vec<&str> = GrantType::ALL.iter().map(|grant| grant.as_str()).collect();
    text.parse()
        .map_err(|_| meant(format!("a grant is one of {}", words.join(", ")), text, &words))
}

/// A scope that there is. Of one that there is not, no token could be had.
fn scope(text: &str, known: &[&str]) -> Result<ScopeName, String> {
    let name = ScopeName::parse(text).map_err(|error| error.to_string())?;
    if known.contains(&text) {
        return Ok(name);
    }
    let wrong = "there is no such scope; it is one of openid, profile, email, roles, offline_access, or of a resource";
    Err(meant(wrong.to_owned(), text, known))
}

/// How the client shows who it is: what is said of that in three members.
fn proof(reader: &mut Reader<'_>, before: &ClientSettings, kind: ClientKind) -> ClientProof {
    let words: Vec<&str> = AuthMethod::ALL.iter().map(|method| method.as_str()).collect();
    let method = reader.text("auth_method", "unknown_word", |text| {
        let wrong = || meant(format!("this is one of {}", words.join(", ")), text, &words);
        text.parse::<AuthMethod>().map_err(|_| wrong())
    });
    let plain = if kind == before.kind {
        before.proof.method()
    } else {
        ClientSettings::new(before.name.clone(), kind).proof.method()
    };
    let method = method.unwrap_or(plain);
    let keys = reader.value("jwks").map(client_keys::read).transpose();
    let keys = keys.unwrap_or_else(|error| {
        reader.refuse("jwks", client_keys::NOT_A_KEY_SET, error.to_string());
        None
    });
    let audience: Option<AssertionAudience> = reader.word("assertion_audience");
    let proof = if method == AuthMethod::PrivateKeyJwt {
        by_keys(reader, &before.proof, keys.flatten(), audience)
    } else {
        if keys.flatten().is_some() {
            reader.refuse(
                "jwks",
                "no_effect",
                "this is for clients whose auth_method is private_key_jwt",
            );
        }
        if method == AuthMethod::None {
            ClientProof::None
        } else {
            ClientProof::Secret
        }
    };
    let idle: Option<Fault> = audience_without_keys(&proof, audience);
    reader.faults.extend(idle);
    proof
}

fn by_keys(
    reader: &mut Reader<'_>,
    before: &ClientProof,
    keys: Option<ClientKeys>,
    audience: Option<AssertionAudience>,
) -> ClientProof {
    let (old_keys, old_audience) = match before {
        ClientProof::Keys { keys, audience } => (Some(keys.clone()), *audience),
        ClientProof::None | ClientProof::Secret => (None, AssertionAudience::Issuer),
    };
    if let Some(keys) = keys.or(old_keys) {
        let audience = audience.unwrap_or(old_audience);
        return ClientProof::Keys { keys, audience };
    }
    if reader.faults.iter().all(|fault| fault.member != "jwks") {
        reader.refuse(
            "jwks",
            "required",
            "private_key_jwt needs the client's public keys as a JWK set",
        );
    }
    before.clone()
}

fn put<T>(into: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *into = value;
    }
}

#[cfg(test)]
mod tests;
