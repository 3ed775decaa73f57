//! Links of mails. A page shows what a link is good for and consumes nothing; only its form does.

use crate::visit::Visit;
use portcullis_application::Links;
use portcullis_application::links::LinkView;
use portcullis_domain::{LinkPurpose, LinkState, SecretText};
use portcullis_web::Refusal;

/// The token in the query of a page; `None` where there is none that can be read.
pub(crate) fn token_of(visit: &Visit) -> Option<SecretText> {
    visit.parameter("token").map(SecretText::new)
}

/// What a link is good for, from now on in the language of whom it is for; `None` where it is not good, or not any more.
pub(crate) async fn look(
    visit: &mut Visit,
    links: &dyn Links,
    purpose: LinkPurpose,
    token: &SecretText,
) -> Result<Option<LinkView>, Refusal> {
    let found = links.look(purpose, token).await?;
    let good = found.filter(|view| match view.state {
        LinkState::Good => true,
        LinkState::Used | LinkState::Replaced | LinkState::Expired => false,
    });
    if let Some(view) = &good {
        visit.write_for(view.locale.as_ref());
    }
    Ok(good)
}
