//! Other providers that people may sign in by: settings of which a part of the name is the operator's own.
//!
//! `SOCIAL_GITHUB_CLIENT_ID` is the client's id at GitHub, `SOCIAL_ACME_ISSUER` the issuer of a provider that is called `acme`
//! here. Each name that begins so is ours: one that is misspelt or incomplete is refused.

use super::setting::{Form, Setting, SettingError};
use super::source::Source;
use super::table::{OUTBOUND_ALLOW, REDIRECT_ALLOWLIST};
use super::values::Values;
use super::{Environment, HttpConfig};
use portcullis_domain::{IdentityLabel, ProviderName, SecretText};
use portcullis_outbound::{AllowedHosts, ProviderKind, ProviderSettings};
use portcullis_web::AppRedirects;
use std::collections::BTreeSet;
use strsim::osa_distance;
use url::Url;

/// How all of them begin.
const START: &str = "SOCIAL_";

/// What may stand behind a provider's name.
const MEMBERS: [&str; 7] = [
    "ISSUER",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "SCOPES",
    "LABEL",
    "TRUST_EMAIL",
    "AUDIENCES",
];

/// Stands in paths beside the providers.
const TAKEN: &str = "exchange";

const GOOGLE: &str = "https://accounts.google.com";
const GITHUB: &str = "https://github.com";

/// The providers, and what they need.
#[derive(Debug)]
pub struct SocialConfig {
    /// The providers, in the order in which they are shown.
    pub providers: Vec<ProviderSettings>,
    /// Where apps are answered.
    pub redirects: AppRedirects,
    /// What inside may be called.
    pub allowed: AllowedHosts,
}

impl SocialConfig {
    pub(super) fn of(values: &mut Values, http: &HttpConfig) -> Result<Self, SettingError> {
        let providers = values.providers();
        let redirects: Option<AppRedirects> = values.find(&REDIRECT_ALLOWLIST)?;
        let allowed: Option<AllowedHosts> = values.find(&OUTBOUND_ALLOW)?;
        let Some(first) = providers.first() else {
            for (setting, is_set) in [
                (&REDIRECT_ALLOWLIST, redirects.is_some()),
                (&OUTBOUND_ALLOW, allowed.is_some()),
            ] {
                if is_set {
                    return Err(setting.refused_with_advice(
                        "has no effect while no provider is set up; set one up by SOCIAL_<NAME>_CLIENT_ID, or take it out",
                    ));
                }
            }
            return Ok(Self {
                providers,
                redirects: AppRedirects::default(),
                allowed: AllowedHosts::default(),
            });
        };
        if http.cookies().is_none() {
            return Err(refused(
                &name_of(&first.name, "CLIENT_ID"),
                "has no effect, because a sign-in at a provider is bound to the browser by a cookie, and cookies are off without \
                 TLS; set PUBLIC_URL to the https address that clients use, or take it out",
            ));
        }
        let allowed = allowed.unwrap_or_default();
        for provider in &providers {
            let may_call = Url::parse(&provider.issuer).map(|url| allowed.may_call(&url));
            if let Ok(Err(why)) = may_call {
                return Err(refused(
                    &name_of(&provider.name, "ISSUER"),
                    format!("can't be called: {why}"),
                ));
            }
        }
        Ok(Self {
            providers,
            redirects: redirects.unwrap_or_default(),
            allowed,
        })
    }
}

/// Whether the name is one of these, right or wrong.
pub(super) fn is_one(name: &str) -> bool {
    name.starts_with(START)
}

