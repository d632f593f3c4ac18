#![doc = include_str!("../README.md")]
#![deny(missing_debug_implementations)]
#![forbid(unsafe_code)]

mod analyzer;
mod beats;
mod card;
mod derived;
mod engine;
mod error;
mod event_detector;
mod gate;
mod incremental;
mod live_tempo;
mod model;
mod network;
mod note;
pub mod pitch;
mod prediction;
mod registry;
pub mod report;
pub mod smooth;
pub mod tempo;
mod tempo_tracker;
pub mod user_models;
mod zoo;

pub use analyzer::{Analyzer, AnalyzerBuilder, FrameCallback, ParallelAnalyzer, Progress};
pub use card::{Card, CardBuilder, CardError, DecibelScale, Kind, Layout, Normalisation, Origin, OutputRows, family};
pub use engine::{
    Engine, EngineError, InferenceState, OnnxWeights, OutputSpec, PatchStep, engine_from_onnx, engine_with_states,
    state_names, weights_from_onnx,
};
pub use error::ModelError;
pub use event_detector::{DetectedEvent, EventChange, EventDetector, Threshold};
pub use gate::Gate;
pub use incremental::ContextMode;
pub use live_tempo::LiveTempo;
pub use model::{Model, sha256};
pub use network::{Activations, Network};
pub use note::note_name;
pub use prediction::{Prediction, PredictionValue};
pub use registry::Registry;
pub use tempo::{Aggregation, Alternative, GlobalTempo, LocalTempo};
pub use tempo_tracker::{BeatEvent, BeatLine, TempoEvent, TempoPreferences, TempoStatus, TempoTracker, TempoUpdate};
