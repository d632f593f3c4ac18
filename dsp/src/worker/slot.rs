//! Stream of a worker with its state, and one time slice of its analysis.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::analyze::{Analyze, AnalyzeError};
use super::stream::{AnalysisStream, Shared, StreamState};
use crate::{MarkKind, TapEvent};

/// Stream with its state, as the threads of a worker hold it.
pub(super) struct StreamSlot<A: Analyze> {
    stream: AnalysisStream<A>,
    shared: Arc<Shared>,
    state: StreamState,
}

impl<A: Analyze> StreamSlot<A> {
    pub(super) fn new(stream: AnalysisStream<A>, shared: Arc<Shared>) -> Self {
        Self { stream, shared, state: StreamState::Running }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Reports that the worker has ended.
    pub(super) fn stop(&self) {
        self.shared.update(|report| report.state = StreamState::Stopped);
    }

    /// Whether samples or marks wait.
    pub(super) fn has_events(&self) -> bool {
        self.stream.reader.has_events()
    }

    /// Whether audio of `late` or more waits, or a handle waits for the stream.
    pub(super) fn is_urgent(&self, late: Duration) -> bool {
        let reader = &self.stream.reader;
        self.has_events()
            && (self.shared.is_awaited() || reader.rate().seconds(reader.waiting_samples()) >= late.as_secs_f64())
    }

    /// Runs one time slice of the stream.
    pub(super) fn run_slice(&mut self, slice_samples: usize) {
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
