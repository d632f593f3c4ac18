//! Table `tensors` of a card beside a network: the names in the file of its input, its outputs, its states and the inputs
//! that are constant. The card of an installed model has no such table, because the conversion renames them.

use std::collections::BTreeMap;

use earmark_import::{SideInputs, Source, StateInput};
use earmark_models::{Card, ModelError, state_names};
use serde::{Deserialize, Serialize};

use crate::InstallError;
use crate::activation::Activation;
use crate::message::{write_bytes, write_integer};

/// Name of an output before a function is appended to it.
const RAW: [(&str, &str); 2] = [("activations", "scores"), ("embeddings", "raw embeddings")];

/// Tensors of a network file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TensorTable {
    /// Name of the input with the features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    /// Name of the output with one value per class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) activations: Option<String>,
    /// Name of the output with the embedding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) embeddings: Option<String>,
    /// Function that is appended to the activations: `softmax` or `sigmoid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) activation: Option<ActivationKey>,
    /// Factor of the embedding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) embeddings_multiply: Option<f32>,
    /// Number added to the embedding after the multiplication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) embeddings_add: Option<f32>,
    /// Inputs that are set to a number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) constants: BTreeMap<String, f64>,
    /// Tensors that the network carries from patch to patch, in the order of the card's `states`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) states: Vec<StateTensors>,
}

/// Name of a function that turns outputs into probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ActivationKey {
    /// For classes that exclude each other.
    Softmax,
    /// For independent classes.
    Sigmoid,
}

/// Input with a state, and output with its next value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateTensors {
    /// Name of the input.
    pub(crate) input: String,
    /// Name of the output.
    pub(crate) output: String,
}

impl TensorTable {
    /// Returns the text of a card without the table, and the table.
    pub(crate) fn split(text: &str) -> Result<(String, Self), InstallError> {
        // An error in the text is reported by the reader of cards, with its line.
        let Ok(mut card) = text.parse::<toml::Table>() else { return Ok((text.to_owned(), Self::default())) };
        let Some(tensors) = card.remove("tensors") else { return Ok((text.to_owned(), Self::default())) };
        let id = card.get("id").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let tensors = tensors.try_into().map_err(|error: toml::de::Error| {
            let why = format!("tensors: {}", error.to_string().trim_end().replace('\n', " "));
            ModelError::Card { id, why }
        })?;
        // A table that was read always serializes.
        Ok((toml::to_string(&card).unwrap_or_default(), tensors))
    }

    /// Returns the name of the input with the features: the only one that is neither constant nor a state, if the table
    /// names none.
    pub(crate) fn input(&self, source: &Source) -> Result<String, InstallError> {
        if let Some(input) = &self.input {
            return Ok(input.clone());
        }
        let is_other =
            |name: &str| self.constants.contains_key(name) || self.states.iter().any(|state| state.input == name);
        let features: Vec<&str> =
            source.inputs().iter().map(|info| &*info.name).filter(|name| !is_other(name)).collect();
        match features[..] {
            [input] => Ok(input.to_owned()),
            _ => {
                let got = if features.is_empty() { "none".to_owned() } else { features.join(", ") };
                let next_step = "Name the one with the features in the card, `tensors.input`; the others are \
                                 `tensors.constants` or `tensors.states`";
                Err(InstallError::mismatch("the inputs", "one with the features", format!("{got}. {next_step}")))
            }
        }
    }

    /// Converts a network to ONNX with the names of an installed model.
    pub(crate) fn convert(
        &self,
        source: &Source,
        (input, card): (&str, &Card),
        outputs: &[&str],
    ) -> Result<Vec<u8>, InstallError> {
        if self.states.len() != card.states.len() {
            let what = "`tensors.states`";
            return Err(InstallError::mismatch(
                what,
                format!("{} as in `states`", card.states.len()),
                self.states.len(),
            ));
        }
        let is_scaled = self.embeddings_multiply.is_some() || self.embeddings_add.is_some();
        let raw = |name: &str| match name {
            "activations" if self.activation.is_some() => RAW[0].1.to_owned(),
            "embeddings" if is_scaled => RAW[1].1.to_owned(),
            name => name.to_owned(),
        };
        let names: Vec<[String; 2]> = (0..self.states.len()).map(state_names).collect();
        let mut pairs: Vec<(&str, String)> = outputs
            .iter()
            .map(|&name| {
                let theirs = if name == "activations" { &self.activations } else { &self.embeddings };
                (theirs.as_deref().unwrap_or(name), raw(name))
            })
            .collect();
        pairs.extend(self.states.iter().zip(&names).map(|(state, [_, next])| (&*state.output, next.clone())));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(theirs, ours)| (*theirs, &**ours)).collect();
        let states: Vec<_> = self
            .states
            .iter()
            .zip(&card.states)
            .zip(&names)
            .map(|((state, shape), [ours, _])| StateInput { theirs: &state.input, shape, ours })
            .collect();
        let constants: Vec<_> = self.constants.iter().map(|(name, value)| (&**name, *value)).collect();
        let side = SideInputs { states: &states, constants: &constants };
        let mut onnx = source.to_onnx_with((input, &card.input), &side, &pairs)?;
        match self.activation {
            Some(ActivationKey::Softmax) => Activation::Softmax.append(&mut onnx, RAW[0].1, RAW[0].0),
            Some(ActivationKey::Sigmoid) => Activation::Sigmoid.append(&mut onnx, RAW[0].1, RAW[0].0),
            None => {}
        }
        if is_scaled {
            let (multiply, add) = (self.embeddings_multiply.unwrap_or(1.0), self.embeddings_add.unwrap_or(0.0));
            append_scale(&mut onnx, (RAW[1].1, RAW[1].0), multiply, add);
        }
        Ok(onnx)
    }
}

/// Number of the element type f32 in ONNX.
const FLOAT: u64 = 1;

/// Appends a multiplication and an addition from the output `from` to a new output `to`.
fn append_scale(onnx: &mut Vec<u8>, (from, to): (&str, &str), multiply: f32, add: f32) {
    let mut graph = Vec::new();
    let names = [(from, "scale multiply", "scaled", "Mul"), ("scaled", "scale add", to, "Add")];
    for (input, constant, output, op) in names {
        let mut node = Vec::new();
        for (field, text) in [(1, input), (1, constant), (2, output), (3, output), (4, op)] {
            write_bytes(&mut node, field, text.as_bytes());
        }
        write_bytes(&mut graph, 1, &node);
    }
    for (name, value) in [("scale multiply", multiply), ("scale add", add)] {
        let mut tensor = Vec::new();
        write_integer(&mut tensor, 2, FLOAT);
        write_bytes(&mut tensor, 8, name.as_bytes());
        write_bytes(&mut tensor, 9, &value.to_le_bytes());
        write_bytes(&mut graph, 5, &tensor);
    }
    let mut output = Vec::new();
    write_bytes(&mut output, 1, to.as_bytes());
    write_bytes(&mut graph, 12, &output);
    write_bytes(onnx, 7, &graph);
}
