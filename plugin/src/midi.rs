//! What is sent, as nice-plug's events.

use earmark_session::outputs::MidiEvent;
use nice_plug::midi::{Channel, Key, NoteEvent, VoiceID};

/// The event, for the first sample of the block. Real-time safe.
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
    fn what_the_host_writes_is_what_was_meant() {
        for meant in [
            MidiEvent::Control { channel: 3, cc: 102, value: 53 },
            MidiEvent::NoteOn { channel: 0, key: 36 },
            MidiEvent::NoteOff { channel: 15, key: 127 },
        ] {
            let written = event(meant).as_midi();
            let Some(nice_plug::midi::MidiResult::Basic(bytes)) = written else { panic!("{meant:?}: {written:?}") };
            assert_eq!(bytes, meant.bytes(), "{meant:?}");
        }
    }
}
