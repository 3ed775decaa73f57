//! The pages, as this server is set up.

use crate::config::Config;
use crate::container::{self, Container};
use actix_web::web::ServiceConfig;
use portcullis_mail::Sender;
use portcullis_pages::{PagesSettings, SocialProvider};

/// What mounts the pages beside the calls, for a server of those origins; nothing where there are no cookies.
pub(crate) fn beside_the_calls(
    config: &Config,
    container: &Container,
    origins: Vec<String>,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let mount = config.http.cookies().map(|cookies| {
        let settings = PagesSettings {
            address: config.http.address.clone(),
            origins,
            cookies,
            theme: config.theme.clone(),
            password_policy: config.passwords.policy,
            language: config.mail.policy.language,
            time_zone: config.mail.policy.time_zone,
            sign_up: config.mail.policy.sign_up,
            places: config.places.clone(),
            mail_from: config.mail.sender().map(Sender::address),
            providers: config
                .social
                .providers
                .iter()
                .map(|provider| SocialProvider {
                    name: provider.name.clone(),
                    label: provider.label.clone(),
                })
                .collect(),
        };
        let mail = config.mail.policy.is_on().then(|| container::mail_services(container));
        let people = container::people_services(container);
        portcullis_pages::routes(people, mail, settings, container::pages_ports(container))
    });
    move |config: &mut ServiceConfig| {
        if let Some(mount) = &mount {
            mount(config);
        }
    }
}
