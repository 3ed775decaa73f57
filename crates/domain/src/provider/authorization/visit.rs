//! What the user must do before a request passes, step by step.

use super::{Agreement, Asking, Decision, Hint, NoAccess, Question, SignInAs, SignedIn, refuse};
use crate::{Acr, Client, ClientAccess, ConsentMode, Email, Role};
use chrono::TimeDelta;
use portcullis_oauth2::{Asked, AuthorizationErrorCode as Code, RedirectKind, Step};

/// How long a proof of who somebody is serves the request that asked for it, so that it does not run out while a page is read.
const PROOF_SERVES: TimeDelta = TimeDelta::minutes(10);

/// A visit of a request whose form is good.
pub(super) struct Visit<'q> {
    pub(super) question: &'q Question<'q>,
    pub(super) client: &'q Client,
    pub(super) asked: &'q Asked,
}

impl<'q> Visit<'q> {
    /// Asks the user, or tells the client that the user would have to be asked.
    fn ask(&self, page: Decision, code: Code, description: &str) -> Decision {
        if self.asked.prompt.is_silent() {
            refuse(code, description)
        } else {
            page
        }
    }

    fn prompts(&self, step: Step) -> bool {
        self.asked.prompt.asks_for(step)
    }

    fn login_hint(&self) -> Option<Email> {
        Email::parse(self.asked.login_hint.as_deref()?).ok()
    }

    pub(super) fn signed_in(&self) -> Result<&'q SignedIn<'q>, Decision> {
        let signed_in = self.question.signed_in.as_ref();
        signed_in.filter(|signed_in| signed_in.user.is_active).ok_or_else(|| {
            let page = if self.prompts(Step::Create) && self.question.is_registration_open {
                Decision::Register
            } else {
                Decision::SignIn(SignInAs::Anybody(self.login_hint()))
            };
            self.ask(page, Code::LoginRequired, "nobody is signed in")
        })
    }

    pub(super) fn is_the_right_user(&self, signed_in: &SignedIn<'_>) -> Result<(), Decision> {
        let has_chosen = self.question.stamp.is_some_and(|stamp| stamp.has_chosen) || self.is_proved_here(signed_in);
        if self.is_wanted_to_be_another(signed_in) {
            return Err(if has_chosen {
                refuse(
                    Code::LoginRequired,
                    "another user is signed in than the one of id_token_hint",
                )
            } else {
                self.ask(
                    Decision::ChooseAccount,
                    Code::LoginRequired,
                    "another user is signed in",
                )
            });
        }
        let is_expected = self.login_hint().is_none_or(|hint| hint == signed_in.user.email);
        if has_chosen || (is_expected && !self.prompts(Step::SelectAccount)) {
            Ok(())
        } else {
            Err(self.ask(
                Decision::ChooseAccount,
                Code::AccountSelectionRequired,
                "another user is signed in",
            ))
        }
    }

    /// Whether the client knows who it shall be, and it is not this one.
    fn is_wanted_to_be_another(&self, signed_in: &SignedIn<'_>) -> bool {
        let is_another_than_hinted = match &self.question.hint {
            Hint::Absent | Hint::Forged => false,
            Hint::Of(subject) => *subject != signed_in.subject,
        };
        let wanted = self.asked.claims.in_id_token("sub");
        let is_another_than_claimed = wanted.is_some_and(|wanted| !wanted.is_met_by(&signed_in.subject));
        is_another_than_hinted || is_another_than_claimed
    }

    /// Whether the user has proved who they are since this browser first sent the request.
    fn is_proved_here(&self, signed_in: &SignedIn<'_>) -> bool {
        let stamp = self.question.stamp;
        stamp.is_some_and(|stamp| signed_in.authenticated_at >= stamp.first_seen)
    }

    pub(super) fn is_proved_lately(&self, signed_in: &SignedIn<'_>) -> Result<(), Decision> {
        let (now, proved_at) = (self.question.now, signed_in.authenticated_at);
        let max_age = self.asked.max_age;
        let max_age = max_age.and_then(|age| TimeDelta::from_std(age.duration()).ok());
        let must_be_new = self.prompts(Step::Login) || max_age.is_some_and(|age| age.is_zero());
        let is_new_enough = if must_be_new {
            self.is_proved_here(signed_in) && now - proved_at <= PROOF_SERVES
        } else {
            max_age.is_none_or(|age| {
                let first_seen = self.question.stamp.map_or(now, |stamp| stamp.first_seen);
                proved_at >= first_seen - age && now - proved_at <= age.max(PROOF_SERVES)
            })
        };
        if is_new_enough {
            return Ok(());
        }
        let page = Decision::SignIn(SignInAs::Again);
        Err(self.ask(page, Code::LoginRequired, "the user signed in too long ago"))
    }

