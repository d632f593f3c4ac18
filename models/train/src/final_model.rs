//! Final model: the chain of transformations and the SVM of one grid point, fitted to all items.

use std::path::Path;

use earmark_gaia::{AddField, HistoryFile, SvmPredict, Transform, Variant};
use libsvm_rs::{SvmNode, SvmProblem};

use crate::data_set::DataSet;
use crate::error::TrainError;
use crate::features::{VariantFeatures, matrix};
use crate::fit::FittedPoints;
use crate::point::PointParams;
use crate::project::Project;
use crate::results::write_atomically;
use crate::sigmoid::add_probabilities;
use crate::svm::{Gram, parameters, trained};

/// Fits a grid point to all items and returns the history, of version 102: removal and fixed lengths, the steps of the
/// variant, selection, removal of constant descriptors, normalization of each dimension, the class field, the SVM with
/// probabilities, and the selection of its results. Blocks.
///
/// # Errors
/// [`TrainError::Variant`] if a step fails, [`TrainError::Point`] if the SVM cannot be trained.
pub fn final_model(project: &Project, data: &DataSet, params: &PointParams) -> Result<HistoryFile, TrainError> {
    let features = VariantFeatures::new(project, data, params)?;
    let wrong = |cause| TrainError::Point { point: params.canonical(), cause };
    let mut points = features.complete().map_err(wrong)?;
    let svm = fit_svm(&points, data, params, project.seed).map_err(wrong)?;
    let class = format!("highlevel.{}", data.class_name());
    let field = Transform::AddField(AddField { names: vec![earmark_gaia::canonical(&class)] });
    points.apply("addfield", Variant::map([("string", Variant::text(class.as_str()))]), field).map_err(wrong)?;
    let call = Variant::map([
        ("balanceClasses", Variant::Bool(params.balance_classes)),
        ("c", Variant::Double(params.cost())),
        ("className", Variant::text(class.as_str())),
        ("gamma", Variant::Double(params.kernel_gamma())),
        ("kernel", Variant::text(params.kernel.name())),
        ("probability", Variant::Bool(true)),
        ("type", Variant::text("C-SVC")),
    ]);
    points.push("svmtrain", call, Transform::Svm(Box::new(svm)));
    points.push_selection(&format!("{class}*")).map_err(wrong)?;
    Ok(points.chain.to_history())
}

/// Trains the SVM on real vectors and adds its probabilities.
fn fit_svm(points: &FittedPoints, data: &DataSet, params: &PointParams, seed: u64) -> Result<SvmPredict, String> {
    let features = matrix(points);
    let count = data.ids().len();
    let width = features.values.len() / count.max(1);
    let nodes =
        |row: &[f64]| row.iter().zip(1..).map(|(value, index)| SvmNode { index, value: *value }).collect::<Vec<_>>();
    let problem = SvmProblem {
        labels: data.labels().iter().map(|label| *label as f64).collect(),
        instances: features.values.chunks_exact(width.max(1)).map(nodes).collect(),
    };
    let param = parameters(params, &problem.labels);
    let mut model = trained(&problem, &param)?;
    let gram = Gram::of(&features.values, count);
    add_probabilities(&mut model, &gram, data.labels(), params, &param, seed)?;
    let names = features.spans.iter().map(|span| earmark_gaia::canonical(&span.name)).collect();
    let class = format!("highlevel.{}", data.class_name());
    SvmPredict::from_model(&class, names, data.classes().to_vec(), &model).map_err(|error| error.to_string())
}

/// Writes a history. Blocks.
///
/// # Errors
/// [`TrainError::Write`] if the file cannot be written.
pub fn write_history(path: &Path, history: &HistoryFile) -> Result<(), TrainError> {
    write_atomically(path, &history.to_bytes())
}

#[cfg(test)]
mod tests {
    use earmark_gaia::{Classifier, Coupling, DescriptorSet, TrackValue};

    use super::*;
    use crate::ground_truth::GroundTruth;
    use crate::point::KernelKind;
    use crate::project::{GridBlock, TemplateVersion};
    use crate::svm::{decisions, vote};

