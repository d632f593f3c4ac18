#![doc = include_str!("../README.md")]
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
