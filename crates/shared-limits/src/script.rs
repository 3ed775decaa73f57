//! What Redis runs, so that each draw is one step there and one round trip.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::{Draw, Limit};
use portcullis_domain::Rate;
use redis::aio::ConnectionManager;
use redis::{RedisResult, Script};
use std::time::Duration;

/// How many bytes of a code name a counter.
const NAME_BYTES: usize = 16;

/// The scripts, and the key that names counters: who reads them in Redis learns no addresses.
pub(crate) struct Scripts {
    draw: Script,
    give_back: Script,
    names: hmac::Key,
}

/// What Redis answered to a draw.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) is_counted: bool,
    /// What each key costs now.
    pub(crate) costs: Vec<Duration>,
}

impl Scripts {
    pub(crate) fn named_by(names: hmac::Key) -> Self {
        Self {
            draw: Script::new(include_str!("draw.lua")),
            give_back: Script::new(include_str!("give_back.lua")),
            names,
        }
    }

    pub(crate) async fn draw(&self, redis: &mut ConnectionManager, draws: &[Draw]) -> RedisResult<Drawn> {
        let mut call = self.draw.prepare_invoke();
        for draw in draws {
            call.key(self.name_of(draw))
                .arg(draw.rate.most())
                .arg(microseconds(draw.rate.interval()));
        }
        let answer: Vec<u64> = call.invoke_async(redis).await?;
        let (counted, costs) = answer.split_first().unwrap_or((&0, &[]));
        Ok(Drawn {
            is_counted: *counted == 1,
            costs: costs.iter().copied().map(Duration::from_micros).collect(),
        })
    }

    pub(crate) async fn give_back(&self, redis: &mut ConnectionManager, draws: &[Draw]) -> RedisResult<()> {
        let mut call = self.give_back.prepare_invoke();
        for draw in draws {
            call.key(self.name_of(draw)).arg(microseconds(draw.rate.interval()));
        }
        let _done: u64 = call.invoke_async(redis).await?;
        Ok(())
    }

    /// Whether Redis does what draws ask of it. It may answer and yet refuse that: one that may not be written to, one that
    /// is full, one that is several, an account that may run no scripts. What is counted lasts for a millisecond.
    pub(crate) async fn probe(&self, redis: &mut ConnectionManager) -> RedisResult<()> {
        let often = Rate::new(1000, Duration::from_secs(1));
        let draws = [Limit::Account, Limit::Address].map(|limit| Draw::new(limit, often, "probe"));
        self.draw(redis, &draws).await.map(drop)
    }

    fn name_of(&self, draw: &Draw) -> String {
        let limit = draw.limit.name();
        let mut code = hmac::Context::with_key(&self.names);
        code.update(limit.as_bytes());
        code.update(&[0]);
        code.update(&draw.key);
        let code = code.sign();
        let name = code.as_ref().get(..NAME_BYTES).unwrap_or_default();
        format!("portcullis:limit:{limit}:{}", URL_SAFE_NO_PAD.encode(name))
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
