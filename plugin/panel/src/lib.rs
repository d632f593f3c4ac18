#![doc = include_str!("../README.md")]
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
