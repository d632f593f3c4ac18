//! Readings of added models, their switches, and dropped model files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_panel::{Command, Presentation, Section, Status};
use egui::accesskit::{Role, Toggled};
use egui::{HoveredFile, Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable};
use egui_kittest::{Harness, kittest::AccessKitNode};

use crate::added::{play, readings};
use crate::support::{TestState, freeze, settle, shown, sized};

/// Returns the section in a panel that is high enough for all cards.
fn moods(change: impl FnOnce(&mut TestState)) -> Harness<'static, TestState> {
    let mut test_state = TestState::moods();
    change(&mut test_state);
    sized(test_state, vec2(480.0, 2_400.0))
}

/// Returns the first accessible text with this begin, and its rectangle.
fn found(harness: &Harness<'static, TestState>, begins: &str) -> Option<(String, Rect)> {
    let text = |node: &AccessKitNode<'_>| {
        [node.label(), node.value()].into_iter().flatten().find(|text| text.starts_with(begins))
    };
    let nodes = harness.query_all_by(|node| text(node).is_some());
    nodes.filter_map(|node| Some((text(&node.accesskit_node())?, node.rect()))).next()
}

fn label(harness: &Harness<'static, TestState>, begins: &str) -> String {
    found(harness, begins).map_or_else(String::new, |(text, _)| text)
}

#[test]
fn every_reading_has_an_accessible_text() {
    let mut harness = moods(|_| {});
    play(&mut harness, 20.0, 30.0);
    for (begins, words) in [
        ("danceable", "danceable 82 %, on, or not danceable"),
        ("relaxed", "relaxed 8 %, or not relaxed"),
        ("instrumental", "instrumental 36 %, or voice"),
        ("All dials", "danceable 82 %, on; aggressive 64 %, on; happy 21 %"),
        ("Heavy Metal", "Heavy Metal (Rock): 74 %, on"),
        ("Nordic", "Nordic (Folk, TestState, & Country): 16 %"),
        ("Music", "Music: 0.93, on"),
        ("valence", "of 1.0 to 9.0: "),
        ("engagement", "engagement: 0.71 of 0.00 to 1.00"),
        ("Pitch:", "Hz"),
        ("Pitch over", "Pitch over the last 10 s: from A3 to E4"),
        ("TempoCNN added:", "124 BPM, confidence 66 %"),
    ] {
        let label = label(&harness, begins);
        assert!(label.contains(words), "`{label}` does not contain `{words}`");
    }
}

#[test]
fn cards_are_in_the_order_of_the_models() {
    let harness = moods(|_| {});
    let tops = ["All dials", "danceable", "Genre Discogs400", "YAMNet", "DEAM", "Approachability", "CREPE", "TempoCNN"]
        .map(|begins| found(&harness, begins).map_or(0.0, |(_, rect)| rect.top()));
    assert!(tops.is_sorted(), "{tops:?}");
}

#[test]
fn two_dials_have_no_radar_chart() {
    let harness = moods(|test_state| test_state.state.readings.truncate(2));
    assert!(label(&harness, "All dials").is_empty() && !label(&harness, "aggressive").is_empty());
}

#[test]
fn wide_panel_has_cards_side_by_side() {
    let mut test_state = TestState::moods();
    test_state.layout.section = Section::Moods;
    let harness = sized(test_state, vec2(960.0, 640.0));
    let at = |begins: &str| found(&harness, begins).unwrap().1;
    let (genres, sounds) = (at("Genre Discogs400"), at("YAMNet"));
    assert_eq!(genres.top(), sounds.top());
    assert!(genres.right() < sounds.left());
}

#[test]
fn silent_and_stale_readings_have_a_reason() {
    let harness = moods(|test_state| {
        for reading in &mut test_state.state.readings {
            reading.silent = true;
        }
        test_state.state.readings[1].silent = false;
        test_state.state.readings[1].age_s = 11.0;
        test_state.state.readings[2].stale = true;
    });
    for (begins, words) in [
        ("danceable", ", silence"),
        ("happy", ", updating"),
        ("aggressive", ", 11 s old"),
        ("Genre Discogs400", ", silence"),
        ("Pitch:", "no pitch, silence"),
    ] {
        assert!(label(&harness, begins).contains(words), "{}", label(&harness, begins));
    }
}

