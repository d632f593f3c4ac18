//! Names and types of the values of a pool, before any audio is analyzed.

use super::{DESCRIPTORS, Selection, VECTORS};
use crate::aggregate::Statistics;

/// Type of the values of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeafType {
    /// Number.
    Number,
    /// Vector of numbers.
    Vector,
    /// Matrix of numbers.
    Matrix,
    /// Text.
    Text,
}

/// Low-level descriptors of the whole stream: they have no frames, and so no statistics.
const LOWLEVEL_OF_STREAM: [&str; 4] = [
    "lowlevel.average_loudness",
    "lowlevel.dynamic_complexity",
    "lowlevel.loudness_ebu128.integrated",
    "lowlevel.loudness_ebu128.loudness_range",
];

/// Descriptors of rhythm and tonality with statistics over beats or frames.
const OTHERS_OF_FRAMES: [&str; 6] = [
    "rhythm.beats_loudness",
    "rhythm.beats_loudness_band_ratio",
    "tonal.chords_strength",
    "tonal.hpcp",
    "tonal.hpcp_crest",
    "tonal.hpcp_entropy",
];

/// Values of a stream that are known without its file.
const STREAM: [(&str, LeafType); 9] = [
    ("metadata.audio_properties.analysis.downmix", LeafType::Text),
    ("metadata.audio_properties.analysis.equal_loudness", LeafType::Number),
    ("metadata.audio_properties.analysis.length", LeafType::Number),
    ("metadata.audio_properties.analysis.sample_rate", LeafType::Number),
    ("metadata.audio_properties.analysis.start_time", LeafType::Number),
    ("metadata.audio_properties.length", LeafType::Number),
    ("metadata.audio_properties.number_channels", LeafType::Number),
    ("metadata.audio_properties.replay_gain", LeafType::Number),
    ("metadata.audio_properties.sample_rate", LeafType::Number),
];

/// Returns the names that a pool with these statistics has at most, with their types.
#[must_use]
pub fn leaves(statistics: &Statistics, selection: &Selection) -> Vec<(String, LeafType)> {
    let mut leaves = Vec::new();
    for descriptor in DESCRIPTORS {
        if !has_frames(descriptor) {
            leaves.push((descriptor.to_owned(), type_of(descriptor)));
            continue;
        }
        for &statistic in statistics.of(descriptor) {
            match type_of(descriptor) {
                LeafType::Vector if statistic.is_matrix() => {
                    leaves.push((statistic.leaf(descriptor), LeafType::Matrix));
                }
                leaf if !statistic.is_matrix() => leaves.push((statistic.leaf(descriptor), leaf)),
                _ => {}
            }
        }
    }
    leaves.retain(|(name, _)| selection.has_leaf(name));
    if selection.is_all() {
        leaves.extend(STREAM.map(|(name, leaf)| (name.to_owned(), leaf)));
    }
    leaves
}

fn has_frames(descriptor: &str) -> bool {
    if descriptor.starts_with("lowlevel.") {
        !LOWLEVEL_OF_STREAM.contains(&descriptor)
    } else {
        OTHERS_OF_FRAMES.contains(&descriptor)
    }
}

fn type_of(descriptor: &str) -> LeafType {
    if VECTORS.contains(&descriptor) {
        LeafType::Vector
    } else if ["_key", ".key", "_scale", ".scale"].iter().any(|end| descriptor.ends_with(end)) {
        LeafType::Text
    } else {
        LeafType::Number
    }
}

#[cfg(test)]
mod tests {
    use earmark_dsp::SampleRate;

    use super::*;
    use crate::aggregate::Statistic;
    use crate::random::{split_mix, uniform};
    use crate::{Extractor, Profile, Value};

    /// Returns names and types of the values of a stream.
    fn of_stream(statistics: &Statistics, selection: &Selection) -> Vec<(String, LeafType)> {
        let profile = Profile { statistics: statistics.clone(), ..Profile::default() };
        let builder = Extractor::builder(SampleRate::HZ_44100, 1).profile(profile).only(selection.clone());
        let mut extractor = builder.build().unwrap();
        let noise = |i: u64| (uniform(split_mix(i)) as f32 - 0.5) * 0.3;
        extractor.push(&(0..2 * 44_100).map(noise).collect::<Vec<_>>());
        let pool = extractor.finish();
        let leaf_type = |name: &str, value: &Value| match value {
            Value::Number(_) => LeafType::Number,
            Value::Vector(_) => LeafType::Vector,
            Value::Matrix(_) => LeafType::Matrix,
            Value::Text(_) | Value::Texts(_) => LeafType::Text,
            Value::Null => panic!("{name} is null"),
        };
        pool.iter().map(|(name, value)| (name.to_owned(), leaf_type(name, value))).collect()
    }

    #[test]
    fn leaves_are_the_names_and_types_of_a_pool() {
        let moments = Statistics {
            lowlevel: vec![Statistic::Skew, Statistic::Mean],
            mfcc: vec![Statistic::Kurt, Statistic::Icov],
            tonal: vec![Statistic::Last],
            ..Statistics::default()
        };
        for (statistics, names) in [
            (Statistics::default(), &[][..]),
            (moments, &[]),
            (Statistics::default(), &["lowlevel.mfcc.cov", "tonal.key_edma", "rhythm"]),
        ] {
            let selection = Selection::new(names).unwrap();
            let mut expected = leaves(&statistics, &selection);
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            assert_eq!(of_stream(&statistics, &selection), expected, "{names:?}");
        }
    }
}
