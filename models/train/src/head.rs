//! Heads: logistic regression on embeddings, cross-validated, as an ONNX file with a card.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use earmark_models::{Card, Kind, sha256};

use crate::error::TrainError;
use crate::folds::{FoldKind, Folds};
use crate::ground_truth::GroundTruth;
use crate::logistic::LinearClassifier;
use crate::onnx::softmax_classifier;
use crate::results::write_atomically;
use crate::scores::{CrossValidation, Scores};

/// Settings of the fit of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadOptions {
    /// Inverse strength of the penalty on standardized inputs (default 0.05).
    pub c: f64,
    /// Whether classes are weighted by their inverse shares of the items (default true).
    pub balance_classes: bool,
}

impl Default for HeadOptions {
    fn default() -> Self {
        Self { c: 0.05, balance_classes: true }
    }
}

/// Head with its cross-validation.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedHead {
    /// Name of the classification.
    pub class_name: String,
    /// Classes in the order of the outputs.
    pub labels: Vec<String>,
    /// Weights on the raw embedding, by class, then dimension; the standardization is part of them.
    pub classifier: LinearClassifier,
    /// Confusion matrix of the cross-validation.
    pub matrix: CrossValidation,
    /// Accuracies of the cross-validation.
    pub scores: Scores,
    /// Kind of the folds.
    pub fold_kind: FoldKind,
}

/// Embeddings with class indices, in the order of the ground truth.
struct Examples<'a> {
    ids: Vec<&'a str>,
    rows: Vec<f64>,
    width: usize,
    labels: Vec<usize>,
    classes: usize,
}

/// Fits a head to one embedding for each id, and cross-validates it with the folds: standardization and weights are fitted
/// to the training part of each fold only.
///
/// # Errors
/// [`TrainError::Head`] if an id of the ground truth has no embedding or fold, the embeddings differ in length, or a value is
/// not finite, and [`TrainError::TooFewClasses`].
pub fn train_head(
    truth: &GroundTruth,
    embeddings: &HashMap<String, Vec<f32>>,
    folds: &Folds,
    options: HeadOptions,
) -> Result<TrainedHead, TrainError> {
    truth.check_classes(0)?;
    let labels: Vec<String> = truth.class_counts().keys().map(ToString::to_string).collect();
    let examples = Examples::new(truth, embeddings, &labels)?;
    let mut matrix = CrossValidation::new(labels.clone());
    for fold in 0..folds.count() {
        let is_test = |item: &usize| folds.of(examples.ids[*item]) == Some(fold);
        let (test, train): (Vec<usize>, Vec<usize>) = (0..examples.ids.len()).partition(is_test);
        if train.is_empty() || test.is_empty() {
            continue;
        }
        let classifier = examples.fit(&train, options);
        for item in test {
            matrix.add(examples.ids[item], examples.labels[item], classifier.predict(examples.row(item)), fold);
        }
    }
    if let Some(id) = examples.ids.iter().find(|id| folds.of(id).is_none()) {
        return Err(TrainError::Head {
            cause: format!("an item has no fold (expected a fold for each id, got none for `{id}`)"),
        });
    }
    matrix.sort();
    let all: Vec<usize> = (0..examples.ids.len()).collect();
    let (class_name, fold_kind) = (truth.class_name().to_owned(), folds.kind().clone());
    let classifier = examples.fit(&all, options);
    Ok(TrainedHead { class_name, labels, classifier, scores: matrix.scores(), matrix, fold_kind })
}

impl<'a> Examples<'a> {
    fn new(
        truth: &'a GroundTruth,
        embeddings: &HashMap<String, Vec<f32>>,
        classes: &[String],
    ) -> Result<Self, TrainError> {
        let wrong = |cause: String| TrainError::Head { cause };
        let mut examples =
            Self { ids: Vec::new(), rows: Vec::new(), width: 0, labels: Vec::new(), classes: classes.len() };
        for (id, label) in truth.labels() {
            let found = embeddings.get(id);
            let row =
                found.ok_or_else(|| wrong(format!("no embedding (expected one for each id, got none for `{id}`)")))?;
            if examples.ids.is_empty() {
                examples.width = row.len();
            }
            if row.is_empty() || row.len() != examples.width {
                let expected = examples.width.max(1);
                return Err(wrong(format!(
                    "unequal lengths (expected {expected} values, got {} for `{id}`)",
                    row.len()
                )));
            }
            if let Some(value) = row.iter().find(|value| !value.is_finite()) {
                return Err(wrong(format!("the embedding of `{id}` is not finite (expected numbers, got {value})")));
            }
            examples.ids.push(id);
            examples.rows.extend(row.iter().map(|value| f64::from(*value)));
            examples.labels.push(classes.iter().position(|class| class == label).unwrap_or_default());
        }
        Ok(examples)
    }

    fn row(&self, item: usize) -> &[f64] {
        &self.rows[item * self.width..(item + 1) * self.width]
    }

