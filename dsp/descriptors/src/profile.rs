//! Settings of the music extractor, with the defaults of Essentia's MusicExtractor.

use crate::aggregate::Statistics;
use crate::options::FrameOptions;
use crate::rhythm::RhythmOptions;

/// Settings that decide values. Two streams with equal settings and samples have equal descriptors.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Time of the first sample that is analyzed, in seconds (default 0).
    pub start_s: f64,
    /// Time up to which samples are analyzed, in seconds (default 1,000,000).
    pub end_s: f64,
    /// Framing of the low-level descriptors.
    pub lowlevel: FrameOptions,
    /// Framing of the tonal descriptors.
    pub tonal: FrameOptions,
    /// Length and distance of the blocks of average loudness, in samples (default 88,200 and 44,100).
    pub average_loudness: (usize, usize),
    /// Beat tracker; its `compat` is ignored in favour of `essentia_compatible`.
    pub rhythm: RhythmOptions,
    /// Statistics that are computed.
    pub statistics: Statistics,
    /// Whether values in which Essentia errs are given as Essentia gives them (default false): coefficients of EBU R128,
    /// `rhythm.bpm_histogram_first_peak_weight`, the downmix that metadata state, lists of one beat.
    pub essentia_compatible: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            start_s: 0.0,
            end_s: 1e6,
            lowlevel: FrameOptions::LOWLEVEL,
            tonal: FrameOptions::TONAL,
            average_loudness: (88_200, 44_100),
            rhythm: RhythmOptions::default(),
            statistics: Statistics::default(),
            essentia_compatible: false,
        }
    }
}
