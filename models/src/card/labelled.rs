//! Labels of a card with the values of a prediction.

use crate::{Card, Prediction};

impl Card {
    /// Returns the labels with their values in `prediction`, in the order of the card. Empty for silence, for a prediction
    /// of another model, and for a model without labels.
    pub fn labelled<'a>(&'a self, prediction: &'a Prediction) -> impl Iterator<Item = (&'a str, f32)> {
        let values = prediction.outcome.values().filter(|_| *prediction.model == *self.id).unwrap_or_default();
        self.labels.iter().map(String::as_str).zip(values.iter().copied())
    }

    /// Returns the `count` labels with the greatest values in `prediction`, the greatest first. Allocates.
    #[must_use]
    pub fn top_labels<'a>(&'a self, prediction: &'a Prediction, count: usize) -> Vec<(&'a str, f32)> {
        let mut labelled: Vec<_> = self.labelled(prediction).collect();
        labelled.sort_by(|a, b| b.1.total_cmp(&a.1));
        labelled.truncate(count);
        labelled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LocalTempo, PredictionValue};

    fn prediction(model: &str, outcome: PredictionValue) -> Prediction {
        Prediction { model: model.into(), generation: 0, start_s: 0.0, end_s: 3.0, outcome }
    }

    #[test]
    fn labels_come_with_the_values_of_their_own_model_only() {
        let labels = ["rock", "jazz", "folk"].map(str::to_owned).to_vec();
        let card = Card::descriptor_classifier("mine", labels, 1);
        let values = vec![0.1, 0.7, 0.2];
        let tags = || PredictionValue::Tags { values: values.clone(), embedding: None };
        let of_mine = prediction("mine", tags());
        assert_eq!(card.labelled(&of_mine).collect::<Vec<_>>(), [("rock", 0.1), ("jazz", 0.7), ("folk", 0.2)]);
        assert_eq!(card.top_labels(&of_mine, 2), [("jazz", 0.7), ("folk", 0.2)]);
        assert_eq!(card.top_labels(&of_mine, 9).len(), 3);
        let quantities = prediction("mine", PredictionValue::Values(values.clone()));
        assert_eq!(card.labelled(&quantities).count(), 3);
        let local = LocalTempo { bpm: 120.0, confidence: 1.0 };
        for other in [
            prediction("other", tags()),
            prediction("mine", PredictionValue::Silent),
            prediction("mine", PredictionValue::Tempo { local, probabilities: values.clone() }),
        ] {
            assert_eq!(card.labelled(&other).count(), 0, "{other:?}");
        }
    }
}
