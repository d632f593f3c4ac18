//! Dense support vectors and their kernels.

use libsvm_rs::kernel::powi;
use libsvm_rs::{KernelType, SvmModel};

use super::error::{SvmModelError, unsupported};

/// Largest number of values of all support vectors together.
pub(crate) const MAX_VALUES: usize = 1 << 24;
/// Number of support vectors that are evaluated side by side. Each keeps a sum of its own, so that the order of additions
/// is that of LIBSVM.
const LANES: usize = 8;

/// Kernel function of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SvmKernel {
    /// Dot product.
    Linear,
    /// `(gamma * dot product + coef0) ^ degree`.
    Polynomial {
        /// Exponent.
        degree: i32,
        /// Factor of the dot product.
        gamma: f64,
        /// Summand.
        coef0: f64,
    },
    /// `exp(-gamma * squared distance)`.
    Rbf {
        /// Factor of the squared distance.
        gamma: f64,
    },
    /// `tanh(gamma * dot product + coef0)`.
    Sigmoid {
        /// Factor of the dot product.
        gamma: f64,
        /// Summand.
        coef0: f64,
    },
}

/// Support vectors, in blocks of [`LANES`] with the values of one dimension side by side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SupportVectors {
    kernel: SvmKernel,
    dimensions: usize,
    count: usize,
    blocks: Vec<[f64; LANES]>,
}

impl SupportVectors {
    pub(super) fn new(model: &SvmModel, dimensions: usize) -> Result<Self, SvmModelError> {
        let parameters = &model.param;
        let (gamma, coef0) = (parameters.gamma, parameters.coef0);
        let kernel = match parameters.kernel_type {
            KernelType::Linear => SvmKernel::Linear,
            KernelType::Polynomial => SvmKernel::Polynomial { degree: parameters.degree, gamma, coef0 },
            KernelType::Rbf => SvmKernel::Rbf { gamma },
            KernelType::Sigmoid => SvmKernel::Sigmoid { gamma, coef0 },
            KernelType::Precomputed => {
                return Err(unsupported("kernel_type", "linear, polynomial, rbf or sigmoid", "precomputed"));
            }
        };
        let count = model.sv.len();
        let blocks = count.div_ceil(LANES).checked_mul(dimensions).filter(|&blocks| blocks <= MAX_VALUES / LANES);
        let Some(blocks) = blocks else {
            let got = format!("{count} of {dimensions} dimensions");
            return Err(unsupported("support vectors", format!("up to {} values", MAX_VALUES), got));
        };
        let mut blocks = vec![[0.0; LANES]; blocks];
        for (number, vector) in model.sv.iter().enumerate() {
            for node in vector {
                let index = usize::try_from(node.index).ok().and_then(|index| index.checked_sub(1));
                let Some(index) = index.filter(|&index| index < dimensions) else {
                    return Err(unsupported("index of a value", format!("1 to {dimensions}"), node.index));
                };
                blocks[number / LANES * dimensions + index][number % LANES] = node.value;
            }
        }
        Ok(Self { kernel, dimensions, count, blocks })
    }

    pub(super) fn kernel(&self) -> SvmKernel {
        self.kernel
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Returns the kernel of an input with each support vector.
    pub(super) fn kernel_values(&self, input: &[f64]) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.count + LANES);
        if self.dimensions == 0 {
            values.resize(self.count, self.value(0.0));
            return values;
        }
        for block in self.blocks.chunks_exact(self.dimensions) {
            let sums = match self.kernel {
                SvmKernel::Rbf { .. } => squared_distances(input, block),
                _ => dot_products(input, block),
            };
            values.extend(sums.map(|sum| self.value(sum)));
        }
        values.truncate(self.count);
        values
    }

    /// Returns the kernel of a dot product or a squared distance.
    fn value(&self, sum: f64) -> f64 {
        match self.kernel {
            SvmKernel::Linear => sum,
            SvmKernel::Polynomial { degree, gamma, coef0 } => powi(gamma * sum + coef0, degree),
            SvmKernel::Rbf { gamma } => (-gamma * sum).exp(),
            SvmKernel::Sigmoid { gamma, coef0 } => (gamma * sum + coef0).tanh(),
        }
    }
}

fn dot_products(input: &[f64], block: &[[f64; LANES]]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (value, others) in input.iter().zip(block) {
        for (sum, other) in sums.iter_mut().zip(others) {
            *sum += value * other;
        }
    }
    sums
}

/// Values that the input lacks are zero.
fn squared_distances(input: &[f64], block: &[[f64; LANES]]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    let input = input.iter().copied().chain(std::iter::repeat(0.0));
    for (value, others) in input.zip(block) {
        for (sum, other) in sums.iter_mut().zip(others) {
            let difference = value - other;
            *sum += difference * difference;
        }
    }
    sums
}
