//! Snapshots of the panel, drawn by a software GPU and compared. `UPDATE_SNAPSHOTS=1` updates them.
//!
//! Run with `cargo test -p earmark-panel --features pictures snapshots`.

use earmark_panel::{
    BeatPhase, Counters, DescriptorReading, Message, OutputBadge, OutputState, Section, Status, TempoControls,
    TempoState, Theme, UpdateRate, WarmUp,
};
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotResults};

use crate::added::play;
use crate::descriptors::{ballad, metal, page, silence as descriptors_of_silence};
use crate::support::{TestState, builder, frame, settle};

/// Draws test states and compares them with their snapshots; reports the differences at the end.
#[derive(Default)]
struct Gallery(SnapshotResults);

impl Gallery {
    fn add(&mut self, name: &str, test_state: TestState, width: f32, height: f32) {
        self.add_after(name, test_state, width, height, |_| {});
    }

    /// Draws a test state after an interaction with the panel.
    fn add_after(
        &mut self,
        name: &str,
        test_state: TestState,
        width: f32,
        height: f32,
        act: impl FnOnce(&mut Harness<'static, TestState>),
    ) {
        let mut harness = builder(vec2(width, height)).wgpu().build_ui_state(frame, test_state);
        settle(&mut harness);
        act(&mut harness);
        settle(&mut harness);
        // If a folder is given, all pictures are written there and none is compared.
        let folder = std::env::var_os("EARMARK_PICTURES");
        if folder.is_none() && COMPARED.contains(&name) {
            harness.snapshot(name);
        } else {
            let drawn = harness.render();
            assert!(drawn.is_ok(), "{name}: {drawn:?}");
            if let (Some(folder), Ok(drawn)) = (folder, drawn) {
                let saved = drawn.save(std::path::Path::new(&folder).join(format!("{name}.png")));
                assert!(saved.is_ok(), "{name}: {saved:?}");
            }
        }
        self.0.extend_harness(&mut harness);
    }
}

/// Snapshots that are compared; the other pictures are only drawn.
const COMPARED: [&str; 7] =
    ["listening-dark", "listening-light", "warming-dark", "wide-dark", "moods-dark", "moods-wide-light", "stage-dark"];

/// Name and constructor of a test state.
type State = (&'static str, fn() -> TestState);

#[test]
fn every_state_in_dark_and_light() {
    let mut gallery = Gallery::default();
    let states: [State; 5] = [
        ("listening", || TestState::listening(32.0)),
        ("warming", TestState::warming),
        ("silence", TestState::silence),
        ("error", TestState::error),
        ("idle", TestState::idle),
    ];
    for (name, test_state) in states {
        for (theme, suffix) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            let mut test_state = test_state();
            test_state.layout.theme = theme;
            gallery.add(&format!("{name}-{suffix}"), test_state, 480.0, 640.0);
        }
    }
}

#[test]
fn other_sizes_and_sections() {
    let mut gallery = Gallery::default();
    let mut wide = TestState::listening(40.0);
    wide.layout.pinned = vec!["jazz".into()];
    gallery.add("wide-dark", wide, 960.0, 640.0);
    gallery.add("small-dark", TestState::listening(40.0), 360.0, 300.0);
    for (section, name) in [
        (Section::Song, "song"),
        (Section::Setup, "setup"),
        (Section::Tags, "tags"),
        (Section::Display, "display"),
        (Section::Outputs, "outputs"),
        (Section::Features, "diagnostics"),
    ] {
        let mut test_state = TestState::listening(40.0);
        test_state.layout.section = section;
        gallery.add(&format!("{name}-dark"), test_state, 480.0, 640.0);
        let mut test_state = light(TestState::listening(40.0));
        test_state.layout.section = section;
        gallery.add(&format!("{name}-small-light"), test_state, 360.0, 300.0);
    }
    let mut stage = TestState::listening(40.0);
    (stage.layout.stage, stage.state.beat) = (true, Some(BeatPhase { beat: 2, phase: 0.25 }));
    gallery.add("stage-dark", stage, 1_280.0, 720.0);
    gallery.add("low-dark", TestState::listening(40.0), 1_200.0, 400.0);
    gallery.add("large-dark", TestState::listening(40.0), 1_920.0, 1_200.0);
    gallery.add("4k-dark", TestState::listening(40.0), 3_840.0, 2_160.0);
    gallery.add("warming-small-light", light(TestState::warming()), 360.0, 300.0);
    gallery.add("error-small-light", light(TestState::error()), 360.0, 300.0);
    let mut frozen = TestState::listening(120.0);
    frozen.settings.frozen = true;
    frozen.layout.lane_s = 60.0;
    gallery.add("frozen-large-dark", frozen, 1_080.0, 900.0);
    let mut stale = light(TestState::listening(40.0));
    stale.state.status = Status::Stale { age_s: 4.2 };
    gallery.add("stale-light", stale, 480.0, 640.0);
}

/// Returns a panel as a plugin shows it: outputs, controls of the tempo, beats, key and loudness.
fn complete() -> TestState {
    let mut test_state = TestState::listening(40.0);
    let badge = |name: &str, state| OutputBadge { name: name.into(), state };
    let state = &mut test_state.state;
    state.outputs =
        vec![badge("MIDI", OutputState::On), badge("OSC", OutputState::Off), badge("REPORT", OutputState::Off)];
    state.beat = Some(BeatPhase { beat: 2, phase: 0.25 });
    state.descriptors = Some(metal());
    if let Some(tempo) = &mut state.tempo {
        tempo.value.state = TempoState::Locked;
    }
    test_state.settings.tempo_controls = Some(TempoControls::default());
    test_state.layout.key_and_loudness = true;
    test_state
}

#[test]
fn complete_panel_in_all_sizes() {
    let mut gallery = Gallery::default();
    let sizes = [
        ("small", 360.0, 300.0),
        ("usual", 480.0, 640.0),
        ("low", 1_200.0, 400.0),
        ("large", 1_280.0, 960.0),
        ("4k", 3_840.0, 2_160.0),
    ];
    for (name, width, height) in sizes {
        gallery.add(&format!("complete-{name}-dark"), complete(), width, height);
        gallery.add(&format!("complete-{name}-light"), light(complete()), width, height);
    }
    let mut jump = complete();
    for reading in
        [jump.state.tags.as_mut().map(|tags| &mut tags.stale), jump.state.tempo.as_mut().map(|tempo| &mut tempo.stale)]
    {
        reading.into_iter().for_each(|stale| *stale = true);
    }
    jump.state.beat = None;
    jump.state.status = Status::WarmingUp(WarmUp { buffered_s: 1.3, required_s: 3.0 });
    gallery.add("complete-jump-dark", jump, 480.0, 640.0);
    let mut failing = complete();
    failing.state.outputs[1].state = OutputState::Failed("The address `lights:9000` is not known.".into());
    gallery.add("complete-failing-dark", failing, 480.0, 640.0);
}

#[test]
fn added_models_in_every_state() {
    let mut gallery = Gallery::default();
    let played = |harness: &mut Harness<'static, TestState>| play(harness, 0.0, 36.0);
    gallery.add_after("moods-dark", TestState::moods(), 480.0, 1_860.0, played);
    gallery.add_after("moods-light", light(TestState::moods()), 480.0, 1_860.0, played);
    gallery.add_after("moods-wide-dark", TestState::moods(), 960.0, 1_080.0, played);
    gallery.add_after("moods-wide-light", light(TestState::moods()), 960.0, 1_080.0, played);
    gallery.add_after("moods-narrow-dark", TestState::moods(), 360.0, 1_500.0, played);
    gallery.add_after("moods-small-light", light(TestState::moods()), 360.0, 300.0, played);
    gallery.add_after("moods-silent-dark", TestState::moods(), 480.0, 1_860.0, |harness| {
        play(harness, 0.0, 36.0);
        for reading in &mut harness.state_mut().state.readings {
            (reading.silent, reading.end_s) = (true, 36.5);
        }
        harness.state_mut().state.status = Status::Silence;
    });
    let mut setup = TestState::moods();
    setup.layout.section = Section::Setup;
    setup.settings.added = vec!["yamnet".into(), "a-model-that-is-gone".into()];
    gallery.add("setup-added-dark", setup, 480.0, 900.0);
    gallery.add_after("dropping-light", light(TestState::listening(40.0)), 480.0, 640.0, |harness| {
        let hovered = ["danceability-discogs.pb", "danceability-discogs.json"]
            .map(|name| egui::HoveredFile { path: Some(name.into()), ..Default::default() });
        harness.input_mut().hovered_files = hovered.to_vec();
    });
}

#[test]
fn descriptors_of_music_and_silence() {
    let mut gallery = Gallery::default();
    let readings: [(&str, DescriptorReading); 3] =
        [("ballad", ballad()), ("metal", metal()), ("silence", descriptors_of_silence())];
    for (name, reading) in readings {
        gallery.add(&format!("descriptors-{name}-dark"), page(reading.clone()), 480.0, 1_000.0);
        gallery.add(&format!("descriptors-{name}-wide-light"), light(page(reading.clone())), 960.0, 760.0);
        gallery.add(&format!("descriptors-{name}-usual-dark"), page(reading.clone()), 480.0, 640.0);
        gallery.add(&format!("descriptors-{name}-small-light"), light(page(reading)), 360.0, 300.0);
    }
    gallery.add("descriptors-large-dark", page(ballad()), 1_440.0, 1_000.0);
    gallery.add("descriptors-narrow-dark", page(ballad()), 360.0, 1_000.0);
    let mut empty = TestState::listening(20.0);
    empty.layout.section = Section::Descriptors;
    gallery.add("descriptors-empty-dark", empty, 480.0, 640.0);
    let mut frozen = page(ballad());
    frozen.settings.frozen = true;
    gallery.add("descriptors-frozen-dark", frozen, 480.0, 640.0);
    for (name, row) in [("tempo", "Tempo: "), ("key", "Key: ")] {
        gallery.add_after(&format!("descriptors-{name}-meaning-dark"), page(metal()), 480.0, 1_000.0, |harness| {
            harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(row))).hover();
        });
    }
}

