//! Which accounts must have a second factor, and which administrators lack it.

use super::finding::{Finding, told};
use crate::config::Config;
use portcullis_application::ports::{Store, StoreResult, UserFilter};
use portcullis_domain::{FactorDemand, PageRequest, PageSize, Role, User};

const FACTORS: &str = "second factors";

/// How many are named.
const NAMED: usize = 3;

/// Looks at the administrators alone: of the others there may be any number.
pub(super) async fn look_at(config: &Config, store: &dyn Store) -> Finding {
    let whose = match config.factors {
        FactorDemand::Nobody => {
            return Finding::ok(FACTORS, "no account must have one; MFA_REQUIRED_FOR=ADMIN demands it");
        }
        FactorDemand::Administrators => "administrators must have one",
        FactorDemand::Everybody => "all accounts must have one",
    };
    match administrators_without(store, config.passkeys.is_ok()).await {
        Ok(lacking) if lacking.is_empty() => {
            Finding::ok(FACTORS, format!("{whose}, and every active administrator has"))
        }
        Ok(lacking) => Finding::warn(FACTORS, advice(whose, &lacking)),
        Err(error) => Finding::fail(FACTORS, told(error)),
    }
}

fn advice(whose: &str, lacking: &[String]) -> String {
    let named: Vec<&str> = lacking.iter().take(NAMED).map(String::as_str).collect();
    let more = match lacking.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{whose}, and {}{more} administrate nothing until they set theirs up at /account/second-factor",
        named.join(", ")
    )
}

/// The addresses of active administrators who have none. Passkeys count where the server takes them.
async fn administrators_without(store: &dyn Store, takes_passkeys: bool) -> StoreResult<Vec<String>> {
    let mut lacking = Vec::new();
    let mut request = PageRequest {
        size: PageSize::default(),
        after: None,
    };
    loop {
        let page = store
            .read(move |repositories| {
                let filter = UserFilter {
                    role: Some(Role::Admin),
                    is_active: Some(true),
                    ..UserFilter::default()
                };
                repositories.users().list(&filter, &request)
            })
            .await?;
        let has_one = |admin: &User| admin.has_second_factor || (takes_passkeys && admin.has_passkey);
        let without = page.items.into_iter().filter(|admin| !has_one(admin));
        lacking.extend(without.map(|admin| admin.email.to_string()));
        if page.next.is_none() {
            return Ok(lacking);
        }
        request.after = page.next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_named_and_the_rest_is_counted() {
        let lacking = ["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org"].map(str::to_owned);
        let told = advice("administrators must have one", &lacking);
        assert!(
            told.contains("a@x.org, b@x.org, c@x.org and 2 more administrate nothing"),
            "{told}"
        );
        let told = advice("administrators must have one", &lacking[..1]);
        assert!(told.contains("and a@x.org administrate nothing"), "{told}");
    }
}
