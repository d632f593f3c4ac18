//! Setup of the remote control of `earmark listen`.

use std::sync::Arc;

use earmark_outputs::json_lines;
use earmark_outputs::midi::{MidiError, MidiInputPort};
use earmark_outputs::remote::{MidiRemote, OscRemote, RemoteBindings, RemoteNotice};

use super::error::ListenError;
use crate::args::RemoteOptions;
use crate::live_session::LiveSession;

/// Receivers of a session, which end when they are dropped.
pub(super) struct Remotes {
    _osc: Option<OscRemote>,
    _midi: Option<MidiRemote>,
}

/// Starts the requested receivers. A missing MIDI system is reported on standard error; the port opens when there is one.
/// Commands and ignored messages become JSON lines, and `logs` writes the ignored ones to standard error, too.
pub(super) fn start(
    options: &RemoteOptions,
    bindings: &RemoteBindings,
    live: &LiveSession,
    logs: bool,
) -> Result<Remotes, ListenError> {
    let notify = |source: &'static str| {
        let send_line = live.dispatcher.line_sender();
        move |notice: RemoteNotice| {
            match &notice {
                RemoteNotice::Ignored { count, message } if logs => {
                    eprintln!(
                        "earmark: ignored {count} messages of the remote control ({source}), the last one: {message}"
                    );
                }
                RemoteNotice::Port(port) if logs => match port {
                    Some(port) => eprintln!("earmark: {port}"),
                    None => eprintln!("earmark: the MIDI system is gone; the MIDI input opens when it returns"),
                },
                _ => {}
            }
            send_line(json_lines::remote(source, &notice));
        }
    };
    let osc = options.osc_in.map(|address| {
        let started = OscRemote::start(address, &live.instance, bindings.clone(), notify("osc"));
        let remote = started.map_err(|error| ListenError::OscIn { address, error })?;
        eprintln!("earmark: OSC input {}", remote.address());
        Ok::<_, ListenError>(remote)
    });
    let midi = options.midi_in.as_deref().map(|from| {
        let from = Some(from).filter(|from| !from.is_empty());
        let port = match MidiInputPort::open(from) {
            Ok(port) => port,
            Err(error @ MidiError::Unavailable) => {
                eprintln!("earmark: MIDI input: {error}");
                MidiInputPort::closed(from)
            }
            Err(error) => return Err(error.into()),
        };
        port.describe().inspect(|port| eprintln!("earmark: {port}"));
        Ok::<_, ListenError>(MidiRemote::start(port, &Arc::clone(&live.instance), bindings.clone(), notify("midi"))?)
    });
    Ok(Remotes { _osc: osc.transpose()?, _midi: midi.transpose()? })
}