    /// Returns 40 items of three classes, which first appear in the order c, a, b.
    fn points() -> (GroundTruth, Vec<(String, DescriptorSet)>) {
        let mut state = 3_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u32 << 24) as f32
        };
        let (mut labels, mut points) = (Vec::new(), Vec::new());
        for index in 0..40 {
            let class = (index + 2) % 3;
            let mut point = DescriptorSet::default();
            for (name, len) in [("lowlevel.mfcc.mean", 5), ("tonal.hpcp.mean", 4), ("rhythm.bpm", 1)] {
                let values = (0..len).map(|d| 100.0 * random() + 30.0 * ((class + d) % 3) as f32).collect();
                point.insert(name, TrackValue::Real(values));
            }
            let id = format!("item{index:02}");
            labels.push((id.clone(), ["a", "b", "c"][class].to_owned()));
            points.push((id, point));
        }
        (GroundTruth::new("style", labels), points)
    }

    #[test]
    fn played_history_has_the_decision_values_and_votes_of_training() {
        let project = Project::new("style", TemplateVersion::Beta5, GridBlock::full(), false);
        let (truth, points) = points();
        let data = DataSet::new(&project, &truth, points.clone()).unwrap();
        for (kernel, variant) in
            [KernelKind::Polynomial, KernelKind::Rbf].into_iter().zip(["gaussianized", "normalized"])
        {
            let params = PointParams {
                preprocessing: variant.into(),
                kernel,
                c: 2.0,
                gamma: -1.0,
                balance_classes: true,
                descriptor_names: vec!["*".into()],
                exclude: Vec::new(),
                folds: 5,
            };
            let features = VariantFeatures::new(&project, &data, &params).unwrap();
            let rows = matrix(&features.complete().unwrap());
            let gram = Gram::of(&rows.values, 40);
            let labels: Vec<f64> = data.labels().iter().map(|label| *label as f64).collect();
            let mut param = parameters(&params, &labels);
            param.kernel_type = libsvm_rs::KernelType::Precomputed;
            let value = |i, j| gram.kernel(kernel, params.kernel_gamma(), i, j);
            let model = trained(&SvmProblem { labels, instances: crate::svm::precomputed(40, value) }, &param).unwrap();
            assert_eq!(model.label, [2, 0, 1]);

            let history = final_model(&project, &data, &params).unwrap();
            let classifier = Classifier::from_history(&history).unwrap().with_coupling(Coupling::Libsvm);
            let mut certain = 0;
            for (item, (_, point)) in points.iter().enumerate() {
                let played = classifier.classify(point).unwrap();
                let of = |vector: usize| value(item, model.sv_indices[vector] - 1);
                let expected = decisions(&model, of);
                for (got, expected) in played.decision_values.iter().zip(&expected) {
                    assert!((got - expected).abs() < 1e-6, "{variant} {item}: {got}, expected {expected}");
                }
                let probabilities = played.probabilities.unwrap();
                let best = probabilities.iter().copied().fold(0.0, f64::max);
                // The model predicts by probability, training by votes: they agree where the probability is clear.
                if best > 0.6 {
                    certain += 1;
                    assert_eq!(played.value, data.classes()[vote(&model, of)], "{variant} {item} {probabilities:?}");
                }
            }
            assert!(certain > 20, "{certain}");
        }
    }

    #[test]
    fn chain_is_that_of_a_released_model() {
        let project = Project::new("style", TemplateVersion::Beta5, GridBlock::full(), false);
        let (truth, points) = points();
        let data = DataSet::new(&project, &truth, points).unwrap();
        let param = "model: {classifier: svm, preprocessing: gaussianized, type: C-SVC, kernel: RBF, C: 1, gamma: -1, \
                     balanceClasses: false}\nevaluation: {type: nfoldcrossvalidation, nfold: 5}\n";
        let history = final_model(&project, &data, &PointParams::parse("p", param).unwrap()).unwrap();
        let steps: Vec<_> = history.transformations.iter().map(|step| step.analyzer.as_str()).collect();
        let expected = [
            "remove",
            "fixlength",
            "remove",
            "remove",
            "normalize",
            "gaussianize",
            "select",
            "cleaner",
            "normalize",
            "addfield",
            "svmtrain",
            "select",
        ];
        assert_eq!((history.version, steps), (102, expected.to_vec()));
    }
}
