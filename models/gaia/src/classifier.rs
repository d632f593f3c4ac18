//! Classifiers: the part of a history that its support vector machine uses, prepared for fast playback.

mod error;
mod needed;
mod plan;

pub use self::error::{ClassifierError, ClassifyError, UnexpectedDescriptor};
pub use self::needed::NeededDescriptor;
use self::plan::Plan;
use crate::chain::Chain;
use crate::descriptor_set::DescriptorSet;
use crate::history::HistoryFile;
use crate::name::display_name;
use crate::svm::{Coupling, Svm, first_largest};

/// Result of a classifier for one track.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// Class of the track.
    pub value: String,
    /// Position of the class in [`Classifier::labels`].
    pub index: usize,
    /// Probability of each class in the order of [`Classifier::labels`]; `None` if the model has no probabilities.
    pub probabilities: Option<Vec<f64>>,
    /// Decision value of each pair of classes in the order of [`Classifier::pairs`].
    pub decision_values: Vec<f64>,
}

/// Classifier of a history. Immutable; any thread may use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    class_name: String,
    classes: Vec<String>,
    /// Class of each label of the model.
    label_classes: Vec<usize>,
    plan: Plan,
    svm: Svm,
    probability: bool,
    coupling: Coupling,
}

impl Classifier {
    /// Prepares the classifier of a history.
    ///
    /// # Errors
    /// If a transformation cannot be read or is not supported, there is not exactly one support vector machine, or an
    /// input of it cannot be computed from descriptors.
    pub fn from_history(history: &HistoryFile) -> Result<Self, ClassifierError> {
        Self::from_chain(&Chain::from_history(history)?)
    }

    /// Prepares the classifier of a chain.
    ///
    /// # Errors
    /// If there is not exactly one support vector machine, or an input of it cannot be computed from descriptors.
    pub fn from_chain(chain: &Chain) -> Result<Self, ClassifierError> {
        let (plan, predict) = Plan::new(chain)?;
        let svm = predict.svm(plan.dimensions())?;
        // The labels were checked with the model.
        let label_classes = svm.labels().iter().map(|&label| usize::try_from(label).unwrap_or_default()).collect();
        Ok(Self {
            class_name: display_name(&predict.class_name).to_owned(),
            classes: predict.classes.clone(),
            label_classes,
            plan,
            svm,
            probability: predict.probability,
            coupling: Coupling::default(),
        })
    }

    /// Returns the classifier with another derivation of probabilities (default [`Coupling::Gaia`]).
    #[must_use]
    pub fn with_coupling(mut self, coupling: Coupling) -> Self {
        self.coupling = coupling;
        self
    }

    /// Returns the name of the class descriptor, such as `highlevel.mood_sad`.
    #[must_use]
    pub fn class_name(&self) -> &str {
        &self.class_name
    }

    /// Returns the classes in the order of the history.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.classes
    }

    /// Returns the pairs of classes of the decision values, as positions in [`Classifier::labels`]. A positive value is a
    /// vote for the first class.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let labels = &self.label_classes;
        let second = |first: usize| (first + 1..labels.len()).map(move |second| (labels[first], labels[second]));
        (0..labels.len()).flat_map(second).collect()
    }

    /// Returns the descriptors that the support vector machine uses, in alphabetical order. The history may list many
    /// more that it drops.
    #[must_use]
    pub fn needed(&self) -> &[NeededDescriptor] {
        self.plan.needed()
    }

    /// Classifies a track. Allocates; takes less than a millisecond.
    ///
    /// # Errors
    /// If descriptors are missing or of another type or length, which lists all of them, or a value is not finite.
    pub fn classify(&self, track: &DescriptorSet) -> Result<Classification, ClassifyError> {
        let input = self.plan.input(track, &self.class_name)?;
        let decision_values = self.svm.decision_values(&input);
        let by_label = self.svm.probabilities(&decision_values, self.coupling).filter(|_| self.probability);
        let label = by_label.as_deref().map_or_else(|| self.svm.vote(&decision_values), first_largest);
        let index = self.label_classes[label];
        let probabilities = by_label.map(|by_label| {
            let mut probabilities = vec![0.0; self.classes.len()];
            self.label_classes
                .iter()
                .zip(by_label)
                .for_each(|(&class, probability)| probabilities[class] = probability);
            probabilities
        });
        Ok(Classification { value: self.classes[index].clone(), index, probabilities, decision_values })
    }
}

#[cfg(test)]
mod tests;
