//! A service of its own that lets in who is signed in to a Portcullis server.
//!
//! Settings: `PORTCULLIS_URL`, the server's address; `PORTCULLIS_ISSUER`, if it is not `portcullis`; `SECRET_KEY`, only
//! where the server signs by HS256; `LISTEN`, this service's own address.

use actix_web::{App, HttpServer, get, web};
use anyhow::Context as _;
use portcullis_verifier::Verifier;
use portcullis_verifier::actix::{AccessToken, Administrator};
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

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let verifier = web::Data::new(verifier()?);
    let listen = setting("LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    // It listens at once. Until keys and revocations have arrived, callers are told to try again.
    HttpServer::new(move || App::new().app_data(verifier.clone()).service(greeting).service(report))
        .bind(&listen)
        .with_context(|| format!("can't listen on {listen}"))?
        .run()
        .await?;
    Ok(())
}

fn verifier() -> anyhow::Result<Verifier> {
    let server = setting("PORTCULLIS_URL").unwrap_or_else(|| "http://127.0.0.1:8000".to_owned());
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
