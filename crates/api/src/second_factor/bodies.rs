//! Bodies of second factors.

use crate::users::bodies::presented_password;
use portcullis_application::ports::Enrolment;
use portcullis_application::reauthentication::ProofShown;
use portcullis_application::second_factors::FactorState;
use portcullis_domain::{PresentedPassword, SecretText, User};
use portcullis_web::{Fields, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// The second half of a sign-in.
#[derive(ToSchema)]
pub(crate) struct LogInByCodeBody {
    /// What the first half answered. It begins with `pmc_`.
    #[schema(value_type = String)]
    pub(crate) mfa_token: SecretText,
    /// The six digits that the authenticator app shows, or a recovery code, in any letter case, with or without its dashes.
    #[schema(value_type = String, max_length = 256)]
    pub(crate) code: SecretText,
}

impl LogInByCodeBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let mfa_token = fields.required_text("mfa_token").map(SecretText::new);
        let code = fields.required_text("code").map(SecretText::new);
        fields.finish(mfa_token.zip(code).map(|(mfa_token, code)| Self { mfa_token, code }))
    }
}

/// What proves once more who somebody is.
#[derive(ToSchema)]
pub(crate) struct ReauthenticateBody {
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: PresentedPassword,
    /// A code, as for signing in. Without it the proof is one of one factor.
    #[schema(value_type = String, required = false, max_length = 256)]
    code: Option<SecretText>,
}

impl ReauthenticateBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let password = fields.required_text("password").map(presented_password);
        let code = fields.optional_text("code").map(SecretText::new);
        fields.finish(password.map(|password| Self { password, code }))
    }
}

impl From<ReauthenticateBody> for ProofShown {
    fn from(body: ReauthenticateBody) -> Self {
        Self {
            password: body.password,
            code: body.code,
        }
    }
}

/// The password, for what a thief of tokens must not do.
#[derive(ToSchema)]
pub(crate) struct PasswordBody {
    /// The password. Where the account has none, it is left out, and a proof of the last ten minutes stands in its place.
    #[schema(value_type = String, format = Password)]
    pub(crate) password: Option<PresentedPassword>,
}

impl PasswordBody {
    /// Checks the members of a body of that user's.
    pub(crate) fn read(mut fields: Fields, user: &User) -> Result<Self, Refusal> {
        let password = password(&mut fields, user);
        fields.finish(Some(Self { password }))
    }
}

/// The password and a code: both factors.
#[derive(ToSchema)]
pub(crate) struct RemoveFactorBody {
    /// The password. Where the account has none, it is left out, and a proof of the last ten minutes stands in its place.
    #[schema(value_type = String, format = Password)]
    pub(crate) password: Option<PresentedPassword>,
    /// A code, as for signing in.
    #[schema(value_type = String, max_length = 256)]
    pub(crate) code: SecretText,
}

impl RemoveFactorBody {
    /// Checks the members of a body of that user's.
    pub(crate) fn read(mut fields: Fields, user: &User) -> Result<Self, Refusal> {
        let password = password(&mut fields, user);
        let code = fields.required_text("code").map(SecretText::new);
        fields.finish(code.map(|code| Self { password, code }))
    }
}

/// The password. Where it has to be there and is not, the fields say so as they end.
fn password(fields: &mut Fields, user: &User) -> Option<PresentedPassword> {
    let text = if user.has_password {
        fields.required_text("password")
    } else {
        fields.optional_text("password")
    };
    text.map(presented_password)
}

/// A code of the authenticator app.
#[derive(ToSchema)]
pub(crate) struct ConfirmBody {
    /// The six digits that the app shows.
    #[schema(value_type = String, max_length = 256)]
    pub(crate) code: SecretText,
}

impl ConfirmBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let code = fields.required_text("code").map(SecretText::new);
        fields.finish(code.map(|code| Self { code }))
    }
}

/// What an authenticator app is given. It is told this once.
#[derive(Serialize, ToSchema)]
#[schema(as = TotpEnrolment)]
pub(crate) struct EnrolmentBody {
    /// The secret in base32, for whoever types it.
    #[schema(examples("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"))]
    secret: String,
    /// The same with all that belongs to it.
    #[schema(examples(
        "otpauth://totp/Portcullis:ada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Portcullis"
    ))]
    otpauth_uri: String,
    /// The URI as a QR code: an SVG document.
    #[schema(examples("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"))]
    qr_svg: String,
}

impl From<&Enrolment> for EnrolmentBody {
    fn from(enrolment: &Enrolment) -> Self {
        Self {
            secret: enrolment.secret.expose().to_owned(),
            otpauth_uri: enrolment.uri.expose().to_owned(),
            qr_svg: enrolment.qr.svg().expose().to_owned(),
        }
    }
}

/// Recovery codes. They are told this once.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub(crate) struct RecoveryCodesBody {
    /// Ten codes, each good for one sign-in.
    #[schema(min_items = 10, max_items = 10, examples(json!(["k7m3-q2xd-9fwt-h4np"])))]
    recovery_codes: Vec<String>,
}

impl RecoveryCodesBody {
    pub(crate) fn of(codes: &[SecretText]) -> Self {
        Self {
            recovery_codes: codes.iter().map(|code| code.expose().to_owned()).collect(),
        }
    }
}

/// The caller's second factor.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub(crate) struct FactorStateBody {
    /// Whether an authenticator app is asked for a code at each sign-in.
    #[schema(examples(true))]
    totp: bool,
    /// How many passkeys there are. There are none yet.
    #[schema(examples(0))]
    passkeys: usize,
    /// How many recovery codes are left.
    #[schema(examples(10))]
    recovery_codes_left: usize,
}

impl From<FactorState> for FactorStateBody {
    fn from(state: FactorState) -> Self {
        Self {
            totp: state.totp_since.is_some(),
            passkeys: 0,
            recovery_codes_left: state.recovery_codes_left,
        }
    }
}
