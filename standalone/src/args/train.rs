//! Options of `train` and `retrain`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;

use super::values::count;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TrainOptions {
    /// Name of the classification, such as `genre`: the name of the model and of all files.
    pub(crate) name: String,
    /// Folder with one folder of tracks per class.
    #[arg(long, value_name = "FOLDER", required_unless_present_any = ["groundtruth", "project"])]
    pub(crate) from_folders: Option<PathBuf>,
    /// Ground truth (JSON or YAML): the class of each track.
    #[arg(long, value_name = "FILE", requires = "filelist", conflicts_with = "from_folders")]
    pub(crate) groundtruth: Option<PathBuf>,
    /// File list (JSON or YAML): the file of each track; audio, descriptors (JSON, YAML, `.sig`) or embeddings (`.npy`).
    #[arg(long, value_name = "FILE", requires = "groundtruth")]
    pub(crate) filelist: Option<PathBuf>,
    /// Project file (YAML) with the data set, the preprocessing and the grid [default: the one that `--grid` describes].
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_folders", "groundtruth", "grid", "folds", "seed", "group_by", "features"])]
    pub(crate) project: Option<PathBuf>,
    /// Features of a track: `descriptors`, or `embedding:<model>`.
    #[arg(long, value_name = "FEATURES", default_value = "descriptors")]
    pub(crate) features: Features,
    /// Learner: a support vector machine on descriptors, logistic regression on an embedding
    /// [default: the one of the features].
    #[arg(long, value_enum)]
    pub(crate) learner: Option<Learner>,
    /// Grid of the support vector machine.
    #[arg(long, value_enum, default_value_t = GridSize::Default)]
    pub(crate) grid: GridSize,
    /// Number of folds of the cross-validation.
    #[arg(long, value_name = "N", default_value = "5", value_parser = count)]
    pub(crate) folds: NonZeroUsize,
    /// Seed of the folds.
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) seed: u64,
    /// Keep tracks of one group in one fold: `artist` or `album` from the tags, or a file with the group of each id (JSON,
    /// YAML, or a table with the columns `id` and `group`).
    #[arg(long, value_name = "artist|album|FILE")]
    pub(crate) group_by: Option<String>,
    /// Time after which a point of the grid is given up, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = count)]
    pub(crate) time_limit: NonZeroUsize,
    /// Number of threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Train as Gaia does where the default differs; the list is in the documentation of earmark-train.
    #[arg(long)]
    pub(crate) compat: bool,
    /// Output folder, created if it is missing. A training that was interrupted continues there.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) out: PathBuf,
    /// Add the model to the installed models.
    #[arg(long)]
    pub(crate) add: bool,
    /// Print the numbers of tracks per class, groups and points of the grid, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RetrainOptions {
    /// Project file of a training.
    #[arg(long, value_name = "FILE")]
    pub(crate) project: PathBuf,
    /// Parameters of the model: a `.param` file of the training.
    #[arg(long, value_name = "FILE")]
    pub(crate) param: PathBuf,
    /// The model that is written (`.history`).
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// Features of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Features {
    /// Descriptors of the music extractor.
    Descriptors,
    /// Mean embedding of the model with this id.
    Embedding(String),
}

impl FromStr for Features {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "descriptors" => Ok(Self::Descriptors),
            Some(("embedding", model)) if !model.is_empty() => Ok(Self::Embedding(model.to_owned())),
            _ => Err(format!("expected descriptors or embedding:<model>, got {text}")),
        }
    }
}

/// Method that learns from examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Learner {
    /// Support vector machine.
    Svm,
    /// Logistic regression.
    Logistic,
}

/// Size of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GridSize {
    /// Gaia's grid: six preprocessings, two kernels, nine costs, eight gammas, with and without class weights.
    Default,
    /// A coarse grid of the same range.
    Fast,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_descriptors_or_the_embedding_of_a_model() {
        assert_eq!("descriptors".parse(), Ok(Features::Descriptors));
        assert_eq!("embedding:msd-musicnn".parse(), Ok(Features::Embedding("msd-musicnn".into())));
        for wrong in ["", "embedding", "embedding:", "mfcc"] {
            assert_eq!(
                wrong.parse::<Features>(),
                Err(format!("expected descriptors or embedding:<model>, got {wrong}"))
            );
        }
    }
}
