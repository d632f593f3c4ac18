//! The hearing half of Earmark: networks and what their answers mean.
//!
//! ```text
//! samples ─► Analyzer ─┬─ FeatureStream (one per front-end) ─ patches ─┬─ Gate ─ Network ─ tags ─┐
//!                      └─ ...                                          └─ Gate ─ Network ─ tempo ─┴─► Prediction
//! ```
//!
//! A [`Model`] is an inference engine with a [`Card`] that says what goes in and what comes out. The [`Registry`] holds
//! those that ship and those that were added, and loads each once per process. An [`Analyzer`] listens to one stream
//! with a set of models; a head among them takes the embedding of another one, which is computed once for all of them.
//!
//! The weights lie in `models/zoo`, each with its card and licence; they are part of the binary, so nothing is fetched
//! at run time. Those of TempoCNN are AGPL-3.0 and can be left out with the cargo feature `tempocnn`.

#![forbid(unsafe_code)]

mod analyzer;
mod card;
mod engine;
mod error;
mod event_detector;
mod gate;
mod incremental;
mod model;
mod network;
mod note;
pub mod pitch;
mod prediction;
mod registry;
pub mod report;
pub mod smooth;
pub mod tempo;
pub mod user_models;
mod zoo;

pub use analyzer::{Analyzer, AnalyzerBuilder, Progress, Watch};
pub use card::{Card, Kind, Layout, Normalisation, Origin, family};
pub use engine::{Engine, EngineError, InferenceState, OutputSpec, PatchStep, engine_from_onnx};
pub use error::ModelError;
pub use event_detector::{DetectedEvent, EventChange, EventDetector, Threshold};
pub use gate::Gate;
pub use incremental::ContextMode;
pub use model::{Model, sha256};
pub use network::{Activations, Network};
pub use note::note_name;
pub use prediction::{Prediction, PredictionValue};
pub use registry::Registry;
pub use tempo::{Aggregation, Alternative, GlobalTempo, LocalTempo};
