#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activation;
mod base_model;
mod card_draft;
mod class_pair;
#[cfg(feature = "classifiers")]
mod classifier;
mod conversion;
mod description_text;
mod element_type;
mod error;
mod examination;
mod foreign_format;
mod input_spec;
mod kind;
mod known_models;
mod labels;
mod lenient_json;
mod message;
mod metadata;
mod model_id;
#[cfg(test)]
mod network_builder;
mod network_file;
mod prepare;
mod prepared_model;
mod probe;
mod published;
mod search;
mod sidecar;
mod store;
mod tensor_table;
mod tensors;
mod with_card;
mod with_metadata;

pub use activation::Activation;
pub use card_draft::{CardDraft, Question};
pub use error::InstallError;
pub use metadata::Metadata;
pub use prepare::prepare;
pub use prepared_model::PreparedModel;
pub use probe::Probe;
pub use search::find_model_files;
pub use store::{remove, save};
