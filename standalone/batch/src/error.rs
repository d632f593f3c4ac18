//! Errors of a batch, as opposed to those of one file, which are rows.

use std::io;

use thiserror::Error;

/// Error of a batch. A failure of one file is no such error: it is a row of the results.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The recipe cannot be used on this machine: a model is missing, or an option has no valid value.
    #[error("cannot use the recipe: {0}")]
    Recipe(String),
    /// An object of the output cannot be read or written.
    #[error("cannot access {name}: {error}")]
    Store {
        /// Name of the object.
        name: String,
        /// Message of the system.
        error: io::Error,
    },
    /// The output has no plan.
    #[error("cannot find a plan in {out} (expected plan.json, got none): `earmark batch plan` makes it")]
    NoPlan {
        /// Output.
        out: String,
    },
    /// The output has a plan with other settings.
    #[error("cannot use {out}: it was planned differently (expected {expected}, got {got})")]
    OtherPlan {
        /// Output.
        out: String,
        /// Settings of this call.
        expected: String,
        /// Settings of the plan.
        got: String,
    },
    /// An object of the output has invalid content.
    #[error("cannot read {name}: {error}")]
    Damaged {
        /// Name of the object.
        name: String,
        /// Cause.
        error: String,
    },
    /// The files cannot be found.
    #[error("cannot plan: {0}")]
    Inputs(String),
    /// There is no such shard.
    #[error("cannot run shard {got} (expected 0 to {})", .shards.saturating_sub(1))]
    Shard {
        /// Number of shards.
        shards: u64,
        /// Number that was asked for.
        got: u64,
    },
    /// A worker process cannot be started, or does not analyze.
    #[error("cannot run a worker process: {0}")]
    Worker(String),
    /// A worker process ended while it loaded its models; it may be started again.
    #[error("cannot run a worker process: it {0} while it loaded the models")]
    WorkerEnded(String),
    /// Shards are missing.
    #[error("the results are not complete (expected {expected} shards, got {got}): `earmark batch run` continues")]
    Incomplete {
        /// Number of shards with files.
        expected: usize,
        /// Number of shards with results.
        got: usize,
    },
    /// The run was stopped.
    #[error("interrupted")]
    Cancelled,
}

impl BatchError {
    /// Returns a conversion of an error of the system that adds the name of the object.
    pub(crate) fn store(name: &str) -> impl FnOnce(io::Error) -> Self {
        let name = name.to_owned();
        |error| Self::Store { name, error }
    }

    /// Returns a conversion of any error about the content of an object.
    pub(crate) fn damaged<E: ToString>(name: &str) -> impl FnOnce(E) -> Self {
        let name = name.to_owned();
        move |error| Self::Damaged { name, error: error.to_string() }
    }
}
