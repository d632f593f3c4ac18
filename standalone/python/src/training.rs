//! Function `train`.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use earmark_gaia::DescriptorSet;
use earmark_train::{
    CrossValidation, DataSet, Folds, GridBlock, GroundTruth, Groups, HeadOptions, Project, Scores, TemplateVersion,
    TrainError, train_data, train_head,
};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;

use crate::arguments::{self, wrong_type, wrong_value};
use crate::descriptors::PyDescriptors;
use crate::errors::ErrorClass;
use crate::model_argument;
use crate::shared_values::SharedValues;

/// Version of Essentia whose layout `extract` has.
const LAYOUT_VERSION: &str = "2.1-beta6";
/// Interval between two checks of Python's signals.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);
/// Licence on the card of a head.
const LICENCE: &str = "unknown";

/// Trained classifier: its files, and the accuracy of its cross-validation.
#[pyclass(frozen, name = "Training", module = "earmark")]
#[derive(Debug)]
pub(crate) struct PyTraining {
    #[pyo3(get)]
    name: String,
    #[pyo3(get)]
    path: PathBuf,
    #[pyo3(get)]
    card: Option<PathBuf>,
    #[pyo3(get)]
    folds: String,
    scores: Scores,
    matrix: CrossValidation,
}

#[pymethods]
impl PyTraining {
    #[getter]
    fn classes(&self) -> Vec<String> {
        self.matrix.classes().to_vec()
    }

    #[getter]
    fn accuracy(&self) -> f64 {
        self.scores.accuracy / 100.0
    }

    #[getter]
    fn interval(&self) -> (f64, f64) {
        (self.scores.interval.0 / 100.0, self.scores.interval.1 / 100.0)
    }

    #[getter]
    fn baseline(&self) -> f64 {
        self.scores.baseline / 100.0
    }

    #[getter]
    fn recalls(&self) -> HashMap<String, f64> {
        self.matrix.classes().iter().cloned().zip(self.scores.recalls.iter().map(|recall| recall / 100.0)).collect()
    }

    #[getter]
    fn confusion(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let counts = self.matrix.counts();
        let shape = vec![counts.len(), counts.len()];
        SharedValues::doubles(counts.concat().into_iter().map(|count| count as f64).collect(), shape).view(py)
    }

    fn __repr__(&self) -> String {
        let (accuracy, classes) = (self.scores.accuracy, self.matrix.classes().join(", "));
        format!("<earmark.Training {}: {accuracy:.1} % of {} tracks, {classes}>", self.name, self.scores.items)
    }
}

