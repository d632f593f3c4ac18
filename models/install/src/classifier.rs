//! Gaia classifiers: a `.history` file to a model with a card.

use std::time::Instant;

use earmark_descriptors::Selection;
use earmark_gaia::{Classifier, DescriptorSet, HistoryFile, NeededDescriptor, TrackValue, ValueType};
use earmark_models::{Card, Origin, sha256};

use crate::class_pair::positive_of_pair;
use crate::{InstallError, PreparedModel, Probe};

/// Number of timed runs; the fastest counts.
const RUNS: usize = 3;

/// Reads a `.history` file, and runs the classifier on descriptors that are all 0.
pub(crate) fn prepare(id: &str, bytes: Vec<u8>, file: String) -> Result<PreparedModel, InstallError> {
    let invalid = |error: &dyn std::fmt::Display| InstallError::Classifier(error.to_string());
    let history = HistoryFile::from_bytes(&bytes).map_err(|error| invalid(&error))?;
    let classifier = Classifier::from_history(&history).map_err(|error| invalid(&error))?;
    let labels = classifier.labels().to_vec();
    let positive = positive_of_pair(&labels);
    let dimensions = classifier.needed().iter().map(|needed| needed.count).sum();
    let sha256 = sha256(&bytes);
    let mut card = Card::descriptor_classifier(id, labels, dimensions);
    card.name = classifier.class_name().trim_start_matches("highlevel.").to_owned();
    card.positive_class = positive.and_then(|positive| card.labels.iter().position(|label| *label == positive));
    card.licence = "unknown".into();
    card.source = file.clone();
    card.description = format!("Gaia classifier of {} descriptors.", classifier.needed().len());
    card.origin = Some(Origin { file, sha256: sha256.clone() });
    card.sha256 = sha256;
    card.notes = notes(&classifier);
    let probe = probe(&classifier)?;
    Ok(PreparedModel { card, weights: bytes, probe, waits_for: None })
}

/// Returns a note about descriptors that the extractor does not compute.
fn notes(classifier: &Classifier) -> Vec<String> {
    let is_computed = |name: &&str| Selection::new(&[name]).is_ok();
    let needed = classifier.needed().iter().map(NeededDescriptor::extractor_name);
    let missing: Vec<&str> = needed.filter(|name| !is_computed(name)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "the classifier needs descriptors that the extractor does not compute, so that it runs on files with descriptors \
         only: {}",
        missing.join(", ")
    )]
}

/// Times the classifier on descriptors that are 0, or a text that it knows.
fn probe(classifier: &Classifier) -> Result<Probe, InstallError> {
    let mut track = DescriptorSet::default();
    for needed in classifier.needed() {
        let text = || needed.enumeration.first().cloned().unwrap_or_default();
        let value = match needed.value_type {
            ValueType::Real => TrackValue::Real(vec![0.0; needed.count]),
            _ => TrackValue::Text(vec![text(); needed.count]),
        };
        track.insert(&needed.name, value);
    }
    let mut fastest_s = f64::INFINITY;
    for _ in 0..RUNS {
        let started = Instant::now();
        classifier.classify(&track).map_err(|error| InstallError::Classifier(error.to_string()))?;
        fastest_s = fastest_s.min(started.elapsed().as_secs_f64());
    }
    // A live stream is classified once per second.
    Ok(Probe { answer_ms: fastest_s * 1e3, share: fastest_s, shares_work: false })
}
