//! Options of `classify`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use earmark_files::classify::ClassesFormat;

use super::decoder::DecoderOption;
use super::file_list::FileListOptions;
use super::values::count;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ClassifyOptions {
    /// Audio files, files with descriptors (JSON, YAML, `.sig`), or folders to search for them; `-` reads WAV data from
    /// standard input.
    #[arg(required_unless_present = "files_from")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: FileListOptions,
    /// Classifier to run, repeatable: the id of an added classifier of descriptors or the path of a `.history` file
    /// [default: all added classifiers].
    #[arg(long = "model", value_name = "ID")]
    pub(crate) models: Vec<String>,
    /// Number of files to process in parallel.
    #[arg(long, value_name = "N", default_value = "1", value_parser = count)]
    pub(crate) jobs: NonZeroUsize,
    #[command(flatten)]
    pub(crate) decoder: DecoderOption,
    /// Output format.
    #[arg(long, value_enum, default_value_t = ClassifyFormat::Table)]
    pub(crate) format: ClassifyFormat,
}

/// Output format of `classify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClassifyFormat {
    /// Table for reading.
    Table,
    /// One JSON object for one file, an array for several files; classes as `highlevel`, as in AcousticBrainz.
    Json,
    /// JSON lines, one object per file, each written when its file is done.
    Jsonl,
    /// CSV table in long format, one value per row.
    Csv,
}

impl From<ClassifyFormat> for ClassesFormat {
    fn from(format: ClassifyFormat) -> Self {
        match format {
            ClassifyFormat::Table => Self::Table,
            ClassifyFormat::Json => Self::Json,
            ClassifyFormat::Jsonl => Self::Jsonl,
            ClassifyFormat::Csv => Self::Csv,
        }
    }
}
