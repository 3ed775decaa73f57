//! The pool with hashing that can be held up, watched and made to panic.

use super::*;
use bcrypt_lanes::Lanes;
use portcullis_testkit::FakeMeter;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use zeroize::Zeroizing;

/// Advances as the real one does, and notes the keys in the lanes at each step, sorted. A key that begins with `panic`
/// panics; where one begins with `block`, a step says that it has begun and waits until its test lets go, as often as
/// the test asked for.
struct Probe {
    /// How far a step goes.
    expansions: u32,
    steps: Mutex<Vec<Vec<String>>>,
    threads: Mutex<Vec<Option<String>>>,
    blocks: Mutex<VecDeque<(oneshot::Sender<()>, mpsc::Receiver<()>)>>,
}

/// As many as a password of the lowest cost takes, so that it is done in one step.
const WHOLE: u32 = 16;

impl Probe {
    fn advance(&self, lanes: &mut Lanes<Job>) -> Vec<(Job, PasswordHash)> {
        let mut keys: Vec<String> = lanes
            .owners()
            .map(|job| String::from_utf8_lossy(&job.input.key).into_owned())
            .collect();
        keys.sort();
        self.steps.lock().unwrap().push(keys.clone());
        let name = thread::current().name().map(str::to_owned);
        self.threads.lock().unwrap().push(name);
        assert!(!keys.iter().any(|key| key.starts_with("panic")), "of the test");
        if keys.iter().any(|key| key.starts_with("block")) {
            let block = self.blocks.lock().unwrap().pop_front();
            if let Some((begun, released)) = block {
                begun.send(()).unwrap();
                let _ = released.recv();
            }
        }
        lanes.advance(self.expansions)
    }

    /// The steps since the last call.
    fn steps(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.steps.lock().unwrap())
    }
}

fn pool(threads: usize, queue: usize) -> (BcryptPool, Arc<Probe>) {
    pool_of_steps(WHOLE, threads, queue)
}

fn pool_of_steps(expansions: u32, threads: usize, queue: usize) -> (BcryptPool, Arc<Probe>) {
    measured_pool(expansions, threads, queue, FakeMeter::default())
}

fn measured_pool(expansions: u32, threads: usize, queue: usize, meter: FakeMeter) -> (BcryptPool, Arc<Probe>) {
    let probe = Arc::new(Probe {
        expansions,
        steps: Mutex::default(),
        threads: Mutex::default(),
        blocks: Mutex::default(),
    });
    let hashing = Arc::clone(&probe);
    let options = BcryptOptions {
        cost: BcryptCost::MIN,
        threads,
        queue,
    };
    let advance: Arc<Advance> = Arc::new(move |lanes: &mut Lanes<Job>| hashing.advance(lanes));
    (
        BcryptPool::start_with(options, &advance, Arc::new(meter)).unwrap(),
        probe,
    )
}

fn input_of_cost(cost: u32, key: &str) -> Input {
    Input {
        cost: BcryptCost::new(cost).unwrap(),
        salt: [7; 16],
        key: Zeroizing::new(key.as_bytes().to_vec()),
    }
}

fn input(key: &str) -> Input {
    input_of_cost(4, key)
}

/// Keeps a thread of the pool busy until it is released.
struct Blocked {
    release: mpsc::Sender<()>,
    task: tokio::task::JoinHandle<Result<PasswordHash, HasherError>>,
}

/// Has the next step that a key with `block` takes part in wait.
fn block_next_step(probe: &Probe) -> (oneshot::Receiver<()>, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel();
    let (begun, begins) = oneshot::channel();
    probe.blocks.lock().unwrap().push_back((begun, released));
    (begins, release)
}

async fn block(pool: &BcryptPool, probe: &Probe) -> Blocked {
    let (begins, release) = block_next_step(probe);
    let pool = pool.clone();
    let task = tokio::spawn(async move { pool.hash(input("block")).await });
    begins.await.unwrap();
    assert_eq!(probe.steps(), [["block"]]);
    Blocked { release, task }
}

impl Blocked {
    async fn release(self) {
        drop(self.release);
        self.task.await.unwrap().unwrap();
    }
}

type Call<'a> = Pin<Box<dyn Future<Output = Result<PasswordHash, HasherError>> + Send + 'a>>;

