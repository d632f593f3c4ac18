//! Page of the descriptors: texts, marks, states and layout.

use earmark_panel::*;
use egui::{Rect, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::support::{TestState, freeze, settle, shown, sized};

/// Returns a reliable value.
fn sure(value: f32) -> Option<MarkedValue> {
    Some(MarkedValue { value, reliable: true })
}

/// Returns a centroid that sways around a frequency, twice a second for 30 s.
fn centroid(around_hz: f32, octaves: f32) -> std::sync::Arc<[f32]> {
    let sway = |at: f32| (at * 0.37).sin() * 0.5 + (at * 1.31).sin() * 0.3 + (at * 3.7).sin() * 0.2;
    (0..61).map(|at| around_hz * 2.0_f32.powf(octaves * sway(at as f32))).collect()
}

/// Returns the descriptors of a quiet ballad in A minor.
pub(crate) fn ballad() -> DescriptorReading {
    DescriptorReading {
        window_s: 30.0,
        since_start_s: 192.0,
        age_s: 0.4,
        silent: false,
        key: Some(KeyReading { tonic: 9, minor: true, strength: 0.78, reliable: true }),
        chord: Some(ChordReading { root: 2, minor: true, strength: 0.64 }),
        chroma: [0.82, 0.04, 0.55, 0.06, 0.88, 0.62, 0.05, 0.4, 0.12, 1.0, 0.05, 0.33],
        loudness: LoudnessReading {
            momentary: Some(-21.7),
            short_term: Some(-19.4),
            integrated: Some(-18.6),
            range: Some(8.3),
        },
        bpm: sure(72.4),
        danceability: Some(MarkedValue { value: 0.86, reliable: false }),
        dissonance: sure(0.36),
        onset_rate: sure(1.9),
        dynamic_complexity: sure(4.7),
        tuning_hz: sure(441.6),
        centroid_hz: centroid(690.0, 0.9),
        centroid_step_s: 0.5,
    }
}

/// Returns the descriptors of loud metal twelve seconds after its begin.
pub(crate) fn metal() -> DescriptorReading {
    let marked = |value: f32| Some(MarkedValue { value, reliable: false });
    DescriptorReading {
        window_s: 12.4,
        since_start_s: 12.4,
        key: Some(KeyReading { tonic: 2, minor: true, strength: 0.56, reliable: false }),
        chord: Some(ChordReading { root: 10, minor: false, strength: 0.5 }),
        chroma: [0.58, 0.61, 1.0, 0.74, 0.55, 0.69, 0.46, 0.52, 0.6, 0.83, 0.71, 0.48],
        loudness: LoudnessReading {
            momentary: Some(-6.2),
            short_term: Some(-6.9),
            integrated: Some(-7.3),
            range: None,
        },
        bpm: marked(172.3),
        danceability: None,
        dissonance: sure(0.49),
        onset_rate: sure(6.1),
        dynamic_complexity: None,
        tuning_hz: None,
        centroid_hz: centroid(2_700.0, 0.5)[..25].into(),
        ..ballad()
    }
}

/// Returns the descriptors of silence after music.
pub(crate) fn silence() -> DescriptorReading {
    let mut centroid_hz = centroid(690.0, 0.9).to_vec();
    centroid_hz[38..].fill(0.0);
    DescriptorReading {
        silent: true,
        key: None,
        chord: None,
        chroma: [0.0; 12],
        loudness: LoudnessReading {
            momentary: Some(f32::NEG_INFINITY),
            short_term: Some(-300.7),
            integrated: Some(-18.6),
            range: Some(8.3),
        },
        bpm: None,
        danceability: None,
        dissonance: None,
        onset_rate: None,
        dynamic_complexity: None,
        tuning_hz: None,
        centroid_hz: centroid_hz.into(),
        ..ballad()
    }
}

/// Returns a panel with this section and a reading.
pub(crate) fn page(reading: DescriptorReading) -> TestState {
    let mut test_state = TestState::listening(40.0);
    test_state.layout.section = Section::Descriptors;
    if reading.silent {
        test_state.state.status = Status::Silence;
        test_state.state.input = InputLevel::default();
        test_state.state.gate_open = false;
    }
    test_state.state.descriptors = Some(reading);
    test_state
}

/// Returns a panel that shows all cards without scrolling.
fn tall(reading: DescriptorReading) -> Harness<'static, TestState> {
    sized(page(reading), vec2(480.0, 1_100.0))
}

