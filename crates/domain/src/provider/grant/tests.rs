//! The life of a grant: each step, and any order of steps against a model.

use super::*;
use crate::AuthenticationMethod;
use proptest::prelude::*;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "https://shop.example/cb";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn policy() -> GrantPolicy {
    GrantPolicy::of(TokenPolicy::default())
}

fn tokens(life: GrantLife) -> TokenPolicy {
    policy().tokens(life, TimeDelta::minutes(10))
}

fn client(number: u8) -> RegistrationId {
    RegistrationId::new(at(0), [number; 10])
}

fn verifier() -> CodeVerifier {
    CodeVerifier::parse(VERIFIER).unwrap()
}

fn granted(life: GrantLife, is_refreshable: bool) -> Granted {
    Granted {
        client: client(1),
        client_generation: Generation::FIRST,
        user_id: UserId::new(at(0), [2; 10]),
        session_id: SessionId::new(at(0), [3; 10]),
        life,
        scopes: "openid".parse().unwrap(),
        resources: Vec::new(),
        claims: ClaimsRequest::default(),
        authentication: Authentication {
            at: at(-100),
            methods: AuthenticationMethod::Password.into(),
        },
        is_refreshable,
    }
}

fn issued(granted: Granted, challenge: Option<CodeChallenge>) -> Grant {
    let code = PendingCode {
        redirect_uri: REDIRECT.to_owned(),
        code_challenge: challenge,
        nonce: None,
        until: GrantPolicy::code_end(at(0)),
    };
    let id = GrantId::new(at(0), [4; 10]);
    Grant::issue(id, granted, code, Seed::new([5; 32]), Device::default(), &policy())
}

fn pending() -> Grant {
    issued(granted(GrantLife::Session, true), Some(verifier().challenge()))
}

