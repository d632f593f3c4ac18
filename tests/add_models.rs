//! Added models: prepared from a user's files, stored in a folder, and run by the same analyzer as the built-in models.
//!
//! The files are part of the reference data; without it the tests are ignored.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cpu_time::ThreadTime;
use earmark_dsp::{FrontEnd, SampleRate};
use earmark_install::{InstallError, PreparedModel, find_model_files, prepare, remove, save};
use earmark_models::{Analyzer, Kind, Model, Prediction, PredictionValue, Registry, engine_from_onnx};
use earmark_tests::listen::worst_difference;
use earmark_tests::reference::folder;
use earmark_tests::{arrays, signal};

use crate::host::clip::Clip;

/// Largest difference between an added model's values for a clip and those of the reference.
const TOLERANCE: f32 = 1e-4;

/// Reference results whose names differ from the names of the model files.
const REFERENCE_NAMES: [(&str, &str); 3] = [
    ("genre_rosamerica_head-musicnn-msd-2", "genre_rosamerica-musicnn-msd-2"),
    ("genre_dortmund_saved_model", "genre_dortmund_musicnn_msd"),
    ("msd-musicnn-1", "msd_musicnn"),
];

/// Returns a registry with an empty models folder of its own.
fn registry() -> (tempfile::TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::with_folder(folder.path().to_owned());
    (folder, registry)
}

/// Returns the folder of the published model files in the reference data.
fn published() -> PathBuf {
    folder().unwrap().join("models/mtg")
}

fn add(path: &Path, registry: &Registry) -> Result<PreparedModel, InstallError> {
    let prepared = prepare(path, registry)?;
    save(registry.folder().unwrap(), &prepared, registry)?;
    registry.refresh();
    Ok(prepared)
}

/// Returns the predictions of models for samples at 16 kHz, at the reference's hop and without a gate.
fn predict(models: &[Arc<Model>], samples: &[f32]) -> Vec<Prediction> {
    hear_every(93, SampleRate::HZ_16000, models, samples)
}

fn hear_every(hop: usize, rate: SampleRate, models: &[Arc<Model>], samples: &[f32]) -> Vec<Prediction> {
    let mut builder = Analyzer::builder(rate).gate(None);
    for model in models {
        builder = builder.model_with_hop(Arc::clone(model), hop);
    }
    let mut analyzer = builder.build().unwrap();
    let mut heard = Vec::new();
    analyzer.push(samples, &mut |prediction| heard.push(prediction)).unwrap();
    analyzer.flush(&mut |prediction| heard.push(prediction)).unwrap();
    heard
}

fn values(outcome: &PredictionValue) -> &[f32] {
    match outcome {
        PredictionValue::Tags { values, .. } | PredictionValue::Values(values) => values,
        other => panic!("expected values of labels, got {other:?}"),
    }
}

