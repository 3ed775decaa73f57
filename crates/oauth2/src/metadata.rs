//! The document by which clients learn what a provider does (OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2).

use crate::names::{AuthMethod, CodeChallengeMethod, GrantType, ResponseMode, ResponseType};
use crate::prompt::Step;
use serde_json::{Map, Value};

/// What a provider does. A member that says nothing is left out of the document, so that it holds only what works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderMetadata {
    /// The provider's name, byte for byte as it stands in tokens.
    pub issuer: String,
    /// RFC 6749, section 3.1. With it come the members that speak of authorization requests.
    pub authorization_endpoint: Option<String>,
    /// RFC 6749, section 3.2.
    pub token_endpoint: Option<String>,
    /// OpenID Connect Core, section 5.3.
    pub userinfo_endpoint: Option<String>,
    /// RFC 7662.
    pub introspection_endpoint: Option<String>,
    /// RFC 7009.
    pub revocation_endpoint: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session_endpoint: Option<String>,
    /// Where the keys are.
    pub jwks_uri: Option<String>,
    /// The scopes that anybody may ask for.
    pub scopes: Vec<String>,
    /// The ways to a token.
    pub grant_types: Vec<GrantType>,
    /// How clients show who they are.
    pub auth_methods: Vec<AuthMethod>,
    /// By which algorithms clients may sign what shows who they are.
    pub auth_signing_algorithms: Vec<String>,
    /// By which algorithms ID tokens are signed.
    pub id_token_algorithms: Vec<String>,
    /// How users are named: `public`, `pairwise`.
    pub subject_types: Vec<String>,
    /// The ways to sign in that a client may ask for.
    pub acr_values: Vec<String>,
    /// The claims that there are.
    pub claims: Vec<String>,
    /// The languages of the pages.
    pub ui_locales: Vec<String>,
    /// The steps that a client may ask for besides `none`.
    pub prompts: Vec<Step>,
    /// Whether the parameter `claims` has an effect.
    pub takes_claims: bool,
}

impl ProviderMetadata {
    /// That of a provider that does nothing yet.
    #[must_use]
    pub fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            ..Self::default()
        }
    }

    /// The document: JSON, its members sorted.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut document = Document(Map::new());
        document.insert("issuer", Value::from(self.issuer.as_str()));
        for (name, endpoint) in [
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("userinfo_endpoint", &self.userinfo_endpoint),
            ("introspection_endpoint", &self.introspection_endpoint),
            ("revocation_endpoint", &self.revocation_endpoint),
            ("end_session_endpoint", &self.end_session_endpoint),
            ("jwks_uri", &self.jwks_uri),
        ] {
            if let Some(endpoint) = endpoint {
                document.insert(name, Value::from(endpoint.as_str()));
            }
        }
        for (name, values) in [
            ("scopes_supported", &self.scopes),
            ("id_token_signing_alg_values_supported", &self.id_token_algorithms),
            ("subject_types_supported", &self.subject_types),
            ("acr_values_supported", &self.acr_values),
            ("claims_supported", &self.claims),
            ("ui_locales_supported", &self.ui_locales),
        ] {
            document.list(name, values);
        }
        document.list("grant_types_supported", names(&self.grant_types, GrantType::as_str));
        self.add_authentication(&mut document);
        if self.authorization_endpoint.is_some() {
            self.add_requests(&mut document);
        } else {
            // RFC 8414 demands the member.
            document.insert("response_types_supported", Value::Array(Vec::new()));
        }
        Value::Object(document.0).to_string()
    }

    fn add_authentication(&self, document: &mut Document) {
        // A client that shows nothing has no grant of its own (RFC 6749, section 4.4), and never asks about tokens (RFC 7662,
        // section 2.1).
        let gives_to_public = self
            .grant_types
            .iter()
            .any(|grant| *grant != GrantType::ClientCredentials);
        let signs = self.auth_methods.contains(&AuthMethod::PrivateKeyJwt);
        for (endpoint, is_there, is_for_public) in [
            ("token", self.token_endpoint.is_some(), gives_to_public),
            ("revocation", self.revocation_endpoint.is_some(), gives_to_public),
            ("introspection", self.introspection_endpoint.is_some(), false),
        ] {
            if !is_there {
                continue;
            }
            let methods = (self.auth_methods.iter()).filter(|method| is_for_public || **method != AuthMethod::None);
            let names = methods.flat_map(|method| method.registered_names()).copied();
            document.list(&format!("{endpoint}_endpoint_auth_methods_supported"), names);
            if signs {
                // RFC 8414, section 2, demands it of each endpoint that takes what clients sign.
                let name = format!("{endpoint}_endpoint_auth_signing_alg_values_supported");
                document.list(&name, &self.auth_signing_algorithms);
            }
        }
    }

    fn add_requests(&self, document: &mut Document) {
        let types = names(ResponseType::ALL, ResponseType::as_str);
        let modes = names(ResponseMode::ALL, ResponseMode::as_str);
        let methods = names(CodeChallengeMethod::ALL, CodeChallengeMethod::as_str);
        document.list("response_types_supported", types);
        document.list("response_modes_supported", modes);
        document.list("code_challenge_methods_supported", methods);
        document.list(
            "prompt_values_supported",
            std::iter::once("none").chain(self.prompts.iter().map(|step| step.as_str())),
        );
        document.insert("authorization_response_iss_parameter_supported", Value::Bool(true));
        document.insert("claims_parameter_supported", Value::Bool(self.takes_claims));
        document.insert("request_parameter_supported", Value::Bool(false));
        // Where it is left out, Discovery 1.0 takes it for true.
        document.insert("request_uri_parameter_supported", Value::Bool(false));
    }
}

