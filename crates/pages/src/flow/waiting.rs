//! The app that a sign-in goes on to.

use crate::flow::form_target::FormTarget;
use actix_web::HttpResponse;
use async_trait::async_trait;
use portcullis_web::Refusal;

/// The app that waits for a sign-in, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingApp {
    /// What people know it by.
    pub name: String,
    /// Where it is answered.
    pub goes_to: FormTarget,
    /// The address that it thinks will sign in.
    pub address: Option<String>,
}

/// Knows which app a request is of.
#[async_trait]
pub trait WaitingApps: Send + Sync {
    /// The app whose request that is, by the query of `/oauth2/authorize`; `None` where it is none that is answered.
    async fn find(&self, request: &str) -> Result<Option<WaitingApp>, Refusal>;
}

impl WaitingApp {
    /// The answer, whose forms may end at the app where one waits.
    pub(crate) fn let_in(app: Option<&Self>, answer: HttpResponse) -> HttpResponse {
        match app {
            Some(app) => app.goes_to.allowed_by(answer),
            None => answer,
        }
    }
}