/// A call is queued by its first poll.
fn poll(call: &mut Call<'_>) -> Poll<Result<PasswordHash, HasherError>> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn queued(pool: &BcryptPool, input: Input) -> Call<'_> {
    let mut call: Call<'_> = Box::pin(pool.hash(input));
    assert!(poll(&mut call).is_pending());
    call
}

#[tokio::test]
async fn what_waits_fills_the_lanes_in_the_order_of_arrival() {
    let (pool, probe) = pool(1, 16);
    let blocked = block(&pool, &probe).await;
    let calls: Vec<_> = (0..10)
        .map(|number| queued(&pool, input(&number.to_string())))
        .collect();
    blocked.release().await;
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(
        probe.steps(),
        [vec!["0", "1", "2", "3"], vec!["4", "5", "6", "7"], vec!["8", "9"]]
    );
}

#[tokio::test]
async fn the_load_tells_who_waits_and_who_is_worked_on_and_the_meter_how_long() {
    let meter = FakeMeter::default();
    let (pool, probe) = measured_pool(WHOLE, 1, 16, meter.clone());
    let load = |waiting, running| HashingLoad {
        waiting,
        capacity: 16,
        running,
    };
    assert_eq!(pool.load(), load(0, 0));
    let blocked = block(&pool, &probe).await;
    let calls: Vec<_> = ["a", "b"].map(|key| queued(&pool, input(key))).into();
    assert_eq!(pool.load(), load(2, 1));
    assert_eq!(meter.take(), ["password"]);
    blocked.release().await;
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(meter.take(), ["password", "password"]);
}

#[tokio::test]
async fn one_alone_starts_at_once() {
    let (pool, probe) = pool(2, 16);
    // Neither a second call nor any time is needed: the test would never end.
    let blocked = block(&pool, &probe).await;
    pool.hash(input("alone")).await.unwrap();
    assert_eq!(probe.steps(), [["alone"]]);
    blocked.release().await;
}

#[tokio::test]
async fn who_comes_late_joins_those_at_work() {
    let (pool, probe) = pool_of_steps(WHOLE / 2, 1, 16);
    let blocked = block(&pool, &probe).await;
    let late = queued(&pool, input("late"));
    blocked.release().await;
    late.await.unwrap();
    assert_eq!(probe.steps(), [vec!["block", "late"], vec!["late"]]);
}

#[tokio::test]
async fn a_lane_that_becomes_free_goes_to_the_oldest_call() {
    let (pool, probe) = pool(1, 16);
    let blocked = block(&pool, &probe).await;
    let calls: Vec<_> = [5, 4, 5, 5, 4, 4]
        .into_iter()
        .zip(["a", "b", "c", "d", "e", "f"])
        .map(|(cost, key)| queued(&pool, input_of_cost(cost, key)))
        .collect();
    blocked.release().await;
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(
        probe.steps(),
        [vec!["a", "b", "c", "d"], vec!["a", "c", "d", "e"], vec!["f"]]
    );
}

#[tokio::test]
async fn a_call_of_a_low_cost_does_not_wait_for_one_of_a_high_cost() {
    let (pool, probe) = pool(1, 16);
    let blocked = block(&pool, &probe).await;
    let long = queued(&pool, input_of_cost(6, "long"));
    let short = queued(&pool, input("short"));
    blocked.release().await;
    long.await.unwrap();
    short.await.unwrap();
    assert_eq!(
        probe.steps(),
        [vec!["long", "short"], vec!["long"], vec!["long"], vec!["long"]]
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_frees_its_lane() {
    let (pool, probe) = pool_of_steps(1, 1, 16);
    let (begins, release) = block_next_step(&probe);
    let gone = queued(&pool, input("block"));
    begins.await.unwrap();
    drop(gone);
    let next = queued(&pool, input("next"));
    drop(release);
    next.await.unwrap();
    let steps = probe.steps();
    assert_eq!(steps[..2], [["block"], ["next"]]);
    assert_eq!(steps.len(), 1 + 16);
}

#[tokio::test]
async fn a_thread_that_is_free_takes_what_waits_while_another_still_works() {
    let (pool, probe) = pool(2, 16);
    let (first, second) = (block(&pool, &probe).await, block(&pool, &probe).await);
    let calls: Vec<_> = (0..5).map(|number| queued(&pool, input(&number.to_string()))).collect();
    first.release().await;
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(probe.steps(), [vec!["0", "1", "2", "3"], vec!["4"]]);
    second.release().await;
}

#[tokio::test]
async fn each_caller_gets_the_hash_of_its_own_password_and_salt() {
    let (pool, probe) = pool(1, 16);
    let blocked = block(&pool, &probe).await;
    let inputs = || {
        (0..7_u8).map(|number| Input {
            salt: [number; 16],
            ..input_of_cost(4 + u32::from(number % 2), &"x".repeat(usize::from(number) * 15))
        })
    };
    let calls: Vec<_> = inputs().map(|input| queued(&pool, input)).collect();
    blocked.release().await;
    for (call, Input { cost, salt, key }) in calls.into_iter().zip(inputs()) {
        let expected = bcrypt::hash_with_salt(&*key, cost.number(), salt).unwrap();
        assert_eq!(call.await.unwrap().to_string(), expected.to_string());
    }
}

#[tokio::test]
async fn beyond_its_bound_it_refuses_at_once() {
    let (pool, probe) = pool(1, 2);
    let blocked = block(&pool, &probe).await;
    let (first, second) = (queued(&pool, input("1")), queued(&pool, input("2")));
    let mut third: Call<'_> = Box::pin(pool.hash(input("3")));
    assert!(matches!(poll(&mut third), Poll::Ready(Err(HasherError::Busy))));
    blocked.release().await;
    first.await.unwrap();
    second.await.unwrap();
    pool.hash(input("4")).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_went_away_costs_no_work_and_no_place() {
    let (pool, probe) = pool(1, 3);
    let blocked = block(&pool, &probe).await;
    for _ in 0..5 {
        drop(queued(&pool, input("gone")));
    }
    let stays = queued(&pool, input("stays"));
    drop(queued(&pool, input("gone, too")));
    let stays_as_well = queued(&pool, input("stays as well"));
    blocked.release().await;
    stays.await.unwrap();
    stays_as_well.await.unwrap();
    assert_eq!(probe.steps(), [["stays", "stays as well"]]);
}

#[tokio::test]
async fn a_panic_fails_its_own_call_alone() {
    let (pool, probe) = pool(1, 4);
    let blocked = block(&pool, &probe).await;
    let before = queued(&pool, input("before"));
    let guilty = queued(&pool, input("panic"));
    let after = queued(&pool, input("after"));
    blocked.release().await;
    before.await.unwrap();
    assert!(matches!(guilty.await, Err(HasherError::Unexpected(_))));
    after.await.unwrap();
    assert!(matches!(
        pool.hash(input("panic alone")).await,
        Err(HasherError::Unexpected(_))
    ));
    pool.hash(input("later")).await.unwrap();
    assert_eq!(
        probe.steps(),
        [
            vec!["after", "before", "panic"],
            vec!["before"],
            vec!["panic"],
            vec!["after"],
            vec!["panic alone"],
            vec!["later"]
        ]
    );
}

#[tokio::test]
async fn it_is_measured_once_nobody_waits() {
    let (pool, probe) = pool(1, 16);
    let blocked = block(&pool, &probe).await;
    let mut measured = pin!(pool.measure());
    assert!(
        measured
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    let calls: Vec<_> = (0..5).map(|number| queued(&pool, input(&number.to_string()))).collect();
    blocked.release().await;
    let capacity = measured.await.unwrap();
    assert_eq!((capacity.cost, capacity.threads), (BcryptCost::MIN, 1));
    assert!(capacity.batch > Duration::ZERO);
    assert_eq!(capacity.lanes, pool.width.lanes());
    // It comes last: whoever called before is answered.
    for mut call in calls {
        assert!(matches!(poll(&mut call), Poll::Ready(Ok(_))));
    }
}

#[tokio::test]
async fn a_measurement_that_nobody_waits_for_any_more_ends_nothing() {
    let (pool, probe) = pool(1, 16);
    let blocked = block(&pool, &probe).await;
    {
        let mut measured = pin!(pool.measure());
        assert!(
            measured
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    }
    blocked.release().await;
    pool.hash(input("later")).await.unwrap();
    assert!(pool.measure().await.is_some());
}

#[tokio::test]
async fn the_threads_have_names_and_end_with_the_pool() {
    let (pool, probe) = pool(1, 4);
    pool.hash(input("a")).await.unwrap();
    assert_eq!(probe.threads.lock().unwrap()[0].as_deref(), Some("bcrypt-0"));
    let queue = Arc::downgrade(&pool.queue.0);
    let clone = pool.clone();
    drop(pool);
    clone.hash(input("b")).await.unwrap();
    drop(clone);
    let ended = (0..10_000_000).any(|_| {
        thread::yield_now();
        queue.strong_count() == 0
    });
    assert!(ended);
}
