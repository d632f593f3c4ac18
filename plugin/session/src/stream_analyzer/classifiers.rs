//! Classifiers of descriptors that run on the window of a stream.

use std::sync::Arc;

use earmark_descriptors::Selection;
use earmark_gaia::{Classifier, ClassifyError, DescriptorSet, HistoryFile, NeededDescriptor};
use earmark_models::{Card, Prediction, PredictionValue, Registry};

use crate::descriptors::LiveDescriptors;

/// Classifier with its card.
pub(super) struct WindowClassifier {
    card: Arc<Card>,
    classifier: Classifier,
    /// Whether the last window could not be classified, so that the message is not repeated every second.
    failed: bool,
}

impl WindowClassifier {
    /// Loads the classifier `id` of the registry.
    ///
    /// # Errors
    /// The message why it cannot be loaded, or which descriptors it needs that are not computed.
    pub(super) fn load(registry: &'static Registry, id: &str) -> Result<Self, String> {
        let (card, bytes) = registry.classifier(id).map_err(|error| error.to_string())?;
        let message = |error: &dyn std::fmt::Display| format!("cannot use classifier `{id}`: {error}");
        let history = HistoryFile::from_bytes(&bytes).map_err(|error| message(&error))?;
        let classifier = Classifier::from_history(&history).map_err(|error| message(&error))?;
        let is_computed = |name: &&str| Selection::new(&[name]).is_ok();
        let needed = classifier.needed().iter().map(NeededDescriptor::extractor_name);
        let missing: Vec<&str> = needed.filter(|name| !is_computed(name)).collect();
        if !missing.is_empty() {
            return Err(message(&format!("descriptors are not computed ({})", missing.join(", "))));
        }
        Ok(Self { card: Arc::new(card.clone()), classifier, failed: false })
    }

    /// Returns the card.
    pub(super) fn card(&self) -> &Arc<Card> {
        &self.card
    }

    /// Classifies a window; none if a descriptor is not known yet, because the window is too short.
    ///
    /// # Errors
    /// The message why the window cannot be classified, once until a window can be.
    pub(super) fn classify(&mut self, descriptors: &LiveDescriptors) -> Result<Option<Prediction>, String> {
        let prediction = |outcome| Prediction {
            model: self.card.id.as_str().into(),
            generation: descriptors.generation,
            start_s: descriptors.end_s - descriptors.window_s,
            end_s: descriptors.end_s,
            outcome,
        };
        if descriptors.silent {
            return Ok(Some(prediction(PredictionValue::Silent)));
        }
        match self.classifier.classify(&DescriptorSet::from(&*descriptors.window)) {
            Ok(classification) => {
                self.failed = false;
                let values = match classification.probabilities {
                    Some(probabilities) => probabilities.iter().map(|&probability| probability as f32).collect(),
                    // Without probabilities, the class is certain.
                    None => {
                        (0..self.card.classes).map(|class| f32::from(u8::from(class == classification.index))).collect()
                    }
                };
                Ok(Some(prediction(PredictionValue::Tags { values, embedding: None })))
            }
            // A descriptor that is computed is null while the window is too short for it.
            Err(ClassifyError::Descriptors { unexpected, .. }) if unexpected.is_empty() => Ok(None),
            Err(_) if self.failed => Ok(None),
            Err(error) => {
                self.failed = true;
                Err(format!("cannot use classifier `{}`: {error}", self.card.id))
            }
        }
    }
}
