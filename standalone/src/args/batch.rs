//! Options of `batch`.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use earmark_batch::{AnalysisKind, BatchRecipe};

use super::values::{count, default_models, hop_s};

#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum BatchCommand {
    /// Find the audio files below folders and divide them into shards; for an output that has a plan, add new and changed
    /// files.
    Plan(Box<BatchPlanOptions>),
    /// Analyze the shards that have no result, with a process per core. Several machines may run the same plan.
    Run(BatchRunOptions),
    /// Print the progress: shards, files, hours of audio, and the estimated end.
    Status(BatchOutput),
    /// Read all results, and check that every file has its rows once; writes `_SUCCESS`.
    Verify(BatchOutput),
    /// Plan the files without a result again; `run` then analyzes them.
    Retry(BatchOutput),
    /// Write the newest rows of each file into a few large tables.
    Compact(BatchOutput),
    /// Analyze the files that a run names on standard input.
    #[command(name = "__worker", hide = true)]
    Worker,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BatchOutput {
    /// Output folder of the plan.
    pub(crate) out: PathBuf,
    /// Print a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BatchPlanOptions {
    /// Folders to search for audio files. Paths in the results are relative to the folder, or begin with its name if there
    /// are several.
    #[arg(required = true)]
    pub(crate) roots: Vec<PathBuf>,
    /// Output folder, on a file system that all machines share.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Model to run, repeatable: of tags, of embeddings with `--embed`, or of classifiers with `--classify` [default: those of
    /// `tag`, `embed` and `classify`].
    #[arg(long = "model", value_name = "ID")]
    pub(crate) models: Vec<String>,
    /// Write embeddings instead of tags, one row per patch.
    #[arg(long, conflicts_with_all = ["extract", "classify"])]
    pub(crate) embed: bool,
    /// Write descriptors instead of tags.
    #[arg(long, conflicts_with_all = ["classify", "models"])]
    pub(crate) extract: bool,
    /// Write classes of added classifiers instead of tags.
    #[arg(long)]
    pub(crate) classify: bool,
    /// Write one row per patch, with `--embed` absent: every prediction of tags and tempo.
    #[arg(long, conflicts_with_all = ["embed", "extract", "classify"])]
    pub(crate) timeline: bool,
    /// Write one embedding per file: the mean over all patches.
    #[arg(long, requires = "embed")]
    pub(crate) mean: bool,
    /// Analyze this many seconds from the middle of each file [default: whole files].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) seconds: Option<f64>,
    /// Hop between predictions, in frames of each model [default: that of the model].
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) hop_frames: Option<NonZeroUsize>,
    /// Hop between predictions, in seconds.
    #[arg(long, value_name = "SECONDS", value_parser = hop_s, conflicts_with = "hop_frames")]
    pub(crate) hop: Option<f64>,
    /// Analyze silence, too.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Descriptors or groups to compute [default: all].
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "extract")]
    pub(crate) only: Vec<String>,
    /// Profile file (YAML) of the descriptors; the plan has a copy of its text.
    #[arg(long, value_name = "FILE", requires = "extract")]
    pub(crate) profile: Option<PathBuf>,
    /// Decoder of audio files: `auto`, `builtin` or `ffmpeg`.
    #[arg(long, default_value = "auto", value_parser = ["auto", "builtin", "ffmpeg"])]
    pub(crate) decoder: String,
    /// Mean number of files of a shard, which is what an interruption loses [default: 200, and fewer for small libraries].
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) tracks_per_shard: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BatchRunOptions {
    /// Output folder of the plan.
    pub(crate) out: PathBuf,
    /// Number of processes [default: one per core]. The results do not depend on it.
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Run these shards only: `N`, or `FIRST..LAST`, both included.
    #[arg(long, value_name = "RANGE", value_parser = shard_range, conflicts_with = "shard_from_env")]
    pub(crate) shards: Option<RangeInclusive<u32>>,
    /// Run the part of a job array whose number is in this environment variable, such as `SLURM_ARRAY_TASK_ID`.
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) shard_from_env: Option<String>,
    /// Number of tasks of the job array [default: that of Slurm or AWS Batch, otherwise the number of shards].
    #[arg(long, value_name = "N", value_parser = count, requires = "shard_from_env")]
    pub(crate) shard_tasks: Option<NonZeroUsize>,
    /// Time for each file in seconds, to which half of its length is added; afterwards, it is a bad file.
    #[arg(long, value_name = "SECONDS", value_parser = timeout)]
    pub(crate) file_timeout: Option<Duration>,
    /// Engine that runs the shards.
    #[arg(long, value_enum, default_value_t = Engine::Local)]
    pub(crate) engine: Engine,
}

/// Engine that runs shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Processes of this machine.
    Local,
    /// Ray: in the Python package.
    Ray,
    /// Dask: in the Python package.
    Dask,
}

impl BatchPlanOptions {
    /// Returns the recipe.
    ///
    /// # Errors
    /// A message if the profile cannot be read.
    pub(crate) fn recipe(&self) -> Result<BatchRecipe, String> {
        let (analysis, models) = match (self.embed, self.extract, self.classify) {
            (true, ..) => (AnalysisKind::Embed, vec!["msd-musicnn".to_owned()]),
            (_, true, _) => (AnalysisKind::Extract, Vec::new()),
            (.., true) => (AnalysisKind::Classify, Vec::new()),
            _ => (AnalysisKind::Tag, default_models()),
        };
        let models = if self.models.is_empty() { models } else { self.models.clone() };
        let profile = self.profile.as_ref().map(|path| {
            std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read the profile {}: {error}", path.display()))
        });
        Ok(BatchRecipe {
            hop_frames: self.hop_frames.map(usize::from),
            hop_s: self.hop,
            gate: !self.no_gate,
            decoder: self.decoder.clone(),
            seconds: self.seconds,
            timeline: self.timeline,
            mean: self.mean,
            only: self.only.clone(),
            profile: profile.transpose()?,
            ..BatchRecipe::new(analysis, models)
        })
    }
}

/// Parses the length of a part in seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let accepted = text.parse().ok().filter(|seconds| (1.0..=86_400.0).contains(seconds));
    accepted.ok_or_else(|| format!("expected 1 to 86400 seconds, got {text}"))
}

fn timeout(text: &str) -> Result<Duration, String> {
    let accepted = text.parse().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    accepted.map(Duration::from_secs_f64).ok_or_else(|| format!("expected 0.1 to 86400 seconds, got {text}"))
}

/// Parses `N` or `FIRST..LAST`.
fn shard_range(text: &str) -> Result<RangeInclusive<u32>, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err(format!("expected a number, or FIRST..LAST, got {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_both_ends() {
        assert_eq!(shard_range("7"), Ok(7..=7));
        assert_eq!(shard_range("0..999"), Ok(0..=999));
        for wrong in ["", "a", "3..2", "1-2"] {
            assert!(shard_range(wrong).is_err(), "{wrong}");
        }
    }
}
