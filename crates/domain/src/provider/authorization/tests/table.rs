//! One row for each thing that may come in, and what becomes of it.

use super::*;
use crate::{ClientProof, Pkce};

pub(super) type Row = (&'static str, World, &'static str);

#[track_caller]
pub(super) fn holds(rows: Vec<Row>) {
    for (name, world, expected) in rows {
        assert_eq!(world.told(), expected, "{name}");
    }
}

pub(super) fn world() -> World {
    World::new().asking("scope=openid+email")
}

/// A program on a person's machine, which listens there on any port.
pub(super) fn native(registered: &str, sent: &str) -> World {
    World::new().with(|world| {
        world.client.settings.kind = ClientKind::Native;
        world.client.settings.proof = ClientProof::None;
        world.client.settings.redirect_uris = [RedirectUri::parse(registered).unwrap()].into();
        world.query = format!("response_type=code&client_id=shop&redirect_uri={sent}&scope=openid&{CHALLENGE}");
    })
}

fn sent_to(redirect_uri: &str) -> World {
    World::new().with(|world| {
        world.query = format!("response_type=code&client_id=shop&redirect_uri={redirect_uri}&scope=openid&{CHALLENGE}");
    })
}

#[test]
fn nothing_is_sent_where_client_or_address_is_in_doubt() {
    let kept = |kind: ClientKind| {
        native("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb").with(|world| world.client.settings.kind = kind)
    };
    holds(vec![
        ("unknown client", world().with(|it| it.is_known = false), "page: client"),
        (
            "disabled client",
            world().with(|it| it.client.settings.enabled = false),
            "page: client",
        ),
        (
            "disabled client, bad form",
            world()
                .asking("prompt=none+login")
                .with(|it| it.client.settings.enabled = false),
            "page: client",
        ),
        (
            "another host",
            sent_to("https://shop.example.evil.com/cb"),
            "page: redirect URI",
        ),
        (
            "dot segments",
            sent_to("https://shop.example/cb/../x"),
            "page: redirect URI",
        ),
        (
            "encoded slash",
            sent_to("https://shop.example/%252fcb"),
            "page: redirect URI",
        ),
        ("another case", sent_to("https://SHOP.example/cb"), "page: redirect URI"),
        (
            "the usual port",
            sent_to("https://shop.example:443/cb"),
            "page: redirect URI",
        ),
        (
            "a slash at the end",
            sent_to("https://shop.example/cb/"),
            "page: redirect URI",
        ),
        (
            "another query",
            sent_to("https://shop.example/cb?a=b"),
            "page: redirect URI",
        ),
        (
            "no redirect URI at all",
            world().with(|it| it.client.settings.redirect_uris.clear()),
            "page: redirect URI",
        ),
        (
            "any port of a native app",
            native("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
            "consent: openid",
        ),
        (
            "any port of localhost",
            native("http://localhost/cb", "http://localhost:3118/cb"),
            "consent: openid",
        ),
        (
            "another path of it",
            native("http://127.0.0.1/cb", "http://127.0.0.1:49152/x"),
            "page: redirect URI",
        ),
        (
            "another name of it",
            native("http://127.0.0.1/cb", "http://localhost:49152/cb"),
            "page: redirect URI",
        ),
        ("any port of a web client", kept(ClientKind::Web), "page: redirect URI"),
        (
            "any port of a page's scripts",
            kept(ClientKind::Spa),
            "page: redirect URI",
        ),
    ]);
}

#[test]
fn the_form_of_a_request_is_judged_before_anybody_is_asked() {
    let without_pkce = || world().with(|it| it.query = it.query.replace(&format!("&{CHALLENGE}"), ""));
    holds(vec![
        (
            "may not use codes",
            world().with(|it| it.client.settings.grant_types.clear()),
            "-> unauthorized_client",
        ),
        ("no challenge", without_pkce(), "-> invalid_request"),
        (
            "no challenge, optional",
            without_pkce().with(|it| it.client.settings.pkce = Pkce::Optional),
            "issue: email openid",
        ),
        (
            "no challenge, optional, but public",
            without_pkce().with(|it| {
                it.client.settings.pkce = Pkce::Optional;
                it.client.settings.proof = ClientProof::None;
            }),
            "-> invalid_request",
        ),
        (
            "no response type",
            world().with(|it| it.query = it.query.replace("response_type=code&", "")),
            "-> invalid_request",
        ),
        (
            "another response type",
            world().with(|it| it.query = it.query.replace("type=code", "type=token")),
            "-> unsupported_response_type",
        ),
        (
            "another response mode",
            world().asking("response_mode=fragment"),
            "-> invalid_request",
        ),
        (
            "a repeated parameter",
            world().asking("prompt=login&prompt=none"),
            "-> invalid_request",
        ),
        ("request", world().asking("request=a.b.c"), "-> request_not_supported"),
        (
            "request_uri",
            world().asking("request_uri=https%3A%2F%2Fevil.example"),
            "-> request_uri_not_supported",
        ),
        (
            "prompts that exclude one another",
            world().asking("prompt=none+login"),
            "-> invalid_request",
        ),
        ("no age", world().asking("max_age=-1"), "-> invalid_request"),
        (
            "unknown parameters",
            world().asking("display=popup&error_hint=%3Cscript%3E&foo=bar"),
            "issue: email openid",
        ),
        ("no nonce", world(), "issue: email openid"),
        (
            "a bad form, signed out",
            world().asking("max_age=x").with(|it| it.is_signed_in = false),
            "-> invalid_request",
        ),
        (
            "a forged hint",
            world().with(|it| it.hint = Hint::Forged),
            "-> invalid_request",
        ),
        (
            "a forged hint, signed out",
            world().with(|it| {
                it.hint = Hint::Forged;
                it.is_signed_in = false;
            }),
            "-> invalid_request",
        ),
    ]);
}

#[test]
fn scopes_are_those_that_there_are_and_that_the_client_may_have() {
    let asks = |more: &str| World::new().asking(more);
    holds(vec![
        (
            "unknown ones are dropped",
            asks("scope=openid+surprise"),
            "issue: openid",
        ),
        ("unknown ones alone", asks("scope=surprise"), "-> invalid_scope"),
        (
            "one of another client",
            asks("scope=openid+stock:read"),
            "-> invalid_scope",
        ),
        (
            "one of the provider's that the client may not have",
            asks("scope=openid+roles"),
            "-> invalid_scope",
        ),
        ("control characters", asks("scope=openid%09email"), "-> invalid_scope"),
        ("none", asks("state=s"), "-> invalid_scope"),
        (
            "none, and a resource",
            asks(&format!("resource={ORDERS}")),
            "consent: orders:read",
        ),
        (
            "none, and a resource whose scopes it may not have",
            asks("resource=https://stock.example"),
            "-> invalid_scope",
        ),
        (
            "an unknown resource",
            asks("scope=openid&resource=https://x.example"),
            "-> invalid_target",
        ),
        (
            "a relative resource",
            asks("scope=openid&resource=orders"),
            "-> invalid_target",
        ),
        ("no openid", asks("scope=email"), "issue: email"),
        (
            "scopes beside the resource",
            asks("scope=openid+orders:read&resource=https://stock.example"),
            "issue: openid",
        ),
        (
            "an API's scope",
            asks("scope=openid+orders:write"),
            "consent: openid orders:write",
        ),
        (
            "offline access",
            asks("scope=openid+offline_access"),
            "consent: offline_access openid",
        ),
        (
            "offline access without refresh tokens",
            asks("scope=openid+offline_access").with(|it| {
                it.client
                    .settings
                    .grant_types
                    .remove(&portcullis_oauth2::GrantType::RefreshToken);
            }),
            "issue: openid",
        ),
        (
            "offline access, and nobody is asked",
            asks("scope=openid+offline_access").with(|it| it.client.settings.consent = ConsentMode::Skip),
            "issue: offline_access openid",
        ),
    ]);
}

#[test]
fn a_claim_counts_as_the_scope_that_carries_it() {
    let of = |claims: &str| World::new().asking(&format!("scope=openid&claims={claims}"));
    let name = "%7B%22userinfo%22:%7B%22name%22:null%7D%7D";
    let roles = "%7B%22id_token%22:%7B%22roles%22:null%7D%7D";
    let unasked = |world: World| world.with(|it| it.consent = None);
    holds(vec![
        ("of an agreed scope", of(name), "issue: openid"),
        (
            "of a scope that nobody agreed to",
            unasked(of(name)),
            "consent: openid profile",
        ),
        (
            "of a scope that the client may not have",
            unasked(of(roles)),
            "consent: openid",
        ),
        (
            "unknown",
            of("%7B%22userinfo%22:%7B%22shoe_size%22:null%7D%7D"),
            "issue: openid",
        ),
        ("no object", of("%5B%5D"), "-> invalid_request"),
    ]);
    let Decision::Issue(issue) = of(roles).decide() else {
        panic!("not issued");
    };
    assert!(issue.asking.claims.is_empty());
}
