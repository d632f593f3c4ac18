//! Dense matrices of a preprocessing variant.

use earmark_gaia::{DescriptorSet, TrackValue, ValueType};
use sha2::{Digest, Sha256};

use crate::data_set::DataSet;
use crate::error::TrainError;
use crate::fit::{FittedPoints, PatternWarning};
use crate::folds::Folds;
use crate::point::PointParams;
use crate::project::{PreprocessingStep, Project};

/// Columns of one descriptor in a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureSpan {
    /// Name of the descriptor.
    pub name: String,
    /// First column.
    pub start: usize,
    /// Number of columns.
    pub len: usize,
}

/// Rows of numbers with the descriptors that the columns come from.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMatrix {
    /// Numbers, row by row.
    pub values: Vec<f64>,
    /// Descriptors in the order of the columns, which is alphabetical.
    pub spans: Vec<FeatureSpan>,
}

/// Training rows, then test rows, of one fold, after all steps.
#[derive(Debug, Clone)]
pub(crate) struct FoldRows {
    pub(crate) values: Vec<f64>,
    pub(crate) train: usize,
    /// Indices of the items in the data set, in the order of the rows.
    pub(crate) items: Vec<usize>,
}

/// Preprocessing variant of a data set with the selection of descriptors of a grid block.
#[derive(Debug)]
pub(crate) struct VariantFeatures {
    /// Points after the steps that depend on no values, or after all steps.
    fixed: FittedPoints,
    /// Steps that are fitted for each fold.
    fitted_steps: Vec<PreprocessingStep>,
    descriptor_names: Vec<String>,
    exclude: Vec<String>,
    /// Number of columns before constant descriptors are dropped.
    pub(crate) dimensions: usize,
    pub(crate) warnings: Vec<PatternWarning>,
    digest: Vec<u8>,
}

impl VariantFeatures {
    /// Applies the steps of a variant that depend on no values, and in a compatible project all of them.
    pub(crate) fn new(project: &Project, data: &DataSet, params: &PointParams) -> Result<Self, TrainError> {
        let variant = params.preprocessing.clone();
        let wrong = |cause: String| TrainError::Variant { variant: variant.clone(), cause };
        let steps = project.variant(&variant)?;
        let first_fitted = steps.iter().position(PreprocessingStep::is_fitted).unwrap_or(steps.len());
        let split = if project.compat { steps.len() } else { first_fitted };
        let mut fixed = data.merged().renamed(&variant);
        steps[..split].iter().try_for_each(|step| fixed.fit(step)).map_err(wrong)?;
        let mut digest = Sha256::new();
        let text = steps.iter().map(|step| format!("{step:?};")).collect::<String>();
        digest.update(format!("{}|{text}|{:?}|{:?}|", project.compat, params.descriptor_names, params.exclude));
        for ((id, label), point) in data.ids().iter().zip(data.labels()).zip(&fixed.points) {
            digest.update(format!("{id}\n{}\n", data.classes()[*label]));
            add_values(&mut digest, point);
        }
        let mut features = Self {
            fixed,
            fitted_steps: steps[split..].to_vec(),
            descriptor_names: params.descriptor_names.clone(),
            exclude: params.exclude.clone(),
            dimensions: 0,
            warnings: Vec::new(),
            digest: digest.finalize().to_vec(),
        };
        let mut all = features.fixed.clone();
        features.select(&mut all).map_err(wrong)?;
        features.dimensions = matrix(&all).spans.iter().map(|span| span.len).sum();
        features.warnings = all.warnings;
        if features.dimensions == 0 {
            return Err(wrong("no numbers are left (expected at least one descriptor, got none)".to_owned()));
        }
        Ok(features)
    }

    /// Applies the remaining steps of the variant and the selection of descriptors.
    fn select(&self, points: &mut FittedPoints) -> Result<(), String> {
        self.fitted_steps.iter().try_for_each(|step| points.fit(step))?;
        points.select(&self.descriptor_names, &self.exclude)
    }

    /// Applies all steps before the SVM, fitted to all points.
    pub(crate) fn complete(&self) -> Result<FittedPoints, String> {
        let mut points = self.fixed.clone();
        self.finish(&mut points)?;
        Ok(points)
    }

    fn finish(&self, points: &mut FittedPoints) -> Result<(), String> {
        self.select(points)?;
        points.fit(&PreprocessingStep::Clean)?;
        points.normalize(true)
    }

    /// Returns the rows of a fold; all steps are fitted to its training part.
    pub(crate) fn fold(&self, data: &DataSet, folds: &Folds, fold: usize) -> Result<FoldRows, String> {
        let is_test = |item: &usize| folds.of(&data.ids()[*item]) == Some(fold);
        let (test, mut items): (Vec<usize>, Vec<usize>) = (0..data.ids().len()).partition(is_test);
        let train = items.len();
        items.extend(test);
        let mut points = self.fixed.subset(&items, train);
        self.finish(&mut points)?;
        Ok(FoldRows { values: matrix(&points).values, train, items })
    }

    /// Returns a text that differs if the data, the steps or the folds differ.
    pub(crate) fn fingerprint(&self, data: &DataSet, folds: &Folds) -> String {
        let mut digest = Sha256::new();
        digest.update(&self.digest);
        data.ids().iter().for_each(|id| digest.update(format!("{:?},", folds.of(id))));
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Returns the numbers of a variant before the classifier's own steps, for tools and tests.
///
/// # Errors
/// If a step of the variant fails.
pub fn feature_matrix(project: &Project, data: &DataSet, params: &PointParams) -> Result<FeatureMatrix, TrainError> {
    let features = VariantFeatures::new(project, data, params)?;
    let mut points = features.fixed.clone();
    let wrong = |cause| TrainError::Variant { variant: params.preprocessing.clone(), cause };
    features.select(&mut points).map_err(wrong)?;
    Ok(matrix(&points))
}

/// Returns the numbers of all points. Texts that were not numbered have no columns.
pub(crate) fn matrix(points: &FittedPoints) -> FeatureMatrix {
    let entries = points.layout().entries().iter().filter(|entry| entry.value_type != ValueType::Text);
    let names: Vec<&str> = entries.map(|entry| entry.name.as_str()).collect();
    let mut spans = Vec::with_capacity(names.len());
    let mut start = 0;
    for name in &names {
        let len = points.points.first().and_then(|point| point.get(name)).map_or(0, TrackValue::count);
        spans.push(FeatureSpan { name: earmark_gaia::display_name(name).to_owned(), start, len });
        start += len;
    }
    let mut values = Vec::with_capacity(start * points.points.len());
    for value in points.points.iter().flat_map(|point| names.iter().filter_map(|name| point.get(name))) {
        match value {
            TrackValue::Real(numbers) => values.extend(numbers.iter().map(|number| f64::from(*number))),
            TrackValue::Enumeration(numbers) => values.extend(numbers.iter().map(|number| f64::from(*number))),
            TrackValue::Text(_) | TrackValue::Missing => {}
        }
    }
    FeatureMatrix { values, spans }
}

fn add_values(digest: &mut Sha256, point: &DescriptorSet) {
    for (name, value) in point.iter() {
        digest.update(name);
        match value {
            TrackValue::Real(numbers) => numbers.iter().for_each(|number| digest.update(number.to_le_bytes())),
            TrackValue::Enumeration(numbers) => numbers.iter().for_each(|number| digest.update(number.to_le_bytes())),
            TrackValue::Text(texts) => texts.iter().for_each(|text| digest.update(text)),
            TrackValue::Missing => digest.update([0]),
        }
    }
}
