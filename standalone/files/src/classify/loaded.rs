//! Classifier with its id.

use std::fs;
use std::path::Path;

use earmark_gaia::{Classifier, DescriptorSet, HistoryFile, NeededDescriptor};
use earmark_models::Registry;
use serde_json::{Value, json};

use super::classified_file::ClassifierResult;
use super::error::LoadClassifierError;

/// Classifier of descriptors with the id under which its results are written.
#[derive(Debug)]
pub struct LoadedClassifier {
    id: String,
    /// SHA-256 of the `.history` file.
    sha256: String,
    classifier: Classifier,
}

impl LoadedClassifier {
    /// Loads classifiers by the ids of added models or the paths of `.history` files; all added classifiers if there is no
    /// name. Blocks.
    ///
    /// # Errors
    /// [`LoadClassifierError`] of the first classifier that cannot be loaded.
    pub fn load_all(registry: &'static Registry, names: &[String]) -> Result<Vec<Self>, LoadClassifierError> {
        let added: Vec<String>;
        let names = if names.is_empty() {
            let cards = registry.cards().into_iter().filter(|card| card.takes_descriptors);
            added = cards.map(|card| card.id.clone()).collect();
            &added
        } else {
            names
        };
        if names.is_empty() {
            return Err(LoadClassifierError::None);
        }
        names.iter().map(|name| Self::load(registry, name)).collect()
    }

    fn load(registry: &'static Registry, name: &str) -> Result<Self, LoadClassifierError> {
        let path = Path::new(name);
        let is_file = path.extension().is_some_and(|extension| extension == "history");
        let (id, bytes) = if is_file {
            let read = fs::read(path);
            let bytes =
                read.map_err(|error| LoadClassifierError::File { path: path.into(), error: error.to_string() })?;
            (path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(), bytes)
        } else {
            (name.to_owned(), registry.classifier(name)?.1)
        };
        let name = || name.to_owned();
        let history = HistoryFile::from_bytes(&bytes)
            .map_err(|error| LoadClassifierError::HistoryFile { name: name(), error: error.into() })?;
        let classifier = Classifier::from_history(&history)
            .map_err(|error| LoadClassifierError::Classifier { name: name(), error: error.into() })?;
        Ok(Self { id, sha256: earmark_models::sha256(&bytes), classifier })
    }

    /// Returns the id under which results are written.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the labels, in the order of the probabilities.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        self.classifier.labels()
    }

    /// Returns the id and the hash of the classifier as JSON.
    pub(super) fn origin(&self) -> Value {
        json!({ "id": self.id, "sha256": self.sha256 })
    }

    /// Returns the names of the descriptors that the classifier needs, such as `lowlevel.mfcc.mean`.
    pub(super) fn needed(&self) -> impl Iterator<Item = &str> {
        self.classifier.needed().iter().map(NeededDescriptor::extractor_name)
    }

    /// Classifies one track.
    pub(super) fn result(&self, descriptors: &DescriptorSet) -> ClassifierResult {
        ClassifierResult {
            model: self.id.clone(),
            class_name: self.classifier.class_name().trim_start_matches("highlevel.").to_owned(),
            labels: self.classifier.labels().to_vec(),
            outcome: self.classifier.classify(descriptors),
        }
    }
}
