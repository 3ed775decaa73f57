//! What holds for the search of users.

use super::walk::walk;
use super::{add, write};
use crate::build::{email, full_name, user};
use portcullis_application::ports::{Store, UserFilter, UserQuery, search_text};
use portcullis_domain::User;
use std::collections::BTreeSet;
use std::sync::Arc;

/// In any script that has it; the others are found as they are written.
pub async fn letter_case_does_not_count_in_any_script(store: &Arc<dyn Store>) {
    let names = [
        "홍길동 대표",
        "Дом Культуры",
        "İnci Işık",
        "École Straße",
        "ΟΔΥΣΣΕΥΣ Θεός",
        "Περσεύς",
        "Joseﬁne",
        "ＢＯＢ",
        "山田 太郎",
        "\u{1f469}\u{200d}\u{1f680} Rocket",
        "Ada LOVELACE",
    ];
    add_named(store, &names).await;
    for (query, found) in [
        ("길동", "홍길동 대표"),
        ("홍길동", "홍길동 대표"),
        // One character, as many a family name has.
        ("홍", "홍길동 대표"),
        ("山", "山田 太郎"),
        ("\u{1112}\u{1169}\u{11bc}", "홍길동 대표"),
        ("王", ""),
        ("дом", "Дом Культуры"),
        ("ДОМ КУЛЬТ", "Дом Культуры"),
        // All kinds of I are one.
        ("İNCI", "İnci Işık"),
        ("inci", "İnci Işık"),
        ("ıncı", "İnci Işık"),
        ("ışık", "İnci Işık"),
        ("IŞIK", "İnci Işık"),
        ("işık", "İnci Işık"),
        ("isik", ""),
        ("ÉCOLE", "École Straße"),
        ("ecole", ""),
        // In parts, as some systems write them.
        ("E\u{301}cole", "École Straße"),
        ("\u{1100}\u{1175}\u{11af}\u{1103}\u{1169}\u{11bc}", "홍길동 대표"),
        ("strasse", "École Straße"),
        ("STRASSE", "École Straße"),
        ("STRAßE", "École Straße"),
        ("θεός", "ΟΔΥΣΣΕΥΣ Θεός"),
        ("ΘΕΌΣ", "ΟΔΥΣΣΕΥΣ Θεός"),
        ("οδυσσευς", "ΟΔΥΣΣΕΥΣ Θεός"),
        // The sigma that ends the query does not end the word.
        ("ΠΕΡΣ", "Περσεύς"),
        ("ΠΕΡΣΕΎΣ", "Περσεύς"),
        ("fine", "Joseﬁne"),
        ("JOSEF", "Joseﬁne"),
        ("bob", "ＢＯＢ"),
        ("ｌｏｖｅ", "Ada LOVELACE"),
        ("太郎", "山田 太郎"),
        ("\u{1f680} rOCK", "\u{1f469}\u{200d}\u{1f680} Rocket"),
        ("ada lovelace", "Ada LOVELACE"),
        ("LOVE", "Ada LOVELACE"),
        ("love  lace", ""),
    ] {
        let expected: Vec<_> = (!found.is_empty()).then(|| found.to_owned()).into_iter().collect();
        assert_eq!(names_found(store, query).await, expected, "{query:?}");
    }
}

/// Neither for a database that matches patterns nor for one that reads SQL.
pub async fn no_character_of_a_query_stands_for_others(store: &Arc<dyn Store>) {
    let names = [
        "100% sure",
        "100x sure",
        "snake_case",
        "snakeXcase",
        "back\\slash",
        "back\\\\slash",
        "O'Brien \"x\"",
        "O''Brien",
        "a*b?c[d]",
        "[a-z] {1,2} ^$ (.+)|",
        "semi;colon -- x",
    ];
    add_named(store, &names).await;
    for (query, expected) in [
        ("0%", &["100% sure"][..]),
        ("%", &["100% sure"]),
        ("_", &["snake_case"]),
        ("\\", &["back\\\\slash", "back\\slash"]),
        ("?", &["a*b?c[d]"]),
        ("%%", &[]),
        ("%s", &[]),
        ("100%", &["100% sure"]),
        ("e_c", &["snake_case"]),
        ("__", &[]),
        ("k\\s", &["back\\slash"]),
        ("\\\\", &["back\\\\slash"]),
        ("\\%", &[]),
        ("\\_", &[]),
        ("o'b", &["O'Brien \"x\""]),
        ("''", &["O''Brien"]),
        ("\"x\"", &["O'Brien \"x\""]),
        ("*b?", &["a*b?c[d]"]),
        ("[a", &["[a-z] {1,2} ^$ (.+)|"]),
        ("(.+)|", &["[a-z] {1,2} ^$ (.+)|"]),
        ("..", &[]),
        (".+", &["[a-z] {1,2} ^$ (.+)|"]),
        ("; -- ", &[]),
        ("' OR '1'='1", &[]),
        ("n --", &["semi;colon -- x"]),
    ] {
        let expected: Vec<_> = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(names_found(store, query).await, expected, "{query:?}");
    }
}

