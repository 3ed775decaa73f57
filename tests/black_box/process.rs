//! The program under test: its commands, and a server as a process.

use rustix::process::{Pid, Signal, kill_process};
#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Far more than any line takes that comes at all. A process that ends ends the wait, too.
const PATIENCE: Duration = Duration::from_mins(2);

/// Longer than the server itself gives what still runs.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(40);

/// The binary under test, built by `scripts/test` beside the tests themselves.
pub(crate) fn binary() -> PathBuf {
    program("portcullis")
}

/// A program of the workspace, built by `scripts/test` as well.
pub(crate) fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(Path::parent).unwrap().join(name);
    assert!(
        path.exists(),
        "{} is missing: run scripts/test, which builds it",
        path.display()
    );
    path
}

/// A command of the binary in a folder, with these settings and no others.
pub(crate) fn command(folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = command_of(&binary(), folder);
    command.envs(settings.iter().copied());
    command
}

/// A program in a folder, without any settings.
fn command_of(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir(folder);
    command
}

/// Runs a command to its end.
pub(crate) fn run(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(folder, settings).args(arguments).output().unwrap()
}

/// Starts something from a thread that may use one core, so that what is started may use no other. Only Linux has that.
pub(crate) fn on_one_core<T>(start: impl FnOnce() -> T) -> T {
    #[cfg(target_os = "linux")]
    let _narrowed = NarrowedThread::to_one_core();
    start()
}

/// A thread that gets its cores back with the end of the value.
#[cfg(target_os = "linux")]
struct NarrowedThread {
    before: CpuSet,
}

#[cfg(target_os = "linux")]
impl NarrowedThread {
    fn to_one_core() -> Self {
        let before = sched_getaffinity(None).unwrap();
        let first = (0..CpuSet::MAX_CPU).find(|core| before.is_set(*core)).unwrap();
        let mut one = CpuSet::new();
        one.set(first);
        sched_setaffinity(None, &one).unwrap();
        Self { before }
    }
}

#[cfg(target_os = "linux")]
impl Drop for NarrowedThread {
    fn drop(&mut self) {
        sched_setaffinity(None, &self.before).unwrap();
    }
}

/// What a process has written to standard error, line by line.
#[derive(Default)]
struct Log {
    written: Mutex<Written>,
    changed: Condvar,
}

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    /// Nothing more will come: the process has ended.
    is_over: bool,
}

impl Log {
    fn collect(&self, lines: impl BufRead) {
        for line in lines.lines().map_while(Result::ok) {
            self.written.lock().unwrap().lines.push(line);
            self.changed.notify_all();
        }
        self.written.lock().unwrap().is_over = true;
        self.changed.notify_all();
    }

    /// What `find` makes of the first line, present or to come, of which it makes something.
    fn wait_for<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        let mut found = None;
        let written = self.written.lock().unwrap();
        let (written, _) = self
            .changed
            .wait_timeout_while(written, PATIENCE, |written| {
                found = written.lines.iter().find_map(|line| find(line));
                found.is_none() && !written.is_over
            })
            .unwrap();
        let Some(found) = found else {
            panic!("no such line came; there was:\n{}", written.lines.join("\n"));
        };
        found
    }

    fn wait_for_the_end(&self) {
        let written = self.written.lock().unwrap();
        let (written, _) = self
            .changed
            .wait_timeout_while(written, PATIENCE_AT_THE_END, |written| !written.is_over)
            .unwrap();
        assert!(written.is_over, "the server does not stop");
    }
}

/// A child that does not outlive the value.
pub(crate) struct Killed(Child);

impl Killed {
    /// Starts a program.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Takes over one that runs.
    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    /// The number of the process.
    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that runs. It is killed with the value.
pub(crate) struct Process {
    child: Killed,
    address: SocketAddr,
    log: Arc<Log>,
}

impl Process {
    /// Starts a server in a folder and waits until it listens.
    pub(crate) fn start(folder: &Path, settings: &[(String, String)]) -> Self {
        Self::spawn(folder, settings).listening()
    }

    /// Starts a server in a folder.
    pub(crate) fn spawn(folder: &Path, settings: &[(String, String)]) -> Starting {
        Self::spawn_program("portcullis", folder, settings)
    }

    /// Starts a program that says what a server says.
    pub(crate) fn spawn_program(name: &str, folder: &Path, settings: &[(String, String)]) -> Starting {
        Self::spawn_command(command_of(&program(name), folder), settings)
    }

