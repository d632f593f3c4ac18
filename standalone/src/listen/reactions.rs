//! What is to be done about what is heard, as it was asked for.

use earmark_session::{Settings, Wishes};

use super::ListenError;
use super::outputs::check_tags;
use crate::args::{ListenOptions, ReactionOptions};
use crate::live::{Live, labels};
use crate::reactions::Reactions;
use crate::reactions::clips::{ClipSpec, Clips};
use crate::reactions::event_log::EventLog;
use crate::reactions::events::Events;
use crate::reactions::scenes::{self, Stage};

/// Sets thresholds, opens the log of events and reads the scenes. All of it is checked before anything is heard.
pub(super) fn open(options: &ListenOptions, settings: &Settings) -> Result<Reactions, ListenError> {
    let ReactionOptions { thresholds, join, events, clip_tags, scenes, .. } = &options.reactions;
    let named = thresholds.iter().filter_map(|(tag, _)| tag.as_deref());
    let named: Vec<&str> = named.chain(clip_tags.iter().map(String::as_str)).collect();
    check_tags(&named, settings)?;
    for (tag, value) in thresholds {
        settings.state().set_threshold(tag.as_deref(), Some(*value));
    }
    let mut reactions = Reactions { events: Events::new(*join), ..Reactions::default() };
    if let Some(path) = scenes {
        let stage = Stage::new(scenes::read(path, &labels(settings))?)?;
        if stage.needs_midi() && options.outputs.midi.is_none() {
            return Err(ListenError::SceneMidi(path.clone()));
        }
        reactions.stage = Some(stage);
    }
    if let Some(path) = events {
        let log = EventLog::open(path).map_err(|error| ListenError::Log { path: path.clone(), error })?;
        reactions.log = Some(log);
    }
    Ok(reactions)
}

/// Keeps clips, if that was asked for.
pub(super) fn keep_clips(options: &ReactionOptions, live: &Live) -> Result<(), ListenError> {
    let Some(folder) = &options.clips else { return Ok(()) };
    let spec = ClipSpec {
        folder: folder.clone(),
        tags: options.clip_tags.clone(),
        before_s: options.clip_before,
        length_s: options.clip_length,
        most_bytes: options.clips_size * 1024 * 1024,
        most_days: options.clips_days,
    };
    let clips = Clips::new(spec, &live.tape).map_err(|error| ListenError::Log { path: folder.clone(), error })?;
    live.teller.change(move |outputs| outputs.reactions.clips = Some(clips));
    Ok(())
}
