//! What becomes of requests whose form is good, by who is signed in and what was agreed to.

use super::table::{holds, native, world};
use super::*;
use crate::ClientProof;

#[test]
fn whoever_is_not_signed_in_signs_in() {
    let signed_out = |more: &str| world().asking(more).with(|it| it.is_signed_in = false);
    holds(vec![
        ("signed out", signed_out("state=s"), "sign in"),
        (
            "with a hint",
            signed_out("login_hint=ADA@example.org"),
            "sign in as ada@example.org",
        ),
        (
            "with a hint that is no address",
            signed_out("login_hint=%3Cscript%3E"),
            "sign in",
        ),
        ("silent", signed_out("prompt=none"), "-> login_required"),
        ("to make an account", signed_out("prompt=create"), "register"),
        (
            "to make an account, closed",
            signed_out("prompt=create").with(|it| it.is_registration_open = false),
            "sign in",
        ),
        (
            "disabled meanwhile",
            world().with(|it| it.user.is_active = false),
            "sign in",
        ),
        (
            "disabled meanwhile, silent",
            world().asking("prompt=none").with(|it| it.user.is_active = false),
            "-> login_required",
        ),
        (
            "to make an account, signed in",
            world().asking("prompt=create"),
            "issue: email openid",
        ),
    ]);
}

#[test]
fn another_user_than_expected_is_asked_about() {
    let sub = |value: &str| format!("claims=%7B%22id_token%22:%7B%22sub%22:%7B%22value%22:%22{value}%22%7D%7D%7D");
    let hinted = |subject: &str| world().with(|it| it.hint = Hint::Of(subject.to_owned()));
    let chosen = |it: &mut World| it.stamp = Some(Stamp::first(at(3500)).chosen());
    let signed_in_since = |it: &mut World| {
        it.stamp = Some(Stamp::first(at(3500)));
        it.authenticated_at = at(3550);
    };
    let select = || world().asking("prompt=select_account");
    holds(vec![
        ("the hinted one", hinted(ADA), "issue: email openid"),
        ("another than hinted", hinted("grace"), "choose"),
        (
            "another than hinted, silent",
            hinted("grace").asking("prompt=none"),
            "-> login_required",
        ),
        (
            "another than hinted, chosen",
            hinted("grace").with(chosen),
            "-> login_required",
        ),
        (
            "another than hinted signs in",
            hinted("grace").with(signed_in_since),
            "-> login_required",
        ),
        ("the claimed one", world().asking(&sub(ADA)), "issue: email openid"),
        ("another than claimed", world().asking(&sub("grace")), "choose"),
        (
            "the address that is hinted",
            world().asking("login_hint=ada@example.org"),
            "issue: email openid",
        ),
        (
            "another address",
            world().asking("login_hint=grace@example.org"),
            "choose",
        ),
        (
            "another address, silent",
            world().asking("login_hint=grace@example.org&prompt=none"),
            "-> account_selection_required",
        ),
        (
            "another address, chosen",
            world().asking("login_hint=grace@example.org").with(chosen),
            "issue: email openid",
        ),
        (
            "another address signs in",
            world().asking("login_hint=grace@example.org").with(signed_in_since),
            "issue: email openid",
        ),
        (
            "a hint that is no address",
            world().asking("login_hint=grace"),
            "issue: email openid",
        ),
        ("to choose", select(), "choose"),
        ("to choose, chosen", select().with(chosen), "issue: email openid"),
        (
            "to choose, signed in since",
            select().with(signed_in_since),
            "issue: email openid",
        ),
        (
            "to choose, chosen two hours ago",
            select().with(|it| it.stamp = Some(Stamp::first(at(-3600)).chosen())),
            "choose",
        ),
    ]);
}

#[test]
fn a_proof_is_as_new_as_the_client_wants_it() {
    let login = || world().asking("prompt=login");
    let aged = |age: u32| world().asking(&format!("max_age={age}"));
    let seen = |first: i64, proved: i64, now: i64| {
        move |it: &mut World| {
            it.stamp = Some(Stamp::first(at(first)));
            it.authenticated_at = at(proved);
            it.now = at(now);
        }
    };
    holds(vec![
        ("prompt=login", login(), "sign in again"),
        (
            "prompt=login, just signed in for something else",
            login().with(|it| it.authenticated_at = at(3600)),
            "sign in again",
        ),
        (
            "prompt=login, seen and not proved since",
            login().with(seen(3500, 3499, 3600)),
            "sign in again",
        ),
        (
            "prompt=login, proved since",
            login().with(seen(3500, 3500, 3600)),
            "issue: email openid",
        ),
        (
            "prompt=login, proved since, ten minutes ago",
            login().with(seen(3000, 3000, 3600)),
            "issue: email openid",
        ),
        (
            "prompt=login, proved since, longer ago",
            login().with(seen(2999, 2999, 3600)),
            "sign in again",
        ),
        (
            "prompt=login, the stamp is too old",
            login().with(seen(0, 3590, 3600)),
            "sign in again",
        ),
        ("max_age=0", aged(0), "sign in again"),
        (
            "max_age=0, proved since",
            aged(0).with(seen(3500, 3550, 3600)),
            "issue: email openid",
        ),
        ("old enough", aged(3600), "issue: email openid"),
        ("too old", aged(3599), "sign in again"),
        ("too old, silent", aged(3599).asking("prompt=none"), "-> login_required"),
        (
            "new at first sight, and a slow typist",
            aged(60).with(seen(3100, 3050, 3600)),
            "issue: email openid",
        ),
        (
            "new at first sight, and a very slow one",
            aged(60).with(seen(2900, 2850, 3600)),
            "sign in again",
        ),
        (
            "an age without limit",
            world().asking("max_age=999999999999"),
            "issue: email openid",
        ),
    ]);
}

