//! MIDI output: a controller and a note for each mapped tag, a pair of controllers for the tempo.
//!
//! The worker thread publishes a [`MidiFrame`]; the audio thread sends the values that differ from those sent before.

use std::ops::RangeInclusive;

use super::level_controls::{LEVEL_CCS, LevelControls, ONSET_NOTES};
use crate::levels::LevelEntry;
use crate::state::MidiMapping;

/// Maximum number of mapped tags.
pub const MAX_MAPPINGS: usize = 32;

/// Controllers of the tempo: most and least significant 7 bits, paired as in MIDI 1.0.
pub const TEMPO_CC: (u8, u8) = (14, 46);

/// Steps of the 14-bit tempo per BPM.
const STEPS_PER_BPM: f32 = 50.0;

/// First controller of the default mapping. MIDI 1.0 leaves controllers 102 to 119 undefined.
const FIRST_CC: u8 = 102;
const LAST_CC: u8 = 119;
/// First note of the default mapping.
const FIRST_NOTE: u8 = 36;

/// Returns a tempo as a 14-bit value: 50 steps per BPM, so up to 327 BPM in steps of 0.02.
#[must_use]
pub fn tempo_14bit(bpm: f32) -> u16 {
    // The cast clamps to the range of the integer and turns NaN into 0.
    ((bpm * STEPS_PER_BPM).round() as u16).min(0x3fff)
}

/// Mapping of labels to controllers and notes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MidiMap(Vec<Route>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Route {
    tag: usize,
    cc: Option<u8>,
    note: Option<u8>,
}

impl MidiMap {
    /// Controllers of the default mapping, in the order of the labels.
    pub const CONTROLLERS: RangeInclusive<u8> = FIRST_CC..=LAST_CC;

    /// Whether a controller carries the tempo.
    #[must_use]
    pub fn is_tempo(cc: u8) -> bool {
        cc == TEMPO_CC.0 || cc == TEMPO_CC.1
    }

    /// Creates the map of the `chosen` tags that are among `labels`, at most [`MAX_MAPPINGS`]. Without a choice, the
    /// first 18 labels get controllers 102 to 119 and the notes from 36 on. Numbers above 127 are dropped. Allocates.
    #[must_use]
    pub fn new(chosen: Option<&[MidiMapping]>, labels: &[String]) -> Self {
        let Some(chosen) = chosen else {
            let first = (0..labels.len()).zip(Self::CONTROLLERS).zip(FIRST_NOTE..);
            return Self(first.map(|((tag, cc), note)| Route { tag, cc: Some(cc), note: Some(note) }).collect());
        };
        let numbers = |number: Option<u8>| number.filter(|&number| number < 128);
        let routes = chosen.iter().filter_map(|followed| {
            let tag = labels.iter().position(|label| *label == followed.tag)?;
            Some(Route { tag, cc: numbers(followed.cc), note: numbers(followed.note) })
        });
        Self(routes.take(MAX_MAPPINGS).collect())
    }

    /// Returns the map as it is saved, for an editor to start from.
    #[must_use]
    pub fn describe(&self, labels: &[String]) -> Vec<MidiMapping> {
        let describe = |route: &Route| {
            let tag = labels.get(route.tag)?.clone();
            Some(MidiMapping { tag, cc: route.cc, note: route.note })
        };
        self.0.iter().filter_map(describe).collect()
    }
}

/// Mapped tag with its current value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MappedValue {
    /// Controller number, 0 to 127.
    pub cc: Option<u8>,
    /// Note number, 0 to 127.
    pub note: Option<u8>,
    /// Smoothed value, 0 to 1.
    pub value: f32,
    /// Whether the tag is active.
    pub active: bool,
}

/// Current values of everything that is sent as MIDI.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MidiFrame {
    /// Mapped tags.
    pub mappings: [Option<MappedValue>; MAX_MAPPINGS],
    /// Tempo in the format of [`tempo_14bit`].
    pub tempo: Option<u16>,
    /// Levels and onsets; none while they are off.
    pub levels: Option<LevelControls>,
}

