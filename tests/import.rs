//! Import of published models: the imported files give the results of the reference.
//!
//! The files are part of the reference data; without it the tests are ignored.

mod damage;
mod files;
mod known;
mod operations;

use std::path::{Path, PathBuf};

use earmark_import::{ImportError, Source};
use earmark_models::{Card, Engine, Model, ModelError, engine_from_onnx};
use earmark_tests::listen::worst_difference;
use earmark_tests::reference::{built_in, folder};
use earmark_tests::{arrays, signal};

use known::{FILES, Feed, Known};

/// Largest difference between an imported file and the reference, both with the reference's features.
const TOLERANCE: f32 = 1e-4;
/// Largest difference between two files of one model.
const TOLERANCE_BETWEEN_FILES: f32 = 1e-5;

/// Imports a file, with the output names given, to the ONNX that the engine reads.
fn converted(path: &Path, known: &Known) -> Result<Vec<u8>, ImportError> {
    let source = Source::read(path)?;
    let input = source.inputs()[0].name.clone();
    source.to_onnx((&input, known.shape), known.outputs)
}

fn names(known: &Known) -> Vec<&'static str> {
    known.outputs.iter().map(|output| output.1).collect()
}

fn run(engine: &dyn Engine, input: &[f32]) -> Vec<Vec<f32>> {
    let mut outputs = vec![Vec::new(); engine.outputs().len()];
    engine.run(input, &mut outputs).unwrap();
    outputs
}

/// Returns the input patches of a clip for a file, in order.
fn inputs(goldens: &Path, known: &Known) -> Vec<Vec<f32>> {
    let table = |name: &str| {
        let path = goldens.join(format!("{name}.npy"));
        path.is_file().then(|| arrays::table(&path).unwrap())
    };
    let (mel, frames, hop) = match known.feed {
        Feed::Mel { mel, frames, hop } => (mel, frames, hop),
        Feed::Tempo => ("mel_tempo", 256, 128),
        Feed::Embeddings => ("msd_musicnn.embeddings.hop93", 1, 1),
        Feed::Noise => return Vec::new(),
    };
    let Some(table) = table(mel) else { return Vec::new() };
    let (rows, width) = table.dim();
    let values: Vec<f32> = table.iter().copied().collect();
    let starts = (0..).map(|patch| patch * hop).take_while(|start| start + frames <= rows);
    let patch = |start: usize| {
        let patch = &values[start * width..(start + frames) * width];
        if matches!(known.feed, Feed::Tempo) { bands_first(patch, width) } else { patch.to_vec() }
    };
    starts.map(patch).collect()
}

/// Returns a tempo patch as input of its networks: standardised, band by band.
fn bands_first(patch: &[f32], bands: usize) -> Vec<f32> {
    let count = patch.len() as f64;
    let mean = patch.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let variance = patch.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
    let normal = |value: f32| ((f64::from(value) - mean) / variance.sqrt()) as f32;
    (0..bands).flat_map(|band| patch.iter().skip(band).step_by(bands).map(|&value| normal(value))).collect()
}

fn clips() -> Vec<PathBuf> {
    let folder = folder().unwrap();
    let entries = std::fs::read_dir(folder.join("goldens")).unwrap().map(|entry| entry.unwrap().path());
    let mut clips: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    clips.sort();
    clips
}

#[test(needs(Reference))]
fn imported_files_match_the_reference() {
    let folder = folder().unwrap();
    let clips = clips();
    let mut table = String::new();
    let mut worst_of_all = 0.0_f32;
    for known in FILES {
        let onnx = converted(&folder.join("models").join(known.file), known).unwrap();
        let engine = engine_from_onnx(&onnx, known.shape, &names(known)).unwrap();
        let mut worst = vec![0.0_f32; known.goldens.len()];
        let mut rows = 0;
        for (at, clip) in clips.iter().enumerate() {
            let paths: Vec<_> = known.goldens.iter().map(|golden| clip.join(format!("{golden}.npy"))).collect();
            if paths.is_empty() || !paths.iter().all(|path| path.is_file()) {
                continue;
            }
            let inputs = inputs(clip, known);
            if inputs.is_empty() {
                continue;
            }
            // One patch of each clip, earlier in one and later in another.
            let row = at * inputs.len() / clips.len();
            let answers = run(&*engine, &inputs[row]);
            for ((answer, path), worst) in answers.iter().zip(&paths).zip(&mut worst) {
                let golden = arrays::row(path).unwrap();
                assert_eq!(golden.len(), inputs.len() * answer.len(), "{}, {}", known.file, path.display());
                *worst = worst.max(worst_difference(answer, &golden[row * answer.len()..][..answer.len()]));
            }
            rows += 1;
        }
        for (golden, worst) in known.goldens.iter().zip(&worst) {
            table += &format!("| `{}` | {golden} | {rows} | {worst:.1e} |\n", known.file);
            // An embedding is not bounded by 1.
            worst_of_all = worst_of_all.max(if golden.contains("embeddings") { worst / 10.0 } else { *worst });
        }
        if known.goldens.is_empty() {
            let noise = signal::noise(known.shape.iter().product(), 1.0, 1);
            let answers = run(&*engine, &noise);
            assert!(answers.iter().flatten().all(|value| value.is_finite()), "{}: expected numbers", known.file);
            table += &format!("| `{}` | none: runs on noise | 1 | |\n", known.file);
        } else {
            assert!(rows > 0, "{}: nothing was compared", known.file);
        }
    }
    println!("{table}");
    assert!(worst_of_all <= TOLERANCE, "worst difference {worst_of_all:e}, tolerance {TOLERANCE:e}");
}

