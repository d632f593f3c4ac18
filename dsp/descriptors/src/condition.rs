//! Condition of a stream: what limits the meaning of its descriptors.

use crate::SAMPLE_RATE_HZ;
use crate::pool::{Pool, Value};

/// Condition of the stream that a pool describes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// Whether the stream is silent: only loudness and duration are known, all other values are null.
    pub silent: bool,
    /// Descriptors for which the stream is too short; their values are those of the reference, or null.
    pub too_short_for: Vec<String>,
    /// Number of samples that were NaN, infinite or beyond +120 dBFS, and count as 0.
    pub sanitized_samples: u64,
    /// Whether the replay gain drives samples beyond full scale. A whole stream is then analyzed again if its audio was
    /// kept; otherwise the values are those of the signal that is not limited.
    pub clips: bool,
}

/// Shortest duration in seconds from which a descriptor has its meaning.
const SHORTEST_S: &[(&str, f64)] = &[
    // Two window lengths of the fluctuation analysis.
    ("rhythm.danceability", 0.68),
    // One block.
    ("lowlevel.loudness_ebu128.momentary", 0.4),
    ("lowlevel.loudness_ebu128.short_term", 3.0),
    ("lowlevel.loudness_ebu128.loudness_range", 3.0),
    ("lowlevel.average_loudness", 2.0),
    ("lowlevel.dynamic_complexity", 0.2),
    // One period frame of the beat tracker.
    ("rhythm.bpm", 5.944),
    ("rhythm.beats_position", 1.1),
    // One chord window.
    ("tonal.chords_key", 2.0),
    ("tonal.key_edma", 2.0),
    ("tonal.key_krumhansl", 2.0),
    ("tonal.key_temperley", 2.0),
];

/// Returns the descriptors of `pool` for which `samples` at 44.1 kHz are too few, in alphabetical order.
pub(crate) fn too_short_for(pool: &Pool, samples: u64) -> Vec<String> {
    let seconds = samples as f64 / SAMPLE_RATE_HZ;
    let has = |name: &str| pool.iter().any(|(leaf, _)| leaf.starts_with(name));
    let mut names: Vec<String> = SHORTEST_S
        .iter()
        .filter(|(name, shortest_s)| seconds < *shortest_s && has(name))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let singular = |name: &&str| pool.get(name) == Some(&Value::Null) && !pool.condition.silent;
    names.extend(["lowlevel.gfcc.icov", "lowlevel.mfcc.icov"].into_iter().filter(singular).map(str::to_owned));
    names.sort();
    names
}
