//! Support vector machines: LIBSVM models in a dense form for fast prediction.

mod error;
mod kernel;

use libsvm_rs::io::load_model_from_reader;
use libsvm_rs::probability::{multiclass_probability, sigmoid_predict};
use libsvm_rs::{SvmModel, SvmType};

pub use self::error::SvmModelError;
use self::error::unsupported;
pub(crate) use self::kernel::MAX_VALUES;
use self::kernel::SupportVectors;
pub use self::kernel::SvmKernel;

/// Smallest probability of one class of a pair.
const MIN_PROBABILITY: f64 = 1e-7;

/// Derivation of class probabilities from the probabilities of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Coupling {
    /// Iterative coupling for any number of classes, as in the LIBSVM of Gaia (default).
    #[default]
    Gaia,
    /// Probability of the pair itself for two classes, iterative coupling for more, as in current LIBSVM.
    Libsvm,
}

/// Classifier with one decision function for each pair of classes. Immutable; any thread may use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Svm {
    vectors: SupportVectors,
    /// Coefficients of the support vectors, one row fewer than classes.
    coefficients: Vec<Vec<f64>>,
    offsets: Vec<f64>,
    /// Parameters of the sigmoid of each pair.
    sigmoids: Option<Vec<(f64, f64)>>,
    labels: Vec<i32>,
    /// Positions of the support vectors of each class.
    ranges: Vec<std::ops::Range<usize>>,
}

impl Svm {
    /// Reads a model in LIBSVM's text format, for inputs of a number of dimensions.
    ///
    /// # Errors
    /// If the text is no model of a classifier, or the support vectors have more dimensions.
    pub fn from_text(text: &[u8], dimensions: usize) -> Result<Self, SvmModelError> {
        let model = load_model_from_reader(text).map_err(|error| SvmModelError::Text(error.to_string()))?;
        Self::from_model(&model, dimensions)
    }

    /// Converts a model, for inputs of a number of dimensions.
    ///
    /// # Errors
    /// If the model is no classifier, contradicts itself, or the support vectors have more dimensions.
    pub fn from_model(model: &SvmModel, dimensions: usize) -> Result<Self, SvmModelError> {
        if !matches!(model.param.svm_type, SvmType::CSvc | SvmType::NuSvc) {
            let got = format!("{:?}", model.param.svm_type);
            return Err(unsupported("svm_type", "c_svc or nu_svc", got));
        }
        let classes = model.label.len();
        if classes < 2 {
            return Err(unsupported("label", "at least two classes", classes));
        }
        let (pairs, count) = (classes * (classes - 1) / 2, model.sv.len());
        check("rho", pairs, model.rho.len())?;
        check("nr_sv", classes, model.n_sv.len())?;
        check("total_sv", count, model.n_sv.iter().fold(0, |sum: usize, &next| sum.saturating_add(next)))?;
        check("rows of coefficients", classes - 1, model.sv_coef.len())?;
        for row in &model.sv_coef {
            check("coefficients", count, row.len())?;
        }
        let sigmoids = if model.prob_a.is_empty() || model.prob_b.is_empty() {
            None
        } else {
            check("probA", pairs, model.prob_a.len())?;
            check("probB", pairs, model.prob_b.len())?;
            Some(model.prob_a.iter().copied().zip(model.prob_b.iter().copied()).collect())
        };
        let mut start = 0;
        let range = |&count: &usize| {
            start += count;
            start - count..start
        };
        Ok(Self {
            ranges: model.n_sv.iter().map(range).collect(),
            vectors: SupportVectors::new(model, dimensions)?,
            coefficients: model.sv_coef.clone(),
            offsets: model.rho.clone(),
            sigmoids,
            labels: model.label.clone(),
        })
    }

    /// Returns the number of dimensions of the inputs.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.vectors.dimensions()
    }

    /// Returns the kernel function.
    #[must_use]
    pub fn kernel(&self) -> SvmKernel {
        self.vectors.kernel()
    }

    /// Returns the labels in the order of the model, which is that of votes and probabilities.
    #[must_use]
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// Whether the model has parameters for probabilities.
    #[must_use]
    pub fn has_probabilities(&self) -> bool {
        self.sigmoids.is_some()
    }

    /// Returns the decision values of all pairs of classes in the order of the model: (0, 1), (0, 2), … (1, 2), …
    /// A positive value is a vote for the first class of the pair. Values are those of LIBSVM, bit for bit. Dimensions
    /// that the input lacks are zero; allocates.
    #[must_use]
    pub fn decision_values(&self, input: &[f64]) -> Vec<f64> {
        let kernel = self.vectors.kernel_values(input);
        let mut decisions = Vec::with_capacity(self.offsets.len());
        for first in 0..self.labels.len() {
            for second in first + 1..self.labels.len() {
                let mut sum = 0.0;
                for (row, class) in [(second - 1, first), (first, second)] {
                    let range = self.ranges[class].clone();
                    let coefficients = &self.coefficients[row][range.clone()];
                    coefficients.iter().zip(&kernel[range]).for_each(|(coefficient, value)| sum += coefficient * value);
                }
                decisions.push(sum - self.offsets[decisions.len()]);
            }
        }
        decisions
    }

    /// Returns the position of the label with most votes; the first of equal ones.
    #[must_use]
    pub fn vote(&self, decisions: &[f64]) -> usize {
        let mut votes = vec![0_usize; self.labels.len()];
        for ((first, second), decision) in self.pairs().zip(decisions) {
            votes[if *decision > 0.0 { first } else { second }] += 1;
        }
        first_largest(&votes)
    }

    /// Returns the probabilities of the labels; `None` if the model has no parameters for them.
    #[must_use]
    pub fn probabilities(&self, decisions: &[f64], coupling: Coupling) -> Option<Vec<f64>> {
        let sigmoids = self.sigmoids.as_ref()?;
        let classes = self.labels.len();
        let mut pairwise = vec![vec![0.0; classes]; classes];
        for (((first, second), decision), &(a, b)) in self.pairs().zip(decisions).zip(sigmoids) {
            let probability = sigmoid_predict(*decision, a, b).clamp(MIN_PROBABILITY, 1.0 - MIN_PROBABILITY);
            pairwise[first][second] = probability;
            pairwise[second][first] = 1.0 - probability;
        }
        if classes == 2 && coupling == Coupling::Libsvm {
            return Some(vec![pairwise[0][1], pairwise[1][0]]);
        }
        let mut probabilities = vec![0.0; classes];
        multiclass_probability(classes, &pairwise, &mut probabilities);
        Some(probabilities)
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let classes = self.labels.len();
        (0..classes).flat_map(move |first| (first + 1..classes).map(move |second| (first, second)))
    }
}

/// Returns the position of the first of the largest values.
pub(crate) fn first_largest<T: PartialOrd>(values: &[T]) -> usize {
    (1..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

fn check(item: &'static str, expected: usize, got: usize) -> Result<(), SvmModelError> {
    if expected == got { Ok(()) } else { Err(unsupported(item, expected.to_string(), got)) }
}

#[cfg(test)]
mod tests;
