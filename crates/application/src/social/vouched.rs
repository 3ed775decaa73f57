//! Whom a provider vouches for: what it answered is looked at, used up, and comes to an account.

use super::account::{FirstSight, Foreseen, Known};
use super::attempt::{Attempt, CLOCKS_DIFFER_BY, LIFE, digest_of};
use super::sign_in::SocialSignInService;
use super::{Answer, SocialError};
use crate::actor::By;
use crate::guess::address_of;
use crate::mail_policy::SignUpPolicy;
use crate::ports::{Limit, StoreError, StoreResult, short_line};
use crate::replica::Refusal;
use crate::unit_of_work::Units;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AssertedIdentity, AuditEventType, Digest32, Email, IdentityId, Locale, MailKind, Origin, ProviderName, UserId,
};
use std::sync::Arc;

/// How often an account is looked for, where two come at once for the first time.
const LOOKS: usize = 2;

/// What a provider's answer has to prove.
#[derive(Clone, Copy)]
pub(super) enum Demand<'a> {
    /// Who somebody is.
    None,
    /// That they signed in there after this began (`prompt=login` and `max_age`; OpenID Connect Core 1.0, section 3.1.2.1).
    Anew(&'a Attempt),
    /// That it is this user. It signs nobody else in.
    ProofOf(UserId),
}

/// What may be used once, and until when it is remembered.
#[derive(Clone, Copy)]
pub(super) struct Once {
    pub(super) digest: Digest32,
    pub(super) until: DateTime<Utc>,
}

impl SocialSignInService {
    /// Whom a provider's answer signs in, and when they signed in there, where it says so.
    pub(super) async fn known_by(
        &self,
        answer: &Answer,
        demand: Demand<'_>,
        locale: Option<Locale>,
    ) -> Result<(Known, Option<DateTime<Utc>>), SocialError> {
        let asserted = self.asserted_by(answer).await;
        let known = match asserted {
            Ok(asserted) => {
                let (provider, email) = (asserted.provider.clone(), asserted.email.clone());
                let at = asserted.authenticated_at;
                let known = match demand {
                    Demand::ProofOf(user) => self.prove(asserted, user, &answer.origin).await,
                    // Before an account is made or joined.
                    Demand::Anew(attempt) if !at.is_some_and(|at| attempt.is_answered_anew(at)) => {
                        Err(SocialError::NotFresh)
                    }
                    Demand::None | Demand::Anew(_) => self.resolve(asserted, None, &answer.origin, locale).await,
                };
                known.map(|known| (known, at)).map_err(|error| (provider, email, error))
            }
            Err(error) => Err((answer.provider.clone(), None, error)),
        };
        match known {
            Ok(known) => Ok(known),
            Err((provider, email, error)) => {
                if matches!(error, SocialError::Untrusted(_)) {
                    // The operator can mend what is set up; the person can't.
                    tracing::warn!(%provider, "a sign-in by another provider failed: {error}");
                } else {
                    tracing::info!(%provider, "a sign-in by another provider was refused: {error}");
                }
                self.note_refusal(&error, email, provider, answer.origin.clone())
                    .await?;
                Err(error)
            }
        }
    }

    /// The identity, where that user's account is linked with it.
    async fn prove(&self, asserted: AssertedIdentity, user: UserId, origin: &Origin) -> Result<Known, SocialError> {
        let proved = self.units.write(By::Anybody(origin.clone()), move |unit| {
            let now = unit.now();
            let linked = unit.identities().find(&asserted.key)?;
            let linked = linked.filter(|linked| linked.user_id == user);
            let linked = linked.ok_or(SocialError::AnotherPerson)?;
            unit.identities().note_use(linked.id, now, asserted.label.as_ref())?;
            Ok(Known {
                user,
                identity: linked.id,
            })
        });
        proved.await
    }