/// The providers that are set up, and what is wrong with what is set.
pub(super) fn read(environment: &Environment) -> (Vec<ProviderSettings>, Vec<SettingError>) {
    let (mut names, mut errors) = (BTreeSet::new(), Vec::new());
    for name in environment.names().filter(|name| is_one(name)) {
        match provider_of(name) {
            Ok(provider) => {
                names.insert(provider.to_owned());
            }
            Err(error) => errors.push(error),
        }
    }
    let mut providers = Vec::new();
    for name in names {
        match (Family { name, environment }).read() {
            Ok(provider) => providers.push(provider),
            Err(found) => errors.extend(found),
        }
    }
    for (place, provider) in providers.iter().enumerate() {
        if let Some(other) = providers
            .iter()
            .take(place)
            .find(|other| is_same(&other.issuer, &provider.issuer))
        {
            errors.push(refused(
                &name_of(&provider.name, "ISSUER"),
                format!("is that of {}, too; set up one of the two", other.name),
            ));
        }
    }
    providers.sort_by_key(|provider| (rank(provider.name.as_str()), provider.name.clone()));
    (providers, errors)
}

/// Whether two issuers are one but for a slash at their end: one document speaks for both, and only one of them can be right.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

/// Those that most people know come first.
fn rank(name: &str) -> u8 {
    match name {
        "google" => 0,
        "github" => 1,
        _ => 2,
    }
}

/// The provider's part of a setting's name.
fn provider_of(name: &str) -> Result<&str, SettingError> {
    let rest = name.strip_prefix(START).unwrap_or_default();
    let plain = rest
        .strip_suffix("_FILE")
        .filter(|rest| rest.ends_with("_CLIENT_SECRET"));
    let rest = plain.unwrap_or(rest);
    let found = MEMBERS
        .iter()
        .find_map(|member| rest.strip_suffix(member)?.strip_suffix('_'));
    match found {
        Some(provider) if is_provider(provider) => Ok(provider),
        Some(provider) => Err(refused(
            name,
            format!(
                "{provider:?} can't name a provider, which takes 1 to 32 capital letters, digits and single _, and begins with a \
                 letter; {} is taken",
                TAKEN.to_uppercase()
            ),
        )),
        None => Err(misspelt(name, rest)),
    }
}

fn is_provider(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.bytes().all(is_plain) && !text.contains("__") && provider_name(text).is_some_and(|name| name.as_str() != TAKEN)
}

fn provider_name(text: &str) -> Option<ProviderName> {
    text.to_ascii_lowercase().replace('_', "-").parse().ok()
}

fn name_of(provider: &ProviderName, member: &str) -> String {
    format!(
        "{START}{}_{member}",
        provider.as_str().to_ascii_uppercase().replace('-', "_")
    )
}

/// A refusal of a name that ends as none of these does, with the one that is nearest.
fn misspelt(name: &str, rest: &str) -> SettingError {
    let ends = rest.match_indices('_').filter(|(at, _)| *at > 0);
    let ways = ends.map(|(at, _)| rest.split_at(at));
    let nearest = ways.flat_map(|(provider, end)| {
        let written = end.trim_start_matches('_');
        MEMBERS.map(|member| (osa_distance(written, member), provider, member))
    });
    let meant = nearest
        .min_by_key(|(mistakes, _, _)| *mistakes)
        .filter(|(mistakes, _, _)| *mistakes <= 3);
    SettingError {
        setting: name.to_owned(),
        problem: "no setting has this name".to_owned(),
        remedy: Some(match meant {
            Some((_, provider, member)) => format!("write {START}{provider}_{member}"),
            None => format!(
                "it ends with one of {}",
                MEMBERS.map(|member| format!("_{member}")).join(", ")
            ),
        }),
    }
}

/// The settings of one provider.
struct Family<'e> {
    name: String,
    environment: &'e Environment,
}

