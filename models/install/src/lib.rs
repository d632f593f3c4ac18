//! From a stranger's model file to a model of Earmark's.
//!
//! ```text
//! network file ─► Source ─┐
//! metadata (.json) ───────┼─► Guess: front-end, names of tensors, labels ─► ONNX and card ─► probe ─► folder of models
//! shelf (by the name) ────┘
//! ```
//!
//! What the file says of itself comes first, then the metadata that lies beside it, then what is known of files of that
//! name. Where they contradict each other the network is right if it can be, and the card says so in its notes; what
//! cannot be right is refused with what was expected and what came.
//!
//! Nothing here is for a host's process: the command line does it, in a process of its own.

#![forbid(unsafe_code)]

mod admit;
mod error;
mod guess;
mod metadata;
mod probe;
mod recipe;
mod shelf;
mod store;

pub use admit::{Admitted, admit};
pub use error::AdmitError;
pub use metadata::Metadata;
pub use probe::Probe;
pub use store::{find, keep, remove};
