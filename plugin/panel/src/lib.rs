#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod added_models;
mod animation;
mod badges;
mod bars;
mod beat_lights;
mod command;
mod controls;
mod descriptors;
mod descriptors_page;
mod family;
mod features_page;
mod file_drop;
mod frame_context;
mod glossary;
mod header;
mod headline;
mod held_content;
mod help;
mod history;
mod history_lane;
mod icons;
pub mod kit;
mod labels;
mod layout;
mod live_page;
mod masonry;
mod meters;
mod moods;
mod notes;
mod notices;
mod output_state;
mod panel;
mod picker;
mod reading;
mod row_order;
mod section;
mod setup;
mod shortcuts;
mod song;
mod song_ribbon;
mod stable_ranking;
mod stage_view;
mod state;
mod status;
mod status_line;
mod tag_groups;
mod tag_row;
mod tags;
mod tempo;
mod tempo_buttons;
mod tempo_curve;
mod text_field;
mod theme;
mod threshold_line;
mod trouble;
mod widgets;

pub use command::{Command, ExportFormat};
pub use controls::{Controls, Midi, OscSettings, RenderHop, Reports, SliderParam, TempoChange, TempoControls};
pub use descriptors::{ChordReading, DescriptorReading, KeyReading, LoudnessReading, MarkedValue};
pub use file_drop::models_among;
pub use glossary::explain;
pub use history::{Cell, Columns, History, Segment, SongAverage, SongPart, TempoPoint};
pub use layout::{PanelLayout, Theme};
pub use output_state::{OutputBadge, OutputState, SentMessage};
pub use panel::Panel;
pub use reading::{
    AlternativeTempo, BeatPhase, ModelReading, ModelValues, Presentation, Reading, TagReading, TagValues, TempoReading,
    TempoState, TempoValue,
};
pub use section::Section;
pub use state::{
    Counters, EngineHealth, FeatureView, InputLevel, MappedTag, Message, ModelInfo, ModelKind, PanelState, Status,
    UpdateRate, WarmUp,
};
