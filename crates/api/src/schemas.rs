//! Schemas of what is said the same in several bodies.

use crate::problem_types::kinds;
use portcullis_domain::{AuditEventType, AuditReason, AuditResult, SessionKind};
use serde_json::{Value, json};
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};

/// What `FullName` trims, for a class of a pattern: Unicode's `White_Space`, marks of direction, and two that join.
const SPACE: &str =
    r"\u0009-\u000d\u0020\u0085\u00a0\u061c\u1680\u2000-\u200a\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff";

/// What acts on other text, for a class of a pattern. The tag characters beyond U+FFFF are not among them: engines name
/// those in different ways.
const ACTING: &str = r"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb";

/// A name that is sent.
///
/// The pattern refuses nothing that `FullName` takes. It can't say NFC, by which the characters are counted: in NFC, up
/// to four that are sent become one, and one from U+0344 on may become several.
pub(crate) fn full_name() -> Object {
    let pattern = format!(
        "^[{SPACE}]*(?:[^{SPACE}{ACTING}][^{ACTING}]{{0,398}}[^{SPACE}{ACTING}]|[^\\u0000-\\u0343{SPACE}{ACTING}])[{SPACE}]*$"
    );
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "2 to 100 characters: the name to be called by. White space around it is taken away, and it is brought into \
             Unicode's form NFC. Then it has at most 100 characters (code points), of which two at least can be seen, \
             one of them by itself, and none acts on other text, as control characters and marks of direction do.",
        ))
        .pattern(Some(pattern))
        .build()
}

/// The kind of problem, for programs.
pub(crate) fn problem_code() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "The kind of problem, for programs. It does not change; later versions may have more.",
        ))
        .enum_values(Some(kinds::all().map(|kind| kind.code)))
        .build()
}

/// What an event of the audit trail tells of.
pub(crate) fn event_type() -> Object {
    let names = AuditEventType::ALL.iter().map(|kind| kind.as_str());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("What happened."))
        .enum_values(Some(names))
        .build()
}

/// What goes on with a session.
pub(crate) fn session_kind() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "What goes on with the session: `token` is a client with a refresh token, `browser` a browser on the server's own \
             pages.",
        ))
        .enum_values(Some(SessionKind::ALL.map(SessionKind::as_str)))
        .build()
}

/// How it ended.
pub(crate) fn result() -> Object {
    let names = AuditResult::ALL.iter().map(|result| result.as_str());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("How it ended."))
        .enum_values(Some(names))
        .build()
}

/// Why it ended so, where there is something to say.
pub(crate) fn reason() -> Object {
    let names = AuditReason::ALL.iter().map(|reason| Value::from(reason.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("Why it was refused, or why it came to be."))
        .enum_values(Some(names.chain([Value::Null])))
        .build()
}

/// The account before an event.
pub(crate) fn state_before() -> Object {
    account_state("The account before, where its role or its state changed.")
}

/// The account after it.
pub(crate) fn state_after() -> Object {
    account_state("The account after, where its role or its state changed.")
}

/// What of an account is worth comparing before and after. One object that may be null, since the interactive page can't
/// read a member that has no type but alternatives.
fn account_state(description: &str) -> Object {
    let is_active = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some("Whether the account may be used."));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some(description))
        .property("role", Ref::from_schema_name("Role"))
        .required("role")
        .property("is_active", is_active)
        .required("is_active")
        .build()
}

/// The keys of a JWK set (RFC 7517, section 4). Which further members a key has follows from its kind.
pub(crate) fn keys() -> Array {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let key = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("kid", text())
        .property("kty", text())
        .property("alg", text())
        .property("use", text().enum_values(Some(["sig"])))
        .required("kid")
        .required("kty")
        .required("alg")
        .required("use")
        .examples([json!({
            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "use": "sig", "alg": "EdDSA",
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        })]);
    ArrayBuilder::new()
        .description(Some(
            "The keys, the next one among them. Empty where the key is shared instead (HS256).",
        ))
        .items(key)
        .build()
}
