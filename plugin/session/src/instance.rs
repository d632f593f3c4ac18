//! One instance, as everybody but the audio thread knows it. It outlives sessions and editors.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use earmark_dsp::{LatestReader, Level, SharedTimeline, StreamHandle, StreamReport, TapCounters, TapStats};
use earmark_models::Registry;
use parking_lot::Mutex;

use crate::analysis_context::AnalysisContext;
use crate::feature_monitor::FeatureMonitor;
use crate::latest_results::LatestResults;
use crate::settings_source::SettingsSource;
use crate::state::StateCell;
use crate::stream_analyzer::StreamAnalyzer;
use crate::timeline::{TIMELINE_ENTRIES, TimelineEntry};
use crate::transport::TransportSnapshot;

/// How many written reports are remembered.
const WRITTEN: usize = 16;

/// What host or app, window and worker share of one instance.
pub struct Instance {
    context: Arc<AnalysisContext>,
    /// Every prediction, in order.
    pub timeline: SharedTimeline<TimelineEntry>,
    /// Tells an open window that there is something new.
    repaint: Box<dyn Fn() + Send + Sync>,
    /// Whether the host renders offline.
    pub(crate) offline: AtomicBool,
    /// The only controller that is sent, so that a host or synthesiser can learn it; 255 for all.
    pub(crate) solo_cc: AtomicU8,
    /// How often an offline render did not wait any longer.
    pub(crate) given_up: AtomicU64,
    session: Mutex<Option<SessionLink>>,
    written: Mutex<VecDeque<(u64, Result<PathBuf, String>)>>,
    trouble: Mutex<Option<String>>,
}

/// Connection of an instance to its session.
pub(crate) struct SessionLink {
    pub(crate) handle: Arc<StreamHandle<StreamAnalyzer>>,
    pub(crate) stats: Arc<TapStats>,
    pub(crate) rate_hz: f64,
    pub(crate) channels: usize,
    pub(crate) ring_s: f64,
    pub(crate) view: LatestReader<LatestResults>,
    pub(crate) transport: LatestReader<TransportSnapshot>,
}

/// Snapshot of the state of an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceSnapshot {
    /// What is shown.
    pub view: LatestResults,
    /// Latest transport of the host.
    pub transport: TransportSnapshot,
    /// What the tap did.
    pub counters: TapCounters,
    /// How loud the input is.
    pub level: Level,
    /// Source time of the next sample, in seconds: what ages are reckoned from.
    pub source_s: f64,
    /// How the stream is.
    pub stream: StreamReport,
    /// The host's rate, in Hz.
    pub rate_hz: f64,
    /// Channels of the track.
    pub channels: usize,
    /// Whether the host renders offline.
    pub offline: bool,
    /// How often an offline render did not wait any longer.
    pub given_up: u64,
    /// Time that the analysis takes, as a share of the time that what it hears takes, over about a second.
    pub load: f32,
    /// Audio that waits to be heard, in seconds ...
    pub waiting_s: f64,
    /// ... of at most so many.
    pub ring_s: f64,
}

impl Instance {
    /// An instance without a session. Loads nothing and starts nothing.
    #[must_use]
    pub fn new(settings: Arc<dyn SettingsSource>) -> Self {
        Self::with_repaint(settings, || {})
    }

    /// The same, with what is to be called whenever there is something new to show: on the worker's thread, so it must
    /// not wait.
    #[must_use]
    pub fn with_repaint(settings: Arc<dyn SettingsSource>, repaint: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            context: Arc::new(AnalysisContext::new(settings)),
            timeline: SharedTimeline::new(TIMELINE_ENTRIES),
            repaint: Box::new(repaint),
            offline: AtomicBool::new(false),
            solo_cc: AtomicU8::new(u8::MAX),
            given_up: AtomicU64::new(0),
            session: Mutex::default(),
            written: Mutex::default(),
            trouble: Mutex::default(),
        }
    }

    /// Returns the settings of the instance. Real-time safe.
    #[must_use]
    pub fn settings(&self) -> &dyn SettingsSource {
        self.context.settings()
    }

    /// Returns the models that can be chosen.
    #[must_use]
    pub fn registry(&self) -> &'static Registry {
        self.settings().registry()
    }

    /// The choices that are saved as one object. Never for the audio thread.
    #[must_use]
    pub fn state(&self) -> &StateCell {
        self.settings().state()
    }

    /// How it is; none before the first activation. For a window, never for the audio thread.
    #[must_use]
    pub fn snapshot(&self) -> Option<InstanceSnapshot> {
        let mut session = self.session.lock();
        let link = session.as_mut()?;
        let (counters, stream) = (link.stats.counters(), link.handle.report());
        let waiting = counters.pushed.saturating_sub(counters.dropped).saturating_sub(stream.heard.samples);
        Some(InstanceSnapshot {
            load: self.context.load(),
            waiting_s: waiting as f64 / link.rate_hz,
            ring_s: link.ring_s,
            view: link.view.latest().clone(),
            transport: *link.transport.latest(),
            counters,
            level: link.stats.level(),
            source_s: link.stats.source_s(),
            stream,
            rate_hz: link.rate_hz,
            channels: link.channels,
            offline: self.offline.load(Ordering::Acquire),
            given_up: self.given_up.load(Ordering::Relaxed),
        })
    }

    /// Returns the latest frames that the tag model takes; they are kept while a reader asks for them.
    #[must_use]
    pub fn features(&self) -> &FeatureMonitor {
        &self.context.features
    }

    /// Sends one controller alone (0 to 127), so that a host or synthesiser can learn it; none sends all again.
    pub fn solo_cc(&self, cc: Option<u8>) {
        self.solo_cc.store(cc.filter(|&cc| cc < 128).unwrap_or(u8::MAX), Ordering::Relaxed);
    }

    /// The only controller that is sent, if there is one. For whoever sends MIDI without a session.
    #[must_use]
    pub fn solo(&self) -> Option<u8> {
        Some(self.solo_cc.load(Ordering::Relaxed)).filter(|&cc| cc < 128)
    }

    /// The reports written lately, oldest first: the how manieth it was, and where it is or why not.
    #[must_use]
    pub fn written(&self) -> Vec<(u64, Result<PathBuf, String>)> {
        self.written.lock().iter().cloned().collect()
    }

    /// Why there is no analysis at all since the last activation, in words; none if there is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }

    /// Says why there is no analysis, for the panel to show; none when there is one. Not for the audio thread.
    pub fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock() = trouble;
    }

    /// Returns the part of the instance that its analyzer uses.
    pub(crate) fn context(&self) -> &Arc<AnalysisContext> {
        &self.context
    }

    pub(crate) fn repaint(&self) {
        (self.repaint)();
    }

    pub(crate) fn add_written(&self, outcome: Result<PathBuf, String>) {
        let mut written = self.written.lock();
        if written.len() == WRITTEN {
            written.pop_front();
        }
        let number = written.back().map_or(0, |&(number, _)| number + 1);
        written.push_back((number, outcome));
    }

    pub(crate) fn link(&self, link: SessionLink) {
        // What was there before is dropped outside of the lock.
        let _before = self.session.lock().replace(link);
    }

    /// The session with that stream is gone; if another has come since, that one stays.
    pub(crate) fn unlink(&self, handle: &Arc<StreamHandle<StreamAnalyzer>>) {
        let _before = self.session.lock().take_if(|link| Arc::ptr_eq(&link.handle, handle));
    }
}
