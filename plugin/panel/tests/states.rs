//! Texts of every state in the accessibility tree.

use std::sync::Arc;

use earmark_panel::{
    BeatPhase, Counters, Message, Midi, OutputBadge, OutputState, Section, SentMessage, Status, TempoChange,
    TempoControls, TempoState, UpdateRate,
};
use egui::accesskit::Role;
use egui::{Key, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::support::{TestState, settle, shown, sized};

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
        ("idle", TestState::idle, &["No audio", "Play some music", "No tempo yet"]),
        ("warming up", TestState::warming, &["Starting", "1.3 of the 3.0 s", "First tags in 2 s", "tempo in 11 s"]),
        ("listening", || TestState::listening(30.0), &["Listening", "0.3 s old", "metal: ", ", on"]),
        ("silence", TestState::silence, &["Silence", "below the silence gate", "Input level -inf dBFS"]),
        ("stale", stale, &["Late", "No new result for 4.2 s: lower the update rate in Setup > Model."]),
        ("error", TestState::error, &["Stopped", "could not be loaded", "Reinstall Earmark", "Try again"]),
        ("restart", restart, &["Updating after jump", "metal: "]),
        ("frozen", frozen, &["Frozen", "sent values are held"]),
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

#[test]
fn page_without_rows_in_silence_is_not_blank() {
    let mut test_state = TestState::listening(30.0);
    test_state.state.status = Status::Silence;
    let values = &mut test_state.state.tags.as_mut().unwrap().value;
    values.smooth.fill(0.0);
    values.active.fill(false);
    let harness = shown(test_state);
    assert!(harness.query_by_role_and_label(Role::Heading, "silence").is_some());
    assert!(harness.query_all_by(|node| has_text(node, "Waiting for music")).count() > 0);
}

#[test]
fn start_is_named_once_on_the_page() {
    let harness = shown(TestState::warming());
    assert_eq!(harness.query_all_by(|node| has_text(node, "starting")).count(), 1);
}

/// Whether the label or value of a node contains a text, ignoring case.
fn has_text(node: &egui_kittest::kittest::AccessKitNode<'_>, words: &str) -> bool {
    let words = words.to_lowercase();
    [node.label(), node.value()].into_iter().flatten().any(|text| text.to_lowercase().contains(&words))
}

#[test]
fn tempo_is_shown_with_host_tempo_relation_and_state() {
    let mut test_state = TestState::listening(30.0);
    for (host, state, expected) in [
        (Some(120.0), TempoState::Likely, "host 120 · likely"),
        (Some(62.0), TempoState::Locked, "host 62 · double · locked"),
        (None, TempoState::Likely, "likely"),
    ] {
        test_state.state.host_bpm = host;
        test_state.state.tempo.as_mut().unwrap().value.state = state;
        let harness = shown(test_state);
        assert!(harness.query_all_by(|node| has_text(node, expected)).count() > 0, "{expected}");
        for always in ["Tempo 124 BPM, confidence 78 %", "half 62", "double 248"] {
            assert!(harness.query_all_by(|node| has_text(node, always)).count() > 0, "{always}");
        }
        test_state = harness.into_state();
    }
}

#[test]
fn tempo_controls_and_beat_lights_are_shown_only_if_there_are_any() {
    let harness = shown(TestState::listening(30.0));
    assert!(harness.query_by_label("Half tempo").is_none() && harness.query_by_label("Beat 3 of 4").is_none());
    let mut test_state = harness.into_state();
    test_state.settings.tempo_controls = Some(TempoControls { locked: true, ..TempoControls::default() });
    test_state.state.beat = Some(BeatPhase { beat: 3, phase: 0.5 });
    let mut harness = shown(test_state);
    assert!(harness.query_by_label("Beat 3 of 4").is_some());
    for name in ["Half tempo", "Double tempo", "Tap the tempo", "Lock the tempo"] {
        harness.get_by_role_and_label(Role::Button, name).click();
        settle(&mut harness);
    }
    let expected = [TempoChange::Half, TempoChange::Double, TempoChange::Tap, TempoChange::Lock(false)];
    assert_eq!(harness.state().settings.tempo_changes, expected);
}

#[test]
fn headline_names_the_strongest_genre_and_other_families() {
    let mut test_state = TestState::listening(30.0);
    let tags = test_state.state.tags.as_mut().unwrap();
    for (tag, value) in [("guitar", 0.5), ("male vocalists", 0.6)] {
        let index = tags.value.labels.iter().position(|label| &**label == tag).unwrap();
        (tags.value.smooth[index], tags.value.active[index]) = (value, true);
    }
    let mut harness = shown(test_state);
    assert!(harness.query_by_role_and_label(Role::Heading, "metal. male vocalists · guitar").is_some());
    harness.state_mut().state.tags.as_mut().unwrap().value.active.fill(false);
    settle(&mut harness);
    assert!(harness.query_by_role_and_label(Role::Heading, "nothing stands out").is_some());
}

#[test]
fn page_has_active_tags_and_three_candidates() {
    let harness = shown(TestState::listening(30.0));
    let is_row = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        node.role() == Role::Meter && node.label().is_some_and(|label| label.contains(" %"))
    };
    let rows: Vec<String> = harness.query_all_by(is_row).filter_map(|node| node.accesskit_node().label()).collect();
    let active = rows.iter().filter(|row| row.ends_with(", on")).count();
    assert_eq!((active, rows.len()), (4, 7), "{rows:?}");
}

