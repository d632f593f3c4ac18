//! Batch analysis of audio files: search of folders, tagging, embeddings, and writers of the results.
//!
//! ```text
//!  paths ─ find::audio_files ─► Tagger ───► TaggedFile ───────► ReportWriter (table, JSON, JSON lines, CSV)
//!          FolderWatcher        Embedder ─► FileEmbeddings ───► EmbeddingsWriter (NumPy, JSON lines, Parquet)
//! ```
//!
//! A file is decoded and analyzed on the calling thread; [`ordered::run_ordered`] processes several files in parallel.
//! This crate uses no sound card, no window and no global registry: callers load the models.

#![forbid(unsafe_code)]

pub mod embeddings;
pub mod error;
pub mod find;
pub mod folder_watch;
pub mod ordered;
pub mod report;
pub mod tag;
