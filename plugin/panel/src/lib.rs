//! What Earmark shows, in a plugin's editor and in the app alike.
//!
//! ```text
//!                PanelState (this frame) ─┐
//!  owner ────── History (what was heard) ─┼─► Panel::show ─► Vec<Command> ─► owner
//!  (plugin, app)     Layout (arrangement) ┤        │
//!                    dyn Controls ◄───────┴────────┘ (settings, read and set)
//!
//!  header   status, age, freeze, help
//!  tempo    BPM, confidence, half and double, the host's tempo, its curve
//!  section  live: Order ─► bars beside the lane │ moods: what added models say │ song: averages │
//!           tags: glossary │ sound: frames, health │ setup: models, settings, outputs
//!  footer   level, gate, rate, counters
//! ```
//!
//! The panel knows no host, no sound card and no model: plain data goes in, commands come out. What must outlive an
//! editor is not in the [`Panel`]: the [`History`] belongs to the session, the [`Layout`] to whoever saves it, and the
//! settings behind [`Controls`] to the host's parameters or the app's settings.
//!
//! It paints only when asked to, and asks for another frame only while something glides.
//!
//! ```
//! use earmark_panel::{Command, Controls, History, Layout, Panel, PanelState};
//!
//! /// What an editor does in each frame.
//! fn frame(ui: &mut egui::Ui, panel: &mut Panel, state: &PanelState, history: &mut History, layout: &mut Layout,
//!          controls: &mut dyn Controls) {
//!     for command in panel.show(ui, state, history, layout, controls) {
//!         match command {
//!             Command::NewSong => history.clear_average(),
//!             Command::SetZoom(zoom) => ui.ctx().set_zoom_factor(zoom),
//!             other => println!("for the session: {other:?}"),
//!         }
//!     }
//! }
//! ```

#![forbid(unsafe_code)]

mod added_models;
mod animation;
mod bars;
mod command;
mod controls;
mod features_page;
mod file_drop;
mod glossary;
mod heatmap;
mod history;
mod labels;
mod layout;
mod live_page;
mod meters;
mod moods;
mod notes;
mod notices;
mod panel;
mod picker;
mod reading;
mod scene;
mod setup;
mod shortcuts;
mod song;
mod stable_ranking;
mod state;
mod status;
mod tags;
mod tempo;
mod text_field;
mod theme;
mod widgets;

pub use command::{Command, ExportFormat};
pub use controls::{Controls, Midi, Osc, ReportHop, Reports, SliderParam};
pub use file_drop::models_among;
pub use glossary::explain;
pub use history::{Cell, Columns, History, Segment, SongAverage, TempoPoint};
pub use layout::{Layout, Section, Theme};
pub use panel::Panel;
pub use reading::{
    AlternativeTempo, ModelReading, ModelValues, Presentation, Reading, TagReading, TagValues, TempoReading, TempoValue,
};
pub use state::{
    Counters, EngineHealth, FeatureView, InputLevel, MappedTag, Message, ModelInfo, ModelKind, PanelState, Status,
    UpdateRate, WarmUp,
};
