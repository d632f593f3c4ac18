//! Progress of a grid search.

use std::time::Duration;

use crate::fit::PatternWarning;
use crate::point::PointParams;

/// Progress of a grid search. Events come from any thread.
#[derive(Debug, Clone, PartialEq)]
pub enum GridEvent<'a> {
    /// A preprocessing variant is ready.
    Prepared {
        /// Name of the preprocessing.
        preprocessing: &'a str,
        /// Number of columns.
        dimensions: usize,
        /// Patterns without a match.
        warnings: &'a [PatternWarning],
    },
    /// Points were taken from an earlier run.
    Resumed {
        /// Number of these points.
        points: usize,
    },
    /// A point is finished.
    Finished {
        /// Parameters.
        params: &'a PointParams,
        /// Accuracy in percent.
        accuracy: f64,
        /// Progress after this point.
        progress: GridProgress,
    },
    /// A point failed; it is listed in the report.
    Failed {
        /// Parameters.
        params: &'a PointParams,
        /// Cause.
        cause: &'a str,
        /// Progress after this point.
        progress: GridProgress,
    },
}

/// Numbers of grid points, and the remaining time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridProgress {
    /// Number of points that are done, with those of an earlier run.
    pub done: usize,
    /// Number of all points.
    pub total: usize,
    /// Estimate from the points of this run; none before the first one.
    pub remaining: Option<Duration>,
}
