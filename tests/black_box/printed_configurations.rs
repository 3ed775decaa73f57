//! The configurations that `portcullis client create --framework` prints, run as they are printed. Those of programs that are
//! not here are held to the words of their documents, by a test of the command itself.

use crate::apache;
use crate::packages::{self, SOURCES};
use crate::provider::Provider;
use crate::system_programs::{free_port, start_at};
use std::fs;
use std::path::Path;

fn source(name: &str) -> String {
    fs::read_to_string(Path::new(SOURCES).join("relying_parties").join(name)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_auth_js_signs_in_with_what_is_printed() {
    let Some(packages) = packages::of_npm() else { return };
    let mut provider = Provider::start().await;
    let redirect_uri = format!("http://127.0.0.1:{}/api/auth/callback/portcullis", free_port());
    let printed = provider.printed("authjs", &redirect_uri);
    provider.file("auth.mjs", &printed);
    let package = r#"{"name": "next-auth", "type": "module", "exports": "./index.mjs"}"#;
    provider.file("node_modules/next-auth/package.json", package);
    provider.file("node_modules/next-auth/index.mjs", &source("next_auth.mjs"));
    provider.assert_served_with_node(packages, "printed.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_express_signs_in_with_what_is_printed() {
    let Some(packages) = packages::of_npm() else { return };
    let mut provider = Provider::start().await;
    let printed = provider.printed("express", &format!("http://127.0.0.1:{}/callback", free_port()));
    provider.file("app.mjs", &printed);
    provider.assert_served_with_node(packages, "printed.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_with_django_signs_in_with_what_is_printed() {
    let Some(programs) = packages::of_python() else { return };
    let mut provider = Provider::start().await;
    let redirect_uri = format!("http://127.0.0.1:{}/sso/callback", free_port());
    let printed = provider.printed("django", &redirect_uri);
    provider.tell_all("printed", &printed);
    provider.assert_served_with_python(&programs, "printed_django.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_behind_apache_is_guarded_by_what_is_printed() {
    let (Some(packages), Some(program)) = (packages::of_npm(), apache::program()) else {
        return;
    };
    let mut provider = Provider::start().await;
    let port = free_port();
    let printed = provider.printed("mod_auth_openidc", &format!("http://127.0.0.1:{port}/private/callback"));
    let folder = tempfile::tempdir().unwrap();
    provider.serves().await;
    let command = apache::command(&program, folder.path(), port, &printed);
    let _running = start_at(port, folder.path(), command).await;
    provider.assert_served_with_node(packages, "printed.mjs").await;
}
