//! Services of others that get tokens for themselves, and an API of others that believes them.

use crate::packages;
use crate::provider::Provider;

const RESOURCE: &str = "https://orders.example.org";

#[tokio::test(flavor = "multi_thread")]
async fn services_get_tokens_in_every_way_and_an_api_checks_them() {
    let Some(packages) = packages::of_npm() else { return };
    let mut provider = Provider::start().await;
    let service = ["--kind", "service", "--scope", "orders:read"];
    provider.client("orders-api", &["--kind", "service"]);
    let resource = ["resource", "create", RESOURCE, "--json", "--name", "Orders"];
    let scopes = [
        "--scope",
        "orders:read=Read orders",
        "--scope",
        "orders:write=Change orders",
    ];
    provider.command(&[&resource[..], &["--owner", "orders-api"], &scopes].concat());
    provider.client_with_key("robot", &service);
    for id in ["worker-basic", "worker-form"] {
        provider.client(id, &service);
    }
    provider.tell_all("resource", RESOURCE);
    provider.assert_served_with_node(packages, "services.mjs").await;
}
