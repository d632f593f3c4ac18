//! Samples at the host's rate to feature frames: resampler, framer and extractor of one front-end in a row.

use crate::{DspError, FeatureExtractor, FrameIndex, Framer, FrontEnd, Resampler, SampleRate};

/// One frame of features, which are made when they are first asked for: those that nobody needs cost nothing.
pub struct Frame<'a> {
    /// Its place in the stream.
    pub index: FrameIndex,
    /// Mean square of its samples (without the window), 1.0 being full scale.
    pub level: f32,
    samples: &'a [f32],
    extractor: &'a mut FeatureExtractor,
    bands: &'a mut [f32],
    made: bool,
}

impl Frame<'_> {
    /// [`FrontEnd::bands`] values. Does not allocate.
    pub fn bands(&mut self) -> &[f32] {
        if !self.made {
            self.extractor.extract(self.samples, self.bands);
            self.made = true;
        }
        self.bands
    }

    /// The same, if somebody has asked for them already.
    #[must_use]
    pub fn made(&self) -> Option<&[f32]> {
        self.made.then_some(&*self.bands)
    }
}

/// A stream of samples at the host's rate as feature frames of one [`FrontEnd`].
pub struct FeatureStream {
    resampler: Resampler,
    resampled: Vec<f32>,
    framer: Framer,
    frames: Frames,
}

/// What happens to each frame of samples.
struct Frames {
    extractor: FeatureExtractor,
    bands: Vec<f32>,
    next: FrameIndex,
}

impl FeatureStream {
    /// For samples at `rate`. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Resample`] when the rate cannot be converted.
    pub fn new(front_end: FrontEnd, rate: SampleRate) -> Result<Self, DspError> {
        Ok(Self {
            resampler: Resampler::new(rate, front_end.rate())?,
            resampled: Vec::new(),
            framer: Framer::new(front_end.frame_len(), front_end.hop())?,
            frames: Frames {
                extractor: FeatureExtractor::new(front_end)?,
                bands: vec![0.0; front_end.bands()],
                next: FrameIndex(0),
            },
        })
    }

    /// By how much a frame lags behind the samples it was made of, in seconds.
    #[must_use]
    pub fn latency_s(&self) -> f64 {
        self.resampler.latency_s()
    }

    /// Takes samples and gives each frame that they complete.
    pub fn push(&mut self, samples: &[f32], mut give: impl FnMut(Frame<'_>)) {
        self.resampled.clear();
        self.resampler.push(samples, &mut self.resampled);
        self.framer.push(&self.resampled, |frame| self.frames.next(frame, &mut give));
    }

    /// Ends the stream: gives the frames still owed, then starts anew.
    pub fn flush(&mut self, mut give: impl FnMut(Frame<'_>)) {
        self.resampled.clear();
        self.resampler.flush(&mut self.resampled);
        self.framer.push(&self.resampled, |frame| self.frames.next(frame, &mut give));
        self.framer.flush(|frame| self.frames.next(frame, &mut give));
        self.reset();
    }

    /// Forgets everything: the next sample is sample 0 again.
    pub fn reset(&mut self) {
        self.resampler.reset();
        self.framer.reset();
        self.frames.next = FrameIndex(0);
    }
}

impl Frames {
    fn next(&mut self, samples: &[f32], give: &mut impl FnMut(Frame<'_>)) {
        let square: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
        let level = (square / samples.len().max(1) as f64) as f32;
        let Self { extractor, bands, next } = self;
        give(Frame { index: *next, level, samples, extractor, bands, made: false });
        self.next.0 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_as_in_the_reference_at_the_front_ends_own_rate() {
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
    fn features_that_nobody_asked_for_change_nothing_for_those_behind() {
        for front_end in FrontEnd::ALL {
            let samples: Vec<f32> = (0..4 * front_end.frame_len()).map(|i| (i as f32 * 0.1).sin()).collect();
            let heard = |every: u64| {
                let mut stream = FeatureStream::new(front_end, front_end.rate()).unwrap();
                let mut heard = Vec::new();
                stream.push(&samples, |mut frame| {
                    assert!(frame.made().is_none());
                    if frame.index.0 % every == 0 {
                        heard.push(frame.bands().to_vec());
                        assert_eq!(frame.made(), heard.last().map(Vec::as_slice));
                    }
                });
                heard
            };
            let all: Vec<_> = heard(1).into_iter().step_by(3).collect();
            assert!(all.len() > 1 && all == heard(3), "{}", front_end.name());
        }
    }

    #[test]
    fn the_level_is_the_mean_square_of_the_frame() {
        let mut stream = FeatureStream::new(FrontEnd::MusiCnn, SampleRate::HZ_16000).unwrap();
        let mut levels = Vec::new();
        stream.push(&[0.5; 16_000], |f| levels.push(f.level));
        assert_eq!(levels[0], 0.125, "the first frame is half before the stream");
        assert!(levels[1..].iter().all(|&l| l == 0.25));
    }
}
