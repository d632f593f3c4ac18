//! Scene engine: begins and ends scenes, and performs their actions.

use earmark_models::{Prediction, PredictionValue};
use earmark_session::{LevelEntry, LiveDescriptors};
use rosc::{OscPacket, encoder};

use super::action::{MidiMessage, SceneAction};
use super::condition::ConditionInputs;
use super::dmx::DmxOutput;
use super::file::{Scene, Scenes};
use super::mapping::{MappedLabels, Mapping, MappingEngine, MappingOutputs, MappingPreview};
use super::receivers::OscOutputs;
use crate::midi::MidiSender;
use crate::remote::RemoteBinding;

/// Velocity of notes, 0 to 127.
const VELOCITY: u8 = 100;

/// Beginning or end of a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Name of the scene.
    pub name: String,
    /// Whether the scene is on now.
    pub on: bool,
    /// Source time, in seconds.
    pub at_s: f64,
}

/// Engine that evaluates scenes and keeps the state of each.
pub struct SceneEngine {
    scenes: Vec<(Scene, SceneState)>,
    mappings: MappingEngine,
    remotes: Vec<RemoteBinding>,
    osc: OscOutputs,
    dmx: Option<DmxOutput>,
    /// Generation and tempo in beats per minute.
    tempo: Option<(u64, f32)>,
    /// Source time at which the last prediction of tags ends, in seconds.
    at_s: f64,
    generation: u64,
}

/// State of a scene.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct SceneState {
    on: bool,
    /// Source time since which the conditions differ from `on`, in seconds.
    since_s: Option<f64>,
    /// Source time of the last end, in seconds.
    ended_s: Option<f64>,
}

impl SceneEngine {
    /// Creates an engine with all scenes off, and starts to resolve the host names of their OSC receivers.
    #[must_use]
    pub fn new(scenes: Scenes) -> Self {
        let Scenes { scenes, mappings, remotes, dmx } = scenes;
        let actions = scenes.iter().flat_map(|scene| scene.begin.iter().chain(&scene.end));
        let of_actions = actions.filter_map(|action| match action {
            SceneAction::Osc(addresses, _) => Some(addresses),
            SceneAction::Midi(_) => None,
        });
        let osc = OscOutputs::open(of_actions.chain(mappings.iter().filter_map(Mapping::receivers)));
        let dmx = mappings.iter().any(Mapping::is_dmx).then(|| DmxOutput::start(dmx)).flatten();
        let mappings = MappingEngine::new(mappings);
        let scenes = scenes.into_iter().map(|scene| (scene, SceneState::default())).collect();
        Self { scenes, mappings, remotes, osc, dmx, tempo: None, at_s: 0.0, generation: 0 }
    }

    /// Returns the bindings of the remote control, which the owner passes to its receivers.
    #[must_use]
    pub fn remote_bindings(&self) -> &[RemoteBinding] {
        &self.remotes
    }

    /// Returns the present values of the mappings, for display.
    #[must_use]
    pub fn mapping_preview(&self) -> &MappingPreview {
        self.mappings.preview()
    }

    /// Whether any scene or mapping sends MIDI.
    #[must_use]
    pub fn needs_midi(&self) -> bool {
        let mut actions = self.scenes.iter().flat_map(|(scene, _)| scene.begin.iter().chain(&scene.end));
        actions.any(|action| matches!(action, SceneAction::Midi(_))) || self.mappings.mappings().any(Mapping::is_midi)
    }

    /// Whether any mapping sends levels or onsets.
    #[must_use]
    pub fn needs_levels(&self) -> bool {
        self.mappings.mappings().any(Mapping::needs_levels)
    }

    /// Whether any mapping sends descriptors.
    #[must_use]
    pub fn needs_descriptors(&self) -> bool {
        self.mappings.mappings().any(Mapping::needs_descriptors)
    }

    /// Processes levels or an onset.
    pub fn process_levels(&mut self, entry: &LevelEntry, midi: Option<&MidiSender>) {
        let outputs = MappingOutputs { osc: &self.osc, midi, dmx: self.dmx.as_ref() };
        self.mappings.levels(entry, outputs);
    }

    /// Processes descriptors.
    pub fn process_descriptors(&mut self, descriptors: &LiveDescriptors, midi: Option<&MidiSender>) {
        let outputs = MappingOutputs { osc: &self.osc, midi, dmx: self.dmx.as_ref() };
        self.mappings.descriptors(descriptors, outputs);
    }

