//! Descriptors of a window of tonal frames, and their values frame by frame.

use std::ops::Range;

use super::chords::{Chord, ChordStatistics};
use super::hpcp::{HIGH_RESOLUTION_BINS, PROFILE_BINS};
use super::key::{Key, KeyProfile, key_input};
use super::tuning::{TuningVote, first_max, tuning_hz};
use super::tuning_system::TuningSystem;
use super::{CHORD_NAMES, HIGH_RESOLUTION_NAMES, Tonal, key_names};
use crate::aggregate::PoolWriter;
use crate::peaks::Peak;
use crate::pool::Value;

/// Values of the tonal frames of a window; a slice of a stage that is not computed is empty.
#[derive(Debug, Clone, Copy)]
pub struct TonalFrame<'a> {
    /// Number of the frame in the stream; the centre of frame `k` is sample `k * hop`.
    pub index: usize,
    /// Mean square of the samples, un-gained.
    pub mean_square: f32,
    /// Strongest peaks from 20 to 3500 Hz in descending magnitude, un-gained and without a threshold: at most
    /// [`MAX_PEAKS`](super::MAX_PEAKS).
    pub peaks: &'a [Peak],
    /// Contribution to the tuning histogram, un-gained.
    pub tuning: TuningVote,
    /// Key profile ([`PROFILE_BINS`] values, 0 to 1, from A upwards): `tonal.hpcp`.
    pub hpcp: &'a [f32],
    /// Chord profile ([`PROFILE_BINS`] values, 0 to 1).
    pub chord_hpcp: &'a [f32],
    /// Chord profile in high resolution ([`HIGH_RESOLUTION_BINS`] values, 0 to 1).
    pub high_resolution_hpcp: &'a [f32],
    /// Chord of the 2 s around the frame.
    pub chord: Option<Chord>,
}

impl Tonal {
    /// Writes the descriptors of a window of the stream (in samples; `None` for all of it) under a gain (linear).
    ///
    /// A window holds the frames whose centres lie in it. Its chords are those of a piece that starts and ends with it.
    /// `tonal.tuning_frequency` is that of the window; profiles are computed for the tuning of the whole stream.
    /// Nothing is written without frames.
    pub fn describe(&mut self, window: Option<Range<u64>>, gain: f64, writer: &mut PoolWriter<'_>) {
        self.prepare(window, gain);
        if self.frames.is_empty() {
            return;
        }
        writer.number("tonal.tuning_frequency", tuning_hz(self.tuning_cents()));
        let stages = self.cache.stages();
        let key = if stages.key { self.write_key(writer) } else { None };
        if stages.chord {
            self.write_chords(key, writer);
        }
        if stages.high_resolution && HIGH_RESOLUTION_NAMES.iter().any(|name| writer.wants(name)) {
            self.write_tuning_system(writer);
        }
    }