struct Document(Map<String, Value>);

impl Document {
    fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// A list without values says nothing.
    fn list(&mut self, name: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        let values: Vec<_> = values.into_iter().map(|value| Value::String(value.into())).collect();
        if !values.is_empty() {
            self.insert(name, Value::Array(values));
        }
    }
}

fn names<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> impl Iterator<Item = &'static str> {
    all.iter().map(move |one| name(*one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(metadata: &ProviderMetadata) -> Value {
        serde_json::from_str(&metadata.to_json()).unwrap()
    }

    #[test]
    fn what_does_not_work_is_left_out() {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.token_endpoint = Some("https://id.example/oauth2/token".to_owned());
        metadata.grant_types = vec![GrantType::ClientCredentials];
        metadata.auth_methods = vec![AuthMethod::ClientSecret];
        assert_eq!(
            metadata.to_json(),
            r#"{"grant_types_supported":["client_credentials"],"issuer":"https://id.example","response_types_supported":[],"token_endpoint":"https://id.example/oauth2/token","token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"]}"#
        );
    }

    #[test]
    fn what_is_not_taken_is_said_where_the_default_is_yes() {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.authorization_endpoint = Some("https://id.example/oauth2/authorize".to_owned());
        metadata.prompts = Step::ALL.to_vec();
        let members = members(&metadata);
        assert_eq!(members["request_uri_parameter_supported"], false);
        assert_eq!(members["request_parameter_supported"], false);
        assert_eq!(members["claims_parameter_supported"], false);
        assert_eq!(members["authorization_response_iss_parameter_supported"], true);
        assert_eq!(members["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        assert_eq!(members["prompt_values_supported"][0], "none");
    }

    #[test]
    fn whoever_introspects_shows_who_they_are() {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.auth_methods = AuthMethod::ALL.to_vec();
        metadata.grant_types = GrantType::ALL.to_vec();
        metadata.introspection_endpoint = Some("https://id.example/oauth2/introspect".to_owned());
        metadata.revocation_endpoint = Some("https://id.example/oauth2/revoke".to_owned());
        let members = members(&metadata);
        let shown = &members["introspection_endpoint_auth_methods_supported"];
        assert_eq!(
            shown,
            &serde_json::json!(["client_secret_basic", "client_secret_post", "private_key_jwt"])
        );
        assert_eq!(members["revocation_endpoint_auth_methods_supported"][0], "none");
        assert!(members.get("token_endpoint_auth_methods_supported").is_none());
    }

    #[test]
    fn each_endpoint_that_takes_what_clients_sign_names_the_algorithms() {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.auth_methods = vec![AuthMethod::ClientSecret, AuthMethod::PrivateKeyJwt];
        metadata.auth_signing_algorithms = vec!["ES256".to_owned()];
        metadata.token_endpoint = Some("https://id.example/oauth2/token".to_owned());
        metadata.introspection_endpoint = Some("https://id.example/oauth2/introspect".to_owned());
        metadata.revocation_endpoint = Some("https://id.example/oauth2/revoke".to_owned());
        let members = members(&metadata);
        for endpoint in ["token", "introspection", "revocation"] {
            let name = format!("{endpoint}_endpoint_auth_signing_alg_values_supported");
            assert_eq!(members[&name], serde_json::json!(["ES256"]), "{name}");
        }
    }

    #[test]
    fn a_client_that_shows_nothing_is_spoken_of_where_there_is_a_grant_for_it() {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.auth_methods = AuthMethod::ALL.to_vec();
        metadata.token_endpoint = Some("https://id.example/oauth2/token".to_owned());
        let takes_public = |metadata: &ProviderMetadata| {
            let methods = members(metadata)["token_endpoint_auth_methods_supported"].clone();
            methods.as_array().unwrap().contains(&Value::from("none"))
        };
        metadata.grant_types = vec![GrantType::ClientCredentials];
        assert!(!takes_public(&metadata));
        metadata.grant_types.push(GrantType::AuthorizationCode);
        assert!(takes_public(&metadata));
    }
}
