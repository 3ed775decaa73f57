//! What clients are told of users (OpenID Connect Core, section 5.1).

use crate::ports::ProvenIdentity;
use portcullis_domain::{Authentication, ClientRoles, ClientSettings, StandardScope, User};
use portcullis_oauth2::ScopeSet;
use serde_json::{Map, Value, json};

/// The claims of these scopes, and those that are asked for one by one by name, as they are now. Names that nobody knows are
/// passed over, and those of scopes that the client may have no more.
pub(super) fn claims_of<'n>(
    user: &User,
    roles: &ClientRoles,
    settings: &ClientSettings,
    scopes: &ScopeSet,
    asked: impl Iterator<Item = &'n str>,
) -> Map<String, Value> {
    let has = |scope: StandardScope| scopes.contains(scope.as_str());
    let may_have =
        |claim: &str| StandardScope::carrying(claim).is_none_or(|scope| settings.scopes.contains(scope.as_str()));
    let mut wanted: Vec<&str> = asked.filter(|claim| may_have(claim)).collect();
    if has(StandardScope::Profile) {
        wanted.push("name");
    }
    if has(StandardScope::Email) {
        wanted.extend(["email", "email_verified"]);
    }
    if has(StandardScope::Roles) {
        wanted.push(settings.roles_claim.as_str());
    }
    let mut claims = Map::new();
    for name in wanted {
        let value = match name {
            "name" => json!(user.full_name.as_str()),
            "email" => json!(user.email.as_str()),
            "email_verified" => json!(user.email_verified),
            "roles" | "groups" if name == settings.roles_claim.as_str() => json!(roles.iter().collect::<Vec<_>>()),
            _ => continue,
        };
        claims.insert(name.to_owned(), value);
    }
    claims
}

/// How and when the user had proved who they are, as tokens tell it.
pub(super) fn proven(authentication: &Authentication) -> ProvenIdentity {
    ProvenIdentity {
        at: authentication.at,
        acr: authentication.acr().as_str().to_owned(),
        methods: authentication.methods.names().map(str::to_owned).collect(),
    }
}