/// Two files of one model with noise as input: the frozen graph, and its ONNX export.
#[test(needs(Reference))]
fn formats_of_one_model_give_equal_results() {
    let folder = folder().unwrap();
    let mut pairs = 0;
    for known in FILES.iter().filter(|known| !known.same_as.is_empty()) {
        let other = FILES.iter().find(|other| other.file == known.same_as).unwrap();
        let [one, two] = [known, other].map(|known| {
            let onnx = converted(&folder.join("models").join(known.file), known).unwrap();
            engine_from_onnx(&onnx, known.shape, &names(known)).unwrap()
        });
        let mut worst = 0.0_f32;
        for seed in 0..3 {
            let noise = signal::noise(known.shape.iter().product(), 1.0, seed);
            let (one, two) = (run(&*one, &noise), run(&*two, &noise));
            worst = worst.max(worst_difference(&one[0], &two[0]));
        }
        println!(
            "{} and {}: worst {worst:.1e} of 3, tolerance {TOLERANCE_BETWEEN_FILES:.0e}",
            known.file, known.same_as
        );
        assert!(
            worst <= TOLERANCE_BETWEEN_FILES,
            "{} and {}: {worst:e} above {TOLERANCE_BETWEEN_FILES:e}",
            known.file,
            known.same_as
        );
        pairs += 1;
    }
    assert!(pairs >= 6, "expected at least 6 pairs, got {pairs}");
}

/// Every published form of MusiCNN shares work between patches as the built-in one does, with the same results.
#[test(needs(Reference))]
fn imported_musicnn_shares_work_as_the_built_in_one() {
    let folder = folder().unwrap();
    let shipped = |id: &str| {
        let text = std::fs::read_to_string(built_in(id).join(format!("{id}.toml"))).unwrap();
        let card = Card::from_toml(&text).unwrap();
        let onnx = std::fs::read(built_in(id).join(format!("{id}.onnx"))).unwrap();
        (card.clone(), Model::from_onnx(card, &onnx).unwrap())
    };
    for (file, id) in [
        ("mtg/original/msd-musicnn-1.pb", "msd-musicnn"),
        ("musicnn/msd_musicnn.pb", "msd-musicnn"),
        ("musicnn/msd_musicnn.onnx", "msd-musicnn"),
        ("musicnn/mtt_musicnn.pb", "mtt-musicnn"),
        ("musicnn/mtt_musicnn.onnx", "mtt-musicnn"),
    ] {
        let known = FILES.iter().find(|known| known.file == file).unwrap();
        let onnx = converted(&folder.join("models").join(file), known).unwrap();
        let (card, shipped) = shipped(id);
        let model = with_hash(card, &onnx);
        assert!(model.is_incremental(), "{file}: expected a network of columns");
        let frames = signal::noise(96 * 600, 2.0, 3);
        let (mut one, mut other) = (model.network(), shipped.network());
        let mut worst = 0.0_f32;
        for start in (0..600 - 187).step_by(16) {
            let patch = &frames[start * 96..(start + 187) * 96];
            let step = earmark_models::PatchStep { new_frames: if start == 0 { 187 } else { 16 }, next_hop: 16 };
            let (one, other) = (one.run_next(patch, step).unwrap(), other.run_next(patch, step).unwrap());
            worst = worst.max(worst_difference(&one.activations, &other.activations));
        }
        println!("{file}: shares work; worst difference from the one that ships {worst:.1e}");
        assert!(worst <= TOLERANCE_BETWEEN_FILES, "{file}: {worst:e} above {TOLERANCE_BETWEEN_FILES:e}");
    }
}

/// Returns a model with that card, with the hash of the weights replaced.
fn with_hash(card: Card, onnx: &[u8]) -> Model {
    let Err(ModelError::Weights { got, .. }) = Model::from_onnx(card.clone(), onnx) else {
        panic!("expected other weights than those that ship")
    };
    let mut card = card;
    card.sha256 = got;
    Model::from_onnx(card, onnx).unwrap()
}
