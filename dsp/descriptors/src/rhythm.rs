//! Rhythm descriptors: beats, tempo, onsets, danceability, loudness of the beats.

pub mod agreement;
mod beat_emphasis;
mod beat_functions;
pub mod beats_loudness;
pub mod bpm;
pub mod danceability;
pub mod degara;
pub mod deviation;
mod information_gain;
mod numeric;
pub mod onset_rate;
mod options;
mod tracker;

use std::ops::Range;

pub use beats_loudness::AudioSpan;
pub use degara::{DegaraOptions, beats_degara};
pub use options::{BeatMethod, RhythmOptions};
pub use tracker::{Beats, DetectionFunction};

use crate::math::frames_in;
use crate::{DescriptorError, PoolWriter, Value};
use beats_loudness::{BeatLoudness, BeatMeter};
use bpm::BpmHistogram;
use danceability::BlockDeviations;
use onset_rate::OnsetFunctions;
use tracker::Tracker;

/// Descriptors that need beats.
const BEAT_DESCRIPTORS: [&str; 11] = [
    "rhythm.beats_count",
    "rhythm.beats_position",
    "rhythm.beats_loudness",
    "rhythm.beats_loudness_band_ratio",
    "rhythm.bpm",
    "rhythm.bpm_histogram",
    "rhythm.bpm_histogram_first_peak_bpm",
    "rhythm.bpm_histogram_first_peak_weight",
    "rhythm.bpm_histogram_second_peak_bpm",
    "rhythm.bpm_histogram_second_peak_spread",
    "rhythm.bpm_histogram_second_peak_weight",
];

/// Streaming analyzer of the rhythm of a mono stream at 44.1 kHz.
///
/// The detection functions are kept per frame, un-gained: 1.7 kB per second, 22 kB with the multifeature tracker. Values
/// depend on the samples, not on the blocks in which they arrive.
pub struct Rhythm {
    compat: bool,
    tracker: Option<Tracker>,
    onsets: Option<OnsetFunctions>,
    blocks: Option<BlockDeviations>,
    meter: Option<BeatMeter>,
}

impl Rhythm {
    /// Creates an analyzer at sample 0 of the descriptors for which `wanted` returns true; stages that none of them needs
    /// are not computed. Allocates.
    ///
    /// # Errors
    /// [`DescriptorError::Dsp`] if a tempo is out of range.
    pub fn new(options: &RhythmOptions, wanted: &dyn Fn(&str) -> bool) -> Result<Self, DescriptorError> {
        let range = options.checked()?;
        let beats = BEAT_DESCRIPTORS.into_iter().any(wanted);
        let loudness = ["rhythm.beats_loudness", "rhythm.beats_loudness_band_ratio"].into_iter().any(wanted);
        Ok(Self {
            compat: options.compat,
            tracker: beats.then(|| Tracker::new(options.method, range)).transpose()?,
            onsets: wanted("rhythm.onset_rate").then(OnsetFunctions::new).transpose()?,
            blocks: wanted("rhythm.danceability").then(BlockDeviations::default),
            meter: loudness.then(BeatMeter::new).transpose()?,
        })
    }

    /// Adds samples, not gained.
    pub fn push(&mut self, mono: &[f32]) {
        if let Some(tracker) = &mut self.tracker {
            tracker.push(mono);
        }
        if let Some(onsets) = &mut self.onsets {
            onsets.push(mono);
        }
        if let Some(blocks) = &mut self.blocks {
            blocks.push(mono);
        }
    }

    /// Ends the stream: adds the frames that are padded with zeros. [`Rhythm::reset`] starts the next stream.
    pub fn finish(&mut self) {
        if let Some(tracker) = &mut self.tracker {
            tracker.finish();
        }
        if let Some(onsets) = &mut self.onsets {
            onsets.finish();
        }
    }

    /// Discards all frames: the next sample is sample 0.
    pub fn reset(&mut self) {
        if let Some(tracker) = &mut self.tracker {
            tracker.reset();
        }
        if let Some(onsets) = &mut self.onsets {
            onsets.reset();
        }
        if let Some(blocks) = &mut self.blocks {
            blocks.reset();
        }
    }

