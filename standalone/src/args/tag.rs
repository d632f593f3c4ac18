//! Options of `tag`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use earmark_files::hop::Hop;
use earmark_files::report::{JsonShape, ReportFormat, ReportOptions};
use earmark_files::tag_output::TagFormat;

use super::decoder::DecoderOption;
use super::file_list::FileListOptions;
use super::values::{count, default_models, hop, hop_s, settling_time};
#[cfg(feature = "write-tags")]
use super::write_tags::WriteTagsOptions;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TagOptions {
    /// Audio files or pipes, or folders to search for audio files; `-` is standard input.
    #[cfg_attr(feature = "write-tags", arg(required_unless_present_any = ["files_from", "restore"]))]
    #[cfg_attr(not(feature = "write-tags"), arg(required_unless_present = "files_from"))]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: FileListOptions,
    /// Model to run; repeatable. `earmark models` lists the ids.
    #[arg(long = "model", value_name = "ID", default_values_t = default_models())]
    pub(crate) models: Vec<String>,
    /// Number of tags to print [default: 5 in a table, all in CSV]. JSON always contains all tags.
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) top: Option<NonZeroUsize>,
    /// Hop between predictions, in frames of each model (16 ms each for MusiCNN, 46 ms for TempoCNN) [default: 93 for tags,
    /// 128 for tempo].
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) hop_frames: Option<NonZeroUsize>,
    /// Hop between predictions, in seconds; each model takes the nearest number of its frames.
    #[arg(long, value_name = "SECONDS", value_parser = hop_s, conflicts_with = "hop_frames")]
    pub(crate) hop: Option<f64>,
    /// Print every prediction, not just the summary; a Parquet table then has one row per patch. Not with `csv-wide`.
    #[arg(long)]
    pub(crate) timeline: bool,
    /// Leave the predictions out of JSON and JSON lines: means and tempo only.
    #[arg(long, conflicts_with = "timeline")]
    pub(crate) summary: bool,
    /// Analyze silence too, as Essentia does; by default it is reported as silence.
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
    /// Keep running and tag new files in the given folders, until Ctrl-C; not with `--format json` or `parquet`. A later run with
    /// the same options goes on where this one ended.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Time without a change after which `--watch` considers a file whole, in seconds, 0 to 3600.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = settling_time, requires = "watch")]
    pub(crate) settle: Duration,
    /// File in which `--watch` remembers the files that it tagged [default: one for these options in the user's folder for
    /// program states].
    #[arg(long, value_name = "FILE", requires = "watch")]
    pub(crate) state: Option<PathBuf>,
    /// Forget which files an earlier `--watch` with the same options tagged, and tag them again.
    #[arg(long, requires = "watch")]
    pub(crate) again: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Shape of JSON and JSON lines.
    #[arg(long, value_enum, value_name = "SHAPE", default_value_t = ShapeOption::Array)]
    pub(crate) json_shape: ShapeOption,
    /// Output file [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Do not analyze files whose result is in the output file, and continue after its results, which must have the same
    /// settings; for `jsonl`, `csv`, `csv-wide` and `parquet`.
    #[arg(long, requires = "out", conflicts_with = "watch")]
    pub(crate) skip_existing: bool,
    #[cfg(feature = "write-tags")]
    #[command(flatten)]
    pub(crate) write: WriteTagsOptions,
}

/// Output format of `tag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Table for reading.
    Table,
    /// One JSON array with an object per file.
    Json,
    /// JSON lines, one object per file, each written when its file is done.
    Jsonl,
    /// CSV table in long format, one value per row.
    Csv,
    /// CSV table in wide format, one file per row, one value per column.
    CsvWide,
    /// Parquet table, one row per file or, with `--timeline`, one row per patch.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Shape of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShapeOption {
    /// JSON is an array, also for one file; each object has `file` and `provenance`.
    Array,
    /// The shape of earlier versions: JSON is an object for one file and an array for several; no `file` and no
    /// `provenance`.
    #[value(name = "earmark/1")]
    Plain,
}

impl TagOptions {
    /// Returns the hop between predictions; `None` for those of the models.
    pub(crate) fn hop(&self) -> Option<Hop> {
        hop(self.hop_frames, self.hop)
    }

    /// Returns the options of the writer of reports.
    pub(crate) fn report(&self) -> ReportOptions {
        let shape = match self.json_shape {
            ShapeOption::Array => JsonShape::Array,
            ShapeOption::Plain => JsonShape::Plain,
        };
        let (top, timeline) = (self.top.map(usize::from), self.timeline);
        ReportOptions { top, timeline, summary: self.summary, shape, ..ReportOptions::default() }
    }
}

impl From<Format> for TagFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Text(ReportFormat::Table),
            Format::Json => Self::Text(ReportFormat::Json),
            Format::Jsonl => Self::Text(ReportFormat::Jsonl),
            Format::Csv => Self::Text(ReportFormat::Csv),
            Format::CsvWide => Self::Text(ReportFormat::WideCsv),
            #[cfg(feature = "parquet")]
            Format::Parquet => Self::Parquet,
        }
    }
}
