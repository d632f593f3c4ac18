//! Dispatcher: passes every result of a session to all outputs, on a thread of its own, in order and without loss.
//!
//! The thread follows the session's timeline, so an output that is slow for a while gets its results later, and none delays
//! the worker.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use earmark_dsp::Timeline;
#[cfg(feature = "link")]
use earmark_models::PredictionValue;
use earmark_models::Registry;
use earmark_session::outputs::MidiFrame;
use earmark_session::{AnalysisStatus, Instance, TimelineEntry};

use crate::automation::Automation;
use crate::json_lines::{self, Line, SessionTotals};
#[cfg(feature = "link")]
use crate::link::LinkPeer;
use crate::midi::{MidiSender, MidiUpdate};
use crate::rolling_log::RollingLog;
use crate::web::WebServer;

/// Time between two polls of the timeline without a wake-up.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// If source time does not advance for this long, open events and scenes are ended.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3);

/// Outputs of a session.
#[derive(Default)]
pub struct Outputs {
    /// Whether JSON lines go to standard output.
    pub lines: bool,
    /// Rolling log of JSON lines.
    pub log: Option<RollingLog>,
    /// Page for browsers.
    pub web: Option<WebServer>,
    /// MIDI.
    pub midi: Option<MidiSender>,
    /// Ableton Link.
    #[cfg(feature = "link")]
    pub link: Option<LinkPeer>,
    /// Events, clips and scenes.
    pub automation: Automation,
}

/// Changes the outputs; returns the lines that are to be written.
type Change = Box<dyn FnOnce(&mut Outputs) -> Vec<Line> + Send>;

/// Message to the thread.
enum DispatcherMessage {
    Wake,
    Line(Line),
    Change(Change),
    EndSegment,
    End(SessionTotals),
}

/// Handle that wakes the dispatcher: the session calls it on the worker thread.
#[derive(Clone)]
pub struct Waker {
    messages: Sender<DispatcherMessage>,
    pending: Arc<AtomicBool>,
}

impl Waker {
    /// Wakes the dispatcher. Does not block.
    pub fn wake(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            // Without a thread there is nothing to wake.
            let _ = self.messages.send(DispatcherMessage::Wake);
        }
    }
}

/// Counters of a dispatcher.
#[derive(Debug, Default)]
pub struct DispatcherStats {
    /// Number of predictions that were passed on.
    pub predictions: AtomicU64,
    /// Number of predictions that were dropped from the timeline before they were passed on.
    pub missed: AtomicU64,
    /// Number of lines that an output did not take.
    pub lost: AtomicU64,
    /// Whether standard output is closed.
    pub stdout_closed: AtomicBool,
}

/// Dispatcher: the thread runs until [`OutputDispatcher::end`] or until this is dropped.
pub struct OutputDispatcher {
    messages: Sender<DispatcherMessage>,
    stats: Arc<DispatcherStats>,
    thread: Option<JoinHandle<()>>,
}

/// Parameters of a dispatcher: the waker is needed before there is a session to follow.
pub struct DispatcherInit {
    waker: Waker,
    messages: Receiver<DispatcherMessage>,
}

impl OutputDispatcher {
    /// Returns the waker for a session, and the parameters of the dispatcher.
    #[must_use]
    pub fn prepare() -> (Waker, DispatcherInit) {
        let (messages, received) = unbounded();
        let waker = Waker { messages, pending: Arc::default() };
        (waker.clone(), DispatcherInit { waker, messages: received })
    }

