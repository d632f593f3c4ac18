//! Panel sizes, long histories, inconsistent data and repaint requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_panel::{Section, Theme};
use egui::{Key, Modifiers, ViewportId, vec2};
use egui_kittest::kittest::Queryable;

use crate::descriptors::{ballad, metal, page, silence};
use crate::support::{TestState, builder, frame, settle, shown, sized};

#[test]
fn every_section_and_state_draws_at_every_size() {
    for (width, height) in [(360.0, 300.0), (480.0, 640.0), (960.0, 640.0), (1_440.0, 1_920.0), (40.0, 30.0)] {
        for section in Section::ALL {
            for test_state in [
                TestState::listening(20.0),
                TestState::moods(),
                page(ballad()),
                page(metal()),
                page(silence()),
                TestState::warming(),
                TestState::silence(),
                TestState::error(),
                TestState::idle(),
            ] {
                let mut test_state = test_state;
                test_state.layout.section = section;
                sized(test_state, vec2(width, height));
            }
        }
    }
}

#[test]
fn small_panel_contains_every_widget() {
    for section in Section::ALL {
        let mut test_state = TestState::moods();
        test_state.state.descriptors = Some(metal());
        test_state.layout.section = section;
        let harness = sized(test_state, vec2(360.0, 300.0));
        for node in harness.query_all_by(|node| node.label().is_some()) {
            let rect = node.rect();
            assert!(rect.right() <= 361.0 && rect.left() >= -1.0, "{section:?}: {:?} at {rect}", node);
        }
    }
}

#[test]
fn help_fits_the_panel() {
    for size in [vec2(480.0, 640.0), vec2(360.0, 300.0)] {
        let mut harness = sized(TestState::listening(30.0), size);
        harness.key_press_modifiers(Modifiers::SHIFT, Key::Slash);
        settle(&mut harness);
        let (title, close) = (harness.get_by_label("Reading the panel").rect(), harness.get_by_label("Close").rect());
        assert!(title.left() > 0.0 && close.left() > 0.0 && close.bottom() < size.y, "{size:?}: {title} {close}");
    }
}

#[test]
fn panel_draws_at_three_pixels_per_point() {
    let mut harness =
        builder(vec2(480.0, 640.0)).with_pixels_per_point(3.0).build_ui_state(frame, TestState::listening(30.0));
    settle(&mut harness);
    assert!(harness.query_all_by_label_contains("metal: ").count() > 1);
}

#[test]
fn idle_panel_requests_no_frame() {
    for test_state in [
        TestState::listening(30.0),
        TestState::moods(),
        page(ballad()),
        page(silence()),
        TestState::silence(),
        TestState::warming(),
        TestState::error(),
        TestState::idle(),
    ] {
        let mut harness = shown(test_state);
        for _ in 0..3 {
            harness.step();
        }
        let delay = harness.output().viewport_output[&ViewportId::ROOT].repaint_delay;
        assert!(delay > Duration::from_secs(60), "{:?} requests a frame in {delay:?}", harness.state().state.status);
    }
    // An animated bar requests frames at 30 Hz.
    let mut harness = shown(TestState::listening(30.0));
    harness.state_mut().state.tags.as_mut().unwrap().value.smooth[0] = 0.1;
    harness.step();
    let delay = harness.output().viewport_output[&ViewportId::ROOT].repaint_delay;
    assert!(delay <= Duration::from_millis(34), "{delay:?}");
}

#[test]
fn one_hour_of_history_draws_fast() {
    let mut test_state = TestState::listening(30.0);
    let values = [0.3; 16];
    for row in 0..36_000 {
        test_state.history.push_tags(1, f64::from(row) / 10.0, &values);
        test_state.history.push_tempo(1, f64::from(row) / 10.0, 120.0, 0.5);
    }
    assert_eq!(test_state.history.len(), 36_000);
    test_state.layout.lane_s = 600.0;
    let mut harness = sized(test_state, vec2(960.0, 640.0));
    let start = Instant::now();
    harness.run_steps(30);
    let per_frame = start.elapsed() / 30;
    // Measured: 1.1 ms. The bound allows for a busy machine and a debug build.
    println!("an hour of history, 600 s in the lane: {per_frame:?} a frame");
    assert!(per_frame < Duration::from_millis(60), "{per_frame:?} a frame");
}

#[test]
fn inconsistent_data_is_shown_without_panic() {
    let mut test_state = TestState::listening(30.0);
    let tags = test_state.state.tags.as_mut().unwrap();
    tags.value.smooth.truncate(3);
    tags.value.smooth[0] = f32::NAN;
    tags.value.active.clear();
    tags.age_s = f64::NAN;
    test_state.state.tempo.as_mut().unwrap().value.bpm = f32::NAN;
    test_state.state.host_bpm = Some(f64::INFINITY);
    test_state.state.input.rms_dbfs = f32::NAN;
    test_state.layout.lane_s = f32::NAN;
    test_state.layout.pinned = vec!["no such tag".into(), "metal".into()];
    let mut harness = shown(test_state);
    // The labels change before the history does.
    let labels: Arc<[Arc<str>]> = (0..500).map(|tag| Arc::from(format!("tag {tag}"))).collect();
    harness.state_mut().state.tags.as_mut().unwrap().value.labels = labels;
    settle(&mut harness);
    harness.state_mut().state.tags.as_mut().unwrap().value.labels = Arc::default();
    settle(&mut harness);
}

#[test]
fn theme_of_layout_is_applied() {
    for (theme, dark) in [(Theme::Dark, true), (Theme::Light, false)] {
        let mut test_state = TestState::listening(30.0);
        test_state.layout.theme = theme;
        let harness = shown(test_state);
        assert_eq!(harness.ctx.global_style().visuals.dark_mode, dark);
    }
}