/// Train a classifier on tracks with known classes, and cross-validate it.
///
/// `features` are mean embeddings, `(tracks, width)` as float32, which give a head of the network `model`: logistic regression
/// as ONNX and card, which `Model.load` loads. Or they are a list of `Descriptors`, which give a support vector machine of Gaia, a
/// `.history` file for `classify`; `grid` is then `'fast'` or `'default'`. `labels` are the classes; tracks of one of the `groups`,
/// such as an artist, are kept in one fold. The files are written to the folder `out`. After Ctrl-C, the parameters that are
/// finished are kept there for the next call.
#[pyfunction]
#[pyo3(signature = (name, features, labels, *, out, model=None, groups=None, folds=None, seed=None, grid=None, jobs=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn train(
    py: Python<'_>,
    name: &Bound<'_, PyAny>,
    features: &Bound<'_, PyAny>,
    labels: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    model: Option<&Bound<'_, PyAny>>,
    groups: Option<&Bound<'_, PyAny>>,
    folds: Option<&Bound<'_, PyAny>>,
    seed: Option<&Bound<'_, PyAny>>,
    grid: Option<&Bound<'_, PyAny>>,
    jobs: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyTraining> {
    let name = arguments::text("`name`", Some(name))?.unwrap_or_default();
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)) {
        return Err(wrong_value("`name`", "letters, digits, `-` and `_`", &format!("'{name}'")));
    }
    let labels = texts("`labels`", labels)?;
    let ids: Vec<String> = (0..labels.len()).map(|track| format!("track{track:06}")).collect();
    let groups = groups.map(|groups| texts("`groups`", groups)).transpose()?;
    same_length("`groups`", labels.len(), groups.as_ref().map_or(labels.len(), Vec::len))?;
    let truth = GroundTruth::new(&*name, ids.iter().cloned().zip(labels).collect());
    let groups = groups.map(|groups| Groups::new("group", ids.iter().cloned().zip(groups).collect()));
    let count = arguments::count("`folds`", folds)?.unwrap_or(5);
    let seed = arguments::count("`seed`", seed)?.unwrap_or(1) as u64;
    let out = arguments::path("`out`", Some(out))?.unwrap_or_default();
    let failed = |error: TrainError| ErrorClass::Training.error(&error.to_string());
    truth.check_classes(count).map_err(failed)?;
    std::fs::create_dir_all(&out)
        .map_err(|error| ErrorClass::Output.error(&format!("cannot write {}: {error}", out.display())))?;
    if let Ok(array) = features.extract::<PyReadonlyArray2<'_, f32>>() {
        let Some(model) = model else {
            return Err(wrong_value("embeddings without `model`", "the model of the embeddings", "None"));
        };
        let model = model_argument::model(py, model)?;
        let rows = array.as_array();
        same_length("`features`", ids.len(), rows.nrows())?;
        let embeddings = ids.into_iter().zip(rows.rows().into_iter().map(|row| row.to_vec())).collect();
        return py.detach(|| {
            let folds = match &groups {
                Some(groups) => groups.folds(&truth, count, seed),
                None => Folds::stratified(&truth, count, seed),
            };
            let head =
                train_head(&truth, &embeddings, &folds.map_err(failed)?, HeadOptions::default()).map_err(failed)?;
            let card = head.write(&out, model.card(), LICENCE).map_err(failed)?;
            let (path, folds) = (card.with_extension("onnx"), head.fold_kind.to_string());
            Ok(PyTraining { name, path, card: Some(card), folds, scores: head.scores, matrix: head.matrix })
        });
    }
    let expected = "a NumPy array (tracks, width) of float32, or a list of Descriptors";
    let items = features.try_iter().map_err(|_| wrong_type("`features`", expected, features))?;
    let mut points = Vec::new();
    for item in items {
        let item = item?;
        let Ok(descriptors) = item.cast::<PyDescriptors>() else {
            return Err(wrong_type("`features`", expected, &item));
        };
        points.push(DescriptorSet::from(descriptors.get().pool()));
    }
    same_length("`features`", ids.len(), points.len())?;
    if groups.is_some() {
        return Err(wrong_value("`groups` with descriptors", "None: `earmark train --group-by` does this", "groups"));
    }
    let grids = [("fast", false), ("default", true)];
    let is_full = arguments::choice("`grid`", grid, &grids, false)?;
    let grid = if is_full { GridBlock::full() } else { GridBlock::fast() };
    let mut project = Project::new(&name, TemplateVersion::for_versions([LAYOUT_VERSION]), grid, false);
    project.folds = vec![count];
    project.seed = seed;
    project.threads = Some(crate::threads::jobs(jobs)?);
    project.results_directory = out.join(format!("{name}.results"));
    py.detach(|| {
        let data = DataSet::new(&project, &truth, ids.into_iter().zip(points).collect()).map_err(failed)?;
        let train = |cancel: &AtomicBool| train_data(&project, &truth, &data, &out, &|_| {}, cancel);
        let trained = until_signal(train)?.map_err(failed)?;
        let folds = trained.folds.kind().to_string();
        let (path, best) = (trained.files.history, trained.best);
        Ok(PyTraining { name, path, card: None, folds, scores: best.scores, matrix: best.matrix })
    })
}

/// Runs `work` on another thread until it ends. A signal handler that raises an exception, such as that of Ctrl-C, sets the flag
/// that `work` gets; the exception is returned when `work` has ended.
fn until_signal<R: Send>(work: impl FnOnce(&AtomicBool) -> R + Send) -> PyResult<R> {
    let cancel = AtomicBool::new(false);
    thread::scope(|scope| {
        let worker = scope.spawn(|| work(&cancel));
        let mut raised = None;
        while !worker.is_finished() {
            thread::sleep(CHECK_INTERVAL);
            if raised.is_none() {
                raised = Python::attach(|py| py.check_signals()).err();
                cancel.store(raised.is_some(), Ordering::Relaxed);
            }
        }
        match (raised, worker.join()) {
            (Some(error), _) => Err(error),
            (None, Ok(result)) => Ok(result),
            (None, Err(panic)) => resume_unwind(panic),
        }
    })
}

fn same_length(what: &str, expected: usize, got: usize) -> PyResult<()> {
    if expected == got {
        return Ok(());
    }
    Err(wrong_value(what, &format!("{expected}, the number of labels"), &got.to_string()))
}

/// Returns texts of a sequence.
fn texts(what: &str, values: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    values.extract().map_err(|_| wrong_type(what, "a list of str", values))
}