#[test(needs(Reference))]
fn published_files_are_added_with_labels_and_match_the_reference() {
    let published = published();
    let (_folder, registry) = &registry();
    let mut waiting = Vec::new();
    let mut ids = Vec::new();
    let mut refused = Vec::new();
    for path in find_model_files(&[published]) {
        match add(&path, registry) {
            Ok(prepared) if prepared.waits_for.is_some() => waiting.push(prepared.card),
            Ok(prepared) => ids.push(prepared.card.id),
            // The same model as `.pb` and `.onnx`.
            Err(InstallError::IdInUse(_)) => {}
            Err(error) => refused.push(format!("{}: {error}", path.display())),
        }
    }
    assert!(refused.is_empty(), "{refused:?}");
    let waiting_for: BTreeMap<_, _> = waiting.iter().map(|card| (card.id.as_str(), card.labels.len())).collect();
    assert_eq!(waiting_for["genre_discogs400-discogs-effnet-1"], 400);
    assert!(waiting_for.len() >= 5 && registry.rejected().len() == waiting_for.len(), "{waiting_for:?}");

    let patches: Vec<Arc<Model>> = ids.iter().map(|id| registry.load(id).unwrap()).collect();
    let labelled = |model: &&Arc<Model>| {
        let card = model.card();
        assert!(!card.kind.has_labels() || card.labels.len() == card.classes, "{}", card.id);
        card.kind.has_labels() && card.front_end == FrontEnd::MusiCnn
    };
    let models: Vec<_> = patches.iter().filter(labelled).cloned().collect();
    let goldens = folder().unwrap().join("goldens");
    let mut worst: BTreeMap<String, (f32, usize)> = BTreeMap::new();
    for clip in fs::read_dir(&goldens).unwrap().map(|entry| entry.unwrap().path()) {
        let name = clip.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let wav = folder().unwrap().join(format!("audio/{name}.16k.wav"));
        if !clip.is_dir() || !wav.is_file() {
            continue;
        }
        let heard = predict(&models, &arrays::mono_wav(&wav).unwrap().0);
        for model in &models {
            let id = model.card().id.as_str();
            let golden = REFERENCE_NAMES.iter().find(|(file, _)| *file == id).map_or(id, |(_, golden)| golden);
            let path = clip.join(format!("{golden}.activations.hop93.npy"));
            if !path.is_file() {
                continue;
            }
            let mine = heard.iter().filter(|prediction| *prediction.model == *id);
            let got: Vec<f32> = mine.flat_map(|prediction| values(&prediction.outcome)).copied().collect();
            let difference = worst_difference(&got, &arrays::row(&path).unwrap());
            let seen = worst.entry(id.to_owned()).or_default();
            *seen = (seen.0.max(difference), seen.1 + 1);
        }
    }
    for (id, (difference, clips)) in &worst {
        println!("{id}: worst {difference:.1e} of {clips} clips, tolerance {TOLERANCE:.0e}");
        assert!(*difference <= TOLERANCE, "{id}: {difference:e}, tolerance {TOLERANCE:e}");
        assert!(*clips >= 8, "{id}: expected at least 8 clips, got {clips}");
    }
    assert!(worst.len() >= 11, "expected at least 11 models with published numbers, got {worst:?}");
}

/// A network without a description or a list of labels, and with a front end of its own.
#[test(needs(Reference))]
fn network_without_description_runs_with_unknown_labels() {
    /// Values that Essentia's algorithms give for `metal_growl`, one row per patch.
    const EXPECTED: [[f32; 4]; 6] = [
        [2.102e-6, 1.206e-7, 0.893_113_6, 0.106_884_2],
        [3.243e-8, 7.049e-10, 0.061_819_7, 0.938_180_3],
        [7.020e-7, 3.965e-9, 0.720_692_6, 0.279_306_7],
        [3.624e-7, 6.160e-15, 0.987_778, 0.012_221_7],
        [3.225e-5, 1.803e-14, 0.801_450_3, 0.198_517_4],
        [9.254e-8, 5.424e-15, 0.998_985_7, 0.001_014_2],
    ];
    let published = published();
    let (_folder, registry) = &registry();
    let card = add(&published.join("original/vgg4.pb"), registry).unwrap().card;
    assert_eq!((card.kind, card.front_end, card.labels.len()), (Kind::Classes, FrontEnd::LogMel128, 4));
    assert!(card.notes.iter().any(|note| note.starts_with("labels unknown")), "{:?}", card.notes);

    let clip = Clip::read(&folder().unwrap().join("audio/metal_growl.flac"));
    let [left, right] = &clip.channels[..] else { panic!("expected two channels, got {}", clip.channels.len()) };
    let samples: Vec<f32> = left.iter().zip(right).map(|(left, right)| (left + right) / 2.0).collect();
    let rate = SampleRate::new(clip.rate_hz).unwrap();
    let heard = hear_every(card.patch_frames, rate, &[registry.load(&card.id).unwrap()], &samples);
    // The reference has no value for the incomplete patch at the end.
    let got: Vec<f32> = heard.iter().take(EXPECTED.len()).flat_map(|p| values(&p.outcome)).copied().collect();
    let difference = worst_difference(&got, EXPECTED.as_flattened());
    println!("vgg4: worst {difference:.1e}, tolerance {TOLERANCE:.0e}");
    assert!(difference <= TOLERANCE, "{difference:e}, tolerance {TOLERANCE:e}");
}

