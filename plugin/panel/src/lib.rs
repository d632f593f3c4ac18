//! Panel of Earmark, for the editor of the plugin and the window of the app.
//!
//! ```text
//!                PanelState (this frame) ─┐
//!  owner ────── History (predictions) ────┼─► Panel::show ─► Vec<Command> ─► owner
//!  (plugin, app) PanelLayout (saved) ─────┤        │
//!                dyn Controls ◄───────────┴────────┘ (settings, read and set)
//!
//!  header   status, age, freeze, help
//!  tempo    BPM, confidence, half and double, the host's tempo, its curve
//!  section  live: StableRanking ─► bars and heatmap │ moods: added models │ song: averages │
//!           tags: glossary │ features: input, load │ setup: models, settings, outputs
//!  footer   level, gate, rate, counters
//! ```
//!
//! The panel depends on no host, sound card or model: it gets plain data and returns commands. Data that outlives a
//! window is not in the [`Panel`]: the [`History`] belongs to the session, the [`PanelLayout`] is saved by the owner,
//! and the settings behind [`Controls`] are host parameters or settings of the app.
//!
//! The panel requests another frame only while an animation runs.
//!
//! ```
//! use earmark_panel::{Command, Controls, History, Panel, PanelLayout, PanelState};
//!
//! /// Draws a frame of an editor.
//! fn frame(ui: &mut egui::Ui, panel: &mut Panel, state: &PanelState, history: &mut History, layout: &mut PanelLayout,
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
mod frame_context;
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
pub use controls::{Controls, Midi, OscSettings, RenderHop, Reports, SliderParam};
pub use file_drop::models_among;
pub use glossary::explain;
pub use history::{Cell, Columns, History, Segment, SongAverage, TempoPoint};
pub use layout::{PanelLayout, Section, Theme};
pub use panel::Panel;
pub use reading::{
    AlternativeTempo, ModelReading, ModelValues, Presentation, Reading, TagReading, TagValues, TempoReading, TempoValue,
};
pub use state::{
    Counters, EngineHealth, FeatureView, InputLevel, MappedTag, Message, ModelInfo, ModelKind, PanelState, Status,
    UpdateRate, WarmUp,
};
