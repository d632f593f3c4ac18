//! Retrospective buffer: the last seconds of a stream in memory, and the clips that are to be cut from them.

use std::collections::VecDeque;
use std::path::PathBuf;

use earmark_dsp::SampleRate;

use super::error::RecordError;
use super::wav_file;

/// Stretch of a stream that is to be written as a WAV file.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// The file.
    pub path: PathBuf,
    /// Source time of the first sample, in seconds.
    pub from_s: f64,
    /// Source time behind the last sample, in seconds.
    pub until_s: f64,
}

/// Last samples of a stream, and the clips that are due when their last sample has come.
pub(super) struct ClipBuffer {
    rate: SampleRate,
    /// Source time behind the last sample, in seconds.
    end_s: f64,
    samples: VecDeque<f32>,
    keep_s: f64,
    clips: Vec<Clip>,
    /// Errors that were not taken yet.
    errors: Vec<RecordError>,
}

impl ClipBuffer {
    /// Creates a buffer of that length in seconds, at 16 kHz and source time 0.
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

    /// Sample rate.
    pub(super) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Changes the rate: writes all clips and drops all samples.
    pub(super) fn set_rate(&mut self, rate: SampleRate) {
        self.write_clips(true);
        self.rate = rate;
        self.samples.clear();
    }

    /// Source time behind the last sample, in seconds.
    pub(super) fn end_s(&self) -> f64 {
        self.end_s
    }

    /// Sets the source time of the next sample, in seconds.
    pub(super) fn set_end_s(&mut self, end_s: f64) {
        self.end_s = end_s;
    }

    /// Advances source time by that number of samples.
    pub(super) fn advance(&mut self, samples: u64) {
        self.end_s += self.rate.seconds(samples);
    }

    /// Adds samples, whose time [`Self::advance`] has counted, and writes the clips that are due.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.samples.extend(samples);
        self.write_clips(false);
        self.trim();
    }

    /// Sets the length, in seconds. Clips of samples that would be dropped are written as far as they have come.
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

    /// Drops all clips that are not due yet.
    pub(super) fn clear_clips(&mut self) {
        self.clips.clear();
    }

    /// Adds a clip.
    pub(super) fn add(&mut self, clip: Clip) {
        self.clips.push(clip);
    }

    /// Adds an error to those that [`Self::take_errors`] returns.
    pub(super) fn add_error(&mut self, error: RecordError) {
        self.errors.push(error);
    }

    /// Returns the errors since the last call.
    pub(super) fn take_errors(&mut self) -> Vec<RecordError> {
        std::mem::take(&mut self.errors)
    }

    /// Writes the clips whose last sample has come; or all, as far as they have come.
    pub(super) fn write_clips(&mut self, all: bool) {
        let end_s = self.end_s;
        let due: Vec<Clip> = self.clips.extract_if(.., |clip| all || clip.until_s <= end_s).collect();
        for clip in due {
            if let Err(error) = self.write_clip(&clip) {
                self.errors.push(error);
            }
        }
    }

    /// Number of samples in memory.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    fn write_clip(&self, Clip { path, from_s, until_s }: &Clip) -> Result<(), RecordError> {
        let begin_s = self.end_s - self.rate.seconds(self.samples.len() as u64);
        let place = |at_s: f64| (((at_s - begin_s).max(0.0) * self.rate.hz()).round() as usize).min(self.samples.len());
        let (from, until) = (place(*from_s), place(*until_s));
        wav_file::write(path, self.rate, self.samples.range(from..until.max(from)))
    }

    fn trim(&mut self) {
        let most = (self.rate.hz() * self.keep_s) as usize;
        let over = self.samples.len().saturating_sub(most);
        self.samples.drain(..over);
    }
}