impl Family<'_> {
    fn read(&self) -> Result<ProviderSettings, Vec<SettingError>> {
        let mut errors = Vec::new();
        let mut take = |member: &str| {
            self.text(member).unwrap_or_else(|error| {
                errors.push(error);
                None
            })
        };
        let issuer = take("ISSUER");
        let client_id = take("CLIENT_ID");
        let client_secret = take("CLIENT_SECRET");
        let scopes = take("SCOPES");
        let label = take("LABEL");
        let trusts_email = take("TRUST_EMAIL");
        let audiences = take("AUDIENCES");
        if !errors.is_empty() {
            return Err(errors);
        }
        let kind = if self.name == "GITHUB" {
            ProviderKind::GitHub
        } else {
            ProviderKind::OpenId
        };
        let issuer = match (self.name.as_str(), issuer) {
            // It is part of every identity, and GitHub has no name of itself that could be compared.
            ("GITHUB", Some(issuer)) => Some(issuer.expose().trim_end_matches('/').to_owned()),
            (_, Some(issuer)) => Some(issuer.expose().to_owned()),
            ("GOOGLE", None) => Some(GOOGLE.to_owned()),
            ("GITHUB", None) => Some(GITHUB.to_owned()),
            (_, None) => None,
        };
        for (member, is_missing) in [
            ("ISSUER", issuer.is_none()),
            ("CLIENT_ID", client_id.is_none()),
            ("CLIENT_SECRET", client_secret.is_none()),
        ] {
            if is_missing {
                errors.push(self.missing(member));
            }
        }
        let scopes = scopes.map_or_else(|| kind.scopes().to_owned(), |text| text.expose().to_owned());
        if kind == ProviderKind::OpenId && !scopes.split(' ').any(|scope| scope == "openid") {
            errors.push(self.refused(
                "SCOPES",
                "lacks openid, without which the provider says nothing of who somebody is",
            ));
        }
        let has = |scope: &str| scopes.split(' ').any(|other| other == scope);
        if kind == ProviderKind::GitHub && !has("user:email") && !has("user") {
            errors.push(self.refused("SCOPES", "lacks user:email, without which nobody new can sign in"));
        }
        if self.name == "GOOGLE" && !has("email") {
            errors.push(self.refused("SCOPES", "lacks email, without which nobody new can sign in"));
        }
        if kind == ProviderKind::OpenId
            && !has("email")
            && trusts_email.as_ref().is_some_and(|text| text.expose() == "true")
        {
            errors.push(self.refused("TRUST_EMAIL", "has no effect: SCOPES lacks email"));
        }
        if self.name == "GOOGLE" && issuer.as_deref() == Some("https://accounts.google.com/") {
            errors.push(self.refused(
                "ISSUER",
                "is not how Google names itself; write https://accounts.google.com",
            ));
        }
        if audiences.is_some() && !kind.gives_id_tokens() {
            errors.push(self.refused("AUDIENCES", "has no effect: this provider gives no ID tokens out"));
        }
        let (Some(name), Some(issuer), Some(client_id), true) =
            (provider_name(&self.name), issuer, client_id, errors.is_empty())
        else {
            return Err(errors);
        };
        let audiences = audiences.as_ref().map_or("", SecretText::expose);
        Ok(ProviderSettings {
            label: label.map_or_else(|| self.label(), |text| text.expose().to_owned()),
            name,
            kind,
            issuer,
            client_id: client_id.expose().to_owned(),
            client_secret,
            scopes,
            trusts_email: trusts_email.map(|text| text.expose() == "true"),
            audiences: audiences
                .split(',')
                .map(|audience| audience.trim().to_owned())
                .filter(|audience| !audience.is_empty())
                .collect(),
        })
    }

    /// What people call it, where nothing is set.
    fn label(&self) -> String {
        match self.name.as_str() {
            "GITHUB" => "GitHub".to_owned(),
            name => name
                .split('_')
                .map(|word| {
                    let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
                    format!("{first}{}", rest.to_ascii_lowercase())
                })
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    fn text(&self, member: &str) -> Result<Option<SecretText>, SettingError> {
        let setting = setting(&format!("{START}{}_{member}", self.name), member);
        let Some(source) = Source::find(setting, self.environment)? else {
            return Ok(None);
        };
        let text = source.read()?;
        let judged = match &setting.form {
            Form::Text(_, check) | Form::Secret(check) => check(text.expose()),
            Form::OneOf(words) if !words.contains(&text.expose()) => Err(format!("is none of {}", words.join(", "))),
            Form::OneOf(_) | Form::Number(..) | Form::LateSecret => Ok(()),
        };
        judged.map_err(|problem| source.refused(problem))?;
        Ok(Some(text))
    }

    /// A refusal of what is not there. Where the name is close to one that needs less, it may be meant.
    fn missing(&self, member: &str) -> SettingError {
        let known = ["GOOGLE", "GITHUB"];
        let meant = known
            .into_iter()
            .find(|known| *known != self.name && osa_distance(known, &self.name) <= 2);
        match meant {
            Some(meant) => SettingError {
                remedy: Some(format!("set it, or write {START}{meant}_ if that is meant")),
                ..self.refused(member, "is needed to sign in by this provider")
            },
            None => self.refused(member, "is needed to sign in by this provider"),
        }
    }

    fn refused(&self, member: &str, problem: &str) -> SettingError {
        setting(&format!("{START}{}_{member}", self.name), member).refused(problem)
    }
}

/// A setting whose name is the operator's own in part. There are as many as an operator sets, each for as long as the program
/// runs.
fn setting(name: &str, member: &str) -> &'static Setting {
    let (form, example) = match member {
        "ISSUER" => (Form::Text("an https address", issuer), "https://id.example.org"),
        "CLIENT_ID" => (Form::Text("a text", client_id), "portcullis"),
        "CLIENT_SECRET" => (Form::Secret(client_secret), "<the secret that the provider shows>"),
        "SCOPES" => (
            Form::Text("scopes, with spaces between them", scopes),
            "openid email profile",
        ),
        "LABEL" => (Form::Text("a name of at most 40 characters", label), "Example"),
        "TRUST_EMAIL" => (Form::OneOf(&["true", "false"]), "true"),
        _ => (
            Form::Text("client ids, with commas between them", audiences),
            "ios-app,android-app",
        ),
    };
    Box::leak(Box::new(Setting {
        name: Box::leak(name.to_owned().into_boxed_str()),
        form,
        example,
        ..Setting::BLANK
    }))
}

