//! What whoever runs the server may ask for, by the command line on its machine.

mod audit_check;

pub use crate::audit_chain::AuditFault;
pub use audit_check::AuditReport;

use crate::actor::By;
use crate::administration::{Administration, AdministrationError, CreateAccountError, NewAccount, UserChange};
use crate::ports::{AuditMac, FoundAuditEntry, KeyRing, PasswordHasher, StoreError, UserFilter};
use crate::signing::{Rotation, RotationPlan, RotationRequest, Signing, SigningError, SigningPolicy, current};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{
    AuditEventType, AuditHead, Email, Page, PageRequest, Password, Position, SigningAlgorithm, SigningKey, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// How many events of the audit trail are read at once.
const EVENTS_AT_ONCE: usize = 1_000;

/// What whoever runs the server may ask for. No call takes a caller: being able to open the store is the right to it.
/// HTTP does not know this port.
#[async_trait]
pub trait OperatorService: Interface {
    /// Makes an account.
    async fn create_user(&self, account: NewAccount) -> Result<User, CreateAccountError>;

    /// Whether there is an active administrator.
    async fn has_admin(&self) -> Result<bool, StoreError>;

    /// Makes the first administrator, as the settings say; `None` where there is an administrator already.
    async fn create_first_admin(&self, account: NewAccount) -> Result<Option<User>, CreateAccountError>;

    /// Changes the user of that address.
    async fn change_user(&self, email: Email, change: UserChange) -> Result<User, AdministrationError>;

    /// Sets another password for the user of that address and ends all of their sessions.
    async fn set_password(&self, email: Email, password: Password) -> Result<User, AdministrationError>;

    /// Deletes the user of that address for good.
    async fn delete_user(&self, email: Email) -> Result<User, AdministrationError>;

    /// Ends all sessions of the user of that address; how many there were.
    async fn end_sessions(&self, email: Email) -> Result<usize, AdministrationError>;

    /// All users, newest first.
    async fn list_users(&self, request: PageRequest) -> Result<Page<User>, StoreError>;

    /// Records that the store was copied, with all that it holds.
    async fn record_backup(&self) -> Result<(), StoreError>;

    /// Checks the whole audit trail, event by event and seal by seal.
    async fn check_audit_trail(&self) -> Result<AuditReport, StoreError>;

    /// The end of the chain of seals when the seal of that number was its last; `None` where the chain has none of that
    /// number, or has it no more.
    async fn find_audit_head(&self, number: u64) -> Result<Option<AuditHead>, StoreError>;

    /// The next events of the audit trail behind that position, oldest first; none at its end.
    async fn export_audit_trail(&self, after: Option<Position>) -> Result<Vec<FoundAuditEntry>, StoreError>;

    /// The signing keys, by the time of their making.
    async fn list_keys(&self) -> Result<Vec<SigningKey>, StoreError>;

    /// What [`rotate_keys`](Self::rotate_keys) has to do so that another key than the present one signs: of that
    /// algorithm, or of the one that signs now. Changes nothing.
    async fn plan_rotation(&self, algorithm: Option<SigningAlgorithm>) -> Result<RotationPlan, RotateKeysError>;

    /// Publishes the key of the plan, or lets it sign where it was published long enough. Called again after the time
    /// that it tells, it gives the key that signs. Where others rotated since the plan was made, that is theirs.
    async fn rotate_keys(&self, plan: RotationPlan) -> Result<Rotation, RotateKeysError>;
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

/// [`OperatorService`] on the ports.
#[derive(Component)]
#[shaku(interface = OperatorService)]
pub struct OperatorServiceImpl {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    ring: Arc<dyn KeyRing>,
    #[shaku(inject)]
    audit_mac: Arc<dyn AuditMac>,
    /// Which keys sign.
    signing: SigningPolicy,
}

impl OperatorServiceImpl {
    fn administration(&self) -> Administration {
        Administration {
            units: Arc::clone(&self.units),
            hasher: Arc::clone(&self.hasher),
        }
    }

    fn signing(&self) -> Signing {
        Signing {
            units: Arc::clone(&self.units),
            ring: Arc::clone(&self.ring),
        }
    }

    async fn find(&self, email: Email) -> Result<User, AdministrationError> {
        self.units
            .look_up(move |repositories| repositories.users().find_by_email(&email))
            .await?
            .ok_or(AdministrationError::NotFound)
    }

    async fn find_id(&self, email: Email) -> Result<UserId, AdministrationError> {
        self.find(email).await.map(|user| user.id)
    }
}

#[async_trait]
impl OperatorService for OperatorServiceImpl {
    async fn create_user(&self, account: NewAccount) -> Result<User, CreateAccountError> {
        self.administration().create_account(By::Operator, account).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        self.administration().has_admin().await
    }

    async fn create_first_admin(&self, account: NewAccount) -> Result<Option<User>, CreateAccountError> {
        self.administration().create_first_admin(account).await
    }

    async fn change_user(&self, email: Email, change: UserChange) -> Result<User, AdministrationError> {
        let id = self.find_id(email).await?;
        self.administration().change_user(By::Operator, id, change).await
    }

    async fn set_password(&self, email: Email, password: Password) -> Result<User, AdministrationError> {
        let user = self.find(email).await?;
        self.administration()
            .set_password(By::Operator, user.id, &password)
            .await?;
        Ok(user)
    }

    async fn delete_user(&self, email: Email) -> Result<User, AdministrationError> {
        let user = self.find(email).await?;
        self.administration().delete_user(By::Operator, user.id).await?;
        Ok(user)
    }

    async fn end_sessions(&self, email: Email) -> Result<usize, AdministrationError> {
        let id = self.find_id(email).await?;
        self.administration().end_sessions(By::Operator, id).await
    }

    async fn list_users(&self, request: PageRequest) -> Result<Page<User>, StoreError> {
        self.units
            .read(move |repositories| repositories.users().list(&UserFilter::default(), &request))
            .await
    }

    async fn record_backup(&self) -> Result<(), StoreError> {
        let recorded = self.units.write(By::Operator, |unit| {
            let event = unit.success(AuditEventType::StoreBackedUp, None);
            unit.record(event)
        });
        recorded.await
    }

    async fn check_audit_trail(&self) -> Result<AuditReport, StoreError> {
        self.check_audit_trail().await
    }

    async fn find_audit_head(&self, number: u64) -> Result<Option<AuditHead>, StoreError> {
        let Some(before) = number.checked_sub(1) else {
            return Ok(Some(AuditHead::START));
        };
        self.units
            .read(move |repositories| {
                let next = repositories.audit().list_seals(before, 1)?;
                let pruned = repositories.audit().pruning()?.map(|record| record.pruning.through);
                let seals = next.iter().map(|signed| signed.seal.head());
                Ok(seals.chain(pruned).find(|head| head.number == number))
            })
            .await
    }

    async fn export_audit_trail(&self, after: Option<Position>) -> Result<Vec<FoundAuditEntry>, StoreError> {
        self.units
            .read(move |repositories| repositories.audit().list_oldest(after, EVENTS_AT_ONCE))
            .await
    }

    async fn list_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        self.signing().list().await
    }

    async fn plan_rotation(&self, algorithm: Option<SigningAlgorithm>) -> Result<RotationPlan, RotateKeysError> {
        let keys = self.signing().list().await.map_err(SigningError::from)?;
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
            algorithm: wanted,
            replaced: signs.map(|key| key.id.clone()),
        })
    }

    async fn rotate_keys(&self, plan: RotationPlan) -> Result<Rotation, RotateKeysError> {
        let signing = self.signing();
        let keys = signing.list().await.map_err(SigningError::from)?;
        signing.encrypt_anew(&keys).await?;
        let request = RotationRequest {
            algorithm: plan.algorithm,
            by: By::Operator,
        };
        Ok(signing.rotate_if(request, move |keys| plan.is_open(keys)).await?)
    }
}
