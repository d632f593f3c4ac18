//! Multinomial logistic regression with an L2 penalty.

use std::collections::VecDeque;

/// Weights and biases of a linear classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearClassifier {
    /// Number of classes.
    pub classes: usize,
    /// Weights by class, then dimension.
    pub weights: Vec<f64>,
    /// Bias of each class.
    pub biases: Vec<f64>,
}

/// Number of steps that the curvature is estimated from.
const MEMORY: usize = 10;
/// Largest number of steps.
const MAX_STEPS: usize = 500;
/// Largest component of the gradient at which the fit ends.
const MAX_GRADIENT: f64 = 1e-6;
/// Largest number of halvings of one step.
const MAX_HALVINGS: usize = 40;
/// Part of the predicted decrease that a step must reach.
const MIN_DECREASE: f64 = 1e-4;

/// Objective: half the squared weights plus `c` times the weighted cross-entropy. Biases are not penalized.
struct Objective<'a> {
    rows: &'a [f64],
    labels: &'a [usize],
    weights: &'a [f64],
    classes: usize,
    width: usize,
    c: f64,
}

impl LinearClassifier {
    /// Fits the classifier to rows of `width` numbers, by L-BFGS from zero. `c` is the inverse strength of the penalty, as
    /// in scikit-learn; `sample_weights` has one weight for each row.
    #[must_use]
    pub fn fit(rows: &[f64], width: usize, labels: &[usize], classes: usize, sample_weights: &[f64], c: f64) -> Self {
        let objective = Objective { rows, labels, weights: sample_weights, classes, width, c };
        let solution = minimize(|point: &[f64]| objective.value(point), vec![0.0; classes * (width + 1)]);
        let (weights, biases) = solution.split_at(classes * width);
        Self { classes, weights: weights.to_vec(), biases: biases.to_vec() }
    }

    /// Returns the probability of each class.
    #[must_use]
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let mut scores = self.scores(row);
        softmax(&mut scores);
        scores
    }

    /// Returns the class of the highest score; of equal ones, the first.
    #[must_use]
    pub fn predict(&self, row: &[f64]) -> usize {
        let scores = self.scores(row);
        (1..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best })
    }

    fn scores(&self, row: &[f64]) -> Vec<f64> {
        let width = row.len().max(1);
        let score = |(weights, bias): (&[f64], &f64)| weights.iter().zip(row).map(|(w, x)| w * x).sum::<f64>() + bias;
        self.weights.chunks_exact(width).zip(&self.biases).map(score).collect()
    }
}

impl Objective<'_> {
    /// Returns value and gradient.
    fn value(&self, point: &[f64]) -> (f64, Vec<f64>) {
        let (weights, biases) = point.split_at(self.classes * self.width);
        let mut gradient = vec![0.0; point.len()];
        gradient[..weights.len()].copy_from_slice(weights);
        let mut value = 0.5 * weights.iter().map(|w| w * w).sum::<f64>();
        let rows = self.rows.chunks_exact(self.width.max(1));
        for ((row, label), sample) in rows.zip(self.labels).zip(self.weights) {
            let score = |class: usize| {
                let weights = &weights[class * self.width..(class + 1) * self.width];
                weights.iter().zip(row).map(|(w, x)| w * x).sum::<f64>() + biases[class]
            };
            let mut p: Vec<f64> = (0..self.classes).map(score).collect();
            let own = p[*label];
            let log_sum = softmax(&mut p);
            let scale = self.c * sample;
            value += scale * (log_sum - own);
            for (class, p) in p.iter().enumerate() {
                let error = scale * (p - f64::from(u8::from(class == *label)));
                let slot = &mut gradient[class * self.width..(class + 1) * self.width];
                slot.iter_mut().zip(row).for_each(|(g, x)| *g += error * x);
                gradient[weights.len() + class] += error;
            }
        }
        (value, gradient)
    }
}

/// Replaces scores by probabilities and returns the logarithm of the sum of their exponentials.
fn softmax(scores: &mut [f64]) -> f64 {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|score| *score = (*score - max).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
    max + sum.ln()
}

