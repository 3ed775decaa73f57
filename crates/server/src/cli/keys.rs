//! The keys that sign access tokens.

use super::operation;
use super::output::{Column, Form, Rows, after_the_work, moment, print_lines};
use crate::config::Environment;
use crate::foundation::unready_keys;
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use portcullis_api::timestamp;
use portcullis_application::signing_keys::RotateKeysError;
use portcullis_application::{FormerKeys, Operator, Rotation, SigningKeys, WantedRotation};
use portcullis_domain::{SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage};
use serde::Serialize;
use shaku::HasComponent as _;
use std::sync::Arc;
use tokio::time::sleep;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Print the keys, oldest first.
    List {
        /// Print JSON lines also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Let another key sign, and print it. Tokens that are out stay valid.
    Rotate {
        /// What the keys sign: `session` are access tokens of users, `provider` what clients of OAuth are given.
        #[arg(long, value_name = "session|provider", default_value = "session")]
        purpose: SigningKeyPurpose,
        /// The new key's algorithm. Without it, the one that signs now; for the provider, each of its three. HS256 signs by
        /// `SECRET_KEY`.
        #[arg(long, value_name = "HS256|EdDSA|ES256|RS256")]
        algorithm: Option<SigningAlgorithm>,
        /// Accept nothing that former keys signed: they are lost.
        #[arg(long)]
        now: bool,
    },
}

pub(super) fn run(environment: &Environment, command: &KeysCommand) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    operation::on_store(&config, async |container, operator| {
        let keys: Arc<dyn SigningKeys> = container.resolve();
        match command {
            KeysCommand::List { json } => {
                let keys = keys.list(&operator).await.context("the keys can't be read")?;
                let mut rows = Rows::new(Form::of(*json), COLUMNS, "no keys", key_json);
                rows.add(&keys)?;
                rows.end()
            }
            KeysCommand::Rotate {
                purpose,
                algorithm,
                now,
            } => {
                let wanted = WantedRotation {
                    purpose: *purpose,
                    algorithm: *algorithm,
                    former: if *now {
                        FormerKeys::Rejected
                    } else {
                        FormerKeys::Accepted
                    },
                };
                let rotated = rotate(&*keys, operator, wanted).await;
                let rotated = rotated.map_err(|error| explained(error, *algorithm))?;
                let lines = rotated.iter().map(key_json).collect::<anyhow::Result<Vec<_>>>()?;
                after_the_work(print_lines(lines))
            }
        }
    })
}

/// Goes on until the other keys sign.
async fn rotate(
    keys: &dyn SigningKeys,
    operator: Operator,
    wanted: WantedRotation,
) -> Result<Vec<SigningKey>, RotateKeysError> {
    let mut rotated = Vec::new();
    for plan in keys.plan_rotation(&operator, wanted).await? {
        rotated.push(loop {
            match keys.rotate(&operator, plan.clone()).await? {
                Rotation::Done(key) => break key,
                Rotation::Published { signs_in } => sleep(signs_in).await,
            }
        });
    }
    Ok(rotated)
}

/// A key as it is shown: without its secret.
#[derive(Serialize)]
struct KeyBody<'k> {
    kid: &'k str,
    purpose: &'k str,
    algorithm: &'k str,
    stage: &'static str,
    created_at: String,
    activated_at: Option<String>,
    retired_at: Option<String>,
}

const COLUMNS: &[Column<SigningKey>] = &[
    ("KEY", |key| key.id.as_str().to_owned()),
    ("PURPOSE", |key| key.purpose.as_str().to_owned()),
    ("ALGORITHM", |key| key.algorithm.as_str().to_owned()),
    ("STAGE", |key| stage(key).to_owned()),
    ("MADE (UTC)", |key| moment(key.created_at)),
    ("SIGNS SINCE (UTC)", |key| {
        key.activated_at.map_or_else(String::new, moment)
    }),
    ("RETIRED (UTC)", |key| key.retired_at.map_or_else(String::new, moment)),
];

fn key_json(key: &SigningKey) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&KeyBody {
        kid: key.id.as_str(),
        purpose: key.purpose.as_str(),
        algorithm: key.algorithm.as_str(),
        stage: stage(key),
        created_at: timestamp(key.created_at),
        activated_at: key.activated_at.map(timestamp),
        retired_at: key.retired_at.map(timestamp),
    })?)
}

fn stage(key: &SigningKey) -> &'static str {
    match key.stage() {
        SigningKeyStage::Next => "next",
        SigningKeyStage::Current => "current",
        SigningKeyStage::Retired => "retired",
        SigningKeyStage::Remembered => "remembered",
    }
}

fn explained(error: RotateKeysError, wanted: Option<SigningAlgorithm>) -> anyhow::Error {
    match error {
        RotateKeysError::KeyOfTheSettings => anyhow!(
            "HS256 signs by SECRET_KEY itself: set SECRET_KEY to a new key and SECRET_KEY_PREVIOUS to the present \
             one and restart, or name another algorithm, as in portcullis keys rotate --algorithm EdDSA"
        ),
        RotateKeysError::AlgorithmOfTheSettings(set) => {
            let wanted = wanted.map_or_else(|| "another one".to_owned(), |wanted| wanted.to_string());
            anyhow!("ALGORITHM={set} is set, so {wanted} can't sign; set ALGORITHM to it, or unset it, and restart")
        }
        RotateKeysError::NotOfTheProvider(wanted) => anyhow!(
            "the provider does not sign by {wanted}, which others can't check; name RS256, ES256 or EdDSA, or none of \
             them to replace all three keys"
        ),
        RotateKeysError::NoneYet => {
            anyhow!("the provider has no keys yet; a running server makes them once there is a client")
        }
        RotateKeysError::Signing(error) => unready_keys(error).context("no other key signs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use portcullis_domain::KeyId;

    #[test]
    fn a_key_is_shown_without_its_secret() {
        let key = SigningKey {
            id: KeyId::new("k1".to_owned()),
            purpose: SigningKeyPurpose::Session,
            algorithm: SigningAlgorithm::EdDsa,
            encrypted: b"private".to_vec(),
            public_part: None,
            created_at: DateTime::UNIX_EPOCH,
            activated_at: Some(DateTime::UNIX_EPOCH),
            retired_at: None,
        };
        assert_eq!(
            key_json(&key).unwrap(),
            r#"{"kid":"k1","purpose":"session","algorithm":"EdDSA","stage":"current","created_at":"1970-01-01T00:00:00.000000Z","activated_at":"1970-01-01T00:00:00.000000Z","retired_at":null}"#
        );
    }

    #[test]
    fn a_refusal_says_what_to_set() {
        let line = explained(RotateKeysError::KeyOfTheSettings, None).to_string();
        assert!(
            line.contains("SECRET_KEY_PREVIOUS") && line.contains("--algorithm EdDSA"),
            "{line}"
        );
        let refused = RotateKeysError::AlgorithmOfTheSettings(SigningAlgorithm::Es256);
        let line = explained(refused, Some(SigningAlgorithm::EdDsa)).to_string();
        assert!(line.contains("ALGORITHM=ES256") && line.contains("EdDSA"), "{line}");
    }
}
