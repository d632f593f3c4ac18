//! An added model that listens beside the chosen ones.

use std::sync::Arc;

use earmark_models::smooth::Smoother;
use earmark_models::{Card, Kind, Outcome, Prediction};

use crate::state::Thresholds;
use crate::view::MoreView;

/// An added model, with what is kept from one of its predictions to the next.
pub(super) struct More {
    pub(super) card: Arc<Card>,
    pub(super) rate_hz: f64,
    /// Of shares of the card's scale, 0 to 1.
    smoother: Smoother,
}

impl More {
    pub(super) fn new(card: &Card, rate_hz: f64) -> Self {
        let smoother = Smoother::new(card.labels.len(), Smoother::USUAL_S);
        Self { card: Arc::new(card.clone()), rate_hz, smoother }
    }

    /// Takes a prediction, and gives what is to be shown then.
    pub(super) fn take(&mut self, prediction: &Prediction, smoothing_s: f32) -> MoreView {
        let (low, high) = self.scale();
        let (values, end_s) = (latest(&prediction.outcome), prediction.end_s);
        self.smoother.set_time_constant_s(smoothing_s.into());
        match self.card.kind {
            // Silence has no place on a scale.
            Kind::Values { .. } if values.is_empty() => {}
            kind if !kind.has_labels() => {}
            _ if values.is_empty() => self.smoother.push_silence(end_s),
            _ => {
                let shares: Vec<f32> = values.iter().map(|value| (value - low) / (high - low)).collect();
                self.smoother.push(&shares, end_s);
            }
        }
        let smoothed = if self.card.kind.has_labels() {
            self.smoother.values().iter().map(|share| low + share * (high - low)).collect()
        } else {
            values.clone()
        };
        MoreView {
            card: Arc::clone(&self.card),
            smoothed,
            lit: self.smoother.lit().to_vec(),
            silent: values.is_empty(),
            latest: values,
            start_s: prediction.start_s,
            end_s,
            rate_hz: self.rate_hz,
        }
    }

    /// The smoothed values as shares of the scale, in the order of the labels.
    pub(super) fn shares(&self) -> &[f32] {
        self.smoother.values()
    }

    pub(super) fn lit(&self) -> &[bool] {
        self.smoother.lit()
    }

    pub(super) fn reset(&mut self) {
        self.smoother.reset();
    }

    /// Takes thresholds.
    pub(super) fn follow(&mut self, thresholds: &Thresholds) {
        let of = |label: &String| thresholds.of_class(self.card.kind, label);
        self.smoother.set_thresholds(self.card.labels.iter().map(of));
    }

    fn scale(&self) -> (f32, f32) {
        match self.card.kind {
            Kind::Values { low, high } => (low, high),
            _ => (0.0, 1.0),
        }
    }
}

/// The numbers of a prediction; none of silence.
fn latest(outcome: &Outcome) -> Vec<f32> {
    match outcome {
        Outcome::Tags { values, .. } | Outcome::Values(values) => values.clone(),
        Outcome::Tempo { local, .. } => vec![local.bpm, local.confidence],
        Outcome::Pitch(pitch) => vec![pitch.hz, pitch.confidence],
        _ => Vec::new(),
    }
}

/// Names of everything that can be followed, in the order in which models listen: a label that one before has already
/// is told apart by its model.
pub(super) fn names(tags: Option<&[String]>, more: &[More]) -> Arc<[String]> {
    let mut names: Vec<String> = tags.unwrap_or_default().to_vec();
    for more in more {
        for label in &more.card.labels {
            let taken = names.contains(label);
            names.push(if taken { format!("{label} ({})", more.card.id) } else { label.clone() });
        }
    }
    names.into()
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;

    use super::*;

    fn card(kind: Kind, labels: &[&str]) -> Card {
        let mut card = Registry::global().shipped()[0].clone();
        (card.id, card.kind, card.classes) = ("mine".into(), kind, labels.len());
        card.labels = labels.iter().map(ToString::to_string).collect();
        card
    }

    fn heard(outcome: Outcome, end_s: f64) -> Prediction {
        Prediction { model: "mine".into(), generation: 0, start_s: end_s - 3.0, end_s, outcome }
    }

    #[test]
    fn values_keep_their_scale_and_silence_leaves_them_where_they_were() {
        let mut more = More::new(&card(Kind::Values { low: 1.0, high: 9.0 }, &["valence", "arousal"]), 10.0);
        more.follow(&Thresholds::default());
        let view = more.take(&heard(Outcome::Values(vec![3.0, 7.0]), 3.0), 0.0);
        assert_eq!((view.smoothed, view.lit), (vec![3.0, 7.0], vec![false, true]));
        assert_eq!(more.shares(), [0.25, 0.75]);
        let view = more.take(&heard(Outcome::Silent, 4.0), 0.0);
        assert_eq!((view.smoothed, view.silent), (vec![3.0, 7.0], true));
    }

    #[test]
    fn a_class_is_lit_when_it_is_likelier_than_not_and_fades_in_silence() {
        let mut more = More::new(&card(Kind::Classes, &["happy", "non_happy"]), 10.0);
        more.follow(&Thresholds::default());
        let tags = |values: Vec<f32>| Outcome::Tags { values, embedding: None };
        assert_eq!(more.take(&heard(tags(vec![0.45, 0.55]), 3.0), 0.0).lit, [false, true]);
        assert_eq!(more.take(&heard(tags(vec![0.9, 0.1]), 4.0), 0.0).lit, [true, false]);
        assert!(more.take(&heard(Outcome::Silent, 60.0), 1.0).smoothed[0] < 1e-6);
    }

    #[test]
    fn a_label_that_is_there_already_is_told_apart() {
        let more = [More::new(&card(Kind::Classes, &["happy", "non_happy"]), 10.0)];
        let names = names(Some(&["rock".into(), "happy".into()]), &more);
        assert_eq!(*names, ["rock", "happy", "happy (mine)", "non_happy"].map(str::to_owned));
    }
}
