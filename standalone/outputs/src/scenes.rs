//! Scenes: rules in a TOML file that send OSC and MIDI messages when conditions on the predictions hold.
//!
//! ```toml
//! osc = "127.0.0.1:9001"             # default target of OSC messages
//!
//! [[scene]]
//! name = "heavy"
//! when = ["metal > 0.6", "tempo > 120"]   # all must hold
//! after_s = 2                        # seconds before the scene begins
//! begin = [{ osc = "/lights/heavy", args = [1] }, { note = 60 }]
//! end = [{ osc = "/lights/heavy", args = [0] }]
//! ```
//!
//! A file can also have mappings of values, see `scenes/mapping.rs`, and bindings of the remote control, see
//! `scenes/raw_remote.rs`.

mod action;
mod condition;
mod dmx;
mod document;
mod engine;
mod error;
mod file;
mod mapping;
mod raw_remote;
mod receivers;

pub use self::document::{MappingRow, RowTarget, SceneDocument, mapping_curves, mapping_range, mapping_sources};
pub use self::engine::{Change, SceneEngine};
pub use self::error::SceneError;
pub use self::file::{Scenes, read};
pub use self::mapping::MappingPreview;

#[cfg(test)]
mod tests;