#[test(needs(Reference))]
fn outputs_are_found_by_name_in_any_order() {
    let published = published();
    let (_folder, registry) = &registry();
    for (id, positive, place) in [
        ("danceability-msd-musicnn-1", "danceable", 0),
        ("mood_aggressive-msd-musicnn-1", "aggressive", 0),
        ("mood_happy-msd-musicnn-1", "happy", 0),
        ("mood_relaxed-msd-musicnn-1", "relaxed", 1),
        ("mood_sad-msd-musicnn-1", "sad", 1),
    ] {
        let card = add(&published.join(format!("{id}.onnx")), registry).unwrap().card;
        assert_eq!((card.kind, card.positive_class), (Kind::Classes, Some(place)), "{id}");
        assert_eq!(card.labels[place], positive);
        assert_eq!(card.head_of.as_deref(), Some("msd-musicnn"), "{id}");
    }
    let card = add(&published.join("emomusic-msd-musicnn-1.onnx"), registry).unwrap().card;
    assert_eq!(card.labels, ["valence", "arousal"]);
    assert_eq!(card.kind, Kind::Values { low: 1.0, high: 9.0 });
}

#[test(needs(Reference))]
fn description_alone_selects_inputs_and_outputs_of_its_graph() {
    let published = published();
    let (_folder, registry) = &registry();
    // The file name contains no hint.
    let files = tempfile::tempdir().unwrap();
    for ending in ["pb", "json"] {
        let from = published.join(format!("original/msd-musicnn-1.{ending}"));
        fs::copy(from, files.path().join(format!("mine.{ending}"))).unwrap();
    }
    let card = add(&files.path().join("mine.pb"), registry).unwrap().card;
    assert_eq!((card.classes, card.embedding, card.labels[0].as_str()), (50, Some(200), "rock"));
    assert!(card.notes.is_empty(), "{:?}", card.notes);
    let [mine, shipped] = ["mine", "msd-musicnn"].map(|id| registry.load(id).unwrap());
    assert!(mine.is_incremental(), "expected a network that is incremental");
    let heard = predict(&[mine, shipped], &signal::tune(16_000.0, 6.0));
    let of = |id: &str| heard.iter().filter(|p| *p.model == *id).flat_map(|p| values(&p.outcome)).copied().collect();
    let [mine, shipped]: [Vec<f32>; 2] = ["mine", "msd-musicnn"].map(of);
    let difference = worst_difference(&mine, &shipped);
    assert!(mine.len() >= 100 && difference <= 2e-6, "{difference:e}, tolerance 2e-6");
    // Of the batches of 64 that Essentia runs, the result of the first patch is used.
    assert!((heard[0].end_s - 2.992).abs() < 1e-9, "{}", heard[0].end_s);
}

