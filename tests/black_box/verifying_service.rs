//! Other services that check tokens by themselves: the verifier crate, and the example that is made with it.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::{Client, PASSWORD, Tokens};
use crate::doors::Doors;
use crate::genuine_token::part;
use crate::on_both_databases;
use crate::process::{Killed, program};
use crate::system_programs::start;
use portcullis_verifier::{Verifier, VerifyError};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

on_both_databases!(
    the_verifier_follows_revocations_and_rotations,
    the_verifier_refuses_no_valid_token_of_a_key_that_is_new,
    the_example_service_follows_revocations_and_rotations,
    a_service_that_shares_the_secret_verifies_by_it,
);

/// How long a service may take to learn of a revocation: half of the time for which it waits for news before it asks
/// again.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);

/// Far more than another key takes to sign. Less than the minute after which the verifier fetches keys once more.
const PATIENCE: Duration = Duration::from_secs(30);

fn verifier(app: &TestApp) -> Verifier {
    Verifier::builder(format!("http://{}", app.address())).build().unwrap()
}

/// Rotates the keys; the tokens that the new one signs.
async fn rotated(app: &TestApp, tokens: &Tokens) -> Tokens {
    let signs = app.run(&["keys", "rotate"]).json()["kid"].clone();
    let mut next = tokens.clone();
    let begun = Instant::now();
    while part(&next.access, 0)["kid"] != signs {
        assert!(begun.elapsed() < Duration::from_secs(30));
        next = Tokens::of(&app.anonymous().refresh(&next.refresh).await);
    }
    next
}

async fn the_verifier_follows_revocations_and_rotations(mut app: TestApp) {
    app.restart(&[("ALGORITHM", "EdDSA")]);
    let verifier = verifier(&app);
    verifier.ready().await;
    let eve = app.anonymous().signed_in("eve@example.org").await;
    let mut ada = app.anonymous().signed_in("ada@example.org").await;
    for _ in 0..3 {
        let claims = verifier.verify(&ada.access).await.unwrap();
        assert_eq!(
            claims.user_id.to_string(),
            part(&ada.access, 1)["sub"].as_str().unwrap()
        );
        let next = rotated(&app, &ada).await;
        verifier.verify(&ada.access).await.expect("a token of the key before");
        ada = next;
    }
    verifier.verify(&eve.access).await.expect("she is signed in");
    assert_eq!(app.anonymous().log_out(&eve.refresh).await.status, 204);
    let ended = Instant::now();
    loop {
        let is_late = ended.elapsed() >= KNOWN_WITHIN;
        match verifier.verify(&eve.access).await {
            Err(VerifyError::Revoked) => break,
            answer => assert!(!is_late, "{answer:?}"),
        }
        sleep(Duration::from_millis(5)).await;
    }
    verifier.verify(&ada.access).await.expect("nobody else was signed out");
}

/// What a verifier has answered so far, by the algorithms of the tokens: whether it accepted the token.
type Judged = Vec<(String, bool)>;

/// Refreshes at one door all the time, and has each token checked at once, as long as somebody follows it.
async fn judge(door: Client, verifier: Verifier, mut tokens: Tokens, judged: watch::Sender<Judged>) {
    while !judged.is_closed() {
        tokens = Tokens::of(&door.refresh(&tokens.refresh).await);
        let header = part(&tokens.access, 0);
        let is_accepted = match verifier.verify(&tokens.access).await {
            Ok(_) => true,
            Err(VerifyError::Unavailable) => false,
            Err(error) => panic!("{error}: {header}"),
        };
        let algorithm = header["alg"].as_str().unwrap().to_owned();
        judged.send_modify(|judged| judged.push((algorithm, is_accepted)));
    }
}

/// The keys come from one server, the tokens from the other.
async fn the_verifier_refuses_no_valid_token_of_a_key_that_is_new(app: TestApp) {
    let doors = Doors::to(&app);
    let verifier = Verifier::builder(format!("http://{}", doors.nth(1).address()))
        .shared_secret(SECRET_KEY.as_bytes())
        .build()
        .unwrap();
    verifier.ready().await;
    let tokens = doors.nth(0).signed_in("ada@example.org").await;
    let (sender, mut judged) = watch::channel(Judged::new());
    let judge = tokio::spawn(judge(doors.nth(0).clone(), verifier, tokens, sender));
    for algorithm in ["EdDSA", "ES256", "HS256"] {
        let rotated = block_in_place(|| app.run(&["keys", "rotate", "--algorithm", algorithm])).json();
        assert_eq!(rotated["algorithm"], algorithm);
        let signs = judged.wait_for(|judged| judged.last().is_some_and(|(last, _)| last == algorithm));
        let signs = timeout(PATIENCE, signs).await;
        // An error says that the judge has failed; it tells why below.
        if signs.expect("another algorithm still signs").is_err() {
            break;
        }
    }
    let all = judged.borrow().clone();
    drop(judged);
    judge.await.unwrap();
    let accepted = |algorithm: &str| all.iter().all(|(of, is_accepted)| of != algorithm || *is_accepted);
    assert!(accepted("HS256"));
    assert!(accepted("EdDSA"), "its key was fetched for the first of them");
    assert!(!accepted("ES256"), "the fetch of the minute was spent");
}

