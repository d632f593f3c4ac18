//! Training of logistic regression on embeddings: a head of a network.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use earmark_files::embeddings::Embedder;
use earmark_files::error::FileError;
use earmark_files::tag::FileProgress;
use earmark_models::Registry;
use earmark_train::{Folds, HeadOptions, train_head};

use super::error::TrainCommandError;
use super::install::add;
use super::report;
use super::tracks::Tracks;
use crate::args::TrainOptions;
use crate::commands::batch::Batch;
use crate::commands::print::{error_line, print_line};
use crate::interrupt;

/// Trains a head and writes its network and card.
pub(super) fn train(options: &TrainOptions, model: &str) -> Result<(), TrainCommandError> {
    let tracks = Tracks::read(options)?;
    let registry = Registry::global();
    let folds = match &tracks.groups {
        Some(groups) => groups.folds(&tracks.truth, options.folds.get(), options.seed)?,
        None => Folds::stratified(&tracks.truth, options.folds.get(), options.seed)?,
    };
    folds.warnings().iter().for_each(|warning| error_line!("warning: {warning}"));
    let embedder = Embedder::load(registry, model).map_err(TrainCommandError::Embedding)?;
    if options.dry_run {
        report::print_classes(&tracks.truth, tracks.groups.as_ref());
        print_line!("folds        {} of {}", folds.count(), folds.kind());
        return Ok(());
    }
    let jobs = options.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let embedder = Embedder { mean: true, ..embedder };
    let model = Arc::clone(&embedder.model);
    let base = model.card();
    let embeddings = embeddings(tracks.files(), embedder, jobs)?;
    let head = train_head(&tracks.truth, &embeddings, &folds, HeadOptions::default())?;
    fs::create_dir_all(&options.out).map_err(TrainCommandError::write(&options.out))?;
    let card = head.write(&options.out, base, "unknown")?;
    print_line!("{}: logistic regression on the embedding of {}", options.name, base.id);
    report::print_scores(&head.scores, &head.matrix, &head.fold_kind);
    print_line!("written      {}", card.display());
    print_line!("written      {}", card.with_extension("onnx").display());
    if options.add {
        print_line!("added        {}", add(&card.with_extension("onnx"))?);
    }
    Ok(())
}

/// Returns the mean embedding of each track, from audio or a `.npy` file.
fn embeddings(
    files: &[(String, PathBuf)],
    embedder: Embedder,
    jobs: usize,
) -> Result<HashMap<String, Vec<f32>>, TrainCommandError> {
    let mut embeddings = HashMap::new();
    let mut failed: Vec<(PathBuf, String)> = Vec::new();
    let tracks = files.iter().map(|(_, path)| path.clone()).enumerate().collect();
    let work = move |_, path: &Path, progress: &dyn FileProgress| embedding(path, &embedder, progress);
    Batch::new(false).run(tracks, jobs, work, |index, path, outcome| {
        match outcome.map_err(|error| error.to_string()).flatten() {
            Ok(values) => drop(embeddings.insert(files[index].0.clone(), values)),
            Err(error) => failed.push((path.to_owned(), error)),
        }
        Ok(true)
    });
    if interrupt::is_requested() {
        return Err(TrainCommandError::Interrupted);
    }
    match failed.first().cloned() {
        Some((path, error)) => Err(TrainCommandError::Tracks { count: failed.len(), path, error }),
        None => Ok(embeddings),
    }
}

/// Returns the embedding of a track; an array that cannot be read is an error of its own.
fn embedding(
    path: &Path,
    embedder: &Embedder,
    progress: &dyn FileProgress,
) -> Result<Result<Vec<f32>, String>, FileError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) {
        return Ok(earmark_files::embeddings::read_mean(path).map_err(|error| error.to_string()));
    }
    embedder.embed(path, progress).map(|embeddings| Ok(embeddings.values))
}
