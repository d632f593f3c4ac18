//! Origin of results: program, models and settings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use earmark_capture::decode::DecoderChoice;
use earmark_models::{Card, Gate, Model};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hop::{Hop, frame_s, frames_of};

/// Origin of the results of a run: program, models and settings. All outputs contain it, once per run or per file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the program.
    pub program: Cow<'static, str>,
    /// Version of the program.
    pub version: Cow<'static, str>,
    /// Models with their hops, in the order of the results.
    pub models: Vec<ModelProvenance>,
    /// Silence gate; `None` if silence is analyzed.
    pub gate: Option<GateSettings>,
    /// Choice of the decoder: `auto`, `builtin` or `ffmpeg`.
    pub decoder: Cow<'static, str>,
    /// Other options that decide the values, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
}

/// Model of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelProvenance {
    /// Id of the model.
    pub id: String,
    /// SHA-256 of its weights, in lower-case hexadecimal.
    pub sha256: String,
    /// Hop between two predictions, in frames.
    pub hop_frames: usize,
    /// Hop between two predictions, in seconds.
    pub hop_s: f64,
    /// Model whose embedding a head takes; absent for a model that takes patches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseProvenance>,
}

/// Model whose embedding a head takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseProvenance {
    /// Id of the model.
    pub id: String,
    /// SHA-256 of its weights, in lower-case hexadecimal.
    pub sha256: String,
}

/// Settings of the silence gate, as in [`Gate`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GateSettings {
    /// Level below which a frame is silent, in dB relative to full scale.
    pub floor_dbfs: f32,
    /// Share of silent frames from which a patch is silent, 0 to 1.
    pub share: f32,
}

impl Provenance {
    /// Returns the origin of results of this program without models.
    #[must_use]
    pub fn new(gate: Option<Gate>, decoder: DecoderChoice) -> Self {
        Self {
            program: "earmark".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            models: Vec::new(),
            gate: gate.map(|Gate { floor_dbfs, share }| GateSettings { floor_dbfs, share }),
            decoder: match decoder {
                DecoderChoice::Auto => "auto",
                DecoderChoice::Builtin => "builtin",
                DecoderChoice::Ffmpeg => "ffmpeg",
            }
            .into(),
            options: BTreeMap::new(),
        }
    }

    /// Adds a model with its hop.
    #[must_use]
    pub fn model(mut self, model: &Model, hop: Option<Hop>) -> Self {
        let card = model.card();
        let hop_frames = frames_of(hop, card);
        let base = model.base().map(|base| {
            let Card { id, sha256, .. } = base.card();
            BaseProvenance { id: id.clone(), sha256: sha256.clone() }
        });
        self.models.push(ModelProvenance {
            id: card.id.clone(),
            sha256: card.sha256.clone(),
            hop_frames,
            hop_s: hop_frames as f64 * frame_s(card),
            base,
        });
        self
    }

    /// Adds an option that decides the values.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }

    /// Returns the first setting in which results of the `earlier` origin can have other values, as texts of the expected
    /// and the earlier setting. Versions and decoders are no settings.
    #[must_use]
    pub fn difference(&self, earlier: &Self) -> Option<(String, String)> {
        let text = |origin: &Self| {
            let models = serde_json::to_value(&origin.models);
            let gate = serde_json::to_value(origin.gate);
            let options = serde_json::to_value(&origin.options);
            [("models", models), ("gate", gate), ("options", options)]
                .map(|(name, value)| format!("{name} {}", value.unwrap_or_default()))
        };
        text(self).into_iter().zip(text(earlier)).find(|(expected, got)| expected != got)
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;

    use super::*;

    #[test]
    fn origin_names_the_weights_and_differs_by_what_changes_values() {
        let model = Registry::global().load("msd-musicnn").unwrap();
        let of = |gate, hop| Provenance::new(gate, DecoderChoice::Auto).model(&model, hop);
        let origin = of(Some(Gate::default()), None);
        let json = serde_json::to_string(&origin).unwrap();
        assert_eq!(serde_json::from_str::<Provenance>(&json).unwrap(), origin);
        let [found] = &origin.models[..] else { panic!("expected one model, got {json}") };
        assert_eq!((&found.sha256, found.hop_frames, &found.base), (&model.card().sha256, 93, &None));
        assert!((found.hop_s - 1.488).abs() < 1e-12);

        let other_version = Provenance { version: "9".into(), decoder: "ffmpeg".into(), ..origin.clone() };
        assert_eq!(origin.difference(&other_version), None);
        let (expected, got) = origin.difference(&of(None, None)).unwrap();
        assert!(expected.starts_with("gate {\"floor_dbfs\":-70.0") && got == "gate null", "{expected}, {got}");
        let (_, got) = origin.difference(&of(Some(Gate::default()), Some(Hop::Frames(7)))).unwrap();
        assert!(got.contains("\"hop_frames\":7"), "{got}");
        let (_, got) = origin.difference(&origin.clone().option("mean", true)).unwrap();
        assert_eq!(got, "options {\"mean\":true}");
    }
}
