//! Conversion of MIDI events to events of nice-plug.

use earmark_session::outputs::MidiEvent;
use nice_plug::midi::{Channel, Key, NoteEvent, VoiceID};

/// Returns the event of nice-plug, at the first sample of the block. Real-time safe.
pub(crate) fn event(event: MidiEvent) -> NoteEvent<()> {
    let (timing, voice_id) = (0, VoiceID::Wildcard);
    let note = |channel, key| (Channel::Number(channel), Key::Number(key));
    match event {
        MidiEvent::Control { channel, cc, value } => {
            NoteEvent::MidiCC { timing, channel, cc, value: f32::from(value) / 127.0 }
        }
        MidiEvent::NoteOn { channel, key } => {
            let ((channel, key), velocity) = (note(channel, key), f32::from(MidiEvent::VELOCITY) / 127.0);
            NoteEvent::NoteOn { timing, voice_id, channel, key, velocity }
        }
        MidiEvent::NoteOff { channel, key } => {
            let (channel, key) = note(channel, key);
            NoteEvent::NoteOff { timing, voice_id, channel, key, velocity: 0.0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_convert_to_the_same_midi_bytes() {
        for expected in [
            MidiEvent::Control { channel: 3, cc: 102, value: 53 },
            MidiEvent::NoteOn { channel: 0, key: 36 },
            MidiEvent::NoteOff { channel: 15, key: 127 },
        ] {
            let midi = event(expected).as_midi();
            let Some(nice_plug::midi::MidiResult::Basic(bytes)) = midi else { panic!("{expected:?}: {midi:?}") };
            assert_eq!(bytes, expected.bytes(), "{expected:?}");
        }
    }
}
