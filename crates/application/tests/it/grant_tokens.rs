//! Codes are redeemed and refreshed, and end with what they hang on.

use crate::authorizations::{REDIRECT, VERIFIER, page, scene};
use chrono::TimeDelta;
use portcullis_application::provider::answer::Page;
use portcullis_application::provider::grant_tokens::{GrantTokensError, Redemption};
use portcullis_application::provider::target::TargetError;
use portcullis_application::provider::user_info::UserInfoError;
use portcullis_domain::{AuditEventType, AuditReason, GrantPolicy, Origin, SecretText};

#[tokio::test]
async fn a_code_is_redeemed_once_and_its_second_use_ends_what_the_first_gave() {
    let scene = scene().await;
    let code = scene.code().await;
    let tokens = scene.redeem(&code).await.unwrap();
    assert!(scene.knows(&tokens).await);
    assert!(matches!(
        scene.redeem(&code).await,
        Err(GrantTokensError::InvalidGrant(_))
    ));
    assert_eq!(
        scene.grant_of(&code).await.ended.unwrap().reason,
        AuditReason::CodeReused
    );
    assert!(!scene.knows(&tokens).await);
    assert!(matches!(
        scene.refresh(tokens.refresh_token.as_ref().unwrap(), None).await,
        Err(GrantTokensError::InvalidGrant(_))
    ));
    let events = scene.app.events().await;
    assert!(events.iter().any(|event| event.kind == AuditEventType::GrantEnded));
}

/// An app that signs people in again and again fills no table, and the trail says which of its grants that cost.
#[tokio::test]
async fn the_oldest_grant_ends_where_one_client_has_too_many_and_the_trail_says_so() {
    let scene = scene().await;
    let first = scene.redeem(&scene.code().await).await.unwrap();
    for _ in 1..GrantPolicy::MOST_PER_CLIENT {
        scene.app.clock.advance(TimeDelta::milliseconds(10));
        scene.redeem(&scene.code().await).await.unwrap();
    }
    let ended = async || {
        let events = scene.app.events().await.into_iter();
        let ended = events.filter(|event| event.kind == AuditEventType::GrantEnded);
        ended.collect::<Vec<_>>()
    };
    assert!(scene.knows(&first).await && ended().await.is_empty());
    scene.code().await;
    assert!(!scene.knows(&first).await);
    let ended = ended().await;
    let [event] = ended.as_slice() else {
        panic!("{ended:?}");
    };
    let client = event.client_id.as_ref().map(portcullis_oauth2::ClientId::as_str);
    assert_eq!((client, event.reason), (Some("shop"), Some(AuditReason::TooManyGrants)));
}

#[tokio::test]
async fn what_does_not_fit_a_code_leaves_it_good_four_times() {
    let misfits: [fn(&mut Redemption); 4] = [
        |it| it.redirect_uri = None,
        |it| it.verifier = None,
        |it| it.verifier = Some(SecretText::new("a".repeat(43))),
        |it| it.verifier = Some(SecretText::new("short".to_owned())),
    ];
    for last_is_good in [true, false] {
        let scene = scene().await;
        let code = scene.code().await;
        for change in misfits {
            assert!(matches!(
                scene.redeem_with(&code, change).await,
                Err(GrantTokensError::InvalidGrant(_))
            ));
        }
        if !last_is_good {
            let other = scene.client("other").await;
            let by_another = scene.app.grant_tokens.redeem(
                &other,
                Redemption {
                    code: code.clone(),
                    redirect_uri: Some(REDIRECT.to_owned()),
                    verifier: Some(SecretText::new(VERIFIER.to_owned())),
                    resources: Vec::new(),
                },
                Origin::default(),
            );
            assert!(matches!(by_another.await, Err(GrantTokensError::InvalidGrant(_))));
        }
        assert_eq!(scene.redeem(&code).await.is_ok(), last_is_good);
    }
}

