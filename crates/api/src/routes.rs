//! The routes. What is mounted is what is documented: `service` takes only controllers that document themselves.

use crate::accept::prefers_a_page;
use crate::account::controller as account;
use crate::admin::controller as admin;
use crate::applications::controller as applications;
use crate::audit_events::controller as audit_events;
use crate::auth::controller as auth;
use crate::clients::belongings as client_belongings;
use crate::clients::controller as clients;
use crate::clients::explained;
use crate::docs::controller as docs;
use crate::forward_auth::controller as forward_auth;
use crate::greeting::controller as greeting;
use crate::health::controller as health;
use crate::invitations::controller as invitations;
use crate::mailed_links::controller as mailed_links;
use crate::oauth2::controller as oauth2;
use crate::oauth2::discovery as oauth2_discovery;
use crate::oauth2::user_info as oauth2_user_info;
use crate::openapi;
use crate::outbox::controller as outbox;
use crate::passkeys::controller as passkeys;
use crate::passkeys::own as own_passkeys;
use crate::problem::Problem;
use crate::problem_types::controller as problem_types;
use crate::publication::controller as publication;
use crate::resources::controller as resources;
use crate::second_factor::controller as second_factor;
use crate::second_factor::own as own_factor;
use crate::sessions::controller as sessions;
use crate::settings::Docs;
use crate::social::controller as social;
use crate::social::own as own_identities;
use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse};
use portcullis_web::{ForPeople, OwnAddress, Refusal, kind};
use utoipa::openapi::{OpenApi, PathItem};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts every controller; those of the interactive page where it is served. The document lists them in this order, which
/// for a beginner is that of the first steps.
#[expect(clippy::too_many_lines, reason = "a list, a line a call")]
pub(crate) fn mount(config: &mut ServiceConfig<'_>, docs: Docs) {
    config
        .service(auth::register)
        .service(auth::log_in)
        .service(auth::token)
        .service(second_factor::log_in_by_code)
        .service(second_factor::reauthenticate)
        .service(passkeys::ask)
        .service(passkeys::log_in)
        .service(auth::refresh)
        .service(auth::log_out)
        .service(social::list)
        .service(social::exchange)
        .service(mailed_links::verify_email)
        .service(mailed_links::resend_verification)
        .service(mailed_links::undo_email)
        .service(mailed_links::forgot_password)
        .service(mailed_links::reset_password)
        .service(mailed_links::was_not_me)
        .service(mailed_links::join)
        .service(forward_auth::verify)
        .service(account::profile)
        .service(account::change_profile)
        .service(account::change_password)
        .service(account::delete_account)
        .service(own_factor::state)
        .service(own_factor::enrol)
        .service(own_factor::confirm)
        .service(own_factor::renew_recovery_codes)
        .service(own_factor::remove)
        .service(own_passkeys::list)
        .service(own_passkeys::ask)
        .service(own_passkeys::add)
        .service(oauth2::token)
        .service(oauth2::introspect)
        .service(oauth2::revoke)
        .service(oauth2_user_info::get_claims)
        .service(oauth2_user_info::post_claims)
        // From here on there are paths with a part that varies, and each is tried by a regular expression.
        .service(social::start)
        .service(social::callback)
        .service(social::id_token)
        .service(own_identities::list)
        .service(own_identities::link)
        .service(own_identities::unlink)
        .service(own_passkeys::rename)
        .service(own_passkeys::remove)
        .service(sessions::list)
        .service(sessions::end)
        .service(sessions::end_many)
        .service(applications::list_own)
        .service(applications::disconnect_own)
        .service(audit_events::list_own)
        .service(admin::list_users)
        .service(admin::create_user)
        .service(admin::find_user)
        .service(admin::change_user)
        .service(admin::delete_user)
        .service(admin::send_password_reset)
        .service(admin::send_email_verification)
        .service(second_factor::reset)
        .service(admin::list_sessions)
        .service(admin::end_sessions)
        .service(applications::list_of_user)
        .service(applications::disconnect_of_user)
        .service(invitations::invite)
        .service(invitations::list)
        .service(invitations::withdraw)
        .service(outbox::list)
        .service(outbox::retry)
        .service(outbox::discard)
        .service(clients::list)
        .service(clients::create)
        .service(clients::find)
        .service(clients::change_one)
        .service(clients::remove)
        .service(clients::revoke)
        .service(explained::find)
        .service(client_belongings::add_secret)
        .service(client_belongings::remove_secret)
        .service(client_belongings::list_members)
        .service(client_belongings::put_member)
        .service(client_belongings::remove_member)
        .service(resources::list)
        .service(resources::create)
        .service(resources::find)
        .service(resources::change)
        .service(resources::remove)
        .service(audit_events::list)
        .service(publication::keys)
        .service(publication::revocations)
        .service(oauth2_discovery::openid_configuration)
        .service(oauth2_discovery::authorization_server)
        .service(oauth2_discovery::keys)
        .service(passkeys::origins)
        .service(problem_types::explain)
        .service(greeting::greet)
        .service(health::live)
        .service(health::ready);
    match docs {
        Docs::On => {
            config.service(docs::page).service(docs::asset).service(docs::document);
        }
        Docs::Off => {}
    }
}

/// The OpenAPI document of what [`mount`] mounts, with links that start with the address.
pub(crate) fn document(docs: Docs, address: &OwnAddress) -> OpenApi {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(openapi::frame())
        .configure(|config| mount(config, docs))
        .split_for_parts();
    openapi::complete(document, address)
}

/// The document as text: pretty, with a newline at its end.
#[must_use]
pub fn openapi_json() -> String {
    openapi::text_of(&document(Docs::On, &OwnAddress::default()))
}

/// The methods of every path, for calls that use another.
pub(crate) struct AllowedMethods(Vec<(ResourceDef, String)>);

impl AllowedMethods {
    /// What the document says.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(
            paths
                .map(|(path, item)| (ResourceDef::new(path.as_str()), methods_of(item)))
                .collect(),
        )
    }

    /// The value of `Allow` (RFC 9110, section 10.2.1) for a path; `None` where nothing is mounted.
    fn at(&self, path: &str) -> Option<&str> {
        let (_, methods) = self.0.iter().find(|(resource, _)| resource.is_match(path))?;
        Some(methods)
    }
}

fn methods_of(item: &PathItem) -> String {
    let documented = [
        ("GET, HEAD", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let methods: Vec<&str> = documented
        .into_iter()
        .filter_map(|(methods, operation)| operation.as_ref().map(|_| methods))
        .collect();
    methods.join(", ")
}

/// Answers what no controller takes: 405 on a known path, 404 elsewhere. Somebody who typed an address reads a page.
pub(crate) async fn unmatched(request: HttpRequest, allowed: Data<AllowedMethods>) -> Result<HttpResponse, Problem> {
    if let Some(methods) = allowed.at(request.path()) {
        return Err(Refusal::method_not_allowed(methods).into());
    }
    if let Some(people) = request.app_data::<ForPeople>().filter(|_| is_of_a_person(&request)) {
        request.extensions_mut().insert(*people);
    }
    Err(kind::NOT_FOUND.into())
}

/// Whether a browser asks for something to show. Below `/oauth2/` programs call.
fn is_of_a_person(request: &HttpRequest) -> bool {
    request.method() == Method::GET && prefers_a_page(request) && !request.path().starts_with("/oauth2/")
}
