//! Outputs of an instance besides its panel: MIDI, and OSC over the network.
//!
//! A plugin cannot publish values as host parameters, so results are sent as controllers, notes and OSC messages.

mod level_controls;
mod midi;
mod osc;

pub use self::level_controls::{LEVEL_CCS, LevelControls, ONSET_NOTES};
pub use self::midi::{MAX_MAPPINGS, MappedValue, MidiEvent, MidiFrame, MidiMap, MidiOut, TEMPO_CC, tempo_14bit};
pub use self::osc::{OscAddress, OscAddressError, OscReceivers, OscSender, address_part};
