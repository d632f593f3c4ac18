//! Released models on the descriptors of seven clips, against C LIBSVM on inputs that NumPy prepared.

use std::fs;
use std::path::Path;

use earmark_gaia::{Classifier, ClassifyError, Coupling, DescriptorSet, HistoryFile, TrackValue};
use earmark_tests::reference::folder;
use serde_json::{Map, Value as Json};

use super::{exact, fixture, histories, numbers, worst_difference};

/// Models that use low-level descriptors only. All their inputs are in the present layout.
const LOWLEVEL_ONLY: [&str; 3] = ["danceability.history", "mood_acoustic.history", "mood_party.history"];
/// Descriptors of the 2.0.1 layout that the present one lacks.
const LACKING: [&str; 4] =
    ["rhythm.bpm_histogram_first_peak_spread", "tonal.key_key", "tonal.key_scale", "tonal.key_strength"];
/// Stand-ins for those descriptors, as in `prepare.py`: they make the other models computable, so that their arithmetic is
/// compared.
const STAND_INS: [(&str, &str); 4] = [
    (".rhythm.bpm_histogram_first_peak_spread", ".rhythm.bpm_histogram_first_peak_weight"),
    (".tonal.key_key", ".tonal.key_temperley.key"),
    (".tonal.key_scale", ".tonal.key_temperley.scale"),
    (".tonal.key_strength", ".tonal.key_temperley.strength"),
];

/// Reads a clip; the layout file of `synth30` holds its values.
fn track(folder: &Path, clip: &str) -> DescriptorSet {
    if clip != "synth30" {
        return DescriptorSet::read(&folder.join(format!("extractor/{clip}.json"))).unwrap();
    }
    let layout = fs::read(folder.join("extractor/musicextractor_layout.json")).unwrap();
    let layout: Json = serde_json::from_slice(&layout).unwrap();
    let leaves = layout["stats"].as_object().unwrap().iter();
    let values: Map<String, Json> = leaves.map(|(name, leaf)| (name.clone(), leaf["value"].clone())).collect();
    DescriptorSet::from_bytes(Json::Object(values).to_string().as_bytes()).unwrap()
}

/// Adds the stand-ins, and writes notes as the 2.0.1 layout does, with sharps.
fn with_stand_ins(mut track: DescriptorSet) -> DescriptorSet {
    for (older, present) in STAND_INS {
        let value = track.get(present).unwrap().clone();
        track.insert(older, value);
    }
    for name in [".tonal.key_key", ".tonal.chords_key"] {
        let Some(TrackValue::Text(texts)) = track.get_mut(name) else { panic!("{name} is no text") };
        for (flat, sharp) in [("Ab", "G#"), ("Bb", "A#"), ("Eb", "D#")] {
            texts.iter_mut().filter(|text| *text == flat).for_each(|text| *text = sharp.to_owned());
        }
    }
    track
}

#[test(needs(Reference))]
fn released_models_decide_on_clips_as_c_libsvm_does() {
    let folder = folder().unwrap();
    let (goldens, vectors) = (fixture("clips.json"), fixture("vectors.json"));
    let (mut compared, mut worst, mut worst_decision) = (0, 0.0_f64, 0.0_f64);
    for path in histories(&folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(golden) = goldens.get(name) else { continue };
        // Probabilities of LIBSVM are in the order of the labels of the model.
        let labels = vectors[name]["labels"].as_array().unwrap();
        let labels: Vec<usize> = labels.iter().map(|label| label.as_u64().unwrap() as usize).collect();
        let history = HistoryFile::from_bytes(&fs::read(&path).unwrap()).unwrap();
        let gaia = Classifier::from_history(&history).unwrap();
        let libsvm = gaia.clone().with_coupling(Coupling::Libsvm);
        for (clip, expected) in golden.as_object().unwrap() {
            let track = with_stand_ins(track(&folder, clip));
            for (classifier, probabilities) in
                [(&gaia, numbers(&expected["coupled"])), (&libsvm, exact(&expected["libsvm"]))]
            {
                let result = classifier.classify(&track).unwrap();
                let mut by_class = vec![0.0; probabilities.len()];
                labels.iter().zip(&probabilities).for_each(|(&label, &probability)| by_class[label] = probability);
                worst = worst.max(worst_difference(result.probabilities.as_ref().unwrap(), &by_class));
                // The first of equal probabilities, in the order of the labels: the coupling answers 0.5 twice near the middle.
                let largest = probabilities.iter().fold(0.0, |largest: f64, &next| largest.max(next));
                let best = probabilities.iter().position(|&probability| probability == largest).unwrap();
                assert_eq!(result.index, labels[best], "{}: {clip}", path.display());
                let decisions = exact(&expected["decisions"]);
                worst_decision = worst_decision.max(worst_difference(&result.decision_values, &decisions));
            }
            compared += 1;
        }
    }
    println!(
        "{compared} decisions; worst difference of a probability {worst:e}, of a decision value {worst_decision:e}"
    );
    assert_eq!(compared, 77);
    assert!(worst < 1e-6, "{worst:e}");
}

/// Three models are played on the present layout; the others name the descriptors that it lacks.
#[test(needs(Reference))]
fn released_models_name_what_the_present_layout_lacks() {
    let folder = folder().unwrap();
    let track = track(&folder, "solo_piano");
    let mut played = Vec::new();
    for path in histories(&folder).iter().filter(|path| path.to_string_lossy().contains("2.0.1")) {
        let history = HistoryFile::from_bytes(&fs::read(path).unwrap()).unwrap();
        match Classifier::from_history(&history).unwrap().classify(&track) {
            Ok(_) => played.push(path.file_name().unwrap().to_str().unwrap().to_owned()),
            Err(ClassifyError::Descriptors { missing, unexpected, .. }) => {
                assert_eq!(missing, LACKING, "{}", path.display());
                assert_eq!(unexpected, []);
            }
            Err(other) => panic!("{}: {other}", path.display()),
        }
    }
    assert_eq!(played, LOWLEVEL_ONLY);
}
