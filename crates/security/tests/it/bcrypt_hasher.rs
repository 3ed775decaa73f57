//! The password hasher behind its port.

use crate::fixtures::hasher;
use portcullis_domain::{Password, PasswordHash, PasswordPolicy, PresentedPassword, SecretText};
use std::sync::Arc;

fn password(text: &str) -> Password {
    Password::parse(SecretText::new(text.to_owned()), PasswordPolicy::default()).unwrap()
}

fn presented(text: &str) -> PresentedPassword {
    PresentedPassword::new(SecretText::new(text.to_owned()))
}

#[tokio::test]
async fn a_password_matches_its_own_hash_only() {
    let hasher = hasher(4);
    let hash = hasher.hash(&password("correct horse")).await.unwrap();
    assert!(hash.expose().starts_with("$2b$04$"), "{}", hash.expose());
    assert!(hasher.verify(&presented("correct horse"), Some(&hash)).await.unwrap());
    assert!(!hasher.verify(&presented("correct horsf"), Some(&hash)).await.unwrap());
    assert!(!hasher.verify(&presented("correct horse "), Some(&hash)).await.unwrap());
    assert!(!hasher.verify(&presented("Correct horse"), Some(&hash)).await.unwrap());
}

#[tokio::test]
async fn equal_passwords_have_different_hashes() {
    let hasher = hasher(4);
    for text in ["correct horse", &"correct horse ".repeat(8)] {
        let one = hasher.hash(&password(text)).await.unwrap();
        let other = hasher.hash(&password(text)).await.unwrap();
        assert_ne!(one.expose(), other.expose());
    }
}

#[tokio::test]
async fn nothing_matches_where_there_is_no_hash_or_no_possible_password() {
    let hasher = hasher(4);
    assert!(!hasher.verify(&presented("correct horse"), None).await.unwrap());
    let hash = hasher.hash(&password("correct horse")).await.unwrap();
    for text in ["", "correct horse\0", "correct\0horse", &"x".repeat(513)] {
        assert!(!hasher.verify(&presented(text), Some(&hash)).await.unwrap(), "{text:?}");
        assert!(!hasher.verify(&presented(text), None).await.unwrap(), "{text:?}");
    }
}

#[tokio::test]
async fn a_damaged_hash_matches_nothing_and_is_not_outdated() {
    let hasher = hasher(4);
    for text in [
        "",
        "x",
        "null",
        "$2b$04$",
        "$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOé",
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$bcrypt-sha256$v=2,t=2b,r=31$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
    ] {
        let hash = PasswordHash::new(text.to_owned());
        assert!(
            !hasher.verify(&presented("password"), Some(&hash)).await.unwrap(),
            "{text}"
        );
        assert!(!hasher.is_outdated(&hash), "{text}");
    }
}

#[tokio::test]
async fn a_hash_of_a_lower_cost_is_outdated() {
    let (weaker, stronger) = (hasher(4), hasher(5));
    for text in ["correct horse", &"correct horse ".repeat(8)] {
        let weak = weaker.hash(&password(text)).await.unwrap();
        let strong = stronger.hash(&password(text)).await.unwrap();
        assert!(stronger.is_outdated(&weak));
        assert!(!stronger.is_outdated(&strong));
        assert!(!weaker.is_outdated(&strong));
        assert!(stronger.verify(&presented(text), Some(&weak)).await.unwrap());
    }
}

#[tokio::test]
async fn hashes_agree_with_the_crate_bcrypt() {
    let hasher = hasher(4);
    for text in ["12345678", "비밀번호여덟글자", &"x".repeat(71)] {
        let made = hasher.hash(&password(text)).await.unwrap();
        assert!(bcrypt::verify(text, made.expose()).unwrap(), "{text}");
        assert!(!bcrypt::verify(format!("{text}x"), made.expose()).unwrap(), "{text}");
    }
    for text in ["x", "12345678", &"x".repeat(71), &"x".repeat(72)] {
        for version in ["2a", "2b", "2y"] {
            let theirs = bcrypt::hash_with_result(text, 5).unwrap().to_string();
            let theirs = PasswordHash::new(theirs.replace("$2b$", &format!("${version}$")));
            assert!(hasher.verify(&presented(text), Some(&theirs)).await.unwrap(), "{text}");
            let other = format!("y{}", &text[1..]);
            assert!(
                !hasher.verify(&presented(&other), Some(&theirs)).await.unwrap(),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn what_the_crate_bcrypt_cuts_off_or_takes_with_a_nul_is_refused() {
    let hasher = hasher(4);
    let seventy_two = "x".repeat(72);
    let hash = PasswordHash::new(bcrypt::hash(&seventy_two, 4).unwrap());
    let longer = format!("{seventy_two}y");
    assert!(bcrypt::verify(&longer, hash.expose()).unwrap());
    assert!(!hasher.verify(&presented(&longer), Some(&hash)).await.unwrap());
    let with_nul = PasswordHash::new(bcrypt::hash("correct\0horse", 4).unwrap());
    for text in ["correct", "correct\0horse"] {
        assert!(
            !hasher.verify(&presented(text), Some(&with_nul)).await.unwrap(),
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn many_at_once_are_told_apart() {
    let hasher = hasher(4);
    let stored: Vec<_> = side_by_side((0..40).map(|number| {
        let hasher = Arc::clone(&hasher);
        async move { hasher.hash(&password(&format!("password {number}"))).await.unwrap() }
    }))
    .await;
    let verdicts = side_by_side((0..40).map(|number| {
        let hasher = Arc::clone(&hasher);
        let hash = stored[number / 2 * 2].clone();
        async move {
            let candidate = presented(&format!("password {number}"));
            hasher.verify(&candidate, Some(&hash)).await.unwrap()
        }
    }))
    .await;
    let expected: Vec<bool> = (0..40).map(|number| number % 2 == 0).collect();
    assert_eq!(verdicts, expected);
}

/// Runs all side by side; what they give, in order.
async fn side_by_side<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = futures.map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}
