//! Servers that are not there yet, and those of this machine that have no address.

use crate::databases::{Postgres, open};
use crate::servers::{assert_one_line, on_its_thread};
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixListener};

/// Little time to wait for a server that does not answer yet.
fn impatient() -> DatabaseOptions {
    DatabaseOptions {
        connect_timeout: Duration::from_secs(1),
        ..DatabaseOptions::default()
    }
}

/// A name that is not there yet, and a socket that is not, wait as a closed port does.
#[test]
fn a_host_that_does_not_resolve_and_a_socket_that_is_not_there_are_tried_again_until_the_limit() {
    for (url, text) in [
        ("postgres://u:p@portcullis.invalid/db", "portcullis.invalid"),
        ("postgres://u:p@%2Fnowhere%2Fat-all/db", "/nowhere/at-all"),
        ("postgres://u:p@/db?host=/nowhere/at-all", "/nowhere/at-all"),
    ] {
        let began = Instant::now();
        let refusal = Database::open(&DatabaseUrl::parse(url).unwrap(), &impatient()).unwrap_err();
        assert_one_line(&refusal, &[text, "can't be opened", "check that it runs"]);
        assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
    }
}

/// A proxy whose server is not there yet takes connections, and closes them.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_without_a_word_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://u:p@{}/db?sslmode=disable", listener.local_addr().unwrap());
    let opening = tokio::spawn(async move { open(&url, &impatient()).await.err().unwrap() });
    for _ in 0..2 {
        let accepted = tokio::time::timeout(Duration::from_secs(10), listener.accept()).await;
        let (mut client, _) = accepted.unwrap().unwrap();
        // What is left unread would make a reset of the end.
        assert!(client.read(&mut [0; 1024]).await.unwrap() > 0);
    }
    drop(listener);
    assert_one_line(&opening.await.unwrap(), &["can't be opened"]);
}

/// The time may be over in the middle of an attempt, which then knows nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_reason_is_told_when_the_time_is_over() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://u:p@{}/db?sslmode=disable", listener.local_addr().unwrap());
    let opening = tokio::spawn(async move { open(&url, &impatient()).await.err().unwrap() });
    let (mut client, _) = listener.accept().await.unwrap();
    assert!(client.read(&mut [0; 1024]).await.unwrap() > 0);
    drop(client);
    let _silent = listener.accept().await.unwrap();
    let refusal = opening.await.unwrap();
    assert_one_line(&refusal, &["connection closed", "check that it runs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_socket_it_makes_no_difference_what_is_asked_of_tls() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let url = postgres.server.url_of(&postgres.name);
    let (user, rest) = url.split_once('@').unwrap();
    let (address, _) = rest.split_once('/').unwrap();
    let address = address.to_owned();
    let folder = tempfile::TempDir::new().unwrap();
    let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&address).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    let socket = folder.path().display().to_string().replace('/', "%2F");
    for mode in ["disable", "prefer", "require", "verify-ca", "verify-full"] {
        // The server behind the socket speaks TLS, and would be asked for it.
        let url = format!(
            "{user}@{socket}/{}?sslmode={mode}&sslrootcert=/nowhere/ca.pem",
            postgres.name
        );
        let database = open(&url, &DatabaseOptions::default()).await.unwrap();
        on_its_thread(&database, Database::check_schema).await.unwrap();
        let encrypted = postgres.server.encryption_of(&postgres.name).await;
        assert!(
            encrypted.iter().all(|is_encrypted| !is_encrypted),
            "{mode}: {encrypted:?}"
        );
        on_its_thread(&database, Database::close).await;
    }
}