#[test]
fn frozen_display_keeps_readings_and_histories() {
    let mut harness = moods(|_| {});
    play(&mut harness, 20.0, 30.0);
    freeze(&mut harness);
    let all = |harness: &Harness<'static, TestState>| {
        ["All dials", "Music:", "valence", "Pitch:", "Pitch over"].map(|begins| label(harness, begins))
    };
    let before = all(&harness);
    for step in 0..400 {
        let mut new = readings(31.0 + f64::from(step) / 10.0);
        new.iter_mut().for_each(|reading| reading.value.values[0] *= 0.5);
        harness.state_mut().state.readings = new;
        harness.run_steps(1);
    }
    assert_eq!(all(&harness), before);
    freeze(&mut harness);
    assert_ne!(all(&harness), before);
    assert!(label(&harness, "Pitch over").contains("from A2 to E3"), "{}", label(&harness, "Pitch over"));
}

#[test]
fn history_restarts_when_the_music_jumps_back() {
    let mut harness = moods(|_| {});
    play(&mut harness, 20.0, 30.0);
    assert!(label(&harness, "Pitch over").contains("from A3 to E4"));
    play(&mut harness, 3.2, 3.2);
    settle(&mut harness);
    assert!(label(&harness, "Pitch over").contains("from C#4 to C#4"), "{}", label(&harness, "Pitch over"));
}

#[test]
fn all_classes_are_shown_on_request() {
    let mut harness = moods(|_| {});
    assert!(label(&harness, "Dub").is_empty());
    harness.get_by_role_and_label(Role::Button, "6 more of Genre Discogs400").click();
    settle(&mut harness);
    assert_eq!(label(&harness, "Dub"), "Dub (Reggae): 8 %");
    harness.get_by_role_and_label(Role::Button, "Fewer of Genre Discogs400").click();
    settle(&mut harness);
    assert!(label(&harness, "Dub").is_empty());
}

#[test]
fn sound_keeps_its_row_while_in_the_history() {
    let mut harness = moods(|test_state| {
        test_state.state.readings.retain(|reading| reading.value.presentation == Presentation::Events)
    });
    let events = |harness: &mut Harness<'static, TestState>, end_s: f64, loud: usize| {
        let mut reading =
            readings(end_s).into_iter().find(|reading| reading.value.presentation == Presentation::Events).unwrap();
        reading.value.values.fill(0.0);
        reading.value.active.fill(false);
        (reading.value.values[loud], reading.value.active[loud]) = (0.9, true);
        harness.state_mut().state.readings = vec![reading];
        harness.run_steps(2);
    };
    events(&mut harness, 100.0, 4);
    let top = |harness: &Harness<'static, TestState>| found(harness, "Clapping").map(|(_, rect)| rect.top());
    let before = top(&harness);
    for (second, loud) in [(101, 0), (102, 1), (105, 2)] {
        events(&mut harness, f64::from(second), loud);
        assert_eq!(top(&harness), before);
    }
    assert!(before.is_some() && label(&harness, "Clapping") == "Clapping: 0.00");
    for second in (106..=134).step_by(4) {
        events(&mut harness, f64::from(second), 2);
    }
    assert_eq!(top(&harness), None);
}

#[test]
fn page_is_shown_only_with_content_and_leads_to_the_added_models() {
    let mut test_state = TestState::listening(30.0);
    test_state.layout.section = Section::Moods;
    let harness = shown(test_state);
    assert!(harness.query_by_role_and_label(Role::Tab, "Mood").is_none());
    assert!(!label(&harness, "metal: ").is_empty(), "the first page is shown instead");
    let mut harness = moods(|test_state| {
        test_state.settings.added = vec!["danceability".into(), "yamnet".into()];
        test_state.state.readings.clear();
    });
    assert!(harness.query_by_role_and_label(Role::Tab, "Mood").is_some());
    assert!(harness.query_by_label_contains("No result yet: Danceability, YAMNet.").is_some());
    harness.get_by_role_and_label(Role::Button, "Choose models").click();
    settle(&mut harness);
    for words in ["earmark models add FILE", "Danceability"] {
        assert!(harness.query_by_label_contains(words).is_some(), "{words}");
    }
}

#[test]
fn derived_moods_name_their_source_and_are_the_headline_of_the_page() {
    let harness = moods(|test_state| {
        let reading = &mut test_state.state.readings[6];
        reading.value.derived_from = Some("MusiCNN (MSD)".into());
    });
    assert!(harness.query_by_label("derived from tags of MusiCNN (MSD)").is_some());
    assert!(harness.query_by_label("Heavy Metal, Hard Rock").is_some());
}

