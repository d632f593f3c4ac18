//! Scene file: parsing and validation.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::action::{self, Edge, RawAction, SceneAction};
use super::condition::Condition;
use super::dmx::DmxReceiver;
use super::error::{ParseError, SceneError};
use super::mapping::{Mapping, RawMapping};
use super::raw_remote::RawRemote;
use crate::remote::RemoteBinding;

/// Maximum of every duration in a file, in seconds.
const MAX_HOLD_S: f64 = 86_400.0;

/// Validated scenes, mappings and bindings of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scenes {
    pub(super) scenes: Vec<Scene>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) remotes: Vec<RemoteBinding>,
    pub(super) dmx: DmxReceiver,
}

/// Scene: conditions, durations and actions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    pub(super) name: String,
    /// Conditions, all of which must hold.
    pub(super) when: Vec<Condition>,
    /// Source time for which all conditions must hold before the scene begins, in seconds.
    pub(super) after_s: f64,
    /// Source time for which the conditions must not hold before the scene ends, in seconds.
    pub(super) hold_s: f64,
    /// Minimum source time from the end of the scene to its next beginning, in seconds.
    pub(super) cooldown_s: f64,
    pub(super) begin: Vec<SceneAction>,
    pub(super) end: Vec<SceneAction>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    osc: Option<Spanned<String>>,
    sacn: Option<Spanned<String>>,
    #[serde(default)]
    scene: Vec<Spanned<RawScene>>,
    #[serde(default)]
    map: Vec<Spanned<RawMapping>>,
    #[serde(default)]
    remote: Vec<Spanned<RawRemote>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScene {
    name: Spanned<String>,
    when: Spanned<Vec<Spanned<String>>>,
    #[serde(alias = "for_s")]
    after_s: Option<Spanned<f64>>,
    hold_s: Option<Spanned<f64>>,
    #[serde(alias = "rest_s")]
    cooldown_s: Option<Spanned<f64>>,
    #[serde(default)]
    begin: Vec<Spanned<RawAction>>,
    #[serde(default)]
    end: Vec<Spanned<RawAction>>,
}

/// Reads a scene file. `known` contains the tags that conditions may name. Blocks.
///
/// # Errors
/// If the file cannot be read or is not valid; reports the first error in the file.
pub fn read(path: &Path, known: &[String]) -> Result<Scenes, SceneError> {
    let text = text(path)?;
    parse(&text, known).map_err(|error| error.located(path, &text))
}

/// Returns the text of a file without a byte order mark, so that the columns of errors are right. Blocks.
pub(super) fn text(path: &Path) -> Result<String, SceneError> {
    let text = fs::read_to_string(path).map_err(|error| SceneError::Unreadable { path: path.to_owned(), error })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Parses the text of a scene file.
pub(super) fn parse(text: &str, known: &[String]) -> Result<Scenes, ParseError> {
    let file: RawFile = toml::from_str(text)
        .map_err(|error| ParseError { span: error.span().unwrap_or(0..0), message: error.message().to_owned() })?;
    let receivers = file.osc.as_ref().map(action::receivers).transpose()?;
    if file.scene.is_empty() && file.map.is_empty() && file.remote.is_empty() {
        let message = "expected a `[[scene]]`, a `[[map]]` or a `[[remote]]`, got none".to_owned();
        return Err(ParseError { span: 0..0, message });
    }
    let mut scenes: Vec<Scene> = Vec::new();
    for written in &file.scene {
        let written = written.get_ref();
        let name = written.name.get_ref().clone();
        if scenes.iter().any(|scene| scene.name == name) {
            let message = format!("expected a unique scene name, got `{name}` twice");
            return Err(ParseError { span: written.name.span(), message });
        }
        let after_s = seconds(written.after_s.as_ref(), 0.0)?;
        let actions = |written: &[Spanned<RawAction>], edge| -> Result<Vec<SceneAction>, ParseError> {
            written.iter().map(|action| SceneAction::read(action, receivers.as_deref(), edge)).collect()
        };
        scenes.push(Scene {
            name,
            when: conditions(&written.when, known)?,
            after_s,
            hold_s: seconds(written.hold_s.as_ref(), after_s)?,
            cooldown_s: seconds(written.cooldown_s.as_ref(), 0.0)?,
            begin: actions(&written.begin, Edge::Begin)?,
            end: actions(&written.end, Edge::End)?,
        });
    }
    let mappings = file.map.iter().map(|written| Mapping::read(written, receivers.as_deref(), known));
    let dmx = file.sacn.as_ref().map(|written| {
        DmxReceiver::parse(written.get_ref()).map_err(|message| ParseError { span: written.span(), message })
    });
    let dmx = dmx.transpose()?.unwrap_or_default();
    let remotes = file.remote.iter().map(RawRemote::binding);
    let (mappings, remotes) = (mappings.collect::<Result<_, _>>()?, remotes.collect::<Result<_, _>>()?);
    Ok(Scenes { scenes, mappings, remotes, dmx })
}

fn conditions(written: &Spanned<Vec<Spanned<String>>>, known: &[String]) -> Result<Vec<Condition>, ParseError> {
    if written.get_ref().is_empty() {
        let message = "expected at least one condition such as \"metal > 0.6\", got none".to_owned();
        return Err(ParseError { span: written.span(), message });
    }
    let parse = |text: &Spanned<String>| {
        Condition::parse(text.get_ref(), known).map_err(|message| ParseError { span: text.span(), message })
    };
    written.get_ref().iter().map(parse).collect()
}

fn seconds(written: Option<&Spanned<f64>>, default: f64) -> Result<f64, ParseError> {
    let Some(written) = written else { return Ok(default) };
    let seconds = *written.get_ref();
    if (0.0..=MAX_HOLD_S).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(ParseError { span: written.span(), message: format!("expected 0 to {MAX_HOLD_S} seconds, got {seconds}") })
    }
}