impl MidiFrame {
    /// Sets the mapped tags from the values (0 to 1) and activity of all labels, in the order of the labels.
    pub fn set_tags(&mut self, map: &MidiMap, values: &[f32], active: &[bool]) {
        self.mappings = [None; MAX_MAPPINGS];
        for (slot, route) in self.mappings.iter_mut().zip(&map.0) {
            let Route { tag, cc, note } = *route;
            let now = values.get(tag).zip(active.get(tag));
            *slot = now.map(|(&value, &active)| MappedValue { cc, note, value, active });
        }
    }

    /// Adds levels or an onset.
    pub fn add_levels(&mut self, entry: &LevelEntry) {
        self.levels.get_or_insert_default().add(entry);
    }

    /// Ends the notes of onsets, and sends levels no more.
    pub fn end_levels(&mut self) {
        self.levels = None;
    }

    /// Sets the tempo in BPM; none in silence.
    pub fn set_tempo(&mut self, bpm: Option<f32>) {
        self.tempo = bpm.map(tempo_14bit);
    }
}

/// MIDI event that an instance sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MidiEvent {
    /// Control change.
    Control {
        /// Channel, 0 to 15.
        channel: u8,
        /// Controller, 0 to 127.
        cc: u8,
        /// Value, 0 to 127.
        value: u8,
    },
    /// Note on, with velocity [`MidiEvent::VELOCITY`].
    NoteOn {
        /// Channel, 0 to 15.
        channel: u8,
        /// Key, 0 to 127.
        key: u8,
    },
    /// Note off.
    NoteOff {
        /// Channel, 0 to 15.
        channel: u8,
        /// Key, 0 to 127.
        key: u8,
    },
}

impl MidiEvent {
    /// Velocity of every note, 0 to 127.
    pub const VELOCITY: u8 = 100;

    /// Returns the MIDI 1.0 message. Real-time safe.
    #[must_use]
    pub fn bytes(self) -> [u8; 3] {
        match self {
            Self::Control { channel, cc, value } => [0xb0 | channel, cc, value],
            Self::NoteOn { channel, key } => [0x90 | channel, key, Self::VELOCITY],
            Self::NoteOff { channel, key } => [0x80 | channel, key, 0],
        }
    }
}

/// Sender of MIDI events on the audio thread. Stores the sent values, so that only changes are sent.
pub struct MidiOut {
    /// Last value sent on each controller, 0 to 127; [`NO_VALUE`] for none.
    controllers: [u8; 128],
    /// Channel of each active note; none for a note that is off.
    notes: [Option<u8>; 128],
    /// Channel of the sent controllers.
    channel: u8,
}

impl Default for MidiOut {
    fn default() -> Self {
        Self { controllers: [NO_VALUE; 128], notes: [None; 128], channel: 0 }
    }
}

/// Value of a controller that was not sent yet.
const NO_VALUE: u8 = u8::MAX;

