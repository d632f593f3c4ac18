//! Commands `earmark train` and `earmark retrain`: make a classifier from examples.

mod descriptors;
mod error;
mod groups;
mod head;
mod install;
mod progress;
mod report;
mod svm;
mod tracks;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use self::error::TrainCommandError;
use super::file_reports::without_panic_messages;
use crate::args::{Features, Learner, RetrainOptions, TrainOptions};
use crate::commands::print::error_line;
use crate::interrupt;

/// Interval between two looks at Ctrl-C.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Trains a classifier. Returns exit code 0, 1 with a message, 2 for options that contradict each other, or 130 after
/// Ctrl-C.
pub(crate) fn run(options: &TrainOptions) -> ExitCode {
    interrupt::install_handler();
    let learner = match (&options.features, options.learner) {
        (Features::Descriptors, None | Some(Learner::Svm)) => Learner::Svm,
        (Features::Embedding(_), None | Some(Learner::Logistic)) => Learner::Logistic,
        (features, Some(learner)) => {
            error_line!("earmark: {}", TrainCommandError::learner(features, learner));
            return ExitCode::from(2);
        }
    };
    exit_code(without_panic_messages(|| match (learner, &options.features) {
        (Learner::Logistic, Features::Embedding(model)) => head::train(options, model),
        _ => with_cancel(|cancel| svm::train(options, cancel)),
    }))
}

/// Trains a model with known parameters. Returns the same exit codes as [`run`].
pub(crate) fn retrain(options: &RetrainOptions) -> ExitCode {
    interrupt::install_handler();
    exit_code(svm::retrain(options))
}

fn exit_code(outcome: Result<(), TrainCommandError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupt::is_requested() => {
            error_line!("earmark: interrupted; the same command continues");
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(error) => {
            error_line!("earmark: {error}");
            ExitCode::from(1)
        }
    }
}

/// Runs `work` with a flag that Ctrl-C sets.
fn with_cancel<T>(work: impl FnOnce(&AtomicBool) -> T) -> T {
    let (cancel, done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                cancel.store(interrupt::is_requested(), Ordering::Relaxed);
                thread::sleep(POLL_INTERVAL);
            }
        });
        let result = work(&cancel);
        done.store(true, Ordering::Relaxed);
        result
    })
}
