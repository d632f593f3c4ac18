//! What is done about what is heard: events are told and logged, the sound around them is kept, scenes go on and off.
//!
//! ```text
//! predictions ─► events ─┬─► JSON lines, event log
//!            │           └─► clips
//!            └─► scenes ───► OSC, MIDI, JSON lines
//! ```
//!
//! Runs on the teller's thread.

pub(crate) mod clips;
pub(crate) mod event_log;
pub(crate) mod events;
pub(crate) mod scenes;

use earmark_models::{Card, Prediction};
use earmark_session::Wishes;

use self::clips::Clips;
use self::event_log::EventLog;
use self::events::{Events, Happening};
use self::scenes::Stage;
use crate::output::line::{self, Line};
use crate::output::midi::Midi;

/// What is done, and what it needs to know for it.
#[derive(Default)]
pub(crate) struct Reactions {
    /// What happens in the music.
    pub(crate) events: Events,
    /// A log of it.
    pub(crate) log: Option<EventLog>,
    /// The sound around it.
    pub(crate) clips: Option<Clips>,
    /// Scenes.
    pub(crate) stage: Option<Stage>,
}

impl Reactions {
    /// Does what is to be done about a prediction; gives what is to be told.
    pub(crate) fn take(
        &mut self,
        prediction: &Prediction,
        card: &Card,
        wishes: &dyn Wishes,
        midi: Option<&Midi>,
    ) -> Vec<Line> {
        let happenings = self.events.take(prediction, card, wishes);
        let mut lines = self.happened(prediction.generation, happenings);
        // Scenes go by the chosen tags and the chosen tempo; what added models say is there when those are looked at.
        let choice = wishes.choice();
        let is_chosen = card.id == choice.tags || choice.tempo == Some(&*card.id);
        if let Some(stage) = self.stage.as_mut().filter(|_| is_chosen) {
            let tags = if card.id == choice.tags { self.events.values(&card.id) } else { None };
            let tags = tags.as_ref().map(|(names, values)| (&**names, &**values));
            lines.extend(stage.take(prediction, tags, midi).iter().map(line::scene));
        }
        lines
    }

    /// The music is over: events end, and so do scenes.
    pub(crate) fn finish(&mut self, midi: Option<&Midi>) -> Vec<Line> {
        let happenings = self.events.finish();
        let mut lines = self.happened(0, happenings);
        if let Some(clips) = &mut self.clips {
            clips.finish();
        }
        if let Some(stage) = &mut self.stage {
            lines.extend(stage.finish(midi).iter().map(line::scene));
        }
        lines
    }

    /// Follows other scenes from now on, or none; gives what is to be told of those before, which end.
    pub(crate) fn set_stage(&mut self, stage: Option<Stage>, midi: Option<&Midi>) -> Vec<Line> {
        let before = std::mem::replace(&mut self.stage, stage);
        let changes = before.map(|mut before| before.finish(midi)).unwrap_or_default();
        changes.iter().map(line::scene).collect()
    }

    fn happened(&mut self, generation: u64, happenings: Vec<Happening>) -> Vec<Line> {
        let mut lines = Vec::new();
        for happening in happenings {
            lines.push(line::event(&happening));
            if let (Some(clips), Happening::Began { tag, start_s, .. }) = (&mut self.clips, &happening) {
                lines.extend(clips.keep(generation, tag, *start_s).map(|path| line::clip(tag, *start_s, &path)));
            }
            if let (Some(log), Happening::Ended(event)) = (&mut self.log, &happening)
                && let Some(complaint) = log.write(event)
            {
                lines.push(line::failed(&complaint));
            }
        }
        lines
    }
}
