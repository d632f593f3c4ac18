//! Added models and their readings of a piece of music.

use std::sync::Arc;

use earmark_panel::{ModelInfo, ModelKind, ModelReading, ModelValues, Presentation};

use crate::support::TestState;

/// Binary classifiers with the names of Essentia, and the probability of their first class.
const DIALS: [(&str, &str, [&str; 2], f32); 6] = [
    ("danceability", "Danceability", ["danceable", "not_danceable"], 0.82),
    ("mood-aggressive", "Mood aggressive", ["aggressive", "non_aggressive"], 0.64),
    ("mood-happy", "Mood happy", ["happy", "non_happy"], 0.21),
    ("mood-party", "Mood party", ["party", "non_party"], 0.57),
    ("mood-relaxed", "Mood relaxed", ["relaxed", "non_relaxed"], 0.08),
    ("voice", "Voice or instrumental", ["instrumental", "voice"], 0.36),
];

const STYLES: [&str; 14] = [
    "Rock---Heavy Metal",
    "Rock---Hard Rock",
    "Rock---Progressive Metal",
    "Rock---Indie Rock",
    "Electronic---Drum n Bass",
    "Rock---Thrash",
    "Folk, TestState, & Country---Nordic",
    "Jazz---Fusion",
    "Hip Hop---Trip Hop",
    "Pop---Ballad",
    "Electronic---Ambient",
    "Blues---Electric Blues",
    "Classical---Romantic",
    "Reggae---Dub",
];

const SOUNDS: [&str; 9] = [
    "Music",
    "Drum",
    "Electric guitar",
    "Speech",
    "Clapping",
    "Singing",
    "Whistling",
    "Bark",
    "Wind noise (microphone)",
];

fn labels(labels: &[&str]) -> Arc<[Arc<str>]> {
    labels.iter().map(|label| Arc::from(*label)).collect()
}

/// Descriptions of the models.
pub(crate) fn models() -> Vec<ModelInfo> {
    let card = |id: &str, name: &str, of: &[&str], description: &str| ModelInfo {
        id: id.into(),
        name: name.into(),
        kind: ModelKind::Added,
        classes: of.len(),
        labels: labels(of),
        rate_hz: Some(16_000.0),
        context_s: 2.02,
        licence: "CC-BY-NC-SA-4.0".into(),
        source: "essentia.upf.edu".into(),
        description: description.into(),
        assumed: Vec::new(),
    };
    let mut cards: Vec<ModelInfo> = DIALS.iter().map(|(id, name, of, _)| card(id, name, of, "")).collect();
    cards.push(card("genre-discogs400", "Genre Discogs400", &STYLES, "Styles of a record shop."));
    cards.push(card("yamnet", "YAMNet", &SOUNDS, "Sounds of all kinds."));
    cards.push(card("deam", "DEAM arousal and valence", &["valence", "arousal"], "How lively and how pleasant."));
    cards.push(card("approach", "Approachability", &["approachability", "engagement"], "Audience of the music."));
    cards.push(card("crepe", "CREPE tiny", &[], "The pitch of a single voice."));
    cards.push(card("tempocnn-30", "TempoCNN added", &[], "Another tempo model."));
    cards
}

/// Returns the readings at a time.
pub(crate) fn readings(at_s: f64) -> Vec<ModelReading> {
    let sway = |of: f64| (at_s * (0.4 + of * 0.13) + of * 1.9).sin() as f32;
    let reading = |id: &str, name: &str, presentation, of: &[&str], values: Vec<f32>, from: f32| ModelReading {
        model: id.into(),
        start_s: at_s - 1.0,
        end_s: at_s,
        age_s: 0.4,
        silent: false,
        stale: false,
        value: ModelValues {
            name: name.into(),
            presentation,
            labels: labels(of),
            active: if of.is_empty() { Vec::new() } else { values.iter().map(|&value| value >= from).collect() },
            values,
            derived_from: None,
        },
    };
    let mut all: Vec<ModelReading> = DIALS
        .iter()
        .map(|(id, name, of, share)| {
            reading(id, name, Presentation::Dial { class: 0 }, of, vec![*share, 1.0 - share], 0.5)
        })
        .collect();
    let strength = |place: usize| 0.74 / (1.0 + place as f32 * 0.62);
    let styles = (0..STYLES.len()).map(strength).collect();
    all.push(reading("genre-discogs400", "Genre Discogs400", Presentation::Bars, &STYLES, styles, 0.4));
    let sounds = (0..SOUNDS.len()).map(|sound| match sound {
        0 => 0.93,
        7 | 8 => 0.01,
        _ => (0.28 + 0.5 * sway(sound as f64)).clamp(0.0, 1.0),
    });
    all.push(reading("yamnet", "YAMNet", Presentation::Events, &SOUNDS, sounds.collect(), 0.5));
    let plot = Presentation::XyPlot { across: 0, up: 1, low: 1.0, high: 9.0 };
    let feeling = vec![4.6 + 1.7 * sway(0.5), 6.3 + 1.1 * sway(3.0)];
    all.push(reading("deam", "DEAM arousal and valence", plot, &["valence", "arousal"], feeling, 9.0));
    let scales = Presentation::ValueBars { low: 0.0, high: 1.0 };
    all.push(reading("approach", "Approachability", scales, &["approachability", "engagement"], vec![0.34, 0.71], 2.0));
    let step = [0.0, 2.0, 4.0, 7.0, 4.0, 2.0, 5.0, 3.0][(at_s * 1.25) as usize % 8];
    let hz = 220.0 * 2.0_f32.powf((step + 0.12 * sway(60.0)) / 12.0);
    let confidence = if at_s.rem_euclid(4.0) < 0.5 { 0.2 } else { 0.91 };
    all.push(reading("crepe", "CREPE tiny", Presentation::Pitch, &[], vec![hz, confidence], 0.0));
    all.push(reading("tempocnn-30", "TempoCNN added", Presentation::Tempo, &[], vec![124.0, 0.66], 0.0));
    all
}

/// Plays readings from one time to another at 10 Hz, as an owner does.
pub(crate) fn play(harness: &mut egui_kittest::Harness<'static, TestState>, from_s: f64, until_s: f64) {
    for step in (from_s * 10.0) as u32..=(until_s * 10.0) as u32 {
        harness.state_mut().state.readings = readings(f64::from(step) / 10.0);
        harness.run_steps(1);
    }
}
