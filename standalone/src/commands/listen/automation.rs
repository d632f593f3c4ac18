//! Setup of events, clips and scenes of `earmark listen`.

use earmark_outputs::automation::Automation;
use earmark_outputs::clips::{ClipSpec, Clips};
use earmark_outputs::event_log::EventLog;
use earmark_outputs::events::Events;
use earmark_outputs::remote::RemoteTrigger;
use earmark_outputs::scenes::{self, SceneEngine};
use earmark_session::{SettingsSource, SharedSettings};

use super::error::ListenError;
use super::outputs::check_tags;
use crate::args::{AutomationOptions, ListenOptions};
use crate::live_session::{LiveSession, labels};

/// Sets the thresholds, opens the event log and reads the scenes. Called before the source is opened.
pub(super) fn open(options: &ListenOptions, settings: &SharedSettings) -> Result<Automation, ListenError> {
    let AutomationOptions { thresholds, join, events, clip_tags, scenes, .. } = &options.automation;
    let named = thresholds.iter().filter_map(|(tag, _)| tag.as_deref());
    let named: Vec<&str> = named.chain(clip_tags.iter().map(String::as_str)).collect();
    check_tags(&named, settings)?;
    for (tag, value) in thresholds {
        settings.state().set_threshold(tag.as_deref(), Some(*value));
    }
    let mut automation = Automation { events: Events::new(*join), ..Automation::default() };
    if let Some(path) = scenes {
        let engine = SceneEngine::new(scenes::read(path, &labels(settings))?);
        if engine.needs_midi() && options.outputs.midi.is_none() {
            return Err(ListenError::SceneMidi(path.clone()));
        }
        let has = |is_osc: bool| {
            let mut triggers = engine.remote_bindings().iter().map(|binding| &binding.trigger);
            triggers.any(|trigger| matches!(trigger, RemoteTrigger::Osc(_)) == is_osc)
        };
        for (is_missing, what, option) in [
            (has(true) && options.remote.osc_in.is_none(), "OSC", "--osc-in"),
            (has(false) && options.remote.midi_in.is_none(), "MIDI", "--midi-in"),
        ] {
            if is_missing {
                return Err(ListenError::SceneRemote { path: path.clone(), what, option });
            }
        }
        automation.scenes = Some(engine);
    }
    if let Some(path) = events {
        let log = EventLog::open(path).map_err(|error| ListenError::Log { path: path.clone(), error })?;
        automation.log = Some(log);
    }
    Ok(automation)
}

/// Enables clips if a folder is given.
pub(super) fn write_clips(options: &AutomationOptions, live: &LiveSession) -> Result<(), ListenError> {
    let Some(folder) = &options.clips else { return Ok(()) };
    let spec = ClipSpec {
        folder: folder.clone(),
        tags: options.clip_tags.clone(),
        before_s: options.clip_before,
        length_s: options.clip_length,
        max_bytes: options.clips_size * 1024 * 1024,
        max_days: options.clips_days,
    };
    let clips = Clips::new(spec, &live.recorder).map_err(|error| ListenError::Log { path: folder.clone(), error })?;
    live.dispatcher.change(move |outputs| outputs.automation.clips = Some(clips));
    Ok(())
}
