//! Listing and rotating the keys that sign.

use crate::actor::{By, Operator};
use crate::ports::{KeyRing, StoreError};
use crate::signing::{
    ALGORITHMS_OF_THE_PROVIDER, FormerKeys, Rotation, RotationPlan, RotationRequest, Signing, SigningError,
    SigningPolicy, Succession, current,
};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{SigningAlgorithm, SigningKey, SigningKeyPurpose};
use shaku::{Component, Interface};
use std::sync::Arc;
use std::time::Duration;

/// Listing and rotating the keys that sign.
#[async_trait]
pub trait SigningKeys: Interface {
    /// The signing keys, by the time of their making.
    async fn list(&self, operator: &Operator) -> Result<Vec<SigningKey>, StoreError>;

    /// The plans by which [`rotate`](Self::rotate) lets other keys sign. Changes nothing.
    async fn plan_rotation(
        &self,
        operator: &Operator,
        wanted: WantedRotation,
    ) -> Result<Vec<RotationPlan>, RotateKeysError>;

    /// Publishes the key of the plan, or lets it sign where it was published long enough. Call it again after the time
    /// that it tells, and it gives the key that signs. If somebody else rotated since the plan was made, it gives their
    /// key.
    async fn rotate(&self, operator: &Operator, plan: RotationPlan) -> Result<Rotation, RotateKeysError>;

    /// Makes the keys of the provider where none sign yet, as a server does by itself once there is a client. Call it again after
    /// the time that it gives, until it gives none: then all of them sign.
    async fn begin_the_providers(&self, operator: &Operator) -> Result<Option<Duration>, SigningError>;
}

/// A rotation that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedRotation {
    /// What the keys sign.
    pub purpose: SigningKeyPurpose,
    /// The algorithm. Without it, that of the key that signs for sessions, or all of the provider's.
    pub algorithm: Option<SigningAlgorithm>,
    /// What becomes of the present key.
    pub former: FormerKeys,
}

/// Why no other key signs.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeysError {
    /// HS256 signs by `SECRET_KEY`, which the settings say.
    #[error("HS256 signs by SECRET_KEY, which only the settings can change")]
    KeyOfTheSettings,
    /// The settings say another algorithm, and would have it back at the next start.
    #[error("the settings say {0}")]
    AlgorithmOfTheSettings(SigningAlgorithm),
    /// The provider signs by key pairs alone: what it signs is checked by others.
    #[error("the provider does not sign by {0}")]
    NotOfTheProvider(SigningAlgorithm),
    /// No key of the provider signs yet: a server makes them once there is a client.
    #[error("the provider has no keys yet")]
    NoneYet,
    /// The key was not made or not stored.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// [`SigningKeys`] in units of work.
#[derive(Component)]
#[shaku(interface = SigningKeys)]
pub struct SigningKeysService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    ring: Arc<dyn KeyRing>,
    /// Which keys sign.
    signing: SigningPolicy,
}

#[async_trait]
impl SigningKeys for SigningKeysService {
    async fn list(&self, _: &Operator) -> Result<Vec<SigningKey>, StoreError> {
        self.signing().list().await
    }

    async fn plan_rotation(
        &self,
        operator: &Operator,
        wanted: WantedRotation,
    ) -> Result<Vec<RotationPlan>, RotateKeysError> {
        let keys = self.list(operator).await.map_err(SigningError::from)?;
        match wanted.purpose {
            SigningKeyPurpose::Session => Ok(vec![self.plan_for_sessions(&keys, wanted)?]),
            SigningKeyPurpose::Provider => plans_for_the_provider(&keys, wanted),
        }
    }

    async fn rotate(&self, operator: &Operator, plan: RotationPlan) -> Result<Rotation, RotateKeysError> {
        let signing = self.signing();
        let keys = self.list(operator).await.map_err(SigningError::from)?;
        signing.encrypt_anew(&keys).await?;
        let request = RotationRequest {
            succession: plan.succession,
            algorithm: plan.algorithm,
            former: plan.former,
            by: By::Operator,
        };
        Ok(signing.rotate_if(request, move |keys| plan.is_open(keys)).await?)
    }

    async fn begin_the_providers(&self, _: &Operator) -> Result<Option<Duration>, SigningError> {
        self.signing().begin_the_providers(By::Operator).await
    }
}

impl SigningKeysService {
    fn plan_for_sessions(
        &self,
        keys: &[SigningKey],
        WantedRotation { algorithm, former, .. }: WantedRotation,
    ) -> Result<RotationPlan, RotateKeysError> {
        let succession = Succession::Sessions;
        let keys = succession.of(keys);
        let signs = current(&keys);
        let present = signs.map_or(SigningAlgorithm::Hs256, |key| key.algorithm);
        let wanted = algorithm.or(self.signing.algorithm).unwrap_or(present);
        match self.signing.algorithm {
            Some(set) if set != wanted => return Err(RotateKeysError::AlgorithmOfTheSettings(set)),
            _ if !wanted.has_key_pair() && present == wanted => {
                return Err(RotateKeysError::KeyOfTheSettings);
            }
            _ => {}
        }
        Ok(RotationPlan {
            succession,
            algorithm: wanted,
            former,
            replaced: signs.map(|key| key.id.clone()),
        })
    }

    fn signing(&self) -> Signing {
        Signing {
            units: Arc::clone(&self.units),
            ring: Arc::clone(&self.ring),
        }
    }
}

/// One for each algorithm, or for the one that is wanted.
fn plans_for_the_provider(keys: &[SigningKey], wanted: WantedRotation) -> Result<Vec<RotationPlan>, RotateKeysError> {
    let mut plans = Vec::new();
    for algorithm in ALGORITHMS_OF_THE_PROVIDER {
        let is_wanted = wanted.algorithm.is_none_or(|wanted| wanted == algorithm);
        let succession = Succession::Provider(algorithm);
        let keys = succession.of(keys);
        if let Some(signs) = current(&keys).filter(|_| is_wanted) {
            plans.push(RotationPlan {
                succession,
                algorithm,
                former: wanted.former,
                replaced: Some(signs.id.clone()),
            });
        }
    }
    match wanted.algorithm {
        Some(algorithm) if !algorithm.has_key_pair() => Err(RotateKeysError::NotOfTheProvider(algorithm)),
        _ if plans.is_empty() => Err(RotateKeysError::NoneYet),
        _ => Ok(plans),
    }
}
