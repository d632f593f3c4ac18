//! Options of `embed`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use earmark_files::embeddings::EmbeddingsFormat;
use earmark_files::hop::Hop;

use super::decoder::DecoderOption;
use super::file_list::FileListOptions;
use super::values::{count, hop, hop_s};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EmbedOptions {
    /// Audio files or pipes, or folders to search for audio files; `-` is standard input.
    #[arg(required_unless_present = "files_from")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: FileListOptions,
    /// Model that computes the embeddings; `earmark models` lists the ids.
    #[arg(long, value_name = "ID", default_value = "msd-musicnn")]
    pub(crate) model: String,
    /// Output format.
    #[arg(long, value_enum, default_value_t = EmbedFormat::Npy)]
    pub(crate) format: EmbedFormat,
    /// Output folder for `npy` and `npz`, which keeps the structure of the input folders [default: current folder]; output file for
    /// other formats [default: standard output].
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Do not analyze files whose result, with the same settings and the same model, is there: in the index of the output
    /// folder or, for `json` and `parquet`, in the output file, after which the run continues.
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Write one embedding per file: the mean over all patches.
    #[arg(long)]
    pub(crate) mean: bool,
    /// Hop between patches, in frames of the model (16 ms each for MusiCNN) [default: the model's hop].
    #[arg(long, value_name = "N", value_parser = count)]
    hop_frames: Option<NonZeroUsize>,
    /// Hop between patches, in seconds; each model takes the nearest number of its frames.
    #[arg(long, value_name = "SECONDS", value_parser = hop_s, conflicts_with = "hop_frames")]
    hop: Option<f64>,
    /// Also compute embeddings of silent patches, as Essentia does; by default they are skipped.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Number of files to process in parallel, or of threads for fewer files [default: one per core]. The results and their
    /// order do not depend on it.
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Compute the MD5 digest of the encoded audio of each file, which tags do not change: `md5_encoded` in the results.
    #[arg(long)]
    pub(crate) audio_hash: bool,
    #[command(flatten)]
    pub(crate) decoder: DecoderOption,
}

/// Output format of `embed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmbedFormat {
    /// One NumPy array per file: `<file>.npy`, f32, `[patch][value]`; `index.jsonl` names the file of each array.
    Npy,
    /// One archive of NumPy arrays per file, `<file>.npz`: `values` as in `npy`, `start_s` and `end_s` of each patch, and
    /// `about`, a JSON text about file and model as bytes; `index.jsonl` names the file of each archive.
    #[cfg(feature = "npz")]
    Npz,
    /// JSON lines, one object per file.
    Json,
    /// One Parquet table, one row per patch.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl EmbedOptions {
    /// Returns the hop between patches; `None` for that of the model.
    pub(crate) fn hop(&self) -> Option<Hop> {
        hop(self.hop_frames, self.hop)
    }
}

impl From<EmbedFormat> for EmbeddingsFormat {
    fn from(format: EmbedFormat) -> Self {
        match format {
            EmbedFormat::Npy => Self::Npy,
            #[cfg(feature = "npz")]
            EmbedFormat::Npz => Self::Npz,
            EmbedFormat::Json => Self::Json,
            #[cfg(feature = "parquet")]
            EmbedFormat::Parquet => Self::Parquet,
        }
    }
}
