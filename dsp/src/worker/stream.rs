//! Stream of a worker, and the state shared by the worker and the handle of the stream.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::analyze::Analyze;
use crate::{RingPosition, TapReader};

/// Stream to attach to a worker: the source of samples, the analyzer and the sink of results.
pub struct AnalysisStream<A: Analyze> {
    /// Source of samples and marks.
    pub reader: TapReader,
    /// Analyzer of the samples.
    pub analyzer: A,
    /// Sink of results, called on the worker thread: it publishes to a latest-value channel, adds to a timeline, or
    /// both.
    pub sink: Box<dyn FnMut(A::Output) + Send>,
}

impl<A: Analyze> AnalysisStream<A> {
    /// Creates a stream whose results `sink` takes on the worker thread.
    #[must_use]
    pub fn new(reader: TapReader, analyzer: A, sink: impl FnMut(A::Output) + Send + 'static) -> Self {
        Self { reader, analyzer, sink: Box::new(sink) }
    }

    /// Creates a stream whose results go to a channel of `capacity` results (at least 1), and returns its receiver.
    ///
    /// The worker thread does not wait for the receiver: a result is dropped while the channel is full. The channel ends when
    /// the stream is detached.
    #[must_use]
    pub fn with_channel(reader: TapReader, analyzer: A, capacity: usize) -> (Self, Receiver<A::Output>) {
        let (results, receiver) = sync_channel(capacity.max(1));
        let sink = move |result| {
            let _ = results.try_send(result);
        };
        (Self::new(reader, analyzer, sink), receiver)
    }
}

impl<A: Analyze> fmt::Debug for AnalysisStream<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalysisStream").field("reader", &self.reader).finish_non_exhaustive()
    }
}

/// State of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StreamState {
    /// The stream is analyzed.
    #[default]
    Running,
    /// The end of the stream was processed; a reset or a seek starts another segment.
    Ended,
    /// The analyzer panicked with this message. Samples and marks are discarded until a reset, which resumes analysis.
    Failed(String),
    /// The worker thread ended.
    Stopped,
}

/// Report on a stream: state, position and errors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamReport {
    /// State of the stream.
    pub state: StreamState,
    /// Position in the ring up to which samples and marks were processed.
    pub processed: RingPosition,
    /// Number of errors returned by the analyzer.
    pub errors: u64,
    /// Message of the latest error.
    pub last_error: Option<String>,
}

/// State shared by the worker and the handle.
pub(super) struct Shared {
    active: AtomicBool,
    /// Number of threads that wait for a position.
    awaited: AtomicUsize,
    /// Whether the handle was dropped.
    detached: AtomicBool,
    report: Mutex<StreamReport>,
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(processed: RingPosition) -> Self {
        let report = StreamReport { processed, ..StreamReport::default() };
        Self {
            active: AtomicBool::new(false),
            awaited: AtomicUsize::new(0),
            detached: AtomicBool::new(false),
            report: Mutex::new(report),
            changed: Condvar::new(),
        }
    }

    pub(super) fn set_active(&self, active: bool) {
        self.active.store(active, Ordering::Release);
    }

    pub(super) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    pub(super) fn detach(&self) {
        self.detached.store(true, Ordering::Release);
    }

    pub(super) fn is_detached(&self) -> bool {
        self.detached.load(Ordering::Acquire)
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Acquire) > 0
    }

    pub(super) fn report(&self) -> StreamReport {
        self.report.lock().clone()
    }

    /// Calls `wake`, then blocks until everything up to `position` was processed; false on timeout or if the worker ended
    /// before.
    pub(super) fn wait_for_position(&self, position: RingPosition, timeout: Duration, wake: impl FnOnce()) -> bool {
        self.awaited.fetch_add(1, Ordering::AcqRel);
        wake();
        let waiting =
            |report: &mut StreamReport| !report.processed.has_reached(position) && report.state != StreamState::Stopped;
        let mut report = self.report.lock();
        // The report gives the outcome, both after a change and after a timeout.
        let _ = self.changed.wait_while_for(&mut report, waiting, timeout);
        self.awaited.fetch_sub(1, Ordering::AcqRel);
        report.processed.has_reached(position)
    }

    /// Updates the report and wakes the threads that wait for it.
    pub(super) fn update(&self, change: impl FnOnce(&mut StreamReport)) {
        change(&mut self.report.lock());
        self.changed.notify_all();
    }
}
