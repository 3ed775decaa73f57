//! What the server does when it is sent a signal.

use std::fs;
use std::io;
use std::thread;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What SIGHUP means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hangup {
    /// A terminal that is closed sends it, and the program stops.
    Stops,
    /// Somebody changed a file, and somebody else waits for it.
    Rereads,
}

/// Waits for a signal that asks the server to stop: SIGTERM, SIGINT, or SIGHUP where that means it. Registers at once, so that
/// none is missed until somebody waits.
///
/// # Errors
/// The system does not let the program listen for signals.
pub(crate) fn of_a_stop(meaning: Hangup) -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // `nohup` has a program ignore it, and to listen for it would undo that.
    let mut hangup = if meaning == Hangup::Rereads || is_ignored(SignalKind::hangup()) {
        None
    } else {
        Some(signal(SignalKind::hangup())?)
    };
    Ok(async move {
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => {},
            _ = interrupt.recv() => {},
            _ = hung_up => {},
        }
    })
}

/// The signals SIGHUP from now on. Until the program ends, none stops it.
///
/// # Errors
/// The system does not let the program listen for signals.
pub(crate) fn hangups() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Takes SIGUSR1 and SIGUSR2, which would end a program that knows nothing of them, and does nothing but say so. Ends
/// never.
///
/// # Errors
/// The system does not let the program listen for signals.
pub(crate) fn without_meaning() -> io::Result<impl Future<Output = ()>> {
    let mut first = signal(SignalKind::user_defined1())?;
    let mut second = signal(SignalKind::user_defined2())?;
    Ok(async move {
        loop {
            let name = tokio::select! {
                _ = first.recv() => "SIGUSR1",
                _ = second.recv() => "SIGUSR2",
            };
            tracing::info!(signal = name, "this signal means nothing here");
        }
    })
}

/// The exit status of a command that a signal ended, as shells give it for Ctrl-C.
const INTERRUPTED: i32 = 130;

/// From now on a signal that asks the program to stop has it do that last, and then end. For commands, which have no
/// other use for signals.
///
/// # Errors
/// The system gives no thread, or does not let the program listen for signals.
pub(crate) fn end_after(last: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let asked = {
        let _context = runtime.enter();
        of_a_stop(Hangup::Stops)?
    };
    thread::Builder::new().spawn(move || {
        runtime.block_on(asked);
        last();
        std::process::exit(INTERRUPTED);
    })?;
    Ok(())
}

/// Whether the program was started with that signal ignored. Linux alone says so.
fn is_ignored(kind: SignalKind) -> bool {
    let bit = kind.as_raw_value() - 1;
    fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| (mask >> bit) & 1 == 1)
    })
}
