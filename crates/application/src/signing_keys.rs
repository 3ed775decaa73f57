//! Listing and rotating the keys that sign.

use crate::actor::{By, Operator};
use crate::ports::{KeyRing, StoreError};
use crate::signing::{
    Rotation, RotationPlan, RotationRequest, Signing, SigningError, SigningPolicy, Succession, current,
};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{SigningAlgorithm, SigningKey};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Listing and rotating the keys that sign.
#[async_trait]
pub trait SigningKeys: Interface {
    /// The signing keys, by the time of their making.
    async fn list(&self, operator: &Operator) -> Result<Vec<SigningKey>, StoreError>;

    /// The plan by which [`rotate`](Self::rotate) lets another key sign: one of that algorithm, or of the present
    /// key's. Changes nothing.
    async fn plan_rotation(
        &self,
        operator: &Operator,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<RotationPlan, RotateKeysError>;

    /// Publishes the key of the plan, or lets it sign where it was published long enough. Call it again after the time
    /// that it tells, and it gives the key that signs. If somebody else rotated since the plan was made, it gives their
    /// key.
    async fn rotate(&self, operator: &Operator, plan: RotationPlan) -> Result<Rotation, RotateKeysError>;
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
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<RotationPlan, RotateKeysError> {
        let keys = self.list(operator).await.map_err(SigningError::from)?;
        let succession = Succession::Sessions;
        let keys = succession.of(&keys);
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
            replaced: signs.map(|key| key.id.clone()),
        })
    }

    async fn rotate(&self, operator: &Operator, plan: RotationPlan) -> Result<Rotation, RotateKeysError> {
        let signing = self.signing();
        let keys = self.list(operator).await.map_err(SigningError::from)?;
        signing.encrypt_anew(&keys).await?;
        let request = RotationRequest {
            succession: plan.succession,
            algorithm: plan.algorithm,
            by: By::Operator,
        };
        Ok(signing.rotate_if(request, move |keys| plan.is_open(keys)).await?)
    }
}

impl SigningKeysService {
    fn signing(&self) -> Signing {
        Signing {
            units: Arc::clone(&self.units),
            ring: Arc::clone(&self.ring),
        }
    }
}
