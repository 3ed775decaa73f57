//! Bodies of second factors.

use crate::account::bodies::password_of;
use crate::passkeys::bodies::ShownBody;
use crate::users::bodies::presented_password;
use portcullis_application::ports::Enrolment;
use portcullis_application::reauthentication::ProofShown;
use portcullis_application::second_factors::FactorState;
use portcullis_application::sign_in_by_code::SecondShown;
use portcullis_domain::{PresentedPassword, SecretText, User};
use portcullis_web::{Fields, Flaw, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// The second half of a sign-in.
#[derive(ToSchema)]
pub(crate) struct LogInByCodeBody {
    /// What the first half answered. It begins with `pmc_`.
    #[schema(value_type = String)]
    pub(crate) mfa_token: SecretText,
    /// The six digits that the authenticator app shows, or a recovery code, in any letter case, with or without its dashes.
    #[schema(value_type = String, required = false, max_length = 256)]
    code: Option<SecretText>,
    /// In its place: the answer of a browser to the options that `/auth/passkeys/options` gave for this `mfa_token`.
    #[schema(value_type = ShownBody, required = false)]
    passkey: Option<ShownBody>,
}

impl LogInByCodeBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let mfa_token = fields.required_text("mfa_token").map(SecretText::new);
        let passkey = fields.optional_within("passkey", ShownBody::take);
        let code = code_beside(&mut fields, passkey.is_some());
        fields.finish(mfa_token.map(|mfa_token| Self {
            mfa_token,
            code,
            passkey,
        }))
    }

    /// By what the sign-in goes on.
    pub(crate) fn into_parts(self) -> (SecretText, SecondShown) {
        let shown = match (self.passkey, self.code) {
            (Some(passkey), _) => SecondShown::Passkey(passkey.into(), None),
            // One of both is there, or the body would have been refused.
            (None, code) => SecondShown::Code(code.unwrap_or_else(|| SecretText::new(String::new()))),
        };
        (self.mfa_token, shown)
    }
}

/// A code that must be there, unless a passkey stands in its place: then it may not.
fn code_beside(fields: &mut Fields, has_passkey: bool) -> Option<SecretText> {
    let code = if has_passkey {
        fields.optional("code", |_| Err::<String, _>(INSTEAD))
    } else {
        fields.text_or("code", OR_PASSKEY)
    };
    code.map(SecretText::new)
}

/// Neither of the proofs that there are.
const OR_PASSKEY: Flaw = Flaw::fixed("one_required", "this member, or passkey in its place, is required");

/// Two proofs where one is asked for.
const INSTEAD: Flaw = Flaw::fixed("not_both", "this member is left out where there is a passkey");

/// What proves once more who somebody is.
#[derive(ToSchema)]
#[schema(examples(json!({})))]
pub(crate) struct ReauthenticateBody {
    /// The password.
    #[schema(value_type = String, required = false, format = Password)]
    password: Option<PresentedPassword>,
    /// A code, as for signing in. Without it the proof is one of one factor.
    #[schema(value_type = String, required = false, max_length = 256)]
    code: Option<SecretText>,
    /// In the place of both: the answer of a browser to the options that `/auth/passkeys/options` gave in this session.
    #[schema(value_type = ShownBody, required = false)]
    passkey: Option<ShownBody>,
}

impl ReauthenticateBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let passkey = fields.optional_within("passkey", ShownBody::take);
        let (password, code) = if passkey.is_some() {
            let password = fields.optional("password", |_| Err::<String, _>(INSTEAD));
            (password, fields.optional("code", |_| Err::<String, _>(INSTEAD)))
        } else {
            (fields.text_or("password", OR_PASSKEY), fields.optional_text("code"))
        };
        fields.finish(Some(Self {
            password: password.map(presented_password),
            code: code.map(SecretText::new),
            passkey,
        }))
    }
}

impl From<ReauthenticateBody> for ProofShown {
    fn from(body: ReauthenticateBody) -> Self {
        match (body.passkey, body.password) {
            (Some(passkey), _) => Self::Passkey(passkey.into(), None),
            // One of both is there, or the body would have been refused.
            (None, password) => Self::Password {
                password: password.unwrap_or_else(|| presented_password(String::new())),
                code: body.code,
            },
        }
    }
}

/// The password, for what a thief of tokens must not do.
#[derive(ToSchema)]
#[schema(examples(json!({})))]
pub(crate) struct PasswordBody {
    /// The password. Where the account has none, it is left out, and a proof of the last ten minutes stands in its place.
    #[schema(value_type = String, required = false, format = Password)]
    pub(crate) password: Option<PresentedPassword>,
}

impl PasswordBody {
    /// Checks the members of a body of that user's.
    pub(crate) fn read(mut fields: Fields, user: &User) -> Result<Self, Refusal> {
        let password = password_of(&mut fields, "password", user);
        fields.finish(Some(Self { password }))
    }
}

/// The password and a code: both factors.
#[derive(ToSchema)]
pub(crate) struct RemoveFactorBody {
    /// The password. Where the account has none, it is left out, and a proof of the last ten minutes stands in its place.
    #[schema(value_type = String, required = false, format = Password)]
    pub(crate) password: Option<PresentedPassword>,
    /// A code, as for signing in.
    #[schema(value_type = String, max_length = 256)]
    pub(crate) code: SecretText,
}

impl RemoveFactorBody {
    /// Checks the members of a body of that user's.
    pub(crate) fn read(mut fields: Fields, user: &User) -> Result<Self, Refusal> {
        let password = password_of(&mut fields, "password", user);
        let code = fields.required_text("code").map(SecretText::new);
        fields.finish(code.map(|code| Self { password, code }))
    }
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
    /// How many passkeys there are.
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
            passkeys: state.passkeys,
            recovery_codes_left: state.recovery_codes_left,
        }
    }
}
