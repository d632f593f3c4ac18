//! What added models say, how they are chosen, and how they come.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_panel::{Command, Presentation, Section, Status};
use egui::accesskit::{Role, Toggled};
use egui::{HoveredFile, Key, Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable};
use egui_kittest::{Harness, kittest::AccessKitNode};

use crate::added::{readings, speak};
use crate::support::{TestState, settle, shown, sized};

/// The section, tall enough to show all of it.
fn moods(change: impl FnOnce(&mut TestState)) -> Harness<'static, TestState> {
    let mut world = TestState::moods();
    change(&mut world);
    sized(world, vec2(480.0, 2_400.0))
}

/// What is said where it begins so, and where that stands.
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
fn every_answer_is_told_in_words() {
    let mut harness = moods(|_| {});
    speak(&mut harness, 20.0, 30.0);
    for (begins, words) in [
        ("danceable", "danceable 82 %, on, or not danceable"),
        ("relaxed", "relaxed 8 %, or not relaxed"),
        ("instrumental", "instrumental 36 %, or voice"),
        ("All dials", "danceable 82 %, on; aggressive 64 %, on; happy 21 %"),
        ("Heavy Metal", "Heavy Metal (Rock): 0.74, on"),
        ("Nordic", "Nordic (Folk, TestState, & Country): 0.16"),
        ("Music", "Music: 0.93, on"),
        ("valence", "of 1.0 to 9.0: "),
        ("engagement", "engagement: 0.71 of 0.00 to 1.00"),
        ("Pitch:", "Hz"),
        ("Pitch over", "Pitch over the last 10 s: from A3 to E4"),
        ("TempoCNN added:", "124 BPM, 66 % sure"),
    ] {
        let label = label(&harness, begins);
        assert!(label.contains(words), "`{label}` does not say `{words}`");
    }
}

#[test]
fn cards_come_in_the_order_of_the_models() {
    let harness = moods(|_| {});
    let tops = ["All dials", "danceable", "Genre Discogs400", "YAMNet", "DEAM", "Approachability", "CREPE", "TempoCNN"]
        .map(|begins| found(&harness, begins).map_or(0.0, |(_, rect)| rect.top()));
    assert!(tops.is_sorted(), "{tops:?}");
}

#[test]
fn two_dials_have_no_web() {
    let harness = moods(|world| world.state.readings.truncate(2));
    assert!(label(&harness, "All dials").is_empty() && !label(&harness, "aggressive").is_empty());
}

#[test]
fn a_wide_panel_has_cards_side_by_side() {
    let mut world = TestState::moods();
    world.layout.section = Section::Moods;
    let harness = sized(world, vec2(960.0, 1_200.0));
    let at = |begins: &str| found(&harness, begins).unwrap().1;
    let (genres, sounds) = (at("Genre Discogs400"), at("YAMNet"));
    assert_eq!(genres.top(), sounds.top());
    assert!(genres.right() < sounds.left());
}

#[test]
fn silence_and_age_are_said() {
    let harness = moods(|world| {
        for reading in &mut world.state.readings {
            reading.silent = true;
        }
        world.state.readings[1].silent = false;
        world.state.readings[1].age_s = 11.0;
    });
    for (begins, words) in [
        ("danceable", ", silence"),
        ("aggressive", ", 11 s old"),
        ("Genre Discogs400", ", silence"),
        ("Pitch:", "no pitch, silence"),
    ] {
        assert!(label(&harness, begins).contains(words), "{}", label(&harness, begins));
    }
}

#[test]
fn freezing_holds_answers_and_their_trails() {
    let mut harness = moods(|_| {});
    speak(&mut harness, 20.0, 30.0);
    harness.key_press(Key::F);
    settle(&mut harness);
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
    harness.key_press(Key::F);
    settle(&mut harness);
    assert_ne!(all(&harness), before);
    assert!(label(&harness, "Pitch over").contains("from A2 to E3"), "{}", label(&harness, "Pitch over"));
}

#[test]
fn a_trail_begins_anew_when_the_music_jumps_back() {
    let mut harness = moods(|_| {});
    speak(&mut harness, 20.0, 30.0);
    assert!(label(&harness, "Pitch over").contains("from A3 to E4"));
    speak(&mut harness, 3.2, 3.2);
    settle(&mut harness);
    assert!(label(&harness, "Pitch over").contains("from C#4 to C#4"), "{}", label(&harness, "Pitch over"));
}

#[test]
fn all_classes_are_shown_when_they_are_asked_for() {
    let mut harness = moods(|_| {});
    assert!(label(&harness, "Dub").is_empty());
    harness.get_by_role_and_label(Role::Button, "6 more of Genre Discogs400").click();
    settle(&mut harness);
    assert_eq!(label(&harness, "Dub"), "Dub (Reggae): 0.08");
    harness.get_by_role_and_label(Role::Button, "Fewer of Genre Discogs400").click();
    settle(&mut harness);
    assert!(label(&harness, "Dub").is_empty());
}

