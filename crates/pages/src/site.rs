//! The pages, beside what programs call.

use crate::account::{
    apps, confirm_identity, linked, overview, passkeys, password, profile, second_factor, sessions, set_up,
};
use crate::flow::WaitingApps;
use crate::owners_pages;
use crate::pages::{Pages, PagesPorts, PagesSettings};
use crate::surface::PAGES;
use crate::{
    ask_for_mail, authorize, check_mail, join, language_choice, log_out, new_password, password_managers, sign_in,
    sign_in_code, sign_in_passkey, sign_out, sign_up, social, undo_email, verify_email, was_it_you,
};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HOST, LOCATION};
use actix_web::http::uri::PathAndQuery;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, Scope, guard};
use portcullis_application::ports::PageCursors;
use portcullis_application::{
    AppSignOuts, Authentication, Authorizations, ConnectedApps, EmailVerification, Invitations, LinkedIdentities,
    Links, MailedCodes, NotMe, Passkeys, PasswordReset, Passwords, Profile, Reauthentication, Registration,
    SecondFactors, Sessions, SignIn, SignInByCode, SignInByPasskey, SignOut, SocialSignIn,
};
use portcullis_web::{ForPeople, OwnAddress, Refusal, kind};
use std::sync::Arc;

/// The driving ports that the pages for signing in and out and of accounts call.
#[derive(Clone)]
pub struct PeopleServices {
    /// Signing up.
    pub registration: Arc<dyn Registration>,
    /// Signing in.
    pub sign_in: Arc<dyn SignIn>,
    /// The second half of signing in.
    pub sign_in_by_code: Arc<dyn SignInByCode>,
    /// Signing in by another provider.
    pub social: Arc<dyn SocialSignIn>,
    /// The identities that one's account is linked with.
    pub identities: Arc<dyn LinkedIdentities>,
    /// One's own second factor.
    pub second_factors: Arc<dyn SecondFactors>,
    /// One's own passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// Signing in by a passkey.
    pub sign_in_by_passkey: Arc<dyn SignInByPasskey>,
    /// Proving once more who one is.
    pub reauthentication: Arc<dyn Reauthentication>,
    /// Signing out.
    pub sign_out: Arc<dyn SignOut>,
    /// Who shows the cookie of a browser's session.
    pub authentication: Arc<dyn Authentication>,
    /// One's own profile.
    pub profile: Arc<dyn Profile>,
    /// One's own password.
    pub passwords: Arc<dyn Passwords>,
    /// One's own sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Where a list goes on.
    pub cursors: Arc<dyn PageCursors>,
    /// The apps that a sign-in goes on to.
    pub waiting_apps: Arc<dyn WaitingApps>,
    /// What apps ask of people.
    pub authorizations: Arc<dyn Authorizations>,
    /// What apps ask for that sign somebody out.
    pub app_sign_outs: Arc<dyn AppSignOuts>,
    /// The apps that one lets use the account.
    pub connected_apps: Arc<dyn ConnectedApps>,
}

/// The driving ports that the pages of mail call.
#[derive(Clone)]
pub struct MailServices {
    /// What links are good for.
    pub links: Arc<dyn Links>,
    /// Showing whose an address is.
    pub email_verification: Arc<dyn EmailVerification>,
    /// A new password by a link.
    pub password_reset: Arc<dyn PasswordReset>,
    /// Codes beside links.
    pub mailed_codes: Arc<dyn MailedCodes>,
    /// Taking an account back.
    pub not_me: Arc<dyn NotMe>,
    /// Accepting invitations.
    pub invitations: Arc<dyn Invitations>,
}

/// Mounts the pages beside what a site has. Those of mail are not there where mail is off, which is where there are no
/// services for them.
pub fn routes(
    people: PeopleServices,
    mail: Option<MailServices>,
    settings: PagesSettings,
    ports: PagesPorts,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let has_passkeys = people.passkeys.are_on();
    let pages = Data::new(Pages::new(settings, ports, mail.is_some(), has_passkeys));
    move |config: &mut ServiceConfig| {
        config
            .app_data(pages.clone())
            .app_data(ForPeople(PAGES))
            .service(scope("/assets", [asked("/{digest}/{name}", web::get().to(asset))]))
            .service(scope("/help", [asked("", web::get().to(owners_pages::help))]))
            .service(scope("/privacy", [asked("", web::get().to(owners_pages::privacy))]))
            .service(scope("/terms", [asked("", web::get().to(owners_pages::terms))]));
        let people = people.clone();
        config
            .app_data(Data::from(people.registration))
            .app_data(Data::from(people.sign_in))
            .app_data(Data::from(people.sign_in_by_code))
            .app_data(Data::from(people.social))
            .app_data(Data::from(people.identities))
            .app_data(Data::from(people.second_factors))
            .app_data(Data::from(people.passkeys))
            .app_data(Data::from(people.sign_in_by_passkey))
            .app_data(Data::from(people.reauthentication))
            .app_data(Data::from(people.sign_out))
            .app_data(Data::from(people.authentication))
            .app_data(Data::from(people.profile))
            .app_data(Data::from(people.passwords))
            .app_data(Data::from(people.sessions))
            .app_data(Data::from(people.cursors))
            .app_data(Data::from(people.waiting_apps))
            .app_data(Data::from(people.authorizations))
            .app_data(Data::from(people.app_sign_outs))
            .app_data(Data::from(people.connected_apps));
        for (path, pages_of_people) in pages_of_people(mail.is_some(), has_passkeys) {
            config.service(by_another_name(path, &pages));
            config.service(scope(path, pages_of_people));
        }
        let choice = web::post().to(language_choice::choose);
        config.service(scope(language_choice::PATH, [resource("", [choice], "POST")]));
        if let Some(services) = mail.clone() {
            config
                .app_data(Data::from(services.links))
                .app_data(Data::from(services.email_verification))
                .app_data(Data::from(services.password_reset))
                .app_data(Data::from(services.mailed_codes))
                .app_data(Data::from(services.not_me))
                .app_data(Data::from(services.invitations));
        }
        for (path, pages_of_mail) in pages_of_mail() {
            let mounted = if mail.is_some() { pages_of_mail } else { Vec::new() };
            config.service(by_another_name(path, &pages));
            config.service(scope(path, mounted));
        }
    }
}

