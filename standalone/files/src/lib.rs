#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod analyzed_file;
mod array_index_error;
pub mod audio_source;
#[cfg(feature = "descriptors")]
pub mod classify;
pub mod earlier_results;
pub mod embeddings;
pub mod error;
pub mod error_record;
#[cfg(feature = "descriptors")]
pub mod extract;
pub mod find;
pub mod folder_watch;
pub mod hop;
pub mod model_columns;
pub mod ordered;
#[cfg(feature = "parquet")]
mod parquet_file;
pub mod path_text;
pub mod provenance;
mod record_writer;
pub mod report;
#[cfg(feature = "separation")]
pub mod separate;
#[cfg(feature = "arrow")]
pub mod table;
pub mod tag;
pub mod tag_output;
mod whole_file;
#[cfg(feature = "write-tags")]
pub mod write_tags;
