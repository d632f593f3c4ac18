//! Worker process as seen by a run: requests, replies, time limits, and the cause of its end.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use arrow_schema::SchemaRef;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use earmark_files::path_text::PathText;
use earmark_files::provenance::Provenance;

use crate::error::BatchError;
use crate::file_rows::{self, FileRows};
use crate::message::{Reply, Request};
use crate::recipe::RecipeOrigin;

/// Time in which a worker process loads its models.
const START_TIMEOUT: Duration = Duration::from_secs(600);
/// Time in which a process ends after its pipes are closed; it may write a memory dump.
const END_TIMEOUT: Duration = Duration::from_secs(10);
/// Interval between two checks of whether to stop.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Number of bytes of the messages of a process that are kept.
const MAX_MESSAGE_BYTES: usize = 4096;

/// Program and arguments of a worker process, which calls [`crate::serve`].
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// Program.
    pub program: PathBuf,
    /// Arguments.
    pub arguments: Vec<OsString>,
}

/// Reason why a worker process has no rows of a file.
#[derive(Debug)]
pub(crate) enum AnalysisEnd {
    /// The process ended: the cause.
    Ended(String),
    /// The process took longer than this, and was ended.
    TimedOut(Duration),
    /// The run is stopped.
    Stopped,
}

/// Running worker process with loaded models.
pub(crate) struct WorkerProcess {
    child: Child,
    requests: ChildStdin,
    replies: Receiver<(Reply, Vec<u8>)>,
    messages: Arc<Mutex<String>>,
    schema: SchemaRef,
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // It may hang, and holds no state.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl WorkerProcess {
    /// Starts a process and loads the models of a recipe. Blocks.
    ///
    /// # Errors
    /// If the process cannot be started, cannot load the models, or has other models or another version than the recipe;
    /// [`BatchError::Cancelled`] if `is_stopped`.
    pub(crate) fn start(
        command: &WorkerCommand,
        recipe: &RecipeOrigin,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<Self, BatchError> {
        let mut process = Command::new(&command.program);
        process.args(&command.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The numerical library of Python would reserve memory for each core, and has no work here.
        process.env("OPENBLAS_NUM_THREADS", "1");
        // Ctrl-C on a terminal is for the run, which ends its processes.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        let failed = |error: io::Error| BatchError::Worker(format!("{}: {error}", command.program.display()));
        let mut child = process.spawn().map_err(failed)?;
        let (Some(requests), Some(replies), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(BatchError::Worker("expected three pipes, got fewer".into()));
        };
        let messages = Arc::new(Mutex::new(String::new()));
        keep_messages(errors, Arc::clone(&messages));
        let schema = Arc::new(arrow_schema::Schema::empty());
        let mut worker = Self { child, requests, replies: read_replies(replies), messages, schema };
        worker.load(recipe, is_stopped)?;
        Ok(worker)
    }

    fn load(&mut self, recipe: &RecipeOrigin, is_stopped: &dyn Fn() -> bool) -> Result<(), BatchError> {
        let sent = self.send(&Request::Load(Box::new(recipe.recipe.clone())));
        let reply = sent.and_then(|()| self.receive(Instant::now() + START_TIMEOUT, is_stopped));
        match reply {
            Ok((Reply::Ready { origin, .. }, bytes)) => {
                check_origin(recipe, *origin)?;
                let (schema, _) = file_rows::of_bytes(&bytes).map_err(|error| BatchError::Worker(error.to_string()))?;
                self.schema = schema;
                Ok(())
            }
            Ok((Reply::Failed { error }, _)) => Err(BatchError::Worker(error)),
            Ok((reply, _)) => Err(BatchError::Worker(format!("expected a schema, got {reply:?}"))),
            Err(AnalysisEnd::Stopped) => Err(BatchError::Cancelled),
            Err(AnalysisEnd::Ended(cause)) => {
                let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
                let last = messages.trim().lines().last().map(|line| format!(" ({line})")).unwrap_or_default();
                Err(BatchError::WorkerEnded(format!("{cause}{last}")))
            }
            Err(AnalysisEnd::TimedOut(after)) => {
                Err(BatchError::Worker(format!("the models were not loaded after {} s", after.as_secs())))
            }
        }
    }

    /// Returns the schema of the rows.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Analyzes the file at `path`, whose rows get the path `name`, within `timeout` and half of its length. Blocks. After an
    /// error, this process is not usable.
    pub(crate) fn analyze(
        &mut self,
        name: &PathText,
        path: PathText,
        timeout: Duration,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<FileRows, AnalysisEnd> {
        let started = Instant::now();
        let mut limit = timeout;
        self.send(&Request::Analyze { name: name.clone(), path })?;
        loop {
            let received = self.receive(started + limit, is_stopped);
            match received
                .map_err(|end| if let AnalysisEnd::TimedOut(_) = end { AnalysisEnd::TimedOut(limit) } else { end })?
            {
                (Reply::Opened { length_s }, _) => {
                    let half_s = length_s.filter(|length_s| length_s.is_finite()).unwrap_or(0.0).max(0.0) / 2.0;
                    limit = timeout + Duration::try_from_secs_f64(half_s).unwrap_or_default();
                }
                (Reply::Rows { status, audio_s, record, .. }, bytes) => {
                    let (_, rows) =
                        file_rows::of_bytes(&bytes).map_err(|error| AnalysisEnd::Ended(error.to_string()))?;
                    let rows = rows.ok_or_else(|| AnalysisEnd::Ended("sent no rows".into()))?;
                    return Ok(FileRows { rows, status, audio_s, record });
                }
                (reply, _) => return Err(AnalysisEnd::Ended(format!("sent no rows, but {reply:?}"))),
            }
        }
    }

    fn send(&mut self, request: &Request) -> Result<(), AnalysisEnd> {
        let line = serde_json::to_string(request).unwrap_or_default() + "\n";
        let sent = self.requests.write_all(line.as_bytes()).and_then(|()| self.requests.flush());
        sent.map_err(|_| self.cause())
    }

    fn receive(&mut self, deadline: Instant, is_stopped: &dyn Fn() -> bool) -> Result<(Reply, Vec<u8>), AnalysisEnd> {
        let begun = Instant::now();
        loop {
            match self.replies.recv_timeout(POLL_INTERVAL) {
                Ok(reply) => return Ok(reply),
                Err(RecvTimeoutError::Disconnected) => return Err(self.cause()),
                Err(RecvTimeoutError::Timeout) if is_stopped() => return Err(AnalysisEnd::Stopped),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    return Err(AnalysisEnd::TimedOut(begun.elapsed()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Returns the cause of the end of the process, whose pipes are closed.
    fn cause(&mut self) -> AnalysisEnd {
        let closed = Instant::now();
        while closed.elapsed() < END_TIMEOUT && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(POLL_INTERVAL);
        }
        // A process that closed its pipes and goes on is of no use.
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => AnalysisEnd::Ended(ending(status)),
            Err(error) => AnalysisEnd::Ended(error.to_string()),
        }
    }
}

/// Checks that a worker process has the program version and the models of the plan.
fn check_origin(recipe: &RecipeOrigin, origin: Provenance) -> Result<(), BatchError> {
    let own = RecipeOrigin { recipe: recipe.recipe.clone(), origin }.normalized();
    match own.difference(recipe) {
        None => Ok(()),
        Some((own, plan)) => Err(BatchError::Worker(format!(
            "this machine has other models or another version (expected {plan}, got {own})"
        ))),
    }
}

/// Returns a phrase for the end of a process.
fn ending(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => "SIGILL",
            6 => "SIGABRT",
            7 => "SIGBUS",
            8 => "SIGFPE",
            9 => "SIGKILL",
            11 => "SIGSEGV",
            15 => "SIGTERM",
            24 => "SIGXCPU",
            _ => return format!("was killed by signal {signal}"),
        };
        return format!("was killed by {name}");
    }
    status.code().map_or_else(|| "ended".into(), |code| format!("ended with exit code {code}"))
}

/// Reads replies on a thread of its own, until the pipe ends.
fn read_replies(pipe: impl Read + Send + 'static) -> Receiver<(Reply, Vec<u8>)> {
    let (sender, replies) = bounded(4);
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = String::new();
        while pipe.read_line(&mut line).is_ok_and(|len| len > 0) {
            let Ok(reply) = serde_json::from_str::<Reply>(&line) else { return };
            let mut bytes = vec![0; reply.len()];
            if pipe.read_exact(&mut bytes).is_err() || sender.send((reply, bytes)).is_err() {
                return;
            }
            line.clear();
        }
    });
    replies
}

/// Keeps the beginning of the messages of a process, and reads the rest, so that it never waits for a reader.
fn keep_messages(mut pipe: impl Read + Send + 'static, messages: Arc<Mutex<String>>) {
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok(len) = pipe.read(&mut buffer)
            && len > 0
        {
            let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
            if messages.len() < MAX_MESSAGE_BYTES {
                messages.push_str(&String::from_utf8_lossy(&buffer[..len]));
            }
        }
    });
}
