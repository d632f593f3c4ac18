//! `earmark listen`: hears an input or a file as it plays, and tells.

mod outputs;
mod reactions;
mod view;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use earmark_models::{Kind, ModelError, Registry};
use earmark_session::state::ReportHop;
use earmark_session::{Report, Settings, Wishes};
use thiserror::Error;

use crate::args::ListenOptions;
use crate::decode::DecodeError;
use crate::input::keeper::{State, Status, Wish};
use crate::input::tape::Tape;
use crate::input::{Trouble, player::Speed};
use crate::interrupt;
use crate::live::{Live, Source};
use crate::output::midi::MidiTrouble;
use crate::reactions::scenes::SceneError;
use view::View;

/// How often everything is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Why it cannot listen.
#[derive(Debug, Error)]
pub(crate) enum ListenError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("expected at most one model for {what}, got `{first}` and `{second}`")]
    TwoModels { what: &'static str, first: String, second: String },
    #[error("expected a model for tags beside the one for the tempo, got none")]
    NoTags,
    #[error("{}: {error}", .path.display())]
    File { path: std::path::PathBuf, error: DecodeError },
    #[error("{0}. {way_out}", way_out = .0.way_out())]
    Input(Trouble),
    #[error("cannot serve on {address}: {error}")]
    Web { address: std::net::SocketAddr, error: std::io::Error },
    #[error("cannot write {}: {error}", .path.display())]
    Log { path: std::path::PathBuf, error: std::io::Error },
    #[error(transparent)]
    Midi(#[from] MidiTrouble),
    #[error("no tag `{tag}`: expected one of {known}")]
    Tag { tag: String, known: String },
    #[error(transparent)]
    Scenes(#[from] SceneError),
    #[error("{}: a scene sends MIDI: expected `--midi`, got none", .0.display())]
    SceneMidi(std::path::PathBuf),
    #[error("{0}")]
    Words(String),
    #[error("the system gives no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Listens until the end, Ctrl-C or an error. Returns 0, or 1 with a message; after Ctrl-C 130.
pub(crate) fn run(options: &ListenOptions) -> ExitCode {
    interrupt::listen();
    match listen(options) {
        Ok(()) if interrupt::wished() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("earmark: {error}");
            ExitCode::from(1)
        }
    }
}

fn listen(options: &ListenOptions) -> Result<(), ListenError> {
    let settings = Arc::new(Settings::new(Registry::global()));
    choose_models(&settings, &options.models)?;
    settings.set_rate_hz(options.rate);
    settings.set_gate(!options.no_gate);
    settings.state().set_streaming(options.streaming);
    // A file that is played as fast as it is heard is heard at the rate that is asked for, too.
    settings.state().change(|state| state.report.hop = ReportHop::Rate);
    let view = (std::io::stdout().is_terminal() && !options.json).then(View::new);
    let reactions = reactions::open(options, &settings)?;
    let outputs = outputs::open(&options.outputs, &settings, view.is_none(), reactions)?;
    let mut live = Live::new(settings, options.gain, outputs, || {})?;
    live.shared.set_high_pass_hz(options.high_pass);
    reactions::keep_clips(&options.reactions, &live)?;
    if let Some(path) = &options.record {
        live.tape.record_soon(path);
    }
    begin(options, &mut live, view.is_some())?;
    let (last, outcome) = watch(options, &live, view);
    let tape = live.tape.clone();
    let finished = live.end(last.as_ref()).map_err(ListenError::Words);
    complain(&tape);
    outcome.and(finished)
}

fn begin(options: &ListenOptions, live: &mut Live, quiet: bool) -> Result<(), ListenError> {
    if let Some(path) = &options.file {
        return live.play(path, options.speed).map_err(|error| ListenError::File { path: path.clone(), error });
    }
    let wish = Wish { device: options.device.clone(), channels: options.channels.clone() };
    let quiet = quiet || options.no_wait;
    Ok(live.listen(wish, move |status| {
        if !quiet {
            say(status);
        }
    })?)
}

/// Tells on standard error what went wrong with clips.
fn complain(tape: &Tape) {
    for trouble in tape.troubles() {
        eprintln!("earmark: {trouble}");
    }
}

/// Tells on standard error how the input is.
fn say(status: &Status) {
    match &status.state {
        State::Running { device, spec } => {
            let (rate_hz, channels) = (spec.rate.hz(), spec.channels);
            eprintln!("earmark: listening to {device}, {rate_hz} Hz, {channels} channels");
        }
        State::Waiting(trouble) if !trouble.is_final() => {
            eprintln!("earmark: {trouble}. {} Trying again until Ctrl-C.", trouble.way_out());
        }
        _ => {}
    }
}

/// Looks until there is an end: how it was last, and what went wrong.
fn watch(options: &ListenOptions, live: &Live, mut view: Option<View>) -> (Option<Report>, Result<(), ListenError>) {
    let begun = Instant::now();
    let mut last = None;
    loop {
        last = live.instance.report().or(last);
        complain(&live.tape);
        let trouble = match live.source() {
            Source::Input(keeper) => match keeper.status().state {
                State::Waiting(trouble) if trouble.is_final() || options.no_wait => Some(ListenError::Input(trouble)),
                _ => None,
            },
            Source::File(player) => {
                let playing = player.playing();
                match (playing.failed, playing.ended) {
                    (Some(words), _) => Some(ListenError::Words(words)),
                    (None, true) => return (last, Ok(())),
                    (None, false) => None,
                }
            }
            Source::None => None,
        };
        if let Some(trouble) = trouble {
            return (last, Err(trouble));
        }
        let over = options.seconds.is_some_and(|seconds| begun.elapsed().as_secs_f64() >= seconds);
        let left = view.as_mut().is_some_and(|view| view.show(live, last.as_ref()));
        if over || left || interrupt::wished() || live.is_unread() {
            return (last, Ok(()));
        }
        let fast = options.speed == Speed::Heard && options.file.is_some();
        thread::sleep(if fast { LOOK / 5 } else { LOOK });
    }
}

/// Sets the models of these ids: one for tags, one for the tempo or none, and any number of added ones.
pub(crate) fn choose_models(settings: &Settings, ids: &[String]) -> Result<(), ListenError> {
    let (mut tags, mut tempo): (Option<&String>, Option<&String>) = (None, None);
    for id in ids {
        // The registry knows best how to refuse what it has not.
        let Some(card) = Registry::global().card(id) else {
            return Err(Registry::global().load(id).map(|_| ListenError::NoTags).unwrap_or_else(ListenError::from));
        };
        let (slot, what) = match card.kind {
            _ if !Registry::global().ships(id) => {
                settings.state().set_added(settings.registry(), id, true);
                continue;
            }
            Kind::Tempo { .. } => (&mut tempo, "the tempo"),
            _ => (&mut tags, "tags"),
        };
        if let Some(first) = slot.filter(|first| *first != id) {
            return Err(ListenError::TwoModels { what, first: first.clone(), second: id.clone() });
        }
        *slot = Some(id);
    }
    match tags {
        Some(tags) => drop(settings.set_tags(tags)),
        // Beside those that were added, the usual one listens.
        None if !settings.state().added().is_empty() => {}
        None => return Err(ListenError::NoTags),
    }
    settings.set_tempo(tempo.map(String::as_str));
    Ok(())
}