    /// Starts to pass on the results of a session.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(init: DispatcherInit, instance: &Arc<Instance>, outputs: Outputs) -> io::Result<Self> {
        let DispatcherInit { waker, messages } = init;
        let stats = Arc::new(DispatcherStats::default());
        let mut dispatcher = DispatcherThread {
            registry: instance.registry(),
            instance: Arc::clone(instance),
            outputs,
            next: 0,
            stats: Arc::clone(&stats),
            error_reported: false,
            now_s: 0.0,
            failed: None,
            moved: (None, Instant::now()),
            idle: true,
        };
        let pending = Arc::clone(&waker.pending);
        let thread =
            thread::Builder::new().name("earmark-outputs".into()).spawn(move || dispatcher.run(&messages, &pending))?;
        Ok(Self { messages: waker.messages, stats, thread: Some(thread) })
    }

    /// Counters.
    pub fn stats(&self) -> &Arc<DispatcherStats> {
        &self.stats
    }

    /// Writes a line that is no prediction.
    pub fn send_line(&self, line: Line) {
        // The thread ends only with this.
        let _ = self.messages.send(DispatcherMessage::Line(line));
    }

    /// Returns a sender of lines for another thread.
    pub fn line_sender(&self) -> impl Fn(Line) + Send + use<> {
        let messages = self.messages.clone();
        move |line| drop(messages.send(DispatcherMessage::Line(line)))
    }

    /// Changes the outputs.
    pub fn change(&self, change: impl FnOnce(&mut Outputs) + Send + 'static) {
        self.change_and_notify(|outputs| {
            change(outputs);
            Vec::new()
        });
    }

    /// Changes the outputs, and writes the lines that `change` returns.
    pub fn change_and_notify(&self, change: impl FnOnce(&mut Outputs) -> Vec<Line> + Send + 'static) {
        let _ = self.messages.send(DispatcherMessage::Change(Box::new(change)));
    }

    /// Ends open events and scenes: the source has stopped or changes.
    pub fn end_segment(&self) {
        let _ = self.messages.send(DispatcherMessage::EndSegment);
    }

    /// Writes the remaining results and the totals, and closes all outputs. Blocks.
    pub fn end(mut self, totals: SessionTotals) {
        let _ = self.messages.send(DispatcherMessage::End(totals));
        if let Some(thread) = self.thread.take() {
            // A panic has been reported on standard error.
            let _ = thread.join();
        }
    }
}

/// State of the thread.
struct DispatcherThread {
    registry: &'static Registry,
    instance: Arc<Instance>,
    outputs: Outputs,
    /// Sequence number of the next entry of the timeline.
    next: u64,
    stats: Arc<DispatcherStats>,
    error_reported: bool,
    /// Last known source time, in seconds.
    now_s: f64,
    /// Message of the failure of the session, if it was written.
    failed: Option<String>,
    /// Source time at its last change, and the time of that change.
    moved: (Option<f64>, Instant),
    /// Whether events and scenes were ended because source time stood still.
    idle: bool,
}

