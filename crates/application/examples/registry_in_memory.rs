//! How much memory ten thousand clients take, and how long a start reads them: `cargo run --release -p
//! portcullis-application --example registry_in_memory`. On Linux.
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a measurement says that something is wrong"
)]

use portcullis_domain::ClientKind;
use portcullis_oauth2::RedirectUri;
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{client, client_secret};
use std::time::Instant;

const CLIENTS: u32 = 10_000;

#[tokio::main]
async fn main() {
    let app = TestApp::new();
    let added = app.store.write(|repositories| {
        let stamp = repositories.clients().begin_change()?;
        for number in 0..CLIENTS {
            let mut made = client(&format!("client-{number}"), ClientKind::Web);
            let other = format!("https://client-{number}.example.com/a/rather/long/callback");
            made.settings.redirect_uris.insert(RedirectUri::parse(&other).unwrap());
            repositories.clients().insert(&made, stamp)?;
            let mut secret = client_secret(0);
            secret.id = portcullis_domain::ClientSecretId::from(made.id.as_uuid());
            repositories.clients().insert_secret(made.id, &secret)?;
        }
        Ok::<_, portcullis_application::ports::StoreError>(())
    });
    added.await.unwrap();
    let (before, began) = (resident(), Instant::now());
    app.upkeep.begin().await.unwrap();
    let (took, after) = (began.elapsed(), resident());
    let registry = app.client_authentication.registry().unwrap();
    assert_eq!(registry.clients().count(), usize::try_from(CLIENTS).unwrap());
    let kibibytes = after.saturating_sub(before);
    eprintln!("{CLIENTS} clients: {kibibytes} KiB more, read in {took:?}");
}

/// The resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
