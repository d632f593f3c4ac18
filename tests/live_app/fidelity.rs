//! Live predictions through a sound card equal those of `earmark tag` for the file.

use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::running::Running;
use super::virtual_sound_card::VirtualSoundCard;
use crate::command::program::earmark;

/// The largest difference between a live prediction and the one of the file at the same source time.
const TOLERANCE: f64 = 1e-4;

/// Figures of one clip.
struct Figures {
    predictions: usize,
    worst: f64,
    first_s: f64,
    dropped: u64,
}

/// Plays a clip through the card, and compares the live predictions with those of `earmark tag` for the recording, and
/// the recording with the clip.
fn compare(name: &str) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let (clip, samples, rate_hz) = super::mono_clip(name, folder.path());
    let card = VirtualSoundCard::start(rate_hz);
    let recording = folder.path().join("heard.wav");
    let arguments = ["listen", "--device", "jack:input", "--rate", "1", "--record", recording.to_str().unwrap()];
    let mut program = Running::start(&arguments, |command| card.offer(command));
    let inputs = card.inputs_of(&program);
    let begun = Instant::now();
    card.feed(&clip, &inputs, 1);
    assert_eq!(program.interrupt(), 130, "{}", program.errors());
    let heard = wav(&recording);
    // First sample of the clip that is not silence, and its position in the recording.
    let lead = samples.iter().position(|&sample| sample != 0.0).unwrap();
    let at = heard.iter().position(|&sample| sample != 0.0).unwrap().checked_sub(lead).unwrap();
    assert!(heard[at..at + samples.len()] == samples, "{name}: the recording is not the clip, sample by sample");

    let lines = program.lines();
    let predictions: Vec<&Value> = lines
        .iter()
        .map(|line| &line.json)
        .filter(|line| line["event"] == "tags" || line["event"] == "tempo")
        .collect();
    let mut worst = 0.0_f64;
    let mut compared = 0;
    for (model, hop) in [("msd-musicnn", "63"), ("tempocnn-deepsquare-k8", "22")] {
        let expected = tag(&recording, model, hop);
        for line in predictions.iter().filter(|line| line["model"] == model) {
            // A machine that lags makes fewer predictions, at other times.
            let same = |file: &&Value| near(&file["start_s"], &line["start_s"]) && near(&file["end_s"], &line["end_s"]);
            let Some(file) = expected.iter().find(same) else { continue };
            worst = worst.max(difference(line, file));
            compared += 1;
        }
    }
    let first = lines.iter().find(|line| line.json["tags"].is_object()).map_or(f64::NAN, |line| {
        // From the first sample of music to the line.
        line.at.duration_since(begun).as_secs_f64()
    });
    let end = &lines.last().unwrap().json;
    assert_eq!(end["event"], "end");
    Figures { predictions: compared, worst, first_s: first, dropped: end["dropped"].as_u64().unwrap() }
}

fn near(a: &Value, b: &Value) -> bool {
    (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-4
}

fn difference(line: &Value, file: &Value) -> f64 {
    if file["silent"] == true || line["silent"] == true {
        return if file["silent"] == line["silent"] { 0.0 } else { f64::INFINITY };
    }
    if let Some(bpm) = line["class_bpm"].as_f64() {
        let equal = file["bpm"].as_f64() == Some(bpm);
        let confidence = (line["class_confidence"].as_f64().unwrap() - file["confidence"].as_f64().unwrap()).abs();
        return if equal { confidence } else { f64::INFINITY };
    }
    let tags = line["tags"].as_object().unwrap();
    let labels = file["labels"].as_array().unwrap().iter().map(|label| label.as_str().unwrap());
    let values = file["values"].as_array().unwrap();
    assert_eq!(tags.len(), values.len());
    labels
        .zip(values)
        .map(|(label, value)| (tags[label].as_f64().unwrap() - value.as_f64().unwrap()).abs())
        .fold(0.0, f64::max)
}

/// Returns the predictions of `earmark tag` for a file, each with its labels.
fn tag(path: &Path, model: &str, hop: &str) -> Vec<Value> {
    let arguments = ["tag", path.to_str().unwrap(), "--model", model, "--hop-frames", hop, "--format", "json"];
    let (code, out, err) = earmark(arguments);
    assert_eq!(code, 0, "{err}");
    let reports: Value = serde_json::from_str(&out).unwrap();
    let model = &reports[0]["models"][0];
    let with_labels = |prediction: &Value| {
        let mut prediction = prediction.clone();
        prediction["labels"] = model["labels"].clone();
        prediction
    };
    model["predictions"].as_array().unwrap().iter().map(with_labels).collect()
}

fn wav(path: &Path) -> Vec<f32> {
    hound::WavReader::open(path).unwrap().samples::<f32>().map(Result::unwrap).collect()
}

fn report(name: &str, figures: &Figures) {
    let Figures { predictions, worst, first_s, dropped } = figures;
    println!(
        "live_app: {name}: {predictions} predictions, worst difference {worst:.1e}, first tags {first_s:.2} s after the \
         music began, {dropped} samples dropped"
    );
    assert!(*worst <= TOLERANCE, "{name}: {worst:.1e}, expected at most {TOLERANCE:.0e}");
    assert_eq!(*dropped, 0, "{name}");
}

#[test(needs(Jack))]
fn clip_through_the_sound_card_matches_the_file() {
    let figures = compare("metal_growl.flac");
    report("metal_growl", &figures);
    assert!(figures.predictions >= 3, "{} predictions were compared", figures.predictions);
}

/// Runs in real time: part of `cargo xtask prove`.
#[test(needs(Jack, Reference))]
#[ignore = "minutes of real time"]
fn clips_through_the_sound_card_match_the_files() {
    let folder = earmark_tests::reference::folder().unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder.join("audio"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter_map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name.ends_with(".flac") || name.ends_with(".mp3")).then_some(name)
        })
        .collect();
    names.sort();
    assert!(!names.is_empty(), "expected clips in {}", folder.display());
    for name in names.iter().filter(|name| !name.starts_with("silence")) {
        report(name, &compare(name));
    }
}
