//! `/account`: who one is, and the way to everything else.

use crate::account::hall::{Hall, Place};
use crate::account::passkeys;
use crate::catalogue::Slot;
use crate::done::Done;
use crate::inside::Arrival;
use crate::markup::Markup;
use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::{LinkedIdentities, SecondFactors, Sessions};
use portcullis_web::Refusal;

#[derive(Template)]
#[template(path = "account.html")]
struct OverviewPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    name: &'v str,
    initials: String,
    address: Markup,
    is_verified: bool,
    /// What there is of a second factor, where it is on.
    second_factor: Option<Markup>,
    has_password: bool,
    /// How many accounts elsewhere are linked, where some may be.
    linked: Option<Markup>,
    /// How many passkeys there are, where there are passkeys at all.
    passkeys: Option<Markup>,
    /// The way to add the first one.
    add_passkey: Option<String>,
    devices: Markup,
}

/// Shows it.
pub(crate) async fn show(
    arrival: Arrival,
    sessions: Data<dyn Sessions>,
    factors: Data<dyn SecondFactors>,
    identities: Data<dyn LinkedIdentities>,
) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let visit = &inside.visit;
    let devices = sessions.count_own(&inside.actor).await?;
    let state = factors.state(&inside.actor).await?;
    let codes = [("codes", Slot::Number(state.recovery_codes_left))];
    let second_factor = state
        .totp_since
        .map(|_| visit.text_with("account-second-factor.summary", &codes));
    let linked = if visit.pages.settings.providers.is_empty() {
        None
    } else {
        let number = identities.list_own(&inside.actor).await?.len();
        Some(visit.text_with("account-linked.summary", &[("number", Slot::Number(number))]))
    };
    let user = inside.user();
    inside.answer_once(&OverviewPage {
        hall: inside.hall(Place::Overview, visit.text("account.title")),
        done: Done::inside(visit),
        name: user.full_name.as_str(),
        initials: initials(user.full_name.as_str()),
        address: Markup::plain_address(user.email.as_str()),
        is_verified: user.email_verified,
        second_factor,
        has_password: user.has_password,
        linked,
        passkeys: visit
            .pages
            .has_passkeys
            .then(|| visit.text_with("account-passkeys.count", &[("passkeys", Slot::Number(state.passkeys))])),
        add_passkey: (visit.pages.has_passkeys && state.passkeys == 0).then(|| visit.path(passkeys::NEW_PATH)),
        devices: visit.text_with("account.devices", &[("devices", Slot::Number(devices))]),
    })
}

/// The first letters of the first and of the last word of a name, for a picture of it.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next();
    let letters = [first, words.next_back()];
    letters
        .into_iter()
        .flatten()
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_by_its_first_letters() {
        assert_eq!(initials("Grace Brewster Hopper"), "GH");
        assert_eq!(initials("김하늘"), "김");
        assert_eq!(initials("élodie"), "É");
    }
}
