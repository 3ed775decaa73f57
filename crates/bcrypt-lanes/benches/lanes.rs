//! Verifications a second by number of lanes and of threads, beside the crate `bcrypt`.
//!
//! `cargo bench -p bcrypt-lanes --bench lanes [-- COST [ROUNDS]]`; the cost is 10 and each figure the best of 10 rounds
//! unless told otherwise. The rounds go through all rows in turn, so that a neighbor's load hits all alike.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench prints its table and stops at the first fault"
)]

use bcrypt_lanes::{Cost, SaltedPassword, bcrypt_many};
use std::{
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

const SALT: [u8; 16] = [0x5a; 16];
const PASSWORD: &[u8] = b"correct horse battery staple";
const KEY: &[u8] = b"correct horse battery staple\0";

struct Row {
    name: &'static str,
    lanes: u32,
    run: fn(Cost),
    best: [Duration; 2],
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let cost = Cost::new(numbers.next().unwrap_or(10)).expect("the cost is from 4 to 31");
    let rounds = numbers.next().unwrap_or(10);

    let mut rows = [
        row("crate bcrypt", 1, |cost| {
            black_box(bcrypt::bcrypt(cost.get(), SALT, black_box(KEY)));
        }),
        row("1 lane", 1, batch::<1>),
        row("2 lanes", 2, batch::<2>),
        row("3 lanes", 3, batch::<3>),
        row("4 lanes", 4, batch::<4>),
        row("5 lanes", 5, batch::<5>),
        row("6 lanes", 6, batch::<6>),
        row("8 lanes", 8, batch::<8>),
    ];
    for _ in 0..rounds {
        for row in &mut rows {
            for (threads, best) in [1, 2].into_iter().zip(&mut row.best) {
                *best = (*best).min(time_of_a_batch(threads, cost, row.run));
            }
        }
    }

    let [plain, ..] = &rows;
    println!("cost {}, best of {rounds}", cost.get());
    println!("|              | batch, 1 thread | per second |       | batch, 2 threads | per second |       |");
    println!("|--------------|----------------:|-----------:|------:|-----------------:|-----------:|------:|");
    for row in &rows {
        println!(
            "| {:12} | {:12.1} ms | {:10.1} | {:5.2} | {:13.1} ms | {:10.1} | {:5.2} |",
            row.name,
            row.best[0].as_secs_f64() * 1e3,
            row.per_second(1),
            row.per_second(1) / plain.per_second(1),
            row.best[1].as_secs_f64() * 1e3,
            row.per_second(2),
            row.per_second(2) / plain.per_second(2),
        );
    }
}

fn row(name: &'static str, lanes: u32, run: fn(Cost)) -> Row {
    Row {
        name,
        lanes,
        run,
        best: [Duration::MAX; 2],
    }
}

impl Row {
    fn per_second(&self, threads: u8) -> f64 {
        let best = self.best[usize::from(threads) - 1];
        f64::from(self.lanes) * f64::from(threads) / best.as_secs_f64()
    }
}

fn batch<const N: usize>(cost: Cost) {
    let password = SaltedPassword {
        password: black_box(PASSWORD),
        salt: &SALT,
    };
    black_box(bcrypt_many(cost, [password; N]));
}

/// The mean over all threads, which start a batch each together.
fn time_of_a_batch(threads: u32, cost: Cost, run: fn(Cost)) -> Duration {
    let together = Barrier::new(threads as usize);
    let total: Duration = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    let start = Instant::now();
                    run(cost);
                    start.elapsed()
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("no batch panics"))
            .sum()
    });
    total / threads
}
