//! Bodies of what mails ask for: their links, and mails themselves.

use crate::schemas;
use portcullis_application::email_verification::MailRequest;
use portcullis_application::invitations::Joining;
use portcullis_domain::{Email, FullName, Locale, Origin, Password, PasswordPolicy, SecretText};
use portcullis_web::{Fields, Refusal};
use utoipa::ToSchema;

/// The text of a mailed link.
#[derive(ToSchema)]
pub(crate) struct LinkTokenBody {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String)]
    token: SecretText,
}

impl LinkTokenBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let token = fields.required_text("token").map(SecretText::new);
        fields.finish(token.map(|token| Self { token }))
    }

    /// The text.
    pub(crate) fn token(&self) -> &SecretText {
        &self.token
    }
}

/// Where to send a mail.
#[derive(ToSchema)]
pub(crate) struct MailRequestBody {
    /// The address of an account, in any letter case.
    #[schema(value_type = String)]
    email: Option<Email>,
}

impl MailRequestBody {
    /// Checks the members. An address that is none is nobody's: it is answered as one of nobody, not as a flaw.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let email = fields.required_text("email").map(|text| Email::parse(&text).ok());
        fields.finish(email.map(|email| Self { email }))
    }

    /// The request from there.
    pub(crate) fn request(self, locale: Option<Locale>, origin: Origin) -> MailRequest {
        MailRequest {
            email: self.email,
            locale,
            origin,
            browser: None,
        }
    }
}

/// The text of a mailed link, and a new password.
#[derive(ToSchema)]
pub(crate) struct ResetPasswordBody {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String)]
    pub(crate) token: SecretText,
    /// The new password, by the rules of signing up.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, pattern = "^[^\\u0000]*$")]
    pub(crate) new_password: Password,
}

impl ResetPasswordBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields, policy: PasswordPolicy) -> Result<Self, Refusal> {
        let token = fields.required_text("token").map(SecretText::new);
        let new = fields.required("new_password", |text| Password::parse(SecretText::new(text), policy));
        fields.finish(token.zip(new).map(|(token, new_password)| Self { token, new_password }))
    }
}

/// Who accepts an invitation.
#[derive(ToSchema)]
pub(crate) struct JoinBody {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String)]
    token: SecretText,
    /// The name to be called by.
    #[schema(schema_with = schemas::full_name)]
    full_name: FullName,
    /// The password to sign in with, by the rules of signing up.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, pattern = "^[^\\u0000]*$")]
    password: Password,
}

impl JoinBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields, policy: PasswordPolicy) -> Result<Self, Refusal> {
        let token = fields.required_text("token").map(SecretText::new);
        let full_name = fields.required("full_name", |text| FullName::parse(&text));
        let password = fields.required("password", |text| Password::parse(SecretText::new(text), policy));
        fields.finish(
            token
                .zip(full_name)
                .zip(password)
                .map(|((token, full_name), password)| Self {
                    token,
                    full_name,
                    password,
                }),
        )
    }

    /// The link's text, and who joins.
    pub(crate) fn joining(self, locale: Option<Locale>) -> (SecretText, Joining) {
        let joining = Joining {
            full_name: self.full_name,
            password: self.password,
            locale,
        };
        (self.token, joining)
    }
}
