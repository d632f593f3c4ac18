//! Reads a file of scenes, and checks all of it before anything begins.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::condition::Condition;
use super::deed::{self, Deed, When, Written};
use super::place::{SceneError, Wrong};

/// The longest that a scene can be made to wait, in seconds.
const LONGEST_S: f64 = 86_400.0;

/// What a file of scenes says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scenes {
    pub(super) scenes: Vec<Scene>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    pub(super) name: String,
    /// All of them must hold ...
    pub(super) when: Vec<Condition>,
    /// ... for so many seconds of source time before it begins ...
    pub(super) for_s: f64,
    /// ... and not hold for so many before it ends.
    pub(super) hold_s: f64,
    /// Seconds from its end to its next beginning, at least.
    pub(super) rest_s: f64,
    pub(super) begin: Vec<Deed>,
    pub(super) end: Vec<Deed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    osc: Option<Spanned<String>>,
    #[serde(default)]
    scene: Vec<Spanned<WrittenScene>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenScene {
    name: Spanned<String>,
    when: Spanned<Vec<Spanned<String>>>,
    for_s: Option<Spanned<f64>>,
    hold_s: Option<Spanned<f64>>,
    rest_s: Option<Spanned<f64>>,
    #[serde(default)]
    begin: Vec<Spanned<Written>>,
    #[serde(default)]
    end: Vec<Spanned<Written>>,
}

/// Reads that file; `known` are the tags that scenes may wait for.
///
/// # Errors
/// When it cannot be read, and about the first thing in it that is wrong.
pub(crate) fn read(path: &Path, known: &[String]) -> Result<Scenes, SceneError> {
    let text = fs::read_to_string(path).map_err(|error| SceneError::Unreadable { path: path.to_owned(), error })?;
    parse(&text, known).map_err(|wrong| wrong.located(path, &text))
}

pub(super) fn parse(text: &str, known: &[String]) -> Result<Scenes, Wrong> {
    let file: WrittenFile = toml::from_str(text)
        .map_err(|error| Wrong { span: error.span().unwrap_or(0..0), message: error.message().to_owned() })?;
    let target = file.osc.as_ref().map(deed::target).transpose()?;
    if file.scene.is_empty() {
        return Err(Wrong { span: 0..0, message: "expected a `[[scene]]`, got none".to_owned() });
    }
    let mut scenes: Vec<Scene> = Vec::new();
    for written in &file.scene {
        let written = written.get_ref();
        let name = written.name.get_ref().clone();
        if scenes.iter().any(|scene| scene.name == name) {
            let message = format!("expected a name of its own, got another scene `{name}`");
            return Err(Wrong { span: written.name.span(), message });
        }
        let for_s = seconds(written.for_s.as_ref(), 0.0)?;
        let deeds = |written: &[Spanned<Written>], when| -> Result<Vec<Deed>, Wrong> {
            written.iter().map(|deed| Deed::read(deed, target, when)).collect()
        };
        scenes.push(Scene {
            name,
            when: conditions(&written.when, known)?,
            for_s,
            hold_s: seconds(written.hold_s.as_ref(), for_s)?,
            rest_s: seconds(written.rest_s.as_ref(), 0.0)?,
            begin: deeds(&written.begin, When::Begin)?,
            end: deeds(&written.end, When::End)?,
        });
    }
    Ok(Scenes { scenes })
}

fn conditions(written: &Spanned<Vec<Spanned<String>>>, known: &[String]) -> Result<Vec<Condition>, Wrong> {
    if written.get_ref().is_empty() {
        let message = "expected at least one condition such as \"metal > 0.6\", got none".to_owned();
        return Err(Wrong { span: written.span(), message });
    }
    let parse = |text: &Spanned<String>| {
        Condition::parse(text.get_ref(), known).map_err(|message| Wrong { span: text.span(), message })
    };
    written.get_ref().iter().map(parse).collect()
}

fn seconds(written: Option<&Spanned<f64>>, usual: f64) -> Result<f64, Wrong> {
    let Some(written) = written else { return Ok(usual) };
    let seconds = *written.get_ref();
    if (0.0..=LONGEST_S).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Wrong { span: written.span(), message: format!("expected 0 to {LONGEST_S} seconds, got {seconds}") })
    }
}