    /// Sets the tempo in BPM of a generation of the stream at a source time in seconds; none if there is no tempo.
    pub fn set_tempo(&mut self, generation: u64, bpm: Option<f32>, at_s: f64, midi: Option<&MidiSender>) {
        self.tempo = bpm.map(|bpm| (generation, bpm));
        if let Some(bpm) = bpm {
            let outputs = MappingOutputs { osc: &self.osc, midi, dmx: self.dmx.as_ref() };
            self.mappings.tempo(bpm, at_s, outputs);
        }
    }

    /// Processes a prediction; `tags` contains names and smoothed values for a prediction of tags. Returns the scenes
    /// that began or ended.
    pub fn process(
        &mut self,
        prediction: &Prediction,
        tags: Option<(&[String], &[f32])>,
        midi: Option<&MidiSender>,
    ) -> Vec<Change> {
        if tags.is_none() {
            return Vec::new();
        }
        if prediction.generation != self.generation {
            // Source time is not continuous: all timers are restarted.
            self.generation = prediction.generation;
            self.scenes.iter_mut().for_each(|(_, state)| (state.since_s, state.ended_s) = (None, None));
        }
        self.at_s = prediction.end_s;
        // A tempo of another generation belongs to other audio.
        let bpm = self.tempo.filter(|(generation, _)| *generation == prediction.generation).map(|(_, bpm)| bpm);
        let silent = matches!(prediction.outcome, PredictionValue::Silent);
        if let Some((names, values)) = tags {
            let labels = MappedLabels { names, values, silent, at_s: prediction.end_s };
            let outputs = MappingOutputs { osc: &self.osc, midi, dmx: self.dmx.as_ref() };
            self.mappings.labels(labels, outputs);
        }
        let inputs = ConditionInputs { tags, bpm, silent };
        let Self { scenes, osc, at_s, .. } = self;
        let changes = scenes.iter_mut().filter_map(|(scene, state)| {
            let holds = scene.when.iter().all(|condition| condition.holds(inputs));
            state.update(scene, holds, *at_s).then(|| perform(osc, scene, state.on, *at_s, midi))
        });
        changes.collect()
    }

    /// Ends all scenes that are on and returns them.
    pub fn finish(&mut self, midi: Option<&MidiSender>) -> Vec<Change> {
        self.tempo = None;
        self.mappings.finish(midi);
        let Self { scenes, osc, at_s, .. } = self;
        let on = scenes.iter_mut().filter(|(_, state)| state.on);
        on.map(|(scene, state)| {
            *state = SceneState::default();
            perform(osc, scene, false, *at_s, midi)
        })
        .collect()
    }
}

impl SceneState {
    /// Updates the state; `holds` is whether all conditions hold. Returns true if the scene begins or ends.
    fn update(&mut self, scene: &Scene, holds: bool, at_s: f64) -> bool {
        if holds == self.on {
            self.since_s = None;
            return false;
        }
        let since_s = *self.since_s.get_or_insert(at_s);
        let delay_s = if self.on { scene.hold_s } else { scene.after_s };
        let resting = !self.on && self.ended_s.is_some_and(|ended_s| at_s - ended_s < scene.cooldown_s);
        if at_s - since_s < delay_s || resting {
            return false;
        }
        let ended_s = self.on.then_some(at_s);
        *self = Self { on: !self.on, since_s: None, ended_s };
        true
    }
}

/// Performs the actions of a scene that begins or ends.
fn perform(osc: &OscOutputs, scene: &Scene, on: bool, at_s: f64, midi: Option<&MidiSender>) -> Change {
    if !on {
        for action in &scene.begin {
            if let (SceneAction::Midi(MidiMessage::Note(channel, key)), Some(midi)) = (action, midi) {
                midi.send([0x80 | channel, *key, 0]);
            }
        }
    }
    for action in if on { &scene.begin } else { &scene.end } {
        match action {
            SceneAction::Osc(addresses, message) => {
                if let Ok(bytes) = encoder::encode(&OscPacket::Message(message.clone())) {
                    osc.send(addresses, &bytes);
                }
            }
            SceneAction::Midi(message) => midi.into_iter().for_each(|midi| send_midi(midi, *message)),
        }
    }
    Change { name: scene.name.clone(), on, at_s }
}

fn send_midi(midi: &MidiSender, message: MidiMessage) {
    match message {
        MidiMessage::Control(channel, cc, value) => midi.send([0xb0 | channel, cc, value]),
        MidiMessage::Program(channel, program) => midi.send_two([0xc0 | channel, program]),
        MidiMessage::Note(channel, key) => midi.send([0x90 | channel, key, VELOCITY]),
    }
}
