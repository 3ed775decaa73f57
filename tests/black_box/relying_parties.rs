//! Libraries and programs of others that sign people in by the provider.

use crate::apache;
use crate::packages;
use crate::provider::Provider;
use crate::system_programs::{find, free_port, start_at};

/// Where nobody listens: the programs read the provider's answer themselves.
const CALLBACK: &str = "http://127.0.0.1:9/callback";

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_signs_in_to_two_web_apps_and_a_native_one() {
    let Some(packages) = packages::of_npm() else { return };
    let mut provider = Provider::start().await;
    provider.app("shop", "web", CALLBACK, &[]);
    provider.app("till", "web", CALLBACK, &["--id-token-alg", "ES256"]);
    provider.app("terminal", "native", "http://127.0.0.1/callback", &[]);
    // An app on a person's machine takes whatever port is free (RFC 8252, section 7.3).
    provider.tell("terminal", "redirect_uri", "http://127.0.0.1:49152/callback");
    provider.assert_served_with_node(packages, "openid_client.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth4webapi_signs_in_with_a_key_of_its_own() {
    let Some(packages) = packages::of_npm() else { return };
    let mut provider = Provider::start().await;
    let arguments = [
        "--kind",
        "web",
        "--redirect-uri",
        CALLBACK,
        "--scope",
        "openid profile email",
    ];
    provider.client_with_key("ledger", &arguments);
    provider.tell("ledger", "redirect_uri", CALLBACK);
    provider.assert_served_with_node(packages, "oauth4webapi.mjs").await;
}

/// Modules of the OpenID Foundation's plans, by a program of ours.
#[tokio::test(flavor = "multi_thread")]
async fn the_modules_of_the_basic_plan_of_openid_connect_are_passed() {
    let Some(packages) = packages::of_npm() else { return };
    let mut provider = Provider::start().await;
    for id in ["first", "second", "posting"] {
        // The plan sends no code challenge.
        provider.app(id, "web", CALLBACK, &["--pkce", "optional"]);
    }
    provider.assert_served_with_node(packages, "basic_plan.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_auth_js_signs_in_and_stays_signed_in() {
    let Some(packages) = packages::of_npm() else { return };
    let mut provider = Provider::start().await;
    let callback = format!("http://127.0.0.1:{}/auth/callback/portcullis", free_port());
    provider.app("auth-js", "web", &callback, &[]);
    provider.assert_served_with_node(packages, "auth_js.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_page_app_with_oidc_client_ts_signs_in_by_redirect_and_by_popup() {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    let mut provider = Provider::start().await;
    let origin = format!("http://localhost:{}", free_port());
    let popup = format!("{origin}/popup.html");
    let further = ["--redirect-uri", &popup, "--origin", &origin];
    provider.app("browser-app", "spa", &format!("{origin}/callback.html"), &further);
    provider.tell_all("chromium", chromium.to_str().unwrap());
    provider.assert_served_with_node(packages, "oidc_client_ts.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_software_with_authlib_signs_in_without_pkce() {
    let Some(programs) = packages::of_python() else { return };
    let mut provider = Provider::start().await;
    provider.app("diary", "web", CALLBACK, &["--pkce", "optional"]);
    provider.assert_served_with_python(&programs, "authlib_client.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apache_lets_in_whom_the_provider_names() {
    let (Some(packages), Some(program)) = (packages::of_npm(), apache::program()) else {
        return;
    };
    let mut provider = Provider::start().await;
    for response_mode in ["query", "form_post"] {
        let id = format!("apache-{response_mode}");
        let port = free_port();
        provider.app(&id, "web", &format!("http://127.0.0.1:{port}/private/callback"), &[]);
        provider.tell_all("client", &id);
        let folder = tempfile::tempdir().unwrap();
        let values = [
            ("port", port.to_string()),
            ("issuer", provider.issuer().to_owned()),
            ("client_id", id.clone()),
            ("client_secret", provider.secret(&id).to_owned()),
            ("response_mode", response_mode.to_owned()),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let command = apache::command(&program, folder.path(), port, &apache::site(&values));
        let _running = start_at(port, folder.path(), command).await;
        provider.assert_served_with_node(packages, "behind_apache.mjs").await;
    }
}
