//! Reading and checking the audit trail.

mod check;

pub use crate::audit_chain::AuditFault;
pub use check::AuditReport;

use crate::actor::{Actor, Authority, By, Operator};
use crate::ports::{AuditFilter, AuditMac, AuditRecord, FoundAuditEntry, StoreError};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use check::TrailCheck;
use portcullis_domain::{AuditEventType, AuditHead, Page, PageRequest, Position};
use shaku::{Component, Interface};
use std::sync::Arc;

/// How many events an export reads at once.
const EXPORTED_AT_ONCE: usize = 1_000;

/// Reading and checking the audit trail.
#[async_trait]
pub trait AuditTrail: Interface {
    /// The events of the user who asks, newest first. The user that the filter names does not count.
    async fn list_own(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError>;

    /// The events that match, newest first. A page may come short and still name where the next one goes on.
    async fn list(
        &self,
        by: Authority,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError>;

    /// The next events behind that position, oldest first; none at the end of the trail.
    async fn export(&self, operator: &Operator, after: Option<Position>) -> Result<Vec<FoundAuditEntry>, StoreError>;

    /// Checks the whole trail, event by event and seal by seal.
    async fn check(&self, operator: &Operator) -> Result<AuditReport, StoreError>;

    /// The end of the chain of seals when the seal of that number was its last; `None` where the chain has none of that
    /// number, or has it no more.
    async fn find_head(&self, operator: &Operator, number: u64) -> Result<Option<AuditHead>, StoreError>;

    /// Records that the store was copied, with all that it holds.
    async fn record_backup(&self, operator: &Operator) -> Result<(), StoreError>;
}

/// [`AuditTrail`] in units of work.
#[derive(Component)]
#[shaku(interface = AuditTrail)]
pub struct AuditTrailService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    audit_mac: Arc<dyn AuditMac>,
}

#[async_trait]
impl AuditTrail for AuditTrailService {
    async fn list_own(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError> {
        let own = AuditFilter {
            user_id: Some(actor.user().id),
            ..filter
        };
        self.units
            .read(move |repositories| repositories.audit().list(&own, &request))
            .await
    }

    async fn list(
        &self,
        _: Authority,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError> {
        self.units
            .read(move |repositories| repositories.audit().list(&filter, &request))
            .await
    }

    async fn export(&self, _: &Operator, after: Option<Position>) -> Result<Vec<FoundAuditEntry>, StoreError> {
        self.units
            .read(move |repositories| repositories.audit().list_oldest(after, EXPORTED_AT_ONCE))
            .await
    }

    async fn check(&self, _: &Operator) -> Result<AuditReport, StoreError> {
        let check = TrailCheck {
            units: &self.units,
            mac: &*self.audit_mac,
        };
        check.report().await
    }

    async fn find_head(&self, _: &Operator, number: u64) -> Result<Option<AuditHead>, StoreError> {
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

    async fn record_backup(&self, _: &Operator) -> Result<(), StoreError> {
        let recorded = self.units.write(By::Operator, |unit| {
            let event = unit.success(AuditEventType::StoreBackedUp, None);
            unit.record(event)
        });
        recorded.await
    }
}
