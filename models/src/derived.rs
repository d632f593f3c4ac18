//! Readings derived from the outputs of a tagger by stated weights: moods without a classifier of their own.
//!
//! A reading is `1 / (1 + exp(-(bias + sum of weight * sqrt(probability))))`. The square root lifts rare tags without
//! letting the noise of tiny values count.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::engine::{Engine, EngineError, OutputSpec};
use crate::error::toml_cause;
use crate::{Card, Kind, Model, ModelError};

/// Table of derived readings, for taggers with the same labels.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DerivationFile {
    /// Start of the ids; that of the tagger follows.
    id: String,
    name: String,
    derived_from: Vec<String>,
    description: String,
    readings: Vec<ReadingTable>,
}

/// Reading with its weights by label of the tagger.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadingTable {
    label: String,
    /// Musical reason for the weights.
    #[serde(rename = "reason")]
    _reason: String,
    bias: f32,
    weights: BTreeMap<String, f32>,
}

/// Card of derived readings, and the engine that computes them.
pub(crate) struct Derivation {
    pub(crate) card: Card,
    engine: Arc<DerivedEngine>,
}

impl Derivation {
    /// Reads a table, and returns its readings for each of `taggers` that it names.
    ///
    /// # Errors
    /// [`ModelError::Card`] if a key is missing or unknown, or a weight is for a label that the tagger does not have.
    pub(crate) fn read(text: &str, taggers: &[Card]) -> Result<Vec<Self>, ModelError> {
        let file: DerivationFile =
            toml::from_str(text).map_err(|error| ModelError::Card { id: String::new(), why: toml_cause(&error) })?;
        let named = |tagger: &&Card| file.derived_from.contains(&tagger.id);
        taggers.iter().filter(named).map(|tagger| Self::of(&file, tagger)).collect()
    }

    fn of(file: &DerivationFile, tagger: &Card) -> Result<Self, ModelError> {
        let id = format!("{}-{}", file.id, tagger.id);
        let mut readings = Vec::new();
        for ReadingTable { label, bias, weights, .. } in &file.readings {
            let weight = |(tag, &weight): (&String, &f32)| match tagger.labels.iter().position(|label| label == tag) {
                Some(place) => Ok((place, weight)),
                None => {
                    let why = format!("readings: `{label}` weighs `{tag}`, which is no label of `{}`", tagger.id);
                    Err(ModelError::Card { id: id.clone(), why })
                }
            };
            readings
                .push(DerivedReading { bias: *bias, weights: weights.iter().map(weight).collect::<Result<_, _>>()? });
        }
        let card = Card {
            id,
            name: file.name.clone(),
            kind: Kind::Tags,
            head_of: Some(tagger.id.clone()),
            derived_from: Some(tagger.id.clone()),
            input: vec![1, tagger.classes],
            embedding: None,
            classes: readings.len(),
            labels: file.readings.iter().map(|reading| reading.label.clone()).collect(),
            positive_class: None,
            description: file.description.clone(),
            sha256: crate::sha256(&[]),
            notes: Vec::new(),
            ..tagger.clone()
        };
        let outputs = [OutputSpec { name: "activations".into(), width: readings.len() }];
        let engine = Arc::new(DerivedEngine { input: [1, tagger.classes], outputs, readings });
        Ok(Self { card, engine })
    }

    /// Returns the model, a head on the activations of `tagger`.
    ///
    /// # Errors
    /// The errors of [`Model::new`] and [`Model::with_base`].
    pub(crate) fn model(&self, tagger: Arc<Model>) -> Result<Model, ModelError> {
        Model::new(self.card.clone(), Arc::clone(&self.engine) as Arc<dyn Engine>)?.with_base(tagger)
    }
}

/// Weights of one reading by index of the label.
struct DerivedReading {
    bias: f32,
    weights: Vec<(usize, f32)>,
}

impl DerivedReading {
    fn value(&self, probabilities: &[f32]) -> f32 {
        let weighted = |&(place, weight): &(usize, f32)| weight * probabilities[place].max(0.0).sqrt();
        let sum = self.bias + self.weights.iter().map(weighted).sum::<f32>();
        1.0 / (1.0 + (-sum).exp())
    }
}

/// Engine that computes derived readings.
struct DerivedEngine {
    input: [usize; 2],
    outputs: [OutputSpec; 1],
    readings: Vec<DerivedReading>,
}

impl Engine for DerivedEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[OutputSpec] {
        &self.outputs
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let [_, expected] = self.input;
        match outputs {
            [output] if input.len() == expected => {
                output.clear();
                output.extend(self.readings.iter().map(|reading| reading.value(input)));
                Ok(())
            }
            _ => {
                Err(EngineError::Run(format!("wrong number of activations (expected {expected}, got {})", input.len())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;

    const TABLE: &str = r#"
        id = "moods"
        name = "Moods"
        derived_from = ["msd-vgg"]
        description = "Test."
        [[readings]]
        label = "loud"
        reason = "Rock is loud."
        bias = -1.0
        weights = { rock = 4.0, Mellow = -2.0 }
    "#;

    fn taggers() -> &'static [Card] {
        Registry::global().builtin()
    }

    #[test]
    fn reading_is_the_logistic_function_of_weighted_square_roots() {
        let derived = Derivation::read(TABLE, taggers()).unwrap();
        let [derived] = &derived[..] else { panic!("expected one tagger, got {}", derived.len()) };
        let tagger = taggers().iter().find(|card| card.id == "msd-vgg").unwrap();
        let mut activations = vec![0.0; tagger.classes];
        for (label, probability) in [("rock", 0.25), ("Mellow", 0.01)] {
            activations[tagger.labels.iter().position(|tag| tag == label).unwrap()] = probability;
        }
        let mut outputs = [Vec::new()];
        derived.engine.run(&activations, &mut outputs).unwrap();
        let expected = 1.0 / (1.0 + (-(-1.0 + 4.0 * 0.5 - 2.0 * 0.1_f32)).exp());
        assert!((outputs[0][0] - expected).abs() < 1e-6, "{outputs:?}");
        assert!(derived.engine.run(&activations[1..], &mut outputs).is_err());
        assert_eq!(
            (derived.card.id.as_str(), derived.card.derived_from.as_deref()),
            ("moods-msd-vgg", Some("msd-vgg"))
        );
    }

    #[test]
    fn weight_of_an_unknown_label_is_rejected() {
        let error = Derivation::read(&TABLE.replace("Mellow", "mellow"), taggers()).err().unwrap().to_string();
        assert!(error.contains("`loud` weighs `mellow`, which is no label of `msd-vgg`"), "{error}");
        assert!(Derivation::read("id = 3", taggers()).is_err());
    }

    #[test]
    fn built_in_moods_are_derived_from_every_tagger() {
        for tagger in taggers().iter().filter(|card| card.kind == Kind::Tags) {
            let card = Registry::global().derived(&tagger.id).unwrap();
            assert!(card.labels.len() >= 3 && card.derived_from.as_ref() == Some(&tagger.id), "{card:?}");
            let model = Registry::global().load(&card.id).unwrap();
            assert_eq!(model.base().unwrap().card().id, tagger.id);
        }
    }
}
