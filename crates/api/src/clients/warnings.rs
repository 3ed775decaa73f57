//! What a client does that it better did not, for administrators.

use crate::json::timestamp;
use portcullis_application::replica::{ClientWarning, CountedWarning};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that a client does and better did not.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientWarning)]
pub(crate) struct ClientWarningBody {
    /// What, for programs: `code_redeemed_twice`, `refresh_token_reused`, `offline_without_refresh`, `no_state` or `clock_ahead`.
    #[schema(examples("code_redeemed_twice"))]
    code: &'static str,
    /// What, and what may be done about it.
    #[schema(examples(
        "A code was redeemed again 40 ms after the first time. Does the callback run twice, as in the strict mode of React?"
    ))]
    detail: String,
    /// How often this server saw it since it was started.
    #[schema(minimum = 1, examples(3))]
    count: u64,
    /// When it first did, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    first_at: String,
    /// When it last did, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    last_at: String,
}

impl From<CountedWarning> for ClientWarningBody {
    fn from(counted: CountedWarning) -> Self {
        let measure = counted.measure.unwrap_or_default();
        let (code, detail) = match counted.warning {
            ClientWarning::CodeRedeemedTwice => (
                "code_redeemed_twice",
                format!(
                    "A code was redeemed again {measure} ms after the first time. Does the callback run twice, as in the strict \
                     mode of React?"
                ),
            ),
            ClientWarning::RefreshTokenReused => (
                "refresh_token_reused",
                format!(
                    "A refresh token came again {measure} s after its successor was given. A client has to keep the one that \
                     it was given last."
                ),
            ),
            ClientWarning::OfflineWithoutRefresh => (
                "offline_without_refresh",
                "It asks for offline_access and is refused, since refresh_token is none of its grant types.".to_owned(),
            ),
            ClientWarning::NoState => (
                "no_state",
                "It asks without state, so it can't tell its own sign-in from one that somebody else began.".to_owned(),
            ),
            ClientWarning::ClockAhead => (
                "clock_ahead",
                format!("Its clock is {measure} s ahead, so what it signed was refused. Set the clock."),
            ),
        };
        Self {
            code,
            detail,
            count: counted.count,
            first_at: timestamp(counted.first_at),
            last_at: timestamp(counted.last_at),
        }
    }
}
