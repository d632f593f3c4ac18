//! Saved state of an instance besides its parameters: a small versioned JSON object.
//!
//! Reading never fails: an invalid object becomes the default [`State`], with a warning for the panel to show.

mod choices;
mod later_fields;
mod performer;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use earmark_models::{Card, ContextMode, Kind, Origin, TempoPreferences, Threshold};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::later_fields::LaterFields;
pub use self::shared::SharedState;

/// Version of the written format. Of a later version, the known fields are read and the others are kept.
pub const VERSION: u64 = 2;

/// Maximum size of a saved state in bytes of JSON.
pub const MAX_BYTES: usize = 64 * 1024;

/// Saved state of an instance besides its parameters.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Layout of the panel, serialized by the panel.
    pub panel: String,
    /// Settings of the reports of offline renders.
    pub report: ReportConfig,
    /// Settings of the OSC output.
    pub osc: OscConfig,
    /// MIDI mappings of tags; none for the default mapping (see [`MidiMap`](crate::outputs::MidiMap)), an empty list
    /// for no mapping.
    pub midi: Option<Vec<MidiMapping>>,
    /// Thresholds above which tags become active.
    pub thresholds: Thresholds,
    /// Left context of patches in real time. Offline renders always pad with zeros, as files do.
    #[serde(rename = "borders")]
    pub context_mode: ContextMode,
    /// Whether descriptors are computed and sent: as OSC, and by the program as JSON lines (default false).
    pub descriptors: bool,
    /// Whether levels and onsets are computed and sent: as OSC and MIDI, and by the program as JSON lines (default false).
    pub levels: bool,
    /// Whether changes of the piece are left undetected, as for a stream that is one piece (default false).
    pub one_song: bool,
    /// Decisions of the performer about the tempo: octave, range, lock and minimum confidence.
    pub tempo: TempoPreferences,
    /// Selected added models, besides the shipped models of the parameters.
    pub added_models: Vec<AddedModel>,
    /// Fields of a later version, which are kept and written back.
    #[serde(skip)]
    pub later: LaterFields,
}

/// Reference to an added model, with the data that identify it on another machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedModel {
    /// Id of the model.
    pub id: String,
    /// SHA-256 of the file that the model was made from, in hexadecimal.
    pub sha256: String,
    /// Name of that file.
    pub file: String,
}

impl AddedModel {
    /// Creates the reference to the model of `card`.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        let Origin { file, sha256 } = match &card.origin {
            Some(origin) => origin.clone(),
            None => Origin { file: card.source.clone(), sha256: card.sha256.clone() },
        };
        Self { id: card.id.clone(), sha256, file }
    }

    /// Returns a warning if `card`, the card with this id on this machine, is missing or made from another file.
    #[must_use]
    pub fn warning(&self, card: Option<&Card>) -> Option<String> {
        let Self { id, sha256, file } = self;
        match card {
            None => Some(format!(
                "cannot load model `{id}`: not installed (expected one made from {file}, sha256 {sha256}); the other \
                 models run"
            )),
            Some(card) => {
                let got = Self::of(card).sha256;
                (got != *sha256)
                    .then(|| format!("model `{id}` is made from another file (expected sha256 {sha256}, got {got})"))
            }
        }
    }
}

/// Maximum number of added models in a session.
pub const MAX_ADDED_MODELS: usize = 32;

/// Thresholds above which tags become active. Tags become inactive a third below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// Threshold of the tags without one of their own, 0 to 1.
    pub usual: f32,
    /// Thresholds of single tags, 0 to 1.
    pub tags: BTreeMap<String, f32>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { usual: Threshold::DEFAULT, tags: BTreeMap::new() }
    }
}

impl Thresholds {
    /// Returns the threshold of a tag.
    #[must_use]
    pub fn of(&self, tag: &str) -> Threshold {
        Threshold::at(self.tags.get(tag).copied().unwrap_or(self.usual))
    }

    /// Returns the threshold of a class of a model of kind `kind`. Classes that exclude each other, and quantities on a
    /// scale, have a default threshold of 0.5.
    #[must_use]
    pub fn of_class(&self, kind: Kind, label: &str) -> Threshold {
        match kind {
            Kind::Classes | Kind::Values { .. } if !self.tags.contains_key(label) => Threshold::at(0.5),
            _ => self.of(label),
        }
    }

    fn check(&self) -> Result<(), String> {
        let invalid = |value: f32| !(0.0..=1.0).contains(&value);
        if invalid(self.usual) {
            return Err(invalid_state(format_args!("threshold out of range (expected 0 to 1, got {})", self.usual)));
        }
        match self.tags.iter().find(|&(_, &value)| invalid(value)) {
            Some((tag, value)) => {
                Err(invalid_state(format_args!("threshold of `{tag}` out of range (expected 0 to 1, got {value})")))
            }
            None => Ok(()),
        }
    }
}

/// Returns the warning about a saved state that is replaced by the defaults, for the panel to show.
#[must_use]
pub fn invalid_state(cause: impl std::fmt::Display) -> String {
    format!(
        "The settings in this project cannot be read, so Earmark uses its defaults: pins, thresholds, MIDI and output \
         settings are lost once the project is saved. To get them back, open an earlier copy of the project. Cause: {cause}."
    )
}

/// Warning about a saved state of a later version, for the panel to show.
pub const LATER_VERSION: &str = "This project was saved by a later version of Earmark. Its new settings have no effect here, \
                             but stay in the project when it is saved.";

