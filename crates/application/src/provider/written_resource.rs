//! Reading a resource.

use super::reading::{Faults, Reader, Written, meant};
use chrono::TimeDelta;
use portcullis_domain::{Fault, Issuer, Label, ResourceScope, ResourceSettings, ScopeDescription, SigningAlgorithm};
use portcullis_oauth2::{ClientId, ResourceUri, ScopeName};
use serde_json::Value;

/// The members of a resource.
pub const RESOURCE_MEMBERS: &[&str] = &["uri", "name", "owner", "alg", "access_seconds", "scopes"];

/// The members of a scope.
pub const SCOPE_MEMBERS: &[&str] = &["name", "description", "is_default"];

/// A new resource, which is called by its URI where nobody gives it a name.
pub(super) fn new_resource(written: &Written, issuer: &Issuer) -> Result<ResourceSettings, Faults> {
    let mut reader = Reader::new(written);
    if reader.value("uri").is_none() {
        reader.refuse("uri", "required", "say the URI that tokens for it name");
    }
    let uri = reader.text("uri", "not_a_resource", ResourceUri::parse);
    let short: String = uri.iter().flat_map(|uri| uri.as_str().chars()).take(100).collect();
    match (uri, Label::parse(&short)) {
        (Some(uri), Ok(name)) => changed_by(reader, &ResourceSettings::new(uri, name), issuer),
        (None, _) | (_, Err(_)) => Err(Faults(reader.faults)),
    }
}

/// A resource with what somebody changed.
pub(super) fn changed(
    before: &ResourceSettings,
    written: &Written,
    issuer: &Issuer,
) -> Result<ResourceSettings, Faults> {
    changed_by(Reader::new(written), before, issuer)
}

fn changed_by(mut reader: Reader<'_>, before: &ResourceSettings, issuer: &Issuer) -> Result<ResourceSettings, Faults> {
    let uri = reader.text("uri", "not_a_resource", ResourceUri::parse);
    let name = reader.text("name", "not_a_label", Label::parse);
    let mut owner = before.owner.clone();
    reader.nullable("owner", "not_a_client", ClientId::parse, &mut owner);
    let alg = reader.text("alg", "unknown_word", str::parse::<SigningAlgorithm>);
    let seconds = reader.number("access_seconds");
    let scopes = scopes(&mut reader);
    let life = |seconds| TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX);
    let after = ResourceSettings {
        uri: uri.unwrap_or_else(|| before.uri.clone()),
        name: name.unwrap_or_else(|| before.name.clone()),
        owner,
        alg: alg.unwrap_or(before.alg),
        access_life: seconds.map_or(before.access_life, life),
        scopes: scopes.unwrap_or_else(|| before.scopes.clone()),
    };
    if reader.faults.is_empty() {
        reader.faults.extend(after.faults(issuer));
    }
    reader.end(after)
}

/// The scopes: objects, or texts where a name is all that is said.
fn scopes(reader: &mut Reader<'_>) -> Option<Vec<ResourceScope>> {
    const MEMBER: &str = "scopes";
    let Some(values) = reader.value(MEMBER)?.as_array() else {
        reader.refuse(MEMBER, "wrong_type", "this is a list of scopes");
        return None;
    };
    let mut scopes = Vec::new();
    for value in values {
        match scope(value) {
            Ok(scope) => scopes.push(scope),
            Err((name, detail)) => reader.faults.push(Fault {
                value: name,
                ..Fault::new(MEMBER, "not_a_scope", detail)
            }),
        }
    }
    scopes.sort_unstable();
    Some(scopes)
}

/// A scope, or its name and what is wrong with it.
fn scope(value: &Value) -> Result<ResourceScope, (Option<String>, String)> {
    let (name, description, is_default) = match value {
        Value::String(name) => (name.as_str(), None, None),
        Value::Object(members) => {
            if let Some(unknown) = members.keys().find(|name| !SCOPE_MEMBERS.contains(&name.as_str())) {
                let wrong = format!("a scope has no member {unknown}");
                return Err((None, meant(wrong, unknown, SCOPE_MEMBERS)));
            }
            let name = members.get("name").and_then(Value::as_str);
            let name = name.ok_or((None, "a scope has a name, which is a text".to_owned()))?;
            (name, members.get("description"), members.get("is_default"))
        }
        _ => {
            return Err((
                None,
                "a scope is a name, or an object with name, description and is_default".to_owned(),
            ));
        }
    };
    let refused = |detail: String| (Some(name.to_owned()), detail);
    let description = match description {
        None | Some(Value::Null) => ScopeDescription::default(),
        Some(Value::String(text)) => ScopeDescription::parse(text).map_err(|error| refused(error.to_string()))?,
        Some(_) => return Err(refused("a description is a text".to_owned())),
    };
    let is_default = match is_default {
        None => false,
        Some(value) => value
            .as_bool()
            .ok_or_else(|| refused("is_default is true or false".to_owned()))?,
    };
    Ok(ResourceScope {
        name: ScopeName::parse(name).map_err(|error| refused(error.to_string()))?,
        description,
        is_default,
    })
}