    /// Whom the provider vouches for in its answer. The answer is used up by that, whatever comes of it.
    async fn asserted_by(&self, answer: &Answer) -> Result<AssertedIdentity, SocialError> {
        let now = self.units.now();
        let attempt = Attempt::find(answer, &*self.seals, now).ok_or(SocialError::InvalidState)?;
        if self.providers.find(&answer.provider).is_none() {
            return Err(SocialError::UnknownProvider);
        }
        // What answers a question was asked by us, so nothing is guessed here. It is a call to the provider, though.
        let drawn = self.units.draw_call(&answer.origin).await?;
        self.units.use_up(answer, now).await?;
        if let Some(error) = &answer.error {
            return Err(SocialError::Refused(short_line(error)));
        }
        let code = answer
            .code
            .clone()
            .ok_or_else(|| SocialError::Refused("no code came".to_owned()))?;
        let redemption = attempt.redemption(code, answer);
        let asserted = self.providers.redeem(&answer.provider, &redemption).await?;
        self.units.give_back(drawn).await;
        Ok(asserted)
    }

    /// The account of an identity, in one unit with the use of what vouched for it.
    pub(super) async fn resolve(
        &self,
        asserted: AssertedIdentity,
        once: Option<Once>,
        origin: &Origin,
        locale: Option<Locale>,
    ) -> Result<Known, SocialError> {
        let mut may_mail = false;
        let foreseen = self.foresee(&asserted).await?;
        if foreseen != Foreseen::Linked && self.units.mail.sign_up == SignUpPolicy::Open {
            // Whether there is an account is told by what comes of it, so both count.
            let _counted = self.units.draw([(Limit::Registration, address_of(origin))]).await?;
        }
        if foreseen == Foreseen::NewAccount
            && let Some(email) = asserted.email.as_ref().filter(|_| !asserted.proves_email())
        {
            may_mail = self.units.mail.is_on() && self.units.may_mail(email, MailKind::VerifyEmail, origin).await;
        }
        let mut looks = 0;
        loop {
            looks += 1;
            let now = self.units.now();
            let first = FirstSight {
                user_id: UserId::new(now, self.units.random()),
                identity_id: IdentityId::new(now, self.units.random()),
                called: self.providers.call(&asserted.provider, asserted.label.as_ref()),
                may_mail,
                locale: locale.clone(),
            };
            let (asserted, providers) = (asserted.clone(), Arc::clone(&self.providers));
            let found = self.units.write(By::Anybody(origin.clone()), move |unit| {
                if let Some(once) = once
                    && !unit.spent().spend(&once.digest, once.until)?
                {
                    return Err(SocialError::InvalidState);
                }
                unit.account_of(&asserted, &first, &*providers)
            });
            match found.await {
                // Somebody else came at once, for the first time, too: they are there now.
                Err(SocialError::Store(StoreError::Conflict) | SocialError::AccountExists(_)) if looks < LOOKS => {}
                other => return other,
            }
        }
    }

    /// Whether somebody is about to get an account: that is limited, and may cost a mail.
    async fn foresee(&self, asserted: &AssertedIdentity) -> Result<Foreseen, StoreError> {
        let (key, email) = (asserted.key.clone(), asserted.email.clone());
        let may_sign_up = self.units.mail.sign_up == SignUpPolicy::Open;
        let found = self.units.look_up(move |repositories| {
            if repositories.identities().find(&key)?.is_some() {
                return Ok(Foreseen::Linked);
            }
            let Some(email) = email.filter(|_| may_sign_up) else {
                return Ok(Foreseen::NoNewAccount);
            };
            let is_there = repositories.users().find_by_email(&email)?.is_some();
            Ok(if is_there {
                Foreseen::NoNewAccount
            } else {
                Foreseen::NewAccount
            })
        });
        found.await
    }

    async fn note_refusal(
        &self,
        error: &SocialError,
        email: Option<Email>,
        provider: ProviderName,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let Some(reason) = error.reason() else { return Ok(()) };
        let refusal = Refusal {
            kind: AuditEventType::Login,
            reason,
            email,
            user: None,
            provider: Some(provider),
            origin: origin.clone(),
        };
        self.units.note_refusal(By::Anybody(origin), refusal).await
    }
}

impl Units {
    /// Uses up an answer: what it was begun with is good for one.
    pub(super) async fn use_up(&self, answer: &Answer, now: DateTime<Utc>) -> Result<(), SocialError> {
        let digest = digest_of(answer.state.as_ref().ok_or(SocialError::InvalidState)?);
        let until = now + LIFE + CLOCKS_DIFFER_BY;
        let spent: StoreResult<bool> = self
            .write(By::Anybody(answer.origin.clone()), move |unit| {
                unit.spent().spend(&digest, until)
            })
            .await;
        spent?.then_some(()).ok_or(SocialError::InvalidState)
    }
}
