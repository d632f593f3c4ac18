//! Live session: source, analysis, recorder and outputs. Used by the window and by `earmark listen`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use earmark_capture::decode::DecodeError;
use earmark_capture::input::{InputRequest, InputState, InputStats, InputStatus, InputSupervisor};
use earmark_capture::player::{PlaybackMonitor, Player, Speed};
use earmark_capture::recorder::{RecordError, Recorder};
use earmark_outputs::dispatcher::{OutputDispatcher, Outputs};
use earmark_outputs::json_lines::{self, Line, SessionTotals};
use earmark_session::{Instance, InstanceSnapshot, SettingsSource, SharedSettings};

use crate::session_sink::sink_factory;

/// Source of the audio.
pub(crate) enum Source {
    /// No source.
    None,
    /// Audio input.
    Input(InputSupervisor),
    /// Playing file.
    File(Player),
}

/// Live session: source, analysis, recorder and outputs.
pub(crate) struct LiveSession {
    /// Settings of the analysis.
    #[cfg(feature = "window")]
    pub(crate) settings: Arc<SharedSettings>,
    /// Results of the analysis.
    pub(crate) instance: Arc<Instance>,
    /// Recorder.
    pub(crate) recorder: Recorder,
    /// Settings and counters of the input.
    pub(crate) input_stats: Arc<InputStats>,
    /// Outputs.
    pub(crate) dispatcher: OutputDispatcher,
    source: Source,
}

impl LiveSession {
    /// Creates a session without a source. `repaint` is called on the worker thread when new results are available.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn new(
        settings: Arc<SharedSettings>,
        gain_db: f32,
        outputs: Outputs,
        repaint: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (waker, init) = OutputDispatcher::prepare();
        let levels_waker = waker.clone();
        let instance = Instance::with_repaint(settings.clone(), move || {
            waker.wake();
            repaint();
        });
        let instance = Arc::new(instance.on_unpainted_results(move || levels_waker.wake()));
        let dispatcher = OutputDispatcher::start(init, &instance, outputs)?;
        Ok(Self {
            #[cfg(feature = "window")]
            settings,
            instance,
            recorder: Recorder::new(0.0),
            input_stats: Arc::new(InputStats::new(gain_db)),
            dispatcher,
            source: Source::None,
        })
    }

    /// Returns the current source.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Makes an input the source. `notify` is called whenever the state of the input changes.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn open_input(
        &mut self,
        request: InputRequest,
        notify: impl Fn(&InputStatus) + Send + 'static,
    ) -> io::Result<()> {
        self.stop();
        let send_line = self.dispatcher.line_sender();
        let notify = move |status: &InputStatus| {
            input_line(status).into_iter().for_each(&send_line);
            notify(status);
        };
        let sinks = sink_factory(&self.instance, &self.recorder);
        let supervisor = InputSupervisor::start(request, Arc::clone(&self.input_stats), sinks, Box::new(notify))?;
        self.source = Source::Input(supervisor);
        Ok(())
    }

    /// Makes a file the source and plays it, also into `monitor`.
    ///
    /// # Errors
    /// If the file cannot be decoded.
    pub(crate) fn play(
        &mut self,
        path: &Path,
        speed: Speed,
        monitor: Option<Box<dyn PlaybackMonitor>>,
    ) -> Result<(), DecodeError> {
        self.stop();
        let player = Player::start(path, speed, sink_factory(&self.instance, &self.recorder), monitor)?;
        self.dispatcher.send_line(json_lines::running(&path.display().to_string(), player.spec()));
        self.source = Source::File(player);
        Ok(())
    }

    /// Stops the source after all captured audio is analyzed. Blocks.
    pub(crate) fn stop(&mut self) {
        // Dropping the source stops it.
        if !matches!(std::mem::replace(&mut self.source, Source::None), Source::None) {
            self.dispatcher.end_segment();
        }
    }

    /// Stops the source, finishes the recording, and writes the totals of the `last` snapshot. Blocks.
    ///
    /// # Errors
    /// If the recording cannot be finished.
    pub(crate) fn end(mut self, last: Option<&InstanceSnapshot>) -> Result<(), RecordError> {
        let starts = match &self.source {
            Source::Input(supervisor) => supervisor.status().starts,
            Source::File(_) => 1,
            Source::None => 0,
        };
        self.stop();
        let finished = self.recorder.stop();
        let counters = last.map(|snapshot| snapshot.counters).unwrap_or_default();
        self.dispatcher.end(SessionTotals {
            source_s: last.map_or(0.0, |snapshot| snapshot.source_s),
            dropped: counters.dropped,
            gaps: counters.gaps,
            sanitized: counters.sanitized,
            skipped: last.map_or(0, |snapshot| snapshot.view.skipped),
            errors: self.input_stats.errors(),
            overruns: self.input_stats.overruns(),
            starts,
            ..SessionTotals::default()
        });
        finished
    }

    /// Whether standard output is closed.
    pub(crate) fn stdout_closed(&self) -> bool {
        self.dispatcher.stats().stdout_closed.load(Relaxed)
    }
}

/// Returns the labels of the chosen models, which MIDI mappings, scenes and thresholds can refer to.
pub(crate) fn labels(settings: &SharedSettings) -> Vec<String> {
    let (tags, added) = (settings.selection().tags, settings.state().added());
    let ids = std::iter::once(tags).chain(added.iter().map(|id| &**id));
    let cards = ids.filter_map(|id| settings.registry().card(id));
    let mut labels: Vec<String> = Vec::new();
    for label in cards.flat_map(|card| &card.labels) {
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    labels
}

/// Returns the JSON line about the state of an input.
fn input_line(status: &InputStatus) -> Option<Line> {
    match &status.state {
        InputState::Running { device, spec } => Some(json_lines::running(device, *spec)),
        InputState::Waiting(error) => Some(json_lines::waiting(&error.to_string(), error.hint())),
        InputState::Opening | InputState::Stopped => None,
    }
}
