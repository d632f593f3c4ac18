//! What every state says, found in the accessibility tree: what is read aloud is what is drawn.

use earmark_panel::{Counters, Message, Section, Status, UpdateRate};
use egui::vec2;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::support::{TestState, shown, sized};

/// A name, what makes the world, and the words that must be found in it.
type Case = (&'static str, fn() -> TestState, &'static [&'static str]);

#[test]
fn every_status_says_its_words() {
    let stale = || {
        let mut world = TestState::listening(30.0);
        world.state.status = Status::Stale { age_s: 4.2 };
        world
    };
    let restart = || {
        let mut world = TestState::listening(30.0);
        world.state.status = TestState::warming().state.status;
        world
    };
    let frozen = || {
        let mut world = TestState::listening(30.0);
        world.settings.frozen = true;
        world
    };
    let off = || {
        let mut world = TestState::listening(30.0);
        world.settings.tag_model = None;
        world
    };
    let cases: [Case; 9] = [
        ("idle", TestState::idle, &["Idle", "Nothing plays", "No tempo yet"]),
        ("warming up", TestState::warming, &["Warming up 43 %", "1.3 of the 3.0 s", "Tempo in 11 s"]),
        ("listening", || TestState::listening(30.0), &["Listening", "0.3 s ago", "metal: 0.", ", on"]),
        ("silence", TestState::silence, &["Silence", "below the gate", "gate shut", "Input level -inf dBFS"]),
        ("stale", stale, &["Stale, 4.2 s old", "no answer came for 4.2 s"]),
        ("error", TestState::error, &["Error", "could not be loaded", "Reinstall Earmark", "Try again"]),
        ("restart", restart, &["Warming up anew: 1.3 of 3.0 s", "metal: 0."]),
        ("frozen", frozen, &["Frozen", "stands still", "at 0:30.0"]),
        ("off", off, &["Tags are off", "choose a tag model in setup"]),
    ];
    for (name, world, words) in cases {
        let harness = shown(world());
        for word in words {
            let found = harness.query_all_by(|node| says(node, word)).count();
            assert!(found > 0, "{name}: nothing says `{word}`");
        }
    }
}

/// Whether a node's name or value contains words, in any case.
fn says(node: &egui_kittest::kittest::AccessKitNode<'_>, words: &str) -> bool {
    let words = words.to_lowercase();
    [node.label(), node.value()].into_iter().flatten().any(|text| text.to_lowercase().contains(&words))
}

#[test]
fn tempo_is_told_beside_the_hosts_with_half_and_double() {
    let mut world = TestState::listening(30.0);
    for (host, heard, expected) in
        [(Some(120.0), 124.0, "host 120, heard 124"), (Some(62.0), 124.0, "(double)"), (None, 124.0, "heard 124")]
    {
        world.state.host_bpm = host;
        world.state.tempo.as_mut().unwrap().value.bpm = heard;
        let harness = shown(world);
        assert!(harness.query_all_by(|node| says(node, expected)).count() > 0, "{expected}");
        for always in ["Tempo 124 BPM, confidence 78 %", "half 62", "double 248"] {
            assert!(harness.query_all_by(|node| says(node, always)).count() > 0, "{always}");
        }
        world = harness.into_state();
    }
}

#[test]
fn what_goes_wrong_is_told() {
    let mut world = TestState::listening(30.0);
    world.state.counters = Counters { dropped_samples: 512, gaps: 2, skipped_updates: 7, sanitized_samples: 3 };
    let slow = "machine too slow".to_owned();
    world.state.rate = UpdateRate { requested_hz: 10.0, actual_hz: 4.2, reason: Some(slow) };
    world.state.input.peak_dbfs = 1.5;
    world.state.messages =
        vec![Message { id: 3, text: "Saved state was damaged; defaults are used.".into(), warning: true }];
    for size in [vec2(480.0, 640.0), vec2(360.0, 300.0)] {
        let harness = sized(world, size);
        for words in
            ["dropped 512  behind 7", "machine too slow: 4.2 of 10 a second", "clips", "Saved state was damaged"]
        {
            assert!(harness.query_all_by(|node| says(node, words)).count() > 0, "{size:?}: {words}");
        }
        world = harness.into_state();
    }
    world.layout.section = Section::Setup;
    let harness = sized(world, vec2(480.0, 1_200.0));
    for words in ["512 samples dropped", "2 gaps", "7 updates skipped", "3 samples that were no number"] {
        assert!(harness.query_all_by(|node| says(node, words)).count() > 0, "{words}");
    }
}

#[test]
fn a_tag_explains_itself_when_it_is_pointed_at() {
    let mut harness = shown(TestState::listening(30.0));
    harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("metal: "))).hover();
    for _ in 0..40 {
        harness.step();
    }
    assert!(harness.query_all_by(|node| says(node, "Heavily distorted guitars")).count() > 0);
}

#[test]
fn the_lane_reads_value_and_source_time_under_the_pointer() {
    let mut harness = shown(TestState::listening(30.0));
    let lane = harness.get_by(|node| says(node, "Tags over the last 30 seconds"));
    let rect = lane.rect();
    // The first row two thirds across the last 30 s: metal at about 20 s.
    harness.hover_at(rect.min + vec2(rect.width() * 2.0 / 3.0, 6.0));
    harness.run_steps(3);
    let lane = harness.get_by(|node| says(node, "Tags over the last 30 seconds"));
    let label = lane.accesskit_node().label().unwrap();
    assert!(label.contains("metal 0.") && (label.contains("0:19.") || label.contains("0:20.")), "{label}");
}
