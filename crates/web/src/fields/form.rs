//! Forms: `application/x-www-form-urlencoded`, read strictly.

use crate::refusal::{Refusal, kind};
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

/// Parses a form.
pub(super) fn parse(text: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let mut parameters = Map::new();
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decoded(halves.next().unwrap_or_default())?;
        let value = decoded(halves.next().unwrap_or_default())?;
        if parameters.insert(name, Value::String(value)).is_some() {
            return Err(kind::REPEATED_PARAMETER.into());
        }
    }
    Ok(parameters)
}

fn decoded(text: &[u8]) -> Result<String, Refusal> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    match percent_decode(&spaced).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(Refusal::malformed_body("Send the parameters in UTF-8.")),
    }
}