    /// The account's own duty comes before what the client demands.
    pub(super) fn has_enrolled(&self, signed_in: &SignedIn<'_>) -> Result<(), Decision> {
        if signed_in.owes_factor {
            Err(self.enrol())
        } else {
            Ok(())
        }
    }

    fn enrol(&self) -> Decision {
        self.ask(
            Decision::Enrol(Acr::TwoFactors),
            Code::InteractionRequired,
            "the user would have to set a second factor up",
        )
    }

    pub(super) fn may_use_the_client(&self, signed_in: &SignedIn<'_>) -> Result<(), Decision> {
        let (reason, may) = match self.client.settings.access {
            ClientAccess::Everyone => return Ok(()),
            ClientAccess::VerifiedEmail => (NoAccess::AddressNotVerified, signed_in.user.email_verified),
            ClientAccess::Members => (NoAccess::NotMember, signed_in.is_member),
            ClientAccess::Admins => (NoAccess::NotAdministrator, signed_in.user.role == Role::Admin),
        };
        if may {
            return Ok(());
        }
        Err(self.ask(
            Decision::NoAccess(reason),
            Code::AccessDenied,
            "the user may not use this client",
        ))
    }

    pub(super) fn is_proved_well(&self, signed_in: &SignedIn<'_>) -> Result<(), Decision> {
        let demand = self.demand();
        let is_met = match demand {
            Demand::Nothing => true,
            Demand::AtLeast(acr) => signed_in.acr >= acr,
            Demand::Unknown => false,
        };
        if is_met {
            return Ok(());
        }
        if self.asked.prompt.is_silent() {
            return Err(refuse(
                Code::InteractionRequired,
                "the user would have to prove more of who they are",
            ));
        }
        Err(match demand {
            Demand::AtLeast(acr) if signed_in.reachable_acr >= acr => Decision::StepUp(acr),
            // Anybody can come to that.
            Demand::AtLeast(Acr::TwoFactors) => Decision::Enrol(Acr::TwoFactors),
            Demand::AtLeast(Acr::PhishingResistant) if self.question.takes_passkeys => {
                Decision::Enrol(Acr::PhishingResistant)
            }
            Demand::Nothing | Demand::AtLeast(_) | Demand::Unknown => refuse(
                Code::UnmetAuthenticationRequirements,
                "the user can't sign in in the way that is demanded",
            ),
        })
    }

    /// How well the user must have proved who they are. `acr_values` is a wish and demands nothing.
    fn demand(&self) -> Demand {
        let least = self.client.settings.min_acr;
        let claim = self.asked.claims.in_id_token("acr");
        let values = claim
            .filter(|claim| claim.is_essential)
            .and_then(|claim| claim.values.as_ref());
        let Some(values) = values else {
            return least.map_or(Demand::Nothing, Demand::AtLeast);
        };
        let known = values.iter().filter_map(|value| value.parse::<Acr>().ok());
        match known.min() {
            Some(claimed) => Demand::AtLeast(least.map_or(claimed, |least| least.max(claimed))),
            None => Demand::Unknown,
        }
    }

    pub(super) fn has_agreed(&self, asking: &Asking) -> Result<(), Decision> {
        let agreed = match self.question.agreement {
            Agreement::Now(shown) if asking.agreed_to.is_subset(shown) => return Ok(()),
            // What is asked for grew since the page was shown.
            Agreement::Now(_) => None,
            Agreement::Before(consent) => consent.filter(|consent| consent.is_remembered(self.question.now)),
        };
        if self.anybody_may_listen() {
            // Any program of the machine may have started this, in the client's name (RFC 8252, section 8.6).
            let page = Decision::Consent(Box::new(asking.clone()));
            return Err(self.ask(page, Code::InteractionRequired, "the user must see who asks"));
        }
        let is_agreed = match self.client.settings.consent {
            ConsentMode::Skip => true,
            ConsentMode::Always => false,
            ConsentMode::Remember => agreed.is_some_and(|consent| asking.agreed_to.is_subset(&consent.scopes)),
        };
        if is_agreed && !self.prompts(Step::Consent) {
            return Ok(());
        }
        let page = Decision::Consent(Box::new(asking.clone()));
        Err(self.ask(page, Code::ConsentRequired, "the user has not agreed yet"))
    }

    /// Whether the answer goes where any program of the user's machine may listen, and the client can't show who it is.
    fn anybody_may_listen(&self) -> bool {
        let is_of_this_machine = match self.question.request.redirect_uri.kind() {
            RedirectKind::Https => false,
            RedirectKind::Loopback | RedirectKind::CustomScheme => true,
        };
        is_of_this_machine && !self.client.settings.is_confidential()
    }
}

/// How well a user must have proved who they are.
#[derive(Clone, Copy)]
enum Demand {
    Nothing,
    AtLeast(Acr),
    /// In a way that nobody here knows.
    Unknown,
}
