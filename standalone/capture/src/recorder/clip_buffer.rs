//! Ring of the last seconds of a stream, and the scheduled clips that are cut from it.

use std::collections::VecDeque;
use std::path::PathBuf;

use earmark_dsp::SampleRate;

use super::error::RecordError;
use super::wav_file;

/// Part of a stream that is written to a WAV file.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// The file.
    pub path: PathBuf,
    /// Source time of the first sample, in seconds.
    pub from_s: f64,
    /// Source time after the last sample, in seconds.
    pub until_s: f64,
}

/// Buffer of the last samples of a stream, with the clips that wait for their last sample.
pub(super) struct ClipBuffer {
    rate: SampleRate,
    /// Source time after the last sample, in seconds.
    end_s: f64,
    samples: VecDeque<f32>,
    keep_s: f64,
    clips: Vec<Clip>,
    /// Errors that were not returned yet.
    errors: Vec<RecordError>,
}

impl ClipBuffer {
    /// Creates a buffer of `keep_s` seconds, at 16 kHz and source time 0.
    pub(super) fn new(keep_s: f64) -> Self {
        Self {
            rate: SampleRate::HZ_16000,
            end_s: 0.0,
            samples: VecDeque::new(),
            keep_s: keep_s.max(0.0),
            clips: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Returns the sample rate.
    pub(super) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Changes the sample rate: writes all clips and drops all samples.
    pub(super) fn set_rate(&mut self, rate: SampleRate) {
        self.write_clips(true);
        self.rate = rate;
        self.samples.clear();
    }

    /// Returns the source time after the last sample, in seconds.
    pub(super) fn end_s(&self) -> f64 {
        self.end_s
    }

    /// Sets the source time of the next sample, in seconds.
    pub(super) fn set_end_s(&mut self, end_s: f64) {
        self.end_s = end_s;
    }

    /// Advances source time by a number of samples.
    pub(super) fn advance(&mut self, samples: u64) {
        self.end_s += self.rate.seconds(samples);
    }

    /// Adds samples and writes the clips that are complete. The caller must have advanced source time with
    /// [`Self::advance`].
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.samples.extend(samples);
        self.write_clips(false);
        self.trim();
    }

    /// Sets the length, in seconds. A shorter length writes all clips first, with the samples that have arrived.
    pub(super) fn set_keep_s(&mut self, keep_s: f64) {
        if keep_s < self.keep_s {
            self.write_clips(true);
        }
        self.keep_s = keep_s.max(0.0);
        self.trim();
    }

    /// Drops all samples.
    pub(super) fn clear(&mut self) {
        self.samples.clear();
    }

    /// Drops all scheduled clips.
    pub(super) fn clear_clips(&mut self) {
        self.clips.clear();
    }

    /// Schedules a clip.
    pub(super) fn add(&mut self, clip: Clip) {
        self.clips.push(clip);
    }

    /// Adds an error that [`Self::take_errors`] will return.
    pub(super) fn add_error(&mut self, error: RecordError) {
        self.errors.push(error);
    }

    /// Returns the errors since the last call.
    pub(super) fn take_errors(&mut self) -> Vec<RecordError> {
        std::mem::take(&mut self.errors)
    }

    /// Writes the clips whose last sample has arrived. With `all`, writes every clip with the samples that have
    /// arrived. Blocks.
    pub(super) fn write_clips(&mut self, all: bool) {
        let end_s = self.end_s;
        let due: Vec<Clip> = self.clips.extract_if(.., |clip| all || clip.until_s <= end_s).collect();
        for clip in due {
            if let Err(error) = self.write_clip(&clip) {
                self.errors.push(error);
            }
        }
    }

    /// Returns the number of samples in memory.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    fn write_clip(&self, Clip { path, from_s, until_s }: &Clip) -> Result<(), RecordError> {
        let start_s = self.end_s - self.rate.seconds(self.samples.len() as u64);
        let index = |at_s: f64| (((at_s - start_s).max(0.0) * self.rate.hz()).round() as usize).min(self.samples.len());
        let (from, until) = (index(*from_s), index(*until_s));
        wav_file::write(path, self.rate, self.samples.range(from..until.max(from)))
    }

    fn trim(&mut self) {
        let max_samples = (self.rate.hz() * self.keep_s) as usize;
        let excess = self.samples.len().saturating_sub(max_samples);
        self.samples.drain(..excess);
    }
}
