//! Command-line arguments.

#[cfg(feature = "batch")]
mod batch;
#[cfg(feature = "descriptors")]
mod classify;
mod decoder;
mod embed;
#[cfg(feature = "descriptors")]
mod extract;
mod file_list;
#[cfg(feature = "sound")]
mod listen;
#[cfg(feature = "sound")]
mod remote;
#[cfg(feature = "separation")]
mod separate;
mod tag;
#[cfg(feature = "descriptors")]
mod train;
mod values;
#[cfg(feature = "write-tags")]
mod write_tags;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use self::values::key_and_value;
use crate::missing_feature;

#[cfg(feature = "batch")]
pub(crate) use self::batch::{BatchCommand, BatchPlanOptions, BatchRunOptions, Engine};
#[cfg(feature = "descriptors")]
pub(crate) use self::classify::ClassifyOptions;
pub(crate) use self::embed::EmbedOptions;
#[cfg(feature = "descriptors")]
pub(crate) use self::extract::ExtractOptions;
pub(crate) use self::file_list::FileListOptions;
#[cfg(feature = "sound")]
pub(crate) use self::listen::{AutomationOptions, ListenOptions, OutputOptions};
#[cfg(feature = "sound")]
pub(crate) use self::remote::RemoteOptions;
#[cfg(feature = "separation")]
pub(crate) use self::separate::{LevelMode, SeparateOptions};
pub(crate) use self::tag::{Format, ShapeOption, TagOptions};
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
    Tag(Box<TagOptions>),
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
    /// Analyze a whole library in shards: resumable, on one machine or many, with bad files as rows of the results.
    #[cfg(feature = "batch")]
    Batch {
        #[command(subcommand)]
        command: BatchCommand,
    },
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
