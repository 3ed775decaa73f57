//! Passwords that everybody tries are set nowhere, and sign in where they are set already.

use portcullis_application::new_account::{CreateAccountError, NewAccount};
use portcullis_application::passwords::{ChangePasswordError, SetPasswordError};
use portcullis_application::ports::UserFilter;
use portcullis_application::registration::{RegisterError, SignUp};
use portcullis_domain::{Origin, PageRequest, PageSize, Role};
use portcullis_testkit::build::{PASSWORD, email, full_name, log_in, password, presented, registration};
use portcullis_testkit::{COMMON_PASSWORD, TestApp};

const ADA: &str = "ada@x.test";
const NAME: &str = "Ada Lovelace";

/// What is common for the account of Ada.
const COMMON: [&str; 3] = [COMMON_PASSWORD, ADA, NAME];

fn account(text: &str) -> NewAccount {
    NewAccount {
        email: email(ADA),
        full_name: full_name(NAME),
        role: Role::Admin,
        password: Some(password(text)),
    }
}

async fn count(app: &TestApp) -> usize {
    let request = PageRequest {
        size: PageSize::LARGEST,
        after: None,
    };
    let operator = app.operator();
    let listed = app.users.list(operator.authority(), UserFilter::default(), request);
    listed.await.unwrap().items.len()
}

#[tokio::test]
async fn no_account_is_made_with_a_common_password_and_nothing_is_hashed() {
    let app = TestApp::new();
    let operator = app.operator();
    for text in COMMON {
        let sign_up = SignUp {
            full_name: full_name(NAME),
            password: password(text),
            ..registration(ADA)
        };
        let refused = app.registration.register(sign_up, Origin::default()).await;
        assert!(matches!(refused, Err(RegisterError::TooCommon(_))), "{text}");
        let refused = app.users.create(operator.authority(), account(text)).await;
        assert!(matches!(refused, Err(CreateAccountError::TooCommon(_))), "{text}");
        let refused = app.first_admin.create(&operator, account(text)).await;
        assert!(matches!(refused, Err(CreateAccountError::TooCommon(_))), "{text}");
    }
    assert_eq!((count(&app).await, app.hasher.hashes()), (0, 0));
}

#[tokio::test]
async fn no_password_becomes_a_common_one_and_nothing_is_hashed_or_ended() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    app.change_user(ada.id, |user| user.full_name = full_name(NAME)).await;
    let tokens = app.log_in(ADA).await;
    let actor = app.actor(&tokens).await;
    let operator = app.operator();
    let done = (app.hasher.hashes(), app.hasher.verifications());
    for text in COMMON {
        let refused = app
            .passwords
            .change(&actor, Some(presented(PASSWORD)), password(text))
            .await;
        assert!(matches!(refused, Err(ChangePasswordError::TooCommon(_))), "{text}");
        let refused = app.passwords.set(operator.authority(), ada.id, password(text)).await;
        assert!(matches!(refused, Err(SetPasswordError::TooCommon(_))), "{text}");
    }
    assert_eq!((app.hasher.hashes(), app.hasher.verifications()), done);
    assert!(app.accepts(&tokens).await);
}

#[tokio::test]
async fn a_common_password_that_is_set_already_goes_on_to_sign_in() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    app.set_password(ada.id, COMMON_PASSWORD).await;
    app.sign_in.log_in(log_in(ADA, COMMON_PASSWORD)).await.unwrap();
    app.hasher.raise_cost();
    app.sign_in.log_in(log_in(ADA, COMMON_PASSWORD)).await.unwrap();
    assert_eq!(
        app.password_hash(ada.id).await,
        Some(app.hasher.hash_of(COMMON_PASSWORD))
    );
}
