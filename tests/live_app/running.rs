//! Running program: its output lines as they arrive, and its standard error.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::program;

/// Unit of the processor times that Linux reports, per second.
const TICKS_PER_S: f64 = 100.0;

/// Output line with its time of arrival.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) at: Instant,
    pub(super) json: Value,
}

#[derive(Default)]
struct Captured {
    lines: Mutex<Vec<Line>>,
    more: Condvar,
    errors: Mutex<String>,
}

/// Running program; the process ends on drop.
pub(super) struct Running {
    child: Child,
    heard: Arc<Captured>,
}

impl Running {
    /// Starts `earmark` with those arguments; `prepare` may set its environment.
    pub(super) fn start(arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(program::path());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        prepare(&mut command);
        let mut child = command.spawn().unwrap();
        let heard = Arc::new(Captured::default());
        let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let lines = Arc::clone(&heard);
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let json = serde_json::from_str(&line).unwrap_or_else(|_| panic!("expected JSON, got {line}"));
                lines.lines.lock().unwrap().push(Line { at: Instant::now(), json });
                lines.more.notify_all();
            }
        });
        let errors = Arc::clone(&heard);
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(read @ 1..) = err.read(&mut bytes) {
                errors.errors.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        Self { child, heard }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the standard error so far.
    pub(super) fn errors(&self) -> String {
        self.heard.errors.lock().unwrap().clone()
    }

    /// Returns the output lines so far.
    pub(super) fn lines(&self) -> Vec<Line> {
        self.heard.lines.lock().unwrap().clone()
    }

    /// Waits for the first line, from index `from` on, that satisfies the condition; returns its index and the line.
    pub(super) fn wait(&self, from: usize, longest_s: u64, what: &str, is: impl Fn(&Value) -> bool) -> (usize, Line) {
        let begun = Instant::now();
        let mut lines = self.heard.lines.lock().unwrap();
        loop {
            if let Some(found) = lines.iter().enumerate().skip(from).find(|(_, line)| is(&line.json)) {
                return (found.0, found.1.clone());
            }
            let left = Duration::from_secs(longest_s).saturating_sub(begun.elapsed());
            assert!(!left.is_zero(), "waited {longest_s} s for {what}; standard error: {}", self.errors());
            lines = self.heard.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Sends Ctrl-C, waits for the end and returns the exit code.
    pub(super) fn interrupt(&mut self) -> i32 {
        assert!(Command::new("kill").args(["-INT", &self.id().to_string()]).status().unwrap().success());
        self.end()
    }

    /// Waits for the end and returns the exit code.
    pub(super) fn end(&mut self) -> i32 {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        // Output may still be in the pipes.
        thread::sleep(Duration::from_millis(200));
        code
    }

    /// Returns the processor time in seconds so far: all threads, user and system.
    pub(super) fn cpu_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // The name of the program, in parentheses, may hold spaces. User and system time are the 14th and 15th value.
        let values: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks: f64 = values[11..13].iter().map(|value| value.parse::<f64>().unwrap()).sum();
        ticks / TICKS_PER_S
    }

    /// Returns the resident memory in KiB.
    pub(super) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
