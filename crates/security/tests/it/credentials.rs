//! Each credential at each place that takes one, made and read by the real adapters of one installation: exactly one place
//! takes it, whatever prefix stands before it.

use crate::fixtures::{SALT, grant_secrets, keys, page_cursors, refresh_tokens, session_cookies};
use crate::passkeys::{is_passkey_challenge, passkey_challenge};
use crate::provider_tokens::{Server, at, claims, id_claims, provider, session_claims};
use portcullis_application::ports::{ChallengeTokens as _, ClientSecrets as _, LinkTokens, ListName};
use portcullis_domain::{
    Carrier, ClientSecret, Generation, GrantId, GrantSecretKind, LinkId, Position, SecretText, Seed, SessionId,
    SigningAlgorithm,
};
use portcullis_security::{
    DigestedChallengeTokens, DigestedClientSecrets, HmacLinkTokens, HmacLinkTokensParameters, LinkTokenKeys,
};
use shaku::{HasComponent, module};
use std::sync::Arc;
use uuid::Uuid;

module! {
    Links { components = [HmacLinkTokens], providers = [] }
}

fn links() -> Arc<dyn LinkTokens> {
    Links::builder()
        .with_component_parameters::<HmacLinkTokens>(HmacLinkTokensParameters {
            keys: LinkTokenKeys::derive(&keys(), &SALT),
        })
        .build()
        .resolve()
}

fn session() -> SessionId {
    Uuid::from_u128(3).into()
}

fn grant() -> GrantId {
    Uuid::from_u128(4).into()
}

fn seed() -> Seed {
    Seed::new([42; 32])
}

fn position() -> Position {
    Position {
        at: at(0),
        id: Uuid::from_u128(9),
    }
}

/// The places, in the order of the credentials that each takes.
const PLACES: [&str; 13] = [
    "the account, administration and /auth/verify",
    "introspection and resources",
    "a hint of who was signed in",
    "a refresh by the body",
    "a refresh by the cookie",
    "a browser's session",
    "a mailed link",
    "a client's secret",
    "a client's code",
    "a refresh by a client",
    "the second step of a sign-in",
    "a browser's answer by a passkey",
    "the next page of a list",
];

async fn credentials(server: &Server) -> Vec<String> {
    let (access, id) = (claims(), id_claims());
    let access = server.provider.issue(SigningAlgorithm::Es256, &access).await.unwrap();
    let id = server
        .provider
        .issue_id_token(SigningAlgorithm::Rs256, &id, &access)
        .await
        .unwrap();
    let refresh = refresh_tokens(&keys(), &SALT);
    let issued = |carrier| refresh.issue(session(), Generation::FIRST, &seed(), carrier);
    let cookie = session_cookies(&keys(), &SALT).issue(session(), Generation::FIRST, &seed());
    let (secret, _) = DigestedClientSecrets.issue([5; 32]);
    let grants = grant_secrets(&keys(), &SALT);
    let given = |kind| grants.issue(kind, grant(), Generation::FIRST, &seed());
    let link = links().issue(LinkId::from(Uuid::from_u128(7)));
    let texts = [
        server.sessions.issue(&session_claims()).unwrap(),
        access,
        id,
        issued(Carrier::Body),
        issued(Carrier::Cookie),
        cookie,
        link,
        secret,
        given(GrantSecretKind::Code),
        given(GrantSecretKind::RefreshToken),
        DigestedChallengeTokens.issue([6; 32]).0,
        passkey_challenge(),
    ];
    let cursor = page_cursors(&keys(), &SALT).issue(ListName::Invitations, position());
    texts
        .iter()
        .map(|text| text.expose().to_owned())
        .chain([cursor])
        .collect()
}

/// Which of the places take that text.
fn taken(server: &Server, text: &str) -> [bool; PLACES.len()] {
    let refresh = refresh_tokens(&keys(), &SALT);
    let is_refresh = |carrier| {
        refresh
            .read(text, carrier)
            .is_some_and(|token| refresh.is_genuine(&token, &seed()))
    };
    let cookies = session_cookies(&keys(), &SALT);
    let grants = grant_secrets(&keys(), &SALT);
    let is_given = |kind| {
        grants
            .read(kind, text)
            .is_some_and(|shown| grants.is_genuine(&shown, &seed()))
    };
    let own_link = links().issue(LinkId::from(Uuid::from_u128(7)));
    let (_, digest) = DigestedClientSecrets.issue([5; 32]);
    let digests = vec![digest; ClientSecret::MOST];
    [
        server.sessions.verify(text, at(1)).is_ok(),
        server.provider.verify(text, at(1)).is_ok(),
        server.provider.read_hint(text).is_some(),
        is_refresh(Carrier::Body),
        is_refresh(Carrier::Cookie),
        cookies
            .read(text)
            .is_some_and(|cookie| cookies.is_genuine(&cookie, &seed())),
        links()
            .digest(text)
            .is_some_and(|digest| Some(digest) == links().digest(own_link.expose())),
        DigestedClientSecrets
            .find(&SecretText::new(text.to_owned()), &digests)
            .is_some(),
        is_given(GrantSecretKind::Code),
        is_given(GrantSecretKind::RefreshToken),
        DigestedChallengeTokens.digest(text) == Some(DigestedChallengeTokens.issue([6; 32]).1),
        is_passkey_challenge(text),
        page_cursors(&keys(), &SALT).read(ListName::Invitations, text).is_some(),
    ]
}

#[tokio::test]
async fn each_credential_is_taken_at_one_place_and_at_no_other() {
    let (server, _) = provider().await;
    for (own, text) in credentials(&server).await.iter().enumerate() {
        let expected: Vec<bool> = (0..PLACES.len()).map(|place| place == own).collect();
        assert_eq!(taken(&server, text).to_vec(), expected, "what is for {}", PLACES[own]);
    }
}

#[tokio::test]
async fn row_61_another_prefix_makes_no_credential_into_another() {
    let (server, _) = provider().await;
    for (own, text) in credentials(&server).await.iter().enumerate() {
        let Some((_, rest)) = text.split_once('_').filter(|(prefix, _)| prefix.len() == 3) else {
            continue;
        };
        for prefix in ["prt_", "pss_", "pml_", "pcs_", "pgr_", "pac_", "pmc_", "ppc_"] {
            let renamed = format!("{prefix}{rest}");
            if renamed != *text {
                assert_eq!(
                    taken(&server, &renamed),
                    [false; PLACES.len()],
                    "{prefix} for {}",
                    PLACES[own]
                );
            }
        }
    }
}
