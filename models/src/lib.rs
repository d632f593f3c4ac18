//! Models of Earmark: networks, and the decoding of their outputs into predictions.
//!
//! ```text
//! samples ─► Analyzer ─┬─ FeatureStream (one per front end) ─ patches ─┬─ Gate ─ Network ─ tags ─┐
//!                      └─ ...                                          └─ Gate ─ Network ─ tempo ─┴─► Prediction
//! ```
//!
//! A [`Model`] is an inference engine with a [`Card`], which describes its input and output. The [`Registry`] lists the
//! built-in models and those that the user added, and loads each once per process. An [`Analyzer`] runs a set of models
//! on one stream. A head takes the embedding of another model, which is computed once for all its heads.
//!
//! The weights are in `models/zoo`, each with its card and licence. They are part of the binary, so nothing is
//! downloaded at run time. The weights of TempoCNN are AGPL-3.0; the cargo feature `tempocnn` includes them.

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

pub use analyzer::{Analyzer, AnalyzerBuilder, FrameCallback, Progress};
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
