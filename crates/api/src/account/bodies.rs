//! Bodies of one's own account.

use crate::schemas;
use crate::users::bodies::presented_password;
use portcullis_application::ProfileChange;
use portcullis_domain::{
    Email, FullName, Locale, Password, PasswordPolicy, PresentedPassword, SecretText, TimeZone, User,
};
use portcullis_web::{Fields, Refusal};
use utoipa::ToSchema;

/// What to change of one's profile; what is left out stays as it is.
#[derive(ToSchema)]
#[schema(examples(json!({})))]
pub(crate) struct ChangeProfileBody {
    /// Another name, such as `Ada King`.
    #[schema(schema_with = schemas::full_name, required = false)]
    full_name: Option<FullName>,
    /// Another address. With mail it waits in `pending_email` until its mailed link is used; the present address takes back
    /// what waits. Without mail it changes at once, and is unverified.
    #[schema(value_type = String, required = false, format = Email, max_length = 254)]
    email: Option<Email>,
    /// Another language: a BCP 47 tag, such as `ko-KR`.
    #[schema(value_type = String, required = false, min_length = 2, max_length = 35)]
    locale: Option<Locale>,
    /// Another time zone, of the IANA database, such as `Asia/Seoul`.
    #[schema(value_type = String, required = false, max_length = 64)]
    time_zone: Option<TimeZone>,
}

impl ChangeProfileBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let full_name = fields.optional("full_name", |text| FullName::parse(&text));
        let email = fields.optional("email", |text| Email::parse(&text));
        let locale = fields.optional("locale", |text| Locale::parse(&text));
        let time_zone = fields.optional("time_zone", |text| TimeZone::parse(&text));
        fields.finish(Some(Self {
            full_name,
            email,
            locale,
            time_zone,
        }))
    }
}

impl From<ChangeProfileBody> for ProfileChange {
    fn from(body: ChangeProfileBody) -> Self {
        Self {
            full_name: body.full_name,
            email: body.email,
            locale: body.locale,
            time_zone: body.time_zone,
        }
    }
}

/// The present password and the next.
#[derive(ToSchema)]
pub(crate) struct ChangePasswordBody {
    /// The present password. Where the account has none, it is left out, and a proof of the last ten minutes stands in its
    /// place.
    #[schema(value_type = String, required = false, format = Password)]
    pub(crate) current_password: Option<PresentedPassword>,
    /// The next one, by the rules of signing up.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, pattern = "^[^\\u0000]*$")]
    pub(crate) new_password: Password,
}

impl ChangePasswordBody {
    /// Checks the members of a body of that user's.
    pub(crate) fn read(mut fields: Fields, policy: PasswordPolicy, user: &User) -> Result<Self, Refusal> {
        let current_password = password_of(&mut fields, "current_password", user);
        let new = fields.required("new_password", |text| Password::parse(SecretText::new(text), policy));
        fields.finish(new.map(|new_password| Self {
            current_password,
            new_password,
        }))
    }
}

/// The present password, for what a thief of tokens must not do.
#[derive(ToSchema)]
#[schema(examples(json!({})))]
pub(crate) struct DeleteAccountBody {
    /// The present password. Where the account has none, it is left out, and a proof of the last ten minutes stands in its
    /// place.
    #[schema(value_type = String, required = false, format = Password)]
    pub(crate) password: Option<PresentedPassword>,
}

impl DeleteAccountBody {
    /// Checks the members of a body of that user's.
    pub(crate) fn read(mut fields: Fields, user: &User) -> Result<Self, Refusal> {
        let password = password_of(&mut fields, "password", user);
        fields.finish(Some(Self { password }))
    }
}

/// The present password of a user, in that member. Where it has to be there and is not, the fields say so as they end.
pub(crate) fn password_of(fields: &mut Fields, member: &'static str, user: &User) -> Option<PresentedPassword> {
    let text = if user.has_password {
        fields.required_text(member)
    } else {
        fields.optional_text(member)
    };
    text.map(presented_password)
}
