//! One live stream without a window: analyzed in the background, published, sent as MIDI and OSC, and reported.
//!
//! ```text
//! audio ─ process ─► Session ── Tap ═══ ring ═══► StreamAnalyzer: an Analyzer as the settings say ─┐ Pool: a few
//!          ▲            │                             │ AnalysisEvent                               │ threads for
//!          │            │                             ▼                                             │ all instances
//!          └── MIDI ◄── latest value ◄────────── Publisher ─► timeline, OSC, report of a render    ─┘
//!                         └─► Instance ─► editor, app, test
//! ```
//!
//! The audio thread has the [`Session`]: it feeds the tap and reads its slot of the latest-value channel. Every other
//! thread uses the [`Instance`]. The worker polls the [`SettingsSource`] and the saved [`State`](state::State), loads
//! models when the first audio comes, and never publishes results of earlier models as those of the present ones. The
//! plugin reads settings from host parameters, an app from its [`SharedSettings`].
//!
//! An app drives one instance like this, with `input` on the thread of its sound card:
//!
//! ```
//! use std::sync::Arc;
//! use earmark_dsp::SampleRate;
//! use earmark_models::Registry;
//! use earmark_session::{Instance, Mode, Pool, Session, SessionConfig, SharedSettings, Transport};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = Arc::new(SharedSettings::new(Registry::global()));
//! settings.set_tags("msd-vgg");
//! settings.set_tempo(None);
//! let instance = Arc::new(Instance::with_repaint(settings.clone(), || { /* context.request_repaint() */ }));
//!
//! // One session per device; for another device, or another rate, drop it and make another.
//! let config = SessionConfig { rate: SampleRate::new(48_000.0)?, channels: 2, most_block: 512 };
//! let mut session = Session::new(&instance, &Pool::shared(), config)?;
//! session.activate(Mode::Realtime);
//! let mut input = |samples: &[f32]| session.process_interleaved(samples, &Transport::default());
//! for _ in 0..10 {
//!     input(&[0.0; 1024]);
//! }
//!
//! // `earmark-editor` draws the panel on `instance`. Without a window: reports and the time line.
//! let snapshot = instance.snapshot().ok_or("expected a session")?;
//! println!("{:?} at {:.1} s, {} dropped", snapshot.view.status, snapshot.source_s, snapshot.counters.dropped);
//! let mut next = 0;
//! instance.timeline.read(|timeline| {
//!     for (_, entry) in timeline.since(next) {
//!         println!("{:?}", entry.prediction);
//!     }
//!     next = timeline.next_seq();
//! });
//!
//! // The stream ends as a file does.
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
pub use pool::{Attached, Pool};
pub use session::{Session, SessionConfig};
pub use settings::SharedSettings;
pub use settings_source::{ModelSelection, SettingsSource};
pub use stream_analyzer::{AnalysisEvent, AnalyzerConfig, StreamAnalyzer};
pub use timeline::{TIMELINE_ENTRIES, TimelineEntry};
pub use transport::{BarBeat, Follower, Transport, TransportSnapshot};
