//! Numbers that seem random and depend on an index only, so that equal streams have equal values.

/// Increment of the sequence of SplitMix64.
pub(crate) const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns a hash of `value` (SplitMix64).
pub(crate) fn split_mix(value: u64) -> u64 {
    let mut hash = value.wrapping_add(GAMMA);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

/// Returns a number in [0, 1) from the upper bits of a hash.
pub(crate) fn uniform(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}
