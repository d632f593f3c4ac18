//! Gaia histories with any content are read or rejected; a history that is read is written without a change, and its
//! classifier is built and used or rejected.

#![no_main]

use earmark_gaia::{Classifier, DescriptorSet, HistoryFile, TrackValue, ValueType};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(history) = HistoryFile::from_bytes(bytes) else { return };
    assert!(history.to_bytes() == bytes);
    let Ok(classifier) = Classifier::from_history(&history) else { return };
    let mut track = DescriptorSet::default();
    for needed in classifier.needed() {
        // A file of few bytes may claim descriptors of any length.
        let count = needed.count.min(1 << 16);
        let value = match needed.value_type {
            ValueType::Text => TrackValue::Text(vec![needed.enumeration.first().cloned().unwrap_or_default(); count]),
            ValueType::Real | ValueType::Enumeration => TrackValue::Real(vec![0.5; count]),
        };
        track.insert(&needed.name, value);
    }
    let _ = classifier.classify(&track);
});
