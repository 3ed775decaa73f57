//! What arguments of these commands may be, so that help, refusals and completions name it.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use portcullis_domain::{MailId, MailKind, MailState};

pub(super) fn kind() -> impl TypedValueParser<Value = MailKind> {
    PossibleValuesParser::new(MailKind::ALL.map(MailKind::as_str)).try_map(|name| name.parse::<MailKind>())
}

pub(super) fn state() -> impl TypedValueParser<Value = MailState> {
    PossibleValuesParser::new(MailState::ALL.map(MailState::as_str)).try_map(|name| name.parse::<MailState>())
}

pub(super) fn id(text: &str) -> Result<MailId, &'static str> {
    text.parse().map_err(
        |_| "it is no id of a mail; `portcullis mail list` prints them, such as 019338a1-7c00-7a3b-8d52-6f1e0c9b4a27",
    )
}
