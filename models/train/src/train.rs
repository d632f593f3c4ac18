//! Training of a project from its files to its outputs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::data_set::DataSet;
use crate::error::TrainError;
use crate::file_list::FileList;
use crate::final_model::{final_model, write_history};
use crate::folds::Folds;
use crate::grid::{FinishedPoint, GridEvent, GridOutcome, GridSearch};
use crate::ground_truth::GroundTruth;
use crate::groups::Groups;
use crate::page::result_page;
use crate::point::PointParams;
use crate::project::Project;
use crate::ranking::Ranking;
use crate::report::write_report;
use crate::results::write_atomically;

/// Progress of a training. Events come from any thread.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainEvent<'a> {
    /// Descriptor files were read.
    Read {
        /// Number of files read so far.
        files: usize,
        /// Number of all files.
        total: usize,
    },
    /// The folds are made.
    Divided {
        /// Folds with their warnings.
        folds: &'a Folds,
    },
    /// The grid search progresses.
    Grid(GridEvent<'a>),
    /// The final model is being fitted.
    Fitting {
        /// Parameters of the best point.
        params: &'a PointParams,
    },
}

/// Files that a training writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainFiles {
    /// Table of all points, `NAME.report.csv`.
    pub report: PathBuf,
    /// Page with the confusion matrix, `NAME.results.html`.
    pub page: PathBuf,
    /// Model, `NAME.history`.
    pub history: PathBuf,
    /// Parameters of the model, `NAME.param`.
    pub param: PathBuf,
}

/// Result of a training.
#[derive(Debug, Clone)]
pub struct Trained {
    /// Best point.
    pub best: FinishedPoint,
    /// Results of the grid search.
    pub outcome: GridOutcome,
    /// Folds of the best point.
    pub folds: Folds,
    /// Files that were written.
    pub files: TrainFiles,
}

impl TrainFiles {
    /// Returns the files of a classification in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path, class_name: &str) -> Self {
        let file = |end: &str| folder.join(format!("{class_name}.{end}"));
        Self { report: file("report.csv"), page: file("results.html"), history: file("history"), param: file("param") }
    }
}

/// Writes `NAME.groundtruth.json`, `NAME.filelist.json` and `NAME.project.yaml` into a folder, and returns the path of the
/// project with the project as [`Project::read`] reads it. The paths in the project are those of the folder; all else is that
/// of `settings`. Blocks.
///
/// # Errors
/// [`TrainError::Write`] if a file cannot be written, and the errors of [`Project::read`].
pub fn create_project(
    folder: &Path,
    settings: &Project,
    truth: &GroundTruth,
    list: &FileList,
) -> Result<(PathBuf, Project), TrainError> {
    fs::create_dir_all(folder).map_err(TrainError::write(folder))?;
    let name = truth.class_name();
    let mut project = settings.clone();
    name.clone_into(&mut project.class_name);
    project.ground_truth = PathBuf::from(format!("{name}.groundtruth.json"));
    project.file_list = PathBuf::from(format!("{name}.filelist.json"));
    write_atomically(&folder.join(&project.ground_truth), truth.to_json().as_bytes())?;
    write_atomically(&folder.join(&project.file_list), list.to_json().as_bytes())?;
    let path = folder.join(format!("{name}.project.yaml"));
    write_atomically(&path, project.to_yaml().as_bytes())?;
    let project = Project::read(&path)?;
    Ok((path, project))
}

/// Returns the folds of a project, for each number of folds in its grid: grouped if the project names groups.
///
/// # Errors
/// [`TrainError::Read`] or [`TrainError::Input`] if the groups cannot be read, and the errors of [`Folds::stratified`] and
/// [`Groups::folds`].
pub fn project_folds(project: &Project, truth: &GroundTruth) -> Result<Vec<Folds>, TrainError> {
    let groups = project.groups.as_ref().map(|path| Groups::read(&project.group_by, path)).transpose()?;
    let mut counts = project.folds.clone();
    counts.sort_unstable();
    counts.dedup();
    let folds = |count: usize| match &groups {
        Some(groups) => groups.folds(truth, count, project.seed),
        None => Folds::stratified(truth, count, project.seed),
    };
    counts.into_iter().map(folds).collect()
}

