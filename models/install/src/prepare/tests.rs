//! Tests of whole files: what a network is, or why it is refused.

use std::fs;

use earmark_models::{Kind, Normalisation};

use super::*;
use crate::network_builder::{FLOAT, NetworkBuilder, classifier};
use crate::save;

/// A folder of files, and a registry with an empty models folder.
struct Room {
    files: tempfile::TempDir,
    models: tempfile::TempDir,
    registry: Registry,
}

impl Room {
    fn new() -> Self {
        let (files, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let registry = Registry::with_folder(models.path().to_owned());
        Self { files, models, registry }
    }

    fn prepare(&self, name: &str, network: &[u8], description: Option<&str>) -> Result<PreparedModel, String> {
        let path = self.files.path().join(name);
        fs::write(&path, network).unwrap();
        let sidecar = path.with_extension("json");
        match description {
            Some(text) => fs::write(&sidecar, text).unwrap(),
            None => drop(fs::remove_file(&sidecar)),
        }
        super::prepare(&path, &self.registry).map_err(|error| error.to_string())
    }

    /// Returns the reason of a refusal.
    fn refusal(&self, name: &str, network: &[u8], description: Option<&str>) -> String {
        match self.prepare(name, network, description) {
            Ok(prepared) => panic!("{name}: expected a refusal, got {:?}", prepared.card),
            Err(error) => error,
        }
    }
}

const MULTI_CLASS: &str = r#"{"type": "multi-class classifier", "inference": {"sample_rate": 16000}"#;

#[test]
fn name_of_a_file_does_not_change_a_tempo_network() {
    let room = Room::new();
    let network = classifier(&[40, 256, 1], 256, "Softmax", 0.1).build();
    let [first, second] =
        ["fcn_tempo.onnx", "deeptemp.onnx"].map(|name| room.prepare(name, &network, None).unwrap().card);
    assert_eq!((first.kind, first.normalisation), (Kind::Tempo { first_bpm: 30 }, Normalisation::Standard));
    assert_eq!(first.normalisation, second.normalisation);
    assert_eq!(first.assumed, second.assumed);
    assert!(first.assumed[0].contains("normalised to mean 0 and deviation 1"), "{:?}", first.assumed);
    let described = r#"{"inference": {"normalisation": "max"}}"#;
    let card = room.prepare("deeptemp.onnx", &network, Some(described)).unwrap().card;
    assert_eq!((card.normalisation, card.assumed.len()), (Normalisation::Max, 0));
    let described = r#"{"inference": {"algorithm": "TensorflowPredictTempoCNN"}}"#;
    let card = room.prepare("fcn_tempo.onnx", &network, Some(described)).unwrap().card;
    assert_eq!((card.normalisation, card.assumed.len()), (Normalisation::Standard, 0));
}

#[test]
fn tempo_and_pitch_require_their_number_of_classes() {
    let room = Room::new();
    let genres = classifier(&[40, 256], 10, "Softmax", 0.1).build();
    let words = room.refusal("tempo.onnx", &genres, None);
    assert!(words.contains("tempo network, which has 256 classes (got 10)") && words.contains("front_end"), "{words}");
    let described = r#"{"inference": {"algorithm": "TensorflowPredictTempoCNN"}}"#;
    let words = room.refusal("tempo.onnx", &genres, Some(described));
    assert!(words.contains("classes: expected 256 of a tempo network, got 10"), "{words}");

    let genres = classifier(&[1024], 10, "Softmax", 0.1).build();
    let words = room.refusal("my_crepe.onnx", &genres, None);
    assert!(words.contains("1024 values of an unknown base model"), "{words}");
    let described = r#"{"inference": {"algorithm": "TensorflowPredictCREPE"}}"#;
    let words = room.refusal("my_crepe.onnx", &genres, Some(described));
    assert!(words.contains("classes: expected 360 of a pitch network, got 10"), "{words}");
    let pitch = classifier(&[1024], 360, "Sigmoid", 0.1).build();
    let card = room.prepare("voice.onnx", &pitch, None).unwrap().card;
    assert_eq!((card.kind, card.assumed.len()), (Kind::Pitch, 0));
}

#[test]
fn front_end_of_a_common_shape_is_assumed_with_a_note_and_an_open_axis_is_refused() {
    let room = Room::new();
    let network = classifier(&[128, 128], 3, "Softmax", 0.1).build();
    let card = room.prepare("net.onnx", &network, None).unwrap().card;
    assert!(
        card.assumed[0].contains("front end is log-mel128 at 44100 Hz, because of the input of 128 x 128"),
        "{:?}",
        card.assumed
    );
    assert!(card.assumed.iter().any(|assumed| assumed.contains("add up to 1")), "{:?}", card.assumed);
    let described = r#"{"type": "multi-class", "classes": ["a", "b", "c"], "inference": {"front_end": "log-mel128", "layout": "bands-frames"}}"#;
    let card = room.prepare("net.onnx", &network, Some(described)).unwrap().card;
    assert_eq!((card.assumed, card.notes), (Vec::<String>::new(), Vec::<String>::new()));
    let mean = NetworkBuilder::default()
        .input("in", FLOAT, &[0, 0, 128])
        .node("GlobalMaxPool", &["in"], "pool")
        .node("Sigmoid", &["pool"], "out")
        .output("out", &[0, 2]);
    let words = room.refusal("net.onnx", &mean.build(), None);
    assert!(words.contains("`in` of ? x 128") && words.contains("front_end"), "{words}");
}

#[test]
fn logits_are_refused_and_read_with_an_activation() {
    let room = Room::new();
    let network = classifier(&[187, 96], 4, "Identity", 1.0).build();
    let words = room.refusal("net.onnx", &network, Some(&format!("{MULTI_CLASS}}}")));
    assert!(
        words.contains("expected probabilities from 0 to 1, got values from -") && words.contains("softmax"),
        "{words}"
    );
    for (activation, kind) in [("softmax", Kind::Classes), ("sigmoid", Kind::Tags)] {
        let described = format!(r#"{{"inference": {{"activation": "{activation}"}}}}"#);
        let prepared = room.prepare("net.onnx", &network, Some(&described)).unwrap();
        assert_eq!((prepared.card.kind, prepared.card.classes), (kind, 4), "{activation}");
    }
    let described = r#"{"type": "regression", "range": [-50, 50], "classes": ["a", "b", "c", "d"]}"#;
    let card = room.prepare("net.onnx", &network, Some(described)).unwrap().card;
    assert_eq!((card.kind, card.assumed.len()), (Kind::Values { low: -50.0, high: 50.0 }, 0));
}

#[test]
fn nan_that_an_operation_hides_is_refused() {
    let network = NetworkBuilder::default()
        .input("in", FLOAT, &[0, 187, 96])
        .node("ReduceMax", &["in"], "peak")
        .node("Div", &["in", "peak"], "norm")
        .node("Flatten", &["norm"], "flat")
        .node("MatMul", &["flat", "w"], "sum")
        .node("Sigmoid", &["sum"], "out")
        .constant("w", &[187 * 96, 3], 0.1)
        .output("out", &[0, 3])
        .build();
    let words = Room::new().refusal("net.onnx", &network, None);
    assert!(words.contains("not finite (expected a number, got NaN for silence)"), "{words}");
}

#[test]
fn output_per_frame_several_outputs_and_integer_input_are_refused_with_a_next_step() {
    let room = Room::new();
    let framewise = NetworkBuilder::default()
        .input("in", FLOAT, &[0, 187, 96])
        .node("MatMul", &["in", "w"], "sum")
        .node("Sigmoid", &["sum"], "out")
        .constant("w", &[96, 10], 0.1)
        .output("out", &[0, 187, 10]);
    let words = room.refusal("net.onnx", &framewise.build(), None);
    assert!(
        words.contains("expected one value per class, got 187 x 10 values") && words.contains("output_rows"),
        "{words}"
    );

    let two =
        classifier(&[187, 96], 3, "Softmax", 0.1).node("Sigmoid", &["sum"], "mood").output("mood", &[0, 3]).build();
    let words = room.refusal("net.onnx", &two, None);
    assert!(words.contains("got `out`, `mood`") && words.contains("\"output_purpose\": \"predictions\""), "{words}");
    let described = r#"{"schema": {"outputs": [{"name": "mood", "output_purpose": "predictions"}]}}"#;
    assert_eq!(room.prepare("net.onnx", &two, Some(described)).unwrap().card.kind, Kind::Tags);

    const INT8: u64 = 3;
    let integer = NetworkBuilder::default()
        .input("in", INT8, &[0, 187, 96])
        .node("Sigmoid", &["in"], "out")
        .output("out", &[0, 187, 96]);
    let words = room.refusal("net.onnx", &integer.build(), None);
    assert!(words.contains("expected elements of type float32, got int8"), "{words}");
}

#[test]
fn head_without_a_base_waveform_and_head_of_itself_are_refused() {
    let room = Room::new();
    let wave = classifier(&[4096], 3, "Softmax", 0.01).build();
    let words = room.refusal("net.onnx", &wave, None);
    assert!(words.contains("looks like samples of audio") && words.contains("earmark models describe FILE"), "{words}");
    let head = classifier(&[200], 3, "Softmax", 0.1).build();
    let words = room.refusal("net.onnx", &head, None);
    assert!(words.contains("embedding_model"), "{words}");
    let of = |base: &str| format!(r#"{{"inference": {{"embedding_model": {{"model_name": "{base}"}}}}}}"#);
    let words = room.refusal("net-1.onnx", &head, Some(&of("net-2")));
    assert!(words.contains("got `net-2`, which is the head itself"), "{words}");
    let card = room.prepare("net.onnx", &head, Some(&of("msd-musicnn-1"))).unwrap().card;
    assert_eq!(card.head_of.as_deref(), Some("msd-musicnn-1"));
    let card = room.prepare("net-msd-musicnn.onnx", &head, None).unwrap().card;
    assert!(card.assumed.iter().any(|assumed| assumed.contains("embedding of msd-musicnn")), "{:?}", card.assumed);
}

#[test]
fn names_of_second_downloads_give_ids_and_find_their_description() {
    let room = Room::new();
    let network = classifier(&[187, 96], 3, "Softmax", 0.1).build();
    let description = format!("{MULTI_CLASS}, \"classes\": [\"a\", \"b\", \"c\",],}}");
    fs::write(room.files.path().join("my net.json"), &description).unwrap();
    let path = room.files.path().join("my net (1).onnx");
    fs::write(&path, &network).unwrap();
    let card = super::prepare(&path, &room.registry).unwrap().card;
    assert_eq!((card.id.as_str(), card.labels.len()), ("my-net", 3));
    assert!(card.notes.iter().any(|note| note.contains("made from the name `my net (1)`")), "{:?}", card.notes);
    assert!(card.assumed.iter().any(|assumed| assumed.contains("`my net.json`")), "{:?}", card.assumed);
    let words = room.refusal("other.onnx", &network, Some("{\"classes\": [\"a\", \"a\", \"b\"]}"));
    assert!(words.contains("`a` at places 1 and 2"), "{words}");
    let words = room.refusal("other.onnx", &network, Some("{\"classes\": [\"a\" \"b\"]}"));
    assert!(words.contains("(in other.json)") && words.contains("remove it"), "{words}");
}

#[test]
fn card_with_an_id_that_is_a_path_is_refused() {
    let room = Room::new();
    let network = classifier(&[187, 96], 2, "Softmax", 0.1).build();
    let mut card = room.prepare("net.onnx", &network, None).unwrap().card;
    card.sha256 = sha256(&network);
    card.origin = None;
    for id in ["../outside", "a/b", "", ".", "a b"] {
        card.id = id.into();
        fs::write(room.files.path().join("net.toml"), card.to_toml()).unwrap();
        let error = super::prepare(&room.files.path().join("net.onnx"), &room.registry).unwrap_err();
        assert!(matches!(error, InstallError::Name(_)), "{id}: {error}");
    }
}

#[test]
fn parallel_saves_of_one_model_all_succeed() {
    let room = Room::new();
    let network = classifier(&[187, 96], 2, "Softmax", 0.1).build();
    let prepared = room.prepare("net.onnx", &network, None).unwrap();
    let saved: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| save(room.models.path(), &prepared, &room.registry).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(saved.iter().filter(|is_new| **is_new).count() >= 1, "{saved:?}");
    let entries: Vec<_> = fs::read_dir(room.models.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(entries, ["net"]);
    room.registry.refresh();
    assert_eq!(room.registry.load("net").unwrap().card().assumed, prepared.card.assumed);
    // Another file of the same name.
    let other = room.prepare("net.onnx", &classifier(&[187, 96], 2, "Softmax", 0.2).build(), None).unwrap();
    assert!(matches!(save(room.models.path(), &other, &room.registry), Err(InstallError::IdInUse(_))));
    let mut large = prepared.clone();
    large.card.citation = "x".repeat(2 << 20);
    assert!(matches!(save(room.models.path(), &large, &room.registry), Err(InstallError::CardTooLarge { .. })));
}

#[test]
fn half_a_network_and_other_files_are_named() {
    let room = Room::new();
    let network = classifier(&[187, 96], 2, "Softmax", 0.1).build();
    let words = room.refusal("net.onnx", &network[..network.len() / 2], None);
    assert!(words.contains("an ONNX file that ends early") && words.contains("Download the file again."), "{words}");
    let words = room.refusal("net.onnx", b"\x1c\x00\x00\x00TFL3\x00\x00\x00\x00", None);
    assert!(words.contains("got a TensorFlow Lite model") && words.contains("tf2onnx"), "{words}");
}
