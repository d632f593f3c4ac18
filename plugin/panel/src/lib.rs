//! What Earmark shows, in a plugin's editor and in the app alike.
//!
//! ```text
//!                PanelState (this frame) ─┐
//!  owner ────── History (what was heard) ─┼─► Panel::show ─► Vec<Command> ─► owner
//!  (plugin, app)     PanelLayout ─────────┤        │
//!                    dyn Controls ◄───────┴────────┘ (settings, read and set)
//!
//!  header   status, age, freeze, help
//!  tempo    BPM, confidence, half and double, the host's tempo, its curve
//!  section  live: Order ─► bars beside the lane │ moods: what added models say │ song: averages │
//!           tags: glossary │ sound: frames, health │ setup: models, settings, outputs
//!  footer   level, gate, rate, counters
//! ```
//!
//! The panel knows no host, no sound card and no model: plain data goes in, commands come out. State that must outlive
//! an editor is not in the [`Panel`]: the [`History`] belongs to the session, the [`PanelLayout`] to the owner that saves
//! it, and the settings behind [`Controls`] to the host's parameters or the app's settings.
//!
//! It paints only when asked to, and asks for another frame only while something glides.
//!
//! ```
//! use earmark_panel::{Command, Controls, History, Panel, PanelLayout, PanelState};
//!
//! /// What an editor does in each frame.
//! fn frame(ui: &mut egui::Ui, panel: &mut Panel, state: &PanelState, history: &mut History, layout: &mut PanelLayout,
//!          controls: &mut dyn Controls) {
//!     for command in panel.show(ui, state, history, layout, controls) {
//!         match command {
//!             Command::NewSong => history.new_song(),
//!             Command::SetZoom(zoom) => ui.ctx().set_zoom_factor(zoom),
//!             other => println!("for the session: {other:?}"),
//!         }
//!     }
//! }
//! ```

#![forbid(unsafe_code)]

mod added;
mod bars;
mod command;
mod controls;
mod dropped;
mod ease;
mod field;
mod frame_context;
mod glossary;
mod history;
mod keys;
mod labels;
mod lane;
mod layout;
mod live;
mod messages;
mod meters;
mod moods;
mod notes;
mod order;
mod panel;
mod picker;
mod reading;
mod setup;
mod song;
mod sound;
mod state;
mod status;
mod tags;
mod tempo;
mod theme;
mod widgets;

pub use command::{Command, ExportFormat};
pub use controls::{Controls, Knob, Midi, OscSettings, RenderHop, Reports};
pub use dropped::models_among;
pub use glossary::explain;
pub use history::{Cell, Columns, History, Segment, Song, TempoPoint};
pub use layout::{PanelLayout, Section, Theme};
pub use panel::Panel;
pub use reading::{
    AlternativeTempo, Look, ModelReading, ModelValues, Reading, TagReading, TagValues, TempoReading, TempoValue,
};
pub use state::{
    Counters, FollowedTag, Health, InputLevel, Message, ModelCard, ModelKind, PanelState, Sound, Status, UpdateRate,
    WarmUp,
};
