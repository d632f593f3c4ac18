//! Training and voting of support vector machines on a precomputed kernel.

use std::collections::BTreeMap;
use std::sync::Once;

use libsvm_rs::train::svm_train;
use libsvm_rs::{KernelType, SvmModel, SvmNode, SvmParameter, SvmProblem, check_parameter};

use crate::point::{KernelKind, PointParams};

/// Degree of the polynomial kernel.
const DEGREE: i32 = 3;

/// Dot products of all rows of a matrix with each other.
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    count: usize,
    products: Vec<f64>,
}

impl Gram {
    /// Computes the products of `count` rows.
    pub(crate) fn of(rows: &[f64], count: usize) -> Self {
        let width = rows.len() / count.max(1);
        let row = |i: usize| &rows[i * width..(i + 1) * width];
        let mut products = vec![0.0; count * count];
        for i in 0..count {
            for j in 0..=i {
                let product = dot(row(i), row(j));
                products[i * count + j] = product;
                products[j * count + i] = product;
            }
        }
        Self { count, products }
    }

    fn product(&self, i: usize, j: usize) -> f64 {
        self.products[i * self.count + j]
    }

    /// Returns the kernel of two rows.
    pub(crate) fn kernel(&self, kernel: KernelKind, gamma: f64, i: usize, j: usize) -> f64 {
        match kernel {
            KernelKind::Polynomial => cube(gamma * self.product(i, j)),
            KernelKind::Rbf => (-gamma * (self.product(i, i) + self.product(j, j) - 2.0 * self.product(i, j))).exp(),
        }
    }
}

/// Returns the third power, by the multiplications of LIBSVM.
fn cube(base: f64) -> f64 {
    base * (base * base)
}

/// Returns the dot product, summed in eight parts in a fixed order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        sums.iter_mut().zip(x.iter().zip(y)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    sums.iter().sum::<f64>() + rest
}

/// Kernel of one fold: a problem of the training rows, and the kernel values of the test rows.
pub(crate) struct FoldKernel {
    problem: SvmProblem,
    /// Kernel values by test row, then training row.
    test: Vec<f64>,
}

impl FoldKernel {
    /// Computes the kernel of the first `train` rows among themselves and with the other rows. `labels` are the class
    /// indices of all rows.
    ///
    /// # Errors
    /// If a kernel value is not finite.
    pub(crate) fn new(
        gram: &Gram,
        train: usize,
        labels: &[usize],
        kernel: KernelKind,
        gamma: f64,
    ) -> Result<Self, String> {
        let mut finite = true;
        let mut value = |i: usize, j: usize| {
            let value = gram.kernel(kernel, gamma, i, j);
            finite &= value.is_finite();
            value
        };
        let instances = precomputed(train, &mut value);
        let mut test = Vec::with_capacity((gram.count - train) * train);
        for i in train..gram.count {
            test.extend((0..train).map(|j| value(i, j)));
        }
        if !finite {
            return Err(format!(
                "the kernel is too large (expected finite values with gamma {gamma}, got infinite ones)"
            ));
        }
        let labels = labels.iter().take(train).map(|label| *label as f64).collect();
        Ok(Self { problem: SvmProblem { labels, instances }, test })
    }

    /// Returns the memory of a kernel of this many rows, in bytes.
    pub(crate) fn bytes(train: usize, test: usize) -> usize {
        train * (train + 1) * size_of::<SvmNode>() + test * train * size_of::<f64>()
    }

    /// Trains on the training rows and returns the classes that the test rows get by voting.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub(crate) fn predict(&self, params: &PointParams) -> Result<Vec<usize>, String> {
        let train = self.problem.labels.len();
        let mut param = parameters(params, &self.problem.labels);
        param.kernel_type = KernelType::Precomputed;
        let model = trained(&self.problem, &param)?;
        let rows = self.test.chunks_exact(train.max(1));
        Ok(rows.map(|row| vote(&model, |vector| row[model.sv_indices[vector] - 1])).collect())
    }
}

