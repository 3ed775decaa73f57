//! What is said of an account that stays as it is.

use anyhow::anyhow;
use portcullis_application::OutOfReach;
use portcullis_domain::Email;

pub(super) fn taken(email: &Email) -> anyhow::Error {
    anyhow!("there is an account of {email} already; see portcullis user list, or choose another address")
}

pub(super) fn not_made(error: impl Into<anyhow::Error>, email: &Email) -> anyhow::Error {
    error.into().context(format!("no account was made for {email}"))
}

pub(super) fn last_admin(email: &Email) -> anyhow::Error {
    anyhow!(
        "{email} is the last active administrator and has to stay one; make another one first, by portcullis user \
         set-role EMAIL ADMIN"
    )
}

pub(super) fn untouched(error: impl Into<anyhow::Error>, email: &Email) -> anyhow::Error {
    error.into().context(format!("{email} was not changed"))
}

pub(super) fn out_of_reach(error: OutOfReach, email: &Email) -> anyhow::Error {
    match error {
        OutOfReach::NotFound => anyhow!("there is no account of {email}; see portcullis user list"),
        error @ (OutOfReach::NoLongerAllowed | OutOfReach::Store(_)) => untouched(error, email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_account_and_says_what_to_do() {
        let email = Email::parse("ada@example.org").unwrap();
        for (refusal, advice) in [
            (out_of_reach(OutOfReach::NotFound, &email), "user list"),
            (last_admin(&email), "set-role EMAIL ADMIN"),
            (taken(&email), "another address"),
        ] {
            let line = refusal.to_string();
            assert!(line.contains("ada@example.org") && line.contains(advice), "{line}");
        }
    }
}