impl MidiOut {
    /// Sends the changes on `channel` (0 to 15); of the controllers only `learn_cc` if there is one. `send` returns
    /// whether the host accepted the event; rejected events are sent again by the next call. Real-time safe.
    pub fn send(
        &mut self,
        frame: &MidiFrame,
        channel: u8,
        learn_cc: Option<u8>,
        send: &mut impl FnMut(MidiEvent) -> bool,
    ) {
        if channel != self.channel {
            (self.controllers, self.channel) = ([NO_VALUE; 128], channel);
        }
        let mut notes = [false; 128];
        for mapped in frame.mappings.iter().flatten() {
            if let Some(note) = mapped.note.filter(|_| mapped.active) {
                notes[usize::from(note & 127)] = true;
            }
        }
        if let Some(levels) = &frame.levels {
            for (note, sounds) in ONSET_NOTES.into_iter().zip(levels.notes()) {
                notes[usize::from(note)] |= sounds;
            }
        }
        self.set_notes(&notes, channel, send);
        for (cc, value) in frame.levels.iter().flat_map(|levels| LEVEL_CCS.into_iter().zip(levels.values)) {
            if let Some(value) = value {
                self.control(cc, value, learn_cc, send);
            }
        }
        for mapped in frame.mappings.iter().flatten() {
            if let Some(cc) = mapped.cc {
                self.control(cc, (mapped.value.clamp(0.0, 1.0) * 127.0).round() as u8, learn_cc, send);
            }
        }
        if let Some(tempo) = frame.tempo {
            let (coarse, fine) = TEMPO_CC;
            let before = self.controllers[usize::from(coarse)];
            self.control(coarse, (tempo >> 7) as u8, learn_cc, send);
            if self.controllers[usize::from(coarse)] != before {
                // Receivers clear the fine value when a coarse value arrives.
                self.controllers[usize::from(fine)] = NO_VALUE;
            }
            self.control(fine, (tempo & 0x7f) as u8, learn_cc, send);
        }
    }

    /// Sends a note off for every active note. Controllers keep their values at the receiver and are all sent by the
    /// next [`MidiOut::send`]. Real-time safe.
    pub fn all_notes_off(&mut self, send: &mut impl FnMut(MidiEvent) -> bool) {
        self.set_notes(&[false; 128], self.channel, send);
        self.controllers = [NO_VALUE; 128];
    }

    /// Whether any note is active. Real-time safe.
    #[must_use]
    pub fn has_active_notes(&self) -> bool {
        self.notes.iter().any(Option::is_some)
    }

    fn set_notes(&mut self, notes: &[bool; 128], channel: u8, send: &mut impl FnMut(MidiEvent) -> bool) {
        for (key, (active, &on)) in (0_u8..).zip(self.notes.iter_mut().zip(notes)) {
            if let Some(sent_on) = *active
                && (!on || sent_on != channel)
                && send(MidiEvent::NoteOff { channel: sent_on, key })
            {
                *active = None;
            }
            if active.is_none() && on && send(MidiEvent::NoteOn { channel, key }) {
                *active = Some(channel);
            }
        }
    }

