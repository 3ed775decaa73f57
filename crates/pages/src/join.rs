//! `/join`: accepting an invitation.

use crate::forms::{Faults, NAME, NEW_PASSWORD, open_too_long};
use crate::frame::{Frame, Gate};
use crate::links::{look, token_of};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::told;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::invitations::{JoinError, Joining};
use portcullis_application::{Invitations, Links};
use portcullis_domain::{FullName, LinkPurpose, SecretText};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/join";

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    address: Markup,
    email: &'v str,
    action: String,
    token: &'v str,
    name: String,
    least: usize,
}

/// What a form told, to be shown again.
struct Refused {
    status: StatusCode,
    trouble: Trouble,
    name: String,
}

/// Asks for a name and a password, or tells that the account is made.
pub(crate) async fn show(mut visit: Visit, links: Data<dyn Links>) -> Result<HttpResponse, Refusal> {
    let Some(token) = token_of(&visit) else {
        return if visit.notice() == Some(Notice::Joined) {
            told::ready(&visit, "join.done", "common.you-can-sign-in")
        } else {
            told::link_expired(&visit, LinkPurpose::Join)
        };
    };
    ask(&mut visit, &**links, &token, None).await
}

/// Makes the account.
pub(crate) async fn save(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    links: Data<dyn Links>,
    invitations: Data<dyn Invitations>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let (token, name) = (sent.secret("token"), sent.text(NAME));
    visit.is_at(PATH, Some(&token));
    let refused = |status, trouble| {
        let name = name.clone();
        Some(Refused { status, trouble, name })
    };
    if !sent.is_shown {
        let refused = refused(StatusCode::FORBIDDEN, open_too_long(&visit));
        return ask(&mut visit, &**links, &token, refused).await;
    }
    let mut faults = Faults::of(&visit);
    let full_name = faults.full_name(&name);
    let password = faults.new_password(sent.secret(NEW_PASSWORD));
    let (Some(full_name), Some(password)) = (full_name, password) else {
        let refused = refused(StatusCode::UNPROCESSABLE_ENTITY, faults.told());
        return ask(&mut visit, &**links, &token, refused).await;
    };
    let joining = Joining {
        full_name,
        password,
        locale: visit.locale(),
    };
    match invitations.join(&token, joining, origin.0).await {
        Ok(_) => Ok(visit.done_by(&token, PATH, Notice::Joined)),
        Err(JoinError::InvalidToken) => told::used_up(&visit, LinkPurpose::Join, PATH, Notice::Joined, &token),
        Err(JoinError::EmailTaken) => told::taken(&visit),
        Err(JoinError::TooCommon(_)) => {
            let trouble = Faults::of(&visit).common_password();
            let refused = refused(StatusCode::UNPROCESSABLE_ENTITY, trouble);
            ask(&mut visit, &**links, &token, refused).await
        }
        Err(JoinError::Hasher(error)) => Err(error.into()),
        Err(JoinError::Store(error)) => Err(error.into()),
    }
}

async fn ask(
    visit: &mut Visit,
    links: &dyn Links,
    token: &SecretText,
    refused: Option<Refused>,
) -> Result<HttpResponse, Refusal> {
    visit.is_at(PATH, Some(token));
    let Some(view) = look(visit, links, LinkPurpose::Join, token).await? else {
        return told::link_expired(visit, LinkPurpose::Join);
    };
    let invited_as = view.full_name.as_ref().map_or("", FullName::as_str);
    let Refused { status, trouble, name } = refused.unwrap_or_else(|| Refused {
        status: StatusCode::OK,
        trouble: Trouble::default(),
        name: invited_as.to_owned(),
    });
    let frame = visit.frame(Gate::Half, visit.text("join.title")).telling(&trouble);
    let page = JoinPage {
        frame,
        trouble,
        address: Markup::address(view.email.as_str()),
        email: view.email.as_str(),
        action: visit.path(PATH),
        token: token.expose(),
        name,
        least: visit.pages.settings.password_policy.min_characters(),
    };
    visit.answer(status, &page)
}
