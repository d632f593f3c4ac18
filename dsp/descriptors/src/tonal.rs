//! Tonal descriptors: tuning, pitch class profiles, key and chords.
//!
//! [`Tonal`] reads the un-gained mono stream at 44.1 kHz and records the strongest spectral peaks of each frame.
//! Profiles are computed from the record when it is described, for the tuning of the whole stream, and kept until gain
//! or tuning change.
//!
//! The noise that [`SilentFrames::Noise`] adds lies far below the least magnitude of a peak (1e-5 after the gain):
//! silent frames have the same values, profiles of zeros, with it and without.

mod cache;
mod chords;
mod describe;
mod hpcp;
mod key;
mod live;
mod record;
#[cfg(test)]
mod tests;
mod tuning;
mod tuning_system;

use std::ops::Range;

use earmark_dsp::Framer;

use cache::{Cache, Stages};
use key::KeyEstimator;
use record::{FrameAnalyzer, Record};

pub use chords::{CHORDS, Chord, ChordStatistics};
pub use describe::TonalFrame;
pub use hpcp::{HIGH_RESOLUTION_BINS, PROFILE_BINS};
pub use key::{Key, KeyProfile, PitchClass, Scale};
pub use live::TonalSummary;
pub use record::MAX_PEAKS;
pub use tuning::{STANDARD_HZ, TUNING_BINS, TuningHistogram, TuningVote, tuning_hz};
pub use tuning_system::TuningSystem;

use crate::error::DescriptorError;
use crate::math::frames_in;
use crate::options::{FrameOptions, SilentFrames};

/// Mean square below which a frame is silent, after the gain.
const SILENCE: f64 = 1e-10;
/// Largest change of the tuning in cents at which a stream that goes on keeps its profiles.
const MAX_TUNING_DRIFT_CENTS: i32 = 2;

/// Dotted names of the descriptors that need a stage.
const KEY_NAMES: [&str; 2] = ["tonal.hpcp", "tonal.thpcp"];
const CHORD_NAMES: [&str; 8] = [
    "tonal.hpcp_crest",
    "tonal.hpcp_entropy",
    "tonal.chords_strength",
    "tonal.chords_histogram",
    "tonal.chords_number_rate",
    "tonal.chords_changes_rate",
    "tonal.chords_key",
    "tonal.chords_scale",
];
const HIGH_RESOLUTION_NAMES: [&str; 3] = [
    "tonal.tuning_diatonic_strength",
    "tonal.tuning_equal_tempered_deviation",
    "tonal.tuning_nontempered_energy_ratio",
];

/// Streaming analyzer of the tonal descriptors, with the record of its frames.
///
/// The record grows by about 35 kB a second with all stages.
pub struct Tonal {
    options: FrameOptions,
    framer: Framer,
    analyzer: FrameAnalyzer,
    record: Record,
    cache: Cache,
    /// Estimators for [`KeyProfile::LAYOUT`].
    keys: [KeyEstimator; 3],
    diatonic: KeyEstimator,
    finished: bool,
    /// Frames of the window that is described.
    frames: Vec<usize>,
}

impl Tonal {
    /// Creates an analyzer of the descriptors for which `wanted` returns true, by their dotted names, such as
    /// `tonal.hpcp` or `tonal.key_edma.key`. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DescriptorError::Dsp`] if the frames of `options` cannot be analyzed.
    pub fn new(options: FrameOptions, wanted: &dyn Fn(&str) -> bool) -> Result<Self, DescriptorError> {
        options.check()?;
        let any = |names: &[&str]| names.iter().any(|name| wanted(name));
        let key_leaf = |profile: &KeyProfile| key_names(*profile).iter().any(|name| wanted(name));
        let chord = any(&CHORD_NAMES);
        let stages = Stages {
            // The histogram of chords starts with the chord of the key.
            key: any(&KEY_NAMES) || KeyProfile::LAYOUT.iter().any(key_leaf) || chord,
            chord,
            high_resolution: any(&HIGH_RESOLUTION_NAMES),
        };
        Ok(Self {
            framer: Framer::new(options.frame_len, options.hop)?,
            analyzer: FrameAnalyzer::new(&options)?,
            record: Record::default(),
            cache: Cache::new(stages, options.hop),
            keys: KeyProfile::LAYOUT.map(|profile| KeyEstimator::new(profile, true, PROFILE_BINS)),
            diatonic: KeyEstimator::new(KeyProfile::Diatonic, true, HIGH_RESOLUTION_BINS),
            finished: false,
            frames: Vec::new(),
            options,
        })
    }

    /// Adds samples of the stream: mono, 44.1 kHz, un-gained. Blocks of any size give the same record.
    pub fn push(&mut self, samples: &[f32]) {
        let Self { framer, analyzer, record, .. } = self;
        framer.push(samples, |frame| analyzer.analyze(frame, record));
    }

    /// Ends the stream: records the last frames, which are padded with zeros.
    pub fn finish(&mut self) {
        let Self { framer, analyzer, record, .. } = self;
        framer.flush(|frame| analyzer.analyze(frame, record));
        self.finished = true;
    }

    /// Discards the record: the next sample is sample 0 of a new stream.
    pub fn reset(&mut self) {
        self.framer.reset();
        self.record.clear();
        self.cache.clear();
        self.finished = false;
    }

    /// Returns the number of frames in the record.
    #[must_use]
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Whether the record has no frames.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.record.len() == 0
    }

    /// Brings the values of all frames up to date and selects the frames of a window (in samples; `None` for all).
    ///
    /// The tuning is that of the whole stream. While the stream goes on, profiles are computed again only if the tuning
    /// moved by more than 2 cents; a finished stream has the exact tuning.
    fn prepare(&mut self, window: Option<Range<u64>>, gain: f64) {
        let gain = if gain.is_finite() && gain > 0.0 { gain } else { 1.0 };
        let counts = |record: &Record, index: usize| {
            self.options.silent != SilentFrames::Drop
                || f64::from(record.frame(index).mean_square) * gain * gain >= SILENCE
        };
        self.frames.clear();
        self.frames.extend((0..self.record.len()).filter(|&index| counts(&self.record, index)));
        let cents = self.tuning_cents();
        let drift = (cents - self.cache.cents()).abs();
        let cents = if self.finished || drift > MAX_TUNING_DRIFT_CENTS { cents } else { self.cache.cents() };
        self.cache.update(&self.record, cents, gain);
        let selected = frames_in(window.as_ref(), 0, self.options.hop, self.record.len());
        self.frames.retain(|index| selected.contains(index));
    }

    /// Returns the tuning of the selected frames in cents.
    fn tuning_cents(&self) -> i32 {
        let mut histogram = TuningHistogram::default();
        self.frames.iter().for_each(|&index| histogram.add(self.record.frame(index).vote));
        histogram.cents()
    }
}

/// Returns the dotted names of tonic, scale and strength of a key.
fn key_names(profile: KeyProfile) -> [String; 3] {
    ["key", "scale", "strength"].map(|leaf| format!("tonal.key_{}.{leaf}", profile.name()))
}
