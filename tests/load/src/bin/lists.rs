//! Measures the lists of administrators on a store that `seed` has filled, and refreshes beside the sweep.
//!
//! Call: `lists URL [ROUNDS]`. It prints two tables, as Markdown. It goes through the port, without HTTP; the sweep
//! removes sessions.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{AuditFilter, Store, StoreResult, UserFilter, UserQuery};
use portcullis_domain::{
    AuditEventType, AuthenticationMethod, Device, Email, PageRequest, PageSize, Position, Role, Rotation, Seed,
    Session, SessionId, SessionKind, TokenPolicy, User,
};
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, DieselStore};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const CALL: &str = "call: lists URL [ROUNDS]";

/// How long refreshes are measured.
const REFRESHING: Duration = Duration::from_secs(8);

/// How many refresh at once.
const CLIENTS: u8 = 8;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = DatabaseUrl::parse(&arguments.next().context(CALL)?)?;
    let rounds = arguments.next().map_or(Ok(200), |text| text.parse()).context(CALL)?;
    let database = Database::open(&url, &DatabaseOptions::default())?;
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let lists = Lists {
            store: Arc::clone(&store),
            rounds,
            now: now(),
        };
        lists.measure().await?;
        refresh_beside_sweep(&store).await
    })?;
    database.close();
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement has no clock to be given")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Durations of one kind of call.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn percentile(&mut self, percent: usize) -> f64 {
        self.0.sort_unstable();
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).map_or(0.0, Duration::as_secs_f64) * 1e3
    }

    fn row(&mut self, name: &str, more: &str) -> String {
        format!(
            "| {name} | {:.2} | {:.2} | {:.2} | {more} |",
            self.percentile(50),
            self.percentile(99),
            self.percentile(100)
        )
    }
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

struct Lists {
    store: Arc<dyn Store>,
    rounds: u32,
    now: DateTime<Utc>,
}

impl Lists {
    /// The first page, or one that begins somewhere in so many days.
    fn request(&self, round: u32, days: i64) -> PageRequest {
        let scattered = i64::from(round.wrapping_mul(2_654_435_761) >> 8);
        let back = TimeDelta::microseconds(days * 86_400_000_000 / (1 << 24) * scattered);
        PageRequest {
            size: PageSize::default(),
            after: (days > 0).then_some(Position {
                at: self.now - back,
                id: Uuid::nil(),
            }),
        }
    }

    async fn measure(&self) -> anyhow::Result<()> {
        say("| list | p50 ms | p99 ms | max ms | items a page |\n| --- | ---: | ---: | ---: | ---: |")?;
        let query = |text: &str| UserQuery::parse(text).map(Some);
        let all = UserFilter::default;
        let searching = |text: &str| {
            Ok::<_, anyhow::Error>(UserFilter {
                query: query(text)?,
                ..all()
            })
        };
        let with = |role, is_active| UserFilter {
            role,
            is_active,
            ..all()
        };
        for (name, filter) in [
            ("all", all()),
            ("role USER", with(Some(Role::User), None)),
            ("role ADMIN", with(Some(Role::Admin), None)),
            ("active", with(None, Some(true))),
            ("disabled", with(None, Some(false))),
            ("ADMIN, disabled", with(Some(Role::Admin), Some(false))),
            ("`kim`, many", searching("kim")?),
            ("`김민`, many", searching("김민")?),
            ("`김`, many", searching("김")?),
            ("`선`, ten in a million", searching("선")?),
            ("`王`, none", searching("王")?),
            ("`선우은`, ten in a million", searching("선우은")?),
            ("`user-77777@`, one", searching("user-77777@")?),
            ("`100%_`, none", searching("100%_")?),
            (
                "`kim`, ADMIN",
                UserFilter {
                    role: Some(Role::Admin),
                    ..searching("kim")?
                },
            ),
            (
                "`kim`, disabled",
                UserFilter {
                    is_active: Some(false),
                    ..searching("kim")?
                },
            ),
        ] {
            self.users(&format!("users: {name}; first page"), &filter, 0).await?;
            self.users(&format!("users: {name}; anywhere"), &filter, 730).await?;
        }
        let known = Email::parse("user-1@example.org")?;
        let busy = self
            .store
            .read(move |repositories| repositories.users().find_by_email(&known))
            .await;
        let busy = StoreResult::<Option<User>>::map(busy, |user| user.map(|user| user.id))?;
        let month = Some(self.now - TimeDelta::days(30));
        let filter = |user_id, kind, since| AuditFilter { user_id, kind, since };
        for (name, filter) in [
            ("all", filter(None, None, None)),
            ("since a month ago", filter(None, None, month)),
            ("logins", filter(None, Some(AuditEventType::Login), None)),
            (
                "role changes, 1 %",
                filter(None, Some(AuditEventType::RoleChanged), None),
            ),
            (
                "restores, five",
                filter(None, Some(AuditEventType::StoreRestored), None),
            ),
            (
                "role changes since a month ago",
                filter(None, Some(AuditEventType::RoleChanged), month),
            ),
            ("of a busy user", filter(busy, None, None)),
            ("of a busy user since a month ago", filter(busy, None, month)),
            (
                "of a busy user, logins",
                filter(busy, Some(AuditEventType::Login), None),
            ),
            (
                "of a busy user, restores: none",
                filter(busy, Some(AuditEventType::StoreRestored), None),
            ),
        ] {
            self.events(&format!("events: {name}; first page"), filter, 0).await?;
            self.events(&format!("events: {name}; anywhere"), filter, 365).await?;
        }
        Ok(())
    }