/// Minimizes a convex function by L-BFGS with halved steps.
fn minimize(value: impl Fn(&[f64]) -> (f64, Vec<f64>), mut point: Vec<f64>) -> Vec<f64> {
    let (mut f, mut gradient) = value(&point);
    let mut history: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    for _ in 0..MAX_STEPS {
        if gradient.iter().all(|g| g.abs() < MAX_GRADIENT) {
            break;
        }
        let mut direction = direction(&gradient, &history);
        let mut slope = dot(&gradient, &direction);
        if slope >= 0.0 {
            history.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = -dot(&gradient, &gradient);
        }
        let mut length = if history.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let Some((next, next_f, next_gradient)) = (0..MAX_HALVINGS).find_map(|_| {
            let next: Vec<f64> = point.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let (next_f, next_gradient) = value(&next);
            let is_lower = next_f <= f + MIN_DECREASE * length * slope;
            length *= 0.5;
            is_lower.then_some((next, next_f, next_gradient))
        }) else {
            break;
        };
        let step: Vec<f64> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-12 {
            history.push_back((step, change, 1.0 / curvature));
            if history.len() > MEMORY {
                history.pop_front();
            }
        }
        (point, f, gradient) = (next, next_f, next_gradient);
    }
    point
}

/// Returns the direction of descent of the two-loop recursion.
fn direction(gradient: &[f64], history: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut factors = Vec::with_capacity(history.len());
    for (step, change, inverse) in history.iter().rev() {
        let factor = inverse * dot(step, &q);
        q.iter_mut().zip(change).for_each(|(q, y)| *q -= factor * y);
        factors.push(factor);
    }
    if let Some((_, change, inverse)) = history.back() {
        let scale = 1.0 / (inverse * dot(change, change));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((step, change, inverse), factor) in history.iter().zip(factors.into_iter().rev()) {
        let correction = factor - inverse * dot(change, &q);
        q.iter_mut().zip(step).for_each(|(q, s)| *q += correction * s);
    }
    q.iter_mut().for_each(|q| *q = -*q);
    q
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Node};

    fn numbers(node: &Node, key: &str) -> Vec<f64> {
        let Some(Node::List(list)) = node.get(key) else { panic!("no list `{key}`") };
        let number = |node: &Node| if let Node::Number(number) = node { *number } else { panic!("{node:?}") };
        list.iter().map(number).collect()
    }

    #[test]
    fn weights_and_probabilities_equal_those_of_scikit_learn() {
        let labels: Vec<usize> = (0..60).map(|i| (i * i + i / 3) % 3).collect();
        let value = |i: usize, d: usize| ((i * 7 + d * 13) % 17) as f64 / 17.0 + 0.5 * ((labels[i] + d) % 3) as f64;
        let rows: Vec<f64> = (0..60).flat_map(|i| (0..4).map(move |d| (i, d))).map(|(i, d)| value(i, d)).collect();
        let count = |class| labels.iter().filter(|label| **label == class).count() as f64;
        let weights: Vec<f64> = labels.iter().map(|label| 60.0 / (3.0 * count(*label))).collect();
        let text = include_str!("../../../tests/train/logistic.json");
        let Node::List(cases) = (Document { file: "logistic", text }).parse().unwrap() else { panic!("no list") };
        assert_eq!(cases.len(), 2);
        for case in cases {
            let Some(Node::Number(c)) = case.get("c") else { panic!("no c") };
            let fitted = LinearClassifier::fit(&rows, 4, &labels, 3, &weights, *c);
            let probabilities: Vec<f64> =
                rows.chunks_exact(4).take(5).flat_map(|row| fitted.probabilities(row)).collect();
            for (key, got) in
                [("weights", &fitted.weights), ("biases", &fitted.biases), ("probabilities", &probabilities)]
            {
                let expected = numbers(&case, key);
                assert_eq!(got.len(), expected.len());
                let far = got.iter().zip(&expected).find(|(a, b)| (*a - *b).abs() > 1e-4);
                assert!(far.is_none(), "{key} with C {c}: {far:?}");
            }
        }
    }
}
