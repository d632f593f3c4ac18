//! Dispatcher: passes every result of a session to all outputs, on its own thread and in order.
//!
//! The thread reads the session's timeline, so a slow output receives its results later and never delays the worker.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use earmark_dsp::SharedTimeline;
#[cfg(feature = "link")]
use earmark_models::TempoStatus;
use earmark_models::{Prediction, Registry, TempoEvent, TempoUpdate};
use earmark_session::outputs::MidiFrame;
use earmark_session::{AnalysisStatus, Instance, InstanceSnapshot, TempoEstimate};

use crate::automation::Automation;
use crate::json_lines::{self, Line, SessionTotals};
#[cfg(feature = "link")]
use crate::link::LinkPeer;
use crate::midi::{ClockTarget, MidiSender, MidiUpdate};
use crate::rolling_log::RollingLog;
use crate::source_instants::SourceInstants;
#[cfg(feature = "web")]
use crate::topic::KEPT_TOPICS;
#[cfg(feature = "web")]
use crate::web::WebServer;

/// Interval between two polls of the timeline without a wake-up.
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
    /// Web server.
    #[cfg(feature = "web")]
    pub web: Option<WebServer>,
    /// MIDI output.
    pub midi: Option<MidiSender>,
    /// Ableton Link peer.
    #[cfg(feature = "link")]
    pub link: Option<LinkPeer>,
    /// Events, clips and scenes.
    pub automation: Automation,
    /// Whether nothing but the outputs reads the predictions and tempi of the instance: they are taken from its timelines,
    /// so that these do not grow.
    pub takes_results: bool,
}

/// Function that changes the outputs and returns the JSON lines to write.
type Change = Box<dyn FnOnce(&mut Outputs) -> Vec<Line> + Send>;

/// Message to the dispatcher's thread.
enum DispatcherMessage {
    Wake,
    Line(Line),
    Change(Change),
    #[cfg(feature = "web")]
    Web(Option<WebServer>),
    EndSegment,
    End(SessionTotals),
}

/// Handle with which the session's worker thread wakes the dispatcher.
#[derive(Clone)]
pub struct Waker {
    messages: Sender<DispatcherMessage>,
    pending: Arc<AtomicBool>,
}

impl Waker {
    /// Wakes the dispatcher. Any thread; does not block.
    pub fn wake(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            // An error means that the thread has ended.
            let _ = self.messages.send(DispatcherMessage::Wake);
        }
    }
}

/// Counters of a dispatcher.
#[derive(Debug, Default)]
pub struct DispatcherStats {
    /// Number of predictions passed to the outputs.
    pub predictions: AtomicU64,
    /// Number of predictions, descriptors, levels and onsets that left their timeline before the dispatcher read them.
    pub unwritten: AtomicU64,
    /// Number of lines that an output could not accept.
    pub lost: AtomicU64,
    /// Whether standard output is closed.
    pub stdout_closed: AtomicBool,
}

/// Handle of the dispatcher's thread, which runs until [`OutputDispatcher::end`] or until all senders are dropped.
pub struct OutputDispatcher {
    messages: Sender<DispatcherMessage>,
    stats: Arc<DispatcherStats>,
    thread: Option<JoinHandle<()>>,
}

/// Parameters of a dispatcher, created before the session, which needs the waker.
pub struct DispatcherInit {
    waker: Waker,
    messages: Receiver<DispatcherMessage>,
}

impl OutputDispatcher {
    /// Returns the waker for a session, and the parameters of its dispatcher.
    #[must_use]
    pub fn prepare() -> (Waker, DispatcherInit) {
        let (messages, received) = unbounded();
        let waker = Waker { messages, pending: Arc::default() };
        (waker.clone(), DispatcherInit { waker, messages: received })
    }

