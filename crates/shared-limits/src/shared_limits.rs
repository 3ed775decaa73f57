//! Limits in this server's memory and in what the servers share, both at once.

use crate::connection::{self, Connection};
use crate::script::{Drawn, Scripts};
use crate::url::RedisUrl;
use async_trait::async_trait;
use aws_lc_rs::hmac;
use portcullis_application::MemoryLimits;
use portcullis_application::ports::{Clock, Counted, Draw, Exhausted, Limits, Sharing};
use std::sync::Arc;

/// [`Limits`] in Redis, and by this server's memory alone while Redis does not answer. Clones share both.
#[derive(Clone)]
pub struct SharedLimits {
    own: Arc<MemoryLimits>,
    redis: Arc<Connection>,
    scripts: Arc<Scripts>,
}

impl SharedLimits {
    /// Begins to connect to that Redis; whether it is there shows later. `names` is the key by which its counters are named.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn open(url: &RedisUrl, names: hmac::Key, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let scripts = Arc::new(Scripts::named_by(names));
        Ok(Self {
            own: Arc::new(MemoryLimits::new(clock)),
            redis: Arc::new(Connection::open(url, Arc::clone(&scripts))?),
            scripts,
        })
    }

    /// Whether that Redis answers, and takes what is asked of it. Waits for a connection.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn try_reach(url: &RedisUrl) -> anyhow::Result<()> {
        let names = hmac::Key::new(hmac::HMAC_SHA256, b"a look");
        Ok(connection::try_reach(url, &Scripts::named_by(names)).await?)
    }

    /// Asks Redis whether it is there, by the way that draws go.
    ///
    /// # Errors
    /// It does not answer, or did not answer before.
    pub async fn round_trip(&self) -> anyhow::Result<()> {
        let answer = self
            .redis
            .ask(|mut redis| async move { redis::cmd("PING").exec_async(&mut redis).await });
        Ok(answer.await?)
    }

    /// Learns what the servers counted together, so that a look knows it. What may be given back is not learned: nobody
    /// would tell this server once others gave it back.
    fn learn(&self, draws: &[Draw], reply: &Drawn) {
        let counted = draws.iter().zip(&reply.costs);
        for (draw, cost) in counted.filter(|(draw, _)| !draw.limit.is_given_back()) {
            self.own.learn(draw, *cost);
        }
    }
}

/// The refusal of draws of which Redis counted none: what takes longest. Redis counts whole microseconds, so at the edge it
/// may refuse what costs a little less.
fn refusal(draws: &[Draw], reply: &Drawn) -> Option<Exhausted> {
    let refusals = draws
        .iter()
        .zip(&reply.costs)
        .filter_map(|(draw, cost)| draw.judge(*cost).err());
    let longest = refusals.fold(None, |longest, next| Some(Exhausted::longer(longest, next)));
    longest.or_else(|| {
        draws.first().map(|draw| Exhausted {
            limit: draw.limit,
            rate: draw.rate,
            wait: draw.rate.interval(),
        })
    })
}

#[async_trait]
impl Limits for SharedLimits {
    async fn draw(&self, draws: &[Draw]) -> Result<Counted, Exhausted> {
        self.own.draw_now(draws)?;
        let (scripts, asked) = (Arc::clone(&self.scripts), draws.to_vec());
        let answer = self
            .redis
            .ask(move |mut redis| async move { scripts.draw(&mut redis, &asked).await });
        let Ok(reply) = answer.await else {
            return Ok(Counted::Here);
        };
        if !reply.is_counted {
            self.own.give_back_now(draws);
        }
        self.learn(draws, &reply);
        match refusal(draws, &reply) {
            Some(exhausted) if !reply.is_counted => Err(exhausted),
            Some(_) | None => Ok(Counted::Together),
        }
    }

    async fn give_back(&self, draws: &[Draw], counted: Counted) {
        self.own.give_back_now(draws);
        if counted == Counted::Here {
            return;
        }
        let (scripts, asked) = (Arc::clone(&self.scripts), draws.to_vec());
        let answer = self
            .redis
            .ask(move |mut redis| async move { scripts.give_back(&mut redis, &asked).await });
        // Where Redis is away, it keeps the count until time gives it back.
        if let Err(error) = answer.await {
            tracing::debug!(%error, "what was given back stays counted in Redis");
        }
    }

    fn look(&self, draws: &[Draw]) -> Result<(), Exhausted> {
        self.own.look(draws)
    }

    fn sharing(&self) -> Sharing {
        if self.redis.answers() {
            Sharing::Together
        } else {
            Sharing::Interrupted
        }
    }
}
