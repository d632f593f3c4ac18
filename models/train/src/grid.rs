//! Grid search: cross-validation of every point on all cores, with progress, cancellation and resumption.

mod evaluate;
mod event;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use self::evaluate::{FoldGram, GroupKernels};
pub use self::event::{GridEvent, GridProgress};
use crate::data_set::DataSet;
use crate::error::TrainError;
use crate::features::VariantFeatures;
use crate::fit::PatternWarning;
use crate::folds::Folds;
use crate::point::PointParams;
use crate::project::Project;
use crate::results::{PointOutcome, ResultsFolder};
use crate::scores::{CrossValidation, Scores};

/// Grid point with its cross-validation.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedPoint {
    /// Parameters.
    pub params: PointParams,
    /// Confusion matrix.
    pub matrix: CrossValidation,
    /// Accuracies.
    pub scores: Scores,
    /// Number of columns of the preprocessing.
    pub dimensions: usize,
    /// `.param` file.
    pub param_file: PathBuf,
    /// `.result` file.
    pub result_file: PathBuf,
}

/// Grid point that has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedPoint {
    /// Canonical text of the parameters.
    pub point: String,
    /// Cause.
    pub cause: String,
}

/// Results of a grid search.
#[derive(Debug, Clone, Default)]
pub struct GridOutcome {
    /// Points with a result, in no order; see [`Ranking`](crate::Ranking).
    pub finished: Vec<FinishedPoint>,
    /// Points without a result, by canonical text.
    pub failed: Vec<FailedPoint>,
    /// Number of points that were taken from an earlier run.
    pub resumed: usize,
    /// Patterns without a match.
    pub warnings: Vec<PatternWarning>,
    /// Whether the search was cancelled.
    pub cancelled: bool,
}

/// Grid search of a project.
pub struct GridSearch<'a> {
    project: &'a Project,
    data: &'a DataSet,
    folds: &'a [Folds],
    events: &'a (dyn Fn(GridEvent<'_>) + Sync),
    cancel: &'a AtomicBool,
}

/// State that all threads share.
struct Progress<'a> {
    search: &'a GridSearch<'a>,
    results: ResultsFolder,
    outcome: Mutex<GridOutcome>,
    error: Mutex<Option<TrainError>>,
    stop: AtomicBool,
    total: usize,
    done: AtomicUsize,
    computed: AtomicUsize,
    started: Instant,
}

impl<'a> GridSearch<'a> {
    /// Creates a search. `folds` has the folds of each number of folds in the grid. `events` is called from any thread.
    /// When `cancel` becomes true, no further point is started.
    pub fn new(
        project: &'a Project,
        data: &'a DataSet,
        folds: &'a [Folds],
        events: &'a (dyn Fn(GridEvent<'_>) + Sync),
        cancel: &'a AtomicBool,
    ) -> Self {
        Self { project, data, folds, events, cancel }
    }

    /// Evaluates all points that have no result in the folder of results yet. Blocks. Each result is written as soon as it
    /// is known, so that a search that is killed loses only the points that were being computed.
    ///
    /// # Errors
    /// [`TrainError::Write`] if results cannot be written. A point that fails is part of the outcome.
    pub fn run(&self) -> Result<GridOutcome, TrainError> {
        let points = self.project.points();
        let progress = Progress {
            search: self,
            results: ResultsFolder::create(&self.project.results_directory, self.data.class_name())?,
            outcome: Mutex::default(),
            error: Mutex::default(),
            stop: AtomicBool::new(false),
            total: points.len(),
            done: AtomicUsize::new(0),
            computed: AtomicUsize::new(0),
            started: Instant::now(),
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.project.threads.unwrap_or(0)).build();
        let pool = pool.map_err(|error| TrainError::Point { point: "the grid".into(), cause: error.to_string() })?;
        pool.install(|| by_features(&points).into_iter().for_each(|points| progress.evaluate_variant(&points)));
        if let Some(error) = lock(&progress.error).take() {
            return Err(error);
        }
        let mut outcome = progress.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcome.cancelled = self.cancel.load(Ordering::Relaxed);
        outcome.failed.sort_by(|a, b| a.point.cmp(&b.point));
        let mut seen = HashSet::new();
        outcome.warnings.retain(|warning| seen.insert(warning.to_string()));
        Ok(outcome)
    }
}

