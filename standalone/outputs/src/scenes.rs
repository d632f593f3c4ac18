//! Scenes: rules in a TOML file that turn predictions into OSC and MIDI.
//!
//! ```toml
//! osc = "127.0.0.1:9001"             # target of OSC messages without a `to`
//!
//! [[scene]]
//! name = "heavy"
//! when = ["metal > 0.6", "tempo > 120"]   # all of these
//! for_s = 2                          # for this long
//! begin = [{ osc = "/lights/heavy", args = [1] }, { note = 60 }]
//! end = [{ osc = "/lights/heavy", args = [0] }]
//! ```

mod action;
mod condition;
mod engine;
mod error;
mod file;

pub use self::engine::{Change, SceneEngine};
pub use self::error::SceneError;
pub use self::file::{Scenes, read};

#[cfg(test)]
mod tests;