#[test(needs(Reference))]
fn contradicting_card_is_rejected_with_expected_and_actual_values() {
    let published = published();
    let (_folder, registry) = &registry();
    let json = fs::read_to_string(published.join("original/msd-musicnn-1.json")).unwrap();
    let graph = published.join("original/msd-musicnn-1.pb");
    let files = tempfile::tempdir().unwrap();
    let refused = |name: &str, network: &Path, ending: &str, text: &str| {
        let path = files.path().join(name).with_extension(network.extension().unwrap());
        fs::copy(network, &path).unwrap();
        fs::write(path.with_extension(ending), text).unwrap();
        prepare(&path, registry).unwrap_err().to_string()
    };
    let changed = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        json.replacen(from, to, 1)
    };
    let without_a_class = {
        let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
        value["classes"].as_array_mut().unwrap().pop();
        value.to_string()
    };
    for (text, expected) in [
        (changed("\"sample_rate\": 16000", "\"sample_rate\": 44100"), "sample_rate: expected 16000, got 44100"),
        (without_a_class, "classes: expected 50, got 49"),
        (
            changed("TensorflowPredictMusiCNN", "TensorflowPredictVGGish"),
            "that of TensorflowPredictVGGish, got `model/Placeholder` of 187 x 96",
        ),
        ("[]".to_owned(), "expected a JSON object"),
    ] {
        let words = refused("mine", &graph, "json", &text);
        assert!(words.contains(expected), "{words}");
    }

    // A card in Earmark's own format is checked completely.
    let onnx = published.join("mood_sad-msd-musicnn-1.onnx");
    let prepared = prepare(&onnx, registry).unwrap();
    let mut card = prepared.card.clone();
    card.sha256 = prepared.card.origin.clone().unwrap().sha256;
    card.origin = None;
    let good = card.to_toml();
    let path = files.path().join("good.onnx");
    fs::copy(&onnx, &path).unwrap();
    fs::write(path.with_extension("toml"), &good).unwrap();
    assert_eq!(prepare(&path, registry).unwrap().card.labels, card.labels);
    for (from, to, expected) in [
        ("    200,", "    201,", "expected 201 values, got 200"),
        ("    \"sad\",\n]", "    \"sad\",\n    \"third\",\n]", "classes (expected 3, got 2)"),
        ("kind = \"classes\"", "kind = \"pitch\"", "expected neither labels"),
        ("head_of = \"msd-musicnn\"", "head_of = \"nobody\"", "expected `nobody`"),
        (&*card.sha256, &*"0".repeat(64), "expected sha256 0000"),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        let words = refused("wrong", &onnx, "toml", &good.replacen(from, to, 1));
        assert!(words.contains(expected), "{words}");
    }
    // A network without the tensor that the card names.
    let other = published.join("original/approachability_regression-discogs-effnet-1.onnx");
    let mut nowhere = registry.card("msd-musicnn").unwrap().clone();
    nowhere.sha256 = prepare(&other, registry).unwrap().card.origin.unwrap().sha256;
    let words = refused("nowhere", &other, "toml", &nowhere.to_toml());
    assert!(words.contains("expected shape [?, 1280], got [1, 187, 96]") || words.contains("embeddings"), "{words}");
}