impl DispatcherThread {
    fn run(&mut self, messages: &Receiver<DispatcherMessage>, pending: &AtomicBool) {
        loop {
            let message = messages.recv_timeout(POLL_INTERVAL);
            // Before the timeline is read: a later result wakes the thread again.
            pending.store(false, Ordering::Release);
            match message {
                Ok(DispatcherMessage::Wake) | Err(RecvTimeoutError::Timeout) => {
                    self.follow();
                    self.check_idle();
                }
                Ok(DispatcherMessage::Line(line)) => {
                    self.follow();
                    self.write(&line);
                }
                Ok(DispatcherMessage::Change(change)) => {
                    let lines = change(&mut self.outputs);
                    lines.iter().for_each(|line| self.write(line));
                }
                Ok(DispatcherMessage::EndSegment) => self.finish(),
                Ok(DispatcherMessage::End(totals)) => {
                    self.finish();
                    let (predictions, missed) =
                        (self.stats.predictions.load(Ordering::Relaxed), self.stats.missed.load(Ordering::Relaxed));
                    self.write(&json_lines::end(&SessionTotals { predictions, missed, ..totals }));
                    self.outputs = Outputs::default();
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Passes on new results, then ends events and scenes.
    fn finish(&mut self) {
        self.follow();
        let lines = self.outputs.automation.finish(self.outputs.midi.as_ref());
        lines.iter().for_each(|line| self.write(line));
        if let Some(midi) = &self.outputs.midi {
            midi.update(MidiUpdate { frame: MidiFrame::default(), bpm: None, solo: self.instance.solo() });
        }
    }

    /// Ends events and scenes when source time stands still: a file that is paused or has ended, an input that is lost.
    fn check_idle(&mut self) {
        let source_s = self.instance.snapshot().map(|report| report.source_s);
        if source_s != self.moved.0 {
            (self.moved, self.idle) = ((source_s, Instant::now()), false);
        } else if !self.idle && self.moved.1.elapsed() > IDLE_TIMEOUT {
            self.idle = true;
            self.finish();
        }
    }

    /// Passes on the new entries of the timeline.
    fn follow(&mut self) {
        let copy = |timeline: &Timeline<TimelineEntry>| -> Vec<_> {
            timeline.since(self.next).map(|(seq, entry)| (seq, entry.prediction.clone())).collect()
        };
        let entries = self.instance.timeline.read(copy);
        let report = self.instance.snapshot();
        let failed = report.as_ref().and_then(|report| match &report.view.status {
            AnalysisStatus::Failed(words) => Some(words.clone()),
            AnalysisStatus::Waiting | AnalysisStatus::Listening => None,
        });
        if failed != self.failed {
            if let Some(words) = &failed {
                self.write(&json_lines::failed(words));
            }
            self.failed = failed;
        }
        let Some((first, _)) = entries.first() else { return };
        self.stats.missed.fetch_add(first - self.next, Ordering::Relaxed);
        // At the end there is no report any more.
        self.now_s = report.as_ref().map_or(self.now_s, |report| report.source_s);
        let (now_s, tags) = (self.now_s, report.as_ref().and_then(|report| report.view.tags.as_ref()));
        for (seq, prediction) in entries {
            self.next = seq + 1;
            if let Some(card) = self.registry.card(&prediction.model) {
                let is_added = !self.registry.ships(&card.id);
                self.write(&json_lines::prediction(&prediction, card, is_added, now_s, tags));
                self.stats.predictions.fetch_add(1, Ordering::Relaxed);
                #[cfg(feature = "link")]
                if let (Some(link), PredictionValue::Tempo { local, .. }) =
                    (&mut self.outputs.link, &prediction.outcome)
                    && self.instance.settings().selection().tempo == Some(&*prediction.model)
                {
                    link.follow(Some(local.bpm));
                }
                let Outputs { automation, midi, .. } = &mut self.outputs;
                let lines = automation.take(&prediction, card, self.instance.settings(), midi.as_ref());
                lines.iter().for_each(|line| self.write(line));
            }
        }
        if let (Some(midi), Some(report)) = (&self.outputs.midi, &report) {
            let bpm = report.view.tempo.as_ref().and_then(|tempo| tempo.value.bpm);
            midi.update(MidiUpdate { frame: report.view.midi, bpm, solo: self.instance.solo() });
        }
    }

    /// Writes a line to all outputs of lines.
    fn write(&mut self, (topic, line): &Line) {
        let lost = |taken: bool, stats: &DispatcherStats| stats.lost.fetch_add(u64::from(!taken), Ordering::Relaxed);
        if self.outputs.lines {
            let mut out = io::stdout().lock();
            let written = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
            if written.is_err() {
                self.outputs.lines = false;
                self.stats.stdout_closed.store(true, Ordering::Release);
            }
        }
        if let Some(log) = &mut self.outputs.log
            && let Err(error) = log.write(line)
        {
            lost(false, &self.stats);
            if !std::mem::replace(&mut self.error_reported, true) {
                eprintln!("earmark: the log cannot be written: {error}");
            }
        }
        if let Some(web) = &self.outputs.web {
            lost(web.publish(*topic, line), &self.stats);
        }
    }
}
