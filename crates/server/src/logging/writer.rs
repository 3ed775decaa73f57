//! The way out of log lines: a thread of its own writes them, so that no request waits for whoever reads them.
//!
//! A line is put into memory, and the thread writes what has gathered at once. What waits is bounded in bytes, since a client
//! decides how long some lines are: where nobody reads, later lines are lost, counted and told of as soon as somebody reads
//! again. What has waited for less than [`GATHER`] is lost with a process that is killed.

use super::lines::Out;
use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most bytes that wait, some 16,000 lines of requests. As many more may be on their way out.
const MOST_WAITING: usize = 4 << 20;

/// How long the first line waits for others. At a hundred thousand lines a second one write takes the place of a thousand.
const GATHER: Duration = Duration::from_millis(10);

/// What the memory for lines may stay at while little is told.
const KEPT: usize = 64 << 10;

/// How long a stop waits for whoever reads the log.
const LAST_LINES: Duration = Duration::from_secs(2);

/// How many lines this process has lost, whoever wrote them.
static LOST: AtomicU64 = AtomicU64::new(0);

/// How many lines of the log nobody will read, since whoever reads it was too slow.
pub(crate) fn lost_lines() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Where lines are put. A clone is the same place.
#[derive(Clone)]
pub(crate) struct LogWriter(Arc<Gathered>);

struct Gathered {
    lines: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<u8>,
    /// Whether the thread is to be woken by the next line.
    is_asleep: bool,
    /// The thread ends once nothing waits.
    is_over: bool,
    /// It has ended.
    is_closed: bool,
}

/// The thread that writes. When it is dropped, it writes what waits, as long as somebody reads.
pub(crate) struct LogThread {
    writer: LogWriter,
    ended: Receiver<()>,
}

impl LogWriter {
    /// Starts the thread, which writes to `out`.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(out: impl Write + Send + 'static) -> io::Result<(Self, LogThread)> {
        let writer = Self(Arc::new(Gathered {
            lines: Mutex::default(),
            changed: Condvar::new(),
        }));
        let (end, ended) = channel();
        let gathered = writer.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            gathered.write_out(out);
            // Nobody may wait for it any more.
            let _ = end.send(());
        })?;
        let thread = LogThread {
            writer: writer.clone(),
            ended,
        };
        Ok((writer, thread))
    }

    #[expect(
        clippy::naive_bytecount,
        reason = "it counts where a log can't be written, which is rare"
    )]
    fn write_out(&self, mut out: impl Write) {
        let (mut batch, mut told) = (Vec::new(), lost_lines());
        while self.take(&mut batch) {
            if out.write_all(&batch).and_then(|()| out.flush()).is_err() {
                // How much of it went out nobody knows: all of it counts.
                let lines = batch.iter().filter(|byte| **byte == b'\n').count();
                LOST.fetch_add(u64::try_from(lines).unwrap_or(u64::MAX), Ordering::Relaxed);
            } else {
                let lost = lost_lines();
                let lines = lost - mem::replace(&mut told, lost);
                if lines > 0 {
                    tracing::warn!(lines, "lines of the log were lost, since nobody read them in time");
                }
            }
            batch.clear();
            batch.shrink_to(KEPT);
        }
    }

    /// Waits for lines, and a little for more of them; whether there are any. `false` says that there will be none.
    #[expect(clippy::disallowed_methods, reason = "to gather is to wait for a time")]
    fn take(&self, batch: &mut Vec<u8>) -> bool {
        let mut lines = self.lock();
        while lines.waiting.is_empty() {
            if lines.is_over {
                lines.is_closed = true;
                return false;
            }
            lines.is_asleep = true;
            lines = self.0.changed.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
        if !lines.is_over {
            drop(lines);
            thread::sleep(GATHER);
            lines = self.lock();
        }
        mem::swap(&mut lines.waiting, batch);
        true
    }

    /// Lines are added as a whole, so what is behind a poisoned lock is whole.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Out for LogWriter {
    /// Puts the line where the thread finds it. Never waits for whoever reads the log.
    fn put(&self, line: &[u8]) {
        let mut lines = self.lock();
        if lines.is_closed || lines.waiting.len() + line.len() > MOST_WAITING {
            drop(lines);
            LOST.fetch_add(1, Ordering::Relaxed);
            return;
        }
        lines.waiting.extend_from_slice(line);
        let wake = mem::take(&mut lines.is_asleep);
        drop(lines);
        if wake {
            self.0.changed.notify_all();
        }
    }
}

impl Drop for LogThread {
    fn drop(&mut self) {
        self.writer.lock().is_over = true;
        self.writer.0.changed.notify_all();
        // Whether it ended or somebody does not read: the stop goes on.
        let _ = self.ended.recv_timeout(LAST_LINES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::Sender;
    use std::time::Instant;

    /// What was written, and what holds each write up until it is dropped.
    struct Reader {
        seen: Arc<Mutex<Vec<u8>>>,
        reads: Receiver<()>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Ends once nobody can send any more.
            let _ = self.reads.recv();
            self.seen.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn start() -> (LogWriter, LogThread, Arc<Mutex<Vec<u8>>>, Sender<()>) {
        let (go_on, reads) = channel();
        let seen = Arc::default();
        let out = Reader {
            seen: Arc::clone(&seen),
            reads,
        };
        let (writer, thread) = LogWriter::start(out).unwrap();
        (writer, thread, seen, go_on)
    }

    #[test]
    fn a_stop_waits_until_all_is_written_in_its_order() {
        let (writer, thread, seen, go_on) = start();
        drop(go_on);
        let mut expected = String::new();
        for number in 0..10_000 {
            let line = format!("line {number}\n");
            writer.put(line.as_bytes());
            expected.push_str(&line);
        }
        drop(thread);
        assert_eq!(String::from_utf8(seen.lock().unwrap().clone()).unwrap(), expected);
    }

    #[test]
    fn nobody_waits_for_a_reader_and_what_is_lost_is_counted() {
        let (writer, thread, seen, go_on) = start();
        let line = [b'a'; 1 << 10];
        let lost_before = lost_lines();
        let began = Instant::now();
        for _ in 0..3 * MOST_WAITING / line.len() {
            writer.put(&line);
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        // One part may be on its way out, and as much waits.
        let least = u64::try_from(MOST_WAITING / line.len()).unwrap();
        assert!(lost_lines() - lost_before >= least);
        assert!(writer.lock().waiting.len() <= MOST_WAITING);
        drop(go_on);
        drop(thread);
        assert!(seen.lock().unwrap().len() <= 2 * MOST_WAITING);
    }

    #[test]
    fn a_stop_does_not_wait_for_ever_for_who_does_not_read() {
        let (writer, thread, _seen, go_on) = start();
        writer.put(b"line\n");
        let began = Instant::now();
        drop(thread);
        assert!(began.elapsed() < 2 * LAST_LINES, "{:?}", began.elapsed());
        writer.put(b"after the end\n");
        drop(go_on);
    }
}
