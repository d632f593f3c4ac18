//! Data sets for the tests.

// Each test binary uses a part.
#![allow(dead_code)]

use std::path::Path;

use earmark_gaia::{DescriptorSet, TrackValue};
use earmark_train::{DataSet, GridBlock, GroundTruth, Project, TemplateVersion};
use serde_json::Value;

/// Returns the ground truth and the points of a fixture with `labels` and `descriptors`.
pub(crate) fn fixture(text: &str) -> (GroundTruth, Vec<(String, DescriptorSet)>) {
    let root: Value = serde_json::from_str(text).unwrap();
    let labels = ordered(text, "labels");
    let labels = labels.into_iter().map(|id| (id.clone(), root["labels"][&id].as_str().unwrap().to_owned())).collect();
    let points = root["descriptors"].as_object().unwrap().iter();
    let points = points.map(|(id, values)| (id.clone(), point(values))).collect();
    (GroundTruth::new("style", labels), points)
}

/// Returns the keys of a map of a JSON file in file order, which folds depend on.
fn ordered(text: &str, key: &str) -> Vec<String> {
    let start = text.find(&format!("\"{key}\": {{")).unwrap() + key.len() + 5;
    let end = start + text[start..].find('}').unwrap();
    let keys =
        text[start..end].split(',').map(|entry| entry.split(':').next().unwrap().trim().trim_matches('"').to_owned());
    keys.collect()
}

/// Returns the descriptors of a flat map from names to values.
pub(crate) fn point(values: &Value) -> DescriptorSet {
    let mut point = DescriptorSet::default();
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    for (name, value) in values.as_object().unwrap() {
        let value = match value {
            Value::String(text) => TrackValue::Text(vec![text.clone()]),
            Value::Array(list) if list.first().is_some_and(Value::is_array) => {
                let rows: Vec<_> = list.iter().map(|row| row.as_array().unwrap()).collect();
                let shape = [rows.len() as f32, rows[0].len() as f32];
                TrackValue::Real(shape.into_iter().chain(rows.into_iter().flatten().map(number)).collect())
            }
            Value::Array(list) if list.first().is_some_and(Value::is_string) => {
                TrackValue::Text(list.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
            }
            Value::Array(list) => TrackValue::Real(list.iter().map(number).collect()),
            Value::Null => TrackValue::Missing,
            other => TrackValue::Real(vec![number(other)]),
        };
        point.insert(name, value);
    }
    point
}

/// Returns a project of the fixture's grid with results in a folder.
pub(crate) fn project(folder: &Path, compat: bool) -> Project {
    let grid = GridBlock { c: vec![-1.0, 3.0, 7.0], gamma: vec![-1.0, -5.0], ..GridBlock::full() };
    let mut project = Project::new("style", TemplateVersion::Beta5, grid, compat);
    project.results_directory = folder.join("results");
    project
}

/// Returns the small data set.
pub(crate) fn small(project: &Project) -> (GroundTruth, DataSet) {
    let (truth, points) = fixture(include_str!("../../../../tests/train/small.json"));
    let data = DataSet::new(project, &truth, points).unwrap();
    (truth, data)
}
