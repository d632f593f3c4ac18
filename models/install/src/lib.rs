//! Installation of models: turns a network file into a model with a card.
//!
//! ```text
//! network file ─► Source ──┐
//! metadata (.json) ────────┼─► Signature: front-end, names of tensors, labels ─► ONNX and card ─► probe ─► models folder
//! known models (by name) ──┘
//! ```
//!
//! Properties are taken from the network file, then from its metadata file, then from the table of known models. If
//! they differ, the network takes precedence if possible, and the notes of the card record the difference. Any other
//! difference is an error with the expected and the actual value.
//!
//! Not intended for a plugin host's process: the command line runs it in a child process with limits.

#![forbid(unsafe_code)]

mod error;
mod input_spec;
mod known_models;
mod metadata;
mod prepare;
mod probe;
mod signature;
mod store;

pub use error::InstallError;
pub use metadata::Metadata;
pub use prepare::{PreparedModel, prepare};
pub use probe::Probe;
pub use store::{find_model_files, remove, save};
