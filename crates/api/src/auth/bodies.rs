//! Bodies of signing up, in and out.

use crate::auth::problems::UNSUPPORTED_GRANT_TYPE;
use crate::schemas;
use crate::users::bodies::presented_password;
use portcullis_application::registration::SignUp;
use portcullis_application::sign_in::LoginAttempt;
use portcullis_application::tokens::Tokens;
use portcullis_domain::{
    Carrier, Email, FullName, Locale, Origin, Password, PasswordPolicy, PresentedPassword, SecretText,
};
use portcullis_web::{Fields, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// Who signs up.
#[derive(ToSchema)]
pub(crate) struct RegisterBody {
    /// The address to sign in with, such as `ada@example.org`, in any letter case.
    #[schema(value_type = String, format = Email, max_length = 254)]
    email: Email,
    /// At least 8 characters, or more where the server asks for more; at most 128 characters. Any characters, except NUL.
    /// They are counted in Unicode's form NFC, in which the password is compared, too; nothing else of it is changed.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, pattern = "^[^\\u0000]*$")]
    password: Password,
    /// The name to be called by, such as `Ada Lovelace`.
    #[schema(schema_with = schemas::full_name)]
    full_name: FullName,
}

impl RegisterBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields, policy: PasswordPolicy) -> Result<Self, Refusal> {
        let email = fields.required("email", |text| Email::parse(&text));
        let password = fields.required("password", |text| Password::parse(SecretText::new(text), policy));
        let full_name = fields.required("full_name", |text| FullName::parse(&text));
        fields.finish(
            email
                .zip(password)
                .zip(full_name)
                .map(|((email, password), full_name)| Self {
                    email,
                    password,
                    full_name,
                }),
        )
    }
}

impl RegisterBody {
    /// Who signs up, by a request that asks for that language.
    pub(crate) fn sign_up(self, locale: Option<Locale>) -> SignUp {
        SignUp {
            email: self.email,
            password: self.password,
            full_name: self.full_name,
            locale,
        }
    }
}

/// Who signs in.
#[derive(ToSchema)]
pub(crate) struct LogInBody {
    /// The address of the account, in any letter case.
    #[schema(value_type = String)]
    email: Option<Email>,
    /// Its password.
    #[schema(value_type = String, format = Password)]
    password: PresentedPassword,
}

impl LogInBody {
    /// Checks the members. An address that is none is nobody's: it is answered as a wrong one, not as a flaw.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let email = fields.required_text("email").map(|text| Email::parse(&text).ok());
        let password = fields.required_text("password").map(presented_password);
        fields.finish(email.zip(password).map(|(email, password)| Self { email, password }))
    }

    /// The attempt to sign in from there, for a refresh token that goes by that carrier.
    pub(crate) fn attempt(self, carrier: Carrier, origin: Origin) -> LoginAttempt {
        LoginAttempt {
            email: self.email,
            password: self.password,
            carrier,
            origin,
        }
    }
}

/// The password grant of OAuth2 (RFC 6749, section 4.3.2). Other parameters, such as `scope`, `client_id` and
/// `client_secret`, are ignored. One without a value counts as left out.
#[derive(ToSchema)]
pub(crate) struct LogInForm {
    /// The grant.
    #[schema(value_type = GrantType, required = false)]
    grant_type: Option<GrantType>,
    /// The address of the account, in any letter case.
    #[schema(value_type = String, min_length = 1)]
    username: Option<Email>,
    /// Its password.
    #[schema(value_type = String, format = Password, min_length = 1)]
    password: PresentedPassword,
}

/// How a client signs in.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum GrantType {
    /// With the user's password.
    Password,
}

impl LogInForm {
    /// Checks the parameters.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let grant_type = match fields.optional_text("grant_type").as_deref() {
            Some("password") => Some(GrantType::Password),
            Some(_) => return Err(UNSUPPORTED_GRANT_TYPE.into()),
            None => None,
        };
        let username = fields.required_text("username").map(|text| Email::parse(&text).ok());
        let password = fields.required_text("password").map(presented_password);
        fields.finish(username.zip(password).map(|(username, password)| Self {
            grant_type,
            username,
            password,
        }))
    }
}

/// A form signs in as its JSON twin does.
impl From<LogInForm> for LogInBody {
    fn from(form: LogInForm) -> Self {
        match form.grant_type {
            Some(GrantType::Password) | None => Self {
                email: form.username,
                password: form.password,
            },
        }
    }
}

/// A refresh token.
#[derive(ToSchema)]
pub(crate) struct RefreshTokenBody {
    /// The refresh token that the last login or refresh answered. It begins with `prt_`.
    #[schema(value_type = String)]
    refresh_token: SecretText,
}

impl RefreshTokenBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let refresh_token = fields.required_text("refresh_token").map(SecretText::new);
        fields.finish(refresh_token.map(|refresh_token| Self { refresh_token }))
    }
}

impl From<RefreshTokenBody> for SecretText {
    fn from(body: RefreshTokenBody) -> Self {
        body.refresh_token
    }
}

/// An access token for the client's calls, and a refresh token that gets the next pair (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(crate) struct TokensBody {
    /// A JWT, for the header `Authorization: Bearer`.
    #[schema(examples("eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"))]
    access_token: String,
    /// For the next refresh, which spends it. Left out where it comes in the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("the text to send to /auth/refresh"))]
    refresh_token: Option<String>,
    /// How the access token is used.
    #[schema(examples("bearer"))]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(examples(900))]
    expires_in: i64,
}

impl From<Tokens> for TokensBody {
    fn from(tokens: Tokens) -> Self {
        let refresh_token = tokens.refresh_token.expose().to_owned();
        Self {
            refresh_token: Some(refresh_token),
            ..Self::without_refresh_token(&tokens)
        }
    }
}

impl TokensBody {
    /// For a client whose browser keeps the refresh token.
    pub(crate) fn without_refresh_token(tokens: &Tokens) -> Self {
        Self {
            access_token: tokens.access_token.expose().to_owned(),
            refresh_token: None,
            token_type: "bearer",
            expires_in: tokens.expires_in.num_seconds(),
        }
    }
}
