//! The outputs that were asked for.

use std::sync::Arc;

use earmark_session::{Settings, Wishes};

use super::ListenError;
use crate::args::OutputOptions;
use crate::live::labels;
use crate::output::log::Log;
use crate::output::midi::{Midi, MidiPort, MidiTrouble};
use crate::output::teller::Outputs;
use crate::output::web::{Web, WebConfig};
use crate::reactions::Reactions;

/// Opens what was asked for, and says on standard error where it is; `lines` to standard output, too.
///
/// No MIDI system is no reason not to listen: that is said, and everything else goes on.
pub(super) fn open(
    options: &OutputOptions,
    settings: &Arc<Settings>,
    lines: bool,
    reactions: Reactions,
) -> Result<Outputs, ListenError> {
    let mut outputs = Outputs { lines, reactions, ..Outputs::default() };
    let followed: Vec<&str> = options.follow.iter().map(|followed| followed.tag.as_str()).collect();
    check_tags(&followed, settings)?;
    settings.state().change(|state| {
        state.osc.on = options.osc.is_some();
        if let Some(address) = &options.osc {
            state.osc.address.clone_from(address);
            state.osc.prefix.clone_from(&options.osc_prefix);
        }
        state.midi = Some(options.follow.clone()).filter(|follow| !follow.is_empty());
    });
    if let Some(path) = &options.log {
        let log = Log::open(path, options.log_size * 1024 * 1024);
        outputs.log = Some(log.map_err(|error| ListenError::Log { path: path.clone(), error })?);
    }
    if let Some(address) = options.web {
        let config =
            WebConfig { address, most_clients: options.web_clients.get(), origins: options.web_origin.clone() };
        let web = Web::start(&config).map_err(|error| ListenError::Web { address, error })?;
        eprintln!("earmark: http://{}/", web.address());
        outputs.web = Some(web);
    }
    #[cfg(feature = "link")]
    if options.link {
        outputs.link = Some(crate::output::link::Link::start());
    }
    if let Some(to) = &options.midi {
        match MidiPort::open(Some(to.as_str()).filter(|to| !to.is_empty())) {
            Ok(port) => {
                eprintln!("earmark: {}", port.describe());
                outputs.midi = Some(Midi::start(port, options.midi_channel - 1, options.midi_clock)?);
            }
            Err(error @ MidiTrouble::NoSystem) => eprintln!("earmark: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(outputs)
}

/// Tags that the chosen model does not have would never be heard.
pub(super) fn check_tags(tags: &[&str], settings: &Settings) -> Result<(), ListenError> {
    let known = labels(settings);
    match tags.iter().find(|&&tag| !known.iter().any(|known| known == tag)) {
        Some(&tag) => Err(ListenError::Tag { tag: tag.to_owned(), known: known.join(", ") }),
        None => Ok(()),
    }
}
