//! Round-robin scheduler of the worker thread: one time slice per stream and round.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::analyze::{Analyze, AnalyzeError};
use super::command::Command;
use super::config::WorkerConfig;
use super::stream::{AnalysisStream, Shared, StreamState};
use crate::{MarkKind, TapEvent};

/// Scheduler of the streams of one worker thread.
pub(super) struct Scheduler<A: Analyze> {
    config: WorkerConfig,
    commands: Receiver<Command<A>>,
    wakeups: Arc<AtomicU64>,
    streams: Vec<StreamSlot<A>>,
}

/// Stream with its state, as the scheduler holds it.
struct StreamSlot<A: Analyze> {
    stream: AnalysisStream<A>,
    shared: Arc<Shared>,
    state: StreamState,
}

impl<A: Analyze> Scheduler<A> {
    pub(super) fn new(config: WorkerConfig, commands: Receiver<Command<A>>, wakeups: Arc<AtomicU64>) -> Self {
        Self { config, commands, wakeups, streams: Vec::new() }
    }

    /// Runs until the stop command.
    pub(super) fn run(&mut self) {
        while self.handle_commands() {
            self.wakeups.fetch_add(1, Relaxed);
            while self.run_round() {
                // A busy worker handles commands between two rounds.
                if !self.commands.is_empty() {
                    break;
                }
            }
        }
        self.streams.iter().for_each(|stream| stream.shared.update(|report| report.state = StreamState::Stopped));
    }

    /// Runs one slice of every stream; false if no stream had data.
    fn run_round(&mut self) -> bool {
        let mut any = false;
        for stream in &mut self.streams {
            any |= stream.run_slice(self.config.slice_samples);
        }
        any
    }

    /// Sleeps until the next poll is due or a command arrives, then handles all commands; false on the stop command.
    fn handle_commands(&mut self) -> bool {
        let mut command = if self.streams.iter().any(|stream| stream.shared.is_active()) {
            match self.commands.recv_timeout(self.config.poll_interval) {
                Err(RecvTimeoutError::Timeout) => return true,
                command => command.ok(),
            }
        } else {
            self.commands.recv().ok()
        };
        while let Some(now) = command {
            match now {
                Command::Attach(stream, shared) => {
                    self.streams.push(StreamSlot { stream, shared, state: StreamState::Running });
                }
                Command::Detach(shared) => self.streams.retain(|stream| !Arc::ptr_eq(&stream.shared, &shared)),
                Command::Wake => {}
                Command::Stop => return false,
            }
            command = self.commands.try_recv().ok();
            if command.is_none() {
                return true;
            }
        }
        false
    }
}

impl<A: Analyze> StreamSlot<A> {
    /// Runs one time slice of the stream; false if it had no data.
    fn run_slice(&mut self, slice_samples: usize) -> bool {
        let AnalysisStream { reader, analyzer, sink } = &mut self.stream;
        let mut left = slice_samples.max(1);
        let mut marks = 0;
        let before = reader.position();
        // Marks are limited per slice too.
        while left > 0 && marks < slice_samples.max(1) {
            let Some(event) = reader.poll(left) else { break };
            let failed = matches!(self.state, StreamState::Failed(_));
            let result = match event {
                TapEvent::Samples(samples) => {
                    left -= samples.len();
                    if failed { Ok(()) } else { catch_panic(|| analyzer.push(samples, sink)) }
                }
                TapEvent::Mark(mark) => {
                    marks += 1;
                    if failed && mark.kind != MarkKind::Reset {
                        Ok(())
                    } else {
                        let result = catch_panic(|| analyzer.mark(mark.kind, sink));
                        match mark.kind {
                            MarkKind::End => self.state = StreamState::Ended,
                            MarkKind::Reset | MarkKind::Seek { .. } => self.state = StreamState::Running,
                            MarkKind::Gap { .. } => {}
                        }
                        result
                    }
                }
            };
            match result {
                Ok(()) => {}
                Err(AnalyzeFailure::Error(error)) => self.shared.update(|report| {
                    report.errors += 1;
                    report.last_error = Some(error.to_string());
                }),
                Err(AnalyzeFailure::Panic(message)) => self.state = StreamState::Failed(message),
            }
        }
        let processed = reader.position();
        let state = &self.state;
        if processed != before {
            self.shared.update(|report| {
                report.processed = processed;
                report.state.clone_from(state);
            });
        }
        processed != before
    }
}

/// Failure of one call of an analyzer.
enum AnalyzeFailure {
    Error(AnalyzeError),
    Panic(String),
}

/// Calls an analyzer and returns a panic as an error, so that the other streams continue.
fn catch_panic(work: impl FnOnce() -> Result<(), AnalyzeError>) -> Result<(), AnalyzeFailure> {
    // After a panic, the inconsistent analyzer is not called again before a reset.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(AnalyzeFailure::Error),
        Err(panic) => Err(AnalyzeFailure::Panic(panic_message(&*panic))),
    }
}

/// Returns the message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic without a message".into())
}
