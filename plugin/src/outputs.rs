//! What leaves the plugin beside the audio: MIDI to the host, OSC over the network.
//!
//! A plugin cannot publish values as host parameters; controllers, notes and a socket are what hosts and their users
//! can work with.

mod midi;
mod osc;

pub use self::midi::{FollowedNow, MOST_FOLLOWED, MidiFrame, MidiMap, MidiOut, TEMPO_CC, tempo_14bit};
pub use self::osc::Osc;