#[test]
fn a_client_may_be_for_some() {
    let of = |access: ClientAccess| world().with(|it| it.client.settings.access = access);
    holds(vec![
        (
            "for verified addresses",
            of(ClientAccess::VerifiedEmail),
            "no access: AddressNotVerified",
        ),
        (
            "for verified addresses, verified",
            of(ClientAccess::VerifiedEmail).with(|it| it.user.email_verified = true),
            "issue: email openid",
        ),
        ("for members", of(ClientAccess::Members), "no access: NotMember"),
        (
            "for members, one",
            of(ClientAccess::Members).with(|it| it.is_member = true),
            "issue: email openid",
        ),
        (
            "for administrators",
            of(ClientAccess::Admins),
            "no access: NotAdministrator",
        ),
        (
            "for administrators, one",
            of(ClientAccess::Admins).with(|it| it.user.role = Role::Admin),
            "issue: email openid",
        ),
        (
            "silent",
            of(ClientAccess::Members).asking("prompt=none"),
            "-> access_denied",
        ),
    ]);
}

#[test]
fn a_wish_for_more_factors_is_one_and_a_demand_is_met_or_refused() {
    let acr = |values: &str| {
        format!("claims=%7B%22id_token%22:%7B%22acr%22:%7B%22essential%22:true,%22values%22:%5B{values}%5D%7D%7D%7D")
    };
    let two = acr("%222fa%22,%22phr%22");
    let reaches = |it: &mut World| it.reachable_acr = Acr::TwoFactors;
    let least = || world().with(|it| it.client.settings.min_acr = Some(Acr::TwoFactors));
    holds(vec![
        ("a wish", world().asking("acr_values=phr+2fa"), "issue: email openid"),
        (
            "a demand that is met",
            world().asking(&acr("%221fa%22")),
            "issue: email openid",
        ),
        ("a demand that takes more than there is", world().asking(&two), "enrol"),
        (
            "a demand out of reach",
            world().asking(&acr("%22phr%22")),
            "-> unmet_authentication_requirements",
        ),
        (
            "a demand of a passkey that there is none of",
            world().asking(&acr("%22phr%22")).with(|it| it.takes_passkeys = true),
            "enrol for phr",
        ),
        (
            "a demand that takes more than there is, silent",
            world().asking(&two).asking("prompt=none"),
            "-> interaction_required",
        ),
        (
            "a demand within reach",
            world().asking(&two).with(reaches),
            "step up to 2fa",
        ),
        (
            "a demand within reach, done",
            world().asking(&two).with(|it| it.acr = Acr::TwoFactors),
            "issue: email openid",
        ),
        (
            "a demand that nobody knows",
            world().asking(&acr("%22urn:x%22")),
            "-> unmet_authentication_requirements",
        ),
        (
            "no value",
            world().asking(&acr("")),
            "-> unmet_authentication_requirements",
        ),
        (
            "no text",
            world().asking(&acr("2")),
            "-> unmet_authentication_requirements",
        ),
        ("the client's own", least(), "enrol"),
        (
            "the client's own, silent",
            least().asking("prompt=none"),
            "-> interaction_required",
        ),
        (
            "more than the client's own, that nobody can set up",
            world().with(|it| it.client.settings.min_acr = Some(Acr::PhishingResistant)),
            "-> unmet_authentication_requirements",
        ),
        (
            "the client's own, within reach",
            least().with(reaches),
            "step up to 2fa",
        ),
        (
            "the client's own and less",
            least().with(reaches).asking(&acr("%221fa%22")),
            "step up to 2fa",
        ),
    ]);
}

#[test]
fn an_account_that_must_have_a_second_factor_sets_it_up_first() {
    let owing = || world().with(|it| it.owes_factor = true);
    holds(vec![
        ("first", owing(), "enrol"),
        ("silent", owing().asking("prompt=none"), "-> interaction_required"),
        (
            "a fresh proof comes before",
            owing().asking("prompt=login"),
            "sign in again",
        ),
        (
            "a client for administrators tells nobody off before",
            owing().with(|it| it.client.settings.access = ClientAccess::Admins),
            "enrol",
        ),
        (
            "of nobody who is not signed in",
            owing().with(|it| it.is_signed_in = false),
            "sign in",
        ),
    ]);
}

