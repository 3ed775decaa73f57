//! Which setting a name is a misspelling of.

use super::{later, table};
use strsim::osa_distance;

/// Names that stand in `.env` for other programs, although they are close to ours.
const OF_OTHERS: &[&str] = &["TIMEZONE"];

/// How many letters of a name make room for one mistake.
const LETTERS_PER_MISTAKE: usize = 5;

/// The setting that somebody meant who wrote this. `None` where it is one, and where it is the name of something else.
pub(super) fn meant_by(name: &str) -> Option<String> {
    // Numbers tell names apart on purpose, and ours have none.
    if OF_OTHERS.contains(&name) || name.contains(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let written = name.to_ascii_uppercase();
    let (mistakes, closest) = all()
        .map(|known| (osa_distance(&written, &known), known))
        .min_by_key(|(mistakes, _)| *mistakes)?;
    let most = (closest.len() / LETTERS_PER_MISTAKE).max(1);
    (mistakes <= most && closest != name).then_some(closest)
}

fn all() -> impl Iterator<Item = String> {
    table::names().chain(later::names())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_from_others() {
        for (written, meant) in [
            ("RATE_LIMT", "RATE_LIMIT"),
            ("PROT", "PORT"),
            ("port", "PORT"),
            ("SECRETKEY", "SECRET_KEY"),
            ("SECRET_KEY_FLIE", "SECRET_KEY_FILE"),
            ("DATABASE_URI", "DATABASE_URL"),
            ("ACCESS_TOKEN_EXPIRES_MINUTE", "ACCESS_TOKEN_EXPIRE_MINUTES"),
            ("ADMIN_PASSWD", "ADMIN_PASSWORD"),
            ("SMTP_ULR", "SMTP_URL"),
            ("MAIL_LINK_PASWORD", "MAIL_LINK_PASSWORD"),
        ] {
            assert_eq!(meant_by(written).as_deref(), Some(meant), "{written}");
        }
        for name in [
            "POSTGRES_PASSWORD",
            "POSTGRES_USER",
            "POSTGRES_DB",
            "COMPOSE_PROJECT_NAME",
            "COMPOSE_FILE",
            "COMPOSE_PROFILES",
            "DOCKER_HOST",
            "PORTCULLIS_IMAGE",
            "PORTCULLIS_PORT",
            "PGHOST",
            "PGPORT",
            "DB_HOST",
            "DB_PORT",
            "PORT2",
            "REDIS_HOST",
            "REDIS_PORT",
            "SMTP_HOST",
            "SMTP_USER",
            "SMTP_PORT",
            "SITE_URL",
            "API_URL",
            "BASE_URL",
            "DB_URL",
            "APP_KEY",
            "HOSTNAME",
            "DOMAIN",
            "TZ",
            "TIMEZONE",
            "PUID",
            "TRAEFIK_HOST",
            "RUST_LOG",
            "HTTP_PROXY",
            "NODE_ENV",
            "FOO",
        ] {
            assert_eq!(meant_by(name), None, "{name}");
        }
    }

    #[test]
    fn no_setting_is_a_misspelling_of_another() {
        for name in all() {
            assert_eq!(meant_by(&name), None);
        }
    }
}
