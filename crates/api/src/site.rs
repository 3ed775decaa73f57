//! What programs call, as a site that a server serves.

use crate::docs::page::InteractivePage;
use crate::forward_auth::controller as forward_auth;
use crate::health::controller as health;
use crate::mailbox::controller as mailbox;
use crate::oauth2::controller::{INTROSPECTION, OPEN_TO_CLIENTS};
use crate::oauth2::problems::OAUTH_ERRORS;
use crate::openapi::DocumentText;
use crate::problem::PROBLEM_DOCUMENTS;
use crate::publication::feed::RevocationFeed;
use crate::routes::{self, AllowedMethods};
use crate::services::Services;
use crate::settings::{ApiSettings, KeptMails};
use actix_web::web::{self, Data, ServiceConfig};
use portcullis_application::ClientCalls;
use portcullis_web::{ClientOrigins, ClientPaths, GracefulShutdownSignal, OpenPaths, Site};
use std::sync::Arc;

/// The paths that proxies, orchestrators and services ask all the time: a service introspects for each call that it gets.
pub const ASKED_ALL_THE_TIME: &[&str] = &[forward_auth::PATH, INTROSPECTION, health::LIVE, health::READY];

/// The site. Calls that wait are answered at once when the server stops.
#[must_use]
pub fn site(
    services: Services,
    settings: ApiSettings,
    stop: GracefulShutdownSignal,
) -> Site<impl Fn(&mut ServiceConfig) + Clone + Send + 'static> {
    let document = routes::document(settings.docs, &settings.address);
    let allowed = Data::new(AllowedMethods::of(&document));
    let page = Data::new(InteractivePage::at(&settings.address));
    let cookies = Data::new(settings.cookies);
    let open = OpenPaths {
        beginnings: &["/auth/", "/users/", "/admin/"],
        to: settings.pages.allowed.clone(),
    };
    let open_to_clients = ClientPaths {
        paths: OPEN_TO_CLIENTS,
        to: Some(Arc::new(OriginsOfClients(Arc::clone(&services.client_calls)))),
    };
    let pages = Data::new(settings.pages);
    let redirects = Data::new(settings.redirects);
    let text = Data::new(DocumentText::of(document));
    let feed = Data::new(RevocationFeed::new(settings.longest_wait, settings.max_waiting, stop));
    let mount = move |config: &mut ServiceConfig| {
        let services = services.clone();
        config
            .app_data(Data::from(services.registration))
            .app_data(Data::from(services.sign_in))
            .app_data(Data::from(services.sign_in_by_code))
            .app_data(Data::from(services.social))
            .app_data(Data::from(services.identities))
            .app_data(Data::from(services.reauthentication))
            .app_data(Data::from(services.second_factors))
            .app_data(Data::from(services.passkeys))
            .app_data(Data::from(services.sign_in_by_passkey))
            .app_data(Data::from(services.refresh))
            .app_data(Data::from(services.sign_out))
            .app_data(Data::from(services.authentication))
            .app_data(Data::from(services.profile))
            .app_data(Data::from(services.passwords))
            .app_data(Data::from(services.sessions))
            .app_data(Data::from(services.email_verification))
            .app_data(Data::from(services.password_reset))
            .app_data(Data::from(services.not_me))
            .app_data(Data::from(services.invitations))
            .app_data(Data::from(services.clients))
            .app_data(Data::from(services.resources))
            .app_data(Data::from(services.outbox))
            .app_data(Data::from(services.mailbox))
            .app_data(Data::from(services.users))
            .app_data(Data::from(services.audit_trail))
            .app_data(Data::from(services.publication))
            .app_data(Data::from(services.client_calls))
            .app_data(Data::from(services.client_tokens))
            .app_data(Data::from(services.grant_tokens))
            .app_data(Data::from(services.user_info))
            .app_data(Data::from(services.explained))
            .app_data(Data::from(services.connected_apps))
            .app_data(Data::from(services.discovery))
            .app_data(Data::from(services.health))
            .app_data(Data::from(services.cursors))
            .app_data(cookies.clone())
            .app_data(pages.clone())
            .app_data(redirects.clone())
            .app_data(Data::new(settings.password_policy))
            .app_data(Data::new(settings.docs))
            .app_data(allowed.clone())
            .app_data(page.clone())
            .app_data(text.clone())
            .app_data(feed.clone())
            .default_service(web::to(routes::unmatched));
        match &settings.mailbox {
            KeptMails::Shown { from } => mailbox::mount(config, from.clone()),
            KeptMails::Hidden => {}
        }
        routes::mount(
            &mut utoipa_actix_web::service_config::ServiceConfig::new(config),
            settings.docs,
        );
    };
    Site {
        surface: PROBLEM_DOCUMENTS,
        surfaces_below: &[("/oauth2/", OAUTH_ERRORS)],
        address: settings.address,
        open,
        open_to_clients,
        asked_all_the_time: ASKED_ALL_THE_TIME,
        mount,
    }
}

/// Scripts of clients are those whose origin a client names.
struct OriginsOfClients(Arc<dyn ClientCalls>);

impl ClientOrigins for OriginsOfClients {
    fn allow(&self, origin: &str) -> bool {
        self.0.allows_origin(origin)
    }
}
