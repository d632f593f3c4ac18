//! Saved settings: reports, OSC, MIDI mapping, thresholds and zoom.

use earmark_panel::{Command, MappedTag, OscSettings, RenderHop, Section, TempoChange, TempoControls};
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::support::{TestState, settle, sized};

/// Returns the settings of the outputs.
fn setup(change: impl FnOnce(&mut TestState)) -> Harness<'static, TestState> {
    open(Section::Outputs, change)
}

/// Returns a section in a panel that is high enough for all settings.
fn open(section: Section, change: impl FnOnce(&mut TestState)) -> Harness<'static, TestState> {
    let mut test_state = TestState::listening(30.0);
    test_state.layout.section = section;
    change(&mut test_state);
    sized(test_state, vec2(480.0, 2_000.0))
}

/// Replaces the text of a text field.
fn write(harness: &mut Harness<'static, TestState>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, label).focus();
    settle(harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
    settle(harness);
}

/// Types a number into a drag field.
fn type_number(harness: &mut Harness<'static, TestState>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::SpinButton, label).focus();
    settle(harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::SpinButton, label).type_text(text);
    harness.key_press(Key::Enter);
    settle(harness);
}

fn osc(harness: &Harness<'static, TestState>) -> OscSettings {
    harness.state().settings.osc.clone().unwrap_or_default()
}

#[test]
fn address_is_applied_on_enter_not_while_typing() {
    let mut harness = setup(|_| {});
    harness.get_by_role_and_label(Role::Switch, "OSC output").click();
    write(&mut harness, "OSC address", "10.0.0.7:57120");
    assert_eq!((osc(&harness).on, osc(&harness).address.as_str()), (true, "127.0.0.1:9000"));
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(osc(&harness).address, "10.0.0.7:57120");
    write(&mut harness, "OSC prefix", " /stage ");
    harness.key_press(Key::Tab);
    settle(&mut harness);
    assert_eq!(osc(&harness), OscSettings { on: true, address: "10.0.0.7:57120".into(), prefix: "/stage".into() });
}

#[test]
fn invalid_address_is_reported_and_not_applied() {
    let mut harness = setup(|_| {});
    write(&mut harness, "OSC address", "nowhere");
    assert!(harness.query_by_label("expected a port, got `nowhere`").is_some());
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(osc(&harness).address, "127.0.0.1:9000");
    assert!(
        harness.query_by_label("expected a port, got `nowhere`").is_some(),
        "the error stays until the text is valid"
    );
    harness.get_by_role_and_label(Role::TextInput, "OSC address").focus();
    settle(&mut harness);
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label_contains("expected a port").is_none(), "Escape restores the address");
    // A saved invalid address is reported, too.
    let harness = setup(|test_state| test_state.settings.osc.as_mut().unwrap().address = "saved".into());
    assert!(harness.query_by_label("expected a port, got `saved`").is_some());
}

#[test]
fn click_outside_the_text_field_applies_both() {
    let mut harness = setup(|_| {});
    write(&mut harness, "OSC address", "1.2.3.4:5");
    harness.get_by_role_and_label(Role::Switch, "OSC output").click();
    settle(&mut harness);
    assert_eq!((osc(&harness).on, osc(&harness).address.as_str()), (true, "1.2.3.4:5"));
}

#[test]
fn edited_text_is_applied_when_another_section_opens() {
    let mut harness = setup(|_| {});
    write(&mut harness, "OSC address", "1.2.3.4:5");
    harness.state_mut().layout.section = Section::Live;
    settle(&mut harness);
    assert_eq!(osc(&harness).address, "1.2.3.4:5");
}

#[test]
fn reports_have_folder_hop_and_markers() {
    let mut harness = setup(|_| {});
    let none = "No folder is chosen: reports are not saved.";
    assert!(harness.query_by_label(none).is_none());
    harness.get_by_role_and_label(Role::Switch, "Save a report after each offline render").click();
    settle(&mut harness);
    assert!(harness.query_by_label(none).is_some());
    write(&mut harness, "Folder for reports", "reports");
    assert!(harness.query_by_label("expected a full path, got `reports`").is_some());
    write(&mut harness, "Folder for reports", "/music/reports");
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(harness.query_by_label(none).is_none());
    harness.get_by_role_and_label(Role::Switch, "Label track and table").click();
    harness.get_by_role_and_label(Role::Button, "Custom").click();
    settle(&mut harness);
    let reports = harness.state().settings.reports.clone().unwrap();
    assert!(reports.save && reports.markers);
    assert_eq!((reports.folder.as_str(), reports.hop), ("/music/reports", RenderHop::Frames(31)));
    type_number(&mut harness, "Hop in frames", "40");
    assert_eq!(harness.state().settings.reports.as_ref().unwrap().hop, RenderHop::Frames(40));
    harness.get_by_role_and_label(Role::Button, "Same as playback").click();
    settle(&mut harness);
    assert_eq!(harness.state().settings.reports.as_ref().unwrap().hop, RenderHop::Playing);
    assert!(harness.query_by_label("Hop in frames").is_none());
}