    /// Starts a server as `nohup` does: with the signal ignored that a terminal sends which is closed.
    pub(crate) fn spawn_without_hangups(folder: &Path, settings: &[(String, String)]) -> Starting {
        let mut command = command_of(Path::new("/bin/sh"), folder);
        command.args(["-c", "trap '' HUP; exec \"$0\""]).arg(binary());
        Self::spawn_command(command, settings)
    }

    /// Starts a server that ignores no signal, even where these tests were started by `nohup`.
    #[cfg(target_os = "linux")]
    pub(crate) fn spawn_with_all_signals(folder: &Path, settings: &[(String, String)]) -> Starting {
        let mut command = command_of(Path::new("/usr/bin/env"), folder);
        command.arg("--default-signal").arg(binary());
        Self::spawn_command(command, settings)
    }

    /// Starts a server that may open so many files and connections and no more, and waits until it listens.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_with_open_files(folder: &Path, settings: &[(String, String)], most: u32) -> Self {
        let mut command = command_of(Path::new("/bin/sh"), folder);
        command
            .args(["-c", &format!("ulimit -n {most}; exec \"$0\"")])
            .arg(binary());
        Self::spawn_command(command, settings).listening()
    }

    fn spawn_command(mut command: Command, settings: &[(String, String)]) -> Starting {
        let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut child = command
            .envs(settings)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Log::default());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let collected = Arc::clone(&log);
        std::thread::spawn(move || collected.collect(stderr));
        Starting {
            child: Killed(child),
            log,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All lines so far.
    pub(crate) fn lines(&self) -> String {
        self.log.written.lock().unwrap().lines.join("\n")
    }

    /// The first line, present or to come, that `matches` accepts.
    pub(crate) fn wait_for_line(&self, matches: impl Fn(&str) -> bool) -> String {
        self.log.wait_for(|line| matches(line).then(|| line.to_owned()))
    }

    /// The first JSON line, present or to come, that `matches` accepts.
    pub(crate) fn wait_for_log(&self, matches: impl Fn(&Value) -> bool) -> Value {
        self.log
            .wait_for(|line| serde_json::from_str(line).ok().filter(|line| matches(line)))
    }

    pub(crate) fn kill(&mut self) {
        self.child.0.kill().unwrap();
        self.child.0.wait().unwrap();
    }

    pub(crate) fn terminate(&self) {
        self.send(Signal::TERM);
    }

    /// Sends a signal.
    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child.0), signal).unwrap();
    }

    /// Sends SIGSTOP: from now on it does nothing, and the kernel goes on to take connections for it.
    pub(crate) fn pause(&self) {
        kill_process(Pid::from_child(&self.child.0), Signal::STOP).unwrap();
    }

    /// Sends SIGCONT.
    pub(crate) fn resume(&self) {
        kill_process(Pid::from_child(&self.child.0), Signal::CONT).unwrap();
    }

    /// Waits for the end; the test fails if it does not come.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.log.wait_for_the_end();
        self.child.0.wait().unwrap()
    }
}

/// By what password hashes, refresh tokens, mailed links and access tokens are known: the last by the beginning of their header, since
/// the name of a key may hold any three letters.
const MARKS_OF_SECRETS: [&str; 4] = ["$2b$", "prt_", "pml_", "eyJ0eXAi"];

impl Drop for Process {
    /// Whatever a test was about: no secret is logged.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let lines = self.lines();
            let told = MARKS_OF_SECRETS.iter().find(|mark| lines.contains(**mark));
            assert!(told.is_none(), "a secret is logged: {lines}");
        }
    }
}

/// A server of which nobody knows yet whether it comes up.
pub(crate) struct Starting {
    child: Killed,
    log: Arc<Log>,
}

impl Starting {
    /// Waits until it listens.
    pub(crate) fn listening(self) -> Process {
        let address = self.log.wait_for(address_in);
        Process {
            child: self.child,
            address,
            log: self.log,
        }
    }
}

/// The address in the line that says where the server listens, in either form.
fn address_in(line: &str) -> Option<SocketAddr> {
    if let Some((_, rest)) = line.split_once(": listening address=") {
        return rest.split_whitespace().next()?.parse().ok();
    }
    let line: Value = serde_json::from_str(line).ok()?;
    let address = line["address"].as_str().filter(|_| line["message"] == "listening")?;
    address.parse().ok()
}
