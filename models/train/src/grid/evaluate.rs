//! Evaluation of the points that share a preprocessing, a kernel and a gamma.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::data_set::DataSet;
use crate::features::FoldRows;
use crate::point::{KernelKind, PointParams};
use crate::scores::CrossValidation;
use crate::svm::{FoldKernel, Gram};

/// Memory of the kernels that are kept while the points of a group are evaluated, in bytes; larger ones are computed for
/// each point.
const MAX_KEPT_KERNELS: usize = 512 << 20;

/// Products of the rows of one fold.
pub(crate) struct FoldGram {
    gram: Gram,
    train: usize,
    items: Vec<usize>,
    labels: Vec<usize>,
}

impl FoldGram {
    /// Computes the products.
    pub(crate) fn new(data: &DataSet, rows: &FoldRows) -> Self {
        let labels = rows.items.iter().map(|item| data.labels()[*item]).collect();
        Self { gram: Gram::of(&rows.values, rows.items.len()), train: rows.train, items: rows.items.clone(), labels }
    }

    fn kernel(&self, kernel: KernelKind, gamma: f64) -> Result<FoldKernel, String> {
        FoldKernel::new(&self.gram, self.train, &self.labels, kernel, gamma)
    }

    /// Whether the fold has nothing to train on or to predict.
    fn is_empty(&self) -> bool {
        self.train == 0 || self.train == self.items.len()
    }
}

/// Folds with the kernels of one group of points.
pub(crate) struct GroupKernels<'a> {
    data: &'a DataSet,
    folds: &'a [FoldGram],
    kernel: KernelKind,
    gamma: f64,
    kept: Option<Vec<OnceLock<Result<FoldKernel, String>>>>,
}

impl<'a> GroupKernels<'a> {
    /// Creates the kernels, which are computed when the first point needs them. `threads` is the number of groups that can
    /// be open at once.
    pub(crate) fn new(data: &'a DataSet, folds: &'a [FoldGram], params: &PointParams, threads: usize) -> Self {
        let bytes: usize = folds.iter().map(|fold| FoldKernel::bytes(fold.train, fold.items.len() - fold.train)).sum();
        let is_small = bytes.saturating_mul(threads) <= MAX_KEPT_KERNELS;
        let kept = is_small.then(|| folds.iter().map(|_| OnceLock::new()).collect());
        Self { data, folds, kernel: params.kernel, gamma: params.kernel_gamma(), kept }
    }

    /// Cross-validates a point.
    ///
    /// # Errors
    /// If training fails, or takes longer than the limit.
    pub(crate) fn evaluate(&self, params: &PointParams, limit: Duration) -> Result<CrossValidation, String> {
        let start = Instant::now();
        let mut matrix = CrossValidation::new(self.data.classes().to_vec());
        for (number, fold) in self.folds.iter().enumerate().filter(|(_, fold)| !fold.is_empty()) {
            let predicted = match &self.kept {
                Some(kept) => match kept[number].get_or_init(|| fold.kernel(self.kernel, self.gamma)) {
                    Ok(kernel) => kernel.predict(params),
                    Err(cause) => Err(cause.clone()),
                },
                None => fold.kernel(self.kernel, self.gamma).and_then(|kernel| kernel.predict(params)),
            }?;
            let test = fold.items.iter().zip(&fold.labels).skip(fold.train);
            for ((item, actual), predicted) in test.zip(predicted) {
                matrix.add(&self.data.ids()[*item], *actual, predicted, number);
            }
            if start.elapsed() > limit {
                let done = number + 1;
                return Err(format!(
                    "time limit exceeded (expected {} folds in {:.0} s, got {done} in {:.0} s)",
                    self.folds.len(),
                    limit.as_secs_f64(),
                    start.elapsed().as_secs_f64()
                ));
            }
        }
        matrix.sort();
        Ok(matrix)
    }
}
