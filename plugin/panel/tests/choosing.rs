//! What is chosen once and saved: where reports and OSC go, what followed tags drive, how large everything is.

use earmark_panel::{Command, FollowedTag, OscSettings, RenderHop, Section};
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::support::{World, settle, sized};

/// The setup section, tall enough to show all of it.
fn setup(change: impl FnOnce(&mut World)) -> Harness<'static, World> {
    let mut world = World::listening(30.0);
    world.layout.section = Section::Setup;
    change(&mut world);
    sized(world, vec2(480.0, 2_000.0))
}

/// Replaces what stands in a line of text.
fn write(harness: &mut Harness<'static, World>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, label).focus();
    settle(harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
    settle(harness);
}

/// Types a number where one can be dragged, too.
fn type_number(harness: &mut Harness<'static, World>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::SpinButton, label).focus();
    settle(harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::SpinButton, label).type_text(text);
    harness.key_press(Key::Enter);
    settle(harness);
}

fn osc(harness: &Harness<'static, World>) -> OscSettings {
    harness.state().settings.osc.clone().unwrap_or_default()
}

#[test]
fn an_address_is_taken_when_it_is_left_and_not_while_it_is_typed() {
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
fn a_bad_address_is_told_and_not_taken() {
    let mut harness = setup(|_| {});
    write(&mut harness, "OSC address", "nowhere");
    assert!(harness.query_by_label("expected a port, got `nowhere`").is_some());
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(osc(&harness).address, "127.0.0.1:9000");
    assert!(harness.query_by_label("expected a port, got `nowhere`").is_some(), "it stays until it is mended");
    harness.get_by_role_and_label(Role::TextInput, "OSC address").focus();
    settle(&mut harness);
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label_contains("expected a port").is_none(), "Escape goes back");
    // One that was saved so is told, too.
    let harness = setup(|world| world.settings.osc.as_mut().unwrap().address = "saved".into());
    assert!(harness.query_by_label("expected a port, got `saved`").is_some());
}

#[test]
fn a_click_that_leaves_the_text_takes_both() {
    let mut harness = setup(|_| {});
    write(&mut harness, "OSC address", "1.2.3.4:5");
    harness.get_by_role_and_label(Role::Switch, "OSC output").click();
    settle(&mut harness);
    assert_eq!((osc(&harness).on, osc(&harness).address.as_str()), (true, "1.2.3.4:5"));
}

#[test]
fn what_is_typed_is_taken_when_another_section_is_opened() {
    let mut harness = setup(|_| {});
    write(&mut harness, "OSC address", "1.2.3.4:5");
    harness.state_mut().layout.section = Section::Live;
    settle(&mut harness);
    assert_eq!(osc(&harness).address, "1.2.3.4:5");
}

#[test]
fn reports_are_chosen_with_their_folder_hop_and_markers() {
    let mut harness = setup(|_| {});
    let none = "No folder is chosen, so nothing is saved.";
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
    harness.get_by_role_and_label(Role::Switch, "Markers and a table beside it").click();
    harness.get_by_role_and_label(Role::Button, "Every so many frames").click();
    settle(&mut harness);
    let reports = harness.state().settings.reports.clone().unwrap();
    assert!(reports.save && reports.markers);
    assert_eq!((reports.folder.as_str(), reports.hop), ("/music/reports", RenderHop::Frames(31)));
    type_number(&mut harness, "Frames between two answers", "40");
    assert_eq!(harness.state().settings.reports.as_ref().unwrap().hop, RenderHop::Frames(40));
    harness.get_by_role_and_label(Role::Button, "As while playing").click();
    settle(&mut harness);
    assert_eq!(harness.state().settings.reports.as_ref().unwrap().hop, RenderHop::Playing);
    assert!(harness.query_by_label("Frames between two answers").is_none());
}

#[test]
fn a_followed_tag_gets_a_controller_and_a_note() {
    let rock = |cc, note| FollowedTag { tag: "rock".into(), cc, note };
    let mut harness = setup(|world| world.state.followed = vec![rock(Some(20), None)]);
    type_number(&mut harness, "Note of rock", "36");
    assert_eq!(harness.state_mut().commands.pop(), Some(Command::Follow(rock(Some(20), Some(36)))));
    harness.state_mut().state.followed = vec![rock(Some(20), Some(36))];
    settle(&mut harness);
    let note = harness.get_by_role_and_label(Role::SpinButton, "Note of rock");
    assert_eq!(note.value().as_deref(), Some("36 (C2)"));
    note.hover();
    harness.run_steps(60);
    let hint = "Note 60 is C4 (scientific pitch notation); some DAWs call this C3";
    assert!(harness.query_by_label(hint).is_some(), "expected the hint `{hint}`");
    harness.get_by_role_and_label(Role::Button, "Do not follow rock").click();
    settle(&mut harness);
    assert_eq!(harness.state_mut().commands.pop(), Some(Command::Follow(rock(None, None))));
    // Two that would shake each other's controller.
    harness.state_mut().state.followed.push(FollowedTag { tag: "jazz".into(), cc: Some(20), note: None });
    settle(&mut harness);
    assert!(harness.query_by_label("rock and jazz both drive controller 20.").is_some());
}

#[test]
fn streaming_is_switched_on() {
    let mut harness = setup(|_| {});
    harness.get_by_role_and_label(Role::Switch, "Streaming").click();
    settle(&mut harness);
    assert!(harness.state().settings.streaming);
}

#[test]
fn a_tag_gets_a_threshold_of_its_own_and_the_usual_one_again() {
    let mut harness = setup(|_| {});
    type_number(&mut harness, "Tags are lit from", "0.5");
    assert_eq!(harness.state().settings.threshold, 0.5);
    harness.state_mut().layout.section = Section::Tags;
    settle(&mut harness);
    type_number(&mut harness, "Threshold of rock", "0.75");
    assert_eq!(harness.state().settings.thresholds, [("rock".to_owned(), 0.75)].into());
    type_number(&mut harness, "Threshold of rock", "0.5");
    assert!(harness.state().settings.thresholds.is_empty());
}

#[test]
fn the_size_set_with_the_keyboard_is_the_layouts() {
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
        assert_eq!(harness.ctx.zoom_factor(), 1.0, "the owner's to set");
    }
}
