//! A service of its own that lets in who is signed in to a Portcullis server.
//!
//! Settings: `PORTCULLIS_URL`, the server's address; `PORTCULLIS_ISSUER`, if it is not `portcullis`; `SECRET_KEY`, only
//! where the server signs by HS256; `LISTEN`, this service's own address; `RESOURCE`, the URI by which it is registered at
//! the server, if clients of OAuth call it.

use actix_web::{App, HttpServer, get, web};
use anyhow::Context as _;
use portcullis_verifier::actix::{AccessToken, Administrator};
use portcullis_verifier::actix::{ClientToken, Rejection};
use portcullis_verifier::{ProviderVerifier, Verifier};
use std::env;

/// For everybody who is signed in.
#[get("/greeting")]
async fn greeting(caller: AccessToken) -> String {
    format!("Hello, {}.\n", caller.claims().email)
}

/// For administrators.
#[get("/report")]
async fn report(administrator: Administrator) -> String {
    format!("The report for {}: all is well.\n", administrator.claims().email)
}

/// For clients that may read orders.
#[get("/orders")]
async fn orders(caller: ClientToken) -> Result<String, Rejection> {
    caller.require_scope("orders:read")?;
    Ok(format!("The orders, for {}.\n", caller.claims().client_id))
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let verifier = web::Data::new(verifier()?);
    let of_clients = provider_verifier()?.map(web::Data::new);
    let listen = setting("LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    // It listens at once. Until keys and revocations have arrived, callers are told to try again.
    let app = move || {
        let app = App::new().app_data(verifier.clone());
        let app = match &of_clients {
            Some(of_clients) => app.app_data(of_clients.clone()),
            None => app,
        };
        app.service(greeting).service(report).service(orders)
    };
    HttpServer::new(app)
        .bind(&listen)
        .with_context(|| format!("can't listen on {listen}"))?
        .run()
        .await?;
    Ok(())
}

fn server() -> String {
    setting("PORTCULLIS_URL").unwrap_or_else(|| "http://127.0.0.1:8000".to_owned())
}

/// Of tokens that clients were given for this service.
fn provider_verifier() -> anyhow::Result<Option<ProviderVerifier>> {
    let Some(resource) = setting("RESOURCE") else {
        return Ok(None);
    };
    let server = server();
    let verifier = Verifier::builder(&server).build_for_resource(resource);
    verifier
        .map(Some)
        .with_context(|| format!("can't verify tokens of clients of {server}"))
}

/// Of tokens of people.
fn verifier() -> anyhow::Result<Verifier> {
    let server = server();
    let mut builder = Verifier::builder(&server);
    if let Some(issuer) = setting("PORTCULLIS_ISSUER") {
        builder = builder.issuer(issuer);
    }
    if let Some(secret) = setting("SECRET_KEY") {
        builder = builder.shared_secret(secret.as_bytes());
    }
    builder
        .build()
        .with_context(|| format!("can't verify tokens of {server}"))
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