#[test]
fn tag_is_mapped_to_a_controller_and_a_note() {
    let rock = |cc, note| MappedTag { tag: "rock".into(), cc, note };
    let mut harness = setup(|test_state| test_state.state.mapped_tags = vec![rock(Some(20), None)]);
    type_number(&mut harness, "Note of rock", "36");
    assert_eq!(harness.state_mut().commands.pop(), Some(Command::SetMidiMapping(rock(Some(20), Some(36)))));
    harness.state_mut().state.mapped_tags = vec![rock(Some(20), Some(36))];
    settle(&mut harness);
    let note = harness.get_by_role_and_label(Role::SpinButton, "Note of rock");
    assert_eq!(note.value().as_deref(), Some("36 (C2)"));
    note.hover();
    harness.run_steps(60);
    let hint = "Note 60 is C4 (scientific pitch notation); some DAWs call this C3";
    assert!(harness.query_by_label(hint).is_some(), "expected the hint `{hint}`");
    harness.get_by_role_and_label(Role::Button, "Remove mapping of rock").click();
    settle(&mut harness);
    assert_eq!(harness.state_mut().commands.pop(), Some(Command::SetMidiMapping(rock(None, None))));
    // Two tags on the same controller.
    harness.state_mut().state.mapped_tags.push(MappedTag { tag: "jazz".into(), cc: Some(20), note: None });
    settle(&mut harness);
    assert!(harness.query_by_label("rock and jazz both use CC 20.").is_some());
}

#[test]
fn streaming_is_turned_on() {
    let mut harness = open(Section::Setup, |_| {});
    harness.get_by_role_and_label(Role::Switch, "Streaming").click();
    settle(&mut harness);
    assert!(harness.state().settings.streaming);
}

#[test]
fn tag_gets_its_own_threshold_and_the_common_one_again() {
    let mut harness = open(Section::Setup, |_| {});
    type_number(&mut harness, "Threshold", "50");
    assert_eq!(harness.state().settings.threshold, 0.5);
    harness.state_mut().layout.section = Section::Tags;
    settle(&mut harness);
    type_number(&mut harness, "Threshold of rock", "75 %");
    assert_eq!(harness.state().settings.thresholds, [("rock".to_owned(), 0.75)].into());
    type_number(&mut harness, "Threshold of rock", "50");
    assert!(harness.state().settings.thresholds.is_empty());
}

#[test]
fn zoom_keys_set_the_zoom_of_the_layout() {
    let mut harness = setup(|_| {});
    for (key, expected) in [
        (Key::Plus, 1.25),
        (Key::Equals, 1.5),
        (Key::Minus, 1.25),
        (Key::Num0, 1.0),
        (Key::Minus, 0.75),
        (Key::Minus, 0.75),
    ] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(2);
        assert_eq!(harness.state_mut().commands.pop(), Some(Command::SetZoom(expected)), "{key:?}");
        assert_eq!(harness.state().layout.zoom, expected);
        assert_eq!(harness.ctx.zoom_factor(), 1.0, "only the owner sets it");
    }
}

#[test]
fn range_and_minimum_confidence_of_the_tempo_are_changed() {
    let has_tempo = |test_state: &mut TestState| test_state.settings.tempo_controls = Some(TempoControls::default());
    let mut harness = open(Section::Setup, has_tempo);
    assert!(harness.query_by_label("Lowest tempo").is_none() && harness.query_by_label("Reset").is_none());
    harness.get_by_role_and_label(Role::Switch, "Tempo range").click();
    settle(&mut harness);
    let range_bpm = Some((80.0, 160.0));
    assert_eq!(harness.state().settings.tempo_changes, [TempoChange::Range(range_bpm)]);
    let settings = TempoControls { range_bpm, octaves: -2, ..TempoControls::default() };
    harness.state_mut().settings.tempo_controls = Some(settings);
    harness.state_mut().settings.tempo_changes.clear();
    settle(&mut harness);
    type_number(&mut harness, "Lowest tempo", "90");
    type_number(&mut harness, "Highest tempo", "140");
    type_number(&mut harness, "Minimum confidence of the tempo", "65");
    harness.get_by_role_and_label(Role::Button, "Reset").click();
    settle(&mut harness);
    let changes = &harness.state().settings.tempo_changes;
    for expected in [
        TempoChange::Range(Some((90.0, 180.0))),
        TempoChange::Range(Some((70.0, 140.0))),
        TempoChange::MinConfidence(0.65),
        TempoChange::Octaves(0),
    ] {
        assert!(changes.contains(&expected), "{expected:?}: {changes:?}");
    }
}

#[test]
fn tempo_below_the_minimum_confidence_is_marked() {
    let marked = |min_confidence| {
        let controls = TempoControls { min_confidence, ..TempoControls::default() };
        let harness = open(Section::Live, |test_state| test_state.settings.tempo_controls = Some(controls));
        harness.query_by_label_contains("not sent").is_some()
    };
    assert_eq!([0.0, 0.7, 0.9].map(marked), [false, false, true], "the confidence is 0.78");
}
