//! Values of the frames that depend on gain and tuning, kept until these change.

use super::chords::{Chord, ChordEstimator};
use super::hpcp::{HIGH_RESOLUTION_BINS, Hpcp, PROFILE_BINS, Profiles, crest, entropy};
use super::record::Record;
use super::tuning::tuning_hz;

/// Magnitude that a peak exceeds, after the gain.
const THRESHOLD: f64 = 1e-5;

/// Stages of the analysis that are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stages {
    /// Key profile.
    pub(super) key: bool,
    /// Chord profile.
    pub(super) chord: bool,
    /// High-resolution profile.
    pub(super) high_resolution: bool,
}

/// Profiles and chords of all frames of a record.
#[derive(Debug)]
pub(super) struct Cache {
    stages: Stages,
    hpcp: Hpcp,
    estimator: ChordEstimator,
    /// Tuning that the profiles were computed for.
    cents: i32,
    /// Thresholds, from the first to below the second, with which each frame has the profiles that it has.
    thresholds: Vec<[f32; 2]>,
    key: Vec<f32>,
    chord: Vec<f32>,
    high_resolution: Vec<f32>,
    crest: Vec<f32>,
    entropy: Vec<f32>,
    /// Chords whose window lies within the record.
    chords: Vec<Option<Chord>>,
}

impl Cache {
    pub(super) fn new(stages: Stages, hop: usize) -> Self {
        Self {
            stages,
            hpcp: Hpcp::new(),
            estimator: ChordEstimator::new(hop),
            cents: 0,
            thresholds: Vec::new(),
            key: Vec::new(),
            chord: Vec::new(),
            high_resolution: Vec::new(),
            crest: Vec::new(),
            entropy: Vec::new(),
            chords: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.cents = 0;
        self.thresholds.clear();
        self.resize(0);
    }

    /// Returns the tuning that the profiles were computed for in cents.
    pub(super) fn cents(&self) -> i32 {
        self.cents
    }

    /// Brings the values of all frames up to date with the record, a tuning and a gain.
    pub(super) fn update(&mut self, record: &Record, cents: i32, gain: f64) {
        if cents != self.cents {
            self.cents = cents;
            self.thresholds.clear();
        }
        self.resize(record.len());
        let threshold = (THRESHOLD / gain) as f32;
        let tuning_hz = tuning_hz(cents);
        for index in 0..record.len() {
            let peaks = record.frame(index).peaks;
            if self.thresholds.get(index).is_some_and(|[first, end]| (*first..*end).contains(&threshold)) {
                continue;
            }
            let same = peaks.iter().fold([0.0, f32::INFINITY], |[first, end], peak| {
                if peak.height > threshold { [first, end.min(peak.height)] } else { [peak.height.max(first), end] }
            });
            match self.thresholds.get_mut(index) {
                Some(thresholds) => *thresholds = same,
                None => self.thresholds.push(same),
            }
            let peaks = peaks.iter().filter(|peak| peak.height > threshold).copied();
            let key = self.stages.key.then(|| row(&mut self.key, PROFILE_BINS, index));
            let chord = self.stages.chord.then(|| row(&mut self.chord, PROFILE_BINS, index));
            let high_resolution =
                self.stages.high_resolution.then(|| row(&mut self.high_resolution, HIGH_RESOLUTION_BINS, index));
            self.hpcp.write(peaks, tuning_hz, Profiles { key, chord, high_resolution });
            if self.stages.chord {
                let profile = row(&mut self.chord, PROFILE_BINS, index);
                self.crest[index] = crest(profile);
                self.entropy[index] = entropy(profile);
                let half = self.estimator.half_window();
                let end = (index + half + 1).min(self.chords.len());
                self.chords[index.saturating_sub(half)..end].fill(None);
            }
        }
    }

    fn resize(&mut self, frames: usize) {
        let rows = |wanted: bool, bins: usize| if wanted { frames * bins } else { 0 };
        self.key.resize(rows(self.stages.key, PROFILE_BINS), 0.0);
        self.chord.resize(rows(self.stages.chord, PROFILE_BINS), 0.0);
        self.high_resolution.resize(rows(self.stages.high_resolution, HIGH_RESOLUTION_BINS), 0.0);
        self.crest.resize(rows(self.stages.chord, 1), 0.0);
        self.entropy.resize(rows(self.stages.chord, 1), 0.0);
        self.chords.resize(rows(self.stages.chord, 1), None);
    }

    /// Returns the chords of a sequence of frames, which is cut at its ends.
    pub(super) fn chords(&mut self, frames: &[usize]) -> Vec<Chord> {
        if !self.stages.chord {
            return Vec::new();
        }
        (0..frames.len()).map(|place| self.chord_at(frames, place)).collect()
    }

    /// Returns the chord at a place in a sequence of frames.
    pub(super) fn chord_at(&mut self, frames: &[usize], place: usize) -> Chord {
        let half = self.estimator.half_window();
        let window = &frames[place.saturating_sub(half)..(place + half).min(frames.len())];
        let index = frames[place];
        let whole = window.len() == 2 * half && window[window.len() - 1] - window[0] == 2 * half - 1;
        if let (true, Some(chord)) = (whole, self.chords[index]) {
            return chord;
        }
        let profile = |&index: &usize| &self.chord[index * PROFILE_BINS..(index + 1) * PROFILE_BINS];
        let chord = self.estimator.estimate(window.iter().map(profile));
        if whole {
            self.chords[index] = Some(chord);
        }
        chord
    }

    /// Returns the key profile of a frame.
    pub(super) fn key_profile(&self, index: usize) -> &[f32] {
        &self.key[index * PROFILE_BINS..(index + 1) * PROFILE_BINS]
    }

    /// Returns the chord profile of a frame.
    pub(super) fn chord_profile(&self, index: usize) -> &[f32] {
        &self.chord[index * PROFILE_BINS..(index + 1) * PROFILE_BINS]
    }

    /// Returns the high-resolution profile of a frame.
    pub(super) fn high_resolution_profile(&self, index: usize) -> &[f32] {
        &self.high_resolution[index * HIGH_RESOLUTION_BINS..(index + 1) * HIGH_RESOLUTION_BINS]
    }

    /// Returns crest and entropy of the chord profile of a frame.
    pub(super) fn crest_and_entropy(&self, index: usize) -> [f32; 2] {
        [self.crest[index], self.entropy[index]]
    }

    pub(super) fn stages(&self) -> Stages {
        self.stages
    }
}

fn row(rows: &mut [f32], bins: usize, index: usize) -> &mut [f32] {
    &mut rows[index * bins..(index + 1) * bins]
}
