//! Options of `extract`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use earmark_files::extract::ExtractFormat;

use super::decoder::DecoderOption;
use super::file_list::FileListOptions;
use super::values::count;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ExtractOptions {
    /// Audio files, or folders to search for audio files; `-` reads WAV data from standard input.
    #[arg(required_unless_present = "files_from")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: FileListOptions,
    /// Output format [default: that of the profile, or json].
    #[arg(long, value_enum)]
    pub(crate) format: Option<DescriptorFormat>,
    /// Output folder for json and yaml, which keeps the structure of the input folders; output file for other formats
    /// [default: standard output].
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Do not analyze files whose result exists in the output folder.
    #[arg(long, requires = "out")]
    pub(crate) skip_existing: bool,
    /// Profile file (YAML) with the options of Essentia's MusicExtractor.
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Give Essentia's values where it errs; the same as `compat: essentia` in the profile.
    #[arg(long)]
    pub(crate) compat: bool,
    /// Descriptors or groups to compute, such as `rhythm.bpm` or `tonal` [default: all].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Describe windows of this many seconds instead of whole files; formats jsonl and parquet.
    #[arg(long, value_name = "SECONDS", value_parser = window_s)]
    pub(crate) window: Option<f64>,
    /// Number of files to process in parallel.
    #[arg(long, value_name = "N", default_value = "1", value_parser = count)]
    pub(crate) jobs: NonZeroUsize,
    #[command(flatten)]
    pub(crate) decoder: DecoderOption,
}

/// Output format of `extract`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescriptorFormat {
    /// JSON, one object per file.
    Json,
    /// YAML, one document per file.
    Yaml,
    /// JSON lines, one object per file or window.
    Jsonl,
    /// One Parquet table, one row per file or window.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl From<DescriptorFormat> for ExtractFormat {
    fn from(format: DescriptorFormat) -> Self {
        match format {
            DescriptorFormat::Json => Self::Json,
            DescriptorFormat::Yaml => Self::Yaml,
            DescriptorFormat::Jsonl => Self::Jsonl,
            #[cfg(feature = "parquet")]
            DescriptorFormat::Parquet => Self::Parquet,
        }
    }
}

/// Parses the length of a window in seconds.
fn window_s(text: &str) -> Result<f64, String> {
    let accepted = text.parse().ok().filter(|seconds| (1.0..=3600.0).contains(seconds));
    accepted.ok_or_else(|| format!("expected 1 to 3600 seconds, got {text}"))
}
