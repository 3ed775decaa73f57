//! Whether guessing is limited, and who counts together.

use super::finding::Finding;
use crate::config::Config;
use portcullis_application::LimitPolicy;
use portcullis_shared_limits::{RedisUrl, SharedLimits};
use portcullis_storage::DatabaseKind;

const SUBJECT: &str = "limits";

pub(super) async fn look_at(config: &Config) -> Finding {
    match (&config.limits.policy, &config.limits.shared) {
        (LimitPolicy::Off, _) if config.http.is_of_this_machine() => {
            Finding::ok(SUBJECT, "RATE_LIMIT is off, and this machine alone reaches the server")
        }
        (LimitPolicy::Off, _) => Finding::warn(
            SUBJECT,
            "RATE_LIMIT is off, so anybody who reaches the server may guess passwords without end; set it to on, or limit \
             guessing in the proxy",
        ),
        (LimitPolicy::On(_), Some(url)) => shared(url).await,
        (LimitPolicy::On(_), None) => Finding::ok(SUBJECT, alone(config)),
    }
}

async fn shared(url: &RedisUrl) -> Finding {
    match SharedLimits::try_reach(url).await {
        Ok(()) => Finding::ok(SUBJECT, format!("servers count together at {url}, which answers")),
        Err(error) => Finding::warn(
            SUBJECT,
            format!(
                "REDIS_URL: {url} does not answer ({error:#}), so each server counts for itself until it does; start it, or \
                 set another one"
            ),
        ),
    }
}

fn alone(config: &Config) -> &'static str {
    match config.database.url.kind() {
        DatabaseKind::Sqlite => "this server counts them",
        DatabaseKind::Postgres => {
            "each server counts for itself; if several use this database, REDIS_URL lets them count together"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::Environment;

    async fn found(settings: &[(&str, &str)]) -> Finding {
        look_at(&Config::load(&Environment::of(settings)).unwrap()).await
    }

    #[tokio::test]
    async fn switched_off_limits_are_told_where_others_reach_the_server() {
        let off = ("RATE_LIMIT", "off");
        for reached in [("HOST", "0.0.0.0"), ("PUBLIC_URL", "https://a.example")] {
            assert_eq!(found(&[off, reached]).await.grade, Grade::Warn, "{reached:?}");
            assert_eq!(found(&[reached]).await.grade, Grade::Ok, "{reached:?}");
        }
        assert_eq!(found(&[off]).await.grade, Grade::Ok);
    }

    #[tokio::test]
    async fn who_counts_is_told() {
        let postgres = ("DATABASE_URL", "postgres://portcullis@localhost/portcullis");
        let key = ("SECRET_KEY", "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM");
        assert!(
            found(&[postgres, key])
                .await
                .text
                .contains("each server counts for itself")
        );
        let away = found(&[("REDIS_URL", "redis://:hunter2@127.0.0.1:1")]).await;
        assert_eq!(away.grade, Grade::Warn);
        assert!(
            away.text.contains("127.0.0.1:1 does not answer") && !away.text.contains("hunter2"),
            "{away}"
        );
    }
}
