//! The app that a sign-in goes on to, by its request.

use super::asked::Asked;
use crate::flow::{FormTarget, WaitingApp, WaitingApps};
use async_trait::async_trait;
use portcullis_application::Authorizations;
use portcullis_application::provider::answer::{Answer, Page};
use portcullis_application::provider::authorizations::AuthorizationVisit;
use portcullis_domain::{Origin, SignInAs};
use portcullis_web::Refusal;
use std::sync::Arc;

/// The apps whose requests a stranger would have to sign in for. No store is read.
pub struct AppsOfClients(pub Arc<dyn Authorizations>);

#[async_trait]
impl WaitingApps for AppsOfClients {
    async fn find(&self, request: &str) -> Result<Option<WaitingApp>, Refusal> {
        let visit = AuthorizationVisit {
            parameters: Asked::read(request.as_bytes()).parameters,
            cookie: None,
            stamp: None,
            origin: Origin::default(),
        };
        let Answer::Page(page) = self.0.look(visit).await?.answer else {
            return Ok(None);
        };
        let goes_to = FormTarget::of_registered(page.redirect_uri.as_str());
        let address = match page.page {
            Page::SignIn(SignInAs::Anybody(address)) => address.map(|address| address.as_str().to_owned()),
            Page::SignIn(SignInAs::Again)
            | Page::Register
            | Page::ChooseAccount(_)
            | Page::StepUp(_)
            | Page::Enrol(_)
            | Page::NoAccess(..)
            | Page::Consent(..) => None,
        };
        Ok(Some(WaitingApp {
            name: page.client,
            goes_to,
            address,
        }))
    }
}
