//! What can be said on the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Listens to music and says what it hears.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tags audio files: what is heard, when, and how fast it goes.
    Tag(TagOptions),
    /// Lists the models that are built in.
    Models,
    /// Lists what can be heard: inputs, and monitors of what this machine plays; a star marks the default.
    Devices(DevicesOptions),
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DevicesOptions {
    /// As JSON, an array of objects.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TagOptions {
    /// Files, or folders that are searched for audio files; `-` reads a WAV from standard input as it arrives.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Model to listen with; may be given several times. See `earmark models`.
    #[arg(long = "model", value_name = "ID", default_values_t = default_models())]
    pub(crate) models: Vec<String>,
    /// How many tags to show: 5 in the table, all in CSV. JSON always has all.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<NonZeroUsize>,
    /// Frames from one prediction to the next, for every model [default: 93 for tags, 128 for tempo].
    #[arg(long, value_name = "N")]
    pub(crate) hop_frames: Option<NonZeroUsize>,
    /// Show each prediction, not only the whole.
    #[arg(long)]
    pub(crate) timeline: bool,
    /// Predict silence too, as the reference does, instead of calling it silence.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// How many files to work on at a time.
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) jobs: NonZeroUsize,
    /// How to write the result.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One object for one file, an array for several.
    Json,
    /// One object a line, as soon as a file is done.
    Jsonl,
    /// One value a line.
    Csv,
}

fn default_models() -> Vec<String> {
    let mut models = vec!["msd-musicnn".to_owned()];
    if cfg!(feature = "tempocnn") {
        models.push("tempocnn-deepsquare-k8".to_owned());
    }
    models
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