fn refused(name: &str, problem: impl Into<String>) -> SettingError {
    SettingError {
        setting: name.to_owned(),
        problem: problem.into(),
        remedy: None,
    }
}

/// An issuer (OpenID Connect Core, section 2): it is compared byte for byte, so it stands as a parser of URLs writes it.
pub(super) fn issuer(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|_| "is no https address".to_owned())?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err("is no https address".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("has a query, a fragment, a user or a password; take it out".to_owned());
    }
    if url.as_str() != text && url.as_str().strip_suffix('/') != Some(text) {
        return Err(format!("is not written as it is read; write {}", url.as_str()));
    }
    Ok(())
}

pub(super) fn client_id(text: &str) -> Result<(), String> {
    plain(text, 512)
}

pub(super) fn client_secret(text: &str) -> Result<(), String> {
    plain(text, 2048)
}

pub(super) fn scopes(text: &str) -> Result<(), String> {
    // RFC 6749, section 3.3.
    let is_scope = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    let are_scopes = text
        .split(' ')
        .all(|scope| !scope.is_empty() && scope.bytes().all(is_scope));
    if are_scopes {
        Ok(())
    } else {
        Err("are no scopes with single spaces between them".to_owned())
    }
}

pub(super) fn label(text: &str) -> Result<(), String> {
    let is_label = text.chars().count() <= 40 && IdentityLabel::of(text).is_some_and(|label| label.as_str() == text);
    if is_label {
        Ok(())
    } else {
        Err("is no name of at most 40 characters that can be seen".to_owned())
    }
}

pub(super) fn audiences(text: &str) -> Result<(), String> {
    text.split(',').try_for_each(|audience| plain(audience.trim(), 512))
}

fn plain(text: &str, most: usize) -> Result<(), String> {
    let is_plain = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain {
        Ok(())
    } else {
        Err(format!("has 1 to {most} visible characters of ASCII, and no space"))
    }
}

#[cfg(test)]
mod tests;