    fn control(&mut self, cc: u8, value: u8, learn_cc: Option<u8>, send: &mut impl FnMut(MidiEvent) -> bool) {
        let sent = &mut self.controllers[usize::from(cc & 127)];
        let event = MidiEvent::Control { channel: self.channel, cc, value };
        if *sent != value && learn_cc.is_none_or(|only| only == cc) && send(event) {
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

    fn sent(out: &mut MidiOut, frame: &MidiFrame, channel: u8, learn_cc: Option<u8>) -> Vec<String> {
        let mut events = Vec::new();
        out.send(frame, channel, learn_cc, &mut |event| {
            events.push(text(&event));
            true
        });
        events
    }

    fn text(event: &MidiEvent) -> String {
        match event {
            MidiEvent::Control { channel, cc, value } => format!("cc {channel} {cc} {value}"),
            MidiEvent::NoteOn { channel, key } => format!("on {channel} {key}"),
            MidiEvent::NoteOff { channel, key } => format!("off {channel} {key}"),
        }
    }

    fn mapping(tag: &str, cc: Option<u8>, note: Option<u8>) -> MidiMapping {
        MidiMapping { tag: tag.into(), cc, note }
    }

    #[test]
    fn midi_map_has_the_chosen_tags_or_the_first_ones() {
        let labels = labels(50);
        let first = MidiMap::new(None, &labels).describe(&labels);
        assert_eq!(first.len(), 18);
        assert_eq!(first[0], mapping("tag 0", Some(102), Some(36)));
        assert_eq!(first[17], mapping("tag 17", Some(119), Some(53)));
        let chosen =
            [mapping("tag 9", Some(3), None), mapping("nowhere", Some(4), None), mapping("tag 1", None, Some(60))];
        let map = MidiMap::new(Some(&chosen), &labels).describe(&labels);
        assert_eq!(map, [chosen[0].clone(), chosen[2].clone()]);
        let beyond = MidiMap::new(Some(&[mapping("tag 2", Some(128), Some(255))]), &labels).describe(&labels);
        assert_eq!(beyond, [mapping("tag 2", None, None)]);
        assert!(MidiMap::new(Some(&[]), &labels).describe(&labels).is_empty(), "an empty choice is a choice");
        let many: Vec<_> = labels.iter().map(|label| mapping(label, Some(1), None)).collect();
        assert_eq!(MidiMap::new(Some(&many), &labels).describe(&labels).len(), MAX_MAPPINGS);
    }

    #[test]
    fn events_are_midi_1_messages() {
        let events = [
            MidiEvent::Control { channel: 15, cc: 14, value: 127 },
            MidiEvent::NoteOn { channel: 2, key: 36 },
            MidiEvent::NoteOff { channel: 0, key: 127 },
        ];
        assert_eq!(events.map(MidiEvent::bytes), [[0xbf, 14, 127], [0x92, 36, 100], [0x80, 127, 0]]);
    }

    #[test]
    fn only_changes_are_sent() {
        let labels = labels(2);
        let map =
            MidiMap::new(Some(&[mapping("tag 0", Some(20), Some(60)), mapping("tag 1", Some(21), None)]), &labels);
        let (mut out, mut frame) = (MidiOut::default(), MidiFrame::default());
        frame.set_tags(&map, &[0.5, 0.1], &[true, false]);
        assert_eq!(sent(&mut out, &frame, 0, None), ["on 0 60", "cc 0 20 64", "cc 0 21 13"]);
        assert!(sent(&mut out, &frame, 0, None).is_empty());
        frame.set_tags(&map, &[0.1, 0.1], &[false, false]);
        assert_eq!(sent(&mut out, &frame, 0, None), ["off 0 60", "cc 0 20 13"]);
        assert_eq!(sent(&mut out, &frame, 5, None), ["cc 5 20 13", "cc 5 21 13"], "another channel");
    }

    #[test]
    fn tempo_is_sent_as_a_pair_of_controllers() {
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
    fn learned_controller_is_sent_alone() {
        let labels = labels(3);
        let (mut out, mut frame) = (MidiOut::default(), MidiFrame::default());
        frame.set_tags(&MidiMap::new(None, &labels), &[0.2, 0.4, 0.6], &[false; 3]);
        assert_eq!(sent(&mut out, &frame, 0, Some(103)), ["cc 0 103 51"]);
        assert_eq!(sent(&mut out, &frame, 0, None), ["cc 0 102 25", "cc 0 104 76"]);
    }

    #[test]
    fn rejected_events_are_sent_again_and_no_note_hangs() {
        let labels = labels(1);
        let (mut out, mut frame) = (MidiOut::default(), MidiFrame::default());
        frame.set_tags(&MidiMap::new(None, &labels), &[0.9], &[true]);
        out.send(&frame, 0, None, &mut |_| false);
        assert!(!out.has_active_notes());
        assert_eq!(sent(&mut out, &frame, 0, None), ["on 0 36", "cc 0 102 114"]);
        assert!(out.has_active_notes());
        out.all_notes_off(&mut |_| false);
        assert!(out.has_active_notes(), "the host rejected the note off");
        let moved = sent(&mut out, &frame, 3, None);
        assert_eq!(moved, ["off 0 36", "on 3 36", "cc 3 102 114"], "a note ends on the channel of its start");
        let mut ended = Vec::new();
        out.all_notes_off(&mut |event| {
            ended.push(text(&event));
            true
        });
        assert_eq!(ended, ["off 3 36"]);
        assert!(!out.has_active_notes());
    }
}
