//! The rules, one fault at a time.

use super::*;
use crate::provider::client::{ClientKeys, ClientOrigin};
use crate::{Acr, Label};
use portcullis_oauth2::ScopeSet;

fn settings(kind: ClientKind) -> ClientSettings {
    let mut settings = ClientSettings::new(Label::parse("Shop").unwrap(), kind);
    if kind != ClientKind::Service {
        settings.redirect_uris.insert(uri("https://shop.example.com/cb"));
    }
    settings
}

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap()
}

fn told(settings: &ClientSettings, issuer: &str) -> Vec<(&'static str, &'static str)> {
    let issuer = Issuer::parse(issuer, |host| host == "127.0.0.1").unwrap();
    let faults = settings.faults(&issuer).into_iter();
    faults.map(|fault| (fault.member, fault.code)).collect()
}

fn faults(kind: ClientKind, change: impl FnOnce(&mut ClientSettings)) -> Vec<(&'static str, &'static str)> {
    let mut settings = settings(kind);
    change(&mut settings);
    told(&settings, "https://auth.example.org")
}

#[test]
fn what_is_so_where_nobody_says_otherwise_is_right() {
    for kind in ClientKind::ALL {
        assert_eq!(faults(*kind, |_| ()), [], "{kind}");
        assert_eq!(settings(*kind).idle_members(), []);
    }
}

#[test]
fn a_kind_decides_whether_a_client_keeps_a_secret() {
    for (kind, proof) in [
        (ClientKind::Web, ClientProof::None),
        (ClientKind::Service, ClientProof::None),
        (ClientKind::Spa, ClientProof::Secret),
        (ClientKind::Native, ClientProof::Secret),
    ] {
        assert_eq!(
            faults(kind, |it| it.proof = proof),
            [("auth_method", "not_allowed")],
            "{kind}"
        );
    }
    let keys = ClientProof::Keys {
        keys: ClientKeys::checked("{}".to_owned()),
        audience: AssertionAudience::Issuer,
    };
    for kind in [ClientKind::Web, ClientKind::Service] {
        assert_eq!(faults(kind, |it| it.proof = keys.clone()), []);
    }
}

#[test]
fn only_a_server_with_a_secret_may_go_without_a_code_challenge() {
    assert_eq!(faults(ClientKind::Web, |it| it.pkce = Pkce::Optional), []);
    for kind in [ClientKind::Spa, ClientKind::Native, ClientKind::Service] {
        assert_eq!(
            faults(kind, |it| it.pkce = Pkce::Optional),
            [("pkce", "not_allowed")],
            "{kind}"
        );
    }
}

#[test]
fn a_kind_decides_where_people_may_be_sent() {
    const NOT_ALLOWED: &[(&str, &str)] = &[("redirect_uris", "not_allowed")];
    for (kind, text, told) in [
        (ClientKind::Web, "http://127.0.0.1/cb", NOT_ALLOWED),
        (ClientKind::Spa, "http://localhost:3000/cb", NOT_ALLOWED),
        (ClientKind::Web, "com.example.app:/cb", NOT_ALLOWED),
        (ClientKind::Native, "http://127.0.0.1/cb", &[]),
        (ClientKind::Native, "com.example.app:/cb", &[]),
        (ClientKind::Service, "https://shop.example.com/cb", NOT_ALLOWED),
    ] {
        assert_eq!(
            faults(kind, |it| _ = it.redirect_uris.insert(uri(text))),
            told,
            "{kind} {text}"
        );
    }
    let mut local = settings(ClientKind::Web);
    local.redirect_uris.insert(uri("http://localhost:3000/cb"));
    assert_eq!(told(&local, "http://127.0.0.1:8000"), []);
    local.redirect_uris.clear();
    assert_eq!(told(&local, "http://127.0.0.1:8000"), [("redirect_uris", "required")]);
}

