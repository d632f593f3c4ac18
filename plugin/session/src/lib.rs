//! Headless session on one audio stream: background analysis, latest results, MIDI, OSC and reports.
//!
//! ```text
//! audio ─ process ─► Session ── Tap ═══ ring ═══► StreamAnalyzer (Analyzer and settings)         ─┐ worker pool:
//!          ▲            │                             │ predictions, discontinuities, takes          │ a few threads
//!          │            │                             ▼                                              │ for all
//!          └── MIDI ◄── latest results ◄──────── Publisher ─► time line, OSC, report of a render    ─┘ instances
//!                         └─► Instance ─► editor, app, test
//! ```
//!
//! The audio thread owns the [`Session`], which feeds the tap and reads the latest results. Every other thread uses the
//! [`Instance`]. The worker thread polls the [`SettingsSource`] and the saved [`State`](state::State), loads models
//! when the first audio arrives, and marks results with the models that made them. The plugin implements
//! [`SettingsSource`] on host parameters; an app uses [`SharedSettings`].
//!
//! An app drives one instance as follows, with `input` on the thread of its sound card:
//!
//! ```
//! use std::sync::Arc;
//! use earmark_dsp::SampleRate;
//! use earmark_models::Registry;
//! use earmark_session::{Instance, Mode, WorkerPool, Session, SessionConfig, SharedSettings, Transport};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = Arc::new(SharedSettings::new(Registry::global()));
//! settings.set_tags("msd-vgg");
//! settings.set_tempo(None);
//! let instance = Arc::new(Instance::with_repaint(settings.clone(), || { /* context.request_repaint() */ }));
//!
//! // One session per device. For another device or another rate, drop the session and create a new one.
//! let config = SessionConfig { rate: SampleRate::new(48_000.0)?, channels: 2, max_block: 512 };
//! let mut session = Session::new(&instance, &WorkerPool::shared(), config)?;
//! session.activate(Mode::Realtime);
//! let mut input = |samples: &[f32]| session.process_interleaved(samples, &Transport::default());
//! for _ in 0..10 {
//!     input(&[0.0; 1024]);
//! }
//!
//! // `earmark-editor` draws the panel on `instance`. Without a window, read reports and the time line.
//! let report = instance.snapshot().ok_or("expected a session")?;
//! println!("{:?} at {:.1} s, {} dropped", report.view.status, report.source_s, report.counters.dropped);
//! let mut next = 0;
//! instance.timeline.read(|timeline| {
//!     for (_, entry) in timeline.since(next) {
//!         println!("{:?}", entry.prediction);
//!     }
//!     next = timeline.next_seq();
//! });
//!
//! // Ends the stream: the last patches are flushed as at the end of a file.
//! session.deactivate();
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod analysis_context;
mod feature_monitor;
mod instance;
mod latest_prediction;
mod latest_results;
mod offline;
pub mod outputs;
mod pool;
mod publisher;
mod render_modes;
pub mod report;
mod session;
mod settings;
mod settings_source;
pub mod state;
mod stream_analyzer;
mod tempo_map;
mod timeline;
mod transport;

pub use feature_monitor::{FeatureFrames, FeatureMonitor};
pub use instance::{Instance, InstanceSnapshot};
pub use latest_prediction::{LabelValues, LatestPrediction, ModelValue, PitchValue, TempoEstimate};
pub use latest_results::{AnalysisStatus, LatestResults};
pub use offline::Mode;
pub use pool::{PoolStream, WorkerPool};
pub use session::{Session, SessionConfig};
pub use settings::SharedSettings;
pub use settings_source::{ModelSelection, SettingsSource};
pub use stream_analyzer::{AnalysisEvent, AnalyzerConfig, StreamAnalyzer};
pub use timeline::{TIMELINE_ENTRIES, TimelineEntry};
pub use transport::{BarBeat, SeekDetector, Transport, TransportSnapshot};
