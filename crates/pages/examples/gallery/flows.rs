//! The pages of an app's flow, as an app's requests would have them shown.

use crate::people::target;
use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use portcullis_domain::Email;
use portcullis_oauth2::ScopeSet;
use portcullis_pages::Visit;
use portcullis_pages::flow::{
    self, Ability, AboutApp, AccessRefused, AppSignOut, Asking, Chooser, Consent, FlowAnswer, FormPost, FormTarget,
    Showing, WayBack,
};
use portcullis_web::{Incoming, Refusal};
use std::collections::BTreeMap;

/// Where an answer is led to: another origin.
#[derive(Clone)]
pub(crate) struct Elsewhere(pub(crate) String);

/// Mounts them.
pub(crate) fn mount(config: &mut ServiceConfig, elsewhere: &Elsewhere) {
    config
        .app_data(Data::new(elsewhere.clone()))
        .route("/oauth2/authorize", web::get().to(authorize))
        .route("/oauth2/authorize/decision", web::post().to(decide))
        .route("/oauth2/authorize/account", web::post().to(decide))
        .route("/oauth2/logout", web::get().to(log_out))
        .route("/oauth2/logout/decision", web::post().to(decide));
}

type Asked = Query<BTreeMap<String, String>>;

async fn authorize(visit: Visit, asked: Asked, request: HttpRequest, elsewhere: Data<Elsewhere>) -> Answer {
    let goes_on = goes_on(&request);
    let page = asked.get("page").map_or("consent", String::as_str);
    show(&visit, page, asked.get("app"), &goes_on, Showing::Anew, &elsewhere)
}

async fn log_out(visit: Visit, asked: Asked, request: HttpRequest) -> Answer {
    let asking = if asked.contains_key("hint") {
        Asking::Nobody
    } else {
        Asking::Person
    };
    let asked = AppSignOut {
        app: Some("Paperless"),
        user: &grace(),
        goes_to: None,
        goes_on: &goes_on(&request),
        asking,
    };
    flow::app_sign_out(&visit, &asked, Showing::Anew)
}

/// Goes on to another origin, as the answer to an app does.
async fn decide(visit: Visit, incoming: Incoming, elsewhere: Data<Elsewhere>, request: HttpRequest) -> Answer {
    let button = if request.path().ends_with("/account") {
        "account"
    } else {
        "decision"
    };
    let answer = FlowAnswer::read(&visit, incoming, button).await?;
    if answer.form.is_none() {
        let page = if button == "account" { "chooser" } else { "consent" };
        return show(&visit, page, None, &answer.goes_on, Showing::Again, &elsewhere);
    }
    let pressed = answer.pressed.as_deref().unwrap_or("none");
    let there = format!("{}/signed-out?pressed={pressed}", elsewhere.0);
    Ok(HttpResponse::SeeOther().insert_header(("location", there)).finish())
}

type Answer = Result<HttpResponse, Refusal>;

fn show(
    visit: &Visit,
    page: &str,
    app: Option<&String>,
    goes_on: &str,
    showing: Showing,
    elsewhere: &Elsewhere,
) -> Answer {
    let (user, target) = (grace(), FormTarget::of(&elsewhere.0).unwrap_or_else(target));
    let app = app.map_or("Paperless", String::as_str);
    match page {
        "chooser" => flow::chooser(
            visit,
            &Chooser {
                app,
                goes_to: &target,
                user: &user,
                goes_on,
            },
            showing,
        ),
        "form-post" => flow::form_post(
            visit,
            &FormPost {
                app,
                address: &format!("{}/signed-out", elsewhere.0),
                goes_to: &target,
                fields: &[("code", "pac_a&b"), ("state", "\"<x>")],
            },
        ),
        "refused" => flow::request_refused(visit, "invalid_client", "No app of that client_id is known here."),
        "no-access" => flow::access_refused(
            visit,
            &AccessRefused {
                app,
                goes_to: &target,
                back: WayBack::Link(&format!("{}/signed-out?error=access_denied", elsewhere.0)),
            },
        ),
        "no-access-form" => flow::access_refused(
            visit,
            &AccessRefused {
                app,
                goes_to: &target,
                back: WayBack::Form {
                    address: &format!("{}/signed-out", elsewhere.0),
                    fields: &[("error", "access_denied"), ("state", "\"<x>")],
                },
            },
        ),
        "no-sign-out" => flow::sign_out_refused(visit, "invalid_request", "The address is none of the app's."),
        _ => flow::consent(
            visit,
            &Consent {
                app,
                goes_to: &target,
                user: &user,
                abilities: &[Ability::SeeNameAndAddress, Ability::KnowSignIn, Ability::StayConnected],
                scopes: &ScopeSet::default(),
                about: AboutApp {
                    app: Some("https://paperless.example/"),
                    policy: Some("https://paperless.example/privacy"),
                    terms: Some("https://paperless.example/terms"),
                },
                goes_on,
            },
            showing,
        ),
    }
}

fn goes_on(request: &HttpRequest) -> String {
    format!("{}?{}", request.path(), request.query_string())
}

fn grace() -> Email {
    Email::parse("grace@example.org").unwrap()
}