#[test]
fn badges_open_the_settings_of_the_outputs() {
    let mut test_state = TestState::listening(30.0);
    let badge = |name: &str, state: OutputState| OutputBadge { name: name.into(), state };
    let cause = "The address is wrong.".to_owned();
    test_state.state.outputs = vec![badge("MIDI", OutputState::On), badge("OSC", OutputState::Failed(cause))];
    test_state.state.sent = vec![SentMessage { output: "MIDI".into(), text: "CC 20 ch 1 = 93 (rock)".into() }];
    let mut harness = shown(test_state);
    assert!(harness.query_by_role_and_label(Role::Button, "MIDI: on").is_some());
    let sentence = "OSC does not work: The address is wrong. Open Setup > Outputs.";
    assert!(harness.query_by_role_and_label(Role::Button, sentence).is_some());
    harness.get_by_role_and_label(Role::Button, "OSC: failed").click();
    settle(&mut harness);
    assert_eq!(harness.state().layout.section, Section::Outputs);
    for text in ["CC 20 ch 1 = 93 (rock)", "OSC: The address is wrong."] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
}

#[test]
fn controllers_are_disabled_while_midi_is_off() {
    let mut test_state = TestState::listening(30.0);
    test_state.layout.section = Section::Tags;
    test_state.settings.midi = Some(Midi { on: false, channel: 1 });
    let harness = shown(test_state);
    assert!(harness.get_by_role_and_label(Role::Button, "Learn CC for metal").accesskit_node().is_disabled());
    assert!(harness.query_by_label("MIDI is off: no controller is sent.").is_some());
}

#[test]
fn tag_model_cannot_be_turned_off() {
    let mut test_state = TestState::listening(30.0);
    test_state.layout.section = Section::Setup;
    let mut harness = sized(test_state, vec2(480.0, 1_600.0));
    for (name, offered) in [("Tag model", 0), ("Tempo model", 1)] {
        harness.get_by_role_and_label(Role::ComboBox, name).click();
        settle(&mut harness);
        assert_eq!(harness.query_all_by_role_and_label(Role::Button, "Off").count(), offered, "{name}");
        harness.key_press(Key::Escape);
        settle(&mut harness);
    }
}

#[test]
fn threshold_line_is_dragged_for_all_synonyms() {
    let mut test_state = TestState::listening(30.0);
    let labels: Vec<Arc<str>> = test_state.state.tags.as_ref().unwrap().value.labels.to_vec();
    let renamed = |label: &Arc<str>| match &**label {
        "metal" => "vocals".into(),
        "rock" => "singing".into(),
        _ => Arc::clone(label),
    };
    test_state.state.tags.as_mut().unwrap().value.labels = labels.iter().map(renamed).collect();
    let mut harness = shown(test_state);
    let line = harness.get_by_role_and_label(Role::Slider, "Threshold of vocals").rect().center();
    harness.drag_at(line);
    harness.run_steps(2);
    harness.hover_at(line - vec2(0.0, 8.0));
    harness.run_steps(2);
    harness.drop_at(line - vec2(0.0, 8.0));
    settle(&mut harness);
    let thresholds = &harness.state().settings.thresholds;
    assert_eq!(thresholds.keys().collect::<Vec<_>>(), ["singing", "vocals"]);
    assert!(thresholds.values().all(|&value| value > 0.4 && value < 0.9), "{thresholds:?}");
}

#[test]
fn clicked_stretch_of_the_song_opens_its_average() {
    let mut harness = shown(TestState::listening(60.0));
    let stretch = harness.query_all_by(|node| has_text(node, "Song: ambient from 0:00")).next();
    let center = stretch.map(|node| node.rect().center()).unwrap();
    harness.drag_at(center);
    harness.run_steps(1);
    harness.drop_at(center);
    settle(&mut harness);
    assert_eq!(harness.state().layout.section, Section::Song);
    assert!(harness.query_all_by(|node| has_text(node, "Average from 0:00 to")).count() > 0);
    harness.get_by_role_and_label(Role::Button, "Whole song").click();
    settle(&mut harness);
    assert!(harness.query_all_by(|node| has_text(node, "Average of the song")).count() > 0);
}

#[test]
fn name_is_edited_in_the_status_line() {
    let mut harness = shown(TestState::listening(30.0));
    harness.get_by_role_and_label(Role::TextInput, "Name of this instance").focus();
    settle(&mut harness);
    harness.get_by_role_and_label(Role::TextInput, "Name of this instance").type_text("Drum bus");
    settle(&mut harness);
    assert_eq!(harness.state().layout.name, "Drum bus");
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
        for words in ["Computer too slow: 4.2 of 10 updates a second. Lower", "clips", "Saved state was damaged"] {
            assert!(harness.query_all_by(|node| has_text(node, words)).count() > 0, "{size:?}: {words}");
        }
        test_state = harness.into_state();
    }
    test_state.state.rate.reason = None;
    test_state.state.input.peak_dbfs = -3.0;
    let mut harness = shown(test_state);
    let sentence = "Some audio was not analyzed. Details and reset: Setup > Diagnostics.";
    harness.get_by_role_and_label(Role::Button, sentence).click();
    settle(&mut harness);
    assert_eq!(harness.state().layout.section, Section::Features);
    for words in ["512 samples dropped", "2 gaps", "7 updates skipped", "3 invalid samples"] {
        assert!(harness.query_all_by(|node| has_text(node, words)).count() > 0, "{words}");
    }
}

#[test]
fn footer_has_no_text_when_all_is_well() {
    let harness = shown(TestState::listening(30.0));
    let level = harness.get_by(|node| has_text(node, "Input level -14 dBFS, peak -3 dBFS")).rect();
    assert!(level.height() < 6.0 && level.bottom() > 639.0, "{level}");
    let below =
        harness.query_all_by(|node| node.label().is_some() && node.bounding_box().is_some_and(|b| b.y0 > 620.0));
    assert_eq!(below.count(), 1);
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
    assert!(label.contains("metal ") && (label.contains("0:19.") || label.contains("0:20.")), "{label}");
}
