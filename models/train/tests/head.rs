//! Heads on embeddings: cross-validation, ONNX file and card.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::HashMap;

use earmark_models::{Card, Kind, Model, Registry, engine_from_onnx};
use earmark_train::{Folds, GroundTruth, HeadOptions, TrainError, train_head};

const WIDTH: usize = 200;

/// Embedding of each id.
type Embeddings = HashMap<String, Vec<f32>>;

/// Returns 60 embeddings of three classes that overlap.
fn examples() -> (GroundTruth, Embeddings) {
    let mut state = 9_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u32 << 24) as f32 - 0.5
    };
    let labels: Vec<_> =
        (0..60).map(|i| (format!("t{i:02}"), ["dub", "house", "techno"][i * 5 % 3].to_owned())).collect();
    let mut embedding = |i: usize| -> Vec<f32> {
        (0..WIDTH).map(|d| 10.0 * random() + if d % 3 == i * 5 % 3 { 1.0 } else { 0.0 }).collect()
    };
    let embeddings = labels.iter().enumerate().map(|(i, (id, _))| (id.clone(), embedding(i))).collect();
    (GroundTruth::new("club", labels), embeddings)
}

#[test]
fn written_head_answers_as_the_fitted_one_and_its_card_reads_back() {
    let (truth, embeddings) = examples();
    let folds = Folds::stratified(&truth, 5, 1).unwrap();
    let head = train_head(&truth, &embeddings, &folds, HeadOptions::default()).unwrap();
    assert!(head.scores.items == 60 && (40.0..100.0).contains(&head.scores.accuracy), "{}", head.scores.accuracy);
    let base = Registry::global().base("msd-musicnn").unwrap();
    let card = head.card(base, "CC0-1.0").unwrap();
    assert_eq!((card.kind, card.head_of.as_deref(), card.classes), (Kind::Classes, Some("msd-musicnn"), 3));
    assert_eq!(Card::from_toml_with(&card.to_toml(), |_| Some(base)).unwrap(), card);
    let onnx = head.to_onnx();
    Model::from_onnx(card, &onnx).unwrap();
    let engine = engine_from_onnx(&onnx, &[1, WIDTH], &["activations"]).unwrap();
    for embedding in embeddings.values() {
        let mut output = [Vec::new()];
        engine.run(embedding, &mut output).unwrap();
        let row: Vec<f64> = embedding.iter().map(|value| f64::from(*value)).collect();
        for (got, expected) in output[0].iter().zip(head.classifier.probabilities(&row)) {
            assert!((f64::from(*got) - expected).abs() < 1e-5, "{got}, expected {expected}");
        }
    }
}

#[test]
fn head_is_written_beside_its_card() {
    let (truth, embeddings) = examples();
    let folds = Folds::stratified(&truth, 5, 1).unwrap();
    let head = train_head(&truth, &embeddings, &folds, HeadOptions::default()).unwrap();
    let base = Registry::global().base("msd-musicnn").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = head.write(folder.path(), base, "CC0-1.0").unwrap();
    assert_eq!(path, folder.path().join("club-msd-musicnn.toml"));
    assert!(std::fs::read(path.with_extension("onnx")).unwrap() == head.to_onnx());
}

#[test]
fn missing_unequal_and_infinite_embeddings_return_errors() {
    let (truth, embeddings) = examples();
    let folds = Folds::stratified(&truth, 5, 1).unwrap();
    let cause = |change: &dyn Fn(&mut Embeddings)| {
        let mut embeddings = embeddings.clone();
        change(&mut embeddings);
        train_head(&truth, &embeddings, &folds, HeadOptions::default()).unwrap_err().to_string()
    };
    let missing = cause(&|all| _ = all.remove("t07"));
    assert!(missing.contains("no embedding (expected one for each id, got none for `t07`)"), "{missing}");
    let short = cause(&|all| _ = all.get_mut("t07").unwrap().pop());
    assert!(short.contains("unequal lengths (expected 200 values, got 199 for `t07`)"), "{short}");
    let infinite = cause(&|all| all.get_mut("t07").unwrap()[3] = f32::NAN);
    assert!(infinite.contains("the embedding of `t07` is not finite"), "{infinite}");
    let mut other = Registry::global().base("msd-musicnn").unwrap().clone();
    other.embedding = Some(100);
    let head = train_head(&truth, &embeddings, &folds, HeadOptions::default()).unwrap();
    assert!(matches!(head.card(&other, ""), Err(TrainError::Head { .. })));
}
