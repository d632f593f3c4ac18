//! Set of 75 tracks of three genres: descriptors, embeddings, folds.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use earmark_gaia::{DescriptorSet, TrackValue};
use earmark_train::{
    DataSet, FinishedPoint, FoldKind, Folds, GridBlock, GridSearch, GroundTruth, Groups, Project, Ranking,
    TemplateVersion,
};
use ndarray::Ix1;
use ndarray_npy::NpzReader;
use serde_json::Value;

/// Number of values of the embedding; the rest of an array are tags.
const EMBEDDING: usize = 200;

/// Descriptors, embeddings and folds of the set.
pub(super) struct GenreSet {
    pub(super) truth: GroundTruth,
    pub(super) embeddings: HashMap<String, Vec<f32>>,
    /// Folds without groups, as the reference made them.
    pub(super) plain: Folds,
    /// Folds grouped by artist, as another library made them.
    pub(super) grouped: Folds,
    points: Vec<(String, DescriptorSet)>,
}

impl GenreSet {
    /// Reads the set of the reference data.
    pub(super) fn read(reference: &Path) -> Self {
        let folder = reference.join("extractor/genre");
        let table = fs::read_to_string(folder.join("groups.tsv")).unwrap();
        let rows = table.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
        let truth = GroundTruth::new("genre", rows.map(|row| (row[0].to_owned(), row[1].to_owned())).collect());
        let groups = Groups::parse_table("artist", "groups", &table).unwrap();

        let unpacked = Command::new("xz").args(["-dc"]).arg(folder.join("descriptors.json.xz")).output().unwrap();
        assert!(unpacked.status.success(), "xz: {}", String::from_utf8_lossy(&unpacked.stderr));
        let root: Value = serde_json::from_slice(&unpacked.stdout).unwrap();
        let points = root.as_object().unwrap().iter().map(|(id, values)| (id.clone(), point(values))).collect();

        let mut arrays =
            NpzReader::new(fs::File::open(folder.join("musicnn_msd_mean_200_embedding_then_50_tags.npz")).unwrap())
                .unwrap();
        let mut embedding = |id: &String| arrays.by_name::<ndarray::OwnedRepr<f32>, Ix1>(&format!("{id}.npy")).unwrap();
        let embeddings =
            truth.labels().iter().map(|(id, _)| (id.clone(), embedding(id).to_vec()[..EMBEDDING].to_vec())).collect();

        let json: Value = serde_json::from_slice(&fs::read(folder.join("folds.json")).unwrap()).unwrap();
        let ids: Vec<String> = serde_json::from_value(json["ids"].clone()).unwrap();
        let given = |key: &str| {
            let folds: Vec<usize> = serde_json::from_value(json[key].clone()).unwrap();
            let kind = FoldKind::Given { by: key.to_owned() };
            Folds::given(&truth, kind, 5, ids.iter().cloned().zip(folds).collect(), Vec::new()).unwrap()
        };
        let (plain, grouped) = (given("gaia_fold_seed_1"), given("grouped_by_artist_fold"));
        let ours = groups.folds(&truth, 5, 1).unwrap();
        assert_eq!(ours.warnings().len(), 1, "{:?}", ours.warnings());
        Self { truth, embeddings, plain, grouped, points }
    }

    /// Returns the best point of one preprocessing on descriptors.
    pub(super) fn best(&self, variant: &str, compat: bool, folds: &Folds) -> FinishedPoint {
        let mut project = Project::new("genre", TemplateVersion::Beta5, grid(variant), compat);
        best(&mut project, &self.truth, self.points.clone(), folds)
    }

    /// Returns the best point on embeddings.
    pub(super) fn best_on_embeddings(&self, folds: &Folds) -> FinishedPoint {
        let mut project = Project::new("genre", TemplateVersion::Beta5, grid("raw"), false);
        let point = |(id, values): (&String, &Vec<f32>)| {
            let mut point = DescriptorSet::default();
            point.insert("embedding", TrackValue::Real(values.clone()));
            (id.clone(), point)
        };
        best(&mut project, &self.truth, self.embeddings.iter().map(point).collect(), folds)
    }
}

/// Returns the grid of 100 points of the table.
fn grid(variant: &str) -> GridBlock {
    GridBlock {
        preprocessing: vec![variant.to_owned()],
        c: vec![-5.0, -1.0, 3.0, 7.0, 11.0],
        gamma: vec![3.0, -1.0, -5.0, -9.0, -11.0],
        ..GridBlock::full()
    }
}

fn best(
    project: &mut Project,
    truth: &GroundTruth,
    points: Vec<(String, DescriptorSet)>,
    folds: &Folds,
) -> FinishedPoint {
    let results = tempfile::tempdir().unwrap();
    project.results_directory = results.path().to_owned();
    let data = DataSet::new(project, truth, points).unwrap();
    let folds = [folds.clone()];
    let outcome = GridSearch::new(project, &data, &folds, &|_| (), &AtomicBool::new(false)).run().unwrap();
    assert!(outcome.failed.is_empty(), "{:?}", outcome.failed.first());
    Ranking::new(&outcome).unwrap().best().clone()
}

/// Returns the descriptors of a flat map from names to values.
fn point(values: &Value) -> DescriptorSet {
    let mut point = DescriptorSet::default();
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    for (name, value) in values.as_object().unwrap() {
        let value = match value {
            Value::String(text) => TrackValue::Text(vec![text.clone()]),
            Value::Array(list) if list.first().is_some_and(Value::is_string) => {
                TrackValue::Text(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Value::Array(list) if list.first().is_some_and(Value::is_array) => {
                let rows: Vec<_> = list.iter().filter_map(Value::as_array).collect();
                let shape = [rows.len() as f32, rows[0].len() as f32];
                TrackValue::Real(shape.into_iter().chain(rows.into_iter().flatten().map(number)).collect())
            }
            Value::Array(list) => TrackValue::Real(list.iter().map(number).collect()),
            Value::Null => TrackValue::Missing,
            other => TrackValue::Real(vec![number(other)]),
        };
        point.insert(name, value);
    }
    point
}
