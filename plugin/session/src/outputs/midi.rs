//! MIDI: a controller and a note for each followed tag, a pair of controllers for the tempo.
//!
//! The worker says what should be; the audio thread sends what differs from what it has sent.

use std::ops::RangeInclusive;

use crate::state::Followed;

/// The most tags that are followed.
pub const MOST_FOLLOWED: usize = 32;

/// Controllers of the tempo: coarse and fine, as MIDI pairs them.
pub const TEMPO_CC: (u8, u8) = (14, 46);

/// Steps of the tempo's 14 bits per beat per minute.
const STEPS_PER_BPM: f32 = 50.0;

/// The first controller that a tag gets if none is chosen; MIDI leaves it and the 17 above undefined.
const FIRST_CC: u8 = 102;
const LAST_CC: u8 = 119;
/// The first note that a tag gets if none is chosen.
const FIRST_NOTE: u8 = 36;

/// A tempo as 14 bits: 50 steps per beat per minute, so up to 327 BPM in steps of 0.02.
#[must_use]
pub fn tempo_14bit(bpm: f32) -> u16 {
    // A float is cut to the range of the integer, and not-a-number becomes 0.
    ((bpm * STEPS_PER_BPM).round() as u16).min(0x3fff)
}

/// Which tag goes where, for the labels of one model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MidiMap(Vec<Route>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Route {
    tag: usize,
    cc: Option<u8>,
    note: Option<u8>,
}

impl MidiMap {
    /// The controllers that tags get, in order, if none is chosen.
    pub const CONTROLLERS: RangeInclusive<u8> = FIRST_CC..=LAST_CC;

    /// Whether a controller is one of the tempo's.
    #[must_use]
    pub fn is_tempo(cc: u8) -> bool {
        cc == TEMPO_CC.0 || cc == TEMPO_CC.1
    }

    /// The chosen tags as far as the model has them, at most [`MOST_FOLLOWED`]. Without a choice: the model's first,
    /// on controllers 102 to 119 and the notes from 36 on. Numbers beyond 127 are left out.
    #[must_use]
    pub fn new(chosen: Option<&[Followed]>, labels: &[String]) -> Self {
        let Some(chosen) = chosen else {
            let first = (0..labels.len()).zip(Self::CONTROLLERS).zip(FIRST_NOTE..);
            return Self(first.map(|((tag, cc), note)| Route { tag, cc: Some(cc), note: Some(note) }).collect());
        };
        let numbers = |number: Option<u8>| number.filter(|&number| number < 128);
        let routes = chosen.iter().filter_map(|followed| {
            let tag = labels.iter().position(|label| *label == followed.tag)?;
            Some(Route { tag, cc: numbers(followed.cc), note: numbers(followed.note) })
        });
        Self(routes.take(MOST_FOLLOWED).collect())
    }

    /// The map in the words of a state, for an editor to start from.
    #[must_use]
    pub fn describe(&self, labels: &[String]) -> Vec<Followed> {
        let describe = |route: &Route| {
            let tag = labels.get(route.tag)?.clone();
            Some(Followed { tag, cc: route.cc, note: route.note })
        };
        self.0.iter().filter_map(describe).collect()
    }
}

/// A followed tag now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FollowedNow {
    /// Its controller, 0 to 127.
    pub cc: Option<u8>,
    /// Its note, 0 to 127.
    pub note: Option<u8>,
    /// Its smoothed value, 0 to 1.
    pub value: f32,
    /// Whether it is lit.
    pub lit: bool,
}

/// Everything that MIDI should say now.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MidiFrame {
    /// The followed tags.
    pub followed: [Option<FollowedNow>; MOST_FOLLOWED],
    /// The tempo, as [`tempo_14bit`] writes it.
    pub tempo: Option<u16>,
}

impl MidiFrame {
    /// Takes the tags of a model, 0 to 1 and lit or not, in the order of its labels.
    pub fn set_tags(&mut self, map: &MidiMap, values: &[f32], lit: &[bool]) {
        self.followed = [None; MOST_FOLLOWED];
        for (slot, route) in self.followed.iter_mut().zip(&map.0) {
            let Route { tag, cc, note } = *route;
            let now = values.get(tag).zip(lit.get(tag));
            *slot = now.map(|(&value, &lit)| FollowedNow { cc, note, value, lit });
        }
    }

    /// Takes the tempo, in beats per minute; none in silence.
    pub fn set_tempo(&mut self, bpm: Option<f32>) {
        self.tempo = bpm.map(tempo_14bit);
    }
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MidiEvent {
    /// A controller moves.
    Control {
        /// Channel, 0 to 15.
        channel: u8,
        /// Controller, 0 to 127.
        cc: u8,
        /// Value, 0 to 127.
        value: u8,
    },
    /// A note begins, at [`MidiEvent::VELOCITY`].
    NoteOn {
        /// Channel, 0 to 15.
        channel: u8,
        /// Key, 0 to 127.
        key: u8,
    },
    /// A note ends.
    NoteOff {
        /// Channel, 0 to 15.
        channel: u8,
        /// Key, 0 to 127.
        key: u8,
    },
}

impl MidiEvent {
    /// How hard notes are struck, of 127.
    pub const VELOCITY: u8 = 100;