#[test]
fn help_hover_and_problems() {
    let mut gallery = Gallery::default();
    gallery.add_after("help-dark", TestState::listening(40.0), 480.0, 640.0, open_help);
    gallery.add_after("help-small-light", light(TestState::listening(40.0)), 360.0, 300.0, open_help);
    gallery.add_after("meaning-light", light(TestState::listening(40.0)), 480.0, 640.0, |harness| {
        harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("hard rock: "))).hover();
    });
    // Three passes of a loop of 8 s with a pause, on a machine that is too slow.
    let mut test_state = TestState::listening(22.0);
    for pass in 1..3 {
        for row in 0..80 {
            let value = |tag: usize| ((row as f32 / 13.0 + tag as f32).sin() * 0.4 + 0.4) / (1.0 + tag as f32 * 0.4);
            let values: Vec<f32> = (0..16).map(value).collect();
            if !(40..55).contains(&row) {
                test_state.history.push_tags(pass, 14.0 + f64::from(row) / 10.0, &values);
            }
        }
    }
    test_state.state.counters = Counters { dropped_samples: 512, gaps: 2, skipped_updates: 7, sanitized_samples: 0 };
    test_state.state.rate = UpdateRate { requested_hz: 10.0, actual_hz: 4.2, reason: Some("computer too slow".into()) };
    test_state.state.messages =
        vec![Message { id: 1, text: "The saved state was damaged; defaults are used.".into(), warning: true }];
    gallery.add_after("loop-dark", test_state, 640.0, 640.0, |harness| {
        let rect = harness.get_by_label_contains("Tags over the last").rect();
        harness.hover_at(rect.min + rect.size() * vec2(0.7, 0.3));
    });
}

fn open_help(harness: &mut Harness<'static, TestState>) {
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Slash);
}

fn light(mut test_state: TestState) -> TestState {
    test_state.layout.theme = Theme::Light;
    test_state
}
