//! Which form of a flow a person sends, and what its page showed.

use crate::continuation::Continuation;
use crate::visit::Visit;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_oauth2::ScopeSet;

/// A form of a flow. Its proof is good for it alone: what one page asks is not agreed to by the button of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowForm {
    /// Asks whether an app may do what these scopes allow.
    Consent(ScopeSet),
    /// Asks with which account to go on.
    Chooser,
    /// Goes back to the app without a sign-in.
    Cancel,
    /// Asks whether to sign out.
    SignOut,
}

impl FlowForm {
    /// What the form carries, about what waits. That of a consent also says what was shown.
    pub(crate) fn proof(&self, visit: &Visit, goes_on: &Continuation) -> String {
        let proof = visit.browser.form_proof(&self.subject(goes_on), &visit.pages);
        match self {
            Self::Consent(shown) => format!("{}.{proof}", URL_SAFE_NO_PAD.encode(shown.to_string())),
            Self::Chooser | Self::Cancel | Self::SignOut => proof,
        }
    }

    /// The form of which that is the proof, about what waits. `None` where this browser was not shown it.
    pub(crate) fn shown(visit: &Visit, goes_on: &Continuation, sent: &str) -> Option<Self> {
        let is_proof_of = |form: &Self, proof| visit.browser.was_shown(proof, &form.subject(goes_on), &visit.pages);
        match sent.split_once('.') {
            Some((shown, proof)) => {
                let shown = String::from_utf8(URL_SAFE_NO_PAD.decode(shown).ok()?).ok()?;
                let scopes = match shown.as_str() {
                    "" => ScopeSet::default(),
                    shown => ScopeSet::parse(shown).ok()?,
                };
                Some(Self::Consent(scopes)).filter(|form| is_proof_of(form, proof))
            }
            None => [Self::Chooser, Self::Cancel, Self::SignOut]
                .into_iter()
                .find(|form| is_proof_of(form, sent)),
        }
    }

    /// No path, and no scope, has a line end in it.
    fn subject(&self, goes_on: &Continuation) -> String {
        let path = goes_on.path();
        match self {
            Self::Consent(shown) => format!("consent\n{shown}\n{path}"),
            Self::Chooser => format!("chooser\n{path}"),
            Self::Cancel => format!("cancel\n{path}"),
            Self::SignOut => format!("sign-out\n{path}"),
        }
    }
}