    /// As MIDI 1.0 writes it. Real-time safe.
    #[must_use]
    pub fn bytes(self) -> [u8; 3] {
        match self {
            Self::Control { channel, cc, value } => [0xb0 | channel, cc, value],
            Self::NoteOn { channel, key } => [0x90 | channel, key, Self::VELOCITY],
            Self::NoteOff { channel, key } => [0x80 | channel, key, 0],
        }
    }
}

/// The audio thread's end: knows what it has sent.
pub struct MidiOut {
    /// The last value sent on each controller, 0 to 127; 255 for none.
    controllers: [u8; 128],
    /// Which notes sound, and on which channel.
    notes: [Option<u8>; 128],
    /// The channel of the controllers sent.
    channel: u8,
}

impl Default for MidiOut {
    fn default() -> Self {
        Self { controllers: [NOTHING; 128], notes: [None; 128], channel: 0 }
    }
}

const NOTHING: u8 = u8::MAX;

impl MidiOut {
    /// Sends what has changed on `channel` (0 to 15), of controllers only `solo` if there is one. `send` says whether
    /// the host took the event; what it did not take is tried again next time. Real-time safe.
    pub fn send(&mut self, frame: &MidiFrame, channel: u8, solo: Option<u8>, send: &mut impl FnMut(MidiEvent) -> bool) {
        if channel != self.channel {
            (self.controllers, self.channel) = ([NOTHING; 128], channel);
        }
        let mut wanted = [false; 128];
        for now in frame.followed.iter().flatten() {
            if let Some(note) = now.note.filter(|_| now.lit) {
                wanted[usize::from(note & 127)] = true;
            }
        }
        self.set_notes(&wanted, channel, send);
        for now in frame.followed.iter().flatten() {
            if let Some(cc) = now.cc {
                self.control(cc, (now.value.clamp(0.0, 1.0) * 127.0).round() as u8, solo, send);
            }
        }
        if let Some(tempo) = frame.tempo {
            let (coarse, fine) = TEMPO_CC;
            let before = self.controllers[usize::from(coarse)];
            self.control(coarse, (tempo >> 7) as u8, solo, send);
            if self.controllers[usize::from(coarse)] != before {
                // A coarse value makes receivers clear the fine one.
                self.controllers[usize::from(fine)] = NOTHING;
            }
            self.control(fine, (tempo & 0x7f) as u8, solo, send);
        }
    }

    /// Ends every note that sounds; controllers stay where they are and are sent anew the next time. Real-time safe.
    pub fn silence(&mut self, send: &mut impl FnMut(MidiEvent) -> bool) {
        self.set_notes(&[false; 128], self.channel, send);
        self.controllers = [NOTHING; 128];
    }

    /// Whether any note sounds. Real-time safe.
    #[must_use]
    pub fn sounds(&self) -> bool {
        self.notes.iter().any(Option::is_some)
    }

    fn set_notes(&mut self, wanted: &[bool; 128], channel: u8, send: &mut impl FnMut(MidiEvent) -> bool) {
        for (key, (sounds, &wanted)) in (0_u8..).zip(self.notes.iter_mut().zip(wanted)) {
            if let Some(on) = *sounds
                && (!wanted || on != channel)
                && send(MidiEvent::NoteOff { channel: on, key })
            {
                *sounds = None;
            }
            if sounds.is_none() && wanted && send(MidiEvent::NoteOn { channel, key }) {
                *sounds = Some(channel);
            }
        }
    }

