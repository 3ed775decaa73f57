//! Which setting a name is a misspelling of.

use super::setting::SettingError;
use super::{Environment, later, social, table};
use strsim::osa_distance;

/// Names that stand in `.env` for other programs, although they are close to ours.
const OF_OTHERS: &[&str] = &[
    "TIMEZONE",
    "EMAIL_FROM",
    "ADMIN_MAIL",
    "REDIS_URI",
    "SMTP_URI",
    "TEMPLATE_DIR",
];

/// From how many letters on a name may hold two mistakes.
const LONG_NAME: usize = 12;

/// From how many letters on a word of a name may hold two mistakes. A short word with two is another word: `MAX` and
/// `MIN`, `BASE` and `FILE`.
const LONG_WORD: usize = 6;

/// A refusal of each name in `.env` that is a misspelling. The environment is not looked at: others share it.
pub(super) fn misspellings(environment: &Environment) -> Vec<SettingError> {
    let misspelt = environment
        .names_in_file()
        .filter_map(|name| Some((name, meant_by(name)?)));
    misspelt
        .map(|(name, meant)| SettingError {
            setting: name.to_owned(),
            problem: "no setting has this name, which stands in .env".to_owned(),
            remedy: Some(format!(
                "write {meant}, or keep it out of .env if it is of another program"
            )),
        })
        .collect()
}

/// Names by which other programs call what we have another name for. They are no misspellings: such a program may be beside
/// us.
const ELSEWHERE: &[(&str, &str)] = &[
    ("JWT_SECRET", "SECRET_KEY"),
    ("JWT_SECRET_KEY", "SECRET_KEY"),
    ("SECRET", "SECRET_KEY"),
    ("SECRET_FILE", "SECRET_KEY_FILE"),
    ("BASE_URL", "PUBLIC_URL"),
    ("DB_URL", "DATABASE_URL"),
    ("CORS_ORIGINS", "CORS_ALLOWED_ORIGINS"),
    ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
];

/// How the names begin that stand in `.env` for Docker Compose and its services.
const OF_COMPOSE: &[&str] = &["COMPOSE_", "DOCKER_", "POSTGRES_"];

/// The names that have no effect here and may have been meant for us: in `.env` all but ours and those of Docker Compose, in
/// the environment those that are close to ours. Each with the setting that may be meant.
pub(crate) fn strays(environment: &Environment) -> Vec<String> {
    let of_file = |name: &&str| environment.names_in_file().any(|other| other == *name);
    let in_file = environment.names_in_file().filter(|name| {
        let is_known = all().any(|known| known == **name) || later::is_in_a_family(name) || social::is_one(name);
        !is_known && !OF_COMPOSE.iter().any(|start| name.starts_with(start))
    });
    let in_environment = environment
        .names()
        .filter(|name| !of_file(name) && suggestion(name).is_some());
    let mut strays: Vec<String> = in_file
        .chain(in_environment)
        .map(|name| match suggestion(name) {
            Some(meant) => format!("{name} (ours is {meant})"),
            None => name.to_owned(),
        })
        .collect();
    strays.sort_unstable();
    strays.dedup();
    strays
}

fn suggestion(name: &str) -> Option<String> {
    let elsewhere = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name);
    elsewhere.map(|(_, ours)| (*ours).to_owned()).or_else(|| meant_by(name))
}

/// The setting that this name is a misspelling of. `None` where it is a setting, one of a later version, or the name of
/// something else.
fn meant_by(name: &str) -> Option<String> {
    // Digits tell names apart on purpose, and our names have none.
    let has_digits = name.contains(|letter: char| letter.is_ascii_digit());
    if OF_OTHERS.contains(&name) || later::is_in_a_family(name) || social::is_one(name) || has_digits {
        return None;
    }
    let written = name.to_ascii_uppercase();
    let (_, closest) = all()
        .map(|known| (osa_distance(&written, &known), known))
        .min_by_key(|(mistakes, _)| *mistakes)?;
    (closest != name && is_misspelling(&written, &closest)).then_some(closest)
}

fn is_misspelling(written: &str, known: &str) -> bool {
    let is_close = |written: &str, known: &str, long: usize| {
        osa_distance(written, known) <= if known.len() < long { 1 } else { 2 }
    };
    let (words, known_words) = (written.split('_'), known.split('_'));
    let are_paired = words.clone().count() == known_words.clone().count();
    is_close(written, known, LONG_NAME)
        && (!are_paired
            || words
                .zip(known_words)
                .all(|(word, known)| is_close(word, known, LONG_WORD)))
}

fn all() -> impl Iterator<Item = String> {
    table::names().chain(later::names())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_is_refused_in_the_file_alone() {
        let file = vec![("RATE_LIMT".to_owned(), "hunter2".to_owned())];
        let refused = misspellings(&Environment::over(file, []));
        let line = refused.first().unwrap().to_string();
        assert!(
            line.starts_with("RATE_LIMT: ") && line.contains("write RATE_LIMIT,"),
            "{line}"
        );
        assert!(!line.contains("hunter2"), "{line}");
        assert!(misspellings(&Environment::of(&[("RATE_LIMT", "on")])).is_empty());
    }

    #[test]
    fn names_without_effect_are_told_with_what_may_be_meant() {
        let file = [
            "PORT",
            "POSTGRES_PASSWORD",
            "JWT_SECRET",
            "GREETING",
            "RATE_LIMIT_LOGIN",
        ];
        let file = file.map(|name| (name.to_owned(), "hunter2".to_owned())).into();
        let variables = ["PATH", "HOME", "BASE_URL", "PROT"].map(|name| (name.into(), "hunter2".into()));
        let found = strays(&Environment::over(file, variables));
        assert_eq!(
            found,
            [
                "BASE_URL (ours is PUBLIC_URL)",
                "GREETING",
                "JWT_SECRET (ours is SECRET_KEY)",
                "PROT (ours is PORT)"
            ]
        );
        assert!(ELSEWHERE.iter().all(|(_, ours)| all().any(|known| known == *ours)));
    }

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
            "SECRET_KEY_BASE",
            "SESSION_MAX_AGE",
            "RATE_LIMIT_MAX",
            "EMAIL_FROM",
            "TRUSTED_PROXY",
            "REFRESH_TOKEN_EXPIRE_MINUTES",
            "DATA_RETENTION_DAYS",
            "AUDIT_LOG_RETENTION_DAYS",
            "LOG_ROTATION_DAYS",
            "DATABASE_SSL",
            "DATABASE_USER_FILE",
            "PASSWORD_MAX_LENGTH",
            "ADMIN_MAIL",
            "PRIVATE_URL",
            "REDIS_URI",
            "SMTP_URI",
            "TEMPLATE_DIR",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
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