/// Settings of the reports of offline renders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportConfig {
    /// Whether reports are written.
    pub save: bool,
    /// Absolute path of the folder of the reports. Relative paths are errors, because the current folder of a host is
    /// arbitrary.
    pub folder: PathBuf,
    /// Distance between predictions in an offline render.
    pub hop: ReportHop,
    /// Whether a label track and a table with bars and beats are written next to the report.
    pub markers: bool,
}

/// Distance between predictions in an offline render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportHop {
    /// Hop of each model's card, as on the command line.
    #[default]
    Card,
    /// Hop of the update rate.
    Rate,
    /// Hop in frames of the front end, at least 1, for all models.
    Frames(u16),
}

/// Settings of the OSC output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OscConfig {
    /// Whether results are sent.
    pub on: bool,
    /// IP addresses or host names of the receivers, each with a UDP port, separated by commas (default `127.0.0.1:9000`).
    pub address: String,
    /// Prefix of every OSC address (default `/earmark`).
    pub prefix: String,
}

impl Default for OscConfig {
    fn default() -> Self {
        Self { on: false, address: "127.0.0.1:9000".into(), prefix: "/earmark".into() }
    }
}

/// MIDI mapping of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MidiMapping {
    /// Tag, as spelled in the model's card.
    pub tag: String,
    /// Controller that carries the value of the tag, 0 to 127.
    pub cc: Option<u8>,
    /// Note that sounds while the tag is active, 0 to 127.
    pub note: Option<u8>,
}

impl State {
    /// Reads a saved state. Returns a valid state, and a warning if the saved one was replaced or repaired.
    ///
    /// `null` and an empty object give the default without a warning.
    #[must_use]
    pub fn from_saved(saved: Value) -> (Self, Option<String>) {
        match Self::read(saved) {
            Ok(read) => read,
            Err(warning) => (Self::default(), Some(warning)),
        }
    }

    fn read(saved: Value) -> Result<(Self, Option<String>), String> {
        let mut saved = match saved {
            Value::Null => Map::new(),
            Value::Object(saved) => saved,
            other => {
                return Err(invalid_state(format_args!("wrong type (expected an object, got {})", json_type(&other))));
            }
        };
        let warning = saved.remove(WARNING_KEY).and_then(|text| text.as_str().map(str::to_owned));
        if saved.is_empty() {
            return Ok((Self::default(), warning));
        }
        let version = match saved.remove("version").map(|version| version.as_u64()) {
            Some(Some(version @ 1..)) => version,
            _ => {
                let cause = format_args!("no version (expected a version from 1 to {VERSION}, got none)");
                return Err(invalid_state(cause));
            }
        };
        if let Some(models) = saved.remove("more") {
            // Key of version 1.
            saved.entry("added_models").or_insert(models);
        }
        let is_later = version > VERSION;
        let mut state = if is_later { Self::read_known_fields(&saved) } else { Self::read_fields(saved.clone())? };
        let known = state.to_object();
        state.later = LaterFields::of(&saved, &known, is_later.then_some(version));
        Ok((state, warning.or_else(|| is_later.then(|| LATER_VERSION.to_owned()))))
    }

    fn read_fields(saved: Map<String, Value>) -> Result<Self, String> {
        let state: Self = serde_json::from_value(Value::Object(saved)).map_err(invalid_state)?;
        state.check()?;
        Ok(state)
    }

    /// Reads the fields that are valid in this version; the others become the default.
    fn read_known_fields(saved: &Map<String, Value>) -> Self {
        let is_valid =
            |key: &String, value: &Value| Self::read_fields(Map::from_iter([(key.clone(), value.clone())])).is_ok();
        let valid = saved.iter().filter(|(key, value)| is_valid(key, value));
        Self::read_fields(valid.map(|(key, value)| (key.clone(), value.clone())).collect()).unwrap_or_default()
    }

    fn to_object(&self) -> Map<String, Value> {
        // Serialization of strings, numbers and lists does not fail; an empty object would be read as the default.
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => Map::new(),
        }
    }

    /// Returns the JSON object to save.
    #[must_use]
    pub fn to_saved(&self) -> Value {
        let mut saved = self.to_object();
        saved.insert("version".into(), VERSION.into());
        self.later.add_to(&mut saved);
        Value::Object(saved)
    }

    fn check(&self) -> Result<(), String> {
        for mapping in self.midi.iter().flatten() {
            let numbers = [mapping.cc, mapping.note];
            if let Some(got) = numbers.into_iter().flatten().find(|&number| number > 127) {
                let cause =
                    format_args!("MIDI number of `{}` out of range (expected 0 to 127, got {got})", mapping.tag);
                return Err(invalid_state(cause));
            }
        }
        self.thresholds.check()?;
        self.tempo.check().map_err(invalid_state)?;
        let models = self.added_models.len();
        if models > MAX_ADDED_MODELS {
            let cause = format_args!("too many added models (expected at most {MAX_ADDED_MODELS}, got {models})");
            return Err(invalid_state(cause));
        }
        if self.report.hop == ReportHop::Frames(0) {
            return Err(invalid_state("report hop out of range (expected at least 1 frame, got 0)"));
        }
        Ok(())
    }
}

/// Key of a warning about the saved object, which the plugin adds before it calls [`State::from_saved`].
pub const WARNING_KEY: &str = "complaint";

/// Returns the name of a JSON type for error messages.
fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
