//! Where the answers to apps may go, and where not: nothing goes to an address that is not the app's. The numbers of the rows are
//! those of the list of bad input.

use crate::authorization_requests::{PAGE, SHARED, TOOL, apps, assert_told};
use crate::relying_party::{Apps, REDIRECT, authorize};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn row_1_who_is_no_client_is_told_by_a_page() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        1,
        &[
            (&[("client_id", "nobody")][..], "page"),
            (&[("client_id", "off")], "page"),
            (&[("client_id", "")], "page"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_2_an_address_goes_without_saying_for_nobody() {
    let apps = &*SHARED.get(apps).await;
    assert_told(apps, 2, &[(&[("redirect_uri", "")], "page")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_an_address_of_others_that_looks_like_the_apps_is_none() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        3,
        &[
            (&[("redirect_uri", "https://shop.example.evil.example/cb")][..], "page"),
            (&[("redirect_uri", "https://shop.example@evil.example/cb")], "page"),
            (&[("redirect_uri", "https://evil.example\\@shop.example/cb")], "page"),
            (&[("redirect_uri", "https://shop.example/\tcb")], "page"),
            (&[("redirect_uri", "https://shop.example/cb\n")], "page"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_4_an_address_is_compared_byte_for_byte() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        4,
        &[
            (&[("redirect_uri", "https://shop.example/cb/../x")][..], "page"),
            (&[("redirect_uri", "https://shop.example/cb%2f..%2fx")], "page"),
            (&[("redirect_uri", "https://shop.example/cb%252f")], "page"),
            (&[("redirect_uri", "https://shop.example/cb/..;/")], "page"),
            (&[("redirect_uri", "https://SHOP.example/cb")], "page"),
            (&[("redirect_uri", "https://shop.example/CB")], "page"),
            (&[("redirect_uri", "https://shop.example:443/cb")], "page"),
            (&[("redirect_uri", "https://shop.example/cb/")], "page"),
            (&[("redirect_uri", "https://shop.example/cb?x=1")], "page"),
            (&[("redirect_uri", "https://shop.example/cb?")], "page"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_5_an_address_has_no_fragment() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        5,
        &[
            (&[("redirect_uri", "https://shop.example/cb#")][..], "page"),
            (&[("redirect_uri", "https://shop.example/cb#frag")], "page"),
        ],
    )
    .await;
    not_to_be_registered(apps, &["https://ok.example/cb#frag", "https://ok.example/cb#"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_an_address_that_runs_is_none() {
    let apps = &*SHARED.get(apps).await;
    assert_told(apps, 6, &[(&[("redirect_uri", "javascript:alert(1)")], "page")]).await;
    let schemes = [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://ok.example/x",
        "about:blank",
        "intent:x",
    ];
    not_to_be_registered(apps, &schemes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_a_scheme_of_ones_own_has_a_dot() {
    let apps = &*SHARED.get(apps).await;
    not_to_be_registered(apps, &["myapp:/cb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_8_an_address_without_tls_is_of_this_machine() {
    let apps = &*SHARED.get(apps).await;
    not_to_be_registered(apps, &["http://ok.example/cb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_9_a_program_of_the_machine_takes_any_port() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        9,
        &[(&[TOOL, ("redirect_uri", "http://127.0.0.1:49152/cb")], "sign in")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_a_program_of_the_machine_takes_nothing_else() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        10,
        &[
            (&[TOOL, ("redirect_uri", "http://127.0.0.1:49152/cb2")][..], "page"),
            (&[TOOL, ("redirect_uri", "http://127.0.0.1:49152/cb?a=b")], "page"),
            (&[TOOL, ("redirect_uri", "http://127.0.0.2:49152/cb")], "page"),
            (&[TOOL, ("redirect_uri", "http://[::1]:49152/cb")], "page"),
            (&[TOOL, ("redirect_uri", "http://0x7f.1:49152/cb")], "page"),
            (&[TOOL, ("redirect_uri", "http://2130706433:49152/cb")], "page"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_localhost_is_a_name_of_the_machine_for_programs() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        11,
        &[
            (&[TOOL, ("redirect_uri", "http://localhost:49152/cb")][..], "sign in"),
            (
                &[TOOL, ("redirect_uri", "http://localhost.evil.example:49152/cb")],
                "page",
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_page_has_the_port_that_it_registered() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        12,
        &[(&[PAGE, ("redirect_uri", "http://127.0.0.1:49152/cb")], "page")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_the_apps_own_query_is_kept_in_its_order() {
    let apps = &*SHARED.get(apps).await;
    let own = "https://tagged.example/cb?dummy1=lorem&dummy2=ipsum";
    let changes = [
        ("client_id", "tagged"),
        ("redirect_uri", own),
        ("scope", "openid"),
        ("prompt", "none"),
    ];
    let shown = apps.browser().open(&authorize(&changes)).await;
    let location = shown.location.unwrap();
    assert!(
        location.starts_with(&format!("{own}&error=login_required&")),
        "{location}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_who_asks_twice_is_told_by_a_page() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        15,
        &[
            (&[("client_id", "shop"), ("client_id", "shop")][..], "page"),
            (&[("redirect_uri", REDIRECT), ("redirect_uri", REDIRECT)], "page"),
        ],
    )
    .await;
}

/// Checks that a program of the machine, which may register most, may not register these.
async fn not_to_be_registered(apps: &Apps, uris: &[&str]) {
    for uri in uris {
        let client = json!({"client_id": "bad", "kind": "native", "redirect_uris": [uri], "scopes": ["openid"]});
        let refused = apps.root().post("/admin/clients", &client).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.pointers(), ["#/redirect_uris/0"], "{uri}: {refused:?}");
    }
}
