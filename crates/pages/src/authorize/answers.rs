//! What a browser is answered whose request was judged.

use super::asked::Asked;
use super::stamps;
use crate::account::confirm_identity;
use crate::account::hall::Place;
use crate::account::passkeys;
use crate::continuation::Continuation;
use crate::flow::{
    Ability, AboutApp, AccessRefused, Chooser, Consent, FormPost, FormTarget, Showing, WayBack, access_refused,
    chooser, consent, form_post, request_refused,
};
use crate::inside::session_cookie;
use crate::sign_in;
use crate::sign_up;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, LOCATION, REFERRER_POLICY, SET_COOKIE};
use portcullis_application::provider::answer::{Answer, ClientAnswer, Judged, Page, PageOf};
use portcullis_domain::{Acr, ClientPage, Stamp, User};
use portcullis_oauth2::ResponseMode;
use portcullis_web::Refusal;

/// The answer. Whoever is signed in stays so for longer by it.
pub(super) fn tell(mut visit: Visit, asked: &Asked, judged: Judged, showing: Showing) -> Result<HttpResponse, Refusal> {
    let Judged { answer, stays_for } = judged;
    if asked.language().is_none()
        && let Some(user) = shown_to(&answer)
    {
        visit.write_for(user.locale.as_ref());
    }
    let mut told = match answer {
        Answer::Untrusted { code, cause, .. } => request_refused(&visit, code.as_str(), &cause)?,
        Answer::Client(answer) => send(&visit, &answer)?,
        Answer::Page(page) => show_page(&visit, asked, &page, showing)?,
    };
    let staying = visit.browser.session().zip(stays_for);
    let cookie = staying.and_then(|(cookie, stays_for)| session_cookie(&visit, cookie, stays_for));
    if let Some(cookie) = cookie {
        told.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(told)
}

fn shown_to(answer: &Answer) -> Option<&User> {
    match answer {
        Answer::Untrusted { .. } | Answer::Client(_) => None,
        Answer::Page(page) => match &page.page {
            Page::SignIn(_) | Page::Register | Page::StepUp(_) | Page::Enrol(_) | Page::NoAccess(..) => None,
            Page::ChooseAccount(user) | Page::Consent(user, ..) => Some(user),
        },
    }
}

fn fields_of(answer: &ClientAnswer) -> Vec<(&str, &str)> {
    let parameters = answer.parameters.iter();
    parameters.map(|(name, value)| (*name, value.as_str())).collect()
}

/// The only place from which a browser goes to an app.
fn send(visit: &Visit, answer: &ClientAnswer) -> Result<HttpResponse, Refusal> {
    if answer.mode == ResponseMode::FormPost {
        let fields = fields_of(answer);
        let address = answer.redirect_uri.as_str();
        let goes_to = FormTarget::of_registered(address);
        let sent = FormPost {
            app: &answer.client,
            address,
            goes_to: &goes_to,
            fields: &fields,
        };
        return form_post(visit, &sent);
    }
    // By the query.
    let location = HeaderValue::try_from(answer.location()).map_err(|error| Refusal::internal(&error))?;
    let mut sent = visit.see_other("/").finish();
    let headers = sent.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(sent)
}

fn show_page(visit: &Visit, asked: &Asked, page: &PageOf, showing: Showing) -> Result<HttpResponse, Refusal> {
    let stamp = page
        .stamp
        .unwrap_or_else(|| Stamp::first(visit.pages.ports.clock.now()));
    let goes_on = stamps::stamped(visit, asked, stamp);
    let goes_to = FormTarget::of_registered(page.redirect_uri.as_str());
    match &page.page {
        Page::SignIn(_) => {
            let path = Continuation::parse(&goes_on).behind(sign_in::PATH);
            Ok(visit.go_on(&path, None).finish())
        }
        Page::Register => {
            let path = Continuation::parse(&goes_on).behind(sign_up::PATH);
            Ok(visit.go_on(&path, None).finish())
        }
        Page::StepUp(acr) => {
            let path = confirm_identity::path_for(&Continuation::parse(&goes_on), *acr);
            Ok(visit.go_on(&path, None).finish())
        }
        Page::Enrol(acr) => {
            let page = match acr {
                Acr::PhishingResistant => passkeys::NEW_PATH,
                Acr::OneFactor | Acr::TwoFactors => Place::SecondFactor.path(),
            };
            let path = Continuation::parse(&goes_on).behind(page);
            Ok(visit.go_on(&path, None).finish())
        }
        Page::ChooseAccount(user) => {
            let shown = Chooser {
                app: &page.client,
                goes_to: &goes_to,
                user: &user.email,
                goes_on: &goes_on,
            };
            chooser(visit, &shown, showing)
        }
        Page::NoAccess(_, answer) => {
            let location = answer.location();
            let fields = fields_of(answer);
            let back = if answer.mode == ResponseMode::FormPost {
                WayBack::Form {
                    address: answer.redirect_uri.as_str(),
                    fields: &fields,
                }
            } else {
                WayBack::Link(&location)
            };
            let refused = AccessRefused {
                app: &page.client,
                goes_to: &goes_to,
                back,
            };
            access_refused(visit, &refused)
        }
        Page::Consent(user, asking, described) => {
            let abilities = Ability::of_scopes(&asking.agreed_to, described);
            let shown = Consent {
                app: &page.client,
                goes_to: &goes_to,
                user: &user.email,
                abilities: &abilities,
                scopes: &asking.agreed_to,
                about: AboutApp {
                    app: page.about.client.as_ref().map(ClientPage::as_str),
                    policy: page.about.policy.as_ref().map(ClientPage::as_str),
                    terms: page.about.terms.as_ref().map(ClientPage::as_str),
                },
                goes_on: &goes_on,
            };
            consent(visit, &shown, showing)
        }
    }
}