/// The example, as somebody else's service runs it.
struct Example {
    client: Client,
    _running: Killed,
    _folder: TempDir,
}

impl Example {
    /// One that has caught up: until it knows of keys and revocations it asks the bearers of genuine tokens to come
    /// again.
    async fn beside(app: &TestApp, secret: Option<&str>, access: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (running, listens) = start(folder.path(), |port| {
            let mut command = Command::new(program("verifying-service"));
            command
                .env_clear()
                .env("PORTCULLIS_URL", format!("http://{}", app.address()))
                .env("LISTEN", SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string())
                .envs(secret.map(|secret| ("SECRET_KEY", secret)));
            command
        })
        .await;
        let example = Self {
            client: Client::new(listens),
            _running: running,
            _folder: folder,
        };
        let begun = Instant::now();
        while example.greeting(access).await == 503 {
            assert!(begun.elapsed() < Duration::from_secs(20));
            sleep(Duration::from_millis(20)).await;
        }
        example
    }

    async fn greeting(&self, access: &str) -> u16 {
        self.client.with_token(access).get("/greeting").await.status
    }

    /// Fails the test unless the service refuses a token within the time that it has.
    async fn assert_learns_of_the_end(&self, access: &str) {
        let ended = Instant::now();
        loop {
            let is_late = ended.elapsed() >= KNOWN_WITHIN;
            let status = self.greeting(access).await;
            if status == 401 {
                break;
            }
            // 503 while it does not hear from the server: it lets nobody in.
            assert!(!is_late && matches!(status, 200 | 503), "{status}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn the_example_service_follows_revocations_and_rotations(mut app: TestApp) {
    app.restart(&[("ALGORITHM", "ES256")]);
    let grace = app.admin("grace@example.org").await;
    let ada = app.anonymous().signed_in("ada@example.org").await;
    let example = Example::beside(&app, None, &ada.access).await;
    let greeting = example.client.with_token(&ada.access).get("/greeting").await;
    assert_eq!(
        (greeting.status, greeting.text.as_str()),
        (200, "Hello, ada@example.org.\n")
    );
    for (access, status) in [(&ada.access, 403), (&grace.tokens.access, 200)] {
        assert_eq!(example.client.with_token(access).get("/report").await.status, status);
    }
    assert_eq!(example.client.get("/greeting").await.status, 401);
    assert_eq!(example.greeting(&ada.refresh).await, 401);
    let next = rotated(&app, &ada).await;
    for access in [&ada.access, &next.access] {
        assert_eq!(example.greeting(access).await, 200);
    }
    assert_eq!(app.anonymous().log_out(&next.refresh).await.status, 204);
    example.assert_learns_of_the_end(&ada.access).await;
    assert_eq!(example.greeting(&next.access).await, 401);
    // Tokens that tell an old role are refused as well, and the next one tells the new role.
    let user = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    app.run(&["user", "set-role", "ada@example.org", "ADMIN"]).result();
    example.assert_learns_of_the_end(&user.access).await;
    let administrator = Tokens::of(&app.anonymous().refresh(&user.refresh).await);
    let report = example.client.with_token(&administrator.access).get("/report").await;
    assert_eq!(report.status, 200, "{report:?}");
}

async fn a_service_that_shares_the_secret_verifies_by_it(app: TestApp) {
    let ada = app.anonymous().signed_in("ada@example.org").await;
    let example = Example::beside(&app, Some(SECRET_KEY), &ada.access).await;
    assert_eq!(example.greeting(&ada.access).await, 200);
    let another_secret = "another-key-that-is-long-enough-0123456789";
    let another = Example::beside(&app, Some(another_secret), &ada.access).await;
    assert_eq!(another.greeting(&ada.access).await, 401);
    assert_eq!(app.anonymous().log_out(&ada.refresh).await.status, 204);
    example.assert_learns_of_the_end(&ada.access).await;
}
