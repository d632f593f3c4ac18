//! Commands and settings from pointer and keyboard.

use std::collections::HashSet;

use earmark_panel::{Command, ExportFormat, MappedTag, Message, Midi, Section};
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::support::{TestState, settle, shown, sized};

fn click(harness: &mut Harness<'static, TestState>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    settle(harness);
}

#[test]
fn buttons_send_their_commands() {
    let error = shown(TestState::error());
    let mut song = TestState::listening(30.0);
    song.layout.section = Section::Song;
    let [display, outputs, diagnostics] = [Section::Display, Section::Outputs, Section::Features].map(|section| {
        let mut test_state = TestState::listening(30.0);
        test_state.layout.section = section;
        sized(test_state, vec2(480.0, 1_600.0))
    });
    let mut tags = TestState::listening(30.0);
    tags.layout.section = Section::Tags;
    tags.state.mapped_tags = vec![MappedTag { tag: "rock".into(), cc: Some(20), note: None }];
    tags.state.learning = Some("punk".into());
    tags.state.messages = vec![Message { id: 7, text: "Old settings".into(), warning: false }];
    let song = shown(song);
    let tags = sized(tags, vec2(480.0, 1_400.0));
    let tag = |tag: &str| tag.into();
    let cases = [
        (error, vec![("Try again", Command::Retry)]),
        (
            song,
            vec![
                ("New song", Command::NewSong),
                ("Copy", Command::CopyTimeline),
                ("Save JSON", Command::ExportTimeline(ExportFormat::Json)),
                ("Save CSV", Command::ExportTimeline(ExportFormat::Csv)),
            ],
        ),
        (diagnostics, vec![("Reset counters", Command::ResetCounters)]),
        (display, vec![("200 %", Command::SetZoom(2.0)), ("Show on the full screen", Command::SetFullScreen(true))]),
        (outputs, vec![("Choose the folder for reports", Command::ChooseReportFolder)]),
        (
            tags,
            vec![
                ("Learn CC for metal", Command::StartMidiLearn { tag: tag("metal") }),
                ("Clear CC 20 for rock", Command::ClearCc { tag: tag("rock") }),
                ("Cancel MIDI learn for punk", Command::CancelMidiLearn),
                ("Dismiss: Old settings", Command::DismissMessage(7)),
            ],
        ),
    ];
    for (mut harness, buttons) in cases {
        for (label, expected) in buttons {
            click(&mut harness, Role::Button, label);
            assert_eq!(std::mem::take(&mut harness.state_mut().commands), [expected], "{label}");
        }
    }
}

#[test]
fn settings_change_only_through_controls() {
    let mut test_state = TestState::listening(30.0);
    test_state.layout.section = Section::Setup;
    let mut harness = sized(test_state, vec2(480.0, 2_000.0));
    harness.get_by_role_and_label(Role::ComboBox, "Tag model").click();
    settle(&mut harness);
    click(&mut harness, Role::Button, "MusiCNN trained on MagnaTagATune");
    assert_eq!(harness.state().settings.tag_model.as_deref(), Some("mtt-musicnn"));
    harness.get_by_role_and_label(Role::ComboBox, "Tempo model").click();
    settle(&mut harness);
    click(&mut harness, Role::Button, "Off");
    assert_eq!(harness.state().settings.tempo_model, None);
    click(&mut harness, Role::Switch, "Silence gate");
    click(&mut harness, Role::Button, "Outputs");
    for label in ["Wait in offline renders", "MIDI output"] {
        click(&mut harness, Role::Switch, label);
    }
    click(&mut harness, Role::Button, "Freeze");
    let settings = &harness.state().settings;
    assert_eq!((settings.gate, settings.frozen, settings.block), (false, true, Some(false)));
    assert_eq!(settings.midi, Some(Midi { on: false, channel: 1 }));
    assert!(harness.state().commands.is_empty());
    // A change by the owner is shown in the next frame.
    click(&mut harness, Role::Button, "Model");
    harness.state_mut().settings.gate = true;
    settle(&mut harness);
    let gate = harness.get_by_role_and_label(Role::Switch, "Silence gate");
    assert_eq!(gate.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True));
}

#[test]
fn settings_without_midi_or_renders_are_hidden() {
    let mut test_state = TestState::listening(30.0);
    (test_state.settings.midi, test_state.settings.block) = (None, None);
    (test_state.settings.reports, test_state.settings.osc) = (None, None);
    for section in [Section::Setup, Section::Outputs, Section::Tags] {
        test_state.layout.section = section;
        let harness = sized(test_state, vec2(480.0, 2_000.0));
        for label in ["MIDI", "Wait in offline renders", "CC", "OSC", "Report", "Folder"] {
            assert_eq!(harness.query_all_by_label_contains(label).count(), 0, "{label}");
        }
        test_state = harness.into_state();
    }
}

