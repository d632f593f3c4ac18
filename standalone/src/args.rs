//! Command-line arguments.

#[cfg(feature = "descriptors")]
mod classify;
mod decoder;
#[cfg(feature = "descriptors")]
mod extract;
#[cfg(feature = "sound")]
mod listen;
#[cfg(feature = "sound")]
mod remote;
#[cfg(feature = "separation")]
mod separate;
#[cfg(feature = "descriptors")]
mod train;
mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use earmark_files::embeddings::EmbeddingsFormat;
use earmark_files::report::ReportFormat;

use self::decoder::DecoderOption;
use self::values::{count, default_models, key_and_value, settling_time};
use crate::missing_feature;

#[cfg(feature = "descriptors")]
pub(crate) use self::classify::ClassifyOptions;
#[cfg(feature = "descriptors")]
pub(crate) use self::extract::ExtractOptions;
#[cfg(feature = "sound")]
pub(crate) use self::listen::{AutomationOptions, ListenOptions, OutputOptions};
#[cfg(feature = "sound")]
pub(crate) use self::remote::RemoteOptions;
#[cfg(feature = "separation")]
pub(crate) use self::separate::{LevelMode, SeparateOptions};
#[cfg(feature = "descriptors")]
pub(crate) use self::train::{Features, GridSize, Learner, RetrainOptions, TrainOptions};

