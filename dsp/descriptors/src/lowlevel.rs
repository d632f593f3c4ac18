//! Low-level descriptors: of every frame of the signal, and of every frame after the equal-loudness filter.
//!
//! Frames are analyzed as they come and kept without gain: 300 numbers and the heights of the spectral peaks, about 60 kB
//! per second of audio at the default framing. The gain is applied when a piece or a window is described, so that it may
//! change while the stream goes on.

mod analyzer;
mod cepstrum;
mod complexity;
mod contrast;
mod dissonance;
mod equalized;
mod plain;
mod record;
mod salience;
mod shape;
mod spectral;

use std::ops::Range;

use earmark_dsp::{DspError, Framer};

use self::analyzer::FrameAnalyzer;
use self::equalized::EqualizedAnalyzer;
use self::plain::PlainAnalyzer;
use self::record::{Record, noise_record};
use crate::aggregate::PoolWriter;
use crate::error::DescriptorError;
use crate::options::FrameOptions;

/// Stream of samples that is cut into frames, and the record of these frames.
struct Track<A> {
    framer: Framer,
    analyzer: A,
    record: Record,
    noise: Record,
}

impl<A: FrameAnalyzer> Track<A> {
    fn new(options: &FrameOptions, mut analyzer: A) -> Result<Self, DspError> {
        let noise = noise_record(&mut analyzer, options);
        let framer = Framer::new(options.frame_len, options.hop)?;
        Ok(Self { framer, record: Record::new(analyzer.width()), noise, analyzer })
    }

    fn push(&mut self, samples: &[f32]) {
        let Self { framer, analyzer, record, .. } = self;
        framer.push(samples, |frame| append(record, analyzer, frame));
    }

    fn finish(&mut self) {
        let Self { framer, analyzer, record, .. } = self;
        framer.flush(|frame| append(record, analyzer, frame));
    }

    fn reset(&mut self) {
        self.framer.reset();
        self.analyzer.reset();
        self.record.clear();
    }
}

/// Analyzes a frame and appends its values to the record.
fn append(record: &mut Record, analyzer: &mut impl FrameAnalyzer, frame: &[f32]) {
    let number = record.next();
    record.append(|values, extras| analyzer.analyze(number, frame, values, extras));
}

/// Streaming analyzer of the low-level descriptors.
pub struct LowLevel {
    options: FrameOptions,
    plain: Option<Track<PlainAnalyzer>>,
    equalized: Option<Track<EqualizedAnalyzer>>,
    finished: bool,
}

impl LowLevel {
    /// Creates an analyzer that computes what the descriptors need for which `wanted` returns true, by their dotted names
    /// without statistic (`lowlevel.mfcc`). Allocates.
    ///
    /// # Errors
    /// [`DescriptorError::Dsp`] if the options are out of range.
    pub fn new(options: FrameOptions, wanted: &dyn Fn(&str) -> bool) -> Result<Self, DescriptorError> {
        options.check()?;
        let plain = PlainAnalyzer::new(&options, wanted)?;
        let equalized = EqualizedAnalyzer::new(&options, wanted)?;
        Ok(Self {
            options,
            plain: plain.map(|analyzer| Track::new(&options, analyzer)).transpose()?,
            equalized: equalized.map(|analyzer| Track::new(&options, analyzer)).transpose()?,
            finished: false,
        })
    }

    /// Whether a wanted descriptor needs the signal after the equal-loudness filter.
    #[must_use]
    pub fn needs_equal_loudness(&self) -> bool {
        self.equalized.is_some()
    }

    /// Adds samples at 44.1 kHz, without gain: `mono` and the same samples after
    /// [`EqualLoudness`](crate::equal_loudness::EqualLoudness). Any block size gives the same result. Samples after
    /// [`LowLevel::finish`] are ignored.
    pub fn push(&mut self, mono: &[f32], equal_loudness: &[f32]) {
        if self.finished {
            return;
        }
        if let Some(track) = &mut self.plain {
            track.push(mono);
        }
        if let Some(track) = &mut self.equalized {
            track.push(equal_loudness);
        }
    }

    /// Ends the stream: analyzes the last frames, which are padded with zeros.
    pub fn finish(&mut self) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        if let Some(track) = &mut self.plain {
            track.finish();
        }
        if let Some(track) = &mut self.equalized {
            track.finish();
        }
    }

    /// Discards all frames: the next sample is sample 0 of a new stream.
    pub fn reset(&mut self) {
        self.finished = false;
        if let Some(track) = &mut self.plain {
            track.reset();
        }
        if let Some(track) = &mut self.equalized {
            track.reset();
        }
    }

    /// Discards the frames whose centre is before `sample`, which bounds the memory of a long stream.
    pub fn discard_before(&mut self, sample: u64) {
        let first = sample.div_ceil(self.options.hop as u64);
        if let Some(track) = &mut self.plain {
            track.record.discard_before(first);
        }
        if let Some(track) = &mut self.equalized {
            track.record.discard_before(first);
        }
    }

    /// Writes the descriptors of the frames so far whose centre lies in `window`, in samples (all frames without a
    /// window), at the linear gain `gain`.
    pub fn describe(&self, window: Option<Range<u64>>, gain: f64, writer: &mut PoolWriter<'_>) {
        if let Some(track) = &self.plain {
            let frames = track.record.frames(&self.options, window.as_ref(), gain, &track.noise);
            track.analyzer.describe(&frames, gain, writer);
        }
        if let Some(track) = &self.equalized {
            let frames = track.record.frames(&self.options, window.as_ref(), gain, &track.noise);
            EqualizedAnalyzer::describe(&frames, writer);
        }
    }
}

#[cfg(test)]
mod tests;