/// The pages for signing in and out and of accounts.
#[expect(clippy::too_many_lines, reason = "a list, a line a page")]
fn pages_of_people(has_mail: bool, has_passkeys: bool) -> [(&'static str, Vec<Resource>); 9] {
    let mut sign_up = vec![form("", web::get().to(sign_up::show), web::post().to(sign_up::create))];
    if has_mail {
        sign_up.push(form(
            "/check-mail",
            web::get().to(check_mail::show_for_sign_up),
            web::post().to(check_mail::take_for_sign_up),
        ));
    }
    let mut sign_in_ways = Vec::new();
    let mut managers = Vec::new();
    let mut own_passkeys = Vec::new();
    if has_passkeys {
        sign_in_ways = vec![
            form(
                "/passkey",
                web::get().to(sign_in_passkey::show),
                web::post().to(sign_in_passkey::take),
            ),
            resource("/passkey/options", [web::post().to(sign_in_passkey::options)], "POST"),
        ];
        managers = vec![asked("", web::get().to(password_managers::passkey_endpoints))];
        own_passkeys = vec![
            asked("/passkeys", web::get().to(passkeys::show)),
            form(
                passkeys::NEW,
                web::get().to(passkeys::show_new),
                web::post().to(passkeys::add),
            ),
            resource(passkeys::OPTIONS, [web::post().to(passkeys::options)], "POST"),
            form(
                passkeys::ONE,
                web::get().to(passkeys::show_one),
                web::post().to(passkeys::rename),
            ),
            resource(passkeys::REMOVE, [web::post().to(passkeys::remove)], "POST"),
            resource("/confirm/options", [web::post().to(confirm_identity::options)], "POST"),
        ];
    }
    let mut pages = [
        (
            sign_in::PATH,
            vec![
                form("", web::get().to(sign_in::show), web::post().to(sign_in::sign_in)),
                form(
                    "/code",
                    web::get().to(sign_in_code::show_code),
                    web::post().to(sign_in_code::take_code),
                ),
                form(
                    "/recovery-code",
                    web::get().to(sign_in_code::show_recovery_code),
                    web::post().to(sign_in_code::take_recovery_code),
                ),
                asked(social::BEGIN, web::get().to(social::begin)),
                resource(social::FINISH, [web::get().to(social::finish)], "GET"),
            ],
        ),
        (sign_up::PATH, sign_up),
        (
            authorize::PATH,
            vec![
                form("", web::get().to(authorize::show), web::post().to(authorize::post)),
                resource("/decision", [web::post().to(authorize::decide)], "POST"),
                resource("/account", [web::post().to(authorize::choose)], "POST"),
            ],
        ),
        (
            log_out::PATH,
            vec![
                form("", web::get().to(log_out::show), web::post().to(log_out::post)),
                resource("/decision", [web::post().to(log_out::decide)], "POST"),
            ],
        ),
        (
            sign_out::PATH,
            vec![resource("", [web::post().to(sign_out::sign_out)], "POST")],
        ),
        (sign_out::SIGNED_OUT, vec![asked("", web::get().to(sign_out::show))]),
        (
            password_managers::PATH,
            vec![asked("", web::get().to(password_managers::change_password))],
        ),
        (password_managers::PASSKEY_ENDPOINTS, managers),
        (
            "/account",
            vec![
                asked("", web::get().to(overview::show)),
                form("/profile", web::get().to(profile::show), web::post().to(profile::save)),
                form(
                    "/password",
                    web::get().to(password::show),
                    web::post().to(password::save),
                ),
                form(
                    "/confirm",
                    web::get().to(confirm_identity::show),
                    web::post().to(confirm_identity::confirm),
                ),
                asked("/second-factor", web::get().to(second_factor::show)),
                form(
                    "/second-factor/off",
                    web::get().to(second_factor::show_off),
                    web::post().to(second_factor::turn_off),
                ),
                form(
                    "/second-factor/set-up",
                    web::get().to(set_up::show),
                    web::post().to(set_up::begin),
                ),
                resource("/second-factor/confirm", [web::post().to(set_up::confirm)], "POST"),
                resource("/second-factor/recovery-codes", [web::post().to(set_up::renew)], "POST"),
                resource(
                    "/second-factor/recovery-codes.txt",
                    [web::post().to(set_up::file)],
                    "POST",
                ),
                resource("/second-factor/done", [web::post().to(set_up::done)], "POST"),
                asked("/linked", web::get().to(linked::show)),
                asked(linked::LINK, web::get().to(linked::link)),
                resource(linked::UNLINK, [web::post().to(linked::unlink)], "POST"),
                asked("/sessions", web::get().to(sessions::show)),
                resource(sessions::END_OTHERS, [web::post().to(sessions::end_others)], "POST"),
                resource(sessions::END, [web::post().to(sessions::end)], "POST"),
                asked("/apps", web::get().to(apps::show)),
                resource(apps::DISCONNECT, [web::post().to(apps::disconnect)], "POST"),
            ],
        ),
    ];
    for (path, mounted) in &mut pages {
        match *path {
            sign_in::PATH => mounted.append(&mut sign_in_ways),
            "/account" => mounted.append(&mut own_passkeys),
            _ => {}
        }
    }
    pages
}

/// The pages that links of mails lead to, and those that ask for mails.
fn pages_of_mail() -> [(&'static str, Vec<Resource>); 6] {
    [
        (
            ask_for_mail::FORGOT_PASSWORD,
            vec![
                form(
                    "",
                    web::get().to(ask_for_mail::show_forgot_password),
                    web::post().to(ask_for_mail::send_password_link),
                ),
                form(
                    "/check-mail",
                    web::get().to(check_mail::show_for_password),
                    web::post().to(check_mail::take_for_password),
                ),
            ],
        ),
        (
            verify_email::PATH,
            vec![
                form(
                    "",
                    web::get().to(verify_email::show),
                    web::post().to(verify_email::confirm),
                ),
                form(
                    "/again",
                    web::get().to(ask_for_mail::show_verify_again),
                    web::post().to(ask_for_mail::send_verification_link),
                ),
                form(
                    "/code",
                    web::get().to(check_mail::show_for_verification),
                    web::post().to(check_mail::take_for_verification),
                ),
            ],
        ),
        (
            new_password::PATH,
            vec![form(
                "",
                web::get().to(new_password::show),
                web::post().to(new_password::save),
            )],
        ),
        (
            undo_email::PATH,
            vec![form(
                "",
                web::get().to(undo_email::show),
                web::post().to(undo_email::confirm),
            )],
        ),
        (
            was_it_you::PATH,
            vec![form(
                "",
                web::get().to(was_it_you::show),
                web::post().to(was_it_you::answer),
            )],
        ),
        (
            join::PATH,
            vec![form("", web::get().to(join::show), web::post().to(join::save))],
        ),
    ]
}

/// A path and all below it, where refusals are pages.
fn scope(path: &str, pages: impl IntoIterator<Item = Resource>) -> Scope {
    pages
        .into_iter()
        .fold(web::scope(path).app_data(PAGES), Scope::service)
        .default_service(web::to(nothing))
}

/// Leads whoever opens a page by another name of this machine to the name that was set: at another one forms are refused as of
/// another site, and no passkey works.
fn by_another_name(path: &str, pages: &Data<Pages>) -> Scope {
    let pages = pages.clone();
    let is_asked = guard::fn_guard(move |asked| {
        let head = asked.head();
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        match (&pages.settings.address, host) {
            (OwnAddress::Public(url), Some(host)) if head.method == Method::GET => url.is_asked_by_another_name(host),
            (OwnAddress::Public(_) | OwnAddress::Loopback, _) => false,
        }
    });
    web::scope(path)
        .app_data(PAGES)
        .guard(is_asked)
        .default_service(web::to(under_the_name))
}

async fn under_the_name(pages: Data<Pages>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let OwnAddress::Public(url) = &pages.settings.address else {
        return Err(kind::NOT_FOUND.into());
    };
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, url.link_to(target)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish())
}

/// A page that is read.
fn asked(path: &str, get: Route) -> Resource {
    resource(path, [get], "GET, HEAD")
}

/// A page with a form.
fn form(path: &str, get: Route, post: Route) -> Resource {
    resource(path, [get, post], "GET, HEAD, POST")
}

fn resource(path: &str, routes: impl IntoIterator<Item = Route>, allow: &'static str) -> Resource {
    let other = move || async move { Err::<HttpResponse, _>(Refusal::method_not_allowed(allow)) };
    routes
        .into_iter()
        .fold(web::resource(path), Resource::route)
        .default_service(web::to(other))
}

async fn nothing() -> Result<HttpResponse, Refusal> {
    Err(kind::NOT_FOUND.into())
}

/// What pages load.
async fn asset(
    path: Path<(String, String)>,
    pages: Data<Pages>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    let (digest, name) = path.into_inner();
    let file = pages.assets.find(&digest, &name).ok_or(kind::NOT_FOUND)?;
    file.answer(&request)
}
