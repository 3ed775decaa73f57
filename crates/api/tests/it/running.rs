//! A server that runs for one test.

use crate::client::Answer;
use crate::client::Request;
use actix_web::dev::ServerHandle;
use actix_web::web::ServiceConfig;
use portcullis_api::{ApiSettings, Services, site};
use portcullis_application::ports::{Clock, Store};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{FakePageCursors, SeededEntropy, TemporaryStore, TestApp};
use portcullis_web::{Ports, RequestMeter, WebSettings, server};
use serde_json::{Value, json};
use socket2::SockRef;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// The address of the user whom [`Running::tokens`] signs in.
pub(crate) const ADA: &str = "ada@example.com";

/// The address of the administrator whom [`Running::admin_token`] signs in.
pub(crate) const ROOT: &str = "root@example.com";

/// The settings of a server and of what it serves.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    web: WebSettings,
    api: ApiSettings,
    requests: Option<Arc<dyn RequestMeter>>,
    /// Routes beside those of the API.
    routes: Option<fn(&mut ServiceConfig)>,
}

impl From<fn(&mut ServiceConfig)> for Settings {
    fn from(routes: fn(&mut ServiceConfig)) -> Self {
        Self {
            routes: Some(routes),
            ..Self::default()
        }
    }
}

impl From<Arc<dyn RequestMeter>> for Settings {
    fn from(requests: Arc<dyn RequestMeter>) -> Self {
        Self {
            requests: Some(requests),
            ..Self::default()
        }
    }
}

impl From<WebSettings> for Settings {
    fn from(web: WebSettings) -> Self {
        Self { web, ..Self::default() }
    }
}

impl From<ApiSettings> for Settings {
    fn from(api: ApiSettings) -> Self {
        Self { api, ..Self::default() }
    }
}

/// A server on a free port. It stops when it is dropped.
pub(crate) struct Running {
    pub(crate) app: TestApp,
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::on(Arc::new(TemporaryStore::new()))
    }

    pub(crate) fn on(store: Arc<dyn Store>) -> Self {
        Self::with(store, Settings::default())
    }

    pub(crate) fn with(store: Arc<dyn Store>, settings: impl Into<Settings>) -> Self {
        let app = TestApp::on(store);
        let clock = Arc::new(app.clock.clone());
        Self::serving(app, clock, settings.into(), listener())
    }

    /// For which the operating system keeps next to nothing that the server has not read.
    pub(crate) fn with_small_buffer(settings: impl Into<Settings>) -> Self {
        let app = TestApp::new();
        let clock = Arc::new(app.clock.clone());
        let listener = listener();
        SockRef::from(&listener).set_recv_buffer_size(4096).unwrap();
        Self::serving(app, clock, settings.into(), listener)
    }

    /// With the use cases of the test's choice beneath.
    pub(crate) fn of(app: TestApp) -> Self {
        let clock = Arc::new(app.clock.clone());
        Self::serving(app, clock, Settings::default(), listener())
    }

    /// The HTTP side by its own clock.
    pub(crate) fn by(clock: Arc<dyn Clock>) -> Self {
        Self::serving(
            TestApp::on(Arc::new(TemporaryStore::new())),
            clock,
            Settings::default(),
            listener(),
        )
    }

    fn serving(app: TestApp, clock: Arc<dyn Clock>, settings: Settings, listener: TcpListener) -> Self {
        crate::log_lines::listen();
        let services = Services {
            registration: Arc::clone(&app.registration),
            sign_in: Arc::clone(&app.sign_in),
            sign_in_by_code: Arc::clone(&app.sign_in_by_code),
            social: Arc::clone(&app.social),
            identities: Arc::clone(&app.identities),
            reauthentication: Arc::clone(&app.reauthentication),
            second_factors: Arc::clone(&app.second_factors),
            passkeys: Arc::clone(&app.passkeys),
            sign_in_by_passkey: Arc::clone(&app.sign_in_by_passkey),
            refresh: Arc::clone(&app.refresh),
            sign_out: Arc::clone(&app.sign_out),
            authentication: Arc::clone(&app.authentication),
            profile: Arc::clone(&app.profile),
            passwords: Arc::clone(&app.passwords),
            sessions: Arc::clone(&app.sessions),
            email_verification: Arc::clone(&app.email_verification),
            password_reset: Arc::clone(&app.password_reset),
            not_me: Arc::clone(&app.not_me),
            invitations: Arc::clone(&app.invitations),
            clients: Arc::clone(&app.clients),
            resources: Arc::clone(&app.resources),
            outbox: Arc::clone(&app.outbox),
            mailbox: Arc::clone(&app.mailbox),
            users: Arc::clone(&app.users),
            audit_trail: Arc::clone(&app.audit_trail),
            publication: Arc::clone(&app.publication),
            client_calls: Arc::clone(&app.client_calls),
            client_tokens: Arc::clone(&app.client_tokens),
            grant_tokens: Arc::clone(&app.grant_tokens),
            user_info: Arc::clone(&app.user_info),
            explained: Arc::clone(&app.explained),
            connected_apps: Arc::clone(&app.connected_apps),
            discovery: Arc::clone(&app.discovery),
            health: Arc::clone(&app.health),
            cursors: Arc::new(FakePageCursors),
        };
        let ports = Ports {
            clock,
            entropy: Arc::new(SeededEntropy::new(7)),
            requests: settings.requests,
            traces: None,
        };
        let address = listener.local_addr().unwrap();
        let web = WebSettings {
            workers: 1,
            ..settings.web
        };
        let routes = settings.routes.unwrap_or(|_| {});
        let server = server([listener], ports, web, |stop| {
            site(services, settings.api, stop).beside(routes)
        })
        .unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Self { app, address, handle }
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        request.send(self.address).await
    }

    /// The answer to a login of ADA, who is signed up.
    pub(crate) async fn tokens(&self) -> Value {
        self.app.register(ADA).await;
        self.log_in(ADA).await
    }

    /// The answer to a login of somebody who is signed up.
    pub(crate) async fn log_in(&self, email: &str) -> Value {
        let body = json!({"email": email, "password": PASSWORD}).to_string();
        let answer = self.send(Request::post("/auth/login").json(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// An access token of ADA, who is signed up.
    pub(crate) async fn access_token(&self) -> String {
        self.tokens().await["access_token"].as_str().unwrap().to_owned()
    }

    /// An access token of an administrator, who is signed up.
    pub(crate) async fn admin_token(&self) -> String {
        self.app.register_admin(ROOT).await;
        self.log_in(ROOT).await["access_token"].as_str().unwrap().to_owned()
    }

    /// Stops as an operator stops it: what runs is finished.
    pub(crate) async fn stop(&self) {
        self.handle.stop(true).await;
    }

    /// Disables ADA.
    pub(crate) async fn disable_ada(&self) {
        let email = build::email(ADA);
        let found = self
            .app
            .store
            .look_up(move |repositories| repositories.users().find_by_email(&email));
        let user = found.await.unwrap().unwrap();
        self.app.change_user(user.id, |user| user.is_active = false).await;
    }
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}