    /// Calls `frame` with the values of each frame of a window.
    pub fn for_each_frame(&mut self, window: Option<Range<u64>>, gain: f64, mut frame: impl FnMut(TonalFrame<'_>)) {
        self.prepare(window, gain);
        let chords = self.cache.chords(&self.frames);
        let stages = self.cache.stages();
        for (place, &index) in self.frames.iter().enumerate() {
            let record = self.record.frame(index);
            frame(TonalFrame {
                index,
                mean_square: record.mean_square,
                peaks: record.peaks,
                tuning: record.vote,
                hpcp: if stages.key { self.cache.key_profile(index) } else { &[] },
                chord_hpcp: if stages.chord { self.cache.chord_profile(index) } else { &[] },
                high_resolution_hpcp: if stages.high_resolution {
                    self.cache.high_resolution_profile(index)
                } else {
                    &[]
                },
                chord: chords.get(place).copied(),
            });
        }
    }

    /// Returns the mean key profile of the selected frames.
    pub(super) fn mean_key_profile(&self) -> [f64; PROFILE_BINS] {
        let mut mean = [0.0; PROFILE_BINS];
        add_mean(&mut mean, self.frames.iter().map(|&index| self.cache.key_profile(index)));
        mean
    }

    /// Returns the key of a mean profile, `None` if it is not one of [`KeyProfile::LAYOUT`].
    pub(super) fn key_of(&self, mean: &[f64], profile: KeyProfile) -> Option<Key> {
        let place = KeyProfile::LAYOUT.iter().position(|other| *other == profile)?;
        Some(self.keys[place].estimate(&key_input(mean)))
    }

    /// Writes profile and keys; returns the key by [`KeyProfile::Temperley`].
    fn write_key(&self, writer: &mut PoolWriter<'_>) -> Option<Key> {
        let value = |place: usize, bin: usize| f64::from(self.cache.key_profile(self.frames[place])[bin]);
        writer.vectors("tonal.hpcp", PROFILE_BINS, self.frames.len(), value);
        let mean = self.mean_key_profile();
        writer.value("tonal.thpcp", Value::Vector(transposed(&mean)));
        for profile in KeyProfile::LAYOUT {
            let names = key_names(profile);
            if let (true, Some(key)) = (names.iter().any(|name| writer.wants(name)), self.key_of(&mean, profile)) {
                let [tonic, scale, strength] = &names;
                writer.value(tonic, Value::Text(key.tonic.name().into()));
                writer.value(scale, Value::Text(key.scale.name().into()));
                writer.number(strength, key.strength);
            }
        }
        self.key_of(&mean, KeyProfile::Temperley)
    }

    fn write_chords(&mut self, key: Option<Key>, writer: &mut PoolWriter<'_>) {
        let of = |part: usize| {
            let cache = &self.cache;
            self.frames.iter().map(move |&index| f64::from(cache.crest_and_entropy(index)[part]))
        };
        writer.frames("tonal.hpcp_crest", of(0));
        writer.frames("tonal.hpcp_entropy", of(1));
        if !CHORD_NAMES[2..].iter().any(|name| writer.wants(name)) {
            return;
        }
        let chords = self.cache.chords(&self.frames);
        writer.frames("tonal.chords_strength", chords.iter().map(|chord| f64::from(chord.strength)));
        let Some(statistics) = key.and_then(|key| ChordStatistics::new(&chords, &key)) else { return };
        writer.value("tonal.chords_histogram", Value::Vector(statistics.histogram.to_vec()));
        writer.number("tonal.chords_number_rate", statistics.number_rate);
        writer.number("tonal.chords_changes_rate", statistics.changes_rate);
        writer.value("tonal.chords_key", Value::Text(statistics.root.name().into()));
        writer.value("tonal.chords_scale", Value::Text(statistics.scale.name().into()));
    }

    fn write_tuning_system(&self, writer: &mut PoolWriter<'_>) {
        let mut mean = [0.0; HIGH_RESOLUTION_BINS];
        add_mean(&mut mean, self.frames.iter().map(|&index| self.cache.high_resolution_profile(index)));
        writer.number("tonal.tuning_diatonic_strength", self.diatonic.estimate(&mean).strength);
        let system = TuningSystem::new(&mean);
        writer.number("tonal.tuning_equal_tempered_deviation", system.equal_tempered_deviation);
        writer.number("tonal.tuning_nontempered_energy_ratio", system.nontempered_energy_ratio);
    }
}

/// Adds the mean of some profiles to `mean`.
fn add_mean<'a>(mean: &mut [f64], profiles: impl ExactSizeIterator<Item = &'a [f32]>) {
    let count = profiles.len().max(1) as f64;
    for profile in profiles {
        for (sum, &value) in mean.iter_mut().zip(profile) {
            *sum += f64::from(value);
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= count);
}

/// Returns the profile scaled to 1 and rotated so that its largest value comes first.
fn transposed(mean: &[f64]) -> Vec<f64> {
    let peak = first_max(mean);
    let mut profile = mean.to_vec();
    if let Some(&max) = mean.get(peak).filter(|max| **max > 0.0) {
        profile.iter_mut().for_each(|value| *value /= max);
        profile.rotate_left(peak);
    }
    profile
}
