//! Signing in by another provider, on pages of ours and for apps.

use super::account::Known;
use super::attempt::{Attempt, CLOCKS_DIFFER_BY, LIFE, browser_of};
use super::vouched::{Demand, Once};
use super::{Answer, AppAnswer, BegunAttempt, ExchangeError, IdTokenError, Purpose, SocialError};
use crate::actor::By;
use crate::begin_session::{Admitted, Barred, Begun, Holder};
use crate::browser_session::{BrowserSession, ShownSession};
use crate::email_verification::MailRequest;
use crate::ports::{
    AccessTokens, Meter, OfferedProvider, RefreshTokens, SealedTexts, SignInOutcome, StoreError, StoreResult,
    UpstreamError, UpstreamProviders,
};
use crate::proof::Proof;
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::UnitsOfWork;
use crate::ways_in::{Taken, WayIn};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{Carrier, Locale, MailKind, Origin, ProviderName, SecretText, Session, UserId};
use portcullis_oauth2::CodeVerifier;
use shaku::{Component, Interface};
use std::sync::Arc;

/// The oldest that an ID token may be that an app shows.
const ID_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(10);

/// Signing in by another provider.
#[async_trait]
pub trait SocialSignIn: Interface {
    /// The providers that are set up.
    fn providers(&self) -> &[OfferedProvider];

    /// Begins a sign-in in a browser that brought what it was given before, if anything.
    async fn begin(
        &self,
        provider: &ProviderName,
        purpose: Purpose,
        browser: Option<SecretText>,
    ) -> Result<BegunAttempt, SocialError>;

    /// What a provider's answer is for; `None` where nothing waits for it.
    fn purpose_of(&self, answer: &Answer) -> Option<Purpose>;

    /// Takes a provider's answer for an app: what the app is told, and where. Nobody is signed in before the app redeems the
    /// code.
    async fn answer_app(&self, answer: Answer, locale: Option<Locale>) -> Result<AppAnswer, SocialError>;

    /// Takes a provider's answer for a page of ours, and signs the browser in.
    async fn sign_in_browser(&self, answer: Answer, browser: BrowserShown) -> Result<BrowserSession, SocialError>;

    /// Redeems an app's code.
    async fn exchange(
        &self,
        code: &SecretText,
        verifier: &CodeVerifier,
        carrier: Carrier,
        origin: Origin,
    ) -> Result<Tokens, ExchangeError>;

    /// Signs somebody in by an ID token that the provider gave an app with that nonce.
    async fn log_in_by_id_token(&self, shown: IdTokenShown, carrier: Carrier) -> Result<Tokens, IdTokenError>;
}

/// The browser that is to be signed in.
#[derive(Debug, Default)]
pub struct BrowserShown {
    /// The cookie that it showed so far, whatever it is worth.
    pub session: Option<SecretText>,
    /// When an app's request was first seen that the sign-in is for. The proof is not older than that, whichever server's
    /// clock is behind.
    pub asked_at: Option<DateTime<Utc>>,
    /// The language that the request asked for.
    pub locale: Option<Locale>,
}

/// An ID token that an app shows.
#[derive(Debug)]
pub struct IdTokenShown {
    /// Whose it is.
    pub provider: ProviderName,
    /// The token.
    pub id_token: SecretText,
    /// What it has to carry.
    pub nonce: SecretText,
    /// The language that the request asked for.
    pub locale: Option<Locale>,
    /// Where it comes from.
    pub origin: Origin,
}

/// [`SocialSignIn`] in units of work.
#[derive(Component)]
#[shaku(interface = SocialSignIn)]
pub struct SocialSignInService {
    #[shaku(inject)]
    pub(super) units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    pub(super) providers: Arc<dyn UpstreamProviders>,
    #[shaku(inject)]
    pub(super) seals: Arc<dyn SealedTexts>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
}

/// When a provider's answer is taken.
#[derive(Clone, Copy)]
struct Moment {
    now: DateTime<Utc>,
    /// When an app's request was first seen that it is for: no proof is older, whichever clock is behind.
    asked_at: Option<DateTime<Utc>>,
}

impl Moment {
    /// What the provider told, where its clock is ahead of ours or of that of the server that saw the request.
    fn of(self, told: DateTime<Utc>) -> DateTime<Utc> {
        told.min(self.now).max(self.asked_at.unwrap_or_default())
    }

    fn now(self) -> DateTime<Utc> {
        self.of(self.now)
    }
}

#[async_trait]
impl SocialSignIn for SocialSignInService {
    fn providers(&self) -> &[OfferedProvider] {
        self.providers.offered()
    }

