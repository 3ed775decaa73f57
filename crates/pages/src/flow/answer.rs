//! What a person sent from a page of a flow.

use crate::continuation::Continuation;
use crate::flow::FlowForm;
use crate::sent::Sent;
use crate::visit::Visit;
use portcullis_web::{Incoming, Refusal};

/// What a person sent from a page of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowAnswer {
    /// What the app asked for: the path and query that the page was shown for, written anew.
    pub goes_on: String,
    /// The button that was pressed, by its value. `None` where none was named.
    pub pressed: Option<String>,
    /// The form that this browser was shown about that request, with the same person signed in. Where it was shown none, the
    /// page is to be [shown again](crate::flow::Showing::Again) and nothing else happens.
    pub form: Option<FlowForm>,
}

impl FlowAnswer {
    /// Reads the form. `button` is the name that its buttons share.
    ///
    /// # Errors
    /// A form of another site, and what is no form.
    pub async fn read(visit: &Visit, incoming: Incoming, button: &'static str) -> Result<Self, Refusal> {
        let mut goes_on = Continuation::default();
        let mut form = None;
        let sent = Sent::read_judged(visit, incoming, |proof, fields| {
            goes_on = Continuation::parse(&fields.optional_text("continue").unwrap_or_default());
            form = FlowForm::shown(visit, &goes_on, proof);
            form.is_some()
        });
        let mut sent = sent.await?;
        Ok(Self {
            goes_on: goes_on.path(),
            pressed: sent.given(button),
            form,
        })
    }
}
