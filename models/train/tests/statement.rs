//! Grid search against a statement in Python, and the model that comes of it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::sync::atomic::AtomicBool;

use earmark_gaia::{Chain, Classifier, Coupling, DescriptorSet, HistoryFile};
use earmark_train::{
    GridBlock, GridSearch, KernelKind, PointParams, Project, Ranking, TemplateVersion, TrainError, TrainEvent,
    create_project, final_model, from_folders, project_folds, read_points, report_csv, retrain, template_of, train,
    train_data,
};
use serde_json::Value;

/// Small data set.
const SMALL: &str = include_str!("../../../tests/train/small.json");

#[test]
fn ranking_scores_and_confusion_matrices_equal_the_statement() {
    let folder = tempfile::tempdir().unwrap();
    let project = common::project(folder.path(), false);
    let (truth, data) = common::small(&project);
    let folds = project_folds(&project, &truth).unwrap();
    let expected: Value = serde_json::from_str(include_str!("../../../tests/train/small.expected.json")).unwrap();
    for (id, fold) in expected["folds"].as_object().unwrap() {
        assert_eq!(folds[0].of(id), fold.as_u64().map(|fold| fold as usize), "{id}");
    }
    let outcome = GridSearch::new(&project, &data, &folds, &|_| (), &AtomicBool::new(false)).run().unwrap();
    assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
    let ranking = Ranking::new(&outcome).unwrap();
    let points = expected["points"].as_array().unwrap();
    assert_eq!((ranking.points().len(), points.len()), (144, 144));
    for (rank, (point, expected)) in ranking.points().iter().zip(points).enumerate() {
        let (params, scores) = (&point.params, &point.scores);
        let text = |key: &str| expected[key].as_str().unwrap();
        let number = |key: &str| expected[key].as_f64().unwrap();
        let balance = expected["balance"].as_bool().unwrap();
        let got = (params.preprocessing.as_str(), params.kernel.name(), params.c, params.gamma, params.balance_classes);
        assert_eq!(got, (text("preprocessing"), text("kernel"), number("C"), number("gamma"), balance), "rank {rank}");
        for (name, got) in [
            ("accuracy", scores.accuracy),
            ("accuracy_std", scores.accuracy_std),
            ("normalized", scores.normalized_accuracy),
            ("normalized_std", scores.normalized_accuracy_std),
            ("dimensions", point.dimensions as f64),
        ] {
            assert!((got - number(name)).abs() < 1e-9, "rank {rank}: {name}: {got}, expected {}", number(name));
        }
        let matrix: Vec<Vec<usize>> = serde_json::from_value(expected["matrix"].clone()).unwrap();
        assert_eq!(point.matrix.counts(), matrix, "rank {rank}");
    }
    let report = report_csv(&ranking);
    assert_eq!(report.lines().count(), 145);
    assert!(report.starts_with("accuracy_rank,accuracy,accuracy_std,normalized_accuracy_rank,"), "{report}");
    let first = report.lines().nth(1).unwrap();
    assert!(
        first.starts_with("1,78.1818,13.7890,1,78.7778,") && first.contains(",poly,7,gaussianized,true,C-SVC,svm,-5,"),
        "{first}"
    );
    for file in [&ranking.best().param_file, &ranking.best().result_file] {
        assert!(first.contains(file.file_name().unwrap().to_str().unwrap()) && file.is_file(), "{}", file.display());
    }
}

#[test]
fn history_of_every_variant_and_kernel_predicts_what_training_predicts() {
    for compat in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut project = common::project(folder.path(), compat);
        if compat {
            // The data set has one text; patterns without a match are errors.
            project.preprocessing.retain(|(name, _)| name == "raw" || name == "normalized");
            let names = vec!["tonal.key_temperley.key".to_owned()];
            project.preprocessing[1].1 = vec![
                earmark_train::PreprocessingStep::Remove(vec!["metadata.*".into(), "*dmean*".into()]),
                earmark_train::PreprocessingStep::Enumerate(names),
                earmark_train::PreprocessingStep::Normalize { independent: false },
            ];
        }
        let (_, data) = common::small(&project);
        let (_, points) = common::fixture(SMALL);
        let variants: &[&str] = if compat {
            &["normalized"]
        } else {
            &["basic", "lowlevel", "nobands", "normalized", "gaussianized", "mfcc"]
        };
        for (variant, kernel) in variants.iter().flat_map(|v| [(v, KernelKind::Polynomial), (v, KernelKind::Rbf)]) {
            let params = params(variant, kernel);
            let history = final_model(&project, &data, &params).unwrap();
            let read = HistoryFile::from_bytes(&history.to_bytes()).unwrap();
            assert_eq!(read, history);
            let classifier = Classifier::from_history(&read).unwrap().with_coupling(Coupling::Libsvm);
            assert_eq!(classifier.labels(), ["ambient", "jazz", "rock"]);
            let mut correct = 0;
            for (id, point) in &points {
                let got = classifier.classify(point).unwrap();
                assert!((got.probabilities.as_ref().unwrap().iter().sum::<f64>() - 1.0).abs() < 1e-6);
                correct += usize::from(got.value == label(&data, id));
                let played = played(&read, point);
                assert_eq!(played.as_deref(), Some(got.value.as_str()), "{variant} {id}");
            }
            assert!(correct >= 28, "{variant} {kernel:?}: {correct} of {}", points.len());
        }
    }
}