#[tokio::test]
async fn a_code_that_is_late_or_whose_browser_signed_out_is_over() {
    let scene = scene().await;
    let late = scene.code().await;
    scene.app.clock.advance(TimeDelta::seconds(61));
    scene.app.upkeep.catch_up().await.unwrap();
    assert!(matches!(
        scene.redeem(&late).await,
        Err(GrantTokensError::InvalidGrant(_))
    ));
    let offline = scene.allowed("scope=openid+offline_access").await;
    let codes = [
        scene.code().await,
        SecretText::new(offline.get("code").unwrap().to_owned()),
    ];
    scene
        .app
        .sign_out
        .sign_out_browser(&scene.cookie, Origin::default())
        .await
        .unwrap();
    for code in codes {
        assert!(matches!(
            scene.redeem(&code).await,
            Err(GrantTokensError::InvalidGrant(_))
        ));
    }
    for text in ["", "pac_", "fake_code:x:0:1"] {
        let code = SecretText::new(text.to_owned());
        assert!(matches!(
            scene.redeem(&code).await,
            Err(GrantTokensError::InvalidGrant(_))
        ));
    }
}

#[tokio::test]
async fn a_refresh_gives_no_more_than_was_granted_and_a_spent_token_ends_it() {
    let scene = scene().await;
    let first = scene.redeem(&scene.code().await).await.unwrap().refresh_token.unwrap();
    let wide = scene.refresh(&first, Some("openid profile")).await;
    assert!(matches!(
        wide,
        Err(GrantTokensError::Target(TargetError::MoreThanGranted))
    ));
    let narrow = scene.refresh(&first, Some("openid")).await.unwrap();
    assert_eq!(narrow.scopes.to_string(), "openid");
    let second = narrow.refresh_token.clone().unwrap();
    let repeated = scene.refresh(&first, None).await.unwrap();
    assert_eq!(
        repeated.refresh_token.unwrap().expose(),
        second.expose(),
        "the same successor, within grace"
    );
    let third = scene.refresh(&second, None).await.unwrap();
    assert_eq!(third.scopes.to_string(), "email openid");
    scene.app.clock.advance(TimeDelta::seconds(11));
    scene.app.upkeep.catch_up().await.unwrap();
    assert!(matches!(
        scene.refresh(&first, None).await,
        Err(GrantTokensError::InvalidGrant(_))
    ));
    assert!(matches!(
        scene.refresh(third.refresh_token.as_ref().unwrap(), None).await,
        Err(GrantTokensError::InvalidGrant(_))
    ));
    assert!(!scene.knows(&third).await);
}

#[tokio::test]
async fn what_hangs_on_a_browser_ends_with_it_and_access_while_away_does_not() {
    let scene = scene().await;
    let bound = scene.redeem(&scene.code().await).await.unwrap();
    let offline = scene.allowed("scope=openid+offline_access").await;
    let offline = scene
        .redeem(&SecretText::new(offline.get("code").unwrap().to_owned()))
        .await
        .unwrap();
    scene
        .app
        .sign_out
        .sign_out_browser(&scene.cookie, Origin::default())
        .await
        .unwrap();
    assert!(!scene.knows(&bound).await && scene.knows(&offline).await);
    assert!(
        scene
            .refresh(bound.refresh_token.as_ref().unwrap(), None)
            .await
            .is_err()
    );
    assert!(
        scene
            .refresh(offline.refresh_token.as_ref().unwrap(), None)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn who_was_disabled_is_known_to_no_client() {
    let scene = scene().await;
    let tokens = scene.redeem(&scene.code().await).await.unwrap();
    let user = scene
        .grant_of(tokens.refresh_token.as_ref().unwrap())
        .await
        .granted
        .user_id;
    scene.app.change_user(user, |user| user.is_active = false).await;
    assert!(matches!(
        scene.app.user_info.claims(&tokens.access_token).await,
        Err(UserInfoError::Invalid)
    ));
    assert!(matches!(page(scene.look("scope=openid").await), Page::SignIn(_)));
    assert!(
        scene
            .refresh(tokens.refresh_token.as_ref().unwrap(), None)
            .await
            .is_err()
    );
}
