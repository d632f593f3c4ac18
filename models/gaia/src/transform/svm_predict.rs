//! Support vector machine as a transformation.

use libsvm_rs::SvmModel;
use libsvm_rs::io::save_model_to_writer;

use super::error::{TransformError, describe};
use super::parameters::Parameters;
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::history::{HistoryError, Variant};
use crate::layout::{DescriptorLayout, LayoutEntry, ValueCount};
use crate::name::canonical;
use crate::svm::{Coupling, Svm, SvmModelError, first_largest};
use crate::value_type::ValueType;

/// Support vector machine with the names of its inputs and classes.
#[derive(Debug, Clone, PartialEq)]
pub struct SvmPredict {
    /// Canonical name of the class descriptor, such as `.highlevel.mood_sad`.
    pub class_name: String,
    /// Canonical names of the inputs in their order, which is alphabetical.
    pub names: Vec<String>,
    /// Classes; the position of each is its LIBSVM label.
    pub classes: Vec<String>,
    /// Whether probabilities are computed.
    pub probability: bool,
    /// Model in LIBSVM's text format.
    pub model: Vec<u8>,
}

impl SvmPredict {
    /// Converts a trained model.
    ///
    /// # Errors
    /// If the model cannot be written as text, or a label has no class.
    pub fn from_model(
        class_name: &str,
        names: Vec<String>,
        classes: Vec<String>,
        model: &SvmModel,
    ) -> Result<Self, SvmModelError> {
        let mut text = Vec::new();
        save_model_to_writer(&mut text, model).map_err(|error| SvmModelError::Text(error.to_string()))?;
        check_labels(&model.label, &classes)?;
        let probability = model.has_probability_model();
        Ok(Self { class_name: canonical(class_name), names, classes, probability, model: text })
    }

    pub(super) fn read(parameters: &Parameters<'_>) -> Result<Self, HistoryError> {
        Ok(Self {
            class_name: canonical(parameters.text("className")?),
            names: parameters.names()?,
            classes: parameters.texts("classMapping")?,
            probability: parameters.flag("probability", false)?,
            model: parameters.bytes("modelData")?.to_vec(),
        })
    }

    pub(super) fn params(&self) -> Variant {
        Variant::map([
            ("className", Variant::text(crate::name::display_name(&self.class_name))),
            ("classMapping", Variant::texts(&self.classes)),
            ("descriptorNames", Variant::texts(&self.names)),
            ("modelData", Variant::Bytes(Some(self.model.clone()))),
            ("probability", Variant::Bool(self.probability)),
        ])
    }

    /// Returns the canonical name of the descriptor with the probabilities.
    #[must_use]
    pub fn probability_name(&self) -> String {
        format!("{}Probability", self.class_name)
    }

    /// Reads the model for inputs of a number of dimensions.
    ///
    /// # Errors
    /// If the text is no model of a classifier, or a label has no class.
    pub fn svm(&self, dimensions: usize) -> Result<Svm, SvmModelError> {
        let svm = Svm::from_text(&self.model, dimensions)?;
        check_labels(svm.labels(), &self.classes)?;
        if self.probability && !svm.has_probabilities() {
            return Err(SvmModelError::Unsupported {
                item: "probA and probB",
                expected: "parameters for probabilities".into(),
                got: "none".into(),
            });
        }
        Ok(svm)
    }

    pub(super) fn extend_layout(&self, layout: &mut DescriptorLayout) {
        layout.insert(LayoutEntry::new(&self.class_name, ValueType::Text, ValueCount::Variable));
        if self.probability {
            layout.insert(LayoutEntry::new(self.probability_name(), ValueType::Real, ValueCount::Variable));
        }
    }

    /// Adds the class and its probabilities to a point. The model is read each time; `Classifier` reads it once.
    ///
    /// # Errors
    /// If an input is missing, not a number or not finite, or the model does not fit the inputs.
    pub fn apply(&self, point: &mut DescriptorSet) -> Result<(), TransformError> {
        let mut input = Vec::new();
        let mut missing = Vec::new();
        for name in &self.names {
            match point.get(name) {
                Some(TrackValue::Real(values)) => input.extend(values.iter().map(|&value| f64::from(value))),
                Some(TrackValue::Enumeration(numbers)) => input.extend(numbers.iter().map(|&number| f64::from(number))),
                Some(TrackValue::Text(texts)) => {
                    return Err(TransformError::Unexpected {
                        name: name.clone(),
                        expected: "numbers".into(),
                        got: describe(ValueType::Text, texts.len()),
                    });
                }
                None | Some(TrackValue::Missing) => missing.push(name.clone()),
            }
        }
        if !missing.is_empty() {
            return Err(TransformError::Missing { names: missing });
        }
        let svm = self.svm(input.len()).map_err(|error| TransformError::Unexpected {
            name: self.class_name.clone(),
            expected: "a model for these inputs".into(),
            got: error.to_string(),
        })?;
        let decisions = svm.decision_values(&input);
        let at = match svm.probabilities(&decisions, Coupling::Gaia).filter(|_| self.probability) {
            None => svm.vote(&decisions),
            Some(probabilities) => {
                let mut ordered = vec![0.0; self.classes.len()];
                for (&label, &probability) in svm.labels().iter().zip(&probabilities) {
                    ordered[label as usize] = probability as f32;
                }
                point.insert(&self.probability_name(), TrackValue::Real(ordered));
                first_largest(&probabilities)
            }
        };
        let class = self.classes[svm.labels()[at] as usize].clone();
        point.insert(&self.class_name, TrackValue::Text(vec![class]));
        Ok(())
    }
}

/// Checks that each label is the position of a class.
fn check_labels(labels: &[i32], classes: &[String]) -> Result<(), SvmModelError> {
    let fits = |label: &&i32| usize::try_from(**label).is_ok_and(|label| label < classes.len());
    match labels.iter().find(|label| !fits(label)) {
        None => Ok(()),
        Some(label) => Err(SvmModelError::Unsupported {
            item: "label",
            expected: format!("0 to {}", classes.len().saturating_sub(1)),
            got: label.to_string(),
        }),
    }
}
