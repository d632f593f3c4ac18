//! Audio files to results: found in folders, tagged, embedded, and written in one format or another.
//!
//! ```text
//!  paths ─ find::audio_files ─► Tagger ───► TaggedFile ───────► ReportWriter (table, JSON, JSON lines, CSV)
//!          FolderWatcher        Embedder ─► FileEmbeddings ───► EmbeddingsWriter (NumPy, JSON lines, Parquet)
//! ```
//!
//! A file is decoded and analyzed on the thread that asks for it; [`ordered::run_ordered`] works on several files at a
//! time. There is no sound card and no window here, and no global registry: callers load the models.

#![forbid(unsafe_code)]

pub mod embeddings;
pub mod error;
pub mod find;
pub mod folder_watch;
pub mod ordered;
pub mod report;
pub mod tag;
