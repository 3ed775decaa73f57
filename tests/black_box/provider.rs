//! The server as the provider of clients of others: who they are, and how their programs are run against it.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::packages::SOURCES;
use crate::system_programs::free_port;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The user who signs in to the clients.
const EMAIL: &str = "ada@example.org";

/// Far more than the server takes to make its keys and to hear of its clients.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that is a provider, with one user, and what its clients' programs are told.
pub(crate) struct Provider {
    app: TestApp,
    issuer: String,
    settings: Value,
    /// What the programs find beside themselves, by name.
    files: Vec<(String, String)>,
}

impl Provider {
    /// One on SQLite, without clients.
    pub(crate) async fn start() -> Self {
        let port = free_port();
        // Said aloud, so that the command line knows it too.
        let issuer = format!("http://127.0.0.1:{port}");
        let app = TestApp::on_sqlite(&[("PORT", &port.to_string()), ("PUBLIC_URL", &issuer)]);
        let registered = app.anonymous().register(EMAIL).await;
        assert_eq!(registered.status, 201, "{registered:?}");
        let settings = json!({
            "issuer": issuer,
            "user": {"email": EMAIL, "password": PASSWORD, "name": "Ada Lovelace"},
            "clients": {},
        });
        Self {
            app,
            issuer,
            settings,
            files: Vec::new(),
        }
    }

    /// What the provider calls itself.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Runs a command beside the server, which prints JSON.
    pub(crate) fn command(&self, arguments: &[&str]) -> Value {
        self.app.run(arguments).json()
    }

    /// Makes a client with these further arguments.
    pub(crate) fn client(&mut self, id: &str, arguments: &[&str]) {
        let create = ["client", "create", "--json", "--id", id, "--name", id];
        let made = self.command(&[&create[..], arguments].concat());
        let known = json!({"client_id": made["client_id"], "client_secret": made["client_secret"]});
        self.settings["clients"][id] = known;
    }

    /// Makes a client that people sign in to, at this address.
    pub(crate) fn app(&mut self, id: &str, kind: &str, redirect_uri: &str, arguments: &[&str]) {
        let own = ["--kind", kind, "--redirect-uri", redirect_uri];
        let scopes = ["--scope", "openid profile email offline_access"];
        self.client(id, &[&own[..], &scopes, arguments].concat());
        self.settings["clients"][id]["redirect_uri"] = json!(redirect_uri);
    }