/// Tag music and estimate its tempo, from files or live. Without a command, open the window.
#[derive(Debug, Parser)]
#[command(version)]
#[cfg_attr(not(feature = "window"), command(about = "Tag music and estimate its tempo."))]
#[command(after_help = after_help())]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tag audio files: genre, mood, instruments and tempo.
    Tag(TagOptions),
    /// Open the window, optionally with an audio file.
    #[cfg(feature = "window")]
    Window {
        /// Audio file to analyze in real time.
        file: Option<PathBuf>,
    },
    /// Analyze an audio input or a file live: a live view on a terminal, JSON lines otherwise.
    #[cfg(feature = "sound")]
    Listen(Box<ListenOptions>),
    #[cfg(feature = "descriptors")]
    /// Extract descriptors of audio files: loudness, spectrum, rhythm, key and chords, in the layout of Essentia's
    /// MusicExtractor.
    Extract(ExtractOptions),
    /// Classify tracks, from audio or from files with descriptors: moods, genres, voice and others, by added classifiers.
    #[cfg(feature = "descriptors")]
    Classify(ClassifyOptions),
    /// Train a classifier on your own tracks: on their descriptors, or on the embedding of a model.
    #[cfg(feature = "descriptors")]
    Train(Box<TrainOptions>),
    /// Train a classifier again on all tracks of a project, with known parameters.
    #[cfg(feature = "descriptors")]
    Retrain(RetrainOptions),
    /// Separate audio files into stems that add up to the mix: vocals and accompaniment.
    #[cfg(feature = "separation")]
    Separate(SeparateOptions),
    /// Write embeddings (feature vectors) of audio files, one per patch of about 3 seconds.
    Embed(EmbedOptions),
    /// List, show, add, check and remove models.
    Models {
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
    /// List audio inputs and monitors of the system output; a star marks the default.
    #[cfg(feature = "sound")]
    Devices(DevicesOptions),
    /// Print a completion script, to be loaded in the start-up file of a shell.
    Completions {
        /// Name of the shell.
        shell: Shell,
    },
    /// Write the manual pages: one per command, in roff.
    Man {
        /// Output folder, created if it is missing [default: print the page of `earmark` to standard output].
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the installed models: built-in models first, then added models. A star marks an added model of which
    /// something was assumed; `earmark models info ID` shows what.
    List {
        /// Print a JSON object with the arrays `models` and `refused`.
        #[arg(long)]
        json: bool,
    },
    /// Add models: network files (`.pb`, `.onnx`), each with a sidecar file of the same name: Essentia's metadata
    /// (`.json`) or a model card (`.toml`); and Gaia classifiers (`.history`).
    Add {
        /// Network files, or folders to search for them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Write a model card (`.toml`) for a network file without a description. Facts that are missing in the file are asked
    /// for on a terminal, or set with `--set`.
    Describe(DescribeOptions),
    /// Show the description of a model.
    Info {
        /// Model id.
        id: String,
        /// Print the object of the model in the array `models` of `list --json`.
        #[arg(long)]
        json: bool,
    },
    /// Check network files without installing them: convert and run each model once.
    Check {
        /// Network files, or folders to search for them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Print a JSON object with the arrays `models` and `refused`.
        #[arg(long)]
        json: bool,
    },
    /// Remove added models.
    Remove {
        /// Model ids.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Add or check one file in this process, with limits of memory and processor time.
    #[command(name = "__install-worker", hide = true)]
    InstallWorker {
        /// Network file.
        path: PathBuf,
        /// Do not install the model.
        #[arg(long)]
        check: bool,
        /// Print a JSON object.
        #[arg(long, requires = "check")]
        json: bool,
    },
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DescribeOptions {
    /// Network file, or the folder of a SavedModel.
    pub(crate) path: PathBuf,
    /// Answer a question, or set any key of the card, such as `kind=tags` or `front_end.sample_rate=22050`; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) answers: Vec<(String, String)>,
    /// File with one label per line.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Ask nothing: use the usual value where there is one, and report the first question without.
    #[arg(long)]
    pub(crate) defaults: bool,
    /// File to write; `-` is standard output. Default: the name of the network with `.toml`.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EmbedOptions {
    /// Audio files or pipes, or folders to search for audio files; `-` is standard input.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Model that computes the embeddings; `earmark models` lists the ids.
    #[arg(long, value_name = "ID", default_value = "msd-musicnn")]
    pub(crate) model: String,
    /// Output format.
    #[arg(long, value_enum, default_value_t = EmbedFormat::Npy)]
    pub(crate) format: EmbedFormat,
    /// Output folder for `npy`, which keeps the structure of the input folders [default: current folder]; output file for
    /// other formats [default: standard output].
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Do not analyze files whose array, with the same settings, is in the index of the output folder; `npy` only.
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Write one embedding per file: the mean over all patches.
    #[arg(long)]
    pub(crate) mean: bool,
    /// Hop between patches, in frames of the model (16 ms each for MusiCNN) [default: the model's hop].
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) hop_frames: Option<NonZeroUsize>,
    /// Also compute embeddings of silent patches, as Essentia does; by default they are skipped.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Number of files to process in parallel [default: one per core]. The results and their order do not depend on it.
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) decoder: DecoderOption,
}

/// Output format of `embed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmbedFormat {
    /// One NumPy array per file: `<file>.npy`, f32, `[patch][value]`; `index.jsonl` names the file of each array.
    Npy,
    /// JSON lines, one object per file.
    Json,
    /// One Parquet table, one row per patch.
    #[cfg(feature = "parquet")]
    Parquet,
}

#[cfg(feature = "sound")]
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DevicesOptions {
    /// Print a JSON array of objects.
    #[arg(long)]
    pub(crate) json: bool,
    /// Also list the plug-ins of ALSA: converters, and other names of the same cards.
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TagOptions {
    /// Audio files or pipes, or folders to search for audio files; `-` is standard input.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
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
    /// Print every prediction, not just the summary.
    #[arg(long)]
    pub(crate) timeline: bool,
    /// Analyze silence too, as Essentia does; by default it is reported as silence.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Number of files to process in parallel [default: one per core]. The results and their order do not depend on it.
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) decoder: DecoderOption,
    /// Keep running and tag new files in the given folders, until Ctrl-C; not with `--format json`. A later run with the same
    /// options goes on where this one ended.
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
}

/// Output format of `tag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Table for reading.
    Table,
    /// One JSON object for one file, an array for several files.
    Json,
    /// JSON lines, one object per file, each written when its file is done.
    Jsonl,
    /// CSV table in long format, one value per row.
    Csv,
}

impl From<EmbedFormat> for EmbeddingsFormat {
    fn from(format: EmbedFormat) -> Self {
        match format {
            EmbedFormat::Npy => Self::Npy,
            EmbedFormat::Json => Self::Json,
            #[cfg(feature = "parquet")]
            EmbedFormat::Parquet => Self::Parquet,
        }
    }
}

impl From<Format> for ReportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Jsonl => Self::Jsonl,
            Format::Csv => Self::Csv,
        }
    }
}

fn after_help() -> String {
    let files = "Read options from a file with `@FILE`, one per line; lines that start with `#` are comments.";
    match missing_feature::names().join(", ") {
        missing if missing.is_empty() => files.to_owned(),
        missing => format!("{files}\n\nThis build lacks these cargo features: {missing}."),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
