//! Engine of mappings: shapes and smooths values, and sends those that have changed.

use earmark_session::{LevelEntry, LiveDescriptors};
use rosc::{OscMessage, OscPacket, encoder};

use super::super::dmx::DmxOutput;
use super::super::receivers::OscOutputs;
use super::mapped_source::MappedSource;
use super::preview::MappingPreview;
use super::raw_mapping::Mapping;
use super::target::{MappingTarget, OscArgument};
use crate::midi::MidiSender;

/// Share of the output's range below which a difference is no change.
const MIN_CHANGE: f32 = 1e-4;
/// Difference between the thresholds of a rising and a falling share.
const HYSTERESIS: f32 = 0.05;

/// Mappings with their states.
pub(in super::super) struct MappingEngine {
    mappings: Vec<(Mapping, MappingState)>,
    preview: MappingPreview,
}

/// Outputs that mappings send to.
#[derive(Clone, Copy)]
pub(in super::super) struct MappingOutputs<'a> {
    pub(in super::super) osc: &'a OscOutputs,
    pub(in super::super) midi: Option<&'a MidiSender>,
    pub(in super::super) dmx: Option<&'a DmxOutput>,
}

/// State of a mapping.
#[derive(Debug, Clone, Copy, Default)]
struct MappingState {
    /// Smoothed share and its source time in seconds.
    smoothed: Option<(f32, f64)>,
    /// Whether the share is above the threshold.
    above: bool,
    /// Share that was sent last.
    sent: Option<f32>,
}

/// Labels with their smoothed values, and the state of the input at one time.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct MappedLabels<'a> {
    pub(in super::super) names: &'a [String],
    pub(in super::super) values: &'a [f32],
    pub(in super::super) silent: bool,
    /// Source time in seconds.
    pub(in super::super) at_s: f64,
}

impl MappingEngine {
    pub(in super::super) fn new(mappings: Vec<Mapping>) -> Self {
        let preview = MappingPreview::new(mappings.len());
        Self { mappings: mappings.into_iter().map(|mapping| (mapping, MappingState::default())).collect(), preview }
    }

    /// Returns the present values of the mappings, for display.
    pub(in super::super) fn preview(&self) -> &MappingPreview {
        &self.preview
    }

    /// Returns the mappings.
    pub(in super::super) fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.iter().map(|(mapping, _)| mapping)
    }

    /// Sends the values of labels, and silence.
    pub(in super::super) fn labels(&mut self, labels: MappedLabels<'_>, outputs: MappingOutputs<'_>) {
        self.update(labels.at_s, outputs, |source| match source {
            MappedSource::Silence => Some(f32::from(u8::from(labels.silent))),
            MappedSource::Label(label) => {
                let place = labels.names.iter().position(|name| name == label)?;
                labels.values.get(place).copied()
            }
            _ => None,
        });
    }

    /// Sends a tempo in beats per minute.
    pub(in super::super) fn tempo(&mut self, bpm: f32, at_s: f64, outputs: MappingOutputs<'_>) {
        self.update(at_s, outputs, |source| (*source == MappedSource::Tempo).then_some(bpm));
    }

    /// Sends levels or an onset. Levels let the values of onsets fall.
    pub(in super::super) fn levels(&mut self, entry: &LevelEntry, outputs: MappingOutputs<'_>) {
        match entry {
            LevelEntry::Levels(levels) => self.update(levels.end_s, outputs, |source| match source {
                MappedSource::Level(value) => value.of(levels),
                MappedSource::Onset(_) => Some(0.0),
                _ => None,
            }),
            LevelEntry::Onset(onset) => {
                let is_of = |mapping: &Mapping| mapping.source == MappedSource::Onset(onset.band);
                for (index, (mapping, state)) in self.mappings.iter_mut().enumerate() {
                    if is_of(mapping) {
                        // Every onset is sent, also one of the same strength as before.
                        state.end_note(mapping, outputs.midi);
                        (state.smoothed, state.sent, state.above) = (None, None, false);
                        let output = state.add(mapping, onset.strength, onset.time_s, outputs);
                        self.preview.set(index, onset.strength, output);
                    }
                }
            }
        }
    }

    /// Sends descriptors.
    pub(in super::super) fn descriptors(&mut self, descriptors: &LiveDescriptors, outputs: MappingOutputs<'_>) {
        self.update(descriptors.end_s, outputs, |source| source.in_descriptors(descriptors));
    }

    /// Ends the notes, and forgets what was sent.
    pub(in super::super) fn finish(&mut self, midi: Option<&MidiSender>) {
        for (mapping, state) in &mut self.mappings {
            state.end_note(mapping, midi);
            *state = MappingState::default();
        }
        self.preview.clear();
    }

    fn update(&mut self, at_s: f64, outputs: MappingOutputs<'_>, value: impl Fn(&MappedSource) -> Option<f32>) {
        for (index, (mapping, state)) in self.mappings.iter_mut().enumerate() {
            if let Some(value) = value(&mapping.source).filter(|value| value.is_finite()) {
                let output = state.add(mapping, value, at_s, outputs);
                self.preview.set(index, value, output);
            }
        }
    }
}

