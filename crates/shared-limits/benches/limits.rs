//! What a draw costs: in memory, among a million accounts and addresses, and in Redis, beside a bare round trip.
//!
//! `cargo bench -p portcullis-shared-limits --bench limits [-- redis://127.0.0.1:6379/0]`. Without an address the second part
//! is left out. Each figure is the middle of nine rounds.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a bench prints its table and stops at the first fault"
)]

use portcullis_application::ports::{Draw, Limit, Limits, Sharing};
use portcullis_application::{LimitRates, MemoryLimits};
use portcullis_domain::{Rate, SecretText};
use portcullis_security::{Keys, SecretKey, SharedLimitKey, SystemClock};
use portcullis_shared_limits::{RedisUrl, SharedLimits};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio::time::sleep;

const KEYS: usize = 1_000_000;
const ROUNDS: usize = 9;
const ASKED: u32 = 2_000;

fn main() {
    let memory = MemoryLimits::new(Arc::new(SystemClock));
    let login = LimitRates::default().login;
    let guesses: Vec<[Draw; 2]> = (0..KEYS).map(|number| guess(number, login)).collect();
    let per_key = u32::try_from(KEYS).unwrap();
    println!("in memory, of a million accounts and addresses (both are drawn at once):");
    print_row("a draw", per_key, || {
        for guess in &guesses {
            let _ = black_box(memory.draw_now(guess));
        }
    });
    print_row("a draw that is given back", per_key, || {
        for guess in &guesses {
            if memory.draw_now(guess).is_ok() {
                memory.give_back_now(guess);
            }
        }
    });
    print_row("a look", per_key, || {
        for guess in &guesses {
            let _ = black_box(memory.look(guess));
        }
    });
    if let Some(url) = std::env::args().find_map(|argument| argument.parse::<RedisUrl>().ok()) {
        in_redis(&url);
    }
}

fn in_redis(url: &RedisUrl) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let keys = Keys {
        current: SecretKey::parse(SecretText::new("Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM".to_owned())).unwrap(),
        previous: None,
    };
    let names = SharedLimitKey::derive(&keys, &[7; 32]).into_key();
    let limits = SharedLimits::open(url, names, Arc::new(SystemClock)).expect("a thread");
    let began = Instant::now();
    while limits.sharing() != Sharing::Together {
        assert!(began.elapsed() < Duration::from_secs(5), "Redis does not answer");
        runtime.block_on(async { sleep(Duration::from_millis(10)).await });
    }
    // Far from what is drawn of one key, and slow enough that Redis can count its steps in microseconds.
    let often = Rate::new(1_000, Duration::from_secs(1));
    println!("in Redis, one after the other:");
    print_row("a bare round trip", ASKED, || {
        runtime.block_on(async {
            for _ in 0..ASKED {
                limits.round_trip().await.expect("Redis answers");
            }
        });
    });
    print_row("a draw of two", ASKED, || {
        runtime.block_on(async {
            for number in 0..ASKED {
                let _ = limits.draw(&guess(number as usize, often)).await;
            }
        });
    });
    assert_eq!(limits.sharing(), Sharing::Together, "Redis was too slow");
}

fn guess(number: usize, rate: Rate) -> [Draw; 2] {
    [
        Draw::new(Limit::Account, rate, format!("user-{number}@example.org").as_str()),
        Draw::new(
            Limit::Address,
            rate.times(10),
            format!("2001:db8:{number:x}::/64").as_str(),
        ),
    ]
}

fn print_row(name: &str, times: u32, mut round: impl FnMut()) {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            round();
            began.elapsed() / times
        })
        .collect();
    rounds.sort_unstable();
    println!(
        "  {name:<28} {:>10.2?}",
        rounds.get(ROUNDS / 2).copied().unwrap_or_default()
    );
}