#[test]
fn slider_begins_and_ends_a_gesture() {
    let mut test_state = TestState::listening(30.0);
    test_state.layout.section = Section::Setup;
    let mut harness = sized(test_state, vec2(480.0, 2_000.0));
    let rect = harness.get_by_role_and_label(Role::Slider, "Update rate (Hz)").rect();
    harness.drag_at(rect.center());
    harness.run_steps(2);
    for step in 1..=5 {
        harness.hover_at(rect.center() + vec2(step as f32 * 8.0, 0.0));
        harness.run_steps(2);
    }
    harness.drop_at(rect.center() + vec2(40.0, 0.0));
    settle(&mut harness);
    let gestures = std::mem::take(&mut harness.state_mut().settings.gestures);
    assert_eq!(gestures.first().map(String::as_str), Some("begin UpdateRate"), "{gestures:?}");
    assert_eq!(gestures.last().map(String::as_str), Some("end UpdateRate"), "{gestures:?}");
    assert!(
        gestures[1..gestures.len() - 1].iter().all(|gesture| gesture == "set") && gestures.len() > 3,
        "{gestures:?}"
    );
    // With the keyboard each step is a gesture of its own.
    harness.get_by_role_and_label(Role::Slider, "Smoothing (s)").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    assert_eq!(harness.state().settings.gestures, ["begin Smoothing", "set", "end Smoothing"]);
    assert!(harness.state().settings.smoothing_s > 2.0);
}

#[test]
fn keys_change_only_the_view() {
    let mut harness = shown(TestState::moods());
    for (key, section) in [
        (Key::Num2, Section::Moods),
        (Key::Num3, Section::Song),
        (Key::Num4, Section::Descriptors),
        (Key::Num5, Section::Setup),
        (Key::Num1, Section::Live),
    ] {
        harness.key_press(key);
        settle(&mut harness);
        assert_eq!(harness.state().layout.section, section);
    }
    // Letters are piano keys and shortcuts of hosts.
    let before = harness.state().layout.clone();
    for key in [Key::N, Key::C, Key::J, Key::F, Key::T, Key::H] {
        harness.key_press(key);
        settle(&mut harness);
    }
    assert_eq!(harness.state().layout, before);
    assert!(harness.state().commands.is_empty() && !harness.state().settings.frozen);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Slash);
    settle(&mut harness);
    assert!(harness.query_by_label("Reading the panel").is_some());
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label("Reading the panel").is_none());
}

#[test]
fn full_screen_view_opens_with_a_key_or_button_and_escape_leaves() {
    let mut harness = shown(TestState::listening(30.0));
    for key in [Some(Key::F11), None] {
        match key {
            Some(key) => harness.key_press(key),
            None => harness.get_by_role_and_label(Role::Button, "Full screen").click(),
        }
        settle(&mut harness);
        assert!(harness.state().layout.stage);
        assert!(harness.query_by_role_and_label(Role::Heading, "metal. guitar").is_none(), "guitar is not on");
        assert!(harness.query_by_role_and_label(Role::Heading, "metal").is_some());
        assert!(harness.query_by_label("Tempo 124 BPM").is_some());
        assert!(harness.query_by_role(Role::Tab).is_none());
        harness.key_press(Key::Escape);
        settle(&mut harness);
        assert!(!harness.state().layout.stage && harness.query_all_by_role(Role::Tab).count() > 3);
        let commands = std::mem::take(&mut harness.state_mut().commands);
        assert_eq!(commands, [Command::SetFullScreen(true), Command::SetFullScreen(false)]);
    }
}

#[test]
fn search_finds_names_and_descriptions_and_ignores_shortcuts() {
    let mut harness = shown(TestState::listening(30.0));
    harness.key_press(Key::Slash);
    settle(&mut harness);
    let search = harness.get_by_role_and_label(Role::TextInput, "Search tags");
    assert!(search.is_focused());
    search.type_text("f");
    harness.key_press(Key::Num1);
    settle(&mut harness);
    assert_eq!(harness.state().layout.section, Section::Tags);
    harness.get_by_role_and_label(Role::TextInput, "Search tags").type_text("em");
    settle(&mut harness);
    assert!(harness.query_by_label("female vocalists").is_some() && harness.query_by_label("jazz").is_none());
    harness.get_by_role_and_label(Role::TextInput, "Search tags").type_text("zzz");
    settle(&mut harness);
    assert!(harness.query_by_label_contains("No matching tag.").is_some());
}

