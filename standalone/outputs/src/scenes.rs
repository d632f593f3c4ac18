//! Scenes: rules in a small TOML file that turn what is heard into OSC and MIDI.
//!
//! ```toml
//! osc = "127.0.0.1:9001"             # where OSC goes, unless a message says otherwise
//!
//! [[scene]]
//! name = "heavy"
//! when = ["metal > 0.6", "tempo > 120"]   # all of these
//! for_s = 2                          # hold for so long
//! begin = [{ osc = "/lights/heavy", args = [1] }, { note = 60 }]
//! end = [{ osc = "/lights/heavy", args = [0] }]
//! ```

mod condition;
mod deed;
mod file;
mod place;
mod stage;

pub(crate) use self::file::read;
pub(crate) use self::place::SceneError;
pub(crate) use self::stage::{Change, Stage};

#[cfg(test)]
mod tests;
