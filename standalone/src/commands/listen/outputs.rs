//! Setup of the outputs of `earmark listen`.

use std::sync::Arc;

use earmark_outputs::automation::Automation;
use earmark_outputs::dispatcher::Outputs;
#[cfg(feature = "link")]
use earmark_outputs::link::LinkPeer;
use earmark_outputs::midi::{MidiError, MidiPort, MidiSender};
use earmark_outputs::rolling_log::RollingLog;
#[cfg(feature = "web")]
use earmark_outputs::web::{WebConfig, WebServer};
use earmark_session::{SettingsSource, SharedSettings};

use super::error::ListenError;
use crate::args::OutputOptions;
use crate::live_session::labels;

/// Opens the outputs and writes their addresses to standard error. `lines` enables JSON lines on standard output.
///
/// A missing MIDI system is reported on standard error; the other outputs are opened.
pub(super) fn open(
    options: &OutputOptions,
    settings: &Arc<SharedSettings>,
    lines: bool,
    automation: Automation,
) -> Result<Outputs, ListenError> {
    let mut outputs = Outputs { lines, automation, ..Outputs::default() };
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
        let log = RollingLog::open(path, options.log_size * 1024 * 1024);
        outputs.log = Some(log.map_err(|error| ListenError::Log { path: path.clone(), error })?);
    }
    #[cfg(feature = "web")]
    if let Some(address) = options.web {
        let config = WebConfig { address, max_clients: options.web_clients.get(), origins: options.web_origin.clone() };
        let web = WebServer::start(&config).map_err(|error| ListenError::Web { address, error })?;
        eprintln!("earmark: http://{}/", web.address());
        outputs.web = Some(web);
    }
    #[cfg(feature = "link")]
    if options.link {
        outputs.link = Some(LinkPeer::start());
    }
    if let Some(to) = &options.midi {
        match MidiPort::open(Some(to.as_str()).filter(|to| !to.is_empty())) {
            Ok(port) => {
                eprintln!("earmark: {}", port.describe());
                outputs.midi = Some(MidiSender::start(port, options.midi_channel - 1, options.midi_clock)?);
            }
            Err(error @ MidiError::Unavailable) => eprintln!("earmark: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(outputs)
}

/// Checks that each of `tags` is a tag of a chosen model.
pub(super) fn check_tags(tags: &[&str], settings: &SharedSettings) -> Result<(), ListenError> {
    let known = labels(settings);
    match tags.iter().find(|&&tag| !known.iter().any(|known| known == tag)) {
        Some(&tag) => Err(ListenError::Tag { tag: tag.to_owned(), known: known.join(", ") }),
        None => Ok(()),
    }
}