    async fn users(&self, name: &str, filter: &UserFilter, days: i64) -> anyhow::Result<()> {
        let (mut times, mut items) = (Times::default(), 0);
        for round in 0..self.rounds {
            let (filter, request) = (filter.clone(), self.request(round, days));
            let start = Instant::now();
            let page: StoreResult<_> = self
                .store
                .read(move |repositories| repositories.users().list(&filter, &request))
                .await;
            times.0.push(start.elapsed());
            items += page?.items.len();
        }
        say(&times.row(name, &self.on_average(items)))
    }

    async fn events(&self, name: &str, filter: AuditFilter, days: i64) -> anyhow::Result<()> {
        let (mut times, mut items) = (Times::default(), 0);
        for round in 0..self.rounds {
            let request = self.request(round, days);
            let start = Instant::now();
            let page: StoreResult<_> = self
                .store
                .read(move |repositories| repositories.audit().list(&filter, &request))
                .await;
            times.0.push(start.elapsed());
            items += page?.items.len();
        }
        say(&times.row(name, &self.on_average(items)))
    }

    fn on_average(&self, items: usize) -> String {
        let rounds = usize::try_from(self.rounds).unwrap_or(1).max(1);
        format!("{}.{}", items / rounds, items * 10 / rounds % 10)
    }
}

/// Refreshes alone, then beside sweeps that follow one another without a pause.
async fn refresh_beside_sweep(store: &Arc<dyn Store>) -> anyhow::Result<()> {
    say("\n| sessions | p50 ms | p99 ms | max ms | |\n| --- | ---: | ---: | ---: | --- |")?;
    let mut alone = refresh(store).await?;
    let seconds = usize::try_from(REFRESHING.as_secs())?;
    let rate = |times: &Times| format!("{}/s", times.0.len() / seconds);
    let told = rate(&alone);
    say(&alone.row(&format!("refreshes, {CLIENTS} at once, alone"), &told))?;

    let goes_on = Arc::new(AtomicBool::new(true));
    let (wanted, swept) = (Arc::clone(&goes_on), Arc::clone(store));
    let sweeping = tokio::spawn(async move {
        let (mut times, mut removed, mut after, before) = (Times::default(), 0, None, now());
        while wanted.load(Ordering::Relaxed) {
            let start = Instant::now();
            let batch: StoreResult<_> = swept
                .write(move |repositories| repositories.sessions().sweep(after, before, 1_000))
                .await;
            times.0.push(start.elapsed());
            let batch = batch?;
            removed += batch.changed;
            after = batch.last;
        }
        Ok::<_, anyhow::Error>((times, removed))
    });
    let mut beside = refresh(store).await?;
    goes_on.store(false, Ordering::Relaxed);
    let (mut times, removed) = sweeping.await??;
    let told = rate(&beside);
    say(&beside.row(&format!("refreshes, {CLIENTS} at once, beside the sweep"), &told))?;
    say(&times.row(
        "sweep of 1,000",
        &format!("{} batches, {removed} removed", times.0.len()),
    ))
}

async fn refresh(store: &Arc<dyn Store>) -> anyhow::Result<Times> {
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(tokio::spawn(refresh_one(Arc::clone(store), number)));
    }
    let mut all = Times::default();
    for client in clients {
        all.0.extend(client.await??.0);
    }
    Ok(all)
}

/// A new session, refreshed over and over.
async fn refresh_one(store: Arc<dyn Store>, number: u8) -> anyhow::Result<Times> {
    let policy = TokenPolicy::default();
    let address = Email::parse(&format!("user-{}@example.org", 1 + 7 * u32::from(number)))?;
    let user = store
        .read(move |repositories| repositories.users().find_by_email(&address))
        .await;
    let user = StoreResult::<Option<User>>::Ok(user?)?.context("seed the store first")?;
    let entropy =
        *Uuid::from_u128(u128::from(now().timestamp_micros().unsigned_abs()) << 16 | u128::from(number)).as_bytes();
    let (_, chance) = entropy.split_last_chunk::<10>().context("an id has 16 bytes")?;
    let id = SessionId::new(now(), *chance);
    let (methods, rotation) = (
        AuthenticationMethod::Password.into(),
        Rotation::begin(Seed::new([number; 32]), now(), &policy),
    );
    let mut session = Session::begin(id, user.id, SessionKind::Token, methods, Device::default(), rotation);
    let first = session.clone();
    StoreResult::<()>::Ok(
        store
            .write(move |repositories| repositories.sessions().insert(&first))
            .await?,
    )?;
    let (begun, mut times) = (Instant::now(), Times::default());
    while begun.elapsed() < REFRESHING {
        let next = session.rotated(Device::default(), now(), &policy);
        let (before, written) = (session, next.clone());
        let start = Instant::now();
        let is_written = store.write_once(move |repositories| {
            repositories.sessions().find_with_user(written.id)?;
            repositories.sessions().advance(&before, &written)
        });
        let is_written = is_written.await?;
        times.0.push(start.elapsed());
        anyhow::ensure!(is_written, "somebody else refreshed the session");
        session = next;
    }
    Ok(times)
}
