//! Texts of every state in the accessibility tree.

use earmark_panel::{Counters, Message, Section, Status, UpdateRate};
use egui::vec2;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::support::{TestState, shown, sized};

/// Name, constructor of the test state, and texts that must be found in it.
type Case = (&'static str, fn() -> TestState, &'static [&'static str]);

#[test]
fn every_status_has_its_texts() {
    let stale = || {
        let mut test_state = TestState::listening(30.0);
        test_state.state.status = Status::Stale { age_s: 4.2 };
        test_state
    };
    let restart = || {
        let mut test_state = TestState::listening(30.0);
        test_state.state.status = TestState::warming().state.status;
        test_state
    };
    let frozen = || {
        let mut test_state = TestState::listening(30.0);
        test_state.settings.frozen = true;
        test_state
    };
    let off = || {
        let mut test_state = TestState::listening(30.0);
        test_state.settings.tag_model = None;
        test_state
    };
    let cases: [Case; 9] = [
        ("idle", TestState::idle, &["Idle", "No audio", "No tempo yet"]),
        ("warming up", TestState::warming, &["Warming up 43 %", "1.3 of the 3.0 s", "Tempo in 11 s"]),
        ("listening", || TestState::listening(30.0), &["Listening", "0.3 s ago", "metal: 0.", ", on"]),
        ("silence", TestState::silence, &["Silence", "below the gate", "gate closed", "Input level -inf dBFS"]),
        ("stale", stale, &["Stale, 4.2 s old", "no new result for 4.2 s"]),
        ("error", TestState::error, &["Error", "could not be loaded", "Reinstall Earmark", "Try again"]),
        ("restart", restart, &["Updating after a jump: 1.3 of 3.0 s", "metal: 0."]),
        ("frozen", frozen, &["Frozen", "sent values are held", "at 0:30.0"]),
        ("off", off, &["Tags are off", "choose a tag model in setup"]),
    ];
    for (name, test_state, words) in cases {
        let harness = shown(test_state());
        for word in words {
            let found = harness.query_all_by(|node| has_text(node, word)).count();
            assert!(found > 0, "{name}: no text contains `{word}`");
        }
    }
}

/// Whether the label or value of a node contains a text, ignoring case.
fn has_text(node: &egui_kittest::kittest::AccessKitNode<'_>, words: &str) -> bool {
    let words = words.to_lowercase();
    [node.label(), node.value()].into_iter().flatten().any(|text| text.to_lowercase().contains(&words))
}

#[test]
fn tempo_is_shown_with_the_host_tempo_half_and_double() {
    let mut test_state = TestState::listening(30.0);
    for (host, detected, expected) in
        [(Some(120.0), 124.0, "host 120, detected 124"), (Some(62.0), 124.0, "(×2)"), (None, 124.0, "detected 124")]
    {
        test_state.state.host_bpm = host;
        test_state.state.tempo.as_mut().unwrap().value.bpm = detected;
        let harness = shown(test_state);
        assert!(harness.query_all_by(|node| has_text(node, expected)).count() > 0, "{expected}");
        for always in ["Tempo 124 BPM, confidence 78 %", "half 62", "double 248"] {
            assert!(harness.query_all_by(|node| has_text(node, always)).count() > 0, "{always}");
        }
        test_state = harness.into_state();
    }
}

#[test]
fn problems_are_shown() {
    let mut test_state = TestState::listening(30.0);
    test_state.state.counters = Counters { dropped_samples: 512, gaps: 2, skipped_updates: 7, sanitized_samples: 3 };
    let slow = "computer too slow".to_owned();
    test_state.state.rate = UpdateRate { requested_hz: 10.0, actual_hz: 4.2, reason: Some(slow) };
    test_state.state.input.peak_dbfs = 1.5;
    test_state.state.messages =
        vec![Message { id: 3, text: "Saved state was damaged; defaults are used.".into(), warning: true }];
    for size in [vec2(480.0, 640.0), vec2(360.0, 300.0)] {
        let harness = sized(test_state, size);
        for words in
            ["dropped 512  skipped 7", "computer too slow: 4.2 of 10 updates/s", "clips", "Saved state was damaged"]
        {
            assert!(harness.query_all_by(|node| has_text(node, words)).count() > 0, "{size:?}: {words}");
        }
        test_state = harness.into_state();
    }
    test_state.layout.section = Section::Setup;
    let harness = sized(test_state, vec2(480.0, 1_200.0));
    for words in ["512 samples dropped", "2 gaps", "7 updates skipped", "3 invalid samples"] {
        assert!(harness.query_all_by(|node| has_text(node, words)).count() > 0, "{words}");
    }
}

#[test]
fn hovered_tag_has_its_description() {
    let mut harness = shown(TestState::listening(30.0));
    harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("metal: "))).hover();
    for _ in 0..40 {
        harness.step();
    }
    assert!(harness.query_all_by(|node| has_text(node, "Heavily distorted guitars")).count() > 0);
}

#[test]
fn lane_shows_value_and_source_time_at_the_pointer() {
    let mut harness = shown(TestState::listening(30.0));
    let lane = harness.get_by(|node| has_text(node, "Tags over the last 30 seconds"));
    let rect = lane.rect();
    // The first row at two thirds of the last 30 s: metal at about 20 s.
    harness.hover_at(rect.min + vec2(rect.width() * 2.0 / 3.0, 6.0));
    harness.run_steps(3);
    let lane = harness.get_by(|node| has_text(node, "Tags over the last 30 seconds"));
    let label = lane.accesskit_node().label().unwrap();
    assert!(label.contains("metal 0.") && (label.contains("0:19.") || label.contains("0:20.")), "{label}");
}