/// Any part of either: their beginning, middle and end, and all of it.
pub async fn a_query_is_any_part_of_the_address_or_of_the_name(store: &Arc<dyn Store>) {
    let ada = User {
        full_name: full_name("Augusta Ada King"),
        ..user("countess.of@lovelace.test")
    };
    add(store, &ada, &[]).await;
    add(store, &user("bystander@x.test"), &[]).await;
    for part in [
        "countess",
        "s.of@l",
        "ce.test",
        "countess.of@lovelace.test",
        "aug",
        "ta ada k",
        "king",
        "augusta ada king",
    ] {
        assert_eq!(names_found(store, part).await, ["Augusta Ada King"], "{part}");
    }
    // Neither from one to the other nor with what stands between them in the store.
    for none in ["test augusta", "testaugusta", "test\\naugusta", "kingcountess", "tt"] {
        assert_eq!(names_found(store, none).await, Vec::<String>::new(), "{none}");
    }
}

/// As long as an address or a name can be, also one of letters that fold to up to eighteen each.
pub async fn a_query_may_be_as_long_as_what_it_looks_for(store: &Arc<dyn Store>) {
    let address = |first: &str| format!("{}@{}.test", first.repeat(60), "b".repeat(60));
    let squares: String = ('\u{3300}'..='\u{3357}').chain(['\u{fdfa}'; 12]).collect();
    for (address, name) in [
        (address("a"), "한".repeat(100)),
        (address("c"), "\u{fdfa}".repeat(100)),
        (address("d"), squares),
    ] {
        let long = User {
            full_name: full_name(&name),
            ..user(&address)
        };
        add(store, &long, &[]).await;
        for query in [address, name.clone()] {
            assert_eq!(names_found(store, &query).await, std::slice::from_ref(&name));
        }
    }
    assert_eq!(names_found(store, &"a".repeat(320)).await, Vec::<String>::new());
}

/// The former name and the former address find nobody.
pub async fn a_search_follows_what_a_user_is_called(store: &Arc<dyn Store>) {
    let before = user("before@x.test");
    add(store, &before, &[]).await;
    let after = User {
        email: email("after@x.test"),
        full_name: full_name("Графиня"),
        ..before
    };
    let update = after.clone();
    let updated = write(store, move |repositories| repositories.users().update(&update));
    assert!(updated.await.unwrap());
    for found in ["after@x.test", "ГРАФИНЯ"] {
        assert_eq!(names_found(store, found).await, ["Графиня"], "{found}");
    }
    for gone in ["before", "ada lovelace"] {
        assert_eq!(names_found(store, gone).await, Vec::<String>::new(), "{gone}");
    }
}

async fn add_named(store: &Arc<dyn Store>, names: &[&str]) {
    for (number, name) in names.iter().enumerate() {
        let user = User {
            full_name: full_name(name),
            ..user(&format!("u{number}@e.example"))
        };
        add(store, &user, &[]).await;
    }
}

/// The names of those that the query finds, sorted. Each of them has it, as the port says what that means.
async fn names_found(store: &Arc<dyn Store>, query: &str) -> Vec<String> {
    let query = UserQuery::parse(query).unwrap();
    let filter = UserFilter {
        query: Some(query.clone()),
        ..UserFilter::default()
    };
    let found = walk(store, 3, move |repositories, request| {
        repositories.users().list(&filter, request)
    });
    let found = found.await;
    for user in &found {
        assert!(search_text(user).contains(query.as_str()), "{query:?} found {user:?}");
    }
    let names: BTreeSet<_> = found.iter().map(|user| user.full_name.as_str().to_owned()).collect();
    assert_eq!(names.len(), found.len());
    names.into_iter().collect()
}