#[test]
fn setup_has_switches_for_installed_and_missing_added_models() {
    let mut harness = moods(|test_state| {
        test_state.layout.section = Section::Setup;
        test_state.settings.added = vec!["gone".into(), "yamnet".into()];
    });
    let toggled = |harness: &Harness<'static, TestState>, name: &str| {
        harness.get_by_role_and_label(Role::Switch, name).accesskit_node().toggled()
    };
    assert_eq!(toggled(&harness, "YAMNet"), Some(Toggled::True));
    assert_eq!(toggled(&harness, "Danceability"), Some(Toggled::False));
    let facts =
        "2 classes: danceable, not danceable  ·  input 2.0 s at 16.0 kHz  ·  CC-BY-NC-SA-4.0  ·  essentia.upf.edu";
    assert!(harness.query_by_label(facts).is_some());
    for name in ["gone (not installed)", "Danceability"] {
        harness.get_by_role_and_label(Role::Switch, name).click();
        settle(&mut harness);
    }
    assert_eq!(harness.state().settings.added, ["yamnet", "danceability"].map(Arc::from));
    harness.get_by_role_and_label(Role::Button, "Rescan folder").click();
    settle(&mut harness);
    assert_eq!(harness.state_mut().commands.pop(), Some(Command::RefreshModels));
}

/// Dropped file with a path only.
#[derive(Debug)]
struct File(PathBuf);

impl egui::DroppedFile for File {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the content is not used".into())
    }
}

#[test]
fn dropped_models_are_added_and_other_files_ignored() {
    let mut harness = shown(TestState::listening(30.0));
    let hover = |harness: &mut Harness<'static, TestState>, files: &[&str]| {
        let hovered = |file: &&str| HoveredFile { path: Some(file.into()), ..HoveredFile::default() };
        harness.input_mut().hovered_files = files.iter().map(hovered).collect();
        harness.run_steps(2);
    };
    hover(&mut harness, &["song.flac"]);
    assert!(harness.query_by_label_contains("Drop to add").is_none());
    hover(&mut harness, &["/in/a.pb", "/in/a.json", "/in/b.onnx", "/in/c.onnx"]);
    assert!(harness.query_by_label("Drop to add a model: a.pb, a.json, b.onnx and 1 more").is_some());
    hover(&mut harness, &[]);
    let files = ["/in/a.pb", "/in/a.json", "/in/song.wav"].map(|path| Arc::new(File(path.into())) as _);
    harness.input_mut().dropped_files = files.to_vec();
    harness.run_steps(3);
    let expected = Command::AddModels(vec!["/in/a.pb".into(), "/in/a.json".into()]);
    assert_eq!(std::mem::take(&mut harness.state_mut().commands), [expected]);
    harness.input_mut().dropped_files = vec![Arc::new(File("scenes.toml".into())) as _];
    harness.run_steps(3);
    assert!(harness.state().commands.is_empty());
    assert!(harness.query_by_label_contains("Drop to add").is_none());
}

#[test]
fn error_replaces_the_section() {
    let harness = moods(|test_state| test_state.state.status = TestState::error().state.status);
    assert!(harness.query_by_label("Try again").is_some() && label(&harness, "All dials").is_empty());
}

#[test]
fn inconsistent_readings_are_shown_without_panic() {
    let mut harness = moods(|test_state| {
        test_state.state.status = Status::Listening;
        for reading in &mut test_state.state.readings {
            reading.value.values.truncate(1);
            reading.value.values[0] = f32::NAN;
            reading.value.active.clear();
            (reading.end_s, reading.age_s) = (f64::NAN, f64::NAN);
        }
    });
    for reading in &mut harness.state_mut().state.readings {
        (reading.value.labels, reading.end_s) = (Arc::default(), f64::INFINITY);
        if let Presentation::Dial { class } = &mut reading.value.presentation {
            *class = 9;
        }
    }
    settle(&mut harness);
    // Two readings of the same model, and scales without a range.
    let mut again = harness.state().state.readings.clone();
    again.extend(readings(3.0));
    for reading in &mut again {
        if let Presentation::ValueBars { low, high } | Presentation::XyPlot { low, high, .. } =
            &mut reading.value.presentation
        {
            (*low, *high) = (0.0, 0.0);
        }
    }
    harness.state_mut().state.readings = again;
    harness.run_steps(5);
}
