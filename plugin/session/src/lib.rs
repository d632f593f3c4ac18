#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod analysis_context;
pub mod descriptors;
mod feature_monitor;
mod instance;
mod latest_prediction;
mod latest_results;
pub mod levels;
mod offline;
pub mod outputs;
mod pool;
mod publisher;
mod render_modes;
pub mod report;
mod seek_detector;
mod session;
mod settings;
mod settings_source;
mod song_change;
pub mod state;
mod stream_analyzer;
mod tempo_map;
mod timeline;
mod transport;

pub use descriptors::{DescriptorMonitor, LiveDescriptors};
pub use feature_monitor::{FeatureFrames, FeatureMonitor};
pub use instance::{Instance, InstanceSnapshot};
pub use latest_prediction::{LabelValues, LatestPrediction, ModelValue, PitchValue, TempoEstimate};
pub use latest_results::{AnalysisStatus, LatestResults};
pub use levels::{LevelEntry, LevelReading, LevelRequest, OnsetReading};
pub use offline::Mode;
pub use pool::{PoolStream, WorkerPool};
pub use seek_detector::{SeekDetector, TransportJump};
pub use session::{Session, SessionConfig};
pub use settings::SharedSettings;
pub use settings_source::{ModelSelection, SettingsSource};
pub use song_change::{Pause, SONG_ENTRIES, SongChange};
pub use stream_analyzer::{AnalysisEvent, AnalyzerConfig, StreamAnalyzer};
pub use timeline::{TEMPO_ENTRIES, TIMELINE_ENTRIES, TimelineEntry};
pub use transport::{BarBeat, Transport, TransportSnapshot};
