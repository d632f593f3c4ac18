//! Confusion matrix of a cross-validation and the numbers that follow from it.

use std::collections::BTreeMap;

/// Predictions of a cross-validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossValidation {
    classes: Vec<String>,
    /// Ids by actual class, then predicted class.
    cells: Vec<Vec<Vec<String>>>,
    fold: BTreeMap<String, usize>,
}

/// Accuracies in percent, and what they are to be compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Number of items.
    pub items: usize,
    /// Share of correct predictions.
    pub accuracy: f64,
    /// Standard deviation of the accuracy over the folds that have items.
    pub accuracy_std: f64,
    /// Mean over folds of the mean recall of the classes of the fold.
    pub normalized_accuracy: f64,
    /// Standard deviation of the mean recall over the folds that have items.
    pub normalized_accuracy_std: f64,
    /// Recall of each class over all folds.
    pub recalls: Vec<f64>,
    /// Accuracy of always predicting the largest class.
    pub baseline: f64,
    /// Lower and upper end of the Wilson 95 % interval of the accuracy, as if items were independent.
    pub interval: (f64, f64),
}

/// Normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

impl CrossValidation {
    /// Creates the matrix of classes without predictions.
    #[must_use]
    pub fn new(classes: Vec<String>) -> Self {
        let count = classes.len();
        Self { classes, cells: vec![vec![Vec::new(); count]; count], fold: BTreeMap::new() }
    }

    /// Adds the prediction of an item. An index that is no class is ignored.
    pub fn add(&mut self, id: &str, actual: usize, predicted: usize, fold: usize) {
        let Some(cell) = self.cells.get_mut(actual).and_then(|row| row.get_mut(predicted)) else { return };
        cell.push(id.to_owned());
        self.fold.insert(id.to_owned(), fold);
    }

    /// Returns the classes.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the ids of an actual and a predicted class.
    #[must_use]
    pub fn ids(&self, actual: usize, predicted: usize) -> &[String] {
        &self.cells[actual][predicted]
    }

    /// Returns the fold of each predicted item.
    #[must_use]
    pub fn folds(&self) -> &BTreeMap<String, usize> {
        &self.fold
    }

    /// Returns the numbers of items by actual class, then predicted class.
    #[must_use]
    pub fn counts(&self) -> Vec<Vec<usize>> {
        self.cells.iter().map(|row| row.iter().map(Vec::len).collect()).collect()
    }

    /// Sorts the ids of each cell.
    pub(crate) fn sort(&mut self) {
        self.cells.iter_mut().flatten().for_each(|ids| ids.sort());
    }

    /// Returns the scores.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let counts = self.counts();
        let of_class: Vec<usize> = counts.iter().map(|row| row.iter().sum()).collect();
        let items: usize = of_class.iter().sum();
        let correct: usize = (0..counts.len()).map(|class| counts[class][class]).sum();
        let recalls: Vec<f64> = (0..counts.len()).map(|class| percent(counts[class][class], of_class[class])).collect();
        let folds = self.fold_recalls();
        let accuracies: Vec<f64> = folds.iter().map(|fold| percent(sum(fold, 0), sum(fold, 1))).collect();
        let normalized: Vec<f64> = folds
            .iter()
            .map(|fold| mean(&fold.values().map(|(correct, items)| percent(*correct, *items)).collect::<Vec<_>>()))
            .collect();
        Scores {
            items,
            accuracy: percent(correct, items),
            accuracy_std: deviation(&accuracies),
            normalized_accuracy: mean(&normalized),
            normalized_accuracy_std: deviation(&normalized),
            recalls,
            baseline: percent(of_class.into_iter().max().unwrap_or_default(), items),
            interval: wilson(correct, items),
        }
    }

    /// Returns correct and all predictions of each class, for each fold that has items.
    fn fold_recalls(&self) -> Vec<BTreeMap<usize, (usize, usize)>> {
        let mut folds: BTreeMap<usize, BTreeMap<usize, (usize, usize)>> = BTreeMap::new();
        for (actual, row) in self.cells.iter().enumerate() {
            for (predicted, ids) in row.iter().enumerate() {
                for fold in ids.iter().filter_map(|id| self.fold.get(id)) {
                    let (correct, items) = folds.entry(*fold).or_default().entry(actual).or_default();
                    *correct += usize::from(actual == predicted);
                    *items += 1;
                }
            }
        }
        folds.into_values().collect()
    }
}

fn sum(fold: &BTreeMap<usize, (usize, usize)>, part: usize) -> usize {
    fold.values().map(|(correct, items)| if part == 0 { correct } else { items }).sum()
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Returns the population standard deviation.
fn deviation(values: &[f64]) -> f64 {
    let mean_value = mean(values);
    mean(&values.iter().map(|value| (value - mean_value).powi(2)).collect::<Vec<_>>()).sqrt()
}

/// Returns the Wilson 95 % interval of a share, in percent.
fn wilson(part: usize, whole: usize) -> (f64, f64) {
    if whole == 0 {
        return (0.0, 100.0);
    }
    let (n, p) = (whole as f64, part as f64 / whole as f64);
    let centre = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 100.0 / (1.0 + Z * Z / n);
    (((centre - half) * scale).max(0.0), ((centre + half) * scale).min(100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_a_small_matrix_are_those_of_the_formulas() {
        let mut matrix = CrossValidation::new(vec!["a".into(), "b".into()]);
        // Fold 0: a 2 of 3, b 1 of 1. Fold 1: a 1 of 1; no b.
        for (id, actual, predicted, fold) in
            [("1", 0, 0, 0), ("2", 0, 0, 0), ("3", 0, 1, 0), ("4", 1, 1, 0), ("5", 0, 0, 1)]
        {
            matrix.add(id, actual, predicted, fold);
        }
        let scores = matrix.scores();
        assert_eq!((scores.items, scores.accuracy, scores.accuracy_std), (5, 80.0, 12.5));
        let (first, second) = ((200.0 / 3.0 + 100.0) / 2.0, 100.0);
        assert!((scores.normalized_accuracy - f64::midpoint(first, second)).abs() < 1e-9);
        assert!((scores.normalized_accuracy_std - (second - first) / 2.0).abs() < 1e-9);
        assert_eq!((scores.recalls, scores.baseline), (vec![75.0, 100.0], 80.0));
        assert_eq!(matrix.ids(0, 1), ["3"]);
    }

    #[test]
    fn wilson_interval_equals_published_values() {
        // 15 of 20: 53.1 to 88.8 %.
        let (low, high) = wilson(15, 20);
        assert!((low - 53.13).abs() < 0.01 && (high - 88.81).abs() < 0.01, "{low} {high}");
        assert_eq!(wilson(0, 10).0, 0.0);
        assert!((wilson(10, 10).1 - 100.0).abs() < 1e-9);
    }
}
