//! Order of the grid points.

use std::cmp::Ordering;

use crate::error::TrainError;
use crate::grid::{FinishedPoint, GridOutcome};

/// Finished points, best first.
#[derive(Debug, Clone)]
pub struct Ranking<'a> {
    points: Vec<&'a FinishedPoint>,
}

impl<'a> Ranking<'a> {
    /// Orders the points: higher accuracy, higher normalized accuracy, smaller deviation of the accuracy, fewer columns,
    /// smaller cost, smaller gamma, canonical text.
    ///
    /// # Errors
    /// [`TrainError::NoResults`] if no point is finished.
    pub fn new(outcome: &'a GridOutcome) -> Result<Self, TrainError> {
        let mut points: Vec<_> = outcome.finished.iter().collect();
        if points.is_empty() {
            return Err(TrainError::NoResults { failed: outcome.failed.len() });
        }
        points.sort_by(|a, b| compare(a, b));
        Ok(Self { points })
    }

    /// Returns all points, best first.
    #[must_use]
    pub fn points(&self) -> &[&'a FinishedPoint] {
        &self.points
    }

    /// Returns the best point.
    #[must_use]
    pub fn best(&self) -> &'a FinishedPoint {
        self.points[0]
    }

    /// Returns the rank of each point by normalized accuracy, counted from 1, in the order of [`Ranking::points`].
    #[must_use]
    pub fn normalized_ranks(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.points.len()).collect();
        let value = |index: &usize| self.points[*index].scores.normalized_accuracy;
        order.sort_by(|a, b| descending(value(a), value(b)).then(a.cmp(b)));
        let mut ranks = vec![0; order.len()];
        order.into_iter().enumerate().for_each(|(rank, index)| ranks[index] = rank + 1);
        ranks
    }
}

fn compare(a: &FinishedPoint, b: &FinishedPoint) -> Ordering {
    descending(a.scores.accuracy, b.scores.accuracy)
        .then(descending(a.scores.normalized_accuracy, b.scores.normalized_accuracy))
        .then(descending(b.scores.accuracy_std, a.scores.accuracy_std))
        .then(a.dimensions.cmp(&b.dimensions))
        .then_with(|| a.params.simpler_first(&b.params))
}

/// Digits that a score keeps for comparisons, so that the order does not depend on the last bits of a sum.
const COMPARED: f64 = 1e9;

fn descending(a: f64, b: f64) -> Ordering {
    (b * COMPARED).round().total_cmp(&(a * COMPARED).round())
}
