//! A page that asks whether something shall be done.

use crate::frame::Frame;
use crate::markup::Markup;
use crate::trouble::Trouble;
use askama::Template;

/// What is asked, and the form that does it.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage<'v> {
    pub(crate) frame: Frame<'v>,
    pub(crate) trouble: Trouble,
    pub(crate) question: Markup,
    /// What happens besides.
    pub(crate) consequence: Option<Markup>,
    pub(crate) action: String,
    pub(crate) token: &'v str,
    /// What the button says.
    pub(crate) confirm: Markup,
    pub(crate) hint: Markup,
}
