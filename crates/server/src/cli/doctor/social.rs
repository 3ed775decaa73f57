//! The other providers that people sign in by: whether they answer, and with what they should.

use super::finding::Finding;
use crate::config::{Config, Environment};
use crate::file_access::Others;
use crate::foundation::upstream;
use portcullis_security::SystemClock;
use std::fs;

const SOCIAL: &str = "social";

/// A finding for each. What is asked is what everybody may read.
pub(super) async fn look_at(config: &Config, environment: &Environment) -> Vec<Finding> {
    if config.social.providers.is_empty() {
        return vec![Finding::ok(SOCIAL, "no other provider is set up")];
    }
    let upstream = match upstream(config, config.http.port) {
        Ok(upstream) => upstream,
        Err(error) => return vec![Finding::fail(SOCIAL, format!("{error:#}"))],
    };
    let mut findings = open_files(environment);
    for name in upstream.names() {
        let back = upstream.redirect_uri(name);
        let family = name.as_str().to_ascii_uppercase().replace('-', "_");
        findings.push(match upstream.look(name, &SystemClock).await {
            Ok(()) => Finding::ok(
                SOCIAL,
                format!("{name} is set up and answers; the address to enter there is {back}"),
            ),
            Err(error) => Finding::fail(
                SOCIAL,
                format!(
                    "nobody can sign in by {name}: {error}; mend it there, or take its settings SOCIAL_{family}_… out; the \
                     address to enter there is {back}"
                ),
            ),
        });
    }
    findings
}

/// Files of secrets that others can read, a warning each. One that is missing was told among the settings.
fn open_files(environment: &Environment) -> Vec<Finding> {
    let remarks = environment.social_secret_files().filter_map(|path| {
        let found = fs::metadata(&path).ok()?;
        Others::of(&found).remark(&path, "chmod 600")
    });
    remarks.map(|remark| Finding::warn(SOCIAL, remark)).collect()
}
