#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod analyzer;
mod card;
mod columns;
mod engine;
mod error;
mod event_detector;
pub mod folder;
mod gate;
mod model;
mod network;
mod note;
pub mod pitch;
mod prediction;
mod registry;
pub mod report;
pub mod smooth;
pub mod tempo;
mod zoo;

pub use analyzer::{Analyzer, AnalyzerBuilder, Progress, Watch};
pub use card::{Card, Kind, Layout, Normalisation, Origin, family};
pub use columns::Borders;
pub use engine::{Advance, Engine, EngineError, Hearing, Outlet, engine_from_onnx};
pub use error::ModelError;
pub use event_detector::{DetectedEvent, EventChange, EventDetector, Threshold};
pub use gate::Gate;
pub use model::{Model, sha256};
pub use network::{Activations, Network};
pub use note::note_name;
pub use prediction::{Outcome, Prediction};
pub use registry::Registry;
pub use tempo::{Aggregation, Alternative, GlobalTempo, LocalTempo};
