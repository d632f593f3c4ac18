//! Remote control: decisions about the tempo by OSC and MIDI.
//!
//! ```text
//! UDP ──► OscRemote ───┐                       ┌─► saved state of the session
//!                      ├─► RemoteCommand ──────┤
//! MIDI ─► MidiRemote ──┘   (RemoteBindings)    └─► RemoteNotice: JSON line, window
//! ```
//!
//! Each receiver has a thread of its own. A message that is not understood changes nothing and is counted.

mod action;
mod binding;
mod log;
mod midi_remote;
mod osc_remote;

pub use self::action::{RemoteAction, RemoteCommand};
pub use self::binding::{RemoteBinding, RemoteBindings, RemoteTrigger};
pub use self::log::{RemoteNotice, RemoteStats};
pub use self::midi_remote::MidiRemote;
pub use self::osc_remote::OscRemote;
