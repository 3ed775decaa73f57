//! One unit of work: what it may do on its connection, and what it may not after something went wrong.

use crate::connection::AnyConnection;
use crate::error::StatementError;
use crate::writes::Trouble;
use anyhow::anyhow;
use portcullis_application::ports::{
    Access, AuditRepository, ChallengeRepository, ClientRepository, ConsentRepository, CredentialRepository,
    GrantEndings, GrantRepository, IdentityRepository, InstallationRepository, InvitationRepository, JobRepository,
    LinkRepository, MailRepository, PasskeyRepository, Repositories, ResourceRepository, RevocationRepository,
    SecondFactorRepository, SessionEndings, SessionRepository, SigningKeyRepository, SpentRepository, StoreError,
    StoreResult, UserRepository, Verdict, Work,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Makes a fresh connection in the place of one that failed.
pub(crate) type Reconnect<'c> = &'c dyn Fn() -> StoreResult<AnyConnection>;

/// The repositories of one unit of work.
pub(crate) struct Unit<'c> {
    connection: &'c mut AnyConnection,
    access: Access,
    /// `Some` where each statement stands alone, so that a failed one may be run again on another connection.
    reconnect: Option<Reconnect<'c>>,
    failure: Option<String>,
    trouble: Option<Trouble>,
    /// How long the statement took that was its own commit.
    written_once: Option<Duration>,
}

/// How the work of a unit went.
pub(crate) struct Performed {
    /// How the transaction is to end. `Err` says that nothing may be kept: a statement failed, or the work panicked.
    pub(crate) verdict: StoreResult<Verdict>,
    /// What went wrong in the store, also where the work took it for its own refusal.
    pub(crate) trouble: Option<Trouble>,
    /// How long the one statement took that wrote, where the unit may have no other.
    pub(crate) written_once: Option<Duration>,
}

/// Runs the work of a unit that may write. Where that is part of a transaction, the caller ends it as the verdict says.
pub(crate) fn perform(connection: &mut AnyConnection, access: Access, work: Work) -> Performed {
    Unit::new(connection, access, None).carry_out(work)
}

/// Runs work that only reads, outside any transaction.
pub(crate) fn perform_reads(
    connection: &mut AnyConnection,
    access: Access,
    reconnect: Reconnect<'_>,
    work: Work,
) -> StoreResult<()> {
    Unit::new(connection, access, Some(reconnect))
        .carry_out(work)
        .verdict
        .map(|_| ())
}

impl<'c> Unit<'c> {
    fn new(connection: &'c mut AnyConnection, access: Access, reconnect: Option<Reconnect<'c>>) -> Self {
        Self {
            connection,
            access,
            reconnect,
            failure: None,
            trouble: None,
            written_once: None,
        }
    }

    fn carry_out(mut self, work: Work) -> Performed {
        let ended = catch_unwind(AssertUnwindSafe(|| work(&mut self)))
            .map_err(|_| StoreError::Unexpected(anyhow!("a unit of work panicked")));
        // A failure that shows only now is the unit's as any other.
        let ended = match ended {
            Ok(Verdict::Commit) if self.failure.is_none() && self.access == Access::Write => self
                .write(|connection| Ok(connection.settle()?))
                .map(|()| Verdict::Commit),
            ended => ended,
        };
        let verdict = match (ended, self.failure) {
            (Ok(Verdict::Commit), Some(failure)) => Err(StoreError::Unexpected(anyhow!(
                "a unit of work went on after a store error: {failure}"
            ))),
            (ended, _) => ended,
        };
        Performed {
            verdict,
            trouble: self.trouble,
            written_once: self.written_once,
        }
    }

    /// Runs a statement that reads. Outside a transaction it is run once more where its connection had been lost.
    pub(crate) fn read<T>(
        &mut self,
        statement: impl Fn(&mut AnyConnection) -> Result<T, StatementError>,
    ) -> StoreResult<T> {
        self.refuse_after_failure()?;
        let mut result = self.ask(&statement);
        if let (Err(StoreError::Unavailable(_)), Some(reconnect)) = (&result, self.reconnect) {
            result = reconnect().and_then(|fresh| {
                *self.connection = fresh;
                self.ask(&statement)
            });
        }
        self.remember(result)
    }