    /// Fits standardization and weights to some items, as one map of the raw embedding.
    fn fit(&self, items: &[usize], options: HeadOptions) -> LinearClassifier {
        let (means, scales) = self.standardization(items);
        let scaled =
            |item: &usize| self.row(*item).iter().zip(&means).zip(&scales).map(|((x, mean), scale)| (x - mean) * scale);
        let rows: Vec<f64> = items.iter().flat_map(scaled).collect();
        let labels: Vec<usize> = items.iter().map(|item| self.labels[*item]).collect();
        let mut counts = vec![0; self.classes];
        labels.iter().for_each(|label| counts[*label] += 1);
        let present = counts.iter().filter(|count| **count > 0).count();
        let weight = |label: &usize| {
            if options.balance_classes { items.len() as f64 / (present * counts[*label]) as f64 } else { 1.0 }
        };
        let weights: Vec<f64> = labels.iter().map(weight).collect();
        let mut fitted = LinearClassifier::fit(&rows, self.width, &labels, self.classes, &weights, options.c);
        for (weights, bias) in fitted.weights.chunks_exact_mut(self.width).zip(&mut fitted.biases) {
            for ((weight, mean), scale) in weights.iter_mut().zip(&means).zip(&scales) {
                *weight *= scale;
                *bias -= *weight * mean;
            }
        }
        // A class without items has no evidence: its bias must not win.
        fitted
            .biases
            .iter_mut()
            .zip(&counts)
            .filter(|(_, count)| **count == 0)
            .for_each(|(bias, _)| *bias = ABSENT_BIAS);
        fitted
    }

    /// Returns mean and inverse deviation of each dimension; the scale of a constant dimension is 0.
    fn standardization(&self, items: &[usize]) -> (Vec<f64>, Vec<f64>) {
        let count = items.len() as f64;
        let mut means = vec![0.0; self.width];
        for item in items {
            means.iter_mut().zip(self.row(*item)).for_each(|(mean, x)| *mean += x / count);
        }
        let mut variances = vec![0.0; self.width];
        for item in items {
            let row = self.row(*item).iter().zip(&means);
            variances.iter_mut().zip(row).for_each(|(variance, (x, mean))| *variance += (x - mean).powi(2) / count);
        }
        let scale = |variance: &f64| if *variance > MIN_VARIANCE { 1.0 / variance.sqrt() } else { 0.0 };
        (means, variances.iter().map(scale).collect())
    }
}

/// Variance up to which a dimension is constant.
const MIN_VARIANCE: f64 = 1e-12;
/// Bias of a class without training items.
const ABSENT_BIAS: f64 = -1e3;

impl TrainedHead {
    /// Returns the head as an ONNX file with the input `input` and the output `activations`.
    #[must_use]
    pub fn to_onnx(&self) -> Vec<u8> {
        let classes = self.labels.len();
        let width = self.classifier.weights.len() / classes.max(1);
        let weights = (0..width).flat_map(|d| (0..classes).map(move |class| class * width + d));
        let weights: Vec<f32> = weights.map(|index| self.classifier.weights[index] as f32).collect();
        let biases: Vec<f32> = self.classifier.biases.iter().map(|bias| *bias as f32).collect();
        softmax_classifier(&weights, &biases)
    }

    /// Returns the card of the head on the embedding of a base model.
    ///
    /// # Errors
    /// [`TrainError::Head`] if the base model has no embedding or one of another width.
    pub fn card(&self, base: &Card, licence: &str) -> Result<Card, TrainError> {
        let width = self.classifier.weights.len() / self.labels.len().max(1);
        if base.embedding != Some(width) {
            let got = base.embedding.map_or("none".to_owned(), |width| format!("{width} values"));
            let cause = format!("the embedding of `{}` does not fit (expected {width} values, got {got})", base.id);
            return Err(TrainError::Head { cause });
        }
        let scores = &self.scores;
        // Front end, patch and hop are those of the base model.
        let mut card = base.clone();
        card.id = format!("{}-{}", self.class_name, base.id);
        card.name.clone_from(&self.class_name);
        card.kind = Kind::Classes;
        card.head_of = Some(base.id.clone());
        card.input = vec![1, width];
        card.embedding = None;
        card.classes = self.labels.len();
        card.labels.clone_from(&self.labels);
        card.positive_class = None;
        licence.clone_into(&mut card.licence);
        card.source = String::new();
        card.citation = String::new();
        card.description = format!(
            "Logistic regression on the embedding of {}, trained on {} items. Accuracy {:.1} % (95 % interval {:.1} to \
             {:.1} %, largest class {:.1} %), mean recall {:.1} %; folds: {}.",
            base.id,
            scores.items,
            scores.accuracy,
            scores.interval.0,
            scores.interval.1,
            scores.baseline,
            scores.normalized_accuracy,
            self.fold_kind
        );
        card.sha256 = sha256(&self.to_onnx());
        card.origin = None;
        card.notes = Vec::new();
        Ok(card)
    }

    /// Writes `ID.onnx` and `ID.toml` into a folder and returns the path of the card. Blocks.
    ///
    /// # Errors
    /// [`TrainError::Write`] if a file cannot be written, and the errors of [`TrainedHead::card`].
    pub fn write(&self, folder: &Path, base: &Card, licence: &str) -> Result<PathBuf, TrainError> {
        let card = self.card(base, licence)?;
        let file = |extension: &str| folder.join(format!("{}.{extension}", card.id));
        write_atomically(&file("onnx"), &self.to_onnx())?;
        write_atomically(&file("toml"), card.to_toml().as_bytes())?;
        Ok(file("toml"))
    }
}
