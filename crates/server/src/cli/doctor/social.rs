//! The other providers that people sign in by: whether they answer, and with what they should.

use super::finding::Finding;
use crate::config::Config;
use crate::foundation::upstream;

const SOCIAL: &str = "social";

/// A finding for each. What is asked is what everybody may read.
pub(super) async fn look_at(config: &Config) -> Vec<Finding> {
    if config.social.providers.is_empty() {
        return vec![Finding::ok(SOCIAL, "no other provider is set up")];
    }
    let upstream = match upstream(config, config.http.port) {
        Ok(upstream) => upstream,
        Err(error) => return vec![Finding::fail(SOCIAL, format!("{error:#}"))],
    };
    let mut findings = Vec::new();
    for name in upstream.names() {
        let back = upstream.redirect_uri(name);
        findings.push(match upstream.look(name).await {
            Ok(()) => Finding::ok(
                SOCIAL,
                format!("{name} is set up; the address to enter there is {back}"),
            ),
            Err(error) => Finding::fail(
                SOCIAL,
                format!("nobody can sign in by {name}: {error}; mend it there, or take SOCIAL_ settings of it out"),
            ),
        });
    }
    findings
}
