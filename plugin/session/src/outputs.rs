//! What leaves an instance beside what is shown: MIDI, and OSC over the network.
//!
//! A plugin cannot publish values as host parameters; controllers, notes and a socket are what hosts and their users
//! can work with.

mod midi;
mod osc;

pub use self::midi::{FollowedNow, MOST_FOLLOWED, MidiEvent, MidiFrame, MidiMap, MidiOut, TEMPO_CC, tempo_14bit};
pub use self::osc::OscSender;