    /// Starts the dispatcher of a session.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(init: DispatcherInit, instance: &Arc<Instance>, outputs: Outputs) -> io::Result<Self> {
        let DispatcherInit { waker, messages } = init;
        let stats = Arc::new(DispatcherStats::default());
        let mut dispatcher = DispatcherThread {
            registry: instance.registry(),
            instance: Arc::clone(instance),
            outputs,
            next: 0,
            next_descriptors: 0,
            next_levels: 0,
            next_song: 0,
            next_tempo: 0,
            instants: SourceInstants::default(),
            stats: Arc::clone(&stats),
            error_reported: false,
            now_s: 0.0,
            failed: None,
            last_change: (None, Instant::now()),
            idle: true,
            #[cfg(feature = "web")]
            latest: Default::default(),
        };
        let pending = Arc::clone(&waker.pending);
        let thread =
            thread::Builder::new().name("earmark-outputs".into()).spawn(move || dispatcher.run(&messages, &pending))?;
        Ok(Self { messages: waker.messages, stats, thread: Some(thread) })
    }

    /// Returns the counters.
    pub fn stats(&self) -> &Arc<DispatcherStats> {
        &self.stats
    }

    /// Sends a JSON line to all outputs of lines. Any thread; does not block.
    pub fn send_line(&self, line: Line) {
        // The thread runs as long as this handle exists.
        let _ = self.messages.send(DispatcherMessage::Line(line));
    }

    /// Returns a function that sends JSON lines from another thread.
    pub fn line_sender(&self) -> impl Fn(Line) + Send + use<> {
        let messages = self.messages.clone();
        move |line| drop(messages.send(DispatcherMessage::Line(line)))
    }

    /// Changes the outputs on the dispatcher's thread. Does not block.
    pub fn change(&self, change: impl FnOnce(&mut Outputs) + Send + 'static) {
        self.change_and_notify(|outputs| {
            change(outputs);
            Vec::new()
        });
    }

    /// Changes the outputs on the dispatcher's thread and writes the JSON lines that `change` returns. Does not block.
    pub fn change_and_notify(&self, change: impl FnOnce(&mut Outputs) -> Vec<Line> + Send + 'static) {
        let _ = self.messages.send(DispatcherMessage::Change(Box::new(change)));
    }

    /// Replaces the web server. The new one gets the latest line of each kind, so that a page that is served later knows
    /// the input. Does not block.
    #[cfg(feature = "web")]
    pub fn set_web(&self, web: Option<WebServer>) {
        let _ = self.messages.send(DispatcherMessage::Web(web));
    }

    /// Ends open events and scenes. Called when the source stops or changes.
    pub fn end_segment(&self) {
        let _ = self.messages.send(DispatcherMessage::EndSegment);
    }

    /// Writes the remaining results and the totals, and closes all outputs. Blocks.
    pub fn end(mut self, totals: SessionTotals) {
        let _ = self.messages.send(DispatcherMessage::End(totals));
        if let Some(thread) = self.thread.take() {
            // The panic hook has reported a panic on standard error.
            let _ = thread.join();
        }
    }
}

/// State of the dispatcher's thread.
struct DispatcherThread {
    registry: &'static Registry,
    instance: Arc<Instance>,
    outputs: Outputs,
    /// Sequence number of the next entry of the timeline.
    next: u64,
    /// Sequence number of the next descriptors.
    next_descriptors: u64,
    /// Sequence number of the next levels or onset.
    next_levels: u64,
    /// Sequence number of the next change of the piece.
    next_song: u64,
    /// Sequence number of the next live tempo or beat.
    next_tempo: u64,
    /// Instants of source times.
    instants: SourceInstants,
    stats: Arc<DispatcherStats>,
    error_reported: bool,
    /// Last known source time, in seconds.
    now_s: f64,
    /// Error message of the session that was written last, if the session has failed.
    failed: Option<String>,
    /// Source time in seconds, and the instant of its last change.
    last_change: (Option<f64>, Instant),
    /// Whether events and scenes were ended because source time did not advance.
    idle: bool,
    /// Latest line of each topic that a new web client receives.
    #[cfg(feature = "web")]
    latest: [Option<Line>; KEPT_TOPICS],
}

