//! What holds for grants.

use super::{add, read, write};
use crate::build::{client, grant, redeemed, registration_id, session, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{GrantInUse, LiveGrants, Store, SweepGrants, Swept};
use portcullis_domain::{
    AuditReason, Authentication, Client, ClientKind, ClientMember, ClientRoles, Consent, Device, Generation, Grant,
    GrantEnd, GrantId, GrantLife, GrantPolicy, Granted, PendingCode, Rotation, Session, TokenPolicy, User, UserAgent,
};
use portcullis_oauth2::{ClaimsRequest, CodeChallenge, ResourceUri};
use std::sync::Arc;

/// A user with a session, and nothing else.
async fn scene(store: &Arc<dyn Store>) -> (User, Session) {
    let ada = user("ada@x.test");
    let session = session(&ada, 1);
    add(store, &ada, std::slice::from_ref(&session)).await;
    (ada, session)
}

/// One that says all that there is to say, and one that says as little as it can.
pub async fn every_field_of_a_grant_survives(store: &Arc<dyn Store>) {
    let (_, session) = scene(store).await;
    let plain = grant(&session, GrantLife::Session, 1);
    let full = Grant {
        granted: Granted {
            client_generation: Generation::new(7),
            life: GrantLife::Offline,
            resources: ["https://a.example", "urn:b"]
                .map(|uri| ResourceUri::parse(uri).unwrap())
                .into(),
            claims: ClaimsRequest::parse(r#"{"id_token":{"acr":{"essential":true,"values":["1fa"]}}}"#).unwrap(),
            authentication: Authentication {
                at: now() - TimeDelta::days(1),
                methods: "pwd otp".parse().unwrap(),
            },
            is_refreshable: false,
            ..plain.granted.clone()
        },
        code: Some(PendingCode {
            redirect_uri: "https://shop.example/cb?a=b".to_owned(),
            code_challenge: Some(CodeChallenge::parse(&"a".repeat(43)).unwrap()),
            nonce: Some("n 한".to_owned()),
            until: now() + TimeDelta::seconds(7),
        }),
        redeemed_at: Some(now() + TimeDelta::microseconds(1)),
        rotation: Rotation {
            generation: Generation::new(3),
            rotated_at: now() + TimeDelta::seconds(3),
            expires_at: now() + TimeDelta::days(3),
            outdated: Some(Generation::new(2)),
            access_until: now() + TimeDelta::hours(3),
            ..plain.rotation.clone()
        },
        last_used_at: now() + TimeDelta::seconds(4),
        device: Device {
            address: Some("2001:db8::1".parse().unwrap()),
            user_agent: UserAgent::from_text("lynx"),
        },
        ended: Some(GrantEnd {
            at: now() + TimeDelta::seconds(5),
            reason: AuditReason::CodeReused,
        }),
        ..grant(&session, GrantLife::Offline, 2)
    };
    for grant in [plain, full] {
        insert(store, &grant).await;
        assert_eq!(find(store, grant.id).await, Some(grant));
    }
    assert_eq!(find(store, grant(&session, GrantLife::Session, 3).id).await, None);
}

/// The session may be gone, and there may be no consent. The user can't be gone.
pub async fn a_grant_is_found_with_what_it_hangs_on(store: &Arc<dyn Store>) {
    let (ada, session) = scene(store).await;
    let grant = grant(&session, GrantLife::Session, 1);
    insert(store, &grant).await;
    let bare = GrantInUse {
        grant: grant.clone(),
        user: ada.clone(),
        session: Some(session.clone()),
        consent: None,
        member: None,
    };
    assert_eq!(find_in_use(store, grant.id).await, Some(bare.clone()));
    let consent = Consent::given(ada.id, grant.granted.client, "openid".parse().unwrap(), now());
    let others = Consent::given(ada.id, registration_id(2), "email".parse().unwrap(), now());
    for consent in [consent.clone(), others] {
        let put = write(store, move |repositories| repositories.consents().put(&consent));
        put.await.unwrap();
    }
    let agreed = GrantInUse {
        consent: Some(consent),
        ..bare
    };
    assert_eq!(find_in_use(store, grant.id).await, Some(agreed.clone()));
    let until = now() + TimeDelta::days(100);
    let swept = write(store, move |repositories| {
        repositories.sessions().sweep(None, until, 10)
    });
    assert_eq!(swept.await.unwrap().changed, 1);
    let without = GrantInUse {
        session: None,
        ..agreed
    };
    assert_eq!(find_in_use(store, grant.id).await, Some(without));
    let id = ada.id;
    let deleted = write(store, move |repositories| repositories.users().delete(id));
    deleted.await.unwrap();
    assert_eq!(find_in_use(store, grant.id).await, None);
    assert_eq!(find(store, grant.id).await, None);
}

/// That of the user and the client, and no other.
pub async fn a_grant_is_found_with_the_membership(store: &Arc<dyn Store>) {
    let (ada, session) = scene(store).await;
    let (shop, other) = (client("shop", ClientKind::Web), client("other", ClientKind::Web));
    let granted = |client: &Client, number| {
        let grant = grant(&session, GrantLife::Session, number);
        let granted = Granted {
            client: client.id,
            ..grant.granted.clone()
        };
        Grant { granted, ..grant }
    };
    let (of_member, of_other) = (granted(&shop, 1), granted(&other, 2));
    for grant in [&of_member, &of_other] {
        insert(store, grant).await;
    }
    let member = ClientMember {
        user_id: ada.id,
        roles: ClientRoles::of(["editor"]).unwrap(),
        added_at: now(),
    };
    let (put, id) = (member.clone(), shop.id);
    let written = write(store, move |repositories| {
        for client in [shop, other] {
            let stamp = repositories.clients().begin_change()?;
            repositories.clients().insert(&client, stamp)?;
        }
        repositories.clients().put_member(id, &put)
    });
    written.await.unwrap();
    let found = find_in_use(store, of_member.id).await.unwrap();
    assert_eq!((found.grant, found.member), (of_member, Some(member)));
    assert_eq!(find_in_use(store, of_other.id).await.unwrap().member, None);
}

/// Nor is one that has ended. What the code needed is emptied, and nothing else changes.
pub async fn a_code_is_redeemed_once_and_leaves_nothing_of_itself(store: &Arc<dyn Store>) {
    let (_, session) = scene(store).await;
    let pending = Grant {
        code: Some(PendingCode {
            redirect_uri: "https://shop.example/cb".to_owned(),
            code_challenge: Some(CodeChallenge::parse(&"a".repeat(43)).unwrap()),
            nonce: Some("n".to_owned()),
            until: now() + TimeDelta::seconds(60),
        }),
        ..grant(&session, GrantLife::Session, 1)
    };
    insert(store, &pending).await;
    let after = redeemed(&pending);
    for is_first in [true, false] {
        assert_eq!(redeem(store, &after).await, is_first);
        assert_eq!(find(store, pending.id).await, Some(after.clone()));
    }
    let ended = Grant {
        ended: Some(GrantEnd {
            at: now(),
            reason: AuditReason::UserRequest,
        }),
        ..grant(&session, GrantLife::Session, 2)
    };
    insert(store, &ended).await;
    assert!(!redeem(store, &redeemed(&ended)).await);
    assert_eq!(find(store, ended.id).await, Some(ended));
    assert!(!redeem(store, &redeemed(&grant(&session, GrantLife::Session, 3))).await);
}

/// Not before its code was redeemed, and not where it has ended.
pub async fn a_grant_is_advanced_from_the_generation_that_it_has(store: &Arc<dyn Store>) {
    let (_, session) = scene(store).await;
    let pending = grant(&session, GrantLife::Session, 1);
    insert(store, &pending).await;
    assert!(!advance(store, 0, &refreshed(&redeemed(&pending))).await);
    let live = redeemed(&grant(&session, GrantLife::Session, 2));
    insert(store, &live).await;
    let next = refreshed(&live);
    assert!(!advance(store, 1, &next).await);
    assert!(advance(store, 0, &next).await);
    assert!(!advance(store, 0, &next).await);
    assert_eq!(find(store, live.id).await, Some(next));
    let ended = Grant {
        ended: Some(GrantEnd {
            at: now(),
            reason: AuditReason::UserRequest,
        }),
        ..redeemed(&grant(&session, GrantLife::Session, 3))
    };
    insert(store, &ended).await;
    assert!(!advance(store, 0, &refreshed(&ended)).await);
}

/// Newest first; neither ended nor expired ones, nor those of others.
pub async fn the_live_grants_of_a_user_are_listed(store: &Arc<dyn Store>) {
    let (ada, ada_session) = scene(store).await;
    let ben = user("ben@x.test");
    let bens = session(&ben, 1);
    add(store, &ben, std::slice::from_ref(&bens)).await;
    let [first, second, third] = [1, 2, 3].map(|number| redeemed(&grant(&ada_session, GrantLife::Session, number)));
    let ended = Grant {
        ended: Some(GrantEnd {
            at: now(),
            reason: AuditReason::UserRequest,
        }),
        ..third
    };
    for grant in [&second, &first, &ended, &grant(&bens, GrantLife::Session, 4)] {
        insert(store, grant).await;
    }
    let id = ada.id;
    let list = |at: DateTime<Utc>| read(store, move |repositories| repositories.grants().list_live(id, at));
    assert_eq!(list(now()).await, [second.clone(), first.clone()]);
    assert_eq!(list(first.rotation.expires_at).await, [second]);
}

/// Those that ended, and those of other clients, are not among them.
pub async fn the_live_grants_of_a_client_are_counted_with_their_users(store: &Arc<dyn Store>) {
    let (_, adas) = scene(store).await;
    let ben = user("ben@x.test");
    let bens = session(&ben, 1);
    add(store, &ben, std::slice::from_ref(&bens)).await;
    let of = |session, number| redeemed(&grant(session, GrantLife::Session, number));
    let ended = Grant {
        ended: Some(GrantEnd {
            at: now(),
            reason: AuditReason::UserRequest,
        }),
        ..of(&bens, 4)
    };
    let of_another = Grant {
        granted: Granted {
            client: registration_id(2),
            ..of(&bens, 5).granted
        },
        ..of(&bens, 5)
    };
    for grant in [&of(&adas, 1), &of(&adas, 2), &of(&bens, 3), &ended, &of_another] {
        insert(store, grant).await;
    }
    let count = |at: DateTime<Utc>| {
        read(store, move |repositories| {
            repositories.grants().count_live(registration_id(1), at)
        })
    };
    assert_eq!(count(now()).await, LiveGrants { users: 2, grants: 3 });
    let later = now() + TimeDelta::days(1000);
    assert_eq!(count(later).await, LiveGrants::default());
}

/// A code that waits, a grant that lives, and what ended just now stay.
pub async fn a_sweep_removes_old_codes_and_what_ended_before(store: &Arc<dyn Store>) {
    let (_, session) = scene(store).await;
    let end = |at| GrantEnd {
        at,
        reason: AuditReason::UserRequest,
    };
    let day = now() + TimeDelta::days(1);
    let pending = grant(&session, GrantLife::Session, 1);
    let live = redeemed(&grant(&session, GrantLife::Session, 2));
    let ended_then = Grant {
        ended: Some(end(now())),
        ..redeemed(&grant(&session, GrantLife::Session, 3))
    };
    let ended_now = Grant {
        ended: Some(end(day)),
        ..redeemed(&grant(&session, GrantLife::Session, 4))
    };
    let mut tokens_live_on = Grant {
        ended: Some(end(now())),
        ..redeemed(&grant(&session, GrantLife::Session, 5))
    };
    tokens_live_on.rotation.access_until = day;
    for grant in [&pending, &live, &ended_then, &ended_now, &tokens_live_on] {
        insert(store, grant).await;
    }
    let sweep = |codes_before, ended_before| async move {
        let over = SweepGrants {
            codes_before,
            ended_before,
        };
        sweep(store, None, over, 100).await.changed
    };
    assert_eq!(sweep(now(), now()).await, 0);
    assert_eq!(sweep(now(), day).await, 1);
    assert_eq!(find(store, ended_then.id).await, None);
    assert_eq!(
        sweep(pending.code.unwrap().until + TimeDelta::microseconds(1), now()).await,
        1
    );
    assert_eq!(find(store, pending.id).await, None);
    assert_eq!(
        sweep(day, live.rotation.expires_at + TimeDelta::microseconds(1)).await,
        3
    );
}

/// However many there are.
pub async fn sweeps_of_grants_pass_over_all_in_the_end(store: &Arc<dyn Store>) {
    let (_, session) = scene(store).await;
    for number in 1..=7 {
        insert(store, &grant(&session, GrantLife::Session, number)).await;
    }
    let far = now() + TimeDelta::days(1);
    let over = SweepGrants {
        codes_before: far,
        ended_before: far,
    };
    let (mut after, mut removed) = (None, Vec::new());
    loop {
        let swept = sweep(store, after, over, 3).await;
        removed.push(swept.changed);
        after = swept.last;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(removed, [3, 3, 1]);
}

pub(super) async fn insert(store: &Arc<dyn Store>, grant: &Grant) {
    let grant = grant.clone();
    let inserted = write(store, move |repositories| repositories.grants().insert(&grant));
    inserted.await.unwrap();
}

pub(super) async fn find(store: &Arc<dyn Store>, id: GrantId) -> Option<Grant> {
    read(store, move |repositories| repositories.grants().find(id)).await
}

async fn find_in_use(store: &Arc<dyn Store>, id: GrantId) -> Option<GrantInUse> {
    read(store, move |repositories| repositories.grants().find_in_use(id)).await
}

pub(super) async fn redeem(store: &Arc<dyn Store>, redeemed: &Grant) -> bool {
    let redeemed = redeemed.clone();
    let written = write(store, move |repositories| repositories.grants().redeem(&redeemed));
    written.await.unwrap()
}

pub(super) async fn advance(store: &Arc<dyn Store>, spent: u64, next: &Grant) -> bool {
    let next = next.clone();
    let written = write(store, move |repositories| {
        repositories.grants().advance(Generation::new(spent), &next)
    });
    written.await.unwrap()
}

async fn sweep(store: &Arc<dyn Store>, after: Option<GrantId>, over: SweepGrants, batch: usize) -> Swept<GrantId> {
    let swept = write(store, move |repositories| {
        repositories.grants().sweep(after, over, batch)
    });
    swept.await.unwrap()
}

/// The grant after a refresh a second later.
pub(super) fn refreshed(grant: &Grant) -> Grant {
    let tokens = GrantPolicy::of(TokenPolicy::default()).tokens(grant.granted.life, TimeDelta::minutes(10));
    let device = Device {
        address: None,
        user_agent: UserAgent::from_text("another"),
    };
    grant.refreshed(device, grant.rotation.rotated_at + TimeDelta::seconds(1), &tokens)
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}