#[test]
fn pinned_tag_is_on_top_and_in_the_layout() {
    let mut harness = shown(TestState::listening(30.0));
    let top = |harness: &Harness<'static, TestState>, tag: &str| {
        harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(&format!("{tag}: ")))).rect().top()
    };
    assert!(top(&harness, "guitar") > top(&harness, "metal"));
    click(&mut harness, Role::Button, "Pin guitar");
    assert_eq!(harness.state().layout.pinned, ["guitar"]);
    assert!(top(&harness, "guitar") < top(&harness, "metal"));
    click(&mut harness, Role::Button, "Unpin guitar");
    assert!(harness.state().layout.pinned.is_empty());
}

#[test]
fn frozen_display_is_constant_while_the_history_grows() {
    let mut harness = shown(TestState::listening(30.0));
    let shown = |harness: &Harness<'static, TestState>| {
        harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("metal: "))).accesskit_node().label()
    };
    let before = shown(&harness);
    click(&mut harness, Role::Button, "Freeze");
    harness.state_mut().state.tags.as_mut().unwrap().value.smooth.fill(0.0);
    harness.state_mut().history.push_tags(0, 31.0, &[0.0; 16]);
    settle(&mut harness);
    assert_eq!(shown(&harness), before);
    click(&mut harness, Role::Button, "Freeze");
    assert_ne!(shown(&harness), before);
}

#[test]
fn keyboard_reaches_every_control_of_every_section() {
    for section in Section::ALL {
        let mut test_state = TestState::moods();
        test_state.layout.section = section;
        test_state.state.descriptors = Some(crate::descriptors::ballad());
        test_state.state.messages = vec![Message { id: 1, text: "Note".into(), warning: false }];
        let mut harness = sized(test_state, vec2(480.0, 2_000.0));
        let controls: HashSet<String> = harness
            .query_all_by(|node| node.data().supports_action(egui::accesskit::Action::Focus) && !node.is_disabled())
            .filter_map(|node| node.accesskit_node().label())
            .collect();
        let mut reached = HashSet::new();
        for _ in 0..120 {
            harness.key_press(Key::Tab);
            harness.run_steps(2);
            let focused =
                harness.query_all_by(|node| node.is_focused()).filter_map(|node| node.accesskit_node().label());
            reached.extend(focused.collect::<Vec<_>>());
        }
        let missed: Vec<_> = controls.difference(&reached).filter(|label| !label.starts_with("Tags over")).collect();
        let lane = reached.iter().any(|label| label.starts_with("Tags over"));
        assert_eq!(lane, section == Section::Live, "{section:?}");
        assert!(missed.is_empty() && reached.len() > 6, "{section:?}: {missed:?} of {}", controls.len());
    }
}

#[test]
fn arrow_keys_move_the_cursor_of_the_lane() {
    let mut harness = shown(TestState::listening(30.0));
    let lane = |harness: &Harness<'static, TestState>| {
        harness.get_by_label_contains("Tags over the last").accesskit_node().label().unwrap_or_default()
    };
    harness.get_by_label_contains("Tags over the last").focus();
    settle(&mut harness);
    let newest = lane(&harness);
    for _ in 0..6 {
        harness.key_press(Key::ArrowLeft);
        harness.run_steps(2);
    }
    harness.key_press(Key::ArrowDown);
    harness.run_steps(2);
    let earlier = lane(&harness);
    assert!(newest.contains(": metal ") && earlier.contains(": heavy metal "), "{newest}; {earlier}");
}

#[test]
fn frozen_lane_scrolls_back_to_the_oldest_row() {
    let mut test_state = TestState::listening(120.0);
    test_state.settings.frozen = true;
    let mut harness = shown(test_state);
    let label = |harness: &Harness<'static, TestState>| {
        harness.get_by_label_contains("Tags over the last").accesskit_node().label().unwrap_or_default()
    };
    let lane = harness.get_by_label_contains("Tags over the last").rect();
    harness.drag_at(lane.center());
    harness.run_steps(2);
    harness.hover_at(lane.center() + vec2(lane.width() / 3.0, 0.0));
    harness.run_steps(2);
    harness.drop_at(lane.center() + vec2(lane.width() / 3.0, 0.0));
    settle(&mut harness);
    assert!(label(&harness).contains("10 seconds back"), "{}", label(&harness));
    harness.get_by_label_contains("Tags over the last").focus();
    harness.run_steps(2);
    for _ in 0..20 {
        harness.key_press(Key::PageUp);
        harness.run_steps(2);
    }
    // The history is from 3 s to 120 s; half a lane stays visible.
    assert!(label(&harness).contains("102 seconds back"), "{}", label(&harness));
    click(&mut harness, Role::Button, "Freeze");
    assert!(!label(&harness).contains("back"), "{}", label(&harness));
}
