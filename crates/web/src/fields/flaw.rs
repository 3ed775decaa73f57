//! What can be wrong with a member.

use crate::refusal::FieldError;
use portcullis_application::ports::UserQueryError;
use portcullis_domain::{
    EmailError, FullNameError, LocaleError, PasswordError, TimeZoneError, UnknownAuditName, UnknownRole,
};
use std::borrow::Cow;
use std::convert::Infallible;

/// What is wrong with a member: a code for programs and a sentence for people.
pub struct Flaw {
    code: &'static str,
    detail: Cow<'static, str>,
}

impl Flaw {
    /// The member is not there.
    pub(crate) const MISSING: Self = Self::fixed("required", "this member is required");
    /// The parameter is not there.
    pub(crate) const MISSING_PARAMETER: Self = Self::fixed("required", "this parameter is required");
    /// The member is there, but is no string.
    pub(crate) const NOT_A_STRING: Self = Self::fixed("wrong_type", "this member is a string");
    /// The member is there, but is neither true nor false.
    pub(crate) const NOT_A_BOOLEAN: Self = Self::fixed("wrong_type", "this member is true or false");
    /// The member is there more than once.
    pub(crate) const REPEATED: Self = Self::fixed("repeated", "this member stands more than once");
    /// The member is there, but is no object.
    pub(crate) const NO_OBJECT: Self = Self::fixed("wrong_type", "this member is an object");
    /// The body as a whole is no object.
    pub(crate) const NOT_AN_OBJECT: Self = Self::fixed("wrong_type", "the body is a JSON object");

    /// A flaw of that code, told by that sentence.
    #[must_use]
    pub const fn fixed(code: &'static str, detail: &'static str) -> Self {
        Self {
            code,
            detail: Cow::Borrowed(detail),
        }
    }

    fn new(code: &'static str, detail: &impl ToString) -> Self {
        Self {
            code,
            detail: Cow::Owned(detail.to_string()),
        }
    }

    /// There is no such member; perhaps another was meant.
    pub(crate) fn unknown_member(meant: Option<&str>) -> Self {
        Self::unknown("unknown_member", "there is no such member here", meant)
    }

    /// There is no such parameter; perhaps another was meant.
    pub(crate) fn unknown_parameter(meant: Option<&str>) -> Self {
        Self::unknown("unknown_parameter", "there is no such parameter here", meant)
    }

    fn unknown(code: &'static str, detail: &'static str, meant: Option<&str>) -> Self {
        match meant {
            Some(meant) => Self::new(code, &format!("{detail}; did you mean {meant}?")),
            None => Self::fixed(code, detail),
        }
    }

    /// The flaw of the member at `pointer`, or of the parameter of a query.
    pub(crate) fn at(self, pointer: String, parameter: Option<String>) -> FieldError {
        FieldError {
            pointer,
            parameter,
            code: self.code,
            detail: self.detail.into_owned(),
        }
    }
}

impl From<EmailError> for Flaw {
    fn from(error: EmailError) -> Self {
        let code = match error {
            EmailError::Empty => "required",
            EmailError::TooLong => "too_long",
            EmailError::Invisible | EmailError::NotAscii => "not_ascii",
            EmailError::Blank
            | EmailError::Bracket
            | EmailError::NoAt
            | EmailError::SeveralAts
            | EmailError::NoLocalPart
            | EmailError::LongLocalPart
            | EmailError::LocalPartDot
            | EmailError::LocalPartCharacter
            | EmailError::NoDomain
            | EmailError::IpAddress
            | EmailError::NoDot
            | EmailError::DomainDot
            | EmailError::DomainCharacter
            | EmailError::DomainLabel
            | EmailError::NotAnAddress => "not_an_address",
        };
        Self::new(code, &error)
    }
}

impl From<FullNameError> for Flaw {
    fn from(error: FullNameError) -> Self {
        let code = match error {
            FullNameError::TooShort => "too_short",
            FullNameError::TooLong => "too_long",
            FullNameError::ControlCharacter | FullNameError::Invisible => "control_character",
        };
        Self::new(code, &error)
    }
}

impl From<PasswordError> for Flaw {
    fn from(error: PasswordError) -> Self {
        let code = match error {
            PasswordError::TooShort(_) => "too_short",
            PasswordError::TooLong => "too_long",
            PasswordError::Nul => "nul_character",
        };
        Self::new(code, &error)
    }
}

impl From<UnknownRole> for Flaw {
    fn from(error: UnknownRole) -> Self {
        Self::new("not_a_role", &error)
    }
}

impl From<LocaleError> for Flaw {
    fn from(error: LocaleError) -> Self {
        Self::new("not_a_language_tag", &error)
    }
}

impl From<TimeZoneError> for Flaw {
    fn from(error: TimeZoneError) -> Self {
        Self::new("not_a_time_zone", &error)
    }
}

impl From<UnknownAuditName> for Flaw {
    fn from(_: UnknownAuditName) -> Self {
        Self::fixed("not_an_event_type", "the audit trail has no events of this type")
    }
}

impl From<UserQueryError> for Flaw {
    fn from(error: UserQueryError) -> Self {
        Self::new("out_of_range", &error)
    }
}

/// Of what takes any text.
impl From<Infallible> for Flaw {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
