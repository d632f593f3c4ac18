//! Grid searches that are cancelled or killed, and started again.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use earmark_train::{GridEvent, GridOutcome, GridSearch, Ranking, project_folds, report_csv};

/// Environment variable with the folder of the program that is killed.
const FOLDER: &str = "EARMARK_TRAIN_TEST_FOLDER";
const POINTS: usize = 144;

/// Runs the search in a folder, cancels it after `cancel_after` points, and returns outcome, finished and resumed points.
fn search(folder: &Path, cancel_after: usize) -> (GridOutcome, usize, usize) {
    let project = common::project(folder, false);
    let (truth, data) = common::small(&project);
    let folds = project_folds(&project, &truth).unwrap();
    let (finished, resumed, cancel) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let events = |event: GridEvent<'_>| match event {
        GridEvent::Finished { progress, .. } => {
            assert!(progress.done <= progress.total && progress.total == POINTS && progress.remaining.is_some());
            if finished.fetch_add(1, Ordering::Relaxed) + 1 >= cancel_after {
                cancel.store(true, Ordering::Relaxed);
            }
        }
        GridEvent::Resumed { points } => _ = resumed.fetch_add(points, Ordering::Relaxed),
        GridEvent::Failed { cause, .. } => panic!("{cause}"),
        GridEvent::Prepared { .. } => {}
    };
    let outcome = GridSearch::new(&project, &data, &folds, &events, &cancel).run().unwrap();
    (outcome, finished.into_inner(), resumed.into_inner())
}

fn report(outcome: &GridOutcome) -> String {
    report_csv(&Ranking::new(outcome).unwrap())
}

/// Returns the `.result` files with the times of their last change.
fn results(folder: &Path) -> BTreeMap<String, SystemTime> {
    let Ok(files) = fs::read_dir(folder.join("results")) else { return BTreeMap::new() };
    let files = files.flatten().map(|file| (file.file_name().into_string().unwrap(), file));
    let results = files.filter(|(name, _)| name.ends_with(".result"));
    results.map(|(name, file)| (name, file.metadata().unwrap().modified().unwrap())).collect()
}

#[test]
fn cancelled_search_is_resumed_without_computing_a_point_twice() {
    let [whole, parts] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let (outcome, finished, resumed) = search(whole.path(), usize::MAX);
    assert_eq!((finished, resumed), (POINTS, 0));
    let expected = report(&outcome);
    let (cancelled, first, _) = search(parts.path(), 20);
    assert!(cancelled.cancelled && (20..60).contains(&first), "{first}");
    let before = results(parts.path());
    assert_eq!(before.len(), first);
    let (outcome, second, resumed) = search(parts.path(), usize::MAX);
    assert_eq!((second, resumed, outcome.resumed), (POINTS - first, first, first));
    assert_eq!(report(&outcome), expected);
    let after = results(parts.path());
    assert!(before.iter().all(|(name, time)| after[name] == *time), "a result was written twice");
    let (_, third, resumed) = search(parts.path(), usize::MAX);
    assert_eq!((third, resumed), (0, POINTS));
}

#[test]
#[ignore = "run by killed_search_is_resumed_with_the_same_report"]
fn search_that_is_killed() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        search(Path::new(&folder), usize::MAX);
    }
}

#[test]
fn killed_search_is_resumed_with_the_same_report() {
    let [whole, parts] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let expected = report(&search(whole.path(), usize::MAX).0);
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "search_that_is_killed", "--ignored"]).env(FOLDER, parts.path());
    let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while results(parts.path()).len() < 10 && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = results(parts.path());
    assert!(before.len() >= 10, "{} results", before.len());
    let (outcome, finished, resumed) = search(parts.path(), usize::MAX);
    assert_eq!((finished, resumed), (POINTS - before.len(), before.len()));
    assert_eq!(report(&outcome), expected);
}

#[test]
fn results_of_other_data_or_folds_are_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    search(folder.path(), usize::MAX);
    let mut project = common::project(folder.path(), false);
    project.seed = 2;
    project.blocks[0].preprocessing = vec!["mfcc".into()];
    let (truth, data) = common::small(&project);
    let folds = project_folds(&project, &truth).unwrap();
    let run = || GridSearch::new(&project, &data, &folds, &|_| (), &AtomicBool::new(false)).run().unwrap();
    assert_eq!(run().resumed, 0);
    assert_eq!(run().resumed, 24);
}

#[test]
fn point_over_its_time_limit_fails_and_is_kept_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = common::project(folder.path(), false);
    project.point_time_limit = Duration::from_nanos(1);
    project.blocks[0].preprocessing = vec!["mfcc".into()];
    let (truth, data) = common::small(&project);
    let folds = project_folds(&project, &truth).unwrap();
    let outcome = GridSearch::new(&project, &data, &folds, &|_| (), &AtomicBool::new(false)).run().unwrap();
    assert_eq!((outcome.finished.len(), outcome.failed.len()), (0, 24));
    assert!(outcome.failed.iter().all(|point| point.cause.contains("time limit exceeded")));
    let kept = fs::read_dir(folder.path().join("results")).unwrap().flatten();
    assert_eq!(kept.filter(|file| file.path().extension().is_some_and(|end| end == "failed")).count(), 24);
    let error = Ranking::new(&outcome).unwrap_err().to_string();
    assert!(error.contains("0 finished and 24 failed"), "{error}");
}
