//! Automation: detection and logging of events, clips of the audio around them, and scenes.
//!
//! ```text
//! predictions ─► events ─┬─► JSON lines, event log
//!            │           └─► clips
//!            └─► scenes ───► OSC, MIDI, JSON lines
//! ```
//!
//! Automation runs on the dispatcher's thread.

use earmark_models::{Card, Prediction};
use earmark_session::{LevelEntry, LiveDescriptors, SettingsSource};

use crate::clips::Clips;
use crate::event_log::EventLog;
use crate::events::{Events, TagEvent};
use crate::json_lines::{self, Line};
use crate::midi::MidiSender;
use crate::scenes::SceneEngine;

/// Automation of one session.
#[derive(Default)]
pub struct Automation {
    /// Detector of events.
    pub events: Events,
    /// Log of events.
    pub log: Option<EventLog>,
    /// Clips of the audio around events.
    pub clips: Option<Clips>,
    /// Scene engine.
    pub scenes: Option<SceneEngine>,
}

impl Automation {
    /// Processes a prediction; returns the JSON lines to write.
    pub fn process(
        &mut self,
        prediction: &Prediction,
        card: &Card,
        settings: &dyn SettingsSource,
        midi: Option<&MidiSender>,
    ) -> Vec<Line> {
        let events = self.events.process(prediction, card, settings);
        let mut lines = self.handle_events(prediction.generation, events);
        // Only predictions of the chosen tag model update the scenes; the values of added models are sampled at those
        // times.
        if let Some(scenes) = self.scenes.as_mut().filter(|_| card.id == settings.selection().tags) {
            let tags = self.events.values(&card.id);
            let tags = tags.as_ref().map(|(names, values)| (&**names, &**values));
            lines.extend(scenes.process(prediction, tags, midi).iter().map(json_lines::scene));
        }
        lines
    }

    /// Whether scenes send levels or onsets.
    #[must_use]
    pub fn needs_levels(&self) -> bool {
        self.scenes.as_ref().is_some_and(SceneEngine::needs_levels)
    }

    /// Whether scenes send descriptors.
    #[must_use]
    pub fn needs_descriptors(&self) -> bool {
        self.scenes.as_ref().is_some_and(SceneEngine::needs_descriptors)
    }

    /// Processes levels or an onset.
    pub fn process_levels(&mut self, entry: &LevelEntry, midi: Option<&MidiSender>) {
        if let Some(scenes) = &mut self.scenes {
            scenes.process_levels(entry, midi);
        }
    }

    /// Processes descriptors.
    pub fn process_descriptors(&mut self, descriptors: &LiveDescriptors, midi: Option<&MidiSender>) {
        if let Some(scenes) = &mut self.scenes {
            scenes.process_descriptors(descriptors, midi);
        }
    }

    /// Sets the tempo of the scenes in BPM at a source time in seconds; none if there is none, or if it may not leave the program.
    pub fn set_tempo(&mut self, generation: u64, bpm: Option<f32>, at_s: f64, midi: Option<&MidiSender>) {
        if let Some(scenes) = &mut self.scenes {
            scenes.set_tempo(generation, bpm, at_s, midi);
        }
    }

    /// Ends all events and scenes; returns the JSON lines to write.
    pub fn finish(&mut self, midi: Option<&MidiSender>) -> Vec<Line> {
        let events = self.events.finish();
        let mut lines = self.handle_events(0, events);
        if let Some(clips) = &mut self.clips {
            clips.finish();
        }
        if let Some(scenes) = &mut self.scenes {
            lines.extend(scenes.finish(midi).iter().map(json_lines::scene));
        }
        lines
    }

    /// Replaces the scene engine and ends the scenes of the previous one; returns the JSON lines to write.
    pub fn set_scenes(&mut self, scenes: Option<SceneEngine>, midi: Option<&MidiSender>) -> Vec<Line> {
        let before = std::mem::replace(&mut self.scenes, scenes);
        let changes = before.map(|mut before| before.finish(midi)).unwrap_or_default();
        changes.iter().map(json_lines::scene).collect()
    }

    fn handle_events(&mut self, generation: u64, events: Vec<TagEvent>) -> Vec<Line> {
        let mut lines = Vec::new();
        for event in events {
            lines.push(json_lines::event(&event));
            if let (Some(clips), TagEvent::Started { tag, start_s, .. }) = (&mut self.clips, &event) {
                lines.extend(clips.write(generation, tag, *start_s).map(|path| json_lines::clip(tag, *start_s, &path)));
            }
            if let (Some(log), TagEvent::Ended(ended)) = (&mut self.log, &event)
                && let Some(error) = log.write(ended)
            {
                lines.push(json_lines::failed(&error));
            }
        }
        lines
    }
}
