//! What holds of every request.

use super::*;
use crate::ClientProof;
use proptest::prelude::*;

/// What a person does who is asked something, as far as they can.
fn obey(world: &mut World, decision: &Decision) {
    let first_seen = world
        .stamp
        .filter(|stamp| stamp.counts(world.now))
        .unwrap_or(Stamp::first(world.now));
    world.stamp = Some(first_seen);
    world.now += TimeDelta::seconds(20);
    match decision {
        Decision::SignIn(_) | Decision::Register => {
            world.is_signed_in = true;
            world.user.is_active = true;
            world.authenticated_at = world.now;
        }
        Decision::ChooseAccount => world.stamp = Some(first_seen.chosen()),
        Decision::StepUp(acr) => world.acr = *acr,
        Decision::Enrol(acr) => {
            world.owes_factor = false;
            world.acr = world.acr.max(*acr).max(Acr::TwoFactors);
            world.reachable_acr = world.reachable_acr.max(world.acr);
            world.authenticated_at = world.now;
        }
        Decision::Consent(_) => world.agrees = true,
        Decision::Page(_) | Decision::Refuse(_) | Decision::NoAccess(_) | Decision::Issue(_) => {}
    }
    world.now += TimeDelta::seconds(1);
}

fn ends(decision: &Decision) -> bool {
    match decision {
        Decision::Page(_) | Decision::Refuse(_) | Decision::NoAccess(_) | Decision::Issue(_) => true,
        Decision::SignIn(_)
        | Decision::Register
        | Decision::ChooseAccount
        | Decision::StepUp(_)
        | Decision::Enrol(_)
        | Decision::Consent(_) => false,
    }
}

fn more() -> impl Strategy<Value = String> {
    let part = |values: &'static [&'static str]| prop::sample::select(values);
    (
        part(&[
            "",
            "&scope=openid",
            "&scope=openid+email",
            "&scope=openid+offline_access+orders:write",
            "&scope=stock:read",
        ]),
        part(&[
            "",
            "",
            "&prompt=none",
            "&prompt=login",
            "&prompt=consent",
            "&prompt=select_account",
            "&prompt=create",
            "&prompt=login+consent+select_account",
        ]),
        part(&["", "&max_age=0", "&max_age=1", "&max_age=100000"]),
        part(&["", "&login_hint=ada@example.org", "&login_hint=grace@example.org"]),
        part(&[
            "",
            "&acr_values=2fa",
            "&claims=%7B%22id_token%22:%7B%22acr%22:%7B%22essential%22:true,%22value%22:%222fa%22%7D%7D%7D",
        ]),
    )
        .prop_map(|(scope, prompt, age, hint, acr)| format!("state=s{scope}{prompt}{age}{hint}{acr}"))
}

prop_compose! {
    fn any_client()(
        enabled in prop::bool::weighted(0.95),
        is_public: bool,
        kind in prop::sample::select(vec![ClientKind::Web, ClientKind::Spa, ClientKind::Native]),
        consent in prop::sample::select(ConsentMode::ALL),
        access in prop::sample::select(ClientAccess::ALL),
        min_acr in prop::option::weighted(0.2, prop::sample::select(Acr::ALL)),
    ) -> Client {
        let mut client = World::new().client;
        client.settings.enabled = enabled;
        client.settings.kind = kind;
        if is_public {
            client.settings.proof = ClientProof::None;
        }
        client.settings.consent = consent;
        client.settings.access = access;
        client.settings.min_acr = min_acr;
        client
    }
}

prop_compose! {
    fn any_world()(
        client in any_client(),
        more in more(),
        is_active in prop::bool::weighted(0.9),
        email_verified: bool,
        is_signed_in: bool,
        authenticated_at in -1000_i64..3600,
        acr in prop::sample::select(Acr::ALL),
        reachable_acr in prop::sample::select(Acr::ALL),
        owes_factor in prop::bool::weighted(0.2),
        is_member: bool,
        hint in prop::sample::select(vec![Hint::Absent, Hint::Absent, Hint::Forged, Hint::Of(ADA.to_owned()), Hint::Of("grace".to_owned())]),
        stamp in prop::option::of((-1000_i64..3600, any::<bool>())),
        has_consent: bool,
        is_registration_open: bool,
    ) -> World {
        World::new().asking(&more).with(|it| {
            it.client = client;
            it.user.is_active = is_active;
            it.user.email_verified = email_verified;
            it.is_signed_in = is_signed_in;
            it.authenticated_at = at(authenticated_at);
            it.acr = acr;
            it.reachable_acr = reachable_acr.max(acr);
            it.owes_factor = owes_factor;
            it.is_member = is_member;
            it.hint = hint;
            it.stamp = stamp.map(|(first_seen, has_chosen)| Stamp { first_seen: at(first_seen), has_chosen });
            if !has_consent {
                it.consent = None;
            }
            it.is_registration_open = is_registration_open;
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_silent_request_shows_no_page_but_where_its_address_is_in_doubt(world in any_world()) {
        if world.query.contains("prompt=none") {
            let decision = world.decide();
            prop_assert!(matches!(decision, Decision::Issue(_) | Decision::Refuse(_) | Decision::Page(_)), "{:?}", decision);
        }
    }

    #[test]
    fn nothing_is_issued_that_nobody_agreed_to(world in any_world()) {
        if let Decision::Issue(issue) = world.decide() {
            let skips = world.client.settings.consent == ConsentMode::Skip;
            let agreed = world.consent.as_ref().is_some_and(|consent| issue.asking.agreed_to.is_subset(&consent.scopes));
            prop_assert!(skips || agreed);
            prop_assert!(issue.asking.scopes.is_subset(&world.client.settings.scopes));
            prop_assert!(world.is_signed_in && world.user.is_active && !world.owes_factor && world.client.settings.enabled);
            prop_assert!(!world.query.contains("prompt=consent"));
        }
    }

    #[test]
    fn whoever_does_what_they_are_asked_comes_to_an_end(world in any_world()) {
        let mut world = world;
        let mut seen = Vec::new();
        loop {
            let decision = world.decide();
            if ends(&decision) {
                break;
            }
            prop_assert!(!seen.contains(&decision), "asked twice for {:?}", decision);
            obey(&mut world, &decision);
            seen.push(decision);
            if world.stamp.is_some_and(|stamp| !stamp.counts(world.now)) {
                // It ran out while the person was busy: the request is seen for the first time again.
                seen.clear();
            }
            prop_assert!(seen.len() <= 5, "{:?}", seen);
        }
    }
}
