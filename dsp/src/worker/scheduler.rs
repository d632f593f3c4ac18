//! Round-robin scheduler of the worker thread: one slice of every stream after the other.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::analyze::{Analyze, AnalyzeError};
use super::command::Command;
use super::config::WorkerConfig;
use super::stream::{Shared, Stream, StreamState};
use crate::{MarkKind, TapEvent};

/// Round-robin scheduler over the streams of a worker thread.
pub(super) struct Scheduler<A: Analyze> {
    config: WorkerConfig,
    commands: Receiver<Command<A>>,
    wakeups: Arc<AtomicU64>,
    streams: Vec<StreamSlot<A>>,
}

/// A stream and its state, as the worker thread holds them.
struct StreamSlot<A: Analyze> {
    stream: Stream<A>,
    shared: Arc<Shared>,
    state: StreamState,
}

impl<A: Analyze> Scheduler<A> {
    pub(super) fn new(config: WorkerConfig, commands: Receiver<Command<A>>, wakeups: Arc<AtomicU64>) -> Self {
        Self { config, commands, wakeups, streams: Vec::new() }
    }

    /// Runs until told to stop.
    pub(super) fn run(&mut self) {
        while self.obey() {
            self.wakeups.fetch_add(1, Relaxed);
            while self.round() {
                // Between two rounds, so that a busy worker still receives commands.
                if !self.commands.is_empty() {
                    break;
                }
            }
        }
        self.streams.iter().for_each(|stream| stream.shared.update(|report| report.state = StreamState::Stopped));
    }

    /// A turn for every stream; false when none had anything.
    fn round(&mut self) -> bool {
        let mut any = false;
        for stream in &mut self.streams {
            any |= stream.turn(self.config.slice_samples);
        }
        any
    }

    /// Sleeps until it is time to look or there is a command, and obeys all commands; false when told to stop.
    fn obey(&mut self) -> bool {
        let mut command = if self.streams.iter().any(|stream| stream.shared.is_active()) {
            match self.commands.recv_timeout(self.config.poll) {
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
    /// Hears a slice of what there is; false when there was nothing.
    fn turn(&mut self, slice_samples: usize) -> bool {
        let Stream { reader, analyzer, sink } = &mut self.stream;
        let mut left = slice_samples.max(1);
        let mut marks = 0;
        let before = reader.position();
        // A flood of marks is a slice too.
        while left > 0 && marks < slice_samples.max(1) {
            let Some(event) = reader.poll(left) else { break };
            let failed = matches!(self.state, StreamState::Failed(_));
            let heard = match event {
                TapEvent::Samples(samples) => {
                    left -= samples.len();
                    if failed { Ok(()) } else { guarded(|| analyzer.push(samples, sink)) }
                }
                TapEvent::Mark(mark) => {
                    marks += 1;
                    if failed && mark.kind != MarkKind::Reset {
                        Ok(())
                    } else {
                        let heard = guarded(|| analyzer.mark(mark.kind, sink));
                        match mark.kind {
                            MarkKind::End => self.state = StreamState::Ended,
                            MarkKind::Reset | MarkKind::Seek { .. } => self.state = StreamState::Running,
                            MarkKind::Gap { .. } => {}
                        }
                        heard
                    }
                }
            };
            match heard {
                Ok(()) => {}
                Err(Fault::Error(error)) => self.shared.update(|report| {
                    report.errors += 1;
                    report.last_error = Some(error.to_string());
                }),
                Err(Fault::Panic(words)) => self.state = StreamState::Failed(words),
            }
        }
        let heard = reader.position();
        let state = &self.state;
        if heard != before {
            self.shared.update(|report| {
                report.heard = heard;
                report.state.clone_from(state);
            });
        }
        heard != before
    }
}

enum Fault {
    Error(AnalyzeError),
    Panic(String),
}

/// Runs one call of an analyzer and converts a panic to an error, so that other streams continue.
fn guarded(work: impl FnOnce() -> Result<(), AnalyzeError>) -> Result<(), Fault> {
    // What a panic left half done is not looked at again before a reset.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(Fault::Error),
        Err(panic) => Err(Fault::Panic(words(&*panic))),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".into())
}