    /// Returns the beats of the frames whose centre lies in `window` (samples; all frames by default), of the stream
    /// multiplied by `gain`; none if no descriptor needs beats. Beats of a window are not a part of the beats of the
    /// whole stream.
    #[must_use]
    pub fn beats(&self, window: Option<Range<u64>>, gain: f64) -> Beats {
        let mut beats = self.tracker.as_ref().map(|tracker| tracker.beats(window.as_ref(), gain)).unwrap_or_default();
        if self.compat && beats.times_s.len() == 1 {
            beats.times_s.clear();
        }
        beats
    }

    /// Returns a detection function of the frames whose centre lies in `window` (samples; all frames by default), of the
    /// stream multiplied by `gain`. Only the multifeature tracker has more than [`DetectionFunction::Complex`]; the result
    /// is empty for a function that is not computed.
    #[must_use]
    pub fn detection_function(&self, function: DetectionFunction, window: Option<Range<u64>>, gain: f64) -> Vec<f64> {
        self.tracker.as_ref().map(|tracker| tracker.function(function, window.as_ref(), gain)).unwrap_or_default()
    }

    /// Writes the descriptors of the frames whose centre lies in `window` (samples; all frames by default), of the stream
    /// multiplied by `gain`.
    ///
    /// `rhythm.beats_loudness` and `rhythm.beats_loudness_band_ratio` need `audio`: beats that are not inside of it are
    /// skipped, and without it the two are not written.
    pub fn describe(
        &mut self,
        window: Option<Range<u64>>,
        gain: f64,
        audio: Option<AudioSpan<'_>>,
        writer: &mut PoolWriter<'_>,
    ) {
        if self.tracker.is_some() && BEAT_DESCRIPTORS.into_iter().any(|name| writer.wants(name)) {
            let beats = self.beats(window.clone(), gain).times_s;
            self.describe_tempo(&beats, writer);
            if let Some(audio) = audio {
                self.describe_loudness(&beats, gain, audio, writer);
            }
            writer.value("rhythm.beats_position", Value::Vector(beats));
        }
        if let Some(onsets) = self.onsets.as_ref().filter(|_| writer.wants("rhythm.onset_rate")) {
            let frames = frames_in(window.as_ref(), 0, onset_rate::HOP, onsets.hfc().len());
            let rate = onset_rate::onset_rate(&onsets.hfc()[frames.clone()], &onsets.complex()[frames]);
            writer.number("rhythm.onset_rate", rate);
        }
        if let Some(blocks) = self.blocks.as_ref().filter(|_| writer.wants("rhythm.danceability")) {
            let len = danceability::BLOCK_LEN;
            let frames = frames_in(window.as_ref(), len / 2, len, blocks.deviations().len());
            writer.number("rhythm.danceability", danceability::danceability(&blocks.deviations()[frames]));
        }
    }

    fn describe_tempo(&self, beats: &[f64], writer: &mut PoolWriter<'_>) {
        writer.number("rhythm.beats_count", beats.len() as f64);
        writer.number("rhythm.bpm", bpm::bpm(beats));
        let BpmHistogram { bins, peaks: [first, second] } = BpmHistogram::new(beats);
        let first_weight = if self.compat { first.spread } else { first.weight };
        writer.value("rhythm.bpm_histogram", Value::Vector(bins));
        writer.number("rhythm.bpm_histogram_first_peak_bpm", first.bpm);
        writer.number("rhythm.bpm_histogram_first_peak_weight", first_weight);
        writer.number("rhythm.bpm_histogram_second_peak_bpm", second.bpm);
        writer.number("rhythm.bpm_histogram_second_peak_weight", second.weight);
        writer.number("rhythm.bpm_histogram_second_peak_spread", second.spread);
    }

    fn describe_loudness(&mut self, beats: &[f64], gain: f64, audio: AudioSpan<'_>, writer: &mut PoolWriter<'_>) {
        let Some(meter) = &mut self.meter else {
            return;
        };
        let mut loudness: Vec<BeatLoudness> =
            beats.iter().filter_map(|&beat| meter.measure(audio, gain, beat)).collect();
        if loudness.is_empty() {
            // All statistics are 0, as those of one beat without energy.
            loudness.push(BeatLoudness { energy: 0.0, ratios: [0.0; beats_loudness::BANDS] });
        }
        writer.frames("rhythm.beats_loudness", loudness.iter().map(|beat| beat.energy));
        let ratio = |beat: usize, band: usize| loudness[beat].ratios[band];
        writer.vectors("rhythm.beats_loudness_band_ratio", beats_loudness::BANDS, loudness.len(), ratio);
    }
}

#[cfg(test)]
mod tests;