#[test]
fn people_agree_once_and_again_to_what_is_new() {
    let mode = |mode: ConsentMode| world().with(|it| it.client.settings.consent = mode);
    let silent = |world: World| world.asking("prompt=none");
    let of_an_app = || native("com.example.app:/cb", "com.example.app:/cb");
    let public = || {
        world().with(|it| {
            it.client.settings.kind = ClientKind::Spa;
            it.client.settings.proof = ClientProof::None;
        })
    };
    holds(vec![
        ("agreed before", world(), "issue: email openid"),
        ("agreed before, silent", silent(world()), "issue: email openid"),
        (
            "never agreed",
            world().with(|it| it.consent = None),
            "consent: email openid",
        ),
        (
            "never agreed, silent",
            silent(world().with(|it| it.consent = None)),
            "-> consent_required",
        ),
        (
            "never agreed, pressed the button",
            world().with(|it| {
                it.consent = None;
                it.agrees = true;
            }),
            "issue: email openid",
        ),
        (
            "something new",
            world()
                .asking("nonce=n")
                .with(|it| it.query = it.query.replace("scope=openid+email", "scope=openid+orders:read")),
            "consent: openid orders:read",
        ),
        (
            "prompt=consent",
            world().asking("prompt=consent"),
            "consent: email openid",
        ),
        (
            "prompt=consent, pressed the button",
            world().asking("prompt=consent").with(|it| it.agrees = true),
            "issue: email openid",
        ),
        (
            "forgotten",
            world().with(|it| it.now = at(400 * 24 * 3600)),
            "consent: email openid",
        ),
        ("always", mode(ConsentMode::Always), "consent: email openid"),
        (
            "always, silent",
            silent(mode(ConsentMode::Always)),
            "-> consent_required",
        ),
        (
            "never asked",
            mode(ConsentMode::Skip).with(|it| it.consent = None),
            "issue: email openid",
        ),
        (
            "never asked, but prompt=consent",
            mode(ConsentMode::Skip).asking("prompt=consent"),
            "consent: email openid",
        ),
        ("a page's scripts", public(), "issue: email openid"),
        ("an app of a machine", of_an_app(), "consent: openid"),
        (
            "an app of a machine, silent",
            silent(of_an_app()),
            "-> interaction_required",
        ),
        (
            "an app of a machine, never asked",
            of_an_app().with(|it| it.client.settings.consent = ConsentMode::Skip),
            "consent: openid",
        ),
        (
            "an app of a machine, pressed the button",
            of_an_app().with(|it| it.agrees = true),
            "issue: openid",
        ),
        (
            "an app behind https",
            native("https://app.example/cb", "https://app.example/cb"),
            "issue: openid",
        ),
    ]);
}

#[test]
fn what_was_proved_for_one_request_is_used_up_by_it() {
    let spends = |world: World| match world.decide() {
        Decision::Issue(issue) => issue.spends_stamp,
        other => panic!("{other:?}"),
    };
    let stamped = |more: &str| {
        world().asking(more).with(|it| {
            it.stamp = Some(Stamp::first(at(3500)).chosen());
            it.authenticated_at = at(3550);
        })
    };
    for more in ["prompt=login", "prompt=select_account", "max_age=60"] {
        assert!(spends(stamped(more)), "{more}");
    }
    assert!(!spends(stamped("state=s")));
    assert!(!spends(world().asking("max_age=3600")));
}

#[test]
fn the_first_thing_that_is_wrong_is_told() {
    let everything_wrong = || {
        world().asking("prompt=login&login_hint=grace@example.org").with(|it| {
            it.client.settings.access = ClientAccess::Members;
            it.client.settings.min_acr = Some(Acr::PhishingResistant);
            it.consent = None;
        })
    };
    let chosen = |it: &mut World| it.stamp = Some(Stamp::first(at(3500)).chosen());
    let proved = |it: &mut World| {
        chosen(it);
        it.authenticated_at = at(3550);
    };
    holds(vec![
        (
            "signed out",
            everything_wrong().with(|it| it.is_signed_in = false),
            "sign in as grace@example.org",
        ),
        ("the account", everything_wrong(), "choose"),
        ("the proof", everything_wrong().with(chosen), "sign in again"),
        (
            "the client's door",
            everything_wrong().with(proved),
            "no access: NotMember",
        ),
        (
            "the factors",
            everything_wrong().with(proved).with(|it| it.is_member = true),
            "-> unmet_authentication_requirements",
        ),
        (
            "the consent",
            everything_wrong().with(proved).with(|it| {
                it.is_member = true;
                it.acr = Acr::PhishingResistant;
            }),
            "consent: email openid",
        ),
    ]);
}
