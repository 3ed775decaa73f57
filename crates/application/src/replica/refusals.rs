//! Refused sign-ins that are summed up, so that a flood of them fills neither the store nor the memory.

use portcullis_domain::{AddressBlock, AuditEventType, AuditReason, Email, Origin, ProviderName, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long refusals are summed up before an event tells of them.
const WINDOW: Duration = Duration::from_mins(15);

/// How many accounts are told apart in a window, of those that exist, and how many accounts and addresses of those that
/// don't. The refusals of further ones are summed up together.
const MOST_SUBJECTS: usize = 10_000;

/// How many refusals of a window have an event of their own, whichever accounts that exist they are about.
const MOST_EVENTS: u32 = 5_000;

/// How many have one that are about no account that exists. Who makes accounts up uses up nothing of those that exist.
const MOST_EVENTS_OF_NOBODY: u32 = 1_000;

/// What was refused, and by whom.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What was to be done.
    pub kind: AuditEventType,
    /// Why it was not.
    pub reason: AuditReason,
    /// The address of the account, whether there is such an account or not; `None` where it is about none, but about
    /// where it was asked from.
    pub email: Option<Email>,
    /// The account, where there is one.
    pub user: Option<UserId>,
    /// The other provider whose doing it was.
    pub provider: Option<ProviderName>,
    /// Where it was asked from.
    pub origin: Origin,
}

impl Refusal {
    /// The same, as about where it was asked from and not about an account.
    fn without_account(self) -> Self {
        Self {
            email: None,
            user: None,
            ..self
        }
    }

    fn subject(&self) -> Subject {
        let block = || self.origin.device.address.map(AddressBlock::from);
        let whose = match &self.email {
            Some(email) => Whose::Account(email.clone()),
            None => block().map_or(Whose::Further, Whose::Block),
        };
        (self.kind, self.reason, whose)
    }
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
type Subject = (AuditEventType, AuditReason, Whose);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whose {
    Account(Email),
    Block(AddressBlock),
    /// Those for whom there was no room.
    Further,
}

/// The refusals of the present window.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    /// When the first refusal of the window came; `None` while there was none.
    began: Option<Duration>,
    of_accounts: Tallies,
    of_nobody: Tallies,
}

/// Refusals with room of their own.
#[derive(Debug, Default)]
struct Tallies {
    events: u32,
    subjects: HashMap<Subject, Tally>,
}

#[derive(Debug)]
struct Tally {
    events: u32,
    /// How many have a right to an event of their own that had to wait.
    waiting: u64,
    summed_up: u64,
    latest: Refusal,
}

impl Refusals {
    /// Notes a refusal, and says how it is to be told. It is told alike whether there is such an account or not, so that the
    /// time of an answer does not say it: once the events of either are used up, those of the other wait for the next round.
    pub fn note(&self, refusal: Refusal, now: Duration) -> Telling {
        let mut window = self.window();
        window.began.get_or_insert(now);
        let (accounts_left, nobody_left) = (
            window.of_accounts.events < MOST_EVENTS,
            window.of_nobody.events < MOST_EVENTS_OF_NOBODY,
        );
        let is_left = if refusal.user.is_some() {
            accounts_left
        } else {
            nobody_left
        };
        let tallies = window.tallies_of(&refusal);
        let tally = tallies.tally_of(refusal);
        if !is_left || tally.events >= events_of(tally.latest.reason) {
            tally.summed_up += 1;
            return Telling::SummedUp;
        }
        tally.events += 1;
        let telling = if accounts_left && nobody_left {
            Telling::ByItself
        } else {
            tally.waiting += 1;
            Telling::SummedUp
        };
        tallies.events += 1;
        telling
    }

    /// Takes the sums of a window that is over, and of one that is not, those of events that wait.
    #[must_use]
    pub fn take_due(&self, now: Duration) -> Vec<Summary> {
        let mut window = self.window();
        let is_over = window.began.is_some_and(|began| now.saturating_sub(began) >= WINDOW);
        if is_over {
            std::mem::take(&mut *window).into_sums()
        } else {
            window.take_waiting()
        }
    }

    /// Takes the sums of the present window, which ends with it. Of accounts that are none there is one sum.
    #[must_use]
    pub fn take(&self) -> Vec<Summary> {
        std::mem::take(&mut *self.window()).into_sums()
    }

    /// Puts back what was taken and could not be told.
    pub fn put_back(&self, summaries: &[Summary], now: Duration) {
        let mut window = self.window();
        window.began.get_or_insert(now);
        for Summary { latest, count } in summaries {
            window.tallies_of(latest).tally_of(latest.clone()).summed_up += count;
        }
    }

    /// Each tally is whole, so a panic elsewhere leaves them usable.
    fn window(&self) -> MutexGuard<'_, Window> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    fn tallies_of(&mut self, refusal: &Refusal) -> &mut Tallies {
        if refusal.user.is_some() {
            &mut self.of_accounts
        } else {
            &mut self.of_nobody
        }
    }

    fn take_waiting(&mut self) -> Vec<Summary> {
        let tallies = [&mut self.of_accounts, &mut self.of_nobody];
        let subjects = tallies.into_iter().flat_map(|tallies| &mut tallies.subjects);
        summed(subjects.map(|((_, _, whose), tally)| {
            let count = std::mem::take(&mut tally.waiting);
            (whose.clone(), tally.latest.clone(), count)
        }))
    }

    fn into_sums(self) -> Vec<Summary> {
        let tallies = [self.of_accounts, self.of_nobody];
        let subjects = tallies.into_iter().flat_map(|tallies| tallies.subjects);
        summed(subjects.map(|((_, _, whose), tally)| (whose, tally.latest, tally.summed_up + tally.waiting)))
    }
}

impl Tallies {
    fn tally_of(&mut self, mut refusal: Refusal) -> &mut Tally {
        let mut subject = refusal.subject();
        if self.subjects.len() >= MOST_SUBJECTS && !self.subjects.contains_key(&subject) {
            refusal = refusal.without_account();
            subject.2 = Whose::Further;
        }
        let tally = self.subjects.entry(subject).or_insert_with(|| Tally {
            events: 0,
            waiting: 0,
            summed_up: 0,
            latest: refusal.clone(),
        });
        tally.latest = refusal;
        tally
    }
}

/// The sums of them: one for each account that exists and for each address, and one for all others.
fn summed(tallies: impl Iterator<Item = (Whose, Refusal, u64)>) -> Vec<Summary> {
    let (mut summaries, mut of_others) = (Vec::new(), HashMap::<_, Summary>::new());
    for (whose, latest, count) in tallies.filter(|(_, _, count)| *count > 0) {
        if latest.user.is_some() || matches!(whose, Whose::Block(_)) {
            summaries.push(Summary { latest, count });
        } else {
            of_others
                .entry((latest.kind, latest.reason))
                .and_modify(|sum| sum.count += count)
                .or_insert(Summary { latest, count });
        }
    }
    summaries.extend(of_others.into_values());
    summaries
}

/// How many refusals of one account have an event of their own in a window. As many wrong passwords are looked at as the
/// limits let through by default.
fn events_of(reason: AuditReason) -> u32 {
    if reason == AuditReason::TooManyAttempts { 1 } else { 20 }
}

#[cfg(test)]
mod tests;
