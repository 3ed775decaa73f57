//! TLS to PostgreSQL, by the modes of the URL.

use crate::databases::{Postgres, Server, open};
use portcullis_application::ports::{Store, StoreError};
use portcullis_domain::Email;
use portcullis_storage::{Database, DatabaseOptions, DieselStore, OpenError};
use std::env;
use std::path::PathBuf;
use std::sync::Arc;

/// A database on a server, and the certificate of the authority that signed the server's.
async fn database_and_authority() -> Option<(Postgres, PathBuf)> {
    Server::find()?;
    let variable = "PORTCULLIS_TEST_POSTGRES_CA";
    let Some(authority) = env::var_os(variable) else {
        assert!(env::var_os("CI").is_none(), "{variable} must name a file");
        eprintln!("skipped: {variable} names no file");
        return None;
    };
    let postgres = Postgres::migrated(&DatabaseOptions::default()).await?;
    Some((postgres, authority.into()))
}

async fn open_with(postgres: &Postgres, parameters: &str) -> Result<Database, OpenError> {
    // The certificate names the host.
    let url = postgres
        .server
        .url_of(&postgres.name)
        .replace("@127.0.0.1", "@localhost");
    open(&format!("{url}&{parameters}"), &DatabaseOptions::default()).await
}

/// Opens the database with some parameters, reads, and tells whether the pool's connections are encrypted.
async fn is_encrypted_with(postgres: &Postgres, parameters: &str) -> bool {
    let here = postgres.database.clone();
    tokio::task::spawn_blocking(move || here.close()).await.unwrap();
    postgres.server.end_connections_to(&postgres.name).await;
    let database = open_with(postgres, parameters).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let nobody = Email::parse("nobody@example.com").unwrap();
    let found = store.read(move |repositories| repositories.users().find_by_email(&nobody));
    assert!(Result::<_, StoreError>::unwrap(found.await).is_none());
    let encrypted = postgres.server.encryption_of(&postgres.name).await;
    tokio::task::spawn_blocking(move || database.close()).await.unwrap();
    let (first, others) = encrypted.split_first().unwrap();
    assert!(others.iter().all(|other| other == first));
    *first
}

async fn refusal_with(postgres: &Postgres, parameters: &str) -> String {
    open_with(postgres, parameters).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn disable_sends_in_clear_and_all_other_modes_encrypt() {
    let Some((postgres, authority)) = database_and_authority().await else {
        return;
    };
    let authority = authority.display();
    assert!(!is_encrypted_with(&postgres, "sslmode=disable").await);
    for parameters in [
        "connect_timeout=5".to_owned(),
        "sslmode=prefer".to_owned(),
        "sslmode=require".to_owned(),
        format!("sslmode=require&sslrootcert={authority}"),
        format!("sslmode=verify-ca&sslrootcert={authority}"),
        format!("sslmode=verify-full&sslrootcert={authority}"),
    ] {
        assert!(is_encrypted_with(&postgres, &parameters).await, "{parameters}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_authority_is_refused_by_the_verifying_modes() {
    let Some((postgres, _)) = database_and_authority().await else {
        return;
    };
    let other = format!("{}/tests/it/another_authority.pem", env!("CARGO_MANIFEST_DIR"));
    for parameters in [
        format!("sslmode=verify-full&sslrootcert={other}"),
        format!("sslmode=verify-ca&sslrootcert={other}"),
        format!("sslmode=require&sslrootcert={other}"),
        // The system's own authorities did not sign a scratch server's certificate either.
        "sslmode=verify-full".to_owned(),
    ] {
        let refusal = refusal_with(&postgres, &parameters).await;
        assert!(refusal.contains("certificate"), "{parameters}: {refusal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_refused_by_verify_full_alone() {
    let Some((postgres, authority)) = database_and_authority().await else {
        return;
    };
    let url = postgres.server.url_of(&postgres.name);
    let elsewhere = url
        .replace("@localhost", "@elsewhere.example")
        .replace("@127.0.0.1", "@elsewhere.example");
    let open_elsewhere = async |mode: &str| {
        let parameters = format!("hostaddr=127.0.0.1&sslmode={mode}&sslrootcert={}", authority.display());
        open(&format!("{elsewhere}&{parameters}"), &DatabaseOptions::default()).await
    };
    let refusal = open_elsewhere("verify-full").await.unwrap_err().to_string();
    assert!(refusal.contains("elsewhere.example"), "{refusal}");
    open_elsewhere("verify-ca").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_certificates_is_named() {
    let Some((postgres, _)) = database_and_authority().await else {
        return;
    };
    let file = format!("{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    let refusal = refusal_with(&postgres, &format!("sslmode=verify-full&sslrootcert={file}")).await;
    assert!(refusal.contains(&file), "{refusal}");
}