fn shown(grant: &Grant, change: impl FnOnce(&mut Redeemer<'_>), now: i64) -> ShownCode {
    let verifier = verifier();
    let mut redeemer = Redeemer {
        client: client(1),
        redirect_uri: Some(REDIRECT),
        verifier: Some(&verifier),
    };
    change(&mut redeemer);
    grant.show_code(&redeemer, at(now))
}

#[test]
fn a_code_is_good_for_a_minute_and_for_who_shows_all_that_belongs_to_it() {
    let grant = pending();
    assert_eq!(shown(&grant, |_| (), 59), ShownCode::Good);
    assert_eq!(shown(&grant, |_| (), 60), ShownCode::Over);
    let misfits: [fn(&mut Redeemer<'_>); 5] = [
        |it| it.client = client(9),
        |it| it.redirect_uri = None,
        |it| it.redirect_uri = Some("https://shop.example/cb/"),
        |it| it.verifier = None,
        |it| it.client = RegistrationId::new(at(1), [1; 10]),
    ];
    for change in misfits {
        assert_eq!(shown(&grant, change, 1), ShownCode::Misfit);
    }
    let other = CodeVerifier::parse(&"a".repeat(43)).unwrap();
    let redeemer = Redeemer {
        client: client(1),
        redirect_uri: Some(REDIRECT),
        verifier: Some(&other),
    };
    assert_eq!(grant.show_code(&redeemer, at(1)), ShownCode::Misfit);
}

#[test]
fn a_verifier_without_a_challenge_fits_nothing() {
    let grant = issued(granted(GrantLife::Session, true), None);
    assert_eq!(shown(&grant, |_| (), 1), ShownCode::Misfit);
    assert_eq!(shown(&grant, |it| it.verifier = None, 1), ShownCode::Good);
}

#[test]
fn a_code_that_comes_again_is_reuse_whatever_is_shown_besides() {
    let redeemed = pending().redeemed(at(5), Device::default(), &tokens(GrantLife::Session));
    for now in [5, 59, 61, 100_000] {
        assert_eq!(shown(&redeemed, |_| (), now), ShownCode::Reused);
        assert_eq!(shown(&redeemed, |it| it.verifier = None, now), ShownCode::Reused);
        assert_eq!(
            shown(&redeemed, |it| it.client = client(9), now),
            ShownCode::Misfit,
            "a stranger ends nothing"
        );
    }
}

#[test]
fn nothing_of_a_grant_that_was_ended_counts() {
    let end = GrantEnd {
        at: at(6),
        reason: AuditReason::CodeReused,
    };
    let redeemed = pending().redeemed(at(5), Device::default(), &tokens(GrantLife::Session));
    for grant in [pending(), redeemed] {
        let ended = Grant {
            ended: Some(end),
            ..grant
        };
        assert_eq!(shown(&ended, |_| (), 7), ShownCode::Over);
        let presented = ended.present(Generation::FIRST, at(7), &tokens(GrantLife::Session));
        assert_eq!(presented, Presented::Over);
        assert!(!ended.is_live(at(7), &tokens(GrantLife::Session)));
    }
}

#[test]
fn no_refresh_token_counts_before_the_code_is_redeemed_or_where_none_was_given() {
    let lives = tokens(GrantLife::Session);
    assert_eq!(pending().present(Generation::FIRST, at(1), &lives), Presented::Over);
    let single = issued(granted(GrantLife::Session, false), None).redeemed(at(1), Device::default(), &lives);
    assert_eq!(single.present(Generation::FIRST, at(2), &lives), Presented::Over);
    assert!(single.is_live(at(600), &lives));
    assert!(
        !single.is_live(at(1) + TimeDelta::minutes(11), &lives),
        "it is over with its access token"
    );
    assert_eq!(single.code, None);
}

#[test]
fn a_grant_lives_as_its_kind_does() {
    for (life, idle, whole) in [(GrantLife::Session, 7, 90), (GrantLife::Offline, 30, 365)] {
        let lives = tokens(life);
        let mut grant = issued(granted(life, true), None).redeemed(at(0), Device::default(), &lives);
        assert!(grant.is_live(at(0) + TimeDelta::days(idle) - TimeDelta::seconds(1), &lives));
        assert!(!grant.is_live(at(0) + TimeDelta::days(idle), &lives));
        for day in (5..whole).step_by(5) {
            grant = grant.refreshed(Device::default(), at(0) + TimeDelta::days(day), &lives);
        }
        assert!(grant.is_live(at(0) + TimeDelta::days(whole) - TimeDelta::seconds(1), &lives));
        assert!(!grant.is_live(at(0) + TimeDelta::days(whole), &lives));
    }
}

#[test]
fn a_refresh_leaves_what_was_agreed_to_and_when_the_user_signed_in() {
    let lives = tokens(GrantLife::Session);
    let redeemed = pending().redeemed(at(5), Device::default(), &lives);
    let refreshed = redeemed.refreshed(Device::default(), at(100), &lives);
    assert_eq!(refreshed.granted, redeemed.granted);
    assert_eq!(refreshed.rotation.generation, Generation::FIRST.next());
    assert_eq!(refreshed.granted.authentication.acr(), Acr::OneFactor);
    assert_eq!(refreshed.family(), FamilyId::from(refreshed.id));
}

#[test]
fn an_access_token_lives_for_an_hour_at_the_most() {
    let lives = policy().tokens(GrantLife::Offline, TimeDelta::days(1));
    assert_eq!(lives.access_token_life, TimeDelta::hours(1));
}

/// What may happen to a grant.
#[derive(Debug, Clone, Copy)]
enum Step {
    Redeem { fits: bool },
    Refresh { behind: u64 },
    End,
    Wait(i64),
}

/// What a client may have at any time, told in the plainest way.
#[derive(Debug)]
struct Model {
    redeemed: bool,
    ended: bool,
    generation: u64,
    rotated_at: i64,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(|fits| Step::Redeem { fits }),
        (0..4_u64).prop_map(|behind| Step::Refresh { behind }),
        Just(Step::End),
        (0..40_i64).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn any_order_of_steps_goes_as_the_model_says(steps in prop::collection::vec(any_step(), 1..40)) {
        let lives = tokens(GrantLife::Session);
        let mut grant = pending();
        let mut model = Model { redeemed: false, ended: false, generation: 0, rotated_at: 0 };
        let mut now = 0;
        let end = |grant: Grant, now| Grant {
            ended: Some(GrantEnd { at: at(now), reason: AuditReason::UserRequest }),
            ..grant
        };
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::End => {
                    grant = end(grant, now);
                    model.ended = true;
                }
                Step::Redeem { fits } => {
                    let verdict = shown(&grant, |it| if !fits { it.verifier = None }, now);
                    let expected = match (&model, fits) {
                        (Model { ended: true, .. }, _) => ShownCode::Over,
                        (Model { redeemed: true, .. }, _) => ShownCode::Reused,
                        _ if now >= 60 => ShownCode::Over,
                        (_, true) => ShownCode::Good,
                        (_, false) => ShownCode::Misfit,
                    };
                    prop_assert_eq!(verdict, expected);
                    match verdict {
                        ShownCode::Good => {
                            grant = grant.redeemed(at(now), Device::default(), &lives);
                            model = Model { redeemed: true, rotated_at: now, ..model };
                        }
                        ShownCode::Reused => {
                            grant = end(grant, now);
                            model.ended = true;
                        }
                        ShownCode::Misfit | ShownCode::Over => {}
                    }
                }
                Step::Refresh { behind } => {
                    let Some(generation) = model.generation.checked_sub(behind) else { continue };
                    let verdict = grant.present(Generation::new(generation), at(now), &lives);
                    let expected = match behind {
                        _ if model.ended || !model.redeemed => Presented::Over,
                        0 => Presented::Current,
                        1 if now - model.rotated_at <= 10 => Presented::JustRotated,
                        _ => Presented::Reused,
                    };
                    prop_assert_eq!(verdict, expected);
                    match verdict {
                        Presented::Current => {
                            grant = grant.refreshed(Device::default(), at(now), &lives);
                            model = Model { generation: model.generation + 1, rotated_at: now, ..model };
                        }
                        Presented::Reused => {
                            grant = end(grant, now);
                            model.ended = true;
                        }
                        Presented::JustRotated | Presented::Over | Presented::BroughtBack => {}
                    }
                }
            }
        }
    }
}
