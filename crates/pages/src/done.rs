//! What was done just now, told above a page that people go on with.

use crate::markup::Markup;
use crate::notice::Notice;
use crate::visit::Visit;

/// What was done.
pub(crate) struct Done {
    /// The class that colors it.
    pub(crate) tone: &'static str,
    pub(crate) heading: Markup,
    pub(crate) text: Option<Markup>,
}

impl Done {
    /// What the notice tells that came along, on a page where somebody signs in.
    pub(crate) fn before_sign_in(visit: &Visit) -> Option<Self> {
        let (heading, text) = match visit.notice()? {
            Notice::EmailConfirmed => ("verify-email.done", Some("common.you-can-sign-in")),
            Notice::SignInOver => ("second-factor.over", Some("second-factor.over-lead")),
            Notice::EmailRestored
            | Notice::AccountSecured
            | Notice::PasswordChanged
            | Notice::NothingChanged
            | Notice::Joined
            | Notice::SignedOut(_)
            | Notice::OwnPasswordChanged
            | Notice::ProfileSaved
            | Notice::DeviceSignedOut
            | Notice::OthersSignedOut
            | Notice::SecondFactorOn
            | Notice::SecondFactorOff
            | Notice::AppDisconnected
            | Notice::PasskeyAdded
            | Notice::PasskeyRenamed
            | Notice::PasskeyRemoved
            | Notice::IdentityLinked
            | Notice::IdentityUnlinked
            | Notice::IdentityTaken
            | Notice::TooManyIdentities
            | Notice::ProofOfAnother
            | Notice::ProofNotFresh
            | Notice::ProofRefused
            | Notice::ProofUnreachable
            | Notice::LinkRefused
            | Notice::LinkLeft
            | Notice::LinkUnreachable
            | Notice::LinkUnusable => return None,
        };
        Some(Self::of(visit, heading, text))
    }

    /// The same on a page of the account.
    pub(crate) fn inside(visit: &Visit) -> Option<Self> {
        let (heading, text) = match visit.notice()? {
            Notice::OwnPasswordChanged => ("new-password.done", Some("account-password.others-out")),
            Notice::ProfileSaved => ("account-profile.saved", None),
            Notice::DeviceSignedOut => ("account-sessions.ended", Some("account-sessions.at-once")),
            Notice::OthersSignedOut => ("account-sessions.others-ended", Some("account-sessions.at-once")),
            Notice::SecondFactorOn => ("account-second-factor.is-on", None),
            Notice::SecondFactorOff => ("account-second-factor.is-off", None),
            Notice::AppDisconnected => ("account-apps.disconnected", Some("account-apps.at-once")),
            Notice::PasskeyAdded => ("account-passkeys.added", Some("account-passkeys.added-lead")),
            Notice::PasskeyRenamed => ("account-passkeys.renamed", None),
            Notice::PasskeyRemoved => ("account-passkeys.removed", Some("account-passkeys.removed-lead")),
            Notice::EmailConfirmed
            | Notice::SignInOver
            | Notice::EmailRestored
            | Notice::AccountSecured
            | Notice::PasswordChanged
            | Notice::NothingChanged
            | Notice::Joined
            | Notice::IdentityLinked
            | Notice::IdentityUnlinked
            | Notice::IdentityTaken
            | Notice::TooManyIdentities
            | Notice::ProofOfAnother
            | Notice::ProofNotFresh
            | Notice::ProofRefused
            | Notice::ProofUnreachable
            | Notice::LinkRefused
            | Notice::LinkLeft
            | Notice::LinkUnreachable
            | Notice::LinkUnusable
            | Notice::SignedOut(_) => return None,
        };
        Some(Self::of(visit, heading, text))
    }

    fn of(visit: &Visit, heading: &str, text: Option<&str>) -> Self {
        Self {
            tone: "good",
            heading: visit.text(heading),
            text: text.map(|key| visit.text(key)),
        }
    }
}
