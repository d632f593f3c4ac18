#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod added_models;
mod animation;
mod bars;
mod command;
mod controls;
mod descriptors;
mod descriptors_page;
mod features_page;
mod file_drop;
mod frame_context;
mod glossary;
mod heatmap;
mod history;
pub mod kit;
mod labels;
mod layout;
mod live_page;
mod masonry;
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
pub use descriptors::{ChordReading, DescriptorReading, KeyReading, LoudnessReading, MarkedValue};
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
