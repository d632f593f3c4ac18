//! Final model: the chain of transformations and the SVM of one grid point, fitted to all items.

use std::path::Path;

use earmark_gaia::{AddField, History, SvmPredict, Transform, Variant};
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
pub fn final_model(project: &Project, data: &DataSet, params: &PointParams) -> Result<History, TrainError> {
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
    let nodes = |row: &[f64]| {
        row.iter().zip(1..).map(|(value, index)| SvmNode { index, value: *value }).collect::<Vec<_>>()
    };
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
pub fn write_history(path: &Path, history: &History) -> Result<(), TrainError> {
    write_atomically(path, &history.to_bytes())
}