/// Returns text and rectangle of the first node whose label, or value if it is a text, begins with these words.
fn found(harness: &Harness<'static, TestState>, begins: &str) -> Option<(String, Rect)> {
    let text = |node: &egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        [node.label(), node.value()].into_iter().flatten().find(|text| text.starts_with(begins))
    };
    let nodes = harness.query_all_by(|_| true);
    nodes.filter_map(|node| Some((text(&node)?, node.rect()))).next()
}

fn label(harness: &Harness<'static, TestState>, begins: &str) -> String {
    found(harness, begins).map(|(label, _)| label).unwrap_or_default()
}

#[test]
fn ballad_has_all_values_as_texts() {
    let harness = tall(ballad());
    for expected in [
        "Key: A minor, strength 0.78. Strongest notes: A, E, C.",
        "Chord: D minor, 0.64",
        "Momentary: -21.7 LUFS",
        "Short-term: -19.4 LUFS",
        "Integrated: -18.6 LUFS",
        "Range: 8.3 LU of 0 to 20",
        "Tempo: 72 BPM of 40 to 200",
        "Danceability: 0.86 of 0 to 2, not reliable, reliable over a whole song: the window has 30 s",
        "Onset rate: 1.9 /s of 0 to 8",
        "Dissonance: 0.36 of 0.2 to 0.5",
        "Dynamics: 4.7 dB of 0 to 8",
        "Tuning: 441.6 Hz, 6 cents above 440 Hz",
    ] {
        let begins = expected.split_once(':').unwrap().0;
        assert_eq!(label(&harness, &format!("{begins}: ")), expected);
    }
    let centroid = label(&harness, "Spectral centroid: ");
    assert!(centroid.contains(" Hz, from ") && centroid.ends_with("over the last 30 s"), "{centroid}");
}

#[test]
fn short_window_has_reasons_for_marks_and_missing_values() {
    let harness = tall(metal());
    for (begins, words) in [
        ("Key: ", "D minor, strength 0.56, not reliable, needs 30 s of music: 12 s so far"),
        ("Tempo: ", "172 BPM of 40 to 200, not reliable, needs 30 s of music: 12 s so far"),
        ("Danceability: ", "not known, needs 30 s of music: 12 s so far"),
        ("Dynamics: ", "not known, needs 30 s of music: 12 s so far"),
        ("Tuning: ", "not known, needs 30 s of music: 12 s so far"),
        ("Range: ", "not known, needs 30 s of music: 12 s so far"),
        ("Onset rate: ", "6.1 /s of 0 to 8"),
        ("~ needs", "more music: hover a value for the reason"),
    ] {
        assert!(label(&harness, begins).contains(words), "{}", label(&harness, begins));
    }
    assert!(!label(&harness, "Onset rate: ").contains("reliable"));
}

#[test]
fn silence_shows_only_the_loudness() {
    // Values that the owner left in a silent reading are not shown.
    let mut reading = silence();
    (reading.key, reading.bpm, reading.chroma) = (ballad().key, ballad().bpm, ballad().chroma);
    let harness = tall(reading);
    for (begins, expected) in [
        ("Silence: only", "Silence: only the loudness is known."),
        ("Key: ", "Key: not known, silence"),
        ("Chord: ", "Chord: not known, silence"),
        ("Tempo: ", "Tempo: not known, silence"),
        ("Momentary: ", "Momentary: -inf LUFS"),
        ("Short-term: ", "Short-term: -inf LUFS"),
        ("Integrated: ", "Integrated: -18.6 LUFS"),
    ] {
        assert_eq!(label(&harness, begins), expected);
    }
    assert!(label(&harness, "Spectral centroid: ").starts_with("Spectral centroid: not known, from "));
}

#[test]
fn page_without_a_reading_has_a_sentence() {
    for (test_state, expected) in [
        (TestState::idle(), "No audio. Start playback to see key"),
        (TestState::warming(), "No descriptors yet. Key, loudness and rhythm appear after"),
        (TestState::listening(20.0), "No descriptors yet. Key, loudness and rhythm appear after"),
        (TestState::silence(), "Silence. Key, loudness and rhythm appear when"),
        (TestState::error(), "Analysis stopped"),
    ] {
        let mut test_state = test_state;
        test_state.layout.section = Section::Descriptors;
        let harness = shown(test_state);
        assert!(found(&harness, expected).is_some(), "no text begins with `{expected}`");
    }
}

