//! Shared state of one instance, for every thread but the audio thread. An instance outlives its sessions and editors.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use earmark_dsp::{LatestReader, Level, SharedTimeline, StreamHandle, StreamReport, TapCounters, TapStats};
use earmark_models::{Registry, TempoEvent};
use parking_lot::Mutex;

use crate::analysis_context::AnalysisContext;
use crate::descriptors::{DESCRIPTOR_ENTRIES, DescriptorMonitor, LiveDescriptors};
use crate::feature_monitor::FeatureMonitor;
use crate::latest_results::LatestResults;
use crate::levels::{LEVEL_ENTRIES, LevelEntry, LevelRequest};
use crate::settings_source::SettingsSource;
use crate::song_change::{SONG_ENTRIES, SongChange};
use crate::state::SharedState;
use crate::stream_analyzer::StreamAnalyzer;
use crate::timeline::{TEMPO_ENTRIES, TIMELINE_ENTRIES, TimelineEntry};
use crate::transport::TransportSnapshot;

/// Maximum number of entries of [`Instance::recent_reports`].
const MAX_RECENT_REPORTS: usize = 16;

/// State of one instance that its host or app, its window and the worker thread share.
pub struct Instance {
    context: Arc<AnalysisContext>,
    /// Latest [`TIMELINE_ENTRIES`] predictions, in order.
    pub timeline: SharedTimeline<TimelineEntry>,
    /// Latest [`DESCRIPTOR_ENTRIES`] descriptors, in order.
    pub descriptors: SharedTimeline<Arc<LiveDescriptors>>,
    /// Latest [`SONG_ENTRIES`] changes of the piece, in order.
    pub songs: SharedTimeline<SongChange>,
    /// Latest [`LEVEL_ENTRIES`] levels and onsets, in order.
    pub levels: SharedTimeline<LevelEntry>,
    /// Latest [`TEMPO_ENTRIES`] live tempi and beats, in order.
    pub tempo: SharedTimeline<TempoEvent>,
    /// Requests a repaint of an open window.
    repaint: Box<dyn Fn() + Send + Sync>,
    /// Announces results that do not change the window to outputs.
    unpainted_results_ready: Box<dyn Fn() + Send + Sync>,
    /// Whether the host renders offline.
    pub(crate) offline: AtomicBool,
    /// Number of the only controller that is sent while a host or synthesizer learns it; 255 for all.
    pub(crate) learn_cc_number: AtomicU8,
    /// Number of offline renders that went on after a wait timed out.
    pub(crate) render_timeouts: AtomicU64,
    session: Mutex<Option<SessionLink>>,
    reports: Mutex<VecDeque<(u64, Result<PathBuf, String>)>>,
    error: Mutex<Option<String>>,
}

/// Handles of the session that an instance is attached to.
pub(crate) struct SessionLink {
    pub(crate) handle: Arc<StreamHandle<StreamAnalyzer>>,
    pub(crate) stats: Arc<TapStats>,
    pub(crate) rate_hz: f64,
    pub(crate) channels: usize,
    pub(crate) ring_s: f64,
    pub(crate) view: LatestReader<LatestResults>,
    pub(crate) transport: LatestReader<TransportSnapshot>,
}

/// State of an instance at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceSnapshot {
    /// Latest results.
    pub view: LatestResults,
    /// Latest transport of the host.
    pub transport: TransportSnapshot,
    /// Counters of the tap.
    pub counters: TapCounters,
    /// Level of the input.
    pub level: Level,
    /// Source time of the next sample in seconds. Ages of results are counted from here.
    pub source_s: f64,
    /// State and counters of the stream.
    pub stream: StreamReport,
    /// Sample rate of the host in Hz.
    pub rate_hz: f64,
    /// Number of channels of the track.
    pub channels: usize,
    /// Whether the host renders offline.
    pub offline: bool,
    /// Number of offline renders that went on after a wait timed out.
    pub render_timeouts: u64,
    /// Computing time per second of source, averaged over about 1 s.
    pub load: f32,
    /// Audio in the ring that is not processed yet, in seconds, 0 to `ring_s`.
    pub waiting_s: f64,
    /// Length of the ring in seconds.
    pub ring_s: f64,
}

impl Instance {
    /// Creates an instance without a session. Loads no model and starts no thread.
    #[must_use]
    pub fn new(settings: Arc<dyn SettingsSource>) -> Self {
        Self::with_repaint(settings, || {})
    }

