//! From a network file to a model with a card.
//!
//! ```text
//! network file ─► Source ──┐
//! metadata (.json) ────────┼─► Signature: front-end, names of tensors, labels ─► ONNX and card ─► probe ─► models folder
//! known models (by name) ──┘
//! ```
//!
//! What the file states comes first, then the metadata beside it, then what is known of files of that name. Where they
//! contradict each other the network is right if it can be, and the card says so in its notes; an error that cannot be
//! mended is refused with what was expected and what was found.
//!
//! Not for a host's process: the command line runs it in a process of its own.

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