#[test]
fn a_sound_keeps_its_row_while_it_is_remembered() {
    let mut harness =
        moods(|world| world.state.readings.retain(|reading| reading.value.presentation == Presentation::Events));
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
fn without_added_models_it_says_how_they_come_and_which_are_here() {
    let mut world = TestState::listening(30.0);
    world.layout.section = Section::Moods;
    let harness = shown(world);
    for words in ["Models that you add", "earmark models add FILE", "None is on this machine"] {
        assert!(harness.query_by_label_contains(words).is_some(), "{words}");
    }
    let mut harness = moods(|world| {
        world.settings.added.clear();
        world.state.readings.clear();
    });
    for name in ["Danceability", "YAMNet"] {
        harness.get_by_role_and_label(Role::Switch, name).click();
        settle(&mut harness);
    }
    assert_eq!(harness.state().settings.added, ["danceability", "yamnet"].map(Arc::from));
    assert!(harness.query_by_label_contains("No answer yet of Danceability, YAMNet.").is_some());
    harness.get_by_role_and_label(Role::Button, "Choose models").click();
    settle(&mut harness);
    assert!(harness.query_by_role_and_label(Role::Switch, "YAMNet").is_none());
}

#[test]
fn setup_has_a_switch_for_each_added_model_and_for_those_that_are_gone() {
    let mut harness = moods(|world| {
        world.layout.section = Section::Setup;
        world.settings.added = vec!["gone".into(), "yamnet".into()];
    });
    let toggled = |harness: &Harness<'static, TestState>, name: &str| {
        harness.get_by_role_and_label(Role::Switch, name).accesskit_node().toggled()
    };
    assert_eq!(toggled(&harness, "YAMNet"), Some(Toggled::True));
    assert_eq!(toggled(&harness, "Danceability"), Some(Toggled::False));
    let facts =
        "2 classes: danceable, not danceable  ·  hears 2.0 s at 16.0 kHz  ·  CC-BY-NC-SA-4.0  ·  essentia.upf.edu";
    assert!(harness.query_by_label(facts).is_some());
    for name in ["gone (not here)", "Danceability"] {
        harness.get_by_role_and_label(Role::Switch, name).click();
        settle(&mut harness);
    }
    assert_eq!(harness.state().settings.added, ["yamnet", "danceability"].map(Arc::from));
    harness.get_by_role_and_label(Role::Button, "Presentation again").click();
    settle(&mut harness);
    assert_eq!(harness.state_mut().commands.pop(), Some(Command::RefreshModels));
}

/// A file that was let go.
#[derive(Debug)]
struct File(PathBuf);

impl egui::DroppedFile for File {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("only its path matters".into())
    }
}

#[test]
fn dropped_models_are_added_and_other_files_are_the_owners() {
    let mut harness = shown(TestState::listening(30.0));
    let hover = |harness: &mut Harness<'static, TestState>, files: &[&str]| {
        let hovered = |file: &&str| HoveredFile { path: Some(file.into()), ..HoveredFile::default() };
        harness.input_mut().hovered_files = files.iter().map(hovered).collect();
        harness.run_steps(2);
    };
    hover(&mut harness, &["song.flac"]);
    assert!(harness.query_by_label_contains("Let go").is_none());
    hover(&mut harness, &["/in/a.pb", "/in/a.json", "/in/b.onnx", "/in/c.onnx"]);
    assert!(harness.query_by_label("Let go to add a model: a.pb, a.json, b.onnx and 1 more").is_some());
    hover(&mut harness, &[]);
    let files = ["/in/a.pb", "/in/a.json", "/in/song.wav"].map(|path| Arc::new(File(path.into())) as _);
    harness.input_mut().dropped_files = files.to_vec();
    harness.run_steps(3);
    let expected = Command::AddModels(vec!["/in/a.pb".into(), "/in/a.json".into()]);
    assert_eq!(std::mem::take(&mut harness.state_mut().commands), [expected]);
    harness.input_mut().dropped_files = vec![Arc::new(File("scenes.toml".into())) as _];
    harness.run_steps(3);
    assert!(harness.state().commands.is_empty());
    assert!(harness.query_by_label_contains("Let go").is_none());
}

#[test]
fn an_error_is_told_instead() {
    let harness = moods(|world| world.state.status = TestState::error().state.status);
    assert!(harness.query_by_label("Try again").is_some() && label(&harness, "All dials").is_empty());
}

#[test]
fn data_that_does_not_fit_together_is_shown_as_far_as_it_goes() {
    let mut harness = moods(|world| {
        world.state.status = Status::Listening;
        for reading in &mut world.state.readings {
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
    // Twice the same model, and scales without a range.
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