    /// Creates an instance that calls `repaint` whenever there are new results that change the window. `repaint` runs on the worker thread and
    /// must not block.
    #[must_use]
    pub fn with_repaint(settings: Arc<dyn SettingsSource>, repaint: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            context: Arc::new(AnalysisContext::new(settings)),
            timeline: SharedTimeline::new(TIMELINE_ENTRIES),
            descriptors: SharedTimeline::new(DESCRIPTOR_ENTRIES),
            songs: SharedTimeline::new(SONG_ENTRIES),
            levels: SharedTimeline::new(LEVEL_ENTRIES),
            tempo: SharedTimeline::new(TEMPO_ENTRIES),
            repaint: Box::new(repaint),
            unpainted_results_ready: Box::new(|| {}),
            offline: AtomicBool::new(false),
            learn_cc_number: AtomicU8::new(u8::MAX),
            render_timeouts: AtomicU64::new(0),
            session: Mutex::default(),
            reports: Mutex::default(),
            error: Mutex::default(),
        }
    }

    /// Sets a function that is called when there are new results that do not change the window: levels, onsets, and
    /// predictions of silence after silence. It runs on the worker thread and must not block.
    #[must_use]
    pub fn on_unpainted_results(mut self, unpainted_results_ready: impl Fn() + Send + Sync + 'static) -> Self {
        self.unpainted_results_ready = Box::new(unpainted_results_ready);
        self
    }

    /// Returns the settings of the instance. Real-time safe.
    #[must_use]
    pub fn settings(&self) -> &dyn SettingsSource {
        self.context.settings()
    }

    /// Returns the registry of the models that can be chosen.
    #[must_use]
    pub fn registry(&self) -> &'static Registry {
        self.settings().registry()
    }

    /// Returns the saved state. Locks: not for the audio thread.
    #[must_use]
    pub fn state(&self) -> &SharedState {
        self.settings().state()
    }

    /// Returns the state of the instance at this moment; none without a session. Locks: not for the audio thread.
    #[must_use]
    pub fn snapshot(&self) -> Option<InstanceSnapshot> {
        let mut session = self.session.lock();
        let link = session.as_mut()?;
        let (counters, stream) = (link.stats.counters(), link.handle.report());
        let waiting = counters.pushed.saturating_sub(counters.dropped).saturating_sub(stream.processed.samples);
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
            render_timeouts: self.render_timeouts.load(Ordering::Relaxed),
        })
    }

    /// Returns the monitor of the tag model's feature frames.
    #[must_use]
    pub fn features(&self) -> &FeatureMonitor {
        &self.context.features
    }

    /// Returns the monitor with which a window requests descriptors.
    #[must_use]
    pub fn descriptor_monitor(&self) -> &DescriptorMonitor {
        &self.context.descriptors
    }

    /// Returns the request with which an output obtains levels and onsets, whatever the saved state is.
    #[must_use]
    pub fn level_request(&self) -> &LevelRequest {
        &self.context.levels
    }

    /// Restricts the sent controllers to one (0 to 127), so that a host or synthesizer can learn it; none sends all.
    /// Real-time safe.
    pub fn set_learn_cc(&self, cc: Option<u8>) {
        self.learn_cc_number.store(cc.filter(|&cc| cc < 128).unwrap_or(u8::MAX), Ordering::Relaxed);
    }

    /// Returns the only controller that is sent, if there is one. Real-time safe.
    #[must_use]
    pub fn learn_cc(&self) -> Option<u8> {
        Some(self.learn_cc_number.load(Ordering::Relaxed)).filter(|&cc| cc < 128)
    }

    /// Returns the latest reports of offline renders, oldest first: running number, and path or error message.
    #[must_use]
    pub fn recent_reports(&self) -> Vec<(u64, Result<PathBuf, String>)> {
        self.reports.lock().iter().cloned().collect()
    }

    /// Returns the error of the last activation; none if the analysis started.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.error.lock().clone()
    }

    /// Sets the error of the last activation, for the panel to show; none if the analysis started. Locks: not for the
    /// audio thread.
    pub fn set_error(&self, error: Option<String>) {
        *self.error.lock() = error;
    }

    /// Returns the part of the instance that its analyzer uses.
    pub(crate) fn context(&self) -> &Arc<AnalysisContext> {
        &self.context
    }

    pub(crate) fn repaint(&self) {
        (self.repaint)();
    }

    pub(crate) fn unpainted_results_ready(&self) {
        (self.unpainted_results_ready)();
    }

    pub(crate) fn add_report(&self, outcome: Result<PathBuf, String>) {
        let mut reports = self.reports.lock();
        if reports.len() == MAX_RECENT_REPORTS {
            reports.pop_front();
        }
        let number = reports.back().map_or(0, |&(number, _)| number + 1);
        reports.push_back((number, outcome));
    }

    pub(crate) fn attach(&self, link: SessionLink) {
        // The link before is dropped after the lock is released.
        let _before = self.session.lock().replace(link);
    }

    /// Detaches the session with the stream `handle`. Does nothing if another session is attached.
    pub(crate) fn detach(&self, handle: &Arc<StreamHandle<StreamAnalyzer>>) {
        let _before = self.session.lock().take_if(|link| Arc::ptr_eq(&link.handle, handle));
    }
}
