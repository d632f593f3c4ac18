//! Feature frames from samples at the host's rate: resampler, framer and extractor of one front end.

use std::fmt;

use crate::{DspError, FeatureExtractor, FrameIndex, Framer, FrontEnd, Resampler, SampleRate};

/// Frame of features that are computed on first access, so that unused frames cost nothing.
pub struct Frame<'a> {
    /// Index of the frame in the stream.
    pub index: FrameIndex,
    /// Mean square of the samples (without the window); full scale is 1.0.
    pub level: f32,
    samples: &'a [f32],
    extractor: &'a mut FeatureExtractor,
    bands: &'a mut [f32],
    is_computed: bool,
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("index", &self.index)
            .field("level", &self.level)
            .field("is_computed", &self.is_computed)
            .finish_non_exhaustive()
    }
}

impl Frame<'_> {
    /// Returns the features, [`FrontEnd::bands`] values, and computes them on the first call. Real-time safe.
    pub fn bands(&mut self) -> &[f32] {
        if !self.is_computed {
            self.extractor.extract_at(self.index, self.samples, self.bands);
            self.is_computed = true;
        }
        self.bands
    }

    /// Returns the features if they were computed already. Real-time safe.
    #[must_use]
    pub fn computed_features(&self) -> Option<&[f32]> {
        self.is_computed.then_some(&*self.bands)
    }
}

/// Converter from samples at the host's rate to feature frames of one [`FrontEnd`].
pub struct FeatureStream {
    resampler: Resampler,
    resampled: Vec<f32>,
    framer: Framer,
    frames: FrameStage,
}

impl fmt::Debug for FeatureStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeatureStream")
            .field("resampler", &self.resampler)
            .field("extractor", &self.frames.extractor)
            .field("next", &self.frames.next)
            .finish_non_exhaustive()
    }
}

/// Stage that turns frames of samples into frames of features.
struct FrameStage {
    extractor: FeatureExtractor,
    bands: Vec<f32>,
    next: FrameIndex,
}

impl FeatureStream {
    /// Creates a stream for samples at `rate`. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Resample`] if the rate cannot be converted.
    pub fn new(front_end: FrontEnd, rate: SampleRate) -> Result<Self, DspError> {
        Ok(Self {
            resampler: Resampler::new(rate, front_end.rate())?,
            resampled: Vec::new(),
            framer: Framer::with_lead(front_end.frame_len(), front_end.hop(), front_end.lead())?,
            frames: FrameStage {
                extractor: FeatureExtractor::new(front_end)?,
                bands: vec![0.0; front_end.bands()],
                next: FrameIndex(0),
            },
        })
    }

    /// Returns the latency of a frame relative to its samples, in seconds.
    #[must_use]
    pub fn latency_s(&self) -> f64 {
        self.resampler.latency_s()
    }

    /// Adds samples and calls `emit` with each frame that they complete.
    pub fn push(&mut self, samples: &[f32], mut emit: impl FnMut(Frame<'_>)) {
        self.resampled.clear();
        self.resampler.push(samples, &mut self.resampled);
        self.framer.push(&self.resampled, |frame| self.frames.next(frame, &mut emit));
    }

    /// Ends the stream: calls `emit` with the remaining frames, then resets.
    pub fn flush(&mut self, mut emit: impl FnMut(Frame<'_>)) {
        self.resampled.clear();
        self.resampler.flush(&mut self.resampled);
        self.framer.push(&self.resampled, |frame| self.frames.next(frame, &mut emit));
        self.framer.flush(|frame| self.frames.next(frame, &mut emit));
        self.reset();
    }

    /// Discards all state: the next sample is sample 0.
    pub fn reset(&mut self) {
        self.resampler.reset();
        self.framer.reset();
        self.frames.next = FrameIndex(0);
    }
}

impl FrameStage {
    fn next(&mut self, samples: &[f32], emit: &mut impl FnMut(Frame<'_>)) {
        let square: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
        let level = (square / samples.len().max(1) as f64) as f32;
        let Self { extractor, bands, next } = self;
        emit(Frame { index: *next, level, samples, extractor, bands, is_computed: false });
        self.next.0 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_count_matches_the_reference_at_the_front_end_rate() {
        for front_end in FrontEnd::ALL {
            for n in [1, 255, 256, 257, 16_000, 48_128] {
                let mut stream = FeatureStream::new(front_end, front_end.rate()).unwrap();
                for _ in 0..2 {
                    let mut indices = Vec::new();
                    stream.push(&vec![0.1; n], |f| indices.push(f.index.0));
                    stream.flush(|f| indices.push(f.index.0));
                    let (hop, half) = (front_end.hop(), front_end.frame_len().div_ceil(2));
                    let expected = (n.div_ceil(hop) + 1).min((n + half).div_ceil(hop)) as u64;
                    assert_eq!(indices, (0..expected).collect::<Vec<_>>(), "{} of {n}", front_end.name());
                }
            }
        }
    }

    #[test]
    fn skipped_features_do_not_change_later_ones() {
        for front_end in FrontEnd::ALL {
            let samples: Vec<f32> = (0..4 * front_end.frame_len()).map(|i| (i as f32 * 0.1).sin()).collect();
            let features = |every: u64| {
                let mut stream = FeatureStream::new(front_end, front_end.rate()).unwrap();
                let mut features = Vec::new();
                stream.push(&samples, |mut frame| {
                    assert!(frame.computed_features().is_none());
                    if frame.index.0 % every == 0 {
                        features.push(frame.bands().to_vec());
                        assert_eq!(frame.computed_features(), features.last().map(Vec::as_slice));
                    }
                });
                features
            };
            let all: Vec<_> = features(1).into_iter().step_by(3).collect();
            assert!(all.len() > 1 && all == features(3), "{}", front_end.name());
        }
    }

    #[test]
    fn level_is_the_mean_square_of_the_frame() {
        let mut stream = FeatureStream::new(FrontEnd::MusiCnn, SampleRate::HZ_16000).unwrap();
        let mut levels = Vec::new();
        stream.push(&[0.5; 16_000], |f| levels.push(f.level));
        assert_eq!(levels[0], 0.125, "half of the first frame precedes the stream");
        assert!(levels[1..].iter().all(|&l| l == 0.25));
    }
}