    /// Runs statements that write.
    pub(crate) fn write<T>(
        &mut self,
        statements: impl FnOnce(&mut AnyConnection) -> Result<T, StatementError>,
    ) -> StoreResult<T> {
        if self.access == Access::WriteOnce {
            self.refuse_after_failure()?;
            let reason = "a unit of work that writes once tried to write by several statements";
            return self.remember(Err(refused(reason)));
        }
        self.write_at_once(statements)
    }

    /// Runs the one statement that a repository's call takes to write.
    pub(crate) fn write_at_once<T>(
        &mut self,
        statement: impl FnOnce(&mut AnyConnection) -> Result<T, StatementError>,
    ) -> StoreResult<T> {
        self.refuse_after_failure()?;
        let result = match self.access {
            Access::Write => self.ask(statement),
            Access::WriteOnce if self.written_once.is_some() => {
                Err(refused("a unit of work that writes once tried to write twice"))
            }
            // Given up, it might be written all the same, and nobody takes it back.
            Access::WriteOnce if !self.connection.has_time_for_a_statement() => Err(StoreError::Busy),
            Access::WriteOnce => {
                let writing = Instant::now();
                let written = self.ask(statement);
                self.written_once = Some(writing.elapsed());
                written
            }
            Access::Read | Access::LookUp => Err(refused("a unit of work that only reads tried to write")),
        };
        self.remember(result)
    }

    fn ask<T>(&mut self, statement: impl FnOnce(&mut AnyConnection) -> Result<T, StatementError>) -> StoreResult<T> {
        statement(self.connection).map_err(|error| self.connection.store_error(error))
    }

    fn refuse_after_failure(&self) -> StoreResult<()> {
        match &self.failure {
            Some(failure) => Err(StoreError::Unexpected(anyhow!(
                "the unit of work has failed before: {failure}"
            ))),
            None => Ok(()),
        }
    }

    fn remember<T>(&mut self, result: StoreResult<T>) -> StoreResult<T> {
        if let Err(error) = &result {
            self.failure = Some(error.to_string());
            self.trouble = Trouble::of(error);
        }
        result
    }
}

fn refused(reason: &'static str) -> StoreError {
    StoreError::Unexpected(anyhow!(reason))
}

impl Repositories for Unit<'_> {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn credentials(&mut self) -> &mut dyn CredentialRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn endings(&mut self) -> &mut dyn SessionEndings {
        self
    }

    fn revocations(&mut self) -> &mut dyn RevocationRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditRepository {
        self
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository {
        self
    }

    fn jobs(&mut self) -> &mut dyn JobRepository {
        self
    }

    fn installation(&mut self) -> &mut dyn InstallationRepository {
        self
    }

    fn invitations(&mut self) -> &mut dyn InvitationRepository {
        self
    }

    fn links(&mut self) -> &mut dyn LinkRepository {
        self
    }

    fn second_factors(&mut self) -> &mut dyn SecondFactorRepository {
        self
    }

    fn identities(&mut self) -> &mut dyn IdentityRepository {
        self
    }

    fn passkeys(&mut self) -> &mut dyn PasskeyRepository {
        self
    }

    fn challenges(&mut self) -> &mut dyn ChallengeRepository {
        self
    }

    fn mails(&mut self) -> &mut dyn MailRepository {
        self
    }

    fn spent(&mut self) -> &mut dyn SpentRepository {
        self
    }

    fn clients(&mut self) -> &mut dyn ClientRepository {
        self
    }

    fn resources(&mut self) -> &mut dyn ResourceRepository {
        self
    }

    fn consents(&mut self) -> &mut dyn ConsentRepository {
        self
    }

    fn grants(&mut self) -> &mut dyn GrantRepository {
        self
    }

    fn grant_endings(&mut self) -> &mut dyn GrantEndings {
        self
    }
}
