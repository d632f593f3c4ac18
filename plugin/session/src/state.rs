//! What a host's session or an app saves beside its parameters: small, versioned, and never a reason to fail.
//!
//! Whatever a host hands back, the result is a valid [`State`]. What could not be understood becomes the default, and
//! a complaint is kept for the panel to show.

mod cell;
mod choices;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use earmark_models::{Card, ContextMode, Kind, Origin, Threshold};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::cell::StateCell;

/// The version that is written. A state of a later one is not read.
pub const VERSION: u64 = 1;

/// The most bytes of JSON that are read or written for it.
pub const MAX_BYTES: usize = 64 * 1024;

/// What is saved beside the parameters.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// The panel's layout, in the panel's own words.
    pub panel: String,
    /// Whether and how a render is reported.
    pub report: ReportChoice,
    /// Whether and where results are sent as OSC.
    pub osc: OscChoice,
    /// The tags that are followed by MIDI; none chosen for the model's first (see
    /// [`MidiMap`](crate::outputs::MidiMap)), an empty list for no tag at all.
    pub midi: Option<Vec<Followed>>,
    /// From which values on tags light up.
    pub thresholds: Thresholds,
    /// Context of patches beyond their borders while playing. An offline render is exact, as files are.
    #[serde(rename = "borders")]
    pub context_mode: ContextMode,
    /// The added models that listen, beside those of the parameters.
    pub more: Vec<AddedModel>,
}

/// A model that was added to a machine, with what it takes to find it again on another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedModel {
    /// Its id.
    pub id: String,
    /// Hash of the file that it was made from.
    pub sha256: String,
    /// The name of that file.
    pub file: String,
}

impl AddedModel {
    /// For a card.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        let Origin { file, sha256 } = match &card.origin {
            Some(origin) => origin.clone(),
            None => Origin { file: card.source.clone(), sha256: card.sha256.clone() },
        };
        Self { id: card.id.clone(), sha256, file }
    }

    /// What there is to say about it where `card` is the one of that id, if there is one; nothing if all is well.
    #[must_use]
    pub fn complaint(&self, card: Option<&Card>) -> Option<String> {
        let Self { id, sha256, file } = self;
        match card {
            None => Some(format!(
                "model `{id}` is not on this machine: expected one made from {file}, sha256 {sha256}; the others listen"
            )),
            Some(card) => {
                let got = Self::of(card).sha256;
                (got != *sha256).then(|| format!("model `{id}`: expected one made from sha256 {sha256}, got {got}"))
            }
        }
    }
}

/// The most added models that listen at a time.
pub const MOST_ADDED: usize = 32;

/// From which values on tags light up; they go out a third below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// For all tags, 0 to 1 ...
    pub usual: f32,
    /// ... but these.
    pub tags: BTreeMap<String, f32>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { usual: Threshold::DEFAULT, tags: BTreeMap::new() }
    }
}

impl Thresholds {
    /// For one tag.
    #[must_use]
    pub fn of(&self, tag: &str) -> Threshold {
        Threshold::at(self.tags.get(tag).copied().unwrap_or(self.usual))
    }

    /// For one class of a model of that kind. Of classes that exclude each other, and of quantities on a scale, those
    /// without a threshold of their own are lit from the middle on.
    #[must_use]
    pub fn of_class(&self, kind: Kind, label: &str) -> Threshold {
        match kind {
            Kind::Classes | Kind::Values { .. } if !self.tags.contains_key(label) => Threshold::at(0.5),
            _ => self.of(label),
        }
    }

    fn check(&self) -> Result<(), String> {
        let wrong = |value: f32| !(0.0..=1.0).contains(&value);
        if wrong(self.usual) {
            return Err(format!("threshold: expected 0 to 1, got {}: defaults", self.usual));
        }
        match self.tags.iter().find(|&(_, &value)| wrong(value)) {
            Some((tag, value)) => Err(format!("threshold of `{tag}`: expected 0 to 1, got {value}: defaults")),
            None => Ok(()),
        }
    }
}