#[test(needs(Reference))]
fn stored_model_can_be_replaced_by_itself_only_and_removed() {
    let published = published();
    let (folder, registry) = &registry();
    let path = published.join("mood_sad-msd-musicnn-1.onnx");
    let prepared = prepare(&path, registry).unwrap();
    assert!(save(folder.path(), &prepared, registry).unwrap());
    assert!(!save(folder.path(), &prepared, registry).unwrap(), "it was there");
    let mut other = prepared.clone();
    other.card.origin.as_mut().unwrap().sha256 = "0".repeat(64);
    assert!(matches!(save(folder.path(), &other, registry), Err(InstallError::IdInUse(_))));
    other.card.id = "msd-musicnn".into();
    assert!(matches!(save(folder.path(), &other, registry), Err(InstallError::IdInUse(_))));
    registry.refresh();
    assert_eq!(registry.load(&prepared.card.id).unwrap().card().labels, ["non_sad", "sad"]);
    remove(folder.path(), &prepared.card.id).unwrap();
    for id in [prepared.card.id.as_str(), "", ".", "..", "../x", "a/b"] {
        assert!(remove(folder.path(), id).is_err(), "{id}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left aside");
}

#[test(needs(Reference))]
fn ten_heads_cost_little_more_than_one() {
    let published = published();
    let (folder, registry) = &registry();
    let prepared = prepare(&published.join("mood_sad-msd-musicnn-1.onnx"), registry).unwrap();
    for head in 0..10 {
        let mut prepared = prepared.clone();
        prepared.card.id = format!("head-{head}");
        save(folder.path(), &prepared, registry).unwrap();
    }
    registry.refresh();
    let heads: Vec<_> = (0..10).map(|head| registry.load(&format!("head-{head}")).unwrap()).collect();
    let samples = signal::tune(16_000.0, 20.0);
    // At ten predictions a second a prediction is cheapest, so the share of the heads is largest.
    let cost_s = |heads: &[Arc<Model>]| {
        let mut builder = Analyzer::builder(SampleRate::HZ_16000).gate(None);
        for head in heads {
            builder = builder.model_with_hop(Arc::clone(head), 6);
        }
        let mut analyzer = builder.build().unwrap();
        let mut heard = 0;
        analyzer.push(&samples[..4 * 16_000], &mut |_| heard += 1).unwrap();
        let begun = ThreadTime::now();
        analyzer.push(&samples[4 * 16_000..], &mut |_| heard += 1).unwrap();
        let cost_s = begun.elapsed().as_secs_f64();
        assert!(heard > 150 * heads.len(), "{heard} answers");
        cost_s
    };
    // The two are measured alternately and the minimum counts, because other programs run on the machine.
    let mut least = [f64::INFINITY; 2];
    for _ in 0..3 {
        for (least, heads) in least.iter_mut().zip([&heads[..1], &heads[..]]) {
            *least = least.min(cost_s(heads));
        }
    }
    let ratio = least[1] / least[0];
    println!("ten heads on one embedding, ten times a second: {ratio:.3} of one (bar 1.2)");
    assert!(ratio < 1.2, "ten heads: {ratio:.3} of one head, bar 1.2");
}

#[test(needs(Reference))]
fn heads_match_the_library() {
    let published = published();
    let (_folder, registry) = &registry();
    let files = [
        "mood_sad-msd-musicnn-1.onnx",
        "moods_mirex-msd-musicnn-1.onnx",
        "emomusic-msd-musicnn-1.onnx",
        "original/genre_discogs400-discogs-effnet-1.pb",
        "original/approachability_regression-discogs-effnet-1.onnx",
    ];
    for file in files {
        let PreparedModel { card, weights: onnx, .. } = prepare(&published.join(file), registry).unwrap();
        let mut ours = Model::from_onnx(card.clone(), &onnx).unwrap().network();
        let mut theirs = Model::from_onnx_reference(card.clone(), &onnx).unwrap().network();
        let mut worst = 0.0_f32;
        for seed in 0..50 {
            let embedding = signal::noise(card.input.iter().product(), 1.0, seed);
            let [ours, theirs] =
                [&mut ours, &mut theirs].map(|network| network.run(&embedding).unwrap().activations.clone());
            assert!(ours.len() == card.classes && ours.iter().all(|value| value.is_finite()));
            worst = worst.max(worst_difference(&ours, &theirs));
        }
        println!("{file}: worst {worst:.1e} from the library, tolerance 1e-5");
        assert!(worst <= 1e-5, "{file}: {worst:e}, tolerance 1e-5");
    }
}

#[test(needs(Reference))]
fn formats_of_one_model_give_equal_predictions() {
    let published = published();
    let (_folder, registry) = &registry();
    for name in ["danceability-discogs-effnet-1", "mood_sad-discogs-effnet-1"] {
        let [pb, onnx] = ["pb", "onnx"].map(|ending| {
            let path = published.join(format!("original/{name}.{ending}"));
            prepare(&path, registry).unwrap()
        });
        assert_eq!(pb.card.labels, onnx.card.labels);
        let mut worst = 0.0_f32;
        for seed in 0..20 {
            let embedding = signal::noise(1280, 1.0, seed);
            let answers = [&pb, &onnx].map(|prepared| {
                let engine = engine_from_onnx(&prepared.weights, &prepared.card.input, &["activations"]).unwrap();
                let mut answer = vec![Vec::new()];
                engine.run(&embedding, &mut answer).unwrap();
                answer.remove(0)
            });
            worst = worst.max(worst_difference(&answers[0], &answers[1]));
        }
        println!("{name}: `.pb` and `.onnx` differ by {worst:.1e}, tolerance 1e-5");
        assert!(worst <= 1e-5, "{name}: {worst:e}, tolerance 1e-5");
    }
}
