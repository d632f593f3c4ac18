//! x
#![forbid(unsafe_code)]
mod command;
mod controls;
mod ease;
mod history;
mod layout;
mod order;
mod state;
pub use command::{Command, ExportFormat};
pub use controls::{Controls, Knob, Midi};
pub use history::{Cell, Columns, History, Segment, Song, TempoPoint};
pub use layout::{Layout, Section, Theme};
pub use state::*;