/// Returns the rows of a precomputed kernel of `count` items.
pub(crate) fn precomputed(count: usize, mut value: impl FnMut(usize, usize) -> f64) -> Vec<Vec<SvmNode>> {
    let mut rows = Vec::with_capacity(count);
    for i in 0..count {
        let mut row = Vec::with_capacity(count + 1);
        row.push(SvmNode { index: 0, value: (i + 1) as f64 });
        row.extend((0..count).map(|j| SvmNode { index: j as i32 + 1, value: value(i, j) }));
        rows.push(row);
    }
    rows
}

/// Returns the parameters of LIBSVM for training with these labels.
pub(crate) fn parameters(params: &PointParams, labels: &[f64]) -> SvmParameter {
    let weight = if params.balance_classes { balanced(labels) } else { Vec::new() };
    let kernel_type = match params.kernel {
        KernelKind::Polynomial => KernelType::Polynomial,
        KernelKind::Rbf => KernelType::Rbf,
    };
    SvmParameter {
        kernel_type,
        degree: DEGREE,
        gamma: params.kernel_gamma(),
        c: params.cost(),
        weight,
        ..SvmParameter::default()
    }
}

/// Returns the weight of each class: items / (items of the class * classes).
fn balanced(labels: &[f64]) -> Vec<(i32, f64)> {
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    labels.iter().for_each(|label| *counts.entry(*label as i32).or_default() += 1);
    let classes = counts.len();
    counts.into_iter().map(|(label, count)| (label, labels.len() as f64 / (count * classes) as f64)).collect()
}

/// Trains a model without messages on the terminal.
///
/// # Errors
/// If a parameter is out of range.
pub(crate) fn trained(problem: &SvmProblem, param: &SvmParameter) -> Result<SvmModel, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| libsvm_rs::set_quiet(true));
    check_parameter(problem, param).map_err(|error| error.to_string())?;
    Ok(svm_train(problem, param))
}

/// Returns the decision values of all pairs of classes; `kernel` gives the kernel value of a support vector.
pub(crate) fn decisions(model: &SvmModel, kernel: impl Fn(usize) -> f64) -> Vec<f64> {
    let values: Vec<f64> = (0..model.sv.len()).map(kernel).collect();
    let starts: Vec<usize> =
        model.n_sv.iter().scan(0, |sum, count| Some(std::mem::replace(sum, *sum + count))).collect();
    let mut decisions = Vec::with_capacity(model.rho.len());
    for i in 0..model.nr_class {
        for j in i + 1..model.nr_class {
            let part = |class: usize, coefficients: &[f64]| -> f64 {
                let range = starts[class]..starts[class] + model.n_sv[class];
                range.map(|vector| coefficients[vector] * values[vector]).sum()
            };
            let sum = part(i, &model.sv_coef[j - 1]) + part(j, &model.sv_coef[i]);
            decisions.push(sum - model.rho[decisions.len()]);
        }
    }
    decisions
}

/// Returns the class with the most votes. Of several such classes, the first in the order of the model is taken, as LIBSVM
/// does; the library's own prediction takes the last.
pub(crate) fn vote(model: &SvmModel, kernel: impl Fn(usize) -> f64) -> usize {
    let mut votes = vec![0; model.nr_class];
    let mut decisions = decisions(model, kernel).into_iter();
    for i in 0..model.nr_class {
        for j in i + 1..model.nr_class {
            let winner = if decisions.next().unwrap_or_default() > 0.0 { i } else { j };
            votes[winner] += 1;
        }
    }
    let best = (1..votes.len()).fold(0, |best, class| if votes[class] > votes[best] { class } else { best });
    model.label.get(best).map_or(0, |label| *label as usize)
}

#[cfg(test)]
mod tests {
    use libsvm_rs::predict::predict_values;

