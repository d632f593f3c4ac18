//! Descriptors for which a stream is too short.

use crate::SAMPLE_RATE_HZ;
use crate::pool::{Pool, Value};

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