    async fn begin(
        &self,
        provider: &ProviderName,
        purpose: Purpose,
        browser: Option<SecretText>,
    ) -> Result<BegunAttempt, SocialError> {
        if self.providers.find(provider).is_none() {
            return Err(SocialError::UnknownProvider);
        }
        let browser = browser_of(&self.units, browser);
        let request = Attempt::begin(&self.units, &*self.seals, provider, purpose, &browser)?;
        let begun = self.providers.authorization_url(provider, &request).await;
        let url = begun.inspect_err(|error| tracing::warn!(%provider, "a sign-in did not begin: {error}"))?;
        Ok(BegunAttempt {
            url,
            browser,
            life: LIFE,
        })
    }

    fn purpose_of(&self, answer: &Answer) -> Option<Purpose> {
        Attempt::find(answer, &*self.seals, self.units.now()).map(|attempt| attempt.purpose)
    }

    async fn answer_app(&self, answer: Answer, locale: Option<Locale>) -> Result<AppAnswer, SocialError> {
        let attempt = Attempt::find(&answer, &*self.seals, self.units.now());
        let Some(Purpose::App(request)) = attempt.as_ref().map(|attempt| &attempt.purpose) else {
            return Err(SocialError::InvalidState);
        };
        let said = match self.known_by(&answer, Demand::None, locale).await {
            Ok((known, at)) => self.code_for(known, &request.code_challenge, at.unwrap_or_else(|| self.units.now())),
            Err(error) => {
                self.meter.sign_in_ended(error.outcome());
                Err(error)
            }
        };
        Ok(AppAnswer {
            redirect_to: request.redirect_to.clone(),
            said,
        })
    }

    async fn sign_in_browser(&self, answer: Answer, browser: BrowserShown) -> Result<BrowserSession, SocialError> {
        let signed_in = self.sign_in_at_page(answer, browser).await;
        self.count(signed_in.as_ref().err());
        signed_in
    }

    async fn exchange(
        &self,
        code: &SecretText,
        verifier: &CodeVerifier,
        carrier: Carrier,
        origin: Origin,
    ) -> Result<Tokens, ExchangeError> {
        let redeemed = self.redeem_code(code, verifier, carrier, origin).await;
        match &redeemed {
            Ok(_) => self.count(None),
            Err(ExchangeError::InvalidCode) => self.meter.sign_in_ended(SignInOutcome::ProviderRefused),
            Err(ExchangeError::Refused(error)) => self.count(Some(error)),
        }
        redeemed
    }

    async fn log_in_by_id_token(&self, shown: IdTokenShown, carrier: Carrier) -> Result<Tokens, IdTokenError> {
        let signed_in = self.take_id_token(shown, carrier).await;
        match &signed_in {
            Ok(_) => self.count(None),
            Err(IdTokenError::Invalid(_)) => self.meter.sign_in_ended(SignInOutcome::ProviderRefused),
            Err(IdTokenError::Refused(error)) => self.count(Some(error)),
        }
        signed_in
    }
}

impl SocialSignInService {
    fn count(&self, error: Option<&SocialError>) {
        self.meter
            .sign_in_ended(error.map_or(SignInOutcome::Success, SocialError::outcome));
    }

    async fn sign_in_at_page(&self, answer: Answer, browser: BrowserShown) -> Result<BrowserSession, SocialError> {
        let attempt = Attempt::find(&answer, &*self.seals, self.units.now()).ok_or(SocialError::InvalidState)?;
        let shown = browser.session.and_then(|cookie| self.units.shown_session(&cookie));
        let signed_in = match &shown {
            Some(shown) => self.signed_in(shown.clone()).await?,
            None => None,
        };
        let demand = match &attempt.purpose {
            Purpose::Page(_) => Demand::None,
            Purpose::Anew(_) => Demand::Anew(&attempt),
            Purpose::Again(_) => Demand::ProofOf(signed_in.as_ref().ok_or(SocialError::InvalidState)?.user_id),
            Purpose::App(_) | Purpose::Link { .. } => return Err(SocialError::InvalidState),
        };
        let (known, told) = self.known_by(&answer, demand, browser.locale).await?;
        let earlier = signed_in.filter(|session| session.user_id == known.user);
        let moment = Moment {
            now: self.units.now(),
            asked_at: browser.asked_at,
        };
        let at = match (&attempt.purpose, told) {
            (_, Some(told)) if attempt.is_answered_anew(told) => moment.of(told),
            (Purpose::Again(_), Some(_)) => return Err(SocialError::NotFresh),
            // The provider does not say whether anybody was asked there. That is enough for those who have nothing better.
            (Purpose::Again(_), None) if self.has_another_way(known).await? => return Err(SocialError::NotFresh),
            (Purpose::Again(_), None) => moment.now(),
            // A sign-in of long ago does not become a new one by being told of.
            (_, told) => match (told, earlier) {
                (told, Some(earlier)) => {
                    told.map_or(earlier.authenticated_at, |told| earlier.authenticated_at.max(told))
                }
                (Some(told), None) => told,
                (None, None) => moment.now(),
            },
        };
        let proof = known.proof(at);
        let admitted = self.begin_session(proof, Holder::Browser(shown), answer.origin).await?;
        Ok(self.units.browser_session_of(*admitted))
    }

