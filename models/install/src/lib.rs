#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod class_pair;
#[cfg(feature = "classifiers")]
mod classifier;
mod error;
mod input_spec;
mod known_models;
mod metadata;
mod prepare;
mod prepared_model;
mod probe;
mod signature;
mod store;

pub use error::InstallError;
pub use metadata::Metadata;
pub use prepare::prepare;
pub use prepared_model::PreparedModel;
pub use probe::Probe;
pub use store::{find_model_files, remove, save};