/// What is written after an offline render.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportChoice {
    /// Whether anything is.
    pub save: bool,
    /// Where to. Relative folders are not written to, because a host's current folder is anybody's guess.
    pub folder: PathBuf,
    /// How often the models predict in an offline render.
    pub hop: ReportHop,
    /// Whether markers and a table with bars and beats are written beside the report.
    pub markers: bool,
}

/// How often models predict in an offline render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportHop {
    /// As their cards say for files, which is how the command line does it.
    #[default]
    Card,
    /// As often as the update rate says.
    Rate,
    /// Every so many frames of the front-end, at least 1, whatever the model.
    Frames(u16),
}

/// Results over the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OscChoice {
    /// Whether they are sent.
    pub on: bool,
    /// Where to: an IP address and a UDP port, `127.0.0.1:9000`.
    pub address: String,
    /// What every OSC address begins with, `/earmark`.
    pub prefix: String,
}

impl Default for OscChoice {
    fn default() -> Self {
        Self { on: false, address: "127.0.0.1:9000".into(), prefix: "/earmark".into() }
    }
}

/// A tag that is followed by MIDI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// The tag, as the model's card spells it.
    pub tag: String,
    /// The controller that carries its value, 0 to 127.
    pub cc: Option<u8>,
    /// The note that sounds while it is lit, 0 to 127.
    pub note: Option<u8>,
}

impl State {
    /// Reads what was saved: a valid state, and what there is to complain about.
    ///
    /// Nothing at all (`null`, or an empty object) is the default, without complaint.
    #[must_use]
    pub fn from_saved(saved: Value) -> (Self, Option<String>) {
        match Self::read(saved) {
            Ok(read) => read,
            Err(complaint) => (Self::default(), Some(complaint)),
        }
    }

    fn read(saved: Value) -> Result<(Self, Option<String>), String> {
        let mut saved = match saved {
            Value::Null => Map::new(),
            Value::Object(saved) => saved,
            other => return Err(format!("saved choices: expected an object, got {}", kind(&other))),
        };
        let complaint = saved.remove(COMPLAINT).and_then(|words| words.as_str().map(str::to_owned));
        if saved.is_empty() {
            return Ok((Self::default(), complaint));
        }
        match saved.remove("version").map(|version| version.as_u64()) {
            Some(Some(1..=VERSION)) => {}
            Some(Some(later)) => {
                return Err(format!("saved choices: expected version {VERSION} or earlier, got {later}: defaults"));
            }
            _ => return Err(format!("saved choices: expected a version from 1 to {VERSION}, got none: defaults")),
        }
        let state: Self = serde_json::from_value(Value::Object(saved))
            .map_err(|error| format!("saved choices: {error}: defaults"))?;
        state.check()?;
        Ok((state, complaint))
    }

    /// What is written.
    #[must_use]
    pub fn to_saved(&self) -> Value {
        // Of strings, numbers and lists: this cannot fail, and if it did, defaults are saved.
        match serde_json::to_value(self) {
            Ok(Value::Object(mut saved)) => {
                saved.insert("version".into(), VERSION.into());
                Value::Object(saved)
            }
            _ => Value::Null,
        }
    }

    fn check(&self) -> Result<(), String> {
        for followed in self.midi.iter().flatten() {
            let numbers = [followed.cc, followed.note];
            if let Some(got) = numbers.into_iter().flatten().find(|&number| number > 127) {
                return Err(format!("MIDI of `{}`: expected 0 to 127, got {got}: defaults", followed.tag));
            }
        }
        self.thresholds.check()?;
        if self.more.len() > MOST_ADDED {
            return Err(format!("models: expected at most {MOST_ADDED}, got {}: defaults", self.more.len()));
        }
        if self.report.hop == ReportHop::Frames(0) {
            return Err("report: expected a hop of at least 1 frame, got 0: defaults".into());
        }
        Ok(())
    }
}

/// Key under which whoever repairs what was saved passes a complaint on to [`State::from_saved`].
pub const COMPLAINT: &str = "complaint";

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
