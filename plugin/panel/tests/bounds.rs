//! Sizes, long histories and odd data: the panel draws, and rests when nothing moves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_panel::{Section, Theme};
use egui::{Key, ViewportId, vec2};
use egui_kittest::kittest::Queryable;

use crate::support::{TestState, builder, frame, settle, shown, sized};

#[test]
fn every_section_and_state_draws_at_every_size() {
    for (width, height) in [(360.0, 300.0), (480.0, 640.0), (960.0, 640.0), (1_440.0, 1_920.0), (40.0, 30.0)] {
        for section in Section::ALL {
            for world in [
                TestState::listening(20.0),
                TestState::moods(),
                TestState::warming(),
                TestState::silence(),
                TestState::error(),
                TestState::idle(),
            ] {
                let mut world = world;
                world.layout.section = section;
                sized(world, vec2(width, height));
            }
        }
    }
}

#[test]
fn nothing_stands_outside_a_small_panel() {
    for section in Section::ALL {
        let mut world = TestState::moods();
        world.layout.section = section;
        let harness = sized(world, vec2(360.0, 300.0));
        for node in harness.query_all_by(|node| node.label().is_some()) {
            let rect = node.rect();
            assert!(rect.right() <= 361.0 && rect.left() >= -1.0, "{section:?}: {:?} at {rect}", node);
        }
    }
}

#[test]
fn the_help_fits_the_panel() {
    for size in [vec2(480.0, 640.0), vec2(360.0, 300.0)] {
        let mut harness = sized(TestState::listening(30.0), size);
        harness.key_press(Key::H);
        settle(&mut harness);
        let (title, close) = (harness.get_by_label("Reading the panel").rect(), harness.get_by_label("Close").rect());
        assert!(title.left() > 0.0 && close.left() > 0.0 && close.bottom() < size.y, "{size:?}: {title} {close}");
    }
}

#[test]
fn three_times_the_scale_is_the_same_panel() {
    let mut harness =
        builder(vec2(480.0, 640.0)).with_pixels_per_point(3.0).build_ui_state(frame, TestState::listening(30.0));
    settle(&mut harness);
    assert!(harness.query_all_by_label_contains("metal: ").count() > 1);
}

#[test]
fn a_panel_that_shows_nothing_new_asks_for_no_frame() {
    for world in [
        TestState::listening(30.0),
        TestState::moods(),
        TestState::silence(),
        TestState::warming(),
        TestState::error(),
        TestState::idle(),
    ] {
        let mut harness = shown(world);
        for _ in 0..3 {
            harness.step();
        }
        let delay = harness.output().viewport_output[&ViewportId::ROOT].repaint_delay;
        assert!(delay > Duration::from_secs(60), "{:?} asks for a frame in {delay:?}", harness.state().state.status);
    }
    // While a bar is on its way it does, thirty times a second.
    let mut harness = shown(TestState::listening(30.0));
    harness.state_mut().state.tags.as_mut().unwrap().value.smooth[0] = 0.1;
    harness.step();
    let delay = harness.output().viewport_output[&ViewportId::ROOT].repaint_delay;
    assert!(delay <= Duration::from_millis(34), "{delay:?}");
}

#[test]
fn an_hour_of_history_draws_fast() {
    let mut world = TestState::listening(30.0);
    let values = [0.3; 16];
    for row in 0..36_000 {
        world.history.push_tags(1, f64::from(row) / 10.0, &values);
        world.history.push_tempo(1, f64::from(row) / 10.0, 120.0, 0.5);
    }
    assert_eq!(world.history.len(), 36_000);
    world.layout.lane_s = 600.0;
    let mut harness = sized(world, vec2(960.0, 640.0));
    let start = Instant::now();
    harness.run_steps(30);
    let per_frame = start.elapsed() / 30;
    // It took 1.1 ms; the bound leaves room for a busy machine and a debug build.
    println!("an hour of history, 600 s in the lane: {per_frame:?} a frame");
    assert!(per_frame < Duration::from_millis(60), "{per_frame:?} a frame");
}

#[test]
fn data_that_does_not_fit_together_is_shown_as_far_as_it_goes() {
    let mut world = TestState::listening(30.0);
    let tags = world.state.tags.as_mut().unwrap();
    tags.value.smooth.truncate(3);
    tags.value.smooth[0] = f32::NAN;
    tags.value.raw.clear();
    tags.value.active.clear();
    tags.age_s = f64::NAN;
    world.state.tempo.as_mut().unwrap().value.bpm = f32::NAN;
    world.state.host_bpm = Some(f64::INFINITY);
    world.state.input.rms_dbfs = f32::NAN;
    world.layout.lane_s = f32::NAN;
    world.layout.pinned = vec!["no such tag".into(), "metal".into()];
    let mut harness = shown(world);
    // Another model's labels come while the history is still of the first.
    let labels: Arc<[Arc<str>]> = (0..500).map(|tag| Arc::from(format!("tag {tag}"))).collect();
    harness.state_mut().state.tags.as_mut().unwrap().value.labels = labels;
    settle(&mut harness);
    harness.state_mut().state.tags.as_mut().unwrap().value.labels = Arc::default();
    settle(&mut harness);
}

#[test]
fn the_theme_is_the_layouts() {
    for (theme, dark) in [(Theme::Dark, true), (Theme::Light, false)] {
        let mut world = TestState::listening(30.0);
        world.layout.theme = theme;
        let harness = shown(world);
        assert_eq!(harness.ctx.global_style().visuals.dark_mode, dark);
    }
}