    fn control(&mut self, cc: u8, value: u8, solo: Option<u8>, send: &mut impl FnMut(MidiEvent) -> bool) {
        let sent = &mut self.controllers[usize::from(cc & 127)];
        let event = MidiEvent::Control { channel: self.channel, cc, value };
        if *sent != value && solo.is_none_or(|solo| solo == cc) && send(event) {
            *sent = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(count: usize) -> Vec<String> {
        (0..count).map(|tag| format!("tag {tag}")).collect()
    }

    fn sent(out: &mut MidiOut, frame: &MidiFrame, channel: u8, solo: Option<u8>) -> Vec<String> {
        let mut events = Vec::new();
        out.send(frame, channel, solo, &mut |event| {
            events.push(words(&event));
            true
        });
        events
    }

    fn words(event: &MidiEvent) -> String {
        match event {
            MidiEvent::Control { channel, cc, value } => format!("cc {channel} {cc} {value}"),
            MidiEvent::NoteOn { channel, key } => format!("on {channel} {key}"),
            MidiEvent::NoteOff { channel, key } => format!("off {channel} {key}"),
        }
    }

    fn followed(tag: &str, cc: Option<u8>, note: Option<u8>) -> Followed {
        Followed { tag: tag.into(), cc, note }
    }

    #[test]
    fn the_chosen_tags_are_followed_or_else_the_first() {
        let labels = labels(50);
        let first = MidiMap::new(None, &labels).describe(&labels);
        assert_eq!(first.len(), 18);
        assert_eq!(first[0], followed("tag 0", Some(102), Some(36)));
        assert_eq!(first[17], followed("tag 17", Some(119), Some(53)));
        let chosen =
            [followed("tag 9", Some(3), None), followed("nowhere", Some(4), None), followed("tag 1", None, Some(60))];
        let map = MidiMap::new(Some(&chosen), &labels).describe(&labels);
        assert_eq!(map, [chosen[0].clone(), chosen[2].clone()]);
        let beyond = MidiMap::new(Some(&[followed("tag 2", Some(128), Some(255))]), &labels).describe(&labels);
        assert_eq!(beyond, [followed("tag 2", None, None)]);
        assert!(MidiMap::new(Some(&[]), &labels).describe(&labels).is_empty(), "none is a choice");
        let many: Vec<_> = labels.iter().map(|label| followed(label, Some(1), None)).collect();
        assert_eq!(MidiMap::new(Some(&many), &labels).describe(&labels).len(), MOST_FOLLOWED);
    }

    #[test]
    fn events_are_written_as_midi_has_them() {
        let events = [
            MidiEvent::Control { channel: 15, cc: 14, value: 127 },
            MidiEvent::NoteOn { channel: 2, key: 36 },
            MidiEvent::NoteOff { channel: 0, key: 127 },
        ];
        assert_eq!(events.map(MidiEvent::bytes), [[0xbf, 14, 127], [0x92, 36, 100], [0x80, 127, 0]]);
    }

    #[test]
    fn only_what_changes_is_sent() {
        let labels = labels(2);
        let map =
            MidiMap::new(Some(&[followed("tag 0", Some(20), Some(60)), followed("tag 1", Some(21), None)]), &labels);
        let (mut out, mut frame) = (MidiOut::default(), MidiFrame::default());
        frame.set_tags(&map, &[0.5, 0.1], &[true, false]);
        assert_eq!(sent(&mut out, &frame, 0, None), ["on 0 60", "cc 0 20 64", "cc 0 21 13"]);
        assert!(sent(&mut out, &frame, 0, None).is_empty());
        frame.set_tags(&map, &[0.1, 0.1], &[false, false]);
        assert_eq!(sent(&mut out, &frame, 0, None), ["off 0 60", "cc 0 20 13"]);
        assert_eq!(sent(&mut out, &frame, 5, None), ["cc 5 20 13", "cc 5 21 13"], "another channel");
    }

    #[test]
    fn a_tempo_is_a_pair_of_controllers() {
        assert_eq!(
            [tempo_14bit(0.0), tempo_14bit(120.0), tempo_14bit(1e9), tempo_14bit(f32::NAN)],
            [0, 6000, 16383, 0]
        );
        let (mut out, mut frame) = (MidiOut::default(), MidiFrame::default());
        frame.set_tempo(Some(120.0));
        assert_eq!(sent(&mut out, &frame, 0, None), ["cc 0 14 46", "cc 0 46 112"]);
        frame.set_tempo(Some(120.5));
        assert_eq!(sent(&mut out, &frame, 0, None), ["cc 0 14 47", "cc 0 46 9"]);
        frame.set_tempo(Some(122.56));
        assert_eq!(6128 % 128, 112);
        assert_eq!(sent(&mut out, &frame, 0, None), ["cc 0 46 112"]);
        frame.set_tempo(None);
        assert!(sent(&mut out, &frame, 0, None).is_empty(), "silence has no tempo");
    }

    #[test]
    fn one_controller_alone_can_be_sent_to_be_learnt() {
        let labels = labels(3);
        let (mut out, mut frame) = (MidiOut::default(), MidiFrame::default());
        frame.set_tags(&MidiMap::new(None, &labels), &[0.2, 0.4, 0.6], &[false; 3]);
        assert_eq!(sent(&mut out, &frame, 0, Some(103)), ["cc 0 103 51"]);
        assert_eq!(sent(&mut out, &frame, 0, None), ["cc 0 102 25", "cc 0 104 76"]);
    }

    #[test]
    fn what_the_host_does_not_take_is_sent_again_and_no_note_hangs() {
        let labels = labels(1);
        let (mut out, mut frame) = (MidiOut::default(), MidiFrame::default());
        frame.set_tags(&MidiMap::new(None, &labels), &[0.9], &[true]);
        out.send(&frame, 0, None, &mut |_| false);
        assert!(!out.sounds());
        assert_eq!(sent(&mut out, &frame, 0, None), ["on 0 36", "cc 0 102 114"]);
        assert!(out.sounds());
        out.silence(&mut |_| false);
        assert!(out.sounds(), "the host did not take the end");
        let moved = sent(&mut out, &frame, 3, None);
        assert_eq!(moved, ["off 0 36", "on 3 36", "cc 3 102 114"], "a note ends where it began");
        let mut ended = Vec::new();
        out.silence(&mut |event| {
            ended.push(words(&event));
            true
        });
        assert_eq!(ended, ["off 3 36"]);
        assert!(!out.sounds());
    }
}