#[test]
fn hovered_value_has_meaning_and_reason() {
    let mut harness = tall(metal());
    let at = found(&harness, "Danceability: ").unwrap().1.center();
    harness.hover_at(at);
    harness.run_steps(40);
    assert!(found(&harness, "Regularity of the level").is_some());
    assert!(found(&harness, "needs 30 s of music: 12 s so far").is_some());
}

#[test]
fn every_card_has_its_tooltip() {
    for (begins, meaning) in [
        ("Key: ", "The twelve notes, a fifth apart"),
        ("Chord: ", "Major or minor chord"),
        ("Integrated: ", "Loudness since the song began"),
        ("Spectral centroid: ", "Centre of gravity"),
    ] {
        let mut harness = tall(ballad());
        let at = found(&harness, begins).unwrap().1.center();
        harness.hover_at(at);
        harness.run_steps(40);
        assert!(found(&harness, meaning).is_some(), "{begins}");
    }
}

#[test]
fn narrow_panel_has_one_column_and_a_wide_one_two() {
    for (width, height, columns) in [(360.0, 1_100.0, 1), (480.0, 1_100.0, 1), (960.0, 640.0, 2), (1_440.0, 900.0, 2)] {
        let harness = sized(page(ballad()), vec2(width, height));
        let at = |begins: &str| found(&harness, begins).unwrap().1;
        let (wheel, momentary, tempo, centroid) =
            (at("Key: "), at("Momentary: "), at("Tempo: "), at("Spectral centroid: "));
        assert_eq!(momentary.left() > wheel.right(), columns == 2, "{width}");
        assert_eq!(momentary.left(), tempo.left(), "{width}");
        // The centroid has the whole width, below all other cards.
        assert!(centroid.top() > wheel.bottom() && centroid.top() > tempo.bottom(), "{width}");
        assert!(centroid.right() >= tempo.right() && centroid.left() <= wheel.left(), "{width}");
    }
}

#[test]
fn small_panel_scrolls_to_the_last_card() {
    let mut harness = sized(page(ballad()), vec2(360.0, 300.0));
    let top = |harness: &Harness<'static, TestState>| found(harness, "Key: ").unwrap().1.top();
    let before = top(&harness);
    harness.hover_at(egui::pos2(180.0, 230.0));
    harness.run_steps(2);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, -3_000.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    settle(&mut harness);
    let (_, last) = found(&harness, "Spectral centroid: ").unwrap();
    assert!(top(&harness) < before - 200.0, "{} of {before}", top(&harness));
    assert!(last.bottom() < 300.0, "{last}");
}

#[test]
fn frozen_display_keeps_the_descriptors() {
    let mut harness = tall(ballad());
    freeze(&mut harness);
    let before = label(&harness, "Key: ");
    harness.state_mut().state.descriptors = Some(metal());
    settle(&mut harness);
    assert_eq!(label(&harness, "Key: "), before);
    freeze(&mut harness);
    assert_ne!(label(&harness, "Key: "), before);
}

#[test]
fn invalid_descriptors_are_shown_without_panic() {
    let nan = Some(MarkedValue { value: f32::NAN, reliable: true });
    let reading = DescriptorReading {
        window_s: f32::NAN,
        since_start_s: f32::INFINITY,
        age_s: f32::NAN,
        key: Some(KeyReading { tonic: 255, minor: true, strength: f32::NAN, reliable: true }),
        chord: Some(ChordReading { root: 255, minor: false, strength: f32::INFINITY }),
        chroma: [f32::NAN, f32::INFINITY, -1.0, 9.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
        loudness: LoudnessReading {
            momentary: Some(f32::NAN),
            short_term: Some(f32::INFINITY),
            integrated: Some(1e30),
            range: Some(f32::NAN),
        },
        bpm: nan,
        tuning_hz: Some(MarkedValue { value: -1.0, reliable: true }),
        centroid_hz: [f32::NAN, 0.0, f32::INFINITY, 1e30, -5.0, 200.0].into(),
        centroid_step_s: f32::NEG_INFINITY,
        ..ballad()
    };
    for size in [vec2(480.0, 1_100.0), vec2(40.0, 30.0)] {
        sized(page(reading.clone()), size);
    }
    assert_eq!(label(&tall(reading), "Tempo: "), "Tempo: not known, needs 30 s of music: 0 s so far");
}
