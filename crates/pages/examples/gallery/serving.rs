//! A server of the pages, on services that change nothing.

use crate::flows::Elsewhere;
use crate::people::People;
use crate::services::Mails;
use actix_web::dev::Server;
use actix_web::web::ServiceConfig;
use portcullis_application::SignUpPolicy;
use portcullis_domain::{Language, PasswordPolicy, TimeZone};
use portcullis_pages::{PagesPorts, PagesSettings, SocialProvider, Theme, routes};
use portcullis_testkit::{FakeBrowserProofs, FakeClock, SeededEntropy};
use portcullis_web::{ClientPaths, Cookies, OpenPaths, OwnAddress, Ports, Site, Surface, WebSettings, server};
use std::net::TcpListener;
use std::sync::Arc;

/// Refusals of what is no page.
const CODES: Surface = Surface {
    media_type: "text/plain",
    headers: &[],
    write: |refusal, _, _| refusal.kind().code.to_owned(),
};

/// The settings of a server on that listener.
pub(crate) fn settings(listener: &TcpListener, theme: Theme) -> PagesSettings {
    let address = OwnAddress::default();
    PagesSettings {
        origins: address.origins(listener.local_addr().unwrap().port()),
        cookies: Cookies::at(&address, "127.0.0.1").unwrap(),
        address,
        theme,
        password_policy: PasswordPolicy::default(),
        language: Language::default(),
        time_zone: TimeZone::default(),
        sign_up: SignUpPolicy::Open,
        mail_from: Some("no-reply@orchard.example".to_owned()),
        places: None,
        providers: [("google", "Google"), ("github", "GitHub")]
            .map(|(name, label)| SocialProvider {
                name: name.parse().unwrap(),
                label: label.to_owned(),
            })
            .to_vec(),
    }
}

/// What answers apps in the place of their registry.
pub(crate) type Flows = fn(&mut ServiceConfig, &Elsewhere);

/// The server. Without mails, as where mail is off.
pub(crate) fn serving(
    listener: TcpListener,
    settings: PagesSettings,
    people: &People,
    mails: Option<&Mails>,
    flows: Flows,
) -> Server {
    let ports = PagesPorts {
        entropy: Arc::new(SeededEntropy::new(7)),
        proofs: Arc::new(FakeBrowserProofs),
        clock: Arc::new(FakeClock::new()),
    };
    let web = WebSettings {
        workers: 1,
        ..WebSettings::default()
    };
    let beneath = Ports {
        clock: Arc::new(FakeClock::new()),
        entropy: Arc::new(SeededEntropy::new(8)),
        requests: None,
        traces: None,
    };
    let address = settings.address.clone();
    let elsewhere = Elsewhere(format!("http://localhost:{}", listener.local_addr().unwrap().port()));
    let pages = routes(people.services(), mails.map(Mails::services), settings, ports);
    let mount = move |config: &mut ServiceConfig| {
        // Before the pages, which answer apps of a registry at the same addresses.
        flows(config, &elsewhere);
        pages(config);
    };
    let site = |_| Site {
        surface: CODES,
        surfaces_below: &[],
        address,
        open: OpenPaths::default(),
        open_to_clients: ClientPaths::default(),
        asked_all_the_time: &[],
        mount,
    };
    server([listener], beneath, web, site).unwrap()
}
