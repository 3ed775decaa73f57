//! Verifies passwords by bcrypt at cost 12 on every core, and prints how many a second.
//!
//! Call: `bare_bcrypt SECONDS`.

use anyhow::Context as _;
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct horse battery staple";

fn main() -> anyhow::Result<()> {
    let seconds: u64 = std::env::args().nth(1).context("call: bare_bcrypt SECONDS")?.parse()?;
    let hash = bcrypt::hash(PASSWORD, 12)?;
    let rate: anyhow::Result<f64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..thread::available_parallelism()?.get())
            .map(|_| scope.spawn(|| verifications_per_second(&hash, Duration::from_secs(seconds))))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| anyhow::bail!("a thread panicked")))
            .sum()
    });
    writeln!(std::io::stdout(), "{:.3}", rate?)?;
    Ok(())
}

/// Counts whole verifications over the time that they took, so that none is counted in part.
fn verifications_per_second(hash: &str, at_least: Duration) -> anyhow::Result<f64> {
    let start = Instant::now();
    let mut verified = 0_u32;
    while start.elapsed() < at_least {
        anyhow::ensure!(bcrypt::verify(PASSWORD, hash)?, "the password of the hash was refused");
        verified += 1;
    }
    Ok(f64::from(verified) / start.elapsed().as_secs_f64())
}
