//! Data sets: the descriptors and the class of each item, in a common layout.

use std::collections::HashMap;
use std::path::Path;

use earmark_gaia::{DescriptorLayout, DescriptorSet, FixLength, Remove, Transform, Unmatched, Variant, utf16_order};

use crate::error::TrainError;
use crate::file_list::FileList;
use crate::fit::{FittedPoints, PatternWarning};
use crate::ground_truth::GroundTruth;
use crate::project::{Project, TemplateVersion};

/// Name of the descriptor with the version of the extractor.
const VERSION: &str = ".metadata.version.essentia";

/// Descriptors and class of each item, sorted by id.
#[derive(Debug, Clone)]
pub struct DataSet {
    class_name: String,
    classes: Vec<String>,
    ids: Vec<String>,
    labels: Vec<usize>,
    merged: FittedPoints,
    dropped: Vec<String>,
}

impl DataSet {
    /// Reads the descriptor files of a file list. `progress` gets the number of files read so far. Blocks.
    ///
    /// # Errors
    /// [`TrainError::UnequalIds`] if ground truth and file list differ, [`TrainError::Descriptors`] if a file cannot be
    /// read, and the errors of [`DataSet::new`].
    pub fn read(
        project: &Project,
        truth: &GroundTruth,
        list: &FileList,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, TrainError> {
        list.check_ids(truth)?;
        Self::new(project, truth, read_points(list, progress)?)
    }

    /// Creates a data set from the descriptors of each id. Descriptors that are not common to all items, of varying
    /// length, constant or not finite are dropped.
    ///
    /// # Errors
    /// [`TrainError::UnequalIds`] if the ids differ from those of the ground truth, [`TrainError::TooFewClasses`] if there
    /// are fewer than two classes, and [`TrainError::Variant`] if an excluded pattern matches nothing and the project
    /// refuses that.
    pub fn new(
        project: &Project,
        truth: &GroundTruth,
        points: Vec<(String, DescriptorSet)>,
    ) -> Result<Self, TrainError> {
        let list = FileList::new(points.iter().map(|(id, _)| (id.clone(), Path::new("").to_owned())).collect());
        list.check_ids(truth)?;
        truth.check_classes(0)?;
        let mut classes: Vec<String> = truth.class_counts().keys().map(ToString::to_string).collect();
        classes.sort_by(|a, b| utf16_order(a, b));
        let index: HashMap<&str, usize> =
            classes.iter().enumerate().map(|(index, class)| (class.as_str(), index)).collect();
        let label_of: HashMap<&str, usize> =
            truth.labels().iter().filter_map(|(id, label)| Some((id.as_str(), *index.get(label.as_str())?))).collect();
        let mut points = points;
        points.sort_by(|(a, _), (b, _)| utf16_order(a, b));
        let labels = points.iter().filter_map(|(id, _)| label_of.get(id.as_str()).copied()).collect();
        let (ids, points): (Vec<_>, Vec<_>) = points.into_iter().unzip();
        let (merged, dropped) =
            merge(project, points).map_err(|cause| TrainError::Variant { variant: "merge".into(), cause })?;
        Ok(Self { class_name: truth.class_name().to_owned(), classes, ids, labels, merged, dropped })
    }

    /// Returns the name of the classification.
    #[must_use]
    pub fn class_name(&self) -> &str {
        &self.class_name
    }

    /// Returns the classes in the order of their indices.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the ids in order.
    #[must_use]
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Returns the class index of each item.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// Returns the names of descriptors that some items lack, or have with another type or without value.
    #[must_use]
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// Returns the warnings about excluded patterns.
    #[must_use]
    pub fn warnings(&self) -> &[PatternWarning] {
        &self.merged.warnings
    }

    /// Returns the points with the steps of the merge.
    pub(crate) fn merged(&self) -> &FittedPoints {
        &self.merged
    }
}

/// Reads the descriptor files of a file list. `progress` gets the number of files read so far. Blocks.
///
/// # Errors
/// [`TrainError::Descriptors`] if a file cannot be read.
pub fn read_points(
    list: &FileList,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<(String, DescriptorSet)>, TrainError> {
    let mut points = Vec::with_capacity(list.files().len());
    for (id, path) in list.files() {
        points.push((id.clone(), DescriptorSet::read(path)?));
        progress(points.len());
    }
    Ok(points)
}

/// Returns the template for these descriptor files, and the distinct versions of the extractor.
#[must_use]
pub fn template_of(points: &[(String, DescriptorSet)]) -> (TemplateVersion, Vec<String>) {
    let mut versions: Vec<String> = points.iter().filter_map(|(_, point)| version(point)).collect();
    versions.sort();
    versions.dedup();
    (TemplateVersion::for_versions(versions.iter().map(String::as_str)), versions)
}

fn version(point: &DescriptorSet) -> Option<String> {
    match point.get(VERSION)? {
        earmark_gaia::TrackValue::Text(texts) => texts.first().cloned(),
        _ => None,
    }
}

/// Brings points to a common layout with the two steps of every Gaia model: removal and fixed lengths.
fn merge(project: &Project, mut points: Vec<DescriptorSet>) -> Result<(FittedPoints, Vec<String>), String> {
    let common = DescriptorLayout::common(&points);
    let mut dropped: Vec<String> = Vec::new();
    for (name, _) in points.iter().flat_map(DescriptorSet::iter) {
        if common.get(name).is_none() && !dropped.iter().any(|known| known == name) {
            dropped.push(name.to_owned());
        }
    }
    points.iter_mut().for_each(|point| point.retain(|name| common.get(name).is_some()));
    let unmatched = if project.fail_on_unmatched { Unmatched::Refuse } else { Unmatched::Report };
    let (excluded, _) =
        Remove::fit(&common, &project.excluded_descriptors, unmatched).map_err(|error| error.to_string())?;
    let layout = Transform::Remove(excluded.clone()).layout_after(&common);
    points.iter_mut().for_each(|point| excluded.apply(point));
    let removed = Remove::fit_variable_length(&points, &layout);
    let mut kept = points.clone();
    kept.iter_mut().for_each(|point| removed.apply(point));
    let fixed = Transform::Remove(removed.clone()).layout_after(&layout);
    let cleaned = Remove::fit_cleaner(&kept, &fixed);
    let mut names = [removed.names, cleaned.names].concat();
    names.sort_by(|a, b| utf16_order(a, b));
    let unmatched = if project.compat { Unmatched::Refuse } else { Unmatched::Report };
    let mut merged = FittedPoints::new(points, layout, "merge", unmatched);
    let params = Variant::map([("descriptorNames", Variant::texts(&names))]);
    merged.apply("remove", params, Transform::Remove(Remove { names }))?;
    if let Some(sample) = merged.points.first() {
        let step = FixLength::fit(sample, merged.layout());
        let params = Variant::map([("descriptorNames", Variant::texts(["*"]))]);
        merged.apply("fixlength", params, Transform::FixLength(step))?;
    }
    Ok((merged, dropped))
}
