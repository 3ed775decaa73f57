//! What is wrong with what somebody sent, for the page that tells it.

use crate::markup::Markup;
use actix_web::http::StatusCode;

/// Nothing, or what the page tells above its form, with what is wrong with each field.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// What stands above the form.
    pub(crate) notice: Option<Notice>,
    /// What is wrong with fields.
    pub(crate) faults: Vec<Fault>,
}

/// What stands above a form.
#[derive(Debug)]
pub(crate) struct Notice {
    /// The class that colors it.
    pub(crate) tone: &'static str,
    pub(crate) heading: Markup,
    pub(crate) text: Option<Markup>,
    /// What it is, for programs.
    pub(crate) code: &'static str,
}

/// What is wrong with a field.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Its name.
    pub(crate) field: &'static str,
    pub(crate) text: Markup,
}

impl Trouble {
    /// Whether all is well.
    pub(crate) const fn is_none(&self) -> bool {
        self.notice.is_none()
    }

    /// The status of a page whose form is a button alone. All that goes wrong with it is that the page was open too long.
    pub(crate) const fn status_of_a_button(&self) -> StatusCode {
        if self.is_none() {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        }
    }

    /// What it is, for programs; `None` where all is well.
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.notice.as_ref().map(|notice| notice.code)
    }

    /// The same under another name for programs.
    pub(crate) fn coded(mut self, code: &'static str) -> Self {
        if let Some(notice) = &mut self.notice {
            notice.code = code;
        }
        self
    }

    /// What is wrong with that field.
    pub(crate) fn of(&self, field: &str) -> Option<&Markup> {
        let fault = self.faults.iter().find(|fault| fault.field == field)?;
        Some(&fault.text)
    }
}