    use super::*;

    fn params(kernel: KernelKind) -> PointParams {
        PointParams {
            preprocessing: "basic".into(),
            kernel,
            c: 3.0,
            gamma: -1.0,
            balance_classes: true,
            descriptor_names: vec!["*".into()],
            exclude: Vec::new(),
            folds: 5,
        }
    }

    /// Returns 60 rows of 11 numbers in three overlapping classes, which first appear in the order 2, 0, 1.
    fn data() -> (Vec<Vec<f64>>, Vec<usize>) {
        let mut state = 7_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from((state >> 40) as u32) / f64::from(1_u32 << 24)
        };
        let labels: Vec<usize> = (0..60).map(|i| (i + 2) % 3).collect();
        let rows = labels.iter().map(|label| (0..11).map(|d| random() + 0.3 * ((label + d) % 3) as f64).collect());
        (rows.collect(), labels)
    }

    #[test]
    fn predictions_on_the_precomputed_kernel_equal_those_on_vectors() {
        let (rows, labels) = data();
        let train = 45;
        let gram = Gram::of(&rows.concat(), rows.len());
        let nodes = |row: &Vec<f64>| -> Vec<SvmNode> {
            row.iter().enumerate().map(|(d, value)| SvmNode { index: d as i32 + 1, value: *value }).collect()
        };
        for kernel in [KernelKind::Polynomial, KernelKind::Rbf] {
            let params = params(kernel);
            let fold = FoldKernel::new(&gram, train, &labels, kernel, params.kernel_gamma()).unwrap();
            let got = fold.predict(&params).unwrap();
            let problem = SvmProblem {
                labels: labels[..train].iter().map(|label| *label as f64).collect(),
                instances: rows[..train].iter().map(nodes).collect(),
            };
            let model = trained(&problem, &parameters(&params, &problem.labels)).unwrap();
            assert_eq!(model.label, [2, 0, 1]);
            let mut correct = 0;
            for (i, got) in got.iter().enumerate() {
                let mut values = [0.0; 3];
                let row = nodes(&rows[train + i]);
                predict_values(&model, &row, &mut values);
                let kernel = |vector: usize| libsvm_rs::kernel::k_function(&row, &model.sv[vector], &model.param);
                let ours = decisions(&model, kernel);
                assert!(ours.iter().zip(values).all(|(a, b)| (a - b).abs() < 1e-12), "{ours:?} {values:?}");
                assert_eq!(vote(&model, kernel), *got);
                correct += usize::from(labels[train + i] == *got);
            }
            assert!(correct >= 8, "{correct}");
        }
    }

    #[test]
    fn tie_of_votes_is_won_by_the_first_class_of_the_model() {
        let model = SvmModel {
            param: SvmParameter::default(),
            nr_class: 3,
            sv: Vec::new(),
            sv_coef: vec![Vec::new(); 2],
            // Votes: 0 over 1, 2 over 0, 1 over 2.
            rho: vec![-1.0, 1.0, -1.0],
            prob_a: Vec::new(),
            prob_b: Vec::new(),
            prob_density_marks: Vec::new(),
            sv_indices: Vec::new(),
            label: vec![5, 6, 7],
            n_sv: vec![0; 3],
        };
        assert_eq!(vote(&model, |_| 0.0), 5);
    }

    #[test]
    fn balanced_weights_are_inverse_shares() {
        let labels = [0.0, 0.0, 0.0, 1.0];
        assert_eq!(balanced(&labels), [(0, 4.0 / 6.0), (1, 2.0)]);
    }

    #[test]
    fn infinite_kernel_is_an_error() {
        let gram = Gram::of(&[1e200, 1e100], 2);
        let error = FoldKernel::new(&gram, 1, &[0, 1], KernelKind::Polynomial, 8.0).err().unwrap();
        assert!(error.contains("got infinite"), "{error}");
    }
}