#[test]
fn a_kind_decides_which_grants_there_are() {
    for kind in [ClientKind::Spa, ClientKind::Native] {
        let told = faults(kind, |it| _ = it.grant_types.insert(GrantType::ClientCredentials));
        assert_eq!(told, [("grant_types", "not_allowed")], "{kind}");
    }
    assert_eq!(
        faults(ClientKind::Service, |it| _ =
            it.grant_types.insert(GrantType::RefreshToken)),
        [("grant_types", "not_allowed"), ("grant_types", "no_effect")]
    );
    let none = faults(ClientKind::Service, |it| it.grant_types.clear());
    assert_eq!(none, [("grant_types", "required")]);
    let all = faults(ClientKind::Web, |it| {
        it.grant_types = GrantType::ALL.iter().copied().collect();
    });
    assert_eq!(all, []);
}

#[test]
fn a_scope_without_an_effect_is_refused() {
    let scopes = |text: &str| ScopeSet::parse(text).unwrap();
    let person = faults(ClientKind::Service, |it| it.scopes = scopes("openid orders:read"));
    assert_eq!(person, [("scopes", "no_effect")]);
    let offline = faults(ClientKind::Web, |it| {
        it.scopes = scopes("openid offline_access");
        it.grant_types.remove(&GrantType::RefreshToken);
    });
    assert_eq!(offline, [("scopes", "no_effect")]);
}

#[test]
fn lists_and_times_have_limits() {
    let uris = || (0..21).map(|number| uri(&format!("https://shop.example.com/{number}")));
    for (member, told) in [
        (
            "redirect_uris",
            faults(ClientKind::Web, |it| it.redirect_uris = uris().collect()),
        ),
        (
            "post_logout_redirect_uris",
            faults(ClientKind::Web, |it| it.logout_uris = uris().collect()),
        ),
        (
            "origins",
            faults(ClientKind::Web, |it| {
                let origin = |number: i32| ClientOrigin::parse(&format!("https://shop{number}.example.com")).unwrap();
                it.origins = (0..21).map(origin).collect();
            }),
        ),
    ] {
        assert_eq!(told, [(member, "too_many")]);
    }
    for seconds in [59, 86_401] {
        let told = faults(ClientKind::Web, |it| it.id_token_life = TimeDelta::seconds(seconds));
        assert_eq!(told, [("id_token_seconds", "out_of_range")]);
    }
    let shared = faults(ClientKind::Web, |it| it.id_token_alg = SigningAlgorithm::Hs256);
    assert_eq!(shared, [("id_token_alg", "not_allowed")]);
}

#[test]
fn a_client_may_ask_for_any_proof_that_people_can_give() {
    for acr in Acr::ALL {
        assert_eq!(faults(ClientKind::Web, |it| it.min_acr = Some(*acr)), []);
    }
}

#[test]
fn what_is_about_people_means_nothing_to_a_service() {
    let mut service = settings(ClientKind::Service);
    service.claims_in_id_token = true;
    service.min_acr = Some(Acr::OneFactor);
    let idle: Vec<_> = service.idle_members().iter().map(|fault| fault.member).collect();
    assert_eq!(idle, ["min_acr", "claims_in_id_token"]);
    let audience = Some(AssertionAudience::TokenEndpointToo);
    assert!(audience_without_keys(&ClientProof::Secret, audience).is_some());
    assert!(audience_without_keys(&ClientProof::Secret, Some(AssertionAudience::Issuer)).is_none());
}

#[test]
fn scripts_call_from_the_origins_of_a_client() {
    let mut spa = settings(ClientKind::Spa);
    spa.redirect_uris.insert(uri("https://shop.example.com:8443/cb"));
    spa.origins
        .insert(ClientOrigin::parse("https://other.example.com").unwrap());
    let allowed: Vec<String> = spa.allowed_origins().collect();
    assert_eq!(
        allowed,
        [
            "https://other.example.com",
            "https://shop.example.com",
            "https://shop.example.com:8443"
        ]
    );
    assert_eq!(settings(ClientKind::Web).allowed_origins().count(), 0);
}

#[test]
fn an_origin_is_written_as_browsers_send_it() {
    for text in ["https://shop.example.com", "http://localhost:3000"] {
        assert!(ClientOrigin::parse(text).is_ok(), "{text}");
    }
    for text in [
        "https://shop.example.com/",
        "https://shop.example.com:443",
        "https://SHOP.example.com",
        "com.example.app:",
        "null",
        "*",
    ] {
        assert!(ClientOrigin::parse(text).is_err(), "{text}");
    }
}
