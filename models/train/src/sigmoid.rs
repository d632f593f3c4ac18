//! Probabilities of a trained model: a sigmoid for each pair of classes, fitted to cross-validated decision values.

use libsvm_rs::probability::sigmoid_train;
use libsvm_rs::{KernelType, SvmModel, SvmParameter, SvmProblem};

use crate::point::PointParams;
use crate::random::PythonRandom;
use crate::svm::{Gram, decisions, precomputed, trained};

/// Number of folds.
const FOLDS: usize = 5;

/// Adds the sigmoids to a model that was trained on rows with these labels. The items of each pair are shuffled with the
/// seed, so that the result is the same on every system, unlike LIBSVM's own, which draws from one generator of the process.
///
/// # Errors
/// If a parameter is out of range.
pub(crate) fn add_probabilities(
    model: &mut SvmModel,
    gram: &Gram,
    labels: &[usize],
    params: &PointParams,
    param: &SvmParameter,
    seed: u64,
) -> Result<(), String> {
    for i in 0..model.nr_class {
        for j in i + 1..model.nr_class {
            let pair = Pair { gram, params, costs: [model.label[i], model.label[j]].map(|label| cost(param, label)) };
            let of = |class: i32| (0..labels.len()).filter(move |item| labels[*item] as i32 == class);
            let items: Vec<(usize, f64)> =
                of(model.label[i]).map(|item| (item, 1.0)).chain(of(model.label[j]).map(|item| (item, -1.0))).collect();
            let (a, b) = pair.sigmoid(&items, seed)?;
            model.prob_a.push(a);
            model.prob_b.push(b);
        }
    }
    Ok(())
}

/// Returns the cost of a class.
fn cost(param: &SvmParameter, label: i32) -> f64 {
    let weight = param.weight.iter().find(|(known, _)| *known == label);
    param.c * weight.map_or(1.0, |(_, weight)| *weight)
}

/// Two classes with their costs.
struct Pair<'a> {
    gram: &'a Gram,
    params: &'a PointParams,
    costs: [f64; 2],
}

impl Pair<'_> {
    fn sigmoid(&self, items: &[(usize, f64)], seed: u64) -> Result<(f64, f64), String> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        PythonRandom::new(seed).shuffle(&mut order);
        let folds = FOLDS.min(items.len());
        let mut values = vec![0.0; items.len()];
        for fold in 0..folds {
            let (begin, end) = (fold * items.len() / folds, (fold + 1) * items.len() / folds);
            let train: Vec<(usize, f64)> =
                [&order[..begin], &order[end..]].concat().iter().map(|index| items[*index]).collect();
            let test: Vec<usize> = order[begin..end].iter().map(|index| items[*index].0).collect();
            let decided = self.decide(&train, &test)?;
            order[begin..end].iter().zip(decided).for_each(|(index, value)| values[*index] = value);
        }
        let labels: Vec<f64> = items.iter().map(|(_, label)| *label).collect();
        let (a, b) = sigmoid_train(&values, &labels);
        if a < 0.0 {
            return Ok((a, b));
        }
        // With few items or a small cost, the class that the fold leaves out most of loses, so that the sigmoid contradicts
        // the votes. The decision values of the items themselves do not.
        let all: Vec<usize> = items.iter().map(|(item, _)| *item).collect();
        Ok(sigmoid_train(&self.decide(items, &all)?, &labels))
    }

    /// Returns the decision values of items for the first class. Training items of one class only decide for that class.
    fn decide(&self, train: &[(usize, f64)], test: &[usize]) -> Result<Vec<f64>, String> {
        let first = train.iter().filter(|(_, label)| *label > 0.0).count();
        if first == 0 || first == train.len() {
            let value = if train.is_empty() { 0.0 } else { train[0].1 };
            return Ok(vec![value; test.len()]);
        }
        let kernel = |i: usize, j: usize| self.gram.kernel(self.params.kernel, self.params.kernel_gamma(), i, j);
        let problem = SvmProblem {
            labels: train.iter().map(|(_, label)| *label).collect(),
            instances: precomputed(train.len(), |i, j| kernel(train[i].0, train[j].0)),
        };
        let param = SvmParameter {
            kernel_type: KernelType::Precomputed,
            c: 1.0,
            weight: vec![(1, self.costs[0]), (-1, self.costs[1])],
            ..SvmParameter::default()
        };
        let model = trained(&problem, &param)?;
        let sign = f64::from(model.label[0]);
        let decide = |item: &usize| {
            let values = decisions(&model, |vector| kernel(*item, train[model.sv_indices[vector] - 1].0));
            sign * values[0]
        };
        Ok(test.iter().map(decide).collect())
    }
}