impl Progress<'_> {
    /// Evaluates the points of one preprocessing and selection of descriptors.
    fn evaluate_variant(&self, points: &[&PointParams]) {
        let Some(first) = points.first().filter(|_| !self.is_stopped()) else { return };
        let search = self.search;
        let features = match VariantFeatures::new(search.project, search.data, first) {
            Ok(features) => features,
            Err(error) => return points.iter().for_each(|params| self.fail(params, error.to_string())),
        };
        let (preprocessing, warnings) = (first.preprocessing.as_str(), features.warnings.as_slice());
        (search.events)(GridEvent::Prepared { preprocessing, dimensions: features.dimensions, warnings });
        lock(&self.outcome).warnings.extend(features.warnings.iter().cloned());
        for (count, points) in by_key(points, |params| params.folds) {
            let Some(folds) = search.folds.iter().find(|folds| folds.count() == count) else {
                let cause = format!("no folds are given (expected {count} folds, got none)");
                points.iter().for_each(|params| self.fail(params, cause.clone()));
                continue;
            };
            self.evaluate_folds(&features, folds, &points);
        }
    }

    fn evaluate_folds(&self, features: &VariantFeatures, folds: &Folds, points: &[&PointParams]) {
        let data = self.search.data;
        let fingerprint = features.fingerprint(data, folds);
        let is_new = |params: &&&PointParams| !self.resume(params, &fingerprint, features.dimensions);
        let open: Vec<&PointParams> = points.iter().filter(is_new).copied().collect();
        if points.len() > open.len() {
            (self.search.events)(GridEvent::Resumed { points: points.len() - open.len() });
        }
        if open.is_empty() || self.is_stopped() {
            return;
        }
        let gram = |fold| Ok(FoldGram::new(data, &features.fold(data, folds, fold)?));
        let grams: Result<Vec<_>, String> = (0..folds.count()).into_par_iter().map(gram).collect();
        let grams = match grams {
            Ok(grams) => grams,
            Err(cause) => return open.iter().for_each(|params| self.fail(params, cause.clone())),
        };
        let threads = rayon::current_num_threads();
        by_key(&open, |params| (params.kernel, params.gamma.to_bits())).into_par_iter().for_each(|(_, points)| {
            let Some(first) = points.first() else { return };
            let kernels = GroupKernels::new(data, &grams, first, threads);
            points.par_iter().filter(|_| !self.is_stopped()).for_each(|params| {
                let outcome = kernels.evaluate(params, self.search.project.point_time_limit);
                self.finish(params, &fingerprint, features.dimensions, outcome);
            });
        });
    }

    /// Takes over the result of an earlier run, and returns whether there is one. A point that failed is computed again.
    fn resume(&self, params: &PointParams, fingerprint: &str, dimensions: usize) -> bool {
        match self.results.stored(params, fingerprint, self.search.data.classes()) {
            Some(matrix) if matrix.folds().len() == self.search.data.ids().len() => {
                let point = self.finished(params, matrix, dimensions);
                let mut outcome = lock(&self.outcome);
                outcome.finished.push(point);
                outcome.resumed += 1;
            }
            _ => return false,
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn finish(
        &self,
        params: &PointParams,
        fingerprint: &str,
        dimensions: usize,
        result: Result<CrossValidation, String>,
    ) {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let outcome = match result {
            Ok(matrix) => PointOutcome::Finished(matrix),
            Err(cause) => PointOutcome::Failed(cause),
        };
        if let Err(error) = self.results.store(params, fingerprint, &outcome) {
            lock(&self.error).get_or_insert(error);
            self.stop.store(true, Ordering::Relaxed);
            return;
        }
        match outcome {
            PointOutcome::Failed(cause) => self.fail(params, cause),
            PointOutcome::Finished(matrix) => {
                let point = self.finished(params, matrix, dimensions);
                let accuracy = point.scores.accuracy;
                lock(&self.outcome).finished.push(point);
                let progress = self.advance();
                (self.search.events)(GridEvent::Finished { params, accuracy, progress });
            }
        }
    }

    fn finished(&self, params: &PointParams, matrix: CrossValidation, dimensions: usize) -> FinishedPoint {
        FinishedPoint {
            scores: matrix.scores(),
            matrix,
            dimensions,
            param_file: self.results.file(params, "param"),
            result_file: self.results.file(params, "result"),
            params: params.clone(),
        }
    }

    fn fail(&self, params: &PointParams, cause: String) {
        let progress = self.advance();
        (self.search.events)(GridEvent::Failed { params, cause: &cause, progress });
        lock(&self.outcome).failed.push(FailedPoint { point: params.canonical(), cause });
    }

    fn advance(&self) -> GridProgress {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let computed = self.computed.load(Ordering::Relaxed);
        let seconds = self.started.elapsed().as_secs_f64() / computed.max(1) as f64;
        let remaining = (computed > 0).then(|| Duration::from_secs_f64(seconds * (self.total - done) as f64));
        GridProgress { done, total: self.total, remaining }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.search.cancel.load(Ordering::Relaxed)
    }
}

/// Locks a mutex; a panic in another thread does not make its content unusable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Groups points by preprocessing and selection of descriptors, in the order of their first points.
fn by_features(points: &[PointParams]) -> Vec<Vec<&PointParams>> {
    let all: Vec<&PointParams> = points.iter().collect();
    let key =
        |params: &PointParams| (params.preprocessing.clone(), params.descriptor_names.clone(), params.exclude.clone());
    by_key(&all, key).into_iter().map(|(_, points)| points).collect()
}

fn by_key<'a, K: PartialEq>(
    points: &[&'a PointParams],
    key: impl Fn(&PointParams) -> K,
) -> Vec<(K, Vec<&'a PointParams>)> {
    let mut groups: Vec<(K, Vec<&PointParams>)> = Vec::new();
    for point in points {
        let key = key(point);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(point),
            None => groups.push((key, vec![point])),
        }
    }
    groups
}
