//! Errors of `earmark listen`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use earmark_capture::decode::DecodeError;
use earmark_capture::input::InputError;
use earmark_capture::recorder::RecordError;
use earmark_models::ModelError;
use earmark_outputs::midi::MidiError;
use earmark_outputs::scenes::SceneError;
use thiserror::Error;

/// Error that ends `earmark listen`.
#[derive(Debug, Error)]
pub(super) enum ListenError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("expected at most one model for {kind}, got `{first}` and `{second}`")]
    TwoModels { kind: &'static str, first: String, second: String },
    #[error("expected a tag model in addition to the tempo model, got none")]
    NoTags,
    #[error("{}: {error}", .path.display())]
    File { path: PathBuf, error: DecodeError },
    #[error("{0}. {hint}", hint = .0.hint())]
    Input(InputError),
    #[cfg(feature = "web")]
    #[error("cannot serve on {address}: {error}")]
    Web { address: SocketAddr, error: io::Error },
    #[error("cannot write {}: {error}", .path.display())]
    Log { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Midi(#[from] MidiError),
    #[error("no tag `{tag}`: expected one of {known}")]
    Tag { tag: String, known: String },
    #[error(transparent)]
    Scenes(#[from] SceneError),
    #[error("{}: a scene sends MIDI: expected `--midi`, got none", .0.display())]
    SceneMidi(PathBuf),
    #[error("{}: a `[[remote]]` needs {what}: expected `{option}`, got none", .path.display())]
    SceneRemote { path: PathBuf, what: &'static str, option: &'static str },
    #[error("cannot receive OSC at {address}: {error}")]
    OscIn { address: SocketAddr, error: io::Error },
    #[error(transparent)]
    Record(#[from] RecordError),
    #[cfg(feature = "window")]
    #[error("{0}")]
    Preset(String),
    #[error("{0}")]
    Other(String),
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
}