/// Returns the class that the chain writes, step by step as Gaia applies it.
fn played(history: &HistoryFile, point: &DescriptorSet) -> Option<String> {
    let mut point = point.clone();
    Chain::from_history(history).unwrap().apply(&mut point).unwrap();
    match point.get(".highlevel.style")? {
        earmark_gaia::TrackValue::Text(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn label<'a>(data: &'a earmark_train::DataSet, id: &str) -> &'a str {
    let index = data.ids().iter().position(|known| known == id).unwrap();
    &data.classes()[data.labels()[index]]
}

fn params(variant: &str, kernel: KernelKind) -> PointParams {
    PointParams {
        preprocessing: variant.to_owned(),
        kernel,
        c: 3.0,
        gamma: -3.0,
        balance_classes: true,
        descriptor_names: vec!["*".into()],
        exclude: Vec::new(),
        folds: 5,
    }
}

#[test]
fn compatible_project_refuses_patterns_without_a_match_and_the_default_warns() {
    let folder = tempfile::tempdir().unwrap();
    let project = common::project(folder.path(), true);
    let (_, data) = common::small(&project);
    let error = final_model(&project, &data, &params("basic", KernelKind::Rbf)).unwrap_err();
    assert!(matches!(&error, TrainError::Variant { variant, .. } if variant == "basic"), "{error}");
    let project = common::project(folder.path(), false);
    let (truth, data) = common::small(&project);
    let folds = project_folds(&project, &truth).unwrap();
    let outcome = GridSearch::new(&project, &data, &folds, &|_| (), &AtomicBool::new(true)).run().unwrap();
    assert!(outcome.cancelled && outcome.finished.is_empty());
    let mut project = project;
    project.blocks[0].preprocessing = vec!["mfcc".into()];
    let outcome = GridSearch::new(&project, &data, &folds, &|_| (), &AtomicBool::new(false)).run().unwrap();
    assert!(outcome.warnings.iter().any(|warning| warning.to_string().contains("`*cov` matches no descriptor")));
}

#[test]
fn training_writes_report_page_model_and_parameters_and_is_the_same_twice() {
    let mut files = Vec::new();
    for threads in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let mut project = common::project(folder.path(), false);
        project.threads = Some(threads);
        project.blocks[0].preprocessing = vec!["lowlevel".into(), "mfcc".into()];
        let (truth, data) = common::small(&project);
        let trained = train_data(&project, &truth, &data, folder.path(), &|_| (), &AtomicBool::new(false)).unwrap();
        let read = |path: &std::path::Path| std::fs::read(path).unwrap();
        let page = String::from_utf8(read(&trained.files.page)).unwrap();
        assert!(page.contains("95 % interval") && page.contains("plain (stratified by class)"), "{page}");
        assert!(page.contains(&format!("{:.1} %", trained.best.scores.accuracy)));
        let param = std::fs::read_to_string(&trained.files.param).unwrap();
        assert_eq!(PointParams::parse("p", &param).unwrap(), trained.best.params);
        files.push([read(&trained.files.report), page.into_bytes(), read(&trained.files.history)]);
    }
    assert!(files[0] == files[1], "the outputs depend on the number of threads");
}

#[test]
fn project_from_folders_is_written_trained_and_retrained() {
    let folder = tempfile::tempdir().unwrap();
    let (truth, _) = common::fixture(SMALL);
    let root: Value = serde_json::from_str(SMALL).unwrap();
    for (id, label) in truth.labels() {
        // Names with dots become nested maps, as the extractor writes them.
        let mut nested = serde_json::json!({});
        for (name, value) in root["descriptors"][id].as_object().unwrap() {
            let pointer = name.split('.').fold(&mut nested, |node, part| &mut node[part]);
            *pointer = value.clone();
        }
        let class = folder.path().join("classes").join(label);
        std::fs::create_dir_all(&class).unwrap();
        std::fs::write(class.join(format!("{id}.json")), nested.to_string()).unwrap();
    }
    let (truth, list) = from_folders("style", &folder.path().join("classes"), &|_| true).unwrap();
    assert_eq!(truth.class_counts(), [("ambient", 18), ("jazz", 13), ("rock", 24)].into());
    let points = read_points(&list, &mut |_| ()).unwrap();
    assert_eq!(template_of(&points), (TemplateVersion::Beta5, vec!["2.1-beta6-dev".to_owned()]));
    let mut settings = Project::new("style", TemplateVersion::Beta5, GridBlock::fast(), false);
    settings.blocks[0].preprocessing = vec!["gaussianized".into()];
    let (path, project) = create_project(folder.path(), &settings, &truth, &list).unwrap();
    let (events, cancel) = (|_: TrainEvent<'_>| (), AtomicBool::new(false));
    let trained = train(&project, folder.path(), &events, &cancel).unwrap();
    assert!(trained.best.scores.accuracy > 65.0, "{}", trained.best.scores.accuracy);

    let output = folder.path().join("again.history");
    let mut read = Vec::new();
    let params = retrain(&path, &trained.files.param, &output, &mut |files, total| read.push((files, total))).unwrap();
    assert_eq!((&params, read.last()), (&trained.best.params, Some(&(55, 55))));
    let again = std::fs::read(&output).unwrap();
    assert!(again == std::fs::read(&trained.files.history).unwrap(), "retraining gives another model");
}
