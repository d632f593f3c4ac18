//! Pictures of the panel, drawn by a software GPU and compared. `UPDATE_SNAPSHOTS=1` writes them anew.
//!
//! Run with `cargo test -p earmark-panel --features pictures pictures`.

use earmark_panel::{Section, Theme};
use egui::vec2;

use crate::support::{World, builder, frame, settle};

/// Draws a world and compares it with the picture of that name.
fn picture(name: &str, world: World, width: f32, height: f32) {
    let mut harness = builder(vec2(width, height)).wgpu().build_ui_state(frame, world);
    settle(&mut harness);
    // With a folder given, everything is written there to be looked at, and nothing is compared.
    match std::env::var_os("EARMARK_PICTURES") {
        Some(folder) => {
            let path = std::path::Path::new(&folder).join(format!("{name}.png"));
            harness.render().unwrap().save(path).unwrap();
        }
        None if KEPT.contains(&name) => harness.snapshot(name),
        None => drop(harness.render().unwrap()),
    }
}

/// The pictures that are kept; the others are only drawn.
const KEPT: [&str; 4] = ["listening-dark", "listening-light", "warming-dark", "wide-dark"];

#[test]
fn every_state_in_dark_and_light() {
    let states: [(&str, fn() -> World); 5] = [
        ("listening", || World::listening(32.0)),
        ("warming", World::warming),
        ("silence", World::silence),
        ("error", World::error),
        ("idle", World::idle),
    ];
    for (name, world) in states {
        for (theme, suffix) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            let mut world = world();
            world.layout.theme = theme;
            picture(&format!("{name}-{suffix}"), world, 480.0, 640.0);
        }
    }
}

#[test]
fn other_sizes_and_sections() {
    let mut wide = World::listening(40.0);
    wide.layout.pinned = vec!["jazz".into()];
    picture("wide-dark", wide, 960.0, 640.0);
    picture("small-dark", World::listening(40.0), 360.0, 300.0);
    for (section, name) in [(Section::Song, "song"), (Section::Tags, "tags"), (Section::Setup, "setup")] {
        let mut world = World::listening(40.0);
        world.layout.section = section;
        picture(&format!("{name}-dark"), world, 480.0, 640.0);
    }
}
