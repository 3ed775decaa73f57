//! Refused sign-ins that are summed up, so that a flood of them fills neither the store nor the memory.

use portcullis_domain::{AuditEventType, AuditReason, Email, Origin, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long refusals are summed up before an event tells of them.
const WINDOW: Duration = Duration::from_mins(15);

/// How many accounts are told apart in a window. The refusals of further ones are summed up together.
const MOST_ACCOUNTS: usize = 10_000;

/// How many refusals of a window have an event of their own, whoever they are about.
const MOST_EVENTS: u32 = 5_000;

/// What was refused, and by whom.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What was to be done.
    pub kind: AuditEventType,
    /// Why it was not.
    pub reason: AuditReason,
    /// The address of the account, whether there is such an account or not.
    pub email: Option<Email>,
    /// The account, where there is one.
    pub user: Option<UserId>,
    /// Where it was asked from.
    pub origin: Origin,
}

/// Refusals of one kind that one event tells of.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The latest of them.
    pub latest: Refusal,
    /// How many there were.
    pub count: u64,
}

/// How a refusal is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// By an event of its own, now.
    ByItself,
    /// By an event that sums up, later.
    SummedUp,
}

/// What is told of together.
type Subject = (AuditEventType, AuditReason, Option<Email>);

/// The refusals of the present window.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    /// When the first refusal of the window came; `None` while there was none.
    began: Option<Duration>,
    events: u32,
    subjects: HashMap<Subject, Tally>,
}

#[derive(Debug)]
struct Tally {
    events: u32,
    summed_up: u64,
    latest: Refusal,
}

impl Refusals {
    /// Notes a refusal, and says how it is to be told. It is told alike whether there is such an account or not, so that the
    /// time of an answer does not say it.
    pub fn note(&self, refusal: Refusal, now: Duration) -> Telling {
        let mut window = self.window();
        window.began.get_or_insert(now);
        let has_room = window.events < MOST_EVENTS;
        let tally = window.tally_of(refusal);
        if has_room && tally.events < events_of(tally.latest.reason) {
            tally.events += 1;
            window.events += 1;
            Telling::ByItself
        } else {
            tally.summed_up += 1;
            Telling::SummedUp
        }
    }

    /// Takes the sums of a window that is over.
    #[must_use]
    pub fn take_due(&self, now: Duration) -> Vec<Summary> {
        let is_due = self
            .window()
            .began
            .is_some_and(|began| now.saturating_sub(began) >= WINDOW);
        if is_due { self.take() } else { Vec::new() }
    }

    /// Takes the sums of the present window, which ends with it. Of accounts that are none there is one sum.
    #[must_use]
    pub fn take(&self) -> Vec<Summary> {
        let window = std::mem::take(&mut *self.window());
        let (mut summaries, mut of_nobody) = (Vec::new(), HashMap::<_, Summary>::new());
        for tally in window.subjects.into_values().filter(|tally| tally.summed_up > 0) {
            let (latest, count) = (tally.latest, tally.summed_up);
            if latest.user.is_some() {
                summaries.push(Summary { latest, count });
            } else {
                of_nobody
                    .entry((latest.kind, latest.reason))
                    .and_modify(|sum| sum.count += count)
                    .or_insert(Summary { latest, count });
            }
        }
        summaries.extend(of_nobody.into_values());
        summaries
    }

    /// Puts back what was taken and could not be told.
    pub fn put_back(&self, summaries: &[Summary], now: Duration) {
        let mut window = self.window();
        window.began.get_or_insert(now);
        for summary in summaries {
            window.tally_of(summary.latest.clone()).summed_up += summary.count;
        }
    }

    /// Each tally is whole, so a panic elsewhere leaves them usable.
    fn window(&self) -> MutexGuard<'_, Window> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    fn tally_of(&mut self, refusal: Refusal) -> &mut Tally {
        let mut refusal = refusal;
        let subject = |refusal: &Refusal| (refusal.kind, refusal.reason, refusal.email.clone());
        if self.subjects.len() >= MOST_ACCOUNTS && !self.subjects.contains_key(&subject(&refusal)) {
            (refusal.email, refusal.user) = (None, None);
        }
        let tally = self.subjects.entry(subject(&refusal)).or_insert_with(|| Tally {
            events: 0,
            summed_up: 0,
            latest: refusal.clone(),
        });
        tally.latest = refusal;
        tally
    }
}

/// How many refusals of one account have an event of their own in a window. As many wrong passwords are looked at as the
/// limits let through by default.
fn events_of(reason: AuditReason) -> u32 {
    if reason == AuditReason::TooManyAttempts { 1 } else { 20 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn refusal(email: &str, user: Option<u8>, reason: AuditReason) -> Refusal {
        Refusal {
            kind: AuditEventType::Login,
            reason,
            email: Some(Email::parse(email).unwrap()),
            user: user.map(|byte| UserId::new(DateTime::UNIX_EPOCH, [byte; 10])),
            origin: Origin::default(),
        }
    }

    fn told(refusals: &Refusals, refusal: &Refusal, times: u32) -> u32 {
        let tellings = (0..times).map(|_| refusals.note(refusal.clone(), Duration::ZERO));
        tellings.map(|telling| u32::from(telling == Telling::ByItself)).sum()
    }

    #[test]
    fn refusals_of_one_account_are_told_a_few_times_and_then_summed_up() {
        let refusals = Refusals::default();
        let beyond = refusal("ada@x.test", Some(1), AuditReason::TooManyAttempts);
        let wrong = refusal("ada@x.test", Some(1), AuditReason::WrongPassword);
        assert_eq!(told(&refusals, &beyond, 1000), 1);
        assert_eq!(told(&refusals, &wrong, 1000), 20);
        assert_eq!(refusals.take_due(WINDOW / 2).len(), 0);
        let mut counts: Vec<_> = refusals.take_due(WINDOW).iter().map(|sum| sum.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [980, 999]);
        assert_eq!(refusals.take().len(), 0);
        assert_eq!(told(&refusals, &beyond, 2), 1);
    }

    #[test]
    fn accounts_that_are_none_are_told_as_those_that_are_and_summed_up_together() {
        let refusals = Refusals::default();
        for name in 0..100 {
            let beyond = refusal(&format!("nobody-{name}@x.test"), None, AuditReason::TooManyAttempts);
            assert_eq!(told(&refusals, &beyond, 10), 1);
        }
        let sums = refusals.take();
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].count, 900);
    }

    #[test]
    fn a_flood_over_many_accounts_is_bounded_in_events_and_in_memory() {
        let refusals = Refusals::default();
        let accounts = u32::try_from(MOST_ACCOUNTS).unwrap() + 500;
        let mut events = 0;
        for number in 0..accounts {
            let user = Some(u8::try_from(number % 250).unwrap());
            let wrong = refusal(&format!("user-{number}@x.test"), user, AuditReason::WrongPassword);
            events += told(&refusals, &wrong, 2);
        }
        assert_eq!(events, MOST_EVENTS);
        let sums = refusals.take();
        assert!(sums.len() <= MOST_ACCOUNTS + 1);
        assert_eq!(
            sums.iter().map(|sum| sum.count).sum::<u64>(),
            u64::from(2 * accounts - MOST_EVENTS)
        );
    }

    #[test]
    fn what_could_not_be_told_is_told_later() {
        let refusals = Refusals::default();
        told(
            &refusals,
            &refusal("ada@x.test", Some(1), AuditReason::TooManyAttempts),
            5,
        );
        let sums = refusals.take();
        refusals.put_back(&sums, Duration::ZERO);
        assert_eq!(refusals.take()[0].count, 4);
    }
}
