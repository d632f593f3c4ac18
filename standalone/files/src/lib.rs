#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod array_index_error;
pub mod audio_source;
#[cfg(feature = "descriptors")]
pub mod classify;
pub mod embeddings;
pub mod error;
#[cfg(feature = "descriptors")]
pub mod extract;
pub mod find;
pub mod folder_watch;
pub mod ordered;
#[cfg(feature = "parquet")]
mod parquet_file;
pub mod path_text;
mod record_writer;
pub mod report;
#[cfg(feature = "separation")]
pub mod separate;
pub mod tag;
mod whole_file;