    async fn take_id_token(&self, shown: IdTokenShown, carrier: Carrier) -> Result<Tokens, IdTokenError> {
        let IdTokenShown {
            provider,
            id_token,
            nonce,
            locale,
            origin,
        } = shown;
        // Counted as a guess until it turns out to be good.
        let drawn = self.units.draw_call(&origin).await;
        let drawn = drawn.map_err(SocialError::from)?;
        let checked = self.providers.check_id_token(&provider, &id_token, &nonce).await;
        let token = match checked {
            Ok(token) => token,
            Err(UpstreamError::Refused(why) | UpstreamError::Untrusted(why)) => {
                tracing::info!(%provider, "an ID token was refused: {why}");
                return Err(IdTokenError::Invalid(why));
            }
            // Whoever shows what nobody signed causes calls to the provider all the same.
            Err(error) => return Err(SocialError::from(error).into()),
        };
        let now = self.units.now();
        let age = now - token.issued_at;
        if age > ID_TOKEN_LIFE || age < -CLOCKS_DIFFER_BY {
            return Err(IdTokenError::Invalid(
                "it was not made within the last ten minutes".to_owned(),
            ));
        }
        self.units.give_back(drawn).await;
        let once = Once {
            digest: token.digest,
            until: token.issued_at + ID_TOKEN_LIFE + CLOCKS_DIFFER_BY,
        };
        let at = token.identity.authenticated_at.map_or(now, |at| at.min(now));
        let known = match self.resolve(token.identity, Some(once), &origin, locale).await {
            Err(SocialError::InvalidState) => return Err(IdTokenError::Invalid("it was shown before".to_owned())),
            other => other?,
        };
        Ok(self.give_tokens(known, at, carrier, origin).await?)
    }

    pub(super) async fn give_tokens(
        &self,
        known: Known,
        at: DateTime<Utc>,
        carrier: Carrier,
        origin: Origin,
    ) -> Result<Tokens, SocialError> {
        let admitted = self.begin_session(known.proof(at), Holder::Client, origin).await?;
        let issuer = Issuer {
            units: &self.units,
            access_tokens: &*self.access_tokens,
            refresh_tokens: &*self.refresh_tokens,
        };
        Ok(issuer.answer(admitted, carrier)?)
    }

    /// The one door of all sign-ins.
    async fn begin_session(&self, proof: Proof, holder: Holder, origin: Origin) -> Result<Admitted, SocialError> {
        let user_id = proof.user_id;
        match self.units.begin_session(proof, holder, origin.clone()).await? {
            Begun::Session(begun) => {
                tracing::info!(%user_id, session_id = %begun.0.id, kind = %begun.0.kind, "logged in by another provider");
                Ok(begun)
            }
            Begun::HalfWay(step) => Err(SocialError::SecondFactorRequired(step)),
            Begun::Outdated | Begun::Gone | Begun::Answered => Err(SocialError::InvalidState),
            Begun::Barred(Barred::Disabled) => Err(SocialError::AccountDisabled),
            Begun::Barred(Barred::Unverified) => {
                self.mail_link_again(user_id, origin).await?;
                Err(SocialError::EmailNotVerified)
            }
        }
    }

    /// Mails the link that verifies the address, as a sign-in by a password does.
    async fn mail_link_again(&self, user: UserId, origin: Origin) -> Result<(), StoreError> {
        let found = self.units.look_up(move |repositories| repositories.users().find(user));
        let found: StoreResult<_> = found.await;
        let email = found?.map(|user| user.email);
        let request = MailRequest {
            email,
            locale: None,
            origin,
            browser: None,
        };
        self.units.ask_for_mail(MailKind::VerifyEmail, request).await
    }

    /// The live session that a browser showed.
    async fn signed_in(&self, shown: ShownSession) -> Result<Option<Session>, SocialError> {
        let found: StoreResult<_> = self
            .units
            .write(By::Anybody(Origin::default()), move |unit| unit.find_shown(&shown))
            .await;
        Ok(found?)
    }

    /// Whether somebody has another way to prove who they are than that identity: where there is mail, by a password that they
    /// set by a mailed link.
    async fn has_another_way(&self, known: Known) -> Result<bool, SocialError> {
        if self.units.mail.is_on() {
            return Ok(true);
        }
        let (providers, passkeys) = (Arc::clone(&self.providers), self.units.passkey_proofs.are_on());
        let found: StoreResult<_> = self
            .units
            .write(By::Anybody(Origin::default()), move |unit| {
                let Some(user) = unit.users().lock(known.user)? else {
                    return Ok(false);
                };
                let taken = Taken {
                    providers: &*providers,
                    passkeys,
                };
                unit.has_way_in_besides(&user, WayIn::Identity(known.identity), &taken)
            })
            .await;
        Ok(found?)
    }
}