    /// Makes a client that proves who it is by a key of its own.
    pub(crate) fn client_with_key(&mut self, id: &str, arguments: &[&str]) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate));
        let public = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "one", "alg": "ES256", "use": "sig"});
        let file = self.app.folder().join(format!("{id}.json"));
        fs::write(&file, json!({"keys": [public]}).to_string()).unwrap();
        let proof = ["--auth-method", "private_key_jwt", "--jwks", file.to_str().unwrap()];
        self.client(id, &[&proof[..], arguments].concat());
        let private = STANDARD.encode(pair.to_pkcs8v1().unwrap().as_ref());
        self.tell(
            id,
            "private_key",
            &format!("-----BEGIN PRIVATE KEY-----\n{private}\n-----END PRIVATE KEY-----\n"),
        );
        self.tell(id, "key_id", "one");
    }

    /// Makes the client `printed` with these arguments, and gives the configuration that is printed for a framework.
    pub(crate) fn printed(&mut self, framework: &str, redirect_uri: &str) -> String {
        let create = ["client", "create", "--id", "printed", "--kind", "web"];
        let asked = ["--redirect-uri", redirect_uri, "--framework", framework];
        let made = self.app.run(&[&create[..], &asked].concat());
        let text = made.result();
        let secret = text.lines().find_map(|line| line.strip_prefix("client_secret  "));
        let (_, printed) = text.split_once("keep it now.\n\n").expect(text);
        self.settings["clients"]["printed"] =
            json!({"client_id": "printed", "client_secret": secret.expect(text), "redirect_uri": redirect_uri});
        self.tell_all("framework", framework);
        printed.to_owned()
    }

    /// Puts a file beside the programs.
    pub(crate) fn file(&mut self, name: &str, text: &str) {
        self.files.push((name.to_owned(), text.to_owned()));
    }

    /// Tells the programs one more thing of a client.
    pub(crate) fn tell(&mut self, client: &str, member: &str, text: &str) {
        self.settings["clients"][client][member] = json!(text);
    }

    /// Tells the programs one more thing.
    pub(crate) fn tell_all(&mut self, member: &str, text: &str) {
        self.settings[member] = json!(text);
    }

    /// A client's secret.
    pub(crate) fn secret(&self, id: &str) -> &str {
        self.settings["clients"][id]["client_secret"].as_str().unwrap()
    }

    /// Waits until the provider has keys to sign with and the server has heard of its clients.
    pub(crate) async fn serves(&self) {
        let begun = Instant::now();
        while !self.publishes_keys().await {
            assert!(begun.elapsed() < PATIENCE, "there are no keys: {}", self.app.logs());
            sleep(Duration::from_millis(20)).await;
        }
        for (id, client) in self.settings["clients"].as_object().unwrap() {
            while !self.knows(id, client).await {
                assert!(
                    begun.elapsed() < PATIENCE,
                    "the server does not know {id}: {}",
                    self.app.logs()
                );
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Whether the server has a key of each algorithm that the clients want. It is made by whoever makes the first client.
    async fn publishes_keys(&self) -> bool {
        let keys = self.app.anonymous().get("/oauth2/jwks.json").await.json();
        let keys = keys["keys"].as_array().unwrap();
        ["ES256", "RS256"]
            .into_iter()
            .all(|algorithm| keys.iter().any(|key| key["alg"] == algorithm))
    }

    /// Whether the server has heard of a client: people are sent back to it with a fault, or its secret is accepted.
    async fn knows(&self, id: &str, client: &Value) -> bool {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        if let Some(redirect_uri) = client["redirect_uri"].as_str() {
            let query = [("client_id", id), ("redirect_uri", redirect_uri)];
            let asked = Url::parse_with_params(&format!("{}/oauth2/authorize", self.issuer), query).unwrap();
            return http.get(asked).send().await.unwrap().status() == StatusCode::SEE_OTHER;
        }
        let Some(secret) = client["client_secret"].as_str() else {
            return true;
        };
        let asked = http.post(format!("{}/oauth2/introspect", self.issuer));
        let asked = asked.basic_auth(id, Some(secret)).form(&[("token", "none")]);
        asked.send().await.unwrap().status() == StatusCode::OK
    }

    /// Runs a program of Node.js, which finds its packages in the folder.
    pub(crate) async fn assert_served_with_node(&self, packages: &Path, program: &str) {
        // Below the packages, where Node.js looks for them.
        let folder = tempfile::tempdir_in(packages).unwrap();
        self.assert_served(Path::new("node"), folder.path(), program).await;
    }

    /// Runs a program of Python with the packages of this environment.
    pub(crate) async fn assert_served_with_python(&self, programs: &Path, program: &str) {
        let folder = tempfile::tempdir().unwrap();
        self.assert_served(&programs.join("python"), folder.path(), program)
            .await;
    }

    /// Runs a program to its end, from a folder with all of its kind. It judges the provider itself.
    async fn assert_served(&self, interpreter: &Path, folder: &Path, program: &str) {
        self.serves().await;
        for file in fs::read_dir(Path::new(SOURCES).join("relying_parties")).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                fs::copy(file.path(), folder.join(file.file_name())).unwrap();
            }
        }
        for (name, text) in &self.files {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let settings = folder.join("settings.json");
        fs::write(&settings, self.settings.to_string()).unwrap();
        let mut command = Command::new(interpreter);
        command.arg(folder.join(program)).arg(settings);
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let logs = self.app.logs();
        assert!(output.status.success(), "{}\n{logs}", String::from_utf8_lossy(&said));
    }
}
