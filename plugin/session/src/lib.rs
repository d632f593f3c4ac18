#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod analysis_context;
mod feature_monitor;
mod instance;
mod offline;
pub mod outputs;
mod pool;
mod publisher;
mod reading;
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
mod view;

pub use feature_monitor::{FeatureMonitor, Frames};
pub use instance::{Instance, Report};
pub use offline::Mode;
pub use pool::{Attached, Pool};
pub use reading::{LabelValues, ModelValue, PitchValue, Reading, TempoValue};
pub use session::{Session, SessionConfig};
pub use settings::Settings;
pub use settings_source::{Choice, Wishes};
pub use stream_analyzer::{Heard, Setup, StreamAnalyzer};
pub use timeline::{TIMELINE_ENTRIES, TimelineEntry};
pub use transport::{BarBeat, Follower, Transport, TransportSnapshot};
pub use view::{Status, View};
