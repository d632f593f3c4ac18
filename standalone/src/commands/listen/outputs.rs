//! Setup of the outputs of `earmark listen`.

#[cfg(feature = "web")]
use std::io::{self, IsTerminal};
use std::sync::Arc;

use earmark_outputs::automation::Automation;
use earmark_outputs::dispatcher::Outputs;
#[cfg(feature = "link")]
use earmark_outputs::link::LinkPeer;
use earmark_outputs::midi::{MidiError, MidiPort, MidiSender, MidiStatus};
use earmark_outputs::rolling_log::RollingLog;
#[cfg(feature = "web")]
use earmark_outputs::web::{self, WebConfig, WebServer};
use earmark_session::{SettingsSource, SharedSettings};

use super::error::ListenError;
use crate::args::OutputOptions;
use crate::live_session::labels;

/// Opens the outputs and writes their addresses to standard error. `lines` enables JSON lines on standard output.
///
/// A missing MIDI system is reported on standard error; the other outputs are opened, and the port when there is one.
pub(super) fn open(
    options: &OutputOptions,
    settings: &Arc<SharedSettings>,
    lines: bool,
    automation: Automation,
) -> Result<Outputs, ListenError> {
    let mut outputs = Outputs { lines, automation, takes_results: true, ..Outputs::default() };
    let followed: Vec<&str> = options.follow.iter().map(|followed| followed.tag.as_str()).collect();
    check_tags(&followed, settings)?;
    // Without these options the saved state of a preset applies.
    settings.state().change(|state| {
        if let Some(address) = &options.osc {
            state.osc.on = true;
            state.osc.address.clone_from(address);
            state.osc.prefix.clone_from(&options.osc_prefix);
        }
        if !options.follow.is_empty() {
            state.midi = Some(options.follow.clone());
        }
    });
    if let Some(path) = &options.log {
        let log = RollingLog::open(path, options.log_size * 1024 * 1024);
        outputs.log = Some(log.map_err(|error| ListenError::Log { path: path.clone(), error })?);
    }
    #[cfg(feature = "web")]
    if let Some(address) = options.web {
        let config = WebConfig { address, max_clients: options.web_clients.get(), origins: options.web_origin.clone() };
        let web = WebServer::start(&config).map_err(|error| ListenError::Web { address, error })?;
        for url in web::urls(web.address()) {
            eprintln!("earmark: {url}");
            if lines && !address.ip().is_loopback() && io::stderr().is_terminal() {
                eprintln!("{}", qr_text(&url));
            }
        }
        outputs.web = Some(web);
    }
    #[cfg(feature = "link")]
    if options.link {
        outputs.link = Some(LinkPeer::start());
    }
    if let Some(to) = &options.midi {
        let to = Some(to.as_str()).filter(|to| !to.is_empty());
        let port = match MidiPort::open(to) {
            Ok(port) => port,
            Err(error @ MidiError::Unavailable) => {
                eprintln!("earmark: {error}");
                MidiPort::closed(to)
            }
            Err(error) => return Err(error.into()),
        };
        port.describe().inspect(|port| eprintln!("earmark: {port}"));
        let notify = move |status| {
            // The live view owns the terminal.
            if lines {
                log_midi_status(&status);
            }
        };
        outputs.midi = Some(MidiSender::start(port, options.midi_channel - 1, options.midi_clock, notify)?);
    }
    Ok(outputs)
}

/// Returns a QR code for a terminal; empty if the text is too long for a code.
#[cfg(feature = "web")]
fn qr_text(text: &str) -> String {
    use qrcode::render::unicode::Dense1x2;
    // Scanners need dark modules on a light ground, which is the opposite of most terminals.
    let render = |code: qrcode::QrCode| {
        code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
    };
    qrcode::QrCode::new(text).map(render).unwrap_or_default()
}

/// Writes a change of the MIDI port to standard error.
fn log_midi_status(status: &MidiStatus) {
    match status {
        MidiStatus::Open(port) => eprintln!("earmark: {port}"),
        MidiStatus::Waiting => eprintln!("earmark: the MIDI system is gone; the port opens when it returns"),
    }
}

/// Checks that each of `tags` is a tag of a chosen model.
pub(super) fn check_tags(tags: &[&str], settings: &SharedSettings) -> Result<(), ListenError> {
    let known = labels(settings);
    match tags.iter().find(|&&tag| !known.iter().any(|known| known == tag)) {
        Some(&tag) => Err(ListenError::Tag { tag: tag.to_owned(), known: known.join(", ") }),
        None => Ok(()),
    }
}