/// Reads ground truth, file list and descriptor files of a project. `progress` gets the number of files read so far and of
/// all files. Blocks.
///
/// # Errors
/// The errors of [`GroundTruth::read`], [`FileList::read`] and [`DataSet::read`].
pub fn read_data(
    project: &Project,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(GroundTruth, DataSet), TrainError> {
    let truth = GroundTruth::read(&project.ground_truth)?;
    let list = FileList::read(&project.file_list)?;
    let total = list.files().len();
    let data = DataSet::read(project, &truth, &list, &mut |files| progress(files, total))?;
    Ok((truth, data))
}

/// Trains a project: reads its files, searches its grid, and writes report, page, model and parameters into a folder.
/// Blocks. When `cancel` becomes true, no further point is started; the points that are finished are kept for the next
/// training of the project.
///
/// # Errors
/// [`TrainError::Cancelled`] if the search was cancelled, [`TrainError::NoResults`] if no point is finished, and the errors
/// of reading and writing.
pub fn train(
    project: &Project,
    folder: &Path,
    events: &(dyn Fn(TrainEvent<'_>) + Sync),
    cancel: &AtomicBool,
) -> Result<Trained, TrainError> {
    let (truth, data) = read_data(project, &mut |files, total| events(TrainEvent::Read { files, total }))?;
    train_data(project, &truth, &data, folder, events, cancel)
}

/// Trains a project on a data set that is in memory, as [`train`] does. Blocks.
///
/// # Errors
/// As [`train`].
pub fn train_data(
    project: &Project,
    truth: &GroundTruth,
    data: &DataSet,
    folder: &Path,
    events: &(dyn Fn(TrainEvent<'_>) + Sync),
    cancel: &AtomicBool,
) -> Result<Trained, TrainError> {
    let all_folds = project_folds(project, truth)?;
    all_folds.iter().for_each(|folds| events(TrainEvent::Divided { folds }));
    let grid_events = |event: GridEvent<'_>| events(TrainEvent::Grid(event));
    let outcome = GridSearch::new(project, data, &all_folds, &grid_events, cancel).run()?;
    if outcome.cancelled {
        return Err(TrainError::Cancelled);
    }
    let ranking = Ranking::new(&outcome)?;
    let best = ranking.best().clone();
    let Some(folds) = all_folds.into_iter().find(|folds| folds.count() == best.params.folds) else {
        return Err(TrainError::NoResults { failed: outcome.failed.len() });
    };
    events(TrainEvent::Fitting { params: &best.params });
    let history = final_model(project, data, &best.params)?;
    fs::create_dir_all(folder).map_err(TrainError::write(folder))?;
    let files = TrainFiles::in_folder(folder, data.class_name());
    write_report(&files.report, &ranking)?;
    write_atomically(&files.page, result_page(data, &folds, &outcome, &ranking).as_bytes())?;
    write_atomically(&files.param, best.params.to_yaml().as_bytes())?;
    write_history(&files.history, &history)?;
    Ok(Trained { best, outcome, folds, files })
}

/// Fits a model to all items of a project with the parameters of a `.param` file, and writes it. Blocks.
///
/// # Errors
/// [`TrainError::Input`] if a file has other content than expected, and the errors of [`read_data`] and [`final_model`].
pub fn retrain(
    project: &Path,
    param: &Path,
    output: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<PointParams, TrainError> {
    let project = Project::read(project)?;
    let text = fs::read_to_string(param).map_err(TrainError::read(param))?;
    let params = PointParams::parse(&param.display().to_string(), &text)?;
    let (_, data) = read_data(&project, progress)?;
    write_history(output, &final_model(&project, &data, &params)?)?;
    Ok(params)
}