impl DispatcherThread {
    fn run(&mut self, messages: &Receiver<DispatcherMessage>, pending: &AtomicBool) {
        loop {
            self.request_values();
            let message = messages.recv_timeout(POLL_INTERVAL);
            // Reset before the timeline is read: a later result wakes the thread again.
            pending.store(false, Ordering::Release);
            match message {
                Ok(DispatcherMessage::Wake) | Err(RecvTimeoutError::Timeout) => {
                    self.forward_results();
                    self.check_idle();
                }
                Ok(DispatcherMessage::Line(line)) => {
                    self.forward_results();
                    self.write(&line);
                }
                Ok(DispatcherMessage::Change(change)) => {
                    let lines = change(&mut self.outputs);
                    lines.iter().for_each(|line| self.write(line));
                }
                #[cfg(feature = "web")]
                Ok(DispatcherMessage::Web(web)) => {
                    if let Some(web) = &web {
                        for (topic, text) in self.latest.iter().flatten() {
                            // A new server has room for these lines.
                            let _ = web.publish(*topic, text);
                        }
                    }
                    self.outputs.web = web;
                }
                Ok(DispatcherMessage::EndSegment) => self.finish(),
                Ok(DispatcherMessage::End(totals)) => {
                    self.finish();
                    let (predictions, unwritten) =
                        (self.stats.predictions.load(Ordering::Relaxed), self.stats.unwritten.load(Ordering::Relaxed));
                    self.write(&json_lines::end(&SessionTotals { predictions, unwritten, ..totals }));
                    self.outputs = Outputs::default();
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Requests the values that scenes send and that are not computed otherwise.
    fn request_values(&self) {
        self.instance.level_request().set(self.outputs.automation.needs_levels());
        if self.outputs.automation.needs_descriptors() {
            self.instance.descriptor_monitor().poll();
        }
    }

    /// Forwards new results, then ends events and scenes.
    fn finish(&mut self) {
        self.forward_results();
        let lines = self.outputs.automation.finish(self.outputs.midi.as_ref());
        lines.iter().for_each(|line| self.write(line));
        if let Some(midi) = &self.outputs.midi {
            midi.update(MidiUpdate {
                frame: MidiFrame::default(),
                clock: ClockTarget::Stopped,
                solo: self.instance.learn_cc(),
            });
        }
    }

    /// Ends events and scenes when source time does not advance: a paused or finished file, or a lost input.
    fn check_idle(&mut self) {
        let source_s = self.instance.snapshot().map(|snapshot| snapshot.source_s);
        if source_s != self.last_change.0 {
            (self.last_change, self.idle) = ((source_s, Instant::now()), false);
        } else if !self.idle && self.last_change.1.elapsed() > IDLE_TIMEOUT {
            self.idle = true;
            self.finish();
        }
    }

    /// Forwards new entries of the timeline to the outputs.
    fn forward_results(&mut self) {
        let (missed, entries) = new_entries(&self.instance.timeline, &mut self.next, self.outputs.takes_results);
        let predictions = entries.into_iter().map(|entry| entry.prediction).collect();
        self.stats.unwritten.fetch_add(missed, Ordering::Relaxed);
        let snapshot = self.instance.snapshot();
        let failed = snapshot.as_ref().and_then(|snapshot| match &snapshot.view.status {
            AnalysisStatus::Failed(message) => Some(message.clone()),
            AnalysisStatus::Waiting | AnalysisStatus::Listening => None,
        });
        if failed != self.failed {
            if let Some(message) = &failed {
                self.write(&json_lines::failed(message));
            }
            self.failed = failed;
        }
        // After the end of the session there is no snapshot: the last source time is used.
        self.now_s = snapshot.as_ref().map_or(self.now_s, |snapshot| snapshot.source_s);
        self.forward_levels();
        self.forward_songs();
        self.forward_descriptors();
        let has_tempo = self.forward_tempo();
        if let Some(snapshot) = &snapshot {
            self.instants.observe(snapshot.source_s, Instant::now());
        }
        self.forward_predictions(predictions, snapshot.as_ref(), has_tempo);
    }

    /// Forwards predictions to the outputs, and the present values to MIDI after them or a tempo.
    fn forward_predictions(
        &mut self,
        predictions: Vec<Prediction>,
        snapshot: Option<&InstanceSnapshot>,
        has_tempo: bool,
    ) {
        if predictions.is_empty() && !has_tempo {
            return;
        }
        let (now_s, tags) = (self.now_s, snapshot.and_then(|snapshot| snapshot.view.tags.as_ref()));
        let tempo_model = self.instance.settings().selection().tempo;
        for prediction in predictions {
            if let Some(card) = self.registry.card(&prediction.model) {
                let is_added = !self.registry.is_builtin(&card.id);
                // The live tempo of the selected model has lines of its own.
                if tempo_model != Some(&*prediction.model) {
                    self.write(&json_lines::prediction(&prediction, card, is_added, now_s, tags));
                    self.stats.predictions.fetch_add(1, Ordering::Relaxed);
                }
                let Outputs { automation, midi, .. } = &mut self.outputs;
                let lines = automation.process(&prediction, card, self.instance.settings(), midi.as_ref());
                lines.iter().for_each(|line| self.write(line));
            }
        }
        self.update_midi(snapshot);
    }

    /// Sends the present values and the line of the beats to MIDI.
    fn update_midi(&self, snapshot: Option<&InstanceSnapshot>) {
        if let (Some(midi), Some(snapshot)) = (&self.outputs.midi, snapshot) {
            let clock = self.clock_target(snapshot);
            midi.update(MidiUpdate { frame: snapshot.view.midi, clock, solo: self.instance.learn_cc() });
        }
    }

    /// Writes new changes of the piece.
    fn forward_songs(&mut self) {
        let (_, songs) = self.instance.songs.read_new(&mut self.next_song, |song| *song);
        for song in songs {
            self.write(&json_lines::song(&song, self.now_s));
        }
    }

    /// Passes new levels and onsets to the scenes, and writes them if the saved state turns them on.
    fn forward_levels(&mut self) {
        let (missed, entries) = self.instance.levels.read_new(&mut self.next_levels, |entry| *entry);
        if entries.is_empty() {
            return;
        }
        let writes = self.instance.state().get().levels;
        if writes {
            self.stats.unwritten.fetch_add(missed, Ordering::Relaxed);
        }
        for entry in entries {
            let Outputs { automation, midi, .. } = &mut self.outputs;
            automation.process_levels(&entry, midi.as_ref());
            if writes {
                self.write(&json_lines::levels(&entry, self.now_s));
            }
        }
    }

    /// Returns the line that the clock follows: that of a locked or held tempo that may leave the program.
    fn clock_target(&self, snapshot: &InstanceSnapshot) -> ClockTarget {
        let min_confidence = self.instance.state().get().tempo.min_confidence;
        let tempo = snapshot.view.tempo.as_ref().filter(|tempo| !tempo.stale).map(|tempo| &tempo.value);
        let Some(tempo) = tempo.filter(|tempo| tempo.status.is_held()) else { return ClockTarget::Lost };
        let Some(bpm) = tempo.outgoing_bpm(min_confidence) else { return ClockTarget::Lost };
        // A tempo without beats, given by the performer, has any phase.
        let (bpm, beat_s) = tempo.beats.map_or((f64::from(bpm), snapshot.source_s), |beats| (beats.bpm, beats.beat_s));
        self.instants.at(beat_s).map_or(ClockTarget::Lost, |beat_at| ClockTarget::Beats { bpm, beat_at })
    }

    /// Forwards new live tempi to the outputs. Returns whether there are any.
    fn forward_tempo(&mut self) -> bool {
        let (missed, events) = new_entries(&self.instance.tempo, &mut self.next_tempo, self.outputs.takes_results);
        self.stats.unwritten.fetch_add(missed, Ordering::Relaxed);
        let has_tempo = !events.is_empty();
        for event in events {
            if let TempoEvent::Tempo(update) = event {
                self.write(&json_lines::tempo(&update, self.now_s));
                self.stats.predictions.fetch_add(1, Ordering::Relaxed);
                self.send_tempo(&update);
            }
        }
        has_tempo
    }

    /// Passes a live tempo that may leave the program to Link and to the scenes.
    fn send_tempo(&mut self, update: &TempoUpdate) {
        let min_confidence = self.instance.state().get().tempo.min_confidence;
        let bpm = TempoEstimate::from(update).outgoing_bpm(min_confidence);
        #[cfg(feature = "link")]
        if let Some(link) = &mut self.outputs.link
            && update.status == TempoStatus::Locked
            && bpm.is_some()
        {
            let beat_at = update.beats.and_then(|beats| self.instants.at(beats.beat_s));
            link.update(update.beats.map(|beats| beats.bpm).or(bpm.map(f64::from)), beat_at);
        }
        let Outputs { automation, midi, .. } = &mut self.outputs;
        automation.set_tempo(update.generation, bpm, update.end_s, midi.as_ref());
    }

    /// Passes new descriptors to the scenes, and writes them if the saved state turns them on.
    fn forward_descriptors(&mut self) {
        let (missed, entries) = self.instance.descriptors.read_new(&mut self.next_descriptors, Arc::clone);
        if entries.is_empty() {
            return;
        }
        let writes = self.instance.state().get().descriptors;
        if writes {
            self.stats.unwritten.fetch_add(missed, Ordering::Relaxed);
        }
        for descriptors in entries {
            let Outputs { automation, midi, .. } = &mut self.outputs;
            automation.process_descriptors(&descriptors, midi.as_ref());
            if writes {
                self.write(&json_lines::descriptors(&descriptors, self.now_s));
            }
        }
    }

    /// Writes a JSON line to all outputs of lines.
    fn write(&mut self, line: &Line) {
        let text = &line.1;
        let lost = &self.stats.lost;
        if self.outputs.lines {
            let mut out = io::stdout().lock();
            let written = out.write_all(format!("{text}\n").as_bytes()).and_then(|()| out.flush());
            if written.is_err() {
                self.outputs.lines = false;
                self.stats.stdout_closed.store(true, Ordering::Release);
            }
        }
        if let Some(log) = &mut self.outputs.log
            && let Err(error) = log.write(text)
        {
            lost.fetch_add(1, Ordering::Relaxed);
            if !std::mem::replace(&mut self.error_reported, true) {
                eprintln!("earmark: cannot write the log: {error}");
            }
        }
        #[cfg(feature = "web")]
        if let Some(latest) = self.latest.get_mut(line.0 as usize) {
            *latest = Some(line.clone());
        }
        #[cfg(feature = "web")]
        if let Some(web) = &self.outputs.web {
            let accepted = web.publish(line.0, text);
            lost.fetch_add(u64::from(!accepted), Ordering::Relaxed);
        }
    }
}

/// Returns the number of entries that a reader at `next` missed and the newer ones, and moves it to the end. With `takes`
/// they leave the timeline.
fn new_entries<T: Clone>(timeline: &SharedTimeline<T>, next: &mut u64, takes: bool) -> (u64, Vec<T>) {
    if takes { timeline.take_new(next) } else { timeline.read_new(next, Clone::clone) }
}
