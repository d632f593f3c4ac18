//! Command `earmark listen`: analyzes an input, or a file at playback speed, and passes the results to the outputs.

mod automation;
mod error;
mod outputs;
#[cfg(feature = "window")]
mod preset;
mod remote;
mod view;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::ArgMatches;
use earmark_capture::input::{InputRequest, InputState, InputStatus};
use earmark_capture::player::Speed;
use earmark_capture::recorder::Recorder;
use earmark_models::{Kind, Registry};
use earmark_outputs::remote::RemoteBindings;
use earmark_session::state::ReportHop;
use earmark_session::{InstanceSnapshot, SettingsSource, SharedSettings};

use self::error::ListenError;
use self::view::TerminalView;
use crate::args::ListenOptions;
use crate::interrupt;
use crate::live_session::{LiveSession, Source};

/// Interval between two polls of the session.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Analyzes until the end of the file, Ctrl-C or an error. `given` has the options of the command line. Returns exit code 0, 1 with a message, or 130 after Ctrl-C.
pub(crate) fn run(options: &ListenOptions, given: &ArgMatches) -> ExitCode {
    interrupt::install_handler();
    match listen(options, given) {
        Ok(()) if interrupt::is_requested() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("earmark: {error}");
            ExitCode::from(1)
        }
    }
}

#[cfg_attr(not(feature = "window"), expect(unused_variables, reason = "presets are those of the window"))]
fn listen(options: &ListenOptions, given: &ArgMatches) -> Result<(), ListenError> {
    let settings = Arc::new(SharedSettings::new(Registry::global()));
    #[cfg(feature = "window")]
    let options = &preset::apply(options, given, &settings)?;
    choose_models(&settings, &options.models)?;
    settings.set_rate_hz(options.rate);
    settings.set_gate(!options.no_gate);
    settings.set_moods(options.moods);
    if options.streaming {
        settings.state().set_streaming(true);
    }
    // The requested rate also applies to a file that is analyzed at unlimited speed.
    settings.state().change(|state| {
        state.report.hop = ReportHop::Rate;
        state.descriptors |= options.descriptors;
        state.levels |= options.levels;
    });
    let view = (std::io::stdout().is_terminal() && !options.json).then(TerminalView::new);
    let automation = automation::open(options, &settings)?;
    let bindings = automation.scenes.as_ref().map(|scenes| scenes.remote_bindings().to_vec()).unwrap_or_default();
    let bindings = RemoteBindings::new(bindings);
    let outputs = outputs::open(&options.outputs, &settings, view.is_none(), automation)?;
    let mut live = LiveSession::new(settings, options.gain, outputs, || {})?;
    live.input_stats.set_high_pass_hz(options.high_pass);
    automation::write_clips(&options.automation, &live)?;
    let remotes = remote::start(&options.remote, &bindings, &live, view.is_none())?;
    if let Some(path) = &options.record {
        live.recorder.arm(path);
    }
    open_input(options, &mut live, view.is_some())?;
    let (last, outcome) = watch(options, &live, view);
    drop(remotes);
    let recorder = live.recorder.clone();
    let finished = live.end(last.as_ref()).map_err(ListenError::from);
    log_clip_errors(&recorder);
    outcome.and(finished)
}

fn open_input(options: &ListenOptions, live: &mut LiveSession, quiet: bool) -> Result<(), ListenError> {
    if let Some(path) = &options.file {
        return live.play(path, options.speed, None).map_err(|error| ListenError::File { path: path.clone(), error });
    }
    let request = InputRequest { device: options.device.clone(), channels: options.channels.clone() };
    let quiet = quiet || options.no_wait;
    Ok(live.open_input(request, move |status| {
        if !quiet {
            log_status(status);
        }
    })?)
}

/// Writes the errors of clips to standard error.
fn log_clip_errors(recorder: &Recorder) {
    for error in recorder.take_errors() {
        eprintln!("earmark: {error}");
    }
}

/// Writes a change of the input's state to standard error.
fn log_status(status: &InputStatus) {
    match &status.state {
        InputState::Running { device, spec } => {
            let (rate_hz, channels) = (spec.rate.hz(), spec.channels);
            eprintln!("earmark: listening to {device}, {rate_hz} Hz, {channels} channels");
        }
        InputState::Waiting(error) if !error.is_permanent() => {
            eprintln!("earmark: {error}. {} Trying again until Ctrl-C.", error.hint());
        }
        _ => {}
    }
}

/// Polls the session until it ends. Returns the last snapshot, and the error if any. Blocks.
fn watch(
    options: &ListenOptions,
    live: &LiveSession,
    mut view: Option<TerminalView>,
) -> (Option<InstanceSnapshot>, Result<(), ListenError>) {
    let started = Instant::now();
    let mut last = None;
    loop {
        last = live.instance.snapshot().or(last);
        log_clip_errors(&live.recorder);
        let error = match live.source() {
            Source::Input(supervisor) => match supervisor.status().state {
                InputState::Waiting(error) if error.is_permanent() || options.no_wait => {
                    Some(ListenError::Input(error))
                }
                _ => None,
            },
            Source::File(player) => {
                let playback = player.state();
                match (playback.failed, playback.ended) {
                    (Some(message), _) => Some(ListenError::Other(message)),
                    (None, true) => return (last, Ok(())),
                    (None, false) => None,
                }
            }
            Source::None => None,
        };
        if let Some(error) = error {
            return (last, Err(error));
        }
        let over = options.seconds.is_some_and(|seconds| started.elapsed().as_secs_f64() >= seconds);
        let quit = view.as_mut().is_some_and(|view| view.show(live, last.as_ref()));
        if over || quit || interrupt::is_requested() || live.stdout_closed() {
            return (last, Ok(()));
        }
        let fast = options.speed == Speed::Unlimited && options.file.is_some();
        thread::sleep(if fast { POLL_INTERVAL / 5 } else { POLL_INTERVAL });
    }
}

/// Sets the models with these ids: one tag model, at most one tempo model, and any number of added models.
fn choose_models(settings: &SharedSettings, ids: &[String]) -> Result<(), ListenError> {
    let (mut tags, mut tempo): (Option<&String>, Option<&String>) = (None, None);
    for id in ids {
        // The error of the registry lists the existing models.
        let Some(card) = Registry::global().card(id) else {
            return Err(Registry::global().load(id).map(|_| ListenError::NoTags).unwrap_or_else(ListenError::from));
        };
        let (slot, kind) = match card.kind {
            _ if !Registry::global().is_builtin(id) => {
                settings.state().set_added(settings.registry(), id, true);
                continue;
            }
            Kind::Tempo { .. } => (&mut tempo, "the tempo"),
            _ => (&mut tags, "tags"),
        };
        if let Some(first) = slot.filter(|first| *first != id) {
            return Err(ListenError::TwoModels { kind, first: first.clone(), second: id.clone() });
        }
        *slot = Some(id);
    }
    match tags {
        Some(tags) => drop(settings.set_tags(tags)),
        // The default tag model runs in addition to the added models.
        None if !settings.state().added().is_empty() => {}
        None => return Err(ListenError::NoTags),
    }
    settings.set_tempo(tempo.map(String::as_str));
    Ok(())
}