impl MappingState {
    /// Adds a value at source time `at_s` (seconds), and sends the output if it has changed. Returns the output.
    fn add(&mut self, mapping: &Mapping, value: f32, at_s: f64, outputs: MappingOutputs<'_>) -> f32 {
        let target = mapping.shape.share(value);
        let share = match self.smoothed {
            // After a jump of the source, the value starts at once.
            Some((before, before_s)) if at_s >= before_s => mapping.envelope.step(before, target, at_s - before_s),
            _ => target,
        };
        self.smoothed = Some((share, at_s));
        let share = match mapping.threshold {
            None => share,
            Some(threshold) => {
                self.above = share >= if self.above { threshold - HYSTERESIS } else { threshold };
                // The velocity of a note is that of its value.
                match mapping.target {
                    MappingTarget::Note { .. } if self.above => share.max(f32::MIN_POSITIVE),
                    _ => f32::from(u8::from(self.above)),
                }
            }
        };
        self.send(mapping, share, outputs);
        mapping.shape.output(share)
    }

    fn send(&mut self, mapping: &Mapping, share: f32, outputs: MappingOutputs<'_>) {
        let MappingOutputs { osc, midi, dmx } = outputs;
        let output = mapping.shape.output(share);
        match &mapping.target {
            MappingTarget::Osc { receivers, address, argument } => {
                if self.sent.is_some_and(|sent| is_same(mapping, *argument, sent, share)) {
                    return;
                }
                let message = OscMessage { addr: address.clone(), args: vec![argument.of(output)] };
                if let Ok(bytes) = encoder::encode(&OscPacket::Message(message)) {
                    osc.send(receivers, &bytes);
                }
            }
            MappingTarget::Control { channel, cc } => {
                let byte = |output: f32| output.round().clamp(0.0, 127.0) as u8;
                if self.sent.is_some_and(|sent| byte(mapping.shape.output(sent)) == byte(output)) {
                    return;
                }
                midi.into_iter().for_each(|midi| midi.send([0xb0 | channel, *cc, byte(output)]));
            }
            MappingTarget::Dmx(channel) => {
                let byte = |output: f32| output.round().clamp(0.0, 255.0) as u8;
                if self.sent.is_some_and(|sent| byte(mapping.shape.output(sent)) == byte(output)) {
                    return;
                }
                dmx.into_iter().for_each(|dmx| dmx.set(*channel, byte(output)));
            }
            MappingTarget::Note { channel, key } => {
                let sounds = |share: f32| share > 0.0;
                if self.sent.is_some_and(sounds) == sounds(share) {
                    return;
                }
                if sounds(share) {
                    let velocity = output.round().clamp(1.0, 127.0) as u8;
                    midi.into_iter().for_each(|midi| midi.send([0x90 | channel, *key, velocity]));
                } else {
                    midi.into_iter().for_each(|midi| midi.send([0x80 | channel, *key, 0]));
                }
            }
        }
        self.sent = Some(share);
    }

    /// Ends the note of a mapping, if it sounds.
    fn end_note(&mut self, mapping: &Mapping, midi: Option<&MidiSender>) {
        if let MappingTarget::Note { channel, key } = mapping.target
            && self.sent.is_some_and(|sent| sent > 0.0)
        {
            midi.into_iter().for_each(|midi| midi.send([0x80 | channel, key, 0]));
            self.sent = Some(0.0);
        }
    }
}

/// Whether the OSC messages of two shares are the same. The value at the start of the output is always sent.
fn is_same(mapping: &Mapping, argument: OscArgument, sent: f32, share: f32) -> bool {
    let shape = &mapping.shape;
    let number = |share: f32| argument.quantized(shape.output(share));
    let range = (shape.output(1.0) - shape.output(0.0)).abs();
    let is_start = |share: f32| argument == OscArgument::Float && share == 0.0;
    (number(sent) - number(share)).abs() <= MIN_CHANGE * range && is_start(sent) == is_start(share)
}
